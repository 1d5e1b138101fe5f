"""Escapes against regimens: which further alteration opens what under which combination.

Alterations of one mechanism that open the same outputs under every regimen share a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from krasbypass.answers import Tabled
from krasbypass.escapes import Event, add_events, find_events, group_alike
from krasbypass.knowledge import Knowledge
from krasbypass.model import Level
from krasbypass.network import Network
from krasbypass.questions import default_outputs, resolve_question
from krasbypass.records import Records, load_records
from krasbypass.scenario import Scenario, build_scenario, resolve_drugs, resolve_genotypes
from krasbypass.screen import screen_scenarios
from krasbypass.tumour import NOT_GENETIC, Tumour
from krasbypass.vocabulary import C

#: Classes of alterations by where they act, in the order in which a matrix lists them.
_CLASSES = (
    C.ON_TARGET_RESISTANCE,
    C.UPSTREAM_RESISTANCE,
    C.DOWNSTREAM_RESISTANCE,
    C.PARALLEL_RESISTANCE,
)
_NOT_GENETIC, _OTHER = "not genetic", "other"


@dataclass(frozen=True)
class MatrixRow:
    """Alterations of one mechanism that do the same under every regimen.

    `events` are sorted by how many patients they were seen in, then by name. `cells` have, for
    each regimen, the levels of the outputs in `adapted`.
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
    chosen = tuple(outputs) if outputs is not None else default_outputs(network, tumour)
    combinations = [resolve_drugs(knowledge, drugs) for drugs in regimens]
    names = tuple(tuple(d.name for d in drugs) for drugs in combinations)
    question = resolve_question(network, tumour, (), chosen, "suppress")
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
        seen = {
            event.node: _count_patients(records, event, tissue)
            for number in numbers
            for event in groups[number]
        }
        events = tuple(sorted(seen, key=lambda node: (-seen[node], node)))
        rows.append(MatrixRow(mechanism, events, sum(seen.values()), tuple(cells[numbers[0]])))
    order = {name: n for n, name in enumerate(_mechanisms(knowledge))}
    rows.sort(key=lambda r: (order[r.mechanism], -r.patients, -len(r.events), r.events))
    return (MatrixRow("no further alteration", (), 0, tuple(cells[0])), *rows)


def _mechanisms(knowledge: Knowledge) -> tuple[str, ...]:
    return (*(knowledge.label(cls) for cls in _CLASSES), _OTHER, _NOT_GENETIC)


def _name_mechanism(knowledge: Knowledge, group: Sequence[Event]) -> str:
    """Name where a group acts: away from the target if it does, else on it."""
    event = next((e for e in group if e.code not in NOT_GENETIC), group[0])
    known = knowledge.alterations.get(event.alteration)
    if known is None or event.code in NOT_GENETIC:
        return _NOT_GENETIC
    away = (*_CLASSES[1:], _CLASSES[0])
    return next((knowledge.label(cls) for cls in away if cls in known.classes), _OTHER)


def _count_patients(records: Records, event: Event, tissue: str | None) -> int:
    found = records.find_observations(event.node, tissue=tissue)
    return sum(o.patients or 0 for o in found if o.match == "alteration")
