"""Further alterations that a tumour may acquire: the events of a forecast.

Every alteration of the catalogue that the tumour lacks is one. A second change of a protein that
the tumour already carries as a mutant allele is put on that allele (in *cis*); an activating
allele comes on its own (in *trans*).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from krasbypass.alleles import has_state
from krasbypass.knowledge import Knowledge
from krasbypass.model import Alteration, Gene
from krasbypass.network import Network
from krasbypass.records import Records
from krasbypass.scenario import resolve_genotypes
from krasbypass.tumour import KINDS, NOT_GENETIC, Change, Tumour
from krasbypass.vocabulary import C, Clinical

#: Where an alteration acts, by its class or that of its gene; the first that fits counts.
_PLACES = {
    C.UPSTREAM_RESISTANCE: "upstream",
    C.DOWNSTREAM_RESISTANCE: "downstream",
    C.PARALLEL_RESISTANCE: "parallel",
    C.ON_TARGET_RESISTANCE: "on-target",
    C.OTHER_RAS_GENE: "other-ras",
    C.CELL_CYCLE_COMPONENT: "cell-cycle",
}
#: The places in the order in which tables list them, with what is in none, and what is no change.
NOT_A_CHANGE, ELSEWHERE = "not genetic", "other"
PLACES = ("on-target", "other-ras", "upstream", "downstream", "parallel", "cell-cycle", ELSEWHERE)


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

    @property
    def code(self) -> str:
        """The change itself, without the gene and what it is added to."""
        return self.alteration.partition(":")[2]

    @property
    def is_genetic(self) -> bool:
        """Whether it is a change of a gene, and not of its expression or activity alone."""
        return bool(self.gene) and self.code not in NOT_GENETIC


def find_place(knowledge: Knowledge, event: Event) -> str:
    """Return where an event acts, in the words of route kinds, or `ELSEWHERE`.

    >>> import krasbypass as kb
    >>> find_place(kb.load_knowledge(), Event("MET:amp", "MET", "MET:amp"))
    'upstream'
    """
    known = knowledge.alterations.get(event.alteration)
    if known is None:
        return ELSEWHERE
    classes = known.classes | knowledge.genes[known.gene].classes
    return next((place for cls, place in _PLACES.items() if cls in classes), ELSEWHERE)


def count_patients(records: Records, events: Iterable[Event], tissue: str | None) -> int:
    """Return in how many patients one of the events was found at resistance, wherever.

    What a source counts once counts once, although it names several of the events or the same
    cohort is reported again: of the counts of one alteration in one cohort the highest is taken.
    """
    found: dict[tuple[frozenset[str], str], int] = {}
    for event in events:
        for seen in records.find_observations(event.node, tissue=tissue):
            if seen.match == "alteration" and seen.patients:
                cohorts = records.knowledge.values(seen.id, Clinical.IN_COHORT)
                which = frozenset(seen.alterations)
                key = (which, cohorts[0] if cohorts else seen.id)
                found[key] = max(found.get(key, 0), seen.patients)
    return sum(found.values())


def count_each(records: Records, events: Iterable[Event], tissue: str | None) -> dict[str, int]:
    """Return for each event the patients in whom it was found, the best known event first.

    Among those seen equally often changes of the gene come first, and copies before substitutions.
    """
    seen = {event: count_patients(records, [event], tissue) for event in events}
    ordered = sorted(
        seen, key=lambda e: (-seen[e], not e.is_genetic, bool(find_codon(e.code)), e.node)
    )
    return {event.node: seen[event] for event in ordered}


def add_events(tumour: Tumour, events: Iterable[Event]) -> Tumour:
    """Return the tumour with the events in every clone that can have them.

    >>> y96d = Event("KRAS:G12C+Y96D", "KRAS", "KRAS:Y96D", "KRAS:G12C")
    >>> met = Event("MET:amp", "MET", "MET:amp")
    >>> add_events(Tumour.parse("NSCLC", ["KRAS:G12C"]), [y96d, met]).alterations
    ('KRAS:G12C+Y96D', 'MET:amp')
    """
    events = tuple(events)
    on_alleles: dict[str, str] = {}
    for event in events:
        if event.base:
            on_alleles[event.base] = f"{on_alleles.get(event.base, event.base)}+{event.code}"
    changed = {base: Change.parse(text) for base, text in on_alleles.items()}
    added = tuple(Change.parse(event.node) for event in events if not event.base)
    clones = (
        (*(changed.get(entry.text, entry) for entry in clone), *added) for clone in tumour.clones
    )
    return replace(tumour, clones=tuple(clones))


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
        if _is_allele_of(knowledge, entry, gene) and find_codon(code) not in map(
            find_codon, entry.changes
        ):
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


def can_meet(one: Event, other: Event) -> bool:
    """Whether two events can come to one tumour: not two changes of one codon of one allele."""
    if not one.base or one.base != other.base:
        return True
    return find_codon(one.code) != find_codon(other.code)


def find_codon(change: str) -> str:
    """Return the number of the residue that a change stands at."""
    return "".join(filter(str.isdigit, change))


def group_alike(network: Network, events: Iterable[Event]) -> tuple[tuple[Event, ...], ...]:
    """Return events in groups that no tumour and no drug can tell apart, by first member.

    Two alterations of a gene are alike if every rule that reads one has a twin that reads the
    other, and no drug's engagement hangs on either. Alleles with a node of their own stand alone.
    Events that no rule reads and no drug minds are left out.
    """
    knowledge = network.knowledge
    rules = _index_rules(network)
    minded = {
        ref
        for drug in knowledge.drugs.values()
        for ref in (*drug.abrogated_by, *drug.weakened_by, *drug.retains)
    }
    exposing = {g for d in knowledge.drugs.values() for g in (*d.partners, *d.effluxed_by)}
    groups: dict[object, list[Event]] = {}
    for event in events:
        known = knowledge.alterations.get(event.alteration)
        read = rules.get(event.node, frozenset())
        own = known is not None and (
            bool(event.base)
            or has_state(known)
            or known.id in minded
            or known.gene in exposing
            or knowledge.genes[known.gene].has_alleles
        )
        if own or read:
            groups.setdefault(event.node if own else (event.gene, read), []).append(event)
    return tuple(tuple(group) for group in groups.values())


def _index_rules(network: Network) -> dict[str, frozenset[tuple[object, ...]]]:
    """Return what is left of the rules that read a node once the node is left out of them."""
    found: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for rule in network.rules:
        for literal in rule.literals:
            rest = frozenset(other for other in rule.literals if other != literal)
            shape = (literal.kind, rest, rule.target, rule.strength, rule.serial)
            found[literal.node].add(shape)
    return {node: frozenset(shapes) for node, shapes in found.items()}
