"""Commands that plan: what to add, what will escape, which combinations to try."""

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
    Tissue,
    make_network,
    parse_tumour,
    print_json,
    print_parts,
    show_progress,
)
from krasbypass.errors import NotationError, OutputFileError

if TYPE_CHECKING:
    from krasbypass.gaps import GapsAnswer, RouteSearch
    from krasbypass.network import Network
    from krasbypass.records import Records
    from krasbypass.tumour import Tumour

#: Further drugs of which all combinations are screened at most.
_MAX_DRUGS = 4

Goals = Annotated[
    list[str] | None,
    typer.Option("--output", help="An output that shall be closed; repeat (default: see docs)."),
]
Unfold = Annotated[
    bool, typer.Option("--unfold", help="Show every line and every set of drugs of each.")
]


@app.command(epilog="Example: `krasbypass gaps --tissue CRC -a KRAS:G12C -d sotorasib`")
def gaps(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    drug: Drugs = None,
    clone: Clones = None,
    hypothesis: Hypotheses = None,
    output: Goals = None,
    target: Annotated[
        str, typer.Option(help="suppress (none at full) or close (all off).")
    ] = "suppress",
    max_add: Annotated[
        int, typer.Option(min=1, max=8, help="Largest number of further drugs (4), or nodes (8).")
    ] = 3,
    nodes: Annotated[
        bool, typer.Option("--nodes", help="Cut all routes at nodes instead of adding drugs.")
    ] = False,
    longest: Annotated[
        int | None, typer.Option("--longest", min=1, help="With --nodes: routes up to this length.")
    ] = None,
    network_file: NetworkFile = None,
    network_config: NetworkToml = None,
    unfold: Unfold = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write a report too: .html, .md, or .svg for its figures."),
    ] = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show what stays open, what closes it, what no drug closes, what was never trialled."""
    from krasbypass.gaps import find_gaps
    from krasbypass.report.gap_tables import render_gaps
    from krasbypass.report.gaps import gaps_to_json
    from krasbypass.routes import find_routes

    if report is not None:
        _check_report(report, nodes=nodes)
    network = make_network(ontology, hypothesis, network_file, network_config, output)
    tumour = parse_tumour(tissue, alteration, clone)
    outputs = output or None
    if nodes:
        _show_cuts(network, tumour, drug or (), outputs, max_add, longest, as_json=as_json)
        return
    if max_add > _MAX_DRUGS:
        raise NotationError(
            f"--max-add {max_add}", f"up to {_MAX_DRUGS} further drugs are screened"
        )
    records = _find_records(network, ontology, own=network_file is not None)
    with show_progress("gaps"):
        answer = find_gaps(
            network,
            tumour,
            drug or (),
            outputs=outputs,
            target=target,
            max_add=max_add,
            records=records,
            search=find_routes if network_file is None else _find_near_routes(),
        )
    if as_json:
        print_json(gaps_to_json(answer))
    else:
        print_parts(render_gaps(answer, unfold=unfold))
    if report is not None:
        _write_report(network, answer, tumour, drug or (), report, records)


def _find_near_routes() -> RouteSearch:
    from krasbypass.own_network import find_near_routes

    return find_near_routes


def _check_report(path: Path, *, nodes: bool) -> None:
    """Refuse a report that cannot be written before anything is computed."""
    from krasbypass.pages.writing import check_ending

    if nodes:
        raise NotationError("--report", "a report tells of drugs; leave --nodes out")
    check_ending(path)
    if not path.parent.is_dir():
        raise OutputFileError(f"cannot write {str(path)!r}", "there is no such folder")


def _write_report(
    network: Network,
    answer: GapsAnswer,
    tumour: Tumour,
    drugs: Iterable[str],
    path: Path,
    records: Records,
) -> None:
    """Write the report of an answer, and say on standard error which files it is."""
    from krasbypass.dossier import make_report
    from krasbypass.pages import write_report

    with show_progress("report") as progress:
        made = make_report(network, tumour, drugs, gaps=answer, records=records, progress=progress)
    for written in write_report(made, path):
        typer.echo(f"wrote {written}", err=True)


def _find_records(network: Network, ontology: Path | None, *, own: bool) -> Records:
    """Return what is on record; of a network of one's own, what its knowledge holds."""
    from krasbypass.records import load_records, read_records

    return read_records(network.knowledge) if own else load_records(ontology)


def _show_cuts(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str],
    outputs: list[str] | None,
    size: int,
    longest: int | None,
    *,
    as_json: bool,
) -> None:
    from krasbypass.interventions import find_node_interventions
    from krasbypass.report.sides import interventions_to_json, render_interventions

    with show_progress("sets of nodes"):
        answer = find_node_interventions(
            network, tumour, drugs, outputs=outputs, size=size, longest=longest
        )
    if as_json:
        print_json(interventions_to_json(answer))
    else:
        print_parts(render_interventions(answer))


@app.command(epilog="Example: `krasbypass forecast --tissue PDAC -a KRAS:G12D -d daraxonrasib`")
def forecast(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    drug: Drugs = None,
    clone: Clones = None,
    hypothesis: Hypotheses = None,
    output: Goals = None,
    events: Annotated[
        int, typer.Option(min=1, max=2, help="Further alterations at a time, 1 or 2.")
    ] = 1,
    max_add: Annotated[
        int, typer.Option(min=1, max=4, help="Largest number of further drugs in a closer.")
    ] = 3,
    unfold: Unfold = False,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show which further alterations re-open an output under the combination."""
    from krasbypass.forecast import forecast_escapes
    from krasbypass.records import load_records
    from krasbypass.report.forecast_tables import render_forecast
    from krasbypass.report.gaps import forecast_to_json

    network = make_network(ontology, hypothesis)
    with show_progress("escapes") as progress:
        answer = forecast_escapes(
            network,
            parse_tumour(tissue, alteration, clone),
            drug or (),
            outputs=output or None,
            events=events,
            max_add=max_add,
            records=load_records(ontology),
            progress=progress,
        )
    if as_json:
        print_json(forecast_to_json(answer))
    else:
        print_parts(render_forecast(answer, unfold=unfold))


@app.command(epilog="Example: `krasbypass design --tissue NSCLC -a KRAS:G12C --approved-only`")
def design(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    clone: Clones = None,
    hypothesis: Hypotheses = None,
    output: Goals = None,
    max_drugs: Annotated[
        int, typer.Option(min=1, max=5, help="Largest number of drugs, required ones included.")
    ] = 3,
    avoid: Annotated[
        list[str] | None, typer.Option("--avoid", help="Never use this drug; repeat.")
    ] = None,
    require: Annotated[
        list[str] | None, typer.Option("--require", help="Always use this drug; repeat.")
    ] = None,
    approved_only: Annotated[
        bool, typer.Option("--approved-only", help="Use only drugs approved for anything.")
    ] = False,
    unfold: Unfold = False,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show the best combinations for a tumour: what they hold, and what they leave open."""
    from krasbypass.design import design_combinations
    from krasbypass.records import load_records
    from krasbypass.report.gap_tables import render_design
    from krasbypass.report.gaps import design_to_json

    network = make_network(ontology, hypothesis)
    with show_progress("combinations") as progress:
        answer = design_combinations(
            network,
            parse_tumour(tissue, alteration, clone),
            outputs=output or None,
            max_drugs=max_drugs,
            avoid=avoid or (),
            require=require or (),
            approved_only=approved_only,
            records=load_records(ontology),
            progress=progress,
        )
    if as_json:
        print_json(design_to_json(answer))
    else:
        print_parts(render_design(answer, unfold=unfold))
