"""Pellet's explanation of one fact, over the part of the ontology that bears on it.

Pellet comes with owlready2 as Java archives and is run as a program of its own. It is first given
little, and more where the fact does not follow from that.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from krasbypass.errors import JavaTooOldError, OntologyError
from krasbypass.facts import SUBCLASS, TYPE, Triple
from krasbypass.justification.relevance import find_iri, find_lemmas, find_part
from krasbypass.justification.sentences import read_assertion
from krasbypass.reasoning import find_java

if TYPE_CHECKING:
    import rdflib

#: Oldest Java that runs the Pellet of owlready2 0.51.
JAVA_WANTED = 25
#: Seconds after which Pellet is stopped, all its runs for one fact together.
TIME_LIMIT = 60.0
#: How many steps beside the shortest way from subject to object each try takes in.
_DETOURS = (0, 2, 4, None)
#: A run is short, so that compiling Java thoroughly costs more than it gives.
_JAVA_OPTIONS = ("-Xmx2g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
#: The default method leaves axioms out; this one does not.
_EXPLAIN = ("pellet.Pellet", "explain", "--ignore-imports", "--method", "black")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Axioms in Pellet's short notation; none if it found none, or not `in_time`."""

    axioms: tuple[str, ...]
    in_time: bool


def explain_fact(graph: rdflib.Graph, fact: Triple, *, inferred: frozenset[Triple]) -> Explanation:
    """Return axioms from which a fact follows; of one run of Pellet none can be left out.

    Where Pellet does not see that a fact follows (it does not join a property chain to a
    transitive property), it is given other inferred facts to start from, and then asked for the
    reasons of those that it used.

    Parameters
    ----------
    graph
        The logical part of the completed ontology.
    fact
        Local names; the property may also be `TYPE` or, between classes, `SUBCLASS`.
    inferred
        Everything that the reasoner drew.

    Raises
    ------
    JavaTooOldError
        There is no Java that runs Pellet.
    OntologyError
        Pellet stopped with an error.
    """
    search = _Search(_find_recent_java(), graph, inferred, time.monotonic() + TIME_LIMIT)
    try:
        found = search.explain(fact, frozenset())
    except subprocess.TimeoutExpired:
        return Explanation((), in_time=False)
    return Explanation(tuple(dict.fromkeys(found)), in_time=True)


@dataclass(frozen=True)
class _Search:
    java: str
    graph: rdflib.Graph
    inferred: frozenset[Triple]
    deadline: float

    def explain(self, fact: Triple, asked: frozenset[Triple]) -> tuple[str, ...]:
        """Return the axioms for a fact; `asked` are the facts that this one is to explain."""
        size = 0
        for detour in _DETOURS:
            part = find_part(self.graph, fact, inferred=self.inferred, detour=detour)
            if len(part) == size:
                continue
            size = len(part)
            found = self.ask(part, fact)
            if not found and detour == 0:
                found = self.explain_by_lemmas(fact, asked)
            if found:
                return found
        return ()

    def explain_by_lemmas(self, fact: Triple, asked: frozenset[Triple]) -> tuple[str, ...]:
        asked |= {fact}
        lemmas = find_lemmas(self.graph, fact, inferred=self.inferred) - asked
        helped = self.graph + _to_graph(lemmas)
        via = {term for s, p, o in lemmas if p == fact[1] for term in (s, o)}
        part = find_part(helped, fact, inferred=self.inferred, detour=0, via=via)
        axioms: list[str] = []
        for axiom in self.ask(part, fact):
            step = read_assertion(axiom)
            if step not in lemmas:
                axioms.append(axiom)
            elif found := self.explain(step, asked):
                axioms += found
            else:
                return ()
        return tuple(axioms)

    def ask(self, part: rdflib.Graph, fact: Triple) -> tuple[str, ...]:
        seconds = max(0.0, self.deadline - time.monotonic())
        return _run_pellet(self.java, part, fact, seconds=seconds)


def _to_graph(facts: Iterable[Triple]) -> rdflib.Graph:
    import rdflib

    graph = rdflib.Graph()
    for s, p, o in facts:
        graph.add((find_iri(s), find_iri(p), find_iri(o)))
    return graph


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


def _run_pellet(java: str, part: rdflib.Graph, fact: Triple, *, seconds: float) -> tuple[str, ...]:
    subject, prop, obj = (str(find_iri(name)) for name in fact)
    question = {
        TYPE: ("--instance", f"{subject},{obj}"),
        SUBCLASS: ("--subclass", f"{subject},{obj}"),
    }.get(fact[1], ("--property-value", f"{subject},{prop},{obj}"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "part.owl"
        part.serialize(file, format="xml")
        done = subprocess.run(
            [java, *_JAVA_OPTIONS, "-cp", _find_archives(), *_EXPLAIN, *question, file],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
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
