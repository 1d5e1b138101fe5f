"""SPARQL: the store, the named queries of ``ontology/queries/*.rq``, their answers as text.

A named query carries its title, its question and its parameters in comments at its head::

    # title: Drugs that engage an allele
    # question: Which drugs engage this allele?
    # parameter: allele = KRAS:G12C — an allele

A parameter is a variable that the query projects. Its value is what a user would write, a name, a
code or a notation, and reaches the engine as a term. ``any`` leaves it open.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from krasbypass.errors import NotationError, OntologyError, QueryError, UnknownTermError, plain_key
from krasbypass.facts import ALT_LABEL, LABEL, SUBCLASS, TYPE, Facts
from krasbypass.reasoning import find_fact_modules, find_ontology, load_reasoned
from krasbypass.vocabulary import BASE, P

if TYPE_CHECKING:
    import pyoxigraph

#: The graph in which clinical figures and quoted statements stand, beside those of the reasoner.
FACTS_GRAPH = BASE + "graph/facts"
FORMATS = ("table", "csv", "tsv", "json", "ttl")
#: Rows that an answer holds at most, unless the caller says otherwise.
ROW_LIMIT = 10_000
_ANY = "any"
_PREFIXES = {
    "": BASE,
    "dct": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_HEADER = re.compile(r"^#\s*(title|question|parameter)\s*:\s*(.*?)\s*$", re.MULTILINE)
_PARAMETER = re.compile(r"(\w+)\s*=\s*(.*?)\s+—\s+(.*)")
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


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable that the user may fill.

    Attributes
    ----------
    kind
        What a value stands for: the label of a class after its article (``a drug``), ``text`` for
        words that are taken as they are, anything else for a term of whatever class.
    """

    name: str
    default: str
    kind: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query with the question that it answers, in plain words."""

    name: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    text: str = field(repr=False)


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


def read_names(store: pyoxigraph.Store) -> Facts:
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


def find_queries(folder: Path | None = None) -> tuple[NamedQuery, ...]:
    """Return the named queries of an ontology, sorted by name.

    Parameters
    ----------
    folder
        The folder of an ontology; where it has no ``queries``, those of the package count.
    """
    packaged = find_ontology() / "queries"
    own = folder / "queries" if folder else packaged
    paths = sorted((own if own.is_dir() else packaged).glob("*.rq"))
    return tuple(parse_query(path.read_text("utf-8"), name=path.stem) for path in paths)


def find_query(name: str, folder: Path | None = None) -> NamedQuery:
    """Return the query of that name; `UnknownTermError` names the nearest."""
    known = {plain_key(q.name): q for q in find_queries(folder)}
    if plain_key(name) not in known:
        raise UnknownTermError("query", name, [q.name for q in known.values()])
    return known[plain_key(name)]


def parse_query(text: str, *, name: str = "query") -> NamedQuery:
    r"""Read title, question and parameters from the comments at the head of a query.

    >>> text = "# title: Genes\n# parameter: gene = KRAS — a gene\nSELECT ?gene { ?gene a :Gene }"
    >>> parse_query(text).parameters
    (Parameter(name='gene', default='KRAS', kind='a gene'),)
    """
    found: dict[str, list[str]] = {"title": [], "question": [], "parameter": []}
    for match in _HEADER.finditer(text):
        found[match[1]].append(match[2])
    return NamedQuery(
        name=name,
        title=" ".join(found["title"]) or name,
        question=" ".join(found["question"]),
        parameters=tuple(_parse_parameter(line) for line in found["parameter"]),
        text=text,
    )


def read_query_file(path: Path) -> str:
    """Return the text of a query; `QueryError` if there is none to read."""
    try:
        return path.read_text("utf-8")
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


# -- running ------------------------------------------------------------------------------------


def run_query(
    store: pyoxigraph.Store,
    query: NamedQuery | str,
    parameters: Mapping[str, str] | None = None,
    *,
    limit: int = ROW_LIMIT,
    names: Facts | None = None,
) -> QueryAnswer:
    """Run a query over a store and return its answer.

    Parameters
    ----------
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
    values = _bind(named, parameters or {}, names)
    return _read_answer(_execute(store, named.text, values), limit, lambda t: _show(names, t))


def _execute(store: pyoxigraph.Store, text: str, values: dict[Any, Any]) -> Any:
    try:
        return store.query(
            text, prefixes=_PREFIXES, use_default_graph_as_union=True, substitutions=values
        )
    except SyntaxError as error:
        message, start = _find_undeclared_prefix(text) or (str(error), None)
        raise QueryError(text, message, start) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise QueryError(text, _explain_projection(str(error))) from error


def _find_undeclared_prefix(text: str) -> tuple[str, int] | None:
    """Return what is wrong with the first undeclared prefix, and where; the engine does not say."""
    declared = {*_PREFIXES, "_"}
    before = ""
    for token in _TOKEN.finditer(text):
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
        words = [(m["word"].upper(), m.start()) for m in _TOKEN.finditer(version) if m["word"]]
        first = next((w for w in words if w[0] in _FORMS | _UPDATES), ("", 0))
        if first[0] in _UPDATES:
            raise QueryError(version, "an update is refused; the graph is read-only", first[1])
        for word, start in words:
            # also where no space follows: the engine reads SERVICE:x and SERVICESILENT as well
            if "SERVICE" in word:
                raise QueryError(version, "SERVICE is refused; no other endpoint is asked", start)


def _bind(query: NamedQuery, given: Mapping[str, str], names: Facts) -> dict[Any, Any]:
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
        prefix = next((p for p, root in _PREFIXES.items() if p and iri.startswith(root)), None)
        return f"{prefix}:{iri.removeprefix(_PREFIXES[prefix])}" if prefix else iri
    local = iri.removeprefix(BASE)
    is_class = "http://www.w3.org/2002/07/owl#Class" in names.values(local, TYPE)
    return names.label(local) if is_class else names.display(local)


def _show_literal(term: Any) -> str:
    value = str(getattr(term, "value", term))
    number = getattr(getattr(term, "datatype", None), "value", "").endswith("#decimal")
    return value.rstrip("0").rstrip(".") if number and "." in value else value


# -- answers as text ----------------------------------------------------------------------------


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
    data = pyoxigraph.serialize(triples, format=turtle, prefixes=_PREFIXES) or b""
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
