"""The report of a case: complete, escaped, offline, and the same as HTML and as Markdown."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import krasbypass as kb
from krasbypass.cli import app
from krasbypass.dossier import Report, group_escapes, make_report, pick_additions
from krasbypass.errors import OutputFileError
from krasbypass.forecast import ForecastAnswer
from krasbypass.model import Contradiction, Level, Phase
from krasbypass.pages import build_document, render_html, render_markdown, write_report
from krasbypass.pages.closer_parts import SHOWN
from krasbypass.pages.document import CITED, Figure, Table
from krasbypass.pages.forecast_parts import leave_out_same
from krasbypass.report.gaps import gaps_to_json
from krasbypass.visual.figure import draw_figure
from krasbypass.visual.heat_map import draw_heat_map
from krasbypass.visual.labels import name_way
from krasbypass.visual.scene import Scene
from krasbypass.visual.style import STROKES

CASES = {
    "closers": ("CRC", ["KRAS:G12C"], ["sotorasib"]),
    "nothing to close": ("PDAC", ["KRAS:G12D"], ["daraxonrasib"]),
    "a gap without a drug": ("NSCLC", ["KRAS:G12C", "context:EMT"], ["sotorasib", "TNO155"]),
}
EXTERNAL = re.compile(r"""(?:src|href)\s*=(?!"#)|url\(|@import|<script|<link|<img""")
HOSTILE = '<script>alert("1")</script>|*x*'
_MADE: dict[str, Report] = {}


@pytest.fixture(params=CASES)
def report(network: kb.Network, request: pytest.FixtureRequest) -> Report:
    return make(network, request.param)


def make(network: kb.Network, name: str) -> Report:
    """Return the report of a case, made once."""
    if name not in _MADE:
        tissue, alterations, drugs = CASES[name]
        _MADE[name] = make_report(network, kb.Tumour.parse(tissue, alterations), drugs)
    return _MADE[name]


