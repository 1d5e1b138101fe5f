"""The part of the ontology that can bear on one fact, and the facts by which it may follow.

A reasoner that explains a fact asks again and again whether it still follows, which is slow over
the whole ontology. Less is still sound: what follows from a part follows from the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
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
    inferred: Iterable[Triple],
    detour: int | None,
    via: Iterable[str] = (),
) -> rdflib.Graph:
    """Return all axioms on classes and properties, and the assertions that may bear on a fact.

    These are assertions by properties from which the goal can follow, about individuals on a way
    from subject to object at most `detour` steps longer than the shortest one (of a membership:
    not much further than that from the subject). Without a detour all individuals count.

    Parameters
    ----------
    graph
        The logical part of the completed ontology.
    fact
        Local names; the property may also be `TYPE` or, between classes, `SUBCLASS`.
    inferred
        What the reasoner drew; the memberships among them show which values a class gives to whom.
    detour
        How far to look.
    via
        Individuals to be taken in at any rate.
    """
    import rdflib

    subject, prop, obj = map(find_iri, fact)
    is_membership = fact[1] in (TYPE, SUBCLASS)
    individuals = set(graph.subjects(rdflib.RDF.type, rdflib.OWL.NamedIndividual))
    relevant = find_contributors(graph, obj if is_membership else prop)
    chosen = individuals
    if detour is not None:
        links = _link(graph, relevant, individuals, inferred)
        steps = measure_steps(links, subject)
        limit = steps.get(obj, 0) + detour
        if is_membership:
            chosen = {t for t, n in steps.items() if n <= _MEMBERSHIP_RADIUS + detour}
        else:
            back = measure_steps(links, obj)
            chosen = {t for t in steps.keys() & back.keys() if steps[t] + back[t] <= limit}
        chosen |= {subject, obj, *map(find_iri, via)}
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


def find_contributors(graph: rdflib.Graph, goal: Term) -> frozenset[Term]:
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
                queue += _climb(expression, graph.objects)
        for restriction in graph.subjects(OWL.onProperty, term):
            if any((restriction, p, None) in graph for p in (OWL.hasValue, OWL.hasSelf)):
                queue += _climb(restriction, lambda node: graph.subjects(None, node))
    return frozenset(t for t in found if isinstance(t, rdflib.URIRef))


def find_lemmas(
    graph: rdflib.Graph, fact: Triple, *, inferred: Iterable[Triple]
) -> frozenset[Triple]:
    """Return inferred facts by which a fact may follow in one more step.

    They are facts by properties that do not depend on the property of the fact; of a transitive
    property also the single steps of a shortest way, or, without one, the fact read backwards.
    """
    from rdflib.namespace import OWL, RDF

    goal = find_iri(fact[2] if fact[1] in (TYPE, SUBCLASS) else fact[1])
    below = find_contributors(graph, goal)
    lower = {str(t).removeprefix(BASE) for t in below if goal not in find_contributors(graph, t)}
    known = frozenset(inferred)
    lemmas = {(s, p, o) for s, p, o in known if p in lower}
    if (goal, RDF.type, OWL.TransitiveProperty) in graph:
        steps = _find_steps(graph, fact, lemmas)
        inverses = {*graph.objects(goal, OWL.inverseOf), *graph.subjects(OWL.inverseOf, goal)}
        backwards = {(fact[2], str(p).removeprefix(BASE), fact[0]) for p in inverses}
        lemmas |= steps or backwards & known
    return frozenset(lemmas - {fact})


def _find_steps(graph: rdflib.Graph, fact: Triple, lemmas: Iterable[Triple]) -> set[Triple]:
    """Return the steps of a shortest way by what implies the property of a fact directly."""
    from rdflib.collection import Collection
    from rdflib.namespace import OWL, RDFS

    prop = find_iri(fact[1])
    pairs: dict[Term, set[tuple[Term, Term]]] = defaultdict(set)
    for s, p, o in graph:
        pairs[p].add((s, o))
    for triple in lemmas:
        s, p, o = map(find_iri, triple)
        pairs[p].add((s, o))
    links: dict[Term, set[Term]] = defaultdict(set)
    for below in graph.transitive_subjects(RDFS.subPropertyOf, prop):
        for s, o in pairs[below]:
            links[s].add(o)
    for chain in graph.objects(prop, OWL.propertyChainAxiom):
        members = list(Collection(graph, chain))
        if prop in members:
            continue
        reached = pairs[members[0]]
        for member in members[1:]:
            reached = {(s, o) for s, m in reached for n, o in pairs[member] if m == n}
        for s, o in reached:
            links[s].add(o)
    way = [find_iri(fact[2])]
    steps = measure_steps(links, find_iri(fact[0]))
    while way[0] in steps and steps[way[0]]:
        before = (t for t in steps if steps[t] == steps[way[0]] - 1 and way[0] in links[t])
        way.insert(0, min(before))
    names = [str(term).removeprefix(BASE) for term in way]
    return {(a, fact[1], b) for a, b in pairwise(names)} - {fact}


def _climb(start: Term, follow: Callable[[Term], Iterable[Term]]) -> set[Term]:
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
    properties: frozenset[Term],
    individuals: set[Term],
    inferred: Iterable[Triple],
) -> Mapping[Term, set[Term]]:
    """Return the neighbours of each individual by the properties, whatever the direction.

    A value that a class gives to all its members is a neighbour of each of them.
    """
    from rdflib.namespace import OWL, RDF

    pairs = [
        (s, o) for s, p, o in graph if p in properties and s in individuals and o in individuals
    ]
    members: dict[Term, set[Term]] = defaultdict(set)
    for s, cls in graph.subject_objects(RDF.type):
        members[cls].add(s)
    for name, p_name, cls_name in inferred:
        if p_name == TYPE:
            members[find_iri(cls_name)].add(find_iri(name))
    for restriction, value in graph.subject_objects(OWL.hasValue):
        if graph.value(restriction, OWL.onProperty) in properties:
            for cls in _climb(restriction, lambda node: graph.subjects(None, node)):
                pairs += [(member, value) for member in members[cls]]
    links: dict[Term, set[Term]] = defaultdict(set)
    for s, o in pairs:
        links[s].add(o)
        links[o].add(s)
    return links


def measure_steps(links: Mapping[Term, Iterable[Term]], start: Term) -> Mapping[Term, int]:
    """Return how many links away from a term each term is that they reach.

    >>> measure_steps({"a": ["b"], "b": ["a", "c"]}, "a")
    {'a': 0, 'b': 1, 'c': 2}
    """
    import networkx as nx

    graph: nx.DiGraph[Term] = nx.DiGraph({start: (), **links})
    return dict(nx.single_source_shortest_path_length(graph, start))


def find_iri(name: str) -> Term:
    """Return a local name of the ontology, or a full IRI, as an IRI."""
    import rdflib

    return rdflib.URIRef(name if "://" in name else BASE + name)
