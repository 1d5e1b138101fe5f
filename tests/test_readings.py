"""A reading that stands for others has their levels, in every phase and under every drug."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import krasbypass as kb
from krasbypass.model import Level
from krasbypass.routes import evaluate_tumour, find_assumptions, pool_outputs
from krasbypass.scenario import build_scenario, resolve_drugs, resolve_genotypes
from krasbypass.screen import Goal, Pass, build_panel, screen_scenarios
from krasbypass.screen.panel import find_held
from krasbypass.screen.readings import find_stand_ins

TUMOURS = [
    ["KRAS:mut"],
    ["KRAS:mut", "KRAS:amp"],
    ["NRAS:mut", "HRAS:mut"],
    ["KRAS:mut", "NF1:mut"],
]


@pytest.fixture(scope="module")
def network():
    return kb.build_signalling_network(kb.load_knowledge())


def read(network, entries):
    return resolve_genotypes(network.knowledge, kb.Tumour.parse("any", entries).clones[0])


@pytest.mark.parametrize("entries", TUMOURS, ids="+".join)
def test_stand_in_has_the_levels_of_those_it_stands_for(network, entries):
    knowledge = network.knowledge
    genotypes = read(network, entries)
    every = list(knowledge.drugs.values())
    rng = np.random.default_rng(4)
    for size in (0, 1, 1, 1, 2, 2, 3):
        drugs = tuple(every[i] for i in rng.choice(len(every), size, replace=False))
        stand_ins = list(find_stand_ins(network, genotypes, drugs))
        assert len(set(stand_ins)) < len(genotypes)
        scenarios = [build_scenario(knowledge, g, None, drugs) for g in genotypes]
        found = screen_scenarios(network, scenarios, nodes=network.outputs)
        for output in network.outputs:
            for stage in Pass:
                levels = found.levels(output, stage)
                assert np.array_equal(levels, levels[stand_ins])


@pytest.mark.parametrize("entries", TUMOURS, ids="+".join)
def test_panel_holds_each_reading_as_the_reference_does(network, entries):
    knowledge = network.knowledge
    panel = build_panel(network, read(network, entries), None, Goal.suppress(["MAPK"]))
    assert len(set(panel.parts)) < len(panel.genotypes)
    pairs = list(combinations(range(len(panel.mechanisms)), 2))
    chosen = [pairs[i] for i in np.random.default_rng(5).choice(len(pairs), 12, replace=False)]
    held = find_held(panel, chosen)
    for lane, members in enumerate(chosen):
        names = [panel.mechanisms[n].drugs[-1] for n in members]
        drugs = resolve_drugs(knowledge, names)
        scenarios = [build_scenario(knowledge, g, None, drugs) for g in panel.genotypes]
        levels = screen_scenarios(network, scenarios, nodes=["MAPK"]).levels("MAPK")
        assert np.array_equal(held[:, lane], levels < Level.FULL)


def test_distinct_readings_pool_to_what_all_do(network):
    tumour, drugs = kb.Tumour.parse("CRC", ["KRAS:mut", "KRAS:amp"]), ["sotorasib", "SHP099"]
    every = evaluate_tumour(network, tumour, drugs)
    distinct = evaluate_tumour(network, tumour, drugs, distinct=True)
    assert len(distinct[0]) < len(every[0])
    assert pool_outputs(network, distinct) == pool_outputs(network, every)
    assert find_assumptions(network, distinct) == find_assumptions(network, every)
    assert kb.find_routes(network, tumour, drugs).ranged


def test_what_can_be_told_apart_stands_for_itself(network):
    genotypes = read(network, ["KRAS:mut"])
    (own,) = (n for n, g in enumerate(genotypes) if g.alterations[0].node == "KRAS:G12D")
    alike = find_stand_ins(network, genotypes, ())
    assert alike.count(alike[own]) > 1
    selective = resolve_drugs(network.knowledge, ["MRTX1133"])
    assert find_stand_ins(network, genotypes, selective).count(own) == 1
    beside = read(network, ["KRAS:mut", "KRAS:G12C"])
    assert find_stand_ins(network, beside, ()) == tuple(range(len(beside)))
