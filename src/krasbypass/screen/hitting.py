"""Minimal hitting sets of a family of sets, by Murakami and Uno's depth-first search (MMCS)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import TypeAlias

#: Numbers, ascending.
Combination: TypeAlias = tuple[int, ...]
#: Sets of numbers as bit sets, none of which contains another.
Family: TypeAlias = Sequence[int]


def pack_set(numbers: Iterable[int]) -> int:
    """Return numbers as a bit set.

    >>> bin(pack_set([0, 3]))
    '0b1001'
    """
    result = 0
    for number in numbers:
        result |= 1 << number
    return result


def drop_supersets(family: set[int]) -> Family:
    """Return the members of a family that contain no other.

    >>> drop_supersets({0b011, 0b111, 0b100})
    [4, 3]
    """
    if len(family) < 2:
        return tuple(family)
    kept: list[int] = []
    for members in sorted(family, key=int.bit_count):
        for other in kept:
            if other & members == other:
                break
        else:
            kept.append(members)
    return kept


def find_hitting_sets(family: Family, count: int, size: int) -> Iterator[Combination]:
    """Yield the minimal sets of at most `size` of `count` numbers that meet every member.

    Numbers that meet the same members are searched once and unfolded.

    Examples
    --------
    >>> sorted(map(sorted, find_hitting_sets([0b0011, 0b0110, 0b1010], 4, 3)))
    [[0, 2, 3], [1]]
    """
    met = [0] * count
    for place, members in enumerate(family):
        while members:
            bit = members & -members
            members ^= bit
            met[bit.bit_length() - 1] |= 1 << place
    alike: dict[int, list[int]] = defaultdict(list)
    for number, places in enumerate(met):
        if places:
            alike[places].append(number)
    columns = list(alike)
    rows = [0] * len(family)
    for column, places in enumerate(columns):
        for place in range(len(family)):
            rows[place] |= (places >> place & 1) << column
    numbers = list(alike.values())
    search = _Search(columns, rows, size)
    for chosen in search.extend((), (), (1 << len(rows)) - 1, (1 << len(columns)) - 1):
        yield from product(*[numbers[column] for column in chosen])


class _Search:
    """Minimal sets of columns that meet all rows, each found once.

    A column is taken only while every column of the set is the only one to meet some row.
    """

    def __init__(self, columns: Sequence[int], rows: Sequence[int], size: int) -> None:
        self.columns = columns
        self.rows = rows
        self.size = size

    def extend(
        self, chosen: Combination, own: tuple[int, ...], unmet: int, free: int
    ) -> Iterator[Combination]:
        """Yield the minimal sets above `chosen`; `own` are the rows only one of it meets."""
        if not unmet:
            yield chosen
            return
        if len(chosen) == self.size:
            return
        options = self._narrowest(unmet, free)
        free &= ~options
        while options:
            bit = options & -options
            options ^= bit
            column = bit.bit_length() - 1
            met = self.columns[column]
            left = tuple([rows & ~met for rows in own])
            if all(left):
                yield from self.extend((*chosen, column), (*left, unmet & met), unmet & ~met, free)
            free |= bit

    def _narrowest(self, unmet: int, free: int) -> int:
        """Return the free columns of the unmet row that has fewest."""
        best, fewest = 0, len(self.columns) + 1
        while unmet:
            bit = unmet & -unmet
            unmet ^= bit
            options = self.rows[bit.bit_length() - 1] & free
            if options.bit_count() < fewest:
                best, fewest = options, options.bit_count()
        return best
