"""The command line: what each command answers, in text and JSON, and how it fails."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from krasbypass import Knowledge, cli
from krasbypass.reasoning import find_java, find_ontology

COMMANDS = {name for name in typer.main.get_command(cli.app).commands}
#: Commands that run the reasoner.
NEEDING_JAVA = {"build", "explain"}
#: A command that answers until it is stopped; tests/test_web_api.py runs it.
UNENDING = {"serve"}
LEVELS = {"full", "attenuated", "off"}
OUTPUTS = {
    "MAPK",
    "PI3K-AKT-mTOR",
    "RAL",
    "RAC",
    "cell-cycle",
    "transcription",
    "EMT",
    "NRF2",
}
SCENARIOS = """\
id\ttissue\talterations\tdrugs\tcohort
one\tNSCLC\tKRAS:G12C\tsotorasib\tA
two\tCRC\tKRAS:G12C\tAMG 510, cetuximab\tB
bad\tNSCLC\tKRAS:G12C\tsotorasip\tC
odd\tmoon\tKRAS:G12C\t\tD
none\tany\t\t\tE
"""
MUTATIONS = """\
Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\tHGVSp_Short
KRAS\tMissense_Mutation\tpatient-1\tp.G12C
TP53\tNonsense_Mutation\tpatient-1\tp.R213*
"""


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `krasbypass LINE` in this process; what follows is not split."""
    monkeypatch.delenv("KRASBYPASS_ONTOLOGY", raising=False)

    def run_command(line: str, *more: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["krasbypass", *shlex.split(line), *more])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code: int | str | None = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return Ran(int(code or 0), out, err)

    return run_command


# -- help and examples ---------------------------------------------------------------------------


