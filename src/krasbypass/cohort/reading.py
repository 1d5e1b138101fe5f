"""Tables in, a cohort out: every row becomes part of a tumour or is listed with its reason.

Tables may be given together (mutations, copy numbers, structural variants, tumour types) and in
any order; what they say of one sample is put together. A table that breaks off costs only those
patients of whose tumours it may have had more to say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from krasbypass.cohort.dialects import (
    CohortTableError,
    Dialect,
    Kind,
    find_dialect,
    is_row_name,
    looks_like_header,
)
from krasbypass.cohort.gathering import (
    Gathering,
    SeenTable,
    find_tissue,
    join_words,
    shorten_barcode,
)
from krasbypass.cohort.model import Cohort
from krasbypass.cohort.studies import find_study
from krasbypass.cohort.tables import make_printable, name_of, read_lines, split_cells
from krasbypass.cohort.understanding import (
    CALLS,
    DISCRETE,
    DISCRETE_WORDS,
    Interpreter,
    Reading,
    Status,
    split_fusion,
)
from krasbypass.errors import NotationError
from krasbypass.knowledge import Knowledge

_SEPARATORS = re.compile(r"[,;|]")
#: Without case.
_NOTHING = frozenset({"", "na", "nan", "n/a"})
#: Texts of tumours that are remembered, which bounds the memory.
_REMEMBERED = 1 << 16


def read_cohort(
    knowledge: Knowledge,
    files: Iterable[Path | str],
    *,
    tissues: Sequence[str] = (),
    clinical: Iterable[Path | str] = (),
) -> Cohort:
    """Read the tables of a cohort.

    Parameters
    ----------
    knowledge
        Says which genes and alterations mean something.
    files
        MAF (TCGA's and cBioPortal's dialects), cBioPortal's mutations, discrete copy numbers and
        structural variants, or tab-separated columns id, tissue, alterations in our notation;
        gzipped or not; ``-`` is standard input. A folder is a study as cBioPortal keeps it.
    tissues
        The tissue of all patients, or one for each file (default: the one that a file's name names,
        which is noted). What a table states comes first.
    clinical
        Tables that give samples or patients a tumour type and add no patients.

    Raises
    ------
    CohortTableError
        No table could be read at all, or a clinical one not to its end.
    NotationError
        There are neither one tissue nor as many as files.
    UnknownTermError
        A tissue of `tissues` is not in the ontology.
    """
    files, clinical = tuple(files), list(clinical)
    if len(tissues) not in (0, 1, len(files)):
        rule = f"give one tissue for all files, or one for each of the {len(files)}"
        raise NotationError(", ".join(tissues), rule)
    named = [find_tissue(knowledge, text) for text in tissues]
    gathering = Gathering(knowledge, Interpreter(knowledge))
    failures = []
    given: list[tuple[Path | str, str]] = []
    for number, file in enumerate(files):
        tissue = named[min(number, len(named) - 1)] if tissues else ""
        if study := find_study(file):
            gathering.assumptions += study.passed_over
            clinical += study.clinical
            tissue = tissue or gathering.guess_tissue(file, study.tumour_type)
            given += [(table, tissue) for table in study.tables]
        else:
            given.append((file, tissue or gathering.guess_tissue(file)))
    for file, tissue in given:
        reader = _TableReader(gathering, file, tissue)
        try:
            reader.read()
        except CohortTableError as error:
            failures.append(error)
    if failures and len(failures) == len(given):
        raise failures[0]
    for file in clinical:
        reader = _TableReader(gathering, file, "", clinical=True)
        reader.read()
        if reader.table.broke_off:
            raise CohortTableError(name_of(file), reader.line, "the table breaks off")
    if not gathering.names:
        table = gathering.tables[0]
        raise CohortTableError(table.file, max(1, table.last), "the tables name no patient")
    return gathering.finish(tuple(name_of(file) for file, _ in given))


class _TableReader:
    """Reads one table into a gathering."""

    def __init__(
        self, gathering: Gathering, file: Path | str, tissue: str, *, clinical: bool = False
    ) -> None:
        self.gathering = gathering
        self.interpreter = gathering.interpreter
        self.file = file
        self.clinical = clinical
        self.table = SeenTable(name_of(file), tissue)
        gathering.tables.append(self.table)
        self.line = 0
        self.dialect: Dialect | None = None
        self.places: dict[str, tuple[int, ...]] = {}
        self.samples: list[tuple[int, int]] = []
        self.known: dict[str, tuple[tuple[str, ...], tuple[Reading, ...]]] = {}

    def read(self) -> None:
        """Read the table; where it breaks off after its header, that is a problem of the cohort.

        Raises
        ------
        CohortTableError
            It has no header that could be read.
        """
        try:
            self.read_rows()
        except CohortTableError as error:
            self.table.broke_off = str(error)
            self.gathering.problems.append(str(error))
            if self.dialect is None:
                with suppress(CohortTableError):
                    self.table.words = join_words(read_lines(self.file))
                raise

    def read_rows(self) -> None:
        read_row: Callable[[list[str]], None] | None = None
        width = 0
        columns = 0
        for line, text in read_lines(self.file, self.gathering.assumptions.append):
            self.line = line
            cells = split_cells(text, columns)
            if read_row is None or looks_like_header(cells):
                read_row, width = self.read_header(cells, text)
                columns = len(cells)
            elif len(cells) < width:
                reason = f"the row has {len(cells)} of the {width} columns that are needed"
                self.read_misfit(cells, reason)
            elif len(cells) > columns and any(map(str.strip, cells[columns:])):
                reason = f"the row has {len(cells):,} columns, the header {columns:,}"
                self.read_misfit(cells, reason)
            else:
                read_row(cells)
        self.table.last = self.line
        if read_row is None:
            raise CohortTableError(self.table.file, max(self.line, 1), "the table is empty")
        self.refuse_numbers()

    def refuse_numbers(self) -> None:
        """Refuse a table that gives every gene by a number, of which none would be understood.

        Raises
        ------
        CohortTableError
            It does.
        """
        counts = self.table.counts
        if not counts.total() or counts[Status.IGNORED] < counts.total():
            return
        notes = self.gathering.rows[-counts.total() :]
        if all(_NUMBERED.match(note.text) for note in notes):
            reason = "genes are given by numbers here (Entrez, Ensembl); their symbols are needed"
            raise CohortTableError(self.table.file, notes[0].line, reason)

    def read_header(self, cells: list[str], text: str) -> tuple[Callable[[list[str]], None], int]:
        """Take up the header of the table, or of another that was appended to it."""
        found = find_dialect(cells)
        if isinstance(found, str):
            shown = make_printable(text[:100])
            shown = shown if len(shown) <= 80 else f"{shown[:77]}…"
            reason = f"{found}; the line reads {shown!r}"
            raise CohortTableError(self.table.file, self.line, reason)
        if self.clinical and "tissue" not in dict(found.columns):
            raise CohortTableError(self.table.file, self.line, "the header names no tumour type")
        if self.dialect is not None and found.header != self.dialect.header:
            self.gathering.problems.append(
                f"{self.table.file}, line {self.line}: a table with other columns starts here and "
                "was read as such"
            )
        self.dialect, self.places = found, dict(found.columns)
        kind = Kind.CLINICAL if self.clinical else found.kind
        self.table.kind = self.table.kind or kind
        if kind is Kind.COPY_NUMBER_MATRIX:
            names = [(i, name.strip()) for i, name in enumerate(cells) if not is_row_name(name)]
            patient = self.gathering.patient
            self.samples = [(i, patient(name, self.table)) for i, name in names if name]
        readers = {
            Kind.MUTATIONS: self.read_mutation,
            Kind.COPY_NUMBERS: self.read_copy_number,
            Kind.COPY_NUMBER_MATRIX: self.read_copy_numbers,
            Kind.STRUCTURAL_VARIANTS: self.read_structural_variant,
            Kind.TUMOURS: self.read_tumour,
            Kind.CLINICAL: self.read_tumour_type,
        }
        return readers[kind], found.width if kind is not Kind.CLINICAL else 1

    # -- rows -----------------------------------------------------------------------------------

    def read_mutation(self, cells: list[str]) -> None:
        number = self.find_patient(cells)
        if number is None:
            return
        gene = self.cell("gene", cells)
        if not gene:
            reading = Reading(Status.BROKEN, "?", reason="the row names no gene")
        else:
            change, effect = self.cell("change", cells), self.cell("effect", cells)
            # "None" is a word here and no missing value
            status = next((cells[i].strip() for i in self.places.get("status", ())), "")
            reading = self.interpreter.read_change(gene, change, effect, status)
        self.count([self.take(number, reading)])

    def read_copy_number(self, cells: list[str]) -> None:
        number = self.find_patient(cells)
        if number is not None:
            gene, value = self.cell("gene", cells), self.cell("value", cells)
            self.count([self.take_call(number, gene, value)])

    def read_copy_numbers(self, cells: list[str]) -> None:
        gene = self.cell("gene", cells)
        if gene and self.interpreter.find_gene(gene) is not None:
            self.count([self.take_call(n, gene, cells[i].strip()) for i, n in self.samples])
        elif gene:
            self.list_row(Status.IGNORED, "", gene, "the gene is not in the ontology")
        else:
            self.list_row(Status.BROKEN, "", "?", "the row names no gene")

    def take_call(self, number: int, gene: str, value: str) -> Status:
        """Take up one call of copy number.

        Raises
        ------
        CohortTableError
            It is a number that is no discrete call: the whole table says something else, such as
            logarithms, or copies, of which two are normal.
        """
        try:
            level = float(value) if value.casefold() not in _NOTHING else 0.0
        except ValueError:
            level = DISCRETE_WORDS.get(re.sub(r"[\s_-]", "", value.casefold()), math.inf)
        if math.isinf(level):
            reason = "a discrete copy number is one of -2, -1, 0, 1, 2"
            return self.take(number, Reading(Status.BROKEN, f"{gene} {value}", reason=reason))
        if level not in DISCRETE:
            reason = (
                f"a discrete copy number is one of -2, -1, 0, 1, 2, not {value} as here for "
                f"{make_printable(gene)}; the table is one of another kind"
            )
            raise CohortTableError(self.table.file, self.line, reason)
        if level not in CALLS:
            return Status.USED
        return self.take(number, self.interpreter.read_copy_number(gene, level))

    def read_structural_variant(self, cells: list[str]) -> None:
        number = self.find_patient(cells)
        if number is None:
            return
        first, second = self.cell("site1", cells), self.cell("site2", cells)
        called = not first and not second  # a table of fusions, not of structural variants
        if called:
            first, second = split_fusion(self.cell("fusion", cells), self.cell("gene", cells))
        if first or second:
            frame = self.cell("frame", cells)
            reading = self.interpreter.read_fusion(first, second, frame, called=called)
        else:
            reading = Reading(Status.BROKEN, "?", reason="the row names no gene")
        self.count([self.take(number, reading)])

    def read_tumour(self, cells: list[str]) -> None:
        number = self.find_patient(cells)
        if number is None:
            return
        text = self.cell("alterations", cells)
        text = "" if text.casefold() in _UNALTERED else text
        found = self.known.get(text)
        if found is None:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            parts = [part.strip() for part in _SEPARATORS.split(text)]
            readings = [self.interpreter.read_entry(part) for part in parts if part]
            used = tuple(sorted({r.entry for r in readings if r.status is Status.USED}))
            found = (used, tuple(r for r in readings if r.status is not Status.USED))
            self.known[text] = found
        entries, others = found
        self.gathering.add(number, entries)
        self.count([self.take(number, reading) for reading in others])

    def read_tumour_type(self, cells: list[str]) -> None:
        """Note the tumour type of a sample, and of its patient where the row names both."""
        tissue = self.cell("tissue", cells)
        names = {self.cell("sample", cells), self.cell("patient", cells)} - {""}
        if not names:
            self.list_row(Status.BROKEN, "", tissue or "?", "the row names no sample")
        elif not tissue:
            self.list_row(Status.IGNORED, min(names), "", "no tumour type is given")
        else:
            self.table.counts[Status.USED] += 1
            for name in names:
                self.gathering.tumour_types.setdefault(shorten_barcode(name), tissue)

    def read_misfit(self, cells: list[str], reason: str) -> None:
        """List a row whose cells do not fit the header; its patient cannot be answered safely."""
        name = self.cell("sample", cells)
        self.list_row(Status.BROKEN, name, cells[0], reason)
        if name:
            number = self.gathering.patient(name, self.table)
            self.gathering.withheld.setdefault(number, self.gathering.rows[-1].sentence())

    # -- what a row becomes -----------------------------------------------------------------------

    def cell(self, role: str, cells: list[str]) -> str:
        """Return the first cell of a role that says something, or an empty text."""
        for place in self.places.get(role, ()):
            if place < len(cells) and (text := cells[place].strip()).casefold() not in _UNSAID:
                return text
        return ""

    def find_patient(self, cells: list[str]) -> int | None:
        """Return the number of the row's patient; a row without one is broken."""
        name = self.cell("sample", cells)
        if not name:
            shown = " ".join(cells[:3]).strip()
            self.list_row(Status.BROKEN, "", shown, "the row names no sample")
            return None
        number = self.gathering.patient(name, self.table)
        if tissue := self.cell("tissue", cells):
            self.gathering.state_tissue(number, tissue)
        return number

    def take(self, number: int, reading: Reading) -> Status:
        """Put what was read on a patient's tumour, or list it; return what became of it."""
        if reading.status is Status.USED:
            self.gathering.add(number, (reading.entry,))
            return Status.USED
        name = self.gathering.names[number]
        note = self.gathering.note(self.table, self.line, name, reading)
        if reading.status is Status.BROKEN:
            self.gathering.withheld.setdefault(number, note.sentence())
        return reading.status

    def count(self, statuses: Sequence[Status]) -> None:
        """Count a row once, by the worst that became of it."""
        self.table.counts[max(statuses, key=_WORST.index, default=Status.USED)] += 1

    def list_row(self, status: Status, patient: str, text: str, reason: str) -> None:
        """Count and list a row that no patient's tumour can have."""
        self.table.counts[status] += 1
        self.gathering.note(self.table, self.line, patient, Reading(status, text, "", reason))


_UNSAID = _NOTHING | {".", "-", "none", "null", "[not available]"}
_UNALTERED = frozenset({"wt", "wildtype", "wild type", "wild-type", "no alteration"})
#: A gene that is given by its number at Entrez or Ensembl.
_NUMBERED = re.compile(r"^(ENSG\d+(\.\d+)?|\d+)(?=[: ]|$)")
_WORST = (Status.USED, Status.IGNORED, Status.NOT_UNDERSTOOD, Status.BROKEN)
