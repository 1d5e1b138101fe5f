"""Minimal node interventions: equal to brute force on small graphs, as published on HER2."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import krasbypass as kb
from krasbypass.errors import UnknownTermError
from krasbypass.fixpoint import solve
from krasbypass.interventions import find_node_cuts, find_node_interventions
from krasbypass.model import Level
from krasbypass.own_network import NetworkConfig, read_graph, read_network, read_network_config
from krasbypass.report.sides import interventions_to_json
from krasbypass.routes import evaluate_tumour

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "own-network"

names = st.sampled_from("abcdefgh")
edges = st.lists(st.tuples(names, names), max_size=22)
some = st.sets(names, min_size=1, max_size=3)


def successors_of(drawn: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source, target in drawn:
        found.setdefault(source, []).append(target)
    return found


def minimal_cuts(
    drawn: Iterable[tuple[str, str]],
    sources: Iterable[str],
    targets: Iterable[str],
    longest: int,
    free: Iterable[str],
) -> list[tuple[str, ...]]:
    """Every path listed, every set tried."""
    graph = nx.DiGraph(drawn)
    graph.add_nodes_from((*sources, *targets))
    paths = [
        set(path)
        for source in sources
        for target in targets
        for path in (
            [[source]]
            if source == target
            else nx.all_simple_paths(graph, source, target, cutoff=longest)
        )
    ]
    found: list[tuple[str, ...]] = []
    for size in range(len(set(free)) + 1):
        for nodes in combinations(sorted(free), size):
            hits = all(path & set(nodes) for path in paths)
            if hits and not any(set(other) <= set(nodes) for other in found):
                found.append(nodes)
    return found


@settings(max_examples=250, deadline=None)
@given(edges, some, some, st.sets(names, max_size=2), st.integers(0, 8), st.integers(0, 4))
def test_all_minimal_sets_and_no_other(drawn, sources, targets, spared, longest, size):
    free = set("abcdefgh") - spared
    for bound in (longest, None):
        expected = minimal_cuts(drawn, sources, targets, 99 if bound is None else bound, free)
        found = find_node_cuts(
            successors_of(drawn), sources, targets, size=size, longest=bound, spared=spared
        )
        assert list(found.sets) == [nodes for nodes in expected if len(nodes) <= size]
        assert found.complete


def test_the_number_of_sets_can_be_bounded():
    ladder = {f"a{i}": [f"b{i}"] for i in range(6)}
    found = find_node_cuts(
        ladder, [f"a{i}" for i in range(6)], [f"b{i}" for i in range(6)], most=10
    )
    assert len(found.sets) == 10
    assert not found.complete
    assert len(find_node_cuts(ladder, ladder, [f"b{i}" for i in range(6)]).sets) == 64


def test_paths_without_end_are_never_listed():
    """Forty layers of three nodes have 3^40 paths and 42 minimal cuts of up to three nodes."""
    layers = [[f"n{depth:02}{i}" for i in "abc"] for depth in range(40)]
    graph = {node: layers[d + 1] for d, layer in enumerate(layers[:-1]) for node in layer}
    graph |= {"s": layers[0]} | {node: ["t"] for node in layers[-1]}
    found = find_node_cuts(graph, ["s"], ["t"], size=3)
    assert found.sets == (("s",), ("t",), *(tuple(layer) for layer in layers))
    assert found.paths < 20_000


# -- of a network ---------------------------------------------------------------------------------


@pytest.fixture
def toy(tmp_path: Path) -> kb.Network:
    file = tmp_path / "toy.sif"
    file.write_text("a -> b\na -> c\nb -> d\nc -> d\nx -> d\nd -> e\ny -| c\n")
    return read_network(file, NetworkConfig({"a": Level.FULL}, ("e",), {"drug": {"b": Level.FULL}}))


def test_a_question_of_a_network(toy):
    answer = find_node_interventions(toy, kb.Tumour.parse("any"))
    assert answer.sets == (("a",), ("d",), ("e",), ("b", "c"))
    assert (answer.sources, answer.outputs, answer.complete) == (("a",), ("e",), True)
    spared = find_node_interventions(toy, kb.Tumour.parse("any"), spared=["a", "d", "e"])
    assert spared.sets == (("b", "c"),)


def test_drugs_and_alterations_change_what_is_left_to_cut(toy):
    drugged = find_node_interventions(toy, kb.Tumour.parse("any"), ["drug"], spared=["a"])
    assert drugged.sets == (("c",), ("d",), ("e",))
    # the inhibitor of c is on, so that only the way through b is left
    inhibited = find_node_interventions(toy, kb.Tumour.parse("any", ["y:act"]))
    assert ("b",) in inhibited.sets
    assert ("b", "c") not in inhibited.sets
    closed = find_node_interventions(toy, kb.Tumour.parse("any", ["a:loss"]))
    assert closed.sets == ((),)
    entered = find_node_interventions(toy, kb.Tumour.parse("any", ["x:act"]), size=2)
    assert entered.sets == (("d",), ("e",), ("a", "x"))


def test_what_stands_for_an_absence_is_no_place_to_intervene(tmp_path):
    file = tmp_path / "x.bnet"
    file.write_text("a, a\nb, !a\nc, b\n")
    network = read_network(file, outputs=["c"])
    assert find_node_interventions(network, kb.Tumour.parse("any", ["a:loss"])).sets == (
        ("b",),
        ("c",),
    )


def test_a_cut_closes_the_output(network):
    """In the packaged network rules have conditions; cutting every chain closes all the more."""
    tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
    answer = find_node_interventions(network, tumour, outputs=["MAPK"], size=2)
    assert ("ERK",) in answer.sets
    evaluation = evaluate_tumour(network, tumour)[0][0]
    for nodes in answer.sets:
        rules = [rule for rule in evaluation.rules if rule.target not in nodes]
        assert "MAPK" not in solve(rules, evaluation.scenario.genotype)


def test_outputs_are_those_of_gaps_and_spelled_as_one_likes(network):
    """A lesion that holds an output makes both ask for it."""
    tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C", "RB1:loss"])
    answer = find_node_interventions(network, tumour, size=1)
    assert answer.outputs == kb.find_gaps(network, tumour, max_add=1).chosen
    assert answer.outputs == (*network.default_outputs, "cell-cycle")
    spelled = find_node_interventions(network, tumour, outputs=["mapk", "MAPK"], size=1)
    assert spelled.outputs == ("MAPK",)


def test_json_says_what_every_answer_says(toy):
    answer = find_node_interventions(toy, kb.Tumour.parse("any"), longest=3)
    data = interventions_to_json(answer)
    assert data["interventions"] == [["a"], ["d"], ["e"], ["b", "c"]]
    assert {"question", "complete", "ontology_version", "as_of", "notice"} <= data.keys()
    assert data["longest"] == 3


def test_unknown_names_are_refused_with_the_nearest(toy):
    with pytest.raises(UnknownTermError, match="unknown output 'ee'; known: e"):
        find_node_interventions(toy, kb.Tumour.parse("any"), outputs=["ee"])
    with pytest.raises(UnknownTermError, match="unknown node 'dd'"):
        find_node_interventions(toy, kb.Tumour.parse("any"), spared=["dd"])


def test_the_published_sets_of_her2(shared):
    """320 sets within paths of up to 20 edges; 216 of them also cut the longer paths."""
    file = shared / "data" / "networks" / "HER2.sif"
    if not file.is_file():
        pytest.skip("no network data beside the project")
    config = read_network_config(EXAMPLES / "her2.toml")
    graph = successors_of(
        (literal.node, statement.target)
        for statement in read_graph(file).statements
        for literal in statement.literals
    )
    bounded = find_node_cuts(graph, config.sources, config.outputs, size=6, longest=20)
    assert len(bounded.sets) == 320
    assert sorted(map(len, bounded.sets)) == [4] * 32 + [5] * 8 + [6] * 280
    unbounded = find_node_cuts(graph, config.sources, config.outputs, size=6)
    assert len(unbounded.sets) == 216
    assert set(unbounded.sets) < set(bounded.sets)
    asked = find_node_interventions(
        read_network(file, config), kb.Tumour.parse("any"), size=6, longest=20
    )
    assert asked.sets == bounded.sets
