"""Graphs of the network for other tools: GraphML, CX2, SIF and the table of edges."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from builders import build_literal, build_network
from krasbypass import Knowledge, Network, Tumour, find_routes
from krasbypass.cli import app
from krasbypass.cli import exporting as exporting
from krasbypass.errors import KrasbypassError, NotationError, UnknownTermError
from krasbypass.export import (
    ask_question,
    build_export_graph,
    export_network,
    find_format,
    find_formats,
)
from krasbypass.export.identifiers import build_identifiers
from krasbypass.export.places import place_nodes, read_places, read_shipped_places
from krasbypass.export.sif import COLUMNS
from krasbypass.facts import VERSION
from krasbypass.model import Level, Phase, Rule
from krasbypass.vocabulary import BASE, P

TUMOUR = Tumour.parse("NSCLC", ["KRAS:G12C", "MET:amp"])
DRUGS = ("sotorasib", "dabrafenib")
NAMES = [found.name for found in find_formats()]
GRAPHS = [name for name in NAMES if find_format(name).media_type != "text/turtle"]


@pytest.fixture(scope="module")
def whole(network: Network) -> nx.MultiDiGraph[str]:
    """The network as it stands."""
    return build_export_graph(network)


@pytest.fixture(scope="module")
def scene(network: Network) -> nx.MultiDiGraph[str]:
    """One tumour under two drugs, one of which activates."""
    return build_export_graph(network, ask_question(network, TUMOUR, DRUGS))


def read_rules(graph: nx.MultiDiGraph[str]) -> set[tuple[Any, ...]]:
    """Return rules as the attribute `rules` of the nodes tells them."""
    found = set()
    for node, text in graph.nodes(data="rules", default=""):
        for line in text.splitlines():
            name, _, statement = line.partition(": ")
            body, _, head = statement.partition(" -> ")
            target, strength, *serial = head.split(" ")
            assert target == node
            literals = frozenset(map(build_literal, body.split(" & ")))
            found.add((name, literals, target, strength, bool(serial)))
    return found


def key_of(rule: Rule) -> tuple[Any, ...]:
    return rule.id, frozenset(rule.literals), rule.target, rule.strength.label, rule.serial


# -- the graph -------------------------------------------------------------------------------------


def test_graph_holds_every_rule_of_the_network(
    network: Network, whole: nx.MultiDiGraph[str]
) -> None:
    assert read_rules(whole) == set(map(key_of, network.rules))


def test_each_literal_is_an_edge_unless_it_stands_for_a_drug(
    network: Network, whole: nx.MultiDiGraph[str]
) -> None:
    of_drugs = ("engaged_on:", "engaged_off:", "spare:")
    want = {
        (rule.id, str(literal), rule.target)
        for rule in network.rules
        for literal in rule.literals
        if not literal.node.startswith(of_drugs)
    }
    edges = [(d, t) for _, t, d in whole.edges(data=True) if "rule" in d]
    assert {(d["rule"], d["literal"], t) for d, t in edges} == want
    assert len(edges) == len(want)
    assert all(d["sign"] == (-1 if "!" in d["literal"] else 1) for d, _ in edges)
    drivers = Counter(d["rule"] for d, _ in edges if d["role"] == "driver")
    assert set(drivers.values()) == {1}


def test_edges_cite_the_evidence_of_their_interaction(
    network: Network, whole: nx.MultiDiGraph[str]
) -> None:
    interactions = {i.id: i for i in network.knowledge.interactions}
    by_rule = {rule.id: interactions.get(rule.interaction) for rule in network.rules}
    cited = 0
    for *_, data in whole.edges(data=True):
        interaction = by_rule.get(data.get("rule", ""))
        if interaction is not None:
            assert data.get("evidence", "") == "; ".join(interaction.evidence)
            assert data["interaction_term"] == BASE + interaction.id
            cited += "pmid:" in data.get("references", "")
    assert cited > 500


def test_catalogue_drugs_are_nodes_and_generic_inhibitors_are_not(
    network: Network, whole: nx.MultiDiGraph[str]
) -> None:
    drugs = {n.removeprefix("drug:") for n, d in whole.nodes(data=True) if d["role"] == "drug"}
    catalogue = network.knowledge.drugs
    assert drugs and not any(catalogue[name].generic for name in drugs)
    hits = {
        (source.removeprefix("drug:"), target): data["engagement"]
        for source, target, data in whole.edges(data=True)
        if data["role"] == "drug"
    }
    for name in drugs:
        for key, level in catalogue[name].engages:
            if key in network.targets:
                assert (
                    hits[name, key] == {Level.FULL: "complete", Level.ATTENUATED: "partial"}[level]
                )


def test_scene_has_the_levels_of_the_evaluation(network: Network) -> None:
    question = ask_question(network, TUMOUR, DRUGS)
    graph = build_export_graph(network, question)
    for node, data in graph.nodes(data=True):
        if data["role"] in ("drug", "relief"):
            continue
        for phase in Phase:
            assert data[phase.value] == question.evaluation.level(node, phase).label
    live = {
        node
        for phase in Phase
        for node, level in question.evaluation.levels[phase].items()
        if level and not node.startswith(("engaged_", "spare:"))
    }
    assert live <= set(graph)
    assert {"drug:sotorasib", "drug:dabrafenib", *network.outputs} <= set(graph)


def test_reliefs_of_a_scene_say_how_far_their_nodes_fell(network: Network) -> None:
    question = ask_question(network, Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"])
    graph = build_export_graph(network, question)
    fallen = question.evaluation.relief[Phase.ADAPTED]
    reliefs = {n: data for n, data in graph.nodes(data=True) if data["role"] == "relief"}
    assert "relief:MAPK" in reliefs
    for node, data in reliefs.items():
        source = node.removeprefix("relief:")
        assert (data["acute"], data["adapted"]) == ("off", fallen[source].label)
        assert [d["interaction"] for d in graph[source][node].values()] == ["inhibits"]


def test_scene_marks_the_rules_of_open_routes_and_no_others(
    network: Network, scene: nx.MultiDiGraph[str]
) -> None:
    answer = find_routes(network, TUMOUR, DRUGS)
    want = {(s.source, s.target, s.rule) for r in answer.routes for s in r.steps}
    marked = {
        (source, target, data["rule"])
        for source, target, data in scene.edges(data=True)
        if data.get("route") == "open"
    }
    assert marked == want
    assert {n for n, mark in scene.nodes(data="route") if mark == "open"} == {
        node for source, target, _ in want for node in (source, target)
    }


def test_drugs_of_a_scene_say_what_they_do_and_where_they_fail(network: Network) -> None:
    def find_drug_edges(tumour: Tumour, drug: str) -> tuple[dict[str, Any], dict[str, Any]]:
        graph = build_export_graph(network, ask_question(network, tumour, [drug]))
        edges = {t: d for _, t, d in graph.out_edges(f"drug:{drug}", data=True)}
        return edges, graph.nodes[f"drug:{drug}"]

    edges, _ = find_drug_edges(Tumour.parse("CRC", ["KRAS:G12C"]), "sotorasib")
    assert edges["KRAS.G12C.GTP"]["engagement"] == "complete"
    assert edges["KRAS.G12C.GTP"]["form"] == "OFF"
    edges, node = find_drug_edges(Tumour.parse("CRC", ["KRAS:G12C+Y96D"]), "sotorasib")
    assert edges == {}
    assert "KRAS:Y96D" in node["binding_lost"] or "KRAS:G12C+Y96D" in node["binding_lost"]
    edges, _ = find_drug_edges(Tumour.parse("melanoma", ["NRAS:Q61K"]), "dabrafenib")
    assert edges["occupied:RAF.dimer"]["interaction"] == "activates"


def test_of_several_readings_the_one_with_most_signal_is_kept(network: Network) -> None:
    text = export_network(network, "bnet", tumour=Tumour.parse("NSCLC", ["KRAS:mut"]))
    assert re.search(r"^# Of \d+ clones or readings of the tumour this is the one", text, re.M)
    question = ask_question(network, Tumour.parse("any", [], ["NF1:loss"], ["KRAS:G12D"]), ())
    levels = [question.evaluation.level(o, Phase.ADAPTED) for o in network.outputs]
    assert question.others == 1
    for alterations in (["NF1:loss"], ["KRAS:G12D"]):
        other = ask_question(network, Tumour.parse("any", alterations), ())
        assert levels >= [other.evaluation.level(o, Phase.ADAPTED) for o in network.outputs]


# -- GraphML ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["whole", "scene"])
def test_graphml_round_trips(
    network: Network, which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    graph = request.getfixturevalue(which)
    tumour, drugs = (None, ()) if which == "whole" else (TUMOUR, DRUGS)
    path = tmp_path / "network.graphml"
    path.write_text(export_network(network, "graphml", tumour=tumour, drugs=drugs), "utf-8")
    found = nx.read_graphml(path, force_multigraph=True)
    assert dict(found.nodes(data=True)) == dict(graph.nodes(data=True))
    edges = {key: (s, t, d) for s, t, key, d in graph.edges(keys=True, data=True)}
    read = {key: (s, t, d) for s, t, key, d in found.edges(keys=True, data=True)}
    assert read == edges and len(edges) == graph.number_of_edges()
    assert network.knowledge.notice in found.graph["remarks"]


def test_graphml_of_the_whole_network_holds_its_rules(network: Network) -> None:
    text = export_network(network, "graphml")
    found = nx.parse_graphml(text, force_multigraph=True)
    assert read_rules(found) == set(map(key_of, network.rules))


# -- CX2 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["whole", "scene"])
def test_cx2_opens_with_ndex2(
    network: Network, which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    cx2 = pytest.importorskip("ndex2.cx2")
    graph = request.getfixturevalue(which)
    tumour, drugs = (None, ()) if which == "whole" else (TUMOUR, DRUGS)
    path = tmp_path / "network.cx2"
    path.write_text(export_network(network, "cx2", tumour=tumour, drugs=drugs), "utf-8")
    found = cx2.RawCX2NetworkFactory().get_cx2network(str(path))
    names = {number: node["v"]["name"] for number, node in found.get_nodes().items()}
    assert set(names.values()) == set(graph)
    edges = {
        edge["v"]["name"]: (names[edge["s"]], names[edge["t"]], edge["v"]["interaction"])
        for edge in found.get_edges().values()
    }
    assert edges == {
        key: (s, t, d["interaction"]) for s, t, key, d in graph.edges(keys=True, data=True)
    }
    # what ndex2 writes again is what we wrote
    raw = {next(iter(a)): a for a in json.loads(path.read_text("utf-8"))}
    again = {next(iter(a)): a for a in found.to_cx2()}
    for aspect in ("attributeDeclarations", "networkAttributes", "nodes", "edges"):
        assert again[aspect] == raw[aspect], aspect
    assert again["visualProperties"] == raw["visualProperties"]
    counts = {entry["name"]: entry["elementCount"] for entry in raw["metaData"]["metaData"]}
    assert counts == {
        a: len(raw[a][a]) for a in raw if a not in ("CXVersion", "metaData", "status")
    }


def test_cx2_style_maps_attributes_that_are_declared(network: Network) -> None:
    for tumour in (None, TUMOUR):
        text = export_network(network, "cx2", tumour=tumour)
        raw = {next(iter(a)): a for a in json.loads(text)}
        declared = raw["attributeDeclarations"]["attributeDeclarations"][0]
        style = raw["visualProperties"]["visualProperties"][0]
        for part in ("node", "edge"):
            for name, mapping in style[f"{part}Mapping"].items():
                attribute = mapping["definition"]["attribute"]
                if tumour is None and attribute == "route":
                    continue
                assert attribute in declared[f"{part}s"], name
                for entry in mapping["definition"].get("map", ()):
                    assert isinstance(entry["v"], str)


def test_cx2_colours_by_the_level_of_the_phase(network: Network) -> None:
    for phase in Phase:
        text = export_network(network, "cx2", tumour=TUMOUR, phase=phase)
        style = json.loads(text)[6]["visualProperties"][0]
        mapping = style["nodeMapping"]["NODE_BACKGROUND_COLOR"]["definition"]
        assert mapping["attribute"] == phase.value
        assert {entry["v"] for entry in mapping["map"]} == {level.label for level in Level}


def test_no_two_nodes_share_a_place(whole: nx.MultiDiGraph[str], tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    layout = [{"id": "MAPK", "x": 10, "y": 20}, {"id": "ERK", "x": 10, "y": 20}]
    path.write_text(json.dumps({"nodes": layout}), "utf-8")
    for known in ({}, read_places(path), read_shipped_places()):
        places = place_nodes(whole, known)
        assert set(places) == set(whole)
        assert len(set(places.values())) == len(whole)
    assert read_places(tmp_path / "none.json") == {}


def test_shipped_places_are_kept(whole: nx.MultiDiGraph[str]) -> None:
    known = read_shipped_places()
    places = place_nodes(whole, known)
    shared = [node for node in known if node in places]
    if not known:
        pytest.skip("no layout is shipped")
    assert len(shared) > 50
    assert sum(places[node] == known[node] for node in shared) >= len(set(known.values())) * 0.9


# -- SIF and the table of edges --------------------------------------------------------------------


@pytest.mark.parametrize("which", ["whole", "scene"])
def test_sif_has_each_signed_pair_once(
    network: Network, which: str, request: pytest.FixtureRequest
) -> None:
    graph = request.getfixturevalue(which)
    tumour, drugs = (None, ()) if which == "whole" else (TUMOUR, DRUGS)
    rows = [
        tuple(line.split("\t"))
        for line in export_network(network, "sif", tumour=tumour, drugs=drugs).splitlines()
    ]
    assert len(rows) == len(set(rows))
    assert {row for row in rows if len(row) == 3} == {
        (source, data["interaction"], target) for source, target, data in graph.edges(data=True)
    }
    assert {row[0] for row in rows if len(row) == 1} == set(nx.isolates(graph))
    assert {len(row) for row in rows} <= {1, 3}


def test_table_of_edges_has_a_row_an_edge(network: Network, scene: nx.MultiDiGraph[str]) -> None:
    text = export_network(network, "edges", tumour=TUMOUR, drugs=DRUGS)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == scene.number_of_edges()
    for row, (source, target, data) in zip(rows, scene.edges(data=True), strict=True):
        assert (row["source"], row["target"]) == (source, target)
        for column in COLUMNS[3:]:
            assert row[column] == " ".join(str(data.get(column, "")).split())
    attributes = {name for *_, data in scene.edges(data=True) for name in data}
    assert attributes <= {*COLUMNS, "literal"}


# -- what holds for all formats --------------------------------------------------------------------


def test_toy_networks_are_exported_in_every_graph_format() -> None:
    toy = build_network("a & !b -> X\nX? -> Y attenuated\n@Y -> X")
    about = {"toy": {P.AS_OF: ("2026-01-01",), VERSION: ("1",)}}
    network = replace(toy, knowledge=Knowledge({**toy.knowledge.index, **about}))
    for name in ("graphml", "cx2", "sif", "edges", "bnet", "sbml-qual", "sbml-qual-boolean"):
        assert "Y" in export_network(network, name)


@pytest.mark.slow
def test_bytes_do_not_depend_on_the_process(network: Network) -> None:
    """Each format is written again by a process with another hash seed."""
    script = (
        "import hashlib, sys, krasbypass as kb\n"
        "from krasbypass.export import export_network, find_formats\n"
        "network = kb.build_signalling_network(kb.load_knowledge())\n"
        "tumour = kb.Tumour.parse('NSCLC', ['KRAS:G12C', 'MET:amp'])\n"
        "for found in find_formats():\n"
        "    for asked in ({}, {'tumour': tumour, 'drugs': ('sotorasib', 'dabrafenib')}):\n"
        "        text = export_network(network, found.name, **asked)\n"
        "        print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    here = []
    for name in NAMES:
        for text in (
            export_network(network, name),
            export_network(network, name, tumour=TUMOUR, drugs=DRUGS),
        ):
            here.append(hashlib.sha256(text.encode()).hexdigest())
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == here


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("sfi", "sif"),
        ("grapml", "graphml"),
        ("cx", "cx2"),
        ("sbmlqual2", "sbml-qual"),
        ("turtel", "turtle"),
        ("jsn-ld", "json-ld"),
        ("bnett", "bnet"),
    ],
)
def test_a_wrong_format_is_refused_with_the_nearest(
    network: Network, wrong: str, nearest: str
) -> None:
    with pytest.raises(UnknownTermError) as error:
        export_network(network, wrong)
    assert error.value.nearest[0] == nearest
    assert str(error.value).startswith(f"unknown format {wrong!r}; nearest: {nearest}")


def test_where_no_format_is_near_all_are_named() -> None:
    with pytest.raises(UnknownTermError) as error:
        find_format("zzzz")
    assert error.value.nearest == tuple(NAMES)


def test_formats_are_found_by_alias_and_suffix() -> None:
    for found in find_formats():
        for name in (found.name, found.name.upper(), *found.aliases):
            assert find_format(name) is found
    for suffix, name in ((".ttl", "turtle"), (".jsonld", "json-ld"), (".sbml", "sbml-qual")):
        assert find_format(suffix).name == name


def test_bad_questions_are_refused_as_everywhere(network: Network) -> None:
    with pytest.raises(UnknownTermError, match="sotorasib"):
        export_network(network, "sif", drugs=["sotorasip"])
    with pytest.raises(KrasbypassError):
        export_network(network, "sif", tumour=Tumour.parse("CRC", ["KRSA:G12C"]))
    for wrong in ({"format": "sif"}, {"format": "turtle", "tumour": TUMOUR}):
        with pytest.raises(NotationError, match="facts"):
            export_network(network, facts=True, **wrong)


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), max_size=12),
    st.sampled_from([("",), ("_b1", "_b2"), ("", "_transition")]),
)
def test_identifiers_are_one_a_name_and_safe(names: list[str], suffixes: tuple[str, ...]) -> None:
    found = build_identifiers(names, suffixes=suffixes)
    assert set(found) == set(names)
    assert build_identifiers(reversed(names), suffixes=suffixes) == found
    whole = [identifier + suffix for identifier in found.values() for suffix in suffixes]
    assert len(whole) == len(set(whole))
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", identifier) for identifier in whole)


# -- there and back with the readers of own networks -----------------------------------------------


@pytest.mark.parametrize("name", ["bnet", "sbml-qual", "sbml-qual-boolean"])
def test_what_we_write_our_readers_read(network: Network, name: str, tmp_path: Path) -> None:
    """A phase of a scenario, read as a network of one's own, has its levels without being asked."""
    own = pytest.importorskip("krasbypass.own_network")
    if name != "bnet":
        pytest.importorskip("libsbml")
    evaluation = ask_question(network, TUMOUR, DRUGS).evaluation
    derived = sorted({rule.target for rule in evaluation.rules})
    for phase in Phase:
        path = tmp_path / f"{phase}{find_format(name).suffix}"
        text = export_network(network, name, tumour=TUMOUR, drugs=DRUGS, phase=phase)
        path.write_text(text, "utf-8")
        ids = build_identifiers(derived, suffixes=("_b1", "_b2"))
        parts = (
            {node: (node.replace(":", "."),) for node in derived}
            if name == "sbml-qual"
            else {node: (f"{ids[node]}_b1", f"{ids[node]}_b2") for node in derived}
        )
        outputs = [parts[output][0] for output in ("MAPK", "cell-cycle")]
        read = own.read_network(path, outputs=outputs)
        found = ask_question(read, Tumour.parse("any", []), ()).evaluation
        for node in derived:
            levels = [found.level(part, Phase.BASELINE) for part in parts[node]]
            level = levels[0] if len(levels) == 1 else sum(map(bool, levels))
            assert level == evaluation.level(node, phase), (node, phase)


