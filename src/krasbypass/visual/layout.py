"""Places for a layered picture: few crossings, no overlaps, the same each time.

Edges that pass layers get a waypoint in each, so that they run between nodes and not under them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

GAP, CLEAR, SWEEPS = 18.0, 8.0, 16


@dataclass(frozen=True, slots=True)
class Box:
    """A thing to place: how far it reaches to the left and right of its middle."""

    id: str
    layer: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Middles of all boxes and the waypoints of each edge, from source to target."""

    x: Mapping[str, float]
    row: Mapping[str, int]
    waypoints: Mapping[tuple[str, str], tuple[str, ...]]


def place_boxes(boxes: Iterable[Box], edges: Iterable[tuple[str, str]]) -> Layout:
    """Place boxes in rows by layer.

    >>> boxes = [Box(n, layer, 30, 30) for n, layer in (("a", 0), ("b", 1), ("c", 5))]
    >>> layout = place_boxes(boxes, [("a", "b"), ("b", "c"), ("a", "c")])
    >>> [layout.row[n] for n in "abc"], layout.waypoints["a", "c"]
    ([0, 1, 2], ('a>c@1',))
    """
    reach = {box.id: (box.left, box.right) for box in boxes}
    heights = sorted({box.layer for box in boxes})
    row = {box.id: heights.index(box.layer) for box in boxes}
    near: dict[str, list[str]] = defaultdict(list)
    waypoints = {}
    for source, target in sorted(set(edges)):
        step = 1 if row[target] > row[source] else -1
        passed = range(row[source] + step, row[target], step) if row[source] != row[target] else ()
        chain = [f"{source}>{target}@{r}" for r in passed]
        for name, at in zip(chain, passed, strict=True):
            row[name], reach[name] = at, (4.0, 4.0)
        waypoints[source, target] = tuple(chain)
        whole = [source, *chain, target]
        for one, other in pairwise(whole):
            near[one].append(other)
            near[other].append(one)
    rows = _order_rows(row, near)
    x = _spread(rows, near, reach)
    taken = [[(x[n] - reach[n][0], x[n] + reach[n][1]) for n in r if ">" not in n] for r in rows]
    kept = {
        edge: tuple(find_bends([edge[0], *points, edge[1]], x, row, taken)[1:-1])
        for edge, points in waypoints.items()
    }
    return Layout(x, row, kept)


def find_bends(
    chain: list[str],
    x: Mapping[str, float],
    row: Mapping[str, int],
    taken: list[list[tuple[float, float]]],
) -> list[str]:
    """Leave out waypoints without which the curve still runs clear of all boxes."""
    first, last = chain[0], chain[-1]
    worst, depth = "", 0.0
    for point in chain[1:-1]:
        for shift in (-0.3, 0.0, 0.3):
            share = (row[point] + shift - row[first]) / (row[last] - row[first])
            at = x[first] + (x[last] - x[first]) * share * share * (3 - 2 * share)
            for left, right in taken[row[point]]:
                inside = min(at - left, right - at) + CLEAR
                if inside > depth:
                    worst, depth = point, inside
    if not worst:
        return [first, last]
    at = chain.index(worst)
    return find_bends(chain[: at + 1], x, row, taken)[:-1] + find_bends(chain[at:], x, row, taken)


def _order_rows(row: Mapping[str, int], near: Mapping[str, list[str]]) -> list[list[str]]:
    """Sort each row by the mean place of its neighbours, there and back, and keep the best."""
    rows: list[list[str]] = [[] for _ in range(max(row.values(), default=-1) + 1)]
    for name in sorted(row):
        rows[row[name]].append(name)
    best, fewest = rows, _count_crossings(rows, near, row)
    for sweep in range(SWEEPS):
        rows = [list(names) for names in rows]
        order = range(len(rows)) if sweep % 2 == 0 else range(len(rows) - 1, -1, -1)
        share = {n: (i + 0.5) / len(names) for names in rows for i, n in enumerate(names)}
        for at in order:
            side = -1 if sweep % 2 == 0 else 1
            means = {}
            for name in rows[at]:
                seen = [share[n] for n in near[name] if row[n] in (at + side, at)]
                means[name] = sum(seen) / len(seen) if seen else share[name]
            rows[at].sort(key=lambda n: (means[n], share[n], n))
            share.update({n: (i + 0.5) / len(rows[at]) for i, n in enumerate(rows[at])})
        crossings = _count_crossings(rows, near, row)
        if crossings < fewest:
            best, fewest = rows, crossings
    return _swap_neighbours(best, near, row)


def _swap_neighbours(
    rows: list[list[str]], near: Mapping[str, list[str]], row: Mapping[str, int]
) -> list[list[str]]:
    """Exchange names side by side as long as that takes crossings away."""
    rows = [list(names) for names in rows]
    fewest, before = _count_crossings(rows, near, row), -1
    while fewest != before:
        before = fewest
        for names in rows:
            for span in (1, 2):
                for i in range(len(names) - span):
                    names[i], names[i + span] = names[i + span], names[i]
                    crossings = _count_crossings(rows, near, row)
                    if crossings < fewest:
                        fewest = crossings
                    else:
                        names[i], names[i + span] = names[i + span], names[i]
    return rows


def _count_crossings(
    rows: list[list[str]], near: Mapping[str, list[str]], row: Mapping[str, int]
) -> int:
    place = {name: i for names in rows for i, name in enumerate(names)}
    total = 0
    for at, names in enumerate(rows):
        ends = sorted((place[n], place[m]) for n in names for m in near[n] if row[m] == at + 1)
        total += sum(b > d for i, (_, d) in enumerate(ends) for _, b in ends[:i])
        # An edge within a row passes under what stands between its ends.
        beside = ((n, m) for n in names for m in near[n] if row[m] == at)
        total += sum(2 * (abs(place[n] - place[m]) - 1) for n, m in beside)
    return total


def _spread(
    rows: list[list[str]],
    near: Mapping[str, list[str]],
    reach: Mapping[str, tuple[float, float]],
) -> dict[str, float]:
    """Pull each name to the middle of its neighbours, keeping the order and the gaps."""
    x: dict[str, float] = {}
    offsets = []
    for names in rows:
        offset, shifts = 0.0, []
        for i, name in enumerate(names):
            if i:
                gap = GAP * (1.8 if name in near[names[i - 1]] else 1)
                offset += reach[names[i - 1]][1] + gap + reach[name][0]
            shifts.append(offset)
        offsets.append(shifts)
        x.update({n: s - offset / 2 for n, s in zip(names, shifts, strict=True)})
    for sweep in range(120):
        order = range(len(rows)) if sweep % 2 == 0 else range(len(rows) - 1, -1, -1)
        for at in order:
            names, shifts = rows[at], offsets[at]
            wished = []
            for name, shift in zip(names, shifts, strict=True):
                # Waypoints follow each other closely: long edges run straight.
                pulls = [(x[n], 6.0 if ">" in n and ">" in name else 1.0) for n in near[name]]
                weight = sum(w for _, w in pulls) or 1.0
                middle = sum(at * w for at, w in pulls) / weight if pulls else x[name]
                wished.append(0.75 * middle + 0.23 * x[name] - shift)
            for name, shift, value in zip(names, shifts, pool_rising(wished), strict=True):
                x[name] = value + shift
    return {name: round(value, 1) for name, value in x.items()}


def pool_rising(values: list[float]) -> list[float]:
    """Return the nearest values that never fall (pool adjacent violators).

    >>> pool_rising([3.0, 1.0, 5.0])
    [2.0, 2.0, 5.0]
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, size = pools.pop()
            total, count = total + before, count + size
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]
