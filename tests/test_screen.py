"""The screen gives what the reference gives, whatever the engine, the blocks and the order."""

from __future__ import annotations

from itertools import combinations
from math import comb

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import krasbypass as kb
from builders import (
    GENOTYPE_INPUTS,
    LIVELY_INPUTS,
    TREATMENT_INPUTS,
    build_network,
    build_toy_scenario,
    lively_questions,
    random_networks,
    random_scenarios,
    scenario_of,
)
from krasbypass.fixpoint import REBOUNDING, evaluate
from krasbypass.model import Level, Phase
from krasbypass.network import Network
from krasbypass.scenario import Scenario, build_scenario, resolve_genotypes, resolve_scenarios
from krasbypass.screen import (
    CaseMaker,
    Goal,
    Mechanism,
    Panel,
    build_panel,
    compose,
    find_minimal_sets,
    has_native,
    make_blocks,
    native,
    screen_panel,
    screen_scenarios,
)
from krasbypass.screen import panel as panel_module
from krasbypass.screen.arrays import run_with_numpy
from krasbypass.screen.circuit import Builder
from krasbypass.screen.native import run_native
from krasbypass.screen.planes import find_masks, program_of, unpack
from krasbypass.screen.solving import find_parts

needs_native = pytest.mark.skipif(not has_native(), reason="needs the extra fast")
ENGINES = [run_with_numpy, pytest.param(run_native, marks=needs_native)]