def test_networks_of_ones_own_are_exported_as_well(tmp_path: Path) -> None:
    own = pytest.importorskip("krasbypass.own_network")
    path = tmp_path / "own.sif"
    path.write_text("EGF\t1\tEGFR x\nEGFR x\t1\tRAS\nRAS\t1\tERK\nPTEN y\t-1\tRAS\n", "utf-8")
    network = own.read_network(path, outputs=["ERK"])
    tumour = Tumour.parse("any", ["EGF:act"])
    for name in NAMES:
        text = export_network(network, name, tumour=tumour, drugs=["inhibitor:RAS"])
        assert "EGFR" in text
        if not find_format(name).is_rdf:
            assert "PTEN" in export_network(network, name)
    triples = export_network(network, "turtle", tumour=tumour)
    assert "EGFR%20x" in triples or "EGFR\\%20x" in triples
    assert list(pyoxigraph.parse(triples.encode(), format=pyoxigraph.RdfFormat.TURTLE))
    with pytest.raises(NotationError, match="not in the ontology"):
        export_network(network, "turtle")


def test_our_reader_reads_the_signed_edges_that_we_write(
    network: Network, scene: nx.MultiDiGraph[str], tmp_path: Path
) -> None:
    own = pytest.importorskip("krasbypass.own_network")
    want = {(s, t, d["sign"]) for s, t, d in scene.edges(data=True)}
    for name in ("sif", "edges"):
        path = tmp_path / f"network{find_format(name).suffix}"
        path.write_text(export_network(network, name, tumour=TUMOUR, drugs=DRUGS), "utf-8")
        graph = own.read_graph(path)
        read = {(literal.node, s.target, 1) for s in graph.statements for literal in s.literals}
        read |= {(s, target, -1) for target, found in graph.restraints.items() for s in found}
        assert read == want
        assert graph.notes == ()


