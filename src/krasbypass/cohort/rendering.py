"""The summary of a cohort's answer as rich renderables. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from krasbypass.cohort.answering import CohortAnswer
from krasbypass.cohort.page import describe_goal, say_count
from krasbypass.cohort.understanding import Status
from krasbypass.model import Level

if TYPE_CHECKING:
    from rich.console import RenderableType

_SHOWN_ROUTES, _SHOWN_GROUPS, _SHOWN_REASONS = 8, 8, 5


def render_cohort(answer: CohortAnswer, files: Iterable[Path] = ()) -> list[RenderableType]:
    """Return counts, regimens, covers, routes, the unserved and the account of rows."""
    from rich.text import Text

    driven = answer.answered - answer.undriven_patients
    head = ", ".join(
        (
            say_count(answer.answered, "patient"),
            say_count(len(answer.cohort.genotypes), "genotype"),
            say_count(len(answer.regimens), "regimen"),
        )
    )
    parts: list[RenderableType] = [
        Text(head, style="bold"),
        Text(describe_goal(answer), style="dim"),
        Text(
            f"An output of the goal is driven in {say_count(driven, 'tumour')}, of which some "
            f"regimen serves {driven - answer.unserved_patients:,} and none serves "
            f"{answer.unserved_patients:,}; in {answer.undriven_patients:,} nothing recorded "
            "drives one."
        ),
        _regimens(answer),
    ]
    parts += _covers(answer)
    parts += _routes(answer)
    parts += _unserved(answer)
    parts += _account(answer)
    for path in files:
        parts.append(Text(f"written: {path}"))
    notice = f"\nOntology {answer.ontology_version}, as of {answer.as_of}. {answer.notice}"
    parts.append(Text(notice, style="dim"))
    return parts


def _regimens(answer: CohortAnswer) -> RenderableType:
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("regimen")
    table.add_column("served", justify="right")
    for output in answer.shown:
        table.add_column(f"{output}\nfull / attenuated / off", justify="right")
    for count in sorted(answer.counts, key=lambda c: -c.served):
        levels = dict(count.outputs)
        cells = (
            " / ".join(f"{levels[output][level]:,}" for level in reversed(Level))
            for output in answer.shown
        )
        table.add_row(count.regimen.name, f"{count.served:,}", *cells)
    return table


def _covers(answer: CohortAnswer) -> list[RenderableType]:
    from rich.text import Text

    parts: list[RenderableType] = [Text("Fewest regimens for the most patients", style="bold")]
    for choice in answer.covers:
        names = "; ".join(answer.regimens[n].name for n in choice.regimens)
        how = "" if choice.exact else " (not proven the best)"
        who = say_count(choice.patients, "patient")
        parts.append(Text(f"  {len(choice.regimens)}: {who}{how}  {names}"))
    if not answer.covers:
        parts.append(Text("  no regimen serves any patient"))
    return parts


def _routes(answer: CohortAnswer) -> list[RenderableType]:
    from rich.text import Text

    share = "all" if answer.explained == 1.0 else f"{answer.explained:.0%}"
    title = f"\nOpen routes by frequency ({share} of the open questions looked at)"
    parts: list[RenderableType] = [Text(title, style="bold")]
    for found in answer.routes[:_SHOWN_ROUTES]:
        route = found.route
        chain = " → ".join(route.nodes)
        kinds = ", ".join(route.kinds)
        who = say_count(found.patients, "patient")
        parts.append(Text(f"  {who}  {route.output}  {kinds}\n    {chain}"))
    if not answer.routes:
        parts.append(Text("  none"))
    more = len(answer.routes) - _SHOWN_ROUTES
    if more > 0:
        parts.append(Text(f"  … and {more} more (--json lists all)"))
    return parts


def _unserved(answer: CohortAnswer) -> list[RenderableType]:
    from rich.text import Text

    if not answer.unserved_patients:
        return []
    parts: list[RenderableType] = [
        Text(f"\nServed by nothing: {say_count(answer.unserved_patients, 'patient')}", style="bold")
    ]
    for group in answer.unserved[:_SHOWN_GROUPS]:
        told = {route.output: route for route in group.routes}
        reasons = "; ".join(
            f"{o} by {' → '.join(told[o].nodes)}" if o in told else o for o in group.open
        )
        who = f"{group.patients:,} in {group.tissue} (such as {group.examples[0]})"
        parts.append(Text(f"  {who}, least open under {group.regimen}: {reasons}"))
    more = answer.unserved_patients - sum(g.patients for g in answer.unserved[:_SHOWN_GROUPS])
    if more > 0:
        parts.append(Text(f"  … and {say_count(more, 'more patient')}"))
    return parts


def _account(answer: CohortAnswer) -> list[RenderableType]:
    from rich.text import Text

    cohort = answer.cohort
    parts: list[RenderableType] = [Text("\nRows", style="bold")]
    for table in cohort.tables:
        parts.append(
            Text(
                f"  {table.file} ({table.kind.value}): {say_count(table.rows, 'row')}, "
                f"{table.used:,} used, {table.ignored:,} ignored, "
                f"{table.not_understood:,} not understood, {table.broken:,} broken"
            )
        )
    for status in (Status.NOT_UNDERSTOOD, Status.IGNORED):
        reasons = cohort.count_reasons(status)
        if reasons:
            told = "; ".join(f"{n:,} {reason}" for reason, n in reasons[:_SHOWN_REASONS])
            more = " …" if len(reasons) > _SHOWN_REASONS else ""
            words = status.value.replace("_", " ")
            parts.append(Text(f"  {words}: {told}{more}", style="dim"))
    parts += [Text(f"  {sentence}", style="dim") for sentence in cohort.assumptions]
    if cohort.notes:
        count = len(cohort.notes)
        first = next(iter(cohort.notes.items()))
        parts.append(
            Text(
                f"  assumed of {say_count(count, 'patient')}, such as {first[0]}: {first[1][0]}",
                style="dim",
            )
        )
    return parts
