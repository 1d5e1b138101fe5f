"""Gaps and designs as text made for reading. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from krasbypass.closers import count_drugs
from krasbypass.report.routes import (
    assumed_lines,
    footer,
    levels_table,
    render_level,
    render_question,
)
from krasbypass.tumour import name_tumour

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from krasbypass.closers import Closer
    from krasbypass.design import Design, DesignAnswer
    from krasbypass.gaps import GapsAnswer
    from krasbypass.records import CombinationRecord, Support

#: Lines shown of closers and of combinations, unless all are asked for.
SHOWN_CLOSERS, SHOWN_DESIGNS = 15, 20
_SHOWN_TRIALS, _SHOWN_OUTCOMES, _SHOWN_OWN_TRIALS = 2, 6, 4


class Sources:
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
        """Return what was cited, by number."""
        from rich.text import Text

        heading = [Text("\nSources", style="bold")] if self._numbers else []
        return [*heading, *(Text(f"  [{n}] {text}") for text, n in self._numbers.items())]


def render_gaps(answer: GapsAnswer, *, unfold: bool = False) -> list[RenderableType]:
    """Return gaps as rich renderables: what has no drug first, then closers, then the watch list.

    `unfold` shows all lines, and every set of drugs of each.
    """
    from rich.text import Text

    sources = Sources()
    parts: list[RenderableType] = [
        render_question(answer.answer),
        levels_table(answer.outputs),
        *assumed_lines(answer.answer.assumptions),
        Text(f"\nGoal: {answer.target} {' and '.join(answer.chosen)}", style="bold"),
    ]
    parts += _unclosed_section(answer)
    if answer.reached:
        held = "also with every brake released" if answer.brake_proof else "while brakes hold"
        parts.append(Text(f"  reached already, {held}: the goal asks for no further drug"))
    else:
        parts += _gaps_section(answer)
        parts += _closers_section(answer, sources, unfold)
    parts += _watch_section(answer, sources)
    parts += record_section(answer.record, sources)
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


def _closers_section(answer: GapsAnswer, sources: Sources, unfold: bool) -> list[RenderableType]:
    from rich.text import Text

    parts: list[RenderableType] = [
        Text(f"\nClosers, all minimal sets of up to {count_drugs(answer.max_add)}", style="bold")
    ]
    if not answer.closers:
        parts.append(Text(f"  none: {answer.why_none}"))
        return parts
    shown = answer.closers if unfold else answer.closers[:SHOWN_CLOSERS]
    rows = [_closer_cells(closer, sources) for closer in shown]
    heads = ("add", "mechanism", "brake-proof", "evidence", "trials", "cautions")
    table = make_table(*heads[: 6 if any(row[-1] for row in rows) else 5])
    for closer, row in zip(shown, rows, strict=True):
        table.add_row(*row[: len(table.columns)])
        if unfold and closer.alternatives:
            table.add_row(Text("or " + "; ".join(map(join, closer.alternatives)), style="dim"))
    parts.append(table)
    if len(shown) < len(answer.closers):
        parts.append(Text(f"  … and {len(answer.closers) - len(shown)} more (--unfold shows all)"))
    return parts


def _closer_cells(closer: Closer, sources: Sources) -> tuple[str, ...]:
    evidence, trials = _evidence(closer.record, sources), _trials(closer.record)
    return (*name_closer(closer), evidence, trials, tell_cautions(closer, 3))


def _evidence(record: CombinationRecord, sources: Sources) -> str:
    approved = ""
    if record.approved_for_tumour:
        approved = "approved; "
    elif record.approved_in_tissue:
        approved = "approved for other alterations; "
    of_class = " of the class" if record.basis == "class" else ""
    return f"{approved}{record.evidence_level}{of_class}{sources.mark(record.evidence)}"


def record_section(record: CombinationRecord | None, sources: Sources) -> list[RenderableType]:
    """Return what is on record of the drugs as given, or that no trial of them is."""
    from rich.text import Text

    if record is None:
        return []
    own = [t for t in record.trials if t.of == "combination"]
    trials = (own or list(record.trials))[:_SHOWN_OWN_TRIALS]
    parts: list[RenderableType] = [
        Text(f"\nOn record of {join(record.drugs)}: {_evidence(record, sources)}", style="bold")
    ]
    if not own:
        classes = "; trials of their classes:" if trials else ""
        parts.append(Text(f"  no recorded trial of these very drugs{classes}"))
    for trial in trials:
        number = "" if not trial.nct or trial.nct[0] in trial.name else f" ({trial.nct[0]})"
        told = [join(trial.drugs), ", ".join(trial.tissue), trial.status, trial.results]
        parts.append(Text(f"  {trial.name}{number}: {'; '.join(filter(None, told))}"))
    return parts


def _trials(record: CombinationRecord) -> str:
    """Return trials of this combination, or else of its class, or that there is none."""
    own = [t for t in record.trials if t.of == "combination"]
    shown = own or list(record.trials)
    names = [t.nct[0] if t.nct else t.name for t in shown[:_SHOWN_TRIALS]]
    more = f" +{len(shown) - _SHOWN_TRIALS}" if len(shown) > _SHOWN_TRIALS else ""
    if own:
        elsewhere = sorted({place for t in own for place in t.tissue})
        told = ", ".join(names) + more
        if record.tissue in (None, *elsewhere) or all(place in told for place in elsewhere):
            return told
        return f"{told} ({', '.join(elsewhere)})"
    return f"no recorded trial (class: {', '.join(names)}{more})" if names else "no recorded trial"


def _watch_section(answer: GapsAnswer, sources: Sources) -> list[RenderableType]:
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
            other = outcome.drugs and outcome.drug_match != "same"
            under = f" under {', '.join(outcome.drugs)}" if other else ""
            unit = "" if outcome.unit == "hazard ratio" else f" {outcome.unit}"
            told = f"{outcome.group}{under}: {outcome.measure} {outcome.value:g}{unit}"
            place = f" ({', '.join(outcome.tissue)})" if outcome.tissue else ""
            parts.append(Text(f"  {told}{place}{sources.mark(outcome.evidence, outcome.caveat)}"))
        if len(answer.outcomes) > _SHOWN_OUTCOMES:
            parts.append(Text(f"  … and {len(answer.outcomes) - _SHOWN_OUTCOMES} more (--json)"))
    return parts


# -- design -------------------------------------------------------------------------------------


def render_design(answer: DesignAnswer, *, unfold: bool = False) -> list[RenderableType]:
    """Return combinations as rich renderables: the front, then what comes after it."""
    from rich.text import Text

    sources = Sources()
    bound = "" if answer.complete else " (stopped early)"
    parts: list[RenderableType] = [
        Text(name_tumour(answer.tissue, answer.alterations), style="bold"),
        Text(
            f"{answer.screened:,} combinations of mechanisms screened{bound}, "
            f"{answer.suppressing:,} suppress {' and '.join(answer.chosen)}"
        ),
    ]
    parts += assumed_lines(answer.assumptions)
    if not answer.combinations:
        size = f"up to {answer.max_drugs} drugs"
        parts.append(Text(f"\nNo combination of {size} suppresses the tumour", style="bold"))
        parts += [
            Text(
                f"  {found.output}: {found.reason}"
                + (f"\n    {' → '.join(found.nodes)}  [{found.rule}]" if found.nodes else "")
            )
            for found in answer.unclosed
        ]
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
    designs: Sequence[Design], escapes: int, sources: Sources, unfold: bool
) -> RenderableType:
    table = make_table(
        "drugs", "mechanisms", f"escapes left of {escapes}", "patients", "evidence", "trials"
    )
    shown = designs if unfold else designs[:SHOWN_DESIGNS]
    for design in shown:
        table.add_row(
            join(design.drugs),
            join(design.mechanisms),
            str(design.open_escapes),
            str(design.open_patients),
            _evidence(design.record, sources),
            _trials(design.record),
        )
    if len(shown) < len(designs):
        table.caption = f"… and {len(designs) - len(shown)} more (--unfold shows all)"
        table.caption_justify = "left"
    return table


def make_table(*headings: str) -> Table:
    """Return an empty table."""
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def join(names: Iterable[str]) -> str:
    """Return drugs or alterations that go together as one text."""
    return " + ".join(names)


def name_closer(closer: Closer) -> tuple[str, str, str]:
    """Return the drugs of a line, their mechanisms, and whether it is brake-proof, as text."""
    more = f" (or {len(closer.alternatives)} more)" if closer.alternatives else ""
    proof = "yes" if closer.brake_proof else "no"
    return f"{join(closer.drugs)}{more}", join(closer.mechanisms), proof


def tell_cautions(closer: Closer, shown: int | None = None) -> str:
    """Return what re-opens a line and its first few overlapping toxicities, or all of them."""
    cautions = []
    if closer.reopened_by:
        cautions.append(f"re-opened by {join(closer.reopened_by)}")
    if closer.record.overlapping:
        cautions.append(f"overlapping: {', '.join(closer.record.overlapping[:shown])}")
    return "; ".join(cautions)
