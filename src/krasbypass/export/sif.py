"""The graph as SIF, three columns a line, and as a table of edges with their evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

#: Columns of the table, in order; the first three are those of tables of signed interactions.
COLUMNS = (
    "source",
    "interaction",
    "target",
    "sign",
    "role",
    "rule",
    "statement",
    "strength",
    "engagement",
    "form",
    "baseline",
    "acute",
    "adapted",
    "route",
    "label",
    "evidence_kinds",
    "references",
    "citations",
    "evidence",
    "disputed",
    "hypothesis",
    "interaction_term",
)


def render_sif(graph: nx.MultiDiGraph[str]) -> str:
    """Return each signed pair once, tab-separated and sorted; nodes without an edge stand alone."""
    lines = {
        f"{_clean(source)}\t{data['interaction']}\t{_clean(target)}"
        for source, target, data in graph.edges(data=True)
    }
    lines |= {_clean(node) for node, degree in graph.degree() if not degree}
    return "".join(f"{line}\n" for line in sorted(lines))


def render_edges(graph: nx.MultiDiGraph[str], remarks: Iterable[str] = ()) -> str:
    """Return a line an edge with the columns `COLUMNS`; remarks are comments before the header."""
    lines = [f"# {line}" for remark in remarks for line in remark.splitlines()]
    lines.append("\t".join(COLUMNS))
    for source, target, data in graph.edges(data=True):
        values = {"source": source, "target": target, **data}
        lines.append("\t".join(_clean(str(values.get(column, ""))) for column in COLUMNS))
    return "\n".join(lines) + "\n"


def _clean(text: str) -> str:
    """Return text without what would end a cell or a line."""
    return " ".join(text.split())
