"""The command line: it reads the question, calls the library, and prints what comes back."""

import sys

from krasbypass.cli import (
    cohorts,
    exporting,
    judging,
    planning,
    questions,
    serving,
    tables,
    terms,
    upkeep,
)
from krasbypass.cli.app import app
from krasbypass.errors import KrasbypassError

__all__ = [
    "app",
    "cohorts",
    "exporting",
    "judging",
    "main",
    "planning",
    "questions",
    "serving",
    "tables",
    "terms",
    "upkeep",
]


def main() -> None:
    """Run the command line; a wrong input ends with one sentence and exit code 1."""
    try:
        app()
    except KrasbypassError as error:
        print(f"krasbypass: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
