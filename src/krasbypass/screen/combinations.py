"""All combinations of mechanisms as planes: one bit a combination, one plane a mechanism.

Combinations of one size come in colexicographic order (by their highest member first), so that
those over the first mechanisms stand in front. They are made block by block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import comb

import numpy as np
import numpy.typing as npt

from krasbypass.screen.arrays import LINE, Plane, allocate_planes
from krasbypass.screen.planes import BLOCK, pack

#: Mechanisms up to which all blocks are kept for the next tumour: a few megabytes each.
_KEPT = 50
#: Members of combinations, a row each, ascending.
Members = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Block:
    """Some combinations of one size.

    `members` has a row for each bit of the planes; `valid` marks the bits that count, `planes`
    (one a mechanism) the combinations that have the mechanism.
    """

    size: int
    members: Members = field(repr=False)
    planes: npt.NDArray[np.uint64] = field(repr=False)
    valid: Plane = field(repr=False)

    @property
    def words(self) -> int:
        """Length of the planes."""
        return len(self.valid)


def count_combinations(mechanisms: int, size: int) -> int:
    """Return the number of combinations of up to `size` mechanisms, none included.

    >>> count_combinations(5, 2)
    16
    """
    return sum(comb(mechanisms, k) for k in range(size + 1))


def make_blocks(mechanisms: int, size: int, *, block: int = BLOCK) -> Iterator[Block]:
    """Yield all combinations of up to `size` of at most 255 mechanisms, smaller ones first.

    Examples
    --------
    >>> for found in make_blocks(3, 2):
    ...     print(found.size, found.members[: comb(3, found.size)].tolist())
    0 [[]]
    1 [[0], [1], [2]]
    2 [[0, 1], [0, 2], [1, 2]]
    """
    if block == BLOCK and mechanisms <= _KEPT:
        yield from _all_blocks(mechanisms, size)
    else:
        yield from _iter_blocks(mechanisms, size, block)


@lru_cache(maxsize=8)
def _all_blocks(mechanisms: int, size: int) -> tuple[Block, ...]:
    return tuple(_iter_blocks(mechanisms, size, BLOCK))


def _iter_blocks(mechanisms: int, size: int, block: int) -> Iterator[Block]:
    for count in range(min(size, mechanisms) + 1):
        if count <= 2:
            yield _small_block(mechanisms, count)
        else:
            yield from _grown_blocks(mechanisms, count, max(1, block // 64))


def _whole_lines(words: int) -> int:
    return -(-words // LINE) * LINE


@lru_cache(maxsize=16)
def _small_block(mechanisms: int, size: int) -> Block:
    numbers = range(mechanisms)
    rows: list[tuple[int, ...]] = [()]
    if size == 1:
        rows = [(a,) for a in numbers]
    elif size == 2:
        rows = [(a, b) for b in numbers for a in range(b)]
    members = np.array(rows, np.uint8).reshape(len(rows), size)
    marks = pack(np.ones(len(rows), np.bool_))
    words = _whole_lines(len(marks))
    padded = np.zeros((words * 64, size), np.uint8)
    padded[: len(rows)] = members
    valid = np.zeros(words, np.uint64)
    valid[: len(marks)] = marks
    planes = allocate_planes(mechanisms, words)
    planes.fill(0)
    for number in numbers:
        planes[number, : len(marks)] = pack((members == number).any(axis=1))
    return Block(size, padded, planes, valid)


def _grown_blocks(mechanisms: int, size: int, width: int) -> Iterator[Block]:
    """Yield combinations whose highest member goes up, each over the block of one size less."""
    inner = _whole(mechanisms, size - 1)
    groups: list[tuple[int, int, int, int]] = []
    waiting = 0
    for highest in range(size - 1, mechanisms):
        lanes, stop = _prefix(highest, size - 1)
        for start in range(0, stop, width):
            end = min(start + width, stop)
            if waiting + end - start > width:
                yield _join(inner, groups, size)
                groups, waiting = [], 0
            groups.append((highest, start, end, lanes))
            waiting += end - start
    if groups:
        yield _join(inner, groups, size)


@lru_cache(maxsize=4)
def _whole(mechanisms: int, size: int) -> Block:
    if size <= 2:
        return _small_block(mechanisms, size)
    return next(_grown_blocks(mechanisms, size, 1 << 40))


@lru_cache(maxsize=4096)
def _prefix(mechanisms: int, size: int) -> tuple[int, int]:
    """Return bits and words of the combinations of the first `mechanisms` in a whole block."""
    if size <= 2:
        bits = comb(mechanisms, size)
        return bits, -(-bits // 64)
    words = sum(_prefix(highest, size - 1)[1] for highest in range(size - 1, mechanisms))
    return words * 64, words


def _join(inner: Block, groups: list[tuple[int, int, int, int]], size: int) -> Block:
    words = _whole_lines(sum(end - start for _, start, end, _ in groups))
    members = np.zeros((words * 64, size), np.uint8)
    planes = allocate_planes(len(inner.planes), words)
    planes.fill(0)
    valid = np.zeros(words, np.uint64)
    at = 0
    for highest, start, end, lanes in groups:
        to = at + end - start
        members[at * 64 : to * 64, :-1] = inner.members[start * 64 : end * 64]
        members[at * 64 : to * 64, -1] = highest
        planes[:, at:to] = inner.planes[:, start:end]
        planes[highest, at:to] = ~np.uint64(0)
        valid[at:to] = inner.valid[start:end]
        if lanes < end * 64:
            valid[to - 1] &= np.uint64((1 << (lanes % 64)) - 1)
        at = to
    return Block(size, members, planes, valid)
