"""Every row of the curated tables is carried by the graph, or stands here with a reason."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import rdflib

from krasbypass.reasoning import find_fact_modules, find_modules, find_ontology, parse_modules
from krasbypass.vocabulary import BASE

TABLES = (
    "alterations",
    "combinations",
    "drugs",
    "frequencies",
    "interactions",
    "nodes",
    "other_facts",
    "tissue_context",
    "toxicities",
    "trials",
)
#: Row ids that are left out, each with its reason; fewer than 3 % of all rows may stand here.
LEFT_OUT: dict[str, str] = {}


@pytest.fixture(scope="module")
def carriers() -> dict[str, set[str]]:
    """Map each curated row to the individuals that carry it and are used or say something."""
    folder = find_ontology()
    graph = parse_modules((*find_modules(folder), *find_fact_modules(folder)))
    row = rdflib.URIRef(BASE + "curationRow")
    found: dict[str, set[str]] = {}
    for term, text in graph.subject_objects(row):
        found.setdefault(str(text), set()).add(str(term).removeprefix(BASE))
    return found


def read_row_ids(shared: Path) -> dict[str, list[str]]:
    """Return the row ids of every table, of the rules and of the contradictions."""
    folder = shared / "curation"
    ids = {}
    for table in TABLES:
        with (folder / f"{table}.tsv").open(encoding="utf-8") as handle:
            ids[table] = [line["id"] for line in csv.DictReader(handle, delimiter="\t")]
    rules = (folder / "rules.md").read_text("utf-8")
    ids["rules"] = re.findall(r"^\*\*(R\d+)\*\*", rules, re.M)
    contradictions = (folder / "contradictions.md").read_text("utf-8")
    ids["contradictions"] = re.findall(r"^## (C\d+) ", contradictions, re.M)
    return ids


def test_every_curated_row_is_carried(shared: Path, carriers: dict[str, set[str]]) -> None:
    missing = {
        table: [row for row in rows if row not in carriers and row not in LEFT_OUT]
        for table, rows in read_row_ids(shared).items()
    }
    assert {table: rows for table, rows in missing.items() if rows} == {}


def test_few_rows_are_left_out(shared: Path) -> None:
    rows = [row for rows in read_row_ids(shared).values() for row in rows]
    assert len(rows) > 1_300
    assert len(LEFT_OUT) < 0.03 * len(rows)


def test_each_contradiction_has_two_sides_and_a_reading(carriers: dict[str, set[str]]) -> None:
    folder = find_ontology()
    graph = parse_modules((*find_modules(folder), *find_fact_modules(folder)))
    kb = rdflib.Namespace(BASE)
    for term in graph.subjects(rdflib.RDF.type, kb.Contradiction):
        sides = set(graph.objects(term, kb.statedBy))
        assert len(sides) > 1, f"{term} names one side only"
        assert graph.value(term, kb.reading), f"{term} does not say which reading is used"
        assert graph.value(term, kb.concerns), f"{term} concerns nothing"
