"""Routes: chains of drivers from a live source to an output, read from a fixpoint's derivations.

Whether an output is open is decided by the fixpoint alone; routes explain it. The derivations of
a phase are a networkx graph whose edges are the rules that fire, and routes are its simple paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from krasbypass.errors import UnknownTermError
from krasbypass.fixpoint import REBOUNDING, STABLE, Evaluation, evaluate
from krasbypass.knowledge import Knowledge, state_node
from krasbypass.model import Level, Literal, LiteralKind, Phase, Rule
from krasbypass.network import Network, build_driver_graph
from krasbypass.scenario import Scenario, resolve_drugs, resolve_scenarios
from krasbypass.tumour import Tumour
from krasbypass.vocabulary import C, P

if TYPE_CHECKING:
    import networkx as nx

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
IMMEDIATE, ADAPTIVE = "immediate", "adaptive"
#: Paths looked at for each output, and nodes a path may have, before an answer is incomplete.
MAX_PATHS, MAX_NODES = 5000, 24


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of a route: from its driver to its target, with the evidence of its interaction."""

    source: str
    target: str
    rule: str
    interaction: str
    label: str
    evidence: tuple[str, ...]
    disputed: tuple[str, ...]
    hypothesis: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """A chain of drivers from a source to an output.

    `nodes` joins members of one class at the same position with ``|``; `steps` keep every rule.
    `kinds` are all that fit, the main one first; `details` say more of on-target routes.
    """

    output: str
    level: Level
    nodes: tuple[str, ...]
    kinds: tuple[str, ...]
    details: tuple[str, ...]
    timing: str
    steps: tuple[Step, ...]

    @property
    def kind(self) -> str:
        """The main kind."""
        return self.kinds[0]


@dataclass(frozen=True, slots=True)
class ClosedRoute:
    """A route that was full at baseline and is not in adapted: where it fell, and by which drugs."""

    output: str
    nodes: tuple[str, ...]
    closed_at: str
    by: tuple[str, ...]
    level: Level


@dataclass(frozen=True, slots=True)
class OutputLevels:
    """Levels of one output in the three phases; `low` are the lowest where alleles were ranged."""

    baseline: Level
    acute: Level
    adapted: Level
    course: str
    low: tuple[Level, Level, Level]

    def level(self, phase: Phase) -> Level:
        """Return the level in a phase."""
        return Level(getattr(self, phase.value))


@dataclass(frozen=True)
class RoutesAnswer:
    """What is open in a tumour under a combination, and what closed the rest."""

    tissue: str
    alterations: tuple[str, ...]
    drugs: tuple[str, ...]
    outputs: Mapping[str, OutputLevels] = field(hash=False)
    routes: tuple[Route, ...]
    residual: tuple[Route, ...]
    closed: tuple[ClosedRoute, ...]
    complete: bool
    ranged: bool
    assumptions: tuple[str, ...]
    hypotheses: tuple[str, ...]
    ontology_version: str
    as_of: str
    notice: str


