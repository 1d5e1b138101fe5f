"""Clauses and what is known of the inputs, compiled to one circuit over all phases.

Whatever the inputs settle is settled here: a circuit for one tumour holds only what its drugs can
change. Strongly connected parts become loops, sources first, and each phase starts from the one
before where that lies below.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from krasbypass.model import TONE_UNMASKED
from krasbypass.screen.circuit import ONE, ZERO, Builder
from krasbypass.screen.clauses import Bit, Program, Read
from krasbypass.screen.solving import OFF, Pair, State, Term, solve_terms


class Phases:
    """The phases of a network as values of a circuit; each is compiled when it is asked for.

    Parameters
    ----------
    builder
        Receives the operations.
    program
        The clauses of the network.
    baseline_inputs, treated_inputs
        Values of the inputs before and under the drugs; those left out are off.
    masks
        Nodes that keep tone from feeding RAS where one of them is full without it.
    """

    def __init__(
        self,
        builder: Builder,
        program: Program,
        baseline_inputs: State,
        treated_inputs: State,
        *,
        masks: Iterable[str] = (),
    ) -> None:
        self.builder = builder
        self.program = program
        self.untreated = baseline_inputs
        self.treated = treated_inputs
        first = _solve(builder, program, self.untreated, {}, {})
        tone = builder.invert(builder.any(first.get(node, OFF)[1] for node in masks))
        if tone == ZERO or TONE_UNMASKED not in program.inputs:
            self._baseline = first
            return
        gate = {TONE_UNMASKED: (tone, tone)}
        self.untreated = {**self.untreated, **gate}
        self.treated = {**gate, **self.treated}
        start = {} if _is_negated(program, TONE_UNMASKED) else first
        self._baseline = _solve(builder, program, self.untreated, {}, start)

    @cached_property
    def baseline(self) -> State:
        """Without drugs."""
        return {**self.untreated, **self._baseline}

    @cached_property
    def acute(self) -> State:
        """At once under the drugs."""
        return self._under(None)

    @cached_property
    def adapted(self) -> State:
        """After the brakes of what fell have lifted."""
        return self._under(self._relief(self.acute))

    @cached_property
    def after(self) -> State:
        """One pass further, which tells the course."""
        return self._under(self._relief(self.adapted))

    @cached_property
    def released(self) -> State:
        """With every brake released, whatever fell."""
        return self._under(dict.fromkeys(self._relief_nodes, (ONE, ONE)))

    @cached_property
    def _relief_nodes(self) -> tuple[str, ...]:
        bits = (b for c in self.program.clauses for b in c.body if b.read is Read.RELIEF)
        return tuple(sorted({b.node for b in bits}))

    def _relief(self, phase: State) -> State:
        return {
            node: _fall(self.builder, self.baseline, phase, node) for node in self._relief_nodes
        }

    def _under(self, relief: State | None) -> State:
        start = {} if relief is None else self.acute
        found = _solve(self.builder, self.program, self.treated, relief or {}, start)
        return {**self.treated, **found}


def _fall(builder: Builder, before: State, now: State, node: str) -> Pair:
    was, is_ = before.get(node, OFF), now.get(node, OFF)
    not_some, not_full = builder.invert(is_[0]), builder.invert(is_[1])
    lost = builder.either(builder.both(was[0], not_some), builder.both(was[1], not_full))
    return lost, builder.both(was[1], not_some)


def _is_negated(program: Program, node: str) -> bool:
    return any(
        b.read is Read.ABSENT_INPUT and b.node == node for c in program.clauses for b in c.body
    )


def _solve(
    builder: Builder, program: Program, inputs: State, relief: State, start: State
) -> dict[str, Pair]:
    """Return the least fixpoint of one phase above `start`, nodes off for certain left out."""
    values = solve_terms(builder, _bind(program, inputs, relief), start)
    nodes = sorted({node for node, _ in values})
    return {n: (values.get((n, 1), ZERO), values.get((n, 2), ZERO)) for n in nodes}


def _bind(program: Program, inputs: State, relief: State) -> list[Term]:
    """Return the clauses that the inputs allow, what they settle left out."""
    terms = []
    for head, states, others in program.reachable(inputs):
        fixed = set()
        for bit in others:
            fixed.add(_look_up(bit, inputs, relief))
        fixed.discard((ONE, False))
        if (ZERO, False) not in fixed and (ONE, True) not in fixed:
            fixed.discard((ZERO, True))
            terms.append(Term(head, frozenset(fixed), states))
    return terms


def _look_up(bit: Bit, inputs: State, relief: State) -> tuple[int, bool]:
    source = relief if bit.read is Read.RELIEF else inputs
    value = source.get(bit.node, OFF)[bit.threshold - 1]
    return value, bit.read is Read.ABSENT_INPUT
