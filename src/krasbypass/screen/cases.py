"""One tumour as a circuit over the inputs that drugs set; tumours that act alike share one.

The genotype is folded in: its baseline is known, rules that need what it lacks are gone. What is
left depends on the drugs alone, and often equals what another alteration leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from krasbypass.errors import UnknownTermError
from krasbypass.model import SPARE, TONE_UNMASKED, Level
from krasbypass.screen.circuit import FIRST_INPUT, ONE, ZERO, Builder, Circuit, Op
from krasbypass.screen.clauses import Bit, Clause, Program, Read
from krasbypass.screen.compiling import Phases
from krasbypass.screen.readings import rename
from krasbypass.screen.solving import OFF, Head, Pair, Term, derive
from krasbypass.screen.treatments import Treatment

#: What a goal may be called, and the level that no output reaches where it is met.
TARGETS = {"suppress": Level.FULL, "close": Level.ATTENUATED}


@dataclass(frozen=True, slots=True)
class Goal:
    """What a combination shall reach: none of `outputs` at `threshold` or above in `adapted`.

    >>> Goal.suppress(["MAPK"])
    Goal(outputs=('MAPK',), threshold=<Level.FULL: 2>)
    """

    outputs: tuple[str, ...]
    threshold: Level

    @classmethod
    def parse(cls, target: str, outputs: Iterable[str]) -> Goal:
        """Return the goal that a word of `TARGETS` stands for.

        Raises
        ------
        UnknownTermError
            There is no such target.
        """
        if target not in TARGETS:
            raise UnknownTermError("target", target, TARGETS)
        return cls(tuple(outputs), TARGETS[target])

    @classmethod
    def suppress(cls, outputs: Iterable[str]) -> Goal:
        """None of the outputs at full."""
        return cls(tuple(outputs), Level.FULL)

    @classmethod
    def close(cls, outputs: Iterable[str]) -> Goal:
        """All of the outputs off."""
        return cls(tuple(outputs), Level.ATTENUATED)


@dataclass(frozen=True)
class Case:
    """A tumour reduced to what drugs can change.

    The circuit's inputs are the bits in `reads` (node, threshold), with `defaults` where no drug
    sets the node; its outputs are whether the goal is reached, and whether it is with every brake
    released. `program` are the clauses that it was made from.
    """

    circuit: Circuit = field(repr=False)
    reads: tuple[Head, ...]
    defaults: Mapping[str, Level] = field(hash=False, repr=False)
    program: Program = field(hash=False, repr=False)

    def effect(self, treatment: Treatment) -> Treatment:
        """Return what of a treatment this tumour can notice, sorted."""
        noticed = {node for node, _ in self.reads}
        return tuple((node, level) for node, level in treatment if node in noticed)

    def renamed(self, names: Mapping[str, str]) -> Case:
        """Return this case with nodes, and the inputs about them, called otherwise."""

        def call(node: str) -> str:
            return rename(node, names)

        program = Program(
            tuple(
                Clause(
                    call(clause.target),
                    clause.threshold,
                    frozenset([Bit(b.read, call(b.node), b.threshold) for b in clause.body]),
                )
                for clause in self.program.clauses
            ),
            tuple(sorted(map(call, self.program.derived))),
            tuple(sorted(map(call, self.program.inputs))),
        )
        reads = tuple((call(node), threshold) for node, threshold in self.reads)
        defaults = {call(node): level for node, level in self.defaults.items()}
        return Case(self.circuit, reads, defaults, program)


class CaseMaker:
    """Makes cases of one network and one goal, each distinct one once."""

    def __init__(
        self, program: Program, goal: Goal, variable: Collection[str], *, masks: Iterable[str] = ()
    ) -> None:
        self.goal = goal
        self.masks = tuple(masks)
        self._residue = Residue(program, variable)
        self._by_difference: dict[object, Case] = {}
        self._by_clauses: dict[object, Case] = {}

    def make(self, genotype: Mapping[str, Level]) -> Case:
        """Return the case of a genotype, equal cases as one object."""
        defaults = self._defaults(genotype)
        difference = self._residue.difference(genotype)
        toned = self._residue.difference({**genotype, TONE_UNMASKED: Level.FULL})
        set_here = tuple((n, genotype[n]) for n in sorted(genotype.keys() & defaults.keys()))
        key = (difference, toned, set_here)
        if key not in self._by_difference:
            clauses = self._residue.clauses(difference)
            if not self._is_masked(clauses, defaults):
                clauses = self._residue.clauses(toned)
            clauses = _prune(clauses, self.goal.outputs)
            used = sorted({b.node for c in clauses for b in c.body} & defaults.keys())
            kept = {node: defaults[node] for node in used}
            content = (clauses, tuple(kept.items()))
            if content not in self._by_clauses:
                self._by_clauses[content] = self._compile(clauses, kept)
            self._by_difference[key] = self._by_clauses[content]
        return self._by_difference[key]

    def _defaults(self, genotype: Mapping[str, Level]) -> dict[str, Level]:
        return {
            node: genotype.get(node, Level.FULL if node.startswith(SPARE) else Level.OFF)
            for node in self._residue.variable
        }

    def _is_masked(self, clauses: Iterable[Clause], defaults: Mapping[str, Level]) -> bool:
        if not self.masks:
            return False
        terms = (
            Term((c.target, c.threshold), frozenset(), _states(c.body))
            for c in clauses
            if all(holds(b, defaults) for b in c.body if b.read is not Read.STATE)
        )
        on = derive(terms)
        return any((node, 2) in on for node in self.masks)

    def _compile(self, clauses: Iterable[Clause], defaults: Mapping[str, Level]) -> Case:
        reads = tuple((node, threshold) for node in defaults for threshold in (1, 2))
        builder = Builder(len(reads))
        treated: dict[str, Pair] = {
            node: (builder.input(2 * place), builder.input(2 * place + 1))
            for place, node in enumerate(defaults)
        }
        before = {node: _pair(level) for node, level in defaults.items() if level}
        ordered = sorted(clauses, key=lambda c: (c.target, c.threshold, sorted(c.body)))
        derived = tuple(sorted({c.target for c in ordered}))
        program = Program(tuple(ordered), derived, tuple(defaults))
        phases = Phases(builder, program, before, treated)
        reached = []
        for state in (phases.adapted, phases.released):
            bits = [state.get(o, OFF)[self.goal.threshold - 1] for o in self.goal.outputs]
            reached.append(builder.invert(builder.any(bits)))
        return _narrow(builder.finish(reached), reads, defaults, program)


class Residue:
    """What a genotype leaves of a program, found from where it differs from no alteration."""

    def __init__(self, program: Program, variable: Collection[str]) -> None:
        self.variable = tuple(sorted(variable))
        self._clauses = program.clauses
        self._fixed: list[tuple[Bit, ...]] = []
        self._left: list[Clause] = []
        self._mentions: dict[str, list[int]] = defaultdict(list)
        free = frozenset(variable)
        for number, clause in enumerate(program.clauses):
            fixed = [
                b
                for b in clause.body
                if b.read in (Read.INPUT, Read.ABSENT_INPUT) and b.node not in free
            ]
            self._fixed.append(tuple(fixed))
            self._left.append(
                Clause(clause.target, clause.threshold, clause.body.difference(fixed))
            )
            for bit in fixed:
                self._mentions[bit.node].append(number)
        spares = (node for node in self._mentions if node.startswith(SPARE))
        self._untouched = dict.fromkeys(spares, Level.FULL)
        self._standing = {
            n for n, f in enumerate(self._fixed) if all(holds(b, self._untouched) for b in f)
        }

    def difference(
        self, constants: Mapping[str, Level]
    ) -> tuple[frozenset[int], frozenset[Clause]]:
        """Return the numbers of standing clauses that fall, and the clauses that come."""
        touched = {n for node in constants for n in self._mentions.get(node, ())}
        constants = {**self._untouched, **constants}
        alive = {n for n in touched if all(holds(b, constants) for b in self._fixed[n])}
        gone = frozenset(self._standing.intersection(touched) - alive)
        return gone, frozenset(self._left[n] for n in alive - self._standing)

    def clauses(self, difference: tuple[frozenset[int], frozenset[Clause]]) -> frozenset[Clause]:
        """Return the clauses left."""
        gone, come = difference
        return come.union(self._left[n] for n in self._standing - gone)


def _prune(clauses: frozenset[Clause], outputs: Iterable[str]) -> frozenset[Clause]:
    """Drop clauses that cannot fire, conditions that always hold, and what no output needs.

    A relief may hold whatever its node does, since brakes can be asked to be released.
    """
    possible = derive(Term((c.target, c.threshold), frozenset(), _states(c.body)) for c in clauses)
    live = [c for c in clauses if _states(c.body) <= possible]
    certain = derive(
        Term((c.target, c.threshold), frozenset(), _states(c.body))
        for c in live
        if all(b.read is Read.STATE for b in c.body)
    )
    always = {Bit(Read.STATE, node, threshold) for node, threshold in certain}
    by_target: dict[str, set[Clause]] = defaultdict(set)
    for c in live:
        head = (c.target, c.threshold)
        body = frozenset() if head in certain else c.body - always
        by_target[c.target].add(Clause(c.target, c.threshold, body))
    waiting = list(outputs)
    kept: set[Clause] = set()
    while waiting:
        found = by_target.pop(waiting.pop(), ())
        kept.update(found)
        waiting += [b.node for c in found for b in c.body]
    return frozenset(kept)


def _narrow(
    circuit: Circuit, reads: Sequence[Head], defaults: Mapping[str, Level], program: Program
) -> Case:
    """Drop the inputs that the circuit does not read."""
    used = circuit.reads
    kept = [n for n in range(len(reads)) if FIRST_INPUT + n in used]
    builder = Builder(len(kept))
    values = dict(zip(kept, map(builder.input, range(len(kept))), strict=True))
    outputs = substitute(circuit, builder, [values.get(n, ZERO) for n in range(len(reads))])
    narrowed = tuple(reads[n] for n in kept)
    nodes = {node for node, _ in narrowed}
    left = {node: level for node, level in defaults.items() if node in nodes}
    return Case(builder.finish(outputs), narrowed, left, program)


def substitute(circuit: Circuit, builder: Builder, inputs: Sequence[int]) -> list[int]:
    """Add a circuit to `builder` with its inputs replaced, and return its outputs there."""
    values = {ZERO: ZERO, ONE: ONE}
    values.update((FIRST_INPUT + n, value) for n, value in enumerate(inputs))
    for step in circuit.steps:
        if isinstance(step, Op):
            values[step.target] = builder.apply(step.code, values[step.left], values[step.right])
            continue
        carried = builder.open_loop(len(step.phis))
        values.update(zip((phi.target for phi in step.phis), carried, strict=True))
        for op in step.body:
            values[op.target] = builder.apply(op.code, values[op.left], values[op.right])
        initial = [values[phi.initial] for phi in step.phis]
        builder.close_loop(carried, initial, [values[phi.update] for phi in step.phis])
    return [values[value] for value in circuit.outputs]


def over_mechanisms(case: Case, treatments: Sequence[Treatment]) -> Circuit:
    """Return the circuit of a case over membership planes, one for each treatment."""
    builder = Builder(len(treatments))
    members = [builder.input(number) for number in range(len(treatments))]
    return builder.finish(add_case(builder, case, list(zip(members, treatments, strict=True))))


def add_case(
    builder: Builder, case: Case, taken: Sequence[tuple[int, Treatment]]
) -> tuple[int, int]:
    """Add a case under treatments, each with the bit that says whether it is given.

    Returns the bits of the goal: reached, and reached with every brake released.
    """
    inputs = [
        _composed_bit(builder, taken, node, threshold, case.defaults[node])
        for node, threshold in case.reads
    ]
    reached, released = substitute(case.circuit, builder, inputs)
    return reached, released


def _composed_bit(
    builder: Builder,
    taken: Sequence[tuple[int, Treatment]],
    node: str,
    threshold: int,
    default: Level,
) -> int:
    """Return whether the drugs together set `node` to at least `threshold`."""
    setters = [(given, dict(t)[node]) for given, t in taken if node in dict(t)]
    if node.startswith(SPARE):
        kept = builder.invert(builder.any(m for m, level in setters if level < threshold))
        if default >= threshold:
            return kept
        return builder.both(kept, builder.any(m for m, _ in setters))
    reached = builder.any(m for m, level in setters if level >= threshold)
    if default >= threshold:
        unset = builder.invert(builder.any(m for m, _ in setters))
        reached = builder.either(reached, unset)
    return reached


def holds(bit: Bit, levels: Mapping[str, Level]) -> bool:
    """Return whether a condition on an input holds; a relief never does.

    >>> weak = {"A": Level.ATTENUATED}
    >>> holds(Bit(Read.INPUT, "A", 2), weak), holds(Bit(Read.ABSENT_INPUT, "A", 2), weak)
    (False, True)
    """
    if bit.read is Read.RELIEF:
        return False
    reached = levels.get(bit.node, Level.OFF) >= bit.threshold
    return reached is not (bit.read is Read.ABSENT_INPUT)


def _states(body: Iterable[Bit]) -> frozenset[Head]:
    return frozenset((b.node, b.threshold) for b in body if b.read is Read.STATE)


def _pair(level: Level) -> Pair:
    return (ONE if level >= 1 else ZERO, ONE if level >= 2 else ZERO)
