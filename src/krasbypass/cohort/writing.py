"""A cohort's answer as JSON, TSV and Parquet. Nothing is computed here.

Tables are written patient by patient from texts made once for each distinct row of levels, so that
a million patients need no more memory than a thousand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from krasbypass.answers import stated_to_json
from krasbypass.cohort.answering import CohortAnswer, Unserved
from krasbypass.cohort.circuit import decode, level_of
from krasbypass.cohort.cover import Choice
from krasbypass.cohort.explaining import FrequentRoute
from krasbypass.cohort.page import render_cohort_page
from krasbypass.cohort.understanding import Status
from krasbypass.errors import KrasbypassError, OutputFileError
from krasbypass.model import Level, Phase

#: Patients written to Parquet at a time.
_CHUNK = 20_000
_LISTED = (Status.IGNORED, Status.NOT_UNDERSTOOD)


# -- JSON ---------------------------------------------------------------------------------------


def cohort_to_json(answer: CohortAnswer) -> dict[str, Any]:
    """Return all of the answer but the patients one by one, which `iterate_patients` gives."""
    cohort = answer.cohort
    return {
        "question": {
            "files": list(cohort.files),
            "regimens": [{"name": r.name, "drugs": list(r.drugs)} for r in answer.regimens],
            "outputs": list(answer.goal) if answer.goal is not None else None,
            "target": answer.target,
        },
        "tables": [
            {
                "file": table.file,
                "kind": table.kind.value,
                "rows": table.rows,
                "used": table.used,
                "ignored": table.ignored,
                "not_understood": table.not_understood,
                "broken": table.broken,
            }
            for table in cohort.tables
        ],
        **{
            status.value: [{"reason": r, "rows": n} for r, n in cohort.count_reasons(status)]
            for status in _LISTED
        },
        "broken": [row.sentence() for row in cohort.rows if row.status is Status.BROKEN],
        "problems": list(cohort.problems),
        "assumptions": list(cohort.assumptions),
        "counts": {
            "patients": len(cohort.ids),
            "answered": answer.answered,
            "withheld": len(cohort.ids) - answer.answered,
            "genotypes": len(cohort.genotypes),
            "nothing_drives": answer.undriven_patients,
            "unserved": answer.unserved_patients,
        },
        "regimens": [
            {
                "name": count.regimen.name,
                "drugs": list(count.regimen.drugs),
                "served": count.served,
                "outputs": {
                    output: {level.label: count_ for level, count_ in zip(Level, n, strict=True)}
                    for output, n in count.outputs
                },
            }
            for count in answer.counts
        ],
        "cover": [_choice_to_json(answer, choice) for choice in answer.covers],
        "routes": [_route_to_json(found) for found in answer.routes],
        "explained": round(answer.explained, 4),
        "unserved": [_unserved_to_json(group) for group in answer.unserved],
        "complete": cohort.complete and answer.explained == 1.0,
        **stated_to_json(answer),
    }


def _choice_to_json(answer: CohortAnswer, choice: Choice) -> dict[str, Any]:
    names = [answer.regimens[number].name for number in choice.regimens]
    return {"regimens": names, "patients": choice.patients, "exact": choice.exact}


def _route_to_json(found: FrequentRoute) -> dict[str, Any]:
    route = found.route
    return {
        "patients": found.patients,
        "regimens": dict(found.by_regimen),
        "output": route.output,
        "level": route.level.label,
        "kind": route.kind,
        "kinds": list(route.kinds),
        "timing": route.timing,
        "nodes": list(route.nodes),
        "rules": [step.rule for step in route.steps],
    }


def _unserved_to_json(group: Unserved) -> dict[str, Any]:
    return {
        "patients": group.patients,
        "examples": list(group.examples),
        "tissue": group.tissue,
        "least_open_under": group.regimen,
        "open": list(group.open),
        "routes": [
            {
                "output": route.output,
                "kind": route.kind,
                "nodes": list(route.nodes),
                "rules": [step.rule for step in route.steps],
            }
            for route in group.routes
        ],
    }


def iterate_patients(answer: CohortAnswer) -> Iterator[dict[str, Any]]:
    """Yield each patient with levels by regimen, or with the sentence why there are none."""
    rows = [
        {
            output: {
                **{phase.value: levels.level(phase).label for phase in Phase},
                "course": levels.course,
            }
            for output, levels in (
                (o, decode(int(code)))
                for o, code in zip(answer.levels.outputs, pattern, strict=True)
            )
        }
        for pattern in answer.levels.patterns
    ]
    names = [regimen.name for regimen in answer.regimens]
    for patient, number in _patients(answer):
        if number < 0:
            yield patient
            continue
        which = answer.levels.which[number].tolist()
        patient["levels"] = {n: rows[w] for n, w in zip(names, which, strict=True)}
        yield patient


def _patients(answer: CohortAnswer) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield facts and genotype number of each patient; -1 where there are no levels."""
    cohort = answer.cohort
    names = [regimen.name for regimen in answer.regimens]
    facts: dict[int, tuple[list[str], bool]] = {}
    for name, number in zip(cohort.ids, cohort.genotype_of.tolist(), strict=True):
        notes = list(cohort.notes.get(name, ()))
        if number < 0:
            reason = cohort.withheld.get(name, "")
            yield {"id": name, "notes": notes, "error": reason}, number
            continue
        if number not in facts:
            served = np.flatnonzero(answer.is_served(number)).tolist()
            facts[number] = ([names[i] for i in served], answer.is_driven(number))
            if len(facts) > _CHUNK:
                facts = {number: facts[number]}
        served_by, driven = facts[number]
        genotype = cohort.genotypes[number]
        yield (
            {
                "id": name,
                "tissue": genotype.tissue,
                "alterations": list(genotype.entries),
                "genotype": number + 1,
                "driven": driven,
                "served_by": served_by,
                "notes": notes,
                "error": None,
            },
            number,
        )


