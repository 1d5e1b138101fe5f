"""The command line application; the other modules of this package hang their commands on it."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="krasbypass",
    help="Which bypass routes stay open in a RAS-driven tumour under an inhibitor combination.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
