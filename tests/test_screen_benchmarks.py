"""The README shows the first table of the results, as the benchmark wrote it."""

from __future__ import annotations

import pytest

from benchmarking import ROOT, load_benchmark

timing = load_benchmark("timing")


def test_table_goes_between_the_marks(tmp_path):
    rows = [timing.Row("a", "b", "c", 123456.7, 10), timing.Row("plain", "b", "c", 1.25)]
    grid = timing.Grid("peer", ("x", "y"), (200, 1000))
    grid.ratios["x", 200] = 5.5
    grid.skipped.append("y at 1,000 nodes, since it is slow")
    results, readme = tmp_path / "results.md", tmp_path / "README.md"
    timing.write_results(rows, grid, results)
    assert "| x | 5.5 | left out |" in results.read_text()
    readme.write_text(f"before\n{timing.MARKS[0]}\nold\n{timing.MARKS[1]}\nafter\n")
    for _ in range(2):
        timing.update_readme(results, readme)
        text = readme.read_text()
        assert text.startswith("before\n") and text.endswith("\nafter\n")
        assert "| a | b | c | 123,457 | 10 |  |" in text
        assert "old" not in text and "plain" not in text and "left out" not in text


def test_readme_without_marks_is_refused(tmp_path):
    timing.write_results([timing.Row("a", "b", "c", 2, 1)], None, tmp_path / "results.md")
    (tmp_path / "README.md").write_text("nothing")
    with pytest.raises(SystemExit, match="lacks the lines"):
        timing.update_readme(tmp_path / "results.md", tmp_path / "README.md")


def test_readme_is_up_to_date(tmp_path):
    readme = tmp_path / "README.md"
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    if timing.MARKS[0] not in text:
        pytest.skip("the README shows no table of measurements")
    readme.write_text(text, encoding="utf-8")
    timing.update_readme(ROOT / "benchmarks" / "results.md", readme)
    assert readme.read_text(encoding="utf-8") == text
