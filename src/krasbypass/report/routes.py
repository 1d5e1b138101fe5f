"""Answers as JSON and as text made for reading. Nothing is computed here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from krasbypass.answers import join_nodes, stated_to_json
from krasbypass.model import Level, Phase
from krasbypass.tumour import name_tumour

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from krasbypass.answers import ClosedRoute, OutputLevels, Route, RoutesAnswer, Stated
    from krasbypass.knowledge import Knowledge
    from krasbypass.table import EvaluatedRow


class Asked(Protocol):
    """An answer that says what was asked."""

    @property
    def tissue(self) -> str:
        """Name of the tissue."""

    @property
    def alterations(self) -> tuple[str, ...]:
        """Alterations in preferred spelling."""

    @property
    def drugs(self) -> tuple[str, ...]:
        """Preferred names of the drugs."""


_STYLE = {Level.FULL: "bold red", Level.ATTENUATED: "yellow", Level.OFF: "green"}
#: Routes of outputs beyond the chosen ones are counted, not listed; of the listed, this many.
SHOWN_ROUTES = 12


# -- JSON -------------------------------------------------------------------------------------


def routes_to_json(answer: RoutesAnswer) -> dict[str, Any]:
    """Return the answer under the keys that INTERFACE.md fixes."""
    result: dict[str, Any] = {
        "question": question_to_json(answer),
        "outputs": {name: levels_to_json(levels) for name, levels in answer.outputs.items()},
        "routes": [route_to_json(route) for route in answer.routes],
        "residual": [route_to_json(route) for route in answer.residual],
        "closed": [_closed_to_json(closed) for closed in answer.closed],
        "complete": answer.complete,
        "assumptions": list(answer.assumptions),
        "hypotheses": list(answer.hypotheses),
        "disputes": [
            {
                "id": dispute.id,
                "question": dispute.label,
                "disagreement": dispute.disagreement,
                "reading": dispute.reading,
            }
            for dispute in answer.disputes
        ],
    }
    if answer.ranged:
        result["range"] = {
            name: {
                phase.value: [low.label, levels.level(phase).label]
                for phase, low in zip(Phase, levels.low, strict=True)
            }
            for name, levels in answer.outputs.items()
        }
    return result | stated_to_json(answer)


def question_to_json(answer: Asked) -> dict[str, Any]:
    """Return the question as it was understood."""
    return {
        "tissue": answer.tissue,
        "alterations": list(answer.alterations),
        "drugs": list(answer.drugs),
    }


def evaluated_to_json(
    knowledge: Knowledge, file: str, rows: Iterable[EvaluatedRow]
) -> dict[str, Any]:
    """Return the levels of a table of scenarios, the JSON of `evaluate`."""
    return {
        "question": {"file": file},
        "scenarios": [
            {
                "id": entry.row["id"],
                "outputs": {n: levels_to_json(levels) for n, levels in entry.outputs.items()},
                "error": entry.error or None,
            }
            for entry in rows
        ],
        "complete": True,
        "ontology_version": knowledge.version,
        "as_of": knowledge.as_of,
        "notice": knowledge.notice,
    }


def levels_to_json(levels: OutputLevels) -> dict[str, str]:
    """Return the levels of an output by phase, and its course."""
    phases = {phase.value: levels.level(phase).label for phase in Phase}
    return {**phases, "course": levels.course}


def route_to_json(route: Route) -> dict[str, Any]:
    """Return a route with its steps."""
    return {
        "output": route.output,
        "level": route.level.label,
        "kind": route.kind,
        "kinds": list(route.kinds),
        "details": list(route.details),
        "timing": route.timing,
        "nodes": list(route.nodes),
        "steps": [
            {
                "source": step.source,
                "target": step.target,
                "rule": step.rule,
                "interaction": step.interaction,
                "label": step.label,
                "evidence": list(step.evidence),
                "disputed": list(step.disputed),
            }
            for step in route.steps
        ],
    }


def _closed_to_json(closed: ClosedRoute) -> dict[str, Any]:
    return {
        "output": closed.output,
        "nodes": list(closed.nodes),
        "closed_at": closed.closed_at,
        "by": list(closed.by),
        "level": closed.level.label,
    }


# -- text -------------------------------------------------------------------------------------


def render_routes(
    answer: RoutesAnswer, *, listed: Iterable[str], evidence: Mapping[str, str] | None = None
) -> list[RenderableType]:
    """Return the answer as rich renderables; `listed` are the outputs whose routes are spelt out.

    `evidence` maps evidence ids to citations and, if given, is printed below each route.
    """
    from rich.text import Text

    listed = tuple(listed)
    parts: list[RenderableType] = [render_question(answer), levels_table(answer.outputs)]
    nothing = "none: no route to these outputs is at full"
    sections = (
        ("Open routes", answer.routes, nothing, SHOWN_ROUTES),
        ("Residual routes (attenuated, not counted as gaps)", answer.residual, "none", 6),
    )
    for title, routes, empty, shown in sections:
        chosen = [route for route in routes if route.output in listed]
        others = _count_by_output(route for route in routes if route.output not in listed)
        parts.append(Text(f"\n{title}", style="bold"))
        if not chosen:
            parts.append(Text(f"  {empty}"))
        for route in chosen[:shown]:
            parts += hang(_route_text(route, evidence), indent=2)
        if len(chosen) > shown:
            parts.append(Text(f"  … and {len(chosen) - shown} more (--json lists all)"))
        if others:
            parts.append(Text(f"  other outputs: {others} (--output NAME spells them out)", "dim"))
    parts += _closed_section([c for c in answer.closed if c.output in listed])
    if answer.disputes:
        parts.append(Text("\nDisputed facts under these routes (`show` gives both sides)", "bold"))
        parts += [Text(f"  {d.label}  [{d.id}]") for d in answer.disputes]
    parts += assumed_lines(answer.assumptions)
    if answer.hypotheses:
        parts.append(Text(f"Rests on hypotheses: {', '.join(answer.hypotheses)}", style="dim"))
    if not answer.complete:
        parts.append(Text("Incomplete: more routes exist than were looked at", style="bold"))
    parts.append(Text(f"\n{footer(answer)}", style="dim"))
    return parts


def assumed_lines(assumptions: Iterable[str]) -> list[RenderableType]:
    """Return how the question was read, a line for each assumption."""
    from rich.text import Text

    return [Text(f"Assumed: {note}", style="dim") for note in assumptions]


def hang(text: Text, indent: int = 0) -> Iterator[RenderableType]:
    r"""Yield the lines of a text, each of them wrapped as far in as it begins.

    >>> from rich.text import Text
    >>> [getattr(line, "left", 0) for line in hang(Text("goal\n  route"))]
    [0, 2]
    """
    from rich.padding import Padding

    for line in text.split("\n", allow_blank=True):
        left = len(line.plain) - len(line.plain.lstrip(" "))
        inner = line[left:] if left else line
        yield Padding(inner, (0, 0, 0, indent + left), expand=False) if indent + left else line


def footer(answer: Stated) -> str:
    """Return version, as-of date and notice in one line."""
    return f"Ontology {answer.ontology_version}, as of {answer.as_of}. {answer.notice}"


def render_question(answer: Asked) -> RenderableType:
    """Return the tumour and the drugs as one line."""
    from rich.text import Text

    drugs = " + ".join(answer.drugs) or "no drug"
    tumour = name_tumour(answer.tissue, answer.alterations)
    return Text.assemble((tumour, "bold"), f"  under  {drugs}\n")


def levels_table(outputs: Mapping[str, OutputLevels]) -> RenderableType:
    """Return the levels of outputs by phase; those off throughout stand in the caption."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE, pad_edge=False)
    for heading in ("output", "baseline", "acute", "adapted", "course"):
        table.add_column(heading)
    quiet = []
    for name, levels in outputs.items():
        cells = [levels.level(phase) for phase in Phase]
        if not any(cells):
            quiet.append(name)
            continue
        row = [Text(*render_level(c)) for c in cells]
        table.add_row(name, *row, levels.course)
    if quiet:
        table.caption = f"off throughout: {', '.join(quiet)}"
        table.caption_justify = "left"
    return table


