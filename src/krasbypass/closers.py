"""Closers: the minimal sets of further drugs that reach a goal, folded by mechanism.

Which sets reach it is decided by `krasbypass.screen`, exactly and over the whole catalogue; here
they get names, records, and an order in which people would look at them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, product
from typing import NamedTuple

from krasbypass.knowledge import Knowledge
from krasbypass.model import Drug
from krasbypass.questions import Question
from krasbypass.records import CombinationRecord, Records
from krasbypass.scenario import resolve_genotypes
from krasbypass.screen import Panel, build_panel
from krasbypass.screen.additions import Additions, Part, find_additions
from krasbypass.tumour import Tumour
from krasbypass.vocabulary import P

#: How far drugs have come, best first; a drug of unknown stage stands before preclinical ones.
_STAGES = ("approved", "clinical", "", "preclinical", "discontinued")
#: How a drug in the clinic that hits the tumour's own lesion ranks: just after trials with results.
_LESION_SUPPORT = 3
#: Sets of one line whose records are looked up besides those with a record of their own.
_LOOKED_UP = 3


@dataclass(frozen=True)
class Closer:
    """A set of further drugs that reaches the goal, with the other sets of its mechanisms.

    `drugs` are the best supported; `reopened_by` are further drugs with which the goal is missed
    again, empty if up to two further ones do not. `at_lesion` is the share of what the drugs
    engage that the tumour has altered. `record` is of the whole combination.
    """

    drugs: tuple[str, ...]
    mechanisms: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = field(repr=False)
    brake_proof: bool
    reopened_by: tuple[str, ...]
    at_lesion: float
    record: CombinationRecord = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShortCloser:
    """One of the smallest sets that reach a goal: the drugs that have come farthest."""

    drugs: tuple[str, ...]
    mechanisms: tuple[str, ...]
    brake_proof: bool


def build_question_panel(question: Question) -> Panel:
    """Return the question's genotypes under the whole catalogue, the given drugs fixed."""
    return build_panel(
        question.network,
        question.genotypes,
        question.tissue,
        question.goal,
        given=question.drugs,
    )


def find_closers(
    question: Question, records: Records, *, size: int = 3, panel: Panel | None = None
) -> tuple[Closer, ...]:
    """Return all minimal closers of up to `size` further drugs, folded, best first.

    An empty set of drugs among them means that the goal is reached already.
    """
    panel = panel or build_question_panel(question)
    return fold_additions(question, records, panel, find_additions(panel.parts, size=size))


def fold_additions(
    question: Question, records: Records, panel: Panel, additions: Additions
) -> tuple[Closer, ...]:
    """Return additions as closers: one line for all sets of like mechanisms."""
    knowledge = question.knowledge
    names = [
        tuple(d for n in group for d in panel.mechanisms[n].drugs) for group in additions.groups
    ]
    lines: dict[tuple[str, ...], dict[tuple[str, ...], _Set]] = defaultdict(dict)
    for combination in additions.minimal:
        by = tuple(
            min(names[g], key=lambda d: _stage(knowledge, d))
            for g in additions.reopened.get(combination, ())
        )
        found = _Set(combination in additions.brake_proof, by)
        for drugs in product(*(names[g] for g in combination)):
            lines[name_mechanisms(knowledge, drugs)][tuple(sorted(drugs))] = found
    closers = [
        _make_line(question, records, mechanisms, sets) for mechanisms, sets in lines.items()
    ]
    return tuple(sorted(closers, key=lambda closer: _order(records, knowledge, closer)))


class _Set(NamedTuple):
    """What the screen says of one set: whether it is brake-proof, and what re-opens it."""

    brake_proof: bool
    reopened_by: tuple[str, ...]


def find_short_closers(
    question: Question, tumours: Sequence[Tumour], *, size: int = 3
) -> list[tuple[ShortCloser, ...]]:
    """Return for each tumour the closers of the smallest size that has any.

    Tumours that the screen cannot tell apart are answered once; nothing recorded is looked up.
    """
    knowledge = question.knowledge
    genotypes = [
        [g for clone in tumour.clones for g in resolve_genotypes(knowledge, clone)]
        for tumour in tumours
    ]
    panel = build_panel(
        question.network,
        list(chain.from_iterable(genotypes)),
        question.tissue,
        question.goal,
        given=question.drugs,
    )
    best = [_best_by_mechanism(knowledge, m.drugs) for m in panel.mechanisms]
    parts = iter(panel.parts)
    known: dict[tuple[Part, ...], tuple[ShortCloser, ...]] = {}
    found = []
    for readings in genotypes:
        key = tuple(dict.fromkeys(islice(parts, len(readings))))
        if key not in known:
            known[key] = _find_shortest(knowledge, key, best, size)
        found.append(known[key])
    return found


def _find_shortest(
    knowledge: Knowledge, parts: Sequence[Part], best: Sequence[Mapping[str, str]], size: int
) -> tuple[ShortCloser, ...]:
    additions = find_additions(parts, size=size, reopening=False)
    found: dict[tuple[str, ...], ShortCloser] = {}
    for combination in additions.minimal:
        if len(combination) > len(additions.minimal[0]):
            break
        choices = (
            _merge_best(knowledge, [best[n] for n in additions.groups[g]]) for g in combination
        )
        for drugs in product(*choices):
            mechanisms = name_mechanisms(knowledge, drugs)
            proof = combination in additions.brake_proof
            closer = ShortCloser(tuple(sorted(drugs)), mechanisms, proof)
            found.setdefault(mechanisms, closer)
    return tuple(sorted(found.values(), key=lambda c: (_stages(knowledge, c.drugs), c.mechanisms)))


