"""Interleaved timing in one process, and the table of ratios."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: how many times slower `peer` is than `method`, and what is wanted."""

    part: str
    method: str
    peer: str
    ratio: float
    target: float | None = None
    note: str = ""


def time_interleaved(
    calls: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS
) -> dict[str, float]:
    """Return the median seconds of each call; every round runs each of them once."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def write_results(rows: Iterable[Row], path: Path) -> None:
    """Write the table and print it."""
    lines = [
        "# Benchmarks",
        "",
        "Made by `python -m benchmarks`. Each part was timed in one process, interleaved, median",
        f"of {ROUNDS}; equal answers were checked first. Only ratios are kept: how many times",
        "longer the peer takes. *Whole network*: the peer gets every rule; *our reduction*: the peer gets",
        "only the rules that this package has found to matter in the tumour.",
        "",
        "| part | method | peer | ratio | target | note |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        target = f"{row.target:,.0f}" if row.target else ""
        ratio = f"{row.ratio:,.0f}" if row.ratio >= 10 else f"{row.ratio:,.2g}"
        lines.append(
            f"| {row.part} | {row.method} | {row.peer} | {ratio} | {target} | {row.note} |"
        )
    text = "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")
    print(text)
