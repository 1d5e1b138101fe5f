"""Everything known of one term, as plain data, for `show`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from krasbypass.facts import ALT_LABEL, ANNOTATED, DEFINITION, LABEL, TYPE, Triple
from krasbypass.knowledge import Knowledge
from krasbypass.model import Evidence
from krasbypass.vocabulary import P

#: References that the interactions or the contradictions below show better.
_UNSHOWN = frozenset(
    {
        TYPE,
        LABEL,
        ALT_LABEL,
        P.SUPPORTED_BY,
        P.CONCERNS,
        P.DRIVER,
        P.RAISES,
        P.NEEDS,
        P.NEEDS_ANY,
        P.IN_TISSUE,
    }
)
_HIDDEN = frozenset({TYPE, LABEL, ALT_LABEL, DEFINITION, P.SUPPORTED_BY})


def describe_term(knowledge: Knowledge, text: str) -> dict[str, Any]:
    """Return everything known of the term that a name, code, notation or rule id stands for.

    Labels stand instead of ids; every fact says whether the reasoner drew it and cites its own
    evidence; the term's evidence and the contradictions that touch it follow.

    Raises
    ------
    UnknownTermError
        Nothing in the ontology has that name.
    """
    term = knowledge.find_term(text)
    facts = _find_facts(knowledge, term)
    facts += _find_references(knowledge, term)
    mentions = [i.label for i in knowledge.interactions if term in i.terms]
    if mentions:
        facts.append(_fact("stands in", mentions))
    return {
        "term": term,
        "label": knowledge.display(term),
        "classes": sorted(
            knowledge.label(c) for c in knowledge.classes(term) if c in knowledge.index
        ),
        "definition": knowledge.definition(term),
        "synonyms": list(knowledge.values(term, ALT_LABEL)),
        "facts": facts,
        "evidence": [cite(knowledge, e) for e in knowledge.values(term, P.SUPPORTED_BY)],
        "contradictions": [
            f"{c.label}: {c.disagreement} Reading: {c.reading}"
            for c in knowledge.contradictions
            if term in (c.id, *c.concerns)
        ],
        "ontology_version": knowledge.version,
        "as_of": knowledge.as_of,
        "notice": knowledge.notice,
    }


def _find_facts(knowledge: Knowledge, term: str) -> list[dict[str, Any]]:
    noted = find_axiom_evidence(knowledge)
    facts = []
    for prop, values in sorted(knowledge.index[term].items()):
        for inferred in (False, True):
            chosen = [v for v in values if ((term, prop, v) in knowledge.derived) is inferred]
            if prop in _HIDDEN or not chosen:
                continue
            cited = sorted({e for v in chosen for e in noted.get((term, prop, v), ())})
            name = knowledge.label(prop).rpartition("#")[2]
            shown = [knowledge.display(v) for v in dict.fromkeys(chosen)]
            facts.append(_fact(name, shown, inferred, [cite(knowledge, e) for e in cited]))
    return facts


def _find_references(knowledge: Knowledge, term: str) -> list[dict[str, Any]]:
    """Return what other terms state of this one: trials of a drug, results of a trial."""
    found: dict[str, list[str]] = {}
    for subject, po in knowledge.index.items():
        for prop, values in po.items():
            stated = term in values and (subject, prop, term) not in knowledge.derived
            if stated and LABEL in po and prop not in _UNSHOWN:
                found.setdefault(prop, []).append(knowledge.label(subject))
    return [
        _fact(f"{knowledge.label(prop)} (of)", sorted(subjects))
        for prop, subjects in sorted(found.items())
    ]


def _fact(
    name: str, values: list[str], inferred: bool = False, evidence: list[str] | None = None
) -> dict[str, Any]:
    return {"property": name, "values": values, "inferred": inferred, "evidence": evidence or []}


def find_axiom_evidence(knowledge: Knowledge) -> Mapping[Triple, tuple[str, ...]]:
    """Return the evidence of single facts, by (subject, property, value)."""
    found = {}
    for po in knowledge.index.values():
        parts = [po.get(ANNOTATED + p) for p in ("Source", "Property", "Target")]
        if all(parts):
            source, prop, target = (part[0] for part in parts if part)
            found[source, prop, target] = po.get(P.SUPPORTED_BY, ())
    return found


def cite(knowledge: Knowledge, evidence: str) -> str:
    """Return an evidence as one line: citation, kind, places, and what was not checked."""
    places = (evidence, *knowledge.values(evidence, P.ALSO_AT))
    found = (knowledge.evidence.get(place) for place in places)
    return "; also ".join(cite_evidence(e) for e in found if e is not None) or evidence


def cite_evidence(evidence: Evidence) -> str:
    """Return an evidence as one line.

    >>> cite_evidence(Evidence("e", "in-vitro", "s", "Doe 2020", "line 3", None))
    'Doe 2020 (in-vitro): line 3'
    """
    unchecked = f" [unchecked: {evidence.unchecked}]" if evidence.unchecked else ""
    place = f": {evidence.locator}" if evidence.locator else ""
    return f"{evidence.citation} ({evidence.kind}){place}{unchecked}"
