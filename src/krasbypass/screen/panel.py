"""Tumours of one tissue under all combinations: how many of them each combination holds.

A panel is a list of genotypes, such as a tumour with each escape in turn. Drugs that no tumour of
the panel can tell apart are screened once; `Mechanism.drugs` unfolds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np
import numpy.typing as npt

from krasbypass.model import Drug
from krasbypass.network import Network, extend_with_alleles
from krasbypass.scenario import Genotype, build_scenario
from krasbypass.screen.arrays import Plane
from krasbypass.screen.cases import Case, CaseMaker, Goal, over_mechanisms
from krasbypass.screen.circuit import Circuit
from krasbypass.screen.combinations import Block, Members, count_combinations, make_blocks
from krasbypass.screen.engines import choose_engine
from krasbypass.screen.planes import Engine, find_masks, program_of, unpack
from krasbypass.screen.treatments import Mechanism, Treatment, find_mechanisms

#: Called with the combinations that are done and those there are.
Progress = Callable[[int, int], None]
#: Combinations that are screened together.
PANEL_BLOCK = 1 << 19


@dataclass(frozen=True)
class Panel:
    """Genotypes of one tissue, what is left of each, and the mechanisms that matter to any.

    `cases` go with the genotypes; `treatments` of a mechanism hold only what the case notices.
    """

    genotypes: tuple[Genotype, ...] = field(repr=False)
    tissue: str | None
    goal: Goal
    cases: tuple[Case, ...] = field(repr=False)
    mechanisms: tuple[Mechanism, ...]

    @cached_property
    def circuits(self) -> Mapping[Circuit, int]:
        """Return the distinct circuits over the mechanisms, with how many genotypes have each."""
        known: dict[tuple[int, tuple[Treatment, ...]], Circuit] = {}
        counted: Counter[Circuit] = Counter()
        for number, case in enumerate(self.cases):
            effects = tuple(m.treatments[number] for m in self.mechanisms)
            key = (id(case), effects)
            if key not in known:
                known[key] = over_mechanisms(case, effects).keeping([0])
            counted[known[key]] += 1
        return dict(counted)


@dataclass(frozen=True)
class Screened:
    """For each combination of mechanisms, in how many tumours of the panel it reaches the goal.

    `members` and `counts` go by size, then in the order of `make_blocks`. If the screen was
    stopped, `complete` is False and the combinations that were not reached are missing.
    """

    mechanisms: tuple[Mechanism, ...]
    tumours: int
    members: tuple[Members, ...] = field(repr=False)
    counts: tuple[npt.NDArray[np.uint16], ...] = field(repr=False)
    complete: bool

    @property
    def combinations(self) -> int:
        """Number of combinations that were screened."""
        return sum(map(len, self.counts))

    def find_best(self, number: int) -> tuple[tuple[tuple[int, ...], int], ...]:
        """Return the combinations that hold most tumours: most first, then fewest members."""
        rows = []
        for members, counts in zip(self.members, self.counts, strict=True):
            order = np.argsort(-counts.astype(np.int32), kind="stable")[:number]
            rows += [(tuple(members[i].tolist()), int(counts[i])) for i in order]
        rows.sort(key=lambda row: (-row[1], len(row[0]), row[0]))
        return tuple(rows[:number])


def build_panel(
    network: Network,
    genotypes: Iterable[Genotype],
    tissue: str | None,
    goal: Goal,
    *,
    drugs: Iterable[Drug] | None = None,
) -> Panel:
    """Return the panel of `genotypes` under `drugs` (default: every drug that is not generic)."""
    knowledge = network.knowledge
    genotypes = tuple(genotypes)
    extended = extend_with_alleles(network, dict.fromkeys(a for g in genotypes for a in g.alleles))
    offered = [d for d in knowledge.drugs.values() if not d.generic] if drugs is None else drugs
    mechanisms = find_mechanisms(knowledge, genotypes, tissue, offered)
    variable = {node for m in mechanisms for t in set(m.treatments) for node, _ in t}
    maker = CaseMaker(program_of(extended.rules), goal, variable, masks=find_masks(extended))
    cases = tuple(
        maker.make(build_scenario(knowledge, genotype, tissue, ()).genotype)
        for genotype in genotypes
    )
    return Panel(genotypes, tissue, goal, cases, _merge(mechanisms, cases))


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
    circuits = panel.circuits
    total = count_combinations(len(panel.mechanisms), size)
    chosen = engine or choose_engine(max((c.size for c in circuits), default=0), total)
    members: list[Members] = []
    counts: list[npt.NDArray[np.uint16]] = []
    complete = True
    try:
        blocks = make_blocks(len(panel.mechanisms), size, block=block)
        for found, counted in _map_blocks(blocks, circuits, chosen, threads):
            members.append(found)
            counts.append(counted)
            if progress is not None:
                progress(sum(map(len, counts)), total)
    except KeyboardInterrupt:
        complete = False
    counts = counts[: len(members)]
    return Screened(
        panel.mechanisms, len(panel.cases), tuple(members[: len(counts)]), tuple(counts), complete
    )


def _map_blocks(
    blocks: Iterator[Block], circuits: Mapping[Circuit, int], engine: Engine, threads: int
) -> Iterator[tuple[Members, npt.NDArray[np.uint16]]]:
    if threads == 1:
        for block in blocks:
            yield _count_block(block, circuits, engine)
        return
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(blocks, threads)):
            yield from pool.map(lambda b: _count_block(b, circuits, engine), batch)


def _count_block(
    block: Block, circuits: Mapping[Circuit, int], engine: Engine
) -> tuple[Members, npt.NDArray[np.uint16]]:
    counter = VerticalCounter(block.words)
    planes = block.planes
    for circuit, weight in circuits.items():
        counter.add(engine(circuit, planes, block.words)[0], weight)
    valid = unpack(block.valid, block.words * 64).view(np.bool_)
    return block.members[valid], counter.totals()[valid]


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
