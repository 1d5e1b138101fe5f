"""A forecast as text made for reading. Nothing is computed here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from krasbypass.answers import join_nodes
from krasbypass.dossier import group_asides
from krasbypass.report.gap_tables import Sources, join, make_table, record_section
from krasbypass.report.routes import (
    assumed_lines,
    footer,
    levels_table,
    render_level,
    render_question,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from krasbypass.closers import ShortCloser
    from krasbypass.forecast import Aside, Escape, ForecastAnswer
    from krasbypass.records import Observation

#: Escapes of one mechanism, and alterations to watch of one kind, unless all are asked for.
SHOWN_ESCAPES, SHOWN_ASIDES = 8, 8


def render_forecast(answer: ForecastAnswer, *, unfold: bool = False) -> list[RenderableType]:
    """Return a forecast as rich renderables, by mechanism; what nothing closes stands first."""
    from rich.text import Text

    sources = Sources()
    parts: list[RenderableType] = [render_question(answer), levels_table(answer.outputs)]
    parts += assumed_lines(answer.assumptions)
    if answer.already_open:
        parts.append(Text(f"Open already, so not forecast: {', '.join(answer.already_open)}"))
    hopeless = [e for e in answer.escapes if not e.closable]
    if hopeless:
        parts.append(Text("\nEscapes that no further drugs of the catalogue close", style="bold"))
        parts.append(_escape_table(_fold_alike(hopeless), sources, unfold))
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
        left = [o for o in answer.chosen if o not in answer.already_open]
        none = f"Nothing of the catalogue re-opens {' or '.join(left)}"
        parts.append(Text(none if left else "Nothing is left that could re-open", style="bold"))
    if answer.leaks:
        names = ", ".join(" + ".join(e.alterations) for e in answer.leaks[:SHOWN_ESCAPES])
        parts.append(Text(f"\n{len(answer.leaks)} leak without re-opening: {names} …", style="dim"))
    parts += _watch_section(answer.watch, unfold)
    parts += record_section(answer.record, sources)
    parts += sources.render()
    parts.append(Text(f"\n{answer.tried} tried. {footer(answer)}", style="dim"))
    return parts


def _watch_section(asides: Sequence[Aside], unfold: bool) -> list[RenderableType]:
    """Return what further alterations do besides: to outputs outside the goal, and to the drugs."""
    from rich.text import Text

    from krasbypass.model import Level

    parts: list[RenderableType] = []
    if asides:
        title = "\nTo watch: further alterations that re-open nothing of the goal"
        parts.append(Text(title, style="bold"))
    for (what, is_output), names in group_asides(asides).items():
        shown = names if unfold else names[:SHOWN_ASIDES]
        more = f"; and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
        told = "; ".join(shown) + more
        start = [render_level(Level.FULL), f" {what}"] if is_output else [f"less {what} acts"]
        parts.append(Text.assemble("  ", *start, f" with {told}"))
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


def _escape_table(escapes: Sequence[Escape], sources: Sources, unfold: bool) -> RenderableType:
    table = make_table("alteration", "route", "seen", "closed by")
    shown = escapes if unfold else escapes[:SHOWN_ESCAPES]
    for escape in shown:
        alike = sum(map(len, escape.alike))
        more = f" (+{alike} alike)" if alike else ""
        table.add_row(
            " + ".join(escape.alterations) + more,
            join_nodes(escape.route.nodes[1:-1]) if escape.route else "",
            _seen(escape, sources),
            _closed_by(escape.closers),
        )
    if len(shown) < len(escapes):
        table.caption = f"… and {len(escapes) - len(shown)} more (--unfold shows all)"
        table.caption_justify = "left"
    return table


def _seen(escape: Escape, sources: Sources) -> str:
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
    names = [join(closer.mechanisms) for closer in closers[:3]]
    more = f" +{len(closers) - 3}" if len(closers) > 3 else ""
    return "; ".join(names) + more if names else "nothing"
