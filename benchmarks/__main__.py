"""Check that all engines agree, time them side by side, write the tables and the plot."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from . import growth, random_networks, scenarios, screens
from .timing import Row, update_readme, write_results

HERE = Path(__file__).parent
SIZES = (200, 1000, 3000, 10_000)


def main() -> None:
    """Run every part; ``--quick`` leaves out the largest networks and most tumours."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller runs, same parts")
    parser.add_argument("--out", type=Path, default=HERE, help="where results.md and growth.svg go")
    parser.add_argument(
        "--readme",
        action="store_true",
        help="measure nothing; put the table of results.md between the marks of README.md",
    )
    asked = parser.parse_args()
    results = asked.out / "results.md"
    if asked.readme:
        update_readme(results, HERE.parent / "README.md")
        return
    rows: list[Row] = []
    # the whole screen first, so that its peak of memory is its own; tables are written after each
    # part, so that a stopped run leaves what it measured
    for part in (screens.run, scenarios.run):
        rows += _timed(part.__module__, lambda part=part: part(quick=asked.quick))
        write_results(rows, None, results)
    grid, points = _timed(
        "random networks", lambda: random_networks.run(SIZES[:1] if asked.quick else SIZES)
    )
    write_results(rows, grid, results)
    _timed("growth", lambda: growth.run(nodes=points, plot=asked.out / "growth.svg"))
    print(results.read_text(encoding="utf-8"))


def _timed(name, part):
    start = time.perf_counter()
    found = part()
    print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    main()
