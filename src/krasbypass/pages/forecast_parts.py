"""The parts of a page about what comes next: the heat map and the forecast by mechanism."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from krasbypass.dossier import Report, group_asides, group_escapes
from krasbypass.forecast import Escape, ForecastAnswer
from krasbypass.knowledge import Knowledge
from krasbypass.matrix import EscapeMatrix, MatrixRow
from krasbypass.model import Level
from krasbypass.pages.closer_parts import cite, join
from krasbypass.pages.document import (
    DIM,
    STRONG,
    WARN,
    Block,
    Cell,
    Figure,
    Points,
    References,
    Section,
    Sentence,
    Span,
    Table,
    say,
    show_level,
    stack,
)
from krasbypass.records import Observation
from krasbypass.visual.heat_map import draw_heat_map, name_events
from krasbypass.visual.labels import name_way

#: Escapes of one mechanism that are told line by line, and mechanisms of closers of each.
_ESCAPES, _CLOSERS, _EVENTS = 4, 3, 60
#: Alterations that are named of those to watch for one output or drug.
_ASIDES = 8
#: Models that the count of patients says already.
_PATIENTS = ("", "patients", "one patient")


# -- heat map -----------------------------------------------------------------------------------


def build_heat_map(report: Report) -> Section:
    """Return escapes against the combination and this with each of the report's additions."""
    matrix = leave_out_same(report.matrix)
    alone = "no drug" if not matrix.regimens[0] else "as asked"
    headings = [join(matrix.regimens[0]) or alone, *(f"+\u00a0{join(d)}" for d in report.additions)]
    dropped = len(report.matrix.rows) - len(matrix.rows)
    told = (
        "Each row is one further alteration out of a set that does the same; a column is the "
        "combination asked about, then this with one addition: "
    )
    why = (
        "the first lines of the closers above."
        if report.gaps.closers
        else "those that together close most of the forecast, observed escapes first."
    )
    if dropped:
        why += f" {dropped} sets that open nothing more than the first row are left out."
    heading = "Escapes against combinations"
    if len(matrix.rows) == 1:
        none = "No single further alteration of the catalogue opens more than is open already."
        return Section(heading, (Sentence(say(none)),))
    figure = Figure(
        "escapes",
        draw_heat_map(matrix, headings=headings),
        say(told + why if report.additions else told.rpartition(";")[0] + "."),
        _tabulate(matrix, headings),
    )
    return Section(heading, (figure,))


def leave_out_same(matrix: EscapeMatrix) -> EscapeMatrix:
    """Return a matrix without rows that open nothing beyond what the tumour opens as it is."""
    base, *others = matrix.rows
    columns = range(len(matrix.regimens))
    kept = [r for r in others if any(set(r.opens(c)) - set(base.opens(c)) for c in columns)]
    return replace(matrix, rows=(base, *kept))


def _tabulate(matrix: EscapeMatrix, headings: Sequence[str]) -> Table:
    head = ("escape", "patients", *headings)
    rows = []
    for row in matrix.rows:
        cells = (_tell_cell(row, column) for column in range(len(headings)))
        named = name_events(row.events, _EVENTS) or row.mechanism
        rows.append((say(named), say(str(row.patients) if row.patients else ""), *cells))
    return Table(head, tuple(rows), numeric=frozenset({1}))


def _tell_cell(row: MatrixRow, column: int) -> Cell:
    opened = row.opens(column)
    if opened:
        return say(show_level(Level.FULL), f" {', '.join(opened)}")
    return say(show_level(max(row.cells[column].values(), default=Level.OFF)))


# -- forecast -----------------------------------------------------------------------------------


def build_forecast(
    answer: ForecastAnswer, added: Sequence[str], references: References, knowledge: Knowledge
) -> Section:
    """Return what re-opens, by mechanism; what nothing closes is marked."""
    drugs = join(answer.drugs) or "no drug"
    title = f"What escapes next: under {drugs}"
    blocks: list[Block] = []
    if added:
        best = f"The forecast once the first of the closers, {join(added)}, is added."
        blocks.append(Sentence(say(Span(best, DIM))))
    if answer.already_open:
        told = f"Open already, so nothing can re-open it: {', '.join(answer.already_open)}."
        blocks.append(Sentence(say(told)))
    if not answer.escapes:
        blocks.append(Sentence(say(f"Of {answer.tried} further alterations tried, none re-opens.")))
        return Section(title, (*blocks, *_build_watch(answer)))
    groups = group_escapes(answer.escapes)
    rows: list[tuple[Cell, ...]] = []
    for mechanism, found in groups.items():
        rows += _mechanism_rows(answer, mechanism, found, references, knowledge)
    leaks = f" {len(answer.leaks)} more leak without re-opening." if answer.leaks else ""
    count = f"{len(answer.escapes)} of {answer.tried} single further alterations tried re-open."
    blocks.append(Sentence(say(count + leaks)))
    blocks.append(
        Table(("alteration", "re-opens", "through", "seen", "closed by"), tuple(rows),
              widths=(20, 13, 24, 20, 23))
    )  # fmt: skip
    return Section(title, (*blocks, *_build_watch(answer)))


