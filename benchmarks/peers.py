"""The same questions answered by others: each peer is built once and asked many times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from krasbypass.screen.clauses import Read

from .problem import Problem

Answer = Callable[[tuple[int, ...]], bool]


def make_worklist(problem: Problem) -> Answer:
    """Dowling and Gallier in pure Python, integers and lists only; adapted starts from acute."""
    number: dict[tuple[str, int], int] = {}
    heads: list[int] = []
    counts: list[int] = []
    watchers: dict[int, list[int]] = {}
    off_by: list[list[int]] = [[] for _ in problem.drugs]
    on_by: list[list[int]] = [[] for _ in problem.drugs]
    groups: dict[frozenset[int], int] = {}
    reliefs: dict[tuple[str, int], list[int]] = {}
    relief_bits = {}

    def index(key: tuple[str, int]) -> int:
        return number.setdefault(key, len(number))

    for clause in problem.case.program.clauses:
        place = len(heads)
        needed = 0
        for bit in sorted(clause.body):
            if bit.read is Read.STATE:
                watchers.setdefault(index((bit.node, bit.threshold)), []).append(place)
                needed += 1
            elif bit.read is Read.RELIEF:
                reliefs.setdefault((bit.node, bit.threshold), []).append(place)
                relief_bits[bit.node, bit.threshold] = bit
                needed += 1
            else:
                holds, flips = problem.setters(bit)
                flippers = frozenset(flips)
                if holds:
                    for drug in flippers:
                        off_by[drug].append(place)
                else:
                    needed += 1
                    for drug in flippers:
                        on_by[drug].append(place)
                    groups[flippers] = place
        heads.append(index((clause.target, clause.threshold)))
        counts.append(needed)
    watch = [watchers.get(i, []) for i in range(len(number))]
    fall = [
        ([[index(k) for k in choice] for choice in problem.relief(relief_bits[key])], places)
        for key, places in reliefs.items()
    ]
    goal = [index(key) for key in problem.forbidden]
    watch += [[] for _ in range(len(number) - len(watch))]
    start = [place for place, count in enumerate(counts) if not count]
    size = len(number)

    def answer(combination: tuple[int, ...]) -> bool:
        missing = counts[:]
        for drug in combination:
            for place in off_by[drug]:
                missing[place] += 1000
        queue = [heads[place] for place in start if not missing[place]]
        activated = {place for drug in combination for place in on_by[drug]}
        for place in activated:
            missing[place] -= 1
            if not missing[place]:
                queue.append(heads[place])
        on = bytearray(size)

        def run() -> None:
            while queue:
                head = queue.pop()
                if not on[head]:
                    on[head] = 1
                    for place in watch[head]:
                        left = missing[place] - 1
                        missing[place] = left
                        if not left:
                            queue.append(heads[place])

        run()
        fallen = [
            places
            for choices, places in fall
            if any(all(not on[bit] for bit in choice) for choice in choices)
        ]
        for places in fallen:
            for place in places:
                missing[place] -= 1
                if not missing[place]:
                    queue.append(heads[place])
        run()
        return not any(on[bit] for bit in goal)

    return answer


def write_program(problem: Problem) -> str:
    """Return the acute and adapted phases as a stratified answer-set program."""
    ids: dict[tuple[str, int], int] = {}

    def atom(key: tuple[str, int]) -> int:
        return ids.setdefault(key, len(ids))

    inputs: dict[tuple[Read, str, int], str] = {}
    lines = [f"{{drug({i})}}." for i in range(len(problem.drugs))]
    reliefs: dict[tuple[str, int], str] = {}
    for clause in problem.case.program.clauses:
        for phase in "ab":
            body = []
            for bit in sorted(clause.body):
                key = (bit.node, bit.threshold)
                if bit.read is Read.STATE:
                    body.append(f"{phase}({atom(key)})")
                elif bit.read is Read.RELIEF:
                    if key not in reliefs:
                        reliefs[key] = f"relief({len(reliefs)})"
                        for choice in problem.relief(bit):
                            off = ", ".join(f"not a({atom(k)})" for k in choice)
                            lines.append(f"{reliefs[key]} :- {off}.")
                    body.append(reliefs[key] if phase == "b" else "#false")
                else:
                    holds, flips = problem.setters(bit)
                    name = inputs.get((bit.read, *key))
                    if name is None:
                        name = inputs[bit.read, *key] = f"flip({len(inputs)})"
                        lines += [f"{name} :- drug({i})." for i in flips]
                    body.append(f"not {name}" if holds else name)
            head = f"{phase}({atom((clause.target, clause.threshold))})"
            lines.append(f"{head} :- {', '.join(body)}." if body else f"{head}.")
    lines += [f"missed :- b({atom(key)})." for key in problem.forbidden]
    # atoms that no rule derives are false; say so, or grounding warns
    return "\n".join(lines)


def make_clingo(problem: Problem) -> Answer:
    """Grounded once, asked with assumptions."""
    import clingo

    control = clingo.Control(["--warn=none"], message_limit=0)
    control.add(
        "base", [], write_program(problem) + "\n#defined a/1. #defined b/1. missed :- missed."
    )
    control.ground([("base", [])])
    drugs = [clingo.Function("drug", [clingo.Number(i)]) for i in range(len(problem.drugs))]
    missed = clingo.Function("missed")

    def answer(combination: tuple[int, ...]) -> bool:
        chosen = set(combination)
        found = []
        control.solve(
            assumptions=[(atom, i in chosen) for i, atom in enumerate(drugs)],
            on_model=lambda model: found.append(model.contains(missed)),
        )
        return not found[0]

    return answer


def make_aeon(problem: Problem) -> Answer:
    """Percolation of both phases as one Boolean network; needs the clauses to be without loops."""
    import biodivine_aeon as aeon

    ids: dict[object, str] = {}

    def name(key: object) -> str:
        return ids.setdefault(key, f"v{len(ids)}")

    drugs = [f"d{i}" for i in range(len(problem.drugs))]
    updates: dict[str, list[str]] = {drug: [drug] for drug in drugs}
    for clause in problem.case.program.clauses:
        for phase in "ab":
            body = []
            for bit in sorted(clause.body):
                key = (bit.node, bit.threshold)
                if bit.read is Read.STATE:
                    body.append(name((phase, key)))
                elif bit.read is Read.RELIEF:
                    options = [
                        " & ".join(f"!{name(('a', k))}" for k in choice)
                        for choice in problem.relief(bit)
                    ]
                    lost = " | ".join(f"({o})" for o in options)
                    body.append(f"({lost})" if phase == "b" and lost else "false")
                else:
                    holds, flips = problem.setters(bit)
                    some = " | ".join(drugs[i] for i in flips) or "false"
                    body.append(f"!({some})" if holds else f"({some})")
            head = name((phase, (clause.target, clause.threshold)))
            updates.setdefault(head, []).append("(" + (" & ".join(body) or "true") + ")")
    for variable in list(ids.values()):
        updates.setdefault(variable, ["false"])
    goal = [name(("b", key)) for key in problem.forbidden]
    for variable in goal:
        updates.setdefault(variable, ["false"])
    text = "\n".join(f"{v}, {' | '.join(parts)}" for v, parts in sorted(updates.items()))
    network = aeon.BooleanNetwork.from_bnet(text, repair_graph=True).infer_valid_graph()
    graph = aeon.AsynchronousGraph(network)
    known = {v: network.find_variable(v) for v in (*drugs, *goal)}

    def answer(combination: tuple[int, ...]) -> bool:
        space = {known[d]: i in combination for i, d in enumerate(drugs) if known[d] is not None}
        found = aeon.Percolation.percolate_subspace(graph, space)
        return not any(found.get(known[v]) for v in goal)

    return answer


def make_reachability(problem: Problem, library: str) -> Answer:
    """Copy the graph of drivers, remove what drugs block, take descendants: an easier question."""
    blocked = [
        {n.partition(":")[2] for n, level in drug if n.startswith("engaged") and level == 2}
        for drug in problem.drugs
    ]
    edges: dict[tuple[str, str], None] = {}
    for clause in problem.case.program.clauses:
        reads = (Read.STATE, Read.INPUT)
        nodes = sorted({b.node for b in clause.body if b.read in reads})
        edges.update(dict.fromkeys((node, clause.target) for node in nodes or ["source"]))
    on = (node for node, level in problem.defaults.items() if level)
    edges.update(dict.fromkeys(("source", node) for node in sorted(on)))
    outputs = problem.goal.outputs
    return _ANSWERS[library](list(edges), blocked, outputs)


def _with_networkx(
    edges: list[tuple[str, str]], blocked: list[set[str]], outputs: Iterable[str]
) -> Answer:
    import networkx as nx

    graph = nx.DiGraph(edges)

    def answer(combination: tuple[int, ...]) -> bool:
        copy = graph.copy()
        copy.remove_nodes_from({n for drug in combination for n in blocked[drug]})
        reached = nx.descendants(copy, "source")
        return not any(output in reached for output in outputs)

    return answer


def _with_rustworkx(
    edges: list[tuple[str, str]], blocked: list[set[str]], outputs: Iterable[str]
) -> Answer:
    import rustworkx as rx

    graph: Any = rx.PyDiGraph()
    names = sorted({node for edge in edges for node in edge})
    number = dict(zip(names, graph.add_nodes_from(names), strict=True))
    graph.add_edges_from_no_data([(number[a], number[b]) for a, b in edges])
    places = [[number[n] for n in found if n in number] for found in blocked]
    goal = [number[o] for o in outputs if o in number]
    source = number["source"]

    def answer(combination: tuple[int, ...]) -> bool:
        copy = graph.copy()
        copy.remove_nodes_from([n for drug in combination for n in places[drug]])
        reached = rx.descendants(copy, source)
        return not any(node in reached for node in goal)

    return answer


_ANSWERS = {"networkx": _with_networkx, "rustworkx": _with_rustworkx}
PEERS: dict[str, Callable[[Problem], Answer]] = {
    "worklist": make_worklist,
    "clingo": make_clingo,
    "aeon": make_aeon,
    "networkx": partial(make_reachability, library="networkx"),
    "rustworkx": partial(make_reachability, library="rustworkx"),
}
#: Peers that answer an easier question: they know no conjunctions and no phases.
EASIER = ("networkx", "rustworkx")
