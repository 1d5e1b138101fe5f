"""Everything known of one term, as plain data, for `show`.

What other terms state of it comes in two shapes: *references* by property, where the network has
them, and *records* by kind, where a source speaks of it: statements, numbers, trials, toxicities.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from krasbypass.errors import UnknownTermError, plain_key
from krasbypass.facts import ALT_LABEL, ANNOTATED, CLASS, DEFINITION, LABEL, TYPE, Triple
from krasbypass.knowledge import Knowledge
from krasbypass.model import Evidence
from krasbypass.texts import WORDS, find_told, find_worded
from krasbypass.vocabulary import C, Clinical, P
from krasbypass.wording import vary_name

#: References that the interactions or the contradictions below show better.
_UNSHOWN = frozenset(
    {
        TYPE,
        LABEL,
        ALT_LABEL,
        P.SUPPORTED_BY,
        P.CONCERNS,
        P.DRIVER,
        P.NOTATION,
        P.RAISES,
        P.NEEDS,
        P.NEEDS_ANY,
        P.IN_TISSUE,
    }
)
_HIDDEN = frozenset({TYPE, LABEL, ALT_LABEL, DEFINITION, P.SUPPORTED_BY})
#: Kinds of record, in the order in which they are shown; the first that fits counts.
_RECORDS = (
    Clinical.APPROVAL,
    Clinical.CLINICAL_STUDY,
    Clinical.RESULT,
    Clinical.TOXICITY,
    Clinical.COMBINATION_STUDY,
    Clinical.RESISTANCE_OBSERVATION,
    Clinical.PREVALENCE,
    Clinical.QUANTITY,
    Clinical.STATEMENT_OF_SOURCE,
    Clinical.MISPRINT,
)
#: Members of a class that are told.
_MOST = 300
#: Properties of a record that its label says already, or that say nothing of the term.
_SAID = _HIDDEN | {
    P.CURATION_ROW,
    Clinical.CANCER_TYPE,
    Clinical.EVENT,
    Clinical.GRADE,
    Clinical.JOINTLY,
    Clinical.LOWER_BOUND,
    Clinical.MEASURE,
    Clinical.P_VALUE,
    Clinical.P_VALUE_QUALIFIER,
    Clinical.QUALIFIER,
    Clinical.QUANTITY_IN_WORDS,
    Clinical.RATE,
    Clinical.RELATION,
    Clinical.SIGN,
    Clinical.SUBGROUP,
    Clinical.UNIT,
    Clinical.UPPER_BOUND,
    Clinical.VALUE,
}


def describe_term(knowledge: Knowledge, text: str) -> dict[str, Any]:
    """Return everything known of the term that a name, code, notation or rule id stands for.

    Labels stand instead of ids; every fact says whether the reasoner drew it and cites its own
    evidence; the term's evidence and the contradictions that touch it follow. Words that name no
    term, such as those of an adverse event or a class of drugs, stand for what is described so.

    Raises
    ------
    UnknownTermError
        Nothing in the ontology has that name, nor is described by these words.
    """
    term = _find_named(knowledge, text)
    if term:
        parts = _find_parts(knowledge, term)
        mentions = _find_mentions(knowledge, {term, *parts})
    else:
        ways = (find_worded(knowledge, way) for way in (text, *vary_name(text)))
        term, parts, mentions = text, (), {text: next(filter(None, ways), {})}
        if not mentions[text]:
            knowledge.find_term(text)  # raises
    if Clinical.OUTSIDE_TERM in knowledge.classes(term):
        names = (knowledge.label(term), *knowledge.values(term, ALT_LABEL))
        found = tuple(t for t in find_told(knowledge, names) if t != term)
        mentions = {**mentions, term: {**mentions[term], WORDS: found}}
    records = _pick_records(knowledge, term, mentions)
    facts = _find_facts(knowledge, term) + _find_members(knowledge, term)
    facts += _find_references(knowledge, mentions[term], records)
    rules = [i.label for i in knowledge.interactions if term in i.terms]
    if rules:
        facts.append(_fact("stands in", rules))
    own = knowledge.values(term, P.SUPPORTED_BY)
    is_class = CLASS in knowledge.values(term, TYPE)
    touched = {term, *parts, *records, *own}
    return {
        "term": term,
        "label": knowledge.label(term) if is_class else knowledge.display(term),
        "classes": sorted(
            knowledge.label(c)
            for c in knowledge.classes(term) or mentions[term]
            if c in knowledge.index or c == WORDS
        ),
        "definition": knowledge.definition(term),
        "synonyms": list(knowledge.values(term, ALT_LABEL)),
        "facts": facts,
        "records": _describe_records(knowledge, records),
        "evidence": [cite(knowledge, e) for e in own],
        "contradictions": [
            f"{c.label}: {c.disagreement} Reading: {c.reading}"
            for c in knowledge.contradictions
            if touched.intersection((c.id, *c.concerns))
        ],
        "ontology_version": knowledge.version,
        "as_of": knowledge.as_of,
        "notice": knowledge.notice,
    }


def _find_named(knowledge: Knowledge, text: str) -> str:
    """Return the term of that name, or of one that says the same; an empty text if none has.

    A change or a residue alone is that of the gene whose inhibitors the ontology is about.
    """
    genes = [knowledge.label(gene) for gene in knowledge.instances(C.PRIMARY_TARGET_GENE)]
    bare = [f"{gene}{sign}{text.strip()}" for gene in genes for sign in ": " if text.strip()]
    for name in (text, *bare, *vary_name(text)):
        with suppress(UnknownTermError):
            return knowledge.find_term(name)
    return ""


def _find_facts(knowledge: Knowledge, term: str) -> list[dict[str, Any]]:
    noted = find_axiom_evidence(knowledge)
    facts = []
    for prop, values in sorted(knowledge.index.get(term, {}).items()):
        for inferred in (False, True):
            chosen = [v for v in values if ((term, prop, v) in knowledge.derived) is inferred]
            if prop in _HIDDEN or not chosen:
                continue
            cited = sorted({e for v in chosen for e in noted.get((term, prop, v), ())})
            name = knowledge.label(prop).rpartition("#")[2]
            shown = [knowledge.display(v) for v in dict.fromkeys(chosen)]
            facts.append(_fact(name, shown, inferred, [cite(knowledge, e) for e in cited]))
    return facts


def _find_members(knowledge: Knowledge, term: str) -> list[dict[str, Any]]:
    """Return the members of a class, those that are stated to be so and the others."""
    members = [t for t in knowledge.instances(term) if LABEL in knowledge.index.get(t, {})]
    facts = []
    for inferred in (False, True):
        shown = sorted(
            knowledge.display(t)
            for t in members
            if (term in knowledge.values(t, TYPE) and (t, TYPE, term) not in knowledge.derived)
            is not inferred
        )
        more = [f"and {len(shown) - _MOST} more"] if len(shown) > _MOST else []
        if shown:
            facts.append(_fact("members", shown[:_MOST] + more, inferred))
    return facts


def _find_references(
    knowledge: Knowledge, mentions: Mapping[str, Iterable[str]], records: Iterable[str]
) -> list[dict[str, Any]]:
    """Return what other terms state of this one, records aside: the class, or the target, of."""
    shown = frozenset(records)
    found = {
        prop: sorted(knowledge.label(s) for s in subjects if s not in shown)
        for prop, subjects in sorted(mentions.items())
        if prop not in _UNSHOWN
    }
    return [
        _fact(f"{knowledge.label(prop).rpartition('#')[2]} (of)", subjects)
        for prop, subjects in found.items()
        if subjects
    ]


# -- records of the sources ---------------------------------------------------------------------


def _find_parts(knowledge: Knowledge, term: str) -> tuple[str, ...]:
    """Return what is told together with a term: the cohorts of a study, the losses of a gene.

    Of the alterations of a gene those at one residue are left out: each has an account of its own.
    An activity is told with the gene or family that carries it, and with what is written alike.
    """
    if Clinical.CLINICAL_STUDY in knowledge.classes(term):
        below = _group_by(knowledge, Clinical.PART_OF_STUDY)
        found = [term]
        for study in found:
            found += (cohort for cohort in below.get(study, ()) if cohort not in found)
        return tuple(found[1:])
    shown = knowledge.display(term)
    alike = {
        t for t, po in knowledge.index.items() if LABEL in po and knowledge.display(t) == shown
    }
    alike.update(knowledge.values(term, P.HAS_ACTIVITY))
    alike.update(
        gene
        for gene in knowledge.values(term, P.ACTIVITY_OF)
        if (term, P.ACTIVITY_OF, gene) not in knowledge.derived
    )
    alike.update(
        alteration
        for alteration in knowledge.values(term, P.HAS_ALTERATION)
        if not knowledge.values(alteration, P.AT_RESIDUE)
    )
    return tuple(alike - {term})


def _group_by(knowledge: Knowledge, prop: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for subject, po in knowledge.index.items():
        for value in po.get(prop, ()):
            found[value].append(subject)
    return found


def _find_mentions(
    knowledge: Knowledge, terms: set[str]
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the terms that are stated to have one of `terms` as a value, by it and property."""
    found: dict[str, dict[str, dict[str, None]]] = {t: defaultdict(dict) for t in terms}
    for subject, po in knowledge.index.items():
        for prop, values in po.items() if LABEL in po else ():
            for value in terms.intersection(values):
                if (subject, prop, value) not in knowledge.derived:
                    found[value][prop][subject] = None
    return {t: {p: tuple(s) for p, s in props.items()} for t, props in found.items()}


