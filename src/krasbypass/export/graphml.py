"""The graph as GraphML, which networkx, yEd, Gephi and Cytoscape read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx


def render_graphml(graph: nx.MultiDiGraph[str], remarks: Iterable[str] = ()) -> str:
    """Return the graph as GraphML; the remarks are its attribute `remarks`.

    Reading it with ``networkx.read_graphml(path, force_multigraph=True)`` gives nodes, edges,
    keys and attributes back.
    """
    import networkx as nx

    described = graph.copy()
    described.graph["remarks"] = "\n".join(remarks)
    lines = nx.generate_graphml(described, named_key_ids=True)
    return "\n".join(lines) + "\n"
