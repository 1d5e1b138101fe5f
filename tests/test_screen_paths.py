"""The path finder yields every simple path once, shortest first, ties by name."""

from __future__ import annotations

from itertools import islice

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

import krasbypass as kb
from krasbypass.screen.paths import PathFinder

nodes = st.sampled_from("abcdefgh")
edges = st.lists(st.tuples(nodes, nodes), max_size=24)


def successors_of(graph: nx.DiGraph) -> dict[str, list[str]]:
    return {node: list(graph[node]) for node in graph}


@settings(max_examples=300, deadline=None)
@given(edges, nodes, st.lists(nodes, min_size=1, max_size=4))
def test_all_simple_paths_in_order(drawn, target, sources):
    graph = nx.DiGraph(drawn)
    finder = PathFinder(successors_of(graph))
    for source in sources:  # one finder serves all, whatever was asked before
        expected = [(source,)]
        if source != target:
            known = source in graph and target in graph
            expected = list(map(tuple, nx.all_simple_paths(graph, source, target))) if known else []
        found = finder.find_shortest(source, target, count=10**6)
        assert list(found) == sorted(expected, key=lambda path: (len(path), path))
        assert finder.find_shortest(source, target, count=3) == found[:3]


def test_shortest_routes_of_the_real_network():
    network = kb.build_signalling_network(kb.load_knowledge())
    graph = nx.DiGraph((u, v) for u, v in network.graph.edges())
    finder = PathFinder(successors_of(graph))
    for source in ("EGFR", "KRAS:G12C", "relief:MAPK"):
        for target in network.outputs[:3]:
            found = finder.find_shortest(source, target, count=60)
            theirs = list(islice(nx.shortest_simple_paths(graph, source, target), 60))
            assert list(map(len, found)) == list(map(len, theirs))
            assert len(set(found)) == len(found)
            assert all(nx.is_simple_path(graph, path) for path in found)
