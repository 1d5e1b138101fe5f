"""Tables of scenarios: rows in, levels out, bad rows answered with their error."""

from __future__ import annotations

import csv
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
            return _parse(sys.stdin, "standard input")
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return _parse(handle, str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ScenarioFileError(f"cannot read {str(path)!r}", reason) from error


def _parse(handle: TextIO, name: str) -> Table:
    lines = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        header = tuple(column.strip() for column in next(lines, ()))
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            raise ScenarioFileError(
                f"{name} lacks the column {missing[0]!r}",
                f"a table of scenarios has tab-separated columns {', '.join(COLUMNS)}",
            )
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

    Rows are screened together, `block` at a time, which gives what evaluating each alone gives; a
    row that cannot be read has its error instead of levels.
    """
    for start in range(0, len(table.rows), block):
        rows = [(row, *_resolve_row(network, row)) for row in table.rows[start : start + block]]
        levels = _Levels(network, [s for _, scenarios, _ in rows for s in scenarios])
        for row, scenarios, error in rows:
            yield EvaluatedRow(row, levels.take(len(scenarios)), error)


def _resolve_row(network: Network, row: Mapping[str, str]) -> tuple[tuple[Scenario, ...], str]:
    try:
        tumour = Tumour.parse(row["tissue"], [row["alterations"]])
        return resolve_scenarios(network.knowledge, tumour, [row["drugs"]]), ""
    except KrasbypassError as error:
        return (), str(error)


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
