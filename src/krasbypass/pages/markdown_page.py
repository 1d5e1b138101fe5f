"""A document as Markdown: the same sentences, tables and references, figures as files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from krasbypass.pages.document import (
    BREAK,
    CITED,
    DIM,
    GOOD,
    STRONG,
    WARN,
    Block,
    Cell,
    Document,
    Figure,
    Points,
    Sentence,
    Span,
    Table,
)

_SPECIAL = re.compile(r"([\\`*_\[\]|~#])")
_MARKS = {"full": "● ", "attenuated": "◐ ", "off": "○ "}


def render_markdown(document: Document, figures: Mapping[str, str] | None = None) -> str:
    """Return a document as Markdown; `figures` say in which file each of its figures stands.

    A figure without a file is left out, and its table stands for it in any case.
    """
    parts = [f"# {_escape(document.title)}", _escape(document.subtitle)]
    parts.append("\n".join(f"> {_spans(cell)}  " for cell in document.summary))
    for section in document.sections:
        parts.append(f"## {_escape(section.title)}")
        for block in section.blocks:
            parts += _block(block, figures or {})
    if document.references:
        parts.append("## References")
        parts.append(
            "\n".join(
                f'{n}. <a id="ref-{n}"></a>{_escape(cited)}'
                for n, cited in enumerate(document.references, start=1)
            )
        )
    parts += ["---", _escape(document.notice)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block, figures: Mapping[str, str]) -> Iterator[str]:
    match block:
        case Sentence(spans):
            yield _spans(spans)
        case Points(points):
            yield "\n".join(f"- {_spans(point)}" for point in points)
        case Table():
            yield _table(block)
        case Figure():
            if block.name in figures:
                yield f"![{block.name}]({figures[block.name]})"
            yield _spans(block.caption)
            if block.table is not None:
                yield _table(block.table)


def _table(table: Table) -> str:
    head = "| " + " | ".join(map(_escape, table.head)) + " |"
    rule = "|" + "|".join("---:" if n in table.numeric else "---" for n in range(len(table.head)))
    rows = (_row(table, row) for row in table.rows)
    return "\n".join((head, f"{rule}|", *rows))


def _row(table: Table, row: tuple[Cell, ...]) -> str:
    cells = [_spans(cell) for cell in row]
    cells += [""] * (len(table.head) - len(cells))
    return "| " + " | ".join(cells) + " |"


def _spans(spans: Iterable[Span]) -> str:
    """Return spans as text; numbers of references that follow each other stand together."""
    parts = []
    for cited, group in groupby(spans, key=lambda span: span.style == CITED):
        if cited:
            numbers = ", ".join(f"[{span.text}](#ref-{span.text})" for span in group)
            parts.append(f" \\[{numbers}\\]")
        else:
            parts += map(_span, group)
    return "".join(parts)


def _span(span: Span) -> str:
    if span.style == BREAK:
        return "<br>"
    text = _escape(span.text)
    bold = span.style in (STRONG, WARN, GOOD, "full") and text.strip() == text != ""
    marked = _MARKS.get(span.style, "") + text
    if bold:
        return f"**{marked}**"
    return f"*{text}*" if span.style == DIM and text.strip() == text != "" else marked


def _escape(text: str) -> str:
    r"""Return text that Markdown takes as it stands.

    >>> print(_escape("a|b <script> *c*"))
    a\|b &lt;script&gt; \*c\*
    """
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", " ".join(plain.split("\n")))
