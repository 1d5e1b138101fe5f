"""Heights for a picture of a graph that has none of its own: signals run down, feedback runs up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


def find_layers(edges: Iterable[tuple[str, str]], roots: Iterable[str]) -> dict[str, int]:
    """Return a height from 1 for each node that the roots reach, below all that feeds it.

    Edges that close a loop do not count: those that lead back to a node on the way from a root.

    >>> find_layers([("a", "b"), ("b", "c"), ("a", "c"), ("c", "b")], ["a"])
    {'a': 1, 'b': 2, 'c': 3}
    """
    successors: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        successors[source].append(target)
    forward: dict[str, list[str]] = defaultdict(list)
    finished: list[str] = []
    open_nodes: set[str] = set()
    seen: set[str] = set()
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        open_nodes.add(root)
        stack = [(root, iter(successors[root]))]
        while stack:
            node, rest = stack[-1]
            for other in rest:
                if other in open_nodes:
                    continue  # a loop
                forward[node].append(other)
                if other not in seen:
                    seen.add(other)
                    open_nodes.add(other)
                    stack.append((other, iter(successors[other])))
                    break
            else:
                stack.pop()
                open_nodes.discard(node)
                finished.append(node)
    layers = dict.fromkeys(reversed(finished), 1)
    for node in layers:
        for other in forward[node]:
            layers[other] = max(layers[other], layers[node] + 1)
    return layers
