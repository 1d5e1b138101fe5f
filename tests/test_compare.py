"""Side by side, and how much an answer rests on: each set does what it is said to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

import pytest

from krasbypass import Network, Tumour, build_signalling_network, find_routes
from krasbypass.compare import MAX_CHANGES, compare_regimens, compare_samples
from krasbypass.errors import NotationError
from krasbypass.model import Level
from krasbypass.report.sides import comparison_to_json, sensitivity_to_json
from krasbypass.retraction import retract
from krasbypass.sensitivity import find_sensitivity
from krasbypass.weak_facts import REASONS, WeakFact

MAPK, PI3K = "MAPK", "PI3K-AKT-mTOR"


# -- two samples ---------------------------------------------------------------------------------


def test_the_change_that_opened_an_output_is_named_and_the_passenger_is_not(
    network: Network,
) -> None:
    before = Tumour.parse("NSCLC", ["KRAS:G12C"])
    after = Tumour.parse("NSCLC", ["KRAS:G12C", "MET:amp", "TP53:loss"])
    found = compare_samples(network, before, after, ["sotorasib"])
    assert {str(d) for d in found.differences} == {"+MET:amp", "+TP53:loss"}
    shifts = {shift.output: shift for shift in found.shifts}
    assert [list(map(str, s)) for s in shifts[MAPK].sets] == [["+MET:amp"]]
    assert shifts[MAPK].before is Level.ATTENUATED
    assert shifts[MAPK].after is Level.FULL
    assert found.opened
    assert all(route.nodes[0] == "MET:amp" for route in found.opened)
    assert found.closed == ()


def test_either_of_two_lesions_explains_it_if_each_is_enough(network: Network) -> None:
    before = Tumour.parse("NSCLC", ["KRAS:G12C"])
    after = Tumour.parse("NSCLC", ["KRAS:G12C", "BRAF:V600E", "MAP2K1:mut"])
    shifts = {s.output: s for s in compare_samples(network, before, after, ["sotorasib"]).shifts}
    sets = {frozenset(map(str, chosen)) for chosen in shifts[MAPK].sets}
    assert sets == {frozenset(["+BRAF:V600E"]), frozenset(["+MAP2K1:mut"])}


def test_a_change_in_cis_is_a_change_of_the_allele(network: Network) -> None:
    before = Tumour.parse("NSCLC", ["KRAS:G12C"])
    after = Tumour.parse("NSCLC", ["KRAS:G12C+Y96D"])
    found = compare_samples(network, before, after, ["adagrasib"])
    assert {str(d) for d in found.differences} == {"-KRAS:G12C", "+KRAS:G12C+Y96D"}
    assert all(s.sets for s in found.shifts)


@pytest.mark.parametrize(
    ("tissue", "one", "other", "drugs"),
    [
        ("NSCLC", "KRAS:G12C", "KRAS:G12C,MET:amp,PTEN:loss", "sotorasib"),
        ("CRC", "KRAS:G12C", "KRAS:G12C,BRAF:V600E", "sotorasib,cetuximab"),
        ("PDAC", "KRAS:G12D,MYC:amp", "KRAS:G12D", "daraxonrasib"),
    ],
)
def test_sets_are_minimal_and_do_what_they_say(
    network: Network, tissue: str, one: str, other: str, drugs: str
) -> None:
    first, second = (Tumour.parse(tissue, [text]) for text in (one, other))
    found = compare_samples(network, first, second, [drugs])

    def apply(changes: tuple) -> dict[str, Level]:
        gone = {c.what for c in changes if c.sign == "-"}
        names = [n for n in one.split(",") if n not in gone]
        names += [c.what for c in changes if c.sign == "+"]
        answer = find_routes(network, Tumour.parse(tissue, names), [drugs])
        return {o: levels.adapted for o, levels in answer.outputs.items()}

    assert found.shifts
    for shift in found.shifts:
        rises = shift.after > shift.before
        for chosen in shift.sets:
            level = apply(chosen)[shift.output]
            assert level >= shift.after if rises else level <= shift.after
            for part in combinations(chosen, len(chosen) - 1):
                level = apply(part)[shift.output]
                assert level < shift.after if rises else level > shift.after


# -- two regimens --------------------------------------------------------------------------------


def test_what_a_further_drug_closed(network: Network) -> None:
    tumour = Tumour.parse("CRC", ["KRAS:G12C"])
    found = compare_regimens(network, tumour, ["sotorasib"], ["sotorasib", "cetuximab"])
    assert [str(d) for d in found.differences] == ["+cetuximab"]
    assert found.opened == ()
    assert {route.output for route in found.closed} >= {MAPK, PI3K}
    back = compare_regimens(network, tumour, ["sotorasib", "cetuximab"], ["sotorasib"])
    assert [str(d) for d in back.differences] == ["-cetuximab"]
    assert back.opened == found.closed


def test_sides_that_do_not_differ(network: Network) -> None:
    tumour = Tumour.parse("CRC", ["KRAS:G12C"])
    found = compare_regimens(network, tumour, ["AMG 510"], ["Lumakras"])
    assert found.differences == found.shifts == found.opened == found.closed == ()


def test_too_many_changes_are_refused(network: Network) -> None:
    receptors = "MET EGFR ERBB2 FGFR1 FGFR2 FGFR3 ALK ROS1 RET KIT PDGFRA IGF1R AXL NTRK1 NTRK2"
    genes = receptors.split()
    assert len(genes) > MAX_CHANGES
    before = Tumour.parse("NSCLC", ["KRAS:G12C"])
    after = Tumour.parse("NSCLC", ["KRAS:G12C", *(f"{g}:amp" for g in genes)])
    with pytest.raises(NotationError, match="at most"):
        compare_samples(network, before, after)


def test_comparison_as_json(network: Network) -> None:
    tumour = Tumour.parse("CRC", ["KRAS:G12C"])
    found = compare_regimens(network, tumour, ["sotorasib"], ["sotorasib", "cetuximab"])
    plain = comparison_to_json(found)
    assert plain["shifts"][0]["explained_by"] == [["+cetuximab"]]
    assert plain.keys() >= {"question", "complete", "ontology_version", "as_of", "notice"}
    assert plain == comparison_to_json(
        compare_regimens(network, tumour, ["sotorasib"], ["sotorasib", "cetuximab"])
    )


# -- sensitivity ---------------------------------------------------------------------------------


def without(network: Network, gone: Iterable[WeakFact]) -> Network:
    """Return the network as it is without some facts: their rules, or what they state."""
    ids = {fact.id for fact in gone}
    stated = [fact.statement for fact in gone if fact.statement]
    if stated:
        network = build_signalling_network(retract(network.knowledge, stated))
    rules = tuple(rule for rule in network.rules if rule.interaction not in ids)
    return replace(network, rules=rules)


@pytest.mark.parametrize(
    ("tissue", "alterations", "drugs", "size"),
    [
        ("CRC", ["KRAS:G12C"], ["sotorasib"], 2),
        ("NSCLC", ["KRAS:G12C"], ["sotorasib"], 1),
        ("NSCLC", ["KRAS:G12C", "MET:amp"], ["daraxonrasib"], 1),
        ("NSCLC", ["KRAS:G12C+H95D"], ["adagrasib"], 1),
        ("CRC", ["KRAS:G12C"], ["sotorasib", "cetuximab"], 1),
        ("PDAC", ["KRAS:G12D", "KRAS:amp"], ["daraxonrasib"], 1),
    ],
)
def test_taking_the_facts_away_flips_the_output_and_no_part_does(
    network: Network, tissue: str, alterations: list[str], drugs: list[str], size: int
) -> None:
    tumour = Tumour.parse(tissue, alterations)
    answer = find_sensitivity(network, tumour, drugs, size=size)
    removed = [flip for flip in answer.flips if all(fact.held for fact in flip.facts)]
    for flip in removed:
        level = (
            find_routes(without(network, flip.facts), tumour, drugs).outputs[flip.output].adapted
        )
        assert level is flip.without
        assert (level is Level.FULL) is not (flip.level is Level.FULL)
        for part in combinations(flip.facts, len(flip.facts) - 1):
            again = find_routes(without(network, part), tumour, drugs)
            assert (again.outputs[flip.output].adapted is Level.FULL) is (flip.level is Level.FULL)
    if tissue == "CRC":
        assert any(len(flip.facts) == 1 for flip in removed)


def test_weak_facts_say_why_they_are_weak(network: Network) -> None:
    answer = find_sensitivity(network, Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"], size=1)
    assert {fact.reason for fact in answer.facts} <= set(REASONS)
    rebound = next(f for flip in answer.flips for f in flip.facts if f.id == "EGFR-rebound-CRC")
    assert rebound.held
    assert rebound.sources
    disputed = [fact for fact in answer.facts if fact.reason == "disputed"]
    assert all(fact.disputes for fact in disputed)
    order = [REASONS.index(fact.reason) for fact in answer.facts]
    assert order == sorted(order)


def test_statements_on_drugs_alleles_and_tissues_are_among_the_facts(network: Network) -> None:
    def flipping(tissue: str, alteration: str, drugs: list[str]) -> set[str]:
        tumour = Tumour.parse(tissue, alteration.split(","))
        found = find_sensitivity(network, tumour, drugs, size=1)
        return {fact.id for flip in found.flips for fact in flip.facts}

    lost = "adagrasib bindingLostByChangeAt KRAS-res-95"
    assert lost in flipping("NSCLC", "KRAS:G12C+H95D", ["adagrasib"])
    assert lost not in flipping("NSCLC", "KRAS:G12C", ["adagrasib"])
    assert "cetuximab inhibits EGFR" in flipping("CRC", "KRAS:G12C", ["sotorasib", "cetuximab"])
    assert "KRAS-G12C reachesGDP reached-readily" in flipping("NSCLC", "KRAS:G12C", ["divarasib"])
    overload = "overload-daraxonrasib-PDAC"
    assert overload in flipping("PDAC", "KRAS:G12D,KRAS:amp", ["daraxonrasib"])
    assert overload not in flipping("NSCLC", "KRAS:G12D,KRAS:amp", ["daraxonrasib"])


def test_a_generic_inhibitor_rests_on_no_statement(network: Network) -> None:
    tumour = Tumour.parse("NSCLC", ["KRAS:G12C"])
    found = find_sensitivity(network, tumour, ["inhibitor:KRAS-G12C"], size=1)
    assert not any(fact.id.startswith("inhibitor") for fact in found.facts)


def test_sensitivity_as_json(network: Network) -> None:
    answer = find_sensitivity(network, Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"], size=1)
    plain = sensitivity_to_json(answer)
    assert plain.keys() >= {"question", "ontology_version", "as_of", "notice"}
    assert plain == sensitivity_to_json(
        find_sensitivity(network, Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"], size=1)
    )
