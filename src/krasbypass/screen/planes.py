"""Many scenarios at once: inputs as planes in, levels as planes out.

`find_level_planes` is the one function that everything else goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from krasbypass.model import SPARE, Level, Phase, Rule
from krasbypass.network import Network, extend_with_alleles
from krasbypass.scenario import Scenario
from krasbypass.screen.arrays import Plane, Planes, run_with_numpy
from krasbypass.screen.circuit import FIRST_INPUT, ONE, ZERO, Builder, Circuit
from krasbypass.screen.clauses import Program, build_program
from krasbypass.screen.compiling import Phases
from krasbypass.screen.solving import OFF, Pair

#: Planes of one node: at least attenuated, full.
PlanePair: TypeAlias = tuple[Plane, Plane]
#: Runs a circuit: circuit, input planes and words in, output planes out.
Engine: TypeAlias = Callable[[Circuit, Planes, int], list[Plane]]
#: Scenarios that are computed together: 64 a word, 4,096 words, so that planes stay in cache.
BLOCK = 1 << 18


class Pass(StrEnum):
    """The fixpoints of a scenario: the three phases, and the pass that tells the course."""

    BASELINE = Phase.BASELINE.value
    ACUTE = Phase.ACUTE.value
    ADAPTED = Phase.ADAPTED.value
    AFTER = "after"


@dataclass(frozen=True)
class InputPlanes:
    """The inputs of `count` scenarios before and under the drugs; those left out are off."""

    count: int
    baseline: Mapping[str, PlanePair] = field(hash=False, repr=False)
    treated: Mapping[str, PlanePair] = field(hash=False, repr=False)

    @property
    def words(self) -> int:
        """Length of the planes."""
        return -(-self.count // 64)


@dataclass(frozen=True)
class LevelPlanes:
    """The levels of the nodes asked for, in all passes."""

    count: int
    planes: Mapping[tuple[str, Pass], PlanePair] = field(hash=False, repr=False)

    def levels(self, node: str, phase: Phase | Pass = Phase.ADAPTED) -> npt.NDArray[np.uint8]:
        """Return the level of a node in every scenario, in their order."""
        some, full = self.planes[node, Pass(phase.value)]
        return unpack(some, self.count) + unpack(full, self.count)

    def rebounds(self, node: str) -> npt.NDArray[np.bool_]:
        """Return for every scenario whether the pass after `adapted` changes the node."""
        return np.not_equal(self.levels(node, Pass.AFTER), self.levels(node, Pass.ADAPTED))


def pack(bits: npt.ArrayLike) -> Plane:
    """Return booleans as a plane, padded with zeros to whole words.

    >>> [int(word) for word in pack([True, False, True])]
    [5]
    """
    packed = np.packbits(np.asarray(bits, dtype=np.bool_), bitorder="little")
    padded = np.zeros(-(-len(packed) // 8) * 8, np.uint8)
    padded[: len(packed)] = packed
    return padded.view("<u8").astype(np.uint64, copy=False)


def unpack(plane: Plane, count: int) -> npt.NDArray[np.uint8]:
    """Return the first `count` bits of a plane as numbers 0 and 1.

    >>> unpack(pack([True, False, True]), 3).tolist()
    [1, 0, 1]
    """
    octets = np.ascontiguousarray(plane, "<u8").view(np.uint8)
    return np.unpackbits(octets, count=count, bitorder="little")


@lru_cache(maxsize=16)
def program_of(rules: tuple[Rule, ...], also_inputs: frozenset[str] = frozenset()) -> Program:
    """Return the clauses of rules, made once."""
    return build_program(rules, also_inputs=also_inputs)


def find_masks(network: Network) -> tuple[str, ...]:
    """Return the outputs that keep tone from feeding RAS while they are full, sorted."""
    return tuple(sorted(a.node for a in network.activities.values() if a.masks_tone))


def find_level_planes(
    network: Network,
    inputs: InputPlanes,
    *,
    nodes: Iterable[str] | None = None,
    engine: Engine = run_with_numpy,
    block: int = BLOCK,
) -> LevelPlanes:
    """Return the levels of `nodes` in all passes of many scenarios.

    Parameters
    ----------
    network
        The compiled network, already extended with the alleles of all scenarios.
    inputs
        Planes of the inputs; those that are equal in all scenarios are folded into the circuit.
    nodes
        Nodes wanted (default: every derived node).
    engine
        What runs the circuit; all engines give the same bits.
    block
        Scenarios that are computed together, which bounds the memory.
    """
    derived = frozenset(network.targets)
    program = program_of(network.rules, derived.intersection(inputs.treated))
    wanted = tuple(nodes) if nodes is not None else program.derived
    folder = _Folder(inputs)
    spares = untreated_spares(network)
    baseline = {**spares, **folder.pairs(inputs.baseline)}
    treated = {**spares, **folder.pairs(inputs.treated)}
    builder = Builder(len(folder.planes))
    phases = Phases(
        builder,
        program,
        baseline,
        treated,
        masks=find_masks(network),
    )
    states = (phases.baseline, phases.acute, phases.adapted, phases.after)
    keys = [(node, which) for node in wanted for which in Pass]
    pairs = [state.get(node, OFF) for node in wanted for state in states]
    circuit = builder.finish([value for pair in pairs for value in pair])
    planes = run_in_blocks(circuit, folder.planes, inputs.words, engine=engine, block=block)
    found = zip(keys, zip(planes[::2], planes[1::2], strict=True), strict=True)
    return LevelPlanes(inputs.count, dict(found))


def untreated_spares(network: Network) -> dict[str, Pair]:
    """Return what overload re-opens while no drug sets it: everything."""
    return {node: (ONE, ONE) for node in network.inputs if node.startswith(SPARE)}


class _Folder:
    """Turns planes into values: constants where all scenarios agree, else inputs, shared."""

    def __init__(self, inputs: InputPlanes) -> None:
        self.planes: list[Plane] = []
        self._known: dict[bytes, int] = {}
        self._ones = pack(np.ones(inputs.count, np.bool_))

    def pairs(self, planes: Mapping[str, PlanePair]) -> dict[str, Pair]:
        """Return the pair of each input that is on somewhere."""
        return {n: (self.value(planes[n][0]), self.value(planes[n][1])) for n in sorted(planes)}

    def value(self, plane: Plane) -> int:
        if not plane.any():
            return ZERO
        if np.array_equal(plane, self._ones):
            return ONE
        content = plane.tobytes()
        if content not in self._known:
            self._known[content] = FIRST_INPUT + len(self.planes)
            self.planes.append(plane)
        return self._known[content]


def run_in_blocks(
    circuit: Circuit, inputs: Planes, words: int, *, engine: Engine, block: int
) -> list[Plane]:
    """Return the output planes, computed `block` scenarios at a time."""
    width = max(1, block // 64)
    if words <= width:
        return engine(circuit, inputs, words)
    result = [np.empty(words, np.uint64) for _ in circuit.outputs]
    for start in range(0, words, width):
        stop = min(start + width, words)
        found = engine(circuit, [plane[start:stop] for plane in inputs], stop - start)
        for whole, part in zip(result, found, strict=True):
            whole[start:stop] = part
    return result


def pack_scenarios(network: Network, scenarios: Iterable[Scenario]) -> tuple[Network, InputPlanes]:
    """Return the network that serves all scenarios, and their inputs as planes."""
    scenarios = tuple(scenarios)
    network = extend_with_alleles(network, [a for s in scenarios for a in s.alleles])
    return network, pack_inputs([s.genotype for s in scenarios], [s.treatment for s in scenarios])


def pack_inputs(
    genotypes: Sequence[Mapping[str, Level]], treatments: Sequence[Mapping[str, Level]]
) -> InputPlanes:
    """Return the planes of inputs given one mapping a scenario; spares default to full."""
    count = len(genotypes)
    baseline = _LevelTable(count)
    treated = _LevelTable(count)
    for number, (genotype, treatment) in enumerate(zip(genotypes, treatments, strict=True)):
        for node, level in genotype.items():
            baseline.set(node, number, level)
            treated.set(node, number, level)
        for node, level in treatment.items():
            treated.set(node, number, level)
    return InputPlanes(count, baseline.planes(), treated.planes())


class _LevelTable:
    def __init__(self, count: int) -> None:
        self.count = count
        self.rows: dict[str, npt.NDArray[np.uint8]] = {}

    def set(self, node: str, number: int, level: Level) -> None:
        row = self.rows.get(node)
        if row is None:
            default = Level.FULL if node.startswith(SPARE) else Level.OFF
            row = self.rows[node] = np.full(self.count, default, np.uint8)
        row[number] = level

    def planes(self) -> dict[str, PlanePair]:
        return {node: (pack(row >= 1), pack(row >= 2)) for node, row in self.rows.items()}


def screen_scenarios(
    network: Network,
    scenarios: Iterable[Scenario],
    *,
    nodes: Iterable[str] | None = None,
    engine: Engine = run_with_numpy,
    block: int = BLOCK,
) -> LevelPlanes:
    """Return the levels of many scenarios; those that `krasbypass.fixpoint.evaluate` gives.

    Parameters
    ----------
    network
        The compiled network.
    scenarios
        Any number; compound alleles extend the network.
    nodes
        Nodes wanted (default: the outputs).
    engine, block
        As for `find_level_planes`.
    """
    extended, inputs = pack_scenarios(network, scenarios)
    wanted = tuple(nodes) if nodes is not None else network.outputs
    return find_level_planes(extended, inputs, nodes=wanted, engine=engine, block=block)
