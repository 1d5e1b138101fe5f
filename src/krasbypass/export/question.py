"""A tumour under a combination as the formats carry it: one evaluation, its answer, and remarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from krasbypass.answers import RoutesAnswer
from krasbypass.fixpoint import Evaluation
from krasbypass.model import TONE_UNMASKED, Level, Phase
from krasbypass.network import Network
from krasbypass.routes import evaluate_tumour, find_routes
from krasbypass.tumour import Tumour, split_entries


@dataclass(frozen=True)
class Question:
    """What is exported: a tumour under drugs.

    Where a tumour has several clones, or an unspecified change several readings, `evaluation` is
    of the one with the highest outputs, and `others` counts those left out.
    """

    network: Network
    tumour: Tumour
    drugs: tuple[str, ...]
    evaluation: Evaluation
    others: int

    @cached_property
    def answer(self) -> RoutesAnswer:
        """The routes of the question, enumerated when they are first asked for."""
        return find_routes(self.network, self.tumour, self.drugs)

    @property
    def tissue(self) -> str:
        """The preferred name of the tissue."""
        found = self.network.knowledge.find_tissue(self.tumour.tissue)
        return found.name if found else "any"


def ask_question(network: Network, tumour: Tumour, drugs: Iterable[str]) -> Question:
    """Evaluate the tumour under the drugs and keep the clone, and reading, with most signal."""
    drugs = split_entries(drugs)
    groups = evaluate_tumour(network, tumour, drugs)
    evaluations = [evaluation for group in groups for evaluation in group]

    def signal(evaluation: Evaluation) -> tuple[Level, ...]:
        phases = (Phase.ADAPTED, Phase.ACUTE, Phase.BASELINE)
        return tuple(evaluation.level(o, phase) for phase in phases for o in network.outputs)

    worst = max(evaluations, key=signal)
    return Question(network, tumour, drugs, worst, len(evaluations) - 1)


def find_remarks(network: Network, question: Question | None) -> tuple[str, ...]:
    """Return what every file says of itself: network, question, assumptions, what it is not."""
    knowledge = network.knowledge
    switched = [f"{name}={'on' if on else 'off'}" for name, on in network.hypotheses]
    title = f"krasbypass signalling network, ontology {knowledge.version or 'without a version'}"
    if knowledge.as_of:
        title += f", regulatory facts as of {knowledge.as_of}"
    remarks = [f"{title}."]
    if switched:
        remarks.append(f"Hypotheses: {', '.join(switched)}.")
    if question is None:
        remarks.append("The network as it stands: every tumour, no scenario.")
    else:
        scenario = question.evaluation.scenario
        remarks.append(
            f"Tissue: {question.tissue}. Alterations: {', '.join(scenario.alterations) or 'none'}. "
            f"Drugs: {', '.join(scenario.drugs) or 'none'}."
        )
        if question.others:
            remarks.append(
                f"Of {question.others + 1} clones or readings of the tumour this is the one with "
                "the highest outputs; the others are not in this file."
            )
        remarks += [f"Assumption: {note}." for note in scenario.assumptions]
    return (*remarks, *([knowledge.notice] if knowledge.notice else []))


def explain_phases(network: Network, question: Question | None, phase: Phase) -> tuple[str, ...]:
    """Return how the three phases of an answer follow from a network of levels."""
    masks = sorted(a.node for a in network.activities.values() if a.masks_tone)
    remarks = [
        "Levels: 0 off, 1 attenuated, 2 full. The levels of a phase are the least fixpoint: start "
        "with every derived node at 0 and update until nothing changes. No derived node is "
        "negated, so any fair order of updates ends there. Other fixpoints may exist, in which a "
        "loop without a live source keeps itself on; krasbypass calls such a loop off.",
        "Three phases: baseline has no drug and no relief; acute has the drugs and no relief; "
        "adapted has the drugs and, in each input relief:X, how far X fell from baseline to "
        "acute (the level in baseline minus the level in acute, at least 0).",
    ]
    if question is not None:
        return (*remarks, f"This file is the phase {phase.value}: its inputs have their levels.")
    tone = (
        f"Leave {TONE_UNMASKED} at 0 and solve the baseline; if {' and '.join(masks)} is not 2, "
        f"set {TONE_UNMASKED} to 2, in all phases, and solve it anew. "
        if masks
        else ""
    )
    return (
        *remarks,
        "In this file every input is open. Set alterations, contexts, one tissue (tissue:any "
        "where it has no facts) and its tone (tone:X). What drugs do not lower, spare:X, is 2. "
        f"{tone}"
        "Then set engaged_on:X or engaged_off:X (2 complete, 1 partial), occupied:X and spare:X "
        "as the drugs do and solve acute; then set relief:X and solve adapted.",
    )


def describe_levels(levels: Mapping[Phase, Level]) -> dict[str, str]:
    """Return levels as attributes: the phase and a word."""
    return {phase.value: levels[phase].label for phase in Phase}
