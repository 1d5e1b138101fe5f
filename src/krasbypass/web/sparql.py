"""The SPARQL 1.1 protocol, read only: what a request asks is found here, and answered by a job."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from krasbypass.web.desk import Desk
from krasbypass.web.negotiation import choose_type
from krasbypass.web.problems import Problem, ProblemError

_FORM, _QUERY, _UPDATE = (
    "application/x-www-form-urlencoded",
    "application/sparql-query",
    "application/sparql-update",
)
#: Parameters that only an update has.
_UPDATING = ("update", "using-graph-uri", "using-named-graph-uri")
#: Graphs that a request may name, and parameters that it may have.
_GRAPHS, _PARAMETERS = 32, 100
Parameters = list[tuple[str, str]]


async def answer_sparql(request: Request) -> Response:
    """Answer a request of the SPARQL 1.1 protocol.

    Raises
    ------
    ProblemError
        The request is not one of the protocol, asks for an update, or cannot be answered.
    """
    desk: Desk = request.app.state.desk
    accept = ", ".join(request.headers.getlist("accept"))
    in_address = _parse(request.url.query, "the address")
    if request.method == "POST":
        query, dataset = await _read_post(request, in_address)
    else:
        if not in_address:
            return await _describe(desk, request, accept)
        query, dataset = _take_query(in_address), in_address
    asked = {
        "query": query,
        "accept": accept,
        "default_graphs": _take_graphs(dataset, "default-graph-uri"),
        "named_graphs": _take_graphs(dataset, "named-graph-uri"),
    }
    seconds = desk.limits.query_seconds
    return await desk.answer(request, "query", asked, seconds=seconds)


async def _read_post(request: Request, in_address: Parameters) -> tuple[str, Parameters]:
    media_type = _read_type(request.headers.get("content-type", ""))
    body = await request.body()
    if media_type == _FORM:
        in_body = _parse(_decode(body), "the form")
        _refuse_update(in_body)
        if _values(in_address, "query"):
            raise _bad("a form carries its query in the body, not in the address")
        _refuse_update(in_address)
        # the protocol has the graphs in the body too; the W3C's tests put them into the address
        return _take_query(in_body), [*in_address, *in_body]
    if media_type == _QUERY:
        if _values(in_address, "query"):
            raise _bad("the query stands in the body and in the address")
        _refuse_update(in_address)
        return _decode(body), in_address
    if media_type == _UPDATE:
        raise _read_only()
    detail = f"a query is sent as {_FORM} or as {_QUERY}"
    raise ProblemError(Problem("media-type", "Unsupported media type", 415, detail))


async def _describe(desk: Desk, request: Request, accept: str) -> Response:
    """Answer a request without a query: the description of the service, or the page for people."""
    from krasbypass.web.sparql_jobs import GRAPH_TYPES

    if choose_type(accept, (*GRAPH_TYPES, "text/html")) == "text/html":
        return RedirectResponse("/sparql/ui", 303, {"vary": "accept"})
    endpoint = f"{request.url.scheme}://{request.headers['host']}/sparql"
    return await desk.answer(request, "service", {"accept": accept, "endpoint": endpoint})


# -- reading requests -----------------------------------------------------------------------------


def _read_type(header: str) -> str:
    """Return the media type of a body; another character set than UTF-8 is refused."""
    name, _, parameters = header.partition(";")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters, re.IGNORECASE)
    if charset and charset[1].casefold() not in ("utf-8", "utf8", "us-ascii"):
        detail = "a query is sent in UTF-8"
        raise ProblemError(Problem("media-type", "Unsupported character set", 415, detail))
    return name.strip().casefold()


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _bad("the body is not UTF-8") from error


def _parse(text: str, where: str) -> Parameters:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_PARAMETERS)
    except ValueError as error:
        raise _bad(f"{where} cannot be read as parameters in UTF-8") from error


def _values(parameters: Iterable[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in parameters if key == name]


def _take_query(parameters: Parameters) -> str:
    _refuse_update(parameters)
    found = _values(parameters, "query")
    if len(found) != 1:
        what = "there is no parameter query" if not found else "there is more than one query"
        raise _bad(what)
    return found[0]


def _take_graphs(parameters: Parameters, name: str) -> list[str]:
    found = _values(parameters, name)
    if len(found) > _GRAPHS:
        raise _bad(f"{name} may be given {_GRAPHS} times")
    return found


def _refuse_update(parameters: Parameters) -> None:
    if any(_values(parameters, name) for name in _UPDATING):
        raise _read_only()


def _read_only() -> ProblemError:
    detail = "an update is refused; the graph is read-only"
    return ProblemError(Problem("read-only", "Read-only", 403, detail))


def _bad(detail: str, **more: Any) -> ProblemError:
    return ProblemError(Problem("protocol", "Not a SPARQL request", 400, detail, more=more))
