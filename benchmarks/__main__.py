"""Check that all engines agree, time them side by side, write the table and the plot."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import growth, scenarios, screens
from .timing import Row, write_results

HERE = Path(__file__).parent


def main() -> None:
    """Run every part; ``--quick`` leaves out the largest networks and most tumours."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller runs, same parts")
    parser.add_argument("--out", type=Path, default=HERE, help="where results.md and growth.svg go")
    quick = parser.parse_args()
    rows: list[Row] = []
    rows += scenarios.run(quick=quick.quick)
    rows += screens.run(quick=quick.quick)
    rows += growth.run(quick=quick.quick, plot=quick.out / "growth.svg")
    write_results(rows, quick.out / "results.md")


if __name__ == "__main__":
    main()
