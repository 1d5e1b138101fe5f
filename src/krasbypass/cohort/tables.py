"""Lines of a table from a file or standard input, gzipped or not, up to where it breaks off."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, cast

from krasbypass.cohort.dialects import CohortTableError

#: The first bytes of a gzip file.
_GZIP = b"\x1f\x8b"
_PART = 1 << 18
#: A cell, which may hold tabs if it stands in quotation marks.
_QUOTED = re.compile(r'(?:(?<=\t)|^)("(?:[^"]|"")*"(?=\t|$)|[^\t]*)')
_BROKEN = "the compressed data is cut off or damaged here, so that the rest of the table is missing"
_NO_TEXT = "this is no table of text, or not in UTF-8 but in UTF-16; save it as tab-separated UTF-8"


def name_of(file: Path | str) -> str:
    """Return how messages name a file; ``-`` is standard input.

    >>> name_of("-"), name_of("data/a.maf.gz")
    ('standard input', 'a.maf.gz')
    """
    return "standard input" if str(file) == "-" else Path(file).name


def make_printable(text: str) -> str:
    r"""Return a text that a terminal can be shown, whatever stood in a file.

    >>> make_printable("KRAS\tP1"), make_printable("\x1b[2J")
    ('KRAS P1', '�[2J')
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)


def read_lines(
    file: Path | str, say: Callable[[str], None] | None = None
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a table with their numbers, comments and empty lines left out.

    Parameters
    ----------
    file
        The table; ``-`` is standard input.
    say
        Called with a sentence on how the file was read, if that had to be guessed: bytes that are
        no UTF-8 are taken for Latin-1, so that names stay different that are different.

    Raises
    ------
    CohortTableError
        The file cannot be opened, holds no text, or its compressed data ends or breaks before its
        time; what stood before has been yielded by then, a half line has not.
    """
    number = 0
    other = 0
    try:
        with closing(_open(file)) as stream:
            for number, raw in enumerate(_split(stream), start=1):
                if number == 1 and b"\0" in raw:
                    raise CohortTableError(name_of(file), 1, _NO_TEXT)
                try:
                    text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError:
                    text = raw.decode("latin-1")
                    other = other or number
                if text.strip() and not _is_comment(text):
                    yield number, text
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CohortTableError(name_of(file), number + 1, _BROKEN) from error
    except OSError as error:
        reason = f"the table cannot be read: {error.strerror or error}"
        raise CohortTableError(name_of(file), number + 1, reason) from error
    if other and say is not None:
        say(f"{name_of(file)}, line {other}: not in UTF-8, so that it was read as Latin-1")


def split_cells(text: str, columns: int = 0) -> list[str]:
    r"""Return the cells of a line, without the quotation marks that spreadsheets put around some.

    Where there are more cells than `columns`, tabs between quotation marks are taken for text.

    >>> split_cells('P1\t"KRAS:G12C,MET:amp"\t""')
    ['P1', 'KRAS:G12C,MET:amp', '']
    >>> split_cells('P1\t"KRAS:G12C"\t"said\tso"', 3)
    ['P1', 'KRAS:G12C', 'said\tso']
    """
    cells = text.split("\t")
    if '"' not in text:
        return cells
    if 0 < columns < len(cells):
        joined = _QUOTED.findall(text)
        cells = joined if len(joined) == columns else cells
    return [_unquote(cell) for cell in cells]


def _unquote(cell: str) -> str:
    inner = cell.strip()
    if len(inner) > 1 and inner[0] == inner[-1] == '"':
        return inner[1:-1].replace('""', '"')
    return cell


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
    rest: list[bytes] = []
    while part := stream.read1(_PART):  # type: ignore[attr-defined]
        first, *lines = part.split(b"\n")
        rest.append(first)
        if lines:
            yield from _split_returns(b"".join(rest))
            for line in lines[:-1]:
                yield from _split_returns(line)
            rest = [lines[-1]]
    if last := b"".join(rest):
        yield from _split_returns(last)


def _split_returns(line: bytes) -> Iterable[bytes]:
    """Return a line without the carriage return of Windows, or the lines that it is on old Macs."""
    return line.removesuffix(b"\r").split(b"\r") if b"\r" in line else (line,)
