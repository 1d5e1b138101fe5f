"""How much an answer rests on: the smallest sets of weak facts whose removal would flip it.

Weak are facts that sources dispute, that belong to a hypothesis, or that rest on one source: rules,
what is stated of the drugs and alleles, and what is stated of the tissue. All sets up to a size are
tried at once. A rule is switched by an input of its own; without a statement the inputs and rules
are made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from krasbypass.answers import Tabled
from krasbypass.model import Level, Literal, LiteralKind
from krasbypass.network import Network, build_signalling_network, extend_with_alleles
from krasbypass.questions import Question, resolve_question
from krasbypass.routes import evaluate_tumour
from krasbypass.scenario import Genotype
from krasbypass.screen import InputPlanes, find_level_planes
from krasbypass.screen.planes import PlanePair, pack, pack_inputs, unpack
from krasbypass.tumour import Tumour
from krasbypass.weak_facts import WeakFact, build_without, compile_without, find_weak_facts

_REMOVED, _ADDED = "removed:", "added:"


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
        Outputs looked at (default: those of `find_gaps`).
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
    question = resolve_question(network, tumour, drugs, outputs)
    chosen = question.goal.outputs
    groups = evaluate_tumour(network, tumour, question.drug_names)
    evaluations = [e for group in groups for e in group]
    facts = find_weak_facts(question, evaluations)
    sets = [c for k in range(1, size + 1) for c in combinations(range(len(facts)), k)]
    levels = _try_sets(question, facts, sets)
    now = {o: max(e.level(o) for e in evaluations) for o in chosen}
    flips = [flip for output in chosen for flip in _find_flips(output, now, facts, sets, levels)]
    return SensitivityAnswer(
        tissue=question.tissue or "any",
        alterations=question.written,
        drugs=question.drug_names,
        outputs=now,
        facts=facts,
        flips=tuple(flips),
        size=size,
        tried=len(sets),
        ontology_version=knowledge.version,
        as_of=knowledge.as_of,
        notice=knowledge.notice,
    )


def _try_sets(
    question: Question,
    facts: Sequence[WeakFact],
    sets: Sequence[tuple[int, ...]],
) -> dict[str, npt.NDArray[np.uint8]]:
    """Return the highest level of each output over clones and readings, set by set."""
    network, outputs = question.network, question.goal.outputs
    switched = _switch_on(network, facts)
    marks = np.zeros((len(facts), len(sets)), np.bool_)
    for lane, chosen in enumerate(sets):
        marks[list(chosen), lane] = True
    switches: dict[str, PlanePair] = {}
    for fact, row in zip(facts, marks, strict=True):
        plane = pack(row)
        switches[(_REMOVED if fact.held else _ADDED) + fact.id] = (plane, plane)
    poorer = {
        fact: compile_without(switched, fact.statement)
        for fact in facts
        if fact.changes_rules and fact.statement
    }
    highest = {output: np.zeros(len(sets), np.uint8) for output in outputs}
    for genotype in question.genotypes:
        extended = _switch_rules(switched, poorer, genotype, facts)
        inputs = _find_inputs(question, genotype, facts, sets)
        baseline = {**inputs.baseline, **switches}
        treated = {**inputs.treated, **switches}
        planes = find_level_planes(
            extended, InputPlanes(len(sets), baseline, treated), nodes=outputs
        )
        for output in outputs:
            np.maximum(highest[output], planes.levels(output), out=highest[output])
    return highest


def _find_inputs(
    question: Question,
    genotype: Genotype,
    facts: Sequence[WeakFact],
    sets: Sequence[tuple[int, ...]],
) -> InputPlanes:
    """Return the inputs of a genotype, set by set, without the statements that each set has."""
    stated = [f.statement if f.matters_to(genotype) else None for f in facts]
    kept = {n for n, statement in enumerate(stated) if statement is not None}
    numbers: dict[tuple[int, ...], int] = {}
    lanes = np.fromiter(
        (numbers.setdefault(tuple(n for n in s if n in kept), len(numbers)) for s in sets),
        np.intp,
        len(sets),
    )
    scenarios = [
        build_without(question, genotype, [s for n in chosen if (s := stated[n]) is not None])
        for chosen in numbers
    ]
    found = pack_inputs([s.genotype for s in scenarios], [s.treatment for s in scenarios])

    def spread(planes: Mapping[str, PlanePair]) -> dict[str, PlanePair]:
        return {
            node: (
                pack(unpack(some, found.count)[lanes]),
                pack(unpack(full, found.count)[lanes]),
            )
            for node, (some, full) in planes.items()
        }

    return InputPlanes(len(sets), spread(found.baseline), spread(found.treated))


def _switch_on(network: Network, facts: Sequence[WeakFact]) -> Network:
    """Return the network with every hypothesis on that is to be tried."""
    if all(fact.held for fact in facts):
        return network
    return build_signalling_network(
        network.knowledge, hypotheses=dict.fromkeys(dict(network.hypotheses), True)
    )


def _switch_rules(
    network: Network,
    poorer: Mapping[WeakFact, Network],
    genotype: Genotype,
    facts: Sequence[WeakFact],
) -> Network:
    """Give the rules of each fact one more condition, by which a set switches them."""
    extended = extend_with_alleles(network, genotype.alleles)
    without = {
        fact.id: frozenset(extend_with_alleles(less, genotype.alleles).rules)
        for fact, less in poorer.items()
        if fact.matters_to(genotype)
    }
    extra = {
        f.id: Literal(_REMOVED + f.id, LiteralKind.NOT) if f.held else Literal(_ADDED + f.id)
        for f in facts
    }
    rules = []
    for rule in extended.rules:
        by = [fact for fact, left in without.items() if rule not in left]
        by += [rule.interaction] if rule.interaction in extra else []
        literals = (*rule.literals, *(extra[fact] for fact in by))
        rules.append(replace(rule, literals=literals) if by else rule)
    return replace(extended, rules=tuple(rules))


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
