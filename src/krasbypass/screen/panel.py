"""Tumours of one tissue under all combinations: how many of them each combination holds.

A panel is a list of genotypes, such as a tumour with each escape in turn. Drugs that no tumour of
the panel can tell apart are screened once; `Mechanism.drugs` unfolds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from krasbypass.model import Drug
from krasbypass.network import Network, extend_with_alleles
from krasbypass.scenario import Genotype, build_scenario
from krasbypass.screen.additions import Part, join_parts, pack_members
from krasbypass.screen.arrays import Plane, run_with_numpy
from krasbypass.screen.cases import Case, CaseMaker, Goal
from krasbypass.screen.circuit import Circuit
from krasbypass.screen.combinations import Block, Members, count_combinations, make_blocks
from krasbypass.screen.engines import choose_engine
from krasbypass.screen.planes import Engine, find_masks, program_of, unpack
from krasbypass.screen.readings import exchange_alleles, find_stand_ins
from krasbypass.screen.treatments import Mechanism, Treatment, find_mechanisms

#: In how many tumours each combination reaches the goal.
Counts = npt.NDArray[np.uint16]
#: Called with the combinations that are done and those there are.
Progress = Callable[[int, int], None]
#: Combinations that are screened together.
PANEL_BLOCK = 1 << 19


@dataclass(frozen=True)
class Panel:
    """Genotypes of one tissue, what is left of each, and the mechanisms that matter to any.

    `cases` go with the genotypes; `treatments` of a mechanism hold only what the case notices. A
    genotype that an earlier one stands for has the case and the treatments of that one.
    """

    genotypes: tuple[Genotype, ...] = field(repr=False)
    tissue: str | None
    goal: Goal
    cases: tuple[Case, ...] = field(repr=False)
    mechanisms: tuple[Mechanism, ...]
    given: tuple[Treatment, ...] = field(repr=False)
    tumours: tuple[tuple[int, ...], ...] = field(repr=False)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Return each genotype as a part: its case, what the mechanisms set, what is given."""
        rows = zip(*(m.treatments for m in self.mechanisms), strict=True)
        treatments = tuple(rows) or ((),) * len(self.cases)
        return tuple(map(Part, self.cases, treatments, self.given))

    @cached_property
    def circuits(self) -> Mapping[Circuit, tuple[int, ...]]:
        """Return the distinct circuits over the mechanisms, with the tumours that have each."""
        known: dict[tuple[Part, ...], Circuit] = {}
        found: dict[Circuit, list[int]] = {}
        for number, members in enumerate(self.tumours):
            parts = tuple(dict.fromkeys(self.parts[m] for m in members))
            if parts not in known:
                effects = list(zip(*(part.effects() for part in parts), strict=True))
                known[parts] = join_parts(parts, effects).keeping([0])
            found.setdefault(known[parts], []).append(number)
        return {circuit: tuple(numbers) for circuit, numbers in found.items()}


@dataclass(frozen=True)
class Screened:
    """For each combination of mechanisms, in how many tumours of the panel it reaches the goal.

    `members` and `counts` go by size, then in the order of `make_blocks`; `tallies` are counts
    once more, one for each list of weights asked for. If the screen was stopped, `complete` is
    False and the combinations that were not reached are missing.
    """

    mechanisms: tuple[Mechanism, ...]
    tumours: int
    members: tuple[Members, ...] = field(repr=False)
    counts: tuple[Counts, ...] = field(repr=False)
    complete: bool
    tallies: tuple[tuple[Counts, ...], ...] = field(default=(), repr=False)

    @property
    def combinations(self) -> int:
        """Number of combinations that were screened."""
        return sum(map(len, self.counts))


