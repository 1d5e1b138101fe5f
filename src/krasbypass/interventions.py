"""Minimal node interventions: all small sets of nodes that cut every path from sources to outputs.

A set grows node by node along a path that it leaves open, so that paths are found when they are
needed and never listed: whatever cuts every path has a node on that one. Nodes tried before are
barred from the branches that follow, so that no set is met twice; a branch ends when more paths
without a common node are left than nodes may be added. Sets of nodes are bits of one number, and
a search for a path takes all nodes of one distance in one step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from krasbypass.errors import UnknownTermError
from krasbypass.model import Level, Phase
from krasbypass.network import Network
from krasbypass.own_network.restraints import FREE, OFF
from krasbypass.questions import resolve_question
from krasbypass.routes import evaluate_tumour
from krasbypass.tumour import Tumour

#: Sets that are returned before an answer is incomplete.
MOST_SETS = 100_000

#: What the names of other live sources start with: reliefs, and what a drug activates.
_SOURCES = ("relief:", "occupied:")
Successors = Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class NodeCuts:
    """Minimal sets of nodes, by size and then by name; the empty one if there is no path.

    `paths` is how many paths the search looked at.
    """

    sets: tuple[tuple[str, ...], ...]
    complete: bool
    paths: int


def find_node_cuts(
    successors: Successors,
    sources: Iterable[str],
    targets: Iterable[str],
    *,
    size: int = 6,
    longest: int | None = None,
    spared: Iterable[str] = (),
    most: int = MOST_SETS,
) -> NodeCuts:
    """Return all minimal sets of up to `size` nodes that cut every path.

    Parameters
    ----------
    successors
        The graph: the nodes to which each node leads.
    sources, targets
        Where paths start and end; these nodes may be cut as well.
    size
        Largest number of nodes in a set.
    longest
        Cut paths of up to so many edges only (default: all paths).
    spared
        Nodes on which nothing may intervene.
    most
        Sets to return before the answer is incomplete.

    Examples
    --------
    >>> graph = {"a": ["b", "c"], "b": ["d"], "c": ["d"]}
    >>> find_node_cuts(graph, ["a"], ["d"]).sets
    (('a',), ('d',), ('b', 'c'))
    >>> find_node_cuts(graph, ["a"], ["d"], spared=["a", "d"]).sets
    (('b', 'c'),)
    """
    cutter = _Cutter(successors, sources, targets, longest, spared)
    found = [
        cutter.names(cut) for cut in islice(cutter.search(0, size, cutter.spared, []), most + 1)
    ]
    kept = sorted(found[:most], key=lambda names: (len(names), names))
    return NodeCuts(tuple(kept), len(found) <= most, cutter.looked_at)


class _Cutter:
    """The part of a graph that lies between sources and targets, nodes as bits."""

    def __init__(
        self,
        successors: Successors,
        sources: Iterable[str],
        targets: Iterable[str],
        longest: int | None,
        spared: Iterable[str],
    ) -> None:
        predecessors: dict[str, list[str]] = defaultdict(list)
        for node, found in successors.items():
            for successor in found:
                predecessors[successor].append(node)
        starts, ends = sorted(set(sources)), sorted(set(targets))
        after, before = _measure(successors, starts), _measure(predecessors, ends)
        bound = len(after) if longest is None else longest
        self.nodes = [n for n in after if n in before and after[n] + before[n] <= bound]
        self.longest = bound
        bits = {node: 1 << number for number, node in enumerate(self.nodes)}
        self.onward = [0] * len(self.nodes)
        self.back = [0] * len(self.nodes)
        for number, node in enumerate(self.nodes):
            for successor in successors.get(node, ()):
                if successor in bits:
                    self.onward[number] |= bits[successor]
                    self.back[bits[successor].bit_length() - 1] |= bits[node]
        self.starts = sum(bits[n] for n in starts if n in bits)
        self.ends = sum(bits[n] for n in ends if n in bits)
        self.spared = sum(bits[n] for n in set(spared) if n in bits)
        self.all = (1 << len(self.nodes)) - 1
        self.looked_at = 0

    def names(self, nodes: int) -> tuple[str, ...]:
        return tuple(sorted(self.nodes[number] for number in _numbers(nodes)))

    def search(self, cut: int, left: int, barred: int, open_paths: list[int]) -> Iterator[int]:
        """Yield the minimal cuts that hold `cut`, none of `barred`, and up to `left` nodes more.

        `open_paths` are the paths met so far that `cut` does not touch.
        """
        alive = self.all & ~cut
        if not open_paths:
            path = self.find_path(alive)
            if not path:
                if self.is_minimal(cut):
                    yield cut
                return
            open_paths = [path]
        shortest = min(open_paths, key=lambda path: (path & ~barred).bit_count())
        if not left or not self.can_close(alive, left, barred, open_paths):
            return
        for number in _numbers(shortest & ~barred):
            bit = 1 << number
            rest = [path for path in open_paths if not path & bit]
            yield from self.search(cut | bit, left - 1, barred, rest)
            barred |= bit

    def can_close(self, alive: int, left: int, barred: int, open_paths: list[int]) -> bool:
        """Whether `left` nodes may do: no more paths than that have no free node in common.

        New paths are added to `open_paths`.
        """
        for _ in range(left + 1):
            path = self.find_path(alive)
            if not path:
                return True
            if path not in open_paths:
                open_paths.append(path)
            free = path & ~barred
            if not free:
                return False
            alive &= ~free
        return False

    def find_path(self, alive: int) -> int:
        """Return the nodes of a shortest path among `alive`, 0 if there is none."""
        front = self.starts & alive
        seen, steps = front, [front]
        while front:
            if reached := front & self.ends:
                return self._trace(reached, steps)
            if len(steps) > self.longest:
                break
            front = self._step(front, self.onward) & alive & ~seen
            seen |= front
            steps.append(front)
        return 0

    def _trace(self, reached: int, steps: list[int]) -> int:
        self.looked_at += 1
        node = path = reached & -reached
        for step in reversed(steps[:-1]):
            before = self.back[node.bit_length() - 1] & step
            node = before & -before
            path |= node
        return path

    def _step(self, front: int, edges: list[int]) -> int:
        result = 0
        for number in _numbers(front):
            result |= edges[number]
        return result

    def is_minimal(self, cut: int) -> bool:
        """Whether each node of a cut alone keeps some path closed.

        The shortest walk through it that avoids the others is such a path: where it met itself,
        a shorter one without the node would be open.
        """
        alive = self.all & ~cut
        after = self._measure_bits(self.starts & alive, self.onward, alive)
        before = self._measure_bits(self.ends & alive, self.back, alive)
        for number in _numbers(cut):
            bit = 1 << number
            to = 0 if bit & self.starts else _nearest(after, self.back[number])
            on = 0 if bit & self.ends else _nearest(before, self.onward[number])
            if to is None or on is None or to + on > self.longest:
                return False
        return True

    def _measure_bits(self, front: int, edges: list[int], alive: int) -> list[int]:
        """Return the nodes at each distance."""
        seen, steps = front, [front]
        while front and len(steps) <= self.longest:
            front = self._step(front, edges) & alive & ~seen
            seen |= front
            steps.append(front)
        return steps


def _nearest(steps: list[int], nodes: int) -> int | None:
    """Return how far a node next to `nodes` is, None if it is out of reach."""
    return next((number for number, step in enumerate(steps, start=1) if step & nodes), None)


def _numbers(nodes: int) -> Iterator[int]:
    while nodes:
        low = nodes & -nodes
        yield low.bit_length() - 1
        nodes ^= low


def _measure(edges: Successors, starts: Iterable[str]) -> dict[str, int]:
    """Return how far each node is from the nearest start, nearest first."""
    distance = dict.fromkeys(starts, 0)
    queue = list(distance)
    for node in queue:
        for other in edges.get(node, ()):
            if other not in distance:
                distance[other] = distance[node] + 1
                queue.append(other)
    return distance


# -- a network's question -------------------------------------------------------------------------


@dataclass(frozen=True)
class NodeInterventions:
    """All minimal sets of nodes that cut every chain of drivers to the outputs of a question.

    `sets` holds the empty set alone if no chain is open. `sources` are the nodes at which the
    chains enter.
    """

    tissue: str
    alterations: tuple[str, ...]
    drugs: tuple[str, ...]
    sources: tuple[str, ...]
    outputs: tuple[str, ...]
    size: int
    longest: int | None
    sets: tuple[tuple[str, ...], ...]
    complete: bool
    ontology_version: str
    as_of: str
    notice: str


def find_node_interventions(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
    size: int = 6,
    longest: int | None = None,
    spared: Iterable[str] = (),
) -> NodeInterventions:
    """Return every minimal set of nodes that cuts all chains of drivers to the outputs.

    In a plain graph that closes the outputs, and nothing smaller does. Where rules have
    conditions, it closes them too, though fewer nodes may do: `krasbypass.gaps` counts conditions.

    Parameters
    ----------
    network, tumour, drugs
        As `krasbypass.routes.find_routes` takes them; chains are those open under the drugs.
    outputs
        What shall be closed (default: those of `krasbypass.questions.default_outputs`).
    size
        Largest number of nodes in a set.
    longest
        Cut chains of up to so many steps between nodes only.
    spared
        Nodes on which nothing may intervene.

    Raises
    ------
    UnknownTermError
        An output or a spared node is not in the network.
    """
    knowledge = network.knowledge
    question = resolve_question(network, tumour, drugs, outputs)
    chosen = question.goal.outputs
    spared = tuple(spared)
    for node in spared:
        if node not in network.targets:
            raise UnknownTermError("node", node, network.targets)
    successors: dict[str, dict[str, None]] = defaultdict(dict)
    entries: dict[str, None] = {}
    groups = evaluate_tumour(network, tumour, question.drug_names)
    for evaluation in (e for group in groups for e in group):
        derived = {rule.target for rule in evaluation.rules}
        sources = {n for n in evaluation.scenario.genotype if n not in derived}
        for rule in evaluation.rules:
            if evaluation.value(rule, Phase.ADAPTED) is Level.OFF:
                continue
            if rule.source in derived:
                successors[rule.source][rule.target] = None
            elif rule.source in sources or rule.source.startswith(_SOURCES):
                entries[rule.target] = None
    helpers = [node for node in (*successors, *entries) if node.startswith((OFF, FREE))]
    found = find_node_cuts(
        successors, entries, chosen, size=size, longest=longest, spared=(*spared, *helpers)
    )
    return NodeInterventions(
        tissue=question.tissue or "any",
        alterations=question.written,
        drugs=question.drug_names,
        sources=tuple(sorted(entries)),
        outputs=chosen,
        size=size,
        longest=longest,
        sets=found.sets,
        complete=found.complete,
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )
