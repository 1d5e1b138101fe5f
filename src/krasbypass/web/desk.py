"""Takes questions from requests, has workers answer them, and keeps what was answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from krasbypass.web.limits import Limits
from krasbypass.web.problems import ProblemError
from krasbypass.web.shelf import Reply
from krasbypass.web.workers import Pool

#: Answers larger than this part of what may be kept are not kept.
_PART = 16


@dataclass(eq=False)
class Desk:
    """Where requests meet workers."""

    pool: Pool
    limits: Limits
    _kept: OrderedDict[str, Reply] = field(default_factory=OrderedDict, init=False)
    _size: int = field(default=0, init=False)

    async def answer(
        self, request: Request, job: str, asked: dict[str, Any], *, seconds: float | None = None
    ) -> Response:
        """Answer a request by a job; when its client leaves, the job ends.

        Raises
        ------
        ProblemError
            As `krasbypass.web.workers.Pool.run`.
        """
        key = _make_key(job, asked)
        reply = self._kept.get(key)
        if reply is None:
            allowed = self.limits.answer_seconds if seconds is None else seconds
            reply = await self._run_while_connected(request, job, asked, allowed)
            self._keep(key, reply)
        else:
            self._kept.move_to_end(key)
        return Response(reply.body, reply.status, reply.headers, reply.media_type)

    async def prepare(self, *jobs: str) -> None:
        """Answer what every page asks first, so that nobody waits for it."""
        for job in jobs:
            with contextlib.suppress(ProblemError):
                reply = await self.pool.run(job, {}, seconds=self.limits.answer_seconds)
                self._keep(_make_key(job, {}), reply)

    async def _run_while_connected(
        self, request: Request, job: str, asked: dict[str, Any], seconds: float
    ) -> Reply:
        task = asyncio.create_task(self.pool.run(job, asked, seconds=seconds))
        watch = asyncio.create_task(_wait_until_gone(request))
        try:
            await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                return Reply(499, "text/plain", b"")  # nobody is there to read it
            return task.result()
        finally:
            for pending in (task, watch):
                if not pending.done():
                    pending.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await pending

    def _keep(self, key: str, reply: Reply) -> None:
        size = len(key) + len(reply.body)
        if reply.status != 200 or size > self.limits.kept // _PART or key in self._kept:
            return
        self._kept[key] = reply
        self._size += size
        while self._size > self.limits.kept:
            old, dropped = self._kept.popitem(last=False)
            self._size -= len(old) + len(dropped.body)


def _make_key(job: str, asked: dict[str, Any]) -> str:
    return json.dumps([job, asked], sort_keys=True)


async def _wait_until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
