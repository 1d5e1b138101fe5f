"""Rules as Horn clauses over bits: node and threshold on the left, literals on the right.

A level is two bits, "at least attenuated" and "full". A rule gives its target's first bit if the
first bits of all its literals hold, and likewise the second; a serial rule gives the first bit if
at most one literal lacks its second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import TypeAlias

from krasbypass.model import Level, Literal, LiteralKind, Rule


class Read(IntEnum):
    """Where a condition of a clause looks."""

    STATE = 0
    INPUT = 1
    ABSENT_INPUT = 2
    RELIEF = 3


@dataclass(frozen=True, slots=True, order=True)
class Bit:
    """A condition: the level of a node is at least `threshold` (or not, for an absent input)."""

    read: Read
    node: str
    threshold: int


@dataclass(frozen=True, slots=True)
class Clause:
    """`target` reaches `threshold` if all of `body` hold."""

    target: str
    threshold: int
    body: frozenset[Bit]


#: What a clause gives, its conditions on states (as node and threshold) and its other conditions.
Split: TypeAlias = tuple[tuple[str, int], frozenset[tuple[str, int]], tuple[Bit, ...]]


def _split(clause: Clause) -> Split:
    states = frozenset((b.node, b.threshold) for b in clause.body if b.read is Read.STATE)
    others = tuple(bit for bit in clause.body if bit.read is not Read.STATE)
    return (clause.target, clause.threshold), states, others


@dataclass(frozen=True)
class Program:
    """The clauses of a network, its derived nodes and its inputs, each sorted."""

    clauses: tuple[Clause, ...] = field(repr=False)
    derived: tuple[str, ...]
    inputs: tuple[str, ...]

    def reachable(self, inputs: Collection[str]) -> Iterator[Split]:
        """Yield the clauses whose inputs are all among `inputs`, in order, split."""
        missing = list(self._required_counts)
        for node in inputs:
            for number in self._readers.get(node, ()):
                missing[number] -= 1
        return (split for split, left in zip(self._splits, missing, strict=True) if not left)

    @cached_property
    def _splits(self) -> tuple[Split, ...]:
        return tuple(map(_split, self.clauses))

    @cached_property
    def _readers(self) -> Mapping[str, tuple[int, ...]]:
        readers = defaultdict(list)
        for number, clause in enumerate(self.clauses):
            for node in _required(clause):
                readers[node].append(number)
        return {node: tuple(numbers) for node, numbers in readers.items()}

    @cached_property
    def _required_counts(self) -> tuple[int, ...]:
        return tuple(len(_required(clause)) for clause in self.clauses)


def _required(clause: Clause) -> frozenset[str]:
    return frozenset(bit.node for bit in clause.body if bit.read is Read.INPUT)


def build_program(rules: Iterable[Rule], *, also_inputs: Iterable[str] = ()) -> Program:
    """Return the clauses of `rules`.

    Parameters
    ----------
    rules
        Rules of a stratified network.
    also_inputs
        Derived nodes that a scenario may set as well.

    Examples
    --------
    >>> rule = Rule("r", "r", (Literal("A"), Literal("B", LiteralKind.NOT)), Literal("A"), "C")
    >>> program = build_program([rule])
    >>> program.derived, program.inputs, len(program.clauses)
    (('C',), ('A', 'B'), 2)
    """
    rules = tuple(rules)
    derived = {rule.target for rule in rules}
    read = {literal.node for rule in rules for literal in rule.literals}
    clauses = dict.fromkeys(clause for rule in rules for clause in _clauses(rule, derived))
    both = sorted(set(also_inputs) & derived)
    for node in both:
        for threshold in (1, 2):
            body = frozenset({Bit(Read.INPUT, node, threshold)})
            clauses[Clause(node, threshold, body)] = None
    inputs = tuple(sorted({*(read - derived), *both}))
    return Program(tuple(clauses), tuple(sorted(derived)), inputs)


def _clauses(rule: Rule, derived: set[str]) -> Iterable[Clause]:
    full = [_bit(literal, 2, derived) for literal in rule.literals]
    some = [_bit(literal, 1, derived) for literal in rule.literals]
    if rule.strength is Level.FULL:
        yield Clause(rule.target, 2, frozenset(full))
    if not rule.strength:
        return
    if rule.serial:
        for number, weak in enumerate(some):
            rest = (*full[:number], *full[number + 1 :])
            yield Clause(rule.target, 1, frozenset((weak, *rest)))
    else:
        yield Clause(rule.target, 1, frozenset(some))


def _bit(literal: Literal, threshold: int, derived: set[str]) -> Bit:
    if literal.is_threshold:
        threshold = 1
    if literal.is_relief:
        return Bit(Read.RELIEF, literal.node, threshold)
    if literal.kind is LiteralKind.NOT:
        return Bit(Read.ABSENT_INPUT, literal.node, 3 - threshold)
    read = Read.STATE if literal.node in derived else Read.INPUT
    return Bit(read, literal.node, threshold)
