"""Comparisons and sensitivities as JSON and as text made for reading. Nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krasbypass.answers import join_nodes, stated_to_json
from krasbypass.report.routes import (
    assumed_lines,
    footer,
    levels_to_json,
    question_to_json,
    render_level,
    render_question,
    route_to_json,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from krasbypass.answers import Route
    from krasbypass.compare import ComparisonAnswer, Shift
    from krasbypass.interventions import NodeInterventions
    from krasbypass.sensitivity import SensitivityAnswer
    from krasbypass.weak_facts import WeakFact

_SHOWN_ROUTES, _SHOWN_FLIPS, _SHOWN_SETS, _SHOWN_CUTS = 8, 12, 6, 40


def comparison_to_json(answer: ComparisonAnswer) -> dict[str, Any]:
    """Return both sides, what differs, and what the difference opened and closed."""
    return {
        "question": {
            "before": question_to_json(answer.before),
            "after": question_to_json(answer.after),
        },
        "outputs": {
            name: {
                "before": levels_to_json(answer.before.outputs[name]),
                "after": levels_to_json(levels),
            }
            for name, levels in answer.after.outputs.items()
        },
        "differences": [str(change) for change in answer.differences],
        "assumptions": _find_assumptions(answer),
        "shifts": [
            {
                "output": shift.output,
                "before": shift.before.label,
                "after": shift.after.label,
                "explained_by": [[str(change) for change in chosen] for chosen in shift.sets],
            }
            for shift in answer.shifts
        ],
        "opened": [route_to_json(route) for route in answer.opened],
        "closed": [route_to_json(route) for route in answer.closed],
        "complete": answer.before.complete and answer.after.complete,
        **stated_to_json(answer.after),
    }


def _find_assumptions(answer: ComparisonAnswer) -> list[str]:
    return list(dict.fromkeys((*answer.before.assumptions, *answer.after.assumptions)))


def render_comparison(answer: ComparisonAnswer) -> list[RenderableType]:
    """Return two sides as rich renderables: levels, what explains each shift, routes."""
    from rich.text import Text

    parts: list[RenderableType] = [
        Text("before"),
        render_question(answer.before),
        Text("after"),
        render_question(answer.after),
        *assumed_lines(_find_assumptions(answer)),
    ]
    if not answer.differences:
        parts.append(Text("The two sides do not differ", style="bold"))
    elif not answer.shifts:
        changes = ", ".join(map(str, answer.differences))
        parts.append(Text(f"No output changes through {changes}", style="bold"))
    for shift in answer.shifts:
        parts.append(
            Text.assemble(
                (f"{shift.output}: ", "bold"),
                render_level(shift.before),
                " → ",
                render_level(shift.after),
                f"   explained by {_explain(shift)}",
            )
        )
    for title, routes in (("Opened", answer.opened), ("Closed", answer.closed)):
        if routes:
            parts.append(Text(f"\n{title}", style="bold"))
            parts += [_route(route) for route in routes[:_SHOWN_ROUTES]]
        if len(routes) > _SHOWN_ROUTES:
            parts.append(Text(f"  … and {len(routes) - _SHOWN_ROUTES} more (--json lists all)"))
    parts.append(Text(f"\n{footer(answer.after)}", style="dim"))
    return parts


def _explain(shift: Shift) -> str:
    sets = [" and ".join(map(str, chosen)) for chosen in shift.sets[:_SHOWN_SETS]]
    more = f", or {len(shift.sets) - _SHOWN_SETS} other sets" if len(shift.sets) > len(sets) else ""
    return (", or ".join(sets) + more) or "all changes together"


def _route(route: Route) -> RenderableType:
    from rich.text import Text

    kinds = ", ".join(route.kinds)
    return Text(f"  {route.output}  {kinds}, {route.timing}: {join_nodes(route.nodes)}")


def sensitivity_to_json(answer: SensitivityAnswer) -> dict[str, Any]:
    """Return the weak facts of an answer and the smallest sets of them that decide it."""
    return {
        "question": question_to_json(answer),
        "outputs": {name: level.label for name, level in answer.outputs.items()},
        "facts": [_fact_to_json(fact) for fact in answer.facts],
        "flips": [
            {
                "output": flip.output,
                "level": flip.level.label,
                "without": flip.without.label,
                "facts": [fact.id for fact in flip.facts],
            }
            for flip in answer.flips
        ],
        "size": answer.size,
        "tried": answer.tried,
        "complete": True,
        **stated_to_json(answer),
    }


def _fact_to_json(fact: WeakFact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "label": fact.label,
        "reason": fact.reason,
        "held": fact.held,
        "sources": list(fact.sources),
        "disputes": list(fact.disputes),
    }


def render_sensitivity(answer: SensitivityAnswer) -> list[RenderableType]:
    """Return what an answer rests on as rich renderables, the weakest facts first."""
    from rich.text import Text

    counts = {
        reason: sum(fact.reason == reason for fact in answer.facts)
        for reason in dict.fromkeys(fact.reason for fact in answer.facts)
    }
    told = ", ".join(f"{count} {reason}" for reason, count in counts.items()) or "none"
    parts: list[RenderableType] = [
        render_question(answer),
        Text(f"Weak facts that take part: {told}; {answer.tried:,} sets of them tried"),
    ]
    for output, level in answer.outputs.items():
        flips = [flip for flip in answer.flips if flip.output == output]
        parts.append(Text.assemble("\n", (f"{output} ", "bold"), render_level(level)))
        if not flips:
            most = f"no {answer.size} of them" if answer.size > 1 else "none of them"
            parts.append(Text(f"  stands: {most} can be taken away to change which side of full"))
        for flip in flips[:_SHOWN_FLIPS]:
            names = " and ".join(
                f"{'' if fact.held else 'the switched-off '}{fact.label} [{fact.reason}]"
                for fact in flip.facts
            )
            verb = "without" if all(fact.held for fact in flip.facts) else "with"
            parts.append(Text(f"  {verb} {names}: {flip.without.label}"))
        if len(flips) > _SHOWN_FLIPS:
            parts.append(Text(f"  … and {len(flips) - _SHOWN_FLIPS} more sets (--json)"))
    parts.append(Text(f"\n{footer(answer)}", style="dim"))
    return parts


def interventions_to_json(answer: NodeInterventions) -> dict[str, Any]:
    """Return minimal sets of nodes, by size."""
    return {
        "question": question_to_json(answer),
        "sources": list(answer.sources),
        "outputs": list(answer.outputs),
        "max_nodes": answer.size,
        "longest": answer.longest,
        "interventions": [list(nodes) for nodes in answer.sets],
        "complete": answer.complete,
        **stated_to_json(answer),
    }


def render_interventions(answer: NodeInterventions) -> list[RenderableType]:
    """Return minimal sets of nodes as rich renderables, by size."""
    from rich.text import Text

    bound = f" along chains of up to {answer.longest} steps" if answer.longest else ""
    parts: list[RenderableType] = [
        render_question(answer),
        Text(
            f"Minimal sets of up to {answer.size} nodes that cut every open chain{bound} "
            f"to {', '.join(answer.outputs)}: {len(answer.sets)}",
            style="bold",
        ),
    ]
    if answer.sets == ((),):
        parts.append(Text("  no chain is open; nothing needs to be cut"))
    elif not answer.sets:
        parts.append(Text("  none of this size"))
    for nodes in answer.sets[:_SHOWN_CUTS] if answer.sets != ((),) else ():
        parts.append(Text(f"  {' + '.join(nodes)}"))
    if len(answer.sets) > _SHOWN_CUTS:
        parts.append(Text(f"  … and {len(answer.sets) - _SHOWN_CUTS} more (--json lists all)"))
    if not answer.complete:
        parts.append(Text("Incomplete: more sets exist than were looked for", style="bold"))
    parts.append(Text(f"\n{footer(answer)}", style="dim"))
    return parts
