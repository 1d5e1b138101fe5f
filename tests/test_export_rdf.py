"""Turtle and JSON-LD: the reasoned graph, and the answer to a scenario."""

from __future__ import annotations

import pyoxigraph
import pytest
import rdflib

from krasbypass import Network, Tumour, find_routes
from krasbypass.export import export_network
from krasbypass.export.rdf import read_triples, render_jsonld, render_turtle
from krasbypass.model import Phase
from krasbypass.queries.store import build_store
from krasbypass.reasoning import find_fact_modules, find_ontology, load_reasoned
from krasbypass.vocabulary import BASE

TUMOUR = Tumour.parse("CRC", ["KRAS:G12C", "PTEN:loss"])
DRUGS = ("sotorasib", "trametinib")
FORMATS = {
    "turtle": (pyoxigraph.RdfFormat.TURTLE, "turtle"),
    "json-ld": (pyoxigraph.RdfFormat.JSON_LD, "json-ld"),
}


def parse(text: str, name: str) -> set[pyoxigraph.Triple]:
    found = [quad.triple for quad in pyoxigraph.parse(text.encode(), format=FORMATS[name][0])]
    assert len(found) == len(set(found)), "no triple is written twice"
    return set(found)


def parse_files(*files: tuple[bytes, pyoxigraph.RdfFormat]) -> set[pyoxigraph.Triple]:
    return {quad.triple for data, kind in files for quad in pyoxigraph.parse(data, format=kind)}


@pytest.mark.parametrize("name", FORMATS)
def test_the_reasoned_graph_is_whole(network: Network, name: str) -> None:
    want = parse_files((load_reasoned(), pyoxigraph.RdfFormat.TRIG))
    assert len(want) > 10_000
    assert parse(export_network(network, name), name) == want


def test_facts_come_when_they_are_asked_for(network: Network) -> None:
    text = export_network(network, "turtle", facts=True)
    modules = [path.read_bytes() for path in find_fact_modules(find_ontology())]
    facts = parse_files(*((data, pyoxigraph.RdfFormat.TURTLE) for data in modules))
    reasoned = parse_files((load_reasoned(), pyoxigraph.RdfFormat.TRIG))
    assert len(facts - reasoned) > 1000
    assert parse(text, "turtle") == reasoned | facts


@pytest.mark.parametrize("name", FORMATS)
def test_rdflib_reads_the_answer_as_pyoxigraph_does(network: Network, name: str) -> None:
    text = export_network(network, name, tumour=TUMOUR, drugs=DRUGS)
    graph = rdflib.Graph().parse(data=text, format=FORMATS[name][1])
    assert len(graph) == len(parse(text, name))
    other = {"turtle": "json-ld", "json-ld": "turtle"}[name]
    text = export_network(network, other, tumour=TUMOUR, drugs=DRUGS)
    assert set(graph) == set(rdflib.Graph().parse(data=text, format=FORMATS[other][1]))


