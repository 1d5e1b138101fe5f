"""The part of the ontology that can bear on one fact.

A reasoner that explains a fact asks again and again whether it still follows, which is slow over
the whole ontology. Less is still sound: what follows from a part follows from the whole.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from krasbypass.facts import SUBCLASS, TYPE, Triple
from krasbypass.vocabulary import BASE

if TYPE_CHECKING:
    import rdflib

#: An RDF term; rdflib types them too widely to be of help.
Term = Any

_MEMBERSHIP_RADIUS = 2


def find_part(
    graph: rdflib.Graph,
    fact: Triple,
    *,
    members: Callable[[str], tuple[str, ...]],
    detour: int | None,
) -> rdflib.Graph:
    """Return all axioms on classes and properties, and the assertions that may bear on a fact.

    These are assertions by properties from which the goal can follow, about individuals on a way
    from subject to object at most `detour` steps longer than the shortest one (of a membership:
    not much further than that from the subject). Without a detour all individuals count.
    """
    import rdflib

    subject, prop, obj = (find_iri(name) for name in fact)
    individuals = set(graph.subjects(rdflib.RDF.type, rdflib.OWL.NamedIndividual))
    relevant = _find_contributors(graph, obj if fact[1] in (TYPE, SUBCLASS) else prop)
    if detour is None:
        chosen = individuals
    else:
        links = _link(graph, relevant, individuals, members)
        from_subject = _measure(links, subject)
        if fact[1] in (TYPE, SUBCLASS):
            limit = _MEMBERSHIP_RADIUS + detour
            chosen = {term for term, steps in from_subject.items() if steps <= limit}
        else:
            from_object = _measure(links, obj)
            limit = from_subject.get(obj, 0) + detour
            both = from_subject.keys() & from_object.keys()
            chosen = {t for t in both if from_subject[t] + from_object[t] <= limit}
        chosen |= {subject, obj}
    part, typed = rdflib.Graph(), set(chosen)
    for s, p, o in graph:
        if s not in individuals:
            part.add((s, p, o))
        elif s in chosen and p in relevant:
            part.add((s, p, o))
            typed.add(o)
    for term in typed & individuals:
        for cls in graph.objects(term, rdflib.RDF.type):
            part.add((term, rdflib.RDF.type, cls))
    return part


def _find_contributors(graph: rdflib.Graph, goal: Term) -> set[Term]:
    """Return the classes and properties from which a statement on `goal` can follow."""
    import rdflib
    from rdflib.namespace import OWL, RDFS

    found: set[Term] = set()
    queue = [goal]
    while queue:
        term = queue.pop()
        if term in found:
            continue
        found.add(term)
        for p in (RDFS.subPropertyOf, RDFS.subClassOf, RDFS.domain, RDFS.range):
            queue += graph.subjects(p, term)
        for p in (OWL.inverseOf, OWL.equivalentClass, OWL.propertyChainAxiom):
            queue += graph.subjects(p, term)
            for expression in graph.objects(term, p):
                queue += _climb(expression, lambda node: (o for _, o in _edges(graph, node)))
        for restriction in graph.subjects(OWL.onProperty, term):
            if any((restriction, p, None) in graph for p in (OWL.hasValue, OWL.hasSelf)):
                queue += _climb(restriction, lambda node: graph.subjects(None, node))
    return {t for t in found if isinstance(t, rdflib.URIRef)}


def _edges(graph: rdflib.Graph, node: Term) -> Iterator[tuple[Term, Term]]:
    import rdflib

    return ((p, o) for p, o in graph.predicate_objects(node) if p != rdflib.RDF.type)


def _climb(start: Term, follow: Callable[[Term], Iterator[Term]]) -> set[Term]:
    """Return the named terms that `follow` reaches through blank nodes."""
    import rdflib

    seen: set[Term] = set()
    queue = [start]
    while queue:
        node = queue.pop()
        if node not in seen:
            seen.add(node)
            if isinstance(node, rdflib.BNode):
                queue += follow(node)
    return {n for n in seen if isinstance(n, rdflib.URIRef) and str(n).startswith(BASE)}


def _link(
    graph: rdflib.Graph,
    properties: set[Term],
    individuals: set[Term],
    members: Callable[[str], tuple[str, ...]],
) -> Mapping[Term, set[Term]]:
    """Return the neighbours of each individual by the properties, whatever the direction.

    A value that a class gives to all its members is a neighbour of each of them.
    """
    from rdflib.namespace import OWL

    links: dict[Term, set[Term]] = defaultdict(set)
    pairs = [
        (s, o) for s, p, o in graph if p in properties and s in individuals and o in individuals
    ]
    for restriction, value in graph.subject_objects(OWL.hasValue):
        if graph.value(restriction, OWL.onProperty) in properties:
            for cls in _climb(restriction, lambda node: graph.subjects(None, node)):
                pairs += [(find_iri(m), value) for m in members(str(cls).removeprefix(BASE))]
    for s, o in pairs:
        links[s].add(o)
        links[o].add(s)
    return links


def _measure(links: Mapping[Term, set[Term]], start: Term) -> dict[Term, int]:
    steps = {start: 0}
    queue = deque([start])
    while queue:
        term = queue.popleft()
        for other in links.get(term, ()):
            if other not in steps:
                steps[other] = steps[term] + 1
                queue.append(other)
    return steps


def find_iri(name: str) -> Term:
    """Return a local name of the ontology, or a full IRI, as an IRI."""
    import rdflib

    return rdflib.URIRef(name if "://" in name else BASE + name)
