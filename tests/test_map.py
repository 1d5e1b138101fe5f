"""The map of the explorer: complete, never stale, without overlaps, and what is drawn on it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import krasbypass as kb
from krasbypass.model import Level, Phase
from krasbypass.routes import evaluate_tumour
from krasbypass.visual.labels import measure_label, wrap_label
from krasbypass.visual.map_layout import (
    build_layout,
    find_layout,
    find_stale,
    load_layout,
    write_layout,
)
from krasbypass.visual.map_lines import Block, Line, Ways, trace
from krasbypass.visual.map_measure import find_struck, find_unrest
from krasbypass.visual.map_order import Piece, Tie, find_orders
from krasbypass.visual.picture import build_picture

QUESTIONS = (
    ("NSCLC", ["KRAS:G12C"], ["sotorasib", "TNO155"]),
    ("CRC", ["KRAS:G12C", "NF1:loss"], ["sotorasib", "cetuximab"]),
    ("melanoma", ["BRAF:V600E", "NRAS:Q61K"], ["dabrafenib"]),
    ("PDAC", ["KRAS:G12C+Y96D", "MET:amp"], ["daraxonrasib"]),
    ("NSCLC", ["HRAS:mut"], ["sotorasib"]),
    ("any", [], []),
)


@pytest.fixture(scope="module")
def layout() -> dict[str, Any]:
    """The layout that is shipped."""
    shipped: dict[str, Any] = json.loads(find_layout().read_text(encoding="utf-8"))
    return shipped


@pytest.fixture(scope="module")
def drawn(network: kb.Network) -> list[tuple[kb.RoutesAnswer, dict[str, Any]]]:
    """All questions with their answers and pictures."""
    found = []
    for tissue, alterations, drugs in QUESTIONS:
        tumour = kb.Tumour.parse(tissue, alterations)
        answer = kb.find_routes(network, tumour, drugs)
        picture = build_picture(network, answer, evaluate_tumour(network, tumour, drugs))
        found.append((answer, picture))
    return found


def test_every_node_and_edge_of_the_network_stands_in_the_layout(
    network: kb.Network, layout: dict[str, Any]
) -> None:
    assert find_stale(layout, network) == (), "graphs/layout.json is stale: run `krasbypass build`"
    placed = {node["id"] for node in layout["nodes"]} | set(layout["inputs"])
    read = {lit.node for rule in network.rules for lit in rule.literals}
    assert read | network.targets <= placed
    hosts = {host for found in layout["inputs"].values() for host in found}
    assert hosts <= {node["id"] for node in layout["nodes"]}


def test_what_is_drawn_together_does_not_overlap(layout: dict[str, Any]) -> None:
    slotted = {g["id"] for g in layout["groups"] if g["kind"] == "family"}
    boxes = [n for n in layout["nodes"] if n["group"] not in slotted and n["kind"] != "membrane"]
    frames = [g | {"group": None} for g in layout["groups"]]
    apart = [b for b in boxes if b["group"] is None] + frames
    clashes = [
        (a["id"], b["id"])
        for pool in (apart, [b for b in boxes if b["group"]])
        for a, b in combinations(pool, 2)
        if abs(a["x"] - b["x"]) < (a["width"] + b["width"]) / 2
        and abs(a["y"] - b["y"]) < (a["height"] + b["height"]) / 2
    ]
    assert clashes == []
    outside = [
        b["id"]
        for b in boxes
        if not (0 < b["x"] < layout["width"] and 0 < b["y"] < layout["height"])
    ]
    assert outside == []


def test_edges_of_the_core_go_down_or_along(layout: dict[str, Any]) -> None:
    core = {node["id"]: node["y"] for node in layout["nodes"] if node["core"]}
    up = [
        (e["source"], e["target"])
        for e in layout["edges"]
        if e["kind"] == "driver" and core.get(e["source"], 0) > core.get(e["target"], 9e9)
    ]
    assert up == []


def test_no_line_runs_over_a_box_of_another_node(layout: dict[str, Any]) -> None:
    assert find_struck(layout) == []
    bare = layout | {"edges": [edge | {"points": []} for edge in layout["edges"]]}
    assert len(find_struck(bare)) > 9


@given(
    boxes=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), max_size=12),
    start=st.integers(30, 470),
    end=st.integers(30, 470),
)
@settings(max_examples=30, deadline=None)
def test_a_line_finds_the_gaps(boxes: list[tuple[int, int]], start: int, end: int) -> None:
    blocks = [Block(f"{c}.{row}", row, 25 + c * 50, row * 40, 34, 22) for c, row in set(boxes)]
    ways = Ways({row: (row * 40 - 17, row * 40 + 17) for row in range(6)}, 500, blocks)
    line = Line("a", "z", [(start, 17)], [(end, 183)], (0, 5))
    points = [(start, 17), *ways.lay([line])["a", "z"], (end, 183)]
    assert [y for _, y in points] == sorted(y for _, y in points)
    assert [b for b in blocks if b.is_struck(trace(points), clear=0)] == []


def test_an_ontology_of_ones_own_keeps_the_places_and_adds_to_them(
    network: kb.Network, layout: dict[str, Any]
) -> None:
    activities = dict(network.knowledge.activities)
    assert len(activities) > 50
    rule = next(r for r in network.rules if r.target == "MEK")
    added = replace(rule, id="mine", target="MINE")
    own = replace(network, rules=(*network.rules, added))
    from krasbypass.visual.map_layout import _mend
    from krasbypass.visual.map_places import Map

    mended = _mend(layout, Map(own))
    places = {node["id"]: node for node in mended["nodes"]}
    elsewhere = next(g for g in layout["groups"] if g["id"] == "elsewhere")
    assert [places["MINE"]["x"], places["MINE"]["y"]] in elsewhere["slots"]
    assert places["MINE"]["group"] == "elsewhere"
    kept = {n["id"]: (n["x"], n["y"]) for n in layout["nodes"]}
    assert {i: (n["x"], n["y"]) for i, n in places.items() if i in kept} == kept
    assert (rule.source, "MINE") in {(e["source"], e["target"]) for e in mended["edges"]}


def test_a_layout_that_fits_is_left_alone(
    network: kb.Network, layout: dict[str, Any], tmp_path: Any
) -> None:
    path = tmp_path / "layout.json"
    path.write_text(json.dumps(layout))
    before = path.read_bytes()
    write_layout(path, network)
    assert path.read_bytes() == before
    lost = next(e for e in layout["edges"] if e["target"] == "immune-evasion" and e["points"])
    fewer = layout | {"edges": [edge for edge in layout["edges"] if edge is not lost]}
    path.write_text(json.dumps(fewer))
    write_layout(path, network)
    mended = json.loads(path.read_text())
    assert find_stale(mended, network) == ()
    assert find_struck(mended) == []
    assert [(n["id"], n["x"], n["y"]) for n in mended["nodes"]] == [
        (n["id"], n["x"], n["y"]) for n in layout["nodes"]
    ]


@pytest.mark.slow
def test_a_layout_made_anew_fits(network: kb.Network, layout: dict[str, Any]) -> None:
    fresh = build_layout(network)
    assert find_stale(fresh, network) == ()
    assert find_struck(fresh) == []
    assert find_unrest(layout) <= find_unrest(fresh)


def test_loading_takes_the_shipped_places(network: kb.Network, layout: dict[str, Any]) -> None:
    loaded = load_layout(network)
    assert {n["id"]: n["x"] for n in loaded["nodes"]} == {n["id"]: n["x"] for n in layout["nodes"]}


@given(
    rows=st.lists(st.lists(st.integers(20, 120), min_size=1, max_size=6), min_size=1, max_size=4),
    data=st.data(),
)
@settings(max_examples=25, deadline=None)
def test_pieces_of_a_row_keep_their_distance(rows: list[list[int]], data: st.DataObject) -> None:
    pieces = [
        Piece(f"{r}.{i}", r, float(width))
        for r, widths in enumerate(rows)
        for i, width in enumerate(widths)
    ]
    names = [piece.id for piece in pieces]
    pairs = data.draw(
        st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=12)
    )
    ties = [Tie(a, b) for a, b in pairs if a != b]
    (order,) = find_orders(pieces, ties, moves=30)
    for one, other in combinations(pieces, 2):
        if one.row == other.row:
            apart = abs(order.x[one.id] - order.x[other.id])
            assert apart >= (one.width + other.width) / 2 - 0.2
    for (source, target), points in order.waypoints.items():
        passed = [order.row[point] for point in points]
        low, high = sorted((order.row[source], order.row[target]))
        assert all(low < row < high for row in passed)


@given(st.text(alphabet="abcdef GHI-", min_size=1, max_size=60))
def test_wrapped_labels_lose_nothing(label: str) -> None:
    lines = wrap_label(label)
    assert "".join(lines).replace(" ", "") == label.replace(" ", "")
    assert measure_label(lines) <= measure_label([label])


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_the_picture_shows_what_the_answer_says(
    drawn: list[tuple[kb.RoutesAnswer, dict[str, Any]]], number: int
) -> None:
    answer, picture = drawn[number]
    for output, levels in answer.outputs.items():
        drawn = picture["nodes"].get(output, ["off"] * 3)
        assert drawn == [levels.level(phase).label for phase in Phase]
    adapted = {(s, t): level for s, t, *_, level, kind in picture["edges"] if kind == "driver"}
    on_open = {(s.source, s.target) for r in answer.routes for s in r.steps}
    on_residual = {(s.source, s.target) for r in answer.residual for s in r.steps} - on_open
    alone = {pair for pair in on_open | on_residual if pair[0] in picture["nodes"]}
    assert {p for p in alone & on_open if adapted[p] != Level.FULL} == set()
    assert {p for p in alone & on_residual if adapted[p] != Level.ATTENUATED} == set()
    cited = {e for r in (*answer.routes, *answer.residual) for s in r.steps for e in s.evidence}
    assert set(picture["citations"]) == cited


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_whatever_is_drawn_has_a_place(
    drawn: list[tuple[kb.RoutesAnswer, dict[str, Any]]], layout: dict[str, Any], number: int
) -> None:
    _, picture = drawn[number]
    placed = {node["id"] for node in layout["nodes"]} | {node["id"] for node in picture["extra"]}
    assert set(picture["nodes"]) <= placed
    assert {n for edge in picture["edges"] for n in edge[:2]} <= placed
    for key in ("blocked", "driven", "tags"):
        assert set(picture[key]) <= set(picture["nodes"])


def test_drugs_and_alterations_stand_where_they_bear(
    drawn: list[tuple[kb.RoutesAnswer, dict[str, Any]]],
) -> None:
    _, first = drawn[0]
    assert first["blocked"]["KRAS.G12C.GTP"] == [{"drug": "sotorasib", "partial": False}]
    assert first["blocked"]["present:PTPN11"] == [{"drug": "TNO155", "partial": False}]
    assert first["tags"] == {"KRAS.G12C.GTP": ["KRAS:G12C"]}
    needs = {tuple(edge[:2]) for edge in first["edges"] if edge[-1] == "condition"}
    assert ("FGFR1", "MEK") not in needs, "MEK is driven without it unless a drug binds MEK"
    assert ("present:PTPN11", "basal_exchange") in needs
    assert ("basal_exchange", "receptor_exchange") in needs
    _, third = drawn[2]
    assert third["driven"] == {"RAF.dimer": ["dabrafenib"]}
    _, fourth = drawn[3]
    assert {"MET:amp"} <= set(fourth["tags"]["MET"])


def test_an_allele_of_the_question_alone_is_described(network: kb.Network) -> None:
    tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C+Q61H"])
    answer = kb.find_routes(network, tumour, ["sotorasib"])
    picture = build_picture(network, answer, evaluate_tumour(network, tumour, ["sotorasib"]))
    assert picture["extra"] == [
        {
            "id": "KRAS.G12C+Q61H.GTP",
            "label": "G12C+Q61H",
            "title": "KRAS:G12C+Q61H bound to GTP",
            "kind": "state",
            "group": "KRAS",
        }
    ]
