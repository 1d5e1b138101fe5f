"""Chains of drivers in one evaluation: enumerated, classified and folded into routes.

The derivations of a phase are a networkx graph whose edges are the rules that fire; routes are its
simple paths from a live source to an output.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from krasbypass.answers import ClosedRoute, Route, Step
from krasbypass.fixpoint import Evaluation
from krasbypass.knowledge import Knowledge
from krasbypass.model import OCCUPIED, RELIEF, Level, Phase, Rule
from krasbypass.network import build_driver_graph
from krasbypass.routes.causes import RouteClassifier, find_culprits

if TYPE_CHECKING:
    import networkx as nx

IMMEDIATE, ADAPTIVE = "immediate", "adaptive"
#: Paths looked at for each output, and nodes a path may have, before an answer is incomplete.
MAX_PATHS, MAX_NODES = 5000, 24


def build_derivation_graph(evaluation: Evaluation, phase: Phase) -> nx.DiGraph[str]:
    """Return the rules that fire in a phase as a networkx graph over their drivers.

    Of parallel rules between two nodes the strongest stands; each edge carries its rule and the
    level that the rule gives.
    """
    import networkx as nx

    firing = [rule for rule in evaluation.rules if evaluation.value(rule, phase)]
    graph: nx.DiGraph[str] = nx.DiGraph()
    for source, target, data in build_driver_graph(firing).edges(data=True):
        rule: Rule = data["rule"]
        others = sum(evaluation.value(rule, other) for other in Phase)
        rank = (evaluation.value(rule, phase), rule.driver.is_threshold, others, rule.id)
        old = graph.get_edge_data(source, target)
        if old is None or rank > old["rank"]:
            graph.add_edge(source, target, rule=rule, rank=rank)
    return graph


def route_level(evaluation: Evaluation, rules: Iterable[Rule], phase: Phase) -> Level:
    """Return the lowest rule value after the last threshold driver."""
    level = Level.FULL
    for rule in rules:
        value = evaluation.value(rule, phase)
        level = value if rule.driver.is_threshold else min(level, value)
        if not value:
            return Level.OFF
    return level


class _Chain(NamedTuple):
    """A path through the derivations: the rules from a source to an output."""

    output: str
    rules: tuple[Rule, ...]


class _OpenShape(NamedTuple):
    """What routes that differ only in members of a class have in common."""

    output: str
    level: Level
    timing: str
    kinds: tuple[str, ...]
    details: tuple[str, ...]
    steps: tuple[str, ...]


class _ClosedShape(NamedTuple):
    """As `_OpenShape`; `fall` is the position of the step whose value fell."""

    output: str
    fall: int
    by: tuple[str, ...]
    level: Level
    steps: tuple[str, ...]


class RouteFinder:
    """Enumerates, classifies and folds the routes of one evaluation."""

    def __init__(self, knowledge: Knowledge, evaluation: Evaluation) -> None:
        self.knowledge = knowledge
        self.evaluation = evaluation
        self.interactions = {i.id: i for i in knowledge.interactions}
        self.classifier = RouteClassifier(knowledge, evaluation)
        self.complete = True

    def find_open(self, outputs: Iterable[str]) -> list[Route]:
        """Return the folded routes of the adapted phase, by output, level, length."""
        groups: dict[_OpenShape, list[tuple[Rule, ...]]] = defaultdict(list)
        for output, rules in self.chains(Phase.ADAPTED, outputs):
            shape = self.open_shape(output, rules)
            if shape.level:
                groups[shape].append(rules)
        routes = [
            self.fold(shape, block)
            for shape, chains in groups.items()
            for block in self.split_into_blocks(chains)
        ]
        order = {output: i for i, output in enumerate(self.knowledge.outputs)}
        return sorted(routes, key=lambda r: (order[r.output], -r.level, len(r.nodes), r.nodes))

    def find_shortest(self, output: str, starts: Iterable[str]) -> Route | None:
        """Return a shortest route at the level of `output`, from one of `starts` if there is one.

        Otherwise from any live source; None if the output is off.
        """
        import networkx as nx

        level = self.evaluation.level(output)
        graph = build_derivation_graph(self.evaluation, Phase.ADAPTED)
        if not level or output not in graph:
            return None
        held = nx.subgraph_view(
            graph, filter_edge=lambda a, b: graph.edges[a, b]["rank"][0] >= level
        )
        own = {n for n in starts if n in graph}
        sources = {n for n in graph if self.is_source(n)}
        for part, allowed in ((held, own), (graph, own), (held, sources), (graph, sources)):
            paths = nx.multi_source_dijkstra_path(part, allowed) if allowed else {}
            if len(paths.get(output, ())) > 1:
                rules = tuple(part.edges[e]["rule"] for e in pairwise(paths[output]))
                return self.fold(self.open_shape(output, rules), [rules])
        return None

    def open_shape(self, output: str, rules: tuple[Rule, ...]) -> _OpenShape:
        """Return what routes are folded by."""
        level = route_level(self.evaluation, rules, Phase.ADAPTED)
        acute = route_level(self.evaluation, rules, Phase.ACUTE)
        timing = IMMEDIATE if acute >= level else ADAPTIVE
        kinds, details = self.classifier.classify(output, rules)
        return _OpenShape(output, level, timing, kinds, details, self.steps_shape(rules))

    def find_closed(self, outputs: Iterable[str]) -> list[ClosedRoute]:
        """Return the folded routes that were full at baseline and are not in adapted."""
        if not self.evaluation.scenario.drugs:
            return []
        groups: dict[_ClosedShape, list[tuple[Rule, ...]]] = defaultdict(list)
        now = build_derivation_graph(self.evaluation, Phase.ADAPTED)
        for output, rules in self.chains(Phase.BASELINE, outputs):
            before = route_level(self.evaluation, rules, Phase.BASELINE)
            level = self.level_along(now, rules)
            if before is Level.FULL and level is not Level.FULL:
                fall = next(
                    i
                    for i, rule in enumerate(rules)
                    if self.evaluation.value(rule) < self.evaluation.value(rule, Phase.BASELINE)
                )
                by = find_culprits(self.evaluation, rules[fall])
                shape = _ClosedShape(output, fall, by, level, self.steps_shape(rules))
                groups[shape].append(rules)
        closed = []
        for shape, chains in groups.items():
            for block in self.split_into_blocks(chains):
                nodes = self.fold_nodes(block)
                at = nodes[shape.fall + 1]
                closed.append(ClosedRoute(shape.output, nodes, at, shape.by, shape.level))
        return sorted(closed, key=lambda c: (c.output, len(c.nodes), c.nodes))

    def level_along(self, graph: nx.DiGraph[str], rules: tuple[Rule, ...]) -> Level:
        """Return the level now of the way that `rules` took, by whatever rules it has now."""
        edges = [(rule.source, rule.target) for rule in rules]
        if not all(graph.has_edge(*edge) for edge in edges):
            return Level.OFF
        return route_level(self.evaluation, (graph.edges[e]["rule"] for e in edges), Phase.ADAPTED)

    def chains(self, phase: Phase, outputs: Iterable[str]) -> Iterator[_Chain]:
        """Yield the simple paths from live sources to outputs, up to the bound."""
        import networkx as nx

        graph = build_derivation_graph(self.evaluation, phase)
        for output in outputs:
            if output not in graph:
                continue
            part = graph.subgraph(nx.ancestors(graph, output) | {output})
            sources = sorted(node for node in part if self.is_source(node))
            paths = chain.from_iterable(
                nx.all_simple_paths(part, source, output, cutoff=MAX_NODES) for source in sources
            )
            for count, nodes in enumerate(paths, start=1):
                if count > MAX_PATHS:
                    self.complete = False
                    break
                if not any(map(self.is_source, nodes[1:])):
                    yield _Chain(output, tuple(part.edges[e]["rule"] for e in pairwise(nodes)))

    def is_source(self, node: str) -> bool:
        """Whether a node is an alteration, a context, tone, a relief or a drug."""
        return node.startswith((RELIEF, OCCUPIED)) or node in self.evaluation.scenario.genotype

    def steps_shape(self, rules: tuple[Rule, ...]) -> tuple[str, ...]:
        """Return what parallel members have in common at each step.

        Members of a class share the interaction that was stated for each of them, rebounding
        receptors their rebound, and members of a family, such as isoforms, the family.
        """
        return tuple(map(self._shape, rules))

    def _shape(self, rule: Rule) -> str:
        interaction = self.interactions[rule.interaction]
        families = self.knowledge.families
        if interaction.rebound:
            return "rebound"
        if interaction.for_each is None and {rule.source, rule.target} & families.keys():
            ends = (families.get(node, node) for node in (rule.source, rule.target))
            return " to ".join(ends)
        return rule.interaction

    def fold(self, shape: _OpenShape, chains: list[tuple[Rule, ...]]) -> Route:
        """Return parallel chains as one route."""
        steps = [self.step(rule) for position in zip(*chains, strict=True) for rule in position]
        return Route(
            output=shape.output,
            level=shape.level,
            nodes=self.fold_nodes(chains),
            kinds=shape.kinds,
            details=shape.details,
            timing=shape.timing,
            steps=tuple(dict.fromkeys(steps)),
        )

    def split_into_blocks(self, chains: list[tuple[Rule, ...]]) -> list[list[tuple[Rule, ...]]]:
        """Split chains until each block holds every way through its folded positions.

        A block that lacked one would show a route that does not exist at its level.
        """
        columns = [sorted(set(names)) for names in zip(*map(self.names, chains), strict=True)]
        if len({self.names(c) for c in chains}) == prod(map(len, columns)):
            return [chains]
        at = next(i for i, names in enumerate(columns) if len(names) > 1)
        parts = ([c for c in chains if self.names(c)[at] == name] for name in columns[at])
        return [block for part in parts for block in self.split_into_blocks(part)]

    def fold_nodes(self, chains: list[tuple[Rule, ...]]) -> tuple[str, ...]:
        """Return the nodes of parallel chains, those at one position joined by ``|``."""
        positions = zip(*(self.names(rules) for rules in chains), strict=True)
        return tuple("|".join(sorted(set(names))) for names in positions)

    def names(self, rules: tuple[Rule, ...]) -> tuple[str, ...]:
        """Return the nodes of a chain; a drug that starts one stands by its name."""
        first = rules[0].source
        if first.startswith(OCCUPIED):
            first = "+".join(sorted(self.evaluation.scenario.blame.get(first, (first,))))
        return (first, *(rule.target for rule in rules))

    def step(self, rule: Rule) -> Step:
        """Return a rule as a step with the evidence of its interaction."""
        interaction = self.interactions[rule.interaction]
        hypothesis = interaction.hypothesis
        return Step(
            source=rule.source,
            target=rule.target,
            rule=rule.id,
            interaction=interaction.id,
            label=interaction.label,
            evidence=interaction.evidence,
            disputed=interaction.disputed,
            hypothesis=self.knowledge.node(hypothesis) if hypothesis else None,
        )
