"""The notebooks run from top to bottom, show tables, and answers escape what they show."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import krasbypass as kb
from krasbypass.report.notebook import render_html

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("[0-9]*.ipynb"))
#: What stands in the tables of each notebook.
SHOWN = {
    "06_lung_g12c": ["+MET:amp", "MET kinase inhibitor", "KRAS:amp", "on-target, binding-site"],
    "07_colorectal_g12c": ["panitumumab", "approved; clinical-trial", "+panitumumab", "★"],
}


class Outline(HTMLParser):
    """Reads tables and their cells, and fails where tags do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tables += tag == "table"
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


def read(html: str) -> Outline:
    outline = Outline()
    outline.feed(html)
    outline.close()
    assert outline.open == []
    return outline


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs_and_shows_tables(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    pages = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    text = "\n".join(cell for page in pages for cell in read(page).cells)
    assert len(pages) >= 5
    assert [word for word in SHOWN[path.stem] if word not in text] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_is_kept_without_outputs_and_without_a_machine(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert "/home/" not in path.read_text(encoding="utf-8")


def test_there_are_notebooks() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(SHOWN)


def test_every_kind_of_answer_shows_as_tables(network: kb.Network) -> None:
    """Forecasts, designs and matrices show in the notebooks."""
    tumour = kb.Tumour.parse("CRC", ["KRAS:G12C"])
    answers = [
        kb.find_routes(network, tumour, ["sotorasib"]),
        kb.find_gaps(network, tumour, ["sotorasib"], max_add=1),
        kb.compare_regimens(network, tumour, ["sotorasib"], ["sotorasib", "cetuximab"]),
        kb.find_sensitivity(network, tumour, ["sotorasib"], size=1),
    ]
    for answer in answers:
        html = answer._repr_html_()
        assert html == render_html(answer)
        outline = read(html)
        assert outline.tables
        assert any("full" in text for text in outline.cells)
        assert "not in the model" in html  # the notice


def test_answers_without_rows_say_so(network: kb.Network) -> None:
    tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
    reached = kb.find_gaps(network, tumour, ["sotorasib"], max_add=1)
    assert "reached already" in render_html(reached)
    same = kb.compare_regimens(network, tumour, ["sotorasib"], ["sotorasib"])
    assert "no output changes" in render_html(same)


def test_what_is_shown_is_escaped(network: kb.Network) -> None:
    from dataclasses import replace

    tumour = kb.Tumour.parse("CRC", ["KRAS:G12C"])
    answer = kb.find_routes(network, tumour, ["sotorasib"])
    hostile = "<script>alert('&')</script>"
    routes = tuple(replace(route, nodes=(hostile, *route.nodes)) for route in answer.routes)
    changed = replace(
        answer,
        tissue=hostile,
        drugs=(hostile,),
        alterations=(hostile,),
        notice=hostile,
        routes=routes,
        outputs={hostile: answer.outputs["MAPK"]},
    )
    html = render_html(changed)
    assert "<script" not in html
    assert any(hostile in cell for cell in read(html).cells)


def test_other_things_have_no_table() -> None:
    with pytest.raises(TypeError, match="no table for int"):
        render_html(3)
