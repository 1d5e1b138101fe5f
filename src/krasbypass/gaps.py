"""Gap analysis: what stays open under a combination, what closes it, and what nothing closes.

Open routes are grouped by where one intervention would cut them; closers are all minimal sets of
further drugs of the catalogue, exact, so that an empty list is an answer and is explained.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from krasbypass.answers import OutputLevels, Route, RoutesAnswer, Tabled
from krasbypass.closers import (
    Closer,
    build_question_panel,
    count_drugs,
    find_closers,
    find_given_record,
    find_larger_closer,
)
from krasbypass.knowledge import Knowledge
from krasbypass.model import Drug, Level
from krasbypass.network import Network
from krasbypass.questions import Question, resolve_question
from krasbypass.records import CombinationRecord, Outcome, Records, load_records
from krasbypass.routes import find_routes
from krasbypass.scenario import build_scenario, resolve_drugs
from krasbypass.screen import Goal, Panel, screen_scenarios
from krasbypass.screen.additions import find_additions
from krasbypass.tumour import Tumour

#: Places that are tried together when routes are grouped, before the rest is grouped greedily.
_EXACT_CUTS = 3

#: Closers of the goal that are tried on the outputs that it leaves out.
_TRIED = 3

#: Finds the routes of a tumour under drugs, as `find_routes` does.
RouteSearch = Callable[..., RoutesAnswer]


@dataclass(frozen=True)
class Gap:
    """Open routes of one output that one intervention at any of `targets` would cut."""

    output: str
    kind: str
    timing: str
    routes: tuple[Route, ...] = field(repr=False)
    targets: tuple[str, ...]
    drugless: bool


@dataclass(frozen=True, slots=True)
class Unclosed:
    """An output that no set of catalogue drugs up to the size asked brings down, and why.

    `nodes` and `rule` are of a route that stays open although every drug of the catalogue that
    only blocks is given; they are empty if a larger combination would close it.
    """

    output: str
    level: Level
    nodes: tuple[str, ...]
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Watched:
    """What the goal leaves out and a reader should know: another output, or a drug's exposure."""

    what: str
    level: Level | None
    baseline: Level | None
    reason: str


@dataclass(frozen=True)
class GapsAnswer(Tabled):
    """What stays open in a tumour under a combination, and what would close it.

    `closers` hold if the goal is missed; if it is reached already they are empty and `reached` is
    True. `no_catalogue_drug` has outputs of the goal first, then watched ones. `record` is of the
    drugs as given, None where none are. Where no set of up to `max_add` drugs reaches the goal,
    `larger` is a smallest one that does with every brake released, if there is one.
    """

    answer: RoutesAnswer = field(repr=False)
    target: str
    chosen: tuple[str, ...]
    max_add: int
    reached: bool
    brake_proof: bool
    gaps: tuple[Gap, ...]
    closers: tuple[Closer, ...]
    no_catalogue_drug: tuple[Unclosed, ...]
    watch: tuple[Watched, ...]
    outcomes: tuple[Outcome, ...] = field(repr=False)
    record: CombinationRecord | None = field(repr=False)
    larger: tuple[str, ...] = ()

    @property
    def outputs(self) -> Mapping[str, OutputLevels]:
        """Levels of all outputs by phase."""
        return self.answer.outputs

    @property
    def why_none(self) -> str:
        """Why no closer was found, or an empty text where there is one or none is needed."""
        if self.reached or self.closers:
            return ""
        kept = [
            f"{u.output}: {u.reason}" for u in self.no_catalogue_drug if u.output in self.chosen
        ]
        together = (
            f"{' and '.join(self.chosen)} can each be closed by itself, but not all together with "
            f"up to {count_drugs(self.max_add)}"
        )
        larger = f"; {' + '.join(self.larger)} would, whatever brake lifts" if self.larger else ""
        return ("; ".join(kept) or together) + larger


