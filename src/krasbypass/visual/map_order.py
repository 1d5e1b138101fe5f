"""Places in given rows for the map: few crossings first, then short and straight lines.

Unlike `krasbypass.visual.layout`, which must answer at once, this takes a second or two: the map
is laid out when the graphs are built. It anneals the order of each row (Kirkpatrick et al.,
Science 1983, doi:10.1126/science.220.4598.671) with a seeded generator, so that the same network
always gives the same map.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from random import Random

from krasbypass.visual.layout import pool_rising

GAP, TIGHT_GAP, WAYPOINT_GAP, WAYPOINT = 16.0, 10.0, 7.0, 2.0
MOVES, WARM, COLD = 16_000, 8.0, 0.05
#: What a crossing costs, in units of length; edges that lie in a row pass under what is between.
CROSSING, PASSING = 1.0, 7.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A thing to place in a row, with its width; lines may run under one that is not `solid`."""

    id: str
    row: int
    width: float
    solid: bool = True


@dataclass(frozen=True, slots=True)
class Tie:
    """An edge that pulls, by its weight; `bends` says that it keeps clear of what it passes."""

    source: str
    target: str
    weight: float = 1.0
    bends: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """Middles of all pieces, and the waypoints of each edge from source to target."""

    x: Mapping[str, float]
    waypoints: Mapping[tuple[str, str], tuple[str, ...]]
    row: Mapping[str, int]


def find_orders(
    pieces: Iterable[Piece], ties: Iterable[Tie], *, moves: int = MOVES, tries: int = 1
) -> list[Order]:
    """Place pieces in their rows; return the orders of some tries, the best first.

    >>> pieces = [Piece(n, row, 40) for n, row in (("a", 0), ("b", 0), ("c", 1), ("d", 1))]
    >>> (order,) = find_orders(pieces, [Tie("a", "d"), Tie("b", "c")], moves=200)
    >>> (order.x["a"] < order.x["b"]) == (order.x["d"] < order.x["c"])
    True
    """
    pieces, ties = tuple(pieces), tuple(ties)
    found: list[tuple[float, int, Order]] = []
    for seed in range(tries):
        rows = _Rows(pieces, ties)
        rows.anneal(moves, Random(seed))
        rows.x = rows.spread()
        cost = sum(rows.cost(at) for at in range(len(rows.rows)))
        found.append((cost, seed, Order(rows.x, rows.chains, rows.row)))
    return [order for _, _, order in sorted(found, key=lambda f: f[:2])]


