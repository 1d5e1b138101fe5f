"""Other stores: ours over HTTP, and Virtuoso where installed, hold what the packaged store does."""

from __future__ import annotations

import http.server
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krasbypass.errors import KrasbypassError, QueryError, UnknownTermError
from krasbypass.knowledge import load_knowledge
from krasbypass.queries.endpoints import Endpoint, EndpointError, load_knowledge_from_endpoint
from krasbypass.queries.named import find_queries, find_query
from krasbypass.queries.store import build_store, read_names, run_query
from krasbypass.queries.text import bind_values, declare_prefixes


@pytest.fixture(scope="module")
def store() -> pyoxigraph.Store:
    return build_store()


@pytest.fixture(scope="module")
def url(server: str) -> str:
    return server + "sparql"


def find_differences(store: pyoxigraph.Store, endpoint: Endpoint) -> list[str]:
    """Return the named queries whose answers differ between a store and an endpoint."""
    names = read_names(store)
    differing = []
    for query in find_queries():
        expected = run_query(store, query, names=names)
        try:
            found = run_query(endpoint, query, names=names)
        except EndpointError:
            differing.append(query.name)
            continue
        same = (found.form, found.columns) == (expected.form, expected.columns)
        if not same or sorted(found.rows) != sorted(expected.rows):
            differing.append(query.name)
    return differing


# -- our own endpoint -----------------------------------------------------------------------------


def test_every_named_query_has_the_answer_of_the_packaged_store(
    store: pyoxigraph.Store, url: str
) -> None:
    assert find_differences(store, Endpoint(url)) == []


def test_names_and_parameters_work_over_the_protocol(store: pyoxigraph.Store, url: str) -> None:
    query = find_query("drugs-of-target")
    # MEK is the name of a family and of an activity: both stores have to take the same one
    for values in ({"target": "SHP2"}, {"target": "MEK"}):
        found = run_query(Endpoint(url), query, values)
        expected = run_query(store, query, values)
        assert sorted(found.rows) == sorted(expected.rows) != []
    with pytest.raises(UnknownTermError, match="nearest"):
        run_query(Endpoint(url), query, {"target": "SHP22"})


def test_graphs_come_as_graphs(store: pyoxigraph.Store, url: str) -> None:
    text = "DESCRIBE :sotorasib"
    found, expected = run_query(Endpoint(url), text), run_query(store, text)
    assert found.form == "graph"
    assert set(found.terms) == set(expected.terms)


def test_knowledge_read_over_the_protocol_is_the_knowledge(url: str) -> None:
    found, expected = load_knowledge_from_endpoint(url), load_knowledge()
    # not compared within assert, which would spell out every difference of thousands
    same = (found.index == expected.index, found.derived == expected.derived)
    assert same == (True, True)


def test_a_fault_is_told_with_its_line(url: str) -> None:
    with pytest.raises(QueryError, match="line 2, column 9"):
        run_query(Endpoint(url), "SELECT ?x {\n  ?x a }")


def test_only_the_graphs_named_are_asked(url: str) -> None:
    text = "ASK { ?s ?p ?o }"
    empty = run_query(Endpoint(url, graphs=("urn:none",)), text)
    assert (empty.rows, run_query(Endpoint(url), text).rows) == ((("no",),), (("yes",),))


def test_the_command_asks_another_store(url: str) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "krasbypass", "query", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    asked = ("--name", "drugs-of-target", "-p", "target=SHP2", "--format", "csv")
    assert run(*asked, "--endpoint", url).stdout == run(*asked).stdout != ""
    nowhere = run(*asked, "--endpoint", "http://127.0.0.1:1/sparql")
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert nowhere.stderr.startswith("krasbypass: the SPARQL endpoint http://127.0.0.1:1/sparql")
    assert nowhere.stderr.count("\n") == 1


# -- endpoints that are none ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://localhost/", "an address starts with http"),
        ("localhost:8890", "an address starts with http"),
        ("http://", "an address starts with http"),
        ("http://localhost:99999/", "an address starts with http"),
        ("http://127.0.0.1:1/sparql", "refused"),
        ("http://u:secret@127.0.0.1:1/sparql", "refused"),
        ("http://nowhere.invalid/sparql", "cannot be asked"),
    ],
)
def test_an_address_without_endpoint_is_one_sentence(address: str, said: str) -> None:
    with pytest.raises(KrasbypassError) as caught:
        Endpoint(address, seconds=60).query("ASK {}")
    sentence = str(caught.value)
    assert said in sentence
    assert "\n" not in sentence
    assert "secret" not in sentence


