"""Other SPARQL 1.1 stores: the exported graph in a store of your own, read over the protocol.

`Endpoint` answers as the packaged store does, so that `krasbypass.queries.store.run_query` runs on
either. Parameters reach a query as VALUES, since a request carries text and nothing else.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from krasbypass.errors import KrasbypassError, QueryError
from krasbypass.facts import read_facts
from krasbypass.knowledge import Knowledge
from krasbypass.queries.text import bind_values, declare_prefixes, find_form
from krasbypass.vocabulary import C, Graph

if TYPE_CHECKING:
    import pyoxigraph

_ROWS = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
_TRIPLES = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5"
#: Bytes of an answer that are read at most.
_SIZE = 512 * 2**20
#: Headers by which stores say that an answer was cut, and do not say it otherwise.
_CUT = ("x-sparql-maxrows", "x-sparql-partial")


class EndpointError(KrasbypassError):
    """A SPARQL endpoint that cannot be reached, or answers with something else than an answer."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def sentence(self) -> str:
        """Name the endpoint and say what it did.

        >>> EndpointError("http://localhost:1/sparql", "connection refused").sentence()
        'the SPARQL endpoint http://localhost:1/sparql cannot be asked: connection refused'
        """
        return f"the SPARQL endpoint {self.url} cannot be asked: {self.reason}"


@dataclass(frozen=True)
class Endpoint:
    """A SPARQL 1.1 endpoint, with the face of a `pyoxigraph.Store` as far as queries need it.

    Parameters
    ----------
    url
        Address of the endpoint, ``http`` or ``https``; a user and a password may stand in it.
    graphs
        IRIs of the graphs to ask, for stores whose default graph is not the union of all.
    headers
        Further headers, such as ``Authorization``.
    seconds
        How long to wait for an answer.

    Examples
    --------
    >>> from krasbypass.queries.store import run_query
    >>> store = Endpoint("http://localhost:8890/sparql")
    >>> run_query(store, "ASK { ?s ?p ?o }")  # doctest: +SKIP
    """

    url: str
    graphs: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    seconds: float = 60.0

    def __post_init__(self) -> None:
        """Refuse what is not the address of an endpoint."""
        try:
            parts = urlsplit(self.url)
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            known = None
        if not known:
            raise EndpointError(self.url, "an address starts with http:// or https:// and a host")

    # -- the face of a store ----------------------------------------------------------------------

    def query(
        self,
        query: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        use_default_graph_as_union: bool = False,
        default_graph: Iterable[Any] | None = None,
        named_graphs: Iterable[Any] | None = None,
        substitutions: Mapping[Any, Any] | None = None,
    ) -> Any:
        """Ask a query; parameters and answer are those of `pyoxigraph.Store.query`.

        Whether the default graph is the union of all is a matter of the store.

        Raises
        ------
        QueryError
            The store says that the query cannot be run.
        EndpointError
            The store cannot be reached, takes too long, or answers with something else.
        """
        del use_default_graph_as_union
        values = {variable.value: str(term) for variable, term in (substitutions or {}).items()}
        text = declare_prefixes(bind_values(query, values), prefixes or {})
        default = [graph.value for graph in default_graph or ()]
        named = [graph.value for graph in named_graphs or ()]
        return self._ask(query, text, default or list(self.graphs), named)

    def quads_for_pattern(
        self, subject: Any, predicate: Any, object: Any, graph_name: Any = None, /
    ) -> Iterator[pyoxigraph.Quad]:
        """Yield the quads of a pattern, whose graphs do not count; None stands for anything."""
        import pyoxigraph

        del graph_name
        names = ("?s", "?p", "?o")
        given = (subject, predicate, object)
        pattern = " ".join(
            name if term is None else str(term) for name, term in zip(names, given, strict=True)
        )
        for triple in self.query(f"CONSTRUCT {{ {pattern} }} WHERE {{ {pattern} }}"):
            yield pyoxigraph.Quad(*triple)

    # -- the protocol -----------------------------------------------------------------------------

    def _ask(self, query: str, text: str, default: list[str], named: list[str]) -> Any:
        import pyoxigraph

        is_graph = find_form(text) in ("CONSTRUCT", "DESCRIBE")
        form = [("query", text), *(("default-graph-uri", iri) for iri in default)]
        form += [("named-graph-uri", iri) for iri in named]
        media_type, body = self._post(query, form, _TRIPLES if is_graph else _ROWS)
        try:
            if not is_graph:
                results = pyoxigraph.QueryResultsFormat.from_media_type(media_type)
                found = pyoxigraph.parse_query_results(body, format=results)
                return _read_yes_or_no(found) if find_form(text) == "ASK" else found
            rdf = pyoxigraph.RdfFormat.from_media_type(media_type)
            store = pyoxigraph.Store()
            store.bulk_load(body, format=rdf, lenient=True)
            return store.query("CONSTRUCT WHERE { ?s ?p ?o }")
        except (SyntaxError, ValueError, TypeError) as error:
            shown = media_type or "something without a media type"
            raise EndpointError(self.shown, f"it answers with {shown}, not with RDF") from error

    def _post(self, query: str, form: list[tuple[str, str]], accept: str) -> tuple[str, bytes]:
        request = Request(
            self._address,
            urlencode(form).encode(),
            {
                "Accept": accept,
                "Content-Type": "application/x-www-form-urlencoded",
                "User-Agent": "krasbypass",
                **self._authorization,
                **self.headers,
            },
        )
        try:
            with build_opener(_NoRedirect).open(request, timeout=self.seconds) as response:
                body = response.read(_SIZE + 1)
                cut = next(
                    (response.headers[name] for name in _CUT if name in response.headers), ""
                )
                media_type = response.headers.get_content_type()
        except HTTPError as error:
            raise self._explain(query, error) from error
        except TimeoutError as error:
            raise EndpointError(self.shown, f"no answer in {self.seconds:g} seconds") from error
        except URLError as error:
            reason = getattr(error.reason, "strerror", None) or str(error.reason)
            raise EndpointError(self.shown, reason.lower()) from error
        except (OSError, ValueError) as error:
            raise EndpointError(self.shown, str(error) or type(error).__name__) from error
        if cut:
            raise EndpointError(self.shown, f"it cut its answer after {cut} rows; raise its limit")
        if len(body) > _SIZE:
            raise EndpointError(self.shown, f"its answer exceeds {_SIZE >> 20} MiB")
        return media_type, body

    def _explain(self, query: str, error: HTTPError) -> KrasbypassError:
        with error:
            body = error.read(100_000).decode(errors="replace")
        said = " ".join(body.split())[:300]
        line = 0
        if error.headers.get_content_type().endswith("json"):
            try:
                problem = json.loads(body)
                said, line = str(problem.get("detail", said)), int(problem.get("line", 0))
            except (ValueError, AttributeError, TypeError):
                pass
        if error.code == 400 and line:
            return QueryError(query, said)
        if "html" in error.headers.get_content_type():
            said = ""
        return EndpointError(
            self.shown, f"it answers {error.code} {error.reason}{': ' if said else ''}{said}"
        )

    @property
    def shown(self) -> str:
        """The address without user and password."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    @property
    def _address(self) -> str:
        return urlunsplit(urlsplit(self.shown)._replace(fragment=""))

    @property
    def _authorization(self) -> dict[str, str]:
        user, at, _ = urlsplit(self.url).netloc.rpartition("@")
        if not at:
            return {}
        return {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()}


def _read_yes_or_no(found: Any) -> Any:
    """Return the answer of ASK, which Virtuoso 7 gives as a row with a 1, or no row at all."""
    import pyoxigraph

    if isinstance(found, pyoxigraph.QueryBoolean):
        return found
    yes = any(getattr(term, "value", "") in ("1", "true") for row in found for term in row)
    said = json.dumps({"head": {}, "boolean": yes})
    return pyoxigraph.parse_query_results(said, format=pyoxigraph.QueryResultsFormat.JSON)


class _NoRedirect(HTTPRedirectHandler):
    """A query is sent to the address that was given and to no other."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


