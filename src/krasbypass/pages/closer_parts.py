"""The parts of a page about what to add: closers, what is on record of them, trials."""

from __future__ import annotations

from collections.abc import Iterable

from krasbypass.closers import Closer, count_drugs
from krasbypass.dossier import Report
from krasbypass.pages.document import (
    DIM,
    GOOD,
    STRONG,
    WARN,
    Block,
    Cell,
    Points,
    References,
    Section,
    Sentence,
    Span,
    Table,
    say,
    stack,
)
from krasbypass.records import (
    ApprovalRecord,
    CombinationRecord,
    Support,
    ToxicityRecord,
    TrialRecord,
)

#: Lines of closers that are told in full; the others follow as a list.
SHOWN = 10
_TRIALS, _EVENTS, _ALIKE = 3, 3, 5
NO_TRIAL, MECHANISTIC = "no recorded trial", "mechanistic"


def join(drugs: Iterable[str]) -> str:
    """Return drugs or mechanisms as one text."""
    return " + ".join(drugs)


def build_closers(report: Report, references: References) -> Section | None:
    """Return the closers, the best line by line and the others as a list."""
    gaps = report.gaps
    if gaps.reached:
        return None
    title = f"What closes it: all minimal sets of up to {count_drugs(gaps.max_add)}"
    if not gaps.closers:
        return Section(title, (Sentence(say(f"None: {gaps.why_none}.")),))
    head = ("add", "evidence", "trials", "approval", "toxicity", "brake-proof, re-opened by")
    rows = tuple(_closer_row(closer, references) for closer in gaps.closers[:SHOWN])
    blocks: list[Block] = [Table(head, rows, widths=(21, 15, 23, 14, 14, 13))]
    others = gaps.closers[SHOWN:]
    count = len(gaps.closers)
    told = f"{count} {'line' if count == 1 else 'lines'} of like mechanisms in all"
    more = f"; the {len(others)} further ones are in the appendix" if others else ""
    blocks.append(Sentence(say(f"{told}, exact over the whole catalogue{more}."), DIM))
    return Section(title, tuple(blocks))


def _closer_row(closer: Closer, references: References) -> tuple[Cell, ...]:
    record = closer.record
    sets = len(closer.alternatives)
    more = f"or {sets} more {'set' if sets == 1 else 'sets'} of these mechanisms" if sets else ""
    proof = Span("brake-proof", GOOD) if closer.brake_proof else Span("while brakes hold", DIM)
    reopened = f"re-opened by adding {join(closer.reopened_by)}" if closer.reopened_by else ""
    return (
        stack(
            (
                say(Span(join(closer.drugs), STRONG)),
                say(join(closer.mechanisms)),
                say(Span(more, DIM)) if more else (),
            )
        ),
        tell_evidence(record, references),
        _tell_trials(record, references),
        _tell_approvals(record, references),
        _tell_toxicity(record, references),
        stack((say(proof), say(Span(reopened, WARN)) if reopened else ())),
    )


def tell_evidence(record: CombinationRecord, references: References) -> Cell:
    """Return the level of the evidence, of what it speaks, and where it is."""
    of = {"class": "of other drugs of the class", "model": "nothing but the model speaks for it"}
    words = of.get(record.basis, "")
    return say(
        record.evidence_level,
        cite(record.evidence, references),
        Span(f" {words}", DIM) if words else "",
    )


def cite(found: Iterable[Support], references: References, *, most: int = 4) -> Cell:
    """Return the numbers of what supports a record."""
    return references.call((support.citation for support in found), most=most)


def _tell_trials(record: CombinationRecord, references: References) -> Cell:
    own = [trial for trial in record.trials if trial.of == "combination"]
    alike = [trial for trial in record.trials if trial.of != "combination"]
    lines = [_name_trial(trial, references) for trial in own[:_TRIALS]]
    if not own:
        lines.append(say(Span(NO_TRIAL, WARN)))
    if alike:
        names = ", ".join(map(_short_name, alike[:_TRIALS]))
        lines.append(say(Span(f"same classes: {names}{_more(len(alike), _TRIALS)}", DIM)))
    elif len(own) > _TRIALS:
        lines.append(say(Span(f"and {len(own) - _TRIALS} more below", DIM)))
    return stack(lines)


def _short_name(trial: TrialRecord) -> str:
    return " ".join((trial.name, *(n for n in trial.nct[:1] if n not in trial.name)))


def _name_trial(trial: TrialRecord, references: References) -> Cell:
    phase = f", phase {trial.phase}" if trial.phase else ""
    status = f", {trial.status}" if trial.status else ""
    return say(_short_name(trial), f"{phase}{status}", cite(trial.evidence, references, most=2))


def _tell_approvals(record: CombinationRecord, references: References) -> Cell:
    own = [a for a in record.approvals if a.of == "combination"]
    here = [a for a in own if record.tissue in a.covers]
    if record.approved_for_tumour and here:
        first = here[0]
        told = ", ".join(part for part in (first.region, first.date) if part)
        numbers = cite(first.evidence, references, most=2)
        return say(Span(f"approved for {first.tissue}", GOOD), f" {told}", numbers)
    if record.approved_in_tissue:
        return say(Span("approved in this tissue, for other alterations", DIM))
    if own:
        return say(f"this set only elsewhere: {', '.join(dict.fromkeys(a.tissue for a in own))}")
    parts = dict.fromkeys(
        f"{join(a.drugs)} for {a.tissue}" for a in record.approvals if _is_part(a, record)
    )
    shown = list(parts)[:2]
    if shown:
        return say(Span(f"not as a set; {'; '.join(shown)}{_more(len(parts), 2)}", DIM))
    return say(Span("none on record", DIM))


