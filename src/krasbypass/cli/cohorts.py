"""The command that answers many patients."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasbypass.cli.app import app
from krasbypass.cli.options import (
    Hypotheses,
    Json,
    Ontology,
    make_network,
    print_parts,
    show_progress,
)

if TYPE_CHECKING:
    from krasbypass.cohort import Cohort, CohortAnswer, Regimen
    from krasbypass.network import Network


class Target(StrEnum):
    """What a regimen has to reach."""

    SUPPRESS = "suppress"
    CLOSE = "close"


class TableFormat(StrEnum):
    """How the table of levels is written."""

    TSV = "tsv"
    PARQUET = "parquet"


@app.command(
    epilog="Example: `krasbypass cohort mutations.maf --tissue LUAD --regimen sotorasib "
    '--regimen "sotorasib, TNO155" -o results`'
)
def cohort(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="MAF, cBioPortal mutations, discrete copy numbers or structural variants, or TSV "
            "with columns id, tissue, alterations; gzipped or not; - for standard input."
        ),
    ],
    tissue: Annotated[
        list[str] | None,
        typer.Option(
            "--tissue", "-t", help="Tissue of all patients, or repeated, one for each file."
        ),
    ] = None,
    clinical: Annotated[
        list[Path] | None,
        typer.Option("--clinical", help="Table that gives samples a tumour type; repeat."),
    ] = None,
    regimen: Annotated[
        list[str] | None,
        typer.Option(
            "--regimen", "-r", help="Drugs given together, with commas; repeat. 'none': no drug."
        ),
    ] = None,
    regimens: Annotated[
        Path | None, typer.Option("--regimens", help="File of regimens, one a line.")
    ] = None,
    design: Annotated[
        int | None,
        typer.Option(
            "--design", min=1, max=4, help="Also the best regimens of up to this many drugs."
        ),
    ] = None,
    carrying: Annotated[
        list[str] | None,
        typer.Option("--with", help="Only patients who carry this alteration; repeat for several."),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option("--output", help="An output of the goal; repeat. Default: as for gaps."),
    ] = None,
    target: Annotated[
        Target, typer.Option("--target", help="suppress: none at full; close: all off.")
    ] = Target.SUPPRESS,
    folder: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Folder for tables, summary and report page."),
    ] = None,
    table_format: Annotated[
        TableFormat, typer.Option("--format", help="Format of the table of levels.")
    ] = TableFormat.TSV,
    processes: Annotated[
        int, typer.Option("--processes", min=1, help="Processes of this machine.")
    ] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", help="Address of a Dask scheduler, instead of processes."),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Folder of finished blocks; an interrupted run goes on."),
    ] = None,
    block: Annotated[
        int, typer.Option("--block", min=1, help="Genotypes answered together.")
    ] = 4096,
    explain: Annotated[
        int, typer.Option("--explain", min=0, help="Open questions whose routes are looked at.")
    ] = 240,
    hypothesis: Hypotheses = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Answer every patient of a cohort under every regimen, and account for every row."""
    from krasbypass.cohort import answer_cohort, read_cohort, write_json, write_results

    network = make_network(ontology, hypothesis)
    read = read_cohort(network.knowledge, files, tissues=tissue or (), clinical=clinical or ())
    if carrying:
        read = read.select(_name_entries(network, carrying))
    goal = output or None
    asked = _find_regimens(network, read, regimen, regimens, design, goal, target)
    try:
        with show_progress("blocks of genotypes") as progress:
            answer = answer_cohort(
                network,
                read,
                asked,
                outputs=goal,
                target=target.value,
                processes=processes,
                scheduler=scheduler,
                work=work,
                block=block,
                explain=explain,
                progress=progress,
            )
    except KeyboardInterrupt:
        if work is None:
            raise
        print(f"krasbypass: interrupted; the same command goes on from {work}", file=sys.stderr)
        raise typer.Exit(130) from None
    _warn(read)
    files_written: tuple[Path, ...] = ()
    if folder is not None:
        parquet = table_format is TableFormat.PARQUET
        files_written = write_results(folder, answer, parquet=parquet)
    if as_json:
        write_json(sys.stdout, answer)
    else:
        print_parts(_render(answer, files_written))


def _name_entries(network: Network, texts: list[str]) -> list[str]:
    """Return alterations in the spelling that tumours of a cohort have."""
    from krasbypass.cohort.understanding import Interpreter, Status
    from krasbypass.errors import NotationError

    interpreter = Interpreter(network.knowledge)
    found = []
    for text in (part for entry in texts for part in entry.split(",") if part.strip()):
        reading = interpreter.read_entry(text)
        if reading.status is not Status.USED:
            raise NotationError(text, reading.reason)
        found.append(reading.entry)
    return found


def _find_regimens(
    network: Network,
    cohort: Cohort,
    texts: list[str] | None,
    file: Path | None,
    design: int | None,
    outputs: list[str] | None,
    target: Target,
) -> tuple[Regimen, ...]:
    """Return the regimens asked for; without any, patients are asked without drugs."""
    from krasbypass.cohort import design_regimens, make_regimens, read_regimens

    found = list(make_regimens(network.knowledge, texts or ()))
    if file is not None:
        found += read_regimens(network.knowledge, file)
    if design is not None:
        found += design_regimens(
            network, cohort, max_drugs=design, outputs=outputs, target=target.value
        )
    distinct = {tuple(sorted(regimen.drugs)): regimen for regimen in reversed(found)}
    return tuple(distinct.values())[::-1] or make_regimens(network.knowledge, ["none"])


def _warn(cohort: Cohort) -> None:
    """Say on standard error what was wrong with the tables; the answer stands beside it."""
    from krasbypass.cohort.understanding import Status

    broken = [row for row in cohort.rows if row.status is Status.BROKEN]
    sentences = [*cohort.problems, *(row.sentence() for row in broken[:20])]
    if len(broken) > 20:
        sentences.append(f"{len(broken) - 20} more broken rows are listed with the results")
    if cohort.withheld:
        names = list(cohort.withheld)
        shown = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
        sentences.append(f"not answered, to be safe: {shown} ({len(names)} in all)")
    for sentence in sentences:
        print(f"krasbypass: {sentence}", file=sys.stderr)


def _render(answer: CohortAnswer, files: tuple[Path, ...]) -> list[Any]:
    """Return the summary for reading."""
    from krasbypass.cohort.rendering import render_cohort

    return render_cohort(answer, files)
