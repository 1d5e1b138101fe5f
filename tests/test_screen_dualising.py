"""Brake-proof sets found by dualisation are those that trying every combination finds."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import krasbypass as kb
from builders import (
    LIVELY_INPUTS,
    MOSTLY_FULL,
    build_network,
    make_lively_rules,
    make_random_rules,
    network_of,
)
from krasbypass.closers import name_mechanisms
from krasbypass.model import SPARE, Level
from krasbypass.scenario import resolve_genotypes
from krasbypass.screen import Case, CaseMaker, Goal, build_panel, dualising, over_mechanisms
from krasbypass.screen.additions import Part
from krasbypass.screen.arrays import run_with_numpy
from krasbypass.screen.circuit import Loop
from krasbypass.screen.dualising import find_brake_proof_sets, find_smallest_proof
from krasbypass.screen.hitting import drop_supersets, find_hitting_sets, pack_set
from krasbypass.screen.minimal import find_minimal_sets
from krasbypass.screen.planes import pack, program_of, unpack

Treatments = list[dict[str, Level]]


def try_every(case: Case, treatments: Treatments, size: int, fixed: dict[str, Level]):
    """Return the minimal sets, each combination asked of the circuit."""
    number = len(treatments)
    chosen = [c for k in range(size + 1) for c in combinations(range(number), k)]
    circuit = over_mechanisms(case, [tuple(t.items()) for t in (*treatments, fixed)])
    planes = [pack([i in c for c in chosen]) for i in range(number)]
    planes.append(pack(np.ones(len(chosen), np.bool_)))
    held = unpack(run_with_numpy(circuit, planes, len(planes[0]))[1], len(chosen))
    found: list[tuple[int, ...]] = []
    for combination, holds in zip(chosen, held, strict=True):
        if holds and not any(set(smaller) < set(combination) for smaller in found):
            found.append(combination)
    return tuple(found)


def make_case(rng: random.Random, *, odd: float = 0.2) -> Case:
    network = network_of(make_lively_rules(rng))
    goal = Goal(tuple(rng.sample(network.outputs, 2)), rng.choice(MOSTLY_FULL))
    genotype = {"a": Level.FULL}
    if rng.random() < odd:
        genotype[rng.choice(LIVELY_INPUTS)] = rng.choice(MOSTLY_FULL)
    return CaseMaker(program_of(network.rules), goal, LIVELY_INPUTS).make(genotype)


def draw_treatment(rng: random.Random, count: int) -> dict[str, Level]:
    nodes = rng.sample(LIVELY_INPUTS, count)
    return {n: rng.choice(tuple(Level) if n.startswith(SPARE) else MOSTLY_FULL) for n in nodes}


@pytest.mark.parametrize("widest", [dualising.WIDEST, 0])
def test_equal_to_trying_every_combination(widest, monkeypatch):
    monkeypatch.setattr(dualising, "WIDEST", widest)
    seen = Counter()

    @settings(max_examples=250, deadline=None)
    @given(st.integers(0, 1 << 32), st.integers(1, 6))
    def check(seed, size):
        rng = random.Random(seed)
        case = make_case(rng)
        drugs = [draw_treatment(rng, rng.choice((1, 1, 2, 3))) for _ in range(rng.randint(4, 10))]
        fixed = draw_treatment(rng, rng.choice((0, 0, 1, 2)))
        treatments = [tuple(sorted(d.items())) for d in drugs]
        found = find_brake_proof_sets(case, treatments, size=size, given=tuple(fixed.items()))
        assert found == try_every(case, drugs, size, fixed)
        seen["more than one drug"] += any(len(c) > 1 for c in found)
        seen["activating"] += any(node.startswith("occupied") for node, _ in case.reads)
        seen["loops"] += any(isinstance(step, Loop) for step in case.circuit.steps)

    check()
    assert min(seen.values()) > 0, seen


def test_smallest_proof_is_the_first_that_holds_in_all_parts():
    seen = Counter()

    @settings(max_examples=120, deadline=None)
    @given(st.integers(0, 1 << 32))
    def check(seed):
        rng = random.Random(seed)
        cases = [make_case(rng, odd=0) for _ in range(rng.randint(1, 2))]
        nodes = [n for n in LIVELY_INPUTS if n.startswith("engaged")]
        drugs = tuple(
            tuple((n, rng.choice(MOSTLY_FULL)) for n in sorted(rng.sample(nodes, 2)))
            for _ in range(rng.randint(3, 8))
        )
        proofs = [find_brake_proof_sets(case, drugs, size=None) for case in cases]
        holding = (
            c
            for size in range(len(drugs) + 1)
            for c in combinations(range(len(drugs)), size)
            if all(any(set(s) <= set(c) for s in sets) for sets in proofs)
        )
        found = find_smallest_proof(Part(case, drugs) for case in cases)
        assert found == next(holding, None)
        seen["none"] += found is None
        seen["several"] += len(found or ()) > 1

    check()
    assert min(seen["none"], seen["several"]) > 0, seen


def test_smallest_proof_takes_no_drug_that_switches_something_on():
    network = build_network("""
        A & !engaged_on:M -> M
        occupied:Z & !engaged_on:N -> N
    """)
    inputs = {"engaged_on:M", "engaged_on:N", "occupied:Z"}
    goal = Goal.suppress(["M", "N"])
    case = CaseMaker(program_of(network.rules), goal, inputs).make({"A": Level.FULL})
    paradox = (("engaged_on:M", Level.FULL), ("occupied:Z", Level.FULL))
    plain = (("engaged_on:M", Level.FULL),)
    assert find_smallest_proof([Part(case, (paradox,))]) is None
    assert find_smallest_proof([Part(case, (paradox, plain))]) == (1,)
    assert find_smallest_proof([Part(case, (paradox, plain), plain)]) == ()


@pytest.mark.parametrize("widest", [dualising.WIDEST, 0])
@pytest.mark.parametrize("seed", range(4))
def test_random_network_with_loops(seed, widest, monkeypatch):
    monkeypatch.setattr(dualising, "WIDEST", widest)
    network = network_of(make_random_rules(60, seed=seed, drugs=25, loop=0.3))
    engaged = sorted(n for n in network.inputs if n.startswith("engaged"))
    rng = random.Random(seed)
    drugs = [dict.fromkeys(rng.sample(engaged, 3), Level.FULL) for _ in range(16)]
    goal = Goal.suppress([f"n{i}" for i in range(54, 60)])
    case = CaseMaker(program_of(network.rules), goal, engaged).make(
        {"a": Level.FULL, "b": Level.FULL, "e1": Level.FULL}
    )
    treatments = [tuple(sorted(d.items())) for d in drugs]
    found = find_brake_proof_sets(case, treatments, size=4)
    assert found == find_minimal_sets(case, treatments, size=4).brake_proof
    assert set(found) <= set(find_brake_proof_sets(case, treatments, size=None))


def test_activating_drug_counts_for_what_it_switches_on():
    network = build_network("""
        A & !engaged_on:M -> M
        occupied:Z & !engaged_on:N -> N
    """)
    maker = CaseMaker(
        program_of(network.rules),
        Goal.suppress(["M", "N"]),
        {"engaged_on:M", "engaged_on:N", "occupied:Z"},
    )
    case = maker.make({"A": Level.FULL})
    paradox = (("engaged_on:M", Level.FULL), ("occupied:Z", Level.FULL))
    drugs = [paradox, (("engaged_on:N", Level.FULL),)]
    assert find_brake_proof_sets(case, drugs) == ((0, 1),)
    plain = (("engaged_on:M", Level.FULL),)
    assert find_brake_proof_sets(case, [*drugs, plain]) == ((2,), (0, 1))
    assert find_brake_proof_sets(case, drugs, given=drugs[1]) == ((0,),)
    assert find_brake_proof_sets(case, [plain, drugs[1]], given=paradox) == ((1,),)


def test_without_derivation_the_empty_set_holds_and_without_cut_none_does():
    network = build_network("A & !engaged_on:M -> M\nB -> N")
    goal = Goal.suppress(["M", "N"])
    maker = CaseMaker(program_of(network.rules), goal, {"engaged_on:M"})
    drug = (("engaged_on:M", Level.FULL),)
    assert find_brake_proof_sets(maker.make({}), [drug]) == ((),)
    assert find_brake_proof_sets(maker.make({"A": Level.FULL}), [drug]) == ((0,),)
    assert find_brake_proof_sets(maker.make({"A": Level.FULL}), []) == ()
    assert find_brake_proof_sets(maker.make({"B": Level.FULL}), [drug]) == ()


@settings(max_examples=200, deadline=None)
@given(st.sets(st.frozensets(st.integers(0, 7), min_size=1), max_size=8), st.integers(0, 8))
def test_hitting_sets_equal_brute_force(family, size):
    expected: list[tuple[int, ...]] = []
    for chosen in (c for k in range(size + 1) for c in combinations(range(8), k)):
        smaller = any(set(e) <= set(chosen) for e in expected)
        if not smaller and all(member & set(chosen) for member in family):
            expected.append(chosen)
    found = find_hitting_sets(drop_supersets({pack_set(m) for m in family}), 8, size)
    assert sorted(tuple(sorted(c)) for c in found) == sorted(expected)


def test_real_tumours_equal_screening_every_combination():
    network = kb.build_signalling_network(kb.load_knowledge())
    texts = ["", "KRAS:G12C", "BRAF:V600E", "PTEN:loss, EGFR:amp", "NRAS:Q61K, MET:amp"]
    tumours = [kb.Tumour.parse("NSCLC", [text] if text else []) for text in texts]
    found = [g for t in tumours for g in resolve_genotypes(network.knowledge, t.clones[0])]
    panel = build_panel(network, found, "NSCLC", Goal.suppress(["MAPK", "PI3K-AKT-mTOR"]))
    several = 0
    for number, case in enumerate(panel.cases):
        treatments = [m.treatments[number] for m in panel.mechanisms]
        proof = find_brake_proof_sets(case, treatments, size=3)
        assert proof == find_minimal_sets(case, treatments, size=3).brake_proof
        several += any(len(c) == 3 for c in proof)
    assert several > 2


def test_gaps_names_a_larger_closer_where_it_looked_at_too_few_drugs():
    network = kb.build_signalling_network(kb.load_knowledge())
    tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C", "MET:amp", "EGFR:amp"])
    one, two = (kb.find_gaps(network, tumour, target="close", max_add=n) for n in (1, 2))
    assert (one.closers, two.larger, two.why_none) == ((), (), "")
    assert " + ".join(one.larger) in one.why_none
    proven = [c.mechanisms for c in two.closers if c.brake_proof]
    assert name_mechanisms(network.knowledge, one.larger) in proven
    treated = kb.find_routes(network, tumour, one.larger)
    assert {treated.outputs[output].adapted for output in one.chosen} == {Level.OFF}
