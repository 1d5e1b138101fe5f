"""How much an answer rests on: the smallest sets of weak facts whose removal would flip it.

Weak are facts that sources dispute, that belong to a hypothesis, or that rest on one source. All
sets up to a size are tried at once, each fact an input that takes its rules away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from krasbypass.answers import Tabled
from krasbypass.knowledge import Knowledge
from krasbypass.model import (
    Interaction,
    Level,
    Literal,
    LiteralKind,
    Phase,
)
from krasbypass.network import Network, build_signalling_network, extend_with_alleles
from krasbypass.routes import evaluate_tumour
from krasbypass.scenario import Scenario, name_change
from krasbypass.screen import InputPlanes, find_level_planes
from krasbypass.screen.planes import PlanePair, pack
from krasbypass.tumour import Tumour

_REMOVED, _ADDED = "removed:", "added:"
#: Why a fact is weak, the weakest first.
REASONS = ("hypothesis", "disputed", "single-source")


@dataclass(frozen=True, slots=True)
class WeakFact:
    """A fact that an answer may rest on: why it is weak, and its sources.

    `held` is False for a hypothesis that is switched off, which the trial switches on.
    """

    id: str
    label: str
    reason: str
    held: bool
    sources: tuple[str, ...]
    disputes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """A smallest set of weak facts without which an output would cross the border of full."""

    output: str
    level: Level
    without: Level
    facts: tuple[WeakFact, ...]


@dataclass(frozen=True)
class SensitivityAnswer(Tabled):
    """Which weak facts an answer rests on.

    `facts` are those that take part in it; `flips` all minimal sets of up to `size` of them.
    """

    tissue: str
    alterations: tuple[str, ...]
    drugs: tuple[str, ...]
    outputs: Mapping[str, Level] = field(hash=False)
    facts: tuple[WeakFact, ...]
    flips: tuple[Flip, ...]
    size: int
    tried: int
    ontology_version: str
    as_of: str
    notice: str


def find_sensitivity(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
    size: int = 2,
) -> SensitivityAnswer:
    """Return the smallest sets of weak facts that decide whether outputs are full in `adapted`.

    Parameters
    ----------
    network
        The compiled network, with the hypotheses that the answer uses.
    tumour, drugs
        The question, as for `find_routes`.
    outputs
        Outputs looked at (default: those shown by default).
    size
        Largest number of facts taken away together.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> tumour = kb.Tumour.parse("CRC", ["KRAS:G12C"])
    >>> found = kb.find_sensitivity(network, tumour, ["sotorasib"], size=1)
    >>> "EGFR-rebound-CRC" in {flip.facts[0].id for flip in found.flips}
    True
    """
    knowledge = network.knowledge
    default = [a.node for a in network.activities.values() if a.is_output and a.default]
    chosen = tuple(outputs) if outputs is not None else tuple(default)
    groups = evaluate_tumour(network, tumour, drugs)
    evaluations = [evaluation for group in groups for evaluation in group]
    live = {
        rule.interaction
        for evaluation in evaluations
        for rule in evaluation.rules
        if any(evaluation.value(rule, phase) for phase in Phase)
    }
    facts = find_weak_facts(network, live)
    sets = [c for k in range(1, size + 1) for c in combinations(range(len(facts)), k)]
    scenarios = [evaluation.scenario for evaluation in evaluations]
    levels = _try_sets(network, scenarios, facts, sets, chosen)
    now = {o: max(e.level(o) for e in evaluations) for o in chosen}
    flips = [flip for output in chosen for flip in _find_flips(output, now, facts, sets, levels)]
    entries = (name_change(knowledge, c) for clone in tumour.clones for c in clone)
    tissue = knowledge.find_tissue(tumour.tissue)
    return SensitivityAnswer(
        tissue=tissue.name if tissue else "any",
        alterations=tuple(dict.fromkeys(entries)),
        drugs=scenarios[0].drugs,
        outputs=now,
        facts=facts,
        flips=tuple(flips),
        size=size,
        tried=len(sets),
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


def find_weak_facts(network: Network, live: Iterable[str]) -> tuple[WeakFact, ...]:
    """Return the weak ones of the interactions in `live`, and the hypotheses that are off."""
    knowledge = network.knowledge
    live = set(live)
    on = dict(network.hypotheses)
    found = []
    for interaction in knowledge.interactions:
        name = knowledge.node(interaction.hypothesis) if interaction.hypothesis else ""
        held = on.get(name, True)
        if not held or interaction.id in live:
            fact = _weigh(knowledge, interaction, name, held)
            found += [fact] if fact is not None else []
    return tuple(sorted(found, key=lambda f: (REASONS.index(f.reason), f.id)))


def _weigh(
    knowledge: Knowledge, interaction: Interaction, hypothesis: str, held: bool
) -> WeakFact | None:
    known = (knowledge.evidence[e] for e in interaction.evidence if e in knowledge.evidence)
    sources = tuple(dict.fromkeys(evidence.citation or evidence.source for evidence in known))
    if hypothesis:
        reason = "hypothesis"
    elif interaction.disputed:
        reason = "disputed"
    elif len(sources) < 2:
        reason = "single-source"
    else:
        return None
    label = f"{interaction.label} ({hypothesis})" if hypothesis else interaction.label
    return WeakFact(interaction.id, label, reason, held, sources, interaction.disputed)


def _try_sets(
    network: Network,
    scenarios: Sequence[Scenario],
    facts: Sequence[WeakFact],
    sets: Sequence[tuple[int, ...]],
    outputs: Sequence[str],
) -> dict[str, npt.NDArray[np.uint8]]:
    """Return the highest level of each output over the scenarios, set by set."""
    switched = _switch(network, facts)
    marks = np.zeros((len(facts), len(sets)), np.bool_)
    for lane, chosen in enumerate(sets):
        marks[list(chosen), lane] = True
    ones = pack(np.ones(len(sets), np.bool_))
    switches: dict[str, PlanePair] = {}
    for fact, row in zip(facts, marks, strict=True):
        plane = pack(row)
        switches[(_REMOVED if fact.held else _ADDED) + fact.id] = (plane, plane)
    highest = {output: np.zeros(len(sets), np.uint8) for output in outputs}
    for scenario in scenarios:
        extended = extend_with_alleles(switched, scenario.alleles)
        extended = _switch_rules(extended, facts)
        baseline = {**_constant(scenario.genotype, ones), **switches}
        treated = {**baseline, **_constant(scenario.treatment, ones)}
        planes = find_level_planes(
            extended, InputPlanes(len(sets), baseline, treated), nodes=outputs
        )
        for output in outputs:
            np.maximum(highest[output], planes.levels(output), out=highest[output])
    return highest


def _constant(levels: Mapping[str, Level], ones: npt.NDArray[np.uint64]) -> dict[str, PlanePair]:
    none = np.zeros_like(ones)
    return {n: (ones if v >= 1 else none, ones if v >= 2 else none) for n, v in levels.items()}


def _switch(network: Network, facts: Sequence[WeakFact]) -> Network:
    """Return the network with every hypothesis on that is to be tried."""
    tried = {f.id for f in facts if not f.held}
    if not tried:
        return network
    return build_signalling_network(
        network.knowledge, hypotheses=dict.fromkeys(dict(network.hypotheses), True)
    )


def _switch_rules(network: Network, facts: Sequence[WeakFact]) -> Network:
    """Give the rules of each fact one more condition, by which a set switches them."""
    extra = {
        f.id: Literal(_REMOVED + f.id, LiteralKind.NOT) if f.held else Literal(_ADDED + f.id)
        for f in facts
    }
    rules = tuple(
        replace(rule, literals=(*rule.literals, extra[rule.interaction]))
        if rule.interaction in extra
        else rule
        for rule in network.rules
    )
    return replace(network, rules=rules)


def _find_flips(
    output: str,
    now: Mapping[str, Level],
    facts: Sequence[WeakFact],
    sets: Sequence[tuple[int, ...]],
    levels: Mapping[str, npt.NDArray[np.uint8]],
) -> list[Flip]:
    """Return the minimal sets that take an output across the border of full."""
    full = now[output] is Level.FULL
    found: list[tuple[int, ...]] = []
    flips = []
    for chosen, level in zip(sets, levels[output].tolist(), strict=True):
        if (level == Level.FULL) is not full and not any(set(s) <= set(chosen) for s in found):
            found.append(chosen)
            flips.append(Flip(output, now[output], Level(level), tuple(facts[n] for n in chosen)))
    return flips
