"""Knowledge without some of its statements, and without what follows from them alone.

The reasoner is not asked again. What is stated of a drug leads to what the drug engages along a
few ways of the schema, and a derived fact falls when no statement that is left leads to it.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from krasbypass.drugs import read_drug
from krasbypass.facts import TYPE, Triple
from krasbypass.knowledge import Knowledge
from krasbypass.vocabulary import C, P

#: Properties to follow from the object of a statement; () is the object itself.
_Path = tuple[str, ...]
_Ways = dict[str, tuple[_Path, ...]]
_ENGAGES: tuple[str, ...] = (P.ENGAGES_COMPLETELY, P.ENGAGES_PARTIALLY)
_ITSELF: tuple[_Path, ...] = ((),)

#: What each property of a statement leads to, and along which paths.
WAYS: Mapping[str, _Ways] = {
    P.INHIBITS: {P.INHIBITS: _ITSELF, P.ENGAGES_COMPLETELY: ((P.HAS_ACTIVITY,),)},
    P.PARTLY_INHIBITS: {P.PARTLY_INHIBITS: _ITSELF, P.ENGAGES_PARTIALLY: ((P.HAS_ACTIVITY,),)},
    P.SELECTIVE_FOR: dict.fromkeys(_ENGAGES, _ITSELF),
    P.PREFERS_GENE: dict.fromkeys(_ENGAGES, ((P.HAS_ALLELE,),)),
    P.PREFERS_CHANGES_AT: dict.fromkeys(_ENGAGES, ((P.RESIDUE_OF,),)),
    P.COVERS_GENE: {P.ENGAGES_PARTIALLY: ((P.HAS_ALLELE,),)},
    P.ENGAGES_COMPLETELY: {P.ENGAGES_COMPLETELY: _ITSELF},
    P.ENGAGES_PARTIALLY: {P.ENGAGES_PARTIALLY: _ITSELF},
    P.BINDING_LOST_BY: {P.BINDING_LOST_BY: _ITSELF},
    P.BINDING_LOST_BY_CHANGE_AT: {P.BINDING_LOST_BY: ((P.RESIDUE_OF,),)},
    P.EXCHANGE_DEPENDENCE: {P.LOADS_WITHOUT_EXCHANGE: ((P.LOADS_WITHOUT_EXCHANGE,),)},
    **{
        prop: {prop: _ITSELF}
        for prop in (
            P.BINDS_FORM,
            P.CONTACTS_RESIDUE,
            P.EFFLUXED_BY,
            P.OCCUPIES,
            P.REACHES_GDP,
            P.REQUIRES_PARTNER,
            P.RETAINS_BINDING_TO,
        )
    },
}
#: What a class of drugs may bring to its members.
_OF_CLASS: tuple[str, ...] = (
    P.INHIBITS,
    P.PARTLY_INHIBITS,
    *_ENGAGES,
    P.OCCUPIES,
    P.BINDS_FORM,
    P.BINDING_LOST_BY,
)
#: Classes of facts that have a name of their own.
NAMED_FACTS = (C.TONE_FACT, C.OVERLOAD_FACT)
#: Properties that statements lead to.
_DERIVED = frozenset(prop for brought in WAYS.values() for prop in brought)


def find_statements(knowledge: Knowledge, term: str) -> tuple[Triple, ...]:
    """Return what is stated of a drug or an allele and decides what is engaged there, sorted.

    >>> from krasbypass import load_knowledge
    >>> find_statements(load_knowledge(), "cetuximab")[-1]
    ('cetuximab', 'inhibits', 'EGFR')
    """
    stated = [
        (term, prop, value)
        for prop, values in knowledge.index.get(term, {}).items()
        if prop in WAYS or prop == TYPE
        for value in values
    ]
    held = (s for s in stated if s not in knowledge.derived)
    return tuple(sorted(s for s in held if find_consequences(knowledge, s)))


def find_consequences(knowledge: Knowledge, statement: Triple) -> frozenset[tuple[str, str]]:
    """Return what a statement leads to, as (property, value) of its subject.

    To be of a class leads to what all members have in common.
    """
    _, prop, value = statement
    if prop == TYPE:
        members = [t for t in knowledge.instances(C.DRUG) if value in knowledge.values(t, TYPE)]
        shared = (
            {(p, v) for p in _OF_CLASS for v in knowledge.values(member, p)} for member in members
        )
        return frozenset(set.intersection(*shared)) if members else frozenset()
    starts = {value}
    if prop in (P.INHIBITS, P.PARTLY_INHIBITS):
        starts |= _find_members(knowledge, value)
    return frozenset(
        (brought, found)
        for brought, paths in WAYS[prop].items()
        for path in paths
        for found in _follow(knowledge, starts, path)
    )


def _follow(knowledge: Knowledge, terms: set[str], path: _Path) -> set[str]:
    for prop in path:
        terms = {value for term in terms for value in knowledge.values(term, prop)}
    return terms


def _find_members(knowledge: Knowledge, family: str) -> set[str]:
    found: set[str] = set()
    queue = [family]
    while queue:
        new = set(knowledge.values(queue.pop(), P.HAS_MEMBER)) - found
        found |= new
        queue += new
    return found


def retract(knowledge: Knowledge, statements: Iterable[Triple]) -> Knowledge:
    """Return knowledge without statements on drugs, alleles or single facts of a tissue.

    A fact with a name of its own (a tone, an overload) is taken away by the statement of its
    class. An allele of which nothing says how it reaches the GDP form is out of reach of drugs
    that bind that form only.

    Examples
    --------
    >>> from krasbypass import load_knowledge
    >>> less = retract(load_knowledge(), [("cetuximab", "inhibits", "EGFR")])
    >>> less.drugs["cetuximab"].engages, less.drugs["panitumumab"].engages != ()
    ((), True)
    """
    gone: dict[str, set[Triple]] = defaultdict(set)
    for statement in statements:
        gone[statement[0]].add(statement)
    if not gone:
        return knowledge
    drugs = {drug.id: drug.name for drug in knowledge.drugs.values()}
    index = dict(knowledge.index)
    for term, lost in gone.items():
        index[term] = _leave(knowledge, term, lost)
    found = copy.copy(knowledge)  # what was read of other terms stays read
    for read in ("drugs", "tissues", "tone_union", "overload_levels"):
        vars(found).pop(read, None)
    vars(found)["index"] = index
    left = {name: drug for name, drug in knowledge.drugs.items() if drug.id not in gone}
    left |= {drugs[term]: read_drug(found, term) for term in gone if term in drugs}
    unreached = {t for t in gone if _has(knowledge, t, P.REACHES_GDP)} - {
        t for t in gone if _has(found, t, P.REACHES_GDP)
    }
    for name, drug in left.items() if unreached else ():
        if drug.binds_off_only and not drug.generic:
            engages = tuple((key, level) for key, level in drug.engages if key not in unreached)
            left[name] = replace(drug, engages=engages)
    vars(found)["drugs"] = {name: left[name] for name in knowledge.drugs}
    return found


def _has(knowledge: Knowledge, term: str, prop: str) -> bool:
    return bool(knowledge.values(term, prop))


def _leave(
    knowledge: Knowledge, term: str, lost: Collection[Triple]
) -> Mapping[str, tuple[str, ...]]:
    """Return what is left of a term: of a fact that has a name of its own, nothing."""
    if any(value in NAMED_FACTS for _, _, value in lost):
        return {}
    left = set(find_statements(knowledge, term)).difference(lost)
    brought = {b for s in left for b in find_consequences(knowledge, s)}

    def holds(prop: str, value: str) -> bool:
        if prop not in _DERIVED:
            return (term, prop, value) not in lost
        whole = (value, *knowledge.values(value, P.IN_CIS_WITH))
        return any((prop, part) in brought for part in whole)

    kept = {
        prop: tuple(v for v in values if holds(prop, v))
        for prop, values in knowledge.index[term].items()
    }
    if knowledge.values(term, P.BINDS_FORM) and not kept[P.BINDS_FORM]:
        alleles = set(knowledge.instances(C.RAS_ALLELE))
        for prop in _ENGAGES:
            kept[prop] = tuple(v for v in kept.get(prop, ()) if v not in alleles)
    return kept
