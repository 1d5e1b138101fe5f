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
from krasbypass.screen.panel import Panel
from krasbypass.screen.paths import PathFinder
from krasbypass.screen.treatments import Treatment

from .minimal import find_with_clingo, find_with_mcsls
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
    start = time.perf_counter()
    combinations = scenarios = 0
    panel: Panel | None = None
    for tissue, tumour in tumours:
        panel = build_panel(network, with_each_alteration(network, tissue, tumour), tissue, GOAL)
        screened = screen_panel(panel)
        combinations += screened.combinations
        scenarios += screened.combinations * len(panel.cases)
    seconds = time.perf_counter() - start
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
    ours: dict[str, list[partial[object]]] = defaultdict(list)
    for number, case in enumerate(panel.cases):
        drugs = _distinct(case.effect(m.treatments[number]) for m in panel.mechanisms)
        calm = tuple(d for d in drugs if not any(n.startswith("occupied:") for n, _ in d))
        whole = whole_problem(network, genotypes[number], None, drugs)
        calm_whole = whole_problem(network, genotypes[number], None, calm)
        found = find_minimal_sets(case, drugs)
        assert list(found.reaching) == find_with_clingo(whole, size=4)
        proof = find_with_mcsls(calm_whole)
        assert list(find_minimal_sets(case, calm).brake_proof) == [c for c in proof if len(c) <= 4]
        ours["found"].append(partial(find_minimal_sets, case, drugs))
        ours["calm"].append(partial(find_minimal_sets, case, calm))
        ours["clingo, whole network"].append(partial(find_with_clingo, whole, size=4))
        ours["MCSls, whole network"].append(partial(find_with_mcsls, calm_whole))
        reduced = Problem(case, drugs, GOAL), Problem(case, calm, GOAL)
        ours["clingo, our reduction"].append(partial(find_with_clingo, reduced[0], size=4))
        ours["MCSls, our reduction"].append(partial(find_with_mcsls, reduced[1]))
    calls = {name: partial(call_all, each) for name, each in ours.items()}
    calls["panel"] = partial(build_panel, network, genotypes, None, GOAL)
    taken = time_interleaved(calls)
    rows = []
    for peer, own, target in (("clingo", "found", 8.0), ("MCSls", "calm", 10.0)):
        for given in ("whole network", "our reduction"):
            key = f"{peer}, {given}"
            note = f"{len(genotypes)} tumours, sets equal"
            build = taken["panel"] if given == "whole network" else 0.0
            rows.append(
                Row(
                    "all minimal closers" if own == "found" else "all brake-proof closers",
                    "screen, reduction included" if build else "screen",
                    key,
                    taken[key] / (taken[own] + build),
                    target if build else None,
                    note,
                )
            )
    return rows


def _distinct(treatments: Iterable[Treatment]) -> tuple[Treatment, ...]:
    return tuple(sorted({t for t in treatments if t}))


def run_routes(network: Network) -> list[Row]:
    """Time the hundred shortest routes between receptors and outputs."""
    graph = nx.DiGraph((u, v) for u, v in network.graph.edges())
    finder = PathFinder({node: sorted(graph[node]) for node in graph})
    pairs = [
        (source, target)
        for source in ("EGFR", "MET", "ALK", "KRAS:G12C", "relief:MAPK")
        for target in ("MAPK", "cell-cycle", "transcription")
        if source in graph and target in graph and nx.has_path(graph, source, target)
    ]
    for source, target in pairs:
        own = finder.find_shortest(source, target, count=100)
        theirs = list(islice(nx.shortest_simple_paths(graph, source, target), 100))
        assert list(map(len, own)) == list(map(len, theirs)) and len(set(own)) == len(own)
    taken = time_interleaved(
        {
            "own": lambda: [finder.find_shortest(*p, count=100) for p in pairs],
            "nx": lambda: [list(islice(nx.shortest_simple_paths(graph, *p), 100)) for p in pairs],
        }
    )
    note = f"{len(pairs)} pairs, equal number and lengths"
    ratio = taken["nx"] / taken["own"]
    return [Row("100 shortest routes", "distance-pruned search", "networkx", ratio, 30, note)]
