"""Closers: the minimal sets of further drugs that reach a goal, folded by mechanism.

Which sets reach it is decided by `krasbypass.screen`, exactly and over the whole catalogue; here
they get names, records, and an order in which people would look at them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice, product
from typing import NamedTuple

from krasbypass.knowledge import Knowledge
from krasbypass.questions import Question
from krasbypass.records import CombinationRecord, Records
from krasbypass.records.kinds import TrialRecord
from krasbypass.scenario import Genotype, resolve_genotypes
from krasbypass.screen import Panel, build_panel
from krasbypass.screen.additions import Additions, Part, find_additions
from krasbypass.screen.dualising import find_smallest_proof
from krasbypass.tumour import Tumour
from krasbypass.vocabulary import P

#: How far drugs have come, best first; a drug of unknown stage stands before preclinical ones.
_STAGES = ("approved", "clinical", "", "preclinical", "discontinued")
#: The distance of a drug that is approved, though not here; the last stage in the clinic.
_APPROVED = 2
_IN_CLINIC = _STAGES.index("preclinical") - 1
#: Between the ranks that `Records.rank` gives to results of trials and to what patients showed.
_AFTER_RESULTS = 3
#: From this share of its targets on, a drug is one against what the tumour has altered.
_SELECTIVE = 0.5
#: Sets of one line whose records are looked up besides those with a record of their own.
_LOOKED_UP = 3


@dataclass(frozen=True)
class Closer:
    """A set of further drugs that reaches the goal, with the other sets of its mechanisms.

    `drugs` are the best supported; `reopened_by` are further drugs with which the goal is missed
    again, empty if up to two further ones do not. `at_lesion` is the share of what the drugs
    engage that the tumour has altered. `record` is of the whole combination.
    """

    drugs: tuple[str, ...]
    mechanisms: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = field(repr=False)
    brake_proof: bool
    reopened_by: tuple[str, ...]
    at_lesion: float
    record: CombinationRecord = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShortCloser:
    """One of the smallest sets that reach a goal: the drugs that have come farthest."""

    drugs: tuple[str, ...]
    mechanisms: tuple[str, ...]
    brake_proof: bool


def count_drugs(number: int) -> str:
    """Return a number of further drugs in words.

    >>> count_drugs(1), count_drugs(3)
    ('1 further drug', '3 further drugs')
    """
    return f"{number} further drug{'' if number == 1 else 's'}"


class Choice:
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

    def _look_up(self, drug: str) -> tuple[int, int]:
        """Return the distance of a drug and the number of its trials."""
        if drug not in self._known:
            question, stage = self._question, self.knowledge.drugs[drug].stage
            found = self._records.find_combination(
                [drug], tissue=question.tissue, alterations=question.alterations
            )
            distance = _APPROVED + (_STAGES.index(stage) if stage in _STAGES else len(_STAGES))
            if stage == _STAGES[0]:
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


def build_question_panel(question: Question) -> Panel:
    """Return the question's genotypes under the whole catalogue, the given drugs fixed."""
    return build_panel(
        question.network,
        question.genotypes,
        question.tissue,
        question.goal,
        given=question.drugs,
    )


def find_closers(
    question: Question, records: Records, *, size: int = 3, panel: Panel | None = None
) -> tuple[Closer, ...]:
    """Return all minimal closers of up to `size` further drugs, folded, best first.

    An empty set of drugs among them means that the goal is reached already.
    """
    panel = panel or build_question_panel(question)
    return fold_additions(question, records, panel, find_additions(panel.parts, size=size))


def fold_additions(
    question: Question, records: Records, panel: Panel, additions: Additions
) -> tuple[Closer, ...]:
    """Return additions as closers: one line for all sets of like mechanisms."""
    knowledge, choice = question.knowledge, Choice(question, records)
    altered = find_altered(question.genotypes)
    names = [
        tuple(d for n in group for d in panel.mechanisms[n].drugs) for group in additions.groups
    ]
    lines: dict[tuple[str, ...], dict[tuple[str, ...], _Set]] = defaultdict(dict)
    for combination in additions.minimal:
        by = tuple(
            min(names[g], key=lambda d: choice.order((d,), altered))
            for g in additions.reopened.get(combination, ())
        )
        found = _Set(combination in additions.brake_proof, by)
        for drugs in product(*(names[g] for g in combination)):
            lines[name_mechanisms(knowledge, drugs)][line_up(knowledge, drugs)] = found
    closers = []
    for mechanisms, sets in lines.items():
        ordered, best, record = pick_supported(question, records, choice, sets)
        others = tuple(s for s in ordered if s != best)
        lesion = choice.share_at_lesion(best, altered)
        closers.append(Closer(best, mechanisms, others, *sets[best], lesion, record))
    return tuple(sorted(closers, key=lambda closer: _order(records, choice, closer)))


