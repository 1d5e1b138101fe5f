"""Further alterations that a tumour may acquire: the events of a forecast.

Every alteration of the catalogue that the tumour lacks is one. A second change of a protein that
the tumour already carries as a mutant allele is put on that allele (in *cis*); an activating
allele comes on its own (in *trans*).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from krasbypass.alleles import has_state
from krasbypass.knowledge import Knowledge
from krasbypass.model import Alteration, Gene
from krasbypass.scenario import resolve_genotypes
from krasbypass.tumour import KINDS, Change, Tumour
from krasbypass.vocabulary import C


@dataclass(frozen=True, slots=True)
class Event:
    """One further alteration, as the catalogue has it.

    `base` is the entry of the tumour that it changes in *cis*, or empty; `node` is what is then
    written (``KRAS:G12C+Y96D``, ``MET:amp``, ``context:EMT``).
    """

    node: str
    gene: str
    alteration: str
    base: str = ""

    def add(self, tumour: Tumour) -> Tumour:
        """Return the tumour with this event in every clone that can have it."""
        change = Change.parse(self.node)
        clones = (_add(clone, change, self.base) for clone in tumour.clones)
        return replace(tumour, clones=tuple(clones))


def _add(clone: tuple[Change, ...], change: Change, base: str) -> tuple[Change, ...]:
    if not base:
        return (*clone, change)
    return tuple(change if entry.text == base else entry for entry in clone)


def find_events(knowledge: Knowledge, tumour: Tumour) -> tuple[Event, ...]:
    """Return every alteration and context of the catalogue that the tumour can still acquire.

    Examples
    --------
    >>> import krasbypass as kb
    >>> events = find_events(kb.load_knowledge(), kb.Tumour.parse("NSCLC", ["KRAS:G12C"]))
    >>> nodes = [event.node for event in events]
    >>> "KRAS:G12C+Y96D" in nodes, "KRAS:G12D" in nodes, "KRAS:G12C" in nodes
    (True, True, False)
    """
    carried = _find_carried(knowledge, tumour)
    found = [Event(node, "", node) for node in knowledge.contexts if node not in carried]
    for alteration in knowledge.alterations.values():
        if alteration.node not in carried and len(alteration.parts) < 2:
            found += _events_in_cis(knowledge, tumour, alteration)
            found += _events_on_its_own(knowledge, alteration)
    return tuple(sorted(set(found), key=lambda event: event.node))


def _find_carried(knowledge: Knowledge, tumour: Tumour) -> frozenset[str]:
    genotypes = [g for clone in tumour.clones for g in resolve_genotypes(knowledge, clone)]
    named = {a.node for g in genotypes for a in g.alterations}
    return frozenset(named.union(*(g.contexts for g in genotypes)))


def _events_in_cis(knowledge: Knowledge, tumour: Tumour, alteration: Alteration) -> Iterator[Event]:
    if not {C.SECOND_SITE_CHANGE, C.POCKET_MUTATION} & alteration.classes:
        return
    gene = knowledge.genes[alteration.gene]
    code = alteration.node.partition(":")[2]
    for entry in dict.fromkeys(chain.from_iterable(tumour.clones)):
        if _is_allele_of(knowledge, entry, gene) and _codon(code) not in map(_codon, entry.changes):
            node = f"{gene.symbol}:{'+'.join((*entry.changes, code))}"
            yield Event(node, gene.symbol, alteration.node, entry.text)


def _events_on_its_own(knowledge: Knowledge, alteration: Alteration) -> Iterator[Event]:
    gene = knowledge.genes[alteration.gene]
    kind = alteration.node.removeprefix(f"{gene.symbol}:")
    silent = alteration.kind == "change" and not has_state(alteration)
    if kind == alteration.node or (gene.has_alleles and (silent or kind == "mut")):
        return
    yield Event(alteration.node, gene.symbol, alteration.node)


def _is_allele_of(knowledge: Knowledge, entry: Change, gene: Gene) -> bool:
    if entry.is_context or entry.partner is not None or set(entry.changes) & set(KINDS):
        return False
    return gene.has_alleles and knowledge.find_gene(entry.gene).id == gene.id


def _codon(change: str) -> str:
    return "".join(filter(str.isdigit, change))
