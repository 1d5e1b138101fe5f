"""The named queries of ``ontology/queries/*.rq``: title, question and parameters at their head.

::

    # title: Drugs that engage an allele
    # question: Which drugs engage this allele?
    # words: inhibit, cover, active against
    # parameter: allele = KRAS:G12C — an allele

The words are further ones by which people look for the query. A parameter is a variable that the
query projects. Its value is what a user would write, a name, a code or a notation, and reaches the
engine as a term. ``any`` leaves it open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from krasbypass.errors import NotationError, QueryError, UnknownTermError, find_nearest, plain_key
from krasbypass.reasoning import find_ontology
from krasbypass.wording import split_words

_HEADER = re.compile(r"^#\s*(title|question|words|parameter)\s*:\s*(.*?)\s*$", re.MULTILINE)
_PARAMETER = re.compile(r"(\w+)\s*=\s*(.*?)\s+—\s+(.*)")
#: Queries that are told where none has all words, and the share of the best that they are worth.
_NEAREST, _WORTH = 8, 0.6


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable that the user may fill.

    Attributes
    ----------
    kind
        What a value stands for: the label of a class after its article (``a drug``), ``text`` for
        words that are taken as they are, or are one of those after a colon, anything else for a
        term of whatever class.
    """

    name: str
    default: str
    kind: str

    def choose(self, text: str) -> str:
        """Return a text in the spelling of the choices, if it is one of them, or as it is.

        >>> Parameter("phase", "3", "text of the phase: 2 = II, 3 = III").choose("Phase III")
        '3'
        """
        keys = {plain_key(text), plain_key(text).removeprefix(plain_key(self.name))}
        for choice in self.kind.partition(":")[2].split(","):
            spellings = [spelling.strip() for spelling in choice.split("=")]
            if keys.intersection(map(plain_key, spellings)):
                return spellings[0]
        return text


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query with the question that it answers, in plain words.

    Attributes
    ----------
    words
        Further words under which people may look for it.
    """

    name: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    text: str = field(repr=False)
    words: str = field(default="", repr=False)


def find_queries(folder: Path | None = None, words: str = "") -> tuple[NamedQuery, ...]:
    """Return the named queries of an ontology, sorted by name.

    Parameters
    ----------
    folder
        The folder of an ontology; where it has no ``queries``, those of the package count.
    words
        Only queries that have each of these words, in any form, in what is written at their head.

    Examples
    --------
    >>> [query.name for query in find_queries(words="toxicities grade")]
    ['toxicities-of-grade']
    """
    packaged = find_ontology() / "queries"
    own = folder / "queries" if folder else packaged
    paths = sorted((own if own.is_dir() else packaged).glob("*.rq"))
    found = (parse_query(path.read_text("utf-8"), name=path.stem) for path in paths)
    asked = frozenset(split_words(words))
    return tuple(query for query in found if asked <= (_read_words(query) if asked else asked))


def find_nearest_queries(words: str, folder: Path | None = None) -> tuple[NamedQuery, ...]:
    """Return the queries that have the most of these words, best first; a name counts more.

    >>> [query.name for query in find_nearest_queries("side effects of sotorasib, a drug")][:1]
    ['toxicities-of-drug']
    """
    asked = frozenset(split_words(words))
    weights = {
        query: len(asked & _read_words(query))
        + len(asked.intersection(split_words(query.name))) / 2
        for query in find_queries(folder)
    }
    least = max(weights.values(), default=0) * _WORTH
    ranked = sorted((q for q, w in weights.items() if w and w >= least), key=lambda q: -weights[q])
    return tuple(ranked[:_NEAREST])


def _read_words(query: NamedQuery) -> frozenset[str]:
    kinds = " ".join(parameter.kind for parameter in query.parameters)
    head = f"{query.name} {query.title} {query.question} {query.words} {kinds}"
    return frozenset(split_words(head))


def find_query(name: str, folder: Path | None = None) -> NamedQuery:
    """Return the query of that name; `UnknownTermError` names the nearest."""
    known = {plain_key(q.name): q for q in find_queries(folder)}
    if plain_key(name) not in known:
        names = [q.name for q in known.values()]
        worded = [q.name for q in find_nearest_queries(name, folder)]
        raise UnknownTermError("query", name, names, choices=worded or names)
    return known[plain_key(name)]


def parse_query(text: str, *, name: str = "query") -> NamedQuery:
    r"""Read title, question and parameters from the comments at the head of a query.

    >>> text = "# title: Genes\n# parameter: gene = KRAS — a gene\nSELECT ?gene { ?gene a :Gene }"
    >>> parse_query(text).parameters
    (Parameter(name='gene', default='KRAS', kind='a gene'),)
    """
    found: dict[str, list[str]] = {
        "title": [],
        "question": [],
        "words": [],
        "parameter": [],
    }
    for match in _HEADER.finditer(text):
        found[match[1]].append(match[2])
    return NamedQuery(
        name=name,
        title=" ".join(found["title"]) or name,
        question=" ".join(found["question"]),
        parameters=tuple(_parse_parameter(line) for line in found["parameter"]),
        text=text,
        words=" ".join(found["words"]),
    )


def read_query_file(path: Path, folder: Path | None = None) -> str:
    """Return the text of a query; `QueryError` if there is none to read.

    Where there is no such file, the error tells which named queries of `folder` are near.
    """
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        near = find_nearest(str(path), (query.name for query in find_queries(folder)))
        named = f"; by --name there is: {', '.join(near)}" if near else ""
        raise QueryError("", f"there is no file {str(path)!r}{named}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError("", f"{str(path)!r} cannot be read as text") from error


def parse_values(entries: Iterable[str]) -> dict[str, str]:
    """Read KEY=VALUE entries.

    >>> parse_values(["drug=sotorasib"])
    {'drug': 'sotorasib'}
    """
    values = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals or not name.strip():
            raise NotationError(entry, "a parameter is given as KEY=VALUE")
        values[name.strip().lstrip("?$")] = value.strip()
    return values


def _parse_parameter(line: str) -> Parameter:
    match = _PARAMETER.fullmatch(line)
    if match is None:
        raise NotationError(line, "a parameter is written NAME = DEFAULT — what it stands for")
    return Parameter(*match.groups())
