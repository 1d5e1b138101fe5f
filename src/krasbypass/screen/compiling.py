"""Clauses and what is known of the inputs, compiled to one circuit over all phases.

Whatever the inputs settle is settled here: a circuit for one tumour holds only what its drugs can
change. Strongly connected parts become loops, in the order of networkx' condensation, and each
phase starts from the one before where that lies below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from krasbypass.model import TONE_UNMASKED
from krasbypass.screen.circuit import ONE, ZERO, Builder
from krasbypass.screen.clauses import Bit, Program, Read
from krasbypass.screen.solving import OFF, Pair, State, Term, solve_terms


@dataclass(frozen=True)
class Phases:
    """What each phase gives; `after` is the further pass that tells the course."""

    baseline: State
    acute: State
    adapted: State
    after: State


def compile_phases(
    builder: Builder,
    program: Program,
    baseline_inputs: State,
    treated_inputs: State,
    *,
    masks: Iterable[str] = (),
    relieved: bool = False,
) -> Phases:
    """Add the phases of `program` to `builder`.

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
    relieved
        Release every brake in `adapted`, whatever fell.
    """
    baseline = _solve(builder, program, baseline_inputs, {}, {})
    masked = builder.any(baseline.get(node, OFF)[1] for node in masks)
    tone = builder.invert(masked)
    if tone != ZERO:
        gate = {TONE_UNMASKED: (tone, tone)}
        start = {} if _is_negated(program, TONE_UNMASKED) else baseline
        baseline_inputs = {**baseline_inputs, **gate}
        treated_inputs = {**gate, **treated_inputs}
        baseline = _solve(builder, program, baseline_inputs, {}, start)
    acute = _solve(builder, program, treated_inputs, {}, {})
    relief_nodes = sorted(
        {b.node for c in program.clauses for b in c.body if b.read is Read.RELIEF}
    )
    before = {**baseline_inputs, **baseline}

    def relief_of(phase: State) -> State:
        now = {**treated_inputs, **phase}
        return {
            node: (ONE, ONE) if relieved else _fall(builder, before, now, node)
            for node in relief_nodes
        }

    adapted = _solve(builder, program, treated_inputs, relief_of(acute), acute)
    after = _solve(builder, program, treated_inputs, relief_of(adapted), acute)
    return Phases(before, *({**treated_inputs, **phase} for phase in (acute, adapted, after)))


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
    for clause in program.reachable(inputs):
        fixed, body = set(), set()
        for bit in clause.body:
            if bit.read is Read.STATE:
                body.add((bit.node, bit.threshold))
            else:
                fixed.add(_look_up(bit, inputs, relief))
        fixed.discard((ONE, False))
        if not {(ZERO, False), (ONE, True)} & fixed:
            fixed.discard((ZERO, True))
            terms.append(Term((clause.target, clause.threshold), frozenset(fixed), frozenset(body)))
    return terms


def _look_up(bit: Bit, inputs: State, relief: State) -> tuple[int, bool]:
    source = relief if bit.read is Read.RELIEF else inputs
    value = source.get(bit.node, OFF)[bit.threshold - 1]
    return value, bit.read is Read.ABSENT_INPUT
