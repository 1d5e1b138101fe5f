"""Answers of queries as text: a table for reading, CSV, TSV, SPARQL JSON, Turtle."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from krasbypass.errors import NotationError, UnknownTermError, find_nearest
from krasbypass.queries.named import NamedQuery
from krasbypass.queries.store import QueryAnswer, QueryStore, read_names
from krasbypass.queries.text import find_iris
from krasbypass.vocabulary import PREFIXES

if TYPE_CHECKING:
    import pyoxigraph

FORMATS = ("table", "csv", "tsv", "json", "ttl")


def render_query(answer: QueryAnswer, style: str = "table") -> str:
    """Return an answer as text.

    Parameters
    ----------
    style
        ``table`` for reading, ``csv`` and ``tsv`` with the same texts, ``json`` as SPARQL 1.1
        Query Results, ``ttl`` for the graph of CONSTRUCT and DESCRIBE.

    Examples
    --------
    >>> answer = QueryAnswer("select", ("gene",), (("KRAS",),), ((None,),))
    >>> print(render_query(answer))
    gene
    ----
    KRAS
    1 row
    """
    if style not in FORMATS:
        raise UnknownTermError("format", style, FORMATS)
    if style == "ttl":
        return _render_turtle(answer)
    if style == "json":
        return json.dumps(_to_json(answer), ensure_ascii=False, indent=2)
    if style == "table":
        return _render_table(answer)
    return _render_separated(answer, "," if style == "csv" else "\t")


def find_hints(
    store: QueryStore, query: NamedQuery, values: Mapping[str, str], answer: QueryAnswer
) -> list[str]:
    """Return why an answer may hold less than was hoped for: SPARQL itself does not say.

    Names that the store does not have, with the nearest that it has; and of a query without a row
    what its parameters stand for.

    Examples
    --------
    >>> import pyoxigraph
    >>> from krasbypass.queries.named import parse_query
    >>> store = pyoxigraph.Store()
    >>> turtle = "@prefix : <https://w3id.org/krasbypass/> . :raises a :Property ."
    >>> store.load(turtle, format=pyoxigraph.RdfFormat.TURTLE)
    >>> answer = QueryAnswer("ask", ("answer",), (("no",),), ((False,),))
    >>> find_hints(store, parse_query("ASK { ?x :raisse ?y }"), {}, answer)
    ["the graph has no ':raisse'; nearest: :raises"]
    """
    hints: list[str] = []
    if not query.question:
        hints += _find_unknown(store, query.text)
    if not answer.rows:
        hints += [
            f"{p.name}={values.get(p.name, p.default)} stands for {p.kind}"
            for p in query.parameters
            if values.get(p.name, p.default) != "any"
        ]
    return hints


def _find_unknown(store: QueryStore, text: str) -> Iterator[str]:
    import pyoxigraph

    names = read_names(store)
    known = {name: term for term in names.index for name in (term, names.label(term))}
    for written, iri in find_iris(text, PREFIXES):
        node = pyoxigraph.NamedNode(iri)
        places = ([None] * at + [node] + [None] * (3 - at) for at in range(4))
        if any(next(iter(store.quads_for_pattern(*place)), None) for place in places):
            continue
        found = find_nearest(re.split("[/#:]", written.strip("<>"))[-1], known)
        near = ", ".join(dict.fromkeys(f":{known[name]}" for name in found))
        yield f"the graph has no {written!r}" + (f"; nearest: {near}" if near else "")


def render_list(queries: Iterable[NamedQuery], style: str = "table") -> str:
    """Return names, questions and parameters of queries, in a format of `render_query`."""
    rows = tuple(
        (q.name, q.question, ", ".join(f"{p.name}={p.default}" for p in q.parameters))
        for q in queries
    )
    import pyoxigraph

    terms = tuple(tuple(pyoxigraph.Literal(cell) for cell in row) for row in rows)
    return render_query(
        QueryAnswer("select", ("name", "question", "parameters"), rows, terms), style
    )


def _render_table(answer: QueryAnswer) -> str:
    widths = [max(map(len, column)) for column in zip(answer.columns, *answer.rows, strict=True)]
    lines = [answer.columns, tuple("-" * width for width in widths), *answer.rows]
    body = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in lines)
    count = f"{len(answer.rows)} row{'' if len(answer.rows) == 1 else 's'}"
    note = "" if answer.complete else "; more were left out, raise the limit to see them"
    return "\n".join((*(line.rstrip() for line in body), count + note))


def _render_separated(answer: QueryAnswer, separator: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return buffer.getvalue().rstrip("\n")


def _render_turtle(answer: QueryAnswer) -> str:
    import pyoxigraph

    if answer.form != "graph":
        raise NotationError("ttl", "Turtle is the format of CONSTRUCT and DESCRIBE only")
    triples = sorted((pyoxigraph.Triple(*row) for row in answer.terms), key=str)
    turtle = pyoxigraph.RdfFormat.TURTLE
    data = pyoxigraph.serialize(triples, format=turtle, prefixes=PREFIXES) or b""
    return data.decode().strip()


def _to_json(answer: QueryAnswer) -> dict[str, Any]:
    if answer.form == "ask":
        return {"head": {}, "boolean": answer.terms[0][0]}
    bindings = [dict(_bindings(answer.columns, row)) for row in answer.terms]
    return {"head": {"vars": list(answer.columns)}, "results": {"bindings": bindings}}


def _bindings(columns: Iterable[str], row: Iterable[Any]) -> Iterator[tuple[str, dict[str, str]]]:
    import pyoxigraph

    for column, term in zip(columns, row, strict=True):
        if isinstance(term, pyoxigraph.NamedNode):
            yield column, {"type": "uri", "value": term.value}
        elif isinstance(term, pyoxigraph.BlankNode):
            yield column, {"type": "bnode", "value": term.value}
        elif isinstance(term, pyoxigraph.Literal):
            yield column, {"type": "literal", "value": term.value, **_literal_kind(term)}


def _literal_kind(term: pyoxigraph.Literal) -> dict[str, str]:
    if term.language:
        return {"xml:lang": term.language}
    datatype = term.datatype.value
    return {} if datatype.endswith("#string") else {"datatype": datatype}
