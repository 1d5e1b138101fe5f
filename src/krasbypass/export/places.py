"""Places of nodes in a drawing: those of the shipped layout, and room beside them for the rest."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from math import cos, pi, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from krasbypass.reasoning import find_shipped_graph

if TYPE_CHECKING:
    import networkx as nx

Place = tuple[float, float]

#: Distance between rows and between nodes of a row where there is no layout.
_ROW, _COLUMN = 110.0, 130.0
#: Nodes that the layout lacks turn about their neighbour from this distance on, this far apart.
_FIRST_RING, _STEP = 58.0, 34.0
#: A node of Cytoscape is wider than a chip of the layout.
_SCALE = 1.7
_GOLDEN_ANGLE = pi * (3 - sqrt(5))


def read_shipped_places() -> Mapping[str, Place]:
    """Return the places of the layout that the package ships, empty if it ships none."""
    return read_places(find_shipped_graph().with_name("layout.json"))


def read_places(path: Path) -> Mapping[str, Place]:
    """Return the places of a layout file: nodes with `id`, `x` and `y`."""
    if not path.is_file():
        return {}
    nodes = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    return {n["id"]: (round(n["x"] * _SCALE, 1), round(n["y"] * _SCALE, 1)) for n in nodes}


def place_nodes(graph: nx.MultiDiGraph[str], known: Mapping[str, Place]) -> Mapping[str, Place]:
    """Return a place for every node, no two the same.

    Parameters
    ----------
    graph
        Nodes, with their `layer` where they have one.
    known
        Places to keep. If none of the nodes has one, rows are made of the layers.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph([("a", "b"), ("drug", "b")])
    >>> places = place_nodes(graph, {"a": (0.0, 0.0), "b": (0.0, 50.0)})
    >>> places["a"], len(set(places.values()))
    ((0.0, 0.0), 3)
    """
    places = {node: known[node] for node in graph if node in known}
    places = places or _place_rows(graph)
    crowd: dict[str, int] = defaultdict(int)
    taken: set[Place] = set()
    for node in sorted(places):
        while places[node] in taken:
            places[node] = _beside(places[node], crowd, node)
        taken.add(places[node])
    left = sorted(set(graph) - places.keys())
    while left:
        hosts = {node: _find_host(graph, node, places) for node in left}
        ready = [node for node in left if hosts[node]] or left[:1]
        placed = dict(places)
        for node in ready:
            host = hosts[node]
            at = places[host] if host else (-2 * _COLUMN, 0.0)
            place = _beside(at, crowd, host)
            while place in taken:
                place = _beside(at, crowd, host)
            placed[node] = place
            taken.add(place)
        places = placed
        left = [node for node in left if node not in places]
    return places


def _beside(at: Place, crowd: dict[str, int], host: str) -> Place:
    """Return the next place about `host`, on a spiral that fills the plane evenly."""
    number = crowd[host]
    crowd[host] += 1
    radius = _FIRST_RING + _STEP * sqrt(number)
    angle = number * _GOLDEN_ANGLE
    return round(at[0] + radius * cos(angle), 1), round(at[1] + radius * sin(angle), 1)


def _find_host(graph: nx.MultiDiGraph[str], node: str, places: Mapping[str, Place]) -> str:
    """Return a neighbour with a place, what the node acts on first; empty if there is none."""
    for neighbours in (graph.successors(node), graph.predecessors(node)):
        found = sorted(n for n in set(neighbours) if n in places and n != node)
        if found:
            return found[0]
    return ""


def _place_rows(graph: nx.MultiDiGraph[str]) -> dict[str, Place]:
    """Place the nodes with a layer in rows, each row near what it hangs on; else all in a row."""
    layers: dict[int, list[str]] = defaultdict(list)
    for node, data in graph.nodes(data=True):
        if "layer" in data:
            layers[data["layer"]].append(node)
    if not layers:
        layers[0] = sorted(graph)
    share: dict[str, float] = {}
    for layer in sorted(layers):
        names = layers[layer]

        def pull(node: str) -> tuple[float, str]:
            above = [share[n] for n in sorted(set(graph.predecessors(node))) if n in share]
            return (sum(above) / len(above) if above else 0.5), node

        names.sort(key=pull)
        share.update({n: (i + 0.5) / len(names) for i, n in enumerate(names)})
    return {
        node: (round((i - (len(names) - 1) / 2) * _COLUMN, 1), row * _ROW)
        for row, layer in enumerate(sorted(layers))
        for i, (names, node) in enumerate((layers[layer], n) for n in layers[layer])
    }
