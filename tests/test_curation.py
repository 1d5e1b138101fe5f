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


KB = rdflib.Namespace(BASE)
#: The reviews whose citations are numbers, by source id: file, and how a citation is written.
CITING = {
    "source-S0": ("000_5a41c105e4ac21f2.txt", r"\(([\d,;\s–-]+)\)"),
    "source-S1": ("001_7e91d558985ff621.txt", r"\[([\d,;\s–-]+)\]"),
    "source-S2": ("002_2a96bcce17f75bc1.txt", r"\[([\d,;\s–-]+)\]"),
}
#: Lines around a place in which the reference that it cites must stand.
NEAR = 25
#: Evidence of a table whose caption, further off, has the reference.
IN_CAPTIONS = {"ev-C14-c", "ev-F105", "ev-F106", "ev-T021"}


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    """Read every module as it is written."""
    folder = find_ontology()
    return parse_modules((*find_modules(folder), *find_fact_modules(folder)))


@pytest.fixture(scope="module")
def carriers(graph: rdflib.Graph) -> dict[str, set[str]]:
    """Map each curated row to the individuals that carry it and are used or say something."""
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


def test_each_contradiction_has_two_sides_and_a_reading(graph: rdflib.Graph) -> None:
    for term in graph.subjects(rdflib.RDF.type, KB.Contradiction):
        sides = set(graph.objects(term, KB.statedBy))
        assert len(sides) > 1, f"{term} names one side only"
        assert graph.value(term, KB.reading), f"{term} does not say which reading is used"
        assert graph.value(term, KB.concerns), f"{term} concerns nothing"


def test_cited_references_stand_near_their_places(shared: Path, graph: rdflib.Graph) -> None:
    lost, checked = [], 0
    numbers = {source: read_citations(shared / "seeds", source) for source in CITING}
    for evidence, number in graph.subject_objects(KB.citedReference):
        sources = {str(s).removeprefix(BASE) for s in graph.objects(evidence, KB.fromSource)}
        lines = [int(re.findall(r"\d+", line)[0]) for line in graph.objects(evidence, KB.atLine)]
        near = {
            cited
            for source in sources & CITING.keys()
            for line in lines
            for cited in numbers[source][max(0, line - NEAR) : line + NEAR]
        }
        checked += 1
        if str(number) not in set().union(*near):
            lost.append((str(evidence), str(number)))
    assert {evidence.removeprefix(BASE) for evidence, _ in lost} == IN_CAPTIONS
    assert checked > 900


def read_citations(seeds: Path, source: str) -> list[frozenset[str]]:
    """Return the reference numbers that each line of a review cites, ranges spelt out."""
    name, pattern = CITING[source]
    text = (seeds / name).read_text("utf-8")
    found = [set[str]() for _ in range(text.count("\n") + 1)]
    for match in re.finditer(pattern, text):
        line = text.count("\n", 0, match.start())
        for part in re.split(r"[,;]", match[1]):
            first, *last = re.findall(r"\d+", part) or ["0"]
            found[line] |= {str(n) for n in range(int(first), int((last or [first])[0]) + 1)}
    return [frozenset(numbers) for numbers in found]


def test_acquired_alterations_are_linked_to_drugs(shared: Path, graph: rdflib.Graph) -> None:
    with (shared / "curation" / "alterations.tsv").open(encoding="utf-8") as handle:
        wanted = {
            row["id"]
            for row in csv.DictReader(handle, delimiter="\t")
            if re.search("acquired|adaptive", row["timing"])
        }
    observations = set(graph.subjects(rdflib.RDF.type, KB.ResistanceObservation))
    evidence = {str(e) for o in observations for e in graph.objects(o, KB.supportedBy)}
    rows = {str(r) for o in observations for r in graph.objects(o, KB.curationRow)}
    rows |= {e.removeprefix(BASE + "ev-").partition("-")[0] for e in evidence}
    counted = {"A031": "F096", "A078": "F077", "A087": "F099", "A097": "F092", "A099": "F095"}
    counted |= {"A100": "F090", "A102": "F094"}  # their shares stand as prevalences
    assert {row for row in wanted if counted.get(row, row) not in rows} == set()
    assert len(wanted) > 40


def test_observations_of_resistance_are_complete(graph: rdflib.Graph) -> None:
    genes = {
        (alteration, gene)
        for prop in (KB.ofGene, KB.alleleOf)
        for alteration, gene in graph.subject_objects(prop)
    }
    faults = []
    for term in graph.subjects(rdflib.RDF.type, KB.ResistanceObservation):
        drugs = [*graph.objects(term, KB.givesDrug), *graph.objects(term, KB.combinesInhibitorOf)]
        implicated = set(graph.objects(term, KB.implicatesGene))
        for alteration in graph.objects(term, KB.countsAlteration):
            own = {gene for known, gene in genes if known == alteration}
            named = KB[str(alteration).removeprefix(BASE).partition("-")[0]]
            if not (own or {named}) & implicated:
                faults.append((term, "gene of the alteration", alteration))
        count, n = graph.value(term, KB["count"]), graph.value(term, KB.n)
        if count is not None and n is not None and int(count) > int(n):
            faults.append((term, "count above n", count))
        kinds = {str(kind) for kind in graph.objects(term, KB.resistanceKind)}
        if len(kinds) != 1 or not graph.value(term, KB.timing) or not graph.value(term, KB.model):
            faults.append((term, "kind, timing or model", kinds))
        if not drugs and "MAPK-inhibition" not in term:
            faults.append((term, "no drug or class", None))
        if not graph.value(term, KB.supportedBy):
            faults.append((term, "no evidence", None))
    assert faults == []
