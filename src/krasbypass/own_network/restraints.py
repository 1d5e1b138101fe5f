"""Inhibition as the semantics allows it: only what no loop touches is negated.

A node may be negated where it is settled before anything reads it. Nodes that stand on or behind
a loop are not: their inhibitions are brakes, which are left out, so that an output is never
called closed because of a restraint that it may itself undo. The opposite of any other node is
written out, "off" for "on", by De Morgan's laws, which is exact because no loop is involved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from krasbypass.model import Level
from krasbypass.own_network.statements import OwnGraph

#: Name of the node that is on where another is off.
OFF = "off:"
#: Name of the node that is on where no inhibitor of another is.
FREE = "free:"


def find_settled(graph: OwnGraph, unknown: Iterable[str] = ()) -> frozenset[str]:
    """Return the nodes whose opposite can be written out: no loop stands above them.

    `unknown` are nodes about which the file does not say everything.

    >>> from krasbypass.model import Literal
    >>> from krasbypass.own_network.statements import Statement
    >>> a, b, c = (Literal(n) for n in "abc")
    >>> loop = (Statement("b", (a,)), Statement("c", (b,)), Statement("b", (c,)))
    >>> sorted(find_settled(OwnGraph("x", loop, ("a", "b", "c"))))
    ['a']
    """
    above: dict[str, set[str]] = defaultdict(set)
    plain: dict[str, bool] = {}
    nodes = graph.nodes
    for target, restraints in graph.restraints.items():
        above[target].update(restraints)
    for statement in graph.statements:
        above[statement.target].update(literal.node for literal in statement.literals)
        simple = statement.strength is Level.FULL and not statement.serial
        simple = simple and not any(lit.is_threshold for lit in statement.literals)
        plain[statement.target] = plain.get(statement.target, True) and simple
    blocked = set(unknown)
    settled: set[str] = set()
    waiting = {node: len(above[node]) for node in nodes}
    below: dict[str, list[str]] = defaultdict(list)
    for node, parents in above.items():
        for parent in parents:
            below[parent].append(node)
    ready = [node for node in nodes if not waiting[node]]
    while ready:
        node = ready.pop()
        if node in blocked or not plain.get(node, True):
            continue  # what stands below is never counted down, and so not settled either
        settled.add(node)
        for child in below[node]:
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return frozenset(settled)
