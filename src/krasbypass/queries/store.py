"""SPARQL over the asserted and inferred graph: the store, and queries run on it.

Read only: updates and federation are refused, parameters reach the engine as terms, and an answer
is bounded in rows. Text of answers is made in `krasbypass.report.queries`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from krasbypass.errors import OntologyError, QueryError, UnknownTermError, plain_key
from krasbypass.facts import ALT_LABEL, CLASS, LABEL, SUBCLASS, TYPE, Facts
from krasbypass.queries.named import NamedQuery, Parameter, parse_query
from krasbypass.queries.text import find_undeclared_prefix, refuse_writing, steady_order, tokenize
from krasbypass.reasoning import find_fact_modules, find_ontology, load_reasoned
from krasbypass.vocabulary import BASE, PREFIXES, C, P

if TYPE_CHECKING:
    import pyoxigraph

    #: What stands for variables of a query.
    Values = dict[pyoxigraph.Variable, pyoxigraph.Literal | pyoxigraph.NamedNode]

#: The graph in which clinical figures and quoted statements stand, beside those of the reasoner.
FACTS_GRAPH = BASE + "graph/facts"
#: Rows that an answer holds at most, unless the caller says otherwise.
ROW_LIMIT = 10_000
_ANY = "any"
#: Letters of a part of a name that may stand for the whole.
_SHORTEST = 3


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
    # sorted: where two terms share a name, every store has to mean the same one
    by_term = sorted(index.items())
    return Facts({s: {p: tuple(sorted(o)) for p, o in po.items()} for s, po in by_term})


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
        The packaged graph by `build_store`, or another by `krasbypass.queries.endpoints.Endpoint`.
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
    refuse_writing(named.text)
    names = names or read_names(store)
    values = resolve_parameters(named, parameters or {}, names)
    return _read_answer(_execute(store, named.text, values), limit, lambda t: _show(names, t))


def execute_query(
    store: QueryStore,
    text: str,
    *,
    default_graphs: Iterable[str] = (),
    named_graphs: Iterable[str] = (),
    base: str | None = None,
) -> Any:
    """Run SPARQL over a store and return the engine's own answer, for endpoints.

    Parameters
    ----------
    default_graphs, named_graphs
        IRIs of the graphs to ask, as a request may give them; they go before those of the query.
        Where neither names any, the default graph is the union of all.
    base
        What relative IRIs stand for in a query that says nothing of it.

    Raises
    ------
    QueryError
        As `run_query`, or a graph that is not named by an IRI.
    """
    import pyoxigraph

    refuse_writing(text)
    dataset: dict[str, Any] = {}
    try:
        defaults = [pyoxigraph.NamedNode(iri) for iri in default_graphs]
        named = [pyoxigraph.NamedNode(iri) for iri in named_graphs]
    except ValueError as error:
        raise QueryError(text, f"a graph is named by an IRI: {error}") from error
    if defaults or named:
        dataset = {"default_graph": defaults, "named_graphs": named}
    return _execute(store, text, {}, base, **dataset)


def _execute(
    store: QueryStore, text: str, values: Values, base: str | None = None, **dataset: Any
) -> Any:
    import pyoxigraph

    # the engine would take the union even where the query says FROM
    union = not dataset and not any(m["word"] and m[0].upper() == "FROM" for m in tokenize(text))
    if base:
        dataset["base_iri"] = base
    said: dict[str, Any] = {
        "prefixes": PREFIXES,
        "use_default_graph_as_union": union,
        "substitutions": values,
    }
    try:
        with suppress(SyntaxError):  # its place would be that in the text with our keys
            if isinstance(store, pyoxigraph.Store):
                return store.query(steady_order(text), **said, **dataset)
        return store.query(text, **said, **dataset)
    except SyntaxError as error:
        message, start = find_undeclared_prefix(text, PREFIXES) or (str(error), None)
        raise QueryError(text, message, start) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise QueryError(text, _explain_projection(str(error))) from error


def _explain_projection(message: str) -> str:
    match = re.search(r"variable (\?\w+) in its SELECT projection", message)
    return f"the parameter {match[1]} has to stand after SELECT" if match else message


def resolve_parameters(query: NamedQuery, given: Mapping[str, str], names: Facts) -> Values:
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


def _resolve(
    parameter: Parameter, text: str, names: Facts
) -> pyoxigraph.Literal | pyoxigraph.NamedNode:
    import pyoxigraph

    what = re.sub(r"^an? ", "", parameter.kind)
    if what.startswith("text"):
        return pyoxigraph.Literal(parameter.choose(text))
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
    for name in (text, names.respell(text)):
        if plain_key(name) in keys:
            return pyoxigraph.NamedNode(BASE + keys[plain_key(name)])
    holding = {
        term
        for term in members
        for name in (names.display(term), names.label(term))
        if plain_key(text) in map(plain_key, _split(name))
    }
    # a part of one name only; a change alone is that of the gene which the ontology is about
    genes = [names.label(gene) for gene in names.instances(C.PRIMARY_TARGET_GENE)]
    meant = [t for t in holding if _split(names.display(t)) == [*genes, text.upper()]]
    if len(holding) == 1 or len(meant) == 1:
        return pyoxigraph.NamedNode(BASE + (meant or [*holding])[0])
    raise UnknownTermError(what, text, sorted(map(names.display, holding)) or known)


def _split(name: str) -> list[str]:
    return [part for part in re.split(r"[^\w]+", name) if len(part) >= _SHORTEST]


def _find_members(names: Facts, label: str) -> tuple[str, ...] | None:
    """Return the members of the class with that label, or None if there is no such class."""
    for term in names.instances(CLASS):
        if names.label(term).casefold() == label.casefold():
            return names.instances(term)
    return None


def _read_answer(found: Any, limit: int, show: Callable[[object], str]) -> QueryAnswer:
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


def _show(names: Facts, term: object) -> str:
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
    is_class = CLASS in names.values(local, TYPE)
    return names.label(local) if is_class else names.display(local)


def _show_literal(term: object) -> str:
    value = str(getattr(term, "value", term))
    number = getattr(getattr(term, "datatype", None), "value", "").endswith("#decimal")
    return value.rstrip("0").rstrip(".") if number and "." in value else value