# -- knowledge ------------------------------------------------------------------------------------


def load_knowledge_from_endpoint(endpoint: Endpoint | str) -> Knowledge:
    """Read the reasoned ontology, without clinical facts, from a store into which it was loaded.

    Where the store has the named graphs of the ontology they are read one by one, so that what
    the reasoner drew stays apart; elsewhere everything is read as if it had been stated.

    Raises
    ------
    EndpointError
        The store cannot be reached, holds no such graph, or does not give all of it.
    """
    store = Endpoint(endpoint) if isinstance(endpoint, str) else endpoint
    graphs = [graph.value for graph in Graph if _count(store, graph.value)]
    if graphs:
        quads = b"".join(_read_graph(store, graph) for graph in graphs)
    elif _count(store, None):
        quads = _read_graph(store, None)
    else:
        raise EndpointError(store.shown, "it holds no triples; load the exported graph first")
    knowledge = Knowledge(*read_facts((quads, "application/n-quads")))
    if not knowledge.instances(C.OUTPUT):
        raise EndpointError(store.shown, "it does not hold the ontology of krasbypass")
    return knowledge


def _read_graph(store: Endpoint, graph: str | None) -> bytes:
    """Return the triples of a graph as N-Quads, and make sure that they are all."""
    import pyoxigraph

    inside = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
    found = store.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {inside} }}")
    name = pyoxigraph.NamedNode(graph) if graph else pyoxigraph.DefaultGraph()
    quads = [pyoxigraph.Quad(t.subject, t.predicate, t.object, name) for t in found]
    expected = _count(store, graph)
    if len(quads) < expected:
        raise EndpointError(
            store.shown,
            f"it gave {len(quads)} of {expected} triples; raise the number of rows it gives",
        )
    return pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS) or b""


def _count(store: Endpoint, graph: str | None) -> int:
    inside = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
    distinct = f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?s ?p ?o {{ {inside} }} }}"
    row = next(iter(store.query(distinct)))
    return int(row["n"].value)