def _best_by_mechanism(knowledge: Knowledge, drugs: Iterable[str]) -> dict[str, str]:
    """Return for each mechanism the drug that has come farthest."""
    ordered = sorted(drugs, key=lambda d: _stage(knowledge, d), reverse=True)
    return {_mechanism(knowledge, d): d for d in ordered}


def _merge_best(knowledge: Knowledge, found: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    drugs = chain.from_iterable(best.values() for best in found)
    return tuple(_best_by_mechanism(knowledge, drugs).values())


def _stages(knowledge: Knowledge, drugs: Iterable[str]) -> list[int]:
    """Return how far drugs have come, the least far first."""
    return sorted((_stage(knowledge, d)[0] for d in drugs), reverse=True)


def name_mechanisms(knowledge: Knowledge, drugs: Iterable[str]) -> tuple[str, ...]:
    """Return the mechanisms of drugs, sorted, without what a comma sets apart within one.

    A drug without a mechanism stands for itself.
    """
    return tuple(sorted(_mechanism(knowledge, d) for d in drugs))


def _mechanism(knowledge: Knowledge, drug: str) -> str:
    return knowledge.drugs[drug].mechanism.partition(",")[0] or drug


def _make_line(
    question: Question,
    records: Records,
    mechanisms: tuple[str, ...],
    sets: Mapping[tuple[str, ...], _Set],
) -> Closer:
    ordered, best, record = pick_supported(question, records, sets)
    return Closer(
        drugs=best,
        mechanisms=mechanisms,
        alternatives=tuple(s for s in ordered if s != best),
        brake_proof=sets[best].brake_proof,
        reopened_by=sets[best].reopened_by,
        at_lesion=_share_at_lesion(question, best),
        record=record,
    )


def pick_supported(
    question: Question, records: Records, sets: Iterable[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], tuple[str, ...], CombinationRecord]:
    """Return sets of further drugs in order of stage, the best supported, and its record."""
    knowledge = question.knowledge
    given = question.drug_names

    def by_stage(drugs: tuple[str, ...]) -> tuple[object, ...]:
        return (_stages(knowledge, drugs), drugs)

    ordered = sorted(sets, key=by_stage)
    recorded = [s for s in ordered if records.is_recorded((*given, *s))]
    looked_up = {
        drugs: records.find_combination(
            (*given, *drugs), tissue=question.tissue, alterations=question.alterations
        )
        for drugs in (*recorded, *ordered[:_LOOKED_UP])
    }
    best = min(looked_up, key=lambda s: (records.rank(looked_up[s])[:2], by_stage(s)))
    return ordered, best, looked_up[best]


def find_given_record(question: Question, records: Records) -> CombinationRecord | None:
    """Return what is on record of the drugs as given, None where none are."""
    if not question.drugs:
        return None
    return records.find_combination(
        question.drug_names, tissue=question.tissue, alterations=question.alterations
    )


def _stage(knowledge: Knowledge, drug: str) -> tuple[int, str]:
    stage = knowledge.drugs[drug].stage
    return (_STAGES.index(stage) if stage in _STAGES else len(_STAGES), drug)


def _order(records: Records, knowledge: Knowledge, closer: Closer) -> tuple[object, ...]:
    """Fewest drugs first; then what was tried or hits the lesion, and how far drugs have come.

    Between lines alike in that, the mechanism with more drugs comes first.
    """
    support, absent = records.rank(closer.record)[:2]
    stages = _stages(knowledge, closer.drugs)
    in_clinic = max(stages, default=0) < _STAGES.index("preclinical")
    lesion = closer.at_lesion if in_clinic else 0.0
    return (
        len(closer.drugs),
        min(support, _LESION_SUPPORT) if lesion else support,
        -lesion,
        absent,
        stages,
        -len(closer.alternatives),
        closer.mechanisms,
    )


def _share_at_lesion(question: Question, drugs: Iterable[str]) -> float:
    """Return the share of the drugs' targets that the tumour has altered; 0 if one hits none."""
    altered = {a.gene for g in question.genotypes for a in g.alterations}
    targets = [find_targets(question.knowledge, drug) for drug in drugs]
    if not targets or any(altered.isdisjoint(genes) for genes in targets):
        return 0.0
    genes = frozenset.union(*targets)
    return len(genes & altered) / len(genes)


def find_targets(knowledge: Knowledge, drug: str) -> frozenset[str]:
    """Return the ids of the genes whose products a drug engages."""
    return frozenset(_target_genes(knowledge, knowledge.drugs[drug]))


def _target_genes(knowledge: Knowledge, drug: Drug) -> Iterator[str]:
    for key, _ in drug.engages:
        activity = knowledge.activities.get(key)
        if activity is not None:
            yield from activity.genes
        else:
            yield from knowledge.values(key, P.ALLELE_OF)
