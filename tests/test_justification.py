"""`explain`: facts come back with the axioms behind them, as sentences with sources."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import rdflib

from krasbypass import Knowledge, KrasbypassError
from krasbypass.facts import SUBCLASS, TYPE
from krasbypass.justification.axioms import Justification, Origin, find_justification
from krasbypass.justification.pellet import JavaTooOldError, _find_recent_java, explain_fact
from krasbypass.justification.relevance import find_lemmas, find_part
from krasbypass.justification.sentences import phrase_axiom, phrase_fact
from krasbypass.report.prose import justification_to_json, render_justification
from krasbypass.vocabulary import BASE

CHAIN = f"""
@prefix : <{BASE}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<{BASE}toy> a owl:Ontology .
:before a owl:ObjectProperty, owl:TransitiveProperty .
:left a owl:ObjectProperty . :right a owl:ObjectProperty . :other a owl:ObjectProperty .
:next a owl:ObjectProperty ; rdfs:subPropertyOf :before ; owl:propertyChainAxiom ( :left :right ) .
:a a owl:NamedIndividual ; :left :m . :m a owl:NamedIndividual ; :right :b .
:b a owl:NamedIndividual ; :left :n . :n a owl:NamedIndividual ; :right :c .
:c a owl:NamedIndividual ; :other :d . :d a owl:NamedIndividual ; :left :e .
:e a owl:NamedIndividual .
"""
DRAWN = frozenset({("a", "next", "b"), ("b", "next", "c"), ("a", "before", "b")}) | {
    ("b", "before", "c"),
    ("a", "before", "c"),
}


@pytest.fixture
def pellet() -> None:
    """Skip a test where no Java can run Pellet."""
    try:
        _find_recent_java()
    except JavaTooOldError as error:
        pytest.skip(str(error))


@pytest.fixture
def toy() -> rdflib.Graph:
    return rdflib.Graph().parse(data=CHAIN, format="turtle")


def notations(answer: Justification) -> set[str]:
    return {axiom.notation for axiom in answer.axioms}


# -- without Java ---------------------------------------------------------------------------------


def test_part_has_the_way_and_no_other_individuals(toy: rdflib.Graph) -> None:
    part = find_part(toy, ("a", "before", "b"), inferred=(), detour=0)
    stated = {tuple(str(t).removeprefix(BASE) for t in triple) for triple in part}
    assert {("a", "left", "m"), ("m", "right", "b")} <= stated
    assert not {("c", "other", "d"), ("d", "left", "e")} & stated


def test_lemmas_of_a_transitive_fact_are_its_steps_and_lower_facts(toy: rdflib.Graph) -> None:
    assert find_lemmas(toy, ("a", "before", "c"), inferred=DRAWN) == {
        ("a", "next", "b"),
        ("b", "next", "c"),
        ("a", "before", "b"),
        ("b", "before", "c"),
    }


@pytest.mark.parametrize(
    ("axiom", "sentence"),
    [
        ("KRAS-Y96D atResidue KRAS-res-96", "KRAS:Y96D: at residue KRAS Y96."),
        ("KRAS-G12C type ActivatingAllele", "KRAS:G12C is: activating allele."),
        (
            "OFFBindingDrug equivalentTo bindsForm value OFF-form",
            "“drug that binds the OFF form” means: “binds form” OFF (GDP-bound, or inactive "
            "kinase).",
        ),
        (
            "ReadilyCyclingAllele subClassOf cyclesReadily self",
            "Whatever is “readily cycling allele” is also “cycles readily” itself.",
        ),
        (
            "bindsOFF o prefers o cyclesReadily subPropertyOf engagesCompletely",
            "If A “binds OFF” B, B “prefers” C and C “cycles readily” D, then A “engages "
            "completely” D.",
        ),
        ("selectiveFor subPropertyOf prefers", "If A “selective for” B, then A “prefers” B."),
        ("drives inverseOf driver", "If A “drives” B, then B “driver” A, and back."),
        (
            "Transitive upstreamOf",
            "If A “upstream of” B and B “upstream of” C, then A “upstream of” C.",
        ),
    ],
)
def test_axioms_read_as_sentences(knowledge: Knowledge, axiom: str, sentence: str) -> None:
    assert phrase_axiom(knowledge, axiom) == sentence


def test_an_activity_is_told_from_its_gene(knowledge: Knowledge) -> None:
    assert phrase_fact(knowledge, ("EGFR", "hasActivity", "EGFR-activity")) == (
        "EGFR: has activity EGFR signalling."
    )


def test_a_stated_fact_is_its_own_reason() -> None:
    answer = find_justification(None, "AMG 510", "selective for", "KRAS:G12C")
    assert answer.fact == ("sotorasib", "selectiveFor", "KRAS-G12C")
    assert answer.origin is Origin.ASSERTED
    assert [axiom.sentence for axiom in answer.axioms] == ["sotorasib: selective for KRAS:G12C."]
    assert answer.axioms[0].evidence


def test_generated_facts_and_values_are_answered() -> None:
    assert find_justification(None, "KRAS", "is primary target", "true").origin is Origin.ASSERTED
    answer = find_justification(None, "EGFR:amp", "of gene", "EGFR")
    assert (answer.fact[0], answer.origin) == ("EGFR-amp", Origin.GENERATED)


def test_a_fact_that_does_not_follow_is_an_answer() -> None:
    answer = find_justification(None, "sotorasib", "engages", "MAPK")
    assert (answer.origin, answer.axioms, answer.complete) == (Origin.NOT_ENTAILED, (), True)
    assert "does not draw it" in render_justification(answer)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (("sotorasb", "is-a", "drug"), "unknown term 'sotorasb'; nearest: sotorasib"),
        (("sotorasib", "engagesCompletly", "MEK"), "nearest: engagesCompletely"),
        (("sotorasib", "is-a", "KRAS:G12C"), "unknown class 'KRAS:G12C'"),
    ],
)
def test_unknown_names_are_named(question: tuple[str, str, str], sentence: str) -> None:
    with pytest.raises(KrasbypassError) as caught:
        find_justification(None, *question)
    assert sentence in str(caught.value)


def test_an_old_java_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"17.0.15\"' >&2\n")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("KRASBYPASS_JAVA", str(java))
    with pytest.raises(JavaTooOldError) as caught:
        find_justification(None, "KRAS:Y96D", "abrogates", "sotorasib")
    assert str(caught.value) == (
        "explaining a fact needs Java 25 or later and Java 17 was found; "
        "install it with: pip install 'krasbypass[reasoner]'"
    )


# -- with Java ------------------------------------------------------------------------------------


@pytest.mark.java
@pytest.mark.usefixtures("pellet")
def test_pellet_is_helped_over_chains_below_transitive_properties(toy: rdflib.Graph) -> None:
    found = explain_fact(toy, ("a", "before", "c"), inferred=DRAWN)
    assert found.in_time
    assert set(found.axioms) == {
        "a left m",
        "m right b",
        "b left n",
        "n right c",
        "left o right subPropertyOf next",
        "next subPropertyOf before",
        "Transitive before",
    }


@pytest.mark.java
@pytest.mark.usefixtures("pellet")
def test_engagement_follows_from_form_preference_and_cycling() -> None:
    answer = find_justification(None, "sotorasib", "engagesCompletely", "KRAS:G12C")
    assert answer.origin is Origin.INFERRED
    assert notations(answer) >= {
        "sotorasib bindsForm OFF-form",
        "sotorasib selectiveFor KRAS-G12C",
        "KRAS-G12C reachesGDP reached-readily",
        "bindsOFF o prefers o cyclesReadily subPropertyOf engagesCompletely",
    }
    stated = [axiom for axiom in answer.axioms if axiom.origin is Origin.ASSERTED]
    assert all(axiom.evidence for axiom in stated)
    written = justification_to_json(answer, question=("sotorasib", "engagesCompletely", "x"))
    assert {"question", "axioms", "complete", "ontology_version", "notice"} <= written.keys()
    assert "If A “binds OFF” B" in render_justification(answer)


@pytest.mark.java
@pytest.mark.usefixtures("pellet")
def test_a_pocket_change_abrogates_and_cites_the_statement() -> None:
    answer = find_justification(None, "KRAS:Y96D", "abrogates", "sotorasib")
    assert notations(answer) == {
        "KRAS-Y96D atResidue KRAS-res-96",
        "sotorasib bindingLostByChangeAt KRAS-res-96",
        "atResidue o whereChangeAbolishes subPropertyOf abrogates",
        "bindingLostByChangeAt inverseOf whereChangeAbolishes",
    }
    assert any("Tanaka" in cited for axiom in answer.axioms for cited in axiom.evidence)


@pytest.mark.java
@pytest.mark.usefixtures("pellet")
def test_a_way_through_the_network_is_explained_step_by_step() -> None:
    answer = find_justification(None, "EGFR", "upstreamOf", "MAPK")
    assert answer.fact == ("EGFR-activity", "upstreamOf", "MAPK")
    assert {"Transitive upstreamOf", "ERK-MAPK driver ERK-activity"} <= notations(answer)
    assert not any(" upstreamOf " in axiom for axiom in notations(answer) if " o " not in axiom)


@pytest.mark.java
@pytest.mark.usefixtures("pellet")
def test_membership_of_terms_and_of_classes() -> None:
    answer = find_justification(None, "sotorasib", "is-a", "OFF-state inhibitor")
    assert answer.fact == ("sotorasib", TYPE, "OFFStateInhibitor")
    assert "sotorasib numberOfForms 1" in notations(answer)
    answer = find_justification(None, "OFF-state inhibitor", "is-a", "RAS inhibitor")
    assert (answer.fact[1], len(answer.axioms)) == (SUBCLASS, 1)
