"""Many clients at once, a tenth of them hostile: what was lost, what was wrong, what it cost.

    python benchmarks/load.py [--clients 50] [--seconds 60] [--hostile 0.1]

A first server answers every question once, alone; a second one, which keeps no answers, is then
asked by all clients at once, and every answer is compared byte by byte. Hostile clients send
queries that never end or eat memory, nested bodies, huge bodies, broken JSON, wrong hosts, and
bodies that do not come; they may be refused in any way. Memory is the share of all processes of
the server (PSS): when every worker has worked for a while, during the load, and after it. What the
hostile queries may hold for a moment (`query_memory` each) stands in the highest value.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

_SERVER = """
import json, sys
from krasbypass.web.limits import Limits
from krasbypass.web.server import run_server
run_server(port=0, limits=Limits(**json.loads(sys.argv[1])), announce=lambda s: print(s.url, flush=True))
"""
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?p ?d . ?e ?p ?f }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a"
PRODUCT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
DEEP = "ASK { FILTER(" + "(" * 30_000 + "1" + ")" * 30_000 + ") }"
TISSUES = ("NSCLC", "CRC", "PDAC", "melanoma", "any")
ALTERATIONS = (
    "KRAS:G12C",
    "KRAS:G12D",
    "BRAF:V600E",
    "NRAS:Q61K",
    "MET:amp",
    "PTEN:loss",
    "NF1:loss",
)
DRUGS = (
    "sotorasib",
    "adagrasib",
    "daraxonrasib",
    "TNO155",
    "cetuximab",
    "trametinib",
    "palbociclib",
)
QUERIES = (
    "SELECT ?d ?t { ?d a :Drug ; :inhibits ?t } ORDER BY ?d ?t LIMIT 100",
    "SELECT ?x { :KRAS :upstreamOf+ ?x } ORDER BY ?x",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "ASK { ?d a :Drug }",
    "SELECT ?a ?l { ?a a :Alteration ; rdfs:label ?l } ORDER BY ?l LIMIT 50",
)
Request = tuple[str, str, str, bytes]  # kind, method, target, body


@contextlib.contextmanager
def serve(**limits: Any) -> Iterator[tuple[str, int]]:
    """Start a server; yield its address and the id of its process."""
    command = [sys.executable, "-c", _SERVER, json.dumps(limits)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip(), server.pid
    finally:
        server.terminate()
        said = server.communicate()[1]
        lines = Counter(said.splitlines())
        for line, count in lines.most_common(12):
            print(f"  server said {count} times: {line[:150]}")


def make_questions(count: int) -> list[Request]:
    """Return the questions of honest clients, mostly of the kind that a click asks."""
    chance = random.Random(7)
    found: list[Request] = []
    while len(found) < count:
        asked = [("tissue", chance.choice(TISSUES))]
        asked += [("alteration", a) for a in chance.sample(ALTERATIONS, chance.randint(1, 3))]
        asked += [("drug", d) for d in chance.sample(DRUGS, chance.randint(0, 3))]
        kind = chance.choices(("routes", "sparql", "show", "evaluate", "gaps"), (40, 40, 10, 8, 2))[
            0
        ]
        if kind in ("routes", "gaps"):
            found.append((kind, "GET", f"/api/{kind}?{urlencode(asked)}", b""))
        elif kind == "show":
            term = chance.choice((*DRUGS, "KRAS", "MAPK", "EGFR"))
            found.append((kind, "GET", f"/api/show?{urlencode({'term': term})}", b""))
        elif kind == "evaluate":
            rows = [
                {"id": str(i), "tissue": chance.choice(TISSUES), "alterations": [a]}
                for i, a in enumerate(ALTERATIONS)
            ]
            found.append((kind, "POST", "/api/evaluate", json.dumps({"scenarios": rows}).encode()))
        else:
            query = f"{chance.choice(QUERIES)} # {len(found)}"
            found.append((kind, "GET", f"/sparql?{urlencode({'query': query})}", b""))
    return found


# -- clients --------------------------------------------------------------------------------------


async def ask(url: str, request: Request, *, host: str = "", wait: float = 90) -> tuple[int, bytes]:
    """Send one request over a connection of its own; return status and body."""
    address = urlsplit(url)
    _, method, target, body = request
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host or address.netloc}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json"
        if target.startswith("/api")
        else "Content-Type: application/sparql-query",
    ]
    async with asyncio.timeout(wait):
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**26)
        try:
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            return int(head.split()[1]), await reader.read()
        finally:
            writer.close()


class Tally:
    """What happened."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.wrong: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()


async def be_honest(
    url: str, questions: list[Request], expected: list[bytes], tally: Tally, end: float, seed: int
) -> None:
    """Ask one question after the other and compare the answers."""
    chance = random.Random(seed)
    while time.monotonic() < end:
        number = chance.randrange(len(questions))
        kind = questions[number][0]
        start = time.monotonic()
        try:
            status, body = await ask(url, questions[number])
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            tally.lost[f"{kind}: {type(error).__name__}"] += 1
            continue
        tally.times[kind].append(time.monotonic() - start)
        if status != 200:
            tally.lost[f"{kind}: {status}"] += 1
        elif body != expected[number]:
            tally.wrong[kind] += 1


