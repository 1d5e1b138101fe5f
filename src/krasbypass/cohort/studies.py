"""The tables of a study as cBioPortal keeps it, a folder in which ``meta_….txt`` name them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from krasbypass.cohort.dialects import CohortTableError

#: Kinds of table that say something of a tumour's genotype, with the data type they must have.
_TABLES = {
    "MUTATION_EXTENDED": ("MAF",),
    "COPY_NUMBER_ALTERATION": ("DISCRETE", "DISCRETE_LONG"),
    "STRUCTURAL_VARIANT": ("SV", "FUSION"),
    "FUSION": ("FUSION",),
}


@dataclass(frozen=True, slots=True)
class Study:
    """What a study folder holds for a cohort; `passed_over` says what it holds besides."""

    tables: tuple[Path, ...]
    clinical: tuple[Path, ...]
    tumour_type: str
    passed_over: tuple[str, ...]


def find_study(folder: Path | str) -> Study | None:
    """Return the tables that the ``meta_….txt`` of a folder name, or None for what is no folder.

    Raises
    ------
    CohortTableError
        The folder names no table of mutations, discrete copy numbers or structural variants.
    """
    folder = Path(folder).resolve()
    if not folder.is_dir():
        return None
    tables, clinical, others, tumour_type = [], [], [], ""
    for path in sorted(folder.glob("meta_*.txt")):
        said = _read_meta(path)
        tumour_type = tumour_type or said.get("type_of_cancer", "")
        kind, data_type = said.get("genetic_alteration_type", ""), said.get("datatype", "")
        name = said.get("data_filename")
        if not name:
            continue
        # a name and no path: nothing outside the folder is read for it
        table = folder / Path(name).name
        if data_type in _TABLES.get(kind, ()):
            tables.append(table)
        elif (kind, data_type) == ("CLINICAL", "SAMPLE_ATTRIBUTES"):
            clinical.append(table)
        elif kind != "CLINICAL":
            others.append(table.name)
    if not tables:
        reason = (
            "this folder has no meta_….txt that names a table of mutations, discrete copy numbers "
            "or structural variants, as studies of cBioPortal do; name the tables themselves"
        )
        raise CohortTableError(folder.name, 1, reason)
    passed = (f"{folder.name}: passed over {', '.join(others)}",) if others else ()
    return Study(tuple(tables), tuple(clinical), tumour_type, passed)


def _read_meta(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or error}"
        raise CohortTableError(path.name, 1, reason) from error
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}
