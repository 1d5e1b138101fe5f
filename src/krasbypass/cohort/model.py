"""A cohort as read: patients, the genotypes they share, and what became of every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from krasbypass.cohort.dialects import Kind
from krasbypass.cohort.tables import make_printable
from krasbypass.cohort.understanding import Status
from krasbypass.tumour import Tumour, name_tumour


@dataclass(frozen=True, slots=True, order=True)
class SharedGenotype:
    """A tissue (``any`` if unknown) and the entries that some patients have in common, sorted."""

    tissue: str
    entries: tuple[str, ...]

    @property
    def tumour(self) -> Tumour:
        """The tumour as the other commands take it."""
        return Tumour.parse(self.tissue, self.entries)

    def __str__(self) -> str:
        return name_tumour(self.tissue, self.entries)


@dataclass(frozen=True, slots=True)
class RowNote:
    """A row that did not become part of a tumour, and why."""

    file: str
    line: int
    patient: str
    text: str
    status: Status
    reason: str

    def sentence(self) -> str:
        """Return the row's place and what is wrong with it."""
        return make_printable(f"{self.file}, line {self.line}: {self.text}: {self.reason}")


@dataclass(frozen=True, slots=True)
class TableCount:
    """How many rows of a table were read and what became of them; the parts add up."""

    file: str
    kind: Kind
    rows: int
    used: int
    ignored: int
    not_understood: int
    broken: int


@dataclass(frozen=True)
class Cohort:
    """Patients in order of appearance.

    `genotype_of` holds for each patient the number of its genotype, or -1 where answering would
    not be safe; `withheld` says why. `notes` are what was assumed of a patient; `problems` are
    sentences on tables as a whole, after which `complete` is False; `assumptions` are such
    sentences that only need to be known.
    """

    files: tuple[str, ...]
    ids: tuple[str, ...] = field(repr=False)
    genotypes: tuple[SharedGenotype, ...] = field(repr=False)
    genotype_of: npt.NDArray[np.int32] = field(repr=False, hash=False, compare=False)
    tables: tuple[TableCount, ...]
    rows: tuple[RowNote, ...] = field(repr=False)
    withheld: Mapping[str, str] = field(repr=False, hash=False)
    notes: Mapping[str, tuple[str, ...]] = field(repr=False, hash=False)
    problems: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every table was read to its end and every patient can be answered."""
        return not self.problems and not self.withheld

    @property
    def weights(self) -> npt.NDArray[np.int64]:
        """Return how many patients have each genotype."""
        told = self.genotype_of[self.genotype_of >= 0]
        return np.bincount(told, minlength=len(self.genotypes))

    def count_reasons(self, status: Status) -> tuple[tuple[str, int], ...]:
        """Return the reasons of rows of one status with how many rows have each, most first."""
        counted = Counter(row.reason for row in self.rows if row.status is status)
        return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def select(self, entries: Iterable[str]) -> Cohort:
        """Return the patients whose tumours carry all `entries`, withheld ones left out.

        An allele counts for each change that it has in cis; the account of rows stays that of the
        tables.
        """
        wanted = tuple(entries)
        fitting = [g for g, found in enumerate(self.genotypes) if _carries(found, wanted)]
        numbers = np.full(len(self.genotypes) + 1, -1, np.int32)
        numbers[fitting] = np.arange(len(fitting), dtype=np.int32)
        moved = numbers[self.genotype_of]
        kept = np.flatnonzero(moved >= 0)
        ids = tuple(self.ids[int(n)] for n in kept)
        return replace(
            self,
            ids=ids,
            genotypes=tuple(self.genotypes[g] for g in fitting),
            genotype_of=moved[kept],
            notes={i: self.notes[i] for i in ids if i in self.notes},
        )


def _carries(genotype: SharedGenotype, wanted: Iterable[str]) -> bool:
    def singles(entry: str) -> set[str]:
        gene, _, changes = entry.partition(":")
        return {entry, *(f"{gene}:{change}" for change in changes.split("+"))}

    carried = set().union(*map(singles, genotype.entries)) if genotype.entries else set()
    return carried.issuperset(wanted)
