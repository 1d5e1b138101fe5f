"""Tables of scenarios, the published ones among them, and answers that change with the Turtle."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import rdflib

from krasbypass import (
    Knowledge,
    Network,
    Phase,
    Tumour,
    build_signalling_network,
    find_routes,
    load_knowledge,
)
from krasbypass.errors import ScenarioFileError
from krasbypass.reasoning import find_ontology
from krasbypass.routes import evaluate_tumour, pool_outputs
from krasbypass.table import EvaluatedRow, Table, evaluate_table, read_table, write_table
from krasbypass.vocabulary import BASE

HEADER = "id\ttissue\talterations\tdrugs"


def table_of(tmp_path: Path, text: str, *, encoding: str = "utf-8") -> Table:
    path = tmp_path / "scenarios.tsv"
    path.write_bytes(text.encode(encoding))
    return read_table(path)


def mapk_of(row: EvaluatedRow) -> list[str]:
    return [row.outputs["MAPK"].level(phase).label for phase in Phase] if row.outputs else []


# -- published scenarios -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(network: Network, shared: Path) -> tuple[EvaluatedRow, ...]:
    return tuple(evaluate_table(network, read_table(shared / "scenarios" / "scenarios_dev.tsv")))


def misses(rows: tuple[EvaluatedRow, ...], output: str) -> tuple[int, dict[str, str]]:
    """Return how many rows without doubt know the output, and those that are answered wrongly."""
    known = [r for r in rows if r.row[output] in ("open", "closed") and not r.row["doubt"]]
    found = {
        r.row["id"]: "open"
        if r.outputs[output].level(Phase(r.row["phase"])).label == "full"
        else "closed"
        for r in known
    }
    return len(known), {
        r.row["id"]: found[r.row["id"]] for r in known if found[r.row["id"]] != r.row[output]
    }


def test_no_published_scenario_is_refused(published: tuple[EvaluatedRow, ...]) -> None:
    assert len(published) == 60
    assert {r.row["id"]: r.error for r in published if r.error} == {}


@pytest.mark.parametrize(("output", "share"), [("MAPK", 0.92), ("PI3K-AKT-mTOR", 0.90)])
def test_published_scenarios_are_answered_right(
    published: tuple[EvaluatedRow, ...], output: str, share: float
) -> None:
    known, wrong = misses(published, output)
    assert known >= 10
    assert len(wrong) <= (1 - share) * known, wrong


# -- tables ------------------------------------------------------------------------------------


def test_rows_as_read(tmp_path: Path) -> None:
    text = f'{HEADER}\tnote\n1\tCRC\tKRAS:G12C,MET:amp\tsotorasib\tx "y" \\z\n\n2\tany\n'
    assert table_of(tmp_path, text) == Table(
        ("id", "tissue", "alterations", "drugs", "note"),
        (
            {"id": "1", "tissue": "CRC", "alterations": "KRAS:G12C,MET:amp", "drugs": "sotorasib",
             "note": 'x "y" \\z'},
            {"id": "2", "tissue": "any", "alterations": "", "drugs": "", "note": ""},
        ),
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_byte_order_mark_and_line_ends(tmp_path: Path, encoding: str, newline: str) -> None:
    text = newline.join([HEADER, "1\tCRC\tKRAS:G12C\t", ""])
    assert table_of(tmp_path, text, encoding=encoding) == Table(
        ("id", "tissue", "alterations", "drugs"),
        ({"id": "1", "tissue": "CRC", "alterations": "KRAS:G12C", "drugs": ""},),
    )


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "id"),
        ("\n", "id"),
        ("id\ttissue\tdrugs\n", "alterations"),
        ("id,tissue,alterations,drugs\n", "id"),
        ("ID\ttissue\talterations\tdrugs\n", "id"),
    ],
)
def test_a_missing_column_is_named(tmp_path: Path, text: str, missing: str) -> None:
    with pytest.raises(ScenarioFileError) as caught:
        table_of(tmp_path, text)
    assert str(caught.value) == (
        f"{tmp_path / 'scenarios.tsv'} lacks the column {missing!r}: a table of scenarios has "
        "tab-separated columns id, tissue, alterations, drugs"
    )


def test_a_header_alone_is_an_empty_table(tmp_path: Path, network: Network) -> None:
    table = table_of(tmp_path, HEADER)
    assert (table.rows, list(evaluate_table(network, table))) == ((), [])


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    path = tmp_path / "scenarios.tsv"
    with pytest.raises(ScenarioFileError) as caught:
        read_table(path)
    assert str(caught.value) == f"cannot read {str(path)!r}: No such file or directory"
    path.write_bytes(b"\xff\xfe\x00id")
    with pytest.raises(ScenarioFileError) as caught:
        read_table(path)
    assert str(caught.value) == f"cannot read {str(path)!r}: it is not UTF-8 text"
    with pytest.raises(ScenarioFileError):
        read_table(tmp_path)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{HEADER}\n1\tCRC\tKRAS:G12C\tsotorasib\n"))
    assert [row["drugs"] for row in read_table(Path("-")).rows] == ["sotorasib"]


def test_bad_rows_have_their_error_and_the_rest_is_answered(
    tmp_path: Path, network: Network
) -> None:
    lines = [
        HEADER,
        "a\tNSCLC\tKRAS:G12C\tsotorasib",
        "b\tNSCLC\tKRAS:G12C\tsotorasip",
        "c\tlung\x07\tKRAS:G12C\t",
        "d\tNSCLC\tKRAS G12C\t",
        "e\tNSCLC\tBRAF:V600E\t",
        "f\t\t\t",
    ]
    rows = list(evaluate_table(network, table_of(tmp_path, "\n".join(lines))))
    assert [(r.row["id"], mapk_of(r)) for r in rows] == [
        ("a", ["full", "off", "attenuated"]),
        ("b", []),
        ("c", []),
        ("d", []),
        ("e", ["full", "full", "full"]),
        ("f", ["attenuated", "attenuated", "attenuated"]),
    ]
    assert [r.error for r in rows if r.error] == [
        "unknown drug 'sotorasip'; nearest: sotorasib",
        rows[2].error,
        "cannot read 'KRAS G12C': an alteration is written GENE:CHANGE, such as KRAS:G12C, "
        "MET:amp or EML4::ALK",
    ]
    assert rows[2].error.startswith("unknown tissue 'lung\\x07'")


def test_a_table_as_written(tmp_path: Path, network: Network) -> None:
    text = f"note\t{HEADER}\nseen\ta\tNSCLC\tKRAS:G12C\tsotorasib\n\tb\tNSCLC\tX:Y\t\n"
    table = table_of(tmp_path, text)
    handle = io.StringIO()
    write_table(handle, table, ["MAPK"], evaluate_table(network, table))
    assert handle.getvalue().splitlines()[:2] == [
        f"note\t{HEADER}\tMAPK.baseline\tMAPK.acute\tMAPK.adapted\terror",
        "seen\ta\tNSCLC\tKRAS:G12C\tsotorasib\tfull\toff\tattenuated\t",
    ]
    assert handle.getvalue().splitlines()[2].startswith("\tb\tNSCLC\tX:Y\t\t\t\t\tunknown gene 'X'")


def test_other_columns_pass_through_unchanged(tmp_path: Path, network: Network) -> None:
    cell = 'he said "full", C:\\new, 5\' – π'
    table = table_of(tmp_path, f"{HEADER}\tnote\na\tCRC\tKRAS:G12C\t\t{cell}\n")
    handle = io.StringIO()
    write_table(handle, table, [], evaluate_table(network, table))
    assert handle.getvalue() == f"{HEADER}\tnote\terror\na\tCRC\tKRAS:G12C\t\t{cell}\t\n"


# -- other Turtle, other answer ----------------------------------------------------------------


def remove_fact(path: Path, subject: str, predicate: str, value: str) -> None:
    """Remove a triple and what is annotated to it."""
    kb, owl = rdflib.Namespace(BASE), rdflib.OWL
    graph = rdflib.Graph().parse(path)
    fact = (kb[subject], kb[predicate], kb[value])
    assert fact in graph
    graph.remove(fact)
    parts = (owl.annotatedSource, owl.annotatedProperty, owl.annotatedTarget)
    for axiom in list(graph.subjects(rdflib.RDF.type, owl.Axiom)):
        if all((axiom, p, t) in graph for p, t in zip(parts, fact, strict=True)):
            graph.remove((axiom, None, None))
    graph.serialize(path, format="turtle")


ADDITIONS = """
@prefix : <https://w3id.org/krasbypass/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