@contextmanager
def answering(
    status: int, media_type: str, body: bytes, *headers: tuple[str, str]
) -> Iterator[str]:
    """Answer every request alike."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            for name, value in (("content-type", media_type), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/sparql"
        server.shutdown()
        thread.join()


RESULTS = b'{"head": {"vars": []}, "results": {"bindings": []}}'


@pytest.mark.parametrize(
    ("status", "media_type", "body", "headers", "said"),
    [
        (200, "text/html", b"<p>Hello", (), "it answers with text/html, not with RDF"),
        (200, "application/sparql-results+json", b"{", (), "not with RDF"),
        (200, "application/sparql-results+json", RESULTS, (("X-SPARQL-MaxRows", "1"),), "cut"),
        (500, "text/plain", b"out of\nmemory", (), "500 Internal Server Error: out of memory"),
        (401, "text/html", b"<p>who are you?", (), "401 Unauthorized"),
        (302, "text/plain", b"", (("Location", "http://127.0.0.1:1/"),), "302 Found"),
        (400, "application/json", b'{"line": "x"}', (), "400 Bad Request"),
    ],
)
def test_what_is_no_answer_is_one_sentence(
    status: int, media_type: str, body: bytes, headers: tuple, said: str
) -> None:
    with answering(status, media_type, body, *headers) as address:
        with pytest.raises(EndpointError) as caught:
            list(Endpoint(address).query("SELECT * {}"))
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_store_without_the_ontology_is_named() -> None:
    none = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"0"}}]}}'
    with (
        answering(200, "application/sparql-results+json", none) as address,
        pytest.raises(EndpointError, match="it holds no triples"),
    ):
        load_knowledge_from_endpoint(address)


def test_a_slow_store_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(EndpointError, match=r"no answer in 0\.2 seconds"):
            Endpoint(address, seconds=0.2).query("ASK {}")


# -- text of queries ------------------------------------------------------------------------------

TERMS = {"a": "<urn:a>", "b": "<urn:b>"}
TURTLE = """
<urn:a> <urn:p> <urn:b>, <urn:c> . <urn:b> <urn:p> <urn:a>, <urn:d> ; <urn:q> <urn:b> .
<urn:c> <urn:q> <urn:b> . <urn:d> <urn:q> <urn:c> .
"""


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("SELECT ?a ?y { ?a :p ?y }", "SELECT (:a AS ?a) ?y { :a :p ?y }"),
        ("SELECT ?y { ?a :p ?y }", "SELECT ?y { :a :p ?y }"),
        (
            "SELECT * { ?a :p ?y OPTIONAL { ?y :q ?b } }",
            "SELECT (:a AS ?a) (:b AS ?b) ?y { :a :p ?y OPTIONAL { ?y :q :b } }",
        ),
        (
            "SELECT ?a ?b { { ?a :p ?y } UNION { ?y :q ?b } }",
            "SELECT (:a AS ?a) (:b AS ?b) { { :a :p ?y } UNION { ?y :q :b } }",
        ),
        (
            "SELECT ?a (COUNT(?y) AS ?n) { ?a :p|:q ?y . ?y :q ?b } GROUP BY ?a ORDER BY ?a",
            "SELECT (:a AS ?a) (COUNT(?y) AS ?n) { :a :p|:q ?y . ?y :q :b }",
        ),
        (
            "SELECT ?a ?z { ?z :p+ ?y FILTER(?a != ?z) FILTER NOT EXISTS { ?z :q ?b } }",
            "SELECT (:a AS ?a) ?z { ?z :p+ ?y FILTER(:a != ?z) FILTER NOT EXISTS { ?z :q :b } }",
        ),
        (
            "SELECT ?a ?n { { SELECT ?a (COUNT(*) AS ?n) { ?a :p ?z } GROUP BY ?a } }",
            "SELECT (:a AS ?a) ?n { { SELECT (COUNT(*) AS ?n) { :a :p ?z } } }",
        ),
        (
            "SELECT ?a ?n { SELECT ?a (COUNT(*) AS ?n) { ?a :p ?z } GROUP BY ?a }",
            "SELECT (:a AS ?a) ?n { { SELECT (COUNT(*) AS ?n) { :a :p ?z } } }",
        ),
        (  # what an inner query does not select is a name of its own
            "SELECT ?a ?y { { SELECT ?y { ?y :p ?a } } # ?a }\n VALUES ?y { :b :c } }",
            "SELECT (:a AS ?a) ?y { { SELECT ?y { ?y :p ?other } } VALUES ?y { :b :c } }",
        ),
        (
            'SELECT ?a ?s { ?a :p ?y BIND("?a } {" AS ?s) MINUS { ?a :q ?b } }',
            'SELECT (:a AS ?a) ?s { :a :p ?y BIND("?a } {" AS ?s) }',
        ),
        ("SELECT ?y { ?a :p ?y FILTER(BOUND(?a)) }", "SELECT ?y { :a :p ?y }"),
        ("CONSTRUCT { ?a :r ?y } WHERE { ?a :p ?y }", "CONSTRUCT { :a :r ?y } { :a :p ?y }"),
        ("CONSTRUCT WHERE { ?a :p ?y }", "CONSTRUCT WHERE { :a :p ?y }"),
        ("ASK { ?a :p ?b }", "ASK { :a :p :b }"),
        ("ASK { ?a :q ?b }", "ASK { :a :q :b }"),
        ("DESCRIBE ?a", "DESCRIBE :a"),
    ],
)
def test_values_in_the_text_are_what_was_meant(query: str, meant: str) -> None:
    store = pyoxigraph.Store()
    store.load(TURTLE, format=pyoxigraph.RdfFormat.TURTLE)

    def run(text: str) -> object:
        found = store.query(declare_prefixes(text, {"": "urn:", "unused": "urn:"}))
        if isinstance(found, pyoxigraph.QueryBoolean):
            return bool(found)
        if isinstance(found, pyoxigraph.QueryTriples):
            return sorted(map(str, found))
        names = sorted(v.value for v in found.variables)
        return names, sorted(str([row[name] for name in names]) for row in found)

    assert run(bind_values(query, TERMS)) == run(meant)
    assert run(meant) or query.startswith("ASK")


@given(st.text("{}?$ab:#<>\"'\\\n (*)SELECTWHRVU", max_size=60))
def test_text_without_values_stays(text: str) -> None:
    assert bind_values(text, {}) == text
    bind_values(text, TERMS)  # whatever the text, it ends
    assert declare_prefixes(text, {}) == text


# -- Virtuoso -------------------------------------------------------------------------------------

_INI = """
[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
[TempDatabase]
DatabaseFile = {folder}/t.db
TransactionFile = {folder}/t.trx
[Parameters]
ServerPort = 127.0.0.1:{port}
DirsAllowed = {folder}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
[HTTPServer]
ServerPort = 127.0.0.1:{web}
[SPARQL]
ResultSetMaxRows = {rows}
"""


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory, store: pyoxigraph.Store) -> Iterator[str]:
    """A Virtuoso of its own, into which the packaged graph was loaded."""
    if not shutil.which("virtuoso-t") or not shutil.which("isql-vt"):
        pytest.skip("Virtuoso is not installed (Debian: virtuoso-opensource-7-bin)")
    folder = tmp_path_factory.mktemp("virtuoso")
    port, web = _free_port(), _free_port()
    ini = folder / "virtuoso.ini"
    ini.write_text(_INI.format(folder=folder, port=port, web=web, rows=1_000_000))
    command = ["virtuoso-t", "+foreground", "+configfile", str(ini)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait_for(web)
        store.dump(str(folder / "graph.nq"), format=pyoxigraph.RdfFormat.N_QUADS)
        load = f"DB.DBA.TTLP(file_to_string_output('{folder}/graph.nq'), '', 'urn:x', 512);"
        isql = ["isql-vt", f"127.0.0.1:{port}", "dba", "dba", f"exec=log_enable(2); {load}"]
        subprocess.run(isql, check=True, capture_output=True, timeout=300)
        yield f"http://127.0.0.1:{web}/sparql"
    finally:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 300
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "Virtuoso did not start"
            time.sleep(0.1)


#: What Virtuoso 7.2.5 gets wrong by itself: it shows booleans as 1 and 0, compares texts of dates
#: and follows ``*`` paths from a constant otherwise than SPARQL says, or refuses to.
_QUIRKS = 0.15


def test_virtuoso_answers_as_the_packaged_store_does(
    store: pyoxigraph.Store, virtuoso: str
) -> None:
    differing = find_differences(store, Endpoint(virtuoso))
    assert len(differing) <= _QUIRKS * len(find_queries()), differing
    assert "drug-engages-allele" not in differing


def test_knowledge_read_from_virtuoso_is_the_knowledge(virtuoso: str) -> None:
    found, expected = load_knowledge_from_endpoint(virtuoso), load_knowledge()
    # not compared within assert, which would spell out every difference of thousands
    same = (found.index == expected.index, found.derived == expected.derived)
    assert same == (True, True)
