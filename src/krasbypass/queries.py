"""SPARQL over the asserted and inferred graph: the store, and queries run on it.

Read only: updates and federation are refused, parameters reach the engine as terms, and an answer
is bounded in rows. Text of answers is made in `krasbypass.query_report`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from krasbypass.errors import OntologyError, QueryError, UnknownTermError, plain_key
from krasbypass.facts import ALT_LABEL, LABEL, SUBCLASS, TYPE, Facts
from krasbypass.named_queries import NamedQuery, Parameter, parse_query
from krasbypass.reasoning import find_fact_modules, find_ontology, load_reasoned
from krasbypass.vocabulary import BASE, P

if TYPE_CHECKING:
    import pyoxigraph

#: The graph in which clinical figures and quoted statements stand, beside those of the reasoner.
FACTS_GRAPH = BASE + "graph/facts"
#: Rows that an answer holds at most, unless the caller says otherwise.
ROW_LIMIT = 10_000
_ANY = "any"
PREFIXES = {
    "": BASE,
    "dct": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
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
_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})


class QueryStore(Protocol):
    """What queries are run on: a `pyoxigraph.Store`, or what answers as it does."""

    def query(
        self,
        query: str,
        *,
        prefixes: dict[str, str] | None = None,
        use_default_graph_as_union: bool = False,
        default_graph: Any = None,
        named_graphs: Any = None,
        substitutions: dict[Any, Any] | None = None,
    ) -> Any:
        """Answer a query."""

    def quads_for_pattern(
        self, subject: Any, predicate: Any, object: Any, graph_name: Any = None, /
    ) -> Iterable[Any]:
        """Return the quads of a pattern; None stands for anything."""


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a query found.

    Attributes
    ----------
    form
        ``select``, ``ask`` or ``graph`` (of CONSTRUCT and DESCRIBE).
    columns
        Variables in the order of the query; ``subject``, ``predicate``, ``object`` for a graph.
    rows
        As users write the terms: notation, else label; an empty text where nothing is bound.
    terms
        The same rows as terms of the engine, None where nothing is bound.
    complete
        False where rows were left out because of the limit.
    """

    form: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    terms: tuple[tuple[Any, ...], ...] = field(repr=False)
    complete: bool = True


# -- the store ----------------------------------------------------------------------------------


def build_store(folder: Path | None = None) -> pyoxigraph.Store:
    """Return the reasoned graph and the facts of an ontology in one store in memory.

    Asserted, generated and inferred triples and the facts are named graphs; `run_query` sees their
    union as the default graph.

    Raises
    ------
    OntologyError
        A module of facts is not valid Turtle, or what `load_reasoned` raises.
    """
    import pyoxigraph

    folder = folder or find_ontology()
    store = pyoxigraph.Store()
    store.bulk_load(load_reasoned(folder), format=pyoxigraph.RdfFormat.TRIG, lenient=True)
    modules = find_fact_modules(folder)
    try:
        _load_facts(store, b"\n".join(path.read_bytes() for path in modules))
    except SyntaxError:
        for path in modules:
            try:
                _load_facts(store, path.read_bytes())
            except SyntaxError as error:
                raise OntologyError(f"{path.name} is not valid Turtle: {error}") from error
    return store


def _load_facts(store: pyoxigraph.Store, turtle: bytes) -> None:
    import pyoxigraph

    graph = pyoxigraph.NamedNode(FACTS_GRAPH)
    turtle_format = pyoxigraph.RdfFormat.TURTLE
    store.bulk_load(turtle, format=turtle_format, to_graph=graph, lenient=True)


def read_names(store: QueryStore) -> Facts:
    """Return labels, synonyms, notations and classes of a store, to look terms up by name."""
    import pyoxigraph

    index: dict[str, dict[str, set[str]]] = {}
    for prop in (TYPE, LABEL, ALT_LABEL, SUBCLASS, P.NOTATION):
        iri = pyoxigraph.NamedNode(prop if prop.startswith("http") else BASE + prop)
        for quad in store.quads_for_pattern(None, iri, None, None):
            if isinstance(quad.subject, pyoxigraph.NamedNode):
                values = index.setdefault(quad.subject.value.removeprefix(BASE), {})
                found = getattr(quad.object, "value", "").removeprefix(BASE)
                values.setdefault(str(prop), set()).add(found)
    return Facts({s: {p: tuple(sorted(o)) for p, o in po.items()} for s, po in index.items()})


