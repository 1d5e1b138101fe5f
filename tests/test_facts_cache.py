"""What was read of a graph is kept, and a cache that is broken or barred changes nothing."""

from __future__ import annotations

import pytest

from krasbypass import facts
from krasbypass.facts import read_facts

TRIG = "application/trig"


@pytest.fixture
def graph() -> bytes:
    """A graph large enough to be kept, two thirds of it drawn by the reasoner."""
    base, inferred = facts.BASE, facts.Graph.INFERRED
    lines = [f'<{base}t{i}> <{base}p{i % 7}> "{i}" .' for i in range(2000)]
    drawn = [f"<{base}t{i}> <{base}q> <{base}t{i + 1}> ." for i in range(4000)]
    return "\n".join([*lines, f"<{inferred}> {{", *drawn, "}"]).encode()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "krasbypass"


def test_kept_facts_are_what_parsing_gives(graph, cache, monkeypatch):
    first = read_facts((graph, TRIG))
    assert len(first[1]) == 4000 and first[0]["t8"] == {"p1": ("8",), "q": ("t9",)}
    assert len(list(cache.glob("*.facts"))) == 1
    monkeypatch.setattr(facts, "_parse", lambda sources: pytest.fail("parsed again"))
    assert read_facts((graph, TRIG)) == first


def test_other_content_is_read_anew(graph, cache):
    read_facts((graph, TRIG))
    changed = graph.replace(b'"8"', b'"9"')
    assert read_facts((changed, TRIG))[0]["t8"]["p1"] == ("9",)
    assert read_facts((graph, TRIG), (b"", "text/turtle"))[0]["t8"]["p1"] == ("8",)


@pytest.mark.parametrize("content", [0, 40, 5000])
def test_broken_entry_is_written_anew(graph, cache, content):
    expected = read_facts((graph, TRIG))
    (entry,) = cache.glob("*.facts")
    entry.write_bytes(entry.read_bytes()[:content])
    assert read_facts((graph, TRIG)) == expected
    assert len(entry.read_bytes()) > 1000


def test_cache_that_cannot_be_written_is_no_error(graph, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(read_facts((graph, TRIG))[1]) == 4000


def test_small_graphs_are_not_kept(cache):
    read_facts((f"<{facts.BASE}a> <{facts.BASE}b> <{facts.BASE}c> .".encode(), "text/turtle"))
    assert not cache.exists()
