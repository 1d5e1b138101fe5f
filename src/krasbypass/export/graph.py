"""The network, or what a scenario makes of it, as a graph of nodes and signed edges.

GraphML, CX2 and SIF are written from it. An edge is one literal of a rule, so that conditions show;
that the literals of one rule hold together stands in the attribute `rules` of its target.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from krasbypass.alleles import state_node
from krasbypass.answers import RoutesAnswer
from krasbypass.export.question import Question, describe_levels
from krasbypass.fixpoint import Evaluation
from krasbypass.knowledge import Knowledge
from krasbypass.model import (
    ENGAGED_OFF,
    ENGAGED_ON,
    OCCUPIED,
    RELIEF,
    SPARE,
    Interaction,
    Level,
    Literal,
    LiteralKind,
    Phase,
    Rule,
    occupied,
)
from krasbypass.network import Network
from krasbypass.terms import cite
from krasbypass.vocabulary import BASE, C, P

if TYPE_CHECKING:
    import networkx as nx

#: What separates the values of one attribute.
SEPARATOR = "; "
DRUG = "drug:"
#: Inputs that stand for drugs; the graph has the drugs themselves.
_OF_DRUGS = (ENGAGED_OFF, ENGAGED_ON, SPARE)
_WORDS = {Level.FULL: "complete", Level.ATTENUATED: "partial"}
ACTIVATES, INHIBITS = "activates", "inhibits"
#: How an edge may lie on routes, the weightiest first.
ON_ROUTES = ("open", "residual", "closed")

Attributes = dict[str, Any]


def build_export_graph(network: Network, question: Question | None = None) -> nx.MultiDiGraph[str]:
    """Return nodes and signed edges with all that is known of them as plain attributes.

    Attributes are texts and whole numbers; what is not known is left out. Under a question nodes
    that are off in every phase are left out, too.
    """
    import networkx as nx

    builder = _Builder(network, question)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    edges = sorted(builder.edges(), key=lambda edge: edge[2])
    touched = {node for source, target, _, _ in edges for node in (source, target)}
    for node in sorted(touched | builder.nodes):
        graph.add_node(node, **builder.describe_node(node))
    for source, target, key, attributes in edges:
        graph.add_edge(source, target, key=key, **attributes)
    return graph


class _Builder:
    def __init__(self, network: Network, question: Question | None) -> None:
        self.network, self.knowledge = network, network.knowledge
        self.evaluation = question.evaluation if question else None
        self.rules = self.evaluation.rules if self.evaluation else network.rules
        self.interactions = {i.id: i for i in self.knowledge.interactions}
        self.marks = _Marks(question.answer) if question else None
        self.derived = {rule.target for rule in self.rules}
        self.rules_of: dict[str, list[Rule]] = {}
        for rule in self.rules:
            self.rules_of.setdefault(rule.target, []).append(rule)
        self.states = self.find_states()
        self.engagements = self.find_engagements()
        self.nodes = self.find_nodes()

    def find_states(self) -> frozenset[str]:
        """Return the nodes that are states of alleles."""
        known = {a.node for a in self.network.activities.values() if self.is_state(a.id)}
        alleles = self.evaluation.scenario.alleles if self.evaluation else ()
        return frozenset(known | {state_node(allele) for allele in alleles})

    def is_state(self, term: str) -> bool:
        return C.ACTIVE_STATE in self.knowledge.classes(term)

    def find_nodes(self) -> frozenset[str]:
        """Return the nodes to show even if no edge touches them."""
        if self.evaluation is None:
            return frozenset(self.derived)
        evaluation, scenario = self.evaluation, self.evaluation.scenario
        live = {n for levels in evaluation.levels.values() for n, level in levels.items() if level}
        read = {lit.node for rule in self.rules for lit in rule.literals if lit.is_relief}
        relieved = {RELIEF + n for n in evaluation.relief[Phase.ADAPTED] if n in read}
        drugs = {DRUG + name for name in scenario.drugs}
        hit = {node for _, node, _ in self.engagements if node in self.derived}
        shown = {n for n in live if not n.startswith(_OF_DRUGS)} | set(self.network.outputs)
        return frozenset(shown | relieved | drugs | hit | set(scenario.alterations))

    # -- edges ----------------------------------------------------------------------------------

    def edges(self) -> Iterator[tuple[str, str, str, Attributes]]:
        """Yield (source, target, key, attributes)."""
        reliefs: set[str] = set()
        for rule in self.rules:
            for number, literal in enumerate(rule.literals):
                source = f"{RELIEF}{literal.node}" if literal.is_relief else literal.node
                if source.startswith(_OF_DRUGS) or self.is_hidden(source, rule.target):
                    continue
                if literal.is_relief:
                    reliefs.add(literal.node)
                yield (
                    source,
                    rule.target,
                    f"{rule.id}#{number + 1}",
                    self.describe_edge(rule, literal, source),
                )
        for node in sorted(reliefs):
            if not self.is_hidden(node, RELIEF + node):
                text = f"{RELIEF}{node} is how far {node} fell"
                sign = _describe_sign(INHIBITS) | {"role": "relief", "label": text}
                yield node, RELIEF + node, f"{RELIEF}{node}", sign
        for drug, node, attributes in self.engagements:
            if node in self.derived or node.startswith(OCCUPIED):
                key = f"{DRUG}{drug}>{node}"
                yield DRUG + drug, node, key, attributes

    def is_hidden(self, *nodes: str) -> bool:
        return self.evaluation is not None and not self.nodes.issuperset(nodes)

    def describe_edge(self, rule: Rule, literal: Literal, source: str) -> Attributes:
        """Return what an edge says: its sign, its rule, and the evidence of its interaction."""
        negated = literal.kind is LiteralKind.NOT
        found: Attributes = _describe_sign(INHIBITS if negated else ACTIVATES)
        found |= {
            "role": "driver" if literal == rule.driver else "condition",
            "rule": rule.id,
            "literal": str(literal),
            "statement": str(rule),
            "strength": rule.strength.label,
        }
        interaction = self.interactions.get(rule.interaction)
        if interaction is not None:
            found |= self.describe_interaction(interaction)
        if self.evaluation is not None and self.marks is not None:
            found |= describe_levels({p: self.evaluation.value(rule, p) for p in Phase})
            found |= self.marks.of_edge(rule, source)
        return found

    def describe_interaction(self, interaction: Interaction) -> Attributes:
        knowledge = self.knowledge
        evidence = [e for e in interaction.evidence if e in knowledge.evidence]
        sources = [knowledge.evidence[e].source for e in evidence]
        references = [
            f"{prefix}:{value}"
            for source in sources
            for prefix, prop in (("pmid", P.PMID), ("doi", P.DOI))
            for value in knowledge.values(source, prop)
        ]
        hypothesis = interaction.hypothesis
        return _join(
            {
                "interaction_term": BASE + interaction.id,
                "label": interaction.label,
                "evidence": evidence,
                "evidence_kinds": (knowledge.evidence[e].kind for e in evidence),
                "references": references,
                "citations": (cite(knowledge, e) for e in evidence),
                "disputed": interaction.disputed,
                "hypothesis": [knowledge.node(hypothesis)] if hypothesis else [],
            }
        )

    # -- drugs ----------------------------------------------------------------------------------

    def find_engagements(self) -> list[tuple[str, str, Attributes]]:
        """Return (drug, node, attributes of the edge): what the drugs do in this tumour, or can."""
        if self.evaluation is None:
            return list(self.find_possible_engagements())
        scenario = self.evaluation.scenario
        found: dict[tuple[str, str], Attributes] = {}
        for name in sorted(scenario.blame):
            prefix, _, node = name.partition(":")
            level = scenario.treatment.get(name, Level.OFF)
            if f"{prefix}:" == SPARE or not level:
                continue
            for drug in scenario.blame[name]:
                if prefix == "occupied":
                    found[drug, name] = _describe_engagement(ACTIVATES, level, "")
                else:
                    form = "OFF" if prefix == "engaged_off" else ""
                    found[drug, node] = _describe_engagement(INHIBITS, level, form)
        return [(drug, node, found[drug, node]) for drug, node in sorted(found)]

    def find_possible_engagements(self) -> Iterator[tuple[str, str, Attributes]]:
        alleles = frozenset(self.knowledge.instances(C.RAS_ALLELE))
        for drug in sorted(self.knowledge.drugs.values(), key=lambda drug: drug.name):
            if drug.generic:
                continue
            form = "OFF" if drug.binds_off_only else ""
            for key, level in drug.engages:
                node = key
                if key in alleles:
                    node = self.knowledge.node(key).replace(":", ".") + ".GTP"
                yield drug.name, node, _describe_engagement(INHIBITS, level, form)
            for node in drug.occupies:
                yield drug.name, occupied(node), _describe_engagement(ACTIVATES, Level.FULL, "")

    # -- nodes ----------------------------------------------------------------------------------

    def describe_node(self, node: str) -> Attributes:
        """Return what a node says: its role, genes, term and rules, and its levels."""
        if node.startswith(DRUG):
            return self.describe_drug(node.removeprefix(DRUG))
        knowledge = self.knowledge
        activity = self.network.activities.get(node)
        alteration = knowledge.alterations.get(node)
        term = activity.id if activity else alteration.id if alteration else None
        genes = activity.genes if activity else (alteration.gene,) if alteration else ()
        rules = sorted(self.rules_of.get(node, ()), key=lambda rule: rule.id)
        found: Attributes = {"label": find_label(self.network, node)}
        found["role"] = self.find_role(node)
        found |= _join(
            {
                "term": [BASE + term] if term else [],
                "genes": map(knowledge.label, genes),
                "hgnc": (h for gene in genes for h in knowledge.values(gene, P.HGNC)),
            }
        )
        if activity is not None and activity.layer is not None:
            found["layer"] = activity.layer
        if rules:
            found["rules"] = "\n".join(f"{rule.id}: {rule}" for rule in rules)
        if self.evaluation is not None and self.marks is not None:
            found |= describe_levels(find_levels(self.evaluation, node)) | self.marks.of_node(node)
            if node in self.evaluation.course:
                found["course"] = self.evaluation.course[node]
        return found

    def describe_drug(self, name: str) -> Attributes:
        drug = self.knowledge.drugs[name]
        found = {"label": name, "role": "drug"}
        found |= _join(
            {
                "term": [BASE + drug.id],
                "mechanism": [drug.mechanism],
                "stage": [drug.stage],
                "synonyms": drug.names,
            }
        )
        if self.evaluation is not None:
            lost = self.evaluation.scenario.lost
            places = [f"{node or 'everywhere'} ({by})" for d, node, by in lost if d == name]
            found |= _join({"binding_lost": places})
        return found

    def find_role(self, node: str) -> str:
        """Return what a node is: one word."""
        prefix, colon, _ = node.partition(":")
        if node in self.states:
            return "state"
        if colon and prefix in ("relief", "tone", "tissue", "context", "occupied", "present"):
            return {"occupied": "occupancy", "present": "presence"}.get(prefix, prefix)
        activity = self.network.activities.get(node)
        if activity is None:
            return "activity" if node in self.derived else "alteration"
        if activity.is_output:
            return "output"
        receptor = any(C.RECEPTOR in self.knowledge.classes(gene) for gene in activity.genes)
        return "receptor" if receptor else "activity"


class _Marks:
    """On which routes of an answer edges and nodes lie."""

    def __init__(self, answer: RoutesAnswer) -> None:
        self.rules: dict[str, dict[tuple[str, str], set[str]]] = {}
        self.pairs: dict[str, set[tuple[str, str]]] = {}
        for name, routes in (("open", answer.routes), ("residual", answer.residual)):
            steps = [step for route in routes for step in route.steps]
            self.pairs[name] = {(step.source, step.target) for step in steps}
            found: dict[tuple[str, str], set[str]] = {}
            for step in steps:
                found.setdefault((step.source, step.target), set()).add(step.rule)
            self.rules[name] = found
        self.pairs["closed"] = {
            pair
            for route in answer.closed
            for before, after in pairwise(route.nodes)
            for pair in product(before.split("|"), after.split("|"))
        }

    def of_edge(self, rule: Rule, source: str) -> dict[str, str]:
        """Return the weightiest mark of a rule's driver edge, none for a condition."""
        if source != rule.source:
            return {}
        pair = (source, rule.target)
        for name in ("open", "residual"):
            if rule.id in self.rules[name].get(pair, ()):
                return {"route": name}
        return {"route": "closed"} if pair in self.pairs["closed"] else {}

    def of_node(self, node: str) -> dict[str, str]:
        """Return the weightiest mark of a node."""
        for name in ON_ROUTES:
            if any(node in pair for pair in self.pairs[name]):
                return {"route": name}
        return {}


