"""What the page of a report tells, in order. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator

from krasbypass.dossier import Report, group_escapes
from krasbypass.gaps import Gap
from krasbypass.model import Level, Phase
from krasbypass.pages.closer_parts import (
    NO_TRIAL,
    build_closers,
    build_other_closers,
    build_trials,
    join,
    tell_evidence,
)
from krasbypass.pages.document import (
    DIM,
    GOOD,
    STRONG,
    WARN,
    Block,
    Cell,
    Document,
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
from krasbypass.pages.forecast_parts import build_all_escapes, build_forecast, build_heat_map
from krasbypass.records import CombinationRecord
from krasbypass.screen import Goal
from krasbypass.visual.figure import draw_figure
from krasbypass.visual.labels import name_way
from krasbypass.visual.scene import Scene
from krasbypass.weak_facts import WeakFact

_ROUTES, _OUTCOMES, _FLIPS, _NAMED = 4, 8, 4, 3


def build_document(report: Report) -> Document:
    """Return the page of a report, its references numbered as they are called."""
    answer = report.gaps.answer
    references = References()
    forecasts = (
        (report.forecast, ()),
        *([(report.outlook, report.added)] if report.outlook is not None else []),
    )
    summary = tuple(_summarise(report))
    sections = (
        _levels(report),
        _picture(report),
        _unclosed(report),
        _gaps(report, references),
        build_closers(report, references),
        build_heat_map(report),
        *(
            build_forecast(f, added, references, report.network.knowledge)
            for f, added in forecasts
            if _tells(report, f)
        ),
        build_trials(report, references),
        _watch(report, references),
        _grounds(report),
        _caveats(report),
        build_other_closers(report),
        build_all_escapes(report),
    )
    tissue = "Any tissue" if answer.tissue == "any" else answer.tissue
    tumour = ", ".join(answer.alterations) or "no recorded alteration"
    return Document(
        title=f"{tissue}, {tumour}, under {join(answer.drugs) or 'no drug'}",
        subtitle="Open bypass routes, what closes them, and what escapes next",
        summary=summary,
        sections=tuple(section for section in sections if section is not None),
        references=references.cited,
        notice=f"Ontology {answer.ontology_version}, as of {answer.as_of}. {answer.notice}",
    )


def _tells(report: Report, forecast: object) -> bool:
    """Whether a forecast says more than that everything is open already."""
    first = report.forecast
    all_open = set(first.already_open) == set(first.chosen)
    return not (forecast is first and all_open and report.outlook is not None)


# -- what it comes to ---------------------------------------------------------------------------


def _summarise(report: Report) -> Iterator[Cell]:
    gaps = report.gaps
    names = " and ".join(gaps.chosen)
    missed = Goal.parse(gaps.target, gaps.chosen).threshold
    goal = "at full" if missed is Level.FULL else "with any signal"
    still = [o for o in gaps.chosen if gaps.outputs[o].adapted >= missed]
    if gaps.reached:
        how = "also with every brake released" if gaps.brake_proof else "while the brakes hold"
        yield say(Span(f"Goal reached: none of {names} {goal}", GOOD), f", {how}.")
    else:
        word = "gap" if len(gaps.gaps) == 1 else "gaps"
        told = f"Goal missed: {' and '.join(still)} {goal} after adaptation"
        yield say(Span(told, WARN), f", {len(gaps.gaps)} open {word}.")
    if gaps.no_catalogue_drug:
        outputs = ", ".join(u.output for u in gaps.no_catalogue_drug)
        yield say(Span("No drug of the catalogue closes ", WARN), Span(outputs, STRONG), ".")
    if gaps.closers:
        best = gaps.closers[0]
        approved = ", approved for this tumour" if best.record.approved_for_tumour else ""
        trial = ", no recorded trial" if best.record.no_recorded_trial else ""
        yield say(
            "First of the closers: ",
            Span(join(best.drugs), STRONG),
            f" ({join(best.mechanisms)}; {best.record.evidence_level}{approved}{trial}).",
        )
    yield from _summarise_forecast(report)
    flips = report.sensitivity.flips
    if flips:
        count = _count(len({flip.facts for flip in flips}), "single weak fact")
        verb = "decides" if count.startswith("1 ") else "each decide"
        yield say(f"{count} {verb} this answer, see below.")
    else:
        yield say("No single weak fact decides this answer.")


def _summarise_forecast(report: Report) -> Iterator[Cell]:
    answer = report.outlook or report.forecast
    when = f"With {join(report.added)} added, " if report.outlook is not None else ""
    if not answer.escapes:
        return
    seen = sorted(
        ((o.patients or 0, join(e.alterations), o) for e in answer.escapes for o in e.observed
         if o.match == "alteration" and o.same_tissue and o.same_class and o.patients),
        key=lambda item: (-item[0], item[1]),
    )  # fmt: skip
    told = dict.fromkeys(
        f"{name} ({count}{f' of {o.cohort_size}' if o.cohort_size else ''})"
        for count, name, o in seen
    )
    most = ""
    if told:
        most = f"; seen most in patients of this tissue: {', '.join(list(told)[:_NAMED])}"
    none = sum(not e.closable for e in answer.escapes)
    hopeless = f"; {none} of them nothing closes" if none else ""
    count = _count(len(answer.escapes), "single further alteration")
    start = f"{when}{count}" if when else count
    verb = "re-opens" if len(answer.escapes) == 1 else "re-open"
    groups = len(group_escapes(answer.escapes))
    yield say(f"{start} {verb} it, by {_count(groups, 'mechanism')}{most}{hopeless}.")


def _count(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


# -- levels and picture -------------------------------------------------------------------------


def _levels(report: Report) -> Section:
    gaps = report.gaps
    rows, quiet = [], []
    for name, levels in gaps.outputs.items():
        cells = [levels.level(phase) for phase in Phase]
        if not any(cells) and name not in gaps.chosen:
            quiet.append(name)
            continue
        chosen = Span("goal", STRONG) if name in gaps.chosen else Span("watched", DIM)
        shown = (say(show_level(level)) for level in cells)
        rows.append((say(Span(name, STRONG)), say(chosen), *shown, say(levels.course)))
    rows.sort(key=lambda row: row[1][0].text != "goal")
    head = ("output", "role", *(phase.value for phase in Phase), "course")
    blocks: list[Block] = [Table(head, tuple(rows))]
    if quiet:
        blocks.append(Sentence(say(Span(f"Off throughout: {', '.join(quiet)}.", DIM))))
    return Section("Outputs by phase", tuple(blocks))


def _picture(report: Report) -> Section:
    gaps = report.gaps
    scene = Scene(report.network.knowledge, gaps.answer, report.evaluation, Phase.ADAPTED)
    told = f"What leads to {' and '.join(gaps.chosen)} after adaptation."
    if report.clones > 1:
        told += f" Drawn is the one of {report.clones} clones or readings that is highest."
    figure = Figure("routes", draw_figure(scene, outputs=gaps.chosen), say(told))
    return Section("The routes", (figure,))


# -- gaps ---------------------------------------------------------------------------------------


def _unclosed(report: Report) -> Section | None:
    found = report.gaps.no_catalogue_drug
    if not found:
        return None
    rows = tuple(
        (
            say(Span(u.output, STRONG)),
            say(show_level(u.level)),
            say("goal" if u.output in report.gaps.chosen else "watched"),
            stack(
                (
                    say(u.reason),
                    say(Span(name_way(report.network.knowledge, u.nodes), DIM)) if u.nodes else (),
                )
            ),
        )
        for u in found
    )
    table = Table(("output", "level", "role", "why"), rows, widths=(18, 12, 10, 60))
    return Section("What no drug of the catalogue closes", (table,))


def _gaps(report: Report, references: References) -> Section | None:
    gaps = report.gaps
    if not gaps.gaps:
        return None
    rows = tuple(_gap_row(report, gap, references) for gap in gaps.gaps)
    head = ("output", "kind, timing", "route", "one intervention cuts it at")
    blocks: list[Block] = [Table(head, rows, widths=(14, 14, 44, 28))]
    if not gaps.answer.complete:
        blocks.append(Sentence(say(Span("More routes exist than were looked at.", WARN))))
    return Section("Open gaps", tuple(blocks))


def _gap_row(report: Report, gap: Gap, references: References) -> tuple[Cell, ...]:
    knowledge = report.network.knowledge
    ways = []
    for route in gap.routes[:_ROUTES]:
        cited = (report.citations[e] for step in route.steps for e in step.evidence[:1])
        text = name_way(knowledge, route.nodes)
        ways.append(say(text, references.call(cited)))
    if len(gap.routes) > _ROUTES:
        ways.append(say(Span(f"and {len(gap.routes) - _ROUTES} more like these", DIM)))
    where = " or ".join(name_way(knowledge, [node]) for node in gap.targets) or "no single place"
    drugless = say(Span("no catalogue drug there", WARN)) if gap.drugless else ()
    return (
        say(Span(gap.output, STRONG)),
        say(f"{gap.kind}, {gap.timing}"),
        stack(ways),
        stack((say(where), drugless)),
    )


# -- what to watch, what it rests on --------------------------------------------------------------


def _watch(report: Report, references: References) -> Section | None:
    gaps = report.gaps
    blocks: list[Block] = []
    points = []
    for watched in gaps.watch:
        if watched.level is None:
            points.append(say(Span(watched.what, STRONG), f" {watched.reason}"))
        else:
            points.append(
                say(Span(watched.what, STRONG), ": ", show_level(watched.level),
                    "" if watched.reason == watched.what else f", {watched.reason}")
            )  # fmt: skip
    if points:
        blocks.append(Points(tuple(points)))
    if gaps.outcomes:
        rows = tuple(
            (
                say(o.group),
                say(f"{o.measure} {o.value:g} {o.unit}".rstrip()),
                say(o.reference),
                say("" if o.patients is None else str(o.patients)),
                say(o.caveat, references.call((s.citation for s in o.evidence), most=2)),
            )
            for o in gaps.outcomes[:_OUTCOMES]
        )
        head = ("patients with", "measured", "compared with", "patients", "caveat")
        told = "Outcome by co-alteration, as measured"
        blocks.append(Sentence(say(Span(told, STRONG))))
        blocks.append(Table(head, rows, frozenset({3}), (26, 18, 20, 8, 28)))
        if len(gaps.outcomes) > _OUTCOMES:
            more = len(gaps.outcomes) - _OUTCOMES
            blocks.append(Sentence(say(Span(f"and {more} more in the JSON", DIM))))
    return Section("Watch", tuple(blocks)) if blocks else None


def _grounds(report: Report) -> Section:
    """Return the disputes, hypotheses, assumptions and weak facts under the answer."""
    answer = report.gaps.answer
    blocks: list[Block] = []
    if answer.disputes:
        rows = tuple(
            (say(Span(d.label, STRONG)), say(d.disagreement), say(d.reading))
            for d in answer.disputes
        )
        head = ("contradiction touched", "what the sources say", "how it is read here")
        blocks.append(Table(head, rows, widths=(22, 39, 39)))
    points = [
        say("Rests on the hypothesis ", Span(name, STRONG), f": {report.hypotheses.get(name, '')}")
        for name in answer.hypotheses
    ]
    points += [say(f"Assumed: {note}") for note in answer.assumptions]
    points += _tell_flips(report)
    blocks.append(Points(tuple(points)))
    return Section("What the answer rests on", tuple(blocks))


def _tell_flips(report: Report) -> list[Cell]:
    found = report.sensitivity
    reasons: dict[str, int] = {}
    for fact in found.facts:
        reasons[fact.reason] = reasons.get(fact.reason, 0) + 1
    kinds = ", ".join(f"{count} {reason}" for reason, count in reasons.items()) or "none"
    parts = [say(f"Weak facts that take part: {kinds}; each was taken away on its own.")]
    if not found.flips:
        parts.append(say("None of them alone decides whether an output of the goal is at full."))
        return parts
    turned: dict[WeakFact, list[str]] = {}
    for flip in found.flips:
        for fact in flip.facts:
            turned.setdefault(fact, []).append(f"{flip.output} {flip.without.label}")
    told = [
        f"{'' if fact.held else 'the switched-off '}{fact.label} "
        f"({fact.reason}; {'without' if fact.held else 'with'} it {', '.join(outputs)})"
        for fact, outputs in list(turned.items())[:_FLIPS]
    ]
    more = len(turned) - len(told)
    tail = f"; and {more} more" if more > 0 else ""
    verb = "decides it" if len(turned) == 1 else "each decide it"
    such = "" if more <= 0 else "such as "
    parts.append(say(f"{len(turned)} {verb}: {such}{'; '.join(told)}{tail}."))
    return parts


def _caveats(report: Report) -> Section:
    gaps = report.gaps
    points: list[Cell] = []
    if gaps.record is not None:
        points.append(_record_caveat(gaps.record))
    points += [
        say(
            "A closer is a set of drugs after which the recorded mechanisms no longer carry the "
            "goal's outputs; it is not a dose, not a tolerability and not an expected response."
        ),
        say(
            "Brake-proof: it holds with every feedback brake released, so that no further drug "
            "that only blocks re-opens it."
        ),
        say(
            f"“{NO_TRIAL}” means none in this ontology as of {gaps.answer.as_of}; "
            "counts of patients are those of the sources named, and cohorts may overlap."
        ),
    ]
    return Section("What this page is not", (Points(tuple(points)),))


def _record_caveat(record: CombinationRecord) -> Cell:
    evidence = Span(tell_evidence(record, References())[0].text, STRONG)
    tried = "no trial of it" if record.no_recorded_trial else "trials of it"
    where = "approved for this tumour" if record.approved_for_tumour else "not approved for it"
    where = where if record.tissue else "no tissue asked for"
    return say("The combination itself, ", join(record.drugs), ": ", evidence, f"; {tried} on "
               f"record; {where}.")  # fmt: skip
