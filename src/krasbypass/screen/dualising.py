"""All subset-minimal combinations that hold with every brake released, by dualisation.

With every brake released a case is monotone in the drugs that only block: each derivation of an
output can be cut by some of them, and what cuts every derivation is a hitting set. The minimal
derivations are read from the circuit as families of bit sets, and their minimal hitting sets are
enumerated (Murakami and Uno's MMCS). Where the families grow too large, derivations are found one
by one instead, from hitting sets that do not hold yet. Drugs that also switch something on are
tried in every choice of them; what is left is monotone again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, combinations, product
from operator import or_
from typing import TypeAlias

from krasbypass.model import SPARE, Level
from krasbypass.screen.additions import Part
from krasbypass.screen.cases import Case
from krasbypass.screen.circuit import FIRST_INPUT, ONE, ZERO, Circuit, Code, Loop, Op
from krasbypass.screen.hitting import (
    Combination,
    Family,
    drop_supersets,
    find_hitting_sets,
    pack_set,
)
from krasbypass.screen.treatments import Treatment, compose

#: Who can make each literal of a circuit false, as a bit set; None where it is false already.
Leaves: TypeAlias = Mapping[int, int | None]
#: Members of a family above which derivations are found one by one.
WIDEST = 2000
#: Derivations that are looked for in one round.
_AT_ONCE = 64


def find_brake_proof_sets(
    case: Case, treatments: Sequence[Treatment], *, size: int | None = 4, given: Treatment = ()
) -> tuple[Combination, ...]:
    """Return the minimal combinations that reach the case's goal with every brake released.

    Parameters
    ----------
    case
        The tumour and the goal.
    treatments
        What each drug sets.
    size
        Largest number of drugs in a combination; None for any.
    given
        What drugs that are given in any case set.

    Returns
    -------
    tuple of combinations
        As numbers of treatments, by size and then by number: those that screening every
        combination finds.
    """
    circuit = _release(case.circuit)
    if circuit.root in (ZERO, ONE):
        return ((),) if circuit.root == ONE else ()
    drugs = _Drugs(case, circuit, treatments, dict(given))
    largest = len(treatments) if size is None else size
    by_size: dict[int, list[Combination]] = defaultdict(list)
    tried: list[tuple[Combination, Leaves]] = []
    for count in range(min(largest, len(drugs.activating)) + 1):
        for chosen in combinations(range(len(drugs.activating)), count):
            leaves = drugs.leaves(chosen)
            sets = _cut(circuit, leaves, len(treatments), largest - count)
            for fewer, before in tried:
                if sets and set(fewer).issubset(chosen):
                    still_open = _which_open(circuit, before, map(pack_set, sets))
                    sets = [s for lane, s in enumerate(sets) if still_open >> lane & 1]
            for switched in product(*(drugs.activating[group][1] for group in chosen)):
                for blocking in sets:
                    by_size[count + len(blocking)].append(switched + blocking)
            tried.append((chosen, leaves))
    return tuple(c for size in sorted(by_size) for c in sorted(map(_ascending, by_size[size])))


def find_smallest_proof(parts: Iterable[Part]) -> Combination | None:
    """Return a smallest set of additions that reaches the goal in all parts, brakes released.

    Additions that switch something on in any of the parts are left out, so that the set is as
    large as it is for drugs that only block. None if no set does, or derivations are too many to
    be listed.

    Returns
    -------
    combination
        Numbers of additions, ascending; the first of its size.
    """
    cuts: set[int] = set()
    barred = count = 0
    for part in dict.fromkeys(parts):
        count = len(part.treatments)
        circuit = _release(part.case.circuit)
        if circuit.root == ONE:
            continue
        if circuit.root == ZERO:
            return None
        drugs = _Drugs(part.case, circuit, part.treatments, dict(part.given))
        found = _find_derivations(circuit, drugs.leaves(()))
        if found is None:
            return None
        cuts.update(found)
        barred |= pack_set(number for _, numbers in drugs.activating for number in numbers)
    family = drop_supersets({cut & ~barred for cut in cuts})
    sizes = (find_hitting_sets(family, count, size) for size in range(count + 1))
    return next((min(map(_ascending, sets)) for found in sizes if (sets := list(found))), None)


def _ascending(numbers: Iterable[int]) -> Combination:
    return tuple(sorted(numbers))


@lru_cache(maxsize=4096)
def _release(circuit: Circuit) -> _Released:
    return _Released(circuit)


class _Released:
    """What a case's circuit computes with every brake released: when an output is open.

    `root` is the value that is open, or the constant answer; `steps` are those it needs.
    """

    def __init__(self, circuit: Circuit) -> None:
        answer = circuit.outputs[1]
        self.root = answer
        self.steps: list[Op | Loop] = []
        #: Literals on inputs that are read: value of the circuit, input, negated.
        self.literals: list[tuple[int, int, bool]] = []
        if answer in (ZERO, ONE):
            return
        inputs = FIRST_INPUT + circuit.inputs
        needed = {answer}
        for step in reversed(circuit.steps):
            if isinstance(step, Loop):
                self._take_loop(step, needed)
            elif step.target in needed:
                if step.target == answer:
                    assert step.code is Code.NOT
                    self.root = step.left
                    needed.add(step.left)
                elif step.code is Code.NOT:
                    self.literals.append((step.target, step.left, True))
                else:
                    needed.add(step.left)
                    needed.add(step.right)
                    self.steps.append(step)
        self.steps.reverse()
        self.literals += [(v, v, False) for v in needed if FIRST_INPUT <= v < inputs]

    def _take_loop(self, loop: Loop, needed: set[int]) -> None:
        """Take a loop whole; a least fixpoint does not depend on where it starts below it."""
        if needed.isdisjoint([op.target for op in loop.body] + [phi.target for phi in loop.phis]):
            return
        self.steps.append(loop)
        needed.update(phi.update for phi in loop.phis)
        for op in loop.body:
            assert op.code is not Code.NOT
            needed.update((op.left, op.right))


class _Drugs:
    """What treatments do to the literals of a circuit.

    Most only make literals false. `activating` ones make some true (or set an input that a
    genotype has set, where a lower level may win): what they set, and who sets it.
    """

    def __init__(
        self,
        case: Case,
        circuit: _Released,
        treatments: Sequence[Treatment],
        given: Mapping[str, Level],
    ) -> None:
        self.case = case
        self.circuit = circuit
        self.given = given
        moved = self._find_moves()
        self._blockers: dict[int, int] = defaultdict(int)
        activating: dict[Treatment, list[int]] = defaultdict(list)
        for number, treatment in enumerate(treatments):
            values = 0
            for node, level in treatment:
                if node in moved:
                    values |= moved[node][level]
            if values < 0:
                effect = tuple((node, level) for node, level in treatment if node in moved)
                activating[effect].append(number)
                continue
            while values:
                bit = values & -values
                self._blockers[bit] |= 1 << number
                values ^= bit
        self.activating = list(activating.items())

    def _find_moves(self) -> dict[str, list[int]]:
        """Return by node, for each level, the values that it moves; -1 if a literal turns true."""
        moves: dict[str, list[int]] = {}
        for _, value, negated in self.circuit.literals:
            node, threshold = self.case.reads[value - FIRST_INPUT]
            lowers = node.startswith(SPARE)
            default = self.case.defaults[node]
            before = self.given.get(node, default)
            found = moves.setdefault(node, [0, 0, 0])
            odd = node not in self.given and default is not (Level.FULL if lowers else Level.OFF)
            if odd:
                found[:] = -1, -1, -1
            elif lowers and before >= threshold:
                for level in range(threshold):
                    found[level] |= -1 if negated else 1 << value
            elif not lowers and before < threshold:
                for level in range(threshold, 3):
                    found[level] |= 1 << value if negated else -1
        return moves

    def leaves(self, chosen: Iterable[int]) -> Leaves:
        """Return the leaves under the drugs given and the activating ones chosen."""
        base = compose([self.given.items(), *(self.activating[i][0] for i in chosen)])
        result: dict[int, int | None] = {ONE: 0, ZERO: None}
        for target, value, negated in self.circuit.literals:
            node, threshold = self.case.reads[value - FIRST_INPUT]
            level = base.get(node, self.case.defaults[node])
            holds = (level >= threshold) is not negated
            result[target] = self._blockers[1 << value] if holds else None
        return result


def _cut(circuit: _Released, leaves: Leaves, drugs: int, size: int) -> list[Combination]:
    """Return the minimal sets of up to `size` blocking drugs that close the circuit."""
    derivations = _find_derivations(circuit, leaves)
    if derivations is None:
        return _cut_one_by_one(circuit, leaves, drugs, size)
    return list(find_hitting_sets(derivations, drugs, size))


def _find_derivations(circuit: _Released, leaves: Leaves) -> Family | None:
    """Return, for each minimal derivation, who can cut it; None if there are too many."""
    values: dict[int, Family] = {v: () if m is None else (m,) for v, m in leaves.items()}
    for step in circuit.steps:
        if isinstance(step, Op):
            found = _combine(step, values)
            if len(found) > WIDEST:
                return None
            values[step.target] = found
            continue
        values.update((phi.target, ()) for phi in step.phis)
        changed = True
        while changed:
            for op in step.body:
                found = _combine(op, values)
                if len(found) > WIDEST:
                    return None
                values[op.target] = found
            changed = False
            for phi in step.phis:
                if set(values[phi.target]) != set(values[phi.update]):
                    values[phi.target] = values[phi.update]
                    changed = True
    return values[circuit.root]


def _combine(op: Op, values: Mapping[int, Family]) -> Family:
    left, right = values[op.left], values[op.right]
    if op.code is Code.OR:
        if not left or not right:
            return left or right
        return drop_supersets({*left, *right})
    if len(left) == 1 == len(right):
        return (left[0] | right[0],)
    if len(left) * len(right) > WIDEST * 50:
        return range(WIDEST + 1)  # too wide, whatever its members
    return drop_supersets({a | b for a in left for b in right})


# -- derivations one by one -----------------------------------------------------------------------


def _cut_one_by_one(circuit: _Released, leaves: Leaves, drugs: int, size: int) -> list[Combination]:
    """Return what `_cut` returns; each round looks for derivations that its sets leave whole."""
    alike: dict[Combination, list[int]] = defaultdict(list)
    for drug in range(drugs):
        alike[tuple(v for v, found in leaves.items() if (found or 0) >> drug & 1)].append(drug)
    alike.pop((), None)
    members = {found[0]: found for found in alike.values()}  # one searches for all
    every = pack_set(members)
    family: Family = ()
    while True:
        found = list(find_hitting_sets(family, drugs, size))
        packed = list(map(pack_set, found))
        still_open = _which_open(circuit, leaves, packed)
        missed = [chosen for lane, chosen in enumerate(packed) if still_open >> lane & 1]
        if not missed:
            break
        grown = {_grow(circuit, leaves, every & ~chosen, chosen) for chosen in missed[:_AT_ONCE]}
        family = drop_supersets({*family, *(every & ~chosen for chosen in grown)})
    return [choice for chosen in found for choice in product(*(members[drug] for drug in chosen))]


def _grow(circuit: _Released, leaves: Leaves, others: int, chosen: int) -> int:
    """Return a largest set above `chosen`, with some of `others`, that leaves the circuit open."""
    rest = []
    while others:
        rest.append(others & -others)
        others &= others - 1
    while rest:
        prefixes = list(accumulate(rest, or_, initial=chosen))
        still_open = _which_open(circuit, leaves, prefixes)
        kept = (~still_open & (still_open + 1)).bit_length() - 1  # more drugs leave less open
        chosen = prefixes[kept - 1]
        rest = rest[kept:]
    return chosen


def _which_open(circuit: _Released, leaves: Leaves, sets: Iterable[int]) -> int:
    """Return a bit for each set of drugs: whether the circuit stays open under it."""
    sets = list(sets)
    ones = (1 << len(sets)) - 1
    values = {}
    for literal, blockers in leaves.items():
        if blockers is None:
            values[literal] = 0
        else:
            values[literal] = ones & ~pack_set(i for i, s in enumerate(sets) if s & blockers)
    for step in circuit.steps:
        if isinstance(step, Op):
            values[step.target] = _apply(step, values)
            continue
        values.update((phi.target, 0) for phi in step.phis)
        changed = True
        while changed:
            for op in step.body:
                values[op.target] = _apply(op, values)
            changed = any(values[phi.target] != values[phi.update] for phi in step.phis)
            values.update([(phi.target, values[phi.update]) for phi in step.phis])
    return values[circuit.root]


def _apply(op: Op, values: Mapping[int, int]) -> int:
    left, right = values[op.left], values[op.right]
    return left & right if op.code is Code.AND else left | right
