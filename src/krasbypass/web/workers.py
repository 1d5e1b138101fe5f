"""The pool of workers: short work never waits for long work, and nothing runs for ever.

A number of workers always stands ready. A job that takes more work than the limits' patience goes
on aside, with less priority and until its time is up, and a fresh worker takes its place. Only so
many jobs of a kind run aside at once; some more are halted until one of them ends, and any beyond
are refused. A worker that is late, breaks down or whose client has left is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from krasbypass.errors import KrasbypassError
from krasbypass.web import nursery
from krasbypass.web.jobs import TOO_MUCH
from krasbypass.web.limits import Limits
from krasbypass.web.problems import Problem, ProblemError
from krasbypass.web.shelf import Reply

_LOG = logging.getLogger("krasbypass.web")
#: How much less priority a slow job has: most systems count up to 19. A query, which anybody can
#: write so that it never ends, has less than an analysis, of which one knows that it does.
_NICER = {"query": 15}
_NICE = 5
#: How much longer than the work allowed a job may take on a machine that is busy with others.
_STRETCH = 3

BUSY = Problem("busy", "Too many requests", 503, "all workers are busy; try again", retry=2)
CROWDED = Problem(
    "busy",
    "Too many requests",
    503,
    "too many long questions are being answered; try again, or ask for less",
    retry=5,
)


def _too_slow(seconds: float) -> Problem:
    detail = f"this took longer than the {seconds:g} seconds allowed and was stopped; ask for less"
    return Problem("too-slow", "Stopped for taking too long", 503, detail, retry=30)


@dataclass(eq=False, slots=True)
class Worker:
    """A worker process, as the server sees it."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    process: Any = None
    done: int = 0
    born: int = field(init=False)

    def __post_init__(self) -> None:
        self.born = _read_resident(self.pid)

    @property
    def grown(self) -> int:
        """Bytes that the process holds beyond those it began with, 0 where that is not told."""
        return _read_resident(self.pid) - self.born

    async def ask(self, message: bytes) -> Reply:
        """Send a job and wait for the reply, however long it takes."""
        self.writer.write(message)
        await self.writer.drain()
        head, body = nursery.FRAME.unpack(await self.reader.readexactly(nursery.FRAME.size))
        return nursery.unpack_reply(
            await self.reader.readexactly(head), await self.reader.readexactly(body)
        )


class StartError(KrasbypassError):
    """The workers could not be started."""


