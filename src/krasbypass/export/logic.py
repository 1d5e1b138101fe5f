"""The rules of one network, or of one phase of a scenario, as conditions on thresholds.

What `.bnet` and SBML-qual are written from. A node reaches a threshold (1: at least attenuated, 2:
full) if all conditions of one of its clauses hold. Derived nodes stand in no negation, so the least
fixpoint is what any fair updating reaches from "all derived nodes off".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from krasbypass.fixpoint import Evaluation
from krasbypass.model import RELIEF, SPARE, Level, LiteralKind, Phase, Rule
from krasbypass.network import Network
from krasbypass.screen.clauses import Bit, Read, build_program

#: Derived nodes that a scenario sets as well are raised by an input of this name.
GIVEN = "given:"
THRESHOLDS = (1, 2)
_POSITIVE = (LiteralKind.PLAIN, LiteralKind.ANY)


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """The level of `node` is at least `threshold`, or is not."""

    node: str
    threshold: int
    negated: bool = False


Clause = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class LogicNode:
    """A node with its clauses by threshold; an input has none, and a level in a scenario."""

    name: str
    is_input: bool
    level: Level = Level.OFF
    clauses: Mapping[int, tuple[Clause, ...]] = field(default_factory=dict, hash=False)
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Logic:
    """Nodes sorted by name; `is_fixed` says that a scenario gives the inputs their levels."""

    nodes: tuple[LogicNode, ...]
    is_fixed: bool

    @property
    def inputs(self) -> tuple[LogicNode, ...]:
        """Nodes that nothing derives."""
        return tuple(node for node in self.nodes if node.is_input)

    @property
    def derived(self) -> tuple[LogicNode, ...]:
        """Nodes with clauses."""
        return tuple(node for node in self.nodes if not node.is_input)


def build_logic(network: Network) -> Logic:
    """Return the logic of a network as it stands: every input, and every relief, is open.

    Inputs that name what overload re-opens are full unless a drug lowers them; others are off.
    """
    return _build(network.rules, None, Phase.ADAPTED)


def build_scenario_logic(evaluation: Evaluation, phase: Phase) -> Logic:
    """Return the logic of one phase of a scenario, the inputs at the levels of that phase."""
    return _build(_find_live_rules(evaluation), evaluation, phase)


def _find_live_rules(evaluation: Evaluation) -> tuple[Rule, ...]:
    """Leave out rules that need a derived node which nothing raises in this tumour."""
    fixed = {n for levels in evaluation.levels.values() for n, level in levels.items() if level}
    live = evaluation.rules
    while True:
        present = fixed | {rule.target for rule in live}
        kept = tuple(
            rule
            for rule in live
            if all(
                literal.node in present or literal.kind not in _POSITIVE
                for literal in rule.literals
            )
        )
        if len(kept) == len(live):
            return kept
        live = kept


def _build(rules: tuple[Rule, ...], evaluation: Evaluation | None, phase: Phase) -> Logic:
    given = _find_given(evaluation, phase)
    derived = {rule.target for rule in rules}
    program = build_program(rules, also_inputs=given)
    clauses: dict[str, dict[int, set[Clause]]] = defaultdict(lambda: {1: set(), 2: set()})
    read: set[str] = set()
    for clause in program.clauses:
        body = tuple(sorted({_read(bit, derived) for bit in clause.body}))
        clauses[clause.target][clause.threshold].add(body)
        read.update(condition.node for condition in body)
    by_target = defaultdict(list)
    for rule in rules:
        by_target[rule.target].append(rule)

    def level(node: str) -> Level:
        if evaluation is None:
            return Level.FULL if node.startswith(SPARE) else Level.OFF
        if node.startswith(GIVEN):
            return given[node.removeprefix(GIVEN)]
        if node.startswith(RELIEF):
            return evaluation.relief[phase].get(node.removeprefix(RELIEF), Level.OFF)
        return evaluation.level(node, phase)

    inputs = [LogicNode(name, True, level(name)) for name in read - derived]
    nodes = inputs + [
        LogicNode(
            name,
            False,
            clauses={t: _minimal(clauses[name][t]) for t in THRESHOLDS},
            rules=tuple(by_target[name]),
        )
        for name in program.derived
    ]
    return Logic(tuple(sorted(nodes, key=lambda node: node.name)), evaluation is not None)


def _find_given(evaluation: Evaluation | None, phase: Phase) -> Mapping[str, Level]:
    """Return the levels of derived nodes that the scenario sets."""
    if evaluation is None:
        return {}
    scenario = evaluation.scenario
    treated = {} if phase is Phase.BASELINE else scenario.treatment
    derived = {rule.target for rule in evaluation.rules}
    return {n: level for n, level in {**scenario.genotype, **treated}.items() if n in derived}


def _read(bit: Bit, derived: set[str]) -> Condition:
    node = bit.node
    if bit.read is Read.RELIEF:
        node = RELIEF + node
    elif bit.read is Read.INPUT and node in derived:
        node = GIVEN + node
    return Condition(node, bit.threshold, bit.read is Read.ABSENT_INPUT)


def _minimal(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return clauses, sorted, without those that cannot hold or follow from another."""
    tightened = {found for clause in clauses if (found := _tighten(clause)) is not None}
    ordered = sorted(tightened, key=lambda clause: (len(clause), clause))
    kept: list[frozenset[Condition]] = []
    for clause in ordered:
        implied = {weaker for condition in clause for weaker in _weaken(condition)}
        if not any(shorter <= implied for shorter in kept):
            kept.append(frozenset(clause))
    return tuple(sorted(tuple(sorted(body)) for body in kept))


def _tighten(clause: Clause) -> Clause | None:
    """Return a clause without conditions that others imply; None if it cannot hold.

    >>> full, some = Condition("X", 2), Condition("X", 1)
    >>> _tighten((some, full)) == (full,)
    True
    >>> _tighten((full, Condition("X", 1, True))) is None
    True
    """
    least: dict[str, int] = {}
    below: dict[str, int] = {}
    for condition in clause:
        node, threshold = condition.node, condition.threshold
        if condition.negated:
            below[node] = min(threshold, below.get(node, threshold))
        else:
            least[node] = max(threshold, least.get(node, threshold))
    if any(least.get(node, 0) >= threshold for node, threshold in below.items()):
        return None
    found = [Condition(node, threshold) for node, threshold in least.items()]
    found += [Condition(node, threshold, True) for node, threshold in below.items()]
    return tuple(sorted(found))


def _weaken(condition: Condition) -> tuple[Condition, ...]:
    """Return what a condition implies, itself included."""
    if condition.negated:
        thresholds = range(condition.threshold, THRESHOLDS[-1] + 1)
    else:
        thresholds = range(THRESHOLDS[0], condition.threshold + 1)
    return tuple(Condition(condition.node, t, condition.negated) for t in thresholds)