class _Rows:
    def __init__(self, pieces: Iterable[Piece], ties: Iterable[Tie]) -> None:
        pieces = sorted(pieces, key=lambda p: (p.row, p.id))
        self.row = {p.id: p.row for p in pieces}
        self.width = {p.id: p.width for p in pieces}
        self.real = set(self.row)
        self.solid = {p.id for p in pieces if p.solid}
        self.chains: dict[tuple[str, str], tuple[str, ...]] = {}
        #: Neighbours in other rows and in the same row, with weights.
        self.near: dict[str, list[tuple[str, float]]] = defaultdict(list)
        self.beside: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for tie in sorted(ties, key=lambda t: (t.source, t.target)):
            self.add(tie)
        count = max(self.row.values(), default=-1) + 1
        self.rows: list[list[str]] = [[] for _ in range(count)]
        for name in sorted(self.row):
            self.rows[self.row[name]].append(name)
        self.x: dict[str, float] = {}
        for names in self.rows:
            self.pack(names)

    def add(self, tie: Tie) -> None:
        one, other = tie.source, tie.target
        top, end = self.row[one], self.row[other]
        if top == end:
            self.beside[one].append((other, tie.weight))
            self.beside[other].append((one, tie.weight))
            self.chains[one, other] = ()
            return
        step = 1 if end > top else -1
        passed = range(top + step, end, step) if tie.bends else ()
        chain = [f"{one}>{other}@{r}" for r in passed]
        for name, at in zip(chain, passed, strict=True):
            self.row[name], self.width[name] = at, 2 * WAYPOINT
        self.chains[one, other] = tuple(chain)
        for a, b in pairwise([one, *chain, other]):
            if abs(self.row[a] - self.row[b]) == 1:
                self.near[a].append((b, tie.weight))
                self.near[b].append((a, tie.weight))

    def gap(self, one: str, other: str) -> float:
        if one not in self.real or other not in self.real:
            return WAYPOINT_GAP
        return GAP if one in self.solid or other in self.solid else TIGHT_GAP

    def offsets(self, names: list[str]) -> list[float]:
        """Return the middles of a packed row, the first at 0."""
        offsets = [0.0]
        for one, other in pairwise(names):
            half = (self.width[one] + self.width[other]) / 2
            offsets.append(offsets[-1] + half + self.gap(one, other))
        return offsets

    def full_width(self, names: list[str]) -> float:
        """Return how much room a packed row takes."""
        if not names:
            return 0.0
        return self.offsets(names)[-1] + (self.width[names[0]] + self.width[names[-1]]) / 2

    def pack(self, names: list[str]) -> None:
        offsets = self.offsets(names) if names else []
        middle = offsets[-1] / 2 if offsets else 0.0
        self.x.update({n: at - middle for n, at in zip(names, offsets, strict=True)})

    # -- order ----------------------------------------------------------------------------------

    def anneal(self, moves: int, random: Random) -> None:
        """Move names within their rows, at first also for the worse, then only for the better."""
        movable = [r for r, names in enumerate(self.rows) if len(names) > 1]
        if not movable:
            return
        for number in range(moves):
            heat = WARM * (COLD / WARM) ** (number / moves)
            at = random.choice(movable)
            names = self.rows[at]
            before = list(names)
            cost = self.cost(at)
            i, j = random.sample(range(len(names)), 2)
            if random.random() < 0.5:
                names[i], names[j] = names[j], names[i]
            else:
                names.insert(j, names.pop(i))
            self.pack(names)
            change = self.cost(at) - cost
            if change > 0 and random.random() >= exp(-change / heat):
                names[:] = before
                self.pack(names)

    def cost(self, at: int) -> float:
        """Return what the edges at a row cost: crossings, and lengths."""
        total = 0.0
        x = self.x
        for side in (-1, 1):
            ends = sorted(
                (x[n], x[m], w)
                for n in self.rows[at] for m, w in self.near[n] if self.row[m] == at + side
            )  # fmt: skip
            for i, (a, b, w) in enumerate(ends):
                total += w * abs(a - b) / 90
                for c, d, v in ends[:i]:
                    if d > b and c < a:
                        total += CROSSING * w * v
        place = {n: i for i, n in enumerate(self.rows[at])}
        for name in self.rows[at]:
            for other, w in self.beside[name]:
                total += PASSING * w * (abs(place[name] - place[other]) - 1) / 2
        return total

    # -- places -----------------------------------------------------------------------------------

    def spread(self) -> dict[str, float]:
        """Pull each name to the middle of its neighbours, keeping the order and the gaps."""
        x = dict(self.x)
        widest = max(map(self.full_width, self.rows), default=0.0) / 2
        offsets = [self.offsets(names) if names else [] for names in self.rows]
        for sweep in range(200):
            order = range(len(self.rows)) if sweep % 2 == 0 else reversed(range(len(self.rows)))
            for at in order:
                names, shifts = self.rows[at], offsets[at]
                wished = []
                for name, shift in zip(names, shifts, strict=True):
                    pulls = [
                        (x[m], w * (5.0 if m not in self.real and name not in self.real else 1.0))
                        for m, w in self.near[name]
                    ]
                    weight = sum(w for _, w in pulls)
                    middle = sum(a * w for a, w in pulls) / weight if weight else x[name]
                    wished.append(0.7 * middle + 0.28 * x[name] - shift)
                if not names:
                    continue
                low = self.width[names[0]] / 2 - widest
                high = widest - self.width[names[-1]] / 2 - shifts[-1]
                for name, shift, value in zip(names, shifts, pool_rising(wished), strict=True):
                    x[name] = min(max(value, low), high) + shift
        return {name: round(at, 1) for name, at in x.items()}
