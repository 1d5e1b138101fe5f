"""Patients as they come together from tables, and the decision whom to answer."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from krasbypass.cohort.dialects import Kind
from krasbypass.cohort.model import Cohort, RowNote, SharedGenotype, TableCount
from krasbypass.cohort.tables import name_of
from krasbypass.cohort.understanding import Interpreter, Reading, Status
from krasbypass.errors import UnknownTermError
from krasbypass.knowledge import Knowledge

#: A sample within a longer barcode of The Cancer Genome Atlas.
_BARCODE = re.compile(r"^(TCGA-\w{2}-\w{4}-\d{2})[A-Z]")
#: Kinds of table whose later rows may say more of a patient.
_SCATTERED = frozenset(
    {Kind.MUTATIONS, Kind.COPY_NUMBERS, Kind.COPY_NUMBER_MATRIX, Kind.STRUCTURAL_VARIANTS}
)


class SeenTable:
    """A table while it is read: what became of its rows, and whom it spoke of."""

    def __init__(self, file: str, tissue: str) -> None:
        self.file = file
        self.tissue = tissue
        self.kind: Kind | None = None
        self.counts: Counter[Status] = Counter()
        self.patients = bytearray()
        self.last = 0
        self.broke_off = ""
        self.words: frozenset[str] = frozenset()

    def see(self, number: int) -> None:
        """Remember that the table speaks of a patient."""
        if number >= len(self.patients):
            self.patients.extend(bytes(max(1024, number + 1 - len(self.patients))))
        self.patients[number] = 1

    def sees(self, number: int) -> bool:
        """Whether the table spoke of a patient."""
        return number < len(self.patients) and bool(self.patients[number])

    def count(self) -> TableCount:
        """Return the account of the table."""
        c = self.counts
        parts = (c[Status.USED], c[Status.IGNORED], c[Status.NOT_UNDERSTOOD], c[Status.BROKEN])
        return TableCount(self.file, self.kind or Kind.CLINICAL, c.total(), *parts)


class Gathering:
    """Everything that tables say of patients."""

    def __init__(self, knowledge: Knowledge, interpreter: Interpreter) -> None:
        self.knowledge = knowledge
        self.interpreter = interpreter
        self.names: list[str] = []
        self.rows: list[RowNote] = []
        self.problems: list[str] = []
        self.tables: list[SeenTable] = []
        self.tumour_types: dict[str, str] = {}
        self.withheld: dict[int, str] = {}
        self.assumptions: list[str] = []
        self._numbers: dict[str, int] = {}
        self._sets: dict[tuple[str, ...], int] = {(): 0}
        self._carried: list[tuple[str, ...]] = [()]
        self._has = array("l")
        self._tissue = array("i")
        self._tissues: dict[str, int] = {"": 0}
        self._others: dict[int, str] = {}
        self._repeated: dict[int, str] = {}
        #: What was not understood of genes with alleles, which may be what drives the tumour.
        self._unread: dict[str, list[str]] = defaultdict(list)
        self._joined: set[int] = set()
        self._stated: tuple[str, ...] = ()
        self._named: dict[str, tuple[str, str]] = {}

    def guess_tissue(self, file: Path | str, said: str = "") -> str:
        """Return the one tissue that the name of a file names, ``any`` if none or several.

        Of a study it is the tumour type that it says it is of.
        """
        if str(file) == "-":
            return "any"
        found = {}
        for word in [said] if said else re.split(r"[^A-Za-z0-9]+", Path(file).name):
            with suppress(UnknownTermError):
                found[find_tissue(self.knowledge, word)] = word
        found.pop("any", None)
        if len(found) != 1:
            return "any"
        (tissue, word) = found.popitem()
        who = "study" if said else "file's name"
        self.assumptions.append(
            f"{name_of(file)}: taken for {tissue} where no tumour type is stated, since the "
            f"{who} says {word}"
        )
        return tissue

    # -- while reading --------------------------------------------------------------------------

    def patient(self, name: str, table: SeenTable) -> int:
        """Return the number of a patient, who is new or known from another row."""
        name = shorten_barcode(name)
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
            self._has.append(0)
            self._tissue.append(0)
        elif table.kind is Kind.TUMOURS and table.sees(number):
            self._repeated.setdefault(number, table.file)
        table.see(number)
        return number

    def state_tissue(self, number: int, tissue: str) -> None:
        """Note the tumour type that a table states; the first one stands."""
        stated = self._tissues.setdefault(tissue, len(self._tissues))
        if not self._tissue[number]:
            self._tissue[number] = stated
        elif self._tissue[number] != stated:
            self._others.setdefault(number, tissue)

    def add(self, number: int, entries: tuple[str, ...]) -> None:
        """Put entries on a patient's tumour."""
        now = self._carried[self._has[number]]
        if now and entries:
            entries = tuple(sorted({*now, *entries}))
        elif now or not entries:
            return
        found = self._sets.get(entries)
        if found is None:
            found = self._sets[entries] = len(self._carried)
            self._carried.append(entries)
        self._has[number] = found

    def note(self, table: SeenTable, line: int, patient: str, reading: Reading) -> RowNote:
        """List a row that is not part of a tumour."""
        note = RowNote(table.file, line, patient, reading.text, reading.status, reading.reason)
        self.rows.append(note)
        if reading.status is Status.NOT_UNDERSTOOD and patient:
            gene = self.interpreter.find_gene(reading.text.partition(":")[0])
            if gene is not None and gene.has_alleles:
                self._unread[patient].append(reading.text)
        return note

    # -- at the end -----------------------------------------------------------------------------

    def finish(self, files: tuple[str, ...]) -> Cohort:
        """Return the cohort: genotypes in order of their first patient."""
        self._compare_names()
        self._withhold()
        self._tell_repeated()
        notes: dict[str, tuple[str, ...]] = {}
        kept = [n for n in range(len(self.names)) if n not in self._joined]
        genotype_of = np.full(len(kept), -1, np.int32)
        known: dict[tuple[str, int], int] = {}
        self._stated = tuple(self._tissues)
        for place, number in enumerate(kept):
            name = self.names[number]
            tissue, note = self._settle_tissue(number)
            said = (*([note] if note else ()), *self._note_other_tissue(number, tissue))
            said += (*self._note_alleles(number), *self._note_opposites(number))
            said += tuple(
                f"answered without {text}, to which no rule gives an effect"
                for text in dict.fromkeys(self._unread.get(name, ()))
            )
            if said:
                notes[name] = said
            if number not in self.withheld:
                key = (tissue, self._has[number])
                genotype_of[place] = known.setdefault(key, len(known))
        return Cohort(
            files=files,
            ids=tuple(self.names[n] for n in kept),
            genotypes=tuple(SharedGenotype(t, self._carried[s]) for t, s in known),
            genotype_of=genotype_of,
            tables=tuple(table.count() for table in self.tables if table.kind),
            rows=tuple(self.rows),
            withheld={self.names[n]: why for n, why in sorted(self.withheld.items())},
            notes=notes,
            problems=tuple(self.problems),
            assumptions=tuple(self.assumptions),
        )

    def _settle_tissue(self, number: int) -> tuple[str, str]:
        """Return the tissue of a patient and what is to be said of it."""
        stated = self._stated[self._tissue[number]] or self._find_tumour_type(self.names[number])
        if stated:
            return self._name_tissue(stated)
        given = (t.tissue for t in self.tables if t.tissue and t.sees(number))
        return next((t for t in given if t != "any"), "any"), ""

    def _find_tumour_type(self, name: str) -> str:
        if not self.tumour_types:
            return ""
        while name and name not in self.tumour_types:
            name = name.rpartition("-")[0]  # a clinical table may name the patient of a sample
        return self.tumour_types.get(name, "")

    def _name_tissue(self, text: str) -> tuple[str, str]:
        if text not in self._named:
            try:
                self._named[text] = (find_tissue(self.knowledge, text), "")
            except UnknownTermError:
                note = f"the tumour type {text!r} is not in the ontology: answered as any tissue"
                self._named[text] = ("any", note)
        return self._named[text]

    def _note_other_tissue(self, number: int, tissue: str) -> Iterator[str]:
        other = self._others.get(number)
        if other is not None and self._name_tissue(other)[0] != tissue:
            yield f"several tumour types are stated: {tissue} stands, which came first, not {other}"

    def _note_alleles(self, number: int) -> Iterator[str]:
        """Say where changes of one RAS gene were read as two alleles for want of knowing."""
        entries = self._carried[self._has[number]]
        scattered = (t for t in self.tables if t.kind in _SCATTERED)
        if len(entries) < 2 or not any(table.sees(number) for table in scattered):
            return
        changes: dict[str, list[str]] = defaultdict(list)
        for entry in entries:
            symbol, _, change = entry.partition(":")
            gene = self.interpreter.find_gene(symbol)
            if gene is not None and gene.has_alleles and any(ch.isdigit() for ch in change):
                changes[gene.symbol].append(change)
        for symbol, found in changes.items():
            if len(found) > 1:
                yield (
                    f"{symbol} {' and '.join(found)}: read as two alleles, since the table does "
                    "not say whether they are in cis"
                )

    def _note_opposites(self, number: int) -> Iterator[str]:
        """Say which genes are called amplified here and deleted there."""
        entries = set(self._carried[self._has[number]])
        for entry in sorted(entries):
            gene, _, kind = entry.partition(":")
            if kind == "amp" and f"{gene}:loss" in entries:
                yield f"{gene} is both amplified and lost, by what is stated; both were taken"

    def _tell_repeated(self) -> None:
        """Say how many patients of a table of tumours have several rows."""
        for file, count in Counter(self._repeated.values()).items():
            who = "1 patient stands" if count == 1 else f"{count:,} patients stand"
            first = next(n for n, name in self._repeated.items() if name == file)
            self.assumptions.append(
                f"{file}: {who} in several rows, such as {self.names[first]}; what they say was "
                "put together as one tumour"
            )

    def _compare_names(self) -> None:
        """Put together what tables say that name a patient here and the one sample there.

        Where a patient has several samples, or the names are of no known make, that is said.
        """
        tables = [t for t in self.tables if t.kind not in (None, Kind.CLINICAL)]
        samples: dict[int, list[int]] = defaultdict(list)
        for number, name in enumerate(self.names if len(tables) > 1 else ()):
            patient = self._numbers.get(name.rpartition("-")[0])
            if patient is not None and not any(t.sees(number) and t.sees(patient) for t in tables):
                samples[patient].append(number)
        joined, apart = [], []
        for patient, found in samples.items():
            pair = f"{self.names[patient]} and {self.names[found[0]]}"
            if len(found) == 1 and _BARCODE.match(f"{self.names[found[0]]}A"):
                joined.append(pair)
                self._join(patient, found[0])
            else:
                apart.append(pair)
        why = "one table names patients, another their samples"
        if joined:
            self.assumptions.append(f"{_list_pairs(joined)} were read as one tumour: {why}")
        if apart:
            self.problems.append(
                f"{_list_pairs(apart)} were answered apart, though it seems that {why}; give both "
                "one name"
            )

    def _join(self, patient: int, sample: int) -> None:
        """Make one tumour of two, in the place of the first, under the name of the sample."""
        self.names[patient] = self.names[sample]
        self.add(patient, self._carried[self._has[sample]])
        self._tissue[patient] = self._tissue[patient] or self._tissue[sample]
        for table in self.tables:
            if table.sees(sample):
                table.see(patient)
        if sample in self.withheld:
            self.withheld.setdefault(patient, self.withheld.pop(sample))
        self._joined.add(sample)

    def _withhold(self) -> None:
        """Withhold patients of whom a table that broke off may have had more to say."""
        for broken in self.tables:
            if not broken.broke_off or broken.kind in (Kind.TUMOURS, Kind.CLINICAL):
                continue
            whole = [t for t in self.tables if t.kind is broken.kind and not t.broke_off]
            for number, name in enumerate(self.names):
                if broken.kind is None:
                    unsafe = name in broken.words
                else:
                    unsafe = broken.sees(number) or not any(t.sees(number) for t in whole)
                if unsafe:
                    self.withheld.setdefault(number, f"may be incomplete: {broken.broke_off}")


def _list_pairs(pairs: Sequence[str]) -> str:
    return pairs[0] if len(pairs) == 1 else f"{pairs[0]} (and {len(pairs) - 1:,} such pairs more)"


def find_tissue(knowledge: Knowledge, text: str) -> str:
    """Return the ontology's name of a tissue, or ``any``.

    Raises
    ------
    UnknownTermError
        The ontology does not have it.
    """
    found = knowledge.find_tissue(text)
    return found.name if found else "any"


def shorten_barcode(name: str) -> str:
    """Return a TCGA barcode up to its sample, so that tables of one sample agree.

    >>> shorten_barcode("TCGA-05-4244-01A-01D-1105-08"), shorten_barcode("P-0001")
    ('TCGA-05-4244-01', 'P-0001')
    """
    found = _BARCODE.match(name)
    return found[1] if found else name


def join_words(lines: Iterable[tuple[int, str]]) -> frozenset[str]:
    """Return every cell of a table that cannot be read, to see whom it speaks of."""
    return frozenset(
        shorten_barcode(cell.strip()) for _, text in lines for cell in text.split("\t")
    )
