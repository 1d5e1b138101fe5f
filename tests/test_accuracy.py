"""The page of accuracy, from scenarios written here."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from benchmarking import load_benchmark

HEADER = (
    "id\tcategory\ttissue\talterations\tdrugs\tphase\tMAPK\tPI3K-AKT-mTOR\tclosers\tnot_closers"
    "\tevidence_level\tdoubt"
)
ROWS = (
    "A1\tCRC-EGFR\tCRC\tKRAS:G12C\tsotorasib\tadapted\topen\tunknown\tcetuximab\t\tkb-record\t",
    "A2\ton-target\tNSCLC\tKRAS:G12C+Y96D\tadagrasib\tadapted\topen\tunknown\tdaraxonrasib"
    "\tsotorasib\tmeasured-data\t",
    "A3\ton-target\tNSCLC\tKRAS:G12C\tsotorasib\tacute\topen\tunknown\t\t\tmeasured-data\tmade up",
    "A4\ton-target\tNSCLC\tNOSUCH:G12C\tsotorasib\tacute\topen\tunknown\t\t\tmeasured-data\t",
)


@pytest.fixture(scope="module")
def accuracy() -> ModuleType:
    return load_benchmark("accuracy")


def run(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["accuracy", *words])
    module.main()


def test_page_counts_misses_and_closers(
    accuracy: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table, page = tmp_path / "scenarios.tsv", tmp_path / "page.md"
    table.write_text("\n".join((HEADER, *ROWS, "")), encoding="utf-8")
    run(accuracy, monkeypatch, "--file", str(table), "--out", str(page))
    text = page.read_text("utf-8")
    assert "A4 left out: unknown gene 'NOSUCH'" in capsys.readouterr().out
    assert "| **all** | 67% (2/3) | 100% (3/3) | 0% (0/3) |" in text
    assert "| measured-data | 50% (1/2) | 100% (2/2) | 0% (0/2) |" in text
    assert "Without the doubtful scenarios: 100% (2/2)." in text
    misses = [line for line in text.splitlines() if line.startswith("| A")]
    assert len(misses) == 1 and misses[0].startswith("| A3 ") and misses[0].endswith("made up |")
    assert "closers that work: 100% (2/2). Known non-closers that work: 0% (0/1)." in text
    assert "lines of `gaps` in 100% (2/2) of the scenarios" in text


def test_without_a_table_nothing_is_done(
    accuracy: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(accuracy, monkeypatch, "--file", str(tmp_path / "none.tsv"), "--out", str(tmp_path / "o"))
    assert "nothing to compare with" in capsys.readouterr().out
    assert not (tmp_path / "o").exists()
