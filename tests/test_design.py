"""Designs: every combination holds the tumour, the front is a front, the options are kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krasbypass import Network, Tumour, build_signalling_network, find_routes, load_knowledge
from krasbypass.design import DesignAnswer, design_combinations, find_front
from krasbypass.errors import NotationError, UnknownTermError
from krasbypass.escapes import add_events, find_events
from krasbypass.forecast import forecast_escapes
from krasbypass.model import Level
from krasbypass.report.gaps import design_to_json

TISSUE, ALTERATIONS = "CRC", ("KRAS:G12C",)


@cache
def get_network() -> Network:
    return build_signalling_network(load_knowledge())


@cache
def ask(size: int = 2, require: tuple[str, ...] = ("sotorasib",)) -> DesignAnswer:
    tumour = Tumour.parse(TISSUE, ALTERATIONS)
    return design_combinations(get_network(), tumour, max_drugs=size, require=require)


# -- the front -----------------------------------------------------------------------------------

COSTS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.tuples(*[st.integers(0, 4)] * width), max_size=14)
)


def is_beaten(cost: tuple[int, ...], by: tuple[int, ...]) -> bool:
    return by != cost and all(a <= b for a, b in zip(by, cost, strict=True))


@given(COSTS)
def test_a_front_is_what_nothing_beats(costs: list[tuple[int, ...]]) -> None:
    front = find_front(costs)
    kept = [costs[n] for n in front]
    assert list(front) == sorted(set(front))
    assert not any(is_beaten(a, b) for a in kept for b in costs)
    for n, cost in enumerate(costs):
        assert n in front or any(is_beaten(cost, other) for other in kept)


@given(COSTS, st.randoms())
def test_a_front_does_not_hang_on_the_order(costs: list[tuple[int, ...]], rng: object) -> None:
    shuffled = list(costs)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(costs[n] for n in find_front(costs)) == sorted(
        shuffled[n] for n in find_front(shuffled)
    )


def test_the_front_of_an_answer_is_a_front() -> None:
    answer = ask()
    assert answer.pareto
    best = {n: answer.combinations[n] for n in answer.pareto}
    fewest = min(c.open_escapes for c in answer.combinations)
    assert fewest in {c.open_escapes for c in best.values()}
    assert any(c.record.approved_for_tumour for c in best.values())


# -- what is listed ------------------------------------------------------------------------------


def test_every_combination_suppresses_the_tumour() -> None:
    answer = ask()
    tumour = Tumour.parse(TISSUE, ALTERATIONS)
    for design in answer.combinations[::5]:
        found = find_routes(get_network(), tumour, design.drugs, outputs=answer.chosen)
        levels: Mapping[str, object] = {o: found.outputs[o].adapted for o in answer.chosen}
        assert Level.FULL not in levels.values(), design.drugs
        assert levels == {o: design.outputs[o].adapted for o in answer.chosen}


def test_what_is_left_open_is_what_a_forecast_lists() -> None:
    """Two ways to the same number: a panel of all combinations, and a forecast of one."""
    answer = ask()
    design = next(c for c in answer.combinations if c.drugs == ("panitumumab", "sotorasib"))
    tumour = Tumour.parse(TISSUE, ALTERATIONS)
    forecast = forecast_escapes(
        get_network(), tumour, design.drugs, outputs=answer.chosen, max_add=1
    )
    assert design.open_escapes == len(forecast.escapes)
    assert design.open_escapes + design.covered_escapes == answer.escapes
    assert set(design.left) <= {e.alterations[0] for e in forecast.escapes}
    event = next(
        e for e in find_events(get_network().knowledge, tumour) if e.node == design.left[0]
    )
    again = find_routes(get_network(), add_events(tumour, [event]), design.drugs)
    assert Level.FULL in {again.outputs[o].adapted for o in answer.chosen}


def test_drugs_that_are_required_are_in_and_those_avoided_are_out() -> None:
    tumour = Tumour.parse(TISSUE, ALTERATIONS)
    answer = design_combinations(
        get_network(), tumour, max_drugs=2, require=["AMG 510"], avoid=["Vectibix", "cetuximab"]
    )
    assert answer.required == ("sotorasib",)
    assert answer.avoided == ("panitumumab", "cetuximab")
    assert answer.combinations
    for design in answer.combinations:
        assert "sotorasib" in design.drugs
        assert not {"panitumumab", "cetuximab"} & set(design.drugs)
        assert len(design.drugs) <= 2


def test_approved_only_uses_nothing_else() -> None:
    tumour = Tumour.parse(TISSUE, ALTERATIONS)
    answer = design_combinations(get_network(), tumour, max_drugs=2, approved_only=True)
    stages = {get_network().knowledge.drugs[d].stage for c in answer.combinations for d in c.drugs}
    assert stages == {"approved"}
    assert all(c.approved for c in answer.combinations)
    assert answer.complete


def test_a_tumour_that_no_drug_holds_has_an_empty_answer() -> None:
    answer = design_combinations(
        get_network(), Tumour.parse("NSCLC", ["KEAP1:loss"]), outputs=["NRF2"], max_drugs=1
    )
    assert answer.combinations == ()
    assert answer.pareto == ()
    assert answer.suppressing == 0
    assert answer.complete
    (found,) = answer.unclosed
    assert (found.output, found.nodes[0]) == ("NRF2", "KEAP1:loss")
    assert "acts on NFE2L2" in found.reason
    assert design_to_json(answer)["unclosed"][0]["rule"] == found.rule
    assert ask().unclosed == ()


def test_every_clone_is_held() -> None:
    clones = (["KRAS:G12C"], ["KRAS:G12C+Y96D"])
    tumour = Tumour.parse("NSCLC", [], *clones)
    answer = design_combinations(get_network(), tumour, max_drugs=1)
    drugs = {c.drugs[0] for c in answer.combinations}
    mechanisms = {c.mechanisms[0] for c in answer.combinations}
    assert "sotorasib" not in drugs
    assert "RAS inhibitor" in mechanisms
    for design in answer.combinations:
        for clone in clones:
            found = find_routes(get_network(), Tumour.parse("NSCLC", clone), design.drugs)
            assert all(found.outputs[o].adapted < Level.FULL for o in answer.chosen)


# -- errors, JSON, repetition --------------------------------------------------------------------


def test_more_required_than_allowed_is_refused() -> None:
    with pytest.raises(NotationError, match="cannot include so many"):
        ask(1, ("sotorasib", "trametinib"))


def test_what_is_required_cannot_be_avoided() -> None:
    with pytest.raises(NotationError, match="both required and to be avoided"):
        tumour = Tumour.parse(TISSUE, ALTERATIONS)
        design_combinations(get_network(), tumour, require=["sotorasib"], avoid=["AMG 510"])


def test_an_unknown_drug_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownTermError, match="sotorasib"):
        ask(2, ("sotorasip",))


def test_json_has_the_keys_that_are_fixed() -> None:
    found = design_to_json(ask())
    assert found.keys() >= {
        *("question", "combinations", "pareto", "screened", "complete"),
        *("ontology_version", "as_of", "notice"),
    }
    assert found["combinations"][0].keys() >= {
        *("drugs", "outputs", "open_escapes", "covered_escapes", "evidence_level", "trials"),
        *("no_recorded_trial", "toxicity"),
    }
    assert all(0 <= n < len(found["combinations"]) for n in found["pareto"])


def test_the_same_question_has_the_same_answer() -> None:
    tumour = Tumour.parse(TISSUE, ALTERATIONS)
    told: list[tuple[int, int]] = []
    again = design_combinations(
        get_network(),
        tumour,
        max_drugs=2,
        require=["Lumakras"],
        progress=lambda done, total: told.append((done, total)),
    )
    assert design_to_json(again) == design_to_json(ask())
    assert all(done <= total for done, total in told)
