"""Why a fact holds: the axioms from which the reasoner drew it, as sentences with sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path

from krasbypass.completion import complete
from krasbypass.errors import UnknownTermError, plain_key
from krasbypass.facts import ALT_LABEL, LABEL, SUBCLASS, TYPE, Triple
from krasbypass.justification.pellet import TIME_LIMIT, explain_fact
from krasbypass.justification.relevance import measure_steps
from krasbypass.justification.sentences import phrase_axiom, phrase_fact, read_assertion
from krasbypass.knowledge import Knowledge, read_knowledge
from krasbypass.reasoning import find_logical_part, find_ontology, load_reasoned, load_turtle
from krasbypass.terms import cite, find_axiom_evidence
from krasbypass.vocabulary import BASE, OWL, Graph, P

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

    Of a stated fact `axioms` is the statement. Of an inferred one they are a set from which it
    follows, statements from subject to object first, then the rules; there may be other sets.
    `contradictions` are those that touch a subject of the statements, as (id, label, reading);
    `note` says what is not shown.
    """

    fact: Triple
    sentence: str
    origin: Origin
    axioms: tuple[Axiom, ...]
    contradictions: tuple[tuple[str, str, str], ...]
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
        explained = explain_fact(part, fact, inferred=_find_inferred(origins))
        axioms = _describe_axioms(knowledge, origins, fact, explained.axioms)
        if not explained.in_time:
            note = f"Pellet did not finish within {TIME_LIMIT:.0f} seconds."
        elif not axioms:
            note = "HermiT drew this fact and Pellet did not, so that there are no axioms to show."
    return Justification(
        fact=fact,
        sentence=phrase_fact(knowledge, fact),
        origin=origin,
        axioms=axioms,
        contradictions=_find_contradictions(knowledge, axioms),
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


def _find_inferred(origins: Mapping[Triple, Origin]) -> frozenset[Triple]:
    return frozenset(fact for fact, origin in origins.items() if origin is Origin.INFERRED)


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
    return OWL + kind in knowledge.values(term, TYPE)


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
    knowledge: Knowledge, origins: Mapping[Triple, Origin], about: Triple, notations: Iterable[str]
) -> tuple[Axiom, ...]:
    """Return axioms as sentences: statements from subject to object, then rules."""
    statements, rules = [], []
    for notation in notations:
        fact = read_assertion(notation)
        if fact is None:
            rules.append(Axiom(notation, phrase_axiom(knowledge, notation), Origin.SCHEMA))
        else:
            origin = origins.get(fact, Origin.ASSERTED)
            statements.append(_describe_statement(knowledge, fact, origin, notation))
    return (*_sort_along(statements, about[0], about[2]), *sorted(rules, key=lambda a: a.notation))


def _sort_along(statements: list[Axiom], start: str, goal: str) -> list[Axiom]:
    """Sort statements as they are met on the way from a term to another."""
    pairs = [(a, (fact[0], fact[2])) for a in statements if (fact := read_assertion(a.notation))]
    links: dict[str, list[str]] = defaultdict(list)
    for _, (one, other) in pairs:
        links[one].append(other)
        links[other].append(one)
    ahead, back = measure_steps(links, start), measure_steps(links, goal)

    def position(pair: tuple[Axiom, tuple[str, str]]) -> tuple[bool, list[int], str]:
        axiom, ends = pair
        if all(end in ahead for end in ends):
            return False, sorted(ahead[end] for end in ends), axiom.notation
        return True, sorted(-back.get(end, len(pairs)) for end in ends), axiom.notation

    return [axiom for axiom, _ in sorted(pairs, key=position)]


def _describe_statement(knowledge: Knowledge, fact: Triple, origin: Origin, notation: str) -> Axiom:
    own = find_axiom_evidence(knowledge).get(fact) or knowledge.values(fact[0], P.SUPPORTED_BY)
    cited = tuple(cite(knowledge, evidence) for evidence in own)
    return Axiom(notation, phrase_fact(knowledge, fact), origin, cited)


def _find_contradictions(
    knowledge: Knowledge, axioms: Iterable[Axiom]
) -> tuple[tuple[str, str, str], ...]:
    facts = (read_assertion(axiom.notation) for axiom in axioms)
    touched = {fact[0] for fact in facts if fact}
    return tuple(
        (c.id, c.label, c.reading) for c in knowledge.contradictions if touched & set(c.concerns)
    )
