"""Regimens of the catalogue that serve most of a cohort, tissue by tissue.

All combinations up to a size are screened against the most frequent genotypes. The one that serves
most patients is taken, then the one that serves most of the others, and so on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from krasbypass.cohort.model import Cohort
from krasbypass.cohort.regimens import Regimen
from krasbypass.knowledge import Knowledge
from krasbypass.network import Network
from krasbypass.scenario import Genotype, resolve_genotypes
from krasbypass.screen import Goal, Panel, build_panel, screen_panel
from krasbypass.screen.panel import find_held

#: Regimens that are designed for a cohort, and genotypes of a tissue that they are designed for.
DESIGNED, _GENOTYPES = 10, 200
#: The sum that weights of a screen must stay below.
_MOST = 60_000


def design_regimens(
    network: Network,
    cohort: Cohort,
    *,
    max_drugs: int = 2,
    count: int = DESIGNED,
    outputs: Iterable[str] | None = None,
    target: str = "suppress",
) -> tuple[Regimen, ...]:
    """Return up to `count` regimens of up to `max_drugs` drugs, those for most patients first.

    Parameters
    ----------
    network
        The compiled network.
    cohort
        Whose genotypes count, each by its patients; of a tissue the 200 most frequent ones.
    max_drugs
        Largest number of drugs in a regimen.
    count
        Largest number of regimens, shared between tissues by what they serve.
    outputs
        Outputs of the goal (default: the default outputs; what only single patients' lesions
        hold does not count here).
    target
        ``suppress`` (none at full) or ``close`` (all off).

    Raises
    ------
    UnknownTermError
        The target is neither, or there is no such output.
    """
    asked = network.default_outputs if outputs is None else outputs
    goal = Goal.parse(target, network.find_outputs(asked))
    weights = cohort.weights
    tissues: Counter[str] = Counter()
    for genotype, weight in zip(cohort.genotypes, weights.tolist(), strict=True):
        tissues[genotype.tissue] += weight
    gains: dict[tuple[str, ...], int] = {}
    for tissue in sorted(tissues, key=lambda t: (-tissues[t], t)):
        for drugs, patients in _design(network, cohort, tissue, goal, max_drugs, count):
            gains[drugs] = gains.get(drugs, 0) + patients
    best = sorted(gains, key=lambda drugs: (-gains[drugs], len(drugs), drugs))[:count]
    return tuple(Regimen(" + ".join(drugs), drugs) for drugs in best)


def _design(
    network: Network, cohort: Cohort, tissue: str, goal: Goal, size: int, count: int
) -> Iterable[tuple[tuple[str, ...], int]]:
    """Yield drugs for one tissue with the patients whom they serve and none before them did."""
    weights = cohort.weights
    order = np.argsort(-weights, kind="stable").tolist()
    numbers = [g for g in order if cohort.genotypes[g].tissue == tissue][:_GENOTYPES]
    panel, patients = _make_panel(network, cohort, tissue, goal, numbers)
    picks = [_pick(network.knowledge, m.drugs) for m in panel.mechanisms]
    stages = np.array([_how_far(network.knowledge, name) for name in picks])
    left = np.where(find_held(panel, [()])[:, 0], 0, patients)  # nothing to serve without drugs
    for _ in range(count):
        if not left.any():
            return
        total = int(left.sum())
        scaled = left if total < _MOST else np.ceil(left * (_MOST / 2 / total)).astype(np.int64)
        found = screen_panel(panel, size=size, weights=[scaled.tolist()])
        best, chosen = 0, np.empty(0, np.int64)
        for members, tally in zip(found.members, found.tallies[0], strict=True):
            most = int(tally.max(initial=0))
            if most > best:  # of equals, the fewest drugs, and those that have come farthest
                rows = members[tally == most]
                best, chosen = most, rows[int(np.argmin(stages[rows].sum(axis=1)))]
        if not best:
            return
        held = find_held(panel, [tuple(map(int, chosen))])[:, 0]
        drugs = tuple(sorted(picks[m] for m in chosen))
        yield drugs, int(left[held].sum())
        left = np.where(held, 0, left)


def _make_panel(
    network: Network, cohort: Cohort, tissue: str, goal: Goal, numbers: Iterable[int]
) -> tuple[Panel, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return the panel of genotypes, several readings of one being one tumour, and its weights."""
    readings: list[Genotype] = []
    tumours, patients = [], []
    for number in numbers:
        clone = cohort.genotypes[number].tumour.clones[0]
        found = resolve_genotypes(network.knowledge, clone)
        tumours.append(range(len(readings), len(readings) + len(found)))
        readings += found
        patients.append(int(cohort.weights[number]))
    named = None if tissue == "any" else tissue
    panel = build_panel(network, readings, named, goal, tumours=tumours)
    return panel, np.array(patients, np.int64)


def _pick(knowledge: Knowledge, drugs: Iterable[str]) -> str:
    """Return the drug that stands for a mechanism: the first that has come farthest."""
    return min(drugs, key=lambda name: (_how_far(knowledge, name), name))


def _how_far(knowledge: Knowledge, name: str) -> int:
    """Return a small number for a drug that is approved, a larger one for one that is not."""
    stages = ("approved", "clinical", "", "preclinical")
    stage = knowledge.drugs[name].stage
    return stages.index(stage) if stage in stages else len(stages)
