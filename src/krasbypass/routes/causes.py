"""Why a route is open, and which drug made a rule fall."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

from krasbypass.alleles import state_node
from krasbypass.fixpoint import Evaluation
from krasbypass.knowledge import Knowledge
from krasbypass.model import OCCUPIED, Alteration, Literal, LiteralKind, Phase, Rule
from krasbypass.tumour import Kind
from krasbypass.vocabulary import C, P

#: Kinds of routes, main kind first.
KINDS = (
    "on-target",
    "other-ras",
    "upstream",
    "downstream",
    "parallel",
    "cell-cycle",
    "phenotypic",
    "immune",
)


class RouteClassifier:
    """Sorts the routes of one evaluation into kinds."""

    def __init__(self, knowledge: Knowledge, evaluation: Evaluation) -> None:
        self.knowledge = knowledge
        self.evaluation = evaluation
        self.mutant_states = {state_node(a): a for a in evaluation.scenario.alleles}
        self.wild_types = {
            knowledge.node(s)
            for t in knowledge.instances(C.WILD_TYPE_ALLELE)
            for s in knowledge.values(t, P.HAS_STATE)
        }

    def classify(
        self, output: str, rules: tuple[Rule, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the kinds of a route, main one first, and details of an on-target one."""
        nodes = (rules[0].source, *(rule.target for rule in rules))
        kinds: set[str] = set()
        details: set[str] = set()
        for before, node in pairwise(nodes):
            allele = self.mutant_states.get(node)
            if allele is not None and self.knowledge.genes[allele.gene].primary:
                kinds.add("on-target")
                details |= self.on_target_details(node, before, nodes[0])
            elif allele is not None or node in self.wild_types:
                kinds.add("other-ras")
        through_ras = bool(kinds)
        classes = self.source_classes(nodes[0])
        if C.UPSTREAM_COMPONENT in classes:
            kinds.add("upstream")
        if C.DOWNSTREAM_COMPONENT in classes:
            kinds.add("downstream")
        end = self.knowledge.activities[output].route_kind
        if end is not None:
            kinds.add(end)
        elif not through_ras and "downstream" not in kinds:
            kinds.add("parallel")
        return tuple(k for k in KINDS if k in kinds), tuple(sorted(details))

    def source_classes(self, node: str) -> frozenset[str]:
        """Return the classes of the genes at which a route starts."""
        if node in self.knowledge.alterations:
            genes: tuple[str, ...] = (self.knowledge.alterations[node].gene,)
        else:
            occupied = node.removeprefix(OCCUPIED) if node.startswith(OCCUPIED) else ""
            activity = self.knowledge.activities.get(occupied)
            genes = activity.genes if activity is not None else ()
        return frozenset(c for g in genes for c in self.knowledge.classes(g))

    def on_target_details(self, state: str, before: str, source: str) -> set[str]:
        """Return why a mutant allele signals although it may be drugged."""
        allele = self.mutant_states[state]
        lost = self.evaluation.scenario.lost
        details = {"binding-site" for loss in lost if loss.node == state}
        details |= {"exposure" for x in lost if not x.node and self.aims_at(x.drug, allele)}
        alteration = self.knowledge.alterations.get(source)
        if alteration is not None and (alteration.kind, alteration.gene) == (Kind.AMP, allele.gene):
            details.add("dosage")
        elif before != source:
            details.add("re-loaded")
        if not details and state in self.untouched_states:
            details.add("other-allele")
        return details

    def aims_at(self, drug: str, allele: Alteration) -> bool:
        """Whether a drug would engage an allele, were all of it there and its binding whole."""
        return not {key for key, _ in self.knowledge.drugs[drug].engages}.isdisjoint(allele.parts)

    @cached_property
    def untouched_states(self) -> frozenset[str]:
        """Mutant states that none of the drugs engages although one aims at some allele."""
        scenario = self.evaluation.scenario
        aimed = any(
            C.RAS_ALLELE in self.knowledge.classes(key)
            for name in scenario.drugs
            for key, _ in self.knowledge.drugs[name].engages
        )
        blocked = {name.partition(":")[2] for name in scenario.treatment}
        return frozenset(self.mutant_states) - blocked if aimed else frozenset()


def find_culprits(
    evaluation: Evaluation, rule: Rule, *, seen: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Return the drugs that made a rule fall since baseline, through its conditions if need be."""
    found: set[str] = set()
    for literal in rule.literals:
        node = literal.node
        if literal.is_relief or node in seen or not _has_fallen(evaluation, literal):
            continue
        if node in evaluation.scenario.blame:
            found.update(evaluation.scenario.blame[node])
            continue
        for other in evaluation.rules:
            if other.target == node and evaluation.value(other) < evaluation.value(
                other, Phase.BASELINE
            ):
                found.update(find_culprits(evaluation, other, seen=seen | {node}))
    return tuple(sorted(found))


def _has_fallen(evaluation: Evaluation, literal: Literal) -> bool:
    before = evaluation.level(literal.node, Phase.BASELINE)
    now = evaluation.level(literal.node)
    return now > before if literal.kind is LiteralKind.NOT else now < before
