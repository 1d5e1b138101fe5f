"""Logic as `.bnet`: two Boolean variables a node, one network a phase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from krasbypass.export.identifiers import build_identifiers
from krasbypass.export.logic import THRESHOLDS, Clause, Logic, LogicNode

#: What the variable for a threshold ends in.
SUFFIXES = ("_b1", "_b2")


def render_bnet(logic: Logic, remarks: Iterable[str] = ()) -> str:
    """Return the network as `.bnet`.

    ``X_b1`` holds if X is at least attenuated, ``X_b2`` if it is full; a comment a variable gives
    the true name. Inputs of a scenario are constants, those of a network as it stands are free.
    """
    names = build_identifiers((node.name for node in logic.nodes), suffixes=SUFFIXES)
    lines = [f"# {remark}" for text in remarks for remark in text.splitlines()]
    for node in logic.nodes:
        lines += [
            f"# level: {name_bit(names, node.name, t)} = {node.name} >= {t}" for t in THRESHOLDS
        ]
    lines.append("targets, factors")
    for node in logic.nodes:
        for threshold in THRESHOLDS:
            variable = name_bit(names, node.name, threshold)
            lines.append(f"{variable}, {_render_function(logic, node, threshold, names)}")
    return "\n".join(lines) + "\n"


def name_bit(names: Mapping[str, str], node: str, threshold: int) -> str:
    """Return the variable that says whether `node` reaches `threshold`."""
    return names[node] + SUFFIXES[threshold - 1]


def _render_function(
    logic: Logic, node: LogicNode, threshold: int, names: Mapping[str, str]
) -> str:
    if node.is_input:
        free = name_bit(names, node.name, threshold)
        return free if not logic.is_fixed else "1" if node.level >= threshold else "0"
    clauses = node.clauses[threshold]
    if not clauses:
        return "0"
    return " | ".join(_render_clause(clause, names) for clause in clauses)


def _render_clause(clause: Clause, names: Mapping[str, str]) -> str:
    if not clause:
        return "1"
    parts = (
        f"{'!' * condition.negated}{name_bit(names, condition.node, condition.threshold)}"
        for condition in clause
    )
    return " & ".join(parts)
