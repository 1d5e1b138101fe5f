"""The least fixpoint of bound clauses as operations of a circuit.

What is possible at best and certain at worst is found first, so that a loop without a live source
costs nothing; the rest goes by strongly connected parts, and only those of several bits loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

from krasbypass.screen.circuit import ONE, ZERO, Builder

#: A level as two values of a circuit: at least attenuated, full.
Pair = tuple[int, int]
OFF: Pair = (ZERO, ZERO)
#: Values of the two bits of each node that is not off for certain.
State = Mapping[str, Pair]
#: A node and a threshold.
Head = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Term:
    """`head` holds if all `fixed` values (with whether to negate) and all of `body` do."""

    head: Head
    fixed: frozenset[tuple[int, bool]]
    body: frozenset[Head]


def solve_terms(builder: Builder, terms: Iterable[Term], start: State) -> dict[Head, int]:
    """Return the value of every head that can hold, above `start`.

    Examples
    --------
    >>> builder = Builder(1)
    >>> x = (builder.input(0), False)
    >>> loop = [Term(("A", 1), frozenset(), frozenset({("B", 1)})),
    ...         Term(("B", 1), frozenset(), frozenset({("A", 1)}))]
    >>> solve_terms(builder, loop, {})
    {}
    >>> sorted(solve_terms(builder, [*loop, Term(("A", 1), frozenset({x}), frozenset())], {}))
    [('A', 1), ('B', 1)]
    """
    terms = tuple(terms)
    possible = derive(terms)
    terms = tuple(t for t in terms if t.body <= possible)
    certain = derive(t for t in terms if not t.fixed)
    open_terms: dict[Head, set[Term]] = defaultdict(set)
    for term in terms:
        if term.head not in certain:
            open_terms[term.head].add(Term(term.head, term.fixed, term.body - certain))
    values = dict.fromkeys(sorted(certain), ONE)
    minimal = {head: _without_supersets(found) for head, found in open_terms.items()}
    for part in _ordered_parts(minimal):
        if len(part) == 1:
            value = _value(builder, minimal[part[0]], values)
            values[part[0]] = value
        else:
            values.update(_loop(builder, part, minimal, values, start))
    return values


def derive(terms: Iterable[Term]) -> set[Head]:
    """Return the heads that follow when every fixed value holds (Dowling and Gallier)."""
    waiting: dict[Head, list[int]] = defaultdict(list)
    heads, missing = [], []
    queue = []
    for number, term in enumerate(terms):
        heads.append(term.head)
        missing.append(len(term.body))
        for head in term.body:
            waiting[head].append(number)
        if not term.body:
            queue.append(term.head)
    found: set[Head] = set()
    while queue:
        head = queue.pop()
        if head in found:
            continue
        found.add(head)
        for number in waiting[head]:
            missing[number] -= 1
            if not missing[number]:
                queue.append(heads[number])
    return found


def _without_supersets(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the terms that no weaker one makes needless, and none that needs its own head."""
    ordered = sorted(
        (t for t in terms if t.head not in t.body),
        key=lambda t: (len(t.fixed) + len(t.body), sorted(t.fixed), sorted(t.body)),
    )
    kept: list[Term] = []
    for term in ordered:
        if not any(k.fixed <= term.fixed and k.body <= term.body for k in kept):
            kept.append(term)
    return tuple(kept)


def _ordered_parts(terms: Mapping[Head, tuple[Term, ...]]) -> list[list[Head]]:
    """Return strongly connected parts, sources first; within a part, in the order of a walk."""
    graph: nx.DiGraph[Head] = nx.DiGraph()
    graph.add_nodes_from(sorted(terms))
    graph.add_edges_from(
        sorted({(b, h) for h, found in terms.items() for t in found for b in t.body})
    )
    parts = list(nx.strongly_connected_components(graph))
    if len(parts) == len(graph):
        return [[head] for head in nx.topological_sort(graph)]
    condensed = nx.condensation(graph, parts)
    result = []
    for number in nx.topological_sort(condensed):
        members = condensed.nodes[number]["members"]
        result.append(_walk(graph, members) if len(members) > 1 else list(members))
    return result


def _walk(graph: nx.DiGraph[Head], members: set[Head]) -> list[Head]:
    part = graph.subgraph(sorted(members))
    entry = min(members, key=lambda h: (-sum(p not in members for p in graph.pred[h]), h))
    return list(reversed(list(nx.dfs_postorder_nodes(part, entry))))


def _value(builder: Builder, terms: Iterable[Term], values: Mapping[Head, int]) -> int:
    return builder.any([_conjunction(builder, term, values) for term in terms])


def _conjunction(builder: Builder, term: Term, values: Mapping[Head, int]) -> int:
    fixed = [builder.invert(v) if negated else v for v, negated in sorted(term.fixed)]
    return builder.all([*fixed, *(values[head] for head in term.body)])


def _loop(
    builder: Builder,
    part: list[Head],
    terms: Mapping[Head, tuple[Term, ...]],
    values: Mapping[Head, int],
    start: State,
) -> dict[Head, int]:
    """Return the values of a part; only bits read before their turn are carried round."""
    place = {head: number for number, head in enumerate(part)}
    carried = sorted(
        {b for h in part for t in terms[h] for b in t.body if place.get(b, -1) >= place[h]},
        key=place.__getitem__,
    )
    for head in part:  # what does not change leaves the loop
        for term in terms[head]:
            _conjunction(builder, Term(head, term.fixed, term.body - place.keys()), values)
    phis = builder.open_loop(len(carried))
    now = {**values, **dict(zip(carried, phis, strict=True))}
    for head in part:
        now[head] = _value(builder, terms[head], now)
    initial = [start.get(node, OFF)[threshold - 1] for node, threshold in carried]
    builder.close_loop(phis, initial, [now[head] for head in carried])
    return {head: now[head] for head in part}
