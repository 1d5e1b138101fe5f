"""`find_faults` finds what it should: each fault is planted, and the packaged ontology has none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDFS, SH

from krasbypass.completion import complete
from krasbypass.quality import (
    Finding,
    find_faults,
    find_network_faults,
    find_query_faults,
    find_shape_faults,
    find_stale_files,
)
from krasbypass.reasoning import find_ontology, find_shipped_graph, load_turtle
from krasbypass.vocabulary import BASE, Graph

PREFIXES = f"""
@prefix : <{BASE}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
DRUG = 'a owl:NamedIndividual, :Drug ; :mechanism "m" ; :supportedBy :ev-by-definition'
RULE = "a owl:NamedIndividual, :Interaction ; :supportedBy :ev-by-definition"
EVIDENCE = 'a owl:NamedIndividual, :Evidence ; :ofEvidenceKind :in-vitro ; skos:note "n"'

# entry at fault, Turtle that plants the fault, words of the sentence
SHAPE_FAULTS = [
    ("x-nameless", ":x-nameless a owl:NamedIndividual, :Residue .", "has no label"),
    ("x-two-names", ':x-two-names a owl:NamedIndividual, :Residue ; rdfs:label "A", "B" .', "more"),
    ("x-id", ':x-id a owl:NamedIndividual, :Gene ; rdfs:label "X1" ; :hgnc "6407" .', "wrong HGNC"),
    (
        "x-accession",
        ':x-accession a owl:NamedIndividual, :Gene ; rdfs:label "X2" ; :hgnc "HGNC:1" ; '
        ':uniprot "KRAS_HUMAN" .',
        "wrong UniProt accession 'KRAS_HUMAN'",
    ),
    ("x-gene", ':x-gene a owl:NamedIndividual, :Gene ; rdfs:label "X3" .', "has no HGNC id"),
    ("x-chembl", f':x-chembl {DRUG} ; rdfs:label "c" ; :chembl "CHEBI:1" .', "wrong ChEMBL id"),
    (
        "x-unsourced",
        ':x-unsourced a owl:NamedIndividual, :Interaction ; rdfs:label "unsourced" ; '
        ":driver :MAPK ; :raises :MAPK ; :toLevel :full .",
        "'unsourced' has no evidence",
    ),
    (
        "x-undriven",
        f':x-undriven {RULE} ; rdfs:label "undriven" ; :raises :MAPK ; :toLevel :full .',
        "exactly one :driver",
    ),
    (
        "x-two-drivers",
        f':x-two-drivers {RULE} ; rdfs:label "two" ; :driver :MAPK, :RAL ; :raises :MAPK ; '
        ":toLevel :full .",
        "exactly one :driver",
    ),
    (
        "x-raises-nothing",
        f':x-raises-nothing {RULE} ; rdfs:label "r" ; :driver :MAPK ; :toLevel :full .',
        "raises nothing",
    ),
    (
        "x-raises-gene",
        f':x-raises-gene {RULE} ; rdfs:label "r" ; :driver :MAPK ; :raises :KRAS ; '
        ":toLevel :full .",
        "raises 'KRAS', which is not an activity",
    ),
    (
        "x-no-level",
        f':x-no-level {RULE} ; rdfs:label "r" ; :driver :MAPK ; :raises :MAPK .',
        "exactly one :toLevel",
    ),
    (
        "x-untargeted",
        f':x-untargeted {DRUG} ; rdfs:label "aimless" ; :stage "clinical" .',
        "The drug 'aimless' has no target",
    ),
    (
        "x-stage",
        f':x-stage {DRUG} ; rdfs:label "s" ; :stage "marketed" ; :inhibits :MEK .',
        "exactly one :stage",
    ),
    (
        "x-formless",
        f':x-formless {DRUG} ; rdfs:label "f" ; :stage "clinical" ; :selectiveFor :KRAS-G12C .',
        "must say which form it binds",
    ),
    (
        "x-allele",
        ':x-allele a owl:NamedIndividual, :ActivatingAllele ; rdfs:label "KRAS X9Z" ; '
        ':notation "KRAS:X9Z" ; :alleleOf :KRAS ; :ofKind :change ; :hasEffect :gain-of-function ; '
        ":atResidue :KRAS-res-12 ; :exchangeDependence :needs-exchange-fully ; "
        ":supportedBy :ev-by-definition .",
        "exactly one :reachesGDP",
    ),
    (
        "x-alteration",
        ':x-alteration a owl:NamedIndividual, :Alteration ; rdfs:label "lost gene" ; '
        ':notation "X:loss" ; :ofKind :loss .',
        "exactly one gene",
    ),
    (
        "x-tone",
        ':x-tone a owl:NamedIndividual, :ToneFact ; rdfs:label "tone" ; :ofReceptor :EGFR ; '
        ":toLevel :full ; :supportedBy :ev-by-definition .",
        "exactly one tissue",
    ),
    (
        "x-approval",
        ':x-approval a owl:NamedIndividual, :Approval ; rdfs:label "approval" ; '
        ':approvedFor :CRC ; :approvedOn "May 2021" ; :supportedBy :ev-by-definition .',
        "wrong date",
    ),
    ("x-sourceless", f':x-sourceless {EVIDENCE} ; rdfs:label "e" .', "names no source"),
    (
        "x-source",
        ':x-source a owl:NamedIndividual, :Source ; rdfs:label "s" ; :citation "A et al., 2020" .',
        "has no identifier",
    ),
    (
        "x-number",
        ':x-number a owl:NamedIndividual, :Trial ; rdfs:label "t" ; :nct "NCT1234" ; '
        ":givesDrug :sotorasib ; :supportedBy :ev-by-definition .",
        "wrong trial number 'NCT1234'",
    ),
    (
        "x-trial",
        ':x-trial a owl:NamedIndividual, :Trial ; rdfs:label "t" ; :supportedBy :ev-R2 .',
        "gives no drug",
    ),
    (
        "x-unit",
        ':x-unit a owl:NamedIndividual, :Prevalence ; rdfs:label "u" ; :value 3.0 ; '
        ":supportedBy :ev-R2 .",
        "exactly one unit",
    ),
    (
        "x-share",
        ':x-share a owl:NamedIndividual, :Prevalence ; rdfs:label "share" ; :value 3.0 ; '
        ":unit :unit-percent .",
        "'share' has no evidence",
    ),
    (
        "x-timing",
        ':x-timing a owl:NamedIndividual, :ResistanceObservation ; rdfs:label "o" ; '
        ':timing "sometimes" ; :supportedBy :ev-R2 .',
        "the :timing 'sometimes'",
    ),
    (
        "x-dispute",
        ':x-dispute a owl:NamedIndividual, :Contradiction ; rdfs:label "d" ; :disagreement "x" ; '
        ":statedBy :ev-by-definition, :ev-R2 .",
        "gives no reading",
    ),
]

