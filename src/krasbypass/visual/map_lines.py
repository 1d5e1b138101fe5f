"""Ways of the map's lines between its boxes: through the gaps of each row, as straight as they may.

The order of a row gives each line a place to pass; here, where all boxes stand, the line gets the
shortest way through gaps near it (dynamic programming row by row), and loses every bend without
which it is still clear of all boxes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]

#: How far from a box a line passes, and how far from another that goes elsewhere.
CLEAR, APART, STEP = 5.0, 7.0, 8.0
#: What it costs, in units of length, to leave the place given, to crowd, to pass chips, to bend.
STRAYING, CROWDING, SQUEEZING, BEND = 0.2, 30.0, 45.0, 20.0
#: From how wide a gap on lines fit between things, and how many samples a curve is tried at.
NARROW, SAMPLES = 2 * CLEAR, 12
SWEEPS = 3
#: How flat a run may become before more makes no odds, and what it costs to run over blocks.
STEEP, STRIKE, SELDOM = 8.0, 1e4, 80.0


@dataclass(frozen=True, slots=True)
class Block:
    """What lines keep clear of: its middle and size, its row, what it belongs to."""

    owner: str
    row: int
    x: float
    y: float
    width: float
    height: float
    chip: bool = False
    price: float = STRIKE

    def is_struck(self, points: Iterable[Point], clear: float = CLEAR) -> bool:
        """Whether one of some points lies on it, or so near that it seems to."""
        room = 1.0 if self.chip else clear
        across, along = self.width / 2 + room, self.height / 2
        return any(abs(x - self.x) < across and abs(y - self.y) < along for x, y in points)


@dataclass(frozen=True, slots=True)
class Line:
    """A line to lay: its ends, from where and to where it may start and end, its places by row."""

    source: str
    target: str
    starts: Sequence[Point]
    ends: Sequence[Point]
    rows: tuple[int, int]
    hints: Mapping[int, float] = field(default_factory=dict)

    def is_apart(self, other: Line) -> bool:
        """Whether another line shares neither end, so that the two must not seem one."""
        return self.source != other.source and self.target != other.target


@dataclass(frozen=True, slots=True)
class Ways:
    """Rows with their upper and lower edges, and what stands in them."""

    edges: Mapping[int, tuple[float, float]]
    width: float
    blocks: Sequence[Block]

    def lay(self, lines: Iterable[Line]) -> dict[tuple[str, str], list[Point]]:
        """Return the points that each line passes; those that come first choose first.

        >>> box = Block("b", 1, 50, 50, 60, 20)
        >>> ways = Ways({0: (0, 20), 1: (40, 60), 2: (80, 100)}, 100, [box])
        >>> ways.lay([Line("a", "c", [(50, 20)], [(50, 80)], (0, 2))])["a", "c"]
        [(12.5, 40), (12.5, 60)]
        """
        gaps = {row: list(self.find_gaps(row)) for row in self.edges}
        taken: dict[int, list[tuple[float, Line]]] = defaultdict(list)
        found = {}
        for line in lines:
            places = self.choose(line, gaps, taken)
            for row, x in places.items():
                taken[row].append((x, line))
            found[line.source, line.target] = self.straighten(line, places, gaps, taken)
        return found

    def find_gaps(self, row: int) -> Iterator[tuple[float, float]]:
        """Return places in a row that no block takes, and what it costs to pass there."""
        here = sorted((b.x - b.width / 2, b.x + b.width / 2, b.chip) for b in self.blocks
                      if b.row == row)  # fmt: skip
        left, chip = CLEAR, False
        for low, high, is_chip in [*here, (self.width - CLEAR, self.width, False)]:
            if low - left >= NARROW:
                steps = int((low - left - NARROW) / STEP)
                shift = ((low - left - NARROW) - steps * STEP) / 2
                for i in range(steps + 1):
                    yield round(left + CLEAR + shift + i * STEP, 1), 0.0
            elif low - left >= 2 and chip and is_chip:
                yield round((low + left) / 2, 1), SQUEEZING
            if high > left:
                left, chip = high, is_chip

    def choose(
        self,
        line: Line,
        gaps: Mapping[int, Sequence[tuple[float, float]]],
        taken: Mapping[int, Sequence[tuple[float, Line]]],
    ) -> dict[int, float]:
        """Return where a line passes each row between its ends, at the least cost."""
        first, last = line.rows
        step = 1 if last > first else -1
        ways: list[tuple[float, list[float]]] = [(0.0, [_mean(line.starts)])]
        passed = range(first + step, last, step) if first != last else ()
        for row in passed:
            near = line.hints.get(row)
            crowd = [x for x, other in taken[row] if line.is_apart(other)]
            reached = []
            for x, price in gaps[row]:
                price += CROWDING * sum(abs(x - at) < APART for at in crowd)
                price += STRAYING * abs(x - near) if near is not None else 0.0
                cost, way = min((c + _shift(w[-1], x), w) for c, w in ways)
                reached.append((cost + price, [*way, x]))
            ways = reached or ways
        aim = _mean(line.ends)
        _, way = min((c + _shift(w[-1], aim), w) for c, w in ways)
        return dict(zip(passed, way[1:], strict=False))

    def straighten(
        self,
        line: Line,
        places: Mapping[int, float],
        gaps: Mapping[int, Sequence[tuple[float, float]]],
        taken: Mapping[int, Sequence[tuple[float, Line]]],
    ) -> list[Point]:
        """Return the points of a way with no bend that can be left out, and none that is steep."""
        down = line.rows[1] >= line.rows[0]
        low, high = sorted(line.rows)
        ends = (line.source, line.target)
        blocks = [b for b in self.blocks if low <= b.row <= high and b.owner not in ends]
        strikes = Strikes(line, blocks)
        if not places or not strikes.price([]):
            return []

        def bend(row: int, x: float) -> tuple[list[Point], list[Point]]:
            top, bottom = self.edges[row] if down else self.edges[row][::-1]
            return [(x, (top + bottom) / 2)], [(x, top), (x, bottom)]

        bends = [bend(row, x)[1] for row, x in places.items()]
        cost = find_steepness(line, bends) + strikes.price(bends)
        for sweep in range(SWEEPS):
            before = cost
            for at, row in enumerate(places):
                crowd = [x for x, other in taken[row] if line.is_apart(other)]
                near = line.hints.get(row, places[row])
                for x, price in [(near, -1.0), *gaps[row]]:
                    price += CROWDING * sum(abs(x - other) < APART for other in crowd)
                    for fresh in [[]] if price < 0 else bend(row, x):
                        tried = [*bends[:at], fresh, *bends[at + 1 :]]
                        new = find_steepness(line, tried) + (max(price, 0.0) if fresh else 0.0)
                        if new < cost - 1:
                            new += strikes.price(tried)
                        if new < cost - 1:
                            bends, cost = tried, new
            if cost > before - 1 and sweep:
                break
        return [point for bend in bends for point in bend]


def find_steepness(line: Line, bends: Sequence[Sequence[Point]]) -> float:
    """Return how far a line runs aside, all the more where it does so in little height."""
    points = [(_mean(line.starts), line.starts[0][1]), *(p for bend in bends for p in bend),
              (_mean(line.ends), line.ends[0][1])]  # fmt: skip
    total = BEND * (len(points) - 2)
    for (x0, y0), (x1, y1) in pairwise(points):
        aside = abs(x1 - x0)
        total += aside * (1 + min(aside / (abs(y1 - y0) + 5), STEEP))
    return total


@dataclass(frozen=True, slots=True)
class Strikes:
    """What it costs a line to run over blocks, wherever it starts and ends."""

    line: Line
    blocks: Sequence[Block]
    known: dict[tuple[Point, Point], float] = field(default_factory=dict)

    def price(self, bends: Sequence[Sequence[Point]]) -> float:
        """Return the cost of the line with some bends."""
        inner = [point for bend in bends for point in bend]
        if not inner:
            return sum(self.price_step(s, e) for s in self.line.starts for e in self.line.ends)
        outer = [(start, inner[0]) for start in self.line.starts]
        outer += [(inner[-1], end) for end in self.line.ends]
        return sum(self.price_step(a, b) for a, b in (*outer, *pairwise(inner)))

    def price_step(self, start: Point, end: Point) -> float:
        """Return the cost of one curve."""
        if (start, end) not in self.known:
            points = list(trace([start, end]))
            top, bottom = sorted((start[1], end[1]))
            left, right = sorted((start[0], end[0]))
            self.known[start, end] = sum(
                block.price
                for block in self.blocks
                if abs(2 * block.y - top - bottom) < block.height + bottom - top + 4
                and abs(2 * block.x - left - right) < block.width + right - left + 2 * CLEAR
                and block.is_struck(points)
            )
        return self.known[start, end]


def trace(points: Sequence[Point]) -> Iterator[Point]:
    """Return points on the curve that the explorer draws: upright at each of those given.

    >>> [(round(x), round(y)) for x, y in trace([(0, 0), (10, 20)])][::6]
    [(0, 0), (5, 10), (10, 20)]
    """
    for (x0, y0), (x1, y1) in pairwise(points):
        for i in range(SAMPLES + 1):
            t = i / SAMPLES
            share = t * t * (3 - 2 * t)
            rise = t**3 + 1.5 * t * (1 - t)
            yield x0 + (x1 - x0) * share, y0 + (y1 - y0) * rise


def _mean(points: Sequence[Point]) -> float:
    return sum(x for x, _ in points) / len(points)


def _shift(one: float, other: float) -> float:
    """Return the cost of a step aside: one long step costs more than two short ones."""
    aside = abs(one - other)
    return aside + aside * aside / 120