def make_attacks() -> list[tuple[str, Request, str, float]]:
    """Return attacks: name, request, host, seconds after which the client leaves."""

    def query(text: str) -> Request:
        return ("", "POST", "/sparql", text.encode())

    return [
        ("endless query", query(ENDLESS), "", 60),
        ("endless query, client leaves", query(ENDLESS + " # left"), "", 1),
        ("hungry query", query(LARGE), "", 60),
        ("hungry count", query(PRODUCT), "", 60),
        ("deep query", query(DEEP), "", 60),
        ("SERVICE", query("ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"), "", 60),
        ("huge body", ("", "POST", "/api/routes", b"[" * 20_000_000), "", 60),
        ("broken JSON", ("", "POST", "/api/routes", b'{"drugs": ["'), "", 60),
        ("nested JSON", ("", "POST", "/api/routes", b"[" * 500_000), "", 60),
        ("wrong host", ("", "GET", "/api/catalogue", b""), "evil.example", 60),
        ("wrong path", ("", "GET", "/static/../../../etc/passwd", b""), "", 60),
        (
            "long lists",
            ("", "POST", "/api/routes", json.dumps({"drugs": ["x"] * 50_000}).encode()),
            "",
            60,
        ),
    ]


async def be_hostile(url: str, tally: Tally, end: float, seed: int) -> None:
    """Attack until the end."""
    chance = random.Random(seed)
    attacks = make_attacks()
    while time.monotonic() < end:
        name, request, host, wait = chance.choice(attacks)
        try:
            status, _ = await ask(url, request, host=host, wait=wait)
            tally.refused[f"{name}: {status}"] += 1
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            tally.refused[f"{name}: {type(error).__name__}"] += 1


async def dawdle(url: str, end: float) -> None:
    """Open connections that never finish a request, and hold them."""
    address = urlsplit(url)
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n")
            await asyncio.sleep(1)
            writer.write(b"\r\nASK")
            await asyncio.sleep(5)
            writer.close()


async def load(
    url: str, pid: int, options: argparse.Namespace, questions: list[Request], expected: list[bytes]
) -> tuple[Tally, list[int]]:
    """Let all clients loose; return what happened and the memory of the server by time."""
    tally, memory = Tally(), [read_memory(pid)]
    end = time.monotonic() + options.seconds
    hostile = round(options.clients * options.hostile)
    tasks = [
        be_honest(url, questions, expected, tally, end, i) for i in range(options.clients - hostile)
    ]
    tasks += [be_hostile(url, tally, end, 1000 + i) for i in range(hostile)]
    tasks += [dawdle(url, end)] if hostile else []

    async def watch() -> None:
        while time.monotonic() < end:
            await asyncio.sleep(1)
            memory.append(read_memory(pid))

    await asyncio.gather(*tasks, watch())
    return tally, memory


async def answer_alone(url: str, questions: list[Request]) -> list[bytes]:
    """Answer every question once, one after the other."""
    found = []
    for question in questions:
        status, body = await ask(url, question)
        assert status == 200, (question, body)
        found.append(body)
    return found


def read_memory(pid: int) -> int:
    """Return the proportional share of memory of a process and all below it, in MiB."""
    below: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            below[int(path.read_text().rpartition(")")[2].split()[1])].append(int(path.parent.name))
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        todo += below[one]
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += next(int(s.split()[1]) for s in text.splitlines() if s.startswith("Pss:"))
    return total // 1024


def main() -> int:
    """Run the load and print what came of it; 1 if an answer was lost or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--hostile", type=float, default=0.1, help="part of the clients")
    parser.add_argument("--questions", type=int, default=300)
    options = parser.parse_args()
    questions = make_questions(options.questions)
    with serve() as (url, _):
        expected = asyncio.run(answer_alone(url, questions))
    with serve(kept=0) as (url, pid):
        asyncio.run(answer_alone(url, questions))
        before = read_memory(pid)
        tally, memory = asyncio.run(load(url, pid, options, questions, expected))
        time.sleep(5)
        after = read_memory(pid)
        alive = asyncio.run(answer_alone(url, questions[:20])) == expected[:20]
    total = sum(map(len, tally.times.values()))
    print(f"{options.clients} clients, {options.hostile:.0%} hostile, {options.seconds:g} s")
    print(f"answers: {total} ({total / options.seconds:.0f} a second)")
    for kind, times in sorted(tally.times.items()):
        ordered = sorted(times)
        shown = [statistics.median(ordered), ordered[int(0.95 * len(ordered))], ordered[-1]]
        figures = ", ".join(f"{t:.2f}" for t in shown)
        print(f"  {kind:9} {len(times):6}  seconds: median, 95th, longest {figures}")
    print(f"lost: {sum(tally.lost.values())} {dict(tally.lost) or ''}")
    print(f"wrong: {sum(tally.wrong.values())} {dict(tally.wrong) or ''}")
    print(f"hostile requests: {sum(tally.refused.values())}")
    for name, count in sorted(tally.refused.items()):
        print(f"  {name}: {count}")
    thirds = [
        statistics.median(memory[i * len(memory) // 3 : (i + 1) * len(memory) // 3])
        for i in range(3)
    ]
    print(f"memory in MiB: {before} before, {max(memory)} at most, {after} after; ", end="")
    print("medians of the thirds " + ", ".join(f"{m:.0f}" for m in thirds))
    print("answers as before" if alive else "DOES NOT ANSWER AS BEFORE")
    return 0 if alive and not tally.lost and not tally.wrong else 1


if __name__ == "__main__":
    sys.exit(main())
