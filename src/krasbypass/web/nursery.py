"""The process that reads the ontology once and forks workers from that state in milliseconds.

A worker can be killed for being slow because its successor costs so little. The nursery runs one
thread, so that forking is safe, and ends, with all its workers, when the server's end of its
socket closes. Where processes cannot be forked, every worker reads the ontology itself.

Messages on the control socket are nine bytes: ``F`` with a socket for a new worker, answered with
its process id; ``K`` with an id, which ends that worker and is answered alike.
"""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from krasbypass.errors import KrasbypassError
from krasbypass.web.jobs import run_job, warm_up
from krasbypass.web.limits import Limits
from krasbypass.web.shelf import Reply, Shelf

#: Lengths of the two parts of a message between server and worker: its head as JSON, its body.
FRAME = struct.Struct("!II")
#: A command to the nursery.
COMMAND = struct.Struct("!cq")
#: Jobs after which a worker is replaced, so that nothing it keeps can grow for ever.
LIFETIME = 2000


def has_fork() -> bool:
    """Whether workers can be forked from a nursery here."""
    return hasattr(os, "fork") and hasattr(socket, "recv_fds")


def start_nursery(folder: Path | None, limits: Limits) -> tuple[Any, socket.socket]:
    """Start the nursery; return its process and the control socket, which says when it is ready."""
    ours, theirs = socket.socketpair()
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=_run_nursery, args=(theirs, folder, limits), name="krasbypass-nursery", daemon=True
    )
    process.start()
    theirs.close()
    return process, ours


def start_lone_worker(folder: Path | None, limits: Limits, ours: socket.socket) -> Any:
    """Start a worker that reads the ontology itself; return its process.

    It says when it is ready by an empty line; another line is what went wrong.
    """
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run_lone_worker, args=(ours, folder, limits), daemon=True)
    process.start()
    return process


def _run_nursery(control: socket.socket, folder: Path | None, limits: Limits) -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # more threads than one cannot be forked
    _leave_signals_to_the_server()
    shelf = Shelf(folder, limits)
    try:
        warm_up(shelf)
    except KrasbypassError as error:
        control.sendall(error.sentence().encode())
        return
    gc.collect()
    gc.freeze()  # or the first collection in a worker would copy every page
    children: set[int] = set()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        control.sendall(b"\n")
        _obey(control, shelf, children)
    finally:
        for pid in children:
            _end(pid)


def _obey(control: socket.socket, shelf: Shelf, children: set[int]) -> None:
    """Start and end workers as told, until the server hangs up."""
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(control, COMMAND.size, 1)
        except OSError:
            return
        if len(message) < COMMAND.size:
            return
        command, pid = COMMAND.unpack(message)
        if command == b"F":
            pid = os.fork()
            if pid == 0:
                _be_worker(control, socket.socket(fileno=descriptors[0]), shelf)
            children.add(pid)
            os.close(descriptors[0])
        elif pid in children:
            _end(pid)
            children.discard(pid)
        control.sendall(COMMAND.pack(command, pid))


def _end(pid: int) -> None:
    # a child that has not been waited for keeps its id: no other process can be hit
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _leave_signals_to_the_server() -> None:
    """Do not end by the Ctrl-C that the server gets too; it hangs up when it is done."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _run_lone_worker(connection: socket.socket, folder: Path | None, limits: Limits) -> None:
    _leave_signals_to_the_server()
    shelf = Shelf(folder, limits)
    try:
        warm_up(shelf)
    except KrasbypassError as error:
        connection.sendall(error.sentence().encode() + b"\n")
        return
    connection.sendall(b"\n")
    _serve(connection, shelf)


def _be_worker(control: socket.socket, connection: socket.socket, shelf: Shelf) -> None:
    """Work in a forked process until the server hangs up."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        control.close()
        # the engine's last words, when memory runs out, are pages long
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        _serve(connection, shelf)
    except BaseException:  # nothing may reach the nursery's stack
        os._exit(1)
    os._exit(0)


def _give_memory(room: int) -> None:
    """Let this process use so much more memory than it does now, where the system can be told."""
    pages = Path("/proc/self/statm")
    if pages.is_file():
        import resource

        used = int(pages.read_text().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (used + room, hard))


def _leave_no_core() -> None:
    with contextlib.suppress(ImportError):  # there is no such thing on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(connection: socket.socket, shelf: Shelf) -> None:
    _leave_no_core()
    limits = shelf.limits
    stream = connection.makefile("rwb")
    while head := stream.read(FRAME.size):
        if len(head) < FRAME.size:
            break
        length, _ = FRAME.unpack(head)
        asked = json.loads(stream.read(length))
        _give_memory(limits.query_memory if asked["job"] == "query" else limits.memory)
        for part in pack_reply(run_job(shelf, asked["job"], asked["asked"])):
            stream.write(part)
        stream.flush()


# -- messages -------------------------------------------------------------------------------------


def pack_request(job: str, asked: dict[str, Any]) -> bytes:
    """Return the message that asks a worker to do a job."""
    head = json.dumps({"job": job, "asked": asked}).encode()
    return FRAME.pack(len(head), 0) + head


def pack_reply(reply: Reply) -> tuple[bytes, bytes]:
    """Return the message that carries a reply, its body apart: a copy of it may be too much."""
    parts = [reply.status, reply.media_type, dict(reply.headers), reply.fault]
    head = json.dumps(parts).encode()
    return FRAME.pack(len(head), len(reply.body)) + head, reply.body


def unpack_reply(head: bytes, body: bytes) -> Reply:
    """Read what `pack_reply` wrote, after its lengths."""
    status, media_type, headers, fault = json.loads(head)
    return Reply(status, media_type, body, headers, fault)


if sys.platform == "win32":  # pragma: no cover
    LIFETIME = sys.maxsize  # a successor costs a second there
