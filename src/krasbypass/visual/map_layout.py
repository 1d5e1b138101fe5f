"""The one layered layout of the whole network, made before anybody asks, so that nothing jumps.

It is shipped as ``graphs/layout.json``. An ontology of one's own keeps the places of what it
shares with the packaged one; what it adds stands in its family or in the frame *elsewhere*.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from krasbypass.network import Network, build_signalling_network
from krasbypass.reasoning import find_shipped_graph
from krasbypass.visual.map_places import ELSEWHERE, Map
from krasbypass.visual.map_ways import lay_more

#: Tries for the layout that is shipped.
TRIES = 20
#: More nodes than this share without a place, and the map is made anew.
MANY = 0.1


def build_layout(network: Network, *, tries: int = 1) -> dict[str, Any]:
    """Return places of all nodes and edges of `network`, as ``graphs/layout.json`` holds them.

    Every node that a rule derives, every relief and every tone has a place in ``nodes``; every
    other input stands in ``inputs`` with the nodes that it bears on; every pair of nodes that a
    rule joins stands in ``edges``. Rules of hypotheses that are off have their places too. Sorted,
    and the same each time; more `tries` (each takes a second or two) give a calmer map.
    """
    return Map(_complete(network)).build(tries)


def load_layout(network: Network) -> dict[str, Any]:
    """Return the packaged layout with what `network` has beyond it, or lacks of it, mended.

    Where too much is new the layout is made anew, in a few seconds.
    """
    try:
        layout: dict[str, Any] = json.loads(find_layout().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return build_layout(network)
    fresh = Map(_complete(network))
    new = set(fresh.nodes) - {node["id"] for node in layout["nodes"]}
    return _mend(layout, fresh) if len(new) <= MANY * len(fresh.nodes) else build_layout(network)


def _mend(layout: Mapping[str, Any], fresh: Map) -> dict[str, Any]:
    """Return a layout with its places kept, its texts fresh, a place and lines for the new."""
    places = {node["id"]: node for node in layout["nodes"]}
    families = {group["id"]: group for group in layout["groups"] if group["kind"] == "family"}
    points = {(edge["source"], edge["target"]): edge["points"] for edge in layout["edges"]}
    nodes = []
    for node in fresh.nodes:
        if node in places:
            kept = places[node]
            place, home = (kept["x"], kept["y"]), kept["group"]
        else:
            home = fresh.home.get(node, ELSEWHERE)
            home = home if home in families else ELSEWHERE
            place = (families[home]["slots"][-1][0], families[home]["slots"][-1][1])
        nodes.append(fresh.node_to_json(node, place, home))
    new = [pair for pair in fresh.pairs() if pair not in points]
    points |= lay_more({**layout, "nodes": nodes}, new)
    edges = [fresh.edge_to_json(*pair, points[pair]) for pair in fresh.pairs()]
    inputs = {name: sorted(hosts) for name, hosts in sorted(fresh.hosts.items())}
    return {**layout, "nodes": nodes, "edges": edges, "inputs": inputs}


def find_layout() -> Path:
    """Return the file of the packaged layout."""
    return find_shipped_graph().with_name("layout.json")


def write_layout(path: Path, network: Network) -> None:
    """Write the layout of a network, as `krasbypass build` ships it.

    Places are kept as long as the nodes are the same: to find them takes half a minute, and
    nobody wants the picture to change without a cause.
    """
    layout = None
    try:
        layout = json.loads(path.read_text(encoding="utf-8"))
        if not find_stale(layout, network):
            return
    except (OSError, ValueError, KeyError):
        layout = None
    fresh = Map(_complete(network))
    if layout is not None and {n["id"] for n in layout["nodes"]} == set(fresh.nodes):
        layout = _mend(layout, fresh)
    else:
        layout = fresh.build(TRIES)
    text = json.dumps(layout, ensure_ascii=False, indent=0)
    path.write_text(text + "\n", encoding="utf-8")


def find_stale(layout: Mapping[str, Any], network: Network) -> tuple[str, ...]:
    """Return nodes, inputs and edges that stand in the network or the layout, but not in both."""
    fresh = Map(_complete(network))
    wanted = {*fresh.hosts, *(f"{n} = {fresh.title(n)}" for n in fresh.nodes)}
    wanted |= {f"{s} -> {t}" for s, t in (*fresh.drivers, *fresh.conditions)}
    held = {f"{node['id']} = {node['title']}" for node in layout["nodes"]} | set(layout["inputs"])
    held |= {f"{e['source']} -> {e['target']}" for e in layout["edges"]}
    return tuple(sorted(wanted ^ held))


def _complete(network: Network) -> Network:
    """Return the network of the same ontology with every hypothesis on."""
    every = dict.fromkeys(network.knowledge.hypotheses, True)
    return build_signalling_network(network.knowledge, hypotheses=every)
