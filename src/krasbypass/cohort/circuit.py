"""One circuit for a whole cohort: any genotype under any treatment, one byte an output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from krasbypass.answers import OutputLevels
from krasbypass.fixpoint import REBOUNDING, STABLE
from krasbypass.model import (
    SPARE,
    TONE_UNMASKED,
    Level,
    Literal,
    LiteralKind,
    Phase,
    engaged_off,
    engaged_on,
    occupied,
)
from krasbypass.network import Network
from krasbypass.screen import choose_engine
from krasbypass.screen.arrays import Plane
from krasbypass.screen.circuit import ONE, ZERO, Builder, Circuit
from krasbypass.screen.compiling import Phases
from krasbypass.screen.planes import (
    BLOCK,
    Engine,
    PlanePair,
    find_masks,
    program_of,
    run_in_blocks,
    unpack,
    untreated_spares,
)
from krasbypass.screen.solving import OFF, Head, Pair, State, Term, solve_terms

#: Codes of outputs: baseline + 3 × acute + 9 × adapted + 27 × rebounding + 54 × held, where held
#: says that a lesion or context keeps the output at full by a way of its own.
Codes = npt.NDArray[np.uint8]
_PLACES = {Phase.BASELINE: 1, Phase.ACUTE: 3, Phase.ADAPTED: 9}
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
#: How the inputs start that drugs set.
_BY_DRUGS = (engaged_off(""), engaged_on(""), occupied(""), SPARE)


def pool_readings(codes: Codes, sizes: Sequence[int]) -> Codes:
    """Return the highest levels over the readings of each genotype; a flag is set if any is."""
    starts = np.cumsum([0, *sizes[:-1]])
    parts = ((1, 3), (3, 3), (9, 3), (27, 2), (54, 2))
    pooled = np.zeros((*codes.shape[:2], len(sizes)), np.uint8)
    for place, base in parts:
        part = codes // np.uint8(place) % np.uint8(base)
        pooled += np.maximum.reduceat(part, starts, axis=2) * np.uint8(place)
    return pooled


def level_of(codes: npt.NDArray[np.uint8], phase: Phase) -> npt.NDArray[np.uint8]:
    """Return the levels of a phase from codes.

    >>> int(level_of(np.array([2 + 3 * 0 + 9 * 1], np.uint8), Phase.ADAPTED)[0])
    1
    """
    return codes // _PLACES[phase] % 3


def is_held(codes: Codes) -> npt.NDArray[np.bool_]:
    """Return where a lesion or context keeps an output at full by a way of its own."""
    return codes >= 54


def decode(code: int) -> OutputLevels:
    """Return what a code stands for.

    >>> decode(2 + 9 * 2 + 27).adapted.label, decode(2 + 9 * 2 + 27).course
    ('full', 'rebounding')
    """
    levels = [Level(code // _PLACES[phase] % 3) for phase in Phase]
    course = REBOUNDING if code // 27 % 2 else STABLE
    return OutputLevels(levels[0], levels[1], levels[2], course, (levels[0], levels[1], levels[2]))


@dataclass(frozen=True)
class CohortCircuit:
    """All phases of a network as one circuit, its inputs any genotype and any treatment."""

    circuit: Circuit
    genotype: tuple[str, ...]
    treatment: tuple[str, ...]
    outputs: int
    held: tuple[int, ...]
    engine: Engine

    def run(
        self,
        before: Mapping[str, PlanePair],
        under: Sequence[Mapping[str, PlanePair]],
        words: int,
    ) -> Codes:
        """Return the codes: outputs × regimens × cases, the cases padded to whole words."""
        count = len(under)
        off = np.zeros(count * words, np.uint64)
        planes: list[Plane] = []
        for node in self.genotype:
            pair = before.get(node)
            planes += [np.tile(p, count) for p in pair] if pair is not None else [off, off]
        for node in self.treatment:
            found = [(place, u[node]) for place, u in enumerate(under) if node in u]
            default = _ALL if node.startswith(SPARE) else np.uint64(0)
            for which in (0, 1):
                plane = np.full((count, words), default, np.uint64)
                for place, pair in found:
                    plane[place] = pair[which]
                planes.append(plane.ravel())
        bits = [
            unpack(plane, count * words * 64)
            for plane in run_in_blocks(
                self.circuit, planes, count * words, engine=self.engine, block=BLOCK
            )
        ]
        codes = np.empty((self.outputs, count * words * 64), np.uint8)
        for output in range(self.outputs):
            b, a, d, after = (
                bits[output * 8 + 2 * i] + bits[output * 8 + 2 * i + 1] for i in range(4)
            )
            codes[output] = b + 3 * a + 9 * d + 27 * (after != d)
        for place, output in enumerate(self.held):
            codes[output] += 54 * bits[self.outputs * 8 + place]
        return codes.reshape(self.outputs, count, words * 64)


def build_circuit(network: Network, scenarios: int) -> CohortCircuit:
    """Return the circuit that answers any genotype under any treatment."""
    knowledge = network.knowledge
    settable = {*knowledge.alterations, *knowledge.contexts}
    set_nodes = frozenset(settable & network.targets)
    program = program_of(network.rules, set_nodes)
    activities = [network.activities[output] for output in network.outputs]
    inputs = [node for node in program.inputs if node != TONE_UNMASKED]
    treatment = tuple(node for node in inputs if node.startswith(_BY_DRUGS))
    genotype = tuple(node for node in inputs if not node.startswith(_BY_DRUGS))
    builder = Builder(2 * len(inputs))
    pairs = {
        node: (builder.input(2 * i), builder.input(2 * i + 1))
        for i, node in enumerate((*genotype, *treatment))
    }
    baseline: dict[str, Pair] = untreated_spares(network)
    baseline |= {node: pairs[node] for node in genotype}
    phases = Phases(builder, program, baseline, pairs, masks=find_masks(network))
    states = (phases.baseline, phases.acute, phases.adapted, phases.after)
    found = [state.get(o, OFF) for o in network.outputs for state in states]
    held = [number for number, a in enumerate(activities) if a.when_held and not a.default]
    listed = knowledge.alterations.keys() | set(network.alleles)
    lesions = {n: pairs[n][0] for n in genotype if n in listed or n.startswith("context:")}
    reached = _reach_alone(builder, network, phases.baseline, lesions)
    values = [value for pair in found for value in pair]
    values += [
        builder.both(phases.baseline.get(o, OFF)[1], reached.get((o, 1), ZERO))
        for o in (network.outputs[number] for number in held)
    ]
    circuit = builder.finish(values)
    engine = choose_engine(circuit.size, scenarios)
    return CohortCircuit(circuit, genotype, treatment, len(network.outputs), tuple(held), engine)


def _reach_alone(
    builder: Builder, network: Network, baseline: State, lesions: Mapping[str, int]
) -> dict[Head, int]:
    """Return which nodes a lesion reaches at full by a way that no default output shares.

    These are the ways of `krasbypass.questions.default_outputs`, for all tumours at once: a step
    is a rule that gives its target full, from its driver.
    """
    steps: dict[tuple[str, str], int] = {}
    for rule in network.rules:
        if rule.strength is Level.FULL:
            fires = ONE
            for literal in rule.literals:
                fires = builder.both(fires, _full_literal(builder, literal, baseline))
            key = (rule.source, rule.target)
            steps[key] = builder.either(steps.get(key, ZERO), fires)
    default = frozenset(network.default_outputs)
    back, forth = [], []
    for (source, target), fires in steps.items():
        ends = frozenset() if target in default else frozenset({(target, 1)})
        back.append(Term((source, 1), _fixed((fires, False)), ends))
    shared = solve_terms(builder, _possible(back), {})
    for (source, target), fires in steps.items():
        alone = builder.invert(shared.get((target, 1), ZERO)) if target not in default else ZERO
        alone = builder.either(alone, lesions.get(target, ZERO))
        fixed = _fixed((fires, False), (alone, False))
        forth.append(Term((target, 1), fixed, frozenset({(source, 1)})))
    forth += [Term((node, 1), _fixed((on, False)), frozenset()) for node, on in lesions.items()]
    return solve_terms(builder, _possible(forth), {})


def _possible(terms: Iterable[Term]) -> Iterator[Term]:
    return (term for term in terms if (ZERO, False) not in term.fixed)


def _fixed(*values: tuple[int, bool]) -> frozenset[tuple[int, bool]]:
    return frozenset(values) - {(ONE, False)}


def _full_literal(builder: Builder, literal: Literal, levels: State) -> int:
    """Return whether a literal gives full where nothing has been relieved."""
    some, full = levels.get(literal.node, OFF)
    match literal.kind:
        case LiteralKind.PLAIN:
            return full
        case LiteralKind.ANY:
            return some
        case LiteralKind.NOT:
            return builder.invert(some)
        case _:
            return ZERO
