"""The reference pages: complete, linked to one another, escaped, and loading nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest

from krasbypass import Knowledge
from krasbypass.browse import write_reference
from krasbypass.browse.changes import Changes, find_changes, find_changes_since
from krasbypass.errors import OntologyError
from krasbypass.facts import DEFINITION, LABEL, TYPE
from krasbypass.knowledge import load_full_knowledge
from krasbypass.reasoning import find_fact_modules, find_ontology, load_reasoned
from krasbypass.vocabulary import P
from pace import measure_within

OWL_CLASS = "http://www.w3.org/2002/07/owl#Class"
VERSION = "http://www.w3.org/2002/07/owl#versionInfo"


def knowledge_of(terms: Mapping[str, Mapping[str, tuple[str, ...]]], version: str) -> Knowledge:
    ontology = {LABEL: ("toy",), VERSION: (version,), P.AS_OF: ("2026-01-01",)}
    return Knowledge({"toy": ontology, **terms})


THING = {TYPE: (OWL_CLASS,), LABEL: ("thing <b>",), DEFINITION: ("What is & is not.",)}
OLD = knowledge_of(
    {
        "Thing": THING,
        "a": {TYPE: ("Thing",), LABEL: ("A",), P.NOTATION: ("first",)},
        "b": {TYPE: ("Thing",), LABEL: ("B",)},
    },
    "1",
)
NEW = knowledge_of(
    {
        "Thing": THING,
        "a": {TYPE: ("Thing",), LABEL: ("A",), P.NOTATION: ("second",)},
        "c": {TYPE: ("Thing",), LABEL: ("<script>",), "likes": ("a",)},
    },
    "2",
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    folder = tmp_path_factory.mktemp("reference")
    return {p.name: p.read_text(encoding="utf-8") for p in write_reference(folder, load_full())}


def load_full() -> Knowledge:
    return load_full_knowledge()


def test_changes_are_terms_and_statements() -> None:
    assert find_changes(OLD, NEW) == Changes(
        before="1",
        after="2",
        added=(("c", "<script>"),),
        removed=(("b", "B"),),
        gained=(("a", P.NOTATION, "second"), ("toy", VERSION, "2")),
        lost=(("a", P.NOTATION, "first"), ("toy", VERSION, "1")),
    )


def test_an_earlier_graph_is_compared_with_today(tmp_path: Path) -> None:
    earlier = tmp_path / "before.trig"
    earlier.write_bytes(load_reasoned().replace(b'"Amgen"', b'"Some other company"', 1))
    changes = find_changes_since(earlier)
    assert not changes.added and not changes.removed
    ((term, prop, value),) = changes.gained
    assert (prop, value) == ("company", "Amgen")
    assert changes.lost == ((term, prop, "Some other company"),)


def test_an_earlier_checkout_is_compared_with_its_clinical_facts(tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "reasoned.trig").write_bytes(load_reasoned())
    (tmp_path / "ontology").mkdir()
    for module in find_fact_modules(find_ontology()):
        if module.name != "facts-toxicities.ttl":
            (tmp_path / "ontology" / module.name).write_bytes(module.read_bytes())
    changes = find_changes_since(tmp_path / "graphs" / "reasoned.trig")
    added = {term for term, _ in changes.added}
    assert added and not changes.removed
    assert all(re.match(r"toxicity-|ev-X", term) for term in added)


@pytest.mark.parametrize("content", [None, b"<a> <b>", b"<urn:a> <urn:b> <urn:c> ."])
def test_what_is_no_earlier_graph_is_refused(tmp_path: Path, content: bytes | None) -> None:
    graph = tmp_path / "before.trig"
    if content is not None:
        graph.write_bytes(content)
    with pytest.raises(OntologyError, match=re.escape("before.trig")):
        find_changes_since(graph)


def test_pages_of_a_small_ontology_are_escaped(tmp_path: Path) -> None:
    files = write_reference(tmp_path / "new", NEW, find_changes(OLD, NEW))
    assert [path.name for path in files] == [
        "changes.html",
        "class-Thing.html",
        "index.html",
        "properties.html",
        "style.css",
        "terms.html",
    ]
    page = (tmp_path / "new" / "class-Thing.html").read_text(encoding="utf-8")
    assert "<h1>thing &lt;b&gt;</h1>" in page
    assert "What is &amp; is not." in page
    assert '<section id="c"><h3>&lt;script&gt;</h3>' in page
    assert '<b>← likes:</b> <a href="class-Thing.html#c">&lt;script&gt;</a>' in page
    changes = (tmp_path / "new" / "changes.html").read_text(encoding="utf-8")
    assert "Added terms (1)" in changes and "Removed terms (1)" in changes


def test_every_class_and_term_has_its_place(pages: Mapping[str, str], knowledge: Knowledge) -> None:
    classes = [t for t in knowledge.index if OWL_CLASS in knowledge.values(t, TYPE)]
    assert {f"class-{c}.html" for c in classes if "://" not in c} <= pages.keys()
    described = set(re.findall(r'<section id="([^"]*)"', "".join(pages.values())))
    for term in (*knowledge.instances("Drug"), *knowledge.instances("Evidence")):
        assert html.escape(term) in described


def test_an_entry_has_facts_evidence_and_contradictions(pages: Mapping[str, str]) -> None:
    entry = pages["class-Drug.html"].partition('id="adagrasib"')[2].partition("</section>")[0]
    for heading in ("Synonyms", "Also", "binding lost by change at", "Evidence", "Contradictions"):
        assert f"<b>{heading}:</b>" in entry
    assert 'class=inferred href="class-OFFStateInhibitor.html"' in entry


def test_links_lead_somewhere_and_nothing_is_loaded(pages: Mapping[str, str]) -> None:
    places = {name: set(re.findall(r'id="([^"]*)"', text)) for name, text in pages.items()}
    broken = set()
    for text in pages.values():
        for target in set(re.findall(r'(?:href|src)="([^"]*)"', text)):
            name, _, anchor = target.partition("#")
            if name not in pages or (anchor and html.escape(unquote(anchor)) not in places[name]):
                broken.add(target)
        assert not re.search(r"<script|url\(|@import", text)
    assert not broken


def test_pages_are_small_and_quick(tmp_path: Path) -> None:
    full = load_full()
    files = write_reference(tmp_path, full)
    assert sum(path.stat().st_size for path in files) < 8_000_000
    limit = 5  # a second or two when idle
    assert measure_within(lambda: write_reference(tmp_path, full), limit) < limit