QUERY_FAULTS = [
    (
        "q-other-gene",
        ':q-other-gene a :Alteration ; :notation "NRAS:amp2" ; :ofGene :KRAS .',
        "does not start with the gene 'KRAS'",
    ),
    (
        "q-other-residue",
        ':q-other-residue a :ProteinChange ; :notation "KRAS:G13X" ; :ofGene :KRAS ; '
        ":atResidue :KRAS-res-12 .",
        "stands at the residue 'KRAS G12'",
    ),
    (
        "Q-orphan",
        ':Q-orphan a owl:Class ; rdfs:label "orphan" ; skos:definition "Nothing." .',
        "'orphan' has neither members nor subclasses",
    ),
    ("Q-undefined", ':Q-undefined a owl:Class ; rdfs:label "undefined" .', "has no definition"),
    (
        "q-one-side",
        ':q-one-side a :Contradiction ; rdfs:label "one side" ; :statedBy :ev-R2 .',
        "'one side' names 1 side",
    ),
    (
        "q-defeated",
        ':q-defeated a :Drug ; rdfs:label "defeated" ; :selectiveFor :KRAS-G12C . '
        ":KRAS-G12C :abrogates :q-defeated .",
        "also abolishes its binding",
    ),
    (
        "q-blunt",
        ':q-blunt a :Drug ; rdfs:label "blunt" ; :targets :EGFR .',
        "'blunt' states the target 'EGFR' and blocks nothing",
    ),
    (
        "q-both",
        ':q-both a :Drug ; rdfs:label "both" ; :inhibits :EGFR ; :partlyInhibits :EGFR .',
        "inhibits 'EGFR' wholly and partly",
    ),
    (
        "q-wrong-support",
        ':q-wrong-support a :Residue ; rdfs:label "supported" ; :supportedBy :source-S0 .',
        "'source-S0', which is not evidence",
    ),
    ("q-unused", ':q-unused a :Evidence ; rdfs:label "unused" .', "Nothing is supported by"),
    (
        "q-unresolved",
        ':q-unresolved a :Evidence ; rdfs:label "unresolved" ; :fromSource :KRAS .',
        "'KRAS', which is no :Source",
    ),
    ("KRAS", ':q-twin a :Gene ; rdfs:label "TWIN" ; :hgnc "HGNC:6407" .', "share the HGNC id"),
    (
        "q-classless",
        ':q-classless a :Interaction ; rdfs:label "classless" ; :driver :its-state .',
        "uses the placeholder 'its-state' for no class",
    ),
    (
        "q-memberless",
        ':q-memberless a :Interaction ; rdfs:label "memberless" ; :forEach :Q-orphan .',
        "'Q-orphan', which has none",
    ),
    (
        "q-starved",
        ':q-starved a :Interaction ; rdfs:label "starved" ; :driver :q-idle . '
        ':q-idle a :Activity ; rdfs:label "idle" .',
        "reads 'q-idle', which no interaction raises",
    ),
    (
        "sotorasib",
        ':q-copy a :Drug ; rdfs:label "copy" ; skos:altLabel "amg-5 10" .',
        "'q-copy' and 'sotorasib' share the name",
    ),
    (
        "MAPK",
        ':q-namesake a :Activity ; rdfs:label "namesake" ; :notation "MAPK" .',
        "'MAPK' and 'q-namesake' share the notation 'MAPK'",
    ),
    ("q-silent", ':q-silent a :Output ; rdfs:label "silent" .', "raises the output 'silent'"),
    (
        "q-lost",
        ':q-lost a :Placeholder ; rdfs:label "lost" ; :follows :q-nowhere .',
        "follows 'q-nowhere', which is no object property",
    ),
    (
        "q-unfillable",
        ':q-unfillable a :Interaction ; rdfs:label "unfillable" ; :forEach :RASGAP ; '
        ":driver :its-receptor .",
        "reads 'receptorActivity' of each member of 'RASGAP', and none has it",
    ),
    (
        "ligandOf",
        ":ligandOf a owl:AnnotationProperty .",
        "'ligandOf' is declared as an annotation and as something to reason with",
    ),
    (
        "Q-circle",
        ':Q-circle a owl:Class ; rdfs:label "circle" ; rdfs:subClassOf :Q-round . '
        ":Q-round a owl:Class ; rdfs:subClassOf :Q-circle .",
        "'circle' stands, by way of others, below itself",
    ),
    (
        "q-tomorrow",
        ':q-tomorrow a :Approval ; rdfs:label "early" ; :approvedOn "2099-01" .',
        "'early' was approved on 2099-01, after",
    ),
    ("q-count", ':q-count rdfs:label "c" ; :n 4 ; :count 30 .', "counts 30 of 4"),
    (
        "q-share",
        ':q-share a :Prevalence ; rdfs:label "s" ; :value 143.0 ; :unit :unit-percent .',
        "a share of 143 %",
    ),
    ("q-range", ':q-range rdfs:label "r" ; :lowerBound 9.0 ; :upperBound 2.0 .', "from 9 to 2"),
    (
        "q-outside",
        ':q-outside rdfs:label "o" ; :value 5.0 ; :lowerBound 6.0 ; :upperBound 7.0 .',
        "outside its interval",
    ),
    ("q-misspelt", ":q-misspelt a :Drug ; :inhibts :EGFR .", "uses the property :inhibts"),
    ("q-dangling", ":q-dangling a :Drug ; :inhibits :EGRF .", "to :EGRF, which is nowhere defined"),
    ("q-untyped", ':q-untyped rdfs:label "untyped" .', "has no type"),
]