def find_gaps(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
    target: str = "suppress",
    max_add: int = 3,
    records: Records | None = None,
    search: RouteSearch = find_routes,
) -> GapsAnswer:
    """Return what stays open in `tumour` under `drugs`, and every minimal set that closes it.

    Parameters
    ----------
    network
        The compiled network.
    tumour
        What the tumour carries; a closer must hold in every clone and every reading.
    drugs
        What is given: names, codes, brands, or ``inhibitor:TARGET``.
    outputs
        What shall be closed (default: those of `krasbypass.questions.default_outputs`).
    target
        ``suppress`` (none at full) or ``close`` (all off).
    max_add
        Largest number of further drugs.
    records
        What is recorded of combinations (default: of the packaged ontology).
    search
        What finds routes; for a network of thousands of nodes, something that is content with the
        shortest ones.

    Raises
    ------
    KrasbypassError
        A name is unknown, or an alteration has no effect that the ontology knows.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> found = kb.find_gaps(network, kb.Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"])
    >>> found.reached, found.closers[0].mechanisms
    (False, ('EGFR antibody',))
    """
    records = records or load_records()
    question = resolve_question(network, tumour, drugs, outputs, target)
    chosen, floor = question.goal.outputs, question.goal.threshold
    answer = search(network, tumour, question.drug_names, outputs=chosen)
    panel = build_question_panel(question)
    closers = find_closers(question, records, size=max_add, panel=panel)
    reached = any(not closer.drugs for closer in closers)
    return GapsAnswer(
        answer=answer,
        target=target,
        chosen=chosen,
        max_add=max_add,
        reached=reached,
        brake_proof=any(not c.drugs and c.brake_proof for c in closers),
        gaps=_group_routes(
            panel, [r for r in (*answer.routes, *answer.residual) if r.level >= floor]
        ),
        closers=() if reached else closers,
        no_catalogue_drug=_find_unclosed(question, answer, closers, max_add, search),
        watch=_find_watched(question, answer),
        outcomes=records.find_outcomes(
            question.drug_names, alterations=question.alterations, tissue=question.tissue
        ),
        record=find_given_record(question, records),
        larger=() if closers else find_larger_closer(question, records, panel),
    )


# -- groups of routes ---------------------------------------------------------------------------


def _group_routes(panel: Panel, routes: Sequence[Route]) -> tuple[Gap, ...]:
    """Group routes of one output, kind and timing by the fewest places that cut them all."""
    inputs = {node for m in panel.mechanisms for t in m.treatments for node, _ in t}
    druggable = {node.partition(":")[2] for node in inputs}
    by_kind: dict[tuple[str, str, str], list[Route]] = defaultdict(list)
    for route in routes:
        by_kind[route.output, route.kind, route.timing].append(route)
    gaps = []
    for (output, kind, timing), alike in by_kind.items():
        for group in _split_by_cuts([_find_places(r) for r in alike]):
            members = tuple(alike[n] for n in group)
            shared = [n for n in _find_places(members[0]) if all(n in r.nodes for r in members)]
            drugless = not any(part in druggable for n in shared for part in n.split("|"))
            gaps.append(Gap(output, kind, timing, members, tuple(shared), drugless))
    order = {output: n for n, output in enumerate(panel.goal.outputs)}
    return tuple(sorted(gaps, key=lambda g: (not g.drugless, order[g.output], -len(g.routes))))


def _find_places(route: Route) -> tuple[str, ...]:
    """Return the nodes of a route at which something may intervene: neither source nor output."""
    return route.nodes[1:-1] or route.nodes[-1:]


def _split_by_cuts(places: Sequence[tuple[str, ...]]) -> list[list[int]]:
    """Split routes into the fewest groups that each have a place in common."""
    names = sorted({n for nodes in places for n in nodes})
    covers = {n: {i for i, nodes in enumerate(places) if n in nodes} for n in names}
    everything = set(range(len(places)))
    for size in range(1, _EXACT_CUTS + 1):
        for cut in combinations(names, size):
            if set().union(*(covers[n] for n in cut)) == everything:
                return _assign(cut, covers)
    cut_greedily: list[str] = []
    left = set(everything)
    while left:
        best = max(names, key=lambda n: (len(covers[n] & left), n))
        cut_greedily.append(best)
        left -= covers[best]
    return _assign(cut_greedily, covers)


def _assign(cut: Iterable[str], covers: Mapping[str, set[int]]) -> list[list[int]]:
    taken: set[int] = set()
    groups = []
    for name in cut:
        group = sorted(covers[name] - taken)
        taken.update(group)
        groups.append(group)
    return [group for group in groups if group]


