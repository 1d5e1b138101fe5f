"""How calm a map is: what its lines strike and cross, how far they run, and how flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise
from typing import Any

from krasbypass.visual.map_lines import Point, trace

#: Height between two levels at which lines are compared, and the room aside that is not flat.
LEVEL, FLAT, NEAR = 6.0, 12.0, 4.0
#: What a crossing costs, a unit of length aside, and a level at which two lines seem one.
CROSSING, LENGTH, TOGETHER = 40.0, 0.3, 3.0
Pair = tuple[str, str]


def find_struck(layout: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the lines that run over a box which is always drawn, with the box.

    What a protein that is there, or a membrane, is needed for is drawn in rare questions alone.
    """
    boxes = [n for n in layout["nodes"] if n["core"]]
    seldom = {n["id"] for n in layout["nodes"] if n["kind"] in ("present", "membrane")}
    struck = []
    for (source, target), points in _draw(layout):
        if source in seldom:
            continue
        low, high = min(y for _, y in points), max(y for _, y in points)
        struck += [
            (source, target, box["id"])
            for box in boxes
            if low < box["y"] < high and box["id"] not in (source, target) and _lies_on(box, points)
        ]
    return struck


def find_unrest(layout: Mapping[str, Any]) -> float:
    """Return how much lines cross, run flat or together, the less the calmer; silent ones less."""
    nodes = {node["id"]: node for node in layout["nodes"]}
    slots = {g["id"] for g in layout["groups"] if g["kind"] == "family"}
    drivers = {(e["source"], e["target"]) for e in layout["edges"] if e["kind"] == "driver"}
    lines: dict[Pair, tuple[float, dict[int, float]]] = {}
    for pair, points in _draw(layout):
        seldom = sum(not _is_common(nodes[end]) for end in pair)
        weight = (0.5 if pair in drivers else 0.2) * (1.0, 0.4, 0.1)[seldom] * 2
        groups = [nodes[end]["group"] for end in pair]
        ends = tuple(g if g in slots else end for g, end in zip(groups, pair, strict=True))
        lines.setdefault((ends[0], ends[1]), (weight, dict(_find_levels(points))))
    total = 0.0
    for weight, levels in lines.values():
        asides = [abs(a - b) for a, b in pairwise(levels.values())]
        total += weight * sum(LENGTH * x + max(0.0, x - FLAT) for x in asides)
    for ((a, b), (w, one)), ((c, d), (v, other)) in combinations(lines.items(), 2):
        if a != c and b != d:
            apart = [one[y] - other[y] for y in one.keys() & other.keys()]
            if apart:
                crossed = sum(p * q < 0 for p, q in pairwise(_sorted(one, other)))
                together = sum(abs(x) < NEAR for x in apart)
                total += w * v * (CROSSING * crossed + TOGETHER * together)
    return total


def _sorted(one: Mapping[int, float], other: Mapping[int, float]) -> list[float]:
    return [one[y] - other[y] for y in sorted(one.keys() & other.keys())]


def _is_common(node: Mapping[str, Any]) -> bool:
    return bool(node["core"]) or node["kind"] in ("relief", "tone")


def _draw(layout: Mapping[str, Any]) -> Iterator[tuple[Pair, list[Point]]]:
    """Return the points of all lines that go from row to row, as the explorer draws them."""
    nodes = {node["id"]: node for node in layout["nodes"]}
    for edge in layout["edges"]:
        start, end = nodes[edge["source"]], nodes[edge["target"]]
        side = 1 if end["y"] >= start["y"] else -1
        flat = abs(start["y"] - end["y"]) < 16 and not edge["points"]
        if not edge["bundle"] and not flat:
            first = (start["x"], start["y"] + side * start["height"] / 2)
            last = (end["x"], end["y"] - side * end["height"] / 2)
            passed = [(x, y) for x, y in edge["points"]]
            yield (edge["source"], edge["target"]), list(trace([first, *passed, last]))


def _lies_on(box: Mapping[str, Any], points: list[Point]) -> bool:
    wide, tall = box["width"] / 2, box["height"] / 2
    return any(abs(x - box["x"]) < wide and abs(y - box["y"]) < tall for x, y in points)


def _find_levels(points: list[Point]) -> Iterator[tuple[int, float]]:
    """Return where a line is at each level that it passes."""
    for (x0, y0), (x1, y1) in pairwise(points):
        low, high = sorted((y0, y1))
        for level in range(int(low // LEVEL) + 1, int(high // LEVEL) + 1):
            share = (level * LEVEL - y0) / (y1 - y0)
            yield level, x0 + (x1 - x0) * share
