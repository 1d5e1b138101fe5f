"""All subset-minimal combinations that reach a goal in one tumour, exact in three phases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from krasbypass.screen.arrays import Plane
from krasbypass.screen.cases import Case, over_mechanisms
from krasbypass.screen.combinations import Block, count_combinations, make_blocks
from krasbypass.screen.engines import choose_engine
from krasbypass.screen.hitting import Combination
from krasbypass.screen.planes import Engine, unpack
from krasbypass.screen.treatments import Treatment


@dataclass(frozen=True)
class MinimalSets:
    """Combinations, as numbers of treatments, by size and then by number.

    `reaching` are minimal among those that reach the goal, `brake_proof` minimal among those that
    reach it with every brake released.
    """

    reaching: tuple[Combination, ...]
    brake_proof: tuple[Combination, ...]


def find_minimal_sets(
    case: Case, treatments: Sequence[Treatment], *, size: int = 4, engine: Engine | None = None
) -> MinimalSets:
    """Return the minimal combinations of up to `size` treatments that reach the case's goal.

    Treatments that the case cannot tell apart are screened once and unfolded. Adding a drug may
    re-open an output, so every combination is looked at.
    """
    groups: dict[Treatment, list[int]] = defaultdict(list)
    for number, treatment in enumerate(treatments):
        groups[case.effect(treatment)].append(number)
    effects = sorted(effect for effect in groups if effect)
    circuit = over_mechanisms(case, effects)
    chosen = engine or choose_engine(circuit.size, count_combinations(len(effects), size))
    found: tuple[list[Combination], list[Combination]] = ([], [])
    for block in make_blocks(len(effects), size):
        reached = chosen(circuit, block.planes, block.words)
        for plane, minimal in zip(reached, found, strict=True):
            minimal += keep_minimal(plane & block.valid, block, minimal)
    members = [groups[effect] for effect in effects]
    return MinimalSets(_unfold(found[0], members), _unfold(found[1], members))


def keep_minimal(reached: Plane, block: Block, smaller: Sequence[Combination]) -> list[Combination]:
    """Return the combinations of a block that reach the goal and contain no smaller one."""
    if not reached.any():
        return []
    by_head: dict[Combination, list[int]] = defaultdict(list)
    for combination in smaller:
        if not combination:
            return []
        if len(combination) < block.size:
            by_head[combination[:-1]].append(combination[-1])
    for head, lasts in by_head.items():
        inside = np.bitwise_or.reduce(block.planes[lasts], axis=0)
        for member in head:
            inside &= block.planes[member]
        reached &= ~inside
    lanes = np.flatnonzero(unpack(reached, block.words * 64))
    return [tuple(row) for row in block.members[lanes].tolist()]


def _unfold(
    combinations: Iterable[Combination], members: Sequence[Sequence[int]]
) -> tuple[Combination, ...]:
    """Return each combination once for every choice of treatments that are alike."""
    result: list[Combination] = []
    for combination in combinations:
        choices: list[Combination] = [()]
        for effect in combination:
            choices = [(*choice, number) for choice in choices for number in members[effect]]
        result += [tuple(sorted(choice)) for choice in choices]
    return tuple(sorted(result, key=lambda c: (len(c), c)))
