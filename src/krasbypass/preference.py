"""Which of several sets of drugs people would look at first, where the model has no preference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property

from krasbypass.knowledge import Knowledge
from krasbypass.questions import Question
from krasbypass.records import Records
from krasbypass.records.kinds import STAGES, TrialRecord
from krasbypass.scenario import Genotype
from krasbypass.vocabulary import P

#: The distance of a drug that is approved, though not here; the last stage in the clinic.
_APPROVED = 2
_IN_CLINIC = STAGES.index("preclinical") - 1


class Preference:
    """Which of several sets of drugs to prefer where the model has no preference.

    Approved drugs before those in trials, and these before the rest; among them those that hit
    what a tumour has altered and little else, then those approved alone for this tumour or in its
    tissue, then those of which more trials are on record.
    """

    def __init__(self, question: Question, records: Records) -> None:
        self.knowledge = question.knowledge
        self._question = question
        self._records = records
        self._known: dict[str, tuple[int, int]] = {}
        self._targets: dict[str, frozenset[str]] = {}

    def order(self, drugs: Iterable[str], altered: frozenset[str]) -> tuple[object, ...]:
        """Return a sort key of a set of drugs, for a tumour in which genes are altered."""
        drugs = tuple(sorted(drugs))
        known = [self._known.get(drug) or self._look_up(drug) for drug in drugs]
        distances = sorted([distance for distance, _ in known], reverse=True)
        tried = sum([trials for _, trials in known])
        share = self.share_at_lesion(drugs, altered)
        return (_find_stages(distances), -share, distances, -tried, drugs)

    def distances(self, drugs: Iterable[str]) -> list[int]:
        """Return how far drugs are from patients, the farthest first; 0 is approved for them."""
        return sorted([self._look_up(drug)[0] for drug in drugs], reverse=True)

    def stages(self, drugs: Iterable[str]) -> list[int]:
        """Return how far drugs have come, the least far first; 0 is approved somewhere."""
        return _find_stages(self.distances(drugs))

    def are_approved(self, drugs: Iterable[str]) -> bool:
        """Whether all of the drugs are approved, for whatever."""
        return not any(self.stages(drugs))

    def are_approved_here(self, drugs: Iterable[str]) -> bool:
        """Whether all of the drugs are approved in this tissue or for this tumour."""
        return all(distance < _APPROVED for distance in self.distances(drugs))

    def are_in_clinic(self, drugs: Iterable[str]) -> bool:
        """Whether all of the drugs are given to patients, or may be."""
        return max(self.stages(drugs), default=0) <= _IN_CLINIC

    def _look_up(self, drug: str) -> tuple[int, int]:
        """Return the distance of a drug and the number of its trials."""
        if drug not in self._known:
            question, stage = self._question, self.knowledge.drugs[drug].stage
            found = self._records.find_combination(
                [drug], tissue=question.tissue, alterations=question.alterations
            )
            distance = _APPROVED + (STAGES.index(stage) if stage in STAGES else len(STAGES))
            if stage == STAGES[0]:
                distance -= found.approved_in_tissue + found.approved_for_tumour
            self._known[drug] = distance, self._tried[drug]
        return self._known[drug]

    @cached_property
    def _tried(self) -> Counter[str]:
        """In how many trials each drug was given, alone or with others."""
        trials = (record for _, record in self._records.filed if isinstance(record, TrialRecord))
        return Counter(drug for trial in trials for drug in trial.drugs)

    def targets(self, drug: str) -> frozenset[str]:
        """Return the genes whose products a drug engages."""
        if drug not in self._targets:
            self._targets[drug] = find_targets(self.knowledge, drug)
        return self._targets[drug]

    def share_at_lesion(self, drugs: Iterable[str], altered: frozenset[str]) -> float:
        """Return the share of the drugs' targets that are altered; 0 if one of them hits none."""
        targets = []
        for drug in drugs:
            genes = self.targets(drug)
            if genes.isdisjoint(altered):
                return 0.0
            targets.append(genes)
        if not targets:
            return 0.0
        genes = frozenset[str]().union(*targets)
        return len(genes & altered) / len(genes)


def _find_stages(distances: Iterable[int]) -> list[int]:
    return [max(0, distance - _APPROVED) for distance in distances]


def find_altered(genotypes: Iterable[Genotype]) -> frozenset[str]:
    """Return the ids of the genes that are altered in a tumour."""
    return frozenset(a.gene for g in genotypes for a in g.alterations)


def find_targets(knowledge: Knowledge, drug: str) -> frozenset[str]:
    """Return the ids of the genes whose products a drug engages."""
    found: set[str] = set()
    for key, _ in knowledge.drugs[drug].engages:
        activity = knowledge.activities.get(key)
        found.update(activity.genes if activity else knowledge.values(key, P.ALLELE_OF))
    return frozenset(found)
