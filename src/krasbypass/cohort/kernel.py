"""Levels of a block of genotypes under every regimen, from one circuit for the whole cohort.

What a genotype sets is the union of what its entries set: entries of RAS genes are read together,
since a gain of copies is one of the mutant allele, all others alone. What a drug engages depends on
few of them, so it is asked once for each such part. The result is that of `resolve_scenarios` and
`evaluate`, scenario by scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from krasbypass.cohort.circuit import Codes, CohortCircuit, build_circuit, pool_readings
from krasbypass.cohort.model import SharedGenotype
from krasbypass.cohort.regimens import Regimen
from krasbypass.model import SPARE, Alteration, Drug, Level
from krasbypass.network import Network, extend_with_alleles
from krasbypass.scenario import Genotype, build_scenario, resolve_drugs, resolve_genotypes
from krasbypass.screen import compose
from krasbypass.screen.planes import PlanePair
from krasbypass.screen.treatments import Treatment, matters
from krasbypass.tumour import Change

#: Treatments that are remembered between blocks.
_REMEMBERED = 1 << 17
#: Levels by node, as few as are not off.
Settings = tuple[tuple[str, Level], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One or more entries of a tumour in one reading: what they are and what they set."""

    alterations: tuple[Alteration, ...]
    settings: Settings


@dataclass(frozen=True, slots=True)
class _Case:
    """One reading of one genotype: what it sets, and what drugs may notice of it."""

    settings: tuple[Settings, ...]
    noticed: int