def test_an_answer_joins_the_reasoned_graph_it_is_loaded_beside(network: Network) -> None:
    """A query over both: the routes of the answer with the labels and sources of their steps."""
    store = build_store()
    text = export_network(network, "turtle", tumour=TUMOUR, drugs=DRUGS)
    store.load(text.encode(), format=pyoxigraph.RdfFormat.TURTLE)
    prefixes = {
        "": BASE,
        "ans": f"{BASE}answer#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    }

    def ask(query: str) -> list[tuple[str, ...]]:
        found = store.query(query, prefixes=prefixes, use_default_graph_as_union=True)
        return [tuple(term.value for term in row) for row in found]  # type: ignore[union-attr]

    answer = find_routes(network, TUMOUR, DRUGS)
    levels = ask(
        "SELECT ?n ?b ?a ?d { ?x a ans:OutputLevels ; ans:notation ?n ;"
        " ans:baseline/rdfs:label ?b ; ans:acute/rdfs:label ?a ; ans:adapted/rdfs:label ?d }"
    )
    assert set(levels) == {
        (name, *(found.level(phase).label for phase in Phase))
        for name, found in answer.outputs.items()
    }
    steps = ask(
        "SELECT DISTINCT ?rule ?label ?evidence { ?x ans:hasRoute/ans:hasStep ?step ."
        " ?step ans:rule ?rule ; ans:interaction ?i ; ans:evidence ?e . ?i rdfs:label ?label ."
        " ?e :fromSource ?s . BIND(STRAFTER(STR(?e), STR(:)) AS ?evidence) }"
    )
    assert set(steps) == {
        (step.rule, step.label, evidence)
        for route in (*answer.routes, *answer.residual)
        for step in route.steps
        for evidence in step.evidence
    }
    paths = ask("SELECT ?p { ?x ans:hasRoute ?r . ?r ans:path ?p ; ans:level :full }")
    assert sorted(p for (p,) in paths) == sorted(" > ".join(r.nodes) for r in answer.routes)
    closed = ask(
        "SELECT ?p ?d { ?x ans:hasClosedRoute ?r . ?r ans:path ?p ; ans:by/rdfs:label ?d }"
    )
    assert set(closed) == {(" > ".join(c.nodes), d) for c in answer.closed for d in c.by}
    # every term that the answer links to is a term of the ontology
    dangling = ask(
        "SELECT DISTINCT ?o { ?s ?p ?o FILTER(STRSTARTS(STR(?p), STR(ans:)) && isIRI(?o))"
        " FILTER NOT EXISTS { ?o a ?class } }"
    )
    assert dangling == []
    asked = ask("SELECT ?d ?n { ?x a ans:Answer ; ans:drug/rdfs:label ?d ; ans:notice ?n }")
    assert {drug for drug, _ in asked} == set(DRUGS)
    assert {notice for _, notice in asked} == {network.knowledge.notice}


def test_every_term_of_an_answer_is_declared_in_it(network: Network) -> None:
    triples = parse(export_network(network, "turtle", tumour=TUMOUR, drugs=DRUGS), "turtle")
    own = f"{BASE}answer#"
    declared = {t.subject.value for t in triples if t.subject.value.startswith(own)}
    used = {t.predicate.value for t in triples} | {
        t.object.value for t in triples if isinstance(t.object, pyoxigraph.NamedNode)
    }
    assert {term for term in used if term.startswith(own)} <= declared


def test_questions_have_iris_of_their_own(network: Network) -> None:
    def find_iri(**asked: object) -> str:
        triples = parse(export_network(network, "turtle", **asked), "turtle")  # type: ignore[arg-type]
        kind = f"{BASE}answer#Answer"
        (found,) = (
            t.subject.value
            for t in triples
            if t.predicate.value.endswith("#type") and t.object.value == kind  # type: ignore[union-attr]
        )
        return str(found)

    asked = [
        {"tumour": TUMOUR, "drugs": DRUGS},
        {"tumour": TUMOUR, "drugs": DRUGS[:1]},
        {"tumour": Tumour.parse("PDAC", ["KRAS:G12C", "PTEN:loss"]), "drugs": DRUGS},
        {"tumour": Tumour.parse("CRC", [], ["KRAS:G12C"], ["PTEN:loss"]), "drugs": DRUGS},
    ]
    iris = [find_iri(**one) for one in asked]
    assert len(set(iris)) == len(iris)
    assert iris[0] == find_iri(**asked[0])


def test_terms_of_every_kind_survive() -> None:
    """Languages, types, quotes, blank nodes and foreign IRIs, in both formats."""
    turtle = (
        f"@prefix : <{BASE}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        ':a a :B, :C ; :p "x"@en, "y\\n\\"z\\"", 3, 3.50, true, "2026-11-21"^^xsd:date ;\n'
        " :q <https://example.org/a%20b> , :b\\/c .\n"
    )
    want = parse(turtle, "turtle")
    assert parse(render_turtle(want), "turtle") == want
    assert parse(render_jsonld(want), "json-ld") == want


def test_blank_nodes_of_facts_get_the_same_names_each_time(tmp_path: object) -> None:
    from krasbypass.export import rdf

    text = f"@prefix : <{BASE}> . :a :p [ :q 1 ] , [ :q 2 ] ."
    rendered = {render_turtle(rdf._name_blanks(set(parse(text, "turtle")))) for _ in range(3)}
    assert len(rendered) == 1


def test_reading_keeps_facts_apart_unless_asked() -> None:
    assert read_triples(None, facts=False) < read_triples(None, facts=True)
