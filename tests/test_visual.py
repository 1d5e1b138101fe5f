"""The page: offline, complete, escaped, the same each time, and still when opened."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import krasbypass as kb
from krasbypass.answers import RoutesAnswer
from krasbypass.model import Phase
from krasbypass.routes import evaluate_tumour
from krasbypass.visual import render_page, write_page
from krasbypass.visual.layout import Box, place_boxes
from krasbypass.visual.page import STROKES, mend_page, render_panel
from krasbypass.visual.scene import Scene

QUESTIONS = {
    "attenuated": ("NSCLC", ["KRAS:G12C"], ["sotorasib"]),
    "open": ("CRC", ["KRAS:G12C"], ["sotorasib"]),
    "one drug, many nodes": ("NSCLC", ["KRAS:G12C", "MET:amp"], ["daraxonrasib"]),
    "a needed protein": ("NSCLC", ["KRAS:G12C"], ["sotorasib", "TNO155"]),
    "a drug that also drives": ("melanoma", ["BRAF:V600E", "NRAS:Q61K"], ["dabrafenib"]),
    "a drug without a target": ("PDAC", ["KRAS:G12D"], ["sotorasib"]),
    "compound allele": ("NSCLC", ["KRAS:G12C+Y96D"], ["adagrasib"]),
    "nothing": ("any", [], []),
}
EXTERNAL = re.compile(r"""(?:(?:src|href)\s*=\s*|url\(\s*|@import\s*)["']?\s*(?:https?:)?//""")


def ask(network: kb.Network, name: str) -> tuple[RoutesAnswer, Scene, str]:
    tissue, alterations, drugs = QUESTIONS[name]
    tumour = kb.Tumour.parse(tissue, alterations)
    answer = kb.find_routes(network, tumour, drugs)
    evaluation = evaluate_tumour(network, tumour, drugs)[0][0]
    scene = Scene(network.knowledge, answer, evaluation, Phase.ADAPTED)
    return answer, scene, render_page(network, answer, evaluation)


@pytest.mark.parametrize("name", QUESTIONS)
def test_page_is_offline_small_complete_and_repeatable(network: kb.Network, name: str) -> None:
    answer, _, page = ask(network, name)
    assert EXTERNAL.findall(page) == []
    assert "bootstrap" not in page
    assert len(page.encode()) < 2_000_000
    assert [o for o in answer.outputs if f"<td>{o}</td>" not in page] == []
    assert [s.words for s in STROKES.values() if s.words not in page] == []
    assert page == ask(network, name)[2]


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_can_be_drawn(network: kb.Network, phase: Phase) -> None:
    answer, scene, _ = ask(network, "attenuated")
    shown = Scene(network.knowledge, answer, scene.evaluation, phase)
    kinds = {line.kind for line in shown.lines}
    expected = {
        Phase.BASELINE: {"open", "attenuated"},
        Phase.ACUTE: {"attenuated", "closed"},
        Phase.ADAPTED: {"attenuated", "closed"},
    }
    assert kinds - {"condition"} == expected[phase]


def test_lines_say_which_routes_they_are_on(network: kb.Network) -> None:
    answer, scene, _ = ask(network, "open")
    open_pairs = {(s.source, s.target) for r in answer.routes for s in r.steps}
    assert {(x.source, x.target) for x in scene.lines if x.kind == "open"} == open_pairs
    assert all("rule " in x.title and "baseline" in x.title for x in scene.lines if not x.bar)


def test_drugs_stand_at_what_they_hit(network: kb.Network) -> None:
    def hits(name: str) -> set[tuple[str, str, bool]]:
        return {
            (pill.label, line.target, line.bar)
            for pill in ask(network, name)[1].pills
            for line in pill.lines
        }

    assert hits("attenuated") == {("sotorasib", "KRAS.G12C.GTP", True)}
    assert ("TNO155", "present:PTPN11", True) in hits("a needed protein")
    assert ("dabrafenib", "RAF.dimer", False) in hits("a drug that also drives")
    assert hits("a drug without a target") == set()


def test_shown_text_is_escaped(network: kb.Network) -> None:
    answer, scene, _ = ask(network, "attenuated")
    hostile = "<script>alert(1)</script>"
    answer = replace(
        answer, tissue=hostile, alterations=(hostile,), drugs=(hostile,), notice=hostile
    )
    panel = render_panel(answer, scene, Phase.ADAPTED)
    assert "<script" not in panel
    assert panel.count("&lt;script&gt;") >= 4


def test_a_page_that_would_fetch_is_refused() -> None:
    page = '<html><head></head><body><img src="https://example.org/x.png">drawGraph();</body>'
    with pytest.raises(ValueError, match="fetch"):
        mend_page(page, "", {"LEFT": 0, "TOP": 0, "WIDTH": 1, "HEIGHT": 1})


@pytest.mark.parametrize("name", QUESTIONS)
def test_boxes_of_a_row_do_not_overlap(network: kb.Network, name: str) -> None:
    _, scene, _ = ask(network, name)
    boxes = [Box(d.id, d.layer, d.width / 2 + d.left, d.width / 2 + d.right) for d in scene.dots]
    layout = place_boxes(boxes, [(line.source, line.target) for line in scene.lines])
    rows: dict[int, list[Box]] = {}
    for box in sorted(boxes, key=lambda b: layout.x[b.id]):
        rows.setdefault(layout.row[box.id], []).append(box)
    for row in rows.values():
        for left, right in pairwise(row):
            assert layout.x[left.id] + left.right < layout.x[right.id] - right.left


@pytest.mark.browser
@pytest.mark.parametrize("name", ["open", "one drug, many nodes"])
def test_browser_draws_without_fetching_and_stands_still(
    network: kb.Network, tmp_path: Path, name: str
) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "routes.html"
    write_page(path, ask(network, name)[2])
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        requests: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_timeout(500)
        canvas = page.locator("#mynetwork canvas")
        assert canvas.count() == 1
        first = canvas.screenshot()
        page.wait_for_timeout(1000)
        assert canvas.screenshot() == first
        assert (requests, complaints) == ([path.as_uri()], [])
        browser.close()
