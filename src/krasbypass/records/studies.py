"""Trials, studies of combinations, toxicities and approvals, each with the regimen it speaks of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from krasbypass.errors import OntologyError
from krasbypass.facts import NOTE
from krasbypass.knowledge import Knowledge
from krasbypass.records.kinds import (
    COMBINATION,
    ApprovalRecord,
    StudyRecord,
    Support,
    ToxicityRecord,
    TrialRecord,
)
from krasbypass.records.regimens import Pharmacy, Regimen
from krasbypass.terms import cite
from krasbypass.vocabulary import PREFIXES, P
from krasbypass.vocabulary import Clinical as K

CLINICAL_TRIAL, MECHANISTIC = "clinical-trial", "mechanistic"
#: Measures that sum up a trial, in the order in which they are told.
_HEADLINES = ("ORR", "DCR", "PFS", "OS", "HR for PFS", "HR for OS")
#: From what stands for tumours of any tissue to the tissues.
_NARROWER = PREFIXES["skos"] + "narrower"
_DOSE_LIMITING = "dose-limiting"


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval with the genotype for which it holds: ids of alterations and of genes."""

    record: ApprovalRecord
    alterations: frozenset[str]
    genes: frozenset[str]
    excluded: frozenset[str]

    def fits(self, alterations: frozenset[str], genes: frozenset[str]) -> bool:
        """Whether a tumour with these alterations, in these genes, is one of the indication."""
        if self.excluded & genes:
            return False
        selects = self.alterations or self.genes
        return not selects or bool(self.alterations & alterations or self.genes & genes)


Filed = TrialRecord | StudyRecord | ToxicityRecord | Approved


@dataclass(frozen=True)
class Library:
    """Sources: how strong each is, and how it is cited."""

    knowledge: Knowledge = field(repr=False)
    _supports: dict[str, Support] = field(default_factory=dict, repr=False, compare=False)
    _ranks: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def find(self, *terms: str) -> tuple[Support, ...]:
        """Return the places in sources that support the terms, strongest first."""
        ids = dict.fromkeys(e for t in terms for e in self.knowledge.values(t, P.SUPPORTED_BY))
        found = (self._support(e) for e in ids)
        return tuple(sorted(found, key=lambda s: (-self.rank(s.level), s.id)))

    def _support(self, evidence: str) -> Support:
        found = self._supports.get(evidence)
        if found is None:
            known = self.knowledge.evidence.get(evidence)
            level = known.kind if known else MECHANISTIC
            found = Support(evidence, level, cite(self.knowledge, evidence))
            self._supports[evidence] = found
        return found

    def rank(self, level: str) -> int:
        """Return how strong a level of evidence is; 0 for the weakest."""
        if not self._ranks:
            for term in self.knowledge.instances(K.EVIDENCE_KIND):
                name = self.knowledge.value(term, P.NOTATION) or term
                self._ranks[name] = int(self.knowledge.value(term, P.RANK) or 0)
        return self._ranks.get(level, 0)

    def strongest(self, levels: Iterable[str]) -> str:
        """Return the strongest level, `mechanistic` if there is none."""
        return max(levels, key=self.rank, default=MECHANISTIC)

    def caveat(self, *terms: str) -> str:
        """Return what was not checked of the terms, and the curators' notes on them."""
        said = (v for t in terms for p in (P.UNCHECKED, NOTE) for v in self.knowledge.values(t, p))
        return "; ".join(dict.fromkeys(text.rstrip(".") for text in said))

    def names(self, term: str, prop: str) -> tuple[str, ...]:
        """Return the labels of the values of a property, sorted."""
        return tuple(sorted(self.knowledge.label(v) for v in self.knowledge.values(term, prop)))

    def number(self, term: str, prop: str) -> float | None:
        """Return a number that a source states.

        Raises
        ------
        OntologyError
            What stands there is no number.
        """
        text = self.knowledge.value(term, prop)
        try:
            return None if text is None else float(text)
        except ValueError:
            name = self.knowledge.label(term)
            raise OntologyError(f"{prop} of {name!r} is no number: {text!r}") from None

    def count(self, term: str, prop: str) -> int | None:
        """Return a whole number that a source states; raises as `number` does."""
        found = self.number(term, prop)
        return None if found is None else int(found)


def file_records(library: Library, pharmacy: Pharmacy) -> Iterator[tuple[Regimen, Filed]]:
    """Yield every trial, study, toxicity and approval on record with its regimen."""
    yield from _read_trials(library, pharmacy)
    yield from _read_studies(library, pharmacy)
    yield from _read_toxicities(library, pharmacy)
    yield from _read_approvals(library, pharmacy)


# -- trials -------------------------------------------------------------------------------------


