"""The JSON API: each command of the command line as an address, with the same JSON."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from krasbypass.web import analysis_answers, answers, schemas
from krasbypass.web.desk import Desk
from krasbypass.web.problems import MEDIA_TYPE
from krasbypass.web.security import DOCUMENT_POLICY


def _problem(text: str) -> dict[str, Any]:
    schema = answers.ProblemAnswer.model_json_schema()
    return {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}


#: Beside the answer, what every address may say.
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: _problem("The request cannot be read, or its answer is too large."),
    403: _problem("The request comes from a page of another site."),
    408: _problem("The request was not complete in time."),
    413: _problem("The request is too large."),
    414: _problem("The address is too long; send the question by POST."),
    421: _problem("The server does not answer under that name."),
    422: _problem("A name is unknown, or a value cannot be read."),
    503: _problem("Too busy, or stopped for taking too long."),
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: _problem("No term has that name.")}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"*/*": {"schema": {}}}}
}
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}}
}

router = APIRouter(prefix="/api", responses=_PROBLEMS, tags=["questions"])


async def _answer(request: Request, job: str, asked: dict[str, Any]) -> Response:
    desk: Desk = request.app.state.desk
    return await desk.answer(request, job, asked)


@router.get("/catalogue", response_model=answers.CatalogueAnswer)
async def get_catalogue(request: Request) -> Response:
    """Give the names from which questions are put together."""
    return await _answer(request, "catalogue", {})


@router.get("/layout", response_model=answers.LayoutAnswer)
async def get_layout(request: Request) -> Response:
    """Give the places of the nodes in the explorer's picture."""
    return await _answer(request, "layout", {})


@router.get("/routes", response_model=answers.RoutesAnswer)
async def get_routes(
    request: Request, question: Annotated[schemas.QuestionParameters, Query()]
) -> Response:
    """Say which routes are open, in each phase, and what closed the others."""
    return await _answer(request, "routes", question.asked())


@router.post("/routes", response_model=answers.RoutesAnswer)
async def post_routes(request: Request, question: schemas.Question) -> Response:
    """Say which routes are open, in each phase, and what closed the others."""
    return await _answer(request, "routes", question.asked())


@router.get("/gaps", response_model=analysis_answers.GapsAnswer)
async def get_gaps(
    request: Request, question: Annotated[schemas.GapsParameters, Query()]
) -> Response:
    """Say what stays open, what closes it, what no drug closes, what was never trialled."""
    return await _answer(request, "gaps", question.asked())


@router.post("/gaps", response_model=analysis_answers.GapsAnswer)
async def post_gaps(request: Request, question: schemas.GapsQuestion) -> Response:
    """Say what stays open, what closes it, what no drug closes, what was never trialled."""
    return await _answer(request, "gaps", question.asked())


@router.get("/forecast", response_model=analysis_answers.ForecastAnswer)
async def get_forecast(
    request: Request, question: Annotated[schemas.ForecastParameters, Query()]
) -> Response:
    """Say which further alterations re-open an output under the combination."""
    return await _answer(request, "forecast", question.asked())


@router.post("/forecast", response_model=analysis_answers.ForecastAnswer)
async def post_forecast(request: Request, question: schemas.ForecastQuestion) -> Response:
    """Say which further alterations re-open an output under the combination."""
    return await _answer(request, "forecast", question.asked())


@router.get("/design", response_model=analysis_answers.DesignAnswer)
async def get_design(
    request: Request, question: Annotated[schemas.DesignParameters, Query()]
) -> Response:
    """Say which combinations are best for a tumour."""
    return await _answer(request, "design", question.asked())


@router.post("/design", response_model=analysis_answers.DesignAnswer)
async def post_design(request: Request, question: schemas.DesignQuestion) -> Response:
    """Say which combinations are best for a tumour."""
    return await _answer(request, "design", question.asked())


@router.get("/compare", response_model=analysis_answers.ComparedAnswer)
async def get_compare(
    request: Request, question: Annotated[schemas.CompareParameters, Query()]
) -> Response:
    """Say what opened and what closed between two regimens or two samples of a patient."""
    return await _answer(request, "compare", question.asked())


@router.post("/compare", response_model=analysis_answers.ComparedAnswer)
async def post_compare(request: Request, question: schemas.CompareQuestion) -> Response:
    """Say what opened and what closed between two regimens or two samples of a patient."""
    return await _answer(request, "compare", question.asked())


@router.get("/sensitivity", response_model=analysis_answers.SensitivityAnswer)
async def get_sensitivity(
    request: Request, question: Annotated[schemas.SensitivityParameters, Query()]
) -> Response:
    """Give the statements on which an answer rests."""
    return await _answer(request, "sensitivity", question.asked())


@router.post("/sensitivity", response_model=analysis_answers.SensitivityAnswer)
async def post_sensitivity(request: Request, question: schemas.SensitivityQuestion) -> Response:
    """Give the statements on which an answer rests."""
    return await _answer(request, "sensitivity", question.asked())


@router.post("/evaluate", response_model=answers.EvaluatedAnswer)
async def post_evaluate(request: Request, table: schemas.Scenarios) -> Response:
    """Give the levels of many scenarios; a row that cannot be read has its error instead."""
    return await _answer(request, "evaluate", table.asked())


@router.get("/show", response_model=answers.TermAnswer, responses=_NOT_FOUND)
async def get_term(
    request: Request, question: Annotated[schemas.TermParameters, Query()]
) -> Response:
    """Say everything known of a drug, gene, alteration, trial or step, with its evidence."""
    return await _answer(request, "show", question.asked())


@router.get("/export", response_class=Response, responses=_FILE)
async def get_export(
    request: Request, question: Annotated[schemas.ExportParameters, Query()]
) -> Response:
    """Give the network, as it stands or as a question sets it, as a file of a format."""
    return await _answer(request, "export", question.asked())


@router.get("/report", response_class=Response, responses=_PAGE)
async def get_report(
    request: Request, question: Annotated[schemas.ReportParameters, Query()]
) -> Response:
    """Give the gaps of a question as one page made for reading."""
    response = await _answer(request, "report", question.asked())
    response.headers["content-security-policy"] = DOCUMENT_POLICY
    return response
