"""What each drug sets in each tumour, and the mechanisms that drugs fall into.

Engagement comes from `krasbypass.scenario` alone. Drugs that differ in nothing it looks at are
asked once, and a drug again only for genotypes that differ where it could matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from krasbypass.knowledge import Knowledge
from krasbypass.model import SPARE, Alteration, Drug, Level
from krasbypass.scenario import Genotype, build_scenario

#: Inputs that a drug sets, sorted.
Treatment = tuple[tuple[str, Level], ...]
#: Fields of a drug that say who it is, not what it does.
_NAMES = frozenset({"id", "name", "names", "mechanism", "stage", "classes"})


@dataclass(frozen=True)
class Mechanism:
    """Drugs that set the same inputs in every tumour of a screen.

    `treatments` are what they set, tumour by tumour; `drugs` are sorted.
    """

    drugs: tuple[str, ...]
    treatments: tuple[Treatment, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """The first drug, which stands for all."""
        return self.drugs[0]


def compose(treatments: Iterable[Iterable[tuple[str, Level]]]) -> dict[str, Level]:
    """Return what drugs set together: the highest level of each input, of spares the lowest.

    >>> found = compose([(("engaged_on:X", Level.ATTENUATED),), (("engaged_on:X", Level.FULL),)])
    >>> found["engaged_on:X"].label
    'full'
    """
    result: dict[str, Level] = {}
    for treatment in treatments:
        for node, level in treatment:
            pick = min if node.startswith(SPARE) else max
            result[node] = pick(level, result.get(node, level))
    return result


def find_mechanisms(
    knowledge: Knowledge,
    genotypes: Sequence[Genotype],
    tissue: str | None,
    drugs: Iterable[Drug],
) -> tuple[Mechanism, ...]:
    """Return the mechanisms of `drugs` over tumours of one tissue, sorted by name.

    Drugs that set nothing in any of the tumours are left out.
    """
    asked = _Treatments(knowledge, tissue)
    groups: dict[tuple[Treatment, ...], list[str]] = {}
    for alike in _group_alike(knowledge, drugs):
        key = tuple(asked.find(genotype, alike[0]) for genotype in genotypes)
        groups.setdefault(key, []).extend(drug.name for drug in alike)
    found = (Mechanism(tuple(sorted(names)), key) for key, names in groups.items() if any(key))
    return tuple(sorted(found, key=lambda m: m.drugs))


def _group_alike(knowledge: Knowledge, drugs: Iterable[Drug]) -> list[list[Drug]]:
    """Group drugs that engagement cannot tell apart in any tumour."""
    overload: dict[str, list[object]] = {}
    for key, level in sorted(knowledge.overload_levels.items()):
        overload.setdefault(key[0], []).append((key[1:], level))
    names = [f.name for f in fields(Drug) if f.name not in _NAMES]
    groups: dict[tuple[object, ...], list[Drug]] = {}
    for drug in sorted(drugs, key=lambda d: d.name):
        key = (*(getattr(drug, name) for name in names), tuple(overload.get(drug.id, ())))
        groups.setdefault(key, []).append(drug)
    return list(groups.values())


class _Treatments:
    def __init__(self, knowledge: Knowledge, tissue: str | None) -> None:
        self.knowledge = knowledge
        self.tissue = tissue
        self.known: dict[tuple[str, tuple[str, ...]], Treatment] = {}

    def find(self, genotype: Genotype, drug: Drug) -> Treatment:
        relevant = tuple(a.node for a in genotype.alterations if matters(drug, a))
        found = self.known.get((drug.id, relevant))
        if found is None:
            scenario = build_scenario(self.knowledge, genotype, self.tissue, (drug,))
            found = tuple(sorted(scenario.treatment.items()))
            self.known[drug.id, relevant] = found
        return found


def matters(drug: Drug, alteration: Alteration) -> bool:
    """Whether an alteration may change what a drug engages."""
    if alteration.gene in drug.partners or alteration.gene in drug.effluxed_by:
        return True
    engaged: Mapping[str, Level] = dict(drug.engages)
    touched = {alteration.id, *alteration.parts}
    return not touched.isdisjoint(drug.abrogated_by | drug.weakened_by | engaged.keys())