@dataclass(eq=False)
class Pool:
    """Workers over one ontology.

    Examples
    --------
    Use it as ``async with Pool(folder, limits).running() as pool``, then ``await pool.run(...)``.
    """

    folder: Path | None
    limits: Limits
    _idle: asyncio.Queue[Worker] = field(default_factory=asyncio.Queue, init=False)
    _waiting: int = field(default=0, init=False)
    _aside: Counter[str] = field(default_factory=Counter, init=False)
    _slots: dict[str, asyncio.Semaphore] = field(default_factory=dict, init=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _workers: set[Worker] = field(default_factory=set, init=False)
    _nursery: tuple[Any, socket.socket] | None = field(default=None, init=False)
    _closing: bool = field(default=False, init=False)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Pool]:
        """Start the workers, and end them all on leaving.

        Raises
        ------
        StartError
            The ontology cannot be read; the error says why.
        """
        try:
            for worker in [await self._start() for _ in range(self.limits.workers)]:
                self._idle.put_nowait(worker)
            yield self
        finally:
            self._closing = True
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for worker in tuple(self._workers):
                worker.writer.close()
                if worker.process is not None:
                    worker.process.kill()
            self._close_nursery()

    # -- asking -------------------------------------------------------------------------------

    async def run(self, job: str, asked: dict[str, Any], *, seconds: float) -> Reply:
        """Have a worker do a job.

        Raises
        ------
        ProblemError
            All workers are busy, or the job took longer than `seconds`, or broke its worker.
        """
        message = nursery.pack_request(job, asked)
        worker = await self._acquire()
        task = asyncio.create_task(worker.ask(message))
        whole = False
        try:
            reply = await self._wait(worker, task, job, seconds)
            whole = True
            if reply.fault:
                _LOG.error("%s", reply.fault)
            return reply
        except (EOFError, OSError) as error:
            if self._closing:
                raise ProblemError(BUSY) from error
            _LOG.warning("a worker broke down over a job of kind %s", job)
            raise ProblemError(TOO_MUCH) from error
        finally:
            worker.done += 1
            if not whole:
                task.cancel()
            if whole and worker in self._workers and worker.done < nursery.LIFETIME:
                self._idle.put_nowait(worker)
            else:
                self._later(self._end(worker, replace=worker in self._workers))

    async def _wait(
        self, worker: Worker, task: asyncio.Task[Reply], job: str, seconds: float
    ) -> Reply:
        watch = _Watch(worker.pid, _STRETCH * seconds)
        while not watch.is_over(self.limits.patience):
            done, _ = await asyncio.wait({task}, timeout=min(seconds, self.limits.patience))
            if done:
                return task.result()
        async with self._aside_slot(worker, job, seconds):
            watch = _Watch(worker.pid, _STRETCH * seconds)
            while not watch.is_over(seconds - self.limits.patience):
                done, _ = await asyncio.wait({task}, timeout=min(seconds, self.limits.patience))
                if done:
                    return task.result()
            raise ProblemError(_too_slow(seconds))

    @contextlib.asynccontextmanager
    async def _aside_slot(self, worker: Worker, job: str, seconds: float) -> AsyncIterator[None]:
        """Let a worker finish its job aside, once it may; another takes its place."""
        if self._aside[job] >= self.limits.slow + self.limits.halted:
            raise ProblemError(CROWDED)
        self._aside[job] += 1
        try:
            self._workers.discard(worker)
            self._later(self._add())
            with contextlib.suppress(AttributeError, OSError):
                os.setpriority(os.PRIO_PROCESS, worker.pid, _NICER.get(job, _NICE))
            slots = self._slots.setdefault(job, asyncio.Semaphore(self.limits.slow))
            if slots.locked():
                _signal(worker, "SIGSTOP")
                if job == "query" and worker.grown > self.limits.held:
                    raise ProblemError(CROWDED)
            try:
                await asyncio.wait_for(slots.acquire(), _STRETCH * seconds)
            except TimeoutError as error:
                raise ProblemError(CROWDED) from error
            try:
                _signal(worker, "SIGCONT")
                yield
            finally:
                slots.release()
        finally:
            self._aside[job] -= 1

    async def _acquire(self) -> Worker:
        if self._waiting >= self.limits.waiting:
            raise ProblemError(BUSY)
        self._waiting += 1
        try:
            return await asyncio.wait_for(self._idle.get(), self.limits.waiting_seconds)
        except TimeoutError as error:
            raise ProblemError(BUSY) from error
        finally:
            self._waiting -= 1

    # -- starting and ending ----------------------------------------------------------------------

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _add(self) -> None:
        while not self._closing:
            try:
                self._idle.put_nowait(await self._start())
                return
            except (StartError, OSError) as error:
                _LOG.error("no worker could be started, trying again: %s", error)
                await asyncio.sleep(1)

    async def _end(self, worker: Worker, *, replace: bool) -> None:
        self._workers.discard(worker)
        worker.writer.close()
        if worker.process is not None:
            worker.process.kill()
            await asyncio.to_thread(worker.process.join)
        else:
            with contextlib.suppress(OSError, StartError):
                await self._command(b"K", worker.pid, None)
        if replace:
            await self._add()

    async def _start(self) -> Worker:
        ours, theirs = socket.socketpair()
        try:
            process = None
            if nursery.has_fork():
                pid = await self._command(b"F", 0, theirs)
            else:
                process = nursery.start_lone_worker(self.folder, self.limits, theirs)
                pid = process.pid
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        if process is not None and (said := await reader.readline()) != b"\n":
            writer.close()
            raise StartError(said.decode().strip() or "a worker ended while it started")
        worker = Worker(pid, reader, writer, process)
        self._workers.add(worker)
        return worker

    async def _command(self, command: bytes, pid: int, passed: socket.socket | None) -> int:
        async with self._lock:
            return await asyncio.to_thread(self._command_now, command, pid, passed)

    def _command_now(self, command: bytes, pid: int, passed: socket.socket | None) -> int:
        if self._nursery is None:
            if command == b"K":
                return pid  # it went with its nursery
            self._nursery = self._open_nursery()
        control = self._nursery[1]
        message = nursery.COMMAND.pack(command, pid)
        try:
            if passed is None:
                control.sendall(message)
            else:
                socket.send_fds(control, [message], [passed.fileno()])
            answer = control.recv(nursery.COMMAND.size, socket.MSG_WAITALL)
        except OSError:
            answer = b""
        if len(answer) < nursery.COMMAND.size:
            self._close_nursery()
            raise StartError("the process that starts workers has ended")
        return int(nursery.COMMAND.unpack(answer)[1])

    def _open_nursery(self) -> tuple[Any, socket.socket]:
        process, control = nursery.start_nursery(self.folder, self.limits)
        said = control.recv(4096)
        if said != b"\n":
            control.close()
            process.join(5)
            raise StartError(said.decode() or "the process that starts workers has ended")
        return process, control

    def _close_nursery(self) -> None:
        if self._nursery is None:
            return
        process, control = self._nursery
        self._nursery = None
        control.close()
        process.join(2)
        if process.is_alive():
            process.kill()
            process.join(2)


def _read_resident(pid: int) -> int:
    """Return the bytes of memory that a process holds, 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _signal(worker: Worker, name: str) -> None:
    """Send a signal to a worker that has not been waited for; where there is none, do nothing."""
    if hasattr(signal, name):
        with contextlib.suppress(OSError):
            os.kill(worker.pid, getattr(signal, name))


class _Watch:
    """Measures the work of a process from now on, and gives it up when time has passed as well."""

    def __init__(self, pid: int, longest: float) -> None:
        self.pid = pid
        self.end = time.monotonic() + longest
        self.start = self._read()

    def is_over(self, work: float) -> bool:
        """Whether the process has worked for so many seconds, or had all the time there is."""
        return self._read() - self.start >= work or time.monotonic() >= self.end

    def _read(self) -> float:
        """Return the seconds that the process has worked; where that is not told, time itself."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