def _is_part(approval: ApprovalRecord, record: CombinationRecord) -> bool:
    return approval.of == "part" and (record.tissue is None or record.tissue in approval.covers)


def _tell_toxicity(record: CombinationRecord, references: References) -> Cell:
    found = [t for t in record.toxicities if t.of == "combination"]
    alike = [t for t in record.toxicities if t.of == "class"]
    lines = [_tell_event(t, references) for t in found[:_EVENTS]]
    if not found and alike:
        lines.append(say(Span("class: ", DIM), _tell_event(alike[0], references)))
    if record.overlapping:
        events = ", ".join(record.overlapping[:_EVENTS])
        lines.append(say(Span(f"overlapping: {events}", WARN)))
    return stack(lines) or say(Span("none on record", DIM))


def _tell_event(toxicity: ToxicityRecord, references: References) -> Cell:
    grade = toxicity.grade
    worded = (f" grade {grade}" if grade[:1].isdigit() else f" {grade}") if grade else ""
    rate = "" if toxicity.rate is None else f" {toxicity.rate:g} {toxicity.unit}".rstrip()
    told = toxicity.event or toxicity.statement
    return say(f"{told}{worded}{rate}", cite(toxicity.evidence, references, most=1))


def _more(count: int, shown: int) -> str:
    return f" +{count - shown}" if count > shown else ""


# -- trials -------------------------------------------------------------------------------------


def build_trials(report: Report, references: References) -> Section:
    """Return all trials of the combination and of it with each of the first closers."""
    head = ("trial", "drugs", "phase, status", "tumour", "results")
    rows: list[tuple[Cell, ...]] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    closers = report.gaps.closers[:SHOWN]
    for record in filter(None, (report.gaps.record, *(closer.record for closer in closers))):
        fresh = [t for t in record.trials if (t.id, t.drugs) not in seen]
        own = [t for t in fresh if t.of == "combination"]
        alike = [t for t in fresh if t.of != "combination"]
        here = [t for t in alike if record.tissue is None or record.tissue in t.tissue]
        shown = [*own, *(here or alike)[:_ALIKE]]
        if fresh:
            rows.append((say(Span(join(record.drugs), STRONG), *_own_note(record)),))
        for trial in shown:
            seen.add((trial.id, trial.drugs))
            rows.append(_trial_row(trial, references))
        if len(shown) < len(fresh):
            left = f"and {len(fresh) - len(shown)} more of the same classes, in the JSON"
            rows.append((say(Span(left, DIM)), (), (), (), ()))
    title = "Trials on record"
    if not rows:
        told = "Of the combination and of it with the closers above no trial is on record."
        return Section(title, (Sentence(say(Span(told, WARN))),))
    return Section(title, (Table(head, tuple(rows), widths=(24, 20, 13, 10, 33)),))


def _own_note(record: CombinationRecord) -> Cell:
    if record.no_recorded_trial:
        return say(Span(f" {NO_TRIAL} of this very set; drugs of the same classes:", DIM))
    return ()


def _trial_row(trial: TrialRecord, references: References) -> tuple[Cell, ...]:
    of_class = say(Span(" (same classes)", DIM)) if trial.of == "class" else ()
    name = " ".join((trial.name, *(n for n in trial.nct if n not in trial.name)))
    return (
        say(name, cite(trial.evidence, references, most=3)),
        say(join(trial.drugs), of_class),
        say(", ".join(part for part in (trial.phase, trial.status) if part)),
        say(", ".join(trial.tissue)),
        say(trial.results),
    )


# -- appendix -----------------------------------------------------------------------------------


def build_other_closers(report: Report) -> Section | None:
    """Return the lines that the table of closers leaves out, and every drug by mechanism."""
    gaps = report.gaps
    if not gaps.closers:
        return None
    blocks: list[Block] = []
    others = gaps.closers[SHOWN:]
    if others:
        told = " Mechanistic and without a recorded trial unless a line says otherwise."
        count = f"The {len(others)} further lines of closers."
        blocks.append(Sentence(say(Span(count, STRONG), told)))
        blocks.append(Points(tuple(map(_tell_line, others)), small=True))
    told = "Drugs of each mechanism that closers use, nearest to patients first"
    blocks.append(Sentence(say(Span(told, STRONG))))
    points = (
        say(Span(f"{mechanism}: ", STRONG), ", ".join(drugs))
        for mechanism, drugs in report.drugs_of.items()
    )
    blocks.append(Points(tuple(points), small=True))
    return Section("Appendix: all closers", tuple(blocks))


def _tell_line(closer: Closer) -> Cell:
    level = closer.record.evidence_level
    marks = [] if level == MECHANISTIC else [level]
    marks += [] if closer.record.no_recorded_trial else ["trial on record"]
    marks += ["brake-proof"] if closer.brake_proof else ["while brakes hold"]
    marks += [f"re-opened by {join(closer.reopened_by)}"] if closer.reopened_by else []
    sets = len(closer.alternatives)
    more = f" or {sets} more" if sets else ""
    return say(
        Span(join(closer.mechanisms), STRONG),
        f": {join(closer.drugs)}{more}",
        Span(f" ({', '.join(marks)})", DIM),
    )
