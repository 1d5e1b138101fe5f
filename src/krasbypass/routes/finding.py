"""Open, closed and idle routes of an evaluation, with what they assume and who disputes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from krasbypass.answers import OutputLevels, Route, RoutesAnswer
from krasbypass.fixpoint import REBOUNDING, STABLE, Evaluation, evaluate
from krasbypass.knowledge import Knowledge
from krasbypass.model import ENGAGED_OFF, ENGAGED_ON, Contradiction, Level, Phase
from krasbypass.network import Network
from krasbypass.routes.chains import RouteFinder
from krasbypass.scenario import (
    Scenario,
    build_scenario,
    name_change,
    resolve_drugs,
    resolve_genotypes,
)
from krasbypass.screen.readings import keep_distinct
from krasbypass.tumour import Tumour


def find_routes(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
    narrow: Callable[[Evaluation], Evaluation] | None = None,
    evaluations: tuple[tuple[Evaluation, ...], ...] | None = None,
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
    narrow
        Leaves those rules of an evaluation by which routes shall be looked for (default: all), for
        networks that have more routes than can be listed.
    evaluations
        What `evaluate_tumour` gave for the same question, where it is at hand.

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
    chosen = network.find_outputs(outputs) if outputs is not None else network.outputs
    given = tuple(drug.name for drug in resolve_drugs(knowledge, drugs))
    if evaluations is None:
        evaluations = evaluate_tumour(network, tumour, given, distinct=True)
    worst = [max(group, key=lambda e: _badness(network, e)) for group in evaluations]
    open_routes, residual, closed = [], [], []
    complete = True
    for evaluation in worst:
        finder = RouteFinder(knowledge, narrow(evaluation) if narrow else evaluation)
        found = finder.find_open(chosen)
        open_routes += [r for r in found if r.level is Level.FULL]
        residual += [r for r in found if r.level is not Level.FULL]
        closed += finder.find_closed(chosen)
        complete = complete and finder.complete
    tissue = knowledge.find_tissue(tumour.tissue)
    found_routes = tuple(dict.fromkeys(open_routes))
    return RoutesAnswer(
        tissue=tissue.name if tissue else "any",
        alterations=tuple(
            dict.fromkeys(name_change(knowledge, c) for clone in tumour.clones for c in clone)
        ),
        drugs=given,
        outputs=pool_outputs(network, evaluations),
        routes=found_routes,
        residual=tuple(dict.fromkeys(residual)),
        closed=tuple(dict.fromkeys(closed)),
        complete=complete,
        ranged=any(len(resolve_genotypes(knowledge, clone)) > 1 for clone in tumour.clones),
        assumptions=find_assumptions(network, evaluations),
        hypotheses=tuple(
            sorted(
                {s.hypothesis for r in (*found_routes, *residual) for s in r.steps if s.hypothesis}
            )
        ),
        disputes=_find_disputes(knowledge, (*found_routes, *residual)),
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


def find_assumptions(
    network: Network, groups: tuple[tuple[Evaluation, ...], ...]
) -> tuple[str, ...]:
    """Return how the question was read where it leaves that open, and what of it has no effect."""
    notes = (
        note
        for group in groups
        for e in group
        for note in (*e.scenario.assumptions, *_find_idle(e, network.outputs))
    )
    return tuple(dict.fromkeys(notes))


def _find_idle(evaluation: Evaluation, outputs: Iterable[str]) -> tuple[str, ...]:
    """Say which alterations change nothing, so that nobody takes silence for an effect.

    What keeps a drug from its target needs no rule to matter.
    """
    scenario = evaluation.scenario
    sources: dict[str, set[str]] = defaultdict(set)
    for rule in evaluation.rules:
        sources[rule.target] |= {literal.node for literal in rule.literals}
    queue = list(outputs)
    leading = set(queue)
    while queue:
        new = sources[queue.pop()] - leading
        leading |= new
        queue += new
    read = set().union(*sources.values())
    matters = leading | {change for _, _, change in scenario.lost}
    return tuple(
        f"{node} {'leads to no output' if node in read else 'stands in no rule'} "
        "and changes nothing here"
        for node in scenario.alterations
        if node not in matters
    )


def _find_disputes(knowledge: Knowledge, routes: Iterable[Route]) -> tuple[Contradiction, ...]:
    touched = {d for route in routes for step in route.steps for d in step.disputed}
    return tuple(c for c in knowledge.contradictions if c.id in touched)


def evaluate_tumour(
    network: Network, tumour: Tumour, drugs: Iterable[str] = (), *, distinct: bool = False
) -> tuple[tuple[Evaluation, ...], ...]:
    """Return an evaluation for each clone and, within it, each reading of an unspecified change.

    Of readings that these drugs and the network cannot tell apart, `distinct` leaves the first.
    """
    knowledge = network.knowledge
    given = resolve_drugs(knowledge, drugs)
    tissue = knowledge.find_tissue(tumour.tissue)
    groups = []
    for clone in tumour.clones:
        genotypes = resolve_genotypes(knowledge, clone)
        if distinct:
            genotypes = keep_distinct(network, genotypes, given)
        scenarios = (
            build_scenario(knowledge, g, tissue.name if tissue else None, given) for g in genotypes
        )
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


def find_blocked_nodes(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return which drugs block which node, for pictures."""
    found: dict[str, tuple[str, ...]] = {}
    for name, drugs in scenario.blame.items():
        if name.startswith((ENGAGED_OFF, ENGAGED_ON)) and scenario.treatment.get(name):
            node = name.partition(":")[2]
            found[node] = tuple(sorted({*found.get(node, ()), *drugs}))
    return found
