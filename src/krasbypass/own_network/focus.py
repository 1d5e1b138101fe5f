"""The part of a large network that one question is about: its shortest routes, and what is near."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import islice, pairwise
from typing import TYPE_CHECKING, TypeVar

from krasbypass.answers import ClosedRoute, Route, RoutesAnswer
from krasbypass.fixpoint import Evaluation
from krasbypass.model import OCCUPIED, RELIEF, Level, Phase, Rule
from krasbypass.network import Network
from krasbypass.own_network.layers import find_layers
from krasbypass.own_network.own_knowledge import OwnKnowledge
from krasbypass.own_network.restraints import FREE, OFF
from krasbypass.routes import evaluate_tumour, find_routes
from krasbypass.tumour import Tumour, split_entries

if TYPE_CHECKING:
    from krasbypass.screen.paths import Path, PathFinder

#: Rules beyond which a network is too large to be shown whole, and routes listed of such a one.
LARGE, ROUTES = 1000, 25
_Found = TypeVar("_Found", Route, ClosedRoute)


@dataclass(frozen=True)
class Focus:
    """An answer about a network, and the part of the network that the answer is about.

    Levels in the answer and in `evaluation` are those of the whole network, the rules of
    `evaluation` those of the part. `part` is the network itself where that is small.
    """

    answer: RoutesAnswer
    part: Network = field(repr=False)
    evaluation: Evaluation = field(repr=False)


def focus_routes(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
    count: int = ROUTES,
    surroundings: int = 0,
) -> Focus:
    """Return the routes of a network of any size, the shortest ones where it is large.

    A network of up to `LARGE` rules of its own is answered as `find_routes` does, unless that
    finds more paths than it follows. Of a larger one, levels are those of the whole network;
    routes are up to `count` to each output along the shortest ones of each phase, and the answer
    says that it is not complete.

    Parameters
    ----------
    network, tumour, drugs, outputs
        As `krasbypass.routes.find_routes` takes them.
    count
        How many shortest routes to follow for each output.
    surroundings
        How many further nodes the part may hold: those by which routes could run as well, those
        with most ties to the routes first.
    """
    drugs = split_entries(drugs)
    chosen = network.find_outputs(outputs) if outputs is not None else network.outputs
    if _count_own_rules(network) <= LARGE:
        answer = find_routes(network, tumour, drugs, outputs=chosen)
        if answer.complete:
            return Focus(answer, network, evaluate_tumour(network, tumour, drugs)[0][0])
    seen: list[Evaluation] = []
    drawn: dict[str, Rule] = {}

    def narrow(evaluation: Evaluation) -> Evaluation:
        near = _Near(evaluation)
        near.follow(chosen, count)
        on_routes = {rule.id: rule for rule in near.rules()}
        near.surround(surroundings)
        drawn.update((rule.id, rule) for rule in near.rules())
        seen.append(evaluation)
        return replace(evaluation, rules=tuple(on_routes[name] for name in sorted(on_routes)))

    answer = find_routes(network, tumour, drugs, outputs=chosen, narrow=narrow)
    part = _keep(network, drawn)
    return Focus(
        replace(
            answer,
            routes=_first(answer.routes, count),
            residual=_first(answer.residual, count),
            closed=_first(answer.closed, count),
            complete=False,
        ),
        part,
        replace(seen[0], rules=part.rules),
    )


def _count_own_rules(network: Network) -> int:
    """Return how many rules come from a file, and not from the packaged network beside it."""
    knowledge = network.knowledge
    if not isinstance(knowledge, OwnKnowledge):
        return 0
    own = {interaction.id for interaction in knowledge.own.interactions}
    return sum(rule.interaction in own for rule in network.rules)


def find_near_routes(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
) -> RoutesAnswer:
    """Return the answer of `focus_routes`: a search that `find_gaps` can do with many nodes."""
    return focus_routes(network, tumour, drugs, outputs=outputs).answer


def _keep(network: Network, kept: Mapping[str, Rule]) -> Network:
    """Return the network of some of the rules, its nodes placed anew if they had no places."""
    rules = tuple(kept[name] for name in sorted(kept))
    knowledge = network.knowledge
    if isinstance(knowledge, OwnKnowledge):
        targets = {rule.target for rule in rules}
        edges = [
            (r.source, r.target)
            for r in sorted(rules, key=lambda r: (r.source in targets, r.id))
            if not r.target.startswith((OFF, FREE))
        ]
        layers = find_layers(edges, [source for source, _ in edges if source not in targets])
        used = {rule.interaction for rule in rules}
        own = knowledge.own
        placed = {
            node: replace(activity, layer=layers.get(node)) if activity.layer is None else activity
            for node, activity in own.activities.items()
            if node in targets
        }
        interactions = tuple(i for i in own.interactions if i.id in used)
        activities = {**own.activities, **({} if own.merged else placed)}
        part = replace(own, activities=activities, interactions=interactions)
        knowledge = replace(knowledge, own=part)
    return replace(network, knowledge=knowledge, rules=rules)


def _first(routes: tuple[_Found, ...], count: int) -> tuple[_Found, ...]:
    """Return the first routes to each output; they are sorted by length."""
    seen: dict[str, int] = defaultdict(int)
    kept = []
    for route in routes:
        seen[route.output] += 1
        if seen[route.output] <= count:
            kept.append(route)
    return tuple(kept)


class _Near:
    """Nodes near the routes of one evaluation."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.nodes: dict[str, None] = {}
        self.steps: set[tuple[str, str]] = set()
        self.firing: dict[Phase, list[tuple[Rule, Level]]] = {}
        phases = (Phase.ADAPTED, Phase.BASELINE) if evaluation.scenario.drugs else (Phase.ADAPTED,)
        for phase in phases:
            values = ((rule, evaluation.value(rule, phase)) for rule in evaluation.rules)
            self.firing[phase] = [(rule, value) for rule, value in values if value]

    def follow(self, outputs: Iterable[str], count: int) -> None:
        """Add the nodes of the shortest routes to each output."""
        from krasbypass.screen.paths import PathFinder  # brings numpy, which small networks spare

        for phase, firing in self.firing.items():
            by_level: dict[Level, PathFinder] = {}
            for output in outputs:
                level = self.evaluation.level(output, phase)
                if not level:
                    continue
                if level not in by_level:
                    by_level[level] = PathFinder(_successors(firing, level))
                for path in islice(self.paths(by_level[level], output), count):
                    self.nodes.update(dict.fromkeys(path))
                    self.steps.update(pairwise(path))

    def paths(self, finder: PathFinder, output: str) -> Iterator[Path]:
        """Yield the routes to an output from all sources, shortest first."""
        genotype = self.evaluation.scenario.genotype
        sources = sorted(
            n for n in finder.successors if n in genotype or n.startswith((RELIEF, OCCUPIED))
        )
        streams = (finder.iter_shortest(source, output) for source in sources)
        return merge(*streams, key=lambda path: (len(path), path))

    def surround(self, most: int) -> None:
        """Add nodes by which routes could run as well, those with most ties to them first.

        Of its ties each gets one from a route and one to a route, the nearest to the sources.
        """
        place = {node: number for number, node in enumerate(self.nodes)}
        raised: dict[str, set[str]] = defaultdict(set)
        raises: dict[str, set[str]] = defaultdict(set)
        for rule, _ in self.firing[Phase.ADAPTED]:
            if rule.source in place and rule.target not in place:
                raised[rule.target].add(rule.source)
            elif rule.target in place and rule.source not in place:
                raises[rule.source].add(rule.target)
        both = [n for n in raised.keys() & raises.keys() if not n.startswith((OFF, FREE))]
        both.sort(key=lambda node: (-len(raised[node]) - len(raises[node]), node))
        for node in both[:most]:
            self.nodes[node] = None
            self.steps.add((min(raised[node], key=lambda n: place[n]), node))
            self.steps.add((node, min(raises[node], key=lambda n: place[n])))

    def rules(self) -> Iterator[Rule]:
        """Yield the rules among the nodes, and those by which their conditions hold."""
        by_target: dict[str, dict[str, Rule]] = defaultdict(dict)
        for firing in self.firing.values():
            for rule, _ in firing:
                by_target[rule.target][rule.id] = rule
        waiting: list[str] = []
        done = set(self.nodes)
        for node in self.nodes:
            for rule in by_target[node].values():
                if (rule.source, node) in self.steps:
                    yield rule
                    waiting += [lit.node for lit in rule.literals]
        while waiting:
            node = waiting.pop()
            if node not in done:
                done.add(node)
                for rule in by_target[node].values():
                    yield rule
                    waiting += [lit.node for lit in rule.literals]


def _successors(firing: Iterable[tuple[Rule, Level]], level: Level) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for rule, value in firing:
        if value >= level:
            found[rule.source].add(rule.target)
    return found
