"""Two regimens, or two samples of a patient, side by side: what opened, what closed, and why.

The difference between the two sides is a set of changes, each an alteration that came or went or
a drug that was added or dropped. What opened an output are the smallest sets of changes which do
so alone, found by trying them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from krasbypass.answers import Route, RoutesAnswer, Tabled
from krasbypass.errors import NotationError
from krasbypass.model import Level
from krasbypass.network import Network
from krasbypass.routes import find_routes
from krasbypass.scenario import name_change, resolve_drugs, resolve_scenarios
from krasbypass.screen import screen_scenarios
from krasbypass.tumour import Change, Tumour

#: Changes between two sides of which all sets are tried; more are refused.
MAX_CHANGES = 14


@dataclass(frozen=True, slots=True)
class Difference:
    """One change between the sides: ``+`` for what came, ``-`` for what went."""

    sign: str
    what: str

    def __str__(self) -> str:
        return f"{self.sign}{self.what}"


@dataclass(frozen=True, slots=True)
class Shift:
    """An output whose level in `adapted` differs, and the smallest sets of changes that do it.

    `sets` hold what alone takes `before` to `after`, or beyond; each is minimal.
    """

    output: str
    before: Level
    after: Level
    sets: tuple[tuple[Difference, ...], ...]


@dataclass(frozen=True)
class ComparisonAnswer(Tabled):
    """Both sides as answered, what differs between them, and the routes that came and went."""

    before: RoutesAnswer
    after: RoutesAnswer
    differences: tuple[Difference, ...]
    shifts: tuple[Shift, ...]
    opened: tuple[Route, ...] = field(repr=False)
    closed: tuple[Route, ...] = field(repr=False)


def compare_regimens(
    network: Network, tumour: Tumour, drugs: Iterable[str], others: Iterable[str]
) -> ComparisonAnswer:
    """Return what changes in one tumour if `others` are given instead of `drugs`.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> tumour = kb.Tumour.parse("CRC", ["KRAS:G12C"])
    >>> found = kb.compare_regimens(network, tumour, ["sotorasib"], ["sotorasib", "cetuximab"])
    >>> [str(change) for change in found.shifts[0].sets[0]]
    ['+cetuximab']
    """
    return _compare(network, (tumour, tuple(drugs)), (tumour, tuple(others)))


def compare_samples(
    network: Network, before: Tumour, after: Tumour, drugs: Iterable[str] = ()
) -> ComparisonAnswer:
    """Return what changes from one sample of a patient to the next under the same drugs.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> first = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
    >>> second = kb.Tumour.parse("NSCLC", ["KRAS:G12C", "MET:amp", "TP53:loss"])
    >>> found = kb.compare_samples(network, first, second, ["sotorasib"])
    >>> [str(change) for change in found.shifts[0].sets[0]]
    ['+MET:amp']
    """
    drugs = tuple(drugs)
    return _compare(network, (before, drugs), (after, drugs))


_Side = tuple[Tumour, tuple[str, ...]]


def _compare(network: Network, one: _Side, other: _Side) -> ComparisonAnswer:
    before, after = (find_routes(network, tumour, drugs) for tumour, drugs in (one, other))
    trial = _Trial(network, one, other)
    shifted = [
        output
        for output in network.outputs
        if before.outputs[output].adapted != after.outputs[output].adapted
    ]
    goals = {output: after.outputs[output].adapted for output in shifted}
    sets = trial.find_minimal(goals, {o: before.outputs[o].adapted for o in shifted})
    return ComparisonAnswer(
        before,
        after,
        trial.differences,
        tuple(
            Shift(output, before.outputs[output].adapted, goals[output], sets[output])
            for output in shifted
        ),
        opened=_only_in(after.routes, before.routes),
        closed=_only_in(before.routes, after.routes),
    )


def _only_in(routes: Iterable[Route], others: Iterable[Route]) -> tuple[Route, ...]:
    known = {(route.output, route.nodes) for route in others}
    return tuple(route for route in routes if (route.output, route.nodes) not in known)


class _Trial:
    """Applies sets of changes to the first side and reads the levels."""

    def __init__(self, network: Network, one: _Side, other: _Side) -> None:
        self.network = network
        knowledge = network.knowledge
        self.one, self.other = one, other
        entries = [
            {name_change(knowledge, c): c for clone in side[0].clones for c in clone}
            for side in (one, other)
        ]
        drugs = [tuple(d.name for d in resolve_drugs(knowledge, side[1])) for side in (one, other)]
        self.entries: tuple[Mapping[str, Change], ...] = tuple(entries)
        self.differences = (
            *(Difference("-", n) for n in entries[0] if n not in entries[1]),
            *(Difference("+", n) for n in entries[1] if n not in entries[0]),
            *(Difference("-", d) for d in drugs[0] if d not in drugs[1]),
            *(Difference("+", d) for d in drugs[1] if d not in drugs[0]),
        )
        self.drugs = drugs[0]
        if len(self.differences) > MAX_CHANGES:
            raise NotationError(
                ", ".join(map(str, self.differences)),
                f"at most {MAX_CHANGES} changes between two sides can be told apart",
            )

    def apply(self, changes: Sequence[Difference]) -> _Side:
        gone = {c.what for c in changes if c.sign == "-"}
        come = [c.what for c in changes if c.sign == "+"]
        added = tuple(self.entries[1][name] for name in come if name in self.entries[1])
        knowledge = self.network.knowledge
        clones = tuple(
            tuple(c for c in clone if name_change(knowledge, c) not in gone) + added
            for clone in self.one[0].clones
        )
        drugs = (*(d for d in self.drugs if d not in gone), *come)
        kept = tuple(d for d in drugs if d not in self.entries[1])
        return Tumour(self.one[0].tissue, clones), kept

    def find_minimal(
        self, goals: Mapping[str, Level], start: Mapping[str, Level]
    ) -> dict[str, tuple[tuple[Difference, ...], ...]]:
        """Return for each output the minimal sets of changes that alone shift it so far."""
        sets = [
            chosen
            for size in range(1, len(self.differences) + 1)
            for chosen in combinations(self.differences, size)
        ]
        scenarios, owner = [], []
        for number, chosen in enumerate(sets):
            tumour, drugs = self.apply(chosen)
            for scenario in resolve_scenarios(self.network.knowledge, tumour, drugs):
                scenarios.append(scenario)
                owner.append(number)
        found: dict[str, list[tuple[Difference, ...]]] = {output: [] for output in goals}
        if not goals or not scenarios:
            return {output: () for output in goals}
        planes = screen_scenarios(self.network, scenarios, nodes=list(goals))
        for output, goal in goals.items():
            highest = [Level.OFF] * len(sets)
            for number, level in zip(owner, planes.levels(output).tolist(), strict=True):
                highest[number] = max(highest[number], Level(level))
            rises = goal > start[output]
            for chosen, level in zip(sets, highest, strict=True):
                enough = level >= goal if rises else level <= goal
                if enough and not any(set(s) <= set(chosen) for s in found[output]):
                    found[output].append(chosen)
        return {output: tuple(minimal) for output, minimal in found.items()}