def _read_trials(library: Library, pharmacy: Pharmacy) -> Iterator[tuple[Regimen, TrialRecord]]:
    knowledge = library.knowledge
    results = defaultdict(list)
    for result in knowledge.instances(K.RESULT):
        for cohort in knowledge.values(result, K.IN_COHORT):
            results[cohort].append(result)
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    regimens: dict[tuple[str, tuple[str, ...]], Regimen] = {}
    armed = {
        parent
        for study in knowledge.instances(K.TRIAL_ARM)
        for parent in knowledge.values(study, K.PART_OF_STUDY)
    }
    for study in (
        *knowledge.instances(K.CLINICAL_STUDY),
        *knowledge.instances(K.COMBINATION_STUDY),
    ):
        tried_in = knowledge.values(study, K.TRIED_IN)
        combined = K.COMBINATION_STUDY in knowledge.classes(study)
        if combined or (study not in armed and is_trial(knowledge, study)):
            for trial in (tried_in if combined else ()) or (study,):
                if combined and not is_trial(knowledge, trial):
                    continue
                regimen = pharmacy.read_regimen(study)
                if regimen.slots:
                    words = (*regimen.drugs, *knowledge.values(study, K.COMPONENT))
                    key = (find_root(knowledge, trial), words)
                    regimens.setdefault(key, regimen)
                    # what a source says of several trials at once is no result of one of them
                    told = (trial,) if combined and len(tried_in) > 1 else (study, trial)
                    groups.setdefault(key, []).extend(told)
    for key, studies in groups.items():
        members = tuple(dict.fromkeys(studies))
        record = _describe_trial(library, key[0], regimens[key].drugs, members, results)
        yield regimens[key], record


def is_trial(knowledge: Knowledge, study: str) -> bool:
    """Whether a study is a trial or a group of its patients, and no count made afterwards."""
    root = find_root(knowledge, study)
    classes = knowledge.classes(study) | knowledge.classes(root)
    if classes & {K.TRIAL, K.TRIAL_GROUP, K.TRIAL_ARM}:
        return True
    found = (knowledge.evidence.get(e) for e in knowledge.values(study, P.SUPPORTED_BY))
    return any(evidence is not None and evidence.kind == CLINICAL_TRIAL for evidence in found)


def find_root(knowledge: Knowledge, study: str) -> str:
    """Return the whole study to which a cohort belongs."""
    seen = {study}
    while (above := knowledge.value(study, K.PART_OF_STUDY)) and above not in seen:
        study = above
        seen.add(above)
    return study


def _describe_trial(
    library: Library,
    root: str,
    drugs: tuple[str, ...],
    members: tuple[str, ...],
    results: dict[str, list[str]],
) -> TrialRecord:
    knowledge = library.knowledge
    places = (root, *members)

    def first(prop: str) -> str:
        return next((v for place in places for v in knowledge.values(place, prop)), "")

    def every(prop: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v for place in places for v in knowledge.values(place, prop)))

    tissue = sorted({name for m in members for name in library.names(m, K.OF_TISSUE)})
    measured = [r for m in members for r in results.get(m, ()) if _same(library, r, drugs)]
    told = _tell_results(library, measured) or "; ".join(every(K.OUTCOME))
    evidence = library.find(*members, *measured)
    return TrialRecord(
        id=root,
        name=knowledge.label(root),
        nct=every(K.NCT),
        phase=first(K.PHASE),
        status=first(K.STUDY_STATUS),
        drugs=drugs,
        tissue=tuple(tissue) or library.names(root, K.OF_TISSUE),
        of=COMBINATION,
        results=told,
        level=library.strongest(s.level for s in evidence),
        evidence=evidence,
    )


def _same(library: Library, result: str, drugs: tuple[str, ...]) -> bool:
    given = library.names(result, K.GIVES_DRUG)
    return not given or set(given) <= set(drugs)


def _tell_results(library: Library, results: Iterable[str]) -> str:
    """Return the headline results as text: of each tissue and arm, from the largest group."""
    knowledge = library.knowledge
    groups: dict[tuple[tuple[str, ...], str], dict[int, tuple[tuple[bool, int], str]]] = {}
    for result in results:
        measure = knowledge.label(knowledge.value(result, K.MEASURE) or "")
        if measure not in _HEADLINES:
            continue
        part = knowledge.value(result, K.SUBGROUP)
        cohort = knowledge.value(result, K.IN_COHORT) or ""
        tissue = library.names(result, K.OF_TISSUE) or library.names(cohort, K.OF_TISSUE)
        arm = cohort if K.TRIAL_ARM in knowledge.classes(cohort) else ""
        size = library.count(result, K.N) or library.count(cohort, K.N) or 0
        told = f"{measure} {tell_value(library, result)}{f' ({part})' if part else ''}"
        order = (part is None, size)
        best = groups.setdefault((tissue, arm), {})
        place = _HEADLINES.index(measure)
        if place not in best or order > best[place][0]:
            best[place] = (order, told)
    tissues, arms = ({key[i] for key in groups} for i in (0, 1))
    parts = []
    for (tissue, arm), best in sorted(groups.items()):
        named = knowledge.value(arm, K.POPULATION) or knowledge.label(arm)
        heading = [
            *(tissue if len(tissues) > 1 else ()),
            *([named] if len(arms) > 1 and arm else ()),
        ]
        told = ", ".join(text for _, (_, text) in sorted(best.items()))
        parts.append(f"{', '.join(heading)}: {told}" if heading else told)
    return "; ".join(parts)


