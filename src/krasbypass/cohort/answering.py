"""A cohort's question answered: who is served by what, what stays open, and what would be least.

A regimen *serves* a patient if without drugs the patient's tumour misses the goal, and under the
regimen, once adapted, reaches it. Tumours that reach it without drugs are counted apart: nothing
recorded of them drives an output.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from krasbypass.answers import Route
from krasbypass.cohort.blocks import BLOCK_GENOTYPES, Store, make_blocks, make_task
from krasbypass.cohort.cover import Choice, find_covers
from krasbypass.cohort.explaining import Case, Explainer, FrequentRoute
from krasbypass.cohort.levels import GoalTable, LevelTable, collect_levels, judge_patterns
from krasbypass.cohort.model import Cohort
from krasbypass.cohort.regimens import Regimen
from krasbypass.cohort.running import Progress, run_blocks
from krasbypass.errors import NotationError
from krasbypass.model import Level
from krasbypass.network import Network
from krasbypass.screen import Goal

#: Questions that are explained by their routes, most frequent first.
EXPLAINED = 240
#: Genotypes among which those questions are looked for, most frequent first.
_LOOKED_AT = 500
#: Genotypes whose regimens are unpacked together, which bounds the memory.
_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class RegimenCount:
    """A regimen: how many patients it serves, and how many have each output at each level.

    `outputs` gives the patients with an output off, attenuated and full.
    """

    regimen: Regimen
    served: int
    outputs: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Unserved:
    """Patients whom no regimen serves, under the one that leaves least open, and why.

    `routes` has the first open route of each output that stays open; it is empty where the
    question was too rare to be explained.
    """

    patients: int
    examples: tuple[str, ...]
    tissue: str
    regimen: str
    open: tuple[str, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class CohortAnswer:
    """Levels of every patient under every regimen, and what follows for the cohort.

    `covers` is the best choice of one regimen, of two, and so on; the last one serves everyone
    whom any regimen serves. `explained` is the share of open questions whose routes were looked at.
    """

    cohort: Cohort
    regimens: tuple[Regimen, ...]
    target: str
    goal: tuple[str, ...] | None
    default: tuple[str, ...]
    levels: LevelTable
    judged: GoalTable = field(repr=False)
    counts: tuple[RegimenCount, ...]
    covers: tuple[Choice, ...]
    routes: tuple[FrequentRoute, ...]
    explained: float
    unserved: tuple[Unserved, ...]
    unserved_patients: int
    undriven_patients: int
    ontology_version: str
    as_of: str
    notice: str

    @property
    def shown(self) -> tuple[str, ...]:
        """Outputs of the goal, or those shown by default where it differs by patient."""
        return self.default if self.goal is None else self.goal

    @property
    def answered(self) -> int:
        """Number of patients with levels."""
        return int((self.cohort.genotype_of >= 0).sum())

    def is_served(self, genotype: int) -> npt.NDArray[np.bool_]:
        """Return for each regimen whether it serves a genotype."""
        served: npt.NDArray[np.bool_] = self.judged.served[self.levels.which[genotype]]
        return served

    def is_driven(self, genotype: int) -> bool:
        """Return whether a genotype misses the goal without drugs."""
        return bool(self.judged.driven[self.levels.which[genotype, 0]])


def answer_cohort(
    network: Network,
    cohort: Cohort,
    regimens: Sequence[Regimen],
    *,
    outputs: Iterable[str] | None = None,
    target: str = "suppress",
    processes: int = 1,
    scheduler: str | None = None,
    work: Path | None = None,
    block: int = BLOCK_GENOTYPES,
    explain: int = EXPLAINED,
    progress: Progress | None = None,
) -> CohortAnswer:
    """Return the levels of all patients under all regimens, and what they come to.

    Parameters
    ----------
    network
        The compiled network.
    cohort
        What `read_cohort` returned.
    regimens
        What every patient is asked under.
    outputs
        Outputs of the goal (default: those of `krasbypass.questions.default_outputs`, patient by
        patient). Levels are given for all in any case.
    target
        ``suppress`` (none of them at full) or ``close`` (all off).
    processes, scheduler
        Processes of this machine, or the address of a Dask scheduler. The answer is the same.
    work
        Folder in which finished blocks stay, so that an interrupted run goes on from there.
    block
        Genotypes that are answered together, which bounds the memory.
    explain
        Questions whose routes are looked at, most frequent first.
    progress
        Called with the blocks that are done and those there are.

    Raises
    ------
    UnknownTermError
        An output, drug or target is unknown.
    ClusterError
        The cluster, or the processes, cannot be used.
    """
    if not regimens:
        raise NotationError("", "a cohort is asked under at least one regimen")
    named = None if outputs is None else network.find_outputs(outputs)
    goal = Goal.parse(target, network.default_outputs if named is None else named)
    scenarios = len(cohort.genotypes) * len(regimens)
    task = make_task(network, regimens, scenarios)
    blocks = tuple(make_blocks(task, cohort.genotypes, size=block))
    store = Store(work)
    run_blocks(task, blocks, store, processes=processes, scheduler=scheduler, progress=progress)
    levels = collect_levels(blocks, store, network.outputs, len(regimens))
    judged = judge_patterns(levels, goal, with_held=named is None)
    summary = _Summary(network, cohort, tuple(regimens), levels, judged)
    routes, explained, unserved = summary.explain(explain)
    knowledge = network.knowledge
    return CohortAnswer(
        cohort=cohort,
        regimens=tuple(regimens),
        target=target,
        goal=named,
        default=network.default_outputs,
        levels=levels,
        judged=judged,
        counts=summary.count(),
        covers=find_covers(summary.served, [len(r.drugs) for r in regimens]),
        routes=routes,
        explained=explained,
        unserved=unserved,
        unserved_patients=summary.served.get(0, 0) - summary.undriven,
        undriven_patients=summary.undriven,
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


class _Summary:
    """Counts patients by what the levels of their genotypes say."""

    def __init__(
        self,
        network: Network,
        cohort: Cohort,
        regimens: tuple[Regimen, ...],
        levels: LevelTable,
        judged: GoalTable,
    ) -> None:
        self.network = network
        self.cohort = cohort
        self.regimens = regimens
        self.levels = levels
        self.judged = judged
        self.weights = cohort.weights
        self.driven = judged.driven[levels.which[:, 0]]
        self.undriven = int(self.weights[~self.driven].sum())

    def count(self) -> tuple[RegimenCount, ...]:
        """Return what each regimen comes to."""
        adapted = self.levels.adapted()
        served = self.judged.served
        counts = []
        for number, regimen in enumerate(self.regimens):
            patients = np.bincount(
                self.levels.which[:, number], weights=self.weights, minlength=len(served)
            )
            outputs = [
                (output, tuple(int(patients[adapted[:, i] == level].sum()) for level in Level))
                for i, output in enumerate(self.levels.outputs)
            ]
            counts.append(RegimenCount(regimen, int(patients[served].sum()), tuple(outputs)))
        return tuple(counts)

    @cached_property
    def served(self) -> dict[int, int]:
        """How many patients exactly the regimens of a bit mask serve; 0 has the undriven."""
        counted: dict[bytes, int] = defaultdict(int)
        for start in range(0, len(self.weights), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            bits = self.judged.served[self.levels.which[part]]
            packed = np.packbits(bits, axis=1, bitorder="little")
            rows, where = np.unique(packed, axis=0, return_inverse=True)
            sums = np.bincount(where.ravel(), weights=self.weights[part])
            for row, patients in zip(rows, sums, strict=True):
                counted[row.tobytes()] += int(patients)
        return {int.from_bytes(mask, "little"): n for mask, n in sorted(counted.items())}

    # -- why ------------------------------------------------------------------------------------

    def explain(self, budget: int) -> tuple[tuple[FrequentRoute, ...], float, tuple[Unserved, ...]]:
        """Return routes by frequency, the share of questions behind them, and the unserved."""
        explainer = Explainer(self.network, self.regimens)
        order = np.argsort(-self.weights, kind="stable")[:_LOOKED_AT]
        cases: Counter[Case] = Counter()
        genotypes: dict[Case, list[int]] = defaultdict(list)
        lonely: Counter[Case] = Counter()
        for genotype in map(int, order):
            if not self.driven[genotype]:
                continue
            open_ = self.judged.missed[self.levels.which[genotype]]
            weight = int(self.weights[genotype])
            for regimen in np.flatnonzero(open_):
                case = self._make_case(explainer, genotype, int(regimen), int(open_[regimen]))
                cases[case] += weight
                genotypes[case].append(genotype)
            if open_.all():
                best = self._find_best(open_)
                lonely[self._make_case(explainer, genotype, best, int(open_[best]))] += weight
        # why nothing serves a patient comes first
        ranked = sorted(lonely, key=lambda c: (-lonely[c], c))[: budget * 3 // 4]
        ranked += [c for c in sorted(cases, key=lambda c: (-cases[c], c)) if c not in lonely]
        chosen = ranked[:budget]
        share = self._share(sum(cases[case] for case in chosen))
        routes = self._rank_routes(explainer, chosen, genotypes)
        return routes, share, self._describe(explainer, lonely, genotypes, frozenset(chosen))

    def _make_case(self, explainer: Explainer, genotype: int, regimen: int, bits: int) -> Case:
        outputs = tuple(o for i, o in enumerate(self.levels.outputs) if bits >> i & 1)
        return explainer.make_case(self.cohort.genotypes[genotype], regimen, outputs)

    def _find_best(self, open_: npt.NDArray[np.uint32]) -> int:
        """Return the regimen that leaves fewest outputs open, of the fewest drugs, the first."""
        costs = [
            (int(bits).bit_count(), len(r.drugs), i)
            for i, (bits, r) in enumerate(zip(open_, self.regimens, strict=True))
        ]
        return min(costs)[2]

    def _share(self, explained: int) -> float:
        """Return the share of open questions, a patient and a regimen each, that was explained."""
        total = 0
        for number in range(len(self.regimens)):
            missed = self.judged.missed[self.levels.which[:, number]] > 0
            total += int(self.weights[missed & self.driven].sum())
        return explained / total if total else 1.0

    def _rank_routes(
        self, explainer: Explainer, cases: Iterable[Case], genotypes: dict[Case, list[int]]
    ) -> tuple[FrequentRoute, ...]:
        # routes of one chain that differ in what else holds beside it are one here
        having: dict[tuple[object, ...], dict[int, set[int]]] = defaultdict(
            lambda: defaultdict(set)
        )
        firsts: dict[tuple[object, ...], Route] = {}
        for case in cases:
            for route in explainer.find_routes(case):
                chain = (route.output, route.level, route.kinds, route.nodes)
                firsts.setdefault(chain, route)
                having[chain][case.regimen].update(genotypes[case])
        found = []
        for first, by_regimen in zip(firsts.values(), having.values(), strict=True):
            counts = [
                (self.regimens[r].name, int(self.weights[sorted(members)].sum()))
                for r, members in sorted(by_regimen.items())
            ]
            everyone = sorted(set().union(*by_regimen.values()))
            total = int(self.weights[everyone].sum())
            found.append(FrequentRoute(first, total, tuple(counts)))
        order = {output: i for i, output in enumerate(self.network.outputs)}
        return tuple(
            sorted(found, key=lambda f: (-f.patients, order[f.route.output], f.route.nodes))
        )

    def _describe(
        self,
        explainer: Explainer,
        lonely: Counter[Case],
        genotypes: dict[Case, list[int]],
        chosen: frozenset[Case],
    ) -> tuple[Unserved, ...]:
        groups: dict[tuple[object, ...], list[Case]] = defaultdict(list)
        firsts: dict[Case, tuple[Route, ...]] = {}
        for case in sorted(lonely, key=lambda c: (-lonely[c], c)):
            routes = explainer.find_routes(case) if case in chosen else ()
            firsts[case] = tuple({r.output: r for r in reversed(routes)}.values())[::-1]
            nodes = tuple(r.nodes for r in firsts[case])
            groups[case.tumour.tissue, case.regimen, case.outputs, nodes].append(case)
        found = []
        for members in groups.values():
            first = members[0]
            numbers = [g for case in members for g in genotypes[case]]
            found.append(
                Unserved(
                    patients=sum(lonely[case] for case in members),
                    examples=self._find_examples(numbers),
                    tissue=first.tumour.tissue,
                    regimen=self.regimens[first.regimen].name,
                    open=first.outputs,
                    routes=firsts[first],
                )
            )
        return tuple(sorted(found, key=lambda u: (-u.patients, u.tissue, u.regimen, u.open)))

    def _find_examples(self, genotypes: Sequence[int]) -> tuple[str, ...]:
        """Return the first three patients who have one of some genotypes."""
        numbers = np.flatnonzero(np.isin(self.cohort.genotype_of, genotypes))[:3]
        return tuple(self.cohort.ids[int(n)] for n in numbers)
