"""Gaps, forecasts and designs as text made for reading. Nothing is computed here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from krasbypass.report import footer, levels_table, render_level, render_question

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from krasbypass.closers import Closer, ShortCloser
    from krasbypass.design import Design, DesignAnswer
    from krasbypass.forecast import Escape, ForecastAnswer
    from krasbypass.gaps import GapsAnswer
    from krasbypass.records import CombinationRecord, Observation, Support

#: Lines shown of closers, escapes of one mechanism, and combinations, unless all are asked for.
SHOWN_CLOSERS, SHOWN_ESCAPES, SHOWN_DESIGNS = 15, 8, 20
_SHOWN_TRIALS, _SHOWN_OUTCOMES, _SHOWN_OWN_TRIALS = 2, 6, 4


class _Sources:
    """Numbers what is cited in the order in which it is first shown."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, evidence: Sequence[Support], caveat: str = "") -> str:
        """Return the number of the first source, its caveat with it, as `` [1]``."""
        if not evidence:
            return ""
        text = evidence[0].citation + (f". Caveat: {caveat}" if caveat else "")
        return f" [{self._numbers.setdefault(text, len(self._numbers) + 1)}]"

    def render(self) -> list[RenderableType]:
        from rich.text import Text

        heading = [Text("\nSources", style="bold")] if self._numbers else []
        return [*heading, *(Text(f"  [{n}] {text}") for text, n in self._numbers.items())]


def render_gaps(answer: GapsAnswer, *, unfold: bool = False) -> list[RenderableType]:
    """Return gaps as rich renderables: what has no drug first, then closers, then the watch list.

    `unfold` shows all lines, and every set of drugs of each.
    """
    from rich.text import Text

    sources = _Sources()
    parts: list[RenderableType] = [
        render_question(answer.answer),
        levels_table(answer.outputs),
        Text(f"\nGoal: {answer.target} {' and '.join(answer.chosen)}", style="bold"),
    ]
    parts += _unclosed_section(answer)
    if answer.reached:
        held = "also with every brake released" if answer.brake_proof else "while brakes hold"
        parts.append(Text(f"  reached already, {held}: the goal asks for no further drug"))
    else:
        parts += _gaps_section(answer)
        parts += _closers_section(answer, sources, unfold)
    parts += _watch_section(answer)
    parts += _record_section(answer.record, sources)
    parts += sources.render()
    if not answer.answer.complete:
        parts.append(Text("Incomplete: more routes exist than were looked at", style="bold"))
    parts.append(Text(f"\n{footer(answer.answer)}", style="dim"))
    return parts


def _unclosed_section(answer: GapsAnswer) -> list[RenderableType]:
    from rich.text import Text

    if not answer.no_catalogue_drug:
        return []
    parts: list[RenderableType] = [Text("\nNo drug of the catalogue closes", style="bold")]
    for found in answer.no_catalogue_drug:
        mark = "" if found.output in answer.chosen else " (watched)"
        way = f"\n    {' → '.join(found.nodes)}  [{found.rule}]" if found.nodes else ""
        parts.append(
            Text.assemble(
                "  ", render_level(found.level), f" {found.output}{mark}: {found.reason}", way
            )
        )
    return parts


def _gaps_section(answer: GapsAnswer) -> list[RenderableType]:
    from rich.text import Text

    parts: list[RenderableType] = [Text("\nOpen gaps", style="bold")]
    for gap in answer.gaps:
        count = f"{len(gap.routes)} routes" if len(gap.routes) > 1 else "1 route"
        where = " or ".join(gap.targets) or "no single place"
        drugless = "  no catalogue drug there" if gap.drugless else ""
        head = gap.routes[0].nodes
        parts.append(
            Text(
                f"  {gap.output}  {gap.kind}, {gap.timing}, {count}{drugless}\n"
                f"    {' → '.join(n.replace('|', ' | ') for n in head)}\n"
                f"    one intervention cuts it at {where.replace('|', ' | ')}"
            )
        )
    return parts


