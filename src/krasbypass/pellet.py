"""Pellet's explanation of one fact, over the part of the ontology that bears on it.

Pellet comes with owlready2 as Java archives and is run as a program of its own. It looks for a
smallest set of axioms from which a fact follows by taking axioms away and asking again, which is
slow over the whole ontology; so it is first given only what can bear on the fact. Less is still
sound: what follows from a part follows from the whole.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from krasbypass.errors import OntologyError, ReasonerUnavailableError
from krasbypass.facts import SUBCLASS, TYPE, Triple
from krasbypass.reasoning import find_java
from krasbypass.vocabulary import BASE

if TYPE_CHECKING:
    import rdflib

#: An RDF term; rdflib types them too widely to be of help.
Term = Any

#: Oldest Java that runs the Pellet of owlready2 0.51.
JAVA_WANTED = 25
#: Seconds after which Pellet is stopped.
TIME_LIMIT = 60.0
#: How many steps beside the shortest way from subject to object each try takes in.
_DETOURS = (0, 2, 4, None)
_MEMBERSHIP_RADIUS = 2


class JavaTooOldError(ReasonerUnavailableError):
    """There is no Java, or one that cannot run Pellet."""

    def __init__(self, version: int | None) -> None:
        super().__init__(version)
        self.version = version

    def sentence(self) -> str:
        """Say which Java is needed and how to get it.

        >>> JavaTooOldError(17).sentence()[:63]
        'explaining a fact needs Java 25 or later and Java 17 was found;'
        """
        found = f"Java {self.version}" if self.version else "none"
        return (
            f"explaining a fact needs Java {JAVA_WANTED} or later and {found} was found; "
            "install it with: pip install 'krasbypass[reasoner]'"
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """What Pellet said: axioms in its short notation, and how large the part was that it read.

    `axioms` is empty where Pellet found none in time (`in_time` is then False) or at all.
    """

    axioms: tuple[str, ...]
    statements: int
    in_time: bool


def explain_fact(
    graph: rdflib.Graph, fact: Triple, *, members: Callable[[str], tuple[str, ...]]
) -> Explanation:
    """Return a smallest set of axioms from which a fact follows.

    Parameters
    ----------
    graph
        The logical part of the completed ontology.
    fact
        Local names; the property may also be `TYPE` or, between classes, `SUBCLASS`.
    members
        Gives the members of a class, inferred ones included.

    Raises
    ------
    JavaTooOldError
        There is no Java that runs Pellet.
    OntologyError
        Pellet stopped with an error.
    """
    java = _find_recent_java()
    size = 0
    for detour in _DETOURS:
        part = find_part(graph, fact, members=members, detour=detour)
        if len(part) == size:
            continue
        size = len(part)
        try:
            axioms = _run_pellet(java, part, fact)
        except subprocess.TimeoutExpired:
            return Explanation((), size, in_time=False)
        if axioms:
            return Explanation(axioms, size, in_time=True)
    return Explanation((), size, in_time=True)


# -- the part that bears on a fact ----------------------------------------------------------------


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

    subject, prop, obj = (_term(name) for name in fact)
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
                pairs += [(_term(m), value) for m in members(str(cls).removeprefix(BASE))]
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


def _term(name: str) -> Term:
    import rdflib

    return rdflib.URIRef(name if "://" in name else BASE + name)


# -- Pellet itself --------------------------------------------------------------------------------


def _find_recent_java() -> str:
    java = find_java()
    if java is None:
        raise JavaTooOldError(None)
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise JavaTooOldError(None) from error
    found = re.search(r'version "(\d+)', done.stderr + done.stdout)
    version = int(found[1]) if found else None
    if version is None or version < JAVA_WANTED:
        raise JavaTooOldError(version)
    return java


def _run_pellet(java: str, part: rdflib.Graph, fact: Triple) -> tuple[str, ...]:
    subject, prop, obj = (str(_term(name)) for name in fact)
    question = {
        TYPE: ("--instance", f"{subject},{obj}"),
        SUBCLASS: ("--subclass", f"{subject},{obj}"),
    }.get(fact[1], ("--property-value", f"{subject},{prop},{obj}"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "part.owl"
        part.serialize(file, format="xml")
        # the default method leaves axioms out; this one does not
        options = ("--ignore-imports", "--method", "black", *question)
        done = subprocess.run(
            [java, "-Xmx2g", "-cp", _find_archives(), "pellet.Pellet", "explain", *options, file],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIME_LIMIT,
            check=False,
        )
    if "Explanation" not in done.stdout:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise OntologyError(f"Pellet could not explain the fact: {lines[0][:200]}")
    return split_axioms(done.stdout)


def _find_archives() -> str:
    spec = find_spec("owlready2")
    folder = Path(str(spec.origin)).parent / "pellet" if spec and spec.origin else Path()
    return os.pathsep.join(sorted(str(path) for path in folder.glob("*.jar")))


def split_axioms(text: str) -> tuple[str, ...]:
    """Return the axioms of the first explanation that Pellet printed, one text each.

    >>> split_axioms('''Explanation(s):
    ... 1)   a type A
    ...      A equivalentTo B
    ...                     and p value b
    ... 2)   a type C''')
    ('a type A', 'A equivalentTo B and p value b')
    """
    axioms: list[str] = []
    for line in text.partition("Explanation(s):")[2].splitlines():
        body = re.sub(r"^\d+\)", lambda m: " " * len(m[0]), line)
        if line[:1].isdigit() and axioms:
            break
        indent = len(body) - len(body.lstrip())
        if not body.strip():
            continue
        if indent > 5 and axioms:
            axioms[-1] += " " + body.strip()
        else:
            axioms.append(body.strip())
    return tuple(axioms)
