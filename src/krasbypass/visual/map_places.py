"""Where each node and edge of a network stands on the map, and in what: a row, a band, a family.

Receptors and ligands stand in bands of chips, alleles take the slots of their gene, everything
else stands in the rows that the ontology names. Inputs (alterations, drugs that engage) have no
place of their own: they are drawn at the nodes that they bear on, their hosts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from krasbypass.model import TONE_UNMASKED, Literal, LiteralKind, Rule
from krasbypass.network import Network
from krasbypass.visual.labels import (
    WILD_TYPE,
    find_family,
    find_kind,
    find_label,
    find_title,
    measure_label,
    wrap_label,
)
from krasbypass.visual.map_measure import find_unrest
from krasbypass.visual.map_order import Order, Piece, Tie, find_orders
from krasbypass.visual.map_ways import Ground

#: Sizes in units of the drawing, about a pixel each in a window of 1280.
PAD, MARGIN, AIR = 28.0, 16.0, 14.0
CHIP_WIDTH, CHIP_HEIGHT, CHIP_PITCH, CHIPS_A_ROW, FEEDERS_A_ROW = 62.0, 20.0, 31.0, 13, 5
SLOT_WIDTH, SLOT_GAP = 88.0, 8.0
NODE_HEIGHTS = {1: 22.0, 2: 34.0, 3: 46.0}
CAPTION = 15.0
#: Slots of a family beside that of the wild type: the primary gene's, any other gene's.
SLOTS = {True: 3, False: 1}
#: The frame for nodes that nothing joins, and for those that only one question has.
ELSEWHERE, ELSEWHERE_SLOTS = "elsewhere", 2
#: How many orders get their lines, so that the calmest map is kept.
LAID = 8
_SOURCES = ("relief", "tone")


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes in one frame: a band of chips, or the slots of a gene's alleles."""

    id: str
    label: str
    kind: str
    members: tuple[str, ...]
    layer: float
    columns: int

    @property
    def rows(self) -> int:
        """How many rows of chips a band has."""
        return ceil(len(self.members) / self.columns) if self.kind == "band" else 1

    @property
    def width(self) -> float:
        """Width of the frame."""
        step = CHIP_WIDTH + 3 if self.kind == "band" else SLOT_WIDTH + SLOT_GAP
        return self.columns * step + 12

    @property
    def height(self) -> float:
        """Height of the frame."""
        return self.rows * CHIP_PITCH + (CAPTION if self.kind == "band" else CAPTION + 8)


