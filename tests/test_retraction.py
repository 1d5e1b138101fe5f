"""Knowledge without single statements: what follows from them alone goes, and nothing else."""

from __future__ import annotations

import pytest

from krasbypass import Network, Tumour, build_signalling_network, find_routes
from krasbypass.facts import TYPE
from krasbypass.model import Level
from krasbypass.retraction import find_statements, retract
from krasbypass.vocabulary import P


def test_every_drug_follows_from_its_statements_as_it_was_reasoned(network: Network) -> None:
    """Where nothing real is taken away, the ways lead to what the reasoner drew, and no further."""
    knowledge = network.knowledge
    for drug in knowledge.drugs.values():
        if not drug.generic:
            assert retract(knowledge, [(drug.id, P.MECHANISM, "none")]).drugs[drug.name] == drug


@pytest.mark.parametrize(
    ("drug", "prop", "value", "what", "left"),
    [
        ("cetuximab", P.INHIBITS, "EGFR", "engages", ()),
        ("trametinib", TYPE, "AllostericMEKInhibitor", "engages", ()),
        ("adagrasib", P.BINDS_FORM, "OFF-form", "engages", ()),
        ("daraxonrasib", P.REQUIRES_PARTNER, "PPIA", "partners", ()),
        ("sotorasib", P.EFFLUXED_BY, "ABCB1", "effluxed_by", ()),
    ],
)
def test_what_a_statement_alone_carries_goes_with_it(
    network: Network, drug: str, prop: str, value: str, what: str, left: tuple[str, ...]
) -> None:
    knowledge = network.knowledge
    assert getattr(knowledge.drugs[drug], what)
    less = retract(knowledge, [(drug, prop, value)])
    assert getattr(less.drugs[drug], what) == left
    others = {name: d for name, d in knowledge.drugs.items() if name != drug}
    assert {name: d for name, d in less.drugs.items() if name != drug} == others


def test_what_another_statement_carries_too_stays(network: Network) -> None:
    knowledge = network.knowledge
    every = dict(knowledge.drugs["daraxonrasib"].engages)
    less = dict(
        retract(knowledge, [("daraxonrasib", P.COVERS_GENE, "KRAS")]).drugs["daraxonrasib"].engages
    )
    assert every["KRAS-Q61H"] is Level.ATTENUATED
    assert "KRAS-Q61H" not in less
    assert less["KRAS-G12D"] is every["KRAS-G12D"] is Level.FULL


def test_a_lost_residue_takes_its_changes_and_compound_alleles(network: Network) -> None:
    knowledge = network.knowledge
    drug = "sotorasib"
    less = retract(knowledge, [(drug, P.BINDING_LOST_BY_CHANGE_AT, "KRAS-res-96")]).drugs[drug]
    gone = knowledge.drugs[drug].abrogated_by - less.abrogated_by
    assert {"KRAS-Y96D", "KRAS-G12C-Y96D"} <= gone
    assert all("Y96" in change for change in gone)


def test_an_allele_of_unknown_cycling_is_out_of_reach_of_off_state_drugs(network: Network) -> None:
    less = retract(network.knowledge, [("KRAS-G12C", P.REACHES_GDP, "reached-readily")])
    assert less.drugs["sotorasib"].engages == ()
    assert less.drugs["elironrasib"] == network.knowledge.drugs["elironrasib"]


def test_a_tone_that_is_taken_away_is_silent(network: Network) -> None:
    knowledge = network.knowledge
    less = retract(knowledge, [("EGFR-tone-CRC", TYPE, "ToneFact")])
    gone = set(knowledge.tissues["CRC"].tone) - set(less.tissues["CRC"].tone)
    assert gone
    assert all("EGFR" in node for node, _ in gone)
    assert less.tissues["NSCLC"] == knowledge.tissues["NSCLC"]


def test_nothing_taken_away_is_the_same_knowledge(network: Network) -> None:
    assert retract(network.knowledge, []) is network.knowledge


def test_the_poorer_network_answers_otherwise_and_the_richer_one_as_before(
    network: Network,
) -> None:
    knowledge = network.knowledge
    tumour = Tumour.parse("PDAC", ["KRAS:G12D", "KRAS:amp"])
    before = find_routes(network, tumour, ["daraxonrasib"]).outputs["MAPK"].adapted
    fact = ("overload-daraxonrasib-PDAC", TYPE, "OverloadFact")
    poorer = build_signalling_network(retract(knowledge, [fact]))
    assert before is Level.FULL
    assert find_routes(poorer, tumour, ["daraxonrasib"]).outputs["MAPK"].adapted < before
    assert find_routes(network, tumour, ["daraxonrasib"]).outputs["MAPK"].adapted is before


def test_statements_are_those_that_decide_something(network: Network) -> None:
    found = find_statements(network.knowledge, "sotorasib")
    assert ("sotorasib", P.SELECTIVE_FOR, "KRAS-G12C") in found
    assert ("sotorasib", P.RETAINS_BINDING_TO, "KRAS-H95D") in found
    assert not any(prop in (P.MECHANISM, P.STAGE, P.SUPPORTED_BY) for _, prop, _ in found)
    assert not set(found) & network.knowledge.derived