def render_level(level: Level) -> tuple[str, str]:
    """Return a level as marked text with its style."""
    return f"{level.mark} {level.label}", _STYLE[level]


def _route_text(route: Route, evidence: Mapping[str, str] | None) -> Text:
    from rich.text import Text

    kinds = ", ".join(route.kinds)
    details = f" ({', '.join(route.details)})" if route.details else ""
    text = Text.assemble(
        (f"{route.level.mark} {route.output}", _STYLE[route.level]),
        f"  {kinds}{details}, {route.timing}\n    ",
        join_nodes(route.nodes),
    )
    if evidence is not None:
        for step in route.steps:
            cited = "; ".join(evidence.get(e, e) for e in step.evidence)
            text.append(f"\n      {step.label}: {cited}", style="dim")
    return text


def _count_by_output(routes: Iterable[Route]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for route in routes:
        counts[route.output] += 1
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _closed_section(closed: list[ClosedRoute]) -> list[RenderableType]:
    from rich.text import Text

    if not closed:
        return []
    groups: dict[tuple[str, str, tuple[str, ...], Level], list[ClosedRoute]] = defaultdict(list)
    for entry in closed:
        groups[entry.output, entry.closed_at, entry.by, entry.level].append(entry)
    parts: list[RenderableType] = [Text("\nClosed or weakened since baseline", style="bold")]
    for (output, node, by, level), entries in groups.items():
        head = entries[0].nodes
        drugs = " + ".join(by) or "the drugs"
        more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
        how = "closed" if level is Level.OFF else "weakened"
        parts.append(
            Text(
                f"  {level.mark} {output}: {head[0]} → … → {head[-1]}{more}, "
                f"{how} at {node} by {drugs}"
            )
        )
    return parts


def render_term(described: Mapping[str, Any]) -> list[RenderableType]:
    """Return what `krasbypass.terms.describe_term` found as rich renderables."""
    from rich.table import Table
    from rich.text import Text

    title = Text.assemble((described["label"], "bold"), f"  {', '.join(described['classes'])}")
    parts: list[RenderableType] = [title]
    if described["definition"]:
        parts.append(Text(described["definition"]))
    if described["synonyms"]:
        parts.append(Text(f"also: {', '.join(described['synonyms'])}", style="dim"))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for fact in described["facts"]:
        mark = " (inferred)" if fact["inferred"] else ""
        cited = "".join(f"\n  — {e}" for e in fact["evidence"])
        table.add_row(Text(fact["property"] + mark), Text(", ".join(fact["values"]) + cited))
    if described["facts"]:
        parts.append(table)
    for group in described["records"]:
        parts.append(Text(f"\n{group['kind'].capitalize()}", style="bold"))
        parts += [line for entry in group["entries"] for line in _record_lines(entry, {})]
    for heading, key in (("Evidence", "evidence"), ("Open contradictions", "contradictions")):
        if described[key]:
            parts.append(Text(f"\n{heading}", style="bold"))
            parts += [Text(f"  {entry}") for entry in described[key]]
    version, as_of = described["ontology_version"], described["as_of"]
    parts.append(Text(f"\nOntology {version}, as of {as_of}. {described['notice']}", "dim"))
    return parts


def _record_lines(entry: Mapping[str, Any], within: Mapping[str, Any]) -> list[RenderableType]:
    """Return a record as a line: label, what else is stated, sources; its results below.

    A result leaves out the name, and those of its sources, of the study `within` which it stands.
    """
    from rich.padding import Padding
    from rich.text import Text

    label, sources = entry["label"], entry["sources"]
    if within:
        label = label.replace(f": {within['label']}", "")
        sources = [source for source in sources if source not in within["sources"]]
    said = "; ".join(f"{d['property']} {', '.join(d['values'])}" for d in entry["details"])
    text = Text.assemble(label, f" — {said}" if said else "")
    text.append(f"  [{'; '.join(sources)}]" if sources else "", style="dim")
    lines: list[RenderableType] = [Padding(text, (0, 0, 0, 6 if within else 2), expand=False)]
    for result in entry["results"]:
        lines += _record_lines(result, entry)
    return lines
