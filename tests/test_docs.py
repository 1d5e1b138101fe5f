"""README and docs, held against the code: commands, names, printed answers, Turtle.

Printed answers are written anew with ``python tests/test_docs.py`` (README and docs).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest
import typer

import krasbypass
from krasbypass import cli
from krasbypass.completion import complete
from krasbypass.quality import find_faults, find_shape_faults
from krasbypass.reasoning import find_java, find_ontology, load_turtle

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
COMMANDS = typer.main.get_command(cli.app).commands
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
CONSOLE = re.compile(r"(?<=^```console\n)\$ (krasbypass [^\n]*)\n(.*?)(?=^```$)", re.M | re.S)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def find_blocks(path: Path, language: str) -> list[str]:
    """Return the fenced blocks of a page in one language."""
    return [text for name, text in BLOCK.findall(read(path)) if name == language]


# -- commands and names --------------------------------------------------------------------------


def find_mentioned_commands(path: Path) -> set[str]:
    """Return the words after `krasbypass` in inline code and in blocks of shell."""
    text = read(path)
    shell = [block for name, block in BLOCK.findall(text) if name in ("sh", "console")]
    places = (*shell, *re.findall(r"`([^`\n]+)`", BLOCK.sub("", text)))
    return {word for p in places for word in re.findall(r"(?:^|[ $/])krasbypass ([a-z]+)", p, re.M)}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_of_the_docs_exist(page: Path) -> None:
    assert find_mentioned_commands(page) <= set(COMMANDS)


def test_readme_lists_the_commands() -> None:
    table = read(ROOT / "README.md").partition("## Commands")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `([a-z]+)", table, re.M))
    assert listed <= set(COMMANDS)
    assert set(COMMANDS) - listed <= {"build"}


def test_readme_commands_stand_on_one_line_each_and_use_what_the_project_has() -> None:
    text = read(ROOT / "README.md")
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    assert project["scripts"] == {"krasbypass": "krasbypass.cli:main"}
    marked = re.findall(r"<!-- command: ([\w ]+) -->\n```sh\n([^\n]+)\n```", text)
    assert [name for name, _ in marked] == ["main job", "test"]
    for extra in re.findall(r"(?:\.|krasbypass)\[([\w,]+)\]", text):
        assert set(extra.split(",")) <= set(project["optional-dependencies"])


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.M))
    assert set(re.findall(r"`make ([a-z]+)`", read(ROOT / "README.md"))) <= targets


def test_reference_has_every_command_and_option() -> None:
    text = read(ROOT / "docs" / "reference.md")
    listed = set(re.findall(r"^\| `([a-z]+)[` ]", text, re.M))
    options = {
        option
        for command in COMMANDS.values()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    }
    assert set(COMMANDS) - listed == set()
    assert {option for option in options if f"`{option}`" not in text} == set()


def test_reference_has_every_public_name() -> None:
    text = read(ROOT / "docs" / "reference.md")
    assert [name for name in krasbypass.__all__ if f"`{name}`" not in text] == []


def test_public_names_exist_and_are_sorted() -> None:
    assert all(hasattr(krasbypass, name) for name in krasbypass.__all__)
    assert list(krasbypass.__all__) == sorted(krasbypass.__all__) == sorted(krasbypass._HOMES)
    assert set(krasbypass.__all__) <= set(dir(krasbypass))  # what a notebook completes


def test_changelog_and_citation_have_the_version() -> None:
    version = krasbypass.__version__
    headings = re.findall(r"^## \[([^\]]+)\]", read(ROOT / "CHANGELOG.md"), re.M)
    assert version in headings
    assert headings[0] in ("Unreleased", version)
    assert re.search(rf"^version: [\"']?{re.escape(version)}", read(ROOT / "CITATION.cff"), re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", read(page))
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_of_the_docs_runs(page: Path) -> None:
    for number, text in enumerate(find_blocks(page, "python")):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, f"{page.name}-{number}", "exec"), {})


# -- printed answers -----------------------------------------------------------------------------


def print_answer(command: str) -> str:
    """Run a `krasbypass` command in an empty folder; return what it prints, right ends trimmed."""
    printed = io.StringIO()
    argv, folder = sys.argv, Path.cwd()
    sys.argv = shlex.split(command)
    try:
        with tempfile.TemporaryDirectory() as empty, contextlib.redirect_stdout(printed):
            os.chdir(empty)
            with contextlib.suppress(SystemExit):
                cli.main()
            os.chdir(folder)
    finally:
        sys.argv = argv
        os.chdir(folder)
    return trim(printed.getvalue())


def trim(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


def find_answers() -> list[tuple[str, str, str]]:
    """Return page, command and the answer as it stands there."""
    return [(page.name, *found) for page in PAGES for found in CONSOLE.findall(read(page))]


@pytest.mark.parametrize(("page", "command", "answer"), find_answers())
def test_printed_answer_is_what_the_command_prints(page: str, command: str, answer: str) -> None:
    assert trim(answer) == print_answer(command), page


def write_answers(pages: tuple[Path, ...]) -> None:
    """Put what the commands print below each of them."""
    for page in pages:
        text = CONSOLE.sub(lambda m: f"$ {m[1]}\n{print_answer(m[1])}", read(page))
        page.write_text(text, encoding="utf-8")


# -- Turtle of the curator's page ----------------------------------------------------------------

PREFIXES = """\
@prefix : <https://w3id.org/krasbypass/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the ontology and add every Turtle block of the curator's page to it."""
    folder = tmp_path_factory.mktemp("curated") / "ontology"
    shutil.copytree(find_ontology(), folder)
    blocks = find_blocks(ROOT / "docs" / "curating.md", "turtle")
    assert len(blocks) >= 8
    (folder / "example.ttl").write_text(PREFIXES + "\n".join(blocks), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_turtle_of_the_docs_is_valid_and_complete(extended: Path) -> None:
    asserted = load_turtle(extended)
    assert find_shape_faults(asserted + complete(asserted)) == ()


def test_properties_of_the_docs_exist() -> None:
    schema = "".join(read(path) for path in sorted(find_ontology().glob("*.ttl")))
    page = read(ROOT / "docs" / "curating.md")
    prose = BLOCK.sub("", page)
    used = set(re.findall(r"`(:[A-Za-z][\w-]*)", prose))
    missing = [name for name in sorted(used) if not re.search(rf"^{name} a ", schema, re.M)]
    assert missing == []


@pytest.mark.slow
@pytest.mark.java
@pytest.mark.skipif(find_java() is None, reason="no Java")
def test_turtle_of_the_docs_does_what_they_say(extended: Path) -> None:
    assert find_faults(extended) == ()
    network = krasbypass.build_signalling_network(krasbypass.load_knowledge(extended))

    def ask(tissue: str, alterations: str, drugs: str = "") -> krasbypass.RoutesAnswer:
        tumour = krasbypass.Tumour.parse(tissue, [alterations])
        return krasbypass.find_routes(network, tumour, [drugs])

    def levels(tissue: str, alterations: str, drugs: str) -> list[str]:
        mapk = ask(tissue, alterations, drugs).outputs["MAPK"]
        return [mapk.acute.label, mapk.adapted.label]

    assert levels("NSCLC", "KRAS:G12C", "exemplarasib") == ["off", "attenuated"]
    assert levels("NSCLC", "KRAS:G12C+Y96D", "XY-100") == ["full", "full"]
    assert levels("NSCLC", "KRAS:G12C+R68S", "XY-100")[0] == "attenuated"
    assert levels("CRC", "KRAS:G12V,KRAS:amp", "RMC-7977")[0] == "full"
    assert levels("NSCLC", "KRAS:G13A", "TNO155") == ["full", "full"]
    assert levels("NSCLC", "EPHB4:amp", "") == ["full", "full"]
    pancreas = ask("PDAC", "KRAS:G12D", "RMC-7977").residual
    disputed = {d for route in pancreas for step in route.steps for d in step.disputed}
    assert "contradiction-RAC1-MEK" in disputed


if __name__ == "__main__":
    write_answers(tuple(map(Path, sys.argv[1:])) or PAGES)
