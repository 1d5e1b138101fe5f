"""Commands that ask one question of a tumour and a combination."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krasbypass.cli.app import app
from krasbypass.cli.options import (
    Alterations,
    Clones,
    Drugs,
    Hypotheses,
    Json,
    NetworkFile,
    NetworkToml,
    Ontology,
    Outputs,
    Tissue,
    make_network,
    parse_tumour,
    print_json,
    print_parts,
    show_progress,
)

if TYPE_CHECKING:
    from krasbypass.network import Network
    from krasbypass.own_network import Focus
    from krasbypass.tumour import Tumour

#: Routes listed, and nodes drawn near them, of a large network of one's own.
_LISTED, _NEAR = 8, 6


@app.command(
    epilog="Example: `krasbypass routes --tissue NSCLC -a KRAS:G12C -d sotorasib -d TNO155`"
)
def routes(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    drug: Drugs = None,
    clone: Clones = None,
    hypothesis: Hypotheses = None,
    network_file: NetworkFile = None,
    network_config: NetworkToml = None,
    output: Outputs = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Cite the sources of every step.")
    ] = False,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show which routes are open, in each phase, and what closed the others."""
    from krasbypass.report.routes import render_routes, routes_to_json
    from krasbypass.routes import find_routes
    from krasbypass.terms import cite

    network = make_network(ontology, hypothesis, network_file, network_config, output)
    listed = network.find_outputs(output or network.default_outputs)
    tumour = parse_tumour(tissue, alteration, clone)
    with show_progress("routes"):
        if network_file is None:
            answer = find_routes(network, tumour, drug or ())
        else:
            answer = _focus(network, tumour, drug or ()).answer
    if as_json:
        print_json(routes_to_json(answer))
        return
    cited = (
        {e: cite(network.knowledge, e) for e in network.knowledge.evidence} if evidence else None
    )
    print_parts(render_routes(answer, listed=listed, evidence=cited))


@app.command(
    epilog="Example: `krasbypass draw --tissue CRC -a KRAS:G12C -d sotorasib -o routes.html`"
)
def draw(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    drug: Drugs = None,
    phase: Annotated[str, typer.Option(help="baseline, acute or adapted.")] = "adapted",
    hypothesis: Hypotheses = None,
    file: Annotated[Path, typer.Option("--out", "-o", help="Where to write the page.")] = Path(
        "routes.html"
    ),
    network_file: NetworkFile = None,
    network_config: NetworkToml = None,
    output: Outputs = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Draw the network as one offline HTML page, open and closed routes marked."""
    from krasbypass.errors import UnknownTermError
    from krasbypass.model import Phase
    from krasbypass.routes import evaluate_tumour, find_routes
    from krasbypass.visual import render_page, write_page

    if phase not in tuple(Phase):
        raise UnknownTermError("phase", phase, list(Phase))
    network = make_network(ontology, hypothesis, network_file, network_config, output)
    tumour = parse_tumour(tissue, alteration, None)
    with show_progress("page"):
        if network_file is None:
            answer = find_routes(network, tumour, drug or ())
            evaluation = evaluate_tumour(network, tumour, drug or ())[0][0]
        else:
            focus = _focus(network, tumour, drug or (), surroundings=_NEAR)
            answer, network, evaluation = focus.answer, focus.part, focus.evaluation
        write_page(file, render_page(network, answer, evaluation, phase=Phase(phase)))
    if as_json:
        from krasbypass.answers import stated_to_json
        from krasbypass.report.routes import question_to_json

        print_json(
            {
                "question": question_to_json(answer),
                "file": str(file),
                "phase": phase,
                "complete": answer.complete,
                **stated_to_json(answer),
            }
        )
    else:
        print(f"wrote {file}")


def _focus(
    network: Network, tumour: Tumour, drugs: Iterable[str], *, surroundings: int = 0
) -> Focus:
    """Return the routes in a network of one's own, and the part that they are about if large."""
    from krasbypass.own_network import focus_routes

    return focus_routes(network, tumour, drugs, count=_LISTED, surroundings=surroundings)
