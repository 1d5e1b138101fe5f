"""The answer to a question as triples that speak of the terms of the reasoned graph.

The few terms that the ontology does not have stand below ``answer#`` and are declared in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from krasbypass.answers import Route
from krasbypass.export.graph import find_levels
from krasbypass.export.question import Question
from krasbypass.knowledge import Knowledge
from krasbypass.model import RELIEF, Level, Phase
from krasbypass.vocabulary import BASE, C, P

ANSWER = BASE + "answer#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"

_CLASSES = {
    "Answer": "What is open in a tumour under a combination of drugs.",
    "OutputLevels": "Levels of an output, the highest over clones and readings.",
    "NodeLevels": "Levels of a node that is not off in every phase.",
    "Route": "A chain of drivers from a source to an output.",
    "ClosedRoute": "A route that was full at baseline and is not in adapted.",
    "Step": "One rule of a route.",
}
_PROPERTIES = {
    "acute": "Level at once under the drugs.",
    "adapted": "Level after the brakes have lifted.",
    "alteration": "An alteration of the tumour.",
    P.AS_OF.value: "Date of the regulatory facts.",
    "assumption": "What was assumed to answer.",
    "baseline": "Level without drugs.",
    "by": "A drug that closed the route.",
    "closedAt": "The node at which the route fell.",
    "complete": "False where not all routes were enumerated.",
    "course": "stable, or rebounding.",
    "drug": "A drug of the combination.",
    "evidence": "A place in a source that supports the step.",
    "hasClosedRoute": "A route of the answer that closed.",
    "hasNode": "Levels of a node.",
    "hasOutput": "Levels of an output.",
    "hasRoute": "A route of the answer.",
    "hasStep": "A step of the route.",
    "interaction": "The interaction that the rule comes from.",
    "kind": "A kind of the route.",
    "level": "Level of the route: full, or attenuated for a residual one.",
    "node": "The term that a node is.",
    "notation": "A node as answers write it.",
    "notice": "What the answer is not.",
    "ontologyVersion": "Version of the ontology.",
    "output": "The output at which the route ends.",
    "path": "The nodes of the route, in order.",
    "position": "Place of the step in its route, from 1.",
    "rule": "The rule of the step.",
    "source": "Where the step starts.",
    "target": "Where the step ends.",
    "timing": "immediate or adaptive.",
    "tissue": "The tissue of the tumour.",
}


def build_answer_triples(question: Question) -> set[Any]:
    """Return the answer as triples of pyoxigraph.

    The IRI of the answer is made from the question and the version of the ontology.
    """
    return set(_Writer(question).write())


class _Writer:
    def __init__(self, question: Question) -> None:
        import pyoxigraph

        self.ox = pyoxigraph
        self.question, self.answer = question, question.answer
        self.knowledge = question.network.knowledge
        self.terms = _find_terms(self.knowledge)
        answer = self.answer
        switched = [f"{name}={on}" for name, on in question.network.hypotheses]
        parts = ("|".join(p) for p in (answer.alterations, answer.drugs, switched))
        asked = "\n".join((answer.ontology_version, answer.tissue, *parts))
        clones = repr(question.tumour.clones) if len(question.tumour.clones) > 1 else ""
        digest = hashlib.sha256(f"{asked}\n{clones}".encode()).hexdigest()[:16]
        self.root = f"{BASE}answer/{digest}"

    def write(self) -> Iterator[Any]:
        answer = self.answer
        yield from self.declare()
        yield self.of_type(self.root, "Answer")
        yield from self.name_term(self.root, "tissue", answer.tissue)
        for node in answer.alterations:
            yield from self.name_term(self.root, "alteration", node)
        for drug in answer.drugs:
            yield self.link(self.root, "drug", name_iri(self.knowledge.drugs[drug].id))
        for note in answer.assumptions:
            yield self.say(self.root, "assumption", note)
        yield self.say(self.root, "complete", answer.complete)
        yield self.say(self.root, "ontologyVersion", answer.ontology_version)
        yield self.say(self.root, P.AS_OF.value, answer.as_of)
        yield self.say(self.root, "notice", answer.notice)
        for name, levels in answer.outputs.items():
            here = f"{self.root}/output/{quote(name, safe='')}"
            found = {phase: levels.level(phase) for phase in Phase}
            yield from self.write_levels(here, "OutputLevels", "hasOutput", name, found)
            yield self.say(here, "course", levels.course)
        yield from self.write_nodes()
        for number, route in enumerate((*answer.routes, *answer.residual), start=1):
            yield from self.write_route(f"{self.root}/route/{number}", route)
        for number, closed in enumerate(answer.closed, start=1):
            here = f"{self.root}/closed/{number}"
            yield self.link(self.root, "hasClosedRoute", here)
            yield self.of_type(here, "ClosedRoute")
            yield from self.name_term(here, "output", closed.output)
            yield self.say(here, "path", " > ".join(closed.nodes))
            yield self.say(here, "closedAt", closed.closed_at)
            for drug in closed.by:
                yield self.link(here, "by", name_iri(self.knowledge.drugs[drug].id))

    def write_nodes(self) -> Iterator[Any]:
        evaluation = self.question.evaluation
        reliefs = {f"{RELIEF}{node}" for node in evaluation.relief[Phase.ADAPTED]}
        read = {f"{RELIEF}{x.node}" for r in evaluation.rules for x in r.literals if x.is_relief}
        nodes = {node for levels in evaluation.levels.values() for node in levels}
        for node in sorted(nodes | (reliefs & read)):
            here = f"{self.root}/node/{quote(node, safe='')}"
            levels = find_levels(evaluation, node)
            yield from self.write_levels(here, "NodeLevels", "hasNode", node, levels)

    def write_levels(
        self, here: str, kind: str, link: str, node: str, levels: Mapping[Phase, Level]
    ) -> Iterator[Any]:
        yield self.link(self.root, link, here)
        yield self.of_type(here, kind)
        yield self.say(here, "notation", node)
        if node in self.terms:
            yield self.link(here, "node", self.terms[node])
        for phase, level in levels.items():
            yield self.link(here, phase.value, BASE + level.label)

    def write_route(self, here: str, route: Route) -> Iterator[Any]:
        yield self.link(self.root, "hasRoute", here)
        yield self.of_type(here, "Route")
        yield from self.name_term(here, "output", route.output)
        yield self.link(here, "level", BASE + route.level.label)
        yield self.say(here, "path", " > ".join(route.nodes))
        yield self.say(here, "timing", route.timing)
        for kind in route.kinds:
            yield self.say(here, "kind", kind)
        for number, step in enumerate(route.steps, start=1):
            at = f"{here}/step/{number}"
            yield self.link(here, "hasStep", at)
            yield self.of_type(at, "Step")
            yield self.say(at, "position", number)
            yield from self.name_term(at, "source", step.source)
            yield from self.name_term(at, "target", step.target)
            yield self.say(at, "rule", step.rule)
            yield self.link(at, "interaction", name_iri(step.interaction))
            for evidence in step.evidence:
                yield self.link(at, "evidence", name_iri(evidence))

    # -- triples --------------------------------------------------------------------------------

    def declare(self) -> Iterator[Any]:
        """Yield labels and comments of the terms below ``answer#``."""
        for kind, terms in ((_RDFS + "Class", _CLASSES), (_RDF + "Property", _PROPERTIES)):
            for name, comment in terms.items():
                subject = self.ox.NamedNode(ANSWER + name)
                for prop, value in (
                    (_RDF + "type", self.ox.NamedNode(kind)),
                    (_RDFS + "label", self.ox.Literal(name)),
                    (_RDFS + "comment", self.ox.Literal(comment)),
                ):
                    yield self.ox.Triple(subject, self.ox.NamedNode(prop), value)

    def of_type(self, subject: str, name: str) -> Any:
        iri = self.ox.NamedNode
        return self.ox.Triple(iri(subject), iri(_RDF + "type"), iri(ANSWER + name))

    def link(self, subject: str, prop: str, target: str) -> Any:
        iri = self.ox.NamedNode
        return self.ox.Triple(iri(subject), iri(ANSWER + prop), iri(target))

    def say(self, subject: str, prop: str, value: str | int | bool) -> Any:
        iri = self.ox.NamedNode
        literal = self.ox.Literal(value)
        return self.ox.Triple(iri(subject), iri(ANSWER + prop), literal)

    def name_term(self, subject: str, prop: str, node: str) -> Iterator[Any]:
        """Link to the term of a node; say the notation of one that has none."""
        if node in self.terms:
            yield self.link(subject, prop, self.terms[node])
        else:
            yield self.say(subject, prop, node)


def name_iri(term: str) -> str:
    """Return the IRI of a term of the ontology, or of a network of one's own.

    >>> name_iri("own/EGFR x/1")
    'https://w3id.org/krasbypass/own/EGFR%20x/1'
    """
    return BASE + quote(term, safe="/:+-._~")


def _find_terms(knowledge: Knowledge) -> dict[str, str]:
    """Return the IRI of each node that is a term, and of each tissue."""
    kinds = (C.TONE, C.CONTEXT, C.ALTERATION, C.ACTIVITY)
    found = {knowledge.node(t): name_iri(t) for kind in kinds for t in knowledge.instances(kind)}
    return {**{name: name_iri(t.id) for name, t in knowledge.tissues.items()}, **found}
