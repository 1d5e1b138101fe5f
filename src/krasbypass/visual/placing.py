"""Where the nodes, edges and drugs of a scene stand: one answer for every way to draw it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from krasbypass.visual.layout import Box, place_boxes
from krasbypass.visual.scene import Dot, Line, Pill

PITCH, AWAY = 70, 34


@dataclass(frozen=True)
class Placed:
    """Middles of nodes, drugs and waypoints, and the lines, each with the waypoints it takes.

    `beside` are lines from drugs that stand beside the one node they hit.
    """

    place: Mapping[str, tuple[float, float]]
    lines: tuple[tuple[Line, tuple[str, ...]], ...]
    beside: tuple[Line, ...]
    left: float
    right: float
    bottom: float

    def waypoints(self) -> list[str]:
        """Return the waypoints of all lines, sorted."""
        return sorted({point for _, points in self.lines for point in points})

    def is_level(self, line: Line) -> bool:
        """Whether a line joins two things in one row."""
        return self.place[line.source][1] == self.place[line.target][1]


def place_scene(dots: Sequence[Dot], pills: Sequence[Pill], lines: Sequence[Line]) -> Placed:
    """Place nodes and drugs in rows, a drug beside the node that it hits or above several.

    >>> dots = [Dot(n, n, "activity", 2, "", layer, 40) for n, layer in (("a", 0), ("b", 1))]
    >>> placed = place_scene(dots, [], [Line("a", "b", "open", "")])
    >>> placed.place["a"], placed.place["b"]
    ((0.0, 0.0), (0.0, 70.0))
    """
    free = [pill for pill in pills if not pill.host]
    boxes = [Box(d.id, d.layer, d.width / 2 + d.left, d.width / 2 + d.right) for d in dots]
    boxes += [Box(p.id, p.layer, p.width / 2, p.width / 2) for p in free]
    drawn = [*lines, *(replace(line, source=p.id) for p in free for line in p.lines)]
    layout = place_boxes(boxes, [(line.source, line.target) for line in drawn])
    place = {n: (x, float(layout.row[n] * PITCH)) for n, x in layout.x.items()}
    widths = {dot.id: dot.width for dot in dots}
    beside: list[Line] = []
    for pill in pills:
        if pill.host:
            x, y = place[pill.host]
            x += (widths[pill.host] / 2 + AWAY + pill.width / 2) * (1 if pill.side else -1)
            place[pill.id] = (x, y)
            beside += [replace(line, source=pill.id) for line in pill.lines]
    return Placed(
        place=place,
        lines=tuple((line, layout.waypoints[line.source, line.target]) for line in drawn),
        beside=tuple(beside),
        left=min((place[box.id][0] - box.left for box in boxes), default=0.0),
        right=max((place[box.id][0] + box.right for box in boxes), default=0.0),
        bottom=max((y for _, y in place.values()), default=0.0),
    )


def select_above(
    dots: Sequence[Dot], lines: Sequence[Line], outputs: Collection[str], also: Collection[str] = ()
) -> frozenset[str]:
    """Return the nodes from which lines lead to one of `outputs`, these, and those in `also`."""
    known = {dot.id for dot in dots}
    before: dict[str, set[str]] = {}
    for line in lines:
        before.setdefault(line.target, set()).add(line.source)
    live = {n for n in (*outputs, *also) if n in known}
    todo = sorted(live)
    while todo:
        new = before.get(todo.pop(), set()) - live
        live |= new
        todo += sorted(new)
    return frozenset(live & known)
