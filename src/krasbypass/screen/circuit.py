"""Straight-line boolean circuits with fixpoint loops: what the engines run.

A value is one bit a scenario. `Builder` folds constants and shares equal subexpressions, so that
two networks that behave alike become one circuit with one `Circuit.key`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

#: The two constants stand before the input planes.
ZERO, ONE, FIRST_INPUT = 0, 1, 2


class Code(IntEnum):
    """Bitwise operations."""

    AND = 0
    OR = 1
    NOT = 2


@dataclass(frozen=True, slots=True)
class Op:
    """``target = left code right``; for `Code.NOT` both operands are the same."""

    code: Code
    target: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Phi:
    """A value that a loop carries: `initial` at first, then what `update` was."""

    target: int
    initial: int
    update: int


@dataclass(frozen=True, slots=True)
class Loop:
    """Operations repeated until no phi changes; bits only rise, so that the end is certain."""

    phis: tuple[Phi, ...]
    body: tuple[Op, ...]


@dataclass(frozen=True)
class Circuit:
    """Steps in order over `inputs` planes; `outputs` are the values asked for.

    Values are numbered: 0 and 1 are the constants, then come the input planes, then the targets.
    """

    inputs: int
    steps: tuple[Op | Loop, ...] = field(repr=False)
    outputs: tuple[int, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.inputs, self.outputs, self.steps))

    @cached_property
    def reads(self) -> frozenset[int]:
        """Every value that a step or an output reads."""
        found = set(self.outputs)
        for step in self.steps:
            for op in step.body if isinstance(step, Loop) else (step,):
                found.update((op.left, op.right))
            if isinstance(step, Loop):
                found.update(v for phi in step.phis for v in (phi.initial, phi.update))
        return frozenset(found)

    @cached_property
    def last_uses(self) -> dict[int, list[int]]:
        """Computed values that no later step reads, by the number of the step."""
        last: dict[int, int] = {}
        for number, step in enumerate(self.steps):
            for op in step.body if isinstance(step, Loop) else (step,):
                last[op.target] = last[op.left] = last[op.right] = number
            if isinstance(step, Loop):
                for phi in step.phis:
                    last[phi.target] = last[phi.initial] = last[phi.update] = number
        result: dict[int, list[int]] = {}
        for value, number in last.items():
            if value >= FIRST_INPUT + self.inputs and value not in self.outputs:
                result.setdefault(number, []).append(value)
        return result

    @cached_property
    def size(self) -> int:
        """Number of operations, one pass of each loop."""
        return sum(len(step.body) if isinstance(step, Loop) else 1 for step in self.steps)

    def keeping(self, outputs: Iterable[int]) -> Circuit:
        """Return the circuit of some of the outputs, by their place."""
        needed = [self.outputs[place] for place in outputs]
        return _trimmed(self.inputs, self.steps, needed)

    def key(self) -> str:
        """Return the hash of what the circuit computes."""
        text = repr((self.inputs, [_plain(step) for step in self.steps], self.outputs))
        return hashlib.sha256(text.encode()).hexdigest()


def _plain(step: Op | Loop) -> tuple[object, ...]:
    if isinstance(step, Op):
        return int(step.code), step.target, step.left, step.right
    phis = [(phi.target, phi.initial, phi.update) for phi in step.phis]
    return phis, [_plain(op) for op in step.body]


class Builder:
    """Makes a circuit; every method returns the number of a value.

    >>> builder = Builder(2)
    >>> a, b = builder.input(0), builder.input(1)
    >>> builder.all([a, ONE]) == a, builder.all([a, b]) == builder.all([b, a])
    (True, True)
    >>> builder.finish([builder.any([a, ZERO])])
    Circuit(inputs=2, outputs=(2,))
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self._next = FIRST_INPUT + inputs
        self._steps: list[Op | Loop] = []
        self._known: dict[tuple[Code, int, int], int] = {}
        self._body: list[Op] | None = None
        self._inside: set[int] = set()

    def input(self, number: int) -> int:
        """Return the value of an input plane."""
        return FIRST_INPUT + number

    def invert(self, value: int) -> int:
        """Return the complement."""
        if value in (ZERO, ONE):
            return ONE - value
        return self._emit(Code.NOT, value, value)

    def both(self, left: int, right: int) -> int:
        """Return the conjunction of two values."""
        if left == right or right == ONE:
            return left
        if left == ONE:
            return right
        if ZERO in (left, right):
            return ZERO
        return self._emit(Code.AND, min(left, right), max(left, right))

    def either(self, left: int, right: int) -> int:
        """Return the disjunction of two values."""
        if left == right or right == ZERO:
            return left
        if left == ZERO:
            return right
        if ONE in (left, right):
            return ONE
        return self._emit(Code.OR, min(left, right), max(left, right))

    def apply(self, code: Code, left: int, right: int) -> int:
        """Return the value of an operation."""
        if code is Code.NOT:
            return self.invert(left)
        return self.both(left, right) if code is Code.AND else self.either(left, right)

    def all(self, values: Iterable[int]) -> int:
        """Return the conjunction, loop-free parts first so that they leave the loop."""
        result = ONE
        for value in self._sorted(values):
            result = self.both(result, value)
        return result

    def any(self, values: Iterable[int]) -> int:
        """Return the disjunction, loop-free parts first."""
        result = ZERO
        for value in self._sorted(values):
            result = self.either(result, value)
        return result

    def _sorted(self, values: Iterable[int]) -> list[int]:
        return sorted(set(values), key=lambda v: (v in self._inside, v))

    def _emit(self, code: Code, left: int, right: int) -> int:
        found = self._known.get((code, left, right))
        if found is not None:
            return found
        target = self._fresh()
        self._known[code, left, right] = target
        op = Op(code, target, left, right)
        if self._body is not None and (left in self._inside or right in self._inside):
            self._inside.add(target)
            self._body.append(op)
        else:
            self._steps.append(op)
        return target

    def _fresh(self) -> int:
        self._next += 1
        return self._next - 1

    def open_loop(self, count: int) -> list[int]:
        """Start a loop that carries `count` values and return them."""
        assert self._body is None
        self._body = []
        carried = [self._fresh() for _ in range(count)]
        self._inside = set(carried)
        return carried

    def close_loop(
        self, carried: Sequence[int], initial: Sequence[int], update: Sequence[int]
    ) -> None:
        """End the loop; values computed in it keep what its last pass gave."""
        assert self._body is not None
        phis = tuple(map(Phi, carried, initial, update))
        self._steps.append(Loop(phis, tuple(self._body)))
        self._body, self._inside = None, set()

    def finish(self, outputs: Sequence[int]) -> Circuit:
        """Return the circuit of `outputs`, without steps that none of them needs."""
        return _trimmed(self.inputs, self._steps, outputs)