def find_routes(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
) -> RoutesAnswer:
    """Return the routes that are open in `tumour` under `drugs`.

    Parameters
    ----------
    network
        The compiled network.
    tumour
        What the tumour carries; several clones are pooled, an unspecified RAS change is ranged.
    drugs
        Names, codes, brands, or ``inhibitor:TARGET``.
    outputs
        Outputs whose routes are wanted (default: all). Levels are given for all in any case.

    Returns
    -------
    RoutesAnswer
        Routes at full and, apart, residual routes, by output, then level, then length.

    Raises
    ------
    KrasbypassError
        A name is unknown or an alteration has no effect that the ontology knows.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> answer = kb.find_routes(network, kb.Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"])
    >>> answer.outputs["MAPK"].acute.label, answer.outputs["MAPK"].adapted.label
    ('off', 'full')
    """
    knowledge = network.knowledge
    chosen = tuple(outputs) if outputs is not None else network.outputs
    for output in chosen:
        if output not in network.outputs:
            raise UnknownTermError("output", output, network.outputs)
    evaluations = evaluate_tumour(network, tumour, drugs)
    worst = [max(group, key=lambda e: _badness(network, e)) for group in evaluations]
    open_routes, residual, closed = [], [], []
    complete = True
    for evaluation in worst:
        finder = _Finder(knowledge, evaluation)
        found, whole = finder.find(chosen)
        gone, whole_gone = finder.find_closed(chosen)
        open_routes += [r for r in found if r.level is Level.FULL]
        residual += [r for r in found if r.level is not Level.FULL]
        closed += gone
        complete = complete and whole and whole_gone
    everything = [e for group in evaluations for e in group]
    tissue = knowledge.find_tissue(tumour.tissue)
    found_routes = tuple(dict.fromkeys(open_routes))
    return RoutesAnswer(
        tissue=tissue.name if tissue else "any",
        alterations=tumour.alterations,
        drugs=tuple(d.name for d in resolve_drugs(knowledge, drugs)),
        outputs=pool_outputs(network, evaluations),
        routes=found_routes,
        residual=tuple(dict.fromkeys(residual)),
        closed=tuple(dict.fromkeys(closed)),
        complete=complete,
        ranged=any(len(group) > 1 for group in evaluations),
        assumptions=tuple(
            dict.fromkeys(n for e in everything for n in e.scenario.assumptions)
        ),
        hypotheses=tuple(
            sorted({s.hypothesis for r in (*found_routes, *residual) for s in r.steps if s.hypothesis})
        ),
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


def evaluate_tumour(
    network: Network, tumour: Tumour, drugs: Iterable[str] = ()
) -> tuple[tuple[Evaluation, ...], ...]:
    """Return an evaluation for each clone and, within it, each reading of an unspecified change."""
    knowledge = network.knowledge
    drugs = tuple([drugs] if isinstance(drugs, str) else drugs)
    groups = []
    for clone in tumour.clones:
        scenarios = resolve_scenarios(knowledge, replace(tumour, clones=(clone,)), drugs)
        groups.append(tuple(evaluate(network, scenario) for scenario in scenarios))
    return tuple(groups)


def pool_outputs(
    network: Network, groups: tuple[tuple[Evaluation, ...], ...]
) -> dict[str, OutputLevels]:
    """Return the levels of all outputs, the highest over clones and readings."""
    pooled = {}
    for output in network.outputs:
        high, low = [], []
        for phase in Phase:
            high.append(max(e.level(output, phase) for g in groups for e in g))
            low.append(max(min(e.level(output, phase) for e in g) for g in groups))
        rebounds = any(e.course[output] == REBOUNDING for g in groups for e in g)
        course = REBOUNDING if rebounds else STABLE
        pooled[output] = OutputLevels(high[0], high[1], high[2], course, (low[0], low[1], low[2]))
    return pooled


def _badness(network: Network, evaluation: Evaluation) -> tuple[Level, ...]:
    phases = (Phase.ADAPTED, Phase.ACUTE)
    return tuple(evaluation.level(o, phase) for phase in phases for o in network.outputs)


def build_derivation_graph(evaluation: Evaluation, phase: Phase) -> nx.DiGraph:
    """Return the rules that fire in a phase as a networkx graph over their drivers.

    Of parallel rules between two nodes the strongest stands; each edge carries its rule and the
    level that the rule gives.
    """
    import networkx as nx

    firing = [rule for rule in evaluation.rules if evaluation.value(rule, phase)]
    graph = nx.DiGraph()
    for source, target, rule in build_driver_graph(firing).edges(data="rule"):
        rank = (evaluation.value(rule, phase), rule.driver.is_threshold, rule.id)
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


class _Finder:
    def __init__(self, knowledge: Knowledge, evaluation: Evaluation) -> None:
        self.knowledge = knowledge
        self.evaluation = evaluation
        self.interactions = {i.id: i for i in knowledge.interactions}
        self.mutant_states = {state_node(a): a for a in evaluation.scenario.alleles}
        self.wild_types = {
            knowledge.node(t).replace(":", ".") + ".GTP"
            for t in knowledge.instances(C.WILD_TYPE_ALLELE)
        }

    # -- enumeration ----------------------------------------------------------------------------

    def chains(
        self, phase: Phase, outputs: Iterable[str]
    ) -> Iterator[tuple[str, tuple[Rule, ...], bool]]:
        """Yield (output, rules from source to output, whether the bound was hit)."""
        import networkx as nx

        graph = build_derivation_graph(self.evaluation, phase)
        sources = sorted(n for n in graph if self.is_source(n))
        for output in outputs:
            if output not in graph:
                continue
            live = nx.ancestors(graph, output) | {output}
            part = graph.subgraph(live)
            count = 0
            for source in sources:
                if source not in live:
                    continue
                paths = nx.all_simple_edge_paths(part, source, output, cutoff=MAX_NODES)
                for path in islice(paths, MAX_PATHS - count):
                    if any(self.is_source(node) for _, node in path):
                        continue
                    count += 1
                    rules = tuple(part.edges[edge]["rule"] for edge in path)
                    yield output, rules, count >= MAX_PATHS

    def is_source(self, node: str) -> bool:
        """Whether a node is an alteration, a context, tone, a relief or a drug."""
        if node.startswith(("relief:", "occupied:")):
            return True
        return node in self.evaluation.scenario.genotype

    def find(self, outputs: Iterable[str]) -> tuple[list[Route], bool]:
        """Return the collapsed routes of the adapted phase, and whether all were looked at."""
        groups: dict[tuple[object, ...], list[tuple[Rule, ...]]] = {}
        complete = True
        for output, rules, bounded in self.chains(Phase.ADAPTED, outputs):
            complete = complete and not bounded
            level = route_level(self.evaluation, rules, Phase.ADAPTED)
            if not level:
                continue
            acute = route_level(self.evaluation, rules, Phase.ACUTE)
            timing = IMMEDIATE if acute >= level else ADAPTIVE
            kinds, details = self.classify(output, rules)
            shape = tuple(self.shape(rule) for rule in rules)
            groups.setdefault((output, level, timing, kinds, details, shape), []).append(rules)
        routes = [self.collapse(key, chains) for key, chains in groups.items()]
        order = {output: i for i, output in enumerate(self.knowledge.outputs)}
        routes.sort(key=lambda r: (order[r.output], -r.level, len(r.nodes), r.nodes))
        return routes, complete

    def shape(self, rule: Rule) -> str:
        """Return what parallel members have in common at this step."""
        interaction = self.interactions.get(rule.interaction)
        if interaction is not None and interaction.rebound:
            return "rebound"
        return rule.interaction

    def collapse(self, key: tuple[object, ...], chains: list[tuple[Rule, ...]]) -> Route:
        output, level, timing, kinds, details, _ = key
        positions = zip(*(self.names(rules) for rules in chains), strict=True)
        steps = [self.step(r) for position in zip(*chains, strict=True) for r in position]
        return Route(
            output=str(output),
            level=Level(level),  # type: ignore[call-overload]
            nodes=tuple("|".join(dict.fromkeys(names)) for names in positions),
            kinds=tuple(kinds),  # type: ignore[arg-type]
            details=tuple(details),  # type: ignore[arg-type]
            timing=str(timing),
            steps=tuple(dict.fromkeys(steps)),
        )

    def names(self, rules: tuple[Rule, ...]) -> tuple[str, ...]:
        first = rules[0].source
        if first.startswith("occupied:"):
            first = "+".join(self.evaluation.scenario.blame.get(first, (first,)))
        return (first, *(rule.target for rule in rules))

    def step(self, rule: Rule) -> Step:
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

    # -- kinds ----------------------------------------------------------------------------------

    def classify(
        self, output: str, rules: tuple[Rule, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the kinds of a route, main one first, and details of an on-target one."""
        nodes = (rules[0].source, *(rule.target for rule in rules))
        kinds, details = set(), set()
        through_ras = False
        for node in nodes:
            allele = self.mutant_states.get(node)
            if node in self.wild_types or allele is not None:
                through_ras = True
            if allele is not None and self.knowledge.genes[allele.gene].primary:
                kinds.add("on-target")
                details |= self.on_target_details(node, nodes)
            elif allele is not None or node in self.wild_types:
                kinds.add("other-ras")
        classes = self.source_classes(nodes[0])
        if "UpstreamComponent" in classes:
            kinds.add("upstream")
        below_ras = any(n in self.ras_pools for n in nodes)
        if "DownstreamComponent" in classes:
            kinds.add("downstream")
        elif not through_ras and not below_ras:
            kinds.add("parallel")
        end = self.knowledge.activities[output].route_kind
        if end:
            kinds.add(end)
            if kinds & {"cell-cycle", "phenotypic", "immune"} and "MAPK" not in nodes:
                kinds.discard("parallel")
        return tuple(k for k in KINDS if k in kinds), tuple(sorted(details))

    @property
    def ras_pools(self) -> frozenset[str]:
        """Nodes that gather GTP-bound RAS of all alleles."""
        found = {r.target for r in self.evaluation.rules if r.driver.node in self.wild_types}
        return frozenset(found)

    def source_classes(self, node: str) -> frozenset[str]:
        alteration = self.knowledge.alterations.get(node)
        return self.knowledge.genes[alteration.gene].classes if alteration else frozenset()

    def on_target_details(self, state: str, nodes: tuple[str, ...]) -> set[str]:
        scenario = self.evaluation.scenario
        details = set()
        for _, node, _ in scenario.lost:
            if node == state:
                details.add("binding-site")
            elif not node:
                details.add("exposure")
        source = self.knowledge.alterations.get(nodes[0])
        if source is not None and source.kind == "amp":
            details.add("dosage")
        before = nodes[nodes.index(state) - 1]
        if before != nodes[0] or before not in scenario.genotype:
            details.add("re-loaded")
        if not details and self.is_aimed_elsewhere(state):
            details.add("other-allele")
        return details

    def is_aimed_elsewhere(self, state: str) -> bool:
        """Whether a drug engages another allele of the same gene but not this one."""
        blocked = {n.partition(":")[2] for n in self.evaluation.scenario.treatment}
        aimed = any(
            C.RAS_ALLELE in self.knowledge.classes(key)
            for name in self.evaluation.scenario.drugs
            for key, _ in self.knowledge.drugs[name].engages
        )
        return aimed and state not in blocked

    # -- what closed the others -------------------------------------------------------------------

    def find_closed(self, outputs: Iterable[str]) -> tuple[list[ClosedRoute], bool]:
        """Return the routes that were full at baseline and are not in adapted."""
        if not self.evaluation.scenario.drugs:
            return [], True
        groups: dict[tuple[object, ...], list[tuple[str, ...]]] = {}
        complete = True
        for output, rules, bounded in self.chains(Phase.BASELINE, outputs):
            complete = complete and not bounded
            if route_level(self.evaluation, rules, Phase.BASELINE) is not Level.FULL:
                continue
            level = route_level(self.evaluation, rules, Phase.ADAPTED)
            if level is Level.FULL:
                continue
            fell = next(
                rule
                for rule in rules
                if self.evaluation.value(rule) < self.evaluation.value(rule, Phase.BASELINE)
            )
            shape = tuple(self.shape(rule) for rule in rules)
            by = self.blame(fell)
            groups.setdefault((output, fell.target, by, level, shape), []).append(self.names(rules))
        closed = []
        for (output, node, by, level, _), chains in groups.items():
            nodes = tuple("|".join(dict.fromkeys(p)) for p in zip(*chains, strict=True))
            closed.append(ClosedRoute(str(output), nodes, str(node), by, level))  # type: ignore[arg-type]
        closed.sort(key=lambda c: (c.output, len(c.nodes), c.nodes))
        return closed, complete

    def blame(self, rule: Rule, seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Return the drugs that made a rule fall, through conditions if need be."""
        scenario = self.evaluation.scenario
        found: set[str] = set()
        for literal in rule.literals:
            node = literal.node
            if literal.is_relief or node in seen or not self.fell(literal):
                continue
            if node in scenario.blame:
                found.update(scenario.blame[node])
                continue
            for other in self.evaluation.rules:
                if other.target == node and self.evaluation.value(other) < self.evaluation.value(
                    other, Phase.BASELINE
                ):
                    found.update(self.blame(other, seen | {node}))
        return tuple(sorted(found))

    def fell(self, literal: Literal) -> bool:
        before = self.evaluation.level(literal.node, Phase.BASELINE)
        now = self.evaluation.level(literal.node)
        return now > before if literal.kind is LiteralKind.NOT else now < before


def find_blocked_nodes(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return which drugs block which node, for pictures."""
    found: dict[str, tuple[str, ...]] = {}
    for name, drugs in scenario.blame.items():
        prefix, _, node = name.partition(":")
        if prefix in ("engaged_off", "engaged_on") and scenario.treatment.get(name):
            found[node] = tuple(sorted({*found.get(node, ()), *drugs}))
    return found


__all__ = [
    "ClosedRoute",
    "OutputLevels",
    "P",
    "Route",
    "RoutesAnswer",
    "Step",
    "build_derivation_graph",
    "evaluate_tumour",
    "find_blocked_nodes",
    "find_routes",
    "pool_outputs",
    "route_level",
]
