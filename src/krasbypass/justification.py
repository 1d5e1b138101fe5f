"""Why a fact holds: the axioms from which the reasoner drew it, as sentences with sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

from krasbypass.completion import complete
from krasbypass.errors import UnknownTermError, plain_key
from krasbypass.facts import ALT_LABEL, LABEL, SUBCLASS, TYPE, Triple
from krasbypass.knowledge import Knowledge, read_knowledge
from krasbypass.pellet import TIME_LIMIT, explain_fact

# the lead is to make these two public: the logical part, and the evidence of annotated axioms
from krasbypass.reasoning import _logical_part as find_logical_part
from krasbypass.reasoning import find_ontology, load_reasoned, load_turtle
from krasbypass.sentences import phrase_axiom, phrase_fact, read_assertion
from krasbypass.terms import _find_axiom_evidence as find_axiom_evidence
from krasbypass.terms import cite
from krasbypass.vocabulary import BASE, Graph, P

_OWL = "http://www.w3.org/2002/07/owl#"
_IS_A = frozenset(map(plain_key, ("is-a", "a", "type", "rdf:type", "instance of", "subclass of")))


class Origin(StrEnum):
    """Where a fact or an axiom comes from.

    Asserted by a curator; generated because its term is of a class; inferred by the reasoner; of
    the schema, that is, about all terms; or nowhere, since it does not follow.
    """

    ASSERTED = "asserted"
    GENERATED = "generated"
    INFERRED = "inferred"
    SCHEMA = "schema"
    NOT_ENTAILED = "not entailed"


@dataclass(frozen=True, slots=True)
class Axiom:
    """One axiom: Pellet's notation, a sentence, its origin, and the evidence it rests on.

    `evidence` are citations of the statement's own evidence, or, where it has none, of the
    evidence of its subject; empty for axioms of the schema.
    """

    notation: str
    sentence: str
    origin: Origin
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Justification:
    """A fact, where it comes from, and the axioms from which it follows.

    Of a stated fact `axioms` is the statement. Of an inferred one they are a smallest set from
    which it follows: statements on terms first, then the rules; there may be other such sets.
    `contradictions` are those that touch a term of the statements; `note` says what is not shown.
    """

    fact: Triple
    sentence: str
    origin: Origin
    axioms: tuple[Axiom, ...]
    contradictions: tuple[str, ...]
    note: str
    ontology_version: str
    as_of: str
    notice: str

    @property
    def complete(self) -> bool:
        """Whether an entailed fact has its axioms."""
        return bool(self.axioms) or self.origin is Origin.NOT_ENTAILED


def find_justification(
    folder: Path | None, subject: str, property: str, object: str
) -> Justification:
    """Return why a fact holds in the packaged ontology, or in the one in `folder`.

    Parameters
    ----------
    folder
        Turtle modules, or None for those of the package.
    subject, object
        Labels, notations, synonyms or ids. A name that several terms share is read as the one of
        which the fact holds, if there is one.
    property
        Label or id, or ``is-a`` for the membership in a class.

    Raises
    ------
    UnknownTermError
        A name is unknown.
    JavaTooOldError
        The fact was inferred, and there is no Java that can explain it.
    """
    data = load_reasoned(folder)
    knowledge = read_knowledge(data)
    origins = _read_origins(data)
    fact = _choose_fact(knowledge, origins, (subject, property, object))
    origin = _find_origin(knowledge, origins, fact)
    axioms: tuple[Axiom, ...] = ()
    note = ""
    if origin in (Origin.ASSERTED, Origin.GENERATED):
        axioms = (_describe_statement(knowledge, fact, origin, " ".join(fact)),)
    elif origin is Origin.INFERRED:
        asserted = load_turtle(folder or find_ontology())
        part = find_logical_part(asserted + complete(asserted))
        explained = explain_fact(part, fact, members=knowledge.instances)
        axioms = _describe_axioms(knowledge, origins, fact[0], explained.axioms)
        if not explained.in_time:
            note = f"Pellet did not finish within {TIME_LIMIT:.0f} seconds."
        elif not axioms:
            note = "HermiT drew this fact and Pellet did not, so that there are no axioms to show."
    return Justification(
        fact=fact,
        sentence=phrase_fact(knowledge, fact),
        origin=origin,
        axioms=axioms,
        contradictions=_find_contradictions(knowledge, [fact, *_assertions(axioms)]),
        note=note,
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


def _read_origins(data: bytes) -> Mapping[Triple, Origin]:
    """Return every statement of a reasoned graph in TriG with its origin, stated ones first."""
    import pyoxigraph

    graphs = {
        Graph.ASSERTED: Origin.ASSERTED,
        Graph.GENERATED: Origin.GENERATED,
        Graph.INFERRED: Origin.INFERRED,
    }
    origins: dict[Triple, Origin] = {}
    for quad in pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TRIG):
        s, p, o = (t.value.removeprefix(BASE) for t in (quad.subject, quad.predicate, quad.object))
        origin = graphs[Graph(quad.graph_name.value)]
        if origin is not Origin.INFERRED or (s, p, o) not in origins:
            origins[s, p, o] = origin
    return origins


def _find_origin(knowledge: Knowledge, origins: Mapping[Triple, Origin], fact: Triple) -> Origin:
    """Return the origin of a fact; of subclasses the graph keeps the direct steps only."""
    subject, prop, obj = fact
    if fact in origins:
        return origins[fact]
    above = {subject} if prop == SUBCLASS else set()
    queue = [*above]
    while queue:
        new = set(knowledge.values(queue.pop(), SUBCLASS)) - above
        above |= new
        queue += new
    return Origin.INFERRED if obj in above - {subject} else Origin.NOT_ENTAILED


# -- what the names stand for ---------------------------------------------------------------------


def _choose_fact(
    knowledge: Knowledge, origins: Mapping[Triple, Origin], question: Triple
) -> Triple:
    subject, prop, obj = question
    subjects = _find_terms(knowledge, subject)
    if plain_key(prop) in _IS_A:
        subjects.sort(key=lambda term: _is_owl(knowledge, term, "Class"))
        objects = [t for t in _find_terms(knowledge, obj) if _is_owl(knowledge, t, "Class")]
        if not objects:
            known = [knowledge.label(t) for t in knowledge.index if _is_owl(knowledge, t, "Class")]
            raise UnknownTermError("class", obj, known)
        facts = [
            (s, SUBCLASS if _is_owl(knowledge, s, "Class") else TYPE, o)
            for s, o in product(subjects, objects)
        ]
    else:
        found = _find_property(knowledge, prop)
        literal = _is_owl(knowledge, found, "DatatypeProperty")
        objects = [obj] if literal else _find_terms(knowledge, obj)
        facts = [(s, found, o) for s, o in product(subjects, objects)]
    none = Origin.NOT_ENTAILED
    held = [fact for fact in facts if _find_origin(knowledge, origins, fact) is not none]
    return (held or facts)[0]


def _is_owl(knowledge: Knowledge, term: str, kind: str) -> bool:
    return _OWL + kind in knowledge.values(term, TYPE)


def _find_terms(knowledge: Knowledge, text: str) -> list[str]:
    """Return the terms that a name may stand for, the one that `show` would choose first."""
    first, key = knowledge.find_term(text), plain_key(text)
    others = (
        term
        for term, po in sorted(knowledge.index.items())
        if LABEL in po and key in map(plain_key, _names(knowledge, term))
    )
    return list(dict.fromkeys((first, *others)))


def _names(knowledge: Knowledge, term: str) -> tuple[str, ...]:
    values = knowledge.values
    return (term, *values(term, LABEL), *values(term, ALT_LABEL), *values(term, P.NOTATION))


def _find_property(knowledge: Knowledge, text: str) -> str:
    kinds = ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    properties = [t for t in knowledge.index if any(_is_owl(knowledge, t, k) for k in kinds)]
    for prop in sorted(properties):
        if plain_key(text) in (plain_key(prop), plain_key(knowledge.label(prop))):
            return prop
    known = [name for prop in properties for name in (prop, knowledge.label(prop))]
    raise UnknownTermError("property", text, known)


# -- what the axioms say --------------------------------------------------------------------------


def _describe_axioms(
    knowledge: Knowledge, origins: Mapping[Triple, Origin], subject: str, notations: Iterable[str]
) -> tuple[Axiom, ...]:
    """Return axioms as sentences: statements first, those on the subject before others."""
    statements, rules = [], []
    for notation in notations:
        fact = read_assertion(notation)
        if fact is None:
            rules.append(Axiom(notation, phrase_axiom(knowledge, notation), Origin.SCHEMA))
        else:
            origin = origins.get(fact, Origin.ASSERTED)
            statements.append(_describe_statement(knowledge, fact, origin, notation))
    statements.sort(key=lambda a: (a.notation.split()[0] != subject, a.notation))
    return (*statements, *sorted(rules, key=lambda a: a.notation))


def _describe_statement(knowledge: Knowledge, fact: Triple, origin: Origin, notation: str) -> Axiom:
    own = find_axiom_evidence(knowledge).get(fact) or knowledge.values(fact[0], P.SUPPORTED_BY)
    cited = tuple(cite(knowledge, evidence) for evidence in own)
    return Axiom(notation, phrase_fact(knowledge, fact), origin, cited)


def _assertions(axioms: Iterable[Axiom]) -> list[Triple]:
    return [fact for axiom in axioms if (fact := read_assertion(axiom.notation))]


def _find_contradictions(knowledge: Knowledge, facts: Iterable[Triple]) -> tuple[str, ...]:
    touched = {term for subject, _, obj in facts for term in (subject, obj)}
    return tuple(
        f"{c.label}: {c.disagreement} Reading: {c.reading}"
        for c in knowledge.contradictions
        if touched & set(c.concerns)
    )


# -- the answer for machines and for readers ------------------------------------------------------


def justification_to_json(answer: Justification, question: Triple) -> dict[str, Any]:
    """Return the answer as JSON; `question` is what the user wrote."""
    return {
        "question": dict(zip(("subject", "property", "object"), question, strict=True)),
        "fact": dict(zip(("subject", "property", "object"), answer.fact, strict=True)),
        "sentence": answer.sentence,
        "origin": answer.origin.value,
        "axioms": [
            {
                "notation": axiom.notation,
                "sentence": axiom.sentence,
                "origin": axiom.origin.value,
                "evidence": list(axiom.evidence),
            }
            for axiom in answer.axioms
        ],
        "contradictions": list(answer.contradictions),
        "note": answer.note,
        "complete": answer.complete,
        "ontology_version": answer.ontology_version,
        "as_of": answer.as_of,
        "notice": answer.notice,
    }


def render_justification(answer: Justification) -> str:
    """Return the answer as text for reading."""
    lines = [f"{answer.sentence} ({answer.origin})"]
    if answer.origin is Origin.NOT_ENTAILED:
        lines.append("Nothing in the ontology says so and the reasoner does not draw it.")
    if answer.origin is Origin.INFERRED and answer.axioms:
        lines += ["", "It follows from these together:"]
    for number, axiom in enumerate(answer.axioms, start=1):
        origin = "" if axiom.origin is Origin.ASSERTED else f" ({axiom.origin})"
        lines.append(f"{number:3}. {axiom.sentence}{origin}")
        lines += [f"       source: {cited}" for cited in axiom.evidence]
    lines += [answer.note] if answer.note else []
    lines += [f"disputed: {text}" for text in answer.contradictions]
    lines += ["", f"krasbypass ontology {answer.ontology_version}, as of {answer.as_of}"]
    return "\n".join(lines)
