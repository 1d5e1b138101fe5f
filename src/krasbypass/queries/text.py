"""SPARQL as text: what is refused, its form, the prefixes it lacks, values for its variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from krasbypass.errors import QueryError

_TOKEN = re.compile(
    r"""<[^<>"{}|^`\\\s]*>            # an IRI
    | \#[^\n]*                        # a comment
    | \"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*'''
    | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
    | [?$]\w+                         # a variable
    | (?P<word>[\w.-]*:?)[\w.:%-]* | .""",
    re.VERBOSE | re.DOTALL,
)
_UPDATES = frozenset({"ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE"})
_DIRECTIONS = frozenset({"ASC", "DESC"})
_AFTER_ORDER = frozenset({"LIMIT", "OFFSET", "VALUES"})
_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})


def tokenize(text: str) -> Iterator[re.Match[str]]:
    """Yield the tokens of SPARQL; the group ``word`` is a keyword, or a prefix with its colon.

    >>> [m["word"] for m in tokenize("ASK { ?s a :b } # x:y") if m["word"]]
    ['ASK', 'a', ':']
    """
    return _TOKEN.finditer(text)


def find_form(text: str) -> str:
    r"""Return the form of a query, in capitals; an empty text if it has none.

    >>> find_form("# a comment\nselect ?x { ?x ?y ?z }")
    'SELECT'
    """
    words = (m[0].upper() for m in tokenize(text) if m["word"])
    return next((word for word in words if word in _FORMS), "")


def refuse_writing(text: str) -> None:
    """Refuse updates, and SERVICE, which would make this process call any address.

    Raises
    ------
    QueryError
        With the place of the word that is refused, also where it is written in escapes.

    Examples
    --------
    >>> refuse_writing("DROP ALL")
    Traceback (most recent call last):
    ...
    krasbypass.errors.QueryError: line 1, column 1: an update is refused; the graph is read-only; \
the line reads 'DROP ALL'
    """
    plain = re.sub(
        r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})",
        lambda m: chr(min(int(m[1] or m[2], 16), 0x10FFFF)),
        text,
    )
    for version in (text, plain):
        words = [(m["word"].upper(), m.start()) for m in tokenize(version) if m["word"]]
        first = next((w for w in words if w[0] in _FORMS | _UPDATES), ("", 0))
        if first[0] in _UPDATES:
            raise QueryError(version, "an update is refused; the graph is read-only", first[1])
        for word, start in words:
            # also where no space follows: the engine reads SERVICE:x and SERVICESILENT as well
            if "SERVICE" in word:
                raise QueryError(version, "SERVICE is refused; no other endpoint is asked", start)


def steady_order(text: str) -> str:
    """Return the query with keys to sort by that no mixture of values can upset.

    Oxigraph (0.5.13) ends the whole process where a column to sort by holds numbers beside texts
    and truth values, since its comparison is no order of these. Here such a column is sorted by
    kind, then as numbers, then as texts: the order of SPARQL wherever SPARQL states one.

    >>> steady_order("SELECT ?n { ?s :n ?n } ORDER BY DESC(?n) LIMIT 1")
    'SELECT ?n { ?s :n ?n } ORDER BY DESC(isLITERAL(?n)) DESC(isNUMERIC(?n)) \
DESC(IF(isNUMERIC(?n), (?n), 0)) DESC(STR(?n)) LIMIT 1'
    """
    tokens = [m for m in tokenize(text) if m[0].strip() and m[0][0] != "#"]
    words = [m[0].upper() for m in tokens]
    pieces, done = [], 0
    for at, pair in enumerate(pairwise(words)):
        start = at + 2
        while pair == ("ORDER", "BY") and (end := _skip_key(words, start)):
            stated = words[start] in _DIRECTIONS
            direction = words[start] if stated else "ASC"
            first, last = tokens[start + stated].start(), tokens[end - 1].end()
            key = text[first:last] if text[first] == "(" else f"({text[first:last]})"
            keys = (
                f"(isLITERAL{key})",
                f"(isNUMERIC{key})",
                f"(IF(isNUMERIC{key}, {key}, 0))",
                f"(STR{key})",
            )
            pieces += [text[done : tokens[start].start()], " ".join(direction + k for k in keys)]
            done, start = last, end
    return "".join((*pieces, text[done:]))


def _skip_key(words: Sequence[str], start: int) -> int:
    """Return where the key to sort by ends that starts at a word; 0 if none starts there."""
    if start >= len(words) or words[start] in _AFTER_ORDER:
        return 0
    if words[start][0] in "?$":
        return start + 1
    depth = 0
    for at in range(start, len(words)):
        depth += (words[at] == "(") - (words[at] == ")")
        if depth < 0 or words[at] in ("{", "}"):
            return 0
        if not depth and words[at] == ")":
            return at + 1
    return 0


def find_undeclared_prefix(text: str, known: Iterable[str]) -> tuple[str, int] | None:
    """Return what is wrong with the first prefix that is not declared, and its offset.

    The engine refuses such a query without saying where.

    >>> find_undeclared_prefix("ASK { ?s a ex:T }", known=["rdf"])
    ("the prefix 'ex:' is not declared; these need no declaration: rdf:", 11)
    """
    declared = {*known, "_"}
    before = ""
    for token in tokenize(text):
        prefix, colon, _ = token[0].partition(":")
        if token["word"] and colon:
            if before == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                ready = ", ".join(f"{name}:" for name in sorted(set(known)))
                hint = f"; these need no declaration: {ready}" if ready else ""
                return f"the prefix '{prefix}:' is not declared{hint}", token.start()
        before = token[0].upper() if token[0].strip() else before
    return None


def find_iris(text: str, prefixes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the IRIs that patterns of a query name, as they are written and in full.

    Those of types of values and of functions are left out, and what the query itself makes.

    >>> find_iris("ASK { ?s :p <http://x.org/a> FILTER(xsd:int(?s) = 1) }", {"": "http://x.org/"})
    ((':p', 'http://x.org/p'), ('<http://x.org/a>', 'http://x.org/a'))
    """
    declared = dict(prefixes)
    found: dict[str, str] = {}
    words = [m[0] for m in tokenize(text) if m[0].strip() and m[0][0] != "#"]
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        prefix, colon, local = word.partition(":")
        if before.endswith(":") and word[0] == "<":
            declared[before[:-1]] = word[1:-1]
        elif after == "(" or before in ("^", "FROM", "BASE") or not colon or word[0] in "\"'?$":
            continue
        elif word[0] == "<" and ":" in word:
            found[word] = word[1:-1]
        elif local and prefix in declared:
            found[word] = declared[prefix] + local
    return tuple(found.items())


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
