"""What a cohort's answer looks like: tables, JSON, the page, the command."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import krasbypass.cli.cohorts  # noqa: F401  # hangs the command on the application
from krasbypass.cli.app import app
from krasbypass.cohort import (
    CohortAnswer,
    answer_cohort,
    cohort_to_json,
    make_regimens,
    read_cohort,
    render_cohort_page,
    write_json,
    write_results,
)
from krasbypass.errors import KrasbypassError
from krasbypass.knowledge import Knowledge
from krasbypass.model import Phase
from krasbypass.network import Network
from krasbypass.table import evaluate_table, read_table

TUMOURS = (
    "id\ttissue\talterations\n"
    "P1\tNSCLC\tKRAS:G12C\n"
    "P2\tCRC\tKRAS:G12C, PIK3CA:H1047R\n"
    "P3\tCRC\t\n"
    "P4\tmelanoma\tBRAF:V600E, CDKN2A:loss, MET:amp\n"
    "P5\tany\tEML4::ALK, KRASS:G12C\n"
    "P6\tPDAC\tKRAS-G12D\n"
    "<script>alert(1)</script>\tPDAC\tKRAS:G12D, RB1:loss\n"
)
REGIMENS = ("sotorasib", "sotorasib,TNO155", "none")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cohort") / "tumours.tsv"
    path.write_text(TUMOURS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def answer(network: Network, knowledge: Knowledge, table: Path) -> CohortAnswer:
    regimens = make_regimens(knowledge, REGIMENS)
    return answer_cohort(network, read_cohort(knowledge, [table]), regimens)


@pytest.fixture(scope="module")
def results(answer: CohortAnswer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results") / "deep" / "er"
    write_results(folder, answer)
    return folder


def whole_json(answer: CohortAnswer) -> dict[str, Any]:
    handle = io.StringIO()
    write_json(handle, answer)
    return dict(json.loads(handle.getvalue()))


# -- files ----------------------------------------------------------------------------------------


def test_levels_are_those_of_evaluate(
    network: Network, answer: CohortAnswer, results: Path, tmp_path: Path
) -> None:
    lines = (results / "levels.tsv").read_text().splitlines()
    header = lines[0].split("\t")
    rows = [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
    assert len(rows) == answer.answered * len(answer.regimens)
    scenarios = ["id\ttissue\talterations\tdrugs"]
    genotypes = dict(zip(answer.cohort.ids, answer.cohort.genotype_of.tolist(), strict=True))
    drugs = {regimen.name: ",".join(regimen.drugs) for regimen in answer.regimens}
    for row in rows:
        genotype = answer.cohort.genotypes[genotypes[row["id"]]]
        entries = ",".join(genotype.entries)
        scenarios.append(f"{row['id']}\t{genotype.tissue}\t{entries}\t{drugs[row['regimen']]}")
    path = tmp_path / "scenarios.tsv"
    path.write_text("\n".join(scenarios))
    for row, expected in zip(rows, evaluate_table(network, read_table(path)), strict=True):
        assert not expected.error
        for output, levels in expected.outputs.items():
            for phase in Phase:
                assert row[f"{output}.{phase.value}"] == levels.level(phase).label


def test_files_account_for_everything(answer: CohortAnswer, results: Path) -> None:
    patients = (results / "patients.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in patients[1:]] == list(answer.cohort.ids)
    cells = dict(zip(patients[0].split("\t"), patients[6].split("\t"), strict=True))
    assert cells["id"] == "P6" and not cells["alterations"]
    assert cells["error"].startswith("tumours.tsv, line 7: KRAS-G12D: cannot read")
    listed = (results / "rows.tsv").read_text().splitlines()[1:]
    assert [line.split("\t")[:2] for line in listed] == [["tumours.tsv", "6"], ["tumours.tsv", "7"]]
    summary = json.loads((results / "cohort.json").read_text())
    assert summary == cohort_to_json(answer)


def test_parquet_says_what_tsv_says(answer: CohortAnswer, results: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write_results(tmp_path, answer, parquet=True)
    assert not (tmp_path / "levels.tsv").exists()
    found = parquet.read_table(tmp_path / "levels.parquet").to_pylist()
    lines = (results / "levels.tsv").read_text().splitlines()
    header = lines[0].split("\t")
    told = [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
    yes = {True: "yes", False: "no"}
    assert [{**row, "served": yes[row["served"]]} for row in found] == told
    again = tmp_path / "again"
    write_results(again, answer, parquet=True)
    for path in again.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_json(answer: CohortAnswer) -> None:
    found = whole_json(answer)
    always = {"question", "complete", "ontology_version", "as_of", "notice"}
    assert always <= found.keys()
    assert found.keys() == cohort_to_json(answer).keys() | {"patients"}
    assert found["complete"] is False  # P6 is withheld
    assert found["counts"] == {
        "patients": 7, "answered": 6, "withheld": 1, "genotypes": 6, "nothing_drives": 1,
        "unserved": 4,
    }  # fmt: skip
    by_id = {patient["id"]: patient for patient in found["patients"]}
    assert by_id["P1"]["served_by"] == ["sotorasib", "sotorasib + TNO155"]
    assert by_id["P1"]["levels"]["none"]["MAPK"] == {
        "baseline": "full", "acute": "full", "adapted": "full", "course": "stable",
    }  # fmt: skip
    assert by_id["P6"]["error"] and "levels" not in by_id["P6"]
    (reason,) = found["not_understood"]
    assert reason["rows"] == 1 and reason["reason"].startswith("unknown gene 'KRASS'; nearest:")
    assert [choice["exact"] for choice in found["cover"]] == [True] * len(found["cover"])
    assert all(route["rules"] for route in found["routes"])
    assert all(group["routes"] for group in found["unserved"])


def test_results_that_cannot_be_written(answer: CohortAnswer, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(KrasbypassError, match="cannot write to"):
        write_results(blocked / "folder", answer)


# -- the page ---------------------------------------------------------------------------------


def test_page_fetches_nothing_and_escapes(answer: CohortAnswer) -> None:
    html = render_cohort_page(answer)
    assert "<script>alert(1)" not in html
    assert not re.search(r"""(?:src|href)\s*=|https?://|url\(|@import""", html)
    assert escape(answer.notice) in html
    for regimen in answer.regimens:
        assert regimen.name in html
    assert "tumours.tsv, line 7" in html


