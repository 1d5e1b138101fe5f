"""Forecasts: what re-opens does, what does not re-open does not, and alike events act alike."""

from __future__ import annotations

import random
from functools import cache
from itertools import combinations

import pytest

from krasbypass import Network, Tumour, build_signalling_network, find_routes, load_knowledge
from krasbypass.escapes import (
    Event,
    add_events,
    count_each,
    count_patients,
    find_events,
    group_alike,
)
from krasbypass.forecast import ForecastAnswer, forecast_escapes
from krasbypass.model import Level
from krasbypass.records import load_records
from krasbypass.report.gaps import forecast_to_json
from krasbypass.routes import evaluate_tumour, pool_outputs

MAPK, PI3K = "MAPK", "PI3K-AKT-mTOR"
TISSUE, ALTERATION, DRUG = "NSCLC", "KRAS:G12C", "elironrasib"


@cache
def get_network() -> Network:
    return build_signalling_network(load_knowledge())


@cache
def ask() -> ForecastAnswer:
    tumour = Tumour.parse(TISSUE, [ALTERATION])
    return forecast_escapes(get_network(), tumour, [DRUG], max_add=1)


@cache
def get_groups() -> tuple[tuple[Event, ...], ...]:
    tumour = Tumour.parse(TISSUE, [ALTERATION])
    return group_alike(get_network(), find_events(get_network().knowledge, tumour))


def find_levels(*events: Event, drugs: tuple[str, ...] = (DRUG,)) -> dict[str, Level]:
    """Return the levels of a tumour with further events, by the reference evaluator."""
    tumour = add_events(Tumour.parse(TISSUE, [ALTERATION]), events)
    network = get_network()
    outputs = pool_outputs(network, evaluate_tumour(network, tumour, drugs))
    return {output: outputs[output].adapted for output in (MAPK, PI3K)}


def reopens(*events: Event, drugs: tuple[str, ...] = (DRUG,)) -> bool:
    return max(find_levels(*events, drugs=drugs).values()) is Level.FULL


# -- single events -------------------------------------------------------------------------------


def test_every_group_of_events_re_opens_exactly_if_it_is_listed() -> None:
    listed = {e.alterations[0] for e in ask().escapes}
    for group in get_groups():
        assert reopens(group[0]) is (group[0].node in listed), group[0].node


def test_events_that_are_alike_act_alike() -> None:
    picked = random.Random(7)
    groups = [group for group in get_groups() if len(group) > 1]
    assert len(groups) > 20
    for group in picked.sample(groups, 15):
        other = picked.choice(group[1:])
        for drugs in ((DRUG,), ("TNO155",), ("trametinib", "alpelisib")):
            expected = find_levels(group[0], drugs=drugs)
            assert find_levels(other, drugs=drugs) == expected, (group[0].node, other.node)


def test_levels_routes_and_leaks_are_what_the_evaluator_says() -> None:
    events = {event.node: event for group in get_groups() for event in group}
    before = find_levels()
    for escape in (*ask().escapes[::17], *ask().leaks[::7]):
        levels = find_levels(events[escape.alterations[0]])
        assert dict(escape.outputs) == {o: v for o, v in levels.items() if v > before[o]}
    for escape in ask().escapes:
        assert Level.FULL in escape.outputs.values()
        assert escape.route is not None
        assert escape.route.nodes[-1] in escape.outputs
    assert all(Level.FULL not in leak.outputs.values() for leak in ask().leaks)


def test_closers_of_an_escape_close_it() -> None:
    checked = 0
    for escape in ask().escapes[::23]:
        for closer in escape.closers[:2]:
            tumour = Tumour.parse(TISSUE, [ALTERATION])
            event = next(
                e for group in get_groups() for e in group if e.node == escape.alterations[0]
            )
            answer = find_routes(
                get_network(),
                add_events(tumour, [event]),
                [DRUG, *closer.drugs],
                outputs=[MAPK, PI3K],
            )
            assert all(answer.outputs[o].adapted < Level.FULL for o in (MAPK, PI3K))
            checked += 1
    assert checked > 10


def test_what_was_seen_in_patients_stands_first() -> None:
    counts = [
        max((o.patients or 0 for o in e.observed if o.match == "alteration"), default=-1)
        for e in ask().escapes
    ]
    assert counts == sorted(counts, reverse=True)