class Map:
    """A network as the map sees it: groups, layers, sizes, and from these the places."""

    def __init__(self, network: Network) -> None:
        self.network, self.knowledge = network, network.knowledge
        self.drivers, self.conditions, self.hosts = _find_pairs(network)
        nodes = {n for pair in (*self.drivers, *self.conditions) for n in pair}
        self.nodes = sorted(nodes | network.targets)
        self.kind = {n: find_kind(self.knowledge, n) for n in self.nodes}
        self.after: dict[str, set[str]] = defaultdict(set)
        for source, target in self.drivers:
            self.after[source].add(target)
        self.groups = self.find_groups()
        self.home = {n: g.id for g in self.groups.values() for n in g.members}
        self.aside = self.find_aside()
        self.lines = {
            n: wrap_label(find_label(self.knowledge, n, self.kind[n])) for n in self.nodes
        }
        self.layers = self.find_layers()

    # -- what stands where --------------------------------------------------------------------

    def find_groups(self) -> dict[str, Group]:
        """Return the bands of receptors and of what only feeds them, and the alleles by gene."""
        receptors = tuple(n for n in self.nodes if self.kind[n] == "receptor")
        feeders = tuple(
            n for n in self.nodes
            if self.kind[n] == "activity" and self.after[n] and self.after[n] <= set(receptors)
        )  # fmt: skip
        groups = [
            Group("ligands", "ligands", "band", feeders, 0, min(FEEDERS_A_ROW, len(feeders))),
            Group("receptors", "receptor tyrosine kinases", "band", receptors, 1, CHIPS_A_ROW),
        ]
        families: dict[str, list[str]] = defaultdict(list)
        for node in self.nodes:
            if self.kind[node] == "state":
                families[find_family(self.knowledge, node)].append(node)
        for family, members in sorted(families.items()):
            primary = any(g.primary and g.symbol == family for g in self.knowledge.genes.values())
            columns = min(1 + SLOTS[primary], len(members))
            groups.append(Group(family, f"{family}-GTP", "family", tuple(members), 3, columns))
        joined = {n for pair in (*self.drivers, *self.conditions) for n in pair}
        alone = tuple(n for n in self.nodes if n not in joined and self.find_layer(n) is None)
        last = max((self.find_layer(n) or 0 for n in self.nodes), default=0)
        groups.append(Group(ELSEWHERE, "elsewhere", "family", alone, last, ELSEWHERE_SLOTS))
        return {g.id: g for g in groups if g.members or g.id == ELSEWHERE}

    def find_layer(self, node: str) -> int | None:
        """Return the layer that the ontology gives a node."""
        activity = self.knowledge.activities.get(node)
        return activity.layer if activity is not None else None

    def find_aside(self) -> dict[str, str]:
        """Return nodes that stand on the frame of a family: they are conditions of it alone."""
        homes: dict[str, set[str]] = defaultdict(set)
        for (source, _), rules in self.conditions.items():
            homes[source] |= {self.unit(rule.source) for rule in rules}
        sources = {source for source, _ in self.drivers}
        aside = {}
        for node in self.nodes:
            home = next(iter(homes[node])) if len(homes[node]) == 1 else ""
            if node not in sources and home in self.groups and self.groups[home].kind == "family":
                aside[node] = home
        return aside

    def unit(self, node: str) -> str:
        """Return what is placed for a node: its group or itself."""
        return self.home.get(node, node)

    def place(self, node: str) -> str:
        """Return what a node stands in or on."""
        return self.aside.get(node, self.unit(node))

    def find_layers(self) -> dict[str, float]:
        """Return heights: the ontology's, else one above what is fed or below what feeds."""
        layers: dict[str, float] = {g.id: g.layer for g in self.groups.values()}
        for node in self.nodes:
            layer = self.find_layer(node)
            if self.kind[node] in _SOURCES:
                layers[node] = 0
            elif node not in self.home and layer is not None:
                layers[node] = layer
        pairs = [(self.place(s), self.place(t)) for s, t in (*self.drivers, *self.conditions)]
        placed_already = {*self.home, *self.aside, *layers}
        waiting = [n for n in self.nodes if n not in placed_already]
        while waiting:
            placed = len(waiting)
            for node in list(waiting):
                below = [layers[t] for s, t in pairs if s == node and t in layers]
                above = [layers[s] for s, t in pairs if t == node and layers.get(s, 0) > 0]
                if below or above:
                    layers[node] = _clear_bands(min(below) - 1 if below else max(above) + 1)
                    waiting.remove(node)
            if len(waiting) == placed:
                layers.update(dict.fromkeys(waiting, 0.0))
                break
        return layers

    def size(self, node: str) -> tuple[float, float]:
        """Return width and height of a node."""
        home = self.groups.get(self.home.get(node, ""))
        if home is not None and home.kind == "band":
            return CHIP_WIDTH, CHIP_HEIGHT
        if home is not None:
            return SLOT_WIDTH, NODE_HEIGHTS[1]
        lines = self.lines[node]
        width = round(measure_label(lines, bold=self.kind[node] == "output") + PAD)
        return max(width, 52.0), NODE_HEIGHTS[min(len(lines), 3)]

    def title(self, node: str) -> str:
        """Return a node in full."""
        activity = self.knowledge.activities.get(node)
        return activity.label if activity else find_title(node, self.kind[node])

    # -- places -------------------------------------------------------------------------------

    def build(self, tries: int) -> dict[str, Any]:
        """Return the layout."""
        units = sorted({self.place(n) for n in self.nodes})
        heights = sorted({self.layers[unit] for unit in units})
        rows = {unit: heights.index(self.layers[unit]) for unit in units}
        pieces = [
            Piece(unit, rows[unit], self.unit_size(unit)[0], solid=self.is_core(unit))
            for unit in units
        ]
        orders = find_orders(pieces, self.find_ties(), tries=tries)
        return min((self.lay_out(o, pieces) for o in orders[:LAID]), key=find_unrest)

    def lay_out(self, order: Order, pieces: Iterable[Piece]) -> dict[str, Any]:
        """Return the layout with some order."""
        rows = {p.id: p.row for p in pieces}
        tops, total = self.find_tops(rows)
        left = min(order.x[p.id] - p.width / 2 for p in pieces) - MARGIN
        right = max(order.x[p.id] + p.width / 2 for p in pieces) + MARGIN
        x = {name: at - left for name, at in order.x.items()}
        y = {name: tops[row] for name, row in order.row.items()}
        groups = [self.group_to_json(g, x, y) for g in self.groups.values()]
        nodes = [
            self.node_to_json(n, self.find_place(n, groups, x, y), self.home.get(n))
            for n in self.nodes
        ]
        hints = {
            tie: {order.row[point]: x[point] for point in chain}
            for tie, chain in order.waypoints.items()
        }
        ground = Ground(nodes, groups, rows, right - left)
        points = ground.lay(sorted(self.pairs(), key=self.rank), hints)
        return {
            "width": round(right - left, 1),
            "height": round(total, 1),
            "groups": groups,
            "nodes": nodes,
            "edges": [self.edge_to_json(*pair, points[pair]) for pair in self.pairs()],
            "inputs": {name: sorted(hosts) for name, hosts in sorted(self.hosts.items())},
        }

    def rank(self, pair: tuple[str, str]) -> tuple[bool, int, tuple[str, str]]:
        """Return which lines choose their ways first: what drives, and what is always drawn."""
        core = sum(self.is_core(self.place(n)) for n in pair)
        return pair not in self.drivers, -core, pair

    def find_ties(self) -> list[Tie]:
        """Return what pulls: drivers, most of all those between what the ontology gives a layer."""
        ties: dict[tuple[str, str], Tie] = {}
        pairs = [*self.drivers, *(p for p in self.conditions if self.kind[p[0]] == "present")]
        for source, target in pairs:
            one, other = self.place(source), self.place(target)
            if one == other:
                continue
            core = self.is_core(one) + self.is_core(other)
            ties[one, other] = Tie(one, other, (0.4, 1.0, 2.2)[core], bends=core > 0)
        return [ties[pair] for pair in sorted(ties)]

    def is_core(self, unit: str) -> bool:
        """Whether a node is always drawn: the ontology gives it a layer, or it is a group."""
        return unit in self.groups or self.find_layer(unit) is not None

    def unit_size(self, unit: str) -> tuple[float, float]:
        """Return width and height of a group or a node."""
        group = self.groups.get(unit)
        return (group.width, group.height) if group else self.size(unit)

    def find_tops(self, rows: Mapping[str, int]) -> tuple[dict[int, float], float]:
        """Return the middle of each row, and where the last one ends."""
        tall: dict[int, float] = defaultdict(float)
        for unit, row in rows.items():
            tall[row] = max(tall[row], self.unit_size(unit)[1])
        tops, y = {}, MARGIN
        for row in sorted(tall):
            tops[row] = y + tall[row] / 2
            y += tall[row] + AIR
        return tops, y - AIR + MARGIN

    def group_to_json(
        self, group: Group, x: Mapping[str, float], y: Mapping[str, float]
    ) -> dict[str, Any]:
        """Return a frame with its slots."""
        left, top = x[group.id] - group.width / 2, y[group.id] - group.height / 2
        if group.kind == "band":
            slots = [
                [left + 6 + (i % group.columns + 0.5) * (CHIP_WIDTH + 3),
                 top + CAPTION + (i // group.columns + 0.5) * CHIP_PITCH]
                for i in range(len(group.members))
            ]  # fmt: skip
        else:
            slots = [
                [left + 6 + (i + 0.5) * (SLOT_WIDTH + SLOT_GAP), y[group.id] + 6]
                for i in range(group.columns)
            ]
        return {
            "id": group.id, "label": group.label, "kind": group.kind,
            "x": round(x[group.id], 1), "y": round(y[group.id], 1),
            "width": round(group.width, 1), "height": round(group.height, 1),
            "slots": [[round(a, 1), round(b, 1)] for a, b in slots],
        }  # fmt: skip

    def find_place(
        self,
        node: str,
        groups: Iterable[Mapping[str, Any]],
        x: Mapping[str, float],
        y: Mapping[str, float],
    ) -> tuple[float, float]:
        """Return where a node stands: in its row, in its slot, or on the frame of its family."""
        frames = {group["id"]: group for group in groups}
        if node in self.aside:
            frame = frames[self.aside[node]]
            right = frame["x"] + frame["width"] / 2
            return right - self.size(node)[0] / 2 - 3, frame["y"] - frame["height"] / 2
        home = self.home.get(node)
        if home is None:
            return x[node], y[node]
        slots = frames[home]["slots"]
        band = self.groups[home].kind == "band"
        number = self.groups[home].members.index(node) if band else self.find_slot(node)
        left, top = slots[min(number, len(slots) - 1)]
        return left, top

    def node_to_json(
        self, node: str, place: tuple[float, float], home: str | None
    ) -> dict[str, Any]:
        """Return a node at its place, in its group if it has one."""
        width, height = self.size(node)
        always = self.lines[node] == (WILD_TYPE,) or self.is_core(node)
        return {
            "id": node,
            "label": "\n".join(self.lines[node]),
            "title": self.title(node),
            "kind": self.kind[node],
            "layer": self.layers[self.place(node)],
            "x": round(place[0], 1),
            "y": round(place[1], 1),
            "width": round(width, 1),
            "height": height,
            "core": always and node not in self.aside,
            "group": home,
        }

    def find_slot(self, node: str) -> int:
        """Return the slot of a node that is alone there: the wild type has the first."""
        return int(self.home[node] != ELSEWHERE and self.lines[node] != (WILD_TYPE,))

    def pairs(self) -> list[tuple[str, str]]:
        """Return the ends of all edges."""
        return sorted((*self.drivers, *self.conditions))

    def edge_to_json(self, source: str, target: str, points: list[list[float]]) -> dict[str, Any]:
        """Return an edge; those that most members of a band share are one line, their bundle."""
        driver = (source, target) in self.drivers
        rules = (self.drivers if driver else self.conditions)[source, target]
        home = self.groups.get(self.home.get(source, ""))
        shared = 0
        if home is not None and home.kind == "band":
            shared = sum((member, target) in self.drivers for member in home.members)
        return {
            "source": source,
            "target": target,
            "kind": "driver" if driver else "condition",
            "interactions": sorted({r.interaction for r in rules}),
            "points": points,
            "bundle": home.id if home is not None and 2 * shared > len(home.members) else None,
        }


def _find_pairs(
    network: Network,
) -> tuple[
    dict[tuple[str, str], list[Rule]], dict[tuple[str, str], list[Rule]], dict[str, set[str]]
]:
    """Return the rules by driver and target, those by condition and target, and inputs' hosts."""
    drivers: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    conditions: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    hosts: dict[str, set[str]] = defaultdict(set)
    kinds = {n: find_kind(network.knowledge, n) for n in network.inputs}
    inputs = {n for n, kind in kinds.items() if kind not in _SOURCES} | {TONE_UNMASKED}
    for rule in network.rules:
        if rule.source not in inputs and rule.source != rule.target:
            drivers[rule.source, rule.target].append(rule)
        for literal in rule.literals:
            if literal.node in inputs:
                hosts[literal.node].add(rule.target)
            elif literal != rule.driver and _is_needed(literal):
                conditions[literal.node, rule.target].append(rule)
    beside = {p: v for p, v in conditions.items() if p not in drivers and p[0] != p[1]}
    return drivers, beside, hosts


def _is_needed(literal: Literal) -> bool:
    return literal.kind is not LiteralKind.NOT and not literal.is_relief


def _clear_bands(layer: float) -> float:
    """Return a layer beside no band: what feeds alleles or exchange goes between these.

    >>> [_clear_bands(layer) for layer in (-1, 0, 1, 2, 5)]
    [0.0, 0.0, 1.5, 1.5, 5.0]
    """
    return max(0.0, 1.5 if 0 < layer <= 2 else float(layer))
