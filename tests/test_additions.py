"""Closers are exact: the screen, a logic program and plain trial of all sets agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import krasbypass as kb
from builders import (
    DERIVED,
    GENOTYPE_INPUTS,
    TREATMENT_INPUTS,
    lively_questions,
    random_networks,
    scenario_of,
)
from krasbypass.closers import build_question_panel
from krasbypass.escapes import Event, find_events, group_alike
from krasbypass.fixpoint import evaluate
from krasbypass.model import Level
from krasbypass.network import Network, extend_with_alleles
from krasbypass.questions import resolve_question
from krasbypass.scenario import build_scenario, resolve_scenarios
from krasbypass.screen import CaseMaker, Goal, compose
from krasbypass.screen.additions import Additions, Part, find_additions
from krasbypass.screen.planes import find_masks, program_of
from logic_program import Program

levels = st.sampled_from(Level)
genotypes = st.dictionaries(st.sampled_from(GENOTYPE_INPUTS), levels)
treatments = st.dictionaries(st.sampled_from(TREATMENT_INPUTS), levels, min_size=1)
Drugs = Sequence[Mapping[str, Level]]


def reaches(network: Network, genotype: Mapping[str, Level], drugs: Drugs, goal: Goal) -> bool:
    scenario = scenario_of(genotype, compose(t.items() for t in drugs))
    evaluation = evaluate(network, scenario)
    return all(evaluation.level(output) < goal.threshold for output in goal.outputs)


def unfold(found: Additions) -> list[tuple[int, ...]]:
    """Return every choice of members of the groups."""
    sets: list[tuple[int, ...]] = []
    for combination in found.minimal:
        choices: list[tuple[int, ...]] = [()]
        for group in combination:
            choices = [(*c, n) for c in choices for n in found.groups[group]]
        sets += [tuple(sorted(c)) for c in choices]
    return sorted(sets, key=lambda c: (len(c), c))


def make_parts(network: Network, clones, drugs: Drugs, first: Mapping[str, Level], goal: Goal):
    variable = {node for t in (*drugs, first) for node in t}
    maker = CaseMaker(program_of(network.rules), goal, variable, masks=find_masks(network))
    fixed = tuple(sorted(first.items()))
    rows = tuple(tuple(sorted(d.items())) for d in drugs)
    cases = (maker.make(genotype) for genotype in clones)
    return [Part(case, rows, case.effect(fixed)) for case in cases]


def try_all(network: Network, clones, drugs: Drugs, first, goal: Goal, size: int):
    found: list[tuple[int, ...]] = []
    for count in range(size + 1):
        for chosen in combinations(range(len(drugs)), count):
            given_drugs = [first, *(drugs[i] for i in chosen)]
            smaller = any(set(s) < set(chosen) for s in found)
            if not smaller and all(reaches(network, g, given_drugs, goal) for g in clones):
                found.append(chosen)
    return found


def of_inputs(genotype: Mapping[str, Level]) -> dict[str, Level]:
    """Leave out derived nodes that a scenario pins; no genotype does."""
    return {node: level for node, level in genotype.items() if node not in DERIVED}


@settings(max_examples=120, deadline=None)
@given(
    random_networks(),
    st.lists(genotypes, min_size=1, max_size=2),
    st.lists(treatments, max_size=5),
    st.dictionaries(st.sampled_from(TREATMENT_INPUTS), levels),
    st.sampled_from([Level.ATTENUATED, Level.FULL]),
)
def test_three_roads_agree_on_random_networks(network, clones, drugs, first, threshold):
    goal = Goal(network.outputs[:2], threshold)
    expected = try_all(network, clones, drugs, first, goal, 3)
    found = find_additions(make_parts(network, clones, drugs, first, goal), size=3)
    assert unfold(found) == expected
    for genotype in clones[:1]:
        program = Program(network.rules, genotype, drugs, given=first, masks=find_masks(network))
        alone = try_all(network, [genotype], drugs, first, goal, 3)
        assert program.find_minimal(goal.outputs, threshold, 3) == alone


@settings(max_examples=60, deadline=None)
@given(lively_questions())
def test_three_roads_agree_where_most_rules_fire(question):
    network, scenarios = question
    genotype = of_inputs(scenarios[0].genotype)
    drugs = [s.treatment for s in scenarios[1:6] if s.treatment]
    first = scenarios[0].treatment
    goal = Goal(network.outputs[:2], Level.FULL)
    expected = try_all(network, [genotype], drugs, first, goal, 3)
    found = find_additions(make_parts(network, [genotype], drugs, first, goal), size=3)
    assert unfold(found) == expected
    program = Program(network.rules, genotype, drugs, given=first, masks=find_masks(network))
    assert program.find_minimal(goal.outputs, 2, 3) == expected


@settings(max_examples=60, deadline=None)
@given(lively_questions())
def test_what_reopens_does(question):
    network, scenarios = question
    genotype = of_inputs(scenarios[0].genotype)
    drugs = [s.treatment for s in scenarios[1:6] if s.treatment]
    goal = Goal(network.outputs[:2], Level.FULL)
    found = find_additions(make_parts(network, [genotype], drugs, {}, goal), size=2)
    for combination in found.minimal:
        kept = [drugs[found.groups[g][0]] for g in combination]
        extra = found.reopened.get(combination, ())
        more = [drugs[found.groups[g][0]] for g in extra]
        assert reaches(network, genotype, kept, goal)
        assert not extra or not reaches(network, genotype, [*kept, *more], goal)
        if not extra:
            others = [n for n in range(len(found.groups)) if n not in combination]
            for count in (1, 2):
                for chosen in combinations(others, count):
                    added = [drugs[found.groups[n][0]] for n in chosen]
                    assert reaches(network, genotype, [*kept, *added], goal)


# -- the real network ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network() -> Network:
    return kb.build_signalling_network(kb.load_knowledge())


def name_sets(panel, sets) -> set[tuple[str, ...]]:
    """Return sets of mechanisms by the first drug of each."""
    return {tuple(sorted(panel.mechanisms[n].name for n in s)) for s in sets}


def test_no_genotype_sets_a_derived_node(network):
    knowledge = network.knowledge
    targets = set(network.targets)
    for event in find_events(knowledge, kb.Tumour.parse("CRC")):
        for scenario in resolve_scenarios(knowledge, kb.Tumour.parse("CRC", [event.node])):
            assert targets.isdisjoint(scenario.genotype), event.node


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_logic_program_agrees_for_every_single_alteration(network, part):
    knowledge = network.knowledge
    events = find_events(knowledge, kb.Tumour.parse("NSCLC"))
    groups: list[tuple[Event, ...]] = [g for g in group_alike(network, events)]
    for group in groups[part::4]:
        tumour = kb.Tumour.parse("NSCLC", [group[0].node])
        outputs = ("MAPK", "PI3K-AKT-mTOR")
        question = resolve_question(network, tumour, (), outputs, "suppress")
        panel = build_question_panel(question)
        found = find_additions(panel.parts, size=2, reopening=False)
        (genotype,) = question.genotypes
        extended = extend_with_alleles(network, genotype.alleles)
        scenario = build_scenario(knowledge, genotype, question.tissue, ())
        full = [
            build_scenario(
                knowledge, genotype, question.tissue, (knowledge.find_drug(m.name),)
            ).treatment
            for m in panel.mechanisms
        ]
        program = Program(
            evaluate(extended, scenario).rules,
            scenario.genotype,
            full,
            given={},
            masks=find_masks(network),
        )
        expected = program.find_minimal(outputs, 2, 2)
        assert name_sets(panel, unfold(found)) == name_sets(panel, expected), group[0].node
