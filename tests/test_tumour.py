"""The notation of tumours: what is read, how it is shortened, and that nothing else escapes."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from krasbypass import Knowledge, KrasbypassError, Tumour
from krasbypass.errors import NotationError
from krasbypass.scenario import resolve_drugs, resolve_scenarios
from krasbypass.tumour import KINDS, Change, Kind, shorten_change

#: Text that looks like the notation, so that fuzzing gets past the first colon.
NOTATION_LIKE = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="KRASkras:+,pG12CDx*-_>=. ?\tv\u00b2\u0661\u2013()", max_size=30),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["KRAS", "EGFR", "TP53", "context", "ALK", "HER2", "?", "", "KRAS.WT"]),
        st.sampled_from([":", "::", " : ", "", ":p."]),
        st.one_of(st.text(max_size=12), st.from_regex(r"[A-Z]\d{1,4}([A-Z*]|fs)", fullmatch=True)),
    ),
)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("KRAS:G12C", Change("KRAS:G12C", "KRAS", ("G12C",))),
        (" KRAS : G12C ", Change("KRAS : G12C", "KRAS", ("G12C",))),
        ("KRAS:p.Gly12Cys", Change("KRAS:p.Gly12Cys", "KRAS", ("G12C",))),
        ("KRAS:g12c", Change("KRAS:g12c", "KRAS", ("G12C",))),
        ("KRAS:G12C+Y96D", Change("KRAS:G12C+Y96D", "KRAS", ("G12C", "Y96D"))),
        ("KRAS:Gly12Cys + Tyr96Asp", Change("KRAS:Gly12Cys + Tyr96Asp", "KRAS", ("G12C", "Y96D"))),
        ("MET:AMP", Change("MET:AMP", "MET", ("amp",))),
        ("KRAS:wt-loss", Change("KRAS:wt-loss", "KRAS", ("wt-loss",))),
        ("TP53:Arg213Ter", Change("TP53:Arg213Ter", "TP53", ("R213*",))),
        ("EGFR:E746_A750del", Change("EGFR:E746_A750del", "EGFR", ("E746_A750del",))),
        ("KRAS:p.(Gly12Cys)", Change("KRAS:p.(Gly12Cys)", "KRAS", ("G12C",))),
        ("KRAS:G12c", Change("KRAS:G12c", "KRAS", ("G12C",))),
        ("MET:Amplification", Change("MET:Amplification", "MET", ("amp",))),
        ("PTEN:deletion", Change("PTEN:deletion", "PTEN", ("loss",))),
        ("NFE2L2:mutated", Change("NFE2L2:mutated", "NFE2L2", ("mut",))),
        ("EML4::ALK", Change("EML4::ALK", "EML4", ("fusion",), "ALK")),
        ("v::BRAF", Change("v::BRAF", "v", ("fusion",), "BRAF")),
        ("::BRAF", Change("::BRAF", "v", ("fusion",), "BRAF")),
        ("EML4 :: ?", Change("EML4 :: ?", "EML4", ("fusion",), "?")),
        ("BRAF:fusion", Change("BRAF:fusion", "BRAF", ("fusion",))),
        ("context:EMT", Change("context:EMT", "context", ("EMT",))),
    ],
)
def test_change_is_read(text: str, change: Change) -> None:
    assert Change.parse(text) == change


@pytest.mark.parametrize(
    "text",
    ["", "KRAS", "KRAS G12C", ":G12C", "KRAS:", "KRAS:G12C+", "KRAS:+G12C", "12:G12C",
     "KRAS:G12C D",
     "KRAS:G12C;MET:amp", "::", "EML4::", "KRAS:²", "κ:G12C"],
)  # fmt: skip
def test_what_is_not_the_notation_is_refused(text: str) -> None:
    with pytest.raises(NotationError) as caught:
        Change.parse(text)
    assert str(caught.value) == (
        f"cannot read {text!r}: an alteration is written GENE:CHANGE, such as KRAS:G12C, MET:amp "
        "or EML4::ALK"
    )


def test_kinds_are_those_of_the_ontology(knowledge: Knowledge) -> None:
    terms = knowledge.instances("AlterationKind")
    assert {knowledge.node(term) for term in terms} == set(Kind) == set(terms)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_cannot_be_joined(kind: str) -> None:
    with pytest.raises(NotationError) as caught:
        Change.parse(f"KRAS:G12C+{kind}")
    assert str(caught.value) == (
        f"cannot read 'KRAS:G12C+{kind}': '+' joins protein changes of one allele, such as "
        "G12C+Y96D"
    )


def test_only_the_gene_named_context_is_a_context() -> None:
    found = [t for t in ("context:EMT", "CONTEXT:emt", "KRAS:G12C") if Change.parse(t).is_context]
    assert found == ["context:EMT", "CONTEXT:emt"]


def test_tumour_takes_lists_and_comma_lists() -> None:
    expected = Tumour("NSCLC", ((Change.parse("KRAS:G12C"), Change.parse("MET:amp")),))
    assert Tumour.parse("NSCLC", ["KRAS:G12C", "MET:amp"]) == expected
    assert Tumour.parse(" NSCLC ", ["KRAS:G12C, MET:amp,"]) == expected
    assert Tumour.parse("NSCLC", "KRAS:G12C,MET:amp") == expected  # type: ignore[arg-type]
    assert hash(Tumour.parse("NSCLC", ["KRAS:G12C", "MET:amp"])) == hash(expected)


def test_tumour_without_anything() -> None:
    assert Tumour.parse("") == Tumour("any", ((),))
    assert Tumour.parse("").alterations == ()


def test_clones_share_the_trunk_and_repeats_count_once() -> None:
    tumour = Tumour.parse("CRC", ["KRAS:G12C"], ["MET:amp"], ["KRAS:G12C", "PTEN:loss"])
    kras, met, pten = map(Change.parse, ("KRAS:G12C", "MET:amp", "PTEN:loss"))
    assert tumour == Tumour("CRC", ((kras, met), (kras, pten)))
    assert tumour.alterations == ("KRAS:G12C", "MET:amp", "PTEN:loss")


def test_trans_and_cis_stay_apart() -> None:
    trans, cis = (
        Tumour.parse("any", ["KRAS:G12C,KRAS:Y96D"]),
        Tumour.parse("any", ["KRAS:G12C+Y96D"]),
    )
    assert [len(t.clones[0]) for t in (trans, cis)] == [2, 1]


@given(
    st.sampled_from("ACDEFGHIKLMNPQRSTVWY"),
    st.integers(1, 9999),
    st.sampled_from("ACDEFGHIKLMNPQRSTVWY*"),
)
def test_every_spelling_of_a_substitution_is_shortened(old: str, place: int, new: str) -> None:
    long = dict(zip("ARNDCQEGHILKMFPSTWYV*", re.findall("...", "AlaArgAsnAspCysGlnGluGlyHisIleLeu"
                    "LysMetPheProSerThrTrpTyrValTer"), strict=True))  # fmt: skip
    short = f"{old}{place}{new}"
    spellings = [short, short.lower(), f"p.{short}", f"p.{long[old]}{place}{long[new]}",
                 f"p.({long[old]}{place}{long[new]})"]  # fmt: skip
    assert [shorten_change(s) for s in spellings] == [short] * len(spellings)


@given(NOTATION_LIKE)
@example("context:")
@example("KRAS:G\u0661\u0662C")
@example("KRAS:p.")
def test_no_text_breaks_the_reading_of_a_change(text: str) -> None:
    try:
        change = Change.parse(text)
    except KrasbypassError as error:
        assert "\n" not in str(error)
    else:
        assert change.text == text.strip()
        assert Change.parse(change.text) == change


@given(
    st.text(max_size=20), st.lists(NOTATION_LIKE, max_size=4), st.lists(NOTATION_LIKE, max_size=2)
)
def test_no_text_breaks_a_question(
    knowledge: Knowledge, tissue: str, alterations: list[str], drugs: list[str]
) -> None:
    for ask in (
        lambda: resolve_scenarios(knowledge, Tumour.parse(tissue, alterations), drugs),
        lambda: resolve_scenarios(knowledge, Tumour.parse("any", alterations)),
        lambda: resolve_drugs(knowledge, drugs),
        *(lambda text=text: knowledge.find_drug(text) for text in drugs),
        *(lambda text=text: knowledge.find_gene(text) for text in alterations),
        lambda: knowledge.find_tissue(tissue),
        lambda: knowledge.find_term(tissue),
    ):
        try:
            ask()
        except KrasbypassError as error:
            assert str(error)


@pytest.mark.parametrize(
    "text", ["a" + " " * 3000 + "b", "K:" + "a+" * 3000 + "!", "A" * 30000 + "::"]
)
def test_long_nonsense_is_refused(text: str) -> None:
    with pytest.raises(NotationError):
        Change.parse(text)
