"""What a network file says, whatever its format: ways to raise nodes, and where each stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from krasbypass.errors import KrasbypassError
from krasbypass.model import Level, Literal

#: A file beyond this is refused before it is read.
LARGEST_FILE = 64_000_000


class NetworkFileError(KrasbypassError):
    """A network file, or the file that configures it, that cannot be read.

    >>> str(NetworkFileError("my.sif", "a line has three columns", 7))
    'my.sif, line 7: a line has three columns'
    """

    def __init__(self, file: str, what: str, line: int | None = None) -> None:
        super().__init__(file, what, line)
        self.file, self.what, self.line = file, what, line

    def sentence(self) -> str:
        """Name the file, the line where there is one, and the fault."""
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One way to raise `target`: all of `literals`, on nodes of the file, must hold."""

    target: str
    literals: tuple[Literal, ...]
    line: int = 0
    strength: Level = Level.FULL
    serial: bool = False


@dataclass(frozen=True)
class OwnGraph:
    """The statements of one file, its nodes in the order in which they are first mentioned.

    `restraints` are inhibitors that bear on every statement of a node; `notes` say what was read
    with a choice.
    """

    file: str
    statements: tuple[Statement, ...] = field(repr=False)
    nodes: tuple[str, ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    restraints: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class Edge:
    """A signed edge as a file states it; sign 0 is unknown."""

    source: str
    sign: int
    target: str
    line: int


def join_edges(file: str, edges: Iterable[Edge]) -> OwnGraph:
    """Return the statements of a signed graph: one an activation; inhibitors are restraints.

    An edge without a sign counts as an activation.

    >>> graph = join_edges("x.sif", [Edge("A", 1, "B", 1), Edge("C", -1, "B", 2)])
    >>> graph.statements[0].literals, graph.restraints
    ((Literal(node='A', kind=<LiteralKind.PLAIN: ''>),), {'B': ('C',)})
    """
    nodes: dict[str, None] = {}
    activations: dict[tuple[str, str], int] = {}
    restraints: dict[str, dict[str, None]] = defaultdict(dict)
    unsigned: set[tuple[str, str]] = set()
    loops = 0
    for edge in edges:
        nodes[edge.source] = nodes[edge.target] = None
        if edge.source == edge.target:
            loops += 1
        elif edge.sign < 0:
            restraints[edge.target][edge.source] = None
        else:
            activations.setdefault((edge.source, edge.target), edge.line)
            if not edge.sign:
                unsigned.add((edge.source, edge.target))
    notes = []
    if unsigned:
        some = say_count(len(unsigned), "edge without a sign was", "edges without a sign were")
        notes.append(f"{some} read as activation")
    if loops:
        some = say_count(
            loops, "edge from a node to itself was", "edges from a node to itself were"
        )
        notes.append(f"{some} left out")
    both = sum(
        (source, target) in activations for target in restraints for source in restraints[target]
    )
    if both:
        some = say_count(both, "pair of nodes has", "pairs of nodes have")
        notes.append(f"{some} edges of both signs; both were kept")
    return OwnGraph(
        file,
        tuple(Statement(t, (Literal(s),), line) for (s, t), line in activations.items()),
        tuple(nodes),
        tuple(notes),
        {target: tuple(found) for target, found in restraints.items()},
    )


def say_count(count: int, one: str, many: str) -> str:
    """Return a number with its words.

    >>> say_count(1, "edge was", "edges were"), say_count(1200, "edge was", "edges were")
    ('1 edge was', '1,200 edges were')
    """
    return f"{count:,} {one if count == 1 else many}"


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file.

    Raises
    ------
    NetworkFileError
        The file cannot be opened, is too large, or is not UTF-8 text.
    """
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NetworkFileError(path.name, "this is not UTF-8 text", line) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise NetworkFileError(path.name, "this is not a text file", line)
    return text.splitlines()


def read_bytes(path: Path) -> bytes:
    """Return the contents of a file; raises as `read_lines` does."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            size = LARGEST_FILE // 1_000_000
            raise NetworkFileError(path.name, f"the file is larger than {size} MB")
        return path.read_bytes()
    except OSError as error:
        raise NetworkFileError(str(path), f"cannot be read: {error.strerror}") from error
