"""Files of all sorts: broken ones give a sentence, large ones are read, cut down and drawn."""

from __future__ import annotations

import re
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import krasbypass as kb
from krasbypass.export import export_network
from krasbypass.export.identifiers import build_identifiers
from krasbypass.fixpoint import solve
from krasbypass.gaps import GapsAnswer, find_gaps
from krasbypass.model import Level, Phase
from krasbypass.own_network import NetworkConfig, NetworkFileError, read_graph, read_network
from krasbypass.own_network import focus as focusing
from krasbypass.own_network.config import read_network_config
from krasbypass.own_network.focus import find_near_routes, focus_routes
from krasbypass.records import read_records
from krasbypass.routes import evaluate_tumour
from krasbypass.visual import render_page
from pace import measure_within

SUFFIXES = (".sif", ".tsv", ".bnet", ".sbml", ".toml")
GOOD = {
    ".sif": "A 1 B\nB -| C\nC activates D\n",
    ".tsv": "source\tinteraction\ttarget\nA\t1\tB\nB\t-1\tC\n",
    ".bnet": "targets, factors\nA, A\nB, A & !(C | D)\nC, 1\n",
    ".sbml": (
        '<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/level3/'
        'version1/core" level="3" version="1"><model id="m"/></sbml>'
    ),
    ".toml": 'sources = ["A"]\nmerge = false\n[drugs]\nx = { A = "partial" }\n',
}


