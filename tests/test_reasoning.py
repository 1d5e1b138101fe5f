"""The reasoner beside an independent engine, and what a changed ontology does to the graph."""

from __future__ import annotations

from collections import Counter

import pytest

from krasbypass.completion import complete
from krasbypass.reasoning import find_logical_part, find_ontology, load_reasoned, load_turtle
from krasbypass.vocabulary import BASE, Graph

Fact = tuple[str, str, str]
#: What OWL 2 RL does not speak of: self restrictions and the chains over them, the facet of a
#: number, class hierarchies of defined classes; and what only placeholders take part in.
BEYOND_RL = frozenset(
    {
        "bindsOFF",
        "bindsON",
        "cyclesReadily",
        "cyclesSlowly",
        "engages",
        "engagesCompletely",
        "engagesPartially",
        "hasLiteral",
        "drives",
        "subClassOf",
        "type MultiTargetInhibitor",
    }
)


def read_inferred() -> set[Fact]:
    import pyoxigraph

    quads = pyoxigraph.parse(load_reasoned(), format=pyoxigraph.RdfFormat.TRIG)
    return {
        (q.subject.value, q.predicate.value, q.object.value)
        for q in quads
        if q.graph_name.value == Graph.INFERRED and q.object.value.startswith(BASE)
    }


def name(fact: Fact) -> str:
    prop = fact[1].rpartition("/")[2].rpartition("#")[2]
    return f"type {fact[2].removeprefix(BASE)}" if prop == "type" else prop


@pytest.mark.slow
def test_an_independent_rule_engine_agrees() -> None:
    """OWL RL (owlrl, pure Python) finds nothing more, and misses only what it does not cover."""
    import owlrl

    asserted = load_turtle(find_ontology())
    part = find_logical_part(asserted + complete(asserted))
    stated = {(str(s), str(p), str(o)) for s, p, o in part}
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(part)
    closure = {
        (str(s), str(p), str(o))
        for s, p, o in part
        if str(s).startswith(BASE)
        and str(o).startswith(BASE)
        and (str(p).startswith(BASE) or name((str(s), str(p), str(o))).startswith("type "))
    }
    inferred = read_inferred()
    assert closure - inferred - stated == set()
    assert {name(fact) for fact in inferred - closure} <= BEYOND_RL


def test_the_reasoner_draws_what_nobody_wrote() -> None:
    drawn = Counter(map(name, read_inferred()))
    for expected in ("engagesCompletely", "abrogates", "upstreamOf", "type PocketMutation"):
        assert drawn[expected] > 0, expected


def test_nobody_asserts_what_the_reasoner_fills() -> None:
    """Membership of a defined class is inferred, so that no asserted type can hide a lost one."""
    import rdflib

    graph = load_turtle(find_ontology())
    defined = set(graph.subjects(rdflib.OWL.equivalentClass, None))
    assert len(defined) > 25
    asserted = {
        (str(term), str(cls))
        for term, cls in graph.subject_objects(rdflib.RDF.type)
        if cls in defined
    }
    assert asserted == set()
    members = {fact[2] for fact in read_inferred() if name(fact).startswith("type ")}
    assert {str(cls) for cls in defined if str(cls).startswith(BASE)} - members == set()