class Kernel:
    """Answers blocks of genotypes of one network under fixed regimens; it remembers what it met.

    Parameters
    ----------
    network
        The compiled network.
    regimens
        What every genotype is asked under.
    scenarios
        How many there will be in all, which decides whether compiling pays.
    """

    def __init__(
        self, network: Network, regimens: Sequence[Regimen], *, scenarios: int = 0
    ) -> None:
        self.network = network
        self.knowledge = network.knowledge
        self.regimens = tuple(regimens)
        self.scenarios = scenarios
        named = [resolve_drugs(self.knowledge, r.drugs) for r in self.regimens]
        self.drugs = tuple(dict.fromkeys(chain.from_iterable(named)))
        places = {drug: number for number, drug in enumerate(self.drugs)}
        self.members = tuple(tuple(places[d] for d in drugs) for drugs in named)
        self._parts: dict[tuple[str, ...], tuple[_Part, ...]] = {}
        self._bases: dict[str, Settings] = {}
        self._is_ras: dict[str, bool] = {}
        self._profiles: dict[tuple[str, tuple[Alteration, ...]], int] = {}
        self._effects: list[tuple[Treatment, ...]] = []
        self._treatments: dict[tuple[int, str, tuple[Alteration, ...]], Treatment] = {}
        self._composed: dict[tuple[int, int], Mapping[str, Level]] = {}
        self._noticed: dict[Alteration, bool] = {}
        self._circuit: CohortCircuit | None = None

    # -- genotypes as inputs ----------------------------------------------------------------------

    def read(self, genotype: SharedGenotype) -> tuple[_Case, ...]:
        """Return the readings of a genotype: several if a RAS change is unspecified."""
        base = self.base(genotype.tissue)
        ras = tuple(entry for entry in genotype.entries if self.is_ras(entry))
        others = [self.parts((e,))[0] for e in genotype.entries if not self.is_ras(e)]
        cases = []
        for together in self.parts(ras):
            parts = (together, *others)
            settings = (base, *(part.settings for part in parts))
            seen = [a for part in parts for a in part.alterations if self.is_noticed(a)]
            cases.append(_Case(settings, self.profile(genotype.tissue, seen)))
        return tuple(cases)

    def base(self, tissue: str) -> Settings:
        """Return what a tissue sets by itself."""
        if tissue not in self._bases:
            self._bases[tissue] = self.inputs(Genotype((), (), ()), tissue)
        return self._bases[tissue]

    def inputs(self, genotype: Genotype, tissue: str) -> Settings:
        """Return what a genotype sets in a tissue, no drug given."""
        named = None if tissue == "any" else tissue
        return tuple(build_scenario(self.knowledge, genotype, named, ()).genotype.items())

    def is_ras(self, entry: str) -> bool:
        """Whether an entry has to be read together with others of its gene."""
        if entry not in self._is_ras:
            change = Change.parse(entry)
            named = not change.is_context and change.partner is None
            self._is_ras[entry] = named and self.knowledge.find_gene(change.gene).has_alleles
        return self._is_ras[entry]

    def parts(self, entries: tuple[str, ...]) -> tuple[_Part, ...]:
        """Return the readings of entries, each with what it adds to a tumour without any."""
        if entries not in self._parts:
            empty = dict(self.base("any"))
            changes = tuple(map(Change.parse, entries))
            self._parts[entries] = tuple(
                _Part(
                    found.alterations,
                    tuple(i for i in self.inputs(found, "any") if i[0] not in empty),
                )
                for found in resolve_genotypes(self.knowledge, changes)
            )
        return self._parts[entries]

    # -- regimens as inputs -----------------------------------------------------------------------

    def is_noticed(self, alteration: Alteration) -> bool:
        """Whether any drug of the regimens could engage otherwise for an alteration."""
        if alteration not in self._noticed:
            self._noticed[alteration] = any(matters(drug, alteration) for drug in self.drugs)
        return self._noticed[alteration]

    def profile(self, tissue: str, alterations: Iterable[Alteration]) -> int:
        """Return the number of what drugs notice of a genotype; the order does not count."""
        key = (tissue, tuple(sorted(alterations, key=lambda a: a.node)))
        if key not in self._profiles:
            self._profiles[key] = len(self._effects)
            self._effects.append(tuple(self.treat(i, *key) for i in range(len(self.drugs))))
        return self._profiles[key]

    def treat(self, number: int, tissue: str, alterations: tuple[Alteration, ...]) -> Treatment:
        """Return what one drug sets, asked anew only where it could differ."""
        drug: Drug = self.drugs[number]
        noticed = tuple(a for a in alterations if matters(drug, a))
        key = (number, tissue, noticed)
        if key not in self._treatments:
            named = None if tissue == "any" else tissue
            genotype = Genotype(noticed, (), ())
            found = build_scenario(self.knowledge, genotype, named, (drug,)).treatment
            self._treatments[key] = tuple(sorted(found.items()))
        return self._treatments[key]

    def composed(self, regimen: int, profile: int) -> Mapping[str, Level]:
        """Return what a regimen sets in a profile."""
        key = (regimen, profile)
        if key not in self._composed:
            effects = self._effects[profile]
            self._composed[key] = compose(effects[i] for i in self.members[regimen])
        return self._composed[key]

    # -- a block ----------------------------------------------------------------------------------

    def answer(self, genotypes: Sequence[SharedGenotype]) -> Codes:
        """Return the codes of a block: genotypes × regimens × outputs."""
        if len(self._composed) + len(self._treatments) > _REMEMBERED:
            self._forget()
        readings = [self.read(genotype) for genotype in genotypes]
        cases = [case for found in readings for case in found]
        words = -(-len(cases) // 64)
        before = _pack_cases([case.settings for case in cases], words)
        under = self._pack_regimens([case.noticed for case in cases], words)
        codes = self.circuit().run(before, under, words)[:, :, : len(cases)]
        if len(cases) > len(genotypes):
            codes = pool_readings(codes, [len(found) for found in readings])
        return np.ascontiguousarray(codes.transpose(2, 1, 0))

    def _forget(self) -> None:
        """Drop what is remembered of treatments, which bounds the memory of a long run."""
        for memory in (self._composed, self._treatments, self._profiles):
            memory.clear()
        self._effects.clear()

    def circuit(self) -> CohortCircuit:
        """Return the circuit of the network, extended with alleles that no catalogue lists."""
        met = (a for found in self._parts.values() for part in found for a in part.alterations)
        network = extend_with_alleles(self.network, [a for a in met if len(a.parts) > 1])
        if self._circuit is None or network is not self.network:
            self.network = network
            self._circuit = build_circuit(network, self.scenarios)
        return self._circuit

    def _pack_regimens(self, profiles: Sequence[int], words: int) -> list[Mapping[str, PlanePair]]:
        """Return what each regimen sets in each case, as planes."""
        distinct, place = np.unique(np.array(profiles, np.int64), return_inverse=True)
        return [
            _pack_treatments([self.composed(regimen, int(p)) for p in distinct], place, words)
            for regimen in range(len(self.regimens))
        ]


def _pack_cases(cases: Sequence[tuple[Settings, ...]], words: int) -> dict[str, PlanePair]:
    """Return the planes of the inputs that are on somewhere."""
    rows: dict[str, int] = {}
    where: list[int] = []
    columns: list[int] = []
    levels: list[int] = []
    for column, settings in enumerate(cases):
        for node, level in chain.from_iterable(settings):
            where.append(rows.setdefault(node, len(rows)))
            columns.append(column)
            levels.append(level)
    table = np.zeros((len(rows), words * 64), np.uint8)
    table[where, columns] = levels
    some, full = _pack_rows(table >= 1), _pack_rows(table >= 2)
    return {node: (some[row], full[row]) for node, row in rows.items()}


def _pack_treatments(
    distinct: Sequence[Mapping[str, Level]], place: npt.NDArray[np.intp], words: int
) -> dict[str, PlanePair]:
    """Return the planes of what drugs set, given what they set in each distinct profile."""
    nodes = sorted({node for found in distinct for node in found})
    table = np.zeros((len(nodes), len(distinct)), np.uint8)
    for row, node in enumerate(nodes):
        default = Level.FULL if node.startswith(SPARE) else Level.OFF
        table[row] = [found.get(node, default) for found in distinct]
    spread = np.zeros((len(nodes), words * 64), np.uint8)
    spread[:, : len(place)] = table[:, place]
    some, full = _pack_rows(spread >= 1), _pack_rows(spread >= 2)
    return {node: (some[row], full[row]) for row, node in enumerate(nodes)}


def _pack_rows(bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    octets = np.packbits(bits, axis=1, bitorder="little")
    return octets.view("<u8").astype(np.uint64, copy=False)
