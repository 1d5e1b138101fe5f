"""The command line: it reads the question, calls the library, and prints what comes back."""

import io
import os
import sys

try:
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
except KeyboardInterrupt:  # a user may change their mind while modules are still being read
    sys.exit(130)

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
        _set_encoding()
        try:
            app()
        finally:  # while it can still be told whether the output was written
            sys.stdout.flush()
    except KrasbypassError as error:
        _fail(error.sentence())
    except BrokenPipeError:  # nobody reads on; rich and click end with 1 as well
        _forget_output()
        sys.exit(1)
    except OSError as error:
        _forget_output()
        place = repr(error.filename) if error.filename else "the output"
        _fail(f"cannot read or write {place}: {error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(sentence: str) -> None:
    print(f"krasbypass: {sentence}", file=sys.stderr)
    sys.exit(1)


def _set_encoding() -> None:
    """Write UTF-8 to files and pipes, and to a terminal what it can show.

    Answers have arrows and Greek letters, which other encodings of a system refuse. Where an
    output is closed, what is written goes nowhere.
    """
    sys.stdout = sys.stdout or io.TextIOWrapper(io.BytesIO())
    sys.stderr = sys.stderr or io.TextIOWrapper(io.BytesIO())
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _forget_output() -> None:
    """Let what is still buffered go nowhere, so that the process ends without a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
