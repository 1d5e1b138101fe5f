"""What to add to a combination: all subset-minimal sets of further drugs that reach a goal.

A tumour of several clones, or with several readings, is a list of parts; the goal must be reached
in each. What is given already stands fixed beside the treatments that may be added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from krasbypass.model import SPARE
from krasbypass.screen.arrays import Plane, allocate_planes
from krasbypass.screen.cases import Case, add_case
from krasbypass.screen.circuit import ONE, Builder, Circuit
from krasbypass.screen.combinations import count_combinations, make_blocks
from krasbypass.screen.engines import choose_engine
from krasbypass.screen.hitting import Combination
from krasbypass.screen.minimal import keep_minimal
from krasbypass.screen.planes import Engine, pack, unpack
from krasbypass.screen.treatments import Treatment

#: Further treatments with which a superset may re-open a goal that was reached.
REOPENING = 2


@dataclass(frozen=True)
class Part:
    """One tumour cell population: its case, what each addition sets there, and what is given."""

    case: Case = field(repr=False)
    treatments: tuple[Treatment, ...] = field(repr=False)
    given: Treatment = ()

    def effects(self) -> tuple[Treatment, ...]:
        """Return what each addition changes beyond what is given, as far as the case notices."""
        known: dict[Treatment, Treatment] = {}
        for treatment in self.treatments:
            if treatment not in known:
                known[treatment] = self._beyond(self.case.effect(treatment))
        return tuple(known[treatment] for treatment in self.treatments)

    def _beyond(self, treatment: Treatment) -> Treatment:
        fixed = dict(self.given)
        return tuple(
            (node, level)
            for node, level in treatment
            if node not in fixed
            or (level < fixed[node] if node.startswith(SPARE) else level > fixed[node])
        )


@dataclass(frozen=True)
class Additions:
    """Minimal combinations of groups of like additions, by size and then by number.

    `groups` are the numbers of additions that no part can tell apart. `reopened` gives for a
    combination the fewest further groups that re-open the goal; those missing have none of up to
    `REOPENING`.
    """

    groups: tuple[tuple[int, ...], ...]
    minimal: tuple[Combination, ...]
    brake_proof: frozenset[Combination]
    reopened: Mapping[Combination, Combination] = field(hash=False, repr=False)


def join_parts(parts: Iterable[Part], effects: Sequence[tuple[Treatment, ...]]) -> Circuit:
    """Return the circuit over additions: goal reached in all parts, and with brakes released.

    `effects` has a row for each addition with what it sets in each part.
    """
    builder = Builder(len(effects))
    reached, released = [], []
    for place, part in enumerate(parts):
        taken = [(builder.input(i), row[place]) for i, row in enumerate(effects) if row[place]]
        ends = add_case(builder, part.case, [(ONE, part.given), *taken])
        reached.append(ends[0])
        released.append(ends[1])
    return builder.finish([builder.all(reached), builder.all(released)])


def find_additions(
    parts: Sequence[Part], *, size: int = 3, engine: Engine | None = None, reopening: bool = True
) -> Additions:
    """Return all minimal combinations of up to `size` additions that reach the goal in all parts.

    Adding a drug may re-open an output, so every combination is looked at.
    """
    distinct = list(dict.fromkeys(parts))
    by_effect: dict[tuple[Treatment, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(zip(*(part.effects() for part in distinct), strict=True)):
        by_effect[row].append(number)
    effects = sorted(row for row in by_effect if any(row))
    circuit = join_parts(distinct, effects)
    chosen = engine or choose_engine(circuit.size, count_combinations(len(effects), size))
    minimal: list[Combination] = []
    proof: set[Combination] = set()
    for block in make_blocks(len(effects), size):
        reached, released = chosen(circuit, block.planes, block.words)
        found = keep_minimal(reached & block.valid, block, minimal)
        if found:
            numbered = {tuple(m): lane for lane, m in enumerate(block.members.tolist())}
            bits = unpack(released, block.words * 64)
            proof.update(c for c in found if bits[numbered[c]])
            minimal += found
    reopened = _find_reopening(circuit, len(effects), minimal, chosen) if reopening else {}
    groups = tuple(tuple(by_effect[row]) for row in effects)
    return Additions(groups, tuple(minimal), frozenset(proof), reopened)


def reach_goal(
    circuit: Circuit, number: int, chosen: Sequence[Combination], engine: Engine
) -> list[bool]:
    """Return for each combination of `number` additions whether the first output holds."""
    planes = pack_members(number, chosen)
    found = engine(circuit, planes, planes.shape[1])[0]
    return [bool(bit) for bit in unpack(found, len(chosen))]


def pack_members(number: int, chosen: Sequence[Combination]) -> Plane:
    """Return the membership planes of combinations, a row for each of `number` additions."""
    words = max(1, -(-len(chosen) // 64))
    planes = allocate_planes(number, words)
    planes.fill(0)
    marks = np.zeros((number, len(chosen)), np.bool_)
    for lane, combination in enumerate(chosen):
        marks[list(combination), lane] = True
    for row in range(number):
        packed = pack(marks[row])
        planes[row, : len(packed)] = packed
    return planes


def _find_reopening(
    circuit: Circuit, number: int, minimal: Iterable[Combination], engine: Engine
) -> dict[Combination, Combination]:
    """Return for each combination the first of the smallest supersets that miss the goal."""
    found: dict[Combination, Combination] = {}
    further = [c for k in range(1, REOPENING + 1) for c in combinations(range(number), k)]
    for combination in minimal:
        held = set(combination)
        options = [c for c in further if held.isdisjoint(c)]
        kept = reach_goal(circuit, number, [(*combination, *c) for c in options], engine)
        if not all(kept):
            found[combination] = options[kept.index(False)]
    return found
