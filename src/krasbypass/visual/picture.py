"""What the explorer draws of one answer: levels of nodes and edges by phase, drugs, alterations.

The places are in the layout; this says which of them are lit, by what, in each phase.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from krasbypass.answers import Route, RoutesAnswer
from krasbypass.fixpoint import Evaluation
from krasbypass.model import (
    ENGAGED_OFF,
    ENGAGED_ON,
    OCCUPIED,
    PRESENT,
    RELIEF,
    SPARE,
    TISSUE,
    TONE_UNMASKED,
    Level,
    LiteralKind,
    Phase,
    Rule,
    engaged_off,
    engaged_on,
    presence,
)
from krasbypass.network import Network
from krasbypass.routes import find_blocked_nodes
from krasbypass.terms import cite
from krasbypass.visual.labels import find_family, find_kind, find_label, find_title

_HIDDEN = (ENGAGED_OFF, ENGAGED_ON, OCCUPIED, SPARE, TISSUE, TONE_UNMASKED)
Pair = tuple[str, str]
Levels = tuple[Level, ...]


def build_picture(
    network: Network, answer: RoutesAnswer, groups: Sequence[Sequence[Evaluation]]
) -> dict[str, Any]:
    """Return what to draw of `answer`, whose evaluations by clone are `groups`.

    Of several clones or readings the highest level counts, as in the answer.

    Returns
    -------
    dict
        ``nodes`` {node: levels in the three phases}, ``edges`` [source, target, three levels, kind]
        with kind ``driver`` or ``condition``, ``blocked`` {node: [{drug, partial}]}, ``driven``
        {node: [drug]} for drugs that activate, ``tags`` {node: [alteration]}, ``extra`` (nodes
        that only this question has), ``citations`` {evidence id: line}.
    """
    evaluations = [e for group in groups for e in group]
    nodes, edges, conditions = _pool(evaluations)
    _follow_routes(edges, answer)
    blocked, driven = _find_drugs(evaluations)
    tags = _find_tags(evaluations)
    drives = frozenset(source for source, _ in edges)
    _add_needs(evaluations, nodes, drives, conditions)
    touched = {n for n, levels in nodes.items() if len(set(levels)) > 1} | blocked.keys()
    kept = {
        p: v
        for p, v in conditions.items()
        if p not in edges and (p[0] in touched or (p[0] in nodes and p[0] not in drives))
    }
    shown = {n for n, levels in nodes.items() if any(levels)}
    shown |= {*(blocked.keys() & network.targets), *driven, *tags}
    shown |= {n for pair in (*edges, *kept) for n in pair if n in nodes or n in touched}
    shown = {n for n in shown if not n.startswith(_HIDDEN)}
    # A drug is drawn at the protein that was there, not also at what this might have done.
    shown -= {
        n for n in blocked if presence(n) in shown & blocked.keys() and not any(nodes.get(n, _OFF))
    }
    # A protein that is simply there says nothing; one that a drug took away does.
    idle = {n for n in shown if n.startswith((PRESENT, "membrane:")) and n not in touched}
    shown -= idle - tags.keys()
    kinds = (("driver", edges), ("condition", kept))
    drawn = [(pair, v, kind) for kind, found in kinds for pair, v in sorted(found.items())]
    return {
        "nodes": {n: [x.label for x in nodes.get(n, _OFF)] for n in sorted(shown)},
        "edges": [
            [source, target, *map(int, levels), kind]
            for (source, target), levels, kind in drawn
            if source in shown and (target in shown or _is_core(network, target))
        ],
        "blocked": {n: v for n, v in sorted(blocked.items()) if n in shown},
        "driven": {n: v for n, v in sorted(driven.items()) if n in shown},
        "tags": {n: sorted(v) for n, v in sorted(tags.items()) if n in shown},
        "extra": [_describe(network, n) for n in sorted(shown) if _is_extra(network, n)],
        "citations": _cite_all(network, answer),
    }


_OFF = (Level.OFF,) * len(Phase)


def _pool(
    evaluations: Iterable[Evaluation],
) -> tuple[dict[str, Levels], dict[Pair, Levels], dict[Pair, Levels]]:
    """Return the highest levels of nodes, of edges along drivers, and of those of conditions."""
    nodes: dict[str, Levels] = defaultdict(lambda: _OFF)
    edges: dict[Pair, Levels] = defaultdict(lambda: _OFF)
    conditions: dict[Pair, Levels] = defaultdict(lambda: _OFF)
    for evaluation in evaluations:
        for rule in evaluation.rules:
            values = tuple(evaluation.value(rule, phase) for phase in Phase)
            if not any(values):
                continue
            source = rule.source
            if source not in evaluation.scenario.genotype or source.startswith("tone:"):
                edges[source, rule.target] = _higher(edges[source, rule.target], values)
                if source not in nodes:
                    nodes[source] = _levels(evaluation, source)
            nodes[rule.target] = _higher(nodes[rule.target], values)
            for node in _conditions(rule):
                if node in evaluation.scenario.genotype or node == rule.target:
                    continue
                if not _is_spared(evaluation, rule, node, values):
                    conditions[node, rule.target] = _higher(conditions[node, rule.target], values)
    # A condition shows what it supplies, not whether the rule fires in the end.
    needs = {p: nodes.get(p[0], v) for p, v in conditions.items()}
    return dict(nodes), {p: v for p, v in edges.items() if p[0] != p[1]}, needs


def _is_spared(evaluation: Evaluation, rule: Rule, node: str, values: Levels) -> bool:
    """Whether the same step comes about without a node, by another rule, in every phase."""
    return any(
        other.source == rule.source
        and all(evaluation.value(other, p) >= v for p, v in zip(Phase, values, strict=True))
        for other in evaluation.rules
        if other.target == rule.target and all(x.node != node for x in other.literals)
    )


def _add_needs(
    evaluations: Iterable[Evaluation],
    nodes: Mapping[str, Levels],
    drives: frozenset[str],
    conditions: dict[Pair, Levels],
) -> None:
    """Let what fell under the drugs, and drives nothing itself, show all that needs it."""
    fell = {n for n, levels in nodes.items() if levels[1] < levels[0] and n not in drives}
    for evaluation in evaluations:
        for rule in evaluation.rules:
            needed = [x.node for x in rule.literals if x.node in fell and x.node != rule.target]
            if needed and _is_driven(evaluation, rule, fell):
                for node in needed:
                    conditions.setdefault((node, rule.target), nodes[node])


def _is_driven(evaluation: Evaluation, rule: Rule, fell: set[str]) -> bool:
    """Whether all that a rule reads is there in the adapted phase, but for what fell."""
    reliefs = evaluation.relief[Phase.ADAPTED]
    return all(
        reliefs.get(x.node) if x.is_relief else evaluation.level(x.node, Phase.ADAPTED)
        for x in rule.literals
        if x.kind is not LiteralKind.NOT and x.node not in fell
    )


def _conditions(rule: Rule) -> Iterable[str]:
    for literal in rule.literals:
        plain = literal.kind in (LiteralKind.PLAIN, LiteralKind.ANY)
        if plain and literal != rule.driver and not literal.node.startswith(_HIDDEN):
            yield literal.node


def _levels(evaluation: Evaluation, node: str) -> Levels:
    if node.startswith(RELIEF):
        fell = node.removeprefix(RELIEF)
        return tuple(evaluation.relief[p].get(fell, Level.OFF) for p in Phase)
    return tuple(evaluation.level(node, p) for p in Phase)


def _higher(one: Levels, other: Levels) -> Levels:
    return tuple(max(a, b) for a, b in zip(one, other, strict=True))


def _follow_routes(edges: dict[Pair, Levels], answer: RoutesAnswer) -> None:
    """Let edges of the adapted phase show the level of the best route that they are on."""
    on: dict[Pair, Level] = {}
    for routes, level in ((answer.residual, Level.ATTENUATED), (answer.routes, Level.FULL)):
        on.update({(s.source, s.target): level for route in routes for s in route.steps})
    for pair, level in on.items():
        if pair in edges:
            edges[pair] = (*edges[pair][:-1], level)


def _find_drugs(
    evaluations: Iterable[Evaluation],
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[str]]]:
    """Return the drugs that block each node, and those that a node is driven by."""
    blocked: dict[str, dict[str, bool]] = defaultdict(dict)
    driven: dict[str, set[str]] = defaultdict(set)
    for evaluation in evaluations:
        scenario = evaluation.scenario
        for node, drugs in find_blocked_nodes(scenario).items():
            inputs = (engaged_off(node), engaged_on(node))
            for drug in drugs:
                levels = [
                    scenario.treatment.get(i, Level.OFF)
                    for i in inputs
                    if drug in scenario.blame.get(i, ())
                ]
                partial = max(levels, default=Level.OFF) is not Level.FULL
                blocked[node][drug] = blocked[node].get(drug, True) and partial
        for name, drugs in scenario.blame.items():
            if name.startswith(OCCUPIED) and evaluation.level(name):
                fires = {r.target for r in evaluation.rules if r.source == name}
                for target in fires:
                    driven[target] |= set(drugs)
    return (
        {n: [{"drug": d, "partial": p} for d, p in sorted(v.items())] for n, v in blocked.items()},
        {n: sorted(v) for n, v in driven.items()},
    )


def _find_tags(evaluations: Iterable[Evaluation]) -> dict[str, set[str]]:
    """Return the alterations of the tumour at the nodes that they bear on."""
    tags: dict[str, set[str]] = defaultdict(set)
    for evaluation in evaluations:
        genotype = {n for n in evaluation.scenario.genotype if not n.startswith((TISSUE, "tone:"))}
        for rule in evaluation.rules:
            for literal in rule.literals:
                if literal.node in genotype:
                    bears = any(evaluation.value(rule, phase) for phase in Phase)
                    if bears or literal.kind is LiteralKind.NOT:
                        tags[rule.target].add(literal.node)
    return dict(tags)


def _is_core(network: Network, node: str) -> bool:
    """Whether a node is drawn whether it carries signal or not."""
    activity = network.activities.get(node)
    return activity is not None and activity.layer is not None


def _is_extra(network: Network, node: str) -> bool:
    """Whether a node is one of this question alone, so that the layout has no place for it."""
    return not (node in network.targets or node in network.inputs or node.startswith(RELIEF))


def _describe(network: Network, node: str) -> dict[str, Any]:
    """Return a node that only this question has, as the layout describes the others."""
    kind = find_kind(network.knowledge, node)
    family = find_family(network.knowledge, node) if kind == "state" else None
    label = find_label(network.knowledge, node, kind)
    return {
        "id": node,
        "label": label,
        "title": find_title(node, kind),
        "kind": kind,
        "group": family,
    }


def _cite_all(network: Network, answer: RoutesAnswer) -> Mapping[str, str]:
    routes: tuple[Route, ...] = (*answer.routes, *answer.residual)
    ids = {e for route in routes for step in route.steps for e in step.evidence}
    return {e: cite(network.knowledge, e) for e in sorted(ids)}
