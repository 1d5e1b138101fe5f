"""Answering cohorts: equal to one patient at a time, however the blocks were run."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krasbypass.cohort import (
    ClusterError,
    Cohort,
    CohortAnswer,
    CohortTableError,
    SharedGenotype,
    answer_cohort,
    design_regimens,
    make_regimens,
    read_cohort,
    read_regimens,
)
from krasbypass.cohort.blocks import Store, make_blocks, make_task, pack_codes, unpack_codes
from krasbypass.cohort.circuit import Codes, decode, is_held
from krasbypass.cohort.cover import find_covers
from krasbypass.cohort.kernel import Kernel
from krasbypass.errors import UnknownTermError
from krasbypass.knowledge import Knowledge
from krasbypass.network import Network
from krasbypass.questions import default_outputs
from krasbypass.routes import evaluate_tumour, find_routes, pool_outputs
from pace import measure_pace

REGIMENS = (
    "none",
    "sotorasib",
    "sotorasib,TNO155",
    "daraxonrasib",
    "vemurafenib",
    "cetuximab,adagrasib",
    "inhibitor:MEK,inhibitor:PIK3CA",
    "zoldonrasib,erlotinib",
)
SPECIAL = (
    "KRAS:G12C", "KRAS:G12D", "KRAS:G12C+Y96D", "KRAS:G12C+H95Q+Q99L", "KRAS:mut", "KRAS:amp",
    "NRAS:amp", "PPIA:low", "PPIA:loss", "ABCB1:act", "context:EMT", "EML4::ALK", "TP53:R213*",
)  # fmt: skip


def cohort_of(genotypes: list[SharedGenotype], patients: list[int] | None = None) -> Cohort:
    """Return a cohort of genotypes, each carried by some patients."""
    counts = patients or [1] * len(genotypes)
    numbers = np.repeat(np.arange(len(genotypes), dtype=np.int32), counts)
    ids = tuple(f"P{i}" for i in range(len(numbers)))
    return Cohort(("table",), ids, tuple(genotypes), numbers, (), (), {}, {})


def draw_cohort(knowledge: Knowledge, count: int, seed: int = 1) -> Cohort:
    """Return a cohort of random genotypes from the catalogue."""
    rng = random.Random(seed)
    nodes = [n for n, a in knowledge.alterations.items() if ".WT:" not in n and len(a.parts) < 2]
    found: dict[SharedGenotype, None] = {}
    while len(found) < count:
        entries = {rng.choice(nodes) for _ in range(rng.randint(0, 4))} | {rng.choice(SPECIAL)}
        tissue = rng.choice([*knowledge.tissues, "any"])
        found[SharedGenotype(tissue, tuple(sorted(entries)))] = None
    return cohort_of(list(found), [rng.randint(1, 4) for _ in found])


@pytest.fixture(scope="module")
def answer(network: Network, knowledge: Knowledge) -> CohortAnswer:
    """A cohort of 32 random genotypes under all regimens."""
    cohort = draw_cohort(knowledge, 32)
    return answer_cohort(network, cohort, make_regimens(knowledge, REGIMENS), explain=8)


def same_levels(one: CohortAnswer, other: CohortAnswer) -> bool:
    mine, theirs = one.levels, other.levels
    return bool((mine.patterns[mine.which] == theirs.patterns[theirs.which]).all())


# -- against one patient at a time ----------------------------------------------------------------


def test_levels_are_those_of_single_evaluations(network: Network, answer: CohortAnswer) -> None:
    rng = random.Random(2)
    pairs = [
        (g, r) for g in range(len(answer.cohort.genotypes)) for r in range(len(answer.regimens))
    ]
    for genotype, regimen in rng.sample(pairs, 30):
        tumour = answer.cohort.genotypes[genotype].tumour
        groups = evaluate_tumour(network, tumour, answer.regimens[regimen].drugs)
        expected = {
            output: (o.baseline, o.acute, o.adapted, o.course)
            for output, o in pool_outputs(network, groups).items()
        }
        found = {
            output: (o.baseline, o.acute, o.adapted, o.course)
            for output, o in answer.levels.read(genotype, regimen).items()
        }
        assert found == expected, (tumour, answer.regimens[regimen])


@given(data=st.data())
@settings(max_examples=6, deadline=None)
def test_any_genotype_is_answered_as_alone(
    network: Network, knowledge: Knowledge, data: st.DataObject
) -> None:
    nodes = [n for n, a in knowledge.alterations.items() if ".WT:" not in n and len(a.parts) < 2]
    entries = data.draw(st.sets(st.sampled_from([*nodes, *SPECIAL]), max_size=5))
    tissue = data.draw(st.sampled_from([*knowledge.tissues, "any"]))
    drugs = data.draw(st.sets(st.sampled_from(sorted(knowledge.drugs)), max_size=3))
    regimens = make_regimens(knowledge, [",".join(sorted(drugs)) or "none"])
    genotype = SharedGenotype(tissue, tuple(sorted(entries)))
    # other genotypes in the block must not matter
    block = [*draw_cohort(knowledge, 3).genotypes, genotype]
    codes = Kernel(network, regimens).answer(block)[-1, 0]
    groups = evaluate_tumour(network, genotype.tumour, regimens[0].drugs)
    for code, (output, expected) in zip(codes, pool_outputs(network, groups).items(), strict=True):
        found = decode(int(code))
        assert (output, found.baseline, found.acute, found.adapted, found.course) == (
            output, expected.baseline, expected.acute, expected.adapted, expected.course,
        )  # fmt: skip


def test_what_a_kernel_remembers_leaves_no_trace(
    network: Network, answer: CohortAnswer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("krasbypass.cohort.kernel._REMEMBERED", 0)
    kernel = Kernel(network, answer.regimens)
    genotypes = answer.cohort.genotypes
    parts = [kernel.answer(genotypes[start : start + 5]) for start in range(0, len(genotypes), 5)]
    expected = answer.levels.patterns[answer.levels.which]
    assert (np.concatenate(parts) == expected).all()


def test_held_outputs_are_those_of_gaps(network: Network, answer: CohortAnswer) -> None:
    for number, genotype in list(enumerate(answer.cohort.genotypes))[::8]:
        row = answer.levels.patterns[answer.levels.which[number, 0]]
        held = {o for o, h in zip(network.outputs, is_held(row), strict=True) if h}
        default = {a.node for a in network.activities.values() if a.is_output and a.default}
        assert held | default == set(default_outputs(network, genotype.tumour))


def test_routes_are_those_of_single_answers(network: Network, answer: CohortAnswer) -> None:
    """Each frequent route is open in a patient who is counted, and nowhere else among them."""
    names = [regimen.name for regimen in answer.regimens]
    for found in answer.routes[:1]:
        name, patients = found.by_regimen[0]
        regimen = names.index(name)
        counted = 0
        for genotype, weight in zip(
            answer.cohort.genotypes, answer.cohort.weights.tolist(), strict=True
        ):
            alone = find_routes(
                network, genotype.tumour, answer.regimens[regimen].drugs,
                outputs=[found.route.output],
            )  # fmt: skip
            counted += weight * any(r.nodes == found.route.nodes for r in alone.routes)
        # rare questions beyond the number explained may hold the route too
        assert 0 < patients <= counted


# -- however the blocks are run ------------------------------------------------------------------


def test_blocks_leave_no_trace(
    network: Network, knowledge: Knowledge, answer: CohortAnswer
) -> None:
    for block in (7, 1000):
        again = answer_cohort(network, answer.cohort, answer.regimens, block=block, explain=8)
        assert same_levels(answer, again)
        assert (again.covers, again.routes, again.unserved, again.counts) == (
            answer.covers, answer.routes, answer.unserved, answer.counts,
        )  # fmt: skip


def test_killed_process_costs_time_only(network: Network, answer: CohortAnswer) -> None:
    killed = []

    def kill_one(done: int, total: int) -> None:
        children = multiprocessing.active_children()
        if done and children and not killed:
            killed.append(children[0].pid)
            os.kill(children[0].pid or 0, signal.SIGKILL)

    again = answer_cohort(
        network, answer.cohort, answer.regimens, block=4, processes=2, explain=0, progress=kill_one
    )
    assert killed
    assert same_levels(answer, again)


def test_no_process_outlives_a_killed_run(tmp_path: Path) -> None:
    rows = [
        f"P{i}\tCRC\tKRAS:G12{'ACDRSV'[i % 6]},{['MET:amp', 'NF1:loss'][i // 6 % 2]}"
        for i in range(12)
    ]
    table = tmp_path / "tumours.tsv"
    table.write_text("id\ttissue\talterations\n" + "\n".join(rows))
    work = tmp_path / "work"
    command = [sys.executable, "-m", "krasbypass", "cohort", str(table), "-r", "sotorasib"]
    options = ["--processes", "2", "--block", "1", "--work", str(work)]
    run = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while run.poll() is None and not list(work.rglob("*.block")):
        time.sleep(0.01)
    run.kill()
    run.communicate(timeout=60)  # whatever lived on would hold the pipes


def test_interrupted_run_goes_on(network: Network, answer: CohortAnswer, tmp_path: Path) -> None:
    class Interrupted(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise Interrupted

    options = {"block": 10, "work": tmp_path / "work", "explain": 0}
    with pytest.raises(Interrupted):
        answer_cohort(network, answer.cohort, answer.regimens, progress=stop, **options)
    kept = sorted((tmp_path / "work").rglob("*.block"))
    assert len(kept) == 3
    kept[0].write_bytes(kept[0].read_bytes()[:-1])
    seen: list[tuple[int, int]] = []
    again = answer_cohort(
        network, answer.cohort, answer.regimens, progress=lambda *n: seen.append(n), **options
    )
    assert seen[0] == (2, 4)  # the damaged block is answered anew
    assert same_levels(answer, again)
    # another regimen, another answer: nothing of it is there yet
    seen.clear()
    answer_cohort(
        network, answer.cohort, answer.regimens[:2], progress=lambda *n: seen.append(n), **options
    )
    assert seen[0] == (0, 4)


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and two workers, each a process of its own."""
    pytest.importorskip("distributed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"

    def start(module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", module, *options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    quiet = ("--no-dashboard",)
    listen = ("--host", "127.0.0.1", "--port", str(port), "--no-show")
    processes = [start("distributed.cli.dask_scheduler", *listen, *quiet)]
    worker = ("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", *quiet)
    processes += [start(*worker), start(*worker)]
    try:
        yield address, processes
    finally:
        for process in processes[::-1]:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_cluster_that_loses_a_worker(
    network: Network,
    answer: CohortAnswer,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from distributed import Client

    address, processes = cluster
    deadline = time.monotonic() + 60
    with Client(address, timeout="60s", set_as_default=False) as client:
        while len(client.scheduler_info()["workers"]) < 2:
            assert time.monotonic() < deadline, "the workers did not come up"
            time.sleep(0.2)

    def kill_one(done: int, total: int) -> None:
        if done == 4:
            processes[1].kill()

    again = answer_cohort(
        network, answer.cohort, answer.regimens,
        block=4, scheduler=address, explain=0, progress=kill_one,
    )  # fmt: skip
    assert processes[1].wait() == -signal.SIGKILL
    assert same_levels(answer, again)


@pytest.mark.slow
def test_cluster_that_is_not_there(network: Network, answer: CohortAnswer) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(ClusterError, match="no Dask scheduler answers at 'nowhere'"):
        answer_cohort(network, answer.cohort, answer.regimens, scheduler="nowhere")


# -- blocks -------------------------------------------------------------------------------------


@given(
    codes=st.integers(0, 10_000).map(
        lambda seed: np.random.default_rng(seed).integers(0, 107, (5, 3, 12), dtype=np.uint8)
    )
)
def test_codes_survive_packing(codes: Codes) -> None:
    data = pack_codes(codes)
    patterns, which = unpack_codes(data)
    assert (patterns[which] == codes).all()
    assert pack_codes(codes) == data
    with pytest.raises(ValueError, match="damaged"):
        unpack_codes(data[:-1])


def test_key_of_a_block_knows_what_it_rests_on(network: Network, knowledge: Knowledge) -> None:
    genotypes = draw_cohort(knowledge, 4).genotypes
    regimens = make_regimens(knowledge, REGIMENS)

    def key(asked: Network, count: int, some: tuple[SharedGenotype, ...]) -> str:
        (block,) = make_blocks(make_task(asked, regimens[:count], 0), some)
        return block.key

    hypothesis = next(iter(knowledge.hypotheses))
    from krasbypass.network import build_signalling_network

    switched = build_signalling_network(
        knowledge, hypotheses={hypothesis: not knowledge.hypotheses[hypothesis]}
    )
    keys = [
        key(network, 2, genotypes),
        key(network, 3, genotypes),
        key(network, 2, genotypes[:3]),
        key(switched, 2, genotypes),
    ]
    assert len(set(keys)) == 4
    assert key(network, 2, genotypes) == keys[0]
    assert Store().find(keys[0]) is None


# -- what it comes to -----------------------------------------------------------------------------


def brute_force(served: dict[int, int], costs: list[int]) -> list[int]:
    """Return the most patients that one regimen serves, two, and so on until all are."""
    total, best = sum(n for mask, n in served.items() if mask), []
    for size in range(1, len(costs) + 1):
        sums = (
            sum(n for mask, n in served.items() if any(mask >> r & 1 for r in chosen))
            for chosen in combinations(range(len(costs)), size)
        )
        best.append(max(sums))
        if best[-1] == total:
            break
    return best if total else []


@given(
    served=st.dictionaries(st.integers(0, 63), st.integers(1, 9), max_size=12),
    costs=st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_covers_are_the_best(served: dict[int, int], costs: list[int]) -> None:
    found = find_covers(served, costs)
    assert [c.patients for c in found] == brute_force(served, costs)
    assert all(c.exact for c in found)
    for choice in found:
        covered = sum(n for m, n in served.items() if any(m >> r & 1 for r in choice.regimens))
        assert covered == choice.patients
    greedy = find_covers(served, costs, max_steps=0)
    assert all(not c.exact for c in greedy)
    assert [c.patients for c in greedy][:1] == [c.patients for c in found][:1]


def test_many_regimens_are_still_covered_exactly() -> None:
    """All pairs of drugs, each patient in need of one pair, or of one drug whatever is with it."""
    drugs = range(12)
    regimens = [*((d,) for d in drugs), *combinations(drugs, 2)]
    served: dict[int, int] = {}
    for place, needed in enumerate([*((d,) for d in drugs[:5]), *combinations(drugs, 2)]):
        mask = sum(1 << r for r, given in enumerate(regimens) if set(needed) <= set(given))
        served[mask] = served.get(mask, 0) + 1 + place * place % 17
    found = find_covers(served, [len(r) for r in regimens])
    assert all(choice.exact for choice in found[:8])
    assert found[-1].patients == sum(served.values())


def test_counts_add_up(answer: CohortAnswer) -> None:
    weights = answer.cohort.weights
    served_by: dict[int, int] = {}
    undriven = 0
    for genotype, weight in enumerate(weights.tolist()):
        mask = sum(1 << int(r) for r in np.flatnonzero(answer.is_served(genotype)))
        served_by[mask] = served_by.get(mask, 0) + weight
        undriven += 0 if answer.is_driven(genotype) else weight
    assert answer.undriven_patients == undriven
    assert answer.unserved_patients == served_by.get(0, 0) - undriven
    for number, count in enumerate(answer.counts):
        assert count.served == sum(n for m, n in served_by.items() if m >> number & 1)
        assert all(sum(levels) == answer.answered for _, levels in count.outputs)
    assert sum(group.patients for group in answer.unserved) == answer.unserved_patients
    assert answer.covers[-1].patients == answer.answered - served_by.get(0, 0)


def test_patients_without_a_driver_are_not_served(network: Network, knowledge: Knowledge) -> None:
    cohort = cohort_of([SharedGenotype("CRC", ("KRAS:G12C",)), SharedGenotype("CRC", ())], [3, 5])
    regimens = make_regimens(knowledge, ["none", "inhibitor:ERK, inhibitor:PI3K"])
    found = answer_cohort(network, cohort, regimens)
    assert [count.served for count in found.counts] == [0, 3]
    assert (found.undriven_patients, found.unserved_patients) == (5, 0)
    alone = answer_cohort(network, cohort, regimens[:1])
    (group,) = alone.unserved
    assert (group.patients, group.examples, group.regimen) == (3, ("P0", "P1", "P2"), "none")
    assert {route.output for route in group.routes} == set(group.open)
    assert alone.explained == 1.0


def test_no_patient_is_an_answer(network: Network, knowledge: Knowledge) -> None:
    found = answer_cohort(network, cohort_of([]), make_regimens(knowledge, ["sotorasib"]))
    assert (found.answered, found.covers, found.routes, found.unserved) == (0, (), (), ())
    assert design_regimens(network, cohort_of([])) == ()


def test_goal_of_a_cohort(network: Network, knowledge: Knowledge) -> None:
    cohort = cohort_of([SharedGenotype("NSCLC", ("KRAS:G12C", "RB1:loss"))])
    regimens = make_regimens(knowledge, ["sotorasib"])
    default = answer_cohort(network, cohort, regimens)
    assert default.unserved[0].open == ("cell-cycle",)  # held by the lesion
    assert answer_cohort(network, cohort, regimens, outputs=["MAPK"]).unserved_patients == 0
    close = answer_cohort(network, cohort, regimens, outputs=["MAPK"], target="close")
    assert close.unserved_patients == 1
    with pytest.raises(UnknownTermError, match="unknown output 'MAPKK'"):
        answer_cohort(network, cohort, regimens, outputs=["MAPKK"])


def test_design_for_a_cohort(network: Network, knowledge: Knowledge) -> None:
    cohort = cohort_of(
        [
            SharedGenotype("NSCLC", ("KRAS:G12C",)),
            SharedGenotype("NSCLC", ("BRAF:V600E",)),
            SharedGenotype("NSCLC", ()),
        ],
        [4, 2, 9],
    )
    regimens = design_regimens(network, cohort, max_drugs=1, count=4)
    found = answer_cohort(network, cohort, regimens)
    assert found.unserved_patients == 0
    assert all(len(regimen.drugs) == 1 for regimen in regimens)
    # no single drug of the catalogue serves more than the first
    singles = make_regimens(knowledge, [n for n, d in knowledge.drugs.items() if not d.generic])
    every = answer_cohort(network, cohort, singles, explain=0)
    assert found.counts[0].served == max(count.served for count in every.counts)


def test_regimens_from_a_file(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "regimens.txt"
    path.write_text("# remark\nLumakras, TNO155\nthe pair = TNO155,sotorasib\nnone\n")
    assert [(r.name, r.drugs) for r in read_regimens(knowledge, path)] == [
        ("sotorasib + TNO155", ("sotorasib", "TNO155")),
        ("none", ()),
    ]
    path.write_text("sotorasib\nsotorasip\n")
    with pytest.raises(CohortTableError, match=r"regimens.txt, line 2: unknown drug 'sotorasip'"):
        read_regimens(knowledge, path)


# -- data of others -----------------------------------------------------------------------------


def test_luad_with_g12c(network: Network, knowledge: Knowledge, shared: Path) -> None:
    path = shared / "data" / "patients" / "Firehose_LUAD_ras_pathway.maf.tsv"
    if not path.is_file():
        pytest.skip("no tables of patients in the shared folder")
    regimens = make_regimens(
        knowledge,
        ["sotorasib", "adagrasib", "sotorasib,TNO155", "sotorasib,trametinib", "daraxonrasib",
         "cetuximab,sotorasib", "zoldonrasib", "alpelisib,sotorasib", "trametinib", "none"],
    )  # fmt: skip
    pace = measure_pace()
    start = time.process_time()
    cohort = read_cohort(knowledge, [path], tissues=["LUAD"]).select(["KRAS:G12C"])
    found = answer_cohort(network, cohort, regimens)
    assert time.process_time() - start < 10 * pace  # 3 s when idle
    assert (len(cohort.ids), found.answered, found.undriven_patients) == (62, 62, 0)
    assert found.explained == 1.0
    chains = [(r.route.output, r.route.level, r.route.kinds, r.route.nodes) for r in found.routes]
    assert len(set(chains)) == len(chains)
    assert sum(1 for g in cohort.genotypes if len(g.entries) > 1) > 10
    none = found.counts[-1]
    assert none.served == 0 and dict(none.outputs)["MAPK"][2] == 62
