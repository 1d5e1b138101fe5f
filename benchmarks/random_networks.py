"""Random networks of the real one's shape, 200 to 10,000 nodes: every engine beside every peer."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from krasbypass.fixpoint import evaluate
from krasbypass.model import Level
from krasbypass.network import Network
from krasbypass.screen import Case, Goal
from krasbypass.screen.arrays import Plane, Planes, run_with_numpy
from krasbypass.screen.circuit import Circuit
from krasbypass.screen.native import run_native
from krasbypass.screen.planes import (
    Engine,
    InputPlanes,
    Pass,
    find_level_planes,
    pack,
    program_of,
    unpack,
)

from .peers import EASIER, PEERS, Answer
from .problem import Problem
from .timing import Grid, time_interleaved

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from builders import make_random_rules, network_of, scenario_of

DRUGS, ESCAPES = 24, 60
#: Scenarios whose answers are compared, and those that peers are timed on.
CHECKED, ASKED = 12, 2
#: Seconds that building a peer (or compiling) may be expected to take, else it is left out, and
#: how building is taken to grow with the nodes.
PATIENCE, GROWTH = 40.0, 1.5
GIVEN = {"a": Level.FULL, "b": Level.FULL}
Points = list[tuple[float, float]]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Question:
    """A random network, its drugs, and scenarios: an escape and some of the drugs each."""

    network: Network = field(repr=False)
    drugs: tuple[tuple[str, ...], ...] = field(repr=False)
    chosen: tuple[tuple[int, ...], ...] = field(repr=False)
    escapes: tuple[int, ...] = field(repr=False)

    def inputs(self) -> InputPlanes:
        """Return all scenarios as planes."""
        count = len(self.chosen)
        given = np.zeros((len(self.drugs), count), np.bool_)
        for lane, combination in enumerate(self.chosen):
            given[list(combination), lane] = True
        baseline = {node: (pack(np.ones(count)),) * 2 for node in GIVEN}
        escapes = np.array(self.escapes)
        baseline |= {f"e{i}": (pack(escapes == i),) * 2 for i in range(ESCAPES)}
        engaged: dict[str, list[int]] = {}
        for number, nodes in enumerate(self.drugs):
            for node in nodes:
                engaged.setdefault(node, []).append(number)
        planes = {n: (pack(given[rows].any(axis=0)),) * 2 for n, rows in engaged.items()}
        return InputPlanes(count, baseline, baseline | planes)

    def levels(self, lane: int) -> tuple[dict[str, Level], dict[str, Level]]:
        """Return what one scenario sets before the drugs and by them."""
        genotype = {**GIVEN, f"e{self.escapes[lane]}": Level.FULL}
        nodes = (node for drug in self.chosen[lane] for node in self.drugs[drug])
        return genotype, dict.fromkeys(nodes, Level.FULL)


def make_question(size: int, scenarios: int) -> Question:
    """Make the network of a size; the first scenarios share an escape, for the peers."""
    rng = random.Random(size)
    network = network_of(make_random_rules(size, seed=size, drugs=size // 3))
    engaged = sorted(n for n in network.inputs if n.startswith("engaged"))
    width = max(2, len(engaged) // 16)
    drugs = tuple(tuple(sorted(rng.sample(engaged, width))) for _ in range(DRUGS))
    chosen = tuple(
        tuple(sorted(rng.sample(range(DRUGS), rng.randint(0, 4)))) for _ in range(scenarios)
    )
    escapes = tuple(1 if i < CHECKED else rng.randrange(ESCAPES) for i in range(scenarios))
    return Question(network, drugs, chosen, escapes)


def run(sizes: tuple[int, ...]) -> tuple[Grid, Points]:
    """Time every size; return the ratios and the seconds of a scenario by nodes."""
    grid = Grid("peer", ("reference", *PEERS), tuple(sizes))
    points: Points = []
    built: dict[str, tuple[int, float]] = {}
    for size in sizes:
        ratios, seconds = _run_size(size, built, grid)
        grid.ratios |= {(name, size): ratio for name, ratio in ratios.items()}
        points.append((size, seconds))
    return grid, points


def _run_size(
    size: int, built: dict[str, tuple[int, float]], grid: Grid
) -> tuple[dict[str, float], float]:
    """Return the ratios of one size, and the seconds of a scenario in the plain form."""
    question = make_question(size, 1 << (16 if size <= 3000 else 14))
    circuit, planes, words, outputs = _compile(question)
    engines: dict[str, Engine] = {"numpy": run_with_numpy}
    if _is_bearable("compiled", size, built, grid):
        _build("compiled", size, built, lambda: run_native(circuit, planes, words))
        engines["compiled"] = run_native
    found = [engine(circuit, planes, words) for engine in engines.values()]
    assert all(np.array_equal(found[0], other) for other in found[1:])
    lanes = range(CHECKED if size <= 3000 else 3)
    goal, expected = _check(question, dict(zip(outputs, found[0], strict=True)), lanes)
    peers: dict[str, Answer] = {}
    for name, make in PEERS.items():
        if _is_bearable(name, size, built, grid):
            peers[name] = _build(name, size, built, partial(make, _problem(question, goal)))
            wrong = sum(peers[name](question.chosen[i]) != expected[i] for i in lanes)
            assert name in EASIER or not wrong, (name, size, wrong)
            if wrong:
                grid.notes[name, size] = f"wrong on {wrong} of {len(lanes)}"
    calls: dict[str, Callable[[], object]] = {
        name: partial(engine, circuit, planes, words) for name, engine in engines.items()
    }
    calls |= {n: partial(_ask, answer, question.chosen[:ASKED]) for n, answer in peers.items()}
    scenario = scenario_of(*question.levels(0))
    calls["reference"] = partial(evaluate, question.network, scenario)
    taken = time_interleaved(calls)
    each = {n: taken[n] / len(question.chosen) for n in engines}
    each |= {n: taken[n] / ASKED for n in peers} | {"reference": taken["reference"]}
    own = min(each[name] for name in engines)
    return {name: each[name] / own for name in ("reference", *peers)}, each["numpy"]


def _ask(answer: Answer, chosen: tuple[tuple[int, ...], ...]) -> None:
    for combination in chosen:
        answer(combination)


def _compile(question: Question) -> tuple[Circuit, Planes, int, tuple[str, ...]]:
    """Return the circuit and the inputs that the screen runs, and the nodes of its outputs.

    The outputs are whether the nodes are full once the brakes have lifted.
    """
    found: list[tuple[Circuit, Planes, int]] = []

    def keep(circuit: Circuit, planes: Planes, words: int) -> list[Plane]:
        found.append((circuit, planes, words))
        return [np.zeros(words, np.uint64) for _ in circuit.outputs]

    targets = sorted(question.network.targets, key=lambda n: int(n[1:]))
    nodes = tuple(targets[-len(targets) // 5 :: max(1, len(targets) // 250)])
    inputs = question.inputs()
    find_level_planes(question.network, inputs, nodes=nodes, engine=keep, block=inputs.count)
    circuit, planes, words = found[0]
    adapted = list(Pass).index(Pass.ADAPTED)
    full = [2 * (len(Pass) * place + adapted) + 1 for place in range(len(nodes))]
    return circuit.keeping(full), planes, words, nodes


def _check(question: Question, full: dict[str, Plane], lanes: range) -> tuple[Goal, list[bool]]:
    """Check planes against the reference; return the goal that most nearly half of them reach."""
    bits = {node: unpack(plane, len(lanes)).tolist() for node, plane in full.items()}
    for lane in lanes:
        expected = evaluate(question.network, scenario_of(*question.levels(lane)))
        assert all(bits[n][lane] == (expected.level(n) is Level.FULL) for n in full)
    mixed = min(full, key=lambda n: (abs(2 * sum(bits[n]) - len(lanes)), n))
    return Goal.suppress([mixed]), [not bits[mixed][lane] for lane in lanes]


def _problem(question: Question, goal: Goal) -> Problem:
    genotype, _ = question.levels(0)
    case = Case(Circuit(0, (), ()), (), genotype, program_of(question.network.rules))
    drugs = tuple(tuple((node, Level.FULL) for node in drug) for drug in question.drugs)
    return Problem(case, drugs, goal)


def _build(
    name: str, size: int, built: dict[str, tuple[int, float]], make: Callable[[], Made]
) -> Made:
    start = time.perf_counter()
    made = make()
    built[name] = (size, time.perf_counter() - start)
    return made


def _is_bearable(name: str, size: int, built: dict[str, tuple[int, float]], grid: Grid) -> bool:
    """Whether building should end in time, going by the size before."""
    before, seconds = built.get(name, (size, 0.0))
    expected = seconds * (size / before) ** GROWTH
    if expected <= PATIENCE:
        return True
    grid.skipped.append(
        f"{name} at {size:,} nodes, since building it took {seconds:,.0f} s at {before:,} nodes "
        f"and more than {PATIENCE:,.0f} s are to be expected"
    )
    return False
