"""What stands between the network and the application: hosts, origins, sizes, times, headers.

Every request passes here first. The body has been read, and measured, before anything behind this
module sees the request; every answer leaves with the same headers.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from krasbypass.web.limits import Limits
from krasbypass.web.problems import MEDIA_TYPE, Problem, ProblemError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

#: Names by which a browser on this machine reaches the server.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
#: For pages that are documents and nothing else, such as a report.
DOCUMENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:\d{1,5})?")
_PIECE = 65_536
#: How much of a request that is refused is read and thrown away: so many bodies, so many seconds.
_DISCARDED, _DISCARD_SECONDS = 16, 1.0


def split_host(header: str) -> tuple[str, str] | None:
    """Return name and port of a Host header, or None if it is not one.

    >>> split_host("LOCALHOST:8000"), split_host("[::1]"), split_host("a b")
    (('localhost', ':8000'), ('[::1]', ''), None)
    """
    found = _HOST.fullmatch(header)
    return (found[1].casefold().removesuffix("."), found[2] or "") if found else None


def is_loopback(host: str) -> bool:
    """Whether a server bound to this host is reached from this machine only."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """The outermost part of the application.

    Parameters
    ----------
    hosts
        Names beside those of this machine under which the server may be addressed. An address
        (not a name) of the machine itself is accepted as well: a name that an attacker points at
        this machine is what the check is for.
    """

    def __init__(self, app: App, *, hosts: Iterable[str], limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self.hosts = LOOPBACK | {host.casefold() for host in hosts}
        self.unsent = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here; the connection is closed
        answer = _Answer(self, send, with_body=scope["method"] != "HEAD")
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # whoever sends the answer leaves its body out
        try:
            self._check(scope)
            body = await self._read_body(scope, receive)
        except ProblemError as error:
            await _discard(receive, _DISCARDED * self.limits.body)
            await answer.refuse(error.problem)
            return
        await answer.pass_on(self.app, scope, _Replay(body, receive))

    def _check(self, scope: Message) -> None:
        names = [value for name, value in scope["headers"] if name == b"host"]
        host = split_host(names[0].decode("latin-1")) if len(names) == 1 else None
        if host is None:
            raise ProblemError(Problem("host", "Wrong host", 400, "one Host header is needed"))
        if host[0] not in self.hosts and host[0] != _own_address(scope):
            detail = "this server does not answer under that name; start it with --host or --name"
            raise ProblemError(Problem("host", "Wrong host", 421, detail))
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}:
            detail = "a request says the length of its body once"  # or a proxy reads it otherwise
            raise ProblemError(Problem("protocol", "Ambiguous length", 400, detail))
        if len(scope["query_string"]) + len(scope.get("raw_path") or b"") > self.limits.target:
            detail = f"an address may have {self.limits.target} bytes; send the question by POST"
            raise ProblemError(Problem("too-large", "Address too long", 414, detail))
        if sum(len(n) + len(v) for n, v in scope["headers"]) > self.limits.target:
            detail = f"the headers of a request may have {self.limits.target} bytes"
            raise ProblemError(Problem("too-large", "Headers too large", 431, detail))
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if _comes_from_elsewhere(scope, headers, host):
            detail = "pages of other sites may link here and nothing else"
            raise ProblemError(Problem("origin", "Refused", 403, detail))

    async def _read_body(self, scope: Message, receive: Receive) -> bytes:
        if scope["method"] in ("GET", "HEAD"):
            return b""
        declared = next((v for n, v in scope["headers"] if n == b"content-length"), b"0")
        if not declared.isdigit() or int(declared) > self.limits.body:
            raise ProblemError(self._too_large())
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                body = await self._collect(receive)
        except TimeoutError as error:
            detail = f"the request was not complete after {self.limits.body_seconds:g} seconds"
            raise ProblemError(Problem("too-slow", "Request too slow", 408, detail)) from error
        if _nests_deeper(body, self.limits.depth) and _is_json(scope):
            detail = f"JSON may be nested {self.limits.depth} levels deep here"
            raise ProblemError(Problem("too-deep", "Nested too deeply", 400, detail))
        return body

    async def _collect(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ProblemError(Problem("gone", "Client has left", 400, "the client has left"))
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.limits.body:
                raise ProblemError(self._too_large())
            if not message.get("more_body"):
                return b"".join(parts)

    def _too_large(self) -> Problem:
        detail = f"a request may have {self.limits.body} bytes"
        return Problem("too-large", "Request too large", 413, detail)


async def _discard(receive: Receive, size: int) -> None:
    """Read on for a moment: a client that is cut off while it sends never sees why."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DISCARD_SECONDS):
            while size > 0:
                message = await receive()
                size -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return