def find_larger_closer(question: Question, records: Records, panel: Panel) -> tuple[str, ...]:
    """Return a smallest closer of any size that holds whatever brake lifts; empty if none does.

    For where all sets up to a size have been tried in vain. Of like drugs the preferred is named.
    """
    choice, altered = Choice(question, records), find_altered(question.genotypes)
    return tuple(
        min(panel.mechanisms[number].drugs, key=lambda d: choice.order((d,), altered))
        for number in find_smallest_proof(panel.parts) or ()
    )


class _Set(NamedTuple):
    """What the screen says of one set: whether it is brake-proof, and what re-opens it."""

    brake_proof: bool
    reopened_by: tuple[str, ...]


def find_short_closers(
    question: Question, tumours: Sequence[Tumour], *, size: int = 3, records: Records
) -> list[tuple[ShortCloser, ...]]:
    """Return for each tumour the closers of the smallest size that has any, best first.

    Those stand first that hit what the tumour has altered and little else, then those nearest to
    patients. Tumours that the screen cannot tell apart are screened once.
    """
    choice = Choice(question, records)
    genotypes = [
        [g for clone in tumour.clones for g in resolve_genotypes(question.knowledge, clone)]
        for tumour in tumours
    ]
    panel = build_panel(
        question.network,
        list(chain.from_iterable(genotypes)),
        question.tissue,
        question.goal,
        given=question.drugs,
    )
    naming = _Naming(choice, [m.drugs for m in panel.mechanisms])
    parts = iter(panel.parts)
    screened: dict[tuple[Part, ...], Additions] = {}
    known: dict[object, tuple[ShortCloser, ...]] = {}
    found = []
    for readings in genotypes:
        alike = tuple(dict.fromkeys(islice(parts, len(readings))))
        if alike not in screened:
            screened[alike] = find_additions(alike, size=size, reopening=False)
        altered = find_altered(readings)
        key = (alike, naming.hit(altered))
        if key not in known:
            known[key] = naming.name(screened[alike], altered)
        found.append(known[key])
    return found


class _Naming:
    """Gives the additions of a panel names: of each mechanism the drug that is preferred."""

    def __init__(self, choice: Choice, groups: Sequence[tuple[str, ...]]) -> None:
        self.choice = choice
        self.groups = groups
        self._reach = [frozenset[str]().union(*map(choice.targets, drugs)) for drugs in groups]
        self._all = frozenset[str]().union(*self._reach)
        self._best: dict[tuple[int, frozenset[str]], dict[str, str]] = {}

    def hit(self, altered: frozenset[str]) -> frozenset[str]:
        """Return those of the altered genes that some drug engages."""
        return altered & self._all

    def name(self, additions: Additions, altered: frozenset[str]) -> tuple[ShortCloser, ...]:
        """Return the smallest additions, one for each set of mechanisms, the preferred first."""
        choice, altered = self.choice, self.hit(altered)
        found: dict[tuple[str, ...], ShortCloser] = {}
        for combination in additions.minimal:
            if len(combination) > len(additions.minimal[0]):
                break
            choices = (self._prefer(additions.groups[g], altered) for g in combination)
            for drugs in product(*choices):
                mechanisms = name_mechanisms(choice.knowledge, drugs)
                proof = combination in additions.brake_proof
                closer = ShortCloser(line_up(choice.knowledge, drugs), mechanisms, proof)
                found.setdefault(mechanisms, closer)

        def order(closer: ShortCloser) -> tuple[object, ...]:
            breadth = sum(len(choice.targets(drug)) for drug in closer.drugs)
            share = choice.share_at_lesion(closer.drugs, altered)
            distances = choice.distances(closer.drugs)
            return (_find_stages(distances), -share, distances, breadth, closer.mechanisms)

        return tuple(sorted(found.values(), key=order))

    def _prefer(self, numbers: Iterable[int], altered: frozenset[str]) -> tuple[str, ...]:
        """Return the preferred drug of each mechanism among groups that a tumour cannot tell."""
        found: dict[str, str] = {}
        for drug in chain.from_iterable(self._best_of(n, altered).values() for n in numbers):
            mechanism = self.choice.knowledge.drugs[drug].mechanism_name
            rivals = (drug, found.get(mechanism, drug))
            found[mechanism] = min(rivals, key=lambda d: self.choice.order((d,), altered))
        return tuple(found.values())

    def _best_of(self, number: int, altered: frozenset[str]) -> dict[str, str]:
        """Return the preferred drug of each mechanism in one group of drugs."""
        key = (number, altered & self._reach[number])
        if key not in self._best:
            ordered = sorted(
                self.groups[number], key=lambda d: self.choice.order((d,), altered), reverse=True
            )
            self._best[key] = {self.choice.knowledge.drugs[d].mechanism_name: d for d in ordered}
        return self._best[key]


