"""The shortest simple paths of a graph, by searching only where the target is still in reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

Node = str
#: Successors of each node, in the order in which paths of one length are wanted.
Successors = Mapping[Node, Sequence[Node]]


def find_shortest_paths(
    successors: Successors, source: Node, target: Node, *, count: int
) -> tuple[tuple[Node, ...], ...]:
    """Return up to `count` simple paths, shortest first, then in the order of successors.

    Examples
    --------
    >>> graph = {"a": ["b", "c"], "b": ["c", "d"], "c": ["d"]}
    >>> find_shortest_paths(graph, "a", "d", count=3)
    (('a', 'b', 'd'), ('a', 'c', 'd'), ('a', 'b', 'c', 'd'))
    """
    return tuple(islice(iter_shortest_paths(successors, source, target), count))


def iter_shortest_paths(
    successors: Successors, source: Node, target: Node
) -> Iterator[tuple[Node, ...]]:
    """Yield all simple paths, shortest first."""
    distance = _distances_to(successors, target)
    if source not in distance:
        return
    live = {
        node: [s for s in found if s in distance and s != source]
        for node, found in successors.items()
        if node in distance and node != target
    }
    length, longest = distance[source], len(distance) - 1
    while length <= longest:
        deeper = [longest + 1]
        yield from _paths_of_length(live, distance, source, target, length, deeper)
        length = deeper[0]


def _distances_to(successors: Successors, target: Node) -> dict[Node, int]:
    predecessors: dict[Node, list[Node]] = {}
    for node, found in successors.items():
        for successor in found:
            predecessors.setdefault(successor, []).append(node)
    distance = {target: 0}
    queue = deque([target])
    while queue:
        node = queue.popleft()
        for previous in predecessors.get(node, ()):
            if previous not in distance:
                distance[previous] = distance[node] + 1
                queue.append(previous)
    return distance


def _paths_of_length(
    live: Mapping[Node, Sequence[Node]],
    distance: Mapping[Node, int],
    source: Node,
    target: Node,
    length: int,
    deeper: list[int],
) -> Iterator[tuple[Node, ...]]:
    """Yield the paths of exactly `length` edges; lower `deeper[0]` to the next length in sight."""
    if source == target:
        yield (source,)
        return
    path, on_path = [source], {source}
    stack = [iter(live.get(source, ()))]
    while stack:
        left = length - len(path)
        for node in stack[-1]:
            if node in on_path:
                continue
            need = distance[node]
            if need > left:
                deeper[0] = min(deeper[0], len(path) + need)
            elif node == target:
                if left == 0:
                    yield (*path, node)
            else:
                path.append(node)
                on_path.add(node)
                stack.append(iter(live.get(node, ())))
                break
        else:
            stack.pop()
            on_path.discard(path.pop())
