"""Each error is one sentence that says what was read and what would have been right."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krasbypass import errors
from krasbypass.errors import (
    InconsistentOntologyError,
    JavaTooOldError,
    KrasbypassError,
    NotationError,
    OntologyError,
    OutputFileError,
    QueryError,
    ReasonerUnavailableError,
    ScenarioFileError,
    StratificationError,
    UnknownTermError,
    UnsupportedAlterationError,
    find_nearest,
    plain_key,
)

SENTENCES = [
    (KrasbypassError("a", "b"), "a: b"),
    (NotationError("x y", "write GENE:CHANGE"), "cannot read 'x y': write GENE:CHANGE"),
    (
        UnknownTermError("drug", "sotorasip", ["ERK", "sotorasib"]),
        "unknown drug 'sotorasip'; nearest: sotorasib",
    ),
    (UnknownTermError("gene", "zzz", ["KRAS"]), "unknown gene 'zzz'; known: KRAS"),
    (UnknownTermError("gene", "zzz", map("K{}".format, range(13))), "unknown gene 'zzz'"),
    (
        UnknownTermError("drug", "Kxx9", map("K{}".format, range(13))),
        "unknown drug 'Kxx9'; nearest: K9",
    ),
    (
        UnknownTermError("tissue", "zzz", map("K{}".format, range(13)), choices=["K1"]),
        "unknown tissue 'zzz'; known: K1",
    ),
    (UnknownTermError("gene", "", []), "unknown gene ''"),
    (
        UnsupportedAlterationError("BRAF:V600Q", "BRAF", ["BRAF:V600K", "BRAF:amp"]),
        "no rule gives an effect for 'BRAF:V600Q', though BRAF is known; known: BRAF:V600K",
    ),
    (
        UnsupportedAlterationError("KRAS:foo", "KRAS", ["e", "d", "c", "b", "a"]),
        "no rule gives an effect for 'KRAS:foo', though KRAS is known; known: a, b, c, d",
    ),
    (
        UnsupportedAlterationError("AB:foo", "AB", []),
        "no rule gives an effect for 'AB:foo', though AB is known",
    ),
    (OntologyError("drugs.ttl is not valid Turtle", "why"), "drugs.ttl is not valid Turtle: why"),
    (InconsistentOntologyError("'x' is both A and B"), "'x' is both A and B"),
    (
        StratificationError("r1", "ERK"),
        "rule 'r1' negates 'ERK', which other rules derive; only inputs may be negated",
    ),
    (
        JavaTooOldError(17),
        "explaining a fact needs Java 25 or later and Java 17 was found; "
        "install it with: pip install 'krasbypass[reasoner]'",
    ),
    (
        ReasonerUnavailableError(),
        "this ontology has no reasoned graph yet and no Java was found to make one; "
        "install it with: pip install 'krasbypass[reasoner]'",
    ),
    (
        QueryError("SELECT ?a {\n  7 }", "error at 2:5: expected a verb"),
        "line 2, column 5: expected a verb; the line reads '7 }'",
    ),
    (QueryError("ASK {}", "it is odd"), "the query cannot be run: it is odd"),
    (ScenarioFileError("cannot read 'x.tsv'", "no such file"), "cannot read 'x.tsv': no such file"),
    (
        OutputFileError("cannot write 'x.html'", "no such file"),
        "cannot write 'x.html': no such file",
    ),
]


@pytest.mark.parametrize(("error", "sentence"), SENTENCES, ids=lambda v: type(v).__name__)
def test_sentence(error: KrasbypassError, sentence: str) -> None:
    assert (str(error), error.sentence()) == (sentence, sentence)


def test_every_error_has_the_one_base_and_a_sentence_here() -> None:
    defined = {
        cls
        for _, cls in inspect.getmembers(errors, inspect.isclass)
        if cls.__module__ == errors.__name__
    }
    assert {cls for cls in defined if not issubclass(cls, KrasbypassError)} == set()
    assert {type(error) for error, _ in SENTENCES} == defined


def test_errors_keep_what_went_wrong() -> None:
    error = UnsupportedAlterationError("BRAF:V600Q", "BRAF", ["BRAF:amp", "BRAF:V600K"])
    assert (error.text, error.gene, error.known, error.nearest) == (
        "BRAF:V600Q",
        "BRAF",
        ("BRAF:V600K", "BRAF:amp"),
        ("BRAF:V600K",),
    )


@pytest.mark.parametrize(
    ("text", "known", "nearest"),
    [
        ("AMG-510", ["amg 510", "AMG 511"], ("amg 510", "AMG 511")),
        ("kras", ["NRAS", "KRAS", "HRAS", "MRAS", "RRAS"], ("KRAS", "RRAS", "NRAS", "MRAS")),
        ("aaa", ["bbb"], ()),
        ("", ["KRAS"], ()),
        ("x", [], ()),
    ],
)
def test_nearest_names(text: str, known: list[str], nearest: tuple[str, ...]) -> None:
    assert find_nearest(text, known) == nearest


@given(st.lists(st.text(max_size=8), max_size=8), st.text(max_size=8), st.integers(1, 5))
def test_nearest_names_are_known_names(known: list[str], text: str, count: int) -> None:
    found = find_nearest(text, known, count=count)
    assert len(found) <= count
    assert set(found) <= set(known)


@given(st.text())
def test_plain_key_forgets_case_and_separators_and_nothing_else(text: str) -> None:
    spaced = " ".join(text)
    assert plain_key(spaced) == plain_key(text)
    assert plain_key(plain_key(text)) == plain_key(text)
    assert plain_key("AMG\u2013510") == plain_key("amg 510") != plain_key("AMG 511")
