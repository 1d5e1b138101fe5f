"""What jobs share: the ontology as they read it, the tumour of a question, and replies.

A job is a function from the shelf and a question as plain data to a reply. It knows nothing of HTTP
but the status and the media type of its answer.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from krasbypass.knowledge import Knowledge, load_full_knowledge, load_knowledge
from krasbypass.network import Network, build_signalling_network, parse_hypotheses
from krasbypass.queries.store import build_store
from krasbypass.records import Records, read_records
from krasbypass.tumour import Tumour
from krasbypass.web.limits import Limits
from krasbypass.web.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    import pyoxigraph

#: Networks under other hypotheses that a worker keeps.
_NETWORKS = 4
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, media type, body, further headers, and what the server's log must say."""

    status: int
    media_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    fault: str = ""


def reply_json(answer: Mapping[str, Any]) -> Reply:
    """Return an answer as JSON."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return Reply(200, JSON_TYPE, body)


def reply_problem(problem: Problem) -> Reply:
    """Return a problem as an answer."""
    return Reply(problem.status, MEDIA_TYPE, problem.to_bytes(), problem.headers)


class Shelf:
    """What jobs read: the ontology as a store, as facts and as networks."""

    def __init__(self, folder: Path | None, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self._networks: OrderedDict[tuple[tuple[str, bool], ...], Network] = OrderedDict()

    @cached_property
    def knowledge(self) -> Knowledge:
        """The ontology without clinical facts."""
        return load_knowledge(self.folder)

    @cached_property
    def full_knowledge(self) -> Knowledge:
        """The ontology with clinical facts."""
        return load_full_knowledge(self.folder)

    @cached_property
    def store(self) -> pyoxigraph.Store:
        """The reasoned graph and the facts."""
        return build_store(self.folder)

    @cached_property
    def records(self) -> Records:
        """What is on record of combinations."""
        return read_records(self.full_knowledge)

    def network(self, hypotheses: tuple[str, ...] | list[str]) -> Network:
        """Return the network under hypotheses written ``NAME=on`` or ``NAME=off``."""
        chosen = {**self.knowledge.hypotheses, **parse_hypotheses(hypotheses)}
        key = tuple(sorted(chosen.items()))
        if key not in self._networks:
            self._networks[key] = build_signalling_network(self.knowledge, hypotheses=chosen)
            while len(self._networks) > _NETWORKS:
                self._networks.popitem(last=False)
        self._networks.move_to_end(key)
        return self._networks[key]


Job = Callable[[Shelf, Mapping[str, Any]], Reply]


def parse_tumour(asked: Mapping[str, Any]) -> Tumour:
    """Return the tumour of a question."""
    return Tumour.parse(asked["tissue"], asked["alterations"], *([c] for c in asked["clones"]))
