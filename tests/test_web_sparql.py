"""The SPARQL endpoint: its protocol, its formats, and clients that others wrote."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pyoxigraph
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from krasbypass.vocabulary import BASE, Graph

SELECT = "SELECT ?drug WHERE { ?drug a :Drug } ORDER BY ?drug LIMIT 2"
ASK = "ASK { ?s a :Drug }"
CONSTRUCT = "CONSTRUCT { ?s a :Drug } WHERE { ?s a :Drug }"
DESCRIBE = "DESCRIBE :sotorasib"
PREFIX = f"PREFIX : <{BASE}>\n"
DIRECT = {"content-type": "application/sparql-query"}
PROBLEM = "application/problem+json"


def ask(client: httpx.Client, query: str, accept: str = "*/*") -> httpx.Response:
    return client.get("/sparql", params={"query": query}, headers={"accept": accept})


def names(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    rows = response.json()["results"]["bindings"]
    return [row["drug"]["value"].removeprefix(BASE) for row in rows]


# -- the protocol ---------------------------------------------------------------------------------


def test_a_query_by_get_form_and_body_has_one_answer(client: httpx.Client) -> None:
    got = ask(client, SELECT)
    form = client.post("/sparql", data={"query": SELECT})
    body = client.post("/sparql", content=SELECT, headers=DIRECT)
    charset = {"content-type": "application/sparql-query; charset=UTF-8"}
    with_charset = client.post("/sparql", content=SELECT, headers=charset)
    assert len(names(got)) == 2
    assert got.content == form.content == body.content == with_charset.content


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        (SELECT, "*/*", "application/sparql-results+json"),
        (SELECT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "text/csv", "text/csv; charset=utf-8"),
        (SELECT, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (SELECT, "text/csv;q=0.3, application/json;q=0.8", "application/json"),
        (SELECT, "text/*", "text/csv; charset=utf-8"),
        (SELECT, "text/turtle, */*;q=0.1", "application/sparql-results+json"),
        (ASK, "application/sparql-results+xml, */*;q=0.5", "application/sparql-results+xml"),
        (CONSTRUCT, "*/*", "text/turtle; charset=utf-8"),
        (CONSTRUCT, "application/rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "application/n-triples", "application/n-triples"),
        (DESCRIBE, "application/ld+json", "application/ld+json"),
        (DESCRIBE, "application/n-triples;q=0, text/turtle", "text/turtle; charset=utf-8"),
    ],
)
def test_the_format_is_what_the_client_likes_best(
    client: httpx.Client, query: str, accept: str, media_type: str
) -> None:
    answer = ask(client, query, accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["vary"] == "accept"


def test_all_formats_say_the_same(client: httpx.Client) -> None:
    rows = {name: ask(client, SELECT, name) for name in ("text/csv", "text/tab-separated-values")}
    expected = names(ask(client, SELECT))
    found = [row["drug"] for row in csv.DictReader(io.StringIO(rows["text/csv"].text))]
    assert [name.removeprefix(BASE) for name in found] == expected
    lines = rows["text/tab-separated-values"].text.splitlines()
    assert lines == ["?drug", *(f"<{BASE}{name}>" for name in expected)]
    xml = ElementTree.fromstring(ask(client, SELECT, "application/sparql-results+xml").content)
    assert [e.text.removeprefix(BASE) for e in xml.iter() if e.tag.endswith("uri")] == expected
    graphs = []
    for name in ("text/turtle", "application/n-triples", "application/rdf+xml"):
        graph = rdflib.Graph().parse(data=ask(client, CONSTRUCT, name).content, format=name)
        graphs.append(set(graph))
    assert graphs[0] == graphs[1] == graphs[2] != set()
    described = ask(client, CONSTRUCT, "application/ld+json").content
    quads = pyoxigraph.parse(described, format=pyoxigraph.RdfFormat.JSON_LD)
    assert sum(1 for _ in quads) == len(graphs[0])


def test_a_format_that_is_not_offered_is_refused(client: httpx.Client) -> None:
    assert ask(client, SELECT, "text/turtle").status_code == 406
    assert ask(client, CONSTRUCT, "text/csv").status_code == 406


GRAPHS = [str(Graph.ASSERTED), str(Graph.INFERRED)]
COUNT = "SELECT (COUNT(*) AS ?n) { ?s a :Drug }"
BY_GRAPH = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"


def count(response: httpx.Response) -> int:
    return int(response.json()["results"]["bindings"][0]["n"]["value"])


def test_a_request_names_the_graphs_to_ask(client: httpx.Client) -> None:
    def by_get(query: str, *dataset: tuple[str, str]) -> httpx.Response:
        return client.get("/sparql?" + urlencode([("query", query), *dataset]))

    everything = count(by_get(COUNT))
    asserted = count(by_get(COUNT, ("default-graph-uri", GRAPHS[0])))
    inferred = count(by_get(COUNT, ("default-graph-uri", GRAPHS[1])))
    both = count(by_get(COUNT, *(("default-graph-uri", g) for g in GRAPHS)))
    assert 0 < asserted < both <= everything
    assert 0 < inferred < both
    named = by_get(BY_GRAPH, ("named-graph-uri", GRAPHS[0]))
    assert [r["g"]["value"] for r in named.json()["results"]["bindings"]] == [GRAPHS[0]]
    assert count(by_get(COUNT, ("named-graph-uri", GRAPHS[0]))) == 0
    full = [("default-graph-uri", GRAPHS[0]), *(("named-graph-uri", g) for g in GRAPHS)]
    assert count(by_get(COUNT, *full)) == asserted
    assert len(by_get(BY_GRAPH, *full).json()["results"]["bindings"]) == 2
    form = urlencode([("query", COUNT), ("default-graph-uri", GRAPHS[0])])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert count(client.post("/sparql", content=form, headers=headers)) == asserted
    address = "/sparql?" + urlencode([("default-graph-uri", GRAPHS[0])])
    assert count(client.post(address, content=COUNT, headers=DIRECT)) == asserted


def test_the_graphs_of_a_request_go_before_those_of_the_query(client: httpx.Client) -> None:
    query = COUNT.replace("{", f"FROM <{GRAPHS[0]}> {{", 1)
    stated = count(ask(client, query))
    assert 0 < stated < count(ask(client, COUNT))
    asked = {"query": query, "default-graph-uri": GRAPHS[1]}
    assert count(client.get("/sparql", params=asked)) != stated


def test_a_bare_get_describes_the_service(client: httpx.Client, server: str) -> None:
    sd = "http://www.w3.org/ns/sparql-service-description#"
    for accept in ("*/*", "application/rdf+xml", "application/n-triples"):
        answer = client.get("/sparql", headers={"accept": accept})
        media_type = answer.headers["content-type"].partition(";")[0]
        graph = rdflib.Graph().parse(data=answer.content, format=media_type)
        service = rdflib.URIRef(server + "sparql")
        assert (service, rdflib.URIRef(sd + "endpoint"), service) in graph
        languages = set(graph.objects(service, rdflib.URIRef(sd + "supportedLanguage")))
        assert languages == {rdflib.URIRef(sd + "SPARQL11Query")}
        named = set(graph.objects(None, rdflib.URIRef(sd + "name")))
        assert {rdflib.URIRef(g) for g in Graph} <= named
    assert client.get("/sparql", headers={"accept": "image/png"}).status_code == 406
    page = client.get("/sparql", headers={"accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["location"]) == (303, "/sparql/ui")


FORM = {"content-type": "application/x-www-form-urlencoded"}
UPDATE = "INSERT DATA { <urn:a> <urn:b> <urn:c> }"


# beside the W3C's cases in test_web_protocol.py
@pytest.mark.parametrize(
    ("method", "query", "headers", "body", "status"),
    [
        ("DELETE", {"query": ASK}, {}, "", 405),
        ("GET", {"default-graph-uri": GRAPHS[0]}, {}, "", 400),
        ("GET", {"query": ""}, {}, "", 400),
        ("POST", {}, FORM, urlencode([("query", ASK), ("query", ASK)]), 400),
        ("POST", {}, FORM, "", 400),
        ("POST", {"query": ASK}, FORM, urlencode({"query": ASK}), 400),
        ("POST", {"query": ASK}, DIRECT, ASK, 400),
        ("POST", {}, DIRECT, ASK.encode("utf-16"), 400),
        ("POST", {}, FORM, "query=%ff%fe", 400),
        ("GET", {"query": "ASK", "default-graph-uri": "not an iri"}, {}, "", 400),
        ("GET", {"query": ASK, "default-graph-uri": "not an iri"}, {}, "", 400),
        ("GET", [("query", ASK), *[("named-graph-uri", "urn:g")] * 33], {}, "", 400),
        ("GET", [("query", ASK), *[("x", "y")] * 200], {}, "", 400),
        ("GET", {"query": UPDATE}, {}, "", 400),
        ("POST", {"using-graph-uri": "urn:g"}, DIRECT, ASK, 403),
        ("POST", {"update": UPDATE}, FORM, urlencode({"query": ASK}), 403),
        ("POST", {}, FORM, urlencode({"query": "CLEAR ALL"}), 400),
        ("POST", {}, DIRECT, "LOAD <http://127.0.0.1:1/>", 400),
        ("POST", {}, DIRECT, "ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400),
        ("POST", {}, DIRECT, r"ASK { SERV\u0049CE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400),
    ],
)
def test_what_is_not_a_query_is_refused(
    client: httpx.Client, method: str, query: object, headers: dict, body: object, status: int
) -> None:
    address = "/sparql?" + urlencode(query) if query else "/sparql"  # type: ignore[arg-type]
    before = ask(client, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").content
    answer = client.request(method, address, headers=headers, content=body or None)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert {"type", "title", "status", "detail", "nearest"} <= answer.json().keys()
    assert answer.json()["status"] == status
    assert ask(client, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").content == before


def test_a_fault_of_a_query_is_shown_where_it_is(client: httpx.Client) -> None:
    problem = ask(client, "SELECT ?x WHERE {\n  ?x a :Drug .\n  7\n}").json()
    assert (problem["line"], problem["status"]) == (4, 400)
    assert problem["detail"].startswith("line 4, column 2: ")
    problem = ask(client, "SELECT ?x WHERE {\n  ?x a nowhere:Drug }").json()
    assert (problem["line"], problem["column"]) == (2, 8)
    assert "the prefix 'nowhere:' is not declared" in problem["detail"]


def test_head_says_what_get_says(client: httpx.Client) -> None:
    answer = client.head("/sparql", params={"query": SELECT})
    length = answer.headers["content-length"]
    assert (answer.status_code, answer.content, length) == (
        200,
        b"",
        str(len(ask(client, SELECT).content)),
    )


@pytest.mark.parametrize(
    ("query", "media_type"),
    [
        ("SELECT * { GRAPH ?g { ?s ?p ?o } } ORDER BY ?s ?p ?o", "application/sparql-results+xml"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "application/ld+json"),
    ],
)
def test_the_whole_graph_can_be_had(client: httpx.Client, query: str, media_type: str) -> None:
    answer = ask(client, query, media_type)
    assert answer.status_code == 200, answer.text
    assert answer.content.count(b"sotorasib") > 100


# -- clients of others ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", POST])
def test_sparqlwrapper(server: str, method: str) -> None:
    wrapper = SPARQLWrapper(server + "sparql")
    wrapper.setMethod(method)

    def fetch(query: str, form: str) -> object:
        wrapper.setQuery(PREFIX + query)
        wrapper.setReturnFormat(form)
        return wrapper.query().convert()

    found = fetch(SELECT, JSON)["results"]["bindings"]  # type: ignore[index]
    assert len(found) == 2
    assert len(fetch(SELECT, XML).getElementsByTagName("result")) == 2  # type: ignore[attr-defined]
    assert fetch(SELECT, CSV).count(b"\n") == 3  # type: ignore[attr-defined]
    assert fetch(SELECT, TSV).startswith(b"?drug\n<")  # type: ignore[attr-defined]
    assert fetch(ASK, JSON)["boolean"] is True  # type: ignore[index]
    turtle = rdflib.Graph().parse(data=fetch(CONSTRUCT, TURTLE), format="turtle")
    assert len(turtle) == len(fetch(CONSTRUCT, RDFXML)) > 100  # type: ignore[arg-type]
    assert len(fetch(DESCRIBE, RDFXML)) > 5  # type: ignore[arg-type]
    with pytest.raises(QueryBadFormed, match="read"):
        fetch("SELECT nonsense", JSON)


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_sparql_store(server: str, method: str) -> None:
    graph = rdflib.Graph(SPARQLStore(server + "sparql", method=method))
    found = list(graph.query(PREFIX + SELECT))
    assert len(found) == 2
    drug = found[0][0]
    assert (drug, rdflib.RDF.type, rdflib.URIRef(BASE + "Drug")) in graph
    assert len(list(graph.predicate_objects(drug))) > 3
    assert graph.query(PREFIX + ASK).askAnswer is True
    assert len(graph.query(PREFIX + CONSTRUCT).graph) > 100


def test_curl(server: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")

    def curl(*arguments: str) -> str:
        command = ["curl", "-sS", "--noproxy", "*", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    url = server + "sparql"
    got = curl("-G", url, "--data-urlencode", f"query={SELECT}")
    assert len(json.loads(got)["results"]["bindings"]) == 2
    assert curl(url, "--data-urlencode", f"query={SELECT}") == got
    direct = ["-H", "Content-Type: application/sparql-query", "--data-binary", SELECT]
    assert curl(url, *direct, "-H", "Accept: text/csv").startswith("drug\nhttps://")
    refused = curl(url, "-w", "%{http_code}", "-o", "/dev/null", "-d", "update=CLEAR ALL")
    assert refused == "403"
