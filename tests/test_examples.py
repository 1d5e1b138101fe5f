"""Every example runs, prints what it should, and stays short."""

from __future__ import annotations

import contextlib
import io
import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("[0-9]*.py"))
#: Lines that each example prints among others.
PRINTED = {
    "01_routes": [
        "no drug: MAPK full at once, full after adaptation",
        "sotorasib: MAPK off at once, attenuated after adaptation",
        "  closed at KRAS.G12C.GTP by sotorasib",
    ],
    "02_two_tissues": [
        "NSCLC   sotorasib                 off         attenuated  EGFR, ERBB3, FGFR1",
        "CRC     sotorasib                 off         full        EGFR",
        "CRC     sotorasib + cetuximab     off         attenuated  none that reach ERK",
    ],
    "03_pocket_mutation": [
        "G12C            off             off             off             off",
        "G12C+H95D       off             full            off             off",
        "G12C+Y96D       full            full            off             off",
    ],
    "04_evaluate_table": [
        "untreated     full → full → full",
        "relapse       full → full → full",
        "typing-error  unknown drug 'sotorasip'; nearest: sotorasib",
    ],
    "05_report": [
        "first closer: panitumumab (EGFR antibody)",
        "approved for this tumour: True",
        "  What escapes next: under sotorasib + panitumumab",
        "wrote case.html",
        "wrote case-escapes.svg",
    ],
}


def run_example(path: Path) -> list[str]:
    """Run an example as a script and return the lines that it prints, right ends trimmed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(path), run_name="__main__")
    return [line.rstrip() for line in printed.getvalue().splitlines()]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example_prints_what_it_should(path: Path) -> None:
    lines = run_example(path)
    assert lines
    assert [line for line in PRINTED.get(path.stem, ()) if line not in lines] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example_is_short_and_says_what_it_asks(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""')
    assert len(text.splitlines()) <= 40


def test_there_are_examples() -> None:
    assert {path.stem for path in EXAMPLES} >= set(PRINTED)
