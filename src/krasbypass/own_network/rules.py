"""Statements of a file as rules of a network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from krasbypass.model import Interaction, Literal, LiteralKind, Rule, engaged_off, engaged_on
from krasbypass.own_network.restraints import FREE, OFF, find_settled
from krasbypass.own_network.statements import OwnGraph, Statement

#: What the ids of rules from a file start with.
PREFIX = "own/"


@dataclass(frozen=True)
class OwnRules:
    """Rules of a file with the interactions that they stand for, and what was left out.

    `derived` are nodes that only these rules know; `brakes` counts inhibitions that block only
    where the question itself sets the inhibitor.
    """

    rules: tuple[Rule, ...] = field(repr=False)
    interactions: tuple[Interaction, ...] = field(repr=False)
    helpers: tuple[str, ...] = field(repr=False)
    brakes: int


def act(node: str) -> str:
    """Name the input: the question sets `node` on."""
    return f"{node}:act"


def loss(node: str) -> str:
    """Name the input: the question takes `node` away."""
    return f"{node}:loss"


def build_rules(
    graph: OwnGraph,
    own: Iterable[str],
    *,
    packaged: Iterable[Rule] = (),
    sources: Iterable[str] = (),
) -> OwnRules:
    """Return the rules of a file.

    Parameters
    ----------
    graph
        Its statements, over the names that nodes have in the network.
    own
        The nodes that the packaged network does not have; it may describe the others.
    packaged
        The rules that the file's come on top of.
    sources
        Nodes that are on in every question.
    """
    return _Builder(graph, frozenset(own), tuple(packaged), frozenset(sources)).build()


class _Builder:
    def __init__(
        self,
        graph: OwnGraph,
        own: frozenset[str],
        packaged: tuple[Rule, ...],
        sources: frozenset[str],
    ) -> None:
        self.graph, self.own, self.settable = graph, own, own | sources
        self.derived = {rule.target for rule in packaged}
        self.read = {literal.node for rule in packaged for literal in rule.literals}
        others = [node for node in graph.nodes if node not in own]
        self.settled = find_settled(graph, others)
        self.by_target: dict[str, list[Statement]] = defaultdict(list)
        for statement in graph.statements:
            self.by_target[statement.target].append(statement)
        self.rules: list[Rule] = []
        self.interactions: list[Interaction] = []
        self.negated: dict[str, None] = {}
        self.helpers: dict[str, None] = {}
        self.brakes = 0

    def build(self) -> OwnRules:
        for node in self.graph.nodes:
            guard = self.guard(node)
            if node in self.settable:
                literals = (Literal(act(node)), *guard)
                self.add(f"{PREFIX}{act(node)}", node, literals, f"{node} is set on")
            shared = self.restrain(node)
            for number, statement in enumerate(self.by_target.get(node, ()), start=1):
                if statement.literals:
                    self.add_statement(f"{PREFIX}{node}/{number}", statement, (*shared, *guard))
        done: set[str] = set()
        while waiting := [node for node in self.negated if node not in done]:
            for node in waiting:
                done.add(node)
                self.write_opposite(node)
        return OwnRules(
            tuple(self.rules), tuple(self.interactions), tuple(self.helpers), self.brakes
        )

    def add(self, name: str, target: str, literals: tuple[Literal, ...], label: str) -> None:
        """Add a rule that is an interaction of its own, driven by its first literal."""
        rule, interaction = make_rule(name, literals, target, label)
        self.rules.append(rule)
        self.interactions.append(interaction)

    def guard(self, node: str) -> tuple[Literal, ...]:
        """Return what takes a node away whatever raises it: its loss, and drugs."""
        if node in self.own:
            names: tuple[str, ...] = (loss(node), engaged_on(node))
        else:
            names = tuple(n for n in (engaged_off(node), engaged_on(node)) if n in self.read)
        return tuple(Literal(n, LiteralKind.NOT) for n in names)

    def restrain(self, node: str) -> tuple[Literal, ...]:
        """Return the literal that all inhibitors of a node are off, making a node for several."""
        literals = [
            literal
            for inhibitor in self.graph.restraints.get(node, ())
            for literal in self.negate(inhibitor)
        ]
        if len(literals) < 2:
            return tuple(literals)
        name = FREE + node
        self.helpers[name] = None
        self.add(PREFIX + name, name, tuple(literals), f"no inhibitor of {node} is on")
        return (Literal(name),)

    def negate(self, node: str) -> tuple[Literal, ...]:
        """Return what stands for "not `node`"; nothing where only the packaged rules settle it."""
        if node not in self.settled:
            self.brakes += 1
        if node not in self.own:
            # an input is negated as it is; what the packaged rules derive is a brake
            known = node in self.derived or node in self.by_target
            return () if known else (Literal(node, LiteralKind.NOT),)
        self.negated[node] = None
        return (Literal(OFF + node),)

    def add_statement(
        self, name: str, statement: Statement, conditions: tuple[Literal, ...]
    ) -> None:
        """Add the rules of a statement: one for each positive literal as the driver.

        A file does not say which of several conditions a signal comes through, so that routes
        follow each of them.
        """
        literals: list[Literal] = []
        for literal in statement.literals:
            negated = literal.kind is LiteralKind.NOT
            literals += self.negate(literal.node) if negated else (literal,)
        literals += conditions
        positive = [lit for lit in literals if lit.kind is not LiteralKind.NOT]
        drivers = [lit for lit in dict.fromkeys(positive) if not lit.node.startswith((OFF, FREE))]
        if not literals:
            return  # a packaged node that would be on whatever happens
        for number, driver in enumerate(drivers or (*positive[:1], *literals[:1])[:1], start=1):
            self.rules.append(
                Rule(
                    id=name if len(drivers) < 2 else f"{name}/{number}",
                    interaction=name,
                    literals=tuple(literals),
                    driver=driver,
                    target=statement.target,
                    strength=statement.strength,
                    serial=statement.serial,
                )
            )
        evidence = (f"{self.graph.file}, line {statement.line}",) if statement.line else ()
        self.interactions.append(
            _interaction(name, tuple(literals), statement.target, _describe(statement), evidence)
        )

    def write_opposite(self, node: str) -> None:
        """Write when a node is off: lost, blocked, or neither set on nor raised.

        A node on or behind a loop counts as off unless the question sets it on.
        """
        name = OFF + node
        self.helpers[name] = None
        for number, lowered in enumerate((loss(node), engaged_on(node)), start=1):
            self.add(f"{PREFIX}{name}/{number}", name, (Literal(lowered),), f"{node} is blocked")
        unset = Literal(act(node), LiteralKind.NOT)
        if node not in self.settled:
            self.add(f"{PREFIX}{name}/3", name, (unset,), f"{node} is not set on")
            return
        number = 3
        for inhibitor in self.graph.restraints.get(node, ()):
            body = (Literal(inhibitor), unset)
            self.add(f"{PREFIX}{name}/{number}", name, body, f"{inhibitor} inhibits {node}")
            number += 1
        bodies = [self.opposite_of(node, n, s) for n, s in enumerate(self.by_target.get(node, ()))]
        whole = tuple(dict.fromkeys((*(lit for lit in bodies if lit is not None), unset)))
        self.add(f"{PREFIX}{name}/{number}", name, whole, f"nothing raises {node}")

    def opposite_of(self, node: str, number: int, statement: Statement) -> Literal | None:
        """Return a literal that holds where a statement fails; None if the question sets it."""
        parts = [self.flip(literal) for literal in statement.literals]
        if len(parts) < 2:
            return parts[0] if parts else None
        name = f"{OFF}{node}/{number + 1}"
        self.helpers[name] = None
        for position, part in enumerate(parts, start=1):
            self.add(f"{PREFIX}{name}/{position}", name, (part,), f"a condition of {node} fails")
        return Literal(name)

    def flip(self, literal: Literal) -> Literal:
        if literal.kind is LiteralKind.NOT:
            return Literal(literal.node)
        self.negated[literal.node] = None
        return Literal(OFF + literal.node)


def make_rule(
    name: str, literals: tuple[Literal, ...], target: str, label: str
) -> tuple[Rule, Interaction]:
    """Return a rule driven by its first literal, and the interaction that it stands for."""
    rule = Rule(name, name, literals, literals[0], target)
    return rule, _interaction(name, literals, target, label)


def _interaction(
    name: str,
    literals: tuple[Literal, ...],
    target: str,
    label: str,
    evidence: tuple[str, ...] = (),
) -> Interaction:
    pairs = tuple((lit.node, lit.kind) for lit in literals)
    return Interaction(
        id=name, label=label, literals=pairs, driver=pairs[0], raises=(target,), strength="full",
        serial=False, outruns_off=False, overloads_by=None, for_each=None, rebound=False,
        hypothesis=None, evidence=evidence, disputed=(),
    )  # fmt: skip


def _describe(statement: Statement) -> str:
    if len(statement.literals) == 1 and statement.literals[0].kind is LiteralKind.PLAIN:
        return f"{statement.literals[0].node} activates {statement.target}"
    body = " and ".join(
        f"{'not ' if lit.kind is LiteralKind.NOT else ''}{lit.node}"
        for lit in dict.fromkeys(statement.literals)
    )
    return f"{body} gives {statement.target}"
