"""The least fixpoint of bound clauses as operations of a circuit.

What is possible at best and certain at worst is found first, so that a loop without a live source
costs nothing; the rest goes by strongly connected parts, and only those of several bits loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    """Return the heads that follow when every fixed value holds (Dowling and Gallier).

    >>> a, b, c = ("A", 1), ("B", 1), ("C", 2)
    >>> chain = [Term(b, frozenset(), frozenset({a})), Term(a, frozenset(), frozenset())]
    >>> sorted(derive([*chain, Term(c, frozenset(), frozenset({c}))]))
    [('A', 1), ('B', 1)]
    """
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
    ahead: dict[Head, list[Head]] = {head: [] for head in sorted(terms)}
    for head in ahead:
        for body in sorted({b for term in terms[head] for b in term.body}):
            ahead[body].append(head)
    parts = find_parts(ahead)
    return [part if len(part) == 1 else _walk(ahead, terms, set(part)) for part in parts]


def find_parts(ahead: Mapping[Head, Sequence[Head]]) -> list[list[Head]]:
    """Return the strongly connected parts of a graph, sources first (Tarjan).

    As networkx finds them; a table of scenarios is answered in the time that importing it takes.

    >>> a, b, c = ("A", 1), ("B", 1), ("C", 1)
    >>> [sorted(part) for part in find_parts({c: [], a: [b], b: [a, c]})]
    [[('A', 1), ('B', 1)], [('C', 1)]]
    """
    parts: list[list[Head]] = []
    number: dict[Head, int] = {}
    lowest: dict[Head, int] = {}
    open_nodes: list[Head] = []
    for root in ahead:
        if root in number:
            continue
        number[root] = lowest[root] = len(number)
        open_nodes.append(root)
        stack = [(root, iter(ahead[root]))]
        while stack:
            node, following = stack[-1]
            for successor in following:
                if successor not in number:
                    number[successor] = lowest[successor] = len(number)
                    open_nodes.append(successor)
                    stack.append((successor, iter(ahead[successor])))
                    break
                # nodes of finished parts stand above everything that is still open
                lowest[node] = min(lowest[node], lowest[successor])
            else:
                stack.pop()
                if stack:
                    before = stack[-1][0]
                    lowest[before] = min(lowest[before], lowest[node])
                if lowest[node] == number[node]:
                    part = [open_nodes.pop()]
                    while part[-1] != node:
                        part.append(open_nodes.pop())
                    lowest.update(dict.fromkeys(part, len(ahead)))
                    parts.append(part)
    return parts[::-1]


def _walk(
    ahead: Mapping[Head, Sequence[Head]],
    terms: Mapping[Head, tuple[Term, ...]],
    members: set[Head],
) -> list[Head]:
    """Return a part in reverse postorder, from where most comes in from outside."""
    outside = {h: len({b for t in terms[h] for b in t.body} - members) for h in members}
    entry = min(members, key=lambda h: (-outside[h], h))
    order: list[Head] = []
    seen = {entry}
    stack = [(entry, iter(ahead[entry]))]
    while stack:
        for successor in stack[-1][1]:
            if successor in members and successor not in seen:
                seen.add(successor)
                stack.append((successor, iter(ahead[successor])))
                break
        else:
            order.append(stack.pop()[0])
    return order[::-1]


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
            outside = frozenset([b for b in term.body if b not in place])
            _conjunction(builder, Term(head, term.fixed, outside), values)
    phis = builder.open_loop(len(carried))
    now = {**values, **dict(zip(carried, phis, strict=True))}
    for head in part:
        now[head] = _value(builder, terms[head], now)
    initial = [start.get(node, OFF)[threshold - 1] for node, threshold in carried]
    builder.close_loop(phis, initial, [now[head] for head in carried])
    return {head: now[head] for head in part}
