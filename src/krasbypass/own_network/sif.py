"""Signed graphs as text: SIF, and tables with a column each for source, sign and target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from krasbypass.errors import find_nearest
from krasbypass.own_network.statements import (
    Edge,
    NetworkFileError,
    OwnGraph,
    join_edges,
    read_lines,
)

_POSITIVE = (
    "1 +1 1.0 + ++ -> --> => > activates activate activation activator activated stimulates "
    "stimulation stimulate upregulates up-regulates increases induces promotes positive pos up"
)
_NEGATIVE = (
    "-1 -1.0 - -- -| --| =| -| |-| ⊣ inhibits inhibit inhibition inhibitor inhibited represses "
    "repression suppresses downregulates down-regulates decreases blocks negative neg down"
)
_UNKNOWN = "0 0.0 ? pp pd unknown unspecified interacts interacts-with directed"
#: What a sign may be called; the words of a configuration come on top.
SIGNS: Mapping[str, int] = (
    dict.fromkeys(_UNKNOWN.split(), 0)
    | dict.fromkeys(_POSITIVE.split(), 1)
    | dict.fromkeys(_NEGATIVE.split(), -1)
)
_SOURCES = ("source", "from", "source_genesymbol", "regulator")
_TARGETS = ("target", "to", "target_genesymbol", "regulated")
_SIGN_COLUMNS = ("interaction", "sign", "effect", "relation", "type", "mor", "consensus")
_FLAGS = (
    ("consensus_stimulation", "consensus_inhibition"),
    ("is_stimulation", "is_inhibition"),
)


def read_sif(path: Path, signs: Mapping[str, int] | None = None) -> OwnGraph:
    """Read SIF or a table of signed edges.

    Columns are split at tabs where the file has any, else at spaces. A first line that names
    columns for source and target is a header; without one, the columns are source, sign, target
    and, in a ``.sif`` file, further targets. A line that starts with ``#`` is a comment.

    Parameters
    ----------
    path
        The file.
    signs
        Further words for a sign: 1, -1, or 0 where it is unknown.

    Raises
    ------
    NetworkFileError
        A line has too few columns or a sign that is no known word.
    """
    lines = read_lines(path)
    known = {**SIGNS, **{word.casefold(): sign for word, sign in (signs or {}).items()}}
    tabs = any("\t" in line for line in lines)
    several = path.suffix.casefold() == ".sif"
    edges: list[Edge] = []
    header: _Header | None = None
    first = True
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [c.strip().strip('"') for c in line.split("\t")] if tabs else line.split()
        if first:
            first = False
            header = _Header.find(cells)
            if header is not None:
                continue
        row = _Row(path.name, number, cells)
        edges += row.read(header, known) if header else row.read_plain(known, several=several)
    if not edges:
        raise NetworkFileError(path.name, "the file holds no interaction")
    return join_edges(path.name, edges)


class _Header:
    """Where the columns of a table stand."""

    def __init__(self, source: int, target: int, sign: int | None, flags: tuple[int, int] | None):
        self.source, self.target, self.sign, self.flags = source, target, sign, flags
        self.needed = max(source, target, sign or 0, *(flags or (0,)))

    @classmethod
    def find(cls, cells: list[str]) -> _Header | None:
        names = [re.sub(r"\W+", "_", cell.casefold()).strip("_") for cell in cells]

        def place(options: tuple[str, ...]) -> int | None:
            return next((names.index(o) for o in options if o in names), None)

        # symbols are read where a table has both them and accession numbers
        source, target = place(_SOURCES[2:] + _SOURCES), place(_TARGETS[2:] + _TARGETS)
        if source is None or target is None:
            return None
        sign = place(_SIGN_COLUMNS)
        flags = next(
            ((names.index(a), names.index(b)) for a, b in _FLAGS if a in names and b in names),
            None,
        )
        return cls(source, target, sign, flags)

    def signs(self, cells: list[str]) -> list[str]:
        if self.flags is not None:
            yes = ("1", "true", "yes", "t")
            up, down = (cells[at].casefold() in yes for at in self.flags)
            return [*(["1"] if up else []), *(["-1"] if down else [])] or ["0"]
        return [cells[self.sign]] if self.sign is not None else ["0"]


class _Row:
    """One line of the file, which says where it stands when it is wrong."""

    def __init__(self, file: str, number: int, cells: list[str]) -> None:
        self.file, self.number, self.cells = file, number, cells

    def fail(self, what: str) -> NetworkFileError:
        return NetworkFileError(self.file, what, self.number)

    def read(self, header: _Header, known: Mapping[str, int]) -> list[Edge]:
        cells = self.cells
        if len(cells) <= header.needed:
            raise self.fail(
                f"the line has {len(cells)} columns and the header asks for {header.needed + 1}"
            )
        return self.edges(cells[header.source], header.signs(cells), [cells[header.target]], known)

    def read_plain(self, known: Mapping[str, int], *, several: bool) -> list[Edge]:
        cells = self.cells
        if several and len(cells) == 1:
            return []  # a node that stands alone
        if len(cells) < 3:
            raise self.fail("a line has a source, a sign and a target")
        # what follows the target is further targets in SIF, and attributes in other tables
        return self.edges(cells[0], cells[1:2], cells[2:] if several else cells[2:3], known)

    def edges(
        self, source: str, words: list[str], targets: list[str], known: Mapping[str, int]
    ) -> list[Edge]:
        if not source or not all(targets):
            raise self.fail("the source or the target is empty")
        signs = [self.sign(word, known) for word in words]
        return [Edge(source, sign, target, self.number) for sign in signs for target in targets]

    def sign(self, word: str, known: Mapping[str, int]) -> int:
        sign = known.get(word.casefold())
        if sign is None:
            nearest = ", ".join(find_nearest(word, known))
            hint = f"; nearest: {nearest}" if nearest else ""
            raise self.fail(
                f"{word!r} is no sign (1, -1, activates, inhibits, ->, -|, ...){hint}; "
                "give its meaning under [signs] in the configuration"
            )
        return sign
