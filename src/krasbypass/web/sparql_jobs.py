"""The SPARQL part of a worker: run a query, write its answer in the form that the client wants."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from krasbypass.queries.store import execute_query
from krasbypass.vocabulary import BASE, PREFIXES
from krasbypass.web.negotiation import choose_type
from krasbypass.web.problems import Problem, ProblemError
from krasbypass.web.shelf import Job, Reply, Shelf, reply_problem

if TYPE_CHECKING:
    import pyoxigraph

#: Media types of rows and of yes or no, the favourite first, to the engine's name of the format.
RESULT_TYPES = {
    "application/sparql-results+json": "JSON",
    "application/json": "JSON",
    "application/sparql-results+xml": "XML",
    "application/xml": "XML",
    "text/csv": "CSV",
    "text/tab-separated-values": "TSV",
    "text/xml": "XML",
}
#: Media types of graphs, likewise.
GRAPH_TYPES = {
    "text/turtle": "TURTLE",
    "application/x-turtle": "TURTLE",
    "application/n-triples": "N_TRIPLES",
    "text/plain": "N_TRIPLES",
    "application/rdf+xml": "RDF_XML",
    "application/xml": "RDF_XML",
    "text/xml": "RDF_XML",
    "application/ld+json": "JSON_LD",
    "application/json": "JSON_LD",
    "text/n3": "TURTLE",
}
#: What starts a row, in each format; in no format can it stand inside a value but in CSV, where
#: a line break may: there lines are counted.
_ROW_STARTS = {"JSON": (b',{"', b",{}"), "XML": (b"<result>",), "CSV": (b"\n",), "TSV": (b"\n",)}


class _TooLargeError(Exception):
    """The answer exceeds a bound."""


class _Page(io.BytesIO):
    """A file to which the engine writes, that refuses more than so many rows and bytes."""

    def __init__(self, starts: tuple[bytes, ...], rows: int, size: int) -> None:
        super().__init__()
        self._starts = starts
        self._rows = rows
        self._size = size
        self._tail = b""

    def write(self, data: Any, /) -> int:
        """Take a piece of the answer."""
        piece = bytes(data)
        self._size -= len(piece)
        seen = self._tail + piece
        for start in self._starts:
            self._rows -= seen.count(start) - self._tail.count(start)
        self._tail = seen[-8:]
        if self._size < 0 or self._rows < 0:
            raise _TooLargeError
        return super().write(piece)


def _answer_query(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    import pyoxigraph

    found = execute_query(
        shelf.store,
        asked["query"],
        default_graphs=asked["default_graphs"],
        named_graphs=asked["named_graphs"],
        base=BASE,
    )
    is_graph = isinstance(found, pyoxigraph.QueryTriples)
    offered = GRAPH_TYPES if is_graph else RESULT_TYPES
    media_type = choose_type(asked["accept"], offered)
    if media_type is None:
        wanted = "CONSTRUCT and DESCRIBE" if is_graph else "SELECT and ASK"
        detail = f"answers of {wanted} are given as {', '.join(offered)}"
        return reply_problem(Problem("not-acceptable", "No such format", 406, detail))
    form = offered[media_type]
    try:
        body = _write_graph(shelf, found, form) if is_graph else _write_rows(shelf, found, form)
    except _TooLargeError:
        return reply_problem(_too_large(shelf))
    except (RuntimeError, ValueError, OSError) as error:
        detail = f"the query failed while it ran: {error}"
        return reply_problem(Problem("query", "The query cannot be run", 400, detail))
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Reply(200, media_type + charset, body, {"vary": "accept"})


def _too_large(shelf: Shelf) -> Problem:
    limits = shelf.limits
    detail = (
        f"the answer has more than {limits.rows} rows or {limits.size // 2**20} MiB; "
        "ask for less, with LIMIT for instance"
    )
    return Problem("too-large", "Too much to answer", 400, detail)


def _write_rows(
    shelf: Shelf, found: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean, form: str
) -> bytes:
    import pyoxigraph

    page = _Page(_ROW_STARTS[form], shelf.limits.rows, shelf.limits.size)
    found.serialize(page, format=getattr(pyoxigraph.QueryResultsFormat, form))
    return page.getvalue()


def _write_graph(shelf: Shelf, found: pyoxigraph.QueryTriples, form: str) -> bytes:
    import pyoxigraph

    page = _Page((), 0, shelf.limits.size)
    chosen = getattr(pyoxigraph.RdfFormat, form)
    triples = _count(found, shelf.limits.rows)
    pyoxigraph.serialize(triples, page, format=chosen, prefixes=PREFIXES)
    return page.getvalue()


def _count(triples: Iterable[Any], rows: int) -> Iterator[Any]:
    for number, triple in enumerate(triples, start=1):
        if number > rows:
            raise _TooLargeError
        yield triple


# -- service description --------------------------------------------------------------------------

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_DESCRIPTION = """
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix f: <http://www.w3.org/ns/formats/> .
<{endpoint}> a sd:Service ;
    dct:title "krasbypass: the asserted and inferred graph" ;
    dct:description {notice} ;
    sd:endpoint <{endpoint}> ;
    sd:supportedLanguage sd:SPARQL11Query ;
    sd:feature sd:UnionDefaultGraph ;
    sd:resultFormat f:SPARQL_Results_JSON, f:SPARQL_Results_XML, f:SPARQL_Results_CSV,
        f:SPARQL_Results_TSV, f:Turtle, f:N-Triples, f:RDF_XML, f:JSON-LD ;
    sd:defaultDataset [ a sd:Dataset ;
        dct:hasVersion {version} ;
        dct:issued {as_of} ;
        sd:defaultGraph [ a sd:Graph ; void:triples {total} ]{graphs} ] .
