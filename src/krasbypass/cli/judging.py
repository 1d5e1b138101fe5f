"""Commands that set answers side by side, and that ask how much an answer rests on."""

from __future__ import annotations

from typing import Annotated

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
    print_parts,
    show_progress,
)


@app.command(
    epilog="Example: `krasbypass compare --tissue CRC -a KRAS:G12C --drugs sotorasib "
    "--with sotorasib,cetuximab`"
)
def compare(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    clone: Clones = None,
    drugs: Annotated[
        list[str] | None,
        typer.Option("--drugs", "-d", "--drug", help="The regimen, or the first of two; commas."),
    ] = None,
    others: Annotated[
        list[str] | None, typer.Option("--with", help="The other regimen; commas.")
    ] = None,
    before: Annotated[
        list[str] | None, typer.Option("--before", help="Alterations of the first sample.")
    ] = None,
    after: Annotated[
        list[str] | None, typer.Option("--after", help="Alterations of the second sample.")
    ] = None,
    hypothesis: Hypotheses = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Compare two regimens, or two samples of a patient: what opened, what closed, and why."""
    from krasbypass.compare import compare_regimens, compare_samples
    from krasbypass.errors import NotationError
    from krasbypass.report.sides import comparison_to_json, render_comparison

    samples = before is not None or after is not None
    if samples == (others is not None):
        raise NotationError("compare", "give --drugs with --with, or --before with --after")
    network = make_network(ontology, hypothesis)
    if samples:
        shared = alteration or []
        first = parse_tumour(tissue, [*shared, *(before or ())], clone)
        second = parse_tumour(tissue, [*shared, *(after or ())], clone)
        with show_progress("samples"):
            answer = compare_samples(network, first, second, drugs or ())
    else:
        tumour = parse_tumour(tissue, alteration, clone)
        with show_progress("regimens"):
            answer = compare_regimens(network, tumour, drugs or (), others or ())
    if as_json:
        print_json(comparison_to_json(answer))
    else:
        print_parts(render_comparison(answer))


@app.command(epilog="Example: `krasbypass sensitivity --tissue CRC -a KRAS:G12C -d sotorasib`")
def sensitivity(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    drug: Drugs = None,
    clone: Clones = None,
    hypothesis: Hypotheses = None,
    output: Annotated[
        list[str] | None, typer.Option("--output", help="An output looked at; repeat.")
    ] = None,
    size: Annotated[
        int, typer.Option(min=1, max=3, help="Largest number of facts taken away together.")
    ] = 2,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show the smallest sets of disputed, hypothetical or single-source facts that decide it."""
    from krasbypass.report.sides import render_sensitivity, sensitivity_to_json
    from krasbypass.sensitivity import find_sensitivity

    network = make_network(ontology, hypothesis)
    with show_progress("sets of facts"):
        answer = find_sensitivity(
            network,
            parse_tumour(tissue, alteration, clone),
            drug or (),
            outputs=output or None,
            size=size,
        )
    if as_json:
        print_json(sensitivity_to_json(answer))
    else:
        print_parts(render_sensitivity(answer))