def build_panel(
    network: Network,
    genotypes: Iterable[Genotype],
    tissue: str | None,
    goal: Goal,
    *,
    drugs: Iterable[Drug] | None = None,
    given: tuple[Drug, ...] = (),
    tumours: Iterable[Iterable[int]] | None = None,
) -> Panel:
    """Return the panel of `genotypes` under `drugs` (default: every drug that is not generic).

    What is `given` acts in every combination. `tumours` are the numbers of the genotypes that
    belong to one tumour, such as its clones (default: each genotype is a tumour).
    """
    knowledge = network.knowledge
    genotypes = tuple(genotypes)
    extended = extend_with_alleles(network, dict.fromkeys(a for g in genotypes for a in g.alleles))
    offered = [d for d in knowledge.drugs.values() if not d.generic] if drugs is None else drugs
    offered = tuple(offered)
    stand_ins = find_stand_ins(network, genotypes, (*offered, *given))
    place = {number: n for n, number in enumerate(dict.fromkeys(stand_ins))}
    distinct = [genotypes[number] for number in place]
    mechanisms = find_mechanisms(knowledge, distinct, tissue, offered)
    fixed = [build_scenario(knowledge, g, tissue, given).treatment for g in distinct]
    variable = {node for m in mechanisms for t in set(m.treatments) for node, _ in t}
    variable.update(chain.from_iterable(fixed))
    maker = CaseMaker(program_of(extended.rules), goal, variable, masks=find_masks(extended))
    cases: list[Case] = []
    for genotype, number in zip(
        distinct, find_stand_ins(network, distinct, (), variable), strict=True
    ):
        if number == len(cases):
            cases.append(maker.make(build_scenario(knowledge, genotype, tissue, ()).genotype))
        else:  # the same up to names of alleles
            names = exchange_alleles(distinct[number], genotype)
            cases.append(cases[number].renamed(names))
    effects = [c.effect(tuple(sorted(f.items()))) for c, f in zip(cases, fixed, strict=True)]
    rows = [place[number] for number in stand_ins]
    return Panel(
        genotypes,
        tissue,
        goal,
        tuple(cases[row] for row in rows),
        tuple(
            Mechanism(m.drugs, tuple(m.treatments[row] for row in rows))
            for m in _merge(mechanisms, cases)
        ),
        tuple(effects[row] for row in rows),
        tuple(map(tuple, tumours or ([n] for n in range(len(genotypes))))),
    )


def _merge(mechanisms: Iterable[Mechanism], cases: Sequence[Case]) -> tuple[Mechanism, ...]:
    """Join mechanisms that no case can tell apart, and drop those that none notices."""
    known: dict[tuple[int, Treatment], Treatment] = {}

    def effect(case: Case, treatment: Treatment) -> Treatment:
        key = (id(case), treatment)
        if key not in known:
            known[key] = case.effect(treatment)
        return known[key]

    groups: dict[tuple[Treatment, ...], list[str]] = {}
    for mechanism in mechanisms:
        effects = tuple(map(effect, cases, mechanism.treatments))
        groups.setdefault(effects, []).extend(mechanism.drugs)
    found = (Mechanism(tuple(sorted(names)), key) for key, names in groups.items() if any(key))
    return tuple(sorted(found, key=lambda m: m.drugs))


def screen_panel(
    panel: Panel,
    *,
    size: int = 4,
    weights: Sequence[Sequence[int]] = (),
    engine: Engine | None = None,
    block: int = PANEL_BLOCK,
    threads: int = 1,
    progress: Progress | None = None,
) -> Screened:
    """Screen all combinations of up to `size` mechanisms against every tumour of a panel.

    Parameters
    ----------
    panel
        From `build_panel`.
    size
        Largest number of mechanisms in a combination.
    weights
        Lists of weights of the tumours, each summed up to a tally beside the counts; the sum of a
        list stays below 65,536.
    engine
        What runs the circuits (default: the fastest for this much work). All give the same bits.
    block
        Combinations computed together, which bounds the memory.
    threads
        Blocks computed at the same time; more than one helps only the compiled engine.
    progress
        Called after each block.

    Returns
    -------
    Screened
        Ctrl-C ends the screen early: what is done is returned, marked as not complete.
    """
    lists = [[1] * len(panel.tumours), *weights]
    circuits = {
        circuit: tuple(sum(values[n] for n in numbers) for values in lists)
        for circuit, numbers in panel.circuits.items()
    }
    total = count_combinations(len(panel.mechanisms), size)
    chosen = engine or choose_engine(max((c.size for c in circuits), default=0), total)
    members: list[Members] = []
    counts: list[tuple[Counts, ...]] = []
    complete = True
    try:
        blocks = make_blocks(len(panel.mechanisms), size, block=block)
        for found, counted in _map_blocks(blocks, circuits, len(lists), chosen, threads):
            members.append(found)
            counts.append(counted)
            if progress is not None:
                progress(sum(map(len, members)), total)
    except KeyboardInterrupt:
        complete = False
    done = min(len(members), len(counts))
    columns = tuple(zip(*counts[:done], strict=True)) or ((),) * len(lists)
    return Screened(
        panel.mechanisms,
        len(panel.tumours),
        tuple(members[:done]),
        columns[0],
        complete,
        columns[1:],
    )


