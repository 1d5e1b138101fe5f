"""Alleles with several changes in cis follow from their single changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krasbypass import Knowledge, Network, Tumour, evaluate
from krasbypass.alleles import (
    build_allele_member,
    compose_allele,
    find_allele_classes,
    find_gdp_reach,
    find_members,
    has_state,
    state_node,
)
from krasbypass.errors import UnsupportedAlterationError
from krasbypass.model import Alteration, Level, Phase
from krasbypass.network import extend_with_alleles
from krasbypass.scenario import resolve_scenarios
from krasbypass.vocabulary import C, P


def allele_of(knowledge: Knowledge, notation: str) -> Alteration:
    gene, _, changes = notation.partition(":")
    return compose_allele(knowledge, knowledge.find_gene(gene), changes.split("+"))


def single_changes(knowledge: Knowledge, cls: str) -> list[str]:
    found = [a for a in knowledge.alterations.values() if cls in a.classes and len(a.parts) == 1]
    return sorted(
        a.node.partition(":")[2] for a in found if knowledge.genes[a.gene].symbol == "KRAS"
    )


def test_a_compound_has_one_notation_whatever_the_spelling(knowledge: Knowledge) -> None:
    spellings = ["KRAS:G12C+Y96D", "KRAS:Y96D+G12C", "KRAS:G12C+Y96D+G12C"]
    found = {allele_of(knowledge, s) for s in spellings}
    assert {(a.node, a.id, a.parts) for a in found} == {
        ("KRAS:G12C+Y96D", "KRAS-G12C-Y96D", ("KRAS-G12C", "KRAS-Y96D"))
    }


def test_a_compound_that_the_catalogue_lacks_is_made(knowledge: Knowledge) -> None:
    assert "KRAS:G12D+R68S+H95Q" not in knowledge.alterations
    assert allele_of(knowledge, "KRAS:H95Q+R68S+G12D") == Alteration(
        id="KRAS:G12D+R68S+H95Q",
        node="KRAS:G12D+R68S+H95Q",
        gene="KRAS",
        kind="change",
        classes=frozenset({C.COMPOUND_ALLELE, C.ALTERATION}),
        parts=("KRAS-G12D", "KRAS-R68S", "KRAS-H95Q"),
    )


def test_a_single_change_is_itself(knowledge: Knowledge) -> None:
    assert allele_of(knowledge, "KRAS:G12C") == knowledge.alterations["KRAS:G12C"]
    assert state_node(knowledge.alterations["KRAS:G12C"]) == "KRAS.G12C.GTP"


@pytest.mark.parametrize("notation", ["KRAS:G12C+W999A", "KRAS:W999A", "KRAS:G12C+G12C-Y96D"])
def test_a_change_without_an_entry_is_refused(knowledge: Knowledge, notation: str) -> None:
    with pytest.raises(UnsupportedAlterationError) as caught:
        allele_of(knowledge, notation)
    unknown = f"KRAS:{notation.rpartition('+')[2].removeprefix('KRAS:')}"
    assert (caught.value.text, caught.value.gene) == (unknown, "KRAS")
    assert {"KRAS:G12C", "KRAS:Y96D"} <= set(caught.value.known)
    assert not [name for name in caught.value.known if "+" in name]


def test_only_alleles_that_signal_have_a_state(knowledge: Knowledge) -> None:
    asked = ["KRAS:G12C", "KRAS:G12C+Y96D", "KRAS:Y96D", "KRAS:amp", "MET:amp", "BRAF:V600E"]
    assert [n for n in asked if has_state(knowledge.alterations[n])] == asked[:2]


@pytest.mark.parametrize(
    ("notation", "reach"),
    [
        ("KRAS:G12C", Level.FULL),
        ("KRAS:G12C+Y96D", Level.FULL),
        ("KRAS:Q61H", Level.ATTENUATED),
        ("KRAS:G12R", Level.OFF),
        ("KRAS:G12C+Q61H", Level.ATTENUATED),
        ("KRAS:G12C+G12R+Y96D", Level.OFF),
    ],
)
def test_gdp_is_reached_only_if_every_change_allows_it(
    knowledge: Knowledge, notation: str, reach: Level
) -> None:
    assert find_gdp_reach(knowledge, allele_of(knowledge, notation)) is reach


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_cis_facts_compose(knowledge: Knowledge, data: st.DataObject) -> None:
    """The lowest reach counts, and the lowest need of exchange (the highest autonomy)."""
    activating = single_changes(knowledge, C.ACTIVATING_ALLELE)
    second = single_changes(knowledge, C.SECOND_SITE_CHANGE)
    changes = [
        *data.draw(st.lists(st.sampled_from(activating), min_size=1, max_size=2, unique=True)),
        *data.draw(st.lists(st.sampled_from(second), max_size=2, unique=True)),
    ]
    gene = knowledge.find_gene("KRAS")
    allele = compose_allele(knowledge, gene, changes)
    assert compose_allele(knowledge, gene, data.draw(st.permutations(changes))) == allele
    parts = [knowledge.alterations[f"KRAS:{c}"] for c in changes]
    assert find_gdp_reach(knowledge, allele) == min(find_gdp_reach(knowledge, p) for p in parts)

    def autonomy(values: tuple[str, ...]) -> Level:
        return max((knowledge.levels[v] for v in values), default=Level.OFF)

    member = build_allele_member(knowledge, allele)
    assert (member.id, member.values[P.HAS_STATE]) == (allele.id, (state_node(allele),)) or (
        len(changes) == 1
    )
    stated = [autonomy(knowledge.values(p.id, "loadsWithoutExchange")) for p in parts]
    assert autonomy(member.values.get("loadsWithoutExchange", ())) == max(stated)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_abrogation_in_cis_abrogates(
    knowledge: Knowledge, network: Network, data: st.DataObject
) -> None:
    """A drug of the single allele blocks the compound unless a change in cis abolishes binding."""
    second = data.draw(
        st.lists(
            st.sampled_from(single_changes(knowledge, C.SECOND_SITE_CHANGE)),
            min_size=1,
            max_size=2,
            unique=True,
        )
    )
    names = sorted(
        d.name for d in knowledge.drugs.values() if ("KRAS-G12C", Level.FULL) in d.engages
    )
    drug = knowledge.drugs[data.draw(st.sampled_from(names))]
    tumour = Tumour.parse("NSCLC", ["KRAS:" + "+".join(["G12C", *second])])
    (scenario,) = resolve_scenarios(knowledge, tumour, [drug.name])
    (allele,) = scenario.alleles
    lost = set(allele.parts) & (drug.abrogated_by - drug.retains)
    blocked = {n for n, level in scenario.treatment.items() if n.startswith("engaged") and level}
    state = state_node(allele)
    assert bool({f"engaged_off:{state}", f"engaged_on:{state}"} & blocked) is not bool(lost)
    level = evaluate(network, scenario).level(state, Phase.ACUTE)
    assert (level is Level.FULL) is bool(lost)


def test_classes_of_a_compound_are_those_of_its_activating_change(knowledge: Knowledge) -> None:
    compound = allele_of(knowledge, "KRAS:Y96D+G12C")
    assert find_allele_classes(knowledge, compound) == knowledge.classes("KRAS-G12C")


def test_members_are_sorted_and_compounds_count(knowledge: Knowledge) -> None:
    ids = [m.id for m in find_members(knowledge, C.ACTIVATING_ALLELE)]
    assert ids == sorted(ids)
    assert {"KRAS-G12C", "KRAS-G12C-Y96D"} <= set(ids)
    assert "KRAS-Y96D" not in ids
    assert find_members(knowledge, "NoSuchClass") == ()


def test_a_network_grows_by_a_new_allele_once(knowledge: Knowledge, network: Network) -> None:
    known, new = allele_of(knowledge, "KRAS:G12C+Y96D"), allele_of(knowledge, "KRAS:G12D+Y96D")
    assert extend_with_alleles(network, [known]) is network
    grown = extend_with_alleles(network, [new])
    assert extend_with_alleles(grown, [new, known]) is grown
    added = {rule.id for rule in grown.rules} - {rule.id for rule in network.rules}
    single = {r.id for r in network.rules if r.id.endswith("/KRAS-G12D")}
    assert added == {i.replace("/KRAS-G12D", f"/{new.id}") for i in single}
    assert grown.alleles == ("KRAS:G12D+Y96D",)


def test_a_made_allele_signals_like_a_listed_one(knowledge: Knowledge, network: Network) -> None:
    def levels(alteration: str, drug: str) -> list[Level]:
        (scenario,) = resolve_scenarios(knowledge, Tumour.parse("NSCLC", [alteration]), [drug])
        return [evaluate(network, scenario).level("MAPK", phase) for phase in Phase]

    off, att, full = Level
    assert levels("KRAS:G12D+R68S", "sotorasib") == [full, full, full]  # another allele's drug
    assert levels("KRAS:G12D+H95Q", "MRTX1133") == [full, att, att]  # a contact is weakened
    assert levels("KRAS:G12C+H95Q+Y96D", "sotorasib") == [full, full, full]
    assert levels("KRAS:G12C+H95Q+Q99L", "sotorasib") == [full, off, att]
