"""Interactions compiled to rules: expansion, presence, engagement, hypotheses, and the refusal."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import build_network, build_rule, network_of, rules_of_networks
from krasbypass import (
    Knowledge,
    KrasbypassError,
    Network,
    Tumour,
    build_signalling_network,
    find_routes,
)
from krasbypass.errors import OntologyError, StratificationError, UnknownTermError
from krasbypass.model import Level, LiteralKind, Rule
from krasbypass.network import build_driver_graph, check_stratified
from krasbypass.vocabulary import C, P

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def with_terms(
    knowledge: Knowledge, terms: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> Knowledge:
    """Return the knowledge with terms more, or other facts of a term."""
    index = {term: dict(po) for term, po in knowledge.index.items()}
    for term, facts in terms.items():
        index[term] = {**index.get(term, {}), **facts}
    return Knowledge(index, knowledge.derived)


def interaction(**facts: str) -> dict[str, tuple[str, ...]]:
    return {TYPE: (C.INTERACTION,), LABEL: ("a test",), **{p: (v,) for p, v in facts.items()}}


def shown(network: Network, interaction_id: str) -> dict[str, str]:
    return {r.id: str(r) for r in network.rules if r.interaction == interaction_id}


# -- what is compiled --------------------------------------------------------------------------


def test_rules_are_sorted_and_named_once(network: Network) -> None:
    ids = [rule.id for rule in network.rules]
    assert ids == sorted(set(ids))


def test_every_rule_is_driven_by_a_literal_of_its_own(network: Network) -> None:
    assert [r.id for r in network.rules if r.driver not in r.literals] == []
    assert [r.id for r in network.rules if r.driver.kind is LiteralKind.NOT
            and not r.id.startswith("presence/")] == []  # fmt: skip


def test_only_inputs_are_negated(network: Network) -> None:
    negated = {
        lit.node for rule in network.rules for lit in rule.literals if lit.kind is LiteralKind.NOT
    }
    assert negated & network.targets == set()
    assert negated <= network.inputs


def test_every_rule_comes_from_an_interaction_or_is_a_presence(
    network: Network, knowledge: Knowledge
) -> None:
    known = {i.id for i in knowledge.interactions}
    others = {r.interaction for r in network.rules} - known
    assert {i for i in others if not i.startswith("presence/")} == set()


def test_an_interaction_between_two_nodes_is_one_rule(network: Network) -> None:
    assert shown(network, "MEK-ERK") == {"MEK-ERK": "MEK & !engaged_on:ERK -> ERK full"}


def test_an_interaction_over_a_class_is_a_rule_a_member(
    network: Network, knowledge: Knowledge
) -> None:
    receptors = knowledge.instances(C.RECEPTOR)
    assert len(receptors) > 15
    found = {r.id: r for r in network.rules if r.interaction == "receptor-exchange"}
    coupled = {t for t in receptors if knowledge.values(t, P.EXCHANGE_COUPLING) != ("off",)}
    assert set(found) == {f"receptor-exchange/{t}" for t in coupled}
    assert str(found["receptor-exchange/EGFR"]) == (
        "EGFR & present:GRB2 & basal_exchange -> receptor_exchange full serial"
    )
    assert found["receptor-exchange/IGF1R"].strength is Level.ATTENUATED


def test_an_allele_binds_alteration_state_and_engagement_together(network: Network) -> None:
    name = "basal-exchange-loads-allele"
    assert shown(network, name)[f"{name}/KRAS-G12C"] == (
        "KRAS:G12C & basal_exchange & !engaged_off:KRAS.G12C.GTP & !engaged_on:KRAS.G12C.GTP "
        "-> KRAS.G12C.GTP full"
    )
    assert shown(network, name)[f"{name}/KRAS-G12C-Y96D"] == (
        "KRAS:G12C+Y96D & basal_exchange & !engaged_off:KRAS.G12C+Y96D.GTP "
        "& !engaged_on:KRAS.G12C+Y96D.GTP -> KRAS.G12C+Y96D.GTP full"
    )


def test_a_rule_that_outruns_off_state_drugs_minds_the_others_only(network: Network) -> None:
    name = "receptor-loads-wild-type"
    assert shown(network, name)[f"{name}/NRAS"] == (
        "receptor_exchange & !NRAS:wt-loss & !engaged_on:NRAS.WT.GTP -> NRAS.WT.GTP full"
    )
    assert {str(lit) for r in network.rules if r.interaction == name for lit in r.literals
            if lit.node.startswith("engaged_off")} == set()  # fmt: skip


def test_presence_is_a_condition_lost_with_the_gene_or_to_a_drug(network: Network) -> None:
    assert shown(network, "presence/SHOC2") == {
        "presence/SHOC2": "!SHOC2:loss & !engaged_on:present:SHOC2 -> present:SHOC2 full"
    }
    needed = {
        lit.node for r in network.rules for lit in r.literals if lit.node.startswith("present:")
    }
    given = {r.target for r in network.rules if r.interaction.startswith("presence/")}
    assert needed == given


def test_a_tissue_condition_is_a_literal(network: Network) -> None:
    assert shown(network, "EGFR-rebound-CRC") == {
        "EGFR-rebound-CRC": "@MAPK? & tissue:CRC & !engaged_on:EGFR -> EGFR full",
        "EGFR-rebound-CRC/any": "@MAPK? & tissue:any & !engaged_on:EGFR -> EGFR attenuated",
    }


def test_the_driver_graph_has_an_edge_a_rule(network: Network) -> None:
    edges = {
        (s, t, key, data["rule"]) for s, t, key, data in network.graph.edges(keys=True, data=True)
    }
    assert edges == {(r.source, r.target, r.id, r) for r in network.rules}
    relief = {r.source for r in network.rules if r.driver.is_relief}
    assert "relief:MAPK" in relief
    assert all(source.startswith("relief:") for source in relief)


def test_a_driver_graph_of_three_rules() -> None:
    rules = [build_rule("A & B -> C", name="x"), build_rule("@C? -> A", name="y"),
             build_rule("A -> C", name="z")]  # fmt: skip
    assert sorted(build_driver_graph(rules).edges(keys=True)) == [
        ("A", "C", "x"), ("A", "C", "z"), ("relief:C", "A", "y")]  # fmt: skip


def test_targets_and_inputs_share_no_node(network: Network) -> None:
    assert network.targets & network.inputs == frozenset()
    assert set(network.outputs) <= network.targets
    assert network.outputs[:2] == ("MAPK", "PI3K-AKT-mTOR")
    expected = {"RAL", "RAC", "cell-cycle", "transcription", "EMT", "NRF2"}
    assert expected <= set(network.outputs)


def test_compiling_twice_gives_the_same(knowledge: Knowledge, network: Network) -> None:
    backwards = Knowledge(dict(reversed(knowledge.index.items())), knowledge.derived)
    again = build_signalling_network(backwards)
    assert (again.rules, again.outputs, again.hypotheses) == (
        network.rules,
        network.outputs,
        network.hypotheses,
    )


# -- what is refused ---------------------------------------------------------------------------


def test_a_negated_derived_node_is_refused(knowledge: Knowledge) -> None:
    bad = interaction(driver="MEK-activity", needs="MEK-activity", needsNot="ERK-activity",
                      raises="RAL-GTP", toLevel="full")  # fmt: skip
    with pytest.raises(StratificationError) as caught:
        build_signalling_network(with_terms(knowledge, {"my-bad-rule": bad}))
    assert (caught.value.rule, caught.value.node) == ("my-bad-rule", "ERK")
    assert str(caught.value) == (
        "rule 'my-bad-rule' negates 'ERK', which other rules derive; only inputs may be negated"
    )


def test_a_negated_input_is_fine(knowledge: Knowledge, network: Network) -> None:
    good = interaction(
        driver="MEK-activity", needsNot="KRAS-wt-loss", raises="RAL-GTP", toLevel="full"
    )
    grown = build_signalling_network(with_terms(knowledge, {"my-good-rule": good}))
    (added,) = set(grown.rules) - set(network.rules)
    assert str(added).startswith("MEK & !KRAS:wt-loss")


def test_negating_oneself_is_refused() -> None:
    with pytest.raises(StratificationError):
        build_network("A & !B -> B")


@given(rules_of_networks(), st.data())
def test_any_negation_of_a_derived_node_is_found(
    rules: tuple[Rule, ...], data: st.DataObject
) -> None:
    check_stratified(rules)
    victim = data.draw(st.sampled_from(sorted({r.target for r in rules})))
    culprit = build_rule(f"zz & !{victim} -> zy", name="culprit")
    place = data.draw(st.integers(0, len(rules)))
    with pytest.raises(StratificationError) as caught:
        network_of([*rules[:place], culprit, *rules[place:]])
    assert (caught.value.rule, caught.value.node) == ("culprit", victim)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"raises": "RAL-GTP"}, "the interaction 'x' has no driver"),
        ({"driver": "MEK-activity"}, "the interaction 'x' has no raised activity"),
        (
            {"driver": "itself", "raises": "RAL-GTP"},
            "the interaction 'x' uses the placeholder 'itself' without saying for each member of "
            "which class",
        ),
    ],
)
def test_an_incomplete_interaction_is_named(
    knowledge: Knowledge, facts: dict[str, str], sentence: str
) -> None:
    with pytest.raises(OntologyError) as caught:
        build_signalling_network(with_terms(knowledge, {"x": interaction(**facts)}))
    assert str(caught.value) == sentence


# -- hypotheses --------------------------------------------------------------------------------


def nodes_of_residual(network: Network) -> set[str]:
    answer = find_routes(
        network, Tumour.parse("NSCLC", ["KRAS:G12C"]), ["sotorasib"], outputs=["MAPK"]
    )
    return {n for r in answer.residual for nodes in r.nodes for n in nodes.split("|")}


def test_a_hypothesis_switched_off_takes_its_routes_away(
    knowledge: Knowledge, network: Network
) -> None:
    wild_types = {"HRAS.WT.GTP", "KRAS.WT.GTP", "NRAS.WT.GTP"}
    tested = {*wild_types, "KRAS.G12C.GTP"}
    assert nodes_of_residual(network) & tested == tested
    without_reload = build_signalling_network(knowledge, hypotheses={"mutant-RAS-reloaded": False})
    assert nodes_of_residual(without_reload) & tested == wild_types
    without_wild_type = build_signalling_network(
        knowledge, hypotheses={"wild-type-RAS-loaded": False}
    )
    assert nodes_of_residual(without_wild_type) & tested == {"KRAS.G12C.GTP"}
    neither = build_signalling_network(
        knowledge, hypotheses=dict.fromkeys(knowledge.hypotheses, False)
    )
    assert nodes_of_residual(neither) == set()
    assert neither.hypotheses == tuple((name, False) for name in sorted(knowledge.hypotheses))


def test_a_hypothesis_switched_off_holds_for_new_alleles(knowledge: Knowledge) -> None:
    network = build_signalling_network(knowledge, hypotheses={"mutant-RAS-reloaded": False})
    tumour = Tumour.parse("CRC", ["KRAS:G12C+V14I"])
    answer = find_routes(network, tumour, ["sotorasib"], outputs=["MAPK"])
    routes = (*answer.routes, *answer.residual)
    assert routes
    assert {n for r in routes for n in r.nodes if n.startswith("KRAS.G12C")} == set()
    assert answer.hypotheses == ("wild-type-RAS-loaded",)


def test_an_unknown_hypothesis_is_an_error(knowledge: Knowledge) -> None:
    with pytest.raises(UnknownTermError) as caught:
        build_signalling_network(knowledge, hypotheses={"mutant-RAS-reload": True})
    assert isinstance(caught.value, KrasbypassError)
    assert str(caught.value) == (
        "unknown hypothesis 'mutant-RAS-reload'; nearest: mutant-RAS-reloaded"
    )