:NEWR a owl:NamedIndividual, :ReceptorTyrosineKinase ;
    rdfs:label "NEWR" .

:newrasib a owl:NamedIndividual, :Drug ;
    rdfs:label "newrasib" ;
    :mechanism "KRAS inhibitor, OFF-state" ;
    :selectiveFor :KRAS-G12D, :KRAS-G12R ;
    :bindsForm :OFF-form ;
    :bindingLostByChangeAt :KRAS-res-96 .
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knowledge]:
    """The ontology with one fact less, one receptor and one drug more, reasoned anew."""
    folder = tmp_path_factory.mktemp("changed") / "ontology"
    shutil.copytree(find_ontology(), folder)
    remove_fact(folder / "drugs-ras.ttl", "adagrasib", "bindingLostByChangeAt", "KRAS-res-95")
    (folder / "additions.ttl").write_text(ADDITIONS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder.parent / "cache"))
        found = load_knowledge(folder)
        assert len(list((folder.parent / "cache" / "krasbypass").glob("*.trig"))) == 1
        patch.setenv("KRASBYPASS_JAVA", str(folder / "no-java-here"))  # the cache needs none
        assert load_knowledge(folder).index == found.index
        yield found


def levels(knowledge: Knowledge, alterations: str, *drugs: str) -> Mapping[str, str]:
    network = build_signalling_network(knowledge)
    answer = find_routes(network, Tumour.parse("NSCLC", [alterations]), drugs, outputs=["MAPK"])
    return {phase.value: answer.outputs["MAPK"].level(phase).label for phase in Phase}


