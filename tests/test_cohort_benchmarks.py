"""The tables of a cohort at scale: what a run measures, and what is written of it."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarking import ROOT, load_benchmark

cohort = load_benchmark("cohort")
patients = load_benchmark("patients")


def measure(table: Path, *, regimens: int, work: Path | None = None):
    asked = {"cohort": table, "regimens": regimens, "work": work}
    return cohort.run_once(Namespace(**asked, ontology=None, processes=1, scheduler=None))


def test_a_run_measures_itself_and_equal_runs_write_the_same(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    table = tmp_path / "cohort.tsv"
    patients.write_cohort(table, 30, None, background=0.003)
    one = measure(table, regimens=3)
    assert (one.patients, one.regimens) == (30, 3) and 1 < one.genotypes <= 30
    assert one.throughput == 90 / one.answer and one.memory > 0
    kept = measure(table, regimens=3, work=tmp_path / "work")
    fewer = measure(table, regimens=2)
    assert kept.found == one.found != fewer.found
    assert cohort.has_equal_results([one, kept, fewer])
    assert not cohort.has_equal_results([one, kept, replace(kept, found="other")])
    assert {path.name for path in tmp_path.iterdir()} == {"cohort.tsv", "work"}


def test_the_tables_stand_side_by_side(tmp_path: Path) -> None:
    whole = cohort.Measured(1000, 800, 50, 0.25, 2.0, 1.0, 200, 0, "x")
    tenth = replace(whole, patients=100, genotypes=90, answer=0.5, found="y")
    runs = [
        replace(tenth, regimens=5, found="z"),
        tenth,
        whole,
        replace(whole, way="two processes", helper_memory=150, note="a note"),
    ]
    written = tmp_path / "cohort.md"
    cohort.write_results(runs, Namespace(patients=1000, regimens=50), written)
    text = written.read_text(encoding="utf-8")
    ways, more_patients, more_regimens = text.split("\n## ")[1:]
    whole_cells = "| one process | 1,000 | 800 | 50 | 0.2 | 2.0 | 1.0 | 25,000 | 200 |  |  |"
    assert whole_cells in ways and whole_cells in more_patients
    assert (
        "| two processes | 1,000 | 800 | 50 | 0.2 | 2.0 | 1.0 | 25,000 | 200 | 150 | a note |"
        in ways
    )
    assert "two processes" not in more_patients + more_regimens
    assert more_patients.count("one process") == more_regimens.count("one process") == 2
    assert "is equal, byte by byte" in text
    cohort.write_results(
        [*runs, replace(whole, found="?")], Namespace(patients=1000, regimens=50), written
    )
    assert "is NOT EQUAL, byte by byte" in written.read_text(encoding="utf-8")


def test_the_page_has_what_the_benchmark_writes() -> None:
    """Run ``python -m benchmarks.cohort --patients 1000000`` after a change of its tables."""
    page = ROOT / "benchmarks" / "cohort.md"
    if not page.exists():
        pytest.skip("no measurements have been written")
    text = page.read_text(encoding="utf-8")
    heads = [line for line in text.splitlines() if line.startswith("| way |")]
    assert heads == [f"| {' | '.join(cohort.COLUMNS)} |"] * 3
    assert "is equal, byte by byte" in text
