"""Design: the combinations that hold a tumour and the most of what it may become.

Every combination of mechanisms up to a size is screened against the tumour and against the tumour
with each event of the catalogue. The front is over drugs used, escapes left (counted, and by
patients seen), evidence, approval and toxicity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, pairwise, product

import numpy as np
import numpy.typing as npt

from krasbypass.answers import OutputLevels, Tabled
from krasbypass.closers import line_up, name_mechanisms, pick_supported
from krasbypass.errors import NotationError
from krasbypass.escapes import add_events, count_patients, find_events, group_alike
from krasbypass.gaps import Unclosed, explain_open
from krasbypass.model import Drug
from krasbypass.network import Network
from krasbypass.preference import Preference
from krasbypass.questions import Question, resolve_question
from krasbypass.records import CombinationRecord, Records, load_records
from krasbypass.routes import evaluate_tumour, find_assumptions, pool_outputs
from krasbypass.scenario import Genotype, resolve_drugs, resolve_genotypes
from krasbypass.screen import Panel, Screened, build_panel, screen_panel
from krasbypass.screen.panel import find_held
from krasbypass.tumour import Tumour

#: Combinations of each size that are looked at beyond those on record: the best by coverage.
SHORTLIST = 40
#: Largest tally of a screen, and of the patients of one event in it.
_TALLY, _PATIENTS = 60_000, 500
#: Sets of drugs of one combination of mechanisms that are looked at.
_SETS = 5_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Design:
    """A combination that suppresses the tumour, with what it holds and what it leaves open.

    Escapes are events of the catalogue; `open_patients` weighs those left by patients in whom
    they were seen. `left` are the events left open, one for each group of alike ones; `strength`
    ranks the evidence level of `record`, the stronger the higher.
    """

    drugs: tuple[str, ...]
    mechanisms: tuple[str, ...]
    outputs: Mapping[str, OutputLevels] = field(hash=False, repr=False)
    open_escapes: int
    covered_escapes: int
    open_patients: int
    left: tuple[str, ...] = field(repr=False)
    approved: bool
    strength: int
    record: CombinationRecord = field(repr=False)


@dataclass(frozen=True)
class DesignAnswer(Tabled):
    """The combinations of a tumour, best first, and which of them nothing beats.

    `screened` combinations of mechanisms were looked at, all that there are up to the size asked
    if `complete`. `suppressing` of them hold the tumour itself; `combinations` are those on
    record and, of each size, the `SHORTLIST` that hold the most. `pareto` are their numbers.
    """

    tissue: str
    alterations: tuple[str, ...]
    required: tuple[str, ...]
    avoided: tuple[str, ...]
    approved_only: bool
    max_drugs: int
    chosen: tuple[str, ...]
    combinations: tuple[Design, ...]
    pareto: tuple[int, ...]
    unclosed: tuple[Unclosed, ...]
    screened: int
    suppressing: int
    escapes: int
    complete: bool
    assumptions: tuple[str, ...]
    ontology_version: str
    as_of: str
    notice: str

    @property
    def bounded(self) -> str:
        """What of the ranking was not looked at, or an empty text."""
        if self.suppressing <= len(self.combinations):
            return ""
        return (
            f"every combination was screened for escapes; evidence, approval and toxicity are "
            f"compared among those on record and the {SHORTLIST} of each size that hold the most"
        )


def design_combinations(
    network: Network,
    tumour: Tumour,
    *,
    outputs: Iterable[str] | None = None,
    max_drugs: int = 3,
    avoid: Iterable[str] = (),
    require: Iterable[str] = (),
    approved_only: bool = False,
    records: Records | None = None,
    progress: Progress | None = None,
) -> DesignAnswer:
    """Return the combinations of up to `max_drugs` drugs that suppress `tumour`, ranked.

    Parameters
    ----------
    network
        The compiled network.
    tumour
        What the tumour carries; every clone must be held.
    outputs
        What shall be suppressed (default: those of `find_gaps`).
    max_drugs
        Largest number of drugs, required ones included.
    avoid, require
        Drugs that must not, or must, be part; names, codes or brands.
    approved_only
        Use only drugs that are approved for anything.
    records
        What is recorded (default: of the packaged ontology).
    progress
        Called with the combinations screened and in all.

    Raises
    ------
    KrasbypassError
        A name is unknown, or more drugs are required than allowed.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> tumour = kb.Tumour.parse("CRC", ["KRAS:G12C"])
    >>> found = kb.design_combinations(network, tumour, max_drugs=2, require=["sotorasib"])
    >>> any(c.drugs == ("panitumumab", "sotorasib") for c in found.combinations)
    True
    """
    knowledge = network.knowledge
    records = records or load_records()
    question = resolve_question(network, tumour, require, outputs)
    chosen = question.goal.outputs
    avoided = resolve_drugs(knowledge, avoid)
    for drug in question.drugs:
        if drug in avoided:
            raise NotationError(drug.name, "it is both required and to be avoided")
    if len(question.drugs) > max_drugs:
        raise NotationError(
            ", ".join(question.drug_names), f"{max_drugs} drugs cannot include so many required"
        )
    search = _Search(question, records, avoided, approved_only)
    screened = search.screen(max_drugs - len(question.drugs), progress)
    combinations = tuple(sorted(search.shortlist(screened), key=_order))
    return DesignAnswer(
        tissue=question.tissue or "any",
        alterations=question.written,
        required=question.drug_names,
        avoided=tuple(d.name for d in avoided),
        approved_only=approved_only,
        max_drugs=max_drugs,
        chosen=chosen,
        combinations=combinations,
        pareto=find_front([_cost(c) for c in combinations]),
        unclosed=() if combinations else search.explain(max_drugs),
        screened=screened.combinations,
        suppressing=search.suppressing,
        escapes=sum(map(len, search.groups)),
        complete=screened.complete,
        assumptions=find_assumptions(
            network, evaluate_tumour(network, tumour, question.drug_names)
        ),
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


def find_front(costs: Sequence[tuple[float, ...]]) -> tuple[int, ...]:
    """Return the numbers of the costs that no other is at least as good as in everything.

    Equal costs stand together.

    >>> find_front([(1, 2), (2, 1), (2, 2), (1, 2)])
    (0, 1, 3)
    """

    def beaten(cost: tuple[float, ...]) -> bool:
        return any(
            other != cost and all(a <= b for a, b in zip(other, cost, strict=True))
            for other in costs
        )

    return tuple(n for n, cost in enumerate(costs) if not beaten(cost))


def _cost(design: Design) -> tuple[float, ...]:
    """Return what a front keeps low."""
    return (
        len(design.drugs),
        design.open_escapes,
        design.open_patients,
        -design.strength,
        not design.record.approved_for_tumour,
        not design.approved,
        len(design.record.overlapping),
    )


def _order(design: Design) -> tuple[object, ...]:
    return (
        design.open_patients,
        design.open_escapes,
        len(design.drugs),
        *_cost(design)[3:],
        design.drugs,
    )


class _Search:
    """Screens combinations for one question; tumour 0 is the tumour itself."""

    def __init__(
        self,
        question: Question,
        records: Records,
        avoided: Iterable[Drug],
        approved_only: bool,
    ) -> None:
        self.question = question
        self.records = records
        self.preference = Preference(question, records)
        knowledge, tumour = question.knowledge, question.tumour
        banned = {*avoided, *question.drugs}
        self.offered = [
            drug
            for drug in knowledge.drugs.values()
            if not drug.generic
            and drug not in banned
            and (drug.stage == "approved" or not approved_only)
        ]
        self.groups = group_alike(question.network, find_events(knowledge, tumour))
        tumours = [tumour, *(add_events(tumour, [group[0]]) for group in self.groups)]
        readings = [
            [g for clone in t.clones for g in resolve_genotypes(knowledge, clone)] for t in tumours
        ]
        self.panel = self._panel(readings)
        self.first = [1] + [0] * len(self.groups)
        self.sizes = [0, *map(len, self.groups)]
        self.patients = [0, *self._weigh()]
        self.suppressing = 0

    def _panel(self, readings: Sequence[Sequence[Genotype]]) -> Panel:
        ends = np.cumsum([0, *map(len, readings)]).tolist()
        question = self.question
        return build_panel(
            question.network,
            list(chain.from_iterable(readings)),
            question.tissue,
            question.goal,
            drugs=self.offered,
            given=question.drugs,
            tumours=[range(a, b) for a, b in pairwise(ends)],
        )

    def _weigh(self) -> list[int]:
        """Return the patients in whom each group of events was seen, scaled if too many."""
        tissue = self.question.tissue
        counts = (count_patients(self.records, group, tissue) for group in self.groups)
        seen = [min(_PATIENTS, count) for count in counts]
        scale = min(1.0, _TALLY / max(1, sum(seen)))
        return [int(patients * scale) for patients in seen]

    def screen(self, size: int, progress: Progress | None) -> Screened:
        weights = [self.first, self.sizes, self.patients]
        return screen_panel(self.panel, size=size, weights=weights, threads=2, progress=progress)

    def explain(self, size: int) -> tuple[Unclosed, ...]:
        """Return, where nothing holds the tumour, why: output by output, or of all together."""
        question, given = self.question, self.question.drug_names
        groups = evaluate_tumour(question.network, question.tumour, given, distinct=True)
        now = pool_outputs(question.network, groups)
        found = []
        for output in question.goal.outputs:
            level = now[output].adapted
            if level >= question.goal.threshold:
                further = size - len(given)
                found.append(explain_open(question, output, level, further, self.offered))
        kept = tuple(unclosed for unclosed in found if unclosed.nodes)
        reason = f"closing it takes more than {size} drugs, together with what else is asked"
        return kept or tuple(replace(unclosed, reason=reason) for unclosed in found)

    def shortlist(self, screened: Screened) -> list[Design]:
        """Return the combinations on record and the best of each size."""
        best: dict[int, list[tuple[int, int, tuple[int, ...]]]] = {}
        for members, holds, covered, patients in zip(
            screened.members, *screened.tallies, strict=True
        ):
            rows = np.flatnonzero(holds)
            self.suppressing += len(rows)
            if len(rows):
                kept = best.setdefault(members.shape[1], [])
                kept += _take_best(members, covered, patients, rows)
                kept.sort()
                del kept[SHORTLIST:]
        chosen = {m for kept in best.values() for _, _, m in kept}
        size = max((members.shape[1] for members in screened.members), default=0)
        chosen.update(self._recorded(size))
        return self._describe(sorted(chosen, key=lambda m: (len(m), m)))

    def _recorded(self, size: int) -> set[tuple[int, ...]]:
        """Return the combinations of mechanisms of which some drugs are on record together."""
        number = {d: n for n, m in enumerate(self.panel.mechanisms) for d in m.drugs}
        given = set(self.question.drug_names)
        found = set()
        for drugs in self.records.find_sets():
            rest = drugs - given
            if given <= drugs and len(rest) <= size and rest <= number.keys():
                found.add(tuple(sorted({number[d] for d in rest})))
        return found

    def _describe(self, chosen: Sequence[tuple[int, ...]]) -> list[Design]:
        """Return the chosen combinations that hold the tumour, each by its best supported drugs.

        Of like mechanisms those are kept that no other beats, so that an approved set does not
        give way to one that holds a single escape more.
        """
        held = find_held(self.panel, chosen)
        covered = np.array(self.sizes) @ held
        patients = np.array(self.patients) @ held
        designs: dict[tuple[str, ...], dict[tuple[float, ...], Design]] = {}
        for place in np.flatnonzero(held[0]).tolist():
            left = [self.groups[n - 1][0].node for n in np.flatnonzero(~held[:, place]).tolist()]
            design = self._make(chosen[place], int(covered[place]), int(patients[place]), left)
            alike = designs.setdefault(design.mechanisms, {})
            cost = _cost(design)
            if cost not in alike or _order(design) < _order(alike[cost]):
                alike[cost] = design
        return [
            list(alike.values())[n] for alike in designs.values() for n in find_front(list(alike))
        ]

    def _make(
        self, members: tuple[int, ...], covered: int, patients: int, left: Sequence[str]
    ) -> Design:
        question, knowledge = self.question, self.question.knowledge
        choices = (self.panel.mechanisms[n].drugs for n in members)
        sets = (line_up(knowledge, drugs) for drugs in islice(product(*choices), _SETS))
        _, best, record = pick_supported(question, self.records, self.preference, sets)
        drugs = line_up(knowledge, (*question.drug_names, *best))
        groups = evaluate_tumour(question.network, question.tumour, drugs, distinct=True)
        return Design(
            drugs=drugs,
            mechanisms=name_mechanisms(knowledge, drugs),
            outputs=pool_outputs(question.network, groups),
            open_escapes=sum(self.sizes) - covered,
            covered_escapes=covered,
            open_patients=sum(self.patients) - patients,
            left=tuple(left),
            approved=all(knowledge.drugs[d].stage == "approved" for d in drugs),
            strength=self.records.library.rank(record.evidence_level),
            record=record,
        )


def _take_best(
    members: npt.NDArray[np.uint8],
    covered: npt.NDArray[np.uint16],
    patients: npt.NDArray[np.uint16],
    rows: npt.NDArray[np.intp],
) -> list[tuple[int, int, tuple[int, ...]]]:
    """Return the best rows by escapes covered and the best by patients covered, sortable."""
    by_count = np.lexsort((rows, -patients[rows].astype(np.int64), -covered[rows].astype(np.int64)))
    by_patients = np.lexsort(
        (rows, -covered[rows].astype(np.int64), -patients[rows].astype(np.int64))
    )
    taken = {*rows[by_count[:SHORTLIST]].tolist(), *rows[by_patients[:SHORTLIST]].tolist()}
    return [(-int(covered[n]), -int(patients[n]), tuple(members[n].tolist())) for n in taken]
