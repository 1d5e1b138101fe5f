"""Answers as HTML tables, for notebooks: what `_repr_html_` of an answer gives.

Long tables are cut and say so; everything from the ontology or the question is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch
from html import escape

from krasbypass.answers import OutputLevels, Route, RoutesAnswer, Stated, join_nodes
from krasbypass.closers import Closer
from krasbypass.compare import ComparisonAnswer
from krasbypass.design import Design, DesignAnswer
from krasbypass.forecast import Escape, ForecastAnswer
from krasbypass.gaps import GapsAnswer
from krasbypass.matrix import EscapeMatrix
from krasbypass.model import Level, Phase
from krasbypass.records import CombinationRecord
from krasbypass.report.gap_tables import name_closer, tell_cautions
from krasbypass.report.routes import Asked, footer
from krasbypass.sensitivity import SensitivityAnswer
from krasbypass.tumour import name_tumour

#: Rows of a table that are shown.
SHOWN = 25
_COLOUR = {Level.FULL: "#c0392b", Level.ATTENUATED: "#b9770e", Level.OFF: "#1e8449"}


class _Html(str):
    """Text that is HTML already."""

    __slots__ = ()


@singledispatch
def render_html(answer: object) -> str:
    """Return an answer as HTML.

    Raises
    ------
    TypeError
        It is no answer of krasbypass.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> answer = kb.find_routes(network, kb.Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"])
    >>> "<td>relief:MAPK → EGFR" in render_html(answer)
    True
    """
    raise TypeError(f"no table for {type(answer).__name__}")


# -- routes, gaps, forecast, design ---------------------------------------------------------------


@render_html.register
def _(answer: RoutesAnswer) -> str:
    return _join(
        _heading(answer),
        _levels(answer.outputs),
        _table(
            ("output", "level", "kind", "timing", "open route"),
            [_route_cells(route) for route in answer.routes],
            none="no route to the outputs asked for is at full",
        ),
        _note(f"{len(answer.residual)} residual routes"),
        _foot(answer),
    )


@render_html.register
def _(answer: GapsAnswer) -> str:
    goal = f"Goal: {answer.target} {' and '.join(answer.chosen)}"
    reached = "reached already: the goal asks for no further drug"
    return _join(
        _heading(answer.answer),
        _levels(answer.outputs),
        _note(f"{goal}{f', {reached}' if answer.reached else ''}"),
        _table(
            ("no drug of the catalogue closes", "level", "why"),
            [(u.output, _level(u.level), u.reason) for u in answer.no_catalogue_drug],
        ),
        _table(
            ("open gap", "kind", "timing", "route", "one intervention cuts it at"),
            [
                (g.output, g.kind, g.timing, join_nodes(g.routes[0].nodes), " or ".join(g.targets))
                for g in answer.gaps
            ],
        ),
        _table(
            ("add", "mechanism", "brake-proof", "evidence", "trials", "cautions"),
            [_closer_cells(closer) for closer in answer.closers],
            none="" if answer.reached else "no closer of this size",
        ),
        _table(
            ("watch", "level", "why"),
            [(w.what, "" if w.level is None else _level(w.level), w.reason) for w in answer.watch],
        ),
        _foot(answer.answer),
    )


@render_html.register
def _(answer: ForecastAnswer) -> str:
    return _join(
        _heading(answer),
        _levels(answer.outputs),
        _table(
            ("further alteration", "mechanism", "re-opens", "route", "seen", "closed by"),
            [_escape_cells(escape_) for escape_ in answer.escapes],
            none="nothing of the catalogue re-opens the goal's outputs",
        ),
        _note(f"{answer.tried} tried, {len(answer.leaks)} leak without re-opening"),
        _foot(answer),
    )


@render_html.register
def _(answer: DesignAnswer) -> str:
    front = set(answer.pareto)
    ordered = sorted(range(len(answer.combinations)), key=lambda n: (n not in front, n))
    return _join(
        _note(name_tumour(answer.tissue, answer.alterations)),
        _note(
            f"{answer.screened:,} combinations of mechanisms screened, "
            f"{answer.suppressing:,} suppress {' and '.join(answer.chosen)}"
        ),
        _table(
            ("", "drugs", "mechanisms", "escapes left", "patients", "evidence", "trials"),
            [_design_cells(answer.combinations[n], n in front) for n in ordered],
            none="no combination of this size suppresses the tumour",
        ),
        _note("★ nothing listed beats it"),
        _foot(answer),
    )


# -- matrix, comparison, sensitivity --------------------------------------------------------------


@render_html.register
def _(answer: EscapeMatrix) -> str:
    columns = [" + ".join(drugs) or "no drug" for drugs in answer.regimens]
    return _join(
        _note(f"{answer.tissue}: {', '.join(answer.alterations)}; {' / '.join(answer.outputs)}"),
        _table(
            ("escape", "alterations", "patients", *columns),
            [
                (
                    row.mechanism,
                    _few(row.events),
                    str(row.patients or ""),
                    *(_marks([cell[o] for o in answer.outputs]) for cell in row.cells),
                )
                for row in answer.rows
            ],
            shown=len(answer.rows),
        ),
        _foot(answer),
    )


@render_html.register
def _(answer: ComparisonAnswer) -> str:
    return _join(
        _heading(answer.before),
        _heading(answer.after),
        _table(
            ("output", "before", "after", "explained by"),
            [
                (
                    shift.output,
                    _level(shift.before),
                    _level(shift.after),
                    "; or ".join(" ".join(map(str, chosen)) for chosen in shift.sets),
                )
                for shift in answer.shifts
            ],
            none="no output changes",
        ),
        _table(
            ("", "output", "level", "kind", "timing", "route"),
            [("opened", *_route_cells(route)) for route in answer.opened]
            + [("closed", *_route_cells(route)) for route in answer.closed],
        ),
        _foot(answer.after),
    )


@render_html.register
def _(answer: SensitivityAnswer) -> str:
    return _join(
        _heading(answer),
        _table(
            ("output", "now", "would be", "without", "why it is weak"),
            [
                (
                    flip.output,
                    _level(flip.level),
                    _level(flip.without),
                    "; ".join(fact.label for fact in flip.facts),
                    "; ".join(fact.reason for fact in flip.facts),
                )
                for flip in answer.flips
            ],
            none="no set of this size flips an output",
        ),
        _note(f"{len(answer.facts)} weak facts take part, {answer.tried:,} sets tried"),
        _foot(answer),
    )


# -- cells ----------------------------------------------------------------------------------------


def _level(level: Level) -> _Html:
    return _Html(f'<span style="color:{_COLOUR[level]}">{level.mark} {level.label}</span>')


def _marks(levels: Iterable[Level]) -> _Html:
    """Return a mark for each output, in the order of the heading."""
    return _Html(
        "&nbsp;".join(
            f'<span style="color:{_COLOUR[v]}" title="{v.label}">{v.mark}</span>' for v in levels
        )
    )


def _route_cells(route: Route) -> tuple[str, ...]:
    kind = f"{route.kind} ({', '.join(route.details)})" if route.details else route.kind
    return (route.output, _level(route.level), kind, route.timing, join_nodes(route.nodes))


def _closer_cells(closer: Closer) -> tuple[str, ...]:
    evidence, trials = _evidence(closer.record), _trials(closer.record)
    return (*name_closer(closer), evidence, trials, tell_cautions(closer))


def _escape_cells(found: Escape) -> tuple[str, ...]:
    seen = [o for o in found.observed if o.match in ("alteration", "residue")]
    best = max(seen, key=lambda o: (o.same_drug, o.same_class, o.patients or 0), default=None)
    told = ""
    if best is not None:
        count = "seen" if best.patients is None else str(best.patients)
        count += f" of {best.cohort_size}" if best.patients and best.cohort_size else ""
        under = "" if best.same_drug else f" under {', '.join(best.drugs[:2]) or 'other drugs'}"
        told = f"{count}{under}{', one patient' if best.single_patient else ''}"
        told += f" ({best.evidence[0].citation.partition(' (')[0]})" if best.evidence else ""
    return (
        " + ".join(found.alterations),
        found.mechanism,
        ", ".join(found.outputs),
        join_nodes(found.route.nodes[1:-1]) if found.route else "",
        told,
        "; ".join(" + ".join(c.mechanisms) for c in found.closers[:4]) or "nothing",
    )


def _design_cells(design: Design, on_front: bool) -> tuple[str, ...]:
    return (
        "★" if on_front else "",
        " + ".join(design.drugs),
        " + ".join(design.mechanisms),
        str(design.open_escapes),
        str(design.open_patients),
        _evidence(design.record),
        _trials(design.record),
    )


def _evidence(record: CombinationRecord) -> str:
    approved = "approved; " if record.approved_for_tumour else ""
    return f"{approved}{record.evidence_level}{' of the class' if record.basis == 'class' else ''}"


def _trials(record: CombinationRecord) -> str:
    own = [t.nct[0] if t.nct else t.name for t in record.trials if t.of == "combination"]
    return _few(own) if own else "no recorded trial"


def _few(names: Sequence[str], shown: int = 6) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


# -- parts of a page ------------------------------------------------------------------------------


def _heading(answer: Asked) -> _Html:
    tumour = name_tumour(answer.tissue, answer.alterations)
    drugs = " + ".join(answer.drugs) or "no drug"
    return _Html(f"<p><b>{escape(tumour)}</b> under {escape(drugs)}</p>")


def _levels(outputs: Mapping[str, OutputLevels]) -> _Html:
    live = {name: levels for name, levels in outputs.items() if any(levels.level(p) for p in Phase)}
    rows = [
        (name, *(_level(levels.level(p)) for p in Phase), levels.course)
        for name, levels in live.items()
    ]
    return _table(("output", *(p.value for p in Phase), "course"), rows)


def _table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    none: str = "",
    shown: int = SHOWN,
) -> _Html:
    """Return a table, or what to say where it has no rows."""
    if not rows:
        return _note(none) if none else _Html()
    head = "".join(f'<th style="text-align:left">{escape(h)}</th>' for h in headings)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in rows[:shown]
    )
    more = _note(f"… and {len(rows) - shown} more") if len(rows) > shown else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return _Html(table + more)


def _cell(text: str) -> str:
    return text if isinstance(text, _Html) else escape(text)


def _note(text: str) -> _Html:
    return _Html(f"<p>{escape(text)}</p>")


def _foot(answer: Stated) -> _Html:
    return _Html(f"<p><small>{escape(footer(answer))}</small></p>")


def _join(*parts: str) -> str:
    return f"<div>{''.join(parts)}</div>"
