"""The command line application; the other modules of this package hang their commands on it."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

#: Commands as the help lists them: questions first, upkeep last.
ORDER = (
    "routes",
    "gaps",
    "forecast",
    "design",
    "compare",
    "sensitivity",
    "evaluate",
    "cohort",
    "show",
    "query",
    "explain",
    "draw",
    "serve",
    "export",
    "check",
    "build",
)


class _Ordered(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=ORDER.index)


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        from krasbypass.knowledge import load_knowledge

        knowledge = load_knowledge()
        print(
            f"krasbypass {version('krasbypass')}, "
            f"ontology {knowledge.version} as of {knowledge.as_of}"
        )
        raise typer.Exit


app = typer.Typer(
    name="krasbypass",
    help="Which bypass routes stay open in a RAS-driven tumour under an inhibitor combination.",
    cls=_Ordered,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback()
def _take_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_tell_version,
            is_eager=True,
            help="Show the versions of package and ontology.",
        ),
    ] = False,
) -> None:
    pass
