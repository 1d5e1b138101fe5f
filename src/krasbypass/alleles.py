"""Alleles with changes in cis, composed from single changes, and the members of a class.

The reasoner knows each single change; a compound allele follows from them by rules that the
ontology states (`composedBy`), so that any combination of known changes has an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from krasbypass.errors import UnsupportedAlterationError
from krasbypass.knowledge import Knowledge
from krasbypass.model import Alteration, Gene, Level, Member
from krasbypass.tumour import Kind
from krasbypass.vocabulary import C, P


def state_node(allele: Alteration) -> str:
    """Return the name of the GTP-bound node of an allele.

    >>> state_node(Alteration("x", "KRAS:G12C+Y96D", "KRAS", "change", frozenset(), ("x",)))
    'KRAS.G12C+Y96D.GTP'
    """
    return allele.node.replace(":", ".") + ".GTP"


def has_state(alteration: Alteration) -> bool:
    """Return whether an alteration is an allele with a GTP-bound node of its own.

    >>> from krasbypass import load_knowledge
    >>> found = load_knowledge().alterations
    >>> has_state(found["KRAS:G12C"]), has_state(found["KRAS:amp"]), has_state(found["MET:amp"])
    (True, False, False)
    """
    return bool({C.ACTIVATING_ALLELE, C.COMPOUND_ALLELE} & alteration.classes)


def compose_allele(knowledge: Knowledge, gene: Gene, changes: Iterable[str]) -> Alteration:
    """Return the allele of `gene` that carries `changes` (such as ``G12C``, ``Y96D``) in cis.

    Activating changes come first, then by position, so that every spelling has one notation.

    Raises
    ------
    UnsupportedAlterationError
        A change is not in the catalogue.
    """
    parts = []
    for change in dict.fromkeys(changes):
        known = knowledge.alterations.get(f"{gene.symbol}:{change}")
        if known is None or len(known.parts) > 1:
            single = (a for a in knowledge.alterations.values() if len(a.parts) == 1)
            options = [a.node for a in single if a.gene == gene.id]
            raise UnsupportedAlterationError(f"{gene.symbol}:{change}", gene.symbol, options)
        parts.append(known)
    if len(parts) == 1:
        return parts[0]
    parts.sort(key=_order)
    node = f"{gene.symbol}:" + "+".join(p.node.partition(":")[2] for p in parts)
    ids = tuple(p.id for p in parts)
    listed = knowledge.alterations.get(node)
    if listed is not None:
        return replace(listed, parts=ids)
    classes = frozenset({C.COMPOUND_ALLELE, C.ALTERATION})
    return Alteration(node, node, gene.id, Kind.CHANGE, classes, ids)


def _order(part: Alteration) -> tuple[bool, int, str]:
    digits = "".join(ch for ch in part.node.partition(":")[2] if ch.isdigit())
    return C.ACTIVATING_ALLELE not in part.classes, int(digits or 0), part.node


def find_gdp_reach(knowledge: Knowledge, allele: Alteration) -> Level:
    """Return how readily an allele reaches the GDP form: full, attenuated (slowly), off."""
    reach = (v for part in allele.parts for v in knowledge.values(part, P.REACHES_GDP))
    return min(map(knowledge.level, reach), default=Level.FULL)


def find_allele_classes(knowledge: Knowledge, allele: Alteration) -> frozenset[str]:
    """Return the classes whose rules an allele gets: those of its activating change."""
    return knowledge.classes(_primary_part(knowledge, allele))


def find_members(knowledge: Knowledge, cls: str) -> tuple[Member, ...]:
    """Return the members over which an interaction for each `cls` is expanded, sorted by id."""
    compounds = [
        build_allele_member(knowledge, a)
        for a in knowledge.alterations.values()
        if C.COMPOUND_ALLELE in a.classes and cls in find_allele_classes(knowledge, a)
    ]
    plain = [Member(t, knowledge.index[t]) for t in knowledge.instances(cls)]
    return tuple(sorted((*plain, *compounds), key=lambda m: m.id))


def build_allele_member(knowledge: Knowledge, allele: Alteration) -> Member:
    """Return the properties of an allele, composed from those of its single changes."""
    values = dict(knowledge.index[_primary_part(knowledge, allele)])
    for prop, how in knowledge.composed_properties:
        stated = (v for part in allele.parts for v in knowledge.values(part, prop))
        ranked = [v for v in stated if v in knowledge.levels]
        if ranked:
            pick = max if how == "highest" else min
            values[prop] = (pick(ranked, key=knowledge.level),)
    values[P.HAS_STATE] = (state_node(allele),)
    return Member(allele.id, values)


def _primary_part(knowledge: Knowledge, allele: Alteration) -> str:
    for part in allele.parts:
        if C.ACTIVATING_ALLELE in knowledge.classes(part):
            return part
    return allele.parts[0]
