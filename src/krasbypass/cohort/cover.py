"""The fewest regimens that serve the most patients: weighted maximum coverage, exact if small.

Patients whom the same regimens serve are one; regimens that serve no one, or no one whom another
does not serve too, are left out. What remains is searched exhaustively with a bound, up to a number
of steps; beyond it the best that was met stands, no worse than the greedy choice, marked as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Steps of the search after which the best that was met stands.
MAX_STEPS = 200_000
#: Patients, negative cost and negative numbers of no regimen: what any choice is better than.
_NOTHING: tuple[int, int, tuple[int, ...]] = (0, 0, ())


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
        Steps of the search, all numbers of regimens together.

    Examples
    --------
    Regimen 0 serves most, but 1 and 2 together serve all.

    >>> covers = find_covers({0b011: 3, 0b101: 3, 0b010: 2, 0b100: 2}, [1, 1, 1])
    >>> [(c.regimens, c.patients, c.exact) for c in covers]
    [((0,), 6, True), ((1, 2), 10, True)]
    """
    groups = {mask: weight for mask, weight in served.items() if mask and weight}
    kept = _without_dominated(groups, costs)
    search = _Search(groups, costs, kept, max_steps)
    total = sum(groups.values())
    found: list[Choice] = []
    while len(found) < len(kept) and (not found or found[-1].patients < total):
        found.append(search.find_best(len(found) + 1))
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
    """Branch and bound over choices of ever more regimens; `steps` count over all sizes."""

    def __init__(
        self, groups: Mapping[int, int], costs: Sequence[int], kept: Sequence[int], max_steps: int
    ) -> None:
        self.kept, self.max_steps = kept, max_steps
        self.costs = [costs[regimen] for regimen in kept]
        rows = [[bool(mask >> regimen & 1) for regimen in kept] for mask in groups]
        self.has = np.array(rows, np.bool_)
        self.weighted = self.has * np.array(list(groups.values()), np.float64)[:, None]
        self.steps = 0
        self.best = _NOTHING

    def find_best(self, size: int) -> Choice:
        """Return the best choice of a size, marked if another might be better."""
        self.best = _NOTHING
        everyone = np.ones(len(self.has))
        self.descend((), everyone, list(range(len(self.kept))), 0, size)
        patients, _, negated = self.best
        return Choice(tuple(-r for r in negated), patients, self.steps <= self.max_steps)

    def descend(
        self,
        chosen: tuple[int, ...],
        unmet: npt.NDArray[np.float64],
        left: list[int],
        have: int,
        missing: int,
    ) -> None:
        """Add `missing` of what is left; the first way down is the greedy one."""
        if not missing:
            regimens = tuple(sorted(-self.kept[n] for n in chosen))[::-1]
            cost = -sum(self.costs[n] for n in chosen)
            self.best = max(self.best, (have, cost, regimens))
            return
        gains = (unmet @ self.weighted).astype(int).tolist()
        order = sorted(left, key=lambda n: (-gains[n], self.costs[n], n))
        spent = sum(self.costs[n] for n in chosen)
        for place in range(len(order) - missing + 1):
            number, rest = order[place], order[place + 1 :]
            bound = have + sum(gains[n] for n in order[place : place + missing])
            if bound < self.best[0]:
                return  # those that follow gain no more
            others = sorted(self.costs[n] for n in rest)[: missing - 1]
            cheapest = spent + self.costs[number] + sum(others)
            if bound == self.best[0] and -cheapest < self.best[1]:
                continue
            self.steps += 1
            if self.steps > self.max_steps and self.best[0]:
                return
            met = unmet * ~self.has[:, number]
            self.descend((*chosen, number), met, rest, have + gains[number], missing - 1)
