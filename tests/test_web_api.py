"""The API: the same JSON as the commands, problems for what is wrong, nothing else within reach."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from krasbypass import Knowledge, Network, Tumour, find_routes
from krasbypass.gaps import find_gaps
from krasbypass.knowledge import load_full_knowledge
from krasbypass.queries.store import build_store, run_query
from krasbypass.report.gaps import gaps_to_json
from krasbypass.report.routes import evaluated_to_json, routes_to_json
from krasbypass.table import evaluate_table, read_table
from krasbypass.terms import describe_term
from krasbypass.web import analysis_answers, answers
from krasbypass.web.app import build_app, find_files
from krasbypass.web.limits import Limits
from krasbypass.web.security import PAGE_POLICY

QUESTION = {"tissue": "NSCLC", "alterations": ["KRAS:G12C"], "drugs": ["sotorasib"]}
PARAMETERS = {"tissue": "NSCLC", "alteration": "KRAS:G12C", "drug": "sotorasib"}
PROBLEM = "application/problem+json"


def fetch(client: httpx.Client, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


# -- answers --------------------------------------------------------------------------------------


def test_routes_are_those_of_the_command(client: httpx.Client, network: Network) -> None:
    got = fetch(client, "/api/routes", **PARAMETERS)
    assert client.post("/api/routes", json=QUESTION).json() == got
    answers.RoutesAnswer.model_validate(got)
    tumour = Tumour.parse("NSCLC", ["KRAS:G12C"])
    expected = routes_to_json(find_routes(network, tumour, ["sotorasib"]))
    assert {key: got[key] for key in expected} == json.loads(json.dumps(expected))
    assert got["nodes"]["MAPK"] == [
        got["outputs"]["MAPK"][p] for p in ("baseline", "acute", "adapted")
    ]


def test_clones_hypotheses_and_outputs_are_understood(client: httpx.Client) -> None:
    clones = fetch(client, "/api/routes", tissue="CRC", clone=["KRAS:G12C", "KRAS:G12D,MET:amp"])
    assert clones["question"]["alterations"] == ["KRAS:G12C", "KRAS:G12D", "MET:amp"]
    body = {"tissue": "CRC", "clones": ["KRAS:G12C", "KRAS:G12D,MET:amp"], "outputs": ["mapk"]}
    some = client.post("/api/routes", json=body).json()
    assert {route["output"] for route in some["routes"]} == {"MAPK"}
    name = client.get("/api/catalogue").json()["hypotheses"][0]
    switched = [f"{name['name']}={'off' if name['on'] else 'on'}"]
    assert client.post("/api/routes", json={**QUESTION, "hypotheses": switched}).status_code == 200


def test_evaluate_is_the_command(client: httpx.Client, network: Network, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "tissue": "NSCLC", "alterations": ["KRAS:G12C", "MET:amp"], "drugs": []},
        {"id": "b", "tissue": "nowhere", "alterations": [], "drugs": ["sotorasib"]},
        {"id": "c", "tissue": "CRC", "alterations": ["KRAS:G12D"], "drugs": ["sotorasib"]},
    ]
    got = client.post("/api/evaluate", json={"scenarios": rows}).json()
    answers.EvaluatedAnswer.model_validate(got)
    file = tmp_path / "scenarios.tsv"
    lines = [
        "\t".join((r["id"], r["tissue"], ",".join(r["alterations"]), ",".join(r["drugs"])))
        for r in rows
    ]  # type: ignore[arg-type]
    file.write_text("\n".join(("id\ttissue\talterations\tdrugs", *lines)))
    expected = evaluated_to_json(network.knowledge, "", evaluate_table(network, read_table(file)))
    assert got["scenarios"] == json.loads(json.dumps(expected["scenarios"]))
    assert [bool(s["error"]) for s in got["scenarios"]] == [False, True, False]


def test_show_is_the_command(client: httpx.Client) -> None:
    got = fetch(client, "/api/show", term="AMG 510")
    answers.TermAnswer.model_validate(got)
    expected = describe_term(load_full_knowledge(), "AMG 510")
    assert got == {"question": {"term": "AMG 510"}, **json.loads(json.dumps(expected))}


@pytest.mark.parametrize(
    ("path", "more", "shape"),
    [
        ("gaps", {}, analysis_answers.GapsAnswer),
        ("gaps", {"target": "close", "max_add": 2, "output": "MAPK"}, analysis_answers.GapsAnswer),
        ("forecast", {"output": "MAPK", "max_add": 1}, analysis_answers.ForecastAnswer),
        (
            "design",
            {"max_drugs": 2, "approved_only": True, "output": "MAPK"},
            analysis_answers.DesignAnswer,
        ),
        ("compare", {"with": ["sotorasib", "TNO155"]}, analysis_answers.ComparedAnswer),
        ("compare", {"before": [], "after": ["MET:amp"]}, analysis_answers.ComparedAnswer),
        ("sensitivity", {"size": 1}, analysis_answers.SensitivityAnswer),
    ],
)
def test_analyses_have_the_shape_described(
    client: httpx.Client, path: str, more: dict, shape: type[BaseModel]
) -> None:
    asked = {k: v for k, v in PARAMETERS.items() if path != "design" or k != "drug"}
    got = fetch(client, f"/api/{path}", **asked, **more)
    shape.model_validate(got)
    plural = {"output": "outputs", "alteration": "alterations", "drug": "drugs"}
    lists = {"output", "alteration", "drug"}
    body = {plural.get(k, k): [v] if k in lists else v for k, v in {**asked, **more}.items()}
    assert client.post(f"/api/{path}", json=body).json() == got


def test_gaps_are_those_of_the_command(client: httpx.Client, network: Network) -> None:
    got = fetch(client, "/api/gaps", tissue="CRC", alteration="KRAS:G12C", drug="sotorasib")
    answer = find_gaps(network, Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"])
    assert got == json.loads(json.dumps(gaps_to_json(answer)))
    assert got["closers"]


def test_a_file_of_a_format_is_offered(client: httpx.Client) -> None:
    answer = client.get("/api/export", params={"format": "cx2", **PARAMETERS})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="krasbypass.cx2"'
    assert isinstance(answer.json(), list)
    assert "<graphml" in client.get("/api/export?format=graphml").text


@pytest.mark.slow
def test_a_report_is_a_page_that_runs_nothing(client: httpx.Client) -> None:
    answer = client.get("/api/report", params={**PARAMETERS, "tissue": "CRC", "output": "MAPK"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script" not in policy
    assert answer.text.lower().startswith("<!doctype html>")
    assert "sotorasib" in answer.text
    offered = client.get("/api/report", params={**PARAMETERS, "tissue": "CRC", "download": "1"})
    assert offered.headers["content-disposition"].startswith("attachment")


def test_the_catalogue_holds_what_the_notation_takes(
    client: httpx.Client, knowledge: Knowledge
) -> None:
    got = fetch(client, "/api/catalogue")
    answers.CatalogueAnswer.model_validate(got)
    assert {d["name"] for d in got["drugs"]} == knowledge.drugs.keys()
    assert {a["node"] for a in got["alterations"]} == {
        a.node for a in knowledge.alterations.values()
    }
    every = [name for d in got["drugs"] for name in (d["name"], *d["names"])]
    assert all(knowledge.find_drug(name) for name in every)
    for tissue in got["tissues"]:
        assert all(
            knowledge.find_tissue(n) or n == "any" for n in (tissue["name"], *tissue["names"])
        )


def test_the_queries_of_the_catalogue_run_as_they_stand(client: httpx.Client) -> None:
    import pyoxigraph

    queries = fetch(client, "/api/catalogue")["queries"]
    store = build_store()
    for query in queries:
        found = store.query(query["text"], use_default_graph_as_union=True)
        assert isinstance(
            found, pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples
        )
    by_name = {query["name"]: query["text"] for query in queries}
    assert run_query(store, by_name["alterations-of-gene"]).rows[0][0] == "NF1"


def test_the_layout_has_a_place_for_every_output(client: httpx.Client, network: Network) -> None:
    got = fetch(client, "/api/layout")
    answers.LayoutAnswer.model_validate(got)
    assert set(network.outputs) <= {node["id"] for node in got["nodes"]}


# -- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "parameters", "status", "nearest", "detail"),
    [
        ("routes", {"drug": "sotorasip"}, 422, ["sotorasib"], "unknown drug 'sotorasip'"),
        ("routes", {"tissue": "NSCLD"}, 422, ["NSCLC"], "unknown tissue"),
        ("routes", {"alteration": "KRAS G12C"}, 422, [], "GENE:CHANGE"),
        ("routes", {"alterations": "KRAS:G12C"}, 422, ["alteration"], "unknown parameter"),
        ("routes", {"output": "MAPKK"}, 422, ["MAPK"], "unknown output"),
        ("routes", {"hypothesis": "x"}, 422, [], "NAME=on or NAME=off"),
        ("routes", {"hypothesis": "x=on"}, 422, [], "unknown hypothesis 'x'"),
        ("routes", {"drug": "x" * 201}, 422, [], "drug.0: String should have at most 200"),
        ("routes", {"drug": ["x"] * 65}, 422, [], "drug: List should have at most 64"),
        ("show", {}, 422, [], "term: Field required"),
        ("show", {"term": "sotorasip"}, 404, ["sotorasib"], "unknown term 'sotorasip'"),
        ("gaps", {"max_add": 9}, 422, [], "max_add"),
        ("nothing", {}, 404, [], "nothing at this address"),
    ],
)
def test_a_wrong_question_is_a_problem(
    client: httpx.Client, path: str, parameters: dict, status: int, nearest: list, detail: str
) -> None:
    answer = client.get(f"/api/{path}", params=parameters)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    answers.ProblemAnswer.model_validate(problem)
    assert problem["status"] == status
    assert detail in problem["detail"]
    assert set(nearest) <= set(problem["nearest"])


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        ("{", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ('{"drugs": ' + "[" * 20 + "]" * 20 + "}", "application/json", 400),
        ('{"drugs": "sotorasib"}', "application/json", 422),
        ('{"drug": ["sotorasib"]}', "application/json", 422),
        ('{"drugs": ["\\ud800"]}', "application/json", 422),
        ('{"tissue": NaN}', "application/json", 422),
        ("null", "application/json", 422),
        ("", "application/json", 422),
        ("tissue=NSCLC", "application/x-www-form-urlencoded", 422),
        ("\xff", "application/json", 400),
        ('{"tissue": "' + "x" * 2_000_000 + '"}', "application/json", 413),
    ],
)
def test_a_broken_body_is_a_problem(
    client: httpx.Client, body: str, media_type: str, status: int
) -> None:
    headers = {"content-type": media_type}
    answer = client.post("/api/routes", content=body.encode("latin-1"), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text


def test_other_methods_are_refused(client: httpx.Client) -> None:
    answer = client.delete("/api/routes")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert client.put("/", content="x").headers["allow"] == "GET, HEAD"
    assert client.options("/api/routes").status_code == 405
    assert client.request("TRACE", "/api/routes").status_code == 405


# -- security -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example:80"}, 421),
        ({"host": "localhost:1234"}, 200),
        ({"host": "LOCALHOST"}, 200),
        ({"host": "[::1]"}, 200),
        ({"host": "localhost."}, 200),
        ({"host": "localhost.."}, 421),
        ({"host": ".localhost"}, 421),
        ({"host": "localhost.evil.example"}, 421),
        ({"host": "127.1"}, 421),
        ({"host": "2130706433"}, 421),
        ({"host": "0.0.0.0"}, 421),
        ({"host": "user@localhost"}, 400),
        ({"host": "localhost,evil.example"}, 400),
        ({"host": "a b"}, 400),
        ({"host": ""}, 400),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "iframe",
            },
            403,
        ),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "document",
            },
            200,
        ),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
    ],
)
def test_only_this_site_is_served(client: httpx.Client, headers: dict, status: int) -> None:
    assert client.get("/api/show?term=MAPK", headers=headers).status_code == status


def test_its_own_origin_is_welcome(client: httpx.Client, server: str) -> None:
    headers = {"origin": server.rstrip("/")}
    answer = client.post("/api/routes", json=QUESTION, headers=headers)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path", ["/api/routes", "/api/nothing", "/sparql", "/static/x", "/api/openapi.json"]
)
def test_every_answer_has_the_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == PAGE_POLICY
    assert "frame-ancestors 'none'" in PAGE_POLICY
    assert "script-src 'self'" in PAGE_POLICY
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/static/..\\app.py",
        "/static/.",
        "/static/",
        "/static/%00",
        "//etc/passwd",
        "/../../etc/passwd",
    ],
)
def test_no_path_reaches_the_file_system(client: httpx.Client, path: str) -> None:
    request = client.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())
    answer = client.send(request)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


def test_files_are_served_and_revalidated(client: httpx.Client) -> None:
    for name, path in find_files().items():
        answer = client.get(f"/static/{name}")
        assert (answer.status_code, answer.content) == (200, path.read_bytes()), name
        again = client.get(f"/static/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_no_parameter_of_a_question_is_a_path(client: httpx.Client) -> None:
    for value in ("../../etc/passwd", "/etc/passwd", "file:///etc/passwd"):
        assert client.get("/api/show", params={"term": value}).status_code == 404
        assert client.get("/api/export", params={"format": value}).status_code == 422


# -- the description ------------------------------------------------------------------------------

description = build_app(None, limits=Limits()).app.openapi()  # type: ignore[arg-type, attr-defined]
described = schemathesis.openapi.from_dict(description)
heavily = schemathesis.openapi.from_dict(description)
heavily.config.phases.update(phases=["fuzzing"])
#: Addresses whose questions take seconds.
HEAVY = "/api/(gaps|compare|forecast|design|sensitivity|report)"
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.unsupported_method,
]
quietly = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@described.exclude(path_regex=HEAVY).parametrize()
@settings(quietly, max_examples=6)
def test_nothing_that_fits_the_description_breaks_it(case: Any, server: str) -> None:
    case.call_and_validate(base_url=server.rstrip("/"), timeout=300, checks=CHECKS)


@pytest.mark.slow
@heavily.include(path_regex=HEAVY).parametrize()
@settings(quietly, max_examples=3)
def test_nothing_that_takes_long_breaks_it(case: Any, server: str) -> None:
    case.call_and_validate(base_url=server.rstrip("/"), timeout=600, checks=CHECKS)


NAMES = {
    "tissue": ["NSCLC", "crc", "any", "nowhere"],
    "alteration": [
        "KRAS:G12C",
        "MET:amp",
        "EML4::ALK",
        "context:EMT",
        "KRAS:G12C+Y96D",
    ],
    "drug": ["AMG 510", "inhibitor:MEK", "daraxonrasib,cetuximab", "sotorasip"],
}


@settings(quietly, max_examples=12)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "tissue": st.sampled_from(NAMES["tissue"]),
            "alteration": st.lists(st.sampled_from(NAMES["alteration"]), max_size=3),
            "drug": st.lists(st.sampled_from(NAMES["drug"]), max_size=2),
        },
    )
)
def test_real_names_are_answered_by_get_and_post_alike(
    client: httpx.Client, asked: dict[str, Any]
) -> None:
    got = client.get("/api/routes", params=asked)
    plural = {"alteration": "alterations", "drug": "drugs"}
    posted = client.post("/api/routes", json={plural.get(k, k): v for k, v in asked.items()})
    assert (got.status_code, got.content) == (posted.status_code, posted.content)
    if got.status_code == 200:
        answers.RoutesAnswer.model_validate(got.json())
    else:
        unknown = {"nowhere", "sotorasip"} & {asked.get("tissue"), *asked.get("drug", ())}
        assert got.status_code == 422
        assert unknown


# -- the command ----------------------------------------------------------------------------------


def run_serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "krasbypass", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_an_address_that_is_taken_is_one_sentence(server: str) -> None:
    port = server.rstrip("/").rpartition(":")[2]
    ended = run_serve("--port", port)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"krasbypass: cannot listen at 127.0.0.1, port {port} (")
    assert ended.stderr.count("\n") == 1


def test_an_ontology_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    ended = run_serve("--port", "0", "--ontology", str(tmp_path / "none"))
    assert ended.returncode == 1
    assert ended.stderr.startswith("krasbypass: no Turtle files in the ontology folder")


def test_a_host_that_others_can_reach_is_warned_of(tmp_path: Path) -> None:
    ended = run_serve("--host", "0.0.0.0", "--port", "0", "--ontology", str(tmp_path / "none"))
    assert "warning: anyone who reaches 0.0.0.0" in ended.stderr
