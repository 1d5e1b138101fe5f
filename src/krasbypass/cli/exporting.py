"""The command that writes the network for other tools."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasbypass.cli.app import app
from krasbypass.cli.options import (
    Alterations,
    Clones,
    Drugs,
    Hypotheses,
    Json,
    Ontology,
    Tissue,
    make_network,
    parse_tumour,
    print_json,
)

if TYPE_CHECKING:
    from krasbypass.export import Question
    from krasbypass.network import Network


@app.command(
    epilog="Example: `krasbypass export --format cx2 --tissue CRC -a KRAS:G12C -d sotorasib "
    "-o network.cx2`"
)
def export(
    style: Annotated[
        str,
        typer.Option(
            "--format",
            help="graphml, cx2, sif, edges, bnet, sbml-qual, sbml-qual-boolean, turtle, json-ld.",
        ),
    ],
    tissue: Tissue = "any",
    alteration: Alterations = None,
    drug: Drugs = None,
    clone: Clones = None,
    phase: Annotated[
        str,
        typer.Option(help="baseline, acute or adapted: the phase of .bnet and SBML-qual."),
    ] = "adapted",
    facts: Annotated[
        bool, typer.Option("--facts", help="Add clinical facts to turtle or json-ld.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Where to write; sif also writes its table of edges."),
    ] = None,
    hypothesis: Hypotheses = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Write the network for other tools, as it stands or, given a tumour, as it is in it."""
    from krasbypass.errors import UnknownTermError
    from krasbypass.export import ask_question, export_question, find_format
    from krasbypass.model import Phase

    chosen = find_format(style)
    if phase.casefold() not in tuple(Phase):
        raise UnknownTermError("phase", phase, list(Phase))
    network = make_network(ontology, hypothesis)
    question = None
    if tissue != "any" or alteration or drug or clone:
        tumour = parse_tumour(tissue, alteration, clone)
        question = ask_question(network, tumour, drug or ())

    def write(name: str) -> str:
        asked = Phase(phase.casefold())
        return export_question(network, name, question, phase=asked, facts=facts, ontology=ontology)

    if file is None:
        text = write(chosen.name)
        if as_json:
            print_json(_describe(network, question) | {"format": chosen.name, "content": text})
        else:
            sys.stdout.write(text)
        return
    files = {file: write(chosen.name)}
    if chosen.name == "sif":
        files[file.with_suffix(find_format("edges").suffix)] = write("edges")
    for path, text in files.items():
        _write_file(path, text)
    if as_json:
        named = {"format": chosen.name, "files": [str(path) for path in files]}
        print_json(_describe(network, question) | named)
    else:
        print(f"wrote {' and '.join(map(str, files))}")


def _write_file(path: Path, text: str) -> None:
    from krasbypass.errors import OutputFileError

    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise OutputFileError(f"cannot write {str(path)!r}", error.strerror) from error


def _describe(network: Network, question: Question | None) -> dict[str, Any]:
    """Return what every answer carries; the question is None for the network as it stands."""
    knowledge = network.knowledge
    scenario = question.evaluation.scenario if question else None
    asked = {
        "tissue": question.tissue if question else None,
        "alterations": list(scenario.alterations) if scenario else [],
        "drugs": list(scenario.drugs) if scenario else [],
    }
    return {
        "question": asked,
        "complete": question.answer.complete if question else True,
        "ontology_version": knowledge.version,
        "as_of": knowledge.as_of,
        "notice": knowledge.notice,
    }
