"""Lines of a table from a file or standard input, gzipped or not, up to where it breaks off."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, cast

from krasbypass.cohort.dialects import CohortTableError

#: The first bytes of a gzip file.
_GZIP = b"\x1f\x8b"
_PART = 1 << 18
_BROKEN = "the compressed data is cut off or damaged here, so that the rest of the table is missing"


def name_of(file: Path | str) -> str:
    """Return how messages name a file; ``-`` is standard input.

    >>> name_of("-"), name_of("data/a.maf.gz")
    ('standard input', 'a.maf.gz')
    """
    return "standard input" if str(file) == "-" else Path(file).name


def read_lines(file: Path | str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a table with their numbers, comments and empty lines left out.

    Raises
    ------
    CohortTableError
        The file cannot be opened, or its compressed data ends or breaks before its time; what
        stood before has been yielded by then, a half line has not.
    """
    number = 0
    try:
        with closing(_open(file)) as stream:
            for number, raw in enumerate(_split(stream), start=1):
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace").rstrip("\r")
                if text.strip() and not _is_comment(text):
                    yield number, text
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CohortTableError(name_of(file), number + 1, _BROKEN) from error
    except OSError as error:
        reason = f"the table cannot be read: {error.strerror or error}"
        raise CohortTableError(name_of(file), number + 1, reason) from error


def _is_comment(text: str) -> bool:
    """Whether a line is a comment; a header may have its first column marked with #."""
    return text.startswith("#") and not text.casefold().startswith("#hugo_symbol\t")


def _open(file: Path | str) -> BinaryIO:
    # standard input may be any stream of bytes, and closing it is not for us to do
    raw: io.RawIOBase = _StandardInput() if str(file) == "-" else io.FileIO(file)
    plain = io.BufferedReader(raw)
    if plain.peek(2)[:2] == _GZIP:
        return cast(BinaryIO, gzip.GzipFile(fileobj=plain, mode="rb"))
    return plain


class _StandardInput(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        found = sys.stdin.buffer.read(len(view))
        view[: len(found)] = found
        return len(found)


def _split(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines; parts are read as they come, so that all lines before a break are seen."""
    rest = b""
    while part := stream.read1(_PART):  # type: ignore[attr-defined]
        *lines, rest = (rest + part).split(b"\n")
        yield from lines
    if rest:
        yield rest
