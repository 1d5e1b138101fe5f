"""One tumour's question in the plainest form, which every peer is given.

Bits of nodes as Horn clauses; a clause also has literals on what drugs set, and reliefs. Peers get
the clauses that the genotype leaves, so that none of them pays for rules that cannot fire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from krasbypass.model import SPARE, Level
from krasbypass.screen import Case, Goal
from krasbypass.screen.cases import holds
from krasbypass.screen.clauses import Bit, Read
from krasbypass.screen.solving import Term, derive
from krasbypass.screen.treatments import Treatment


@dataclass(frozen=True)
class Problem:
    """A case, what each candidate drug sets in it, and the goal."""

    case: Case = field(repr=False)
    drugs: tuple[Treatment, ...]
    goal: Goal

    @cached_property
    def defaults(self) -> dict[str, Level]:
        """Inputs without drugs, those included that only dead clauses read."""
        nodes = {b.node for c in self.case.program.clauses for b in c.body}
        nodes &= set(self.case.program.inputs)
        return {
            n: self.case.defaults.get(n, Level.FULL if n.startswith(SPARE) else Level.OFF)
            for n in nodes
        }

    @cached_property
    def baseline(self) -> frozenset[tuple[str, int]]:
        """Bits that are on without drugs."""
        return frozenset(
            derive(
                Term(
                    (c.target, c.threshold),
                    frozenset(),
                    frozenset((b.node, b.threshold) for b in c.body if b.read is Read.STATE),
                )
                for c in self.case.program.clauses
                if all(holds(b, self.defaults) for b in c.body if b.read is not Read.STATE)
            )
        )

    def setters(self, bit: Bit) -> tuple[bool, tuple[int, ...]]:
        """Return whether an input bit holds without drugs, and the drugs that flip it.

        Holds for every input: engagement and occupation only rise, spares only fall.
        """
        default = self.defaults[bit.node] >= bit.threshold
        flips = tuple(
            number
            for number, level in self._by_node.get(bit.node, ())
            if (level >= bit.threshold) is not default
        )
        return default is not (bit.read is Read.ABSENT_INPUT), flips

    @cached_property
    def _by_node(self) -> dict[str, list[tuple[int, Level]]]:
        found: dict[str, list[tuple[int, Level]]] = {}
        for number, drug in enumerate(self.drugs):
            for node, level in drug:
                found.setdefault(node, []).append((number, level))
        return found

    @property
    def forbidden(self) -> tuple[tuple[str, int], ...]:
        """Bits of which none may be on."""
        return tuple((o, int(self.goal.threshold)) for o in self.goal.outputs)

    def relief(self, bit: Bit) -> tuple[tuple[tuple[str, int], ...], ...]:
        """Return bits that are on at baseline; the relief holds if one of them is not any more."""
        on = [t for t in (1, 2) if (bit.node, t) in self.baseline]
        if bit.threshold == 1:
            return tuple(((bit.node, t),) for t in on)
        return (((bit.node, 1),),) if 2 in on else ()