def _pick_records(
    knowledge: Knowledge, term: str, mentions: Mapping[str, Mapping[str, Iterable[str]]]
) -> dict[str, str]:
    """Return the kind of each record that speaks of a term, by kind and label."""
    subjects = {value for values in knowledge.index.get(term, {}).values() for value in values}
    subjects |= {
        subject
        for props in mentions.values()
        for prop, subjects in props.items()
        if prop != P.SUPPORTED_BY
        for subject in subjects
    }
    names = {
        plain_key(name) for prop in (LABEL, ALT_LABEL) for name in knowledge.values(term, prop)
    }
    for cancer, counted in _group_by(knowledge, Clinical.CANCER_TYPE).items():
        if plain_key(cancer) in names:
            subjects.update(counted)
    subjects.update(_find_controls(knowledge, subjects))
    kinds = {
        subject: kind
        for subject in subjects - {term}
        if (kind := next((k for k in _RECORDS if k in knowledge.classes(subject)), None))
    }
    order = [str(kind) for kind in _RECORDS]
    ranked = sorted(kinds, key=lambda s: (order.index(kinds[s]), knowledge.label(s).casefold(), s))
    return {subject: kinds[subject] for subject in ranked}


def _find_controls(knowledge: Knowledge, subjects: set[str]) -> set[str]:
    """Return the cohorts with which what was measured in, or is, one of `subjects` is compared."""
    return {
        control
        for subject, po in knowledge.index.items()
        if subject in subjects or subjects.intersection(po.get(Clinical.IN_COHORT, ()))
        for control in po.get(Clinical.COMPARED_WITH, ())
    }


