"""The fewest regimens that serve the most patients: weighted maximum coverage, exact if small.

Patients whom the same regimens serve are one; regimens that serve no one, or no one whom another
does not serve too, are left out. What remains is searched exhaustively with a bound, up to a number
of steps; beyond it the greedy choice stands, marked as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Steps of the search after which the greedy choice stands.
MAX_STEPS = 200_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Regimens, by number in ascending order, and how many patients at least one of them serves."""

    regimens: tuple[int, ...]
    patients: int
    exact: bool


def find_covers(
    served: Mapping[int, int], costs: Sequence[int], *, max_steps: int = MAX_STEPS
) -> tuple[Choice, ...]:
    """Return the best choice of one regimen, of two, and so on until no further patient is served.

    Parameters
    ----------
    served
        How many patients are served by exactly the regimens of a bit mask.
    costs
        What each regimen costs, such as its number of drugs: of choices that serve as many
        patients, the cheapest stands, then the one of the first regimens.
    max_steps
        Steps of the search for each number of regimens.

    Examples
    --------
    Regimen 0 serves most, but 1 and 2 together serve all.

    >>> covers = find_covers({0b011: 3, 0b101: 3, 0b010: 2, 0b100: 2}, [1, 1, 1])
    >>> [(c.regimens, c.patients, c.exact) for c in covers]
    [((0,), 6, True), ((1, 2), 10, True)]
    """
    groups = {mask: weight for mask, weight in served.items() if mask and weight}
    kept = _without_dominated(groups, costs)
    total = sum(groups.values())
    found: list[Choice] = []
    while not found or found[-1].patients < total:
        size = len(found) + 1
        if size > len(kept):
            break
        found.append(_Search(groups, costs, kept, size, max_steps).run())
    return tuple(found)


def _without_dominated(groups: Mapping[int, int], costs: Sequence[int]) -> list[int]:
    """Return the regimens that some other, no dearer and no later if equal, does not replace."""
    members: dict[int, frozenset[int]] = {
        r: frozenset(m for m in groups if m >> r & 1) for r in range(len(costs))
    }
    kept: list[int] = []
    order = sorted(
        (r for r in members if members[r]), key=lambda r: (-len(members[r]), costs[r], r)
    )
    for regimen in order:
        if not any(
            members[regimen] <= members[other] and costs[other] <= costs[regimen] for other in kept
        ):
            kept.append(regimen)
    return sorted(kept)


class _Search:
    """Branch and bound over choices of one size."""

    def __init__(
        self,
        groups: Mapping[int, int],
        costs: Sequence[int],
        kept: Sequence[int],
        size: int,
        max_steps: int,
    ) -> None:
        self.costs, self.kept, self.size, self.max_steps = costs, kept, size, max_steps
        self.total = sum(groups.values())
        self.rows = {r: [(m, w) for m, w in groups.items() if m >> r & 1] for r in kept}
        self.groups = list(groups.items())
        self.steps = 0
        self.best: tuple[int, int, tuple[int, ...]] = (0, 0, ())

    def run(self) -> Choice:
        """Return the best choice of the size, marked if it was found greedily."""
        self.offer(self.greedy())
        self.descend((), 0, 0)
        patients, _, negated = self.best
        return Choice(tuple(-r for r in negated), patients, self.steps <= self.max_steps)

    def greedy(self) -> tuple[int, ...]:
        chosen: tuple[int, ...] = ()
        mask = 0
        for _ in range(self.size):
            left = [r for r in self.kept if r not in chosen]
            best = max(left, key=lambda r: (self.gain(r, mask), -self.costs[r], -r))
            chosen, mask = (*chosen, best), mask | 1 << best
        return tuple(sorted(chosen))

    def gain(self, regimen: int, mask: int) -> int:
        return sum(weight for m, weight in self.rows[regimen] if not m & mask)

    def offer(self, chosen: tuple[int, ...]) -> None:
        mask = sum(1 << r for r in chosen)
        patients = sum(weight for m, weight in self.groups if m & mask)
        cost = -sum(self.costs[r] for r in chosen)
        self.best = max(self.best, (patients, cost, tuple(-r for r in chosen)))

    def descend(self, chosen: tuple[int, ...], mask: int, first: int) -> None:
        self.steps += 1
        if self.steps > self.max_steps:
            return
        missing = self.size - len(chosen)
        if not missing:
            self.offer(chosen)
            return
        left = [
            (place, self.gain(self.kept[place], mask)) for place in range(first, len(self.kept))
        ]
        have = sum(weight for m, weight in self.groups if m & mask)
        bound = have + sum(sorted((gain for _, gain in left), reverse=True)[:missing])
        if min(bound, self.total) < self.best[0] or len(left) < missing:
            return
        for place, _ in left:
            regimen = self.kept[place]
            self.descend((*chosen, regimen), mask | 1 << regimen, place + 1)
