"""Commands that answer a file of scenarios."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from krasbypass.cli.app import app
from krasbypass.cli.options import (
    Hypotheses,
    Json,
    NetworkFile,
    NetworkToml,
    Ontology,
    OwnOutputs,
    make_network,
    print_json,
    with_progress,
)


@app.command(epilog="Example: `krasbypass evaluate scenarios.tsv > levels.tsv`")
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            help="TSV with columns id, tissue, alterations, drugs; - for standard input."
        ),
    ],
    hypothesis: Hypotheses = None,
    network_file: NetworkFile = None,
    network_config: NetworkToml = None,
    output: OwnOutputs = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Give the levels of many scenarios; a bad row has its error and the rest is answered."""
    from krasbypass.table import evaluate_table, read_table, write_table

    table = read_table(file)
    network = make_network(ontology, hypothesis, network_file, network_config, output)
    rows = with_progress(evaluate_table(network, table), len(table.rows), "scenarios")
    if as_json:
        from krasbypass.report.routes import evaluated_to_json

        print_json(evaluated_to_json(network.knowledge, str(file), rows))
    else:
        write_table(sys.stdout, table, network.outputs, rows)
