"""Every bound of the server, in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

_MEBIBYTE = 2**20


def _count_workers() -> int:
    return max(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask for, and what an answer may cost.

    Attributes
    ----------
    workers
        Processes that stand ready for short work; there are always that many of them.
    slow, halted
        Jobs of one kind that may take longer than `patience` at the same time, and those that may
        wait for one of them to end.
    patience
        Seconds of work after which a job counts as slow: it goes on with less priority, and a
        fresh worker takes its place.
    waiting, waiting_seconds
        Requests that may wait for a worker, and how long; those beyond are refused.
    query_seconds, answer_seconds
        How long a worker may work on a SPARQL query and on any other question; on a busy machine
        that takes longer, up to a bound.
    query_memory, memory
        Bytes that a SPARQL query and any other job may use beyond what their worker started with,
        where the system can tell. A whole answer of `size` bytes fits into either.
    held
        Bytes that a query may hold while it waits, halted, for another slow one to end.
    rows, size
        Rows and bytes of the answer to a SPARQL query, and bytes of any answer.
    body, target, depth
        Bytes of a request's body and of its address, and nesting of JSON in it.
    body_seconds, send_seconds
        How long a client may take to send its request, and to accept a piece of the answer.
    unsent
        Bytes of answers that may wait for slow clients, all together.
    kept
        Bytes of answers that are kept for those who ask the same again.
    connections
        Open connections.
    """

    workers: int = field(default_factory=_count_workers)
    slow: int = 8
    halted: int = 24
    patience: float = 0.25
    waiting: int = 200
    waiting_seconds: float = 60.0
    query_seconds: float = 10.0
    answer_seconds: float = 60.0
    query_memory: int = 128 * _MEBIBYTE
    memory: int = 1024 * _MEBIBYTE
    held: int = 16 * _MEBIBYTE
    rows: int = 250_000
    size: int = 48 * _MEBIBYTE
    body: int = _MEBIBYTE
    target: int = 16_384
    depth: int = 8
    body_seconds: float = 10.0
    send_seconds: float = 30.0
    unsent: int = 384 * _MEBIBYTE
    kept: int = 32 * _MEBIBYTE
    connections: int = 512