def _closers_section(answer: GapsAnswer, sources: _Sources, unfold: bool) -> list[RenderableType]:
    from rich.text import Text

    parts: list[RenderableType] = [
        Text(f"\nClosers, all minimal sets of up to {answer.max_add} further drugs", style="bold")
    ]
    if not answer.closers:
        parts.append(Text("  none; see above what keeps the goal out of reach"))
        return parts
    shown = answer.closers if unfold else answer.closers[:SHOWN_CLOSERS]
    table = _table("add", "mechanism", "brake-proof", "evidence", "trials", "cautions")
    for closer in shown:
        table.add_row(*_closer_cells(closer, sources))
        if unfold and closer.alternatives:
            table.add_row(Text("or " + "; ".join(map(_join, closer.alternatives)), style="dim"))
    parts.append(table)
    if len(shown) < len(answer.closers):
        parts.append(Text(f"  … and {len(answer.closers) - len(shown)} more (--unfold shows all)"))
    return parts


def _closer_cells(closer: Closer, sources: _Sources) -> tuple[str, ...]:
    more = f" (or {len(closer.alternatives)} more)" if closer.alternatives else ""
    cautions = []
    if closer.reopened_by:
        cautions.append(f"re-opened by {_join(closer.reopened_by)}")
    if closer.record.overlapping:
        cautions.append(f"overlapping: {', '.join(closer.record.overlapping[:3])}")
    return (
        f"{_join(closer.drugs)}{more}",
        _join(closer.mechanisms),
        "yes" if closer.brake_proof else "no",
        _evidence(closer.record, sources),
        _trials(closer.record),
        "; ".join(cautions),
    )


def _evidence(record: CombinationRecord, sources: _Sources) -> str:
    approved = "approved; " if record.approved_for_tumour else ""
    of_class = " of the class" if record.basis == "class" else ""
    return f"{approved}{record.evidence_level}{of_class}{sources.mark(record.evidence)}"


def _record_section(record: CombinationRecord | None, sources: _Sources) -> list[RenderableType]:
    """Return what is on record of the drugs as given, or that no trial of them is."""
    from rich.text import Text

    if record is None:
        return []
    own = [t for t in record.trials if t.of == "combination"]
    trials = (own or list(record.trials))[:_SHOWN_OWN_TRIALS]
    parts: list[RenderableType] = [
        Text(f"\nOn record of {_join(record.drugs)}: {_evidence(record, sources)}", style="bold")
    ]
    if not own:
        parts.append(Text("  no recorded trial of these very drugs; trials of their classes:"))
    for trial in trials:
        number = "" if not trial.nct or trial.nct[0] in trial.name else f" ({trial.nct[0]})"
        told = [_join(trial.drugs), ", ".join(trial.tissue), trial.status, trial.results]
        parts.append(Text(f"  {trial.name}{number}: {'; '.join(filter(None, told))}"))
    return parts


def _trials(record: CombinationRecord) -> str:
    """Return trials of this combination, or else of its class, or that there is none."""
    own = [t for t in record.trials if t.of == "combination"]
    shown = own or list(record.trials)
    names = [t.nct[0] if t.nct else t.name for t in shown[:_SHOWN_TRIALS]]
    more = f" +{len(shown) - _SHOWN_TRIALS}" if len(shown) > _SHOWN_TRIALS else ""
    if own:
        return ", ".join(names) + more
    return f"no recorded trial (class: {', '.join(names)}{more})" if names else "no recorded trial"


def _watch_section(answer: GapsAnswer) -> list[RenderableType]:
    from rich.text import Text

    parts: list[RenderableType] = []
    if answer.watch:
        parts.append(Text("\nWatch", style="bold"))
    for watched in answer.watch:
        if watched.level is None:
            parts.append(Text(f"  {watched.what} {watched.reason}"))
        else:
            parts.append(
                Text.assemble(
                    "  ", render_level(watched.level), f" {watched.what}: {watched.reason}"
                )
            )
    if answer.outcomes:
        parts.append(Text("\nOutcome by co-alteration, as measured", style="bold"))
        for outcome in answer.outcomes[:_SHOWN_OUTCOMES]:
            cited = outcome.evidence[0].citation if outcome.evidence else ""
            parts.append(
                Text(
                    f"  {outcome.group}: {outcome.measure} {outcome.value} {outcome.unit}  {cited}"
                )
            )
        if len(answer.outcomes) > _SHOWN_OUTCOMES:
            parts.append(Text(f"  … and {len(answer.outcomes) - _SHOWN_OUTCOMES} more (--json)"))
    return parts


