"""Justifications and moved answers as JSON and as text. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from krasbypass.answers import stated_to_json

if TYPE_CHECKING:
    from krasbypass.facts import Triple
    from krasbypass.justification.axioms import Axiom, Justification
    from krasbypass.stories import Move

_KEYS = ("subject", "property", "object")


def justification_to_json(answer: Justification, *, question: Triple) -> dict[str, Any]:
    """Return a justification as JSON; `question` is what the user wrote."""
    return {
        "question": dict(zip(_KEYS, question, strict=True)),
        "fact": dict(zip(_KEYS, answer.fact, strict=True)),
        "sentence": answer.sentence,
        "origin": str(answer.origin),
        "axioms": [
            {
                "notation": axiom.notation,
                "sentence": axiom.sentence,
                "origin": str(axiom.origin),
                "evidence": list(axiom.evidence),
            }
            for axiom in answer.axioms
        ],
        "contradictions": [
            {"id": term, "label": label, "reading": reading}
            for term, label, reading in answer.contradictions
        ],
        "note": answer.note,
        "complete": answer.complete,
        **stated_to_json(answer),
    }


def render_justification(answer: Justification) -> str:
    """Return a justification as text: what is stated with its sources, then the rules."""
    stated = [axiom for axiom in answer.axioms if axiom.origin != "schema"]
    rules = [axiom for axiom in answer.axioms if axiom.origin == "schema"]
    lines = [f"{answer.sentence[:-1]} ({answer.origin})."]
    if answer.origin == "not entailed":
        lines.append("No statement of the ontology says so, and the reasoner does not draw it.")
    if answer.origin == "inferred" and answer.axioms:
        lines += ["", "What is stated"] if stated else []
        lines += _number(stated, 1)
        lines += ["", "Rules of the ontology"]
        lines += _number(rules, len(stated) + 1)
    else:
        lines += _number(stated, 1)
    lines += ["", answer.note] if answer.note else []
    if answer.contradictions:
        lines += ["", "Contradictions of the sources about these terms (see: krasbypass show ID)"]
        lines += [f"  {term}: {label}" for term, label, _ in answer.contradictions]
    return "\n".join([*lines, "", f"Ontology {answer.ontology_version}, as of {answer.as_of}."])


def _number(axioms: Iterable[Axiom], start: int) -> list[str]:
    lines: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, axiom in enumerate(axioms, start):
        generated = " (follows from the class of the term)" if axiom.origin == "generated" else ""
        lines.append(f"{number:3}. {axiom.sentence}{generated}")
        if axiom.evidence in seen:
            lines.append(f"       sources as for {seen[axiom.evidence]}")
        elif axiom.evidence:
            seen[axiom.evidence] = number
            lines += [f"       {cited}" for cited in axiom.evidence]
    return lines


def moves_to_json(moves: Iterable[Move]) -> list[dict[str, str]]:
    """Return moved answers as JSON."""
    return [
        {
            "story": move.story,
            "output": move.output,
            "phase": move.phase,
            "before": move.before,
            "after": move.after,
        }
        for move in moves
    ]


def render_moves(moves: Iterable[Move]) -> str:
    """Return moved answers as text, a line each.

    >>> from krasbypass.stories import Move
    >>> print(render_moves([Move("some tumour", "MAPK", "adapted", "off", "full")]))
    some tumour: MAPK, adapted: off -> full
    1 answer moved
    """
    lines = [f"{m.story}: {m.output}, {m.phase}: {m.before} -> {m.after}" for m in moves]
    many = "1 answer" if len(lines) == 1 else f"{len(lines) or 'no'} answers"
    return "\n".join([*lines, f"{many} moved"])
