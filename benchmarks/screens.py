"""The whole screen, all minimal closers, and routes, each against its peers."""

from __future__ import annotations

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from itertools import islice

import networkx as nx

from krasbypass.network import Network
from krasbypass.screen import build_panel, find_minimal_sets, screen_panel
from krasbypass.screen.dualising import find_brake_proof_sets
from krasbypass.screen.panel import Panel
from krasbypass.screen.paths import Path, PathFinder
from krasbypass.screen.treatments import Treatment

from .minimal import find_with_clingo, find_with_mcsls, write_formula
from .peers import make_reachability
from .problem import Problem
from .scenarios import GOAL, call_all, load_network, whole_problem, with_each_alteration
from .timing import Row, time_interleaved

TUMOURS = (
    ("NSCLC", "KRAS:G12C"),
    ("NSCLC", "KRAS:G12D"),
    ("CRC", "KRAS:G12C"),
    ("CRC", "KRAS:G12D"),
    ("PDAC", "KRAS:G12D"),
    ("PDAC", "KRAS:G12R"),
    ("melanoma", "NRAS:Q61R"),
    ("LGSOC", "KRAS:G12V"),
)


def run(*, quick: bool) -> list[Row]:
    """Run the three parts."""
    network = load_network()
    return [
        *run_whole_screen(network, TUMOURS[:1] if quick else TUMOURS),
        *run_closers(network, step=60 if quick else 20),
        *run_routes(network),
    ]


def run_whole_screen(network: Network, tumours: Iterable[tuple[str, str]]) -> list[Row]:
    """Time all combinations of up to four mechanisms, all escapes, counts included."""
    start = time.process_time()
    combinations = scenarios = 0
    panel: Panel | None = None
    for tissue, tumour in tumours:
        panel = build_panel(network, with_each_alteration(network, tissue, tumour), tissue, GOAL)
        screened = screen_panel(panel)
        combinations += screened.combinations
        scenarios += screened.combinations * len(panel.cases)
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = memory / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    assert panel is not None
    drugs = tuple(m.treatments[0] for m in panel.mechanisms)
    problem = whole_problem(network, panel.genotypes[0], panel.tissue, drugs)
    answer = make_reachability(problem, "networkx")
    sample = [(i, i + 1, i + 2) for i in range(len(drugs) - 2)]
    peer = time_interleaved({"nx": lambda: [answer(c) for c in sample]})["nx"] / len(sample)
    note = (
        f"{combinations:,} combinations, {scenarios:,} scenarios, caches as found; "
        f"as long as networkx needs for {seconds / peer:,.0f}; peak memory {megabytes:,.0f} MB"
    )
    return [
        Row("whole screen", "screen", "networkx, 30,000 scenarios", 30000 * peer / seconds, 1, note)
    ]


def run_closers(network: Network, *, step: int) -> list[Row]:
    """Time all minimal closers of single-alteration tumours; sets must be equal."""
    genotypes = with_each_alteration(network, "any")[::step]
    panel = build_panel(network, genotypes, None, GOAL)
    asked: dict[str, list[partial[object]]] = defaultdict(list)
    for number, case in enumerate(panel.cases):
        drugs = _distinct(case.effect(m.treatments[number]) for m in panel.mechanisms)
        whole = whole_problem(network, genotypes[number], None, drugs)
        assert list(find_minimal_sets(case, drugs).reaching) == find_with_clingo(whole, size=4)
        asked["screen"].append(partial(find_minimal_sets, case, drugs))
        asked["clingo, whole network"].append(partial(find_with_clingo, whole, size=4))
        reduced = Problem(case, drugs, GOAL)
        asked["clingo, our reduction"].append(partial(find_with_clingo, reduced, size=4))
        # correction sets need drugs that only block
        calm = tuple(d for d in drugs if not any(n.startswith("occupied:") for n, _ in d))
        whole = whole_problem(network, genotypes[number], None, calm)
        any_size, up_to_4 = (write_formula(Problem(case, calm, GOAL), size=s) for s in (None, 4))
        proof = list(find_brake_proof_sets(case, calm, size=None))
        assert proof == find_with_mcsls(any_size) == find_with_mcsls(write_formula(whole))
        small = list(find_brake_proof_sets(case, calm))
        assert small == find_with_mcsls(up_to_4) == list(find_minimal_sets(case, calm).brake_proof)
        asked["any size"].append(partial(find_brake_proof_sets, case, calm, size=None))
        asked["up to 4"].append(partial(find_brake_proof_sets, case, calm))
        asked["MCSls, any size"].append(partial(find_with_mcsls, any_size))
        asked["MCSls, up to 4"].append(partial(find_with_mcsls, up_to_4))
        asked["MCSls, whole network"].append(partial(_write_and_find, whole))
    calls = {name: partial(call_all, each) for name, each in asked.items()}
    calls["panel"] = partial(build_panel, network, genotypes, None, GOAL)
    taken = time_interleaved(calls)
    equal = f"{len(genotypes)} tumours, sets equal"
    made = f"{equal}; the peer's clauses made before, from our reduction"

    def row(part: str, own: str, peer: str, wanted: float | None, note: str) -> Row:
        if "whole network" in peer:
            seconds, method = taken[own] + taken["panel"], "screen, reduction included"
        else:
            seconds, method = taken[own], "screen"
        if part != "all minimal closers":
            method = method.replace("screen", "dualisation")
        return Row(part, method, peer, taken[peer] / seconds, wanted, note)

    return [
        row("all minimal closers", "screen", "clingo, whole network", 8, equal),
        row("all minimal closers", "screen", "clingo, our reduction", None, equal),
        row("all brake-proof closers", "any size", "MCSls, any size", 10, made),
        row("brake-proof closers of up to 4 drugs", "up to 4", "MCSls, up to 4", 10, made),
        row("all brake-proof closers", "any size", "MCSls, whole network", None, equal),
    ]


def _write_and_find(problem: Problem) -> object:
    return find_with_mcsls(write_formula(problem))


def _distinct(treatments: Iterable[Treatment]) -> tuple[Treatment, ...]:
    return tuple(sorted({t for t in treatments if t}))


def run_routes(network: Network) -> list[Row]:
    """Time the hundred shortest routes between receptors and outputs."""
    graph = nx.DiGraph((u, v) for u, v in network.graph.edges())
    successors = {node: list(graph[node]) for node in graph}
    pairs = [
        (source, target)
        for source in ("EGFR", "MET", "ALK", "KRAS:G12C", "relief:MAPK")
        for target in ("MAPK", "cell-cycle", "transcription")
        if source in graph and target in graph and nx.has_path(graph, source, target)
    ]

    def find_ours() -> list[tuple[Path, ...]]:
        finder = PathFinder(successors)
        return [finder.find_shortest(*pair, count=100) for pair in pairs]

    def find_theirs() -> list[list[list[str]]]:
        return [list(islice(nx.shortest_simple_paths(graph, *pair), 100)) for pair in pairs]

    for own, theirs in zip(find_ours(), find_theirs(), strict=True):
        assert list(map(len, own)) == list(map(len, theirs)) and len(set(own)) == len(own)
        assert all(nx.is_simple_path(graph, path) for path in own)
    taken = time_interleaved({"own": find_ours, "nx": find_theirs})
    note = f"{len(pairs)} pairs, equal number and lengths; our index is made anew each time"
    ratio = taken["nx"] / taken["own"]
    return [Row("100 shortest routes", "distance-pruned search", "networkx", ratio, 30, note)]