def read_any(suffix: str, data: bytes) -> str:
    """Read a file; return the sentence if it cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        path.write_bytes(data)
        try:
            read_network_config(path) if suffix == ".toml" else read_graph(path)
        except NetworkFileError as error:
            return str(error)
    return ""


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SUFFIXES), st.binary(max_size=200))
def test_bytes_of_any_kind_give_a_sentence_or_a_network(suffix, data):
    sentence = read_any(suffix, data)
    assert not sentence or sentence.startswith(f"x{suffix}")
    assert "\n" not in sentence


lines = st.lists(st.text(alphabet="AB1-|>&!()~,#:=[]\"'\t <.é\u2028", max_size=30), max_size=8).map(
    "\n".join
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SUFFIXES), lines)
def test_text_of_any_kind_gives_a_sentence_or_a_network(suffix, text):
    sentence = read_any(suffix, text.encode())
    assert not sentence or sentence.startswith(f"x{suffix}")
    assert "\n" not in sentence


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SUFFIXES), st.data())
def test_a_good_file_with_one_character_changed(suffix, data):
    text = GOOD[suffix]
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(["", "\0", "\n", "\t", "(", '"', "<", "&", "x", "\u00e9"]))
    sentence = read_any(suffix, (text[:at] + other + text[at + 1 :]).encode())
    assert not sentence or re.match(rf"x\{suffix}(, line \d+)?: \S", sentence)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("x.sif", b"", "x.sif: the file holds no interaction"),
        ("x.sif", b"A 1 B\nC 1\n", "x.sif, line 2: a line has a source, a sign and a target"),
        ("x.tsv", b"A\t1\t\n", "x.tsv, line 1: the source or the target is empty"),
        ("x.sif", b"A 1 B\nA \xff B\n", "x.sif, line 2: this is not UTF-8 text"),
        ("x.sif", b"A 1 B\nA 1 \0\n", "x.sif, line 2: this is not a text file"),
        (
            "x.tsv",
            b"source\ttarget\tsign\nA\tB\t1\nA\tB\n",
            "x.tsv, line 3: the line has 2 columns and the header asks for 3",
        ),
        ("x.tsv", b"A\tinhibts\tB\n", "'inhibts' is no sign (1, -1, activates, inhibits, ->, -|"),
        ("x.xls", b"A", "x.xls: networks are read from files that end in .sif, .tsv"),
    ],
)
def test_faults_are_sentences_with_file_and_line(tmp_path, name, data, sentence):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(NetworkFileError) as caught:
        read_network(path)
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(NetworkFileError, match=r"none\.sif: cannot be read: No such file"):
        read_network(tmp_path / "none.sif")
    with pytest.raises(NetworkFileError, match="cannot be read: Is a directory"):
        read_network(tmp_path)


def test_names_of_any_kind_are_read_and_drawn(tmp_path):
    """Colons, markup and reserved prefixes are names like others."""
    path = tmp_path / "x.tsv"
    path.write_text("engaged_on:B\t1\tB\n<script>alert(1)</script>\t1\tB\noff:B\t-1\tB\nB\t1\tC\n")
    config = NetworkConfig({"<script>alert(1)</script>": Level.FULL}, ("C",))
    network = read_network(path, config)
    tumour = kb.Tumour.parse("any")
    answer = kb.find_routes(network, tumour)
    assert answer.outputs["C"].adapted is Level.FULL
    assert {"engaged_on.B", "off.B"} <= network.targets
    page = render_page(network, answer, evaluate_tumour(network, tumour)[0][0])
    assert "<script>alert" not in page


# -- large networks -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def omnipath(shared) -> kb.Network:
    file = shared / "data" / "networks" / "omnipath_carnival.tsv"
    if not file.is_file():
        pytest.skip("no network data beside the project")
    return read_network(file, outputs=["MAPK1", "MAPK3"])


def test_omnipath_is_read_whole(omnipath, shared):
    file = shared / "data" / "networks" / "omnipath_carnival.tsv"
    rows = [line.split("\t") for line in file.read_text().splitlines()[1:]]
    assert len(rows) == 19_807
    graph = read_graph(file)
    up = {(s, t) for s, sign, t in rows if sign == "1" and s != t}
    down = {(s, t) for s, sign, t in rows if sign == "-1" and s != t}
    assert {(lit.node, st.target) for st in graph.statements for lit in st.literals} == up
    assert {(n, t) for t, found in graph.restraints.items() for n in found} == down
    assert omnipath.outputs == ("MAPK1", "MAPK3")
    assert set(graph.nodes) <= omnipath.targets


def test_routes_from_a_receptor_to_erk(omnipath, shared):
    file = shared / "data" / "networks" / "omnipath_carnival.tsv"
    up = {(s, t) for s, sign, t in (line.split("\t") for line in file.open()) if sign == "1"}
    up = {(source, target.strip()) for source, target in up}
    tumour = kb.Tumour.parse("any", ["EGFR:act"])
    found = focus_routes(omnipath, tumour, count=10)
    assert not found.answer.complete
    assert 10 <= len(found.answer.routes) <= 20
    assert found.answer.outputs["MAPK1"].adapted is Level.FULL
    for route in found.answer.routes:
        assert route.nodes[:2] == ("EGFR:act", "EGFR")
        assert set(pairwise(route.nodes[1:])) <= up
    shortest = min(len(route.nodes) for route in found.answer.routes)
    assert shortest == 4  # EGFR, one more, MAPK1: as a search of the file says
    assert any((("EGFR", n) in up and (n, "MAPK1") in up) for n in omnipath.targets)


def test_omnipath_answers_in_seconds(omnipath, shared):
    file = shared / "data" / "networks" / "omnipath_carnival.tsv"
    config = NetworkConfig(sources={"EGFR": Level.FULL}, outputs=("MAPK1",))
    tumour = kb.Tumour.parse("any")
    # under 2 s when idle
    assert measure_within(lambda: focus_routes(read_network(file, config), tumour), 4) < 4


def test_gaps_of_a_large_network(tmp_path):
    """Thousands of rules and more routes than are followed: exact closers, the shortest routes."""
    layers = [[f"N{depth}.{i}" for i in range(12)] for depth in range(8)]
    edges = [f"{a} 1 {b}" for one, two in pairwise(layers) for a in one for b in two]
    edges += [f"START 1 {a}" for a in layers[0]] + [f"{a} 1 LAST" for a in layers[-1]]
    file, config = tmp_path / "large.sif", tmp_path / "large.toml"
    file.write_text("\n".join([*edges, "LAST 1 END", "START 1 SIDE", "SIDE 1 END"]))
    config.write_text(
        'sources = ["START"]\noutputs = ["END"]\n[drugs]\none = ["LAST"]\ntwo = ["SIDE"]\n'
    )
    network = read_network(file, config)
    records = read_records(network.knowledge)
    tumour = kb.Tumour.parse("any")

    def find() -> GapsAnswer:
        return find_gaps(network, tumour, records=records, search=find_near_routes)

    found = find()
    assert [closer.drugs for closer in found.closers] == [("one", "two")]
    assert not found.answer.complete
    assert found.gaps and all(len(gap.routes) <= 25 for gap in found.gaps)
    assert min(len(route.nodes) for gap in found.gaps for route in gap.routes) == 4
    assert measure_within(find, 6) < 6


def test_a_focus_shows_what_a_drug_closes(omnipath):
    tumour = kb.Tumour.parse("any", ["EGFR:act"])
    found = focus_routes(omnipath, tumour, ["inhibitor:MAP2K1"], outputs=["MAPK1"], count=10)
    closed = {(route.nodes, route.closed_at) for route in found.answer.closed}
    assert (("EGFR:act", "EGFR", "MAP2K1", "MAPK1"), "MAP2K1") in closed
    assert not any("MAP2K1" in route.nodes for route in found.answer.routes)
    shut = focus_routes(omnipath, tumour, ["inhibitor:MAPK1"], outputs=["MAPK1"], count=5)
    assert shut.answer.outputs["MAPK1"].adapted is Level.OFF
    assert shut.answer.routes == ()
    assert {route.closed_at for route in shut.answer.closed} == {"MAPK1"}


def test_the_neighbourhood_of_the_routes_is_drawn(omnipath):
    tumour = kb.Tumour.parse("any", ["EGFR:act"])
    found = focus_routes(omnipath, tumour, outputs=["MAPK1"], count=8, surroundings=6)
    on_routes = {node for route in found.answer.routes for node in route.nodes}
    page = render_page(found.part, found.answer, found.evaluation)
    assert len(page) < 2_000_000
    drawn = set(re.findall(r'"id": "([^"@>]+)"', page))
    assert on_routes <= drawn
    nodes = drawn & {*omnipath.targets, *on_routes}
    assert len(on_routes) < len(nodes) <= len(on_routes) + 6
    rows = {re.search(rf'"id": "{n}".*?"y": ([-\d.]+)', page)[1] for n in ("EGFR", "MAPK1")}
    assert len(rows) == 2  # in layers, not in one row


@pytest.mark.parametrize("drugs", [[], ["kinib"], ["kinib", "lipib"]])
def test_a_focus_of_everything_is_the_whole_answer(monkeypatch, drugs):
    folder = Path(__file__).resolve().parents[1] / "examples" / "own-network"
    network = read_network(folder / "toy.sif", folder / "toy.toml")
    tumour = kb.Tumour.parse("any")
    whole = focus_routes(network, tumour, drugs)
    assert whole.answer == kb.find_routes(network, tumour, drugs)
    assert whole.part is network
    monkeypatch.setattr(focusing, "LARGE", 0)
    focused = focus_routes(network, tumour, drugs).answer
    assert focused.outputs == whole.answer.outputs
    assert set(focused.routes) == set(whole.answer.routes)
    assert set(focused.residual) == set(whole.answer.residual)
    assert set(focused.closed) == set(whole.answer.closed)


def test_routes_of_a_merged_network_are_those_of_the_whole(monkeypatch, network, tmp_path):
    """Reliefs and tone, which no part of the network has by itself, open the same routes."""
    path = tmp_path / "x.sif"
    path.write_text("ERK 1 FOO\nEGFR 1 BAR\nBAR 1 FOO\n")
    merged = read_network(path, NetworkConfig(outputs=("FOO",), merge=True), base=network)
    tumour, drugs = kb.Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"]
    whole = kb.find_routes(merged, tumour, drugs, outputs=["FOO", "MAPK"])
    assert whole.routes[0].nodes == ("relief:MAPK", "EGFR", "BAR", "FOO")
    focused = focus_routes(merged, tumour, drugs, outputs=["FOO", "MAPK"])
    assert focused.answer == whole and focused.part is merged
    monkeypatch.setattr(focusing, "LARGE", 0)
    focused = focus_routes(merged, tumour, drugs, outputs=["FOO", "MAPK"], count=3)
    assert focused.answer.outputs == whole.outputs
    assert ("relief:MAPK", "EGFR", "BAR", "FOO") in {r.nodes for r in focused.answer.routes}
    assert {route.output for route in focused.answer.routes} == {"FOO", "MAPK"}
    for node in ("MAPK", "EGFR", "FOO"):
        assert focused.evaluation.level(node) is Level.FULL
    assert len(focused.part.rules) < len(merged.rules) / 4


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from("abcdefg")] * 2, st.sampled_from("11-")), min_size=1))
def test_levels_of_a_focus_hold_in_the_part(edges):
    """The rules that a focus keeps give its nodes the levels of the whole network."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sif"
        path.write_text("".join(f"{s} {sign} {t}\n" for s, t, sign in edges) + "a 1 z\nb 1 z\n")
        network = read_network(path, outputs=["z", edges[0][1]])
    tumour = kb.Tumour.parse("any", ["a:act", "b:act"])
    whole = evaluate_tumour(network, tumour)[0][0]
    near = focusing._Near(whole)
    near.follow(network.outputs, 5)
    near.surround(2)
    levels = solve(list(near.rules()), whole.scenario.genotype)
    for node in near.nodes:
        assert levels.get(node, Level.OFF) == whole.level(node, Phase.ADAPTED)


# -- what this package writes itself --------------------------------------------------------------


@pytest.mark.parametrize("phase", [Phase.BASELINE, Phase.ADAPTED])
@pytest.mark.parametrize("name", ["bnet", "sbml-qual", "sbml-qual-boolean"])
def test_an_exported_scenario_read_back_has_its_levels(network, tmp_path, name, phase):
    if name != "bnet":
        pytest.importorskip("libsbml")
    tumour, drugs = kb.Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"]
    path = tmp_path / ("x.bnet" if name == "bnet" else "x.sbml")
    path.write_text(export_network(network, name, tumour=tumour, drugs=drugs, phase=phase))
    last = read_graph(path).nodes[-1]
    back = read_network(path, NetworkConfig(outputs=(last,)), base=network)
    there = evaluate_tumour(network, tumour, drugs)[0][0]
    here = evaluate_tumour(back, kb.Tumour.parse("any"))[0][0]
    names = build_identifiers(sorted(network.targets))
    for node in network.targets:
        if name == "sbml-qual":
            found = int(here.level(node.replace(":", ".")))
        else:
            found = sum(here.level(names[node] + end) is Level.FULL for end in ("_b1", "_b2"))
        assert found == there.level(node, phase), node
