"""Triples as Turtle and as JSON-LD, sorted; and the reasoned graph that they are read from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from krasbypass.errors import OntologyError
from krasbypass.reasoning import find_fact_modules, find_ontology, load_reasoned
from krasbypass.vocabulary import PREFIXES

#: Triples of pyoxigraph.
Triples = Iterable[Any]

_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
#: Prefix of our own terms in JSON-LD, which knows no empty one.
_OWN = "kb"


def read_triples(folder: Path | None, *, facts: bool) -> set[Any]:
    """Return what the curators wrote, what follows from it, and, if asked for, the facts.

    Raises
    ------
    OntologyError
        A module of facts is not valid Turtle, or what `load_reasoned` raises.
    """
    import pyoxigraph

    found = {
        quad.triple
        for quad in pyoxigraph.parse(load_reasoned(folder), format=pyoxigraph.RdfFormat.TRIG)
    }
    for path in find_fact_modules(folder or find_ontology()) if facts else ():
        try:
            parsed = pyoxigraph.parse(path.read_bytes(), format=pyoxigraph.RdfFormat.TURTLE)
            found.update(quad.triple for quad in parsed)
        except SyntaxError as error:
            raise OntologyError(f"{path.name} is not valid Turtle: {error}") from error
    return _name_blanks(found)


def _name_blanks(triples: set[Any]) -> set[Any]:
    """Give blank nodes the names of their canonical form, the same in each run."""
    import pyoxigraph

    blank = pyoxigraph.BlankNode
    if not any(isinstance(t.subject, blank) or isinstance(t.object, blank) for t in triples):
        return triples
    graph = pyoxigraph.DefaultGraph()
    dataset = pyoxigraph.Dataset(
        pyoxigraph.Quad(t.subject, t.predicate, t.object, graph) for t in triples
    )
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return {quad.triple for quad in dataset}


def render_turtle(triples: Triples, remarks: Iterable[str] = ()) -> str:
    """Return triples as Turtle, sorted by subject, predicate and object; remarks as comments."""
    import pyoxigraph

    used = _find_used_prefixes(triples := list(triples))
    body = pyoxigraph.serialize(
        sorted(triples, key=_order), format=pyoxigraph.RdfFormat.TURTLE, prefixes=used
    )
    lines = [f"# {line}" for remark in remarks for line in remark.splitlines()]
    return "".join(f"{line}\n" for line in lines) + (body or b"").decode()


def render_jsonld(triples: Triples) -> str:
    """Return triples as one JSON-LD document: a context and a flat graph, a node a line."""
    ordered = sorted(triples, key=_order)
    used = _find_used_prefixes(ordered)
    prefixes = {name or _OWN: root for name, root in sorted(used.items())}
    nodes: dict[str, dict[str, list[Any]]] = {}
    for triple in ordered:
        node = nodes.setdefault(_name(triple.subject, prefixes), {})
        if triple.predicate.value == _RDF_TYPE and hasattr(triple.object, "value"):
            node.setdefault("@type", []).append(_name(triple.object, prefixes))
        else:
            value = _render_object(triple.object, prefixes)
            node.setdefault(_name(triple.predicate, prefixes), []).append(value)
    lines = (
        _dump({"@id": name, **{p: v[0] if len(v) == 1 else v for p, v in node.items()}})
        for name, node in nodes.items()
    )
    return f'{{"@context":{_dump(prefixes)},\n"@graph":[\n' + ",\n".join(lines) + "\n]}\n"


def _order(triple: Any) -> tuple[str, bool, str, str]:
    """Sort as one reads: a subject's types first."""
    predicate = triple.predicate.value
    return str(triple.subject), predicate != _RDF_TYPE, predicate, str(triple.object)


def _find_used_prefixes(triples: Triples) -> dict[str, str]:
    iris = {
        value
        for triple in triples
        for term in (triple.subject, triple.predicate, triple.object)
        for value in (getattr(getattr(term, "datatype", term), "value", ""),)
    }
    known = {**PREFIXES, "ans": PREFIXES[""] + "answer#"}
    return {name: root for name, root in known.items() if any(iri.startswith(root) for iri in iris)}


def _name(term: Any, prefixes: dict[str, str]) -> str:
    """Return an IRI, shortened by the longest prefix that fits, or a blank node."""
    import pyoxigraph

    if isinstance(term, pyoxigraph.BlankNode):
        return f"_:{term.value}"
    iri = str(term.value)
    fitting = [(root, name) for name, root in prefixes.items() if iri.startswith(root)]
    if not fitting:
        return iri
    root, name = max(fitting, key=lambda entry: len(entry[0]))
    local = iri.removeprefix(root)
    return iri if local.startswith("//") else f"{name}:{local}"


def _render_object(term: Any, prefixes: dict[str, str]) -> Any:
    import pyoxigraph

    if not isinstance(term, pyoxigraph.Literal):
        return {"@id": _name(term, prefixes)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype.value == _XSD_STRING:
        return term.value
    return {"@value": term.value, "@type": _name(term.datatype, prefixes)}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
