"""Check that all engines agree, time them side by side, write the table and the plot."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from . import growth, scenarios, screens
from .timing import Row, write_results

HERE = Path(__file__).parent


def main() -> None:
    """Run every part; ``--quick`` leaves out the largest networks and most tumours."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller runs, same parts")
    parser.add_argument("--out", type=Path, default=HERE, help="where results.md and growth.svg go")
    parser.add_argument("--largest", action="store_true", help="random networks of 10,000 nodes")
    asked = parser.parse_args()
    sizes = (200,) if asked.quick else (200, 1000, 3000)
    parts = (
        partial(scenarios.run, quick=asked.quick),
        partial(screens.run, quick=asked.quick),
        partial(
            growth.run,
            sizes=(*sizes, 10000) if asked.largest else sizes,
            plot=asked.out / "growth.svg",
        ),
    )
    rows: list[Row] = []
    for part in parts:  # written after each, so that a stopped run leaves what it measured
        rows += part()
        write_results(rows, asked.out / "results.md")


if __name__ == "__main__":
    main()
