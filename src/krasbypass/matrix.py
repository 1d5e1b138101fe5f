"""Escapes against regimens: which further alteration opens what under which combination.

Alterations of one mechanism that open the same outputs under every regimen share a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from krasbypass.answers import Tabled
from krasbypass.escapes import (
    NOT_A_CHANGE,
    PLACES,
    Event,
    add_events,
    count_each,
    count_patients,
    find_events,
    find_place,
    group_alike,
)
from krasbypass.knowledge import Knowledge
from krasbypass.model import Level
from krasbypass.network import Network
from krasbypass.questions import resolve_question
from krasbypass.records import Records, load_records
from krasbypass.scenario import Scenario, build_scenario, resolve_drugs, resolve_genotypes
from krasbypass.screen import screen_scenarios
from krasbypass.tumour import Tumour


@dataclass(frozen=True)
class MatrixRow:
    """Alterations of one mechanism that do the same under every regimen.

    `events` are sorted by how many patients they were seen in; `patients` counts those of all,
    each once. `cells` have, for each regimen, the levels of the outputs in
    `adapted`.
    """

    mechanism: str
    events: tuple[str, ...]
    patients: int
    cells: tuple[Mapping[str, Level], ...] = field(hash=False)

    def opens(self, column: int) -> tuple[str, ...]:
        """Return the outputs at full under a regimen."""
        return tuple(o for o, level in self.cells[column].items() if level is Level.FULL)


@dataclass(frozen=True)
class EscapeMatrix(Tabled):
    """Rows of escapes against regimens; the first row is the tumour as it is."""

    tissue: str
    alterations: tuple[str, ...]
    regimens: tuple[tuple[str, ...], ...]
    outputs: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    tried: int
    ontology_version: str
    as_of: str
    notice: str


def find_escape_matrix(
    network: Network,
    tumour: Tumour,
    regimens: Iterable[Iterable[str]],
    *,
    outputs: Iterable[str] | None = None,
    records: Records | None = None,
) -> EscapeMatrix:
    """Return what every event of the catalogue opens under each regimen.

    Events that open nothing under any regimen are left out.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
    >>> found = kb.find_escape_matrix(network, tumour, [["sotorasib"], ["elironrasib"]])
    >>> row = next(row for row in found.rows if "KRAS:G12C+Y96D" in row.events)
    >>> row.opens(0), row.opens(1)
    (('MAPK', 'PI3K-AKT-mTOR'), ())
    """
    knowledge = network.knowledge
    records = records or load_records()
    combinations = [resolve_drugs(knowledge, drugs) for drugs in regimens]
    names = tuple(tuple(d.name for d in drugs) for drugs in combinations)
    question = resolve_question(network, tumour, (), outputs)
    chosen = question.goal.outputs
    groups = ((), *group_alike(network, find_events(knowledge, tumour)))
    scenarios: list[Scenario] = []
    owner: list[tuple[int, int]] = []
    for row, group in enumerate(groups):
        changed = add_events(tumour, group[:1])
        genotypes = [g for clone in changed.clones for g in resolve_genotypes(knowledge, clone)]
        for column, drugs in enumerate(combinations):
            for genotype in genotypes:
                scenarios.append(build_scenario(knowledge, genotype, question.tissue, drugs))
                owner.append((row, column))
    planes = screen_scenarios(network, scenarios, nodes=chosen)
    cells = [[dict.fromkeys(chosen, Level.OFF) for _ in combinations] for _ in groups]
    for output in chosen:
        for (row, column), level in zip(owner, planes.levels(output).tolist(), strict=True):
            cell = cells[row][column]
            cell[output] = max(cell[output], Level(level))
    return EscapeMatrix(
        tissue=question.tissue or "any",
        alterations=question.written,
        regimens=names,
        outputs=chosen,
        rows=_fold(knowledge, records, question.tissue, groups, cells),
        tried=sum(map(len, groups)),
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


def _fold(
    knowledge: Knowledge,
    records: Records,
    tissue: str | None,
    groups: Sequence[Sequence[Event]],
    cells: Sequence[Sequence[Mapping[str, Level]]],
) -> tuple[MatrixRow, ...]:
    """Join groups of one mechanism whose cells open the same, and drop those that open nothing."""
    joined: dict[tuple[str, object], list[int]] = defaultdict(list)
    for number, group in enumerate(groups[1:], start=1):
        opened = tuple(
            tuple(o for o, level in cell.items() if level is Level.FULL) for cell in cells[number]
        )
        if any(opened):
            joined[_name_mechanism(knowledge, group), opened].append(number)
    rows = []
    for (mechanism, _), numbers in joined.items():
        members = [event for number in numbers for event in groups[number]]
        events = tuple(count_each(records, members, tissue))
        patients = count_patients(records, members, tissue)
        rows.append(MatrixRow(mechanism, events, patients, tuple(cells[numbers[0]])))
    order = (*PLACES, NOT_A_CHANGE)
    rows.sort(key=lambda r: (order.index(r.mechanism), -r.patients, -len(r.events), r.events))
    return (MatrixRow("no further alteration", (), 0, tuple(cells[0])), *rows)


def _name_mechanism(knowledge: Knowledge, group: Sequence[Event]) -> str:
    """Name where a group of events that act alike acts."""
    event = next((event for event in group if event.is_genetic), None)
    return find_place(knowledge, event) if event is not None else NOT_A_CHANGE