# -- named queries ------------------------------------------------------------------------------


def run_query(
    store: QueryStore,
    query: NamedQuery | str,
    parameters: Mapping[str, str] | None = None,
    *,
    limit: int = ROW_LIMIT,
    names: Facts | None = None,
) -> QueryAnswer:
    """Run a query over a store and return its answer.

    Parameters
    ----------
    store
        The packaged graph by `build_store`, or another by `krasbypass.endpoints.Endpoint`.
    query
        A named query, or SPARQL text; the prefixes of the ontology need no declaration.
    parameters
        Values by variable, as users write them; the defaults stand for those left out.
    limit
        Rows (or triples) after which reading stops.
    names
        What `read_names` returned for the store, to spare reading it for every query.

    Raises
    ------
    QueryError
        The text is not SPARQL, or asks for an update or another service.
    UnknownTermError
        A parameter that the query does not have, or a value that names nothing.

    Examples
    --------
    >>> import pyoxigraph
    >>> store = pyoxigraph.Store()
    >>> turtle = '@prefix : <https://w3id.org/krasbypass/> . :a :raises :b . :b :raises :a .'
    >>> store.load(turtle, format=pyoxigraph.RdfFormat.TURTLE)
    >>> run_query(store, "SELECT ?x { :a :raises+ ?x } ORDER BY ?x").rows
    (('a',), ('b',))
    """
    named = parse_query(query) if isinstance(query, str) else query
    _refuse(named.text)
    names = names or read_names(store)
    values = resolve_parameters(named, parameters or {}, names)
    return _read_answer(_execute(store, named.text, values), limit, lambda t: _show(names, t))


def execute_query(
    store: QueryStore,
    text: str,
    *,
    default_graphs: Iterable[str] = (),
    named_graphs: Iterable[str] = (),
) -> Any:
    """Run SPARQL over a store and return the engine's own answer, for endpoints.

    Parameters
    ----------
    default_graphs, named_graphs
        IRIs of the graphs to ask, as a request may give them; they go before those of the query.
        Where neither names any, the default graph is the union of all.

    Raises
    ------
    QueryError
        As `run_query`, or a graph that is not named by an IRI.
    """
    import pyoxigraph

    _refuse(text)
    dataset: dict[str, Any] = {}
    try:
        defaults = [pyoxigraph.NamedNode(iri) for iri in default_graphs]
        named = [pyoxigraph.NamedNode(iri) for iri in named_graphs]
    except ValueError as error:
        raise QueryError(text, f"a graph is named by an IRI: {error}") from error
    if defaults or named:
        dataset = {"default_graph": defaults, "named_graphs": named}
    return _execute(store, text, {}, **dataset)


def _execute(store: QueryStore, text: str, values: dict[Any, Any], **dataset: Any) -> Any:
    # the engine would take the union even where the query says FROM
    union = not dataset and not any(m["word"] and m[0].upper() == "FROM" for m in tokenize(text))
    try:
        return store.query(
            text,
            prefixes=PREFIXES,
            use_default_graph_as_union=union,
            substitutions=values,
            **dataset,
        )
    except SyntaxError as error:
        message, start = _find_undeclared_prefix(text) or (str(error), None)
        raise QueryError(text, message, start) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise QueryError(text, _explain_projection(str(error))) from error


def tokenize(text: str) -> Iterator[re.Match[str]]:
    """Yield the tokens of SPARQL; the group ``word`` is a keyword, or a prefix with its colon.

    >>> [m["word"] for m in tokenize("ASK { ?s a :b } # x:y") if m["word"]]
    ['ASK', 'a', ':']
    """
    return _TOKEN.finditer(text)


def _find_undeclared_prefix(text: str) -> tuple[str, int] | None:
    """Return what is wrong with the first undeclared prefix, and where; the engine does not say."""
    declared = {*PREFIXES, "_"}
    before = ""
    for token in tokenize(text):
        prefix, colon, _ = token[0].partition(":")
        if token["word"] and colon:
            if before == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                return f"the prefix '{prefix}:' is not declared", token.start()
        before = token[0].upper() if token[0].strip() else before
    return None