def find_levels(evaluation: Evaluation, node: str) -> Mapping[Phase, Level]:
    """Return the levels of a node, or of a relief, in the three phases."""
    if node.startswith(RELIEF):
        fallen = node.removeprefix(RELIEF)
        return {p: evaluation.relief[p].get(fallen, Level.OFF) for p in Phase}
    return {p: evaluation.level(node, p) for p in Phase}


def find_label(network: Network, node: str) -> str:
    """Return how a node is written for reading."""
    activity = network.activities.get(node)
    prefix, _, rest = node.partition(":")
    if activity is not None:
        return activity.label
    return {RELIEF: f"relief of {rest}", "tone:": f"{rest} tone"}.get(f"{prefix}:", node)


def find_genes(knowledge: Knowledge, network: Network, node: str) -> tuple[str, ...]:
    """Return the HGNC identifiers of the genes that a node is an activity, or a change, of."""
    activity, alteration = network.activities.get(node), knowledge.alterations.get(node)
    genes = activity.genes if activity else (alteration.gene,) if alteration else ()
    return tuple(dict.fromkeys(h for gene in genes for h in knowledge.values(gene, P.HGNC)))


def _describe_sign(relation: str) -> Attributes:
    return {"interaction": relation, "sign": 1 if relation == ACTIVATES else -1}


def _describe_engagement(relation: str, level: Level, form: str) -> Attributes:
    found = _describe_sign(relation) | {"role": "drug", "engagement": _WORDS[level]}
    return found | ({"form": form} if form else {})


def _join(values: Mapping[str, str | Iterable[str]]) -> Attributes:
    """Return each value as one text, repeats and empty ones left out."""
    found: Attributes = {}
    for name, value in values.items():
        parts = [value] if isinstance(value, str) else list(dict.fromkeys(value))
        text = SEPARATOR.join(part for part in parts if part)
        if text:
            found[name] = text
    return found
