"""The graph as CX2, which Cytoscape and NDEx read, with places and a style by level."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from krasbypass.export.graph import SEPARATOR
from krasbypass.export.places import Place
from krasbypass.model import Level, Phase

if TYPE_CHECKING:
    import networkx as nx

#: Fill and border of a node at each level; the colours of the pages.
_LEVELS = {
    Level.FULL: ("#FCE6D8", "#D55E00"),
    Level.ATTENUATED: ("#DDECF7", "#0072B2"),
    Level.OFF: ("#F6F6F6", "#8A8A8A"),
}
_ROLES = {
    "drug": ("#222222", "#222222"),
    "alteration": ("#FFF2B3", "#8A6D00"),
    "context": ("#FFF2B3", "#8A6D00"),
    "state": ("#FCE6D8", "#D55E00"),
    "receptor": ("#E5F2E5", "#2E7D32"),
    "output": ("#E8E3F3", "#5E35B1"),
}
_SHAPES = {
    "drug": "octagon",
    "alteration": "diamond",
    "context": "diamond",
    "relief": "triangle",
    "tone": "ellipse",
    "tissue": "ellipse",
    "output": "rectangle",
}
_ROUTES = {"open": ("#D55E00", 4), "residual": ("#0072B2", 2.5), "closed": ("#6B6B6B", 2)}
#: Attributes that hold several values.
_LISTS = frozenset(
    {"genes", "hgnc", "synonyms", "evidence", "evidence_kinds", "references", "citations"}
    | {"disputed", "rules", "binding_lost"}
)
_LOOKS = {"nodeSizeLocked": False, "arrowColorMatchesEdge": True}
_TYPES = {"layer": "integer", "sign": "integer"}


def render_cx2(
    graph: nx.MultiDiGraph[str],
    places: Mapping[str, Place],
    *,
    phase: Phase | None = None,
    remarks: Iterable[str] = (),
) -> str:
    """Return the graph as CX2.

    Parameters
    ----------
    places
        Where each node stands.
    phase
        The phase whose levels colour the nodes; None where the graph has no levels.
    remarks
        The description of the network.
    """
    numbers = {node: number for number, node in enumerate(graph)}
    nodes = [
        {
            "id": numbers[node],
            "x": places[node][0],
            "y": places[node][1],
            "v": {"name": node, **_split(data)},
        }
        for node, data in graph.nodes(data=True)
    ]
    edges = [
        {
            "id": number,
            "s": numbers[source],
            "t": numbers[target],
            "v": {"name": key, **_split(data)},
        }
        for number, (source, target, key, data) in enumerate(graph.edges(keys=True, data=True))
    ]
    network = {"name": "krasbypass signalling network", "description": "\n".join(remarks)}
    declared = {
        "networkAttributes": {name: {"d": "string"} for name in network},
        "nodes": _declare(node["v"] for node in nodes),
        "edges": _declare(edge["v"] for edge in edges),
    }
    parts: list[tuple[str, list[Any]]] = [
        ("attributeDeclarations", [declared]),
        ("networkAttributes", [network]),
        ("nodes", nodes),
        ("edges", edges),
        ("visualProperties", [_build_style(phase)]),
        ("visualEditorProperties", [{"properties": _LOOKS}]),
    ]
    aspects: list[dict[str, Any]] = [
        {"CXVersion": "2.0", "hasFragments": False},
        {"metaData": [{"name": name, "elementCount": len(part)} for name, part in parts]},
        *({name: part} for name, part in parts),
        {"status": [{"success": True}]},
    ]
    lines = (json.dumps(aspect, ensure_ascii=False, separators=(",", ":")) for aspect in aspects)
    return "[" + ",\n".join(lines) + "]\n"


def _split(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes with those of several values as lists."""
    found = dict(data)
    for name in sorted(_LISTS & found.keys()):
        found[name] = found[name].split("\n" if name == "rules" else SEPARATOR)
    return found


def _declare(values: Iterable[Any]) -> dict[str, dict[str, str]]:
    names = dict.fromkeys(name for attributes in values for name in attributes)
    return {
        name: {"d": "list_of_string" if name in _LISTS else _TYPES.get(name, "string")}
        for name in sorted(names)
    }


def _build_style(phase: Phase | None) -> dict[str, Any]:
    by_level = {level.label: colours for level, colours in _LEVELS.items()}
    by, colours = (phase.value, by_level) if phase else ("role", _ROLES)
    return {
        "default": {
            "network": {"NETWORK_BACKGROUND_COLOR": "#FFFFFF"},
            "node": {
                "NODE_SHAPE": "round-rectangle",
                "NODE_WIDTH": 96,
                "NODE_HEIGHT": 30,
                "NODE_BACKGROUND_COLOR": "#FFFFFF" if phase is None else "#222222",
                "NODE_BORDER_COLOR": "#8A8A8A" if phase is None else "#222222",
                "NODE_BORDER_WIDTH": 1.5,
                "NODE_LABEL_COLOR": "#222222",
                "NODE_LABEL_FONT_SIZE": 10,
                "NODE_LABEL_MAX_WIDTH": 92,
            },
            "edge": {
                "EDGE_LINE_COLOR": "#A8A8A8",
                "EDGE_WIDTH": 1.2,
                "EDGE_TARGET_ARROW_COLOR": "#6B6B6B",
                "EDGE_TARGET_ARROW_SHAPE": "triangle",
            },
        },
        "nodeMapping": {
            "NODE_LABEL": {
                "type": "PASSTHROUGH",
                "definition": {"attribute": "label", "type": "string"},
            },
            "NODE_BACKGROUND_COLOR": _map(by, {k: fill for k, (fill, _) in colours.items()}),
            "NODE_BORDER_COLOR": _map(by, {k: border for k, (_, border) in colours.items()}),
            "NODE_SHAPE": _map("role", _SHAPES),
            "NODE_LABEL_COLOR": _map("role", {"drug": "#FFFFFF"}),
        },
        "edgeMapping": {
            "EDGE_TARGET_ARROW_SHAPE": _map(
                "interaction", {"activates": "triangle", "inhibits": "tee"}
            ),
            "EDGE_LINE_COLOR": _map("route", {k: colour for k, (colour, _) in _ROUTES.items()}),
            "EDGE_WIDTH": _map("route", {k: width for k, (_, width) in _ROUTES.items()}),
            "EDGE_LINE_STYLE": _map("role", {"condition": "dotted", "relief": "dashed"}),
        },
    }


def _map(attribute: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping from the values of an attribute to those of a visual property."""
    return {
        "type": "DISCRETE",
        "definition": {
            "attribute": attribute,
            "type": "string",
            "map": [{"v": value, "vp": shown} for value, shown in values.items()],
        },
    }
