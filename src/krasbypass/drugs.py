"""Drugs as the reasoner classed them: what each engages and what abolishes that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from krasbypass.facts import ALT_LABEL, Facts
from krasbypass.model import Drug, Level, presence
from krasbypass.vocabulary import C, P


def read_drugs(facts: Facts) -> Mapping[str, Drug]:
    """Return drugs by preferred name, with generic inhibitors of targets and of drug classes."""
    terms = (*facts.instances(C.DRUG), *facts.instances(C.GENERIC_INHIBITOR))
    found = {drug.name: drug for drug in (read_drug(facts, term) for term in terms)}
    classes = {cls for term in facts.instances(C.DRUG) for cls in facts.classes(term)}
    for cls in sorted(cls for cls in classes if facts.value(cls, P.NOTATION)):
        members = [d for d in found.values() if cls in d.classes and not d.generic]
        generic = merge_class(facts, cls, members)
        found.setdefault(generic.name, generic)
    return found


def read_drug(facts: Facts, term: str) -> Drug:
    """Return one drug; alleles stand by id in what it engages, other nodes by name."""
    classes = facts.classes(term)
    engages: dict[str, Level] = {}
    for prop, inhibition, level in (
        (P.ENGAGES_PARTIALLY, P.PARTLY_INHIBITS, Level.ATTENUATED),
        (P.ENGAGES_COMPLETELY, P.INHIBITS, Level.FULL),
    ):
        for target in facts.values(term, prop):
            is_allele = C.RAS_ALLELE in facts.classes(target)
            engages[target if is_allele else facts.node(target)] = level
        for target in facts.values(term, inhibition):
            engages[presence(facts.label(target))] = level
    contacts = facts.values(term, P.CONTACTS_RESIDUE)
    return Drug(
        id=term,
        name=facts.label(term),
        names=facts.values(term, ALT_LABEL),
        mechanism=facts.value(term, P.MECHANISM) or "",
        stage=facts.value(term, P.STAGE) or "",
        classes=classes,
        generic=C.GENERIC_INHIBITOR in classes,
        engages=tuple(sorted(engages.items())),
        occupies=tuple(facts.node(o) for o in facts.values(term, P.OCCUPIES)),
        binds_off_only=facts.values(term, P.BINDS_FORM) == (P.OFF_FORM,),
        abrogated_by=frozenset(facts.values(term, P.BINDING_LOST_BY)),
        weakened_by=frozenset(c for r in contacts for c in facts.values(r, P.RESIDUE_OF)),
        retains=frozenset(facts.values(term, P.RETAINS_BINDING_TO)),
        partners=facts.values(term, P.REQUIRES_PARTNER),
        effluxed_by=facts.values(term, P.EFFLUXED_BY),
    )


def merge_class(facts: Facts, cls: str, members: Iterable[Drug]) -> Drug:
    """Return the generic inhibitor of a class: what all members block completely.

    Where members differ by allele, it blocks every allele that one of them does.
    """
    members = tuple(members)
    complete = [{k for k, level in d.engages if level is Level.FULL} for d in members]
    shared = set.intersection(*complete) if complete else set()
    alleles = set().union(*complete) & set(facts.instances(C.RAS_ALLELE))
    return Drug(
        id=cls,
        name=f"inhibitor:{facts.value(cls, P.NOTATION)}",
        mechanism=facts.label(cls),
        classes=frozenset({C.GENERIC_INHIBITOR}),
        generic=True,
        engages=tuple((key, Level.FULL) for key in sorted(shared or alleles)),
        occupies=tuple(sorted({node for d in members for node in d.occupies})),
    )