def _explain_projection(message: str) -> str:
    match = re.search(r"variable (\?\w+) in its SELECT projection", message)
    return f"the parameter {match[1]} has to stand after SELECT" if match else message


def _refuse(text: str) -> None:
    """Refuse updates, and SERVICE, which would make this process call any address."""
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


def resolve_parameters(
    query: NamedQuery, given: Mapping[str, str], names: Facts
) -> dict[pyoxigraph.Variable, Any]:
    """Return the terms that parameters stand for, by variable; defaults for those left out.

    Raises
    ------
    UnknownTermError
        A parameter that the query does not have, or a value that names nothing.
    """
    import pyoxigraph

    declared = {p.name: p for p in query.parameters}
    if not declared:  # a file without a head: each of its variables may be filled
        variables = set(re.findall(r"[?$](\w+)", query.text))
        declared = {v: Parameter(v, _ANY, "a term") for v in sorted(variables)}
    for name in given:
        if name not in declared:
            raise UnknownTermError("parameter", name, declared)
    values = {}
    for parameter in declared.values():
        text = given.get(parameter.name, parameter.default)
        if text != _ANY:
            values[pyoxigraph.Variable(parameter.name)] = _resolve(parameter, text, names)
    return values


def _resolve(parameter: Parameter, text: str, names: Facts) -> Any:
    import pyoxigraph

    what = re.sub(r"^an? ", "", parameter.kind)
    if what.startswith("text"):
        return pyoxigraph.Literal(text)
    members = _find_members(names, what)
    if members is None:
        return pyoxigraph.NamedNode(BASE + names.find_term(text))
    known: dict[str, str] = {}
    for term in members:
        for name in (
            term,
            *names.values(term, ALT_LABEL),
            *names.values(term, P.NOTATION),
            *names.values(term, LABEL),
        ):
            known.setdefault(name, term)
    keys = {plain_key(name): term for name, term in known.items()}
    keys |= {plain_key(names.display(term)): term for term in members}
    if plain_key(text) not in keys:
        raise UnknownTermError(what, text, known)
    return pyoxigraph.NamedNode(BASE + keys[plain_key(text)])


def _find_members(names: Facts, label: str) -> tuple[str, ...] | None:
    """Return the members of the class with that label, or None if there is no such class."""
    for term in names.instances("http://www.w3.org/2002/07/owl#Class"):
        if names.label(term).casefold() == label.casefold():
            return names.instances(term)
    return None


def _read_answer(found: Any, limit: int, show: Callable[[Any], str]) -> QueryAnswer:
    import pyoxigraph

    if isinstance(found, pyoxigraph.QueryBoolean):
        answer = "yes" if bool(found) else "no"
        return QueryAnswer("ask", ("answer",), ((answer,),), ((bool(found),),))
    if isinstance(found, pyoxigraph.QueryTriples):
        form, columns = "graph", ("subject", "predicate", "object")
    else:
        form, columns = "select", tuple(v.value for v in found.variables)
    terms = [tuple(row) for row in islice(found, limit + 1)]
    kept = terms[:limit]
    rows = tuple(tuple(show(term) for term in row) for row in kept)
    return QueryAnswer(form, columns, rows, tuple(kept), complete=len(terms) <= limit)


def _show(names: Facts, term: Any) -> str:
    import pyoxigraph

    if term is None:
        return ""
    if not isinstance(term, pyoxigraph.NamedNode):
        return _show_literal(term)
    iri = str(term.value)
    if not iri.startswith(BASE):
        prefix = next((p for p, root in PREFIXES.items() if p and iri.startswith(root)), None)
        return f"{prefix}:{iri.removeprefix(PREFIXES[prefix])}" if prefix else iri
    local = iri.removeprefix(BASE)
    is_class = "http://www.w3.org/2002/07/owl#Class" in names.values(local, TYPE)
    return names.label(local) if is_class else names.display(local)


def _show_literal(term: Any) -> str:
    value = str(getattr(term, "value", term))
    number = getattr(getattr(term, "datatype", None), "value", "").endswith("#decimal")
    return value.rstrip("0").rstrip(".") if number and "." in value else value


# -- answers as text ----------------------------------------------------------------------------
