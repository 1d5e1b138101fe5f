"""Limits of time that hold on a slower or busier machine too.

A limit in a test is written for an idle machine of today. `measure_pace` says how much slower this
one is just now, by work of the same kind as ours (small objects, dictionaries, strings), and the
limit is stretched by that; `measure_within` tries again before it gives up, since other work comes
and goes. What is left to fail is code that has become slower.
"""

from __future__ import annotations

import time
from collections.abc import Callable

REFERENCE = 0.009  # seconds that the work below takes on the idle machine


def _work() -> int:
    table: dict[str, list[int]] = {}
    for number in range(60_000):
        table.setdefault(str(number % 997), []).append(number)
    return sum(len(row) for row in table.values())


def measure_best(
    function: Callable[[], object],
    *,
    times: int = 3,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Seconds of the quickest of some calls: what the code costs, not what disturbs it."""
    taken = []
    for _ in range(times):
        start = clock()
        function()
        taken.append(clock() - start)
    return min(taken)


def measure_pace(clock: Callable[[], float] = time.process_time) -> float:
    """How many times slower than the idle machine this one is now; never below 1.

    With `time.perf_counter` as the clock, other work on the machine counts too.
    """
    return max(1.0, measure_best(_work, times=5, clock=clock) / REFERENCE)


def measure_within(function: Callable[[], object], limit: float, *, tries: int = 5) -> float:
    """Seconds of processor, on the idle machine's scale: the first below the limit, or the least.

    Each try is set against the pace just before and just after it, whichever is slower.
    """
    best = float("inf")
    before = measure_pace()
    for _ in range(tries):
        taken = measure_best(function, times=1)
        after = measure_pace()
        best = min(best, taken / max(before, after))
        if best < limit:
            break
        before = after
    return best