def _map_blocks(
    blocks: Iterator[Block],
    circuits: Mapping[Circuit, tuple[int, ...]],
    lists: int,
    engine: Engine,
    threads: int,
) -> Iterator[tuple[Members, tuple[Counts, ...]]]:
    if threads == 1:
        for block in blocks:
            yield _count_block(block, circuits, lists, engine)
        return
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(blocks, threads)):
            yield from pool.map(lambda b: _count_block(b, circuits, lists, engine), batch)


def _count_block(
    block: Block, circuits: Mapping[Circuit, tuple[int, ...]], lists: int, engine: Engine
) -> tuple[Members, tuple[Counts, ...]]:
    counters = [VerticalCounter(block.words) for _ in range(lists)]
    planes = block.planes
    for circuit, weights in circuits.items():
        reached = engine(circuit, planes, block.words)[0]
        for counter, weight in zip(counters, weights, strict=True):
            counter.add(reached, weight)
    valid = unpack(block.valid, block.words * 64).view(np.bool_)
    return block.members[valid], tuple(counter.totals()[valid] for counter in counters)


def find_held(panel: Panel, chosen: Sequence[tuple[int, ...]]) -> npt.NDArray[np.bool_]:
    """Return which tumours (rows) each combination of mechanisms (columns) holds at the goal."""
    held = np.zeros((len(panel.tumours), len(chosen)), np.bool_)
    planes = pack_members(len(panel.mechanisms), chosen)
    for circuit, numbers in panel.circuits.items():
        reached = run_with_numpy(circuit, planes, planes.shape[1])[0]
        held[list(numbers)] = unpack(reached, len(chosen)).view(np.bool_)
    return held


class VerticalCounter:
    """Counts, for each bit of planes, how often it was set: one plane a binary digit.

    >>> counter = VerticalCounter(1)
    >>> counter.add(np.array([0b01], np.uint64), 5)
    >>> counter.add(np.array([0b11], np.uint64), 1)
    >>> counter.totals()[:2].tolist()
    [6, 1]
    """

    def __init__(self, words: int) -> None:
        self.words = words
        self.digits: list[Plane] = []

    def add(self, plane: Plane, weight: int) -> None:
        """Add `weight` wherever `plane` is set."""
        for place in range(weight.bit_length()):
            if weight >> place & 1:
                self._carry(plane, place)

    def _carry(self, plane: Plane, place: int) -> None:
        carry = plane
        while carry.any():
            while len(self.digits) <= place:
                self.digits.append(np.zeros(self.words, np.uint64))
            digit = self.digits[place]
            following = digit & carry
            np.bitwise_xor(digit, carry, out=digit)
            carry, place = following, place + 1

    def totals(self) -> npt.NDArray[np.uint16]:
        """Return the counts, one a bit."""
        result = np.zeros(self.words * 64, np.uint16)
        for place, digit in enumerate(self.digits):
            result += unpack(digit, self.words * 64).astype(np.uint16) << np.uint16(place)
        return result