def copy_ontology(folder: Path, *turtle: str) -> Path:
    copy = folder / "ontology"
    shutil.copytree(find_ontology(), copy)
    with (copy / "pathway.ttl").open("a", encoding="utf-8") as file:
        file.write(PREFIXES + "\n".join(turtle) + "\n")
    return copy


def extend_shipped(*turtle: str) -> bytes:
    """Return the shipped reasoned graph with Turtle added to what is asserted."""
    added = f"{PREFIXES}<{Graph.ASSERTED}> {{\n" + "\n".join(turtle) + "\n}\n"
    return find_shipped_graph().read_bytes() + added.encode()


@pytest.fixture(scope="module")
def shape_findings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finding, ...]:
    folder = copy_ontology(tmp_path_factory.mktemp("shapes"), *(t for _, t, _ in SHAPE_FAULTS))
    asserted = load_turtle(folder)
    return find_shape_faults(asserted + complete(asserted))


@pytest.fixture(scope="module")
def query_findings() -> tuple[Finding, ...]:
    return find_query_faults(extend_shipped(*(t for _, t, _ in QUERY_FAULTS)))


@pytest.mark.parametrize(("entry", "words"), [(e, w) for e, _, w in SHAPE_FAULTS])
def test_shapes_find_planted_fault(
    shape_findings: tuple[Finding, ...], entry: str, words: str
) -> None:
    assert [f for f in shape_findings if f.entry == entry and words in f.sentence]