def tell_value(library: Library, result: str) -> str:
    """Return a number with its unit, and without one where the measure says it."""
    value = library.number(result, K.VALUE)
    unit = library.knowledge.label(library.knowledge.value(result, K.UNIT) or "")
    ratio = library.knowledge.value(result, K.UNIT) == K.HAZARD_RATIO
    return f"{value:g}" if ratio or not unit else f"{value:g} {unit}"


# -- studies of combinations --------------------------------------------------------------------


def _read_studies(library: Library, pharmacy: Pharmacy) -> Iterator[tuple[Regimen, StudyRecord]]:
    knowledge = library.knowledge
    for term in knowledge.instances(K.COMBINATION_STUDY):
        yield pharmacy.read_regimen(term), _describe_study(library, term)
    for term in knowledge.instances(K.CLINICAL_STUDY):
        regimen = pharmacy.read_regimen(term)
        if regimen.slots and not is_trial(knowledge, term):
            yield regimen, _describe_study(library, term)


def _describe_study(library: Library, term: str) -> StudyRecord:
    knowledge = library.knowledge
    evidence = library.find(term)
    return StudyRecord(
        id=term,
        name=knowledge.label(term),
        model=knowledge.value(term, K.MODEL) or knowledge.value(term, K.POPULATION) or "",
        outcome=knowledge.value(term, K.OUTCOME) or "",
        tissue=library.names(term, K.OF_TISSUE),
        of=COMBINATION,
        level=library.strongest(s.level for s in evidence),
        evidence=evidence,
    )


# -- toxicities ---------------------------------------------------------------------------------


def _read_toxicities(
    library: Library, pharmacy: Pharmacy
) -> Iterator[tuple[Regimen, ToxicityRecord]]:
    knowledge = library.knowledge
    for term in knowledge.instances(K.TOXICITY):
        regimen = pharmacy.read_regimen(term)
        events = knowledge.values(term, K.EVENT)
        grade = knowledge.value(term, K.GRADE) or ""
        rate = library.number(term, K.RATE)
        lowest = re.match(r"\d", grade)
        limiting = any(event.startswith(_DOSE_LIMITING) for event in events)
        named = tuple(e for e in events if not e.startswith(_DOSE_LIMITING)) or events
        yield (
            regimen,
            ToxicityRecord(
                id=term,
                events=named,
                grade=grade or (_DOSE_LIMITING if limiting else ""),
                rate=rate,
                unit=knowledge.label(knowledge.value(term, K.UNIT) or ""),
                statement=knowledge.value(term, K.STATEMENT) or "",
                drugs=regimen.drugs,
                of=COMBINATION,
                severe=rate != 0 and (limiting or (lowest is not None and int(lowest[0]) >= 3)),
                evidence=library.find(term),
            ),
        )


# -- approvals ----------------------------------------------------------------------------------


def _read_approvals(library: Library, pharmacy: Pharmacy) -> Iterator[tuple[Regimen, Approved]]:
    """Yield approvals, each of the drugs that share it."""
    knowledge = library.knowledge
    sharing = defaultdict(set)
    for drug in knowledge.drugs.values():
        for approval in knowledge.values(drug.id, K.HAS_APPROVAL):
            sharing[approval].add(drug.id)
    for term, drugs in sorted(sharing.items()):
        regimen = pharmacy.read_regimen(term, drugs)
        for place in knowledge.values(term, K.APPROVED_FOR):
            tissue = knowledge.label(place)
            record = ApprovalRecord(
                id=term,
                drugs=regimen.drugs,
                tissue=tissue,
                covers=(tissue, *library.names(place, _NARROWER)),
                date=knowledge.value(term, K.APPROVED_ON) or "",
                region=knowledge.value(term, K.REGION) or "",
                indication=knowledge.value(term, K.INDICATION) or "",
                components=knowledge.values(term, K.COMPONENT),
                of=COMBINATION,
                fits=None,
                caveat=library.caveat(term),
                evidence=library.find(term),
            )
            yield (
                regimen,
                Approved(
                    record,
                    frozenset(knowledge.values(term, K.SELECTS_ALTERATION)),
                    frozenset(knowledge.values(term, K.SELECTS_GENE)),
                    frozenset(knowledge.values(term, K.EXCLUDES_GENE)),
                ),
            )
