"""The application: the explorer's files, the API and the SPARQL endpoint behind one guard."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from krasbypass.errors import find_nearest
from krasbypass.web.api import router
from krasbypass.web.desk import Desk
from krasbypass.web.limits import Limits
from krasbypass.web.problems import MEDIA_TYPE, Problem, ProblemError
from krasbypass.web.security import Guard
from krasbypass.web.sparql import answer_sparql

_LOG = logging.getLogger("krasbypass.web")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
#: Addresses of single files of the explorer.
_PAGES = {"/": "index.html", "/sparql/ui": "sparql.html", "/favicon.ico": "favicon.svg"}


def build_app(desk: Desk, *, limits: Limits, hosts: Iterable[str] = ()) -> Guard:
    """Return the application.

    Parameters
    ----------
    desk
        What answers questions, over a pool that runs.
    hosts
        Names beside those of this machine under which the server may be addressed.
    """
    from krasbypass import __version__

    app = FastAPI(
        title="krasbypass",
        summary="Which bypass routes stay open in a RAS-driven tumour under a combination.",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = desk
    app.state.files = find_files()
    app.include_router(router)
    app.router.routes += [
        Route("/sparql", answer_sparql, methods=["GET", "POST"]),
        Route("/static/{name:path}", _send_static, methods=["GET"]),
        *(Route(path, _send_page, methods=["GET"]) for path in _PAGES),
    ]
    app.add_exception_handler(ProblemError, _send_problem)
    app.add_exception_handler(RequestValidationError, _send_invalid)
    app.add_exception_handler(HTTPException, _send_http_error)
    app.add_exception_handler(Exception, _send_failure)
    return Guard(app, hosts=hosts, limits=limits)


# -- files ----------------------------------------------------------------------------------------


def find_files() -> dict[str, Path]:
    """Return the explorer's files by name; a request can reach these and no others."""
    folder = Path(str(resources.files("krasbypass"))) / "web" / "static"
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in _TYPES
    }


async def _send_static(request: Request) -> Response:
    return _send_file(request, request.path_params["name"])


async def _send_page(request: Request) -> Response:
    return _send_file(request, _PAGES[request.url.path])


def _send_file(request: Request, name: str) -> Response:
    path: Path | None = request.app.state.files.get(name)
    try:
        if path is None:
            raise FileNotFoundError
        status = path.stat()
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        headers = {"etag": tag, "cache-control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(path.read_bytes(), 200, headers, _TYPES[path.suffix])
    except OSError as error:
        raise ProblemError(_not_found()) from error


def _not_found() -> Problem:
    return Problem("not-found", "Not found", 404, "there is nothing at this address")


# -- errors ---------------------------------------------------------------------------------------


def _respond(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    headers = {**problem.headers, **(headers or {})}
    return Response(problem.to_bytes(), problem.status, headers, MEDIA_TYPE)


async def _send_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return _respond(error.problem)


async def _send_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = next(iter(error.errors()), {})
    where = [str(part) for part in first.get("loc", ())]
    kind = str(first.get("type", ""))
    if kind == "json_invalid":
        detail = f"the body is not JSON: {first.get('ctx', {}).get('error', 'it cannot be read')}"
        return _respond(Problem("json", "Cannot be read", 400, detail))
    name = ".".join(part for part in where[1:] if part) or "the request"
    nearest: tuple[str, ...] = ()
    if kind == "extra_forbidden":
        known = _find_parameters(request)
        nearest = find_nearest(where[-1], known) or tuple(sorted(known))
        detail = f"unknown parameter {where[-1][:80]!r}"
    else:
        detail = f"{name[:200]}: {first.get('msg', 'cannot be read')}"
    return _respond(Problem("invalid", "Cannot be read", 422, detail, nearest))


def _find_parameters(request: Request) -> set[str]:
    """Return the names that the address of a request takes."""
    from pydantic import BaseModel

    endpoint = getattr(request.scope.get("route"), "dependant", None)
    found: set[str] = set()
    for part in (*getattr(endpoint, "query_params", ()), *getattr(endpoint, "body_params", ())):
        model = getattr(part.field_info, "annotation", None)
        if isinstance(model, type) and issubclass(model, BaseModel):
            found |= {field.alias or name for name, field in model.model_fields.items()}
    return found


async def _send_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = {k.lower(): v for k, v in dict(error.headers or {}).items()}
    if error.status_code == 404:
        return _respond(_not_found())
    if error.status_code == 405:
        methods = ", ".join(sorted(_find_methods(request)))
        problem = Problem("method", "Method not allowed", 405, f"this address takes {methods}")
        return _respond(problem, {**headers, "allow": methods})
    detail = "the request cannot be read" if error.status_code == 400 else str(error.detail)
    return _respond(Problem("http", "Refused", error.status_code, detail), headers)


def _find_methods(request: Request) -> set[str]:
    found: set[str] = set()
    for route in (*request.app.routes, *router.routes):
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found | ({"HEAD"} if "GET" in found else set())


async def _send_failure(request: Request, error: Exception) -> Response:
    detail = "the server made a mistake; its log says more"
    return _respond(Problem("internal", "Internal error", 500, detail))
