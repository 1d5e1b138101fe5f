"""Tables of scenarios: rows in, levels out, bad rows answered with their error."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from krasbypass.answers import OutputLevels
from krasbypass.errors import KrasbypassError, ScenarioFileError
from krasbypass.fixpoint import REBOUNDING, STABLE
from krasbypass.model import Level, Phase
from krasbypass.network import Network
from krasbypass.scenario import Scenario, resolve_scenarios
from krasbypass.tumour import Tumour

#: Columns that a table of scenarios must have.
COLUMNS = ("id", "tissue", "alterations", "drugs")
#: Tissue, alterations and drugs of a row as text.
_Asked = tuple[str, str, str]


@dataclass(frozen=True)
class Table:
    """A table as read: its columns in order and its rows as text."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...] = field(repr=False, hash=False)


@dataclass(frozen=True)
class EvaluatedRow:
    """A row with its levels, or with the sentence that says why there are none."""

    row: Mapping[str, str] = field(hash=False)
    outputs: Mapping[str, OutputLevels] = field(hash=False)
    error: str


def read_table(path: Path) -> Table:
    """Read a tab-separated table with a header; ``-`` is standard input.

    Raises
    ------
    ScenarioFileError
        The file cannot be opened, is not text, or lacks a column.
    """
    try:
        if str(path) == "-":
            data = getattr(sys.stdin, "buffer", sys.stdin).read()
            return _parse(data if isinstance(data, str) else _decode(data), "standard input")
        return _parse(_decode(path.read_bytes()), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ScenarioFileError(f"cannot read {str(path)!r}", reason) from error


def _decode(data: bytes) -> str:
    """Return bytes as text: UTF-8, or the UTF-16 that spreadsheets write, which marks itself."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if marked else "utf-8-sig")


def _parse(text: str, name: str) -> Table:
    lines = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        header = tuple(column.strip() for column in next(lines, ()))
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            raise ScenarioFileError(
                f"{name} lacks the column {missing[0]!r}",
                f"a table of scenarios has tab-separated columns {', '.join(COLUMNS)}",
            )
        twice = [column for column in header if column and header.count(column) > 1]
        if twice:
            raise ScenarioFileError(f"{name} has the column {twice[0]!r} more than once")
        rows = []
        for cells in lines:
            if any(cell.strip() for cell in cells):
                padded = (*cells, *("",) * (len(header) - len(cells)))
                rows.append(dict(zip(header, padded, strict=False)))
    except csv.Error as error:
        raise ScenarioFileError(f"cannot read {name!r}", str(error)) from error
    return Table(header, tuple(rows))


def evaluate_table(network: Network, table: Table, *, block: int = 2000) -> Iterator[EvaluatedRow]:
    """Yield every row with the levels of all outputs, in the order of the table.

    Rows are screened together, `block` at a time, which gives what evaluating each alone gives;
    questions that were asked before are not asked again. A row that cannot be read has its error
    instead of levels.
    """
    known: dict[_Asked, tuple[Mapping[str, OutputLevels], str]] = {}
    for start in range(0, len(table.rows), block):
        rows = [(row, _read_question(row)) for row in table.rows[start : start + block]]
        new = [asked for asked in dict.fromkeys(a for _, a in rows) if asked not in known]
        read = [(asked, *_resolve(network, asked)) for asked in new]
        levels = _Levels(network, [s for _, scenarios, _ in read for s in scenarios])
        for asked, scenarios, error in read:
            known[asked] = levels.take(len(scenarios)), error
        for row, asked in rows:
            yield EvaluatedRow(row, *known[asked])


def _read_question(row: Mapping[str, str]) -> _Asked:
    tissue, alterations, drugs = (_unquote(row[column]) for column in COLUMNS[1:])
    return tissue, alterations, drugs


def _resolve(network: Network, asked: _Asked) -> tuple[tuple[Scenario, ...], str]:
    tissue, alterations, drugs = asked
    try:
        tumour = Tumour.parse(tissue, [alterations])
        return resolve_scenarios(network.knowledge, tumour, [drugs]), ""
    except KrasbypassError as error:
        return (), str(error)


def _unquote(cell: str) -> str:
    """Return a cell without the quotation marks that spreadsheets set around commas.

    >>> _unquote('"KRAS:G12C, MET:amp"')
    'KRAS:G12C, MET:amp'
    """
    text = cell.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


class _Levels:
    """The screened levels of scenarios, taken row by row."""

    def __init__(self, network: Network, scenarios: Sequence[Scenario]) -> None:
        from krasbypass.screen import screen_scenarios

        self.taken = 0
        self.outputs = network.outputs if scenarios else ()
        planes = screen_scenarios(network, scenarios) if scenarios else None
        if planes is not None:
            self.levels = {o: [planes.levels(o, p) for p in Phase] for o in self.outputs}
            self.rebounds = {o: planes.rebounds(o) for o in self.outputs}

    def take(self, count: int) -> dict[str, OutputLevels]:
        """Return the levels of the next `count` readings of a row, the highest of them."""
        part = slice(self.taken, self.taken + count)
        self.taken += count
        return {o: self.pool(o, part) for o in self.outputs} if count else {}

    def pool(self, output: str, part: slice) -> OutputLevels:
        found = [levels[part] for levels in self.levels[output]]
        baseline, acute, adapted = (Level(int(levels.max())) for levels in found)
        low = (Level(int(levels.min())) for levels in found)
        course = REBOUNDING if self.rebounds[output][part].any() else STABLE
        return OutputLevels(baseline, acute, adapted, course, (next(low), next(low), next(low)))


def write_table(
    handle: TextIO, table: Table, outputs: Iterable[str], rows: Iterable[EvaluatedRow]
) -> None:
    """Write the rows as read, then ``NAME.baseline``, ``.acute``, ``.adapted`` each, then error."""
    outputs = tuple(outputs)
    added = [f"{output}.{phase.value}" for output in outputs for phase in Phase]
    _write_line(handle, [*table.columns, *added, "error"])
    for entry in rows:
        cells = [
            entry.outputs[output].level(phase).label if entry.outputs else ""
            for output in outputs
            for phase in Phase
        ]
        _write_line(handle, [*(entry.row[c] for c in table.columns), *cells, entry.error])


def _write_line(handle: TextIO, cells: Iterable[str]) -> None:
    """Write cells as they were read: the table knows no quoting, so they hold no tab."""
    handle.write("\t".join(" ".join(cell.splitlines()).replace("\t", " ") for cell in cells) + "\n")