# -- the command -----------------------------------------------------------------------------------


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["export", *arguments])


def test_command_writes_to_standard_output_and_to_files(network: Network, tmp_path: Path) -> None:
    asked = ("--tissue", "NSCLC", "-a", "KRAS:G12C,MET:amp", "-d", "sotorasib", "-d", "dabrafenib")
    found = run("--format", "sif", *asked)
    assert found.exit_code == 0
    assert found.stdout == export_network(network, "sif", tumour=TUMOUR, drugs=DRUGS)
    path = tmp_path / "network.sif"
    found = run("--format", "sif", *asked, "-o", str(path))
    table = tmp_path / "network.edges.tsv"
    assert found.stdout == f"wrote {path} and {table}\n"
    assert path.read_bytes() == export_network(network, "sif", tumour=TUMOUR, drugs=DRUGS).encode()
    assert (
        table.read_bytes() == export_network(network, "edges", tumour=TUMOUR, drugs=DRUGS).encode()
    )


def test_command_answers_in_json(network: Network) -> None:
    found = json.loads(run("--format", ".bnet", "-t", "CRC", "-a", "KRAS:G12C", "--json").stdout)
    assert found["question"] == {"tissue": "CRC", "alterations": ["KRAS:G12C"], "drugs": []}
    assert found["format"] == "bnet" and found["complete"] is True
    tumour = Tumour.parse("CRC", ["KRAS:G12C"])
    assert found["content"] == export_network(network, "bnet", tumour=tumour)
    assert found["notice"] == network.knowledge.notice


def test_command_refuses_in_one_sentence(tmp_path: Path) -> None:
    for arguments, sentence in (
        (("--format", "sfi"), "unknown format 'sfi'; nearest: sif"),
        (("--format", "sif", "--phase", "later"), "unknown phase 'later'"),
        (("--format", "sif", "-o", str(tmp_path / "no" / "file")), "cannot write"),
    ):
        found = run(*arguments)
        assert isinstance(found.exception, KrasbypassError)
        assert str(found.exception).startswith(sentence)
        assert "\n" not in str(found.exception)


def test_help_names_every_format() -> None:
    shown = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "200"}).stdout
    assert all(name in shown for name in NAMES)
