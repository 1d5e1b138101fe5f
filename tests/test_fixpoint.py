"""The phases of a scenario: the literals and rules of SEMANTICS.md, and what must always hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import (
    build_literal,
    build_network,
    build_rule,
    build_toy_scenario,
    network_of,
    random_networks,
    random_scenarios,
    rules_of_networks,
)
from krasbypass import Knowledge, Network, Tumour
from krasbypass.fixpoint import (
    REBOUNDING,
    STABLE,
    Evaluation,
    evaluate,
    find_relief,
    literal_value,
    rule_value,
    solve,
)
from krasbypass.model import TONE_UNMASKED, Level, Literal, LiteralKind, Phase, Rule
from krasbypass.network import extend_with_alleles
from krasbypass.scenario import Scenario, resolve_scenarios

OFF, ATT, FULL = Level
PHASES = tuple(Phase)
Levels = Mapping[str, Level]


# -- SEMANTICS.md once more, from the page, without a look at the code -------------------------


def plain_value(rule: Rule, levels: Levels, relief: Levels) -> int:
    values = []
    for literal in rule.literals:
        level = int(levels.get(literal.node, 0))
        fall = int(relief.get(literal.node, 0))
        values.append(
            {
                LiteralKind.PLAIN: level,
                LiteralKind.ANY: 2 if level >= 1 else 0,
                LiteralKind.NOT: 2 - level,
                LiteralKind.RELIEF: fall,
                LiteralKind.RELIEF_ANY: 2 if fall >= 1 else 0,
            }[literal.kind]
        )
    if rule.serial:
        return min(int(rule.strength), max(0, sum(values) - 2 * (len(values) - 1)))
    return min(int(rule.strength), *values)


def climb(rules: Iterable[Rule], start: Levels, relief: Levels) -> dict[str, Level]:
    """Raise all nodes at once, round by round, until no rule asks for more."""
    levels = {node: level for node, level in start.items() if level}
    while True:
        raised = dict(levels)
        for rule in rules:
            value = Level(plain_value(rule, levels, relief))
            if value > raised.get(rule.target, OFF):
                raised[rule.target] = value
        if raised == levels:
            return levels
        levels = raised


def fall(before: Levels, after: Levels) -> dict[str, Level]:
    return {n: Level(max(0, level - after.get(n, OFF))) for n, level in before.items()}


def plain_phases(
    network: Network, scenario: Scenario
) -> tuple[list[dict[str, Level]], dict[str, str]]:
    rules = network.rules
    spare = {n: FULL for n in network.inputs if n.startswith("spare:")}
    before = {**spare, **scenario.genotype}
    baseline = climb(rules, before, {})
    masks = [a.node for a in network.activities.values() if a.masks_tone]
    if all(baseline.get(node, OFF) < FULL for node in masks):
        before[TONE_UNMASKED] = FULL
        baseline = climb(rules, before, {})
    treated = {**before, **scenario.treatment}
    acute = climb(rules, treated, {})
    adapted = climb(rules, treated, fall(baseline, acute))
    after = climb(rules, treated, fall(baseline, adapted))
    course = {
        o: STABLE if after.get(o, OFF) == adapted.get(o, OFF) else REBOUNDING
        for o in network.outputs
    }
    return [baseline, acute, adapted], course


# -- literals and rules ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("literal", "values"),
    [
        ("X", (OFF, ATT, FULL)),
        ("X?", (OFF, FULL, FULL)),
        ("!X", (FULL, ATT, OFF)),
        ("@X", (OFF, ATT, FULL)),
        ("@X?", (OFF, FULL, FULL)),
    ],
)
def test_what_a_literal_contributes(literal: str, values: tuple[Level, ...]) -> None:
    parsed = build_literal(literal)
    other = {"X": ATT}
    read = [(other, {"X": v}) if parsed.is_relief else ({"X": v}, other) for v in Level]
    assert tuple(literal_value(parsed, levels, relief) for levels, relief in read) == values
    assert str(parsed) == literal


@pytest.mark.parametrize(
    ("rule", "values"),
    [  # rows: A off, attenuated, full; columns: B
        ("A & B -> C full", "000 011 012"),
        ("A & B -> C attenuated", "000 011 011"),
        ("A & B? -> C full", "000 011 022"),
        ("A? & B? -> C full", "000 022 022"),
        ("A & !B -> C full", "000 110 210"),
        ("A & B -> C full serial", "000 001 012"),
        ("A & !B -> C full serial", "000 100 210"),
        ("A & B? -> C full serial", "000 011 022"),
        ("A & B -> C attenuated serial", "000 001 011"),
    ],
)
def test_what_a_rule_gives(rule: str, values: str) -> None:
    parsed = build_rule(rule)
    found = [
        "".join(str(int(rule_value(parsed, {"A": a, "B": b}, {}))) for b in Level) for a in Level
    ]
    assert " ".join(found) == values


def test_three_serial_literals_lose_each_of_their_gaps() -> None:
    rule = build_rule("A & B & D -> C full serial")
    found = {
        levels: rule_value(rule, dict(zip("ABD", levels, strict=True)), {})
        for levels in product((ATT, FULL), repeat=3)
    }
    assert found == {
        (ATT, ATT, ATT): OFF,
        (ATT, ATT, FULL): OFF,
        (ATT, FULL, ATT): OFF,
        (ATT, FULL, FULL): ATT,
        (FULL, ATT, ATT): OFF,
        (FULL, ATT, FULL): ATT,
        (FULL, FULL, ATT): ATT,
        (FULL, FULL, FULL): FULL,
    }


@given(rules_of_networks(), st.data())
def test_a_rule_gives_what_the_page_says(rules: tuple[Rule, ...], data: st.DataObject) -> None:
    nodes = sorted({literal.node for rule in rules for literal in rule.literals})
    draw = st.fixed_dictionaries(dict.fromkeys(nodes, st.sampled_from(Level)))
    levels, relief = data.draw(draw), data.draw(draw)
    assert [rule_value(r, levels, relief) for r in rules] == [
        plain_value(r, levels, relief) for r in rules
    ]


# -- the least fixpoint ------------------------------------------------------------------------


def test_or_and_synergy_and_partial_blocks() -> None:
    network = build_network(
        """
        A -> N attenuated
        B -> N full
        P? & Q? -> S full
        A & !engaged_on:X & !engaged_off:X -> X full
        """
    )
    inputs = {"A": FULL, "P": ATT, "Q": ATT, "engaged_on:X": ATT, "engaged_off:X": ATT}
    derived = {n: v for n, v in solve(network.rules, inputs).items() if n not in inputs}
    assert derived == {"N": ATT, "S": FULL, "X": ATT}
    assert solve(network.rules, {**inputs, "B": FULL})["N"] is FULL


def test_a_loop_lives_from_a_source_only() -> None:
    rules = build_network("A -> B\nB -> C\nC -> B").rules
    assert solve(rules, {}) == {}
    assert solve(rules, {"A": ATT}) == {"A": ATT, "B": ATT, "C": ATT}


@given(rules_of_networks(), random_scenarios(max_size=1), st.data())
def test_solve_is_the_least_model(
    rules: tuple[Rule, ...], scenarios: list[Scenario], data: st.DataObject
) -> None:
    inputs = {**scenarios[0].genotype, **scenarios[0].treatment}
    targets = sorted({rule.target for rule in rules})
    draw = st.fixed_dictionaries(dict.fromkeys(targets, st.sampled_from(Level)))
    relief, start = data.draw(draw), data.draw(draw)
    found = solve(rules, inputs, relief)
    assert found == climb(rules, inputs, relief)
    assert [r.id for r in rules if plain_value(r, found, relief) > found.get(r.target, OFF)] == []
    above = {n: max(start.get(n, OFF), inputs.get(n, OFF)) for n in {*start, *inputs}}
    model = climb(rules, above, relief)  # closed under the rules, reached from somewhere else
    assert {n for n, level in found.items() if level > model.get(n, OFF)} == set()


@given(rules_of_networks(), random_scenarios(max_size=1), st.randoms(use_true_random=False))
def test_the_order_of_rules_and_inputs_changes_nothing(
    rules: tuple[Rule, ...], scenarios: list[Scenario], random: object
) -> None:
    inputs = {**scenarios[0].genotype, **scenarios[0].treatment}
    mixed, mixed_inputs = list(rules), list(inputs.items())
    random.shuffle(mixed)  # type: ignore[attr-defined]
    random.shuffle(mixed_inputs)  # type: ignore[attr-defined]
    assert solve(mixed, dict(mixed_inputs)) == solve(rules, inputs)
    assert network_of(mixed) == network_of(rules)


# -- phases of toy networks --------------------------------------------------------------------

BRAKE = """
A & !engaged_on:M -> M
T & @M? & !engaged_on:U -> U {level}
U -> N
N -> M {level}
"""


def phases_of(network: Network, genotype: str, treatment: str, *nodes: str) -> dict[str, str]:
    found = evaluate(network, build_toy_scenario(genotype, treatment))
    return {n: " ".join(found.level(n, p).label for p in Phase) for n in nodes}


def test_a_drug_lifts_the_brake_and_the_signal_returns() -> None:
    network = build_network(BRAKE.format(level="full"), outputs=["M"])
    assert phases_of(network, "A, T", "engaged_on:M", "M", "U") == {
        "M": "full off full",
        "U": "off off full",
    }
    assert phases_of(network, "A, T", "engaged_on:M, engaged_on:U", "M", "U") == {
        "M": "full off off",
        "U": "off off off",
    }
    assert evaluate(network, build_toy_scenario("A, T", "engaged_on:M")).course == {"M": REBOUNDING}
    assert evaluate(network, build_toy_scenario("A, T")).course == {"M": STABLE}


def test_a_weak_rebound_is_stable() -> None:
    network = build_network(BRAKE.format(level="attenuated"), outputs=["M"])
    found = evaluate(network, build_toy_scenario("A, T", "engaged_on:M"))
    assert [found.level("M", p) for p in PHASES] == [FULL, OFF, ATT]
    assert found.course == {"M": STABLE}
    assert found.relief[Phase.ADAPTED] == {"M": FULL}


def test_relief_is_how_far_a_node_fell() -> None:
    before = {"A": FULL, "B": FULL, "C": ATT, "D": ATT}
    assert find_relief(before, {"A": FULL, "B": ATT, "D": FULL, "E": FULL}) == {"B": ATT, "C": ATT}


def test_tone_counts_only_where_the_baseline_needs_it() -> None:
    network = build_network(
        "tone:R & tone:unmasked -> R\nR -> M\nA & !engaged_on:M -> M", outputs=["M"], masks=["M"]
    )
    assert phases_of(network, "tone:R=attenuated", "", "M") == {
        "M": "attenuated attenuated attenuated"
    }
    assert phases_of(network, "tone:R=attenuated, A", "engaged_on:M", "M", "R") == {
        "M": "full off off",
        "R": "off off off",
    }
    weak = "tone:R=attenuated, A=attenuated"
    assert phases_of(network, weak, "engaged_on:M", "M") == {
        "M": "attenuated attenuated attenuated"
    }


def test_what_overload_reopens_is_full_until_a_drug_says_less() -> None:
    network = build_network("A & spare:X -> X", outputs=["X"])
    assert phases_of(network, "A", "spare:X=attenuated", "X") == {"X": "full attenuated attenuated"}


@settings(max_examples=200)
@given(random_networks(), random_scenarios(max_size=3))
def test_phases_are_those_of_the_page(network: Network, scenarios: list[Scenario]) -> None:
    for scenario in scenarios:
        found = evaluate(network, scenario)
        levels, course = plain_phases(network, scenario)
        derived = network.targets
        assert [
            {n: v for n, v in found.levels[phase].items() if n in derived} for phase in PHASES
        ] == [{n: v for n, v in phase.items() if n in derived} for phase in levels]
        assert found.course == course


@given(random_networks(), random_scenarios(max_size=1))
def test_invariants_of_random_networks(network: Network, scenarios: list[Scenario]) -> None:
    (scenario,) = scenarios
    untreated = evaluate(network, Scenario(scenario.genotype, {}, {}, (), ()))
    assert untreated.levels[Phase.BASELINE] == untreated.levels[Phase.ACUTE]
    assert untreated.levels[Phase.ACUTE] == untreated.levels[Phase.ADAPTED]
    assert set(untreated.course.values()) <= {STABLE}
    assert fallen_nodes(evaluate(network, scenario)) == set()


# -- phases of the real network ----------------------------------------------------------------


def fallen_nodes(found: Evaluation) -> set[str]:
    """Return the nodes that are lower in adapted than in acute: there must be none."""
    acute = found.levels[Phase.ACUTE]
    return {n for n, level in acute.items() if found.level(n, Phase.ADAPTED) < level}


def draw_tumour(data: st.DataObject, knowledge: Knowledge) -> Tumour:
    """Draw a tumour from the catalogue, without unspecified RAS changes (they are ranged)."""
    ranged = {f"{g.symbol}:mut" for g in knowledge.genes.values() if g.has_alleles}
    catalogue = sorted(n for n in knowledge.alterations if ".WT:" not in n and n not in ranged)
    tissue = data.draw(st.sampled_from(["any", *sorted(knowledge.tissues)]))
    ras = [n for n in catalogue if n.startswith(("KRAS:", "NRAS:", "BRAF:"))]
    first = data.draw(st.lists(st.sampled_from(ras), max_size=2, unique=True))
    rest = data.draw(
        st.lists(st.sampled_from([*catalogue, *knowledge.contexts]), max_size=3, unique=True)
    )
    return Tumour.parse(tissue, [*first, *rest])


def draw_drugs(data: st.DataObject, knowledge: Knowledge, *, max_size: int = 3) -> list[str]:
    """Draw drugs and inhibitor classes that engage or occupy something."""
    acting = sorted(d.name for d in knowledge.drugs.values() if d.engages or d.occupies)
    return data.draw(st.lists(st.sampled_from(acting), max_size=max_size, unique=True))


def scenario_from(knowledge: Knowledge, tumour: Tumour, drugs: Iterable[str]) -> Scenario:
    (scenario,) = resolve_scenarios(knowledge, tumour, drugs)
    return scenario


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_real_phases(network: Network, knowledge: Knowledge, data: st.DataObject) -> None:
    tumour, drugs = draw_tumour(data, knowledge), draw_drugs(data, knowledge)
    treated = evaluate(network, scenario_from(knowledge, tumour, drugs))
    untreated = evaluate(network, scenario_from(knowledge, tumour, []))
    assert fallen_nodes(treated) == set()
    for phase in Phase:
        assert untreated.levels[phase] == treated.levels[Phase.BASELINE]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_real_phases_are_those_of_the_page(
    network: Network, knowledge: Knowledge, data: st.DataObject
) -> None:
    scenario = scenario_from(knowledge, draw_tumour(data, knowledge), draw_drugs(data, knowledge))
    found = evaluate(network, scenario)
    whole = extend_with_alleles(network, scenario.alleles)  # no rule is dropped here
    levels, course = plain_phases(whole, scenario)
    derived = whole.targets
    assert [{n: v for n, v in found.levels[phase].items() if n in derived} for phase in PHASES] == [
        {n: v for n, v in phase.items() if n in derived} for phase in levels
    ]
    assert found.course == course


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_blocking_drugs_only_lower_what_is_there_at_once(
    network: Network, knowledge: Knowledge, data: st.DataObject
) -> None:
    tumour = draw_tumour(data, knowledge)
    drugs = [d for d in draw_drugs(data, knowledge) if not knowledge.drugs[d].occupies]
    runs = [
        evaluate(network, scenario_from(knowledge, tumour, drugs[:n]))
        for n in range(len(drugs) + 1)
    ]
    for fewer, more in pairwise(runs):
        level = more.levels[Phase.ACUTE]
        assert {
            n for n in network.targets if level.get(n, OFF) > fewer.level(n, Phase.ACUTE)
        } == set()
        # with every brake released, the same holds of all that may come back
        released = dict.fromkeys(network.targets, FULL)
        low, high = (solve(e.rules, inputs_of(e), released) for e in (more, fewer))
        assert {n for n in network.targets if low.get(n, OFF) > high.get(n, OFF)} == set()


def inputs_of(found: Evaluation) -> dict[str, Level]:
    """Return what was set under treatment: all that no rule of the evaluation derives."""
    derived = {rule.target for rule in found.rules}
    return {n: v for n, v in found.levels[Phase.ACUTE].items() if n not in derived}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_generic_inhibitor_blocks_at_least_what_its_drugs_block(
    network: Network, knowledge: Knowledge, data: st.DataObject
) -> None:
    """`inhibitor:TARGET` engages every state of the target completely."""
    generic = knowledge.drugs[
        data.draw(
            st.sampled_from(
                sorted(d.name for d in knowledge.drugs.values() if d.generic and d.engages)
            )
        )
    ]
    engaged = dict(generic.engages)
    assert set(engaged.values()) == {FULL}
    rivals = sorted(
        d.name
        for d in knowledge.drugs.values()
        if d.engages
        and not d.generic
        and not d.occupies
        and {k for k, _ in d.engages} <= set(engaged)
    )
    if generic.occupies or not rivals:
        return
    rival = data.draw(st.sampled_from(rivals))
    tumour = draw_tumour(data, knowledge)
    under_rival, under_generic = (
        evaluate(network, scenario_from(knowledge, tumour, [name])).levels[Phase.ACUTE]
        for name in (rival, generic.name)
    )
    assert {
        n for n in network.targets if under_generic.get(n, OFF) > under_rival.get(n, OFF)
    } == set()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_order_of_a_question_changes_no_level(
    network: Network, knowledge: Knowledge, data: st.DataObject
) -> None:
    tumour, drugs = draw_tumour(data, knowledge), draw_drugs(data, knowledge)
    mixed = Tumour.parse(tumour.tissue, data.draw(st.permutations(tumour.alterations)))
    first = evaluate(network, scenario_from(knowledge, tumour, drugs))
    second = evaluate(network, scenario_from(knowledge, mixed, data.draw(st.permutations(drugs))))
    assert (first.levels, first.relief, first.course) == (
        second.levels,
        second.relief,
        second.course,
    )


def test_every_literal_kind_is_read() -> None:
    assert {Literal("X", kind).is_relief for kind in LiteralKind} == {True, False}
    assert [str(Literal("X", kind)) for kind in LiteralKind] == ["X", "X?", "!X", "@X", "@X?"]
