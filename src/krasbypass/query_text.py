"""SPARQL as text: its form, the prefixes that it lacks, and values for its variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from krasbypass.queries import tokenize


def find_form(text: str) -> str:
    r"""Return the form of a query, in capitals; an empty text if it has none.

    >>> find_form("# a comment\nselect ?x { ?x ?y ?z }")
    'SELECT'
    """
    forms = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
    words = (m[0].upper() for m in tokenize(text) if m["word"])
    return next((word for word in words if word in forms), "")


def declare_prefixes(text: str, prefixes: Mapping[str, str]) -> str:
    """Return a query with the declarations that it lacks, on its first line.

    >>> declare_prefixes("ASK { ?s a ex:T }", {"ex": "http://example.org/", "un": "used"})
    'PREFIX ex: <http://example.org/> ASK { ?s a ex:T }'
    """
    used: set[str] = set()
    declared: set[str] = set()
    before = ""
    for token in tokenize(text):
        prefix, colon, _ = token[0].partition(":")
        if token["word"] and colon:
            (declared if before == "PREFIX" else used).add(prefix)
        before = token[0].upper() if token[0].strip() else before
    missing = sorted((used - declared) & prefixes.keys())
    return "".join(f"PREFIX {name}: <{prefixes[name]}> " for name in missing) + text


def bind_values(text: str, values: Mapping[str, str]) -> str:
    """Return a query in which variables have the values given, as terms of SPARQL.

    The terms take the place of the variables wherever a pattern mentions them; where a name has to
    stay, to be shown or to sort by, the outermost pattern gives it its value.

    >>> bind_values("SELECT ?x ?y { ?x ?y ?z }", {"x": "<http://example.org/a>"})
    'SELECT ?x ?y { <http://example.org/a> ?y ?z VALUES ?x { <http://example.org/a> } }'
    """
    if not values:
        return text
    scan = _Scan(text, values)
    if scan.end is None:
        # without a pattern, as in DESCRIBE ?x, there is none that could rule a value out
        return f"{text}\n{{ {_say(values, values)} }}"
    said = _say(values, scan.kept)
    if not scan.takes_values:
        return f"{''.join(scan.parts)}\n{said}"
    scan.parts[scan.end] = f"{said} }}".lstrip()
    return "".join(scan.parts)


def _say(values: Mapping[str, str], names: Iterable[str]) -> str:
    return " ".join(f"VALUES ?{name} {{ {values[name]} }}" for name in sorted(names))


class _Scan:
    """A query read token by token, variables replaced where a term may stand.

    Attributes
    ----------
    parts
        The query in pieces.
    end
        Number of the piece that closes the outermost pattern, None if there is no pattern.
    takes_values
        Whether values may stand in that pattern.
    kept
        Variables whose names still stand where the outermost pattern is seen.
    """

    def __init__(self, text: str, values: Mapping[str, str]) -> None:
        self.parts: list[str] = []
        self.end: int | None = None
        self.takes_values = True
        self.kept: set[str] = set()
        self._values = values
        #: For each open brace the variables to replace in it; None where no pattern stands.
        self._braces: list[frozenset[str] | None] = []
        #: The same for what is being read, which may be the head of a query in a pattern.
        self._replaced: frozenset[str] | None = None
        #: What the query whose head is being read selects.
        self._selected: set[str] | None = None
        self._clause = self._before = ""
        for token in tokenize(text):
            shown = token[0]
            if shown.strip() and not shown.startswith("#"):
                shown = self._read(shown, is_word=bool(token["word"]))
            self.parts.append(shown)

    def _read(self, shown: str, *, is_word: bool) -> str:
        before, self._before = self._before, shown.upper()
        if shown == "{":
            self._open()
        elif shown == "}" and self._braces:
            self._close()
        elif shown[0] in "?$" and shown[1:] in self._values:
            return self._read_variable(shown, before)
        elif shown == "*" and before in ("SELECT", "DISTINCT", "REDUCED", "DESCRIBE"):
            self._select(*self._values)
        elif shown == "(" and before == "BOUND":
            self._before = "BOUND("
        elif is_word:
            self._read_word(shown.upper(), before)
        return shown

    def _read_variable(self, shown: str, before: str) -> str:
        name = shown[1:]
        if self._replaced is not None and before not in ("AS", "BOUND("):
            return self._values[name] if name in self._replaced else shown
        self._select(name)
        return shown

    def _select(self, *names: str) -> None:
        self.kept.update(names)
        if self._selected is not None:
            self._selected.update(names)

    def _read_word(self, word: str, before: str) -> None:
        self._clause = word
        if word in ("SELECT", "GROUP", "HAVING", "ORDER", "VALUES"):
            self._replaced = None
        if word == "SELECT" and self._braces:
            self._selected = set()
            if len(self._braces) == 1 and before == "{":
                self.takes_values = False  # the pattern is a query and nothing else

    def _open(self) -> None:
        is_data = self._clause == "VALUES" or (self._clause == "CONSTRUCT" and not self._braces)
        around = self._braces[-1] if self._braces else frozenset(self._values)
        if is_data or around is None:
            inside = None
        elif self._selected is None:
            inside = around
        else:
            inside = around & self._selected  # what it does not select is a name of its own
            self._selected = None
        self._braces.append(inside)
        self._replaced = inside
        self._clause = ""

    def _close(self) -> None:
        inside = self._braces.pop()
        self._replaced = self._braces[-1] if self._braces else None
        if inside is not None and not self._braces:
            self.end = len(self.parts)
