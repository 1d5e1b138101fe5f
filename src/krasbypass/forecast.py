"""Forecast: which further alterations take an output back to full, and what would close each.

Every event of the catalogue is tried, and every pair of events neither of which is enough alone.
Events that nothing can tell apart are tried once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from krasbypass.answers import OutputLevels, Route, Tabled
from krasbypass.closers import ShortCloser, find_given_record, find_short_closers
from krasbypass.escapes import (
    NOT_A_CHANGE,
    Event,
    add_events,
    can_meet,
    count_each,
    count_patients,
    find_events,
    find_place,
    group_alike,
)
from krasbypass.fixpoint import evaluate
from krasbypass.model import Level
from krasbypass.network import Network
from krasbypass.questions import Question, resolve_question
from krasbypass.records import CombinationRecord, Observation, Records, load_records
from krasbypass.routes import evaluate_tumour, find_assumptions, pool_outputs
from krasbypass.routes.chains import RouteFinder
from krasbypass.scenario import Scenario, build_scenario, resolve_genotypes
from krasbypass.screen import screen_scenarios
from krasbypass.tumour import Tumour

#: Called with what is done and what there is to do.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Escape:
    """Further alterations that take an output back to full, or let it leak.

    `alike` are, for each alteration, others of its gene that act in the same way. `outputs` are
    the levels of the goal's outputs that rise. `kind` is the main one of its route, `place` the
    one at which the first alteration itself acts. `closers` are the smallest sets of further drugs
    that reach the goal in this tumour, one for each set of mechanisms; empty if none does.
    """

    alterations: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]
    outputs: Mapping[str, Level] = field(hash=False)
    kind: str
    place: str
    detail: str
    genetic: bool
    route: Route | None = field(repr=False)
    observed: tuple[Observation, ...] = field(repr=False)
    closers: tuple[ShortCloser, ...] = field(repr=False)

    @property
    def mechanism(self) -> str:
        """The mechanism class under which a forecast lists it."""
        if not self.genetic:
            return NOT_A_CHANGE
        return f"{self.place}, {self.detail}" if self.detail else self.place

    @property
    def closable(self) -> bool:
        """Whether some set of further drugs reaches the goal."""
        return bool(self.closers)


@dataclass(frozen=True)
class Aside:
    """Further alterations that act alike, re-open nothing of the goal, and yet are to be watched.

    `outputs` outside the goal come to full; `exposure` are drugs that reach less of their target.
    `patients` are those in whom one of them was found at resistance, under any drug.
    """

    alterations: tuple[str, ...]
    outputs: Mapping[str, Level] = field(hash=False)
    exposure: tuple[str, ...]
    genetic: bool
    patients: int


@dataclass(frozen=True)
class ForecastAnswer(Tabled):
    """What re-opens the chosen outputs under a combination.

    Outputs that are at full already (`already_open`) cannot re-open. `watch` are single events
    that re-open nothing of the goal. `pathways` are what was
    counted under these drugs for all alterations of a pathway together. `tried` counts events and
    pairs of events that were tried, those alike counted each. `record` is of the drugs as given,
    None where none are.
    """

    tissue: str
    alterations: tuple[str, ...]
    drugs: tuple[str, ...]
    chosen: tuple[str, ...]
    already_open: tuple[str, ...]
    outputs: Mapping[str, OutputLevels] = field(hash=False, repr=False)
    events: int
    escapes: tuple[Escape, ...]
    leaks: tuple[Escape, ...]
    watch: tuple[Aside, ...]
    pathways: tuple[Observation, ...] = field(repr=False)
    record: CombinationRecord | None = field(repr=False)
    tried: int
    complete: bool
    assumptions: tuple[str, ...]
    ontology_version: str
    as_of: str
    notice: str


def forecast_escapes(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
    events: int = 1,
    max_add: int = 3,
    records: Records | None = None,
    progress: Progress | None = None,
) -> ForecastAnswer:
    """Return the single and, with ``events=2``, paired alterations that re-open an output.

    Parameters
    ----------
    network
        The compiled network.
    tumour
        What the tumour carries; an event comes to every clone.
    drugs
        The combination: names, codes, brands, or ``inhibitor:TARGET``.
    outputs
        What shall stay closed (default: those of `find_gaps`).
    events
        1 or 2 further alterations at a time. Of pairs, those are listed whose members do not
        re-open alone.
    max_add
        Largest number of further drugs in a closer.
    records
        What was observed (default: of the packaged ontology).
    progress
        Called with the number of tumours done and in all.

    Raises
    ------
    KrasbypassError
        A name is unknown, or an alteration has no effect that the ontology knows.
    ValueError
        `events` is neither 1 nor 2.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
    >>> found = kb.forecast_escapes(network, tumour, ["adagrasib"])
    >>> {e.alterations[0]: e.mechanism for e in found.escapes}["KRAS:G12C+Y96D"]
    'on-target, binding-site'
    """
    if events not in (1, 2):
        raise ValueError("events is 1 or 2")
    question = resolve_question(network, tumour, drugs, outputs)
    chosen = question.goal.outputs
    search = _Search(question, records or load_records(), max_add, progress)
    found = search.try_singles()
    if events == 2:
        found += search.try_pairs()
    escapes = search.describe([f for f in found if f.rises_to is Level.FULL])
    leaks = search.describe([f for f in found if f.rises_to is not Level.FULL], closers=False)
    knowledge = network.knowledge
    return ForecastAnswer(
        tissue=question.tissue or "any",
        alterations=question.written,
        drugs=question.drug_names,
        chosen=chosen,
        already_open=tuple(o for o in chosen if search.before[o].adapted is Level.FULL),
        outputs=search.before,
        events=events,
        escapes=escapes,
        leaks=leaks,
        watch=search.find_asides(),
        pathways=search.find_pathways(),
        record=find_given_record(question, search.records),
        tried=search.tried,
        complete=True,
        assumptions=search.assumptions,
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


@dataclass(frozen=True)
class _Found:
    """Events that raise outputs, the tumour that has them, and the case in which one is highest.

    `output` is the one that rises highest, `scenario` the clone and reading in which it does.
    """

    groups: tuple[tuple[Event, ...], ...]
    tumour: Tumour
    outputs: Mapping[str, Level] = field(hash=False)
    output: str
    scenario: Scenario

    @property
    def rises_to(self) -> Level:
        return max(self.outputs.values())


class _Search:
    """Tries events on one question."""

    def __init__(
        self, question: Question, records: Records, max_add: int, progress: Progress | None
    ) -> None:
        self.question = question
        self.records = records
        self.max_add = max_add
        self.progress = progress
        self.tried = 0
        network, names = question.network, question.drug_names
        groups = evaluate_tumour(network, question.tumour, names, distinct=True)
        self.before = pool_outputs(network, groups)
        self.assumptions = find_assumptions(network, groups)
        every = find_events(question.knowledge, question.tumour)
        self.tried += len(every)
        self.groups = group_alike(network, every)
        self.quiet: list[tuple[Event, ...]] = []
        lost = (
            name for s in self._scenarios(question.tumour) for name, node, _ in s.lost if not node
        )
        self.unexposed = frozenset(lost)

    def try_singles(self) -> list[_Found]:
        found = self._screen([(group,) for group in self.groups])
        enough = {f.groups[0] for f in found if f.rises_to is Level.FULL}
        self.quiet = [group for group in self.groups if group not in enough]
        return found

    def try_pairs(self) -> list[_Found]:
        """Try pairs of events neither of which re-opens alone; leaks of pairs are left out."""
        pairs = [pair for pair in combinations(self.quiet, 2) if can_meet(pair[0][0], pair[1][0])]
        self.tried += sum(len(a) * len(b) for a, b in pairs)
        return [f for f in self._screen(pairs) if f.rises_to is Level.FULL]

    def find_asides(self) -> tuple[Aside, ...]:
        """Return the events that are not enough for the goal and act on what it leaves out."""
        chosen = self.question.goal.outputs
        others = [o for o in self.question.network.outputs if o not in chosen]
        tries = [(group,) for group in self.quiet]
        raised = {f.groups[0]: f.outputs for f in self._screen(tries, others)}
        found = []
        for group in self.quiet:
            at_full = {o: v for o, v in raised.get(group, {}).items() if v is Level.FULL}
            tumour = add_events(self.question.tumour, group[:1])
            exposure = tuple(d for d in self._find_unexposed(tumour) if d not in self.unexposed)
            if at_full or exposure:
                genetic = any(event.is_genetic for event in group)
                names = tuple(count_each(self.records, group, self.question.tissue))
                patients = count_patients(self.records, group, self.question.tissue)
                found.append(Aside(names, at_full, exposure, genetic, patients))
        return tuple(sorted(found, key=lambda a: (-a.patients, a.alterations)))

    def _find_unexposed(self, tumour: Tumour) -> dict[str, None]:
        """Return the drugs that lack a partner or are pumped out in a tumour."""
        lost = (found for scenario in self._scenarios(tumour) for found in scenario.lost)
        return {drug: None for drug, node, _ in lost if not node}

    def find_pathways(self) -> tuple[Observation, ...]:
        """Return what was counted, under these very drugs, for whole pathways."""
        found = self.records.find_pathway_observations(
            drugs=self.question.drug_names, tissue=self.question.tissue
        )
        return tuple(o for o in found if o.same_drug and o.same_tissue)

    def _screen(
        self, tries: Sequence[tuple[tuple[Event, ...], ...]], outputs: Iterable[str] | None = None
    ) -> list[_Found]:
        """Return which tries raise an output (of the goal) that is not at full without them."""
        question = self.question
        asked = question.goal.outputs if outputs is None else outputs
        watched = [o for o in asked if self.before[o].adapted is not Level.FULL]
        if not watched or not tries:
            return []
        tumours, scenarios, owner = [], [], []
        for number, groups in enumerate(tries):
            tumours.append(add_events(question.tumour, [group[0] for group in groups]))
            for scenario in self._scenarios(tumours[-1]):
                scenarios.append(scenario)
                owner.append(number)
        planes = screen_scenarios(question.network, scenarios, nodes=watched)
        none: tuple[Level, Scenario | None] = (Level.OFF, None)
        highest = [dict.fromkeys(watched, none) for _ in tries]
        for output in watched:
            levels = planes.levels(output).tolist()
            for number, scenario, level in zip(owner, scenarios, levels, strict=True):
                if level > highest[number][output][0]:
                    highest[number][output] = (Level(level), scenario)
        found = []
        for number, peaks in enumerate(highest):
            risen = {o: v for o, (v, _) in peaks.items() if v > self.before[o].adapted}
            if risen:
                top = max(risen, key=risen.__getitem__)
                where = peaks[top][1]
                assert where is not None
                found.append(_Found(tries[number], tumours[number], risen, top, where))
        return found

    def _scenarios(self, tumour: Tumour) -> list[Scenario]:
        question = self.question
        return [
            build_scenario(question.knowledge, genotype, question.tissue, question.drugs)
            for clone in tumour.clones
            for genotype in resolve_genotypes(question.knowledge, clone)
        ]

    def describe(self, found: Sequence[_Found], *, closers: bool = True) -> tuple[Escape, ...]:
        """Return escapes, a line for each alteration or pair, those alike beside each other."""
        tumours = [f.tumour for f in found]
        closed = (
            find_short_closers(self.question, tumours, size=self.max_add, records=self.records)
            if closers
            else [()] * len(found)
        )
        escapes = []
        for done, (each, closing) in enumerate(zip(found, closed, strict=True), start=1):
            escapes += self._describe(each, closing)
            if self.progress is not None:
                self.progress(done, len(found))
        return tuple(sorted(escapes, key=_order))

    def _describe(self, found: _Found, closers: tuple[ShortCloser, ...]) -> list[Escape]:
        first = tuple(group[0] for group in found.groups)
        evaluation = evaluate(self.question.network, found.scenario)
        starts = [event.node for event in first]
        finder = RouteFinder(self.question.knowledge, evaluation)
        route = finder.find_shortest(found.output, starts)
        kind = route.kind if route else ""
        place = find_place(self.question.knowledge, first[0])
        detail = route.details[0] if route and route.details else ""
        members = found.groups[0] if len(found.groups) == 1 else first[:1]
        return [
            Escape(
                alterations=tuple(event.node for event in (member, *first[1:])),
                alike=tuple(
                    tuple(e.node for e in group if e.node not in (member.node, *starts[1:]))
                    for group in found.groups
                ),
                outputs=found.outputs,
                kind=kind,
                place=place if route and place in route.kinds else kind,
                detail=detail,
                genetic=any(event.is_genetic for event in (member, *first[1:])),
                route=_renamed(route, first[0].node, member.node),
                observed=tuple(
                    observation
                    for event in (member, *first[1:])
                    for observation in self.records.find_observations(
                        event.node, drugs=self.question.drug_names, tissue=self.question.tissue
                    )
                ),
                closers=closers,
            )
            for member in members
        ]


def _renamed(route: Route | None, old: str, new: str) -> Route | None:
    """Return a route with the alteration it starts from replaced by one that acts alike."""
    if route is None or old == new:
        return route
    nodes = tuple(new if node == old else node for node in route.nodes)
    steps = tuple(replace(s, source=new if s.source == old else s.source) for s in route.steps)
    return replace(route, nodes=nodes, steps=steps)


def _order(escape: Escape) -> tuple[object, ...]:
    """Seen in patients first, the most patients first; then by mechanism and name.

    What a source says of a gene alone comes next, if it was seen under these very drugs.
    """
    of_gene = any(o.match == "gene" and o.same_drug for o in escape.observed)
    seen = max(
        (o.patients or 0 for o in escape.observed if o.match == "alteration"),
        default=-1 if of_gene else -2,
    )
    return (len(escape.alterations), -seen, escape.kind, escape.detail, escape.alterations)