@pytest.mark.parametrize(("entry", "words"), [(e, w) for e, _, w in QUERY_FAULTS])
def test_queries_find_planted_fault(
    query_findings: tuple[Finding, ...], entry: str, words: str
) -> None:
    assert [f for f in query_findings if f.entry == entry and words in f.sentence]


def test_every_query_finds_a_planted_fault(query_findings: tuple[Finding, ...]) -> None:
    titles = [p.read_text().partition("\n")[0] for p in (find_ontology() / "qc").glob("*.rq")]
    assert len(set(titles)) == len(titles)
    assert {t.removeprefix("# ") for t in titles} <= {f.check for f in query_findings}


def test_every_shape_says_what_to_do() -> None:
    shapes = rdflib.Graph().parse(find_ontology() / "shapes.ttl")
    for shape in shapes.subjects(rdflib.RDF.type, SH.NodeShape):
        properties = list(shapes.objects(shape, SH.property))
        assert shapes.value(shape, RDFS.label), shape
        for holder in properties or [shape]:
            message = str(shapes.value(holder, SH.message))
            assert "{$this}" in message, (shape, message)
            assert "; " in message or "needs exactly one" in message, (shape, message)
            assert message.endswith("."), (shape, message)


def test_network_names_the_rule_that_negates_a_derived_node() -> None:
    planted = (
        f':x-negation {RULE} ; rdfs:label "negation" ; :driver :RAL ; :needsNot :ERK-activity ; '
        ":raises :RAC ; :toLevel :full ."
    )
    assert find_network_faults(extend_shipped(planted)) == (
        Finding(
            "network",
            "x-negation",
            "rule 'x-negation' negates 'ERK', which other rules derive; only inputs may be negated",
        ),
    )


def test_network_does_not_trip_over_a_wrong_level() -> None:
    planted = (
        f':x-level {RULE} ; rdfs:label "level" ; :driver :RAL ; :raises :RAC ; :toLevel :KRAS .'
    )
    (finding,) = find_network_faults(extend_shipped(planted))
    assert (finding.check, finding.entry) == ("network", "KRAS")
    assert finding.sentence.startswith("unknown level 'KRAS'; ")


def test_network_does_not_trip_over_a_wrong_hypothesis() -> None:
    planted = (
        f':x-guess {RULE} ; rdfs:label "guess" ; :driver :RAL ; :raises :RAC ; :toLevel :full ; '
        ":underHypothesis :KRAS ."
    )
    (finding,) = find_network_faults(extend_shipped(planted))
    assert finding.sentence.startswith("unknown hypothesis 'KRAS'; ")


def test_broken_turtle_is_one_finding(tmp_path: Path) -> None:
    (finding,) = find_faults(copy_ontology(tmp_path, ":x-broken a owl:NamedIndividual, ; ."))
    assert finding.check == "ontology"
    assert finding.sentence.startswith("pathway.ttl, line ")


def test_without_java_shapes_still_speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRASBYPASS_JAVA", "/nowhere/java")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = find_faults(copy_ontology(tmp_path, SHAPE_FAULTS[0][1]))
    assert "x-nameless" in {f.entry for f in found}
    assert any("krasbypass[reasoner]" in f.sentence for f in found)
    assert found == tuple(sorted(set(found)))


def test_changed_turtle_makes_the_shipped_graph_stale(tmp_path: Path) -> None:
    folder = copy_ontology(tmp_path, ':x-new a owl:NamedIndividual, :Residue ; rdfs:label "new" .')
    (finding,) = find_stale_files(folder, find_shipped_graph())
    assert (finding.check, finding.entry) == ("shipped graph", "reasoned.trig")
    assert "krasbypass build" in finding.sentence


@pytest.mark.java
@pytest.mark.slow
def test_disjointness_violation_names_the_term(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    clash = ':x-clash a owl:NamedIndividual, :Gene, :Tissue ; rdfs:label "X" ; :hgnc "HGNC:1" .'
    (finding,) = (f for f in find_faults(copy_ontology(tmp_path, clash)) if f.check == "ontology")
    assert "'x-clash' is both Gene and Tissue, which are disjoint classes" in finding.sentence


def test_packaged_ontology_has_no_faults() -> None:
    assert "\n".join(map(str, find_faults())) == ""
