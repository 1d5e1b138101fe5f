"""Closers: the minimal sets of further drugs that reach a goal, folded by mechanism.

Which sets reach it is decided by `krasbypass.screen`, exactly and over the whole catalogue; here
they get names, records, and an order in which people would look at them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, product
from typing import NamedTuple

from krasbypass.knowledge import Knowledge
from krasbypass.preference import Preference, find_altered
from krasbypass.questions import Question
from krasbypass.records import CombinationRecord, Records
from krasbypass.records.kinds import MODEL
from krasbypass.scenario import resolve_genotypes
from krasbypass.screen import Panel, build_panel
from krasbypass.screen.additions import Additions, Part, find_additions
from krasbypass.screen.dualising import find_smallest_proof
from krasbypass.tumour import Tumour

#: Between the ranks that `Records.rank` gives to results of trials and to what patients showed.
_AFTER_RESULTS = 3
#: From this share of its targets on, a drug is one against what the tumour has altered.
_SELECTIVE = 0.5
#: So many lines at the top act at different sites.
_DIFFERENT = 3
#: Sites are alike if they share this much of the smaller one.
_ALIKE = 0.5
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
    knowledge, preference = question.knowledge, Preference(question, records)
    altered = find_altered(question.genotypes)
    names = [
        tuple(d for n in group for d in panel.mechanisms[n].drugs) for group in additions.groups
    ]
    lines: dict[tuple[str, ...], dict[tuple[str, ...], _Set]] = defaultdict(dict)
    for combination in additions.minimal:
        by = tuple(
            min(names[g], key=lambda d: preference.order((d,), altered))
            for g in additions.reopened.get(combination, ())
        )
        found = _Set(combination in additions.brake_proof, by)
        for drugs in product(*(names[g] for g in combination)):
            lines[name_mechanisms(knowledge, drugs)][line_up(knowledge, drugs)] = found
    closers = []
    for mechanisms, sets in lines.items():
        ordered, best, record = pick_supported(question, records, preference, sets)
        others = tuple(s for s in ordered if s != best)
        lesion = preference.share_at_lesion(best, altered)
        closers.append(Closer(best, mechanisms, others, *sets[best], lesion, record))
    return _sort_closers(records, preference, closers)


def find_larger_closer(question: Question, records: Records, panel: Panel) -> tuple[str, ...]:
    """Return a smallest closer of any size that holds whatever brake lifts; empty if none does.

    For where all sets up to a size have been tried in vain. Of like drugs the preferred is named.
    """
    preference, altered = Preference(question, records), find_altered(question.genotypes)
    return tuple(
        min(panel.mechanisms[number].drugs, key=lambda d: preference.order((d,), altered))
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
    preference = Preference(question, records)
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
    naming = _Naming(preference, [m.drugs for m in panel.mechanisms])
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

    def __init__(self, preference: Preference, groups: Sequence[tuple[str, ...]]) -> None:
        self.preference = preference
        self.groups = groups
        self._reach = [frozenset[str]().union(*map(preference.targets, drugs)) for drugs in groups]
        self._all = frozenset[str]().union(*self._reach)
        self._best: dict[tuple[int, frozenset[str]], dict[str, str]] = {}

    def hit(self, altered: frozenset[str]) -> frozenset[str]:
        """Return those of the altered genes that some drug engages."""
        return altered & self._all

    def name(self, additions: Additions, altered: frozenset[str]) -> tuple[ShortCloser, ...]:
        """Return the smallest additions, one for each set of mechanisms, the preferred first."""
        preference, altered = self.preference, self.hit(altered)
        found: dict[tuple[str, ...], ShortCloser] = {}
        for combination in additions.minimal:
            if len(combination) > len(additions.minimal[0]):
                break
            choices = (self._prefer(additions.groups[g], altered) for g in combination)
            for drugs in product(*choices):
                mechanisms = name_mechanisms(preference.knowledge, drugs)
                proof = combination in additions.brake_proof
                closer = ShortCloser(line_up(preference.knowledge, drugs), mechanisms, proof)
                found.setdefault(mechanisms, closer)

        def order(closer: ShortCloser) -> tuple[object, ...]:
            breadth = sum(len(preference.targets(drug)) for drug in closer.drugs)
            share = preference.share_at_lesion(closer.drugs, altered)
            distances = preference.distances(closer.drugs)
            return (preference.stages(closer.drugs), -share, distances, breadth, closer.mechanisms)

        return tuple(sorted(found.values(), key=order))

    def _prefer(self, numbers: Iterable[int], altered: frozenset[str]) -> tuple[str, ...]:
        """Return the preferred drug of each mechanism among groups that a tumour cannot tell."""
        found: dict[str, str] = {}
        for drug in chain.from_iterable(self._best_of(n, altered).values() for n in numbers):
            mechanism = self.preference.knowledge.drugs[drug].mechanism_name
            rivals = (drug, found.get(mechanism, drug))
            found[mechanism] = min(rivals, key=lambda d: self.preference.order((d,), altered))
        return tuple(found.values())

    def _best_of(self, number: int, altered: frozenset[str]) -> dict[str, str]:
        """Return the preferred drug of each mechanism in one group of drugs."""
        key = (number, altered & self._reach[number])
        if key not in self._best:
            ordered = sorted(
                self.groups[number],
                key=lambda d: self.preference.order((d,), altered),
                reverse=True,
            )
            self._best[key] = {
                self.preference.knowledge.drugs[d].mechanism_name: d for d in ordered
            }
        return self._best[key]


def line_up(knowledge: Knowledge, drugs: Iterable[str]) -> tuple[str, ...]:
    """Return drugs in the order of their mechanisms, as `name_mechanisms` gives them."""
    return tuple(sorted(drugs, key=lambda drug: (knowledge.drugs[drug].mechanism_name, drug)))


def name_mechanisms(knowledge: Knowledge, drugs: Iterable[str]) -> tuple[str, ...]:
    """Return the mechanisms of drugs, sorted, without what a comma sets apart within one."""
    return tuple(sorted(knowledge.drugs[d].mechanism_name for d in drugs))


def pick_supported(
    question: Question, records: Records, preference: Preference, sets: Iterable[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], tuple[str, ...], CombinationRecord]:
    """Return sets of further drugs, the preferred first, the best supported, and its record."""
    given, altered = question.drug_names, find_altered(question.genotypes)
    ordered = sorted(sets, key=lambda drugs: preference.order(drugs, altered))
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


def _sort_closers(
    records: Records, preference: Preference, closers: Iterable[Closer]
) -> tuple[Closer, ...]:
    """Return lines in the order of `_order`, but let the first show different ways.

    A line whose drugs all act where those of a better line do is not among the first, unless it
    has results in patients, or is approved and made for what the tumour has altered. Lines of a
    size whose drugs have not been in the clinic and are on no record come last.
    """

    def group(closer: Closer) -> tuple[int, bool]:
        unknown = closer.record.basis == MODEL and not preference.are_in_clinic(closer.drugs)
        return len(closer.drugs), unknown

    ordered = sorted(closers, key=lambda c: (group(c), _order(records, preference, c)))
    first: list[Closer] = []
    sites: list[frozenset[str]] = []
    for closer in ordered:
        if len(first) == _DIFFERENT or group(closer) > group(ordered[0]):
            break
        new = [s for s in map(preference.targets, closer.drugs) if not _has_alike(sites, s)]
        tried = records.rank(closer.record)[0] < _AFTER_RESULTS
        fits = closer.at_lesion >= _SELECTIVE and preference.are_approved(closer.drugs)
        if new or tried or fits:
            first.append(closer)
            sites += new
    shown = {closer.mechanisms for closer in first}
    return (*first, *(closer for closer in ordered if closer.mechanisms not in shown))


def _has_alike(sites: Iterable[frozenset[str]], genes: frozenset[str]) -> bool:
    return any(len(genes & s) >= max(1, _ALIKE * min(len(genes), len(s))) for s in sites)


def _order(records: Records, preference: Preference, closer: Closer) -> tuple[object, ...]:
    """Support first, then how near drugs are, then the tumour's own lesion.

    Support is approval for this tumour, of this combination and then of its classes; then the
    evidence of this combination, trials with results before trials under way (those of other
    tissues last), patients before animals and cells; then that of its classes; then the model
    alone. Drugs in the clinic against what the tumour itself has altered come right after trials
    with results. Between lines alike in that, drugs that have come farther, those of whose targets
    the tumour has altered more, those approved in this tissue, and the mechanism with more drugs
    come first.
    """
    support, absent = records.rank(closer.record)[:2]
    lesion = closer.at_lesion if preference.are_in_clinic(closer.drugs) else 0.0
    return (
        min(support, _AFTER_RESULTS) if lesion else support,
        support < _AFTER_RESULTS and absent,
        preference.stages(closer.drugs),
        -lesion,
        absent,
        not preference.are_approved_here(closer.drugs),
        -len(closer.alternatives),
        closer.mechanisms,
    )