@pytest.fixture(autouse=True, scope="module")
def cache_apart(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def levels_of_reference(network: Network, scenario: Scenario, nodes: list[str]) -> list[Level]:
    evaluation = evaluate(network, scenario)
    found = [evaluation.level(node, phase) for node in nodes for phase in Phase]
    outputs = [n for n in nodes if n in network.outputs]
    return [*found, *(Level(evaluation.course[n] == REBOUNDING) for n in outputs)]


def levels_of_screen(network: Network, scenarios: list[Scenario], nodes: list[str], **how):
    screened = screen_scenarios(network, scenarios, nodes=nodes, **how)
    columns = [screened.levels(node, phase) for node in nodes for phase in Phase]
    columns += [screened.rebounds(node) for node in nodes if node in network.outputs]
    return [[Level(int(c[i])) for c in columns] for i in range(len(scenarios))]


def assert_same(network: Network, scenarios: list[Scenario], **how) -> None:
    nodes = sorted(network.targets)
    expected = [levels_of_reference(network, scenario, nodes) for scenario in scenarios]
    assert levels_of_screen(network, scenarios, nodes, **how) == expected


TOYS = {
    "chain": "A -> B full\nB -> C full",
    "loop": "A & B? -> B full\nB -> C\nC -> B\nA & !engaged_on:C -> C attenuated",
    "dead loop": "B -> C\nC -> B",
    "serial": "A & B & !engaged_on:X -> C full serial",
    "relief": "A & !engaged_on:M -> M\n@M? & R -> U\n@M -> V\nU & !engaged_on:M -> M",
    "tone": "T & tone:unmasked -> M\nA -> M\nM & !engaged_on:M -> X",
}
LEVELS = ["A", "A=attenuated, B=attenuated", "A, B=attenuated", "T", "A, R", "B, T, R", ""]
DRUGS = ["", "engaged_on:M", "engaged_on:M=attenuated", "engaged_on:X=attenuated, engaged_on:C"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("toy", TOYS)
def test_toys(toy, engine):
    network = build_network(TOYS[toy], masks=["M"] if "M" in TOYS[toy] else ())
    scenarios = [build_toy_scenario(g, t) for g in LEVELS for t in DRUGS]
    assert_same(network, scenarios, engine=engine)


questions = st.one_of(lively_questions(), st.tuples(random_networks(), random_scenarios()))


@settings(max_examples=300, deadline=None)
@given(questions)
def test_numpy_equals_reference(question):
    assert_same(*question)


@needs_native
@settings(max_examples=80, deadline=None)
@given(questions)
def test_native_equals_reference(question):
    assert_same(*question, engine=run_native)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40, deadline=None)
@given(question=questions, rng=st.randoms(), block=st.sampled_from([64, 128, 1 << 10]))
def test_blocks_and_order_change_no_bit(engine, question, rng, block):
    network, scenarios = question
    many = scenarios * (300 // len(scenarios))
    nodes = sorted(network.targets)
    expected = levels_of_reference_repeated(network, scenarios, len(many), nodes)
    order = list(range(len(many)))
    rng.shuffle(order)
    shuffled = [many[i] for i in order]
    found = levels_of_screen(network, shuffled, nodes, engine=engine, block=block)
    assert found == [expected[i] for i in order]


def levels_of_reference_repeated(
    network: Network, scenarios: list[Scenario], count: int, nodes: list[str]
) -> list[list[Level]]:
    each = [levels_of_reference(network, scenario, nodes) for scenario in scenarios]
    return [each[i % len(each)] for i in range(count)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=24))
def test_parts_are_strongly_connected_and_sources_come_first(edges):
    graph = nx.DiGraph(edges)
    parts = find_parts({(str(n), 1): [(str(m), 1) for m in graph[n]] for n in graph})
    theirs = nx.strongly_connected_components(graph)
    assert {frozenset(p) for p in parts} == {frozenset((str(n), 1) for n in c) for c in theirs}
    place = {head: number for number, part in enumerate(parts) for head in part}
    assert all(place[str(a), 1] <= place[str(b), 1] for a, b in graph.edges)


@pytest.mark.parametrize(("mechanisms", "size", "block"), [(7, 4, 1 << 18), (9, 5, 64), (3, 4, 64)])
def test_blocks_hold_every_combination_once(mechanisms, size, block):
    found = []
    for part in make_blocks(mechanisms, size, block=block):
        valid = unpack(part.valid, part.words * 64).astype(bool)
        bits = np.array([unpack(plane, part.words * 64)[valid] for plane in part.planes])
        rows = part.members[valid].tolist()
        assert [np.flatnonzero(column).tolist() for column in bits.T] == rows
        found += map(tuple, rows)
    wanted = [c for k in range(size + 1) for c in combinations(range(mechanisms), k)]
    assert sorted(found) == sorted(wanted)


@needs_native
@pytest.mark.parametrize("damage", [lambda code: b"", lambda code: code[:-1] + b"?"])
def test_damaged_code_is_compiled_anew(damage, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    builder = Builder(2)
    circuit = builder.finish([builder.both(builder.input(0), builder.input(1))])
    planes = [np.array([0b0011], np.uint64), np.array([0b0101], np.uint64)]
    for _ in range(2):
        native._kernel.cache_clear()
        assert run_native(circuit, planes, 1)[0].tolist() == [1]
        (entry,) = tmp_path.rglob("*.o")
        code = entry.read_bytes()
        assert len(code) > 100
        entry.write_bytes(damage(code))


# -- cases and minimal sets ---------------------------------------------------------------------

levels = st.sampled_from([Level.ATTENUATED, Level.FULL])
treatments = st.lists(
    st.dictionaries(st.sampled_from(TREATMENT_INPUTS), levels, max_size=3), max_size=5
)
genotypes = st.dictionaries(st.sampled_from(GENOTYPE_INPUTS), levels)


def reaches(network: Network, genotype, chosen, goal: Goal) -> bool:
    scenario = scenario_of(genotype, compose(t.items() for t in chosen))
    evaluation = evaluate(network, scenario)
    return all(evaluation.level(output) < goal.threshold for output in goal.outputs)


@settings(max_examples=150, deadline=None)
@given(random_networks(), genotypes, treatments, st.sampled_from([Level.ATTENUATED, Level.FULL]))
def test_minimal_sets_equal_brute_force(network, genotype, drugs, threshold):
    goal = Goal(network.outputs[:2], threshold)
    maker = CaseMaker(program_of(network.rules), goal, TREATMENT_INPUTS, masks=find_masks(network))
    case = maker.make(genotype)
    expected: list[tuple[int, ...]] = []
    for size in range(4):
        for chosen in combinations(range(len(drugs)), size):
            if any(set(smaller) < set(chosen) for smaller in expected):
                continue
            if reaches(network, genotype, [drugs[i] for i in chosen], goal):
                expected.append(chosen)
    found = find_minimal_sets(case, [tuple(sorted(d.items())) for d in drugs], size=3)
    assert list(found.reaching) == expected


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25, deadline=None)
@given(
    question=lively_questions(),
    size=st.integers(1, 3),
    block=st.sampled_from([64, 256, 1 << 19]),
    threads=st.integers(1, 3),
)
def test_counts_equal_reference(engine, question, size, block, threads):
    network, scenarios = question
    goal = Goal(network.outputs[:2], Level.FULL)
    maker = CaseMaker(program_of(network.rules), goal, LIVELY_INPUTS, masks=find_masks(network))
    tumours = [{n: v for n, v in s.genotype.items() if n != "N"} for s in scenarios[:3]]
    drugs = [tuple(sorted(s.treatment.items())) for s in (*scenarios, *scenarios[:2])]
    panel = Panel(
        genotypes=(),
        tissue=None,
        goal=goal,
        cases=tuple(map(maker.make, tumours)),
        mechanisms=tuple(Mechanism((str(i),), (d,) * len(tumours)) for i, d in enumerate(drugs)),
        given=((),) * len(tumours),
        tumours=tuple((i,) for i in range(len(tumours))),
    )
    found = screen_panel(panel, size=size, engine=engine, block=block, threads=threads)
    for members, counts in zip(found.members, found.counts, strict=True):
        for row, count in zip(members.tolist(), counts.tolist(), strict=True):
            chosen = [dict(drugs[i]) for i in row]
            assert count == sum(reaches(network, genotype, chosen, goal) for genotype in tumours)
    assert found.combinations == sum(comb(len(drugs), k) for k in range(size + 1))


def test_brake_proof_sets_hold_whatever_falls():
    network = build_network("""
        A & !engaged_on:M -> M
        @M? & !engaged_on:U -> U
        U & !engaged_on:N -> N
    """)
    maker = CaseMaker(
        program_of(network.rules),
        Goal.suppress(["M", "N"]),
        {"engaged_on:M", "engaged_on:U", "engaged_on:N"},
    )
    case = maker.make({"A": Level.FULL})
    drugs = [((f"engaged_on:{node}", Level.FULL),) for node in "MUN"]
    found = find_minimal_sets(case, drugs)
    assert found.reaching == found.brake_proof == ((0, 1), (0, 2))


# -- the real network ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network() -> Network:
    return kb.build_signalling_network(kb.load_knowledge())


TUMOURS = [
    ("NSCLC", "KRAS:G12C"),
    ("CRC", "KRAS:G12C+Y96D, EGFR:amp"),
    ("PDAC", "KRAS:G12D, NF1:loss"),
    ("melanoma", "BRAF:V600E"),
    ("any", "NRAS:Q61R, PTEN:loss"),
]


def sample_scenarios(network: Network) -> list[Scenario]:
    knowledge = network.knowledge
    names = sorted(d.name for d in knowledge.drugs.values())
    drugs = [(), *((n,) for n in names[::40]), *zip(names[::60], names[5::60], strict=False)]
    tumours = [kb.Tumour.parse(tissue, [text]) for tissue, text in TUMOURS]
    return [s for t in tumours for d in drugs for s in resolve_scenarios(knowledge, t, d)]


@pytest.mark.parametrize("engine", ENGINES)
def test_real_network_equals_reference(network, engine):
    scenarios = sample_scenarios(network)
    nodes = [*network.outputs, *sorted(network.targets)[::9]]
    expected = [levels_of_reference(network, scenario, nodes) for scenario in scenarios]
    assert levels_of_screen(network, scenarios, nodes, engine=engine) == expected


@pytest.fixture(scope="module")
def genotypes_of_panel(network):
    texts = ["", ", MET:amp", ", KRAS:Y96D", ", NRAS:Q61K", ", PTEN:loss", ", BRAF:V600E"]
    tumours = [
        kb.Tumour.parse("NSCLC", ["KRAS:G12C" + text]) for text in texts if "Y96D" not in text
    ]
    return [g for t in tumours for g in resolve_genotypes(network.knowledge, t.clones[0])]


@pytest.fixture(scope="module")
def panel(network, genotypes_of_panel):
    goal = Goal.suppress(["MAPK", "PI3K-AKT-mTOR"])
    return build_panel(network, genotypes_of_panel, "NSCLC", goal)


def test_combination_is_composed_as_scenarios_compose_it(network, panel):
    knowledge = network.knowledge
    rng = np.random.default_rng(1)
    real = [d for d in knowledge.drugs.values() if not d.generic]
    for genotype in panel.genotypes:
        for _ in range(25):
            drugs = tuple(real[i] for i in rng.choice(len(real), 3, replace=False))
            alone = [build_scenario(knowledge, genotype, panel.tissue, (d,)) for d in drugs]
            together = build_scenario(knowledge, genotype, panel.tissue, drugs)
            assert compose(s.treatment.items() for s in alone) == together.treatment


def test_panel_counts_equal_reference(network, panel):
    screened = screen_panel(panel, size=2)
    assert screened.complete
    knowledge = network.knowledge
    rng = np.random.default_rng(2)
    members, counts = screened.members[-1], screened.counts[-1]
    for lane in rng.choice(len(members), 12, replace=False):
        names = [panel.mechanisms[i].drugs[-1] for i in members[lane]]
        drugs = tuple(knowledge.drugs[name] for name in names)
        held = 0
        for genotype in panel.genotypes:
            scenario = build_scenario(knowledge, genotype, panel.tissue, drugs)
            evaluation = evaluate(network, scenario)
            held += all(evaluation.level(o) < Level.FULL for o in panel.goal.outputs)
        assert held == counts[lane]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threads", [1, 2])
def test_engine_block_and_threads_change_no_count(panel, engine, threads):
    expected = screen_panel(panel, size=3, engine=run_with_numpy)
    found = screen_panel(panel, size=3, engine=engine, threads=threads, block=1 << 13)
    assert np.array_equal(np.concatenate(found.counts), np.concatenate(expected.counts))
    assert found.combinations == expected.combinations


def test_interrupted_screen_is_marked_as_partial(panel):
    def stop(done: int, total: int) -> None:
        if done > 5:
            raise KeyboardInterrupt

    found = screen_panel(panel, size=3, progress=stop)
    assert not found.complete
    assert 5 < found.combinations < screen_panel(panel, size=3).combinations


def test_counter_carries():
    counter = panel_module.VerticalCounter(1)
    for weight in (1, 3, 7, 200):
        counter.add(np.array([0b101], np.uint64), weight)
    assert counter.totals()[:3].tolist() == [211, 0, 211]