OPEN = {"baseline": "full", "acute": "full", "adapted": "full"}
HELD = {"baseline": "full", "acute": "off", "adapted": "attenuated"}


@pytest.mark.java
@pytest.mark.slow
class TestChangedTurtle:
    """One reasoner run for all."""

    def test_one_fact_less_changes_the_answer(
        self, knowledge: Knowledge, changed: Knowledge
    ) -> None:
        assert levels(knowledge, "KRAS:G12C+H95D", "adagrasib") == OPEN
        assert levels(changed, "KRAS:G12C+H95D", "adagrasib") == HELD

    def test_other_answers_stay(self, knowledge: Knowledge, changed: Knowledge) -> None:
        for alterations, drug in (
            ("KRAS:G12C+Y96D", "adagrasib"),
            ("KRAS:G12C+H95D", "sotorasib"),
            ("KRAS:G12C", "adagrasib"),
        ):
            assert levels(changed, alterations, drug) == levels(knowledge, alterations, drug)

    def test_two_lines_make_a_receptor(self, changed: Knowledge) -> None:
        network = build_signalling_network(changed)
        answer = find_routes(network, Tumour.parse("NSCLC", ["NEWR:amp"]), outputs=["MAPK"])
        assert [(r.kinds, r.nodes) for r in answer.routes] == [
            (
                ("other-ras", "upstream"),
                (
                    "NEWR:amp", "NEWR", "receptor_exchange",
                    "HRAS.WT.GTP|KRAS.WT.GTP|NRAS.WT.GTP",
                    "RAS.GTP", "RAF.dimer", "MEK", "ERK", "MAPK",
                ),
            )
        ]  # fmt: skip
        assert levels(changed, "KRAS:G12C,NEWR:amp", "sotorasib") == OPEN
        assert levels(changed, "NEWR:amp", "inhibitor:NEWR")["acute"] == "off"

    def test_a_few_lines_make_a_drug(self, changed: Knowledge) -> None:
        assert changed.find_drug("newrasib").binds_off_only
        assert levels(changed, "KRAS:G12D", "newrasib") == HELD
        assert levels(changed, "KRAS:G12R", "newrasib") == OPEN  # never reaches the GDP form
        assert levels(changed, "KRAS:G12V", "newrasib") == OPEN  # not selected
        assert levels(changed, "KRAS:G12D+Y96D", "newrasib") == OPEN  # binding lost, by the chain
        assert levels(changed, "KRAS:G12D,EGFR:act", "newrasib") == OPEN  # outrun by exchange


def test_a_table_gives_what_the_reference_gives(
    network: Network, published: tuple[EvaluatedRow, ...]
) -> None:
    """The screen behind `evaluate_table` and the reference evaluator agree on every level."""
    for row in published:
        tumour = Tumour.parse(row.row["tissue"], [row.row["alterations"]])
        groups = evaluate_tumour(network, tumour, [row.row["drugs"]])
        assert pool_outputs(network, groups) == dict(row.outputs), row.row["id"]