# -- what nothing closes ------------------------------------------------------------------------


def _find_unclosed(
    question: Question,
    answer: RoutesAnswer,
    closers: Sequence[Closer],
    size: int,
    search: RouteSearch,
) -> tuple[Unclosed, ...]:
    """Return the outputs at full that no set of up to `size` further drugs brings down.

    What closes the goal closes each of its outputs, and often the others as well.
    """
    chosen = question.goal.outputs
    others = [o for o in question.network.outputs if o not in chosen]
    left = [o for o in others if answer.outputs[o].adapted is Level.FULL]
    closed = {*(chosen if closers else ()), *_find_closed_too(question, closers, left)}
    found = []
    for output in (*chosen, *left):
        threshold = question.goal.threshold if output in chosen else Level.FULL
        level = answer.outputs[output].adapted
        if level >= threshold and output not in closed:
            single = replace(question, goal=Goal((output,), threshold))
            panel = build_question_panel(single)
            if not find_additions(panel.parts, size=size, reopening=False).minimal:
                found.append(explain_open(single, output, level, size, search=search))
    return tuple(found)


def _find_closed_too(
    question: Question, closers: Sequence[Closer], outputs: Sequence[str]
) -> set[str]:
    """Return which outputs the closers of the goal that stand first bring below full as well."""
    closed: set[str] = set()
    for closer in closers[:_TRIED] if outputs else ():
        drugs = resolve_drugs(question.knowledge, (*question.drug_names, *closer.drugs))
        scenarios = [
            build_scenario(question.knowledge, genotype, question.tissue, drugs)
            for genotype in question.genotypes
        ]
        planes = screen_scenarios(question.network, scenarios, nodes=outputs)
        closed |= {o for o in outputs if planes.levels(o).max() < Level.FULL}
        if len(closed) == len(outputs):
            break
    return closed


def explain_open(
    question: Question,
    output: str,
    level: Level,
    size: int,
    offered: Iterable[Drug] | None = None,
    *,
    search: RouteSearch = find_routes,
) -> Unclosed:
    """Say why no set of up to `size` further drugs brings an output down.

    It is the route that is left, and its last rule, when every drug that is offered (default:
    that the catalogue has) and only blocks is given.
    """
    drugs = question.knowledge.drugs.values() if offered is None else offered
    blocking = [d.name for d in drugs if not d.generic and not d.occupies]
    left = search(
        question.network, question.tumour, (*question.drug_names, *blocking), outputs=[output]
    )
    open_routes = [r for r in (*left.routes, *left.residual) if r.level >= question.goal.threshold]
    if not open_routes:
        return Unclosed(output, level, (), "", f"closing it takes more than {count_drugs(size)}")
    route = open_routes[0]
    step = route.steps[-1]
    of = "of the catalogue" if offered is None else "that may be used"
    return Unclosed(
        output,
        level,
        route.nodes,
        step.rule,
        f"no drug {of} acts on {' or '.join(_find_places(route))}: {step.label}",
    )


# -- what to watch ------------------------------------------------------------------------------


def _find_watched(question: Question, answer: RoutesAnswer) -> tuple[Watched, ...]:
    """Return outputs outside the goal that carry signal, and what the drugs' exposure hangs on."""
    found = []
    for output, levels in answer.outputs.items():
        if output not in question.goal.outputs and levels.adapted:
            label = question.knowledge.activities[output].label
            found.append(Watched(output, levels.adapted, levels.baseline, label))
    for drug in question.drugs:
        found += [
            Watched(drug.name, None, None, reason)
            for reason in _find_exposures(question.knowledge, drug.partners, drug.effluxed_by)
        ]
    return tuple(found)


def _find_exposures(
    knowledge: Knowledge, partners: Iterable[str], pumps: Iterable[str]
) -> list[str]:
    symbols = {gene: knowledge.genes[gene].symbol for gene in (*partners, *pumps)}
    return [
        f"needs {symbols[g]}: if that is lost or low, less of the drug acts" for g in partners
    ] + [f"is pumped out by {symbols[g]}: if that is active, less of the drug acts" for g in pumps]
