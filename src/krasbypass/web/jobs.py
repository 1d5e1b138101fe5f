"""What workers do: a question as plain data in, an answer as bytes out.

A job knows nothing of HTTP but the status and the media type of its answer. It runs in a process
of its own, which may be killed at any moment.
"""

from __future__ import annotations

import json
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from krasbypass.errors import KrasbypassError, UnknownTermError
from krasbypass.knowledge import Knowledge, load_full_knowledge, load_knowledge
from krasbypass.network import Network, build_signalling_network, parse_hypotheses
from krasbypass.queries import build_store, read_names
from krasbypass.records import Records, read_records
from krasbypass.tumour import Tumour
from krasbypass.web.limits import Limits
from krasbypass.web.problems import MEDIA_TYPE, Problem, ProblemError, explain_error

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

    def warm_up(self) -> None:
        """Read everything that jobs share, so that workers start with it."""
        from krasbypass.routes import find_routes
        from krasbypass.web import analyses

        for name in analyses.MODULES:
            import_module(name)
        assert self.store is not None and self.records  # reading them is the purpose
        find_routes(self.network(()), Tumour.parse("any"))

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


# -- jobs -----------------------------------------------------------------------------------------

Job = Callable[[Shelf, Mapping[str, Any]], Reply]


def run_job(shelf: Shelf, name: str, asked: Mapping[str, Any]) -> Reply:
    """Do a job; whatever goes wrong becomes a problem."""
    try:
        return _find_job(name)(shelf, asked)
    except ProblemError as error:
        return reply_problem(error.problem)
    except KrasbypassError as error:
        return reply_problem(explain_error(error))
    except MemoryError:
        return reply_problem(TOO_MUCH)
    except RecursionError:
        detail = "the question is nested too deeply"
        return reply_problem(Problem("too-deep", "Nested too deeply", 400, detail))
    except Exception as error:
        # the question stays out of the log: it may be a patient's
        fault = f"the job {name} failed\n{''.join(traceback.format_tb(error.__traceback__))}"
        detail = "the server made a mistake; its log says more"
        problem = Problem("internal", "Internal error", 500, detail)
        return replace(reply_problem(problem), fault=f"{fault}{type(error).__name__}")


#: Also what a worker that broke down over its job has to say.
TOO_MUCH = Problem(
    "too-large",
    "Too much to answer",
    400,
    "this cannot be answered within the memory allowed, or is nested too deeply",
)


def _find_job(name: str) -> Job:
    from krasbypass.web import analyses, sparql_jobs

    return {**_JOBS, **analyses.JOBS, **sparql_jobs.JOBS}[name]


def parse_tumour(asked: Mapping[str, Any]) -> Tumour:
    """Return the tumour of a question."""
    return Tumour.parse(asked["tissue"], asked["alterations"], *([c] for c in asked["clones"]))


def _answer_routes(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.report import routes_to_json
    from krasbypass.routes import evaluate_tumour, find_routes
    from krasbypass.visual.picture import build_picture

    network = shelf.network(asked["hypotheses"])
    tumour, drugs = parse_tumour(asked), asked["drugs"]
    answer = find_routes(network, tumour, drugs, outputs=asked["outputs"] or None)
    picture = build_picture(network, answer, evaluate_tumour(network, tumour, drugs))
    return reply_json({**routes_to_json(answer), **picture})


def _answer_evaluate(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.report import evaluated_to_json
    from krasbypass.table import COLUMNS, Table, evaluate_table

    network = shelf.network(asked["hypotheses"])
    table = Table(
        COLUMNS,
        tuple(
            {
                "id": row["id"],
                "tissue": row["tissue"],
                "alterations": ",".join(row["alterations"]),
                "drugs": ",".join(row["drugs"]),
            }
            for row in asked["scenarios"]
        ),
    )
    rows = evaluate_table(network, table)
    answer = evaluated_to_json(network.knowledge, "", rows)
    answer["question"] = {"scenarios": len(table.rows)}
    return reply_json(answer)


def _answer_show(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.terms import describe_term

    try:
        described = describe_term(shelf.full_knowledge, asked["term"])
    except UnknownTermError as error:
        problem = Problem("unknown-term", "Unknown name", 404, error.sentence(), error.nearest)
        return reply_problem(problem)
    return reply_json({"question": {"term": asked["term"]}, **described})


def _answer_catalogue(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.web.catalogue import build_catalogue

    return reply_json(build_catalogue(shelf.full_knowledge, read_names(shelf.store), shelf.folder))


def _answer_layout(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.visual.map_layout import load_layout

    return reply_json(load_layout(shelf.network(())))


_JOBS: dict[str, Job] = {
    "routes": _answer_routes,
    "evaluate": _answer_evaluate,
    "show": _answer_show,
    "catalogue": _answer_catalogue,
    "layout": _answer_layout,
}
