"""The analyses as jobs: gaps, forecast, design, compare, sensitivity, files and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from krasbypass.errors import NotationError
from krasbypass.web.shelf import Job, Reply, Shelf, parse_tumour, reply_json


def _answer_gaps(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.gaps import find_gaps
    from krasbypass.report.gaps import gaps_to_json

    network = shelf.network(asked["hypotheses"])
    answer = find_gaps(
        network,
        parse_tumour(asked),
        asked["drugs"],
        outputs=asked["outputs"] or None,
        target=asked["target"],
        max_add=asked["max_add"],
        records=shelf.records,
    )
    return reply_json(gaps_to_json(answer))


def _answer_forecast(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.forecast import forecast_escapes
    from krasbypass.report.gaps import forecast_to_json

    network = shelf.network(asked["hypotheses"])
    answer = forecast_escapes(
        network,
        parse_tumour(asked),
        asked["drugs"],
        outputs=asked["outputs"] or None,
        events=asked["events"],
        max_add=asked["max_add"],
        records=shelf.records,
    )
    return reply_json(forecast_to_json(answer))


def _answer_design(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.design import design_combinations
    from krasbypass.report.gaps import design_to_json

    network = shelf.network(asked["hypotheses"])
    answer = design_combinations(
        network,
        parse_tumour(asked),
        outputs=asked["outputs"] or None,
        max_drugs=asked["max_drugs"],
        avoid=asked["avoid"],
        require=(*asked["drugs"], *asked["require"]),
        approved_only=asked["approved_only"],
        records=shelf.records,
    )
    return reply_json(design_to_json(answer))


def _answer_compare(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.compare import compare_regimens, compare_samples
    from krasbypass.report.sides import comparison_to_json

    before, after, others = asked["before"], asked["after"], asked["with_drugs"]
    if bool(before or after) == bool(others):
        raise NotationError("compare", "give with, or else before and after")
    network = shelf.network(asked["hypotheses"])
    if others:
        answer = compare_regimens(network, parse_tumour(asked), asked["drugs"], others)
    else:
        first, second = (
            parse_tumour({**asked, "alterations": [*asked["alterations"], *found]})
            for found in (before, after)
        )
        answer = compare_samples(network, first, second, asked["drugs"])
    return reply_json(comparison_to_json(answer))


def _answer_sensitivity(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.report.sides import sensitivity_to_json
    from krasbypass.sensitivity import find_sensitivity

    network = shelf.network(asked["hypotheses"])
    answer = find_sensitivity(
        network,
        parse_tumour(asked),
        asked["drugs"],
        outputs=asked["outputs"] or None,
        size=asked["size"],
    )
    return reply_json(sensitivity_to_json(answer))


def _answer_export(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.export import export_network, find_format

    chosen = find_format(asked["format"])
    network = shelf.network(asked["hypotheses"])
    is_asked = asked["tissue"] != "any" or any(asked[k] for k in ("alterations", "drugs", "clones"))
    text = export_network(
        network,
        chosen.name,
        tumour=parse_tumour(asked) if is_asked else None,
        drugs=asked["drugs"],
        ontology=shelf.folder,
    )
    headers = {"content-disposition": f'attachment; filename="krasbypass{chosen.suffix}"'}
    charset = "; charset=utf-8" if chosen.media_type.startswith("text/") else ""
    return Reply(200, chosen.media_type + charset, text.encode(), headers)


def _answer_report(shelf: Shelf, asked: Mapping[str, Any]) -> Reply:
    from krasbypass.dossier import make_report
    from krasbypass.pages.contents import build_document
    from krasbypass.pages.html_page import render_html

    network = shelf.network(asked["hypotheses"])
    report = make_report(
        network,
        parse_tumour(asked),
        asked["drugs"],
        outputs=asked["outputs"] or None,
        target=asked["target"],
        max_add=asked["max_add"],
        records=shelf.records,
    )
    body = render_html(build_document(report)).encode()
    headers = {}
    if asked["download"]:
        headers["content-disposition"] = 'attachment; filename="krasbypass-report.html"'
    return Reply(200, "text/html; charset=utf-8", body, headers)


#: What the analyses import when they are first asked: workers start with it.
MODULES = tuple(
    f"krasbypass.{name}"
    for name in (
        "compare", "design", "dossier", "export", "forecast", "gaps",
        "pages.contents", "pages.html_page", "report.gaps", "report.routes", "report.sides",
        "sensitivity", "table", "terms", "visual.map_layout", "visual.picture", "web.catalogue",
    )
)  # fmt: skip
JOBS: dict[str, Job] = {
    "gaps": _answer_gaps,
    "forecast": _answer_forecast,
    "design": _answer_design,
    "compare": _answer_compare,
    "sensitivity": _answer_sensitivity,
    "export": _answer_export,
    "report": _answer_report,
}
