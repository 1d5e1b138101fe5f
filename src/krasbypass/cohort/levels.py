"""Levels of all genotypes under all regimens: the distinct rows once, and which one is where."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from krasbypass.answers import OutputLevels
from krasbypass.cohort.blocks import Block, Store, unpack_codes
from krasbypass.cohort.circuit import Codes, decode, is_held, level_of
from krasbypass.model import Phase
from krasbypass.screen import Goal

#: Bytes above which the numbers of rows lie in a file instead of in memory.
_IN_MEMORY = 1 << 26


@dataclass(frozen=True)
class LevelTable:
    """`patterns` are the distinct rows of codes; `which` numbers them, genotypes × regimens."""

    outputs: tuple[str, ...]
    patterns: Codes = field(repr=False, hash=False, compare=False)
    which: npt.NDArray[np.uint32] = field(repr=False, hash=False, compare=False)

    def read(self, genotype: int, regimen: int) -> dict[str, OutputLevels]:
        """Return the levels of all outputs of one genotype under one regimen."""
        row = self.patterns[self.which[genotype, regimen]]
        return {o: decode(int(code)) for o, code in zip(self.outputs, row, strict=True)}

    def adapted(self) -> npt.NDArray[np.uint8]:
        """Return the adapted levels of the patterns × outputs."""
        return level_of(self.patterns, Phase.ADAPTED)


def collect_levels(
    blocks: Sequence[Block], store: Store, outputs: Sequence[str], regimens: int
) -> LevelTable:
    """Return the results of all blocks, in order, as one table."""
    total = sum(len(block.genotypes) for block in blocks)
    which = _allocate(total, regimens)
    known: dict[bytes, int] = {}
    start = 0
    for block in blocks:
        data = store.find(block.key)
        assert data is not None, "every block was answered before"
        patterns, found = unpack_codes(data)
        numbers = [known.setdefault(p.tobytes(), len(known)) for p in patterns]
        which[start : start + len(found)] = np.array(numbers, np.uint32)[found]
        start += len(found)
    joined = np.frombuffer(b"".join(known), np.uint8).reshape(len(known), len(outputs))
    return LevelTable(tuple(outputs), joined, which)


def _allocate(rows: int, columns: int) -> npt.NDArray[np.uint32]:
    if rows * columns * 4 <= _IN_MEMORY:
        return np.zeros((rows, columns), np.uint32)
    with tempfile.TemporaryFile() as file:  # the mapping keeps what is in it
        return np.memmap(file, np.uint32, "w+", shape=(rows, columns))


@dataclass(frozen=True)
class GoalTable:
    """For each pattern: which outputs of the goal it misses, as bits, and its worst level there.

    `driven` says whether the goal is missed without any drug: where it is not, nothing that is
    recorded of the tumour drives it, and there is nothing for a regimen to close.
    """

    missed: npt.NDArray[np.uint32]
    worst: npt.NDArray[np.uint8]
    driven: npt.NDArray[np.bool_]

    @cached_property
    def served(self) -> npt.NDArray[np.bool_]:
        """Whether the goal is reached in a pattern and would not be without drugs."""
        return np.equal(self.missed, 0) & self.driven


def judge_patterns(table: LevelTable, goal: Goal, *, with_held: bool) -> GoalTable:
    """Say which patterns reach the goal.

    Parameters
    ----------
    table
        The levels.
    goal
        What each patient is to reach.
    with_held
        Whether outputs count too that a lesion or context of the genotype holds at full.
    """
    adapted = table.adapted()
    named = np.array([output in goal.outputs for output in table.outputs])
    counts: npt.NDArray[np.bool_] = np.broadcast_to(named, adapted.shape)
    if with_held:
        counts = np.logical_or(counts, is_held(table.patterns))
    open_ = np.logical_and(counts, adapted >= goal.threshold)
    bits = (open_ * (1 << np.arange(adapted.shape[1], dtype=np.uint32))).sum(axis=1)
    worst = np.where(counts, adapted, 0).max(axis=1, initial=0)
    baseline = level_of(table.patterns, Phase.BASELINE)
    driven = np.greater(np.logical_and(counts, baseline >= goal.threshold).sum(axis=1), 0)
    return GoalTable(bits.astype(np.uint32), worst.astype(np.uint8), driven)
