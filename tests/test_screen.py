"""The screen gives what the reference gives, whatever the engine, the blocks and the order."""

from __future__ import annotations

import pytest
from builders import build_network, build_toy_scenario, random_networks, random_scenarios
from hypothesis import given, settings

from krasbypass.fixpoint import REBOUNDING, evaluate
from krasbypass.model import Level, Phase
from krasbypass.network import Network
from krasbypass.scenario import Scenario
from krasbypass.screen.planes import screen_scenarios


def levels_of_reference(network: Network, scenario: Scenario, nodes: list[str]) -> list[Level]:
    evaluation = evaluate(network, scenario)
    found = [evaluation.level(node, phase) for node in nodes for phase in Phase]
    return [*found, *(Level(evaluation.course[n] == REBOUNDING) for n in nodes)]


def levels_of_screen(network: Network, scenarios: list[Scenario], nodes: list[str], **how):
    screened = screen_scenarios(network, scenarios, nodes=nodes, **how)
    columns = [screened.levels(node, phase) for node in nodes for phase in Phase]
    columns += [screened.rebounds(node) for node in nodes]
    return [[Level(int(c[i])) for c in columns] for i in range(len(scenarios))]


def assert_same(network: Network, scenarios: list[Scenario], **how) -> None:
    nodes = sorted(network.targets)
    expected = [levels_of_reference(network, scenario, nodes) for scenario in scenarios]
    assert levels_of_screen(network, scenarios, nodes, **how) == expected


TOYS = {
    "chain": "A -> B full\nB -> C full",
    "loop": "A & B? -> B full\nB -> C\nC -> B\nA & !engaged_on:C -> C attenuated",
    "dead loop": "B -> C\nC -> B",
    "serial": "A & B & !engaged_on:X -> C full serial",
    "relief": "A & !engaged_on:M -> M\n@M? & R -> U\n@M -> V\nU & !engaged_on:M -> M",
    "tone": "T & tone:unmasked -> M\nA -> M\nM & !engaged_on:M -> X",
}
LEVELS = ["A", "A=attenuated, B=attenuated", "A, B=attenuated", "T", "A, R", "B, T, R", ""]
DRUGS = ["", "engaged_on:M", "engaged_on:M=attenuated", "engaged_on:X=attenuated, engaged_on:C"]


@pytest.mark.parametrize("toy", TOYS)
def test_toys(toy):
    network = build_network(TOYS[toy], masks=["M"] if "M" in TOYS[toy] else ())
    assert_same(network, [build_toy_scenario(g, t) for g in LEVELS for t in DRUGS])


@settings(max_examples=300, deadline=None)
@given(random_networks(), random_scenarios())
def test_numpy_equals_reference(network, scenarios):
    assert_same(network, scenarios)
