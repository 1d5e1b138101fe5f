"""Minimal node interventions beside path enumeration with clingo, on the published HER2 network.

``python -m benchmarks.interventions [FILE]``; the network is OCSANA's test case (2,753 nodes, 3,812
edges, 69,805 paths of up to 20 edges, 320 minimal sets of up to 6 nodes), its sources and targets
as in that project's test. ``--slow`` also gives clingo every path as it stands, which takes minutes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from krasbypass.interventions import find_node_cuts
from krasbypass.own_network import read_graph, read_network_config

NETWORKS = Path(__file__).resolve().parents[2] / "shared" / "data" / "networks"
SIZE, LONGEST, PATHS, SETS, SETS_OF_ALL_PATHS = 6, 20, 69_805, 320, 216
CONFIG = read_network_config(
    Path(__file__).resolve().parents[1] / "examples" / "own-network" / "her2.toml"
)
SOURCES, TARGETS = tuple(CONFIG.sources), CONFIG.outputs

Graph = Mapping[str, Sequence[str]]
Sets = frozenset[frozenset[str]]


def read_successors(path: Path) -> dict[str, list[str]]:
    """Read the network as this package does, as the successors of each node."""
    successors: dict[str, list[str]] = {}
    for statement in read_graph(path).statements:
        for literal in statement.literals:
            successors.setdefault(literal.node, []).append(statement.target)
    return successors


def read_columns(path: Path) -> dict[str, list[str]]:
    """Read the network as a script would."""
    successors: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        source, _, target = line.split("\t")
        successors.setdefault(source, []).append(target)
    return successors


def list_paths(graph: Graph, longest: int) -> Iterator[tuple[str, ...]]:
    """Yield every elementary path, looking only where a target is still in reach."""
    back: dict[str, list[str]] = {}
    for node, found in graph.items():
        for successor in found:
            back.setdefault(successor, []).append(node)
    distance = dict.fromkeys(TARGETS, 0)
    queue = list(distance)
    for node in queue:
        for previous in back.get(node, ()):
            if previous not in distance:
                distance[previous] = distance[node] + 1
                queue.append(previous)

    def extend(path: dict[str, None], node: str, left: int) -> Iterator[tuple[str, ...]]:
        if not distance[node]:
            yield tuple(path)
        for successor in graph.get(node, ()):
            if successor not in path and distance.get(successor, left) < left:
                path[successor] = None
                yield from extend(path, successor, left - 1)
                del path[successor]

    for source in SOURCES:
        if distance.get(source, longest + 1) <= longest:
            yield from extend({source: None}, source, longest)


def keep_smallest(paths: Iterable[tuple[str, ...]]) -> list[frozenset[str]]:
    """Drop paths whose nodes include those of another: what cuts that one cuts them."""
    numbers: dict[str, int] = {}
    masks = {frozenset(p): sum(1 << numbers.setdefault(n, len(numbers)) for n in p) for p in paths}
    kept: list[tuple[int, frozenset[str]]] = []
    for path, mask in sorted(masks.items(), key=lambda item: len(item[0])):
        if not any(other & mask == other for other, _ in kept):
            kept.append((mask, path))
    return [path for _, path in kept]


def hit_with_clingo(paths: Iterable[Iterable[str]], size: int) -> Sets:
    """All minimal hitting sets by clingo's domRec: models smallest in the nodes."""
    import clingo

    lines = ["{ cut(N) : node(N) }.", f":- #count {{ N : cut(N) }} > {size}.", "#show cut/1."]
    lines.append("#heuristic cut(N) : node(N). [1,false]")
    nodes: set[str] = set()
    for path in paths:
        nodes.update(path)
        lines.append(f":- {', '.join(f'not cut({node})' for node in path)}.")
    lines += [f"node({node})." for node in nodes]
    control = clingo.Control(
        ["0", "--enum-mode=domRec", "--heuristic=Domain", "--warn=none"], message_limit=0
    )
    control.add("base", [], "\n".join(lines))
    control.ground([("base", [])])
    found: list[frozenset[str]] = []
    control.solve(
        on_model=lambda model: found.append(
            frozenset(atom.arguments[0].name for atom in model.symbols(shown=True))
        )
    )
    return frozenset(found)


def run(path: Path, *, slow: bool = False) -> dict[str, float]:
    """Time each way from the file to the sets, check that they agree, return the seconds."""

    def ours(longest: int | None = LONGEST) -> Sets:
        found = find_node_cuts(read_successors(path), SOURCES, TARGETS, size=SIZE, longest=longest)
        return frozenset(map(frozenset, found.sets))

    def theirs() -> Sets:
        return hit_with_clingo(list_paths(read_columns(path), LONGEST), SIZE)

    def theirs_reduced() -> Sets:
        return hit_with_clingo(keep_smallest(list_paths(read_columns(path), LONGEST)), SIZE)

    calls: dict[str, Callable[[], Sets]] = {
        "this package": ours,
        "all paths, the smallest kept, clingo": theirs_reduced,
    }
    if slow:
        calls["all paths, clingo"] = theirs
    assert sum(1 for _ in list_paths(read_columns(path), LONGEST)) == PATHS
    taken, answers = {}, {}
    for name, call in calls.items():
        start = time.perf_counter()
        answers[name] = call()
        taken[name] = time.perf_counter() - start
    assert len(set(answers.values())) == 1, "the ways do not agree"
    sets = answers["this package"]
    assert len(sets) == SETS
    without_bound = ours(None)
    assert len(without_bound) == SETS_OF_ALL_PATHS
    print(f"{len(sets)} minimal sets of up to {SIZE} nodes for the paths of up to {LONGEST} edges,")
    print(
        f"{len(without_bound)} for paths of any length: {len(sets & without_bound)} of the {len(sets)} "
        f"cut the longer paths too, {len(sets - without_bound)} do not, "
        f"{len(without_bound - sets)} are minimal only with those."
    )
    for name, seconds in taken.items():
        print(f"{seconds:9.2f} s  {seconds / taken['this package']:9.1f}  {name}")
    return taken


def main() -> None:
    """Run the benchmark on a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=NETWORKS / "HER2.sif")
    parser.add_argument("--slow", action="store_true", help="clingo on every path as well")
    asked = parser.parse_args()
    run(asked.file, slow=asked.slow)


if __name__ == "__main__":
    main()
