"""How cost grows with drugs, size of combination, alterations and nodes; random networks."""

from __future__ import annotations

import random
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from krasbypass.fixpoint import evaluate
from krasbypass.model import Level
from krasbypass.screen import build_panel, screen_panel
from krasbypass.screen.arrays import run_with_numpy
from krasbypass.screen.native import run_native
from krasbypass.screen.planes import find_level_planes, pack_inputs

from .scenarios import GOAL, find_genotype, load_network, with_each_alteration
from .timing import Row, time_interleaved

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from builders import make_random_rules, network_of, scenario_of

#: Nodes above which compiling takes longer than a benchmark should.
COMPILED_UP_TO = 200
Points = list[tuple[float, float]]


def run(*, sizes: tuple[int, ...], plot: Path) -> list[Row]:
    """Time random networks and the real one at growing sizes, and draw the plot."""
    rows, nodes = run_random(sizes)
    draw({"nodes (numpy)": nodes, **run_real()}, plot)
    return rows


def run_random(sizes: tuple[int, ...]) -> tuple[list[Row], Points]:
    """Random networks of the real one's shape: reference, numpy and compiled, equal first."""
    rows, points = [], []
    for size in sizes:
        rng = random.Random(size)
        network = network_of(make_random_rules(size, seed=size, drugs=size // 3))
        outputs = sorted(network.targets)[:: size // 50]
        engaged = sorted(n for n in network.inputs if n.startswith("engaged"))
        genotypes = [
            {"a": Level.FULL, "b": Level.FULL, f"e{rng.randrange(60)}": Level.FULL}
            for _ in range(4096)
        ]
        treatments = [
            dict.fromkeys(rng.sample(engaged, rng.randint(0, 4) * (size // 60)), Level.FULL)
            for _ in genotypes
        ]
        inputs = pack_inputs(genotypes, treatments)
        some = range(0, 4096, 4096 // (16 if size <= 1000 else 3))
        expected = [evaluate(network, scenario_of(genotypes[i], treatments[i])) for i in some]
        engines = {"numpy": run_with_numpy}
        if size <= COMPILED_UP_TO:
            engines["compiled"] = run_native
        for engine in engines.values():
            found = find_level_planes(network, inputs, nodes=outputs, engine=engine)
            for node in outputs:
                levels = found.levels(node)
                assert [int(levels[i]) for i in some] == [e.level(node) for e in expected]
        circuits = []

        def spy(circuit, planes, words, circuits=circuits):
            circuits.append((circuit, planes, words))
            return run_with_numpy(circuit, planes, words)

        find_level_planes(network, inputs, nodes=outputs, engine=spy)
        circuit, planes, words = circuits[0]
        note = f"{circuit.size} operations"
        wide = [np.tile(plane, 16) for plane in planes]
        calls = {
            name: partial(engine, circuit, wide, words * 16) for name, engine in engines.items()
        }
        calls["reference"] = partial(evaluate, network, scenario_of(genotypes[0], treatments[0]))
        taken = time_interleaved(calls)
        taken = {n: t if n == "reference" else t / (4096 * 16) for n, t in taken.items()}
        points.append((size, taken["numpy"]))
        rows += [
            Row(
                f"{size} random nodes",
                name,
                "reference",
                taken["reference"] / taken[name],
                note=note,
            )
            for name in engines
        ]
    return rows, points


def run_real() -> dict[str, Points]:
    """Seconds of the screen on the real network, along three axes."""
    network = load_network()
    tissue, tumour = "NSCLC", "KRAS:G12C"
    all_genotypes = with_each_alteration(network, tissue, tumour)
    curves: dict[str, Points] = {"drugs": [], "size of combination": [], "alterations": []}
    real = [d for d in network.knowledge.drugs.values() if not d.generic]
    few = [find_genotype(network, tissue, tumour, a) for a in ("", "MET:amp", "PTEN:loss")]
    for count in (50, 100, 200, len(real)):
        panel = build_panel(network, few, tissue, GOAL, drugs=real[:count])
        curves["drugs"].append((count, _seconds(lambda panel=panel: screen_panel(panel))))
    panel = build_panel(network, few, tissue, GOAL)
    for size in (1, 2, 3, 4):
        taken = _seconds(lambda size=size: screen_panel(panel, size=size))
        curves["size of combination"].append((size, taken))
    for count in (10, 50, 200, len(all_genotypes)):
        panel = build_panel(network, all_genotypes[:: len(all_genotypes) // count], tissue, GOAL)
        taken = _seconds(lambda panel=panel: screen_panel(panel, size=3))
        curves["alterations"].append((count, taken))
    return curves


def _seconds(call) -> float:
    call()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[2]


def draw(curves: dict[str, Points], path: Path) -> None:
    """Draw one small plot an axis; the scale of time is relative to its first point."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "krasbypass"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(curves), figsize=(3.2 * len(curves), 3), sharey=True)
    for axis, (name, points) in zip(axes, sorted(curves.items()), strict=True):
        x, y = zip(*points, strict=True)
        axis.plot(x, [value / y[0] for value in y], marker="o")
        axis.set(xlabel=name, xscale="log", yscale="log")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("cost, relative to the first point")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