def test_what_is_watched_re_opens_nothing_and_comes_to_full_or_weakens_a_drug() -> None:
    network = get_network()
    groups = {group[0].node: group for group in get_groups()}
    by_name = {event.node: group[0].node for group in groups.values() for event in group}
    listed = {by_name[aside.alterations[0]]: aside for aside in ask().watch}
    before = ask().outputs
    for name, group in groups.items():
        if reopens(group[0]):
            assert name not in listed
            continue
        tumour = add_events(Tumour.parse(TISSUE, [ALTERATION]), group[:1])
        evaluations = evaluate_tumour(network, tumour, (DRUG,))
        after = pool_outputs(network, evaluations)
        full = {o for o in after if after[o].adapted is Level.FULL > before[o].adapted}
        lost = {d for g in evaluations for e in g for d, node, _ in e.scenario.lost if not node}
        aside = listed.get(name)
        if aside is None:
            assert not full | lost, name
        else:
            assert (set(aside.outputs), set(aside.exposure)) == (full, lost), name
    assert "PPIA:low" in listed or "PPIA:loss" in listed
    assert any(aside.alterations == ("context:squamous",) for aside in ask().watch)


def test_an_escape_stands_where_its_alteration_acts() -> None:
    tumour = Tumour.parse("CRC", ["KRAS:G12C"])
    answer = forecast_escapes(get_network(), tumour, ["sotorasib", "cetuximab"], max_add=1)
    found = {e.alterations[0]: e for e in answer.escapes}
    acts = {"MET:amp": "upstream", "NRAS:Q61K": "other-ras", "BRAF:V600E": "downstream"}
    assert {name: found[name].mechanism for name in acts} == acts
    assert found["MET:amp"].kind == "other-ras"
    assert found["KRAS:amp"].mechanism == "on-target, dosage"
    assert found["context:EMT"].mechanism == "not genetic"


def test_a_patient_with_several_of_the_alterations_counts_once() -> None:
    nodes = ("BRAF:V600E", "RET:fusion")
    events = [event for group in get_groups() for event in group if event.node in nodes]
    records = load_records()
    assert count_each(records, events, "NSCLC") == dict.fromkeys(nodes, 1)
    assert count_patients(records, events, "NSCLC") == 1


def test_closers_of_an_escape_that_hit_its_lesion_stand_first() -> None:
    found = {e.alterations[0]: e.closers for e in ask().escapes}
    assert found["RET:fusion"][0].mechanisms == ("RET kinase inhibitor",)
    assert found["MET:amp"][0].mechanisms[0].startswith("MET ")
    assert found["BRAF:V600E"][0].mechanisms == ("RAF inhibitor",)


# -- pairs ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_pairs_agree_with_trying_them_one_by_one() -> None:
    """Members of a listed pair do not re-open alone; a sample of all pairs agrees both ways."""
    drugs = ("sotorasib", "TNO155")
    tumour = Tumour.parse(TISSUE, [ALTERATION])
    answer = forecast_escapes(get_network(), tumour, drugs, events=2, max_add=1)
    pairs = {frozenset(e.alterations) for e in answer.escapes if len(e.alterations) == 2}
    single = {e.alterations[0] for e in answer.escapes if len(e.alterations) == 1}
    assert pairs
    assert not any(pair & single for pair in pairs)
    first = {group[0].node: group[0] for group in get_groups()}
    quiet = [event for node, event in sorted(first.items()) if node not in single]
    apart = [
        pair for pair in combinations(quiet, 2) if not pair[0].base or pair[0].base != pair[1].base
    ]
    picked = random.Random(3).sample(apart, 60)
    listed = [pair for pair in apart if {e.node for e in pair} in pairs]
    for pair in (*picked, *random.Random(5).sample(listed, min(30, len(listed)))):
        assert reopens(*pair, drugs=drugs) is ({e.node for e in pair} in pairs), [
            e.node for e in pair
        ]


def test_other_numbers_of_events_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or 2"):
        forecast_escapes(get_network(), Tumour.parse(TISSUE, [ALTERATION]), [DRUG], events=3)


# -- the answer as a whole -----------------------------------------------------------------------


def test_what_is_open_already_cannot_re_open() -> None:
    tumour = Tumour.parse("NSCLC", ["KRAS:G12C", "PTEN:loss", "BRAF:V600E"])
    answer = forecast_escapes(get_network(), tumour, ["sotorasib"], outputs=[MAPK], max_add=1)
    assert answer.already_open == (MAPK,)
    assert answer.escapes == ()


def test_json_has_the_keys_that_are_fixed() -> None:
    found = forecast_to_json(ask())
    assert found.keys() >= {
        *("question", "escapes", "complete", "ontology_version", "as_of", "notice"),
    }
    assert found["escapes"][0].keys() >= {
        *("alterations", "outputs", "routes", "observed", "closers"),
    }
    tumour = Tumour.parse(TISSUE, [ALTERATION])
    assert found["tried"] == len(find_events(get_network().knowledge, tumour))


def test_progress_is_told_and_answers_repeat() -> None:
    told: list[tuple[int, int]] = []
    again = forecast_escapes(
        get_network(),
        Tumour.parse(TISSUE, [ALTERATION]),
        "RMC-6291",
        max_add=1,
        progress=lambda done, total: told.append((done, total)),
    )
    assert forecast_to_json(again) == forecast_to_json(ask())
    assert told
    assert all(done <= total for done, total in told)
