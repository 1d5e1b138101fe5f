"""The shortest simple paths of a graph, by searching only where the target is still in reach.

Prefixes wait by the length of the shortest path that they could still become, so that each is
extended once. Where only one way on reaches the target, it is taken at one go. What is known of a
target serves all sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

Node = str
Path = tuple[Node, ...]
#: The way on from a node to the next choice: its nodes, the same as a bit set, and the number of
#: edges from the node to the target along it.
_Way = tuple[Path, int, int]
#: Targets of which a finder keeps what it knows.
_KEPT = 16


class PathFinder:
    """Simple paths of one graph, given as the successors of each node.

    Examples
    --------
    >>> finder = PathFinder({"a": ["b", "c"], "b": ["c", "d"], "c": ["d"]})
    >>> finder.find_shortest("a", "d", count=3)
    (('a', 'b', 'd'), ('a', 'c', 'd'), ('a', 'b', 'c', 'd'))
    """

    def __init__(self, successors: Mapping[Node, Iterable[Node]]) -> None:
        self.successors = {node: sorted(set(found)) for node, found in successors.items()}
        self._predecessors: dict[Node, list[Node]] = {}
        for node, found in self.successors.items():
            for successor in found:
                self._predecessors.setdefault(successor, []).append(node)
        # nodes that nothing leads to are never on the way, so that searching back leaves them out
        self._inner = {
            node: [p for p in found if p in self._predecessors]
            for node, found in self._predecessors.items()
        }
        self._known: dict[Node, _Ways] = {}

    def find_shortest(self, source: Node, target: Node, *, count: int) -> tuple[Path, ...]:
        """Return up to `count` simple paths, shortest first, then in the order of names."""
        return tuple(islice(self.iter_shortest(source, target), count))

    def iter_shortest(self, source: Node, target: Node) -> Iterator[Path]:
        """Yield all simple paths, shortest first, then in the order of names."""
        if source == target:
            yield (source,)
            return
        ways = self._ways_to(target)
        first = min((need for _, _, need in ways[source]), default=None)
        if first is None:
            return
        waiting: dict[int, list[tuple[Path, int]]] = {first: [((source,), ways.bit(source))]}
        while waiting:
            length = min(waiting)
            stack = sorted(waiting.pop(length), reverse=True)
            while stack:
                path, taken = stack.pop()
                node = path[-1]
                if node == target:
                    yield path
                    continue
                done = len(path) - 1
                for way, nodes, need in ways[node]:
                    if taken & nodes:
                        continue
                    prefix = (path + way, taken | nodes)
                    if done + need == length:
                        stack.append(prefix)
                    elif done + need in waiting:
                        waiting[done + need].append(prefix)
                    else:
                        waiting[done + need] = [prefix]

    def _ways_to(self, target: Node) -> _Ways:
        found = self._known.get(target)
        if found is None:
            if len(self._known) == _KEPT:
                del self._known[next(iter(self._known))]
            distance = self._distances_to(target)
            found = self._known[target] = _Ways(self.successors, distance, target)
        return found

    def _distances_to(self, target: Node) -> dict[Node, int]:
        distance = {target: 0}
        queue = [target]
        for node in queue:
            further = distance[node] + 1
            for previous in self._inner.get(node, ()):
                if previous not in distance:
                    distance[previous] = further
                    queue.append(previous)
        return distance


class _Ways(dict[Node, list[_Way]]):
    """Ways on from each node to one target, last first (a stack takes them); found when asked."""

    def __init__(
        self, successors: Mapping[Node, list[Node]], distance: Mapping[Node, int], target: Node
    ) -> None:
        super().__init__()
        self.successors = successors
        self.distance = distance
        self.target = target
        self._live: dict[Node, list[Node]] = {}
        self._bits: dict[Node, int] = {}

    def bit(self, node: Node) -> int:
        """Return the bit that stands for a node."""
        return self._bits.setdefault(node, 1 << len(self._bits))

    def __missing__(self, node: Node) -> list[_Way]:
        found = []
        for successor in reversed(self._successors_of(node)):
            way = [successor]
            nodes = self.bit(successor)
            while way[-1] != self.target:
                options = self._successors_of(way[-1])
                if len(options) > 1:
                    break
                way.append(options[0])  # the only way on comes nearer, so that none goes round
                nodes |= self.bit(options[0])
            found.append((tuple(way), nodes, 1 + self.distance[successor]))
        self[node] = found
        return found

    def _successors_of(self, node: Node) -> list[Node]:
        """Return the successors that reach the target."""
        found = self._live.get(node)
        if found is None:
            distance = self.distance
            found = [s for s in self.successors.get(node, ()) if s in distance]
            self._live[node] = found
        return found