def _own_address(scope: Message) -> str | None:
    """Return the address at which the client reached the server, as a Host header writes it."""
    server = scope.get("server")
    try:
        address = ipaddress.ip_address(server[0]) if server else None
    except ValueError:
        return None
    if address is None:
        return None
    return f"[{address}]" if address.version == 6 else str(address)


def _comes_from_elsewhere(scope: Message, headers: dict[bytes, str], host: tuple[str, str]) -> bool:
    """Whether a browser sent this on behalf of a page of another site (links are welcome)."""
    origin = headers.get(b"origin")
    if origin is not None and origin.partition("://")[2].casefold() != "".join(host):
        return True
    if headers.get(b"sec-fetch-site") not in ("cross-site", "same-site"):
        return False
    is_link = headers.get(b"sec-fetch-mode") == "navigate" and scope["method"] == "GET"
    return not is_link or headers.get(b"sec-fetch-dest") not in ("document", None)


def _is_json(scope: Message) -> bool:
    found = next((v for n, v in scope["headers"] if n == b"content-type"), b"")
    return b"json" in found.lower()


def _nests_deeper(body: bytes, depth: int) -> bool:
    """Whether brackets of a text of JSON nest deeper than that; those in strings do not count.

    >>> _nests_deeper(b'{"a": ["[[["]}', 2), _nests_deeper(b"[[[", 2)
    (False, True)
    """
    level = 0
    for found in re.finditer(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', body, re.DOTALL):
        mark = found[0][:1]
        if mark in b"[{":
            level += 1
            if level > depth:
                return True
        elif mark in b"]}":
            level -= 1
    return False


class _Replay:
    """Gives the body that has been read, and after it what the client does next."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self.body: bytes | None = body
        self.receive = receive

    async def __call__(self) -> Message:
        if self.body is None:
            return await self.receive()
        body, self.body = self.body, None
        return {"type": "http.request", "body": body, "more_body": False}


class _Answer:
    """Sends an answer: with the headers that all have, in pieces, to clients that accept them."""

    def __init__(self, guard: Guard, send: Send, *, with_body: bool) -> None:
        self.guard = guard
        self.raw_send = send
        self.with_body = with_body
        self.held = 0
        self.refused = False

    async def pass_on(self, app: App, scope: Message, receive: Receive) -> None:
        try:
            await app(scope, receive, self.send)
        finally:
            self.guard.unsent -= self.held

    async def refuse(self, problem: Problem) -> None:
        """Send a problem and close the connection: the rest of the request is not read."""
        body = problem.to_bytes()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *((n.encode(), v.encode()) for n, v in problem.headers.items()),
        ]
        start = {"type": "http.response.start", "status": problem.status, "headers": headers}
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body if self.with_body else b""})

    async def send(self, message: Message) -> None:
        if self.refused:
            return
        if message["type"] == "http.response.start":
            await self.start(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        for begin in range(0, len(body) - _PIECE, _PIECE):
            piece = {"type": "http.response.body", "body": body[begin : begin + _PIECE]}
            await self.deliver({**piece, "more_body": True})
        rest = body[(max(0, len(body) - 1) // _PIECE) * _PIECE :]
        await self.deliver({"type": "http.response.body", "body": rest, "more_body": more})

    async def start(self, message: Message) -> None:
        headers = list(message["headers"])
        length = next((int(value) for name, value in headers if name == b"content-length"), 0)
        if self.guard.unsent + length > self.guard.limits.unsent:
            self.refused = True
            detail = "too many answers wait for slow clients; try again"
            problem = Problem("busy", "Too many requests", 503, detail, retry=5)
            fresh = _Answer(self.guard, self.raw_send, with_body=self.with_body)
            await fresh.refuse(problem)
            return
        self.held += length
        self.guard.unsent += length
        names = {name for name, _ in headers}
        headers += [(name, value) for name, value in _HEADERS if name not in names]
        if b"content-security-policy" not in names:
            headers.append((b"content-security-policy", PAGE_POLICY.encode()))
        if b"cache-control" not in names:
            headers.append((b"cache-control", b"no-store"))
        await self.deliver({**message, "headers": headers})

    async def deliver(self, message: Message) -> None:
        # a client that stops reading ends by its own fault
        await asyncio.wait_for(self.raw_send(message), self.guard.limits.send_seconds)