@pytest.mark.browser
def test_page_in_a_browser(results: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        requests: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text))
        address = (results / "report.html").as_uri()
        page.goto(address)
        picture = page.locator("#picture").bounding_box()
        assert picture is not None and picture["width"] > 250
        page.mouse.move(picture["x"] + picture["width"] - 8, picture["y"] + picture["height"] - 8)
        tip = page.locator("#tip")
        assert tip.is_visible()
        assert "none: " in tip.inner_text()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 1280
        browser.close()
    assert requests == [address] and errors == []


# -- the command ------------------------------------------------------------------------------


def run(*arguments: str, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["cohort", *arguments], input=stdin)
    if isinstance(result.exception, KrasbypassError):
        return 1, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_command_in_words(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, text, errors = run(
        str(table), "-r", "sotorasib", "-r", "sotorasib, TNO155", "-o", str(out)
    )
    assert code == 0
    assert "6 patients, 6 genotypes, 2 regimens" in text
    assert "Served by nothing: 4 patients" in text
    assert "tumours.tsv, line 7: KRAS-G12D: cannot read" in errors
    assert "not answered, to be safe: P6" in errors
    assert {path.name for path in out.iterdir()} == {
        "report.html", "patients.tsv", "levels.tsv", "rows.tsv", "cohort.json",
    }  # fmt: skip


def test_command_from_standard_input_as_json(table: Path) -> None:
    packed = gzip.compress(table.read_bytes())
    code, text, _ = run("-", "--with", "KRAS:p.Gly12Cys", "--json", stdin=packed)
    assert code == 0
    found = json.loads(text)
    assert [patient["id"] for patient in found["patients"]] == ["P1", "P2"]
    assert [regimen["name"] for regimen in found["regimens"]] == ["none"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("-r", "sotorasip"), "unknown drug 'sotorasip'; nearest: sotorasib"),
        (("--output", "MAPKK"), "unknown output 'MAPKK'"),
        (("-t", "NSCLCC"), "unknown tissue 'NSCLCC'"),
        (("--with", "KRASS:G12C"), "unknown gene 'KRASS'"),
        (("--regimens", "no-such-file"), "No such file"),
        (("--clinical", "no-such-file"), "No such file"),
    ],
)
def test_command_refuses_with_a_sentence(
    table: Path, options: tuple[str, ...], sentence: str
) -> None:
    code, text, error = run(str(table), *options)
    assert (code, text) == (1, "")
    assert sentence in error