"""
_NAMED = (
    " ;\n        sd:namedGraph [ a sd:NamedGraph ; sd:name <{name}> ;\n"
    "            sd:graph [ a sd:Graph ; void:triples {triples} ] ]"
)


def _describe_service(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    import pyoxigraph

    media_type = choose_type(asked["accept"], GRAPH_TYPES)
    if media_type is None:
        detail = f"the description of the service is given as {', '.join(GRAPH_TYPES)}"
        raise ProblemError(Problem("not-acceptable", "No such format", 406, detail))
    named = []
    for graph in sorted(shelf.store.named_graphs(), key=str):
        size = sum(1 for _ in shelf.store.quads_for_pattern(None, None, None, graph))
        named.append(_NAMED.format(name=getattr(graph, "value", ""), triples=size))
    union = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"
    rows = list(shelf.store.query(union, use_default_graph_as_union=True))  # type: ignore[arg-type]
    knowledge = shelf.knowledge
    turtle = _DESCRIPTION.format(
        endpoint=asked["endpoint"],
        notice=pyoxigraph.Literal(knowledge.notice),
        version=pyoxigraph.Literal(knowledge.version),
        as_of=pyoxigraph.Literal(knowledge.as_of),
        total=rows[0]["n"].value,
        graphs="".join(named),
    )
    triples = pyoxigraph.parse(turtle.encode(), format=pyoxigraph.RdfFormat.TURTLE)
    chosen = getattr(pyoxigraph.RdfFormat, GRAPH_TYPES[media_type])
    prefixes = {"sd": _SD, "void": "http://rdfs.org/ns/void#", "dct": PREFIXES["dct"], "": BASE}
    body = pyoxigraph.serialize(
        (quad.triple for quad in triples), format=chosen, prefixes={**prefixes, "f": _FORMATS}
    )
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Reply(200, media_type + charset, body or b"", {"vary": "accept"})


JOBS: dict[str, Job] = {"query": _answer_query, "service": _describe_service}
