"""Runs the application: the socket, the workers, and what must be true of connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from krasbypass.errors import KrasbypassError
from krasbypass.web.app import build_app
from krasbypass.web.desk import Desk
from krasbypass.web.limits import Limits
from krasbypass.web.workers import Pool

#: Seconds within which the head of a request must have come, and after which a connection that is
#: closing is cut off.
_HEAD_SECONDS = 10.0
_CLOSING_SECONDS = 15.0


class AddressError(KrasbypassError):
    """A host and port at which one cannot listen."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is up."""

    url: str


def run_server(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    names: Iterable[str] = (),
    folder: Path | None = None,
    limits: Limits | None = None,
    announce: Callable[[Served], None] | None = None,
) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    host, port
        Where to listen; port 0 is any that is free.
    names
        Further names under which the server may be addressed, behind a proxy, say.
    folder
        Folder of the ontology; the packaged one if None.
    announce
        Called once, when the server answers.

    Raises
    ------
    KrasbypassError
        The address is taken or does not exist, or the ontology cannot be read.
    """
    limits = limits or Limits()
    listening = _listen(host, port)
    try:
        asyncio.run(_serve(listening, host, tuple(names), folder, limits, announce))
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressError(
            f"cannot listen at {host}, port {port} ({reason.lower()}); choose others with "
            "--host and --port"
        ) from error


async def _serve(
    listening: socket.socket,
    host: str,
    names: tuple[str, ...],
    folder: Path | None,
    limits: Limits,
    announce: Callable[[Served], None] | None,
) -> None:
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    async with Pool(folder, limits).running() as pool:
        desk = Desk(pool, limits)
        app = build_app(desk, limits=limits, hosts=(shown, *names))
        config = uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=limits.connections,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=2 * limits.target,
        )
        server = _Server(config)
        if announce is not None:
            url = f"http://{shown}:{listening.getsockname()[1]}/"
            server.when_started = lambda: announce(Served(url))
        first = asyncio.create_task(desk.prepare("layout", "catalogue"))
        await server.serve(sockets=[listening])
        first.cancel()


class _Server(uvicorn.Server):
    when_started: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.when_started is not None:
            self.when_started()


class _Connection(H11Protocol):
    """A connection that may neither dawdle over the head of a request nor refuse to close."""

    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._expect_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self.loop.call_later(_CLOSING_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect_head(self) -> None:
        if self._is_idle() and self._watch is None:
            self._watch = self.loop.call_later(_HEAD_SECONDS, self._look)

    def _look(self) -> None:
        self._watch = None
        if self._is_idle():
            # between two requests the timeout of uvicorn rules, unless half a head is there
            waits = self.cycle is not None and not self.conn.trailing_data[0]
            if not waits:
                self.transport.abort()