def _describe_records(knowledge: Knowledge, records: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return records by kind; what was measured in a study that is among them stands with it."""
    measured = _group_by(knowledge, Clinical.IN_COHORT)
    nested = {
        study: [r for r in measured.get(study, ()) if Clinical.RESULT in knowledge.classes(r)]
        for study, kind in records.items()
        if kind == Clinical.CLINICAL_STUDY
    }
    told = {result for results in nested.values() for result in results}
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record, kind in records.items():
        if record not in told:
            results = sorted(
                nested.get(record, ()), key=lambda r: (knowledge.label(r).casefold(), r)
            )
            groups[kind].append(_describe_record(knowledge, record, results))
    return [{"kind": knowledge.label(kind), "entries": entries} for kind, entries in groups.items()]


def _describe_record(
    knowledge: Knowledge, record: str, results: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the label of a record, what else is stated of it, its evidence and its results."""

    def get(prop: str) -> list[str]:
        return [knowledge.display(v) for v in knowledge.values(record, prop)]

    details = {
        knowledge.label(prop).rpartition("#")[2]: get(prop)
        for prop, values in sorted(knowledge.index[record].items())
        if prop == Clinical.TRIED_IN
        or (prop not in _SAID and not knowledge.index.keys() & set(values))
    }
    bounds = get(Clinical.LOWER_BOUND) + get(Clinical.UPPER_BOUND)
    if bounds:
        details["confidence interval"] = [" to ".join(bounds)]
    for value in get(Clinical.P_VALUE):
        details["p"] = [" ".join((*get(Clinical.P_VALUE_QUALIFIER), value))]
    cited = knowledge.values(record, P.SUPPORTED_BY)
    known = (knowledge.evidence.get(e) for e in cited)
    return {
        "id": record,
        "label": knowledge.label(record),
        "details": [{"property": name, "values": values} for name, values in details.items()],
        "sources": list(dict.fromkeys(e.citation for e in known if e is not None)),
        "evidence": [cite(knowledge, e) for e in cited],
        "results": [_describe_record(knowledge, result) for result in results],
    }


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
