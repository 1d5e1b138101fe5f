"""How cost grows with drugs, size of combination, alterations and nodes; random networks."""

from __future__ import annotations

import time
from pathlib import Path

from krasbypass.screen import build_panel, screen_panel

from .scenarios import GOAL, find_genotype, load_network, with_each_alteration

Points = list[tuple[float, float]]


def run(*, nodes: Points, plot: Path) -> None:
    """Time the real network along three axes and draw them beside the nodes of random ones."""
    draw({"nodes (numpy)": nodes, **run_real()}, plot)


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
    for size in (1, 2, 3, 4, 5):
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
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
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
        axis.set_xticks(x, [f"{value:,}" for value in x])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("cost, relative to the first point")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