def write_json(handle: TextIO, answer: CohortAnswer) -> None:
    """Write the whole answer, patient by patient."""
    head = json.dumps(cohort_to_json(answer), ensure_ascii=False, indent=2)
    before, notice, after = head.rpartition('\n  "complete":')
    handle.write(before + '\n  "patients": [')
    for place, patient in enumerate(iterate_patients(answer)):
        comma = "," if place else ""
        handle.write(f"{comma}\n    {json.dumps(patient, ensure_ascii=False)}")
    handle.write(f"\n  ],{notice}{after}\n")


# -- tables ---------------------------------------------------------------------------------------


def write_levels(handle: TextIO, answer: CohortAnswer) -> None:
    """Write a line for each patient and regimen: whether it serves, and every level by phase."""
    columns = [f"{o}.{phase.value}" for o in answer.levels.outputs for phase in Phase]
    handle.write("\t".join(["id", "regimen", "served", *columns]) + "\n")
    names = [_clean(regimen.name) for regimen in answer.regimens]
    tails = []
    for pattern, served in zip(answer.levels.patterns, answer.judged.served, strict=True):
        cells = [decode(int(code)).level(phase).label for code in pattern for phase in Phase]
        tails.append("\t".join(["yes" if served else "no", *cells]) + "\n")
    for name, number in zip(answer.cohort.ids, answer.cohort.genotype_of.tolist(), strict=True):
        if number >= 0:
            which = answer.levels.which[number].tolist()
            start = _clean(name)
            handle.write(
                "".join(f"{start}\t{n}\t{tails[w]}" for n, w in zip(names, which, strict=True))
            )


def write_patients(handle: TextIO, answer: CohortAnswer) -> None:
    """Write a line for each patient: the tumour as understood, who serves it, notes, error."""
    columns = ("id", "tissue", "alterations", "genotype", "driven", "served_by", "notes", "error")
    handle.write("\t".join(columns) + "\n")
    for patient, number in _patients(answer):
        cells = [patient["id"], "", "", "", "", "", "; ".join(patient["notes"]), ""]
        if number < 0:
            cells[7] = patient["error"]
        else:
            cells[1:6] = [
                patient["tissue"],
                ", ".join(patient["alterations"]),
                str(patient["genotype"]),
                "yes" if patient["driven"] else "no",
                "; ".join(patient["served_by"]),
            ]
        handle.write("\t".join(map(_clean, cells)) + "\n")


