"""The shortest simple paths of a graph, by searching only where the target is still in reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

Node = str
Path = tuple[Node, ...]
#: Successors of each node, in the order in which paths of one length are wanted.
Successors = Mapping[Node, Sequence[Node]]


class PathFinder:
    """Simple paths of one graph; `successors` are in the order in which ties are wanted.

    Examples
    --------
    >>> finder = PathFinder({"a": ["b", "c"], "b": ["c", "d"], "c": ["d"]})
    >>> finder.find_shortest("a", "d", count=3)
    (('a', 'b', 'd'), ('a', 'c', 'd'), ('a', 'b', 'c', 'd'))
    """

    def __init__(self, successors: Successors) -> None:
        self.successors = successors
        self.predecessors: dict[Node, list[Node]] = {}
        for node, found in successors.items():
            for successor in found:
                self.predecessors.setdefault(successor, []).append(node)

    def find_shortest(self, source: Node, target: Node, *, count: int) -> tuple[Path, ...]:
        """Return up to `count` simple paths, shortest first, then in the order of successors."""
        return tuple(islice(self.iter_shortest(source, target), count))

    def iter_shortest(self, source: Node, target: Node) -> Iterator[Path]:
        """Yield all simple paths, shortest first."""
        distance = self._distances_to(target)
        if source not in distance:
            return
        live = _Live(self.successors, distance)
        length, longest = distance[source], len(distance) - 1
        while length <= longest:
            deeper = [longest + 1]
            yield from _paths_of_length(live, source, target, length, deeper)
            length = deeper[0]

    def _distances_to(self, target: Node) -> dict[Node, int]:
        distance = {target: 0}
        queue = deque([target])
        while queue:
            node = queue.popleft()
            further = distance[node] + 1
            for previous in self.predecessors.get(node, ()):
                if previous not in distance:
                    distance[previous] = further
                    queue.append(previous)
        return distance


class _Live(dict[Node, list[tuple[Node, int]]]):
    """Successors that reach the target, with how far they are from it; looked up when needed."""

    def __init__(self, successors: Successors, distance: Mapping[Node, int]) -> None:
        super().__init__()
        self.graph = successors
        self.distance = distance

    def __missing__(self, node: Node) -> list[tuple[Node, int]]:
        distance = self.distance
        found = [(s, distance[s]) for s in self.graph.get(node, ()) if s in distance]
        self[node] = found
        return found


def _paths_of_length(
    live: _Live, source: Node, target: Node, length: int, deeper: list[int]
) -> Iterator[Path]:
    """Yield the paths of exactly `length` edges; lower `deeper[0]` to the next length in sight."""
    if source == target:
        yield (source,)
        return
    path, on_path = [source], {source}
    stack = [iter(live[source])]
    while stack:
        left = length - len(path)
        for node, need in stack[-1]:
            if node in on_path:
                continue
            if need > left:
                if len(path) + need < deeper[0]:
                    deeper[0] = len(path) + need
            elif need:
                path.append(node)
                on_path.add(node)
                stack.append(iter(live[node]))
                break
            elif not left:
                yield (*path, node)
        else:
            stack.pop()
            on_path.discard(path.pop())