# -- forecast -----------------------------------------------------------------------------------


def render_forecast(answer: ForecastAnswer, *, unfold: bool = False) -> list[RenderableType]:
    """Return a forecast as rich renderables, by mechanism; what nothing closes stands first."""
    from rich.text import Text

    sources = _Sources()
    parts: list[RenderableType] = [render_question(answer), levels_table(answer.outputs)]
    if answer.already_open:
        parts.append(Text(f"Open already, so not forecast: {', '.join(answer.already_open)}"))
    hopeless = [e for e in answer.escapes if not e.closable]
    if hopeless:
        parts.append(Text("\nEscapes that no further drugs of the catalogue close", style="bold"))
        parts.append(_escape_table(hopeless, sources, unfold))
    groups: dict[str, list[Escape]] = defaultdict(list)
    for escape in answer.escapes:
        groups[escape.mechanism].append(escape)
    whole = {o.kind: o.patients or 0 for o in answer.pathways}
    ordered = sorted(
        groups.items(),
        key=lambda item: (-max(_most_seen(item[1]), whole.get(_kind(item[0]), 0)), item[0]),
    )
    for mechanism, escapes in ordered:
        outputs = ", ".join(sorted({o for e in escapes for o in e.outputs}))
        title = f"\n{mechanism}: {len(escapes)} re-open {outputs}"
        parts.append(Text(title, style="bold"))
        parts += [
            Text(f"  {o.label}{sources.mark(o.evidence, o.caveat)}", style="dim")
            for o in answer.pathways
            if o.kind == _kind(mechanism)
        ]
        parts.append(_escape_table(_fold_alike(escapes), sources, unfold))
    if not answer.escapes:
        parts.append(Text("Nothing of the catalogue re-opens the goal's outputs", style="bold"))
    if answer.leaks:
        names = ", ".join(" + ".join(e.alterations) for e in answer.leaks[:SHOWN_ESCAPES])
        parts.append(Text(f"\n{len(answer.leaks)} leak without re-opening: {names} …", style="dim"))
    parts += _record_section(answer.record, sources)
    parts += sources.render()
    parts.append(Text(f"\n{answer.tried} tried. {footer(answer)}", style="dim"))
    return parts


def _fold_alike(escapes: Sequence[Escape]) -> list[Escape]:
    """Keep, of escapes that are alike, the first."""
    kept: list[Escape] = []
    covered: set[tuple[str, ...]] = set()
    for escape in escapes:
        if escape.alterations not in covered:
            kept.append(escape)
            if len(escape.alterations) == 1:
                covered.update((node,) for node in escape.alike[0])
    return kept


def _kind(mechanism: str) -> str:
    return mechanism.partition(",")[0]


def _most_seen(escapes: Iterable[Escape]) -> int:
    return max((o.patients or 0 for e in escapes for o in _own(e)), default=0)


def _own(escape: Escape) -> list[Observation]:
    return [o for o in escape.observed if o.match in ("alteration", "residue")]


def _escape_table(escapes: Sequence[Escape], sources: _Sources, unfold: bool) -> RenderableType:
    table = _table("alteration", "route", "seen", "closed by")
    shown = escapes if unfold else escapes[:SHOWN_ESCAPES]
    for escape in shown:
        alike = sum(map(len, escape.alike))
        more = f" (+{alike} alike)" if alike else ""
        way = " → ".join(escape.route.nodes[1:-1]) if escape.route else ""
        table.add_row(
            " + ".join(escape.alterations) + more,
            way.replace("|", " | "),
            _seen(escape, sources),
            _closed_by(escape.closers),
        )
    if len(shown) < len(escapes):
        table.caption = f"… and {len(escapes) - len(shown)} more (--unfold shows all)"
        table.caption_justify = "left"
    return table


