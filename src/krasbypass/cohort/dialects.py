"""Which table a header belongs to: the dialects of cohort tables and the columns they name.

A column is known by its role, whatever a portal calls it: names are compared without case, spaces
and underscores.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from krasbypass.errors import KrasbypassError


class Kind(StrEnum):
    """What one row of a table is."""

    MUTATIONS = "mutations"
    COPY_NUMBERS = "copy numbers"
    COPY_NUMBER_MATRIX = "copy-number matrix"
    STRUCTURAL_VARIANTS = "structural variants"
    TUMOURS = "tumours"
    CLINICAL = "clinical"


# Names of each role, best first; a row takes the first that it fills.
_NAMES = {
    "gene": ("hugosymbol", "hugogenesymbol", "genesymbol", "gene", "symbol"),
    "sample": ("tumorsamplebarcode", "sampleid", "tumorsampleid", "sample", "samplebarcode"),
    "patient": ("patientid", "patient", "id", "caseid", "case"),
    "change": ("hgvspshort", "proteinchange", "aminoacidchange", "aachange", "hgvsp"),
    "effect": ("variantclassification", "mutationtype", "consequence"),
    "value": ("value", "copynumber", "cna", "discretecopynumber"),
    "site1": ("site1hugosymbol", "site1gene", "gene1"),
    "site2": ("site2hugosymbol", "site2gene", "gene2"),
    "frame": ("site2effectonframe", "frame"),
    "fusion": ("fusion",),
    "status": ("mutationstatus",),
    "alterations": ("alterations", "alteration", "genotype"),
    "tissue": (
        "tissue", "oncotreecode", "cancertypeacronym", "cancertypedetailed", "cancertype",
        "tumortype", "tumourtype", "cohort", "disease",
    ),
}  # fmt: skip
#: Columns of a copy-number matrix that name no sample.
_ROW_NAMES = frozenset(
    {"hugosymbol", "genesymbol", "gene", "entrezgeneid", "cytoband", "locusid", "geneid"}
)
#: A first cell like these stands in a header, never in a row.
_HEADINGS = frozenset({"hugosymbol", "tumorsamplebarcode", "sampleid", "genesymbol", "patientid"})
#: These too where the cells beside them make a header of them.
_WORDS = frozenset(name for names in _NAMES.values() for name in names)


class CohortTableError(KrasbypassError):
    """A table that cannot be read as any dialect.

    >>> str(CohortTableError("a.maf", 1, "there is no header"))
    'a.maf, line 1: there is no header'
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(file, line, reason)
        self.file = file
        self.line = line
        self.reason = reason

    def sentence(self) -> str:
        """Name the file, the line and what is wrong there."""
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The kind of a table and where its columns stand, by role; `width` is the last one needed."""

    kind: Kind
    columns: tuple[tuple[str, tuple[int, ...]], ...]
    header: tuple[str, ...]
    width: int


def find_dialect(header: Sequence[str]) -> Dialect | str:
    """Return the dialect of a header, or the sentence that says what it lacks.

    Examples
    --------
    >>> find_dialect(["Hugo_Symbol", "Tumor_Sample_Barcode", "HGVSp_Short"]).kind.value
    'mutations'
    >>> find_dialect(["Hugo_Symbol", "Entrez_Gene_Id", "P-01", "P-02"]).kind.value
    'copy-number matrix'
    >>> find_dialect(["id", "tissue", "alterations"]).kind.value
    'tumours'
    >>> find_dialect(["Hugo_Symbol", "HGVSp_Short"])
    'the header names no sample (Tumor_Sample_Barcode, Sample_Id or the like)'
    """
    roles = _find_roles(header)
    where = dict(roles)
    if "sample" not in where and "patient" in where:
        where["sample"] = where["patient"]
    if len(header) == 1 and header[0].count(",") > 1:
        return "the header is separated by commas; tables of a cohort are tab-separated"
    kind = _find_kind(header, where)
    if not isinstance(kind, Kind):
        return kind
    needed = {p[0] for role, p in where.items() if role in _NEEDED[kind]}
    width = len(header) if kind is Kind.COPY_NUMBER_MATRIX else max(needed) + 1
    return Dialect(kind, tuple(where.items()), tuple(header), width)


_NEEDED = {
    Kind.MUTATIONS: ("gene", "sample"),
    Kind.COPY_NUMBERS: ("gene", "sample", "value"),
    Kind.COPY_NUMBER_MATRIX: ("gene",),
    Kind.STRUCTURAL_VARIANTS: ("sample", "fusion", "site1", "site2"),
    Kind.TUMOURS: ("sample",),
    Kind.CLINICAL: ("sample", "tissue"),
}


def _find_roles(header: Sequence[str]) -> list[tuple[str, tuple[int, ...]]]:
    keys = [_key(name) for name in header]
    found = []
    for role, names in _NAMES.items():
        places = [i for name in names for i, key in enumerate(keys) if key == name]
        if role == "alterations" and not places:
            places = [i for i, key in enumerate(keys) if "alterations" in key][:1]
        if places:
            found.append((role, tuple(places)))
    return found


def _find_kind(header: Sequence[str], where: dict[str, tuple[int, ...]]) -> Kind | str:
    if "sample" in where:
        if {"site1", "site2"} <= where.keys() or "fusion" in where:
            return Kind.STRUCTURAL_VARIANTS
        if "gene" in where and {"change", "effect"} & where.keys():
            return Kind.MUTATIONS
        if "gene" in where and "value" in where:
            return Kind.COPY_NUMBERS
        if "alterations" in where:
            return Kind.TUMOURS
        if "tissue" in where:
            return Kind.CLINICAL
        if "gene" in where:
            return "the header names neither a protein change nor a classification nor a value"
        return "the header names a sample, but neither alterations nor a tumour type"
    if {"site1", "site2", "fusion", "change", "effect"} & where.keys():
        return "the header names no sample (Tumor_Sample_Barcode, Sample_Id or the like)"
    if "gene" in where and where["gene"][0] == 0 and len(header) > 1:
        samples = [name for name in header if _key(name) not in _ROW_NAMES]
        return Kind.COPY_NUMBER_MATRIX if samples else "the header names no sample"
    return (
        "there is no header of a known table: a MAF, a cBioPortal table, or tab-separated columns "
        "id, tissue, alterations"
    )


def is_row_name(column: str) -> bool:
    """Whether a column of a copy-number matrix names the row, not a sample."""
    return _key(column) in _ROW_NAMES


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether a row in the midst of a table is the header of another.

    >>> looks_like_header(["Hugo_Symbol", "x"]), looks_like_header(["KRAS", "x"])
    (True, False)
    >>> looks_like_header(["id", "alterations"]), looks_like_header(["case", "KRAS:G12C"])
    (True, False)
    """
    first = _key(cells[0])
    if first in _HEADINGS:
        return True
    return first in _WORDS and isinstance(find_dialect(cells), Dialect)


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.strip().lower().lstrip("#"))
