"""The lines of the whole map: which of them are one, and what each must keep clear of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from krasbypass.visual.map_lines import SELDOM, STRIKE, Block, Line, Point, Ways

Pair = tuple[str, str]
#: Nodes that the picture hides but for rare questions: lines may run under them.
_SELDOM = ("present", "membrane")


def lay_more(layout: Mapping[str, Any], pairs: Iterable[Pair]) -> dict[Pair, list[list[float]]]:
    """Return the points of lines that a layout lacks, its nodes and groups where they stand."""
    units = [n for n in layout["nodes"] if n["group"] is None and n["kind"] != "membrane"]
    units += layout["groups"]
    heights = sorted({unit["y"] for unit in units})
    rows = {unit["id"]: heights.index(unit["y"]) for unit in units}
    ground = Ground(layout["nodes"], layout["groups"], rows, layout["width"])
    return ground.lay(pairs, {})


class Ground:
    """Nodes and groups as they stand, and the rows that they stand in."""

    def __init__(
        self,
        nodes: Iterable[Mapping[str, Any]],
        groups: Iterable[Mapping[str, Any]],
        rows: Mapping[str, int],
        width: float,
    ) -> None:
        self.nodes = {node["id"]: node for node in nodes}
        self.groups = {group["id"]: group for group in groups}
        self.rows = rows
        self.edges = self.find_edges()
        self.ways = Ways(self.edges, width, tuple(self.find_blocks()))

    def lay(
        self, pairs: Iterable[Pair], hints: Mapping[Pair, Mapping[int, float]]
    ) -> dict[Pair, list[list[float]]]:
        """Return the points of all lines; those that come first choose their ways first."""
        pairs = list(pairs)
        lines = {self.ends(pair): self.find_line(self.ends(pair), hints) for pair in pairs}
        laid = self.ways.lay(lines.values())
        return {
            pair: [
                [round(x, 1), round(y, 1)]
                for x, y in self.with_bands(lines[self.ends(pair)], laid[self.ends(pair)])
            ]
            for pair in pairs
        }

    def ends(self, pair: Pair) -> Pair:
        """Return a pair with the family in place of its alleles: their lines are one."""
        return self.end(pair[0]), self.end(pair[1])

    def end(self, node: str) -> str:
        """Return what a line of a node starts at: the family of an allele, else the node."""
        group = self.groups.get(self.nodes[node]["group"])
        return group["id"] if group is not None and group["kind"] == "family" else node

    def unit(self, end: str) -> str:
        """Return what stands in a row for an end of a line: its band or itself."""
        return end if end in self.groups else self.nodes[end]["group"] or end

    def find_row(self, unit: str) -> int:
        """Return the row of a unit, or where it stands on a frame, that of the frame."""
        if unit in self.rows:
            return self.rows[unit]
        y = self.nodes[unit]["y"]
        return min(self.edges, key=lambda row: max(self.edges[row][0] - y, y - self.edges[row][1]))

    def find_edges(self) -> dict[int, tuple[float, float]]:
        """Return where each row starts and ends."""
        edges: dict[int, tuple[float, float]] = {}
        for unit, row in self.rows.items():
            box = self.groups.get(unit) or self.nodes[unit]
            low, high = edges.get(row, (box["y"], box["y"]))
            half = box["height"] / 2
            edges[row] = (min(low, box["y"] - half), max(high, box["y"] + half))
        return edges

    def find_blocks(self) -> Iterable[Block]:
        """Return all that lines keep clear of."""
        for group in self.groups.values():
            if group["kind"] == "family":
                yield self.block(group, self.rows[group["id"]])
        for name, node in self.nodes.items():
            home = self.groups.get(node["group"])
            if home is None and name in self.rows and node["kind"] not in _SELDOM:
                yield self.block(node, self.rows[name])
            elif home is not None and home["kind"] == "band":
                yield self.block(node, self.rows[home["id"]], chip=True)

    def block(self, box: Mapping[str, Any], row: int, *, chip: bool = False) -> Block:
        """Return a box as what lines keep clear of."""
        price = STRIKE if box.get("core", True) or chip else SELDOM
        size = box["width"], box["height"]
        return Block(box["id"], row, box["x"], box["y"], *size, chip, price)

    def find_line(self, ends: Pair, hints: Mapping[Pair, Mapping[int, float]]) -> Line:
        """Return the line between two ends."""
        units = (self.unit(ends[0]), self.unit(ends[1]))
        rows = (self.find_row(units[0]), self.find_row(units[1]))
        down = rows[1] >= rows[0]
        starts = self.stand(ends[0], ends[1], below=down)
        return Line(*ends, starts, self.stand(ends[1], ends[0], below=not down), rows,
                    hints.get(units, {}))  # fmt: skip

    def stand(self, end: str, other: str, *, below: bool) -> Sequence[Point]:
        """Return where a line may meet one of its ends, below or above it."""
        side = 1 if below else -1
        group = self.groups.get(end)
        if group is not None:
            return [(x, y + side * 11) for x, y in group["slots"]]
        way_out = self.way_out(end, other, below=below)
        if way_out:
            return [way_out[-1]]
        node = self.nodes[end]
        return [(node["x"], node["y"] + side * node["height"] / 2)]

    def way_out(self, end: str, other: str, *, below: bool) -> list[Point]:
        """Return the points by which a line leaves a band between the chips of other rows."""
        node = self.nodes.get(end)
        band = self.groups.get(node["group"]) if node else None
        if node is None or band is None or band["kind"] != "band":
            return []
        side = 1 if below else -1
        beyond = [x for x, y in band["slots"] if (y - node["y"]) * side > 1]
        if not any(abs(x - node["x"]) < 1 for x in beyond):
            return []
        aim = (self.groups.get(other) or self.nodes[other])["x"]
        columns = sorted({x for x, _ in band["slots"]})
        half = (columns[1] - columns[0]) / 2 if len(columns) > 1 else node["width"] / 2 + 2
        x = node["x"] + (half if aim > node["x"] else -half)
        edge = node["y"] + side * (node["height"] / 2 + 10)
        return [(x, edge), (x, band["y"] + side * band["height"] / 2)]

    def with_bands(self, line: Line, points: Sequence[Point]) -> list[Point]:
        """Return the points of a line with those by which it leaves and enters bands."""
        down = line.rows[1] >= line.rows[0]
        out = self.way_out(line.source, line.target, below=down)
        into = self.way_out(line.target, line.source, below=not down)
        return [*out, *points, *reversed(into)]