def _trimmed(inputs: int, steps: Sequence[Op | Loop], outputs: Sequence[int]) -> Circuit:
    needed = set(outputs)
    kept: list[Op | Loop] = []
    for step in reversed(steps):
        trimmed = _trim(step, needed)
        if trimmed is not None:
            kept.append(trimmed)
    return _renumber(inputs, kept[::-1], outputs)


def _trim(step: Op | Loop, needed: set[int]) -> Op | Loop | None:
    """Return what of a step is needed, and add what that needs."""
    if isinstance(step, Op):
        if step.target not in needed:
            return None
        needed.update((step.left, step.right))
        return step
    targets = {op.target for op in step.body} | {phi.target for phi in step.phis}
    if not targets & needed:
        return None
    for phi in step.phis:
        needed.update((phi.initial, phi.update))
    body = []
    for op in reversed(step.body):
        if op.target in needed:
            needed.update((op.left, op.right))
            body.append(op)
    return Loop(step.phis, tuple(reversed(body)))


def _renumber(inputs: int, steps: list[Op | Loop], outputs: Sequence[int]) -> Circuit:
    number = {value: value for value in range(FIRST_INPUT + inputs)}

    def name(value: int) -> int:
        return number.setdefault(value, len(number))

    def renamed(op: Op) -> Op:
        left, right = name(op.left), name(op.right)
        return Op(op.code, name(op.target), left, right)

    result: list[Op | Loop] = []
    for step in steps:
        if isinstance(step, Op):
            result.append(renamed(step))
            continue
        carried = [(name(phi.target), name(phi.initial)) for phi in step.phis]
        body = tuple(renamed(op) for op in step.body)
        phis = tuple(
            Phi(target, initial, name(phi.update))
            for (target, initial), phi in zip(carried, step.phis, strict=True)
        )
        result.append(Loop(phis, body))
    return Circuit(inputs, tuple(result), tuple(name(value) for value in outputs))