def read_example(run: Run, command: str) -> str:
    """Return the example of a command's help, unwrapped."""
    ran = run(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    return " ".join(ran.out.partition("Example:")[2].split())


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_has_an_example_of_the_command(command: str, run: Run) -> None:
    assert read_example(run, command).startswith(f"krasbypass {command}")


def run_example(run: Run, example: str) -> Ran:
    """Run an example as a shell would, in the current folder."""
    command, _, target = example.partition(" > ")
    ran = run(command.removeprefix("krasbypass "))
    if target:
        Path(target).write_text(ran.out, encoding="utf-8")
    return ran


@pytest.mark.parametrize("command", sorted(COMMANDS - NEEDING_JAVA - UNENDING - {"check"}))
def test_example_runs(
    command: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scenarios.tsv").write_text(SCENARIOS, encoding="utf-8")
    Path("mutations.maf").write_text(MUTATIONS, encoding="utf-8")
    example = read_example(run, command)
    ran = run_example(run, example)
    assert ran.code == 0
    assert "Traceback" not in ran.err
    assert command == "cohort" or not ran.err
    for name in re.findall(r"\S+\.(?:tsv|html)", example):
        assert Path(name).stat().st_size


@pytest.mark.slow
def test_example_of_check_finds_no_fault(run: Run) -> None:
    ran = run_example(run, read_example(run, "check"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("no faults\n")


@pytest.mark.slow
@pytest.mark.java
@pytest.mark.skipif(find_java() is None, reason="no Java")
def test_example_of_explain_gives_axioms(run: Run) -> None:
    ran = run_example(run, read_example(run, "explain"))
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.splitlines()) > 1


@pytest.mark.slow
@pytest.mark.java
@pytest.mark.skipif(find_java() is None, reason="no Java")
def test_example_of_build_writes_what_is_shipped(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run_example(run, read_example(run, "build"))
    assert (ran.code, ran.err) == (0, "")
    written = tmp_path / "graphs" / "reasoned.trig"
    shipped = find_ontology().parent / "graphs" / "reasoned.trig"
    assert written.read_bytes() == shipped.read_bytes()


# -- JSON ----------------------------------------------------------------------------------------

#: Keys that INTERFACE.md promises; more may stand beside them.
ROUTES_KEYS = {
    "question",
    "outputs",
    "routes",
    "residual",
    "closed",
    "complete",
    "ontology_version",
    "as_of",
    "notice",
}
QUESTION_KEYS = {"tissue", "alterations", "drugs"}
OUTPUT_KEYS = {"baseline", "acute", "adapted", "course"}
ROUTE_KEYS = {"output", "level", "kind", "kinds", "timing", "nodes", "steps"}
STEP_KEYS = {"source", "target", "rule", "evidence"}
CLOSED_KEYS = {"output", "nodes", "closed_at", "by"}
EVALUATE_KEYS = {"scenarios", "complete", "ontology_version", "as_of", "notice"}
SCENARIO_KEYS = {"id", "outputs", "error"}
KINDS = {
    "on-target",
    "other-ras",
    "upstream",
    "downstream",
    "parallel",
    "cell-cycle",
    "phenotypic",
    "immune",
}


def test_routes_json_has_the_promised_keys(run: Run) -> None:
    found = run(
        "routes --tissue CRC -a KRAS:G12C -a MET:amp -d sotorasib -d trametinib --json"
    ).json
    assert found.keys() >= ROUTES_KEYS
    assert found["question"].keys() >= QUESTION_KEYS
    assert found["question"] == {
        "tissue": "CRC",
        "alterations": ["KRAS:G12C", "MET:amp"],
        "drugs": ["sotorasib", "trametinib"],
    }
    assert found["outputs"].keys() >= OUTPUTS
    for levels in found["outputs"].values():
        assert levels.keys() == OUTPUT_KEYS
        assert {levels[phase] for phase in ("baseline", "acute", "adapted")} <= LEVELS
        assert levels["course"] in ("stable", "rebounding")
    assert found["routes"] and found["residual"] and found["closed"]
    for route in found["routes"] + found["residual"]:
        assert route.keys() >= ROUTE_KEYS
        assert route["kind"] == route["kinds"][0]
        assert set(route["kinds"]) <= KINDS
        assert route["timing"] in ("immediate", "adaptive")
        assert route["nodes"][-1] == route["output"]
        for step in route["steps"]:
            assert step.keys() >= STEP_KEYS
            assert isinstance(step["evidence"], list)
    assert {route["level"] for route in found["routes"]} == {"full"}
    assert {route["level"] for route in found["residual"]} == {"attenuated"}
    for entry in found["closed"]:
        assert entry.keys() >= CLOSED_KEYS
        assert entry["closed_at"] in entry["nodes"]
    assert found["complete"] is True


def test_unspecified_allele_gives_a_range(run: Run) -> None:
    found = run("routes -t NSCLC -a KRAS:mut -d sotorasib --json").json
    assert found["range"]["MAPK"] == {
        "baseline": ["full", "full"],
        "acute": ["off", "full"],
        "adapted": ["attenuated", "full"],
    }
    assert found["outputs"]["MAPK"]["acute"] == "full"


def test_evaluate_json_has_the_promised_keys(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "scenarios.tsv"
    table.write_text(SCENARIOS, encoding="utf-8")
    found = run("evaluate", str(table), "--json").json
    assert found.keys() >= EVALUATE_KEYS
    rows = {row["id"]: row for row in found["scenarios"]}
    assert list(rows) == ["one", "two", "bad", "odd", "none"]
    for row in rows.values():
        assert row.keys() >= SCENARIO_KEYS
        for levels in row["outputs"].values():
            assert levels.keys() == OUTPUT_KEYS
    assert rows["one"]["outputs"]["MAPK"] == {
        "baseline": "full",
        "acute": "off",
        "adapted": "attenuated",
        "course": "stable",
    }
    assert rows["one"]["error"] is None
    assert rows["bad"]["outputs"] == {}
    assert rows["bad"]["error"] == "unknown drug 'sotorasip'; nearest: sotorasib"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_takes_json(command: str) -> None:
    options = {o for p in typer.main.get_command(cli.app).commands[command].params for o in p.opts}
    assert "--json" in options


@pytest.mark.parametrize(
    "arguments",
    [
        "routes -a KRAS:G12C --json",
        "show sotorasib --json",
        "draw -a KRAS:G12C -o page.html --json",
        "evaluate - --json",
    ],
)
def test_json_names_question_version_and_notice(
    arguments: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run(arguments, stdin=SCENARIOS).json
    assert "question" in found
    assert found["ontology_version"] == knowledge.version
    assert (found["as_of"], found["notice"]) == (knowledge.as_of, knowledge.notice)


@pytest.mark.slow
def test_check_json(run: Run) -> None:
    found = run("check", "--json").json
    assert found["faults"] == []


# -- evaluate ------------------------------------------------------------------------------------


def test_evaluate_writes_what_it_read_and_the_levels(run: Run) -> None:
    ran = run("evaluate", "-", stdin=SCENARIOS)
    assert (ran.code, ran.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(ran.out), delimiter="\t"))
    asked = list(csv.DictReader(io.StringIO(SCENARIOS), delimiter="\t"))
    assert [{name: row[name] for name in asked[0]} for row in rows] == asked
    phases = ("baseline", "acute", "adapted")
    added = [column for column in rows[0] if column not in asked[0]]
    assert added[-1] == "error"
    assert {f"{output}.{phase}" for output in OUTPUTS for phase in phases} <= set(added)
    assert {column.rpartition(".")[2] for column in added[:-1]} == set(phases)
    mapk = [[row[f"MAPK.{phase}"] for phase in phases] for row in rows]
    assert mapk[:4] == [
        ["full", "off", "attenuated"],
        ["full", "off", "attenuated"],
        ["", "", ""],
        ["", "", ""],
    ]
    assert [bool(row["error"]) for row in rows] == [False, False, True, True, False]


def test_evaluate_reads_what_spreadsheets_write(run: Run, tmp_path: Path) -> None:
    """UTF-16 as they save text, marks of byte order, and quotation marks around commas."""
    table = 'id\ttissue\talterations\tdrugs\r\none\tCRC\t"KRAS:G12C,MET:amp"\tsotorasib\r\n'
    plain = run("evaluate", "-", stdin=table.replace('"', "")).out.replace('"', "")
    for encoding in ("utf-8-sig", "utf-16"):
        file = tmp_path / f"{encoding} table.tsv"
        file.write_bytes(table.encode(encoding))
        ran = run("evaluate", str(file))
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.replace('"', "") == plain


def test_evaluate_refuses_a_column_that_stands_twice(run: Run) -> None:
    ran = run("evaluate", "-", stdin=SCENARIOS.replace("cohort", "id", 1))
    assert ran == (1, "", "krasbypass: standard input has the column 'id' more than once\n")


def test_evaluate_agrees_with_routes(run: Run) -> None:
    levels = run("routes -t CRC -a KRAS:G12C -d sotorasib,cetuximab --json").json
    rows = run("evaluate", "-", "--json", stdin=SCENARIOS).json["scenarios"]
    assert rows[1]["outputs"] == levels["outputs"]


# -- names that users write ----------------------------------------------------------------------

SYNONYMS = [
    ("-d", "AMG 510", "sotorasib"),
    ("-d", "amg-510", "sotorasib"),
    ("-d", "Lumakras", "sotorasib"),
    ("-d", "RMC-6236", "daraxonrasib"),
    ("-d", "inhibitor:SHP2", "inhibitor:PTPN11"),
    ("-d", "inhibitor:mek", "inhibitor:MEK"),
    ("-a", "SHP2:E76K", "PTPN11:E76K"),
    ("-a", "HER2:amp", "ERBB2:amp"),
    ("-a", "MEK1:Q56P", "MAP2K1:Q56P"),
    ("-a", "kras:p.Gly12Cys", "KRAS:G12C"),
    ("-a", "KRAS:Y96D+G12C", "KRAS:G12C+Y96D"),
    ("-a", "Context:emt", "context:EMT"),
    ("-t", "lung adenocarcinoma", "NSCLC"),
    ("-t", "crc", "CRC"),
]


@pytest.mark.parametrize(("option", "written", "preferred"), SYNONYMS)
def test_synonym_is_answered_with_the_preferred_name(
    option: str, written: str, preferred: str, run: Run
) -> None:
    question = run("routes", option, written, "--json").json["question"]
    assert preferred in (question["tissue"], *question["alterations"], *question["drugs"])


@pytest.mark.parametrize(("option", "written", "preferred"), SYNONYMS)
def test_synonym_gives_the_answer_of_the_preferred_name(
    option: str, written: str, preferred: str, run: Run
) -> None:
    one = run("routes", option, written, "--json").json
    two = run("routes", option, preferred, "--json").json
    assert (one["outputs"], one["routes"]) == (two["outputs"], two["routes"])


def test_one_drug_under_two_names_is_one_drug(run: Run) -> None:
    found = run("routes", "-d", "AMG 510,Lumakras", "-d", "sotorasib", "--json").json
    assert found["question"]["drugs"] == ["sotorasib"]


@pytest.mark.parametrize(
    ("written", "label"),
    [("SHP2", "PTPN11"), ("lumakras", "sotorasib"), ("KRAS:G12C", "KRAS:G12C")],
)
def test_show_understands_synonyms(written: str, label: str, run: Run) -> None:
    assert run("show", written, "--json").json["label"] == label


# -- text ----------------------------------------------------------------------------------------


def test_routes_text_names_levels_routes_and_what_closed_the_rest(run: Run) -> None:
    ran = run("routes -t CRC -a KRAS:G12C -d sotorasib")
    assert (ran.code, ran.err) == (0, "")
    for heading in ("Open routes", "Residual routes", "Closed or weakened since baseline"):
        assert heading in ran.out
    assert re.search(r"MAPK +● full +○ off +● full", ran.out)
    assert "closed at KRAS.G12C.GTP by sotorasib" in ran.out
    assert "for research" in ran.out


def test_evidence_is_cited_on_request(run: Run) -> None:
    arguments = "routes -t CRC -a KRAS:G12C -d sotorasib"
    assert not re.search(r"\bline \d", run(arguments).out)
    assert re.search(
        r"\((in-vitro|review|mechanistic|patient-cohort)\)", run(arguments, "--evidence").out
    )


def test_output_spells_out_another_output(run: Run) -> None:
    arguments = "routes -t NSCLC -a KRAS:G12C"
    assert "→ RAL\n" not in run(arguments).out
    spelt = run(arguments, "--output", "ral").out
    assert re.search(r"→ RAL *\n", spelt)


def test_clones_are_pooled(run: Run) -> None:
    clones = ("--clone", "BRAF:V600E", "--clone", "NF1:loss")
    found = run("routes", "-a", "KRAS:G12C", "-d", "sotorasib", *clones, "--json").json
    assert found["question"]["alterations"] == ["KRAS:G12C", "BRAF:V600E", "NF1:loss"]
    sources = {route["nodes"][0] for route in found["routes"] if route["output"] == "MAPK"}
    assert {"BRAF:V600E", "NF1:loss"} <= sources


def test_hypothesis_switches_a_mechanism(run: Run) -> None:
    arguments = "routes -t CRC -a KRAS:G12C -d sotorasib --json"
    off = ("--hypothesis", "wild-type-RAS-loaded=off", "--hypothesis", "mutant-RAS-reloaded=off")
    assert run(arguments).json["outputs"]["MAPK"]["adapted"] == "full"
    without = run(arguments, *off).json
    assert without["outputs"]["MAPK"]["adapted"] == "off"


def test_draw_writes_one_offline_page(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ran = run(f"draw -t CRC -a KRAS:G12C -d sotorasib -o {page}")
    assert ran == (0, f"wrote {page}\n", "")
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    assert not re.search(r"""(?:src|href)=["']https?://""", text)


# -- what is wrong with the input ----------------------------------------------------------------

WRONG = [
    ("routes -d sotorasip", "unknown drug 'sotorasip'; nearest: sotorasib"),
    ("routes -d inhibitor:MEKK", "unknown drug 'inhibitor:MEKK'; nearest: inhibitor:MEK"),
    ("routes -a KRASS:G12C", "unknown gene 'KRASS'; nearest: KRAS"),
    ("routes -a KRAS:G12CC", "no rule gives an effect for 'KRAS:G12CC', though KRAS is known"),
    ("routes -a TP53:R175H --tissue NSCLX", "unknown tissue 'NSCLX'; nearest: NSCLC"),
    ("routes -t NSCLX", "unknown tissue 'NSCLX'; nearest: NSCLC"),
    ("routes --output MAPKK", "unknown output 'MAPKK'; nearest: MAPK"),
    ("routes -a context:EMTT", "unknown context 'context:EMTT'; nearest: context:EMT"),
    (
        "routes --hypothesis wild-type-RAS-load=off",
        "unknown hypothesis 'wild-type-RAS-load'; nearest: wild-type-RAS-loaded",
    ),
    ("routes --hypothesis wild-type-RAS-loaded", "cannot read 'wild-type-RAS-loaded': "),
    ("routes -a KRASG12C", "cannot read 'KRASG12C': an alteration is written GENE:CHANGE"),
    ("routes -a KRAS:G12C+amp", "cannot read 'KRAS:G12C+amp': '+' joins protein changes"),
    ("routes -a FOO::BAR", "no rule gives an effect for 'FOO::BAR'"),
    ("show sotorasip", "unknown term 'sotorasip'; nearest: sotorasib"),
    ("draw --phase later", "unknown phase 'later'"),
    ("draw -o nowhere/page.html", "cannot write 'nowhere/page.html'"),
    ("evaluate nowhere.tsv", "cannot read 'nowhere.tsv': No such file or directory"),
    ("evaluate short.tsv", "short.tsv lacks the column 'drugs'"),
    ("evaluate latin.tsv", "cannot read 'latin.tsv': it is not UTF-8 text"),
    ("evaluate .", "cannot read '.': Is a directory"),
    ("routes --ontology nowhere", "there is no ontology folder 'nowhere'"),
    ("routes --ontology empty", "no Turtle files in the ontology folder 'empty'"),
    ("routes --ontology broken", "schema.ttl, line 3 is not valid Turtle: "),
    ("show sotorasib --ontology broken", "schema.ttl, line 3 is not valid Turtle: "),
    ("evaluate good.tsv --ontology broken", "schema.ttl, line 3 is not valid Turtle: "),
    ("build --ontology empty", "no Turtle files in the ontology folder 'empty'"),
]


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a folder of faulty files and ontologies."""
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("broken").mkdir()
    Path("broken/schema.ttl").write_text("@prefix : <urn:x:> .\n\n:a :b :c ;; :d .\n")
    Path("good.tsv").write_text(SCENARIOS, encoding="utf-8")
    Path("short.tsv").write_text("id\ttissue\talterations\none\tCRC\tKRAS:G12C\n")
    Path("latin.tsv").write_bytes("id\ttissue\talterations\tdrugs\n\xe9".encode("latin-1"))
    return tmp_path


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_wrong_input_ends_with_one_sentence(arguments: str, sentence: str, run: Run) -> None:
    ran = run(arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"krasbypass: {sentence}")
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize("arguments", [a for a, _ in WRONG if a.startswith("routes")][:3])
def test_wrong_input_is_the_same_with_json(arguments: str, run: Run) -> None:
    assert run(arguments, "--json") == run(arguments)


@pytest.mark.usefixtures("faulty")
def test_check_of_broken_turtle_is_a_finding(run: Run) -> None:
    ran = run("check", "--ontology", "broken")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("ontology: schema.ttl, line 3 is not valid Turtle: ")


def test_negated_derived_node_names_rule_and_node(run: Run, tmp_path: Path) -> None:
    """A rule that negates what others derive is refused when the network is compiled."""
    java = find_java()
    if java is None:
        pytest.skip("no Java")
    folder = tmp_path / "ontology"
    folder.mkdir()
    shutil.copy(find_ontology() / "schema.ttl", folder)
    (folder / "toy.ttl").write_text(NEGATION, encoding="utf-8")
    ran = run("routes", "--ontology", str(folder))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "krasbypass: rule 'three' negates 'B', which other rules derive; "
        "only inputs may be negated\n"
    )


NEGATION = """\
@prefix : <https://w3id.org/krasbypass/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:A a owl:NamedIndividual, :Context ; rdfs:label "A" ; :notation "A" .
:B a owl:NamedIndividual, :Output ; rdfs:label "B" ; :notation "B" .
:D a owl:NamedIndividual, :Output ; rdfs:label "D" ; :notation "D" .
:one a owl:NamedIndividual, :Interaction ; rdfs:label "one" ;
    :driver :A ; :raises :B ; :toLevel :full .
:three a owl:NamedIndividual, :Interaction ; rdfs:label "three" ;
    :driver :A ; :needsNot :B ; :raises :D ; :toLevel :full .
"""


@pytest.mark.parametrize(
    "arguments", ["", "routs", "routes --bogus", "show", "evaluate", "routes stray"]
)
def test_wrong_usage_ends_with_two(arguments: str, run: Run) -> None:
    ran = run(arguments)
    assert ran.code == 2
    assert "Usage: " in ran.out + ran.err
    assert "Traceback" not in ran.err


# -- as a process --------------------------------------------------------------------------------


def run_process(*arguments: str, stdin: str = "") -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "krasbypass", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_process_ends_with_the_exit_code() -> None:
    ran = run_process("evaluate", "-", "--json", stdin=SCENARIOS)
    assert [row["id"] for row in ran.json["scenarios"]] == ["one", "two", "bad", "odd", "none"]
    wrong = run_process("routes", "-d", "sotorasip")
    assert wrong == (1, "", "krasbypass: unknown drug 'sotorasip'; nearest: sotorasib\n")
    assert run_process("routes", "--bogus").code == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
@pytest.mark.parametrize("line", ["routes -a KRAS:G12C", "query --list", "gaps --help"])
def test_full_disk_ends_with_one_sentence(line: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m krasbypass {line} > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    told = "krasbypass: cannot read or write the output: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_output_is_utf8_whatever_the_system_prefers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "krasbypass", "routes", "-a", "KRAS:G12C"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "● full" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("command", ["routes", "gaps", "forecast", "design --max-drugs 1"])
def test_what_was_assumed_is_told(command: str, run: Run) -> None:
    """An alteration without effect must not look as if it were held."""
    note = "FGFR3:V555M stands in no rule and changes nothing here"
    assert f"Assumed: {note}\n" in run(f"{command} --tissue melanoma -a FGFR3:V555M").out
    assert run(f"{command} --tissue melanoma -a FGFR3:V555M --json").json["assumptions"] == [note]


def test_closed_pipe_is_no_error() -> None:
    command = f"{shlex.quote(sys.executable)} -m krasbypass routes -a KRAS:G12C --json | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{\n", "")
