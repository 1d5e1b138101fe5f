"""What can go wrong, as one sentence each.

::

    KrasbypassError
    ├── NotationError            a text that cannot be read
    ├── UnknownTermError         a name that the ontology does not have
    ├── UnsupportedAlterationError   a known gene, but no effect follows from any rule
    ├── OntologyError            Turtle that cannot be read, or a fact that is incomplete
    │   └── InconsistentOntologyError    the reasoner found a clash
    ├── StratificationError      a rule negates or relieves what it must not
    ├── ReasonerUnavailableError no Java, and no reasoned graph for this ontology
    │   └── JavaTooOldError      no Java that runs the explanations
    ├── QueryError               SPARQL that cannot be read, or asks for more than reading
    ├── ScenarioFileError        a table of scenarios that cannot be read
    └── OutputFileError          a file that cannot be written
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

#: How alike names are, of 1, that are called near; and that are named where none is near.
_NEAR, _FAR = 0.7, 0.4
#: So many names are all told where none is near.
_FEW = 12
#: Characters that a sentence repeats of what it cannot read.
_LONGEST = 80


class KrasbypassError(Exception):
    """Base of every error that this package raises on purpose."""

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        """Return one sentence for the user."""
        return ": ".join(str(part) for part in self.args)


class NotationError(KrasbypassError):
    """A text that does not follow the notation.

    >>> str(NotationError("KRAS G12C", "an alteration is written GENE:CHANGE, such as KRAS:G12C"))
    "cannot read 'KRAS G12C': an alteration is written GENE:CHANGE, such as KRAS:G12C"
    """

    def __init__(self, text: str, rule: str) -> None:
        super().__init__(text, rule)
        self.text = text
        self.rule = rule

    def sentence(self) -> str:
        """Say what was read and what is expected."""
        return f"cannot read {shorten(self.text)!r}: {self.rule}"


class UnknownTermError(KrasbypassError):
    """A name that the ontology does not have, with the nearest that it has.

    Where none is near, `choices` (default: all that are known) are named if they are few, and
    else what is least far.

    >>> str(UnknownTermError("drug", "sotorasip", ["sotorasib", "trametinib"]))
    "unknown drug 'sotorasip'; nearest: sotorasib"
    >>> str(UnknownTermError("target", "shut", ["suppress", "close"]))
    "unknown target 'shut'; known: suppress, close"
    """

    def __init__(
        self, what: str, text: str, known: Iterable[str], *, choices: Iterable[str] | None = None
    ) -> None:
        super().__init__(what, text)
        self.what = what
        self.text = text
        known = tuple(dict.fromkeys(known))
        choices = known if choices is None else tuple(choices)
        self.nearest = find_nearest(text, known)
        self.names_all = not self.nearest and len(choices) <= _FEW
        if self.names_all:
            self.nearest = choices
        elif not self.nearest:
            self.nearest = find_nearest(text, known, cutoff=_FAR)

    def sentence(self) -> str:
        """Name the nearest known terms, or all."""
        word = "known" if self.names_all else "nearest"
        named = f"; {word}: {', '.join(self.nearest)}" if self.nearest else ""
        return f"unknown {self.what} {shorten(self.text)!r}{named}"


class UnsupportedAlterationError(KrasbypassError):
    """An alteration of a known gene whose effect follows from no rule."""

    def __init__(self, text: str, gene: str, known: Iterable[str]) -> None:
        super().__init__(text, gene)
        self.text = text
        self.gene = gene
        self.known = tuple(sorted(known))
        self.nearest = find_nearest(text, self.known) or self.known[:4]

    def sentence(self) -> str:
        """Say that the gene is known and its effect is not."""
        known = f"; known: {', '.join(self.nearest)}" if self.nearest else ""
        text = shorten(self.text)
        return f"no rule gives an effect for {text!r}, though {self.gene} is known{known}"


class OntologyError(KrasbypassError):
    """Turtle that cannot be read, or a term that lacks what it needs."""


class InconsistentOntologyError(OntologyError):
    """The reasoner found a clash."""


class StratificationError(KrasbypassError):
    """A rule negates a node that other rules derive.

    >>> str(StratificationError("my-rule", "ERK"))
    "rule 'my-rule' negates 'ERK', which other rules derive; only inputs may be negated"
    """

    def __init__(self, rule: str, node: str) -> None:
        super().__init__(rule, node)
        self.rule = rule
        self.node = node

    def sentence(self) -> str:
        """Name the rule and the node."""
        return (
            f"rule {self.rule!r} negates {self.node!r}, which other rules derive; "
            "only inputs may be negated"
        )


class ReasonerUnavailableError(KrasbypassError):
    """The ontology has not been reasoned over and no Java is at hand."""

    def sentence(self) -> str:
        """Say how to get Java."""
        return (
            "this ontology has no reasoned graph yet and no Java was found to make one; "
            "install it with: pip install 'krasbypass[reasoner]'"
        )


class QueryError(KrasbypassError):
    r"""SPARQL that cannot be run, with the place of the fault.

    Parameters
    ----------
    text
        The query.
    message
        What is wrong; a leading ``error at LINE:COLUMN:`` gives the place.
    start
        Offset of the fault in `text`, where the message gives no place.

    Examples
    --------
    >>> str(QueryError("SELECT ?a {\n  7 }", 'error at 2:5: expected "{"'))
    'line 2, column 5: expected "{"; the line reads \'7 }\''
    """

    def __init__(self, text: str, message: str, start: int | None = None) -> None:
        super().__init__(text, message)
        self.text = text
        place = re.match(r"error at (\d+):(\d+): ", message)
        self.message = message[place.end() :] if place else message
        self.line = self.column = 0
        if place:
            self.line, self.column = int(place[1]), int(place[2])
        elif start is not None:
            self.line = text.count("\n", 0, start) + 1
            self.column = start - text.rfind("\n", 0, start)

    def sentence(self) -> str:
        """Give line, column, what is wrong there, and the line."""
        if not self.line:
            return f"the query cannot be run: {self._shortened()}"
        lines = self.text.splitlines()
        read = lines[self.line - 1].strip() if self.line <= len(lines) else ""
        shown = f"; the line reads {read!r}" if read else "; the query ends there"
        return f"line {self.line}, column {self.column}: {self._shortened()}{shown}"

    def _shortened(self) -> str:
        message = " ".join(self.message.split())
        if not message.startswith("expected"):
            return message
        if re.fullmatch(r"expected (one of )?([A-Z]+|\[_\])(, \[.*)?", message):
            # the engine names the last thing that it tried, which tells a reader nothing
            return "the query cannot be read from about here on"
        choices = [c for c in message.split(", ") if "[" not in c]
        return ", ".join(choices[:6]) + (" or the like" if len(choices) > 6 else "")


class JavaTooOldError(ReasonerUnavailableError):
    """There is no Java, or one that cannot run Pellet."""

    def __init__(self, version: int | None) -> None:
        super().__init__(version)
        self.version = version

    def sentence(self) -> str:
        """Say which Java is needed and how to get it.

        >>> JavaTooOldError(17).sentence()[:63]
        'explaining a fact needs Java 25 or later and Java 17 was found;'
        """
        found = f"Java {self.version}" if self.version else "none"
        return (
            f"explaining a fact needs Java 25 or later and {found} was found; "
            "install it with: pip install 'krasbypass[reasoner]'"
        )


class ScenarioFileError(KrasbypassError):
    """A table that cannot be read at all; bad rows are answered one by one instead."""


class OutputFileError(KrasbypassError):
    """A file that cannot be written."""


def shorten(text: str) -> str:
    """Return what a sentence tells of a text: all of it, or the start if it is very long.

    >>> shorten("sotorasip"), len(shorten("a" * 5000))
    ('sotorasip', 80)
    """
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def find_nearest(
    text: str, known: Iterable[str], *, count: int = 4, cutoff: float = _NEAR
) -> tuple[str, ...]:
    """Return up to `count` known names close to `text`, best first.

    Case, spaces and hyphens do not count.

    >>> find_nearest("sotorasip", ["sotorasib", "adagrasib", "ERK"])
    ('sotorasib',)
    """
    by_key: dict[str, str] = {}
    for name in known:
        by_key.setdefault(plain_key(name), name)
    keys = difflib.get_close_matches(plain_key(text), by_key, n=count, cutoff=cutoff)
    return tuple(by_key[key] for key in keys)


#: Signs that do not count in a name, and the letters that symbols have for Greek ones.
_PLAIN = str.maketrans(
    dict.fromkeys(" -_\u2010\u2011\u2013", "")
    | {"α": "a", "β": "b", "γ": "g", "δ": "d", "ε": "e", "κ": "k"}
)


def plain_key(text: str) -> str:
    """Return `text` without case, spaces, hyphens and underscores, Latin for Greek letters.

    >>> plain_key("AMG-510") == plain_key("amg 510")
    True
    >>> plain_key("TGF-β")
    'tgfb'
    """
    return text.casefold().translate(_PLAIN)
