"""Per scenario: the screen against a worklist, graphs, answer sets and percolation."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

import krasbypass as kb
from krasbypass.errors import KrasbypassError
from krasbypass.fixpoint import evaluate, solve
from krasbypass.model import SPARE, TONE_UNMASKED, Level
from krasbypass.network import Network
from krasbypass.scenario import Genotype, build_scenario, resolve_genotypes
from krasbypass.screen import Case, Goal, build_panel, make_blocks, over_mechanisms
from krasbypass.screen.arrays import run_with_numpy
from krasbypass.screen.circuit import Circuit
from krasbypass.screen.combinations import Block, count_combinations
from krasbypass.screen.native import run_native
from krasbypass.screen.panel import PANEL_BLOCK, Panel
from krasbypass.screen.planes import Engine, find_masks, program_of, unpack
from krasbypass.screen.treatments import Treatment

from .peers import EASIER, PEERS
from .problem import Problem
from .timing import Row, time_interleaved

GOAL = Goal.suppress(["MAPK", "PI3K-AKT-mTOR"])
TUMOUR = ("NSCLC", "KRAS:G12C")
ESCAPES = ("", "MET:amp", "BRAF:V600E", "NRAS:Q61K", "PTEN:loss")
TARGETS = {"worklist": 1e5, "networkx": 2.5e5, "rustworkx": 7e3, "clingo": 3e5}


def load_network() -> Network:
    """Return the packaged network."""
    return kb.build_signalling_network(kb.load_knowledge())


def find_genotype(network: Network, tissue: str, *alterations: str) -> Genotype:
    """Return the first genotype that a tumour stands for."""
    tumour = kb.Tumour.parse(tissue, [a for a in alterations if a])
    return resolve_genotypes(network.knowledge, tumour.clones[0])[0]


def whole_problem(
    network: Network, genotype: Genotype, tissue: str | None, drugs: tuple[Treatment, ...]
) -> Problem:
    """Return the question with every rule of the network, as a user would put it."""
    scenario = build_scenario(network.knowledge, genotype, tissue, ())
    inputs = dict(scenario.genotype)
    spares = {node: Level.FULL for node in network.inputs if node.startswith(SPARE)}
    toneless = solve(network.rules, {**spares, **inputs})
    if not any(toneless.get(node) is Level.FULL for node in find_masks(network)):
        inputs[TONE_UNMASKED] = Level.FULL
    circuit = Circuit(0, (), ())
    case = Case(circuit, (), inputs, program_of(network.rules))
    return Problem(case, drugs, GOAL)


def check_equal(
    network: Network, panel: Panel, number: int, combinations: list[tuple[int, ...]]
) -> list[bool]:
    """Return what the reference says, after the screen said the same on both engines."""
    effects = [m.treatments[number] for m in panel.mechanisms]
    circuit = over_mechanisms(panel.cases[number], effects).keeping([0])
    planes = []
    for mechanism in range(len(effects)):
        bits = np.array([mechanism in c for c in combinations], np.bool_)
        packed = np.zeros(-(-len(bits) // 64) * 64, np.bool_)
        packed[: len(bits)] = bits
        planes.append(np.packbits(packed, bitorder="little").view(np.uint64))
    words = len(planes[0])
    expected = []
    for combination in combinations:
        names = [panel.mechanisms[i].name for i in combination]
        drugs = tuple(network.knowledge.drugs[name] for name in names)
        found = evaluate(
            network,
            build_scenario(network.knowledge, panel.genotypes[number], panel.tissue, drugs),
        )
        expected.append(all(found.level(o) < GOAL.threshold for o in GOAL.outputs))
    for engine in (run_with_numpy, run_native):
        plane = engine(circuit, planes, words)[0]
        assert unpack(plane, len(combinations)).astype(bool).tolist() == expected
    return expected


def with_each_alteration(network: Network, tissue: str, *trunk: str) -> list[Genotype]:
    """Return the tumour with each alteration of the catalogue in turn."""
    found = []
    for alteration in network.knowledge.alterations:
        try:
            found.append(find_genotype(network, tissue, *trunk, alteration))
        except KrasbypassError:
            continue  # wild types are listed, and no tumour is asked with them
    return found


def call_all(calls: Iterable[Callable[[], object]]) -> list[object]:
    """Make every call."""
    return [call() for call in calls]


def screen(engine: Engine, circuits: Iterable[Circuit], blocks: Iterable[Block]) -> None:
    """Run circuits over all combinations."""
    circuits = tuple(circuits)
    for block in blocks:
        for circuit in circuits:
            engine(circuit, block.planes, block.words)


def run(*, quick: bool) -> list[Row]:
    """Time all engines on one tumour with escapes, peers on a sample."""
    network = load_network()
    rng = random.Random(1)
    tissue, tumour = TUMOUR
    genotypes = [find_genotype(network, tissue, tumour, escape) for escape in ESCAPES]
    every = with_each_alteration(network, tissue, tumour)[:: 60 if quick else 6]
    panel = build_panel(network, [*genotypes, *every], tissue, GOAL)
    mechanisms = len(panel.mechanisms)
    sample = [
        tuple(sorted(rng.sample(range(mechanisms), rng.randint(0, 4))))
        for _ in range(8 if quick else 30)
    ]
    rows: list[Row] = []
    calls: dict[str, Callable[[], object]] = {}
    scenarios: dict[str, int] = {}
    disagree: dict[str, int] = {}
    asked: dict[str, list[Callable[[], object]]] = {}

    def ask(answer: Callable[[tuple[int, ...]], bool]) -> None:
        for combination in sample:
            answer(combination)

    for number, genotype in enumerate(genotypes):
        expected = check_equal(network, panel, number, sample)
        drugs = tuple(m.treatments[number] for m in panel.mechanisms)
        problems = {
            "whole network": whole_problem(network, genotype, tissue, drugs),
            "our reduction": Problem(panel.cases[number], drugs, GOAL),
        }
        for size, problem in problems.items():
            for name, make in PEERS.items():
                answer = make(problem)
                wrong = sum(answer(c) != e for c, e in zip(sample, expected, strict=True))
                assert name in EASIER or not wrong, (name, size, wrong)
                key = f"{name}, {size}"
                disagree[key] = disagree.get(key, 0) + wrong
                asked.setdefault(key, []).append(partial(ask, answer))
    for key, each in asked.items():
        calls[key] = partial(call_all, each)
        scenarios[key] = len(sample) * len(genotypes)
    circuits = list(panel.circuits)
    blocks = list(make_blocks(mechanisms, 4, block=PANEL_BLOCK))
    for name, engine, used in (
        ("compiled", run_native, circuits),
        ("numpy", run_with_numpy, circuits[:3]),
    ):
        calls[name] = partial(screen, engine, used, blocks)
        calls[name]()
        scenarios[name] = count_combinations(mechanisms, 4) * len(used)
    seconds = {n: s / scenarios[n] for n, s in time_interleaved(calls).items()}
    asked_in_all = len(sample) * len(genotypes)
    for key in asked:
        name, _, size = key.partition(", ")
        note = (
            f"easier question; wrong on {disagree[key]} of {asked_in_all}" if name in EASIER else ""
        )
        target = TARGETS.get(name) if size == "whole network" else None
        rows.append(
            Row("a scenario", "compiled", key, seconds[key] / seconds["compiled"], target, note)
        )
    for size, target in (("whole network", 4000.0), ("our reduction", None)):
        ratio = seconds[f"worklist, {size}"] / seconds["numpy"]
        rows.append(Row("a scenario", "numpy", f"worklist, {size}", ratio, target))
    reference = time_interleaved(
        {
            "reference": lambda: evaluate(
                network, build_scenario(network.knowledge, genotypes[0], tissue, ())
            )
        }
    )["reference"]
    rows.append(Row("a scenario", "compiled", "reference", reference / seconds["compiled"]))
    return rows