def _seen(escape: Escape, sources: _Sources) -> str:
    """Return how often it was seen, where and under which drugs, and by which source.

    Where no source names the alteration, one that names its gene under these very drugs counts.
    """
    found = _own(escape)
    of_gene = [] if found else [o for o in escape.observed if o.match == "gene" and o.same_drug]
    if not found and not of_gene:
        return ""
    best = max(found or of_gene, key=lambda o: (o.same_drug, o.same_class, o.patients or 0))
    under = f" under {', '.join(best.drugs[:2])}" if best.drugs and not best.same_drug else ""
    tissue = "" if best.same_tissue or not best.tissue else f" in {', '.join(best.tissue)}"
    plain = best.model in ("", "patients", "one patient")
    where = ", one patient" if best.single_patient else "" if plain else f" ({best.model})"
    which = ", its gene" if of_gene else ""
    mark = sources.mark(best.evidence, best.caveat)
    return f"{_count(best)}{which}{under}{tissue}{where}{mark}"


def _count(observation: Observation) -> str:
    if observation.patients is None:
        return "seen"
    of = f" of {observation.cohort_size}" if observation.cohort_size else ""
    return f"{observation.patients}{of}"


def _closed_by(closers: Sequence[ShortCloser]) -> str:
    names = [_join(closer.mechanisms) for closer in closers[:3]]
    more = f" +{len(closers) - 3}" if len(closers) > 3 else ""
    return "; ".join(names) + more if names else "nothing"


# -- design -------------------------------------------------------------------------------------


def render_design(answer: DesignAnswer, *, unfold: bool = False) -> list[RenderableType]:
    """Return combinations as rich renderables: the front, then what comes after it."""
    from rich.text import Text

    sources = _Sources()
    tumour = ", ".join(answer.alterations) or "no recorded alteration"
    bound = "" if answer.complete else " (stopped early)"
    parts: list[RenderableType] = [
        Text(f"{answer.tissue}: {tumour}", style="bold"),
        Text(
            f"{answer.screened:,} combinations of mechanisms screened{bound}, "
            f"{answer.suppressing:,} suppress {' and '.join(answer.chosen)}"
        ),
    ]
    if not answer.combinations:
        parts.append(Text("\nNo combination of this size suppresses the tumour", style="bold"))
    front = [answer.combinations[n] for n in answer.pareto]
    rest = [d for n, d in enumerate(answer.combinations) if n not in set(answer.pareto)]
    for title, designs in (("Nothing listed beats these", front), ("Also listed", rest)):
        if designs:
            parts.append(Text(f"\n{title}", style="bold"))
            parts.append(_design_table(designs, answer.escapes, sources, unfold))
    parts += sources.render()
    if answer.bounded:
        parts.append(Text(f"\nBounded: {answer.bounded}", style="dim"))
    parts.append(Text(f"\n{footer(answer)}", style="dim"))
    return parts


def _design_table(
    designs: Sequence[Design], escapes: int, sources: _Sources, unfold: bool
) -> RenderableType:
    table = _table(
        "drugs", "mechanisms", f"escapes left of {escapes}", "patients", "evidence", "trials"
    )
    shown = designs if unfold else designs[:SHOWN_DESIGNS]
    for design in shown:
        table.add_row(
            _join(design.drugs),
            _join(design.mechanisms),
            str(design.open_escapes),
            str(design.open_patients),
            _evidence(design.record, sources),
            _trials(design.record),
        )
    if len(shown) < len(designs):
        table.caption = f"… and {len(designs) - len(shown)} more (--unfold shows all)"
        table.caption_justify = "left"
    return table


def _table(*headings: str) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _join(names: Iterable[str]) -> str:
    return " + ".join(names)