def write_rows(handle: TextIO, answer: CohortAnswer) -> None:
    """Write a line for each row of the tables that is not part of a tumour, and why."""
    handle.write("file\tline\tpatient\ttext\tstatus\treason\n")
    for row in answer.cohort.rows:
        cells = (row.file, str(row.line), row.patient, row.text, row.status.value, row.reason)
        handle.write("\t".join(map(_clean, cells)) + "\n")


def _clean(cell: str) -> str:
    return " ".join(cell.split()) if "\t" in cell or "\n" in cell or "\r" in cell else cell


class ParquetMissingError(KrasbypassError):
    """pyarrow is not installed."""

    def sentence(self) -> str:
        """Say how to get it."""
        return "Parquet needs pyarrow; install it with: pip install 'krasbypass[scale]'"


def write_levels_parquet(path: Path, answer: CohortAnswer) -> None:
    """Write the columns of `write_levels` as a Parquet file, a chunk of patients at a time.

    Raises
    ------
    ParquetMissingError
        pyarrow is not installed.
    OutputFileError
        The file cannot be written.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ParquetMissingError from error
    words = pa.array([level.label for level in Level])
    names = pa.array([regimen.name for regimen in answer.regimens])
    columns = [
        (f"{output}.{phase.value}", level_codes)
        for output, levels in zip(answer.levels.outputs, answer.levels.patterns.T, strict=True)
        for phase, level_codes in _phases(levels)
    ]
    told = pa.dictionary(pa.int8(), pa.string())
    schema = pa.schema(
        [
            ("id", pa.string()),
            ("regimen", pa.dictionary(pa.int16(), pa.string())),
            ("served", pa.bool_()),
            *((name, told) for name, _ in columns),
        ]
    )
    kept = np.flatnonzero(answer.cohort.genotype_of >= 0)
    count = len(answer.regimens)
    try:
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for start in range(0, len(kept), _CHUNK):
                part = kept[start : start + _CHUNK]
                which = answer.levels.which[answer.cohort.genotype_of[part]].ravel()
                ids = pa.array([answer.cohort.ids[n] for n in part.tolist()], pa.string())
                regimen = np.tile(np.arange(count, dtype=np.int16), len(part))
                writer.write_table(
                    pa.Table.from_arrays(
                        [
                            ids.take(pa.array(np.repeat(np.arange(len(part)), count))),
                            pa.DictionaryArray.from_arrays(pa.array(regimen), names),
                            pa.array(answer.judged.served[which]),
                            *(
                                pa.DictionaryArray.from_arrays(pa.array(codes[which]), words)
                                for _, codes in columns
                            ),
                        ],
                        schema=schema,
                    )
                )
    except OSError as error:
        raise OutputFileError(f"cannot write {str(path)!r}", str(error.strerror)) from error


def _phases(codes: Any) -> Iterator[tuple[Phase, Any]]:
    for phase in Phase:
        yield phase, level_of(codes, phase).astype(np.int8)


def write_results(folder: Path, answer: CohortAnswer, *, parquet: bool = False) -> tuple[Path, ...]:
    """Write everything into a folder and return the files: tables, summary, page.

    Raises
    ------
    OutputFileError
        A file cannot be written.
    ParquetMissingError
        Parquet is asked for and pyarrow is not installed.
    """
    summary = json.dumps(cohort_to_json(answer), ensure_ascii=False, indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, write in (
            ("patients.tsv", write_patients),
            ("levels.tsv", write_levels),
            ("rows.tsv", write_rows),
        ):
            if parquet and name == "levels.tsv":
                continue
            with (folder / name).open("w", encoding="utf-8", newline="\n") as handle:
                write(handle, answer)
        (folder / "cohort.json").write_text(summary, encoding="utf-8")
        (folder / "report.html").write_text(render_cohort_page(answer), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "the disk"
        raise OutputFileError(f"cannot write to {str(folder)!r}", reason) from error
    if parquet:
        write_levels_parquet(folder / "levels.parquet", answer)
    levels = "levels.parquet" if parquet else "levels.tsv"
    names: Iterable[str] = ("report.html", "patients.tsv", levels, "rows.tsv", "cohort.json")
    return tuple(folder / name for name in names)