class _Page(HTMLParser):
    """Reads the tables and the text of a page, marks of references left out."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.text: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.skipped = 0
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        self.links |= {found["href"] or ""} if "href" in found else set()
        self.skipped += tag in ("sup", "style", "title")
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.in_cell = True

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= tag in ("sup", "style", "title")
        self.in_cell &= tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.skipped:
            return
        self.text.append(data)
        if self.in_cell:
            self.tables[-1][-1][-1] += data


def read_page(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    return page


def read_markdown(text: str) -> list[list[list[str]]]:
    """Return the tables of a Markdown text, marks of style and references left out."""
    tables: list[list[list[str]]] = []
    before = ""
    for line in text.splitlines():
        if line.startswith("| "):
            if not before.startswith("|"):
                tables.append([])
            cells = re.split(r"(?<!\\)\|", line[1:-1])
            tables[-1].append([read_cell(cell) for cell in cells])
        before = line
    return tables


def read_cell(cell: str) -> str:
    cell = re.sub(r" \\\[(?:\[\d+\]\(#ref-\d+\)(?:, )?)+\\\]", "", cell.strip())
    cell = cell.replace("<br>", "\n")
    cell = re.sub(r"(?<!\\)\*+", "", cell)
    cell = re.sub(r"[●◐○] (?=full|attenuated|off)", "", cell)
    return unescape(re.sub(r"\\([\\`*_\[\]|~#])", r"\1", cell)).strip()


def written(table: Table) -> list[list[str]]:
    """Return the texts of a table of the document."""
    rows = [list(table.head)]
    for row in table.rows:
        cells = [
            "".join("\n" if s.style == "break" else s.text for s in cell if s.style != CITED)
            for cell in row
        ]
        rows.append([cell.strip() for cell in cells])
    return rows


def pad(rows: Iterable[list[str]]) -> list[list[str]]:
    rows = [list(row) for row in rows]
    return [row + [""] * (len(rows[0]) - len(row)) for row in rows]


# -- what the page tells --------------------------------------------------------------------------


def test_every_number_and_drug_of_the_answer_stands_in_the_page(report: Report) -> None:
    answer, knowledge = gaps_to_json(report.gaps), report.network.knowledge
    text = " ".join("".join(read_page(render_html(build_document(report))).text).split())
    named = {*answer["question"]["drugs"], *answer["question"]["alterations"], *answer["chosen"]}
    for closer in answer["closers"]:
        named |= {*closer["drugs"], *(d for drugs in closer["alternatives"] for d in drugs)}
    for closer in answer["closers"][:SHOWN]:
        own = [t for t in closer["trials"] if t["of"] == "combination"]
        named |= {n for t in own for n in (*t["nct"], t["results"])}
        named |= {e for e in closer["overlapping_toxicity"][:3]}
    for gap in answer["gaps"]:
        named |= {name_way(knowledge, route["nodes"]) for route in gap["routes"]}
    for unclosed in answer["no_catalogue_drug"]:
        named |= {unclosed["output"], name_way(knowledge, unclosed["nodes"])}
    assert {name for name in named if " ".join(name.split()) not in text} == set()


def test_routes_of_the_page_are_told_in_words_and_not_in_ids(network: kb.Network) -> None:
    way = name_way(network.knowledge, ["relief:MAPK", "receptor_exchange", "A.WT.GTP|A.B1C.GTP"])
    assert way.startswith("relief of MAPK → receptor-driven")
    assert way.endswith("A WT-GTP | A B1C-GTP")
    text = "".join(read_page(render_html(build_document(make(network, "closers")))).text)
    assert ".GTP" not in text and "receptor_" not in text and "relief:MAPK" not in text


def test_levels_of_all_outputs_stand_in_the_first_table(report: Report) -> None:
    table = written(build_document(report).tables()[0])
    told = {row[0]: row[2:] for row in table[1:]}
    for name, levels in report.gaps.outputs.items():
        cells = [levels.level(phase).label for phase in Phase]
        if name in told:
            assert told[name] == [*cells, levels.course]
        else:
            assert set(cells) == {"off"}


def test_counts_of_the_forecast_add_up(report: Report) -> None:
    for answer in (report.forecast, report.outlook):
        if answer is not None:
            groups = group_escapes(answer.escapes)
            counted = {name: sum(n for _, n in found) for name, found in groups.items()}
            expected: dict[str, int] = {}
            for escape in answer.escapes:
                expected[escape.mechanism] = expected.get(escape.mechanism, 0) + 1
            assert counted == expected


def test_observed_patients_of_the_forecast_stand_in_the_page(network: kb.Network) -> None:
    report = make(network, "nothing to close")
    page = " ".join("".join(read_page(render_html(build_document(report))).text).split())
    assert "Goal reached" in page
    assert "KRAS:amp (16 of 44)" in page
    assert f"{len(report.forecast.escapes)} of {report.forecast.tried} single" in page


def test_a_gap_without_a_drug_comes_before_the_closers(network: kb.Network) -> None:
    titles = [s.title for s in build_document(make(network, "a gap without a drug")).sections]
    first, then = "What no drug of the catalogue closes", "Open gaps"
    assert titles.index(first) < titles.index(then)


def test_closers_without_a_trial_are_marked_and_no_others(report: Report) -> None:
    closers = report.gaps.closers[:SHOWN]
    tables = [t for t in build_document(report).tables() if t.head[0] == "add"]
    rows = written(tables[0])[1:] if tables else []
    assert [("no recorded trial" in row[2]) for row in rows] == [
        closer.record.no_recorded_trial for closer in closers
    ]
    proof = [row[5].startswith("brake-proof") for row in rows]
    assert proof == [closer.brake_proof for closer in closers]


def test_the_combination_with_its_best_closer_is_forecast(network: kb.Network) -> None:
    report = make(network, "closers")
    assert report.added == report.gaps.closers[0].drugs
    assert isinstance(report.outlook, ForecastAnswer)
    assert set(report.outlook.drugs) == {*report.gaps.answer.drugs, *report.added}
    assert make(network, "nothing to close").outlook is None


def test_additions_of_a_forecast_close_what_no_earlier_one_closes(network: kb.Network) -> None:
    report = make(network, "nothing to close")
    additions = pick_additions(network.knowledge, report.forecast, 3)
    closed = [
        {e.alterations for e in report.forecast.escapes for c in e.closers if c.drugs == drugs}
        for drugs in additions
    ]
    assert closed[0]
    assert closed[1] - closed[0]


# -- both forms -----------------------------------------------------------------------------------


def test_markdown_and_html_hold_the_same_tables(report: Report) -> None:
    document = build_document(report)
    tables = [pad(written(table)) for table in document.tables()]
    assert [pad(t) for t in read_page(render_html(document)).tables] == tables
    in_order: list[list[list[str]]] = []
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                in_order.append(pad(written(block)))
            elif isinstance(block, Figure) and block.table is not None:
                in_order.append(pad(written(block.table)))
    assert read_markdown(render_markdown(document)) == in_order


def test_every_reference_is_called_and_every_call_has_one(report: Report) -> None:
    document = build_document(report)
    page = read_page(render_html(document))
    numbers = {f"ref-{n}" for n in range(1, len(document.references) + 1)}
    assert {link.removeprefix("#") for link in page.links} == numbers
    assert numbers <= page.ids
    assert len(set(document.references)) == len(document.references)
    markdown = render_markdown(document)
    assert set(re.findall(r"\(#(ref-\d+)\)", markdown)) == numbers
    assert set(re.findall(r'<a id="(ref-\d+)">', markdown)) == numbers


def test_the_page_fetches_nothing_and_says_so(report: Report) -> None:
    page = render_html(build_document(report))
    assert EXTERNAL.findall(page) == []
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert page == render_html(build_document(report))


def test_hostile_names_are_escaped(network: kb.Network) -> None:
    report = make(network, "closers")
    answer = report.gaps.answer
    dispute = Contradiction("c", HOSTILE, HOSTILE, HOSTILE, ())
    closer = replace(report.gaps.closers[0], drugs=(HOSTILE,), mechanisms=(HOSTILE,))
    route = replace(answer.routes[0], nodes=(HOSTILE, *answer.routes[0].nodes[1:]))
    gap = replace(report.gaps.gaps[0], routes=(route,), targets=(HOSTILE,))
    answer = replace(
        answer, tissue=HOSTILE, alterations=(HOSTILE,), drugs=(HOSTILE,), disputes=(dispute,),
        notice=HOSTILE, assumptions=(HOSTILE,),
    )  # fmt: skip
    rows = tuple(replace(row, events=(HOSTILE,)) for row in report.matrix.rows[1:])
    hostile = replace(
        report,
        gaps=replace(report.gaps, answer=answer, closers=(closer,), gaps=(gap,)),
        matrix=replace(report.matrix, rows=(report.matrix.rows[0], *rows)),
        additions=((HOSTILE,), *report.additions[1:]),
        citations=dict.fromkeys(report.citations, HOSTILE),
        drugs_of={HOSTILE: (HOSTILE,)},
    )
    document = build_document(hostile)
    for text in (render_html(document), render_markdown(document)):
        assert "<script" not in text
        assert text.count("&lt;script&gt;") > 12
    for figure in document.figures():
        ElementTree.fromstring(figure.svg)
        assert "<script" not in figure.svg
    expected = [pad(written(table)) for table in document.tables()]
    assert [t for t in read_markdown(render_markdown(document)) if t in expected] == expected


def test_a_label_of_the_ontology_is_escaped_in_the_figure(network: kb.Network) -> None:
    report = make(network, "closers")
    scene = Scene(network.knowledge, report.gaps.answer, report.evaluation, Phase.ADAPTED)
    scene.dots = [replace(dot, label=HOSTILE) for dot in scene.dots]
    scene.pills = [replace(pill, label=HOSTILE) for pill in scene.pills]
    drawn = draw_figure(scene)
    assert "<script" not in drawn
    labels = ["".join(t.itertext()) for t in ElementTree.fromstring(drawn).iter() if t.text]
    assert labels.count(HOSTILE) == len(scene.dots) + len(scene.pills)


# -- figures --------------------------------------------------------------------------------------


def test_the_figure_holds_every_node_of_the_open_routes(
    report: Report, network: kb.Network
) -> None:
    gaps = report.gaps
    scene = Scene(network.knowledge, gaps.answer, report.evaluation, Phase.ADAPTED)
    drawn = ElementTree.fromstring(draw_figure(scene, outputs=gaps.chosen))
    texts = {"".join(e.itertext()) for e in drawn.iter("{http://www.w3.org/2000/svg}text")}
    labels = {dot.id: dot.label.replace("\n", "") for dot in scene.dots}
    nodes = {n for r in gaps.answer.routes for node in r.nodes for n in node.split("|")}
    assert {n for n in nodes if labels[n] not in texts} == set()
    assert {d for d in gaps.answer.drugs if d not in texts} == set()


def test_lines_of_the_figure_differ_in_colour_dash_and_weight() -> None:
    shown = [STROKES[kind] for kind in ("open", "attenuated", "closed")]
    for attribute in ("color", "width", "dashes"):
        assert len({getattr(stroke, attribute) for stroke in shown}) == 3


def test_the_figure_keeps_all_lines_within_its_frame(report: Report, network: kb.Network) -> None:
    scene = Scene(network.knowledge, report.gaps.answer, report.evaluation, Phase.ADAPTED)
    for outputs in (None, report.gaps.chosen):
        drawn = ElementTree.fromstring(draw_figure(scene, outputs=outputs))
        left, top, width, height = map(float, drawn.attrib["viewBox"].split())
        for path in drawn.iter("{http://www.w3.org/2000/svg}path"):
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
            if path.attrib["d"].startswith("M0 0"):
                continue
            assert left <= min(numbers[::2]) and max(numbers[::2]) <= left + width
            assert top <= min(numbers[1::2]) and max(numbers[1::2]) <= top + height


def test_the_heat_map_has_a_cell_for_each_row_regimen_and_output(report: Report) -> None:
    matrix = leave_out_same(report.matrix)
    drawn = ElementTree.fromstring(draw_heat_map(matrix))
    told = [e.text or "" for e in drawn.iter("{http://www.w3.org/2000/svg}title")][1:]
    assert len(told) == len(matrix.rows) * len(matrix.regimens) * len(matrix.outputs)
    full = sum(
        level is Level.FULL for row in matrix.rows for c in row.cells for level in c.values()
    )
    assert sum(text.endswith(": full") for text in told) == full


# -- files ----------------------------------------------------------------------------------------


def test_files_are_written_as_their_ending_says(network: kb.Network, tmp_path: Path) -> None:
    report = make(network, "closers")
    assert [p.name for p in write_report(report, tmp_path / "a.html")] == ["a.html"]
    names = [p.name for p in write_report(report, tmp_path / "b.md")]
    assert names == ["b.md", "b-routes.svg", "b-escapes.svg"]
    text = (tmp_path / "b.md").read_text(encoding="utf-8")
    assert re.findall(r"^!\[\w+\]\((.+)\)$", text, re.M) == names[1:]
    assert [p.name for p in write_report(report, tmp_path / "c.svg")] == ["c.svg", "c-escapes.svg"]
    with pytest.raises(OutputFileError, match=r"a report ends in \.html, \.md or \.svg"):
        write_report(report, tmp_path / "d.pdf")
    with pytest.raises(OutputFileError, match=r"No such file"):
        write_report(report, tmp_path / "none" / "e.html")


def test_the_command_writes_a_report(tmp_path: Path) -> None:
    path = tmp_path / "case.html"
    asked = ["gaps", "-t", "NSCLC", "-a", "KRAS:G12C", "-d", "elironrasib", "--report"]
    found = CliRunner().invoke(app, [*asked, str(path)])
    assert found.exit_code == 0, found.output
    assert f"wrote {path}" in found.stderr
    assert "<h1>NSCLC, KRAS:G12C, under elironrasib</h1>" in path.read_text(encoding="utf-8")


@pytest.mark.browser
def test_browser_shows_the_page_without_fetching(network: kb.Network, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    (path,) = write_report(make(network, "closers"), tmp_path / "case.html")
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        requests: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0
        assert page.locator("figure svg").count() == 2
        assert len(page.pdf(format="A4")) > 10_000
        assert (requests, complaints) == ([path.as_uri()], [])
        browser.close()