def _build_watch(answer: ForecastAnswer) -> tuple[Block, ...]:
    """Return what further alterations do besides: to other outputs, and to the drugs."""
    points = []
    for (what, is_output), names in group_asides(answer.watch).items():
        more = f"; and {len(names) - _ASIDES} more" if len(names) > _ASIDES else ""
        head = f"{what} at full: " if is_output else f"less {what} acts: "
        points.append(say(Span(head, STRONG), "; ".join(names[:_ASIDES]), more))
    if not points:
        return ()
    told = "To watch: further alterations that re-open nothing of the goal."
    return (Sentence(say(Span(told, DIM))), Points(tuple(points), small=True))


def _mechanism_rows(
    answer: ForecastAnswer,
    mechanism: str,
    found: Sequence[tuple[Escape, int]],
    references: References,
    knowledge: Knowledge,
) -> list[tuple[Cell, ...]]:
    count = sum(number for _, number in found)
    whole = [o for o in answer.pathways if o.kind == mechanism.partition(",")[0]]
    seen = [say(" seen as a whole in ", *_tell_count(o), cite(o.evidence, references, most=1))
            for o in whole[:1]]  # fmt: skip
    head = say(
        Span(mechanism, STRONG),
        f": {count} {'alteration' if count == 1 else 'alterations'};" if seen else f": {count}",
        *seen,
    )
    ordered = sorted(found, key=lambda item: (item[0].closable, -_most_seen(item[0])))
    shown = ordered[:_ESCAPES]
    rows: list[tuple[Cell, ...]] = [(head,)]
    rows += [_escape_row(escape, number, references, knowledge) for escape, number in shown]
    left = count - sum(number for _, number in shown)
    if left:
        rows.append((say(Span(f"and {left} more, in the appendix", DIM)), *[()] * 4))
    return rows


def _escape_row(
    escape: Escape, count: int, references: References, knowledge: Knowledge
) -> tuple[Cell, ...]:
    alike = f" and {count - 1} alike" if count > 1 else ""
    way = name_way(knowledge, escape.route.nodes[1:-1]) if escape.route else ""
    raised = sorted(escape.outputs.items(), key=lambda item: (-item[1], item[0]))
    return (
        say(Span(join(escape.alterations), STRONG), Span(alike, DIM) if alike else ""),
        say(", ".join(name for name, level in raised if level is Level.FULL)),
        say(way),
        _tell_seen(escape, references),
        _tell_closers(escape),
    )


def _own(escape: Escape) -> list[Observation]:
    return [o for o in escape.observed if o.match in ("alteration", "residue")]


def _most_seen(escape: Escape) -> int:
    return max((o.patients or 0 for o in _own(escape)), default=0)


def _tell_seen(escape: Escape, references: References) -> Cell:
    """Return how often it was seen, nearest drugs first, and under which others."""
    found = _own(escape)
    if not found:
        return say(Span("not on record", DIM))
    best = max(found, key=lambda o: (o.same_drug, o.same_class, o.patients or 0))
    under = "" if best.same_drug or not best.drugs else f" under {', '.join(best.drugs[:2])}"
    model = best.model.removeprefix("patients, ")
    where = f" ({model})" if model not in _PATIENTS else ""
    return stack(
        (
            say(_tell_count(best), f"{under}{where}", cite(best.evidence, references, most=1)),
            say(Span("rests on one patient", WARN)) if best.single_patient else (),
        )
    )


def _tell_count(observation: Observation) -> Cell:
    if observation.patients is None:
        return say("seen, not counted")
    of = f" of {observation.cohort_size}" if observation.cohort_size else ""
    word = "patient" if observation.patients == 1 and not of else "patients"
    return say(Span(f"{observation.patients}{of}", STRONG), f" {word}")


def _tell_closers(escape: Escape) -> Cell:
    if not escape.closers:
        return say(Span("nothing in the catalogue", WARN))
    names = "; ".join(join(closer.mechanisms) for closer in escape.closers[:_CLOSERS])
    more = len(escape.closers) - _CLOSERS
    return say(names, Span(f" or {more} more", DIM) if more > 0 else "")


def build_all_escapes(report: Report) -> Section | None:
    """Return every alteration of the forecasts by mechanism."""
    blocks: list[Block] = []
    for answer in (report.forecast, report.outlook):
        if answer is None or not answer.escapes:
            continue
        points: dict[str, list[str]] = {}
        for escape in answer.escapes:
            points.setdefault(escape.mechanism, []).append(join(escape.alterations))
        blocks.append(Sentence(say(Span(f"Under {join(answer.drugs) or 'no drug'}", STRONG))))
        blocks.append(
            Points(
                tuple(say(Span(f"{name}: ", STRONG), ", ".join(e)) for name, e in points.items()),
                small=True,
            )
        )
    if not blocks:
        return None
    return Section("Appendix: every alteration of the forecast", tuple(blocks))
