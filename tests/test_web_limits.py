"""Hostile and unlucky clients: each is stopped, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from krasbypass.web import nursery
from krasbypass.web.limits import Limits
from krasbypass.web.problems import ProblemError
from krasbypass.web.workers import Pool, StartError
from pace import measure_pace
from serving import serve

SECONDS = 1.0
#: How long a test waits for an answer: not what is measured.
PATIENT = 300
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?p ?d . ?e ?p ?f }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
HUNGRY = LARGE + " ORDER BY ?a"
PRODUCT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
#: Endless, and soon with some fifty MiB in hand.
HOLDING = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?p ?d . ?e ?q ?f FILTER(?q = ?p) }"
GROWING = (
    'SELECT * { BIND("aaaaaaaaaaaaaaaa" AS ?a0) '
    + " ".join(f"BIND(CONCAT(?a{i}, ?a{i}) AS ?a{i + 1})" for i in range(40))
    + "}"
)
DEEP = "ASK { FILTER(" + "(" * 30_000 + "1" + ")" * 30_000 + ") }"
QUICK = "SELECT ?s { ?s a :Drug } ORDER BY ?s LIMIT 3"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    limits = {"size": 2**23, "slow": 4, "halted": 0, "answer_seconds": 5}
    with serve(query_seconds=SECONDS, body_seconds=1, **limits) as url:
        yield url


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=PATIENT) as client:
        yield client


def stretch() -> float:
    """Return how much longer everything takes just now, other processes included."""
    return measure_pace(time.perf_counter)


def ask(client: httpx.Client, query: str) -> httpx.Response:
    return client.post("/sparql", data={"query": query})


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        (ENDLESS, {"too-slow"}),
        (LARGE, {"too-large"}),
        (HUNGRY, {"too-large", "too-slow"}),  # on a busy machine its time is up first
        (PRODUCT, {"too-large", "too-slow"}),
        (GROWING, {"too-large", "too-slow"}),
        (DEEP, {"too-large"}),
    ],
)
def test_a_query_that_asks_too_much_is_stopped(
    client: httpx.Client, query: str, kinds: set[str]
) -> None:
    start = time.monotonic()
    answer = ask(client, query)
    # three waits of the pool, each three times the work allowed on a machine that is busy
    assert time.monotonic() - start < 3 * 3 * SECONDS + 4 * stretch()
    kind = answer.json()["type"].rpartition("/")[2]
    assert kind in kinds
    assert answer.status_code == (503 if kind == "too-slow" else 400)
    assert ("retry-after" in answer.headers) == (kind == "too-slow")
    assert ask(client, QUICK).status_code == 200


def test_slow_queries_keep_nobody_waiting(server: str) -> None:
    with ThreadPoolExecutor(8) as pool, httpx.Client(base_url=server, timeout=PATIENT) as client:
        expected = ask(client, QUICK).content
        slow = [
            pool.submit(httpx.post, server + "sparql", data={"query": ENDLESS}, timeout=PATIENT)
            for _ in range(8)
        ]
        times = []
        pace = stretch()
        while not all(f.done() for f in slow):
            start = time.monotonic()
            # a comment makes each a query of its own, so that none is answered from memory
            answer = ask(client, f"{QUICK} # {start}")
            times.append(time.monotonic() - start)
            assert answer.content == expected
        kinds = [f.result().json()["type"].rpartition("/")[2] for f in slow]
    assert set(kinds) <= {"busy", "too-slow"}
    assert kinds.count("too-slow") >= 4  # as many as there are places; more if some came late
    assert len(times) > 3
    assert sorted(times)[len(times) // 2] < SECONDS / 2 * pace


def test_clients_that_leave_free_their_workers(client: httpx.Client, server: str) -> None:
    def leave(_: int) -> None:
        with pytest.raises(httpx.TimeoutException):
            httpx.post(server + "sparql", data={"query": ENDLESS}, timeout=0.8)

    kinds = []
    for _ in range(10):  # a machine that is busy may be late to notice
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(leave, range(4)))
        # if they still held the four places for slow queries, there would be none now
        kinds.append(ask(client, ENDLESS).json()["type"].rpartition("/")[2])
        if kinds[-1] == "too-slow":
            return
    pytest.fail(f"still busy: {kinds}")


def _talk(server: str, data: bytes, *, wait: float = 60) -> bytes:
    """Send bytes as they are; return what comes back until the server closes."""
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port), wait) as connection:
        found = b""
        with contextlib.suppress(OSError):
            connection.sendall(data)
        with contextlib.suppress(OSError):
            while piece := connection.recv(65536):
                found += piece
        return found


HEAD = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"


def test_a_body_that_is_too_large_is_not_read(server: str) -> None:
    declared = _talk(server, HEAD + b"Content-Length: 999999999\r\n\r\nASK")
    assert declared.startswith(b"HTTP/1.1 413")
    negative = _talk(server, HEAD + b"Content-Length: -1\r\n\r\n")
    assert negative.startswith(b"HTTP/1.1 400")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    chunked = _talk(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20)
    assert chunked.startswith(b"HTTP/1.1 413") or chunked == b""


def test_a_body_that_does_not_come_is_not_waited_for(server: str) -> None:
    start = time.monotonic()
    assert _talk(server, HEAD + b"Content-Length: 100\r\n\r\nASK").startswith(b"HTTP/1.1 408")
    assert time.monotonic() - start < 4 * stretch()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
        HEAD + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\nASK {}G",
        HEAD + b"Content-Length: +6\r\n\r\nASK {}",
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\nASK {}",
        HEAD + b"Transfer-Encoding : chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
        b"GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(client: httpx.Client, server: str, request_: bytes) -> None:
    assert _talk(server, request_).startswith(b"HTTP/1.1 4")
    assert ask(client, QUICK).status_code == 200


def test_an_address_that_is_too_long_is_refused(client: httpx.Client) -> None:
    assert client.get("/api/show", params={"term": "x" * 17_000}).status_code == 414


# -- the pool -------------------------------------------------------------------------------------

ASKED = {"query": QUICK, "accept": "", "default_graphs": [], "named_graphs": []}


async def _kill_and_ask() -> list[int]:
    limits = Limits(workers=2)
    async with Pool(None, limits).running() as pool:
        statuses = [(await pool.run("query", ASKED, seconds=10)).status]
        process = pool._nursery[0] if pool._nursery else None
        for worker in tuple(pool._workers):
            os.kill(worker.pid, signal.SIGKILL)
        for _ in range(4):  # the first ask finds that a worker is gone
            try:
                statuses.append((await pool.run("query", ASKED, seconds=10)).status)
            except ProblemError as error:
                statuses.append(error.problem.status)
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        for worker in tuple(pool._workers):
            os.kill(worker.pid, signal.SIGKILL)
        for _ in range(4):
            try:
                statuses.append((await pool.run("query", ASKED, seconds=20)).status)
            except ProblemError as error:
                statuses.append(error.problem.status)
        return statuses


@pytest.mark.skipif(not nursery.has_fork(), reason="workers are not forked here")
def test_a_pool_heals_when_its_processes_are_killed() -> None:
    assert asyncio.run(_kill_and_ask()) == [200, 400, 400, 200, 200, 400, 400, 200, 200]


async def _ask_while_one_is_slow(*queries: str) -> list[str]:
    async with Pool(None, Limits(workers=2, slow=1)).running() as pool:
        first = asyncio.create_task(pool.run("query", {**ASKED, "query": ENDLESS}, seconds=60))
        while not ("query" in pool._slots and pool._slots["query"].locked()):
            await asyncio.sleep(0.05)
        found = []
        for query in queries:
            try:
                reply = await pool.run("query", {**ASKED, "query": query}, seconds=60)
                found.append(str(reply.status))
            except ProblemError as error:
                found.append(error.problem.kind)
        first.cancel()
        return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to look at memory")
def test_a_query_that_holds_much_may_not_wait_for_another() -> None:
    assert asyncio.run(_ask_while_one_is_slow(HOLDING, QUICK)) == ["busy", "200"]


async def _ask_lone_workers() -> list[int]:
    async with Pool(None, Limits(workers=1)).running() as pool:
        assert pool._nursery is None
        statuses = [(await pool.run("query", ASKED, seconds=10)).status]
        try:
            await pool.run("query", {**ASKED, "query": ENDLESS}, seconds=0.5)
        except ProblemError as error:
            statuses.append(error.problem.status)
        statuses.append((await pool.run("query", ASKED, seconds=20)).status)
        return statuses


def test_workers_that_cannot_be_forked_do_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "has_fork", lambda: False)
    assert asyncio.run(_ask_lone_workers()) == [200, 503, 200]


async def _start(folder: Path) -> None:
    async with Pool(folder, Limits(workers=1)).running():
        pass


@pytest.mark.parametrize("forks", [True, False])
def test_a_pool_over_no_ontology_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, forks: bool
) -> None:
    monkeypatch.setattr(nursery, "has_fork", lambda: forks)
    with pytest.raises(StartError, match="no Turtle files"):
        asyncio.run(_start(tmp_path / "none"))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to look at processes")
def test_no_process_outlives_the_server(tmp_path: Path) -> None:
    code = (
        "from krasbypass.web.server import run_server\n"
        "run_server(port=0, announce=lambda s: print(s.url, flush=True))"
    )
    mark = {"KRASBYPASS_TEST": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, **mark}
    )
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.post, url + "sparql", data={"query": ENDLESS}, timeout=PATIENT)
        time.sleep(0.8)
        assert not asked.done()
        assert len(_find_processes(str(tmp_path))) > 4
        process.kill()  # not even a chance to tidy up
        with pytest.raises(httpx.HTTPError):
            asked.result()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 10 * stretch()
    while left := _find_processes(str(tmp_path)):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def _find_processes(mark: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return found
