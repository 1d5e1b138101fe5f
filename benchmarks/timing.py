"""Interleaved timing in one process, and the table of ratios."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROUNDS = 5
#: Lines of the README between which its table stands.
MARKS = ("<!-- benchmark table -->", "<!-- end of benchmark table -->")


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
    """Return the median seconds of each call; every round runs each of them once.

    Seconds of the processor, which on an idle machine are those of the clock: all of it runs on
    one core, and what else the machine does shall not count.
    """
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            start = time.process_time()
            call()
            taken[name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


@dataclass
class Grid:
    """Ratios by peer and size, with what was left out and why."""

    head: str
    peers: tuple[str, ...]
    sizes: tuple[int, ...]
    ratios: dict[tuple[str, int], float] = field(default_factory=dict)
    notes: dict[tuple[str, int], str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def write_results(rows: Sequence[Row], grid: Grid | None, path: Path) -> None:
    """Write the tables; the first one, of what is wanted, is the README's."""
    wanted = [row for row in rows if row.target]
    lines = [
        "# Benchmarks",
        "",
        "Made by `python -m benchmarks`. Each part was timed in one process, interleaved, median",
        f"of {ROUNDS}, seconds of one core; equal answers were checked first. Only ratios are kept:",
        "how many times longer the peer takes. *Whole network*: the peer gets every rule; *our",
        "reduction*: the peer gets only the rules that this package has found to matter in the tumour.",
        "",
        *_write_rows(wanted),
        "",
        "## Beside these",
        "",
        *_write_rows([row for row in rows if not row.target]),
    ]
    if grid is not None:
        lines += [
            "",
            "## Random networks of the same shape",
            "",
            "How many times longer a scenario takes than in the faster of our two forms. All are",
            "built once and asked many times; building is not counted.",
            "",
            *_write_grid(grid),
        ]
    text = "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")


def _write_rows(rows: Iterable[Row]) -> list[str]:
    lines = ["| part | method | peer | ratio | wanted | note |", "|---|---|---|---:|---:|---|"]
    for row in rows:
        target = f"{row.target:,.0f}" if row.target else ""
        cells = (row.part, row.method, row.peer, _write_ratio(row.ratio), target, row.note)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _write_grid(grid: Grid) -> list[str]:
    lines = [
        "| " + " | ".join([grid.head, *(f"{size:,} nodes" for size in grid.sizes)]) + " |",
        "|---|" + "---:|" * len(grid.sizes),
    ]
    for peer in grid.peers:
        cells = []
        for size in grid.sizes:
            ratio = grid.ratios.get((peer, size))
            note = grid.notes.get((peer, size))
            shown = "left out" if ratio is None else _write_ratio(ratio)
            cells.append(f"{shown} ({note})" if note else shown)
        lines.append("| " + " | ".join([peer, *cells]) + " |")
    return [*lines, "", *(f"* Left out: {reason}." for reason in grid.skipped)]


def _write_ratio(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:,.2g}"


def update_readme(results: Path, readme: Path) -> None:
    """Put the first table of the results between the marks of the README."""
    table = []
    for line in results.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            table.append(line)
        elif table:
            break
    before, _, rest = readme.read_text(encoding="utf-8").partition(MARKS[0])
    _, found, after = rest.partition(MARKS[1])
    if not found:
        raise SystemExit(f"{readme.name} lacks the lines {MARKS[0]!r} and {MARKS[1]!r}")
    block = "\n\n".join([MARKS[0], "\n".join(table), MARKS[1]])
    readme.write_text(before + block + after, encoding="utf-8")
