"""Errors as problem details (RFC 9457): one sentence each, with the nearest names."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from krasbypass.errors import (
    KrasbypassError,
    NotationError,
    QueryError,
    UnknownTermError,
    UnsupportedAlterationError,
)
from krasbypass.vocabulary import BASE

MEDIA_TYPE = "application/problem+json"
_TYPES = BASE + "problem/"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as it is sent.

    Attributes
    ----------
    kind
        Last part of the type's IRI, such as ``unknown-term``.
    status
        The HTTP status.
    more
        Members of this kind of problem only: the line of a query, say.
    retry
        Seconds after which asking again makes sense, 0 where it does not.

    Examples
    --------
    >>> Problem("busy", "Too many requests", 503, "all workers are busy", retry=2).to_json()["type"]
    'https://w3id.org/krasbypass/problem/busy'
    """

    kind: str
    title: str
    status: int
    detail: str
    nearest: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    retry: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the members of the problem."""
        return {
            "type": _TYPES + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "nearest": list(self.nearest),
            **self.more,
        }

    def to_bytes(self) -> bytes:
        """Return the body of the answer."""
        # what a client sent may stand in it, halves of characters included
        return json.dumps(self.to_json(), ensure_ascii=False).encode(errors="replace")

    @property
    def headers(self) -> dict[str, str]:
        """Headers that go with the body."""
        return {"retry-after": str(self.retry)} if self.retry else {}


class ProblemError(Exception):
    """Carries a problem to whoever answers the request."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def explain_error(error: KrasbypassError) -> Problem:
    """Return the problem that an error of the library stands for.

    >>> found = explain_error(UnknownTermError("drug", "sotorasip", ["sotorasib"]))
    >>> found.status, found.nearest
    (422, ('sotorasib',))
    """
    sentence = error.sentence()
    match error:
        case UnknownTermError():
            return Problem("unknown-term", "Unknown name", 422, sentence, error.nearest)
        case UnsupportedAlterationError():
            return Problem(
                "unsupported-alteration", "No effect is known", 422, sentence, error.nearest
            )
        case NotationError():
            return Problem("notation", "Cannot be read", 422, sentence)
        case QueryError():
            place = {"line": error.line, "column": error.column} if error.line else {}
            return Problem("query", "The query cannot be run", 400, sentence, more=place)
        case _:
            return Problem("input", "The question cannot be answered", 422, sentence)
