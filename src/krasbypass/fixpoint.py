"""Levels of one scenario, as plainly as SEMANTICS.md says them: the reference evaluator.

A rule gives the minimum of its literals and its strength, a node is the maximum of its rules, and
each phase is the least fixpoint. Nothing here is fast; other engines must agree with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from krasbypass.model import (
    SPARE,
    TONE_UNMASKED,
    Level,
    Literal,
    LiteralKind,
    Phase,
    Rule,
)
from krasbypass.network import Network, extend_with_alleles
from krasbypass.scenario import Scenario

Levels = Mapping[str, Level]

STABLE, REBOUNDING = "stable", "rebounding"


def literal_value(literal: Literal, levels: Levels, relief: Levels) -> Level:
    """Return what a literal contributes.

    >>> literal_value(Literal("X", LiteralKind.ANY), {"X": Level.ATTENUATED}, {})
    <Level.FULL: 2>
    >>> literal_value(Literal("X", LiteralKind.NOT), {"X": Level.ATTENUATED}, {})
    <Level.ATTENUATED: 1>
    """
    level = (relief if literal.is_relief else levels).get(literal.node, Level.OFF)
    if literal.is_threshold:
        return Level.FULL if level else Level.OFF
    return Level(2 - level) if literal.kind is LiteralKind.NOT else level


def rule_value(rule: Rule, levels: Levels, relief: Levels) -> Level:
    """Return what a rule gives its target: a minimum, or a bounded sum if it is serial.

    >>> weak = {"A": Level.ATTENUATED, "B": Level.ATTENUATED}
    >>> rule = Rule("r", "r", (Literal("A"), Literal("B")), Literal("A"), "C")
    >>> rule_value(rule, weak, {}).label
    'attenuated'
    >>> serial = Rule("r", "r", (Literal("A"), Literal("B")), Literal("A"), "C", serial=True)
    >>> rule_value(serial, weak, {}).label
    'off'
    """
    values = [literal_value(literal, levels, relief) for literal in rule.literals]
    if rule.serial:
        total = sum(values) - 2 * (len(values) - 1)
        return Level(min(rule.strength, max(0, total)))
    return min([rule.strength, *values])


def solve(rules: Iterable[Rule], inputs: Levels, relief: Levels | None = None) -> dict[str, Level]:
    """Return the least fixpoint of `rules` over `inputs`: node to level, nodes at off left out.

    A loop without a live source stays off.

    >>> loop = [Rule("ab", "ab", (Literal("A"),), Literal("A"), "B"),
    ...         Rule("ba", "ba", (Literal("B"),), Literal("B"), "A")]
    >>> solve(loop, {})
    {}
    """
    relief = relief or {}
    rules = tuple(rules)
    levels = {node: level for node, level in inputs.items() if level}
    readers: dict[str, list[Rule]] = {rule.target: [] for rule in rules}
    waiting = []
    for rule in rules:
        read = [lit for lit in rule.literals if not lit.is_relief]
        if all(lit.node in readers or literal_value(lit, levels, relief) for lit in read):
            waiting.append(rule)
            for node in dict.fromkeys(lit.node for lit in read if lit.node in readers):
                readers[node].append(rule)
    while waiting:
        raised: dict[str, None] = {}
        for rule in waiting:
            value = rule_value(rule, levels, relief)
            if value > levels.get(rule.target, Level.OFF):
                levels[rule.target] = value
                raised[rule.target] = None
        # only rules that read what was raised can give more than before
        waiting = list({id(rule): rule for node in raised for rule in readers[node]}.values())
    return levels


@dataclass(frozen=True)
class Evaluation:
    """Levels of one scenario in each phase, and whether they hold.

    `course` is ``stable`` or ``rebounding`` for each output; `inputs` and `relief` are what the
    rules read in each phase.
    """

    scenario: Scenario
    rules: tuple[Rule, ...] = field(repr=False)
    levels: Mapping[Phase, Levels] = field(hash=False, repr=False)
    relief: Mapping[Phase, Levels] = field(hash=False, repr=False)
    course: Mapping[str, str] = field(hash=False)

    def level(self, node: str, phase: Phase = Phase.ADAPTED) -> Level:
        """Return the level of a node in a phase."""
        return self.levels[phase].get(node, Level.OFF)

    def value(self, rule: Rule, phase: Phase = Phase.ADAPTED) -> Level:
        """Return what a rule gives its target in a phase."""
        return rule_value(rule, self.levels[phase], self.relief[phase])


def find_relief(before: Levels, after: Levels) -> dict[str, Level]:
    """Return how far each node fell, nodes that did not fall left out.

    >>> find_relief({"A": Level.FULL, "B": Level.FULL}, {"A": Level.ATTENUATED, "B": Level.FULL})
    {'A': <Level.ATTENUATED: 1>}
    """
    fallen = {node: level - after.get(node, Level.OFF) for node, level in before.items()}
    return {node: Level(fall) for node, fall in fallen.items() if fall > 0}


def evaluate(network: Network, scenario: Scenario) -> Evaluation:
    """Run the phases of a scenario: baseline, acute, adapted, and one pass after.

    Ligand tone feeds RAS only where the outputs that mask it are not full in a baseline without
    it; that is settled first and holds for all phases.

    Examples
    --------
    >>> from krasbypass.knowledge import Knowledge
    >>> free = Literal("engaged_on:ERK", LiteralKind.NOT)
    >>> rule = Rule("r", "r", (Literal("BRAF:V600E"), free), Literal("BRAF:V600E"), "ERK")
    >>> network = Network(Knowledge({}), (rule,), ("ERK",))
    >>> drugged = {"engaged_on:ERK": Level.ATTENUATED}
    >>> found = evaluate(network, Scenario({"BRAF:V600E": Level.FULL}, drugged, {}, (), ()))
    >>> found.level("ERK", Phase.BASELINE).label, found.level("ERK", Phase.ACUTE).label
    ('full', 'attenuated')
    """
    network = extend_with_alleles(network, scenario.alleles)
    untreated = dict.fromkeys((n for n in network.inputs if n.startswith(SPARE)), Level.FULL)
    genotype = {**untreated, **scenario.genotype}
    rules = _possible_rules(network, genotype, scenario)
    baseline = solve(rules, genotype)
    masks = [a.node for a in network.activities.values() if a.masks_tone]
    reads_tone = TONE_UNMASKED in network.inputs
    if reads_tone and not any(baseline.get(node, Level.OFF) is Level.FULL for node in masks):
        genotype = {**genotype, TONE_UNMASKED: Level.FULL}
        baseline = solve(rules, genotype)
    acute = adapted = after = baseline
    relief: Levels = {}
    if scenario.treatment:  # without drugs all phases are equal
        treated = {**genotype, **scenario.treatment}
        acute = adapted = after = solve(rules, treated)
        relief = find_relief(baseline, acute)
        if any(lit.is_relief for rule in rules for lit in rule.literals):
            adapted = solve(rules, treated, relief)
            after = solve(rules, treated, find_relief(baseline, adapted))
    course = {
        output: STABLE
        if after.get(output, Level.OFF) == adapted.get(output, Level.OFF)
        else REBOUNDING
        for output in network.outputs
    }
    return Evaluation(
        scenario,
        rules,
        {Phase.BASELINE: baseline, Phase.ACUTE: acute, Phase.ADAPTED: adapted},
        {Phase.BASELINE: {}, Phase.ACUTE: {}, Phase.ADAPTED: relief},
        course,
    )


def _possible_rules(network: Network, genotype: Levels, scenario: Scenario) -> tuple[Rule, ...]:
    """Drop rules that need an input which is off in every phase (another allele, tissue, ...)."""
    on = {n for m in (genotype, scenario.treatment) for n, level in m.items() if level}
    on.add(TONE_UNMASKED)
    positive = (LiteralKind.PLAIN, LiteralKind.ANY)
    return tuple(
        rule
        for rule in network.rules
        if all(
            lit.node in on or lit.node in network.targets or lit.kind not in positive
            for lit in rule.literals
        )
    )
