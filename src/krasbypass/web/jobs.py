"""What workers do: a question as plain data in, an answer as bytes out.

A job runs in a process of its own, which may be killed at any moment.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from krasbypass.errors import KrasbypassError, UnknownTermError
from krasbypass.queries.store import read_names
from krasbypass.tumour import Tumour
from krasbypass.web import analyses, sparql_jobs
from krasbypass.web.problems import Problem, ProblemError, explain_error
from krasbypass.web.shelf import Job, Reply, Shelf, parse_tumour, reply_json, reply_problem


def warm_up(shelf: Shelf) -> None:
    """Read everything that jobs share, so that workers start with it."""
    from krasbypass.routes import find_routes

    for name in analyses.MODULES:
        import_module(name)
    assert shelf.store is not None and shelf.records  # reading them is the purpose
    find_routes(shelf.network(()), Tumour.parse("any"))


def run_job(shelf: Shelf, name: str, asked: Mapping[str, Any]) -> Reply:
    """Do a job; whatever goes wrong becomes a problem."""
    try:
        return _JOBS[name](shelf, asked)
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


def _answer_routes(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.report.routes import routes_to_json
    from krasbypass.routes import evaluate_tumour, find_routes
    from krasbypass.visual.picture import build_picture

    network = shelf.network(asked["hypotheses"])
    tumour, drugs = parse_tumour(asked), asked["drugs"]
    evaluations = evaluate_tumour(network, tumour, drugs)
    outputs = asked["outputs"] or None
    answer = find_routes(network, tumour, drugs, outputs=outputs, evaluations=evaluations)
    picture = build_picture(network, answer, evaluations)
    return reply_json({**routes_to_json(answer), **picture})


def _answer_evaluate(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.report.routes import evaluated_to_json
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
    **analyses.JOBS,
    **sparql_jobs.JOBS,
}
