"""Regimens: named combinations of drugs, from options or from a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from krasbypass.cohort.dialects import CohortTableError
from krasbypass.cohort.tables import name_of, read_lines
from krasbypass.errors import KrasbypassError
from krasbypass.knowledge import Knowledge
from krasbypass.scenario import resolve_drugs


@dataclass(frozen=True, slots=True)
class Regimen:
    """Drugs given together, by preferred name; no drug stands for no treatment."""

    name: str
    drugs: tuple[str, ...]


def make_regimens(knowledge: Knowledge, texts: Iterable[str]) -> tuple[Regimen, ...]:
    """Return the regimens that texts such as ``sotorasib,TNO155`` name, without repeats.

    A regimen is named by its drugs; ``none`` stands for no drug, ``NAME = drugs`` gives a name.

    Raises
    ------
    UnknownTermError
        A drug is not in the ontology.

    Examples
    --------
    >>> from krasbypass.knowledge import load_knowledge
    >>> [r.name for r in make_regimens(load_knowledge(), ["AMG 510, TNO155", "none"])]
    ['sotorasib + TNO155', 'none']
    """
    found: dict[tuple[str, ...], Regimen] = {}
    for text in texts:
        name, equals, listed = text.rpartition("=")
        listed = "" if listed.strip().casefold() == "none" else listed.replace(" + ", ",")
        drugs = tuple(drug.name for drug in resolve_drugs(knowledge, [listed]))
        label = name.strip() if equals else " + ".join(drugs) or "none"
        found.setdefault(tuple(sorted(drugs)), Regimen(label, drugs))
    return tuple(found.values())


def read_regimens(knowledge: Knowledge, file: Path | str) -> tuple[Regimen, ...]:
    """Read regimens from a file: one a line, drugs separated by commas, # for remarks.

    Raises
    ------
    CohortTableError
        The file cannot be read, or a line names a drug that the ontology does not have.
    """
    texts = []
    for number, text in read_lines(file):
        try:
            make_regimens(knowledge, [text.strip()])
        except KrasbypassError as error:
            raise CohortTableError(name_of(file), number, str(error)) from error
        texts.append(text.strip())
    if not texts:
        raise CohortTableError(name_of(file), 1, "the file names no regimen")
    return make_regimens(knowledge, texts)
