"""What a page is made of, whatever it is written as: sections of tables, figures, sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from krasbypass.model import Level

#: Styles of a piece of text, beside those of levels (``full``, ``attenuated``, ``off``).
STRONG, DIM, WARN, GOOD, CITED, BREAK = "strong", "dim", "warn", "good", "cited", "break"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style; a `CITED` one holds the number of a reference."""

    text: str
    style: str = ""


Cell = tuple[Span, ...]
NEWLINE = Span("", BREAK)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A paragraph; `style` as of spans."""

    spans: Cell
    style: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """A list of short paragraphs, `small` ones set in two columns."""

    points: tuple[Cell, ...]
    small: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; a row of one cell is a heading within the table."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """An SVG with its caption, and what stands for it where pictures cannot stand."""

    name: str
    svg: str = field(repr=False)
    caption: Cell = ()
    table: Table | None = None


Block = Sentence | Points | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A page: question, what it comes to, sections, numbered references, and what it is not."""

    title: str
    subtitle: str
    summary: tuple[Cell, ...]
    sections: tuple[Section, ...]
    references: tuple[str, ...]
    notice: str

    def figures(self) -> tuple[Figure, ...]:
        """Return the figures of all sections."""
        return tuple(b for s in self.sections for b in s.blocks if isinstance(b, Figure))

    def tables(self) -> tuple[Table, ...]:
        """Return the tables of all sections."""
        return tuple(b for s in self.sections for b in s.blocks if isinstance(b, Table))


def say(*parts: str | Span | Iterable[Span]) -> Cell:
    """Return texts and spans in one cell, empty texts left out.

    >>> say("a", "", Span("b", STRONG), [Span("c")])
    (Span(text='a', style=''), Span(text='b', style='strong'), Span(text='c', style=''))
    """
    found: list[Span] = []
    for part in parts:
        if isinstance(part, str):
            found += [Span(part)] if part else []
        elif isinstance(part, Span):
            found.append(part)
        else:
            found += part
    return tuple(found)


def stack(cells: Iterable[Cell]) -> Cell:
    """Return cells as lines of one."""
    found: list[Span] = []
    for cell in cells:
        if cell:
            found += [NEWLINE, *cell] if found else cell
    return tuple(found)


def show_level(level: Level) -> Span:
    """Return a level in its own style."""
    return Span(level.label, level.label)


class References:
    """Numbers citations in the order in which they are first called."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def call(self, citations: Iterable[str], *, most: int = 6) -> Cell:
        """Return the numbers of up to `most` citations.

        >>> references = References()
        >>> [span.text for span in references.call(["Doe 2020", "Roe 2021"])]
        ['1', '2']
        >>> references.cited
        ('Doe 2020', 'Roe 2021')
        """
        unique = list(dict.fromkeys(citations))[:most]
        numbers = {self._numbers.setdefault(c, len(self._numbers) + 1) for c in unique}
        return tuple(Span(str(number), CITED) for number in sorted(numbers))

    @property
    def cited(self) -> tuple[str, ...]:
        """All citations in the order of their numbers."""
        return tuple(self._numbers)