def line_up(knowledge: Knowledge, drugs: Iterable[str]) -> tuple[str, ...]:
    """Return drugs in the order of their mechanisms, as `name_mechanisms` gives them."""
    return tuple(sorted(drugs, key=lambda drug: (knowledge.drugs[drug].mechanism_name, drug)))


def name_mechanisms(knowledge: Knowledge, drugs: Iterable[str]) -> tuple[str, ...]:
    """Return the mechanisms of drugs, sorted, without what a comma sets apart within one."""
    return tuple(sorted(knowledge.drugs[d].mechanism_name for d in drugs))


def pick_supported(
    question: Question, records: Records, choice: Choice, sets: Iterable[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], tuple[str, ...], CombinationRecord]:
    """Return sets of further drugs, the preferred first, the best supported, and its record."""
    given, altered = question.drug_names, find_altered(question.genotypes)
    ordered = sorted(sets, key=lambda drugs: choice.order(drugs, altered))
    place = {drugs: number for number, drugs in enumerate(ordered)}
    recorded = [s for s in ordered if records.is_recorded((*given, *s))]
    looked_up = {
        drugs: records.find_combination(
            (*given, *drugs), tissue=question.tissue, alterations=question.alterations
        )
        for drugs in (*recorded, *ordered[:_LOOKED_UP])
    }
    best = min(looked_up, key=lambda s: (records.rank(looked_up[s])[:2], place[s]))
    return ordered, best, looked_up[best]


def find_given_record(question: Question, records: Records) -> CombinationRecord | None:
    """Return what is on record of the drugs as given, None where none are."""
    if not question.drugs:
        return None
    return records.find_combination(
        question.drug_names, tissue=question.tissue, alterations=question.alterations
    )


def _order(records: Records, choice: Choice, closer: Closer) -> tuple[object, ...]:
    """Fewest drugs first; then support, the tumour's own lesion, and how near drugs are.

    Support is approval for this tumour, of this combination and then of its classes; then the
    evidence of this combination, trials with results before trials under way (those of other
    tissues last, unless the drugs are against the tumour's lesion), patients before animals and
    cells; then that of its classes; then the model alone. Drugs in the clinic against what the
    tumour itself has altered come right after trials with results, the more of their targets it
    has altered the earlier. Between lines alike in that, drugs that have come farther, above all
    those approved in this tissue, and the mechanism with more drugs come first.
    """
    support, absent = records.rank(closer.record)[:2]
    distances = choice.distances(closer.drugs)
    stages = _find_stages(distances)
    lesion = closer.at_lesion if max(stages, default=0) <= _IN_CLINIC else 0.0
    return (
        len(closer.drugs),
        min(support, _AFTER_RESULTS) if lesion else support,
        support < _AFTER_RESULTS and absent and lesion < _SELECTIVE,
        -lesion,
        absent,
        stages,
        max(distances, default=0) >= _APPROVED,
        -len(closer.alternatives),
        closer.mechanisms,
    )


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
