"""A matrix of escapes against regimens as one SVG: levels told apart by colour and by mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from textwrap import wrap

from krasbypass.matrix import EscapeMatrix, MatrixRow
from krasbypass.model import Level
from krasbypass.visual.figure import wrap_svg
from krasbypass.visual.scene import GLYPHS

#: Fill and ink of a level; the marks say the same without colour.
LEVELS = {
    Level.FULL: ("#D55E00", "#FFFFFF"),
    Level.ATTENUATED: ("#BFDDF0", "#1B4F72"),
    Level.OFF: ("#F3F3F3", "#8A8A8A"),
}
_ROW, _CELL, _GAP, _LABELS, _COUNTS, _HEAD = 21.0, 46.0, 12.0, 330.0, 56.0, 15.0
_CHARS, _WIDEST = 52, 102.0
_INK, _DIM = "#222222", "#666666"


def draw_heat_map(matrix: EscapeMatrix, *, headings: Sequence[str] = ()) -> str:
    """Return a matrix as SVG text, a row for each set of escapes and a column for each regimen.

    Each column has a cell for each output. `headings` stand for the regimens' names.
    """
    names = headings or [" + ".join(drugs) or "no drug" for drugs in matrix.regimens]
    width = max(min(_CELL, _WIDEST / max(len(matrix.outputs), 1)) * len(matrix.outputs), 84.0)
    heads = [wrap(name, max(int(width / 6.0), 14)) for name in names]
    top = max(map(len, heads)) * _HEAD + 30
    start = _LABELS + _COUNTS + _GAP
    parts = list(_draw_heads(matrix.outputs, heads, start, width, top))
    y, mechanism = top, ""
    for row in matrix.rows:
        if row.events and row.mechanism != mechanism:
            y += 24
            parts.append(_text(0, y - 7, row.mechanism, 11.5, _DIM, weight="bold"))
        mechanism = row.mechanism
        parts += _draw_row(row, matrix.outputs, start, width, y)
        y += _ROW
    total = start + len(names) * (width + _GAP)
    parts.append(_draw_legend(matrix.outputs, y + 22))
    title = f"{len(matrix.rows) - 1} sets of escapes under {len(names)} regimens"
    return wrap_svg("".join(parts), 0, 0, total, y + 40, title)


def _draw_heads(
    outputs: Sequence[str], heads: Iterable[Sequence[str]], start: float, width: float, top: float
) -> Iterator[str]:
    yield _text(0, top - 8, "escape", 11, _DIM)
    yield _text(_LABELS + _COUNTS - 4, top - 8, "patients", 11, _DIM, anchor="end")
    each = width / len(outputs) if outputs else width
    for column, rows in enumerate(heads):
        left = start + column * (width + _GAP)
        for n, row in enumerate(rows):
            y = top - 22 - (len(rows) - 1 - n) * _HEAD
            yield _text(left + width / 2, y, row, 12, _INK, anchor="middle", weight="bold")
        for n, output in enumerate(outputs):
            shown = output if len(output) * 5.2 < each else output[: int(each / 5.4)].rstrip("-")
            yield _text(left + (n + 0.5) * each - 1, top - 6, shown, 9.5, _DIM, anchor="middle")


def _draw_row(
    row: MatrixRow, outputs: Sequence[str], start: float, width: float, y: float
) -> Iterator[str]:
    label = name_events(row.events, _CHARS) or row.mechanism
    bold = "" if row.events else "bold"
    yield _text(0, y + 14.5, label, 12, _INK, weight=bold)
    if row.patients:
        yield _text(_LABELS + _COUNTS - 4, y + 14.5, str(row.patients), 12, _INK, anchor="end")
    each = width / len(outputs) if outputs else width
    for column, cell in enumerate(row.cells):
        for n, output in enumerate(outputs):
            fill, ink = LEVELS[cell[output]]
            x = start + column * (width + _GAP) + n * each
            told = f"{label}, {output}: {cell[output].label}"
            yield (
                f'<g><title>{escape(told)}</title><rect x="{x:.1f}" y="{y + 1:.1f}" '
                f'width="{each - 2:.1f}" height="{_ROW - 3:.1f}" rx="2" fill="{fill}"/>'
                f"{_text(x + each / 2 - 1, y + 14.5, GLYPHS[cell[output]], 12, ink, 'middle')}</g>"
            )


def name_events(events: Sequence[str], room: int) -> str:
    """Return as many events as find room, and how many more there are.

    >>> name_events(["A:amp", "B:loss", "C:mut"], 18)
    'A:amp, B:loss +1'
    >>> name_events(["A:amp", "B:loss"], 20), name_events([], 20)
    ('A:amp, B:loss', '')
    """
    for count in range(len(events), 0, -1):
        more = f" +{len(events) - count}" if count < len(events) else ""
        text = ", ".join(events[:count]) + more
        if len(text) <= room or count == 1:
            return text
    return ""


def _draw_legend(outputs: Sequence[str], y: float) -> str:
    parts, x = [], 0.0
    words = {
        Level.FULL: "full: re-opens",
        Level.ATTENUATED: "attenuated: leaks",
        Level.OFF: "off",
    }
    for level in reversed(Level):
        fill, ink = LEVELS[level]
        parts.append(
            f'<rect x="{x:.1f}" y="{y - 11:.1f}" width="26" height="15" rx="2" fill="{fill}"/>'
            f"{_text(x + 13, y + 1, GLYPHS[level], 11, ink, 'middle')}"
            f"{_text(x + 32, y + 1, words[level], 11.5, _DIM)}"
        )
        x += 60 + len(words[level]) * 6
    told = f"cells from the left: {', '.join(outputs)}. Patients: seen with these, any drug"
    parts.append(_text(x + 6, y + 1, told, 11.5, _DIM))
    return "".join(parts)


def _text(
    x: float, y: float, text: str, size: float, fill: str, anchor: str = "", weight: str = ""
) -> str:
    more = f' text-anchor="{anchor}"' if anchor else ""
    more += f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"{more}>'
        f"{escape(text)}</text>"
    )
