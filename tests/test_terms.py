"""What `show` tells of a term: its records by kind, words, spellings, and that none is left out."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from krasbypass.errors import UnknownTermError
from krasbypass.knowledge import Knowledge, load_full_knowledge
from krasbypass.report.routes import render_term
from krasbypass.terms import describe_term
from krasbypass.vocabulary import Clinical, P

#: Kinds whose members speak of terms.
_KINDS = (
    Clinical.STATEMENT_OF_SOURCE,
    Clinical.QUANTITY,
    Clinical.CLINICAL_STUDY,
    Clinical.COMBINATION_STUDY,
    Clinical.RESISTANCE_OBSERVATION,
    Clinical.APPROVAL,
)
#: Terms whose pages are read whole; each speaks for dozens of records.
_SAMPLE = ("sotorasib", "adagrasib", "NSCLC", "KRAS-G12C", "MEK", "SHP2", "EGFR", "pembrolizumab")


@pytest.fixture(scope="module")
def full() -> Knowledge:
    return load_full_knowledge()


def entries_of(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the records of a description, what was measured in a study after it."""
    for group in described["records"]:
        for entry in group["entries"]:
            yield entry
            yield from entry["results"]


def told(full: Knowledge, term: str) -> list[str]:
    return [entry["id"] for entry in entries_of(describe_term(full, term))]


# -- records ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", _SAMPLE)
def test_a_record_is_told_once_of_what_it_speaks_of(name: str, full: Knowledge) -> None:
    found = told(full, name)
    assert len(found) == len(set(found))
    term = full.find_term(name)
    speaking = {
        record
        for kind in _KINDS
        for record in full.instances(kind)
        for prop, values in full.index[record].items()
        if term in values and prop != P.SUPPORTED_BY
    }
    assert speaking <= set(found)


def test_a_gene_is_told_with_its_alterations_at_no_residue(full: Knowledge) -> None:
    found = told(full, "STK11")
    for record in full.instances(Clinical.STATEMENT_OF_SOURCE):
        if "STK11-loss" in full.values(record, Clinical.ABOUT_TERM):
            assert record in found
    # an allele has an account of its own
    assert "statement-TC044" in told(full, "KRAS:G12R")
    assert "statement-TC044" not in told(full, "KRAS")


def test_what_was_measured_stands_with_its_study(full: Knowledge) -> None:
    described = describe_term(full, "STK11")
    studies = {e["id"]: e for e in entries_of(described) if e.get("results")}
    measured = [r["label"] for study in studies.values() for r in study["results"]]
    assert any(label.startswith("HR for OS 1.7") for label in measured)
    assert any(label.startswith("HR for OS 2.09") for label in measured)
    for study, entry in studies.items():
        assert all(study in full.values(r["id"], Clinical.IN_COHORT) for r in entry["results"])


def test_the_arm_of_comparison_is_told_with_a_drug(full: Knowledge) -> None:
    labels = [entry["label"] for entry in entries_of(describe_term(full, "selumetinib"))]
    assert any(label.startswith("median PFS 90 days") for label in labels)


def test_a_cancer_without_rules_is_found_by_its_name(full: Knowledge) -> None:
    labels = [entry["label"] for entry in entries_of(describe_term(full, "endometrial cancer"))]
    assert any("15 to 20 %" in label for label in labels)


def test_contradictions_of_records_are_told(full: Knowledge) -> None:
    described = describe_term(full, "pancreatic cancer")
    assert any("KRAS mutated in pancreatic" in line for line in described["contradictions"])


# -- words and spellings ------------------------------------------------------------------------


def test_words_stand_for_what_they_describe(full: Knowledge) -> None:
    described = describe_term(full, "Diarrhea")
    assert full.label(Clinical.EVENT) in described["classes"]
    expected = {
        t for t in full.instances(Clinical.TOXICITY) if "diarrhea" in full.values(t, Clinical.EVENT)
    }
    found = {entry["id"] for entry in entries_of(described)}
    assert expected <= found
    assert found & set(full.instances(Clinical.TOXICITY)) == expected


def test_a_class_of_drugs_in_words_lists_them(full: Knowledge) -> None:
    facts = {f["property"]: f["values"] for f in describe_term(full, "MEK inhibitor")["facts"]}
    assert {"trametinib", "selumetinib"} <= set(facts["mechanism (of)"])


def test_words_in_any_form_and_order_find_what_holds_them(full: Knowledge) -> None:
    assert any(
        "master protocols" in e["label"] for e in entries_of(describe_term(full, "protocol master"))
    )
    assert told(full, "never smoker") == told(full, "never-smokers") != []


def test_a_class_lists_its_members(full: Knowledge) -> None:
    facts = describe_term(full, "OFF-state inhibitor")["facts"]
    members = {v for f in facts if f["property"] == "members" for v in f["values"]}
    assert {"sotorasib", "divarasib"} <= members


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("G12C", "KRAS-G12C"),
        ("PI3K pathway", "PI3K"),
        ("TGFβ", "TGFB1"),
        ("son of sevenless", "SOS1"),
    ],
)
def test_a_name_in_other_words_is_the_term(written: str, term: str, full: Knowledge) -> None:
    assert describe_term(full, written)["term"] == term


@pytest.mark.parametrize("words", ["sotorasip", "", "in", "diarr", "/etc/passwd", "../../x"])
def test_other_words_are_unknown(words: str, full: Knowledge) -> None:
    with pytest.raises(UnknownTermError):
        describe_term(full, words)


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("KRAS:p.Gly12Cys", "KRAS-G12C"),
        ("kras:g12c+y96d", "KRAS-G12C-Y96D"),
        ("HER2:amp", "ERBB2-amp"),
        ("EML4::ALK", "ALK-fusion"),
        ("v::BRAF", "BRAF-fusion"),
        ("inhibitor:SHP2", "inhibitor-PTPN11"),
        ("context:EMT", "context-EMT"),
    ],
)
def test_a_notation_is_read_in_any_spelling(written: str, term: str, full: Knowledge) -> None:
    assert full.find_term(written) == term


# -- text ---------------------------------------------------------------------------------------


def test_records_are_rendered_under_their_kind(full: Knowledge) -> None:
    described = describe_term(full, "STK11")
    console = Console(width=400, record=True, file=StringIO())
    for part in render_term(described):
        console.print(part)
    lines = console.export_text().splitlines()
    headings = [group["kind"].capitalize() for group in described["records"]]
    assert [line for line in lines if line in headings] == headings
    assert any(line.startswith("      HR for OS 1.7, against") for line in lines)
