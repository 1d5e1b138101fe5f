"""Closers from a logic program: SEMANTICS.md written as clauses for clingo, from the rules alone.

It shares no code with the screen. A model is a set of drugs under which the goal is reached; the
least fixpoint of each phase is the stable model of its positive clauses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from krasbypass.model import (
    SPARE,
    TONE_UNMASKED,
    Level,
    LiteralKind,
    Rule,
)

PHASES = ("bare", "baseline", "acute", "adapted")


class Program:
    """One tumour: its rules and genotype as clauses, drugs as choices."""

    def __init__(
        self,
        rules: Iterable[Rule],
        genotype: Mapping[str, Level],
        treatments: Sequence[Mapping[str, Level]],
        *,
        given: Mapping[str, Level],
        masks: Iterable[str] = (),
    ) -> None:
        self.lines: list[str] = ["#defined lv/3.", "#defined up/2.", "#defined lowered/2."]
        self.genotype = genotype
        self.treatments = [*treatments, given]
        self.given = len(treatments)
        self.masks = tuple(masks)
        self.treated = {node for t in self.treatments for node in t}
        self.rules = tuple(rules)
        self.derived = {rule.target for rule in self.rules}
        if treatments:
            self.add(f"{{ drug(0..{len(treatments) - 1}) }}.")
        self.add(f"drug({self.given}).")
        self.write_inputs()
        for rule in self.rules:
            self.write_rule(rule)

    def add(self, line: str) -> None:
        self.lines.append(line)

    def write_inputs(self) -> None:
        read = {lit.node for rule in self.rules for lit in rule.literals} | set(self.genotype)
        for node in sorted(read | self.treated):
            default = Level.FULL if node.startswith(SPARE) else Level.OFF
            level = self.genotype.get(node, default)
            for phase in PHASES:
                if phase in ("acute", "adapted") and node in self.treated:
                    self.write_treated(phase, node, level)
                else:
                    self.fact(phase, node, level)
        tone = " ".join(f"not lv(bare,{quote(m)},2)," for m in self.masks).rstrip(",")
        for phase in PHASES[1:]:
            for level in (1, 2):
                body = f" :- {tone}" if tone else ""
                self.add(f"lv({phase},{quote(TONE_UNMASKED)},{level}){body}.")

    def fact(self, phase: str, node: str, level: Level) -> None:
        for reached in range(1, level + 1):
            self.add(f"lv({phase},{quote(node)},{reached}).")

    def write_treated(self, phase: str, node: str, untreated: Level) -> None:
        """Write a node that drugs set: its own level without them, else theirs together."""
        name = quote(node)
        setters = [(i, t[node]) for i, t in enumerate(self.treatments) if node in t]
        for i, _ in setters:
            self.add(f"set({name}) :- drug({i}).")
        for reached in (1, 2):
            if untreated >= reached:
                self.add(f"lv({phase},{name},{reached}) :- not set({name}).")
            if node.startswith(SPARE):
                for i, level in setters:
                    if level < reached:
                        self.add(f"lowered({name},{reached}) :- drug({i}).")
                self.add(
                    f"lv({phase},{name},{reached}) :- set({name}), not lowered({name},{reached})."
                )
            else:
                for i, level in setters:
                    if level >= reached:
                        self.add(f"lv({phase},{name},{reached}) :- drug({i}).")

    def write_rule(self, rule: Rule) -> None:
        for phase in PHASES:
            for reached in range(1, rule.strength + 1):
                for wanted in wanted_levels(rule, reached):
                    body = ", ".join(
                        self.condition(phase, lit.kind, lit.node, level)
                        for lit, level in zip(rule.literals, wanted, strict=True)
                    )
                    self.add(f"lv({phase},{quote(rule.target)},{reached}) :- {body}.")

    def condition(self, phase: str, kind: LiteralKind, node: str, level: int) -> str:
        """Return what makes a literal at least `level`."""
        name = quote(node)
        if kind is LiteralKind.PLAIN:
            return f"lv({phase},{name},{level})"
        if kind is LiteralKind.ANY:
            return f"lv({phase},{name},1)"
        if kind is LiteralKind.NOT:
            return f"not lv({phase},{name},{3 - level})"
        if phase != "adapted":
            return "#false"
        fall = 1 if kind is LiteralKind.RELIEF_ANY else level
        self.add(f"up({name},1) :- lv(baseline,{name},2), not lv(acute,{name},2).")
        self.add(f"up({name},1) :- lv(baseline,{name},1), not lv(acute,{name},1).")
        self.add(f"up({name},2) :- lv(baseline,{name},2), not lv(acute,{name},1).")
        return f"up({name},{fall})"

    def find_minimal(
        self, outputs: Iterable[str], threshold: int, size: int
    ) -> list[tuple[int, ...]]:
        """Return the subset-minimal sets of up to `size` drugs that reach the goal."""
        import clingo

        lines = [f":- lv(adapted,{quote(output)},{threshold})." for output in outputs]
        lines.append(f":- #count {{ I : drug(I) }} > {size + 1}.")
        if self.given:
            lines.append(f"#heuristic drug(I) : I = 0..{self.given - 1}. [1,false]")
        lines.append("#show drug/1.")
        control = clingo.Control(
            ["0", "--enum-mode=domRec", "--heuristic=Domain", "--warn=none"], message_limit=0
        )
        control.add("base", [], "\n".join(dict.fromkeys([*self.lines, *lines])))
        control.ground([("base", [])])
        found = []
        with control.solve(yield_=True) as handle:
            for model in handle:
                numbers = sorted(a.arguments[0].number for a in model.symbols(shown=True))
                found.append(tuple(n for n in numbers if n != self.given))
        return sorted(found, key=lambda c: (len(c), c))


def wanted_levels(rule: Rule, reached: int) -> Iterable[tuple[int, ...]]:
    """Return which least levels of its literals let a rule give at least `reached`.

    A minimum needs that level of each; a serial rule loses what each lacks to full.
    """
    if not rule.serial:
        return [(reached,) * len(rule.literals)]
    options = product((1, 2), repeat=len(rule.literals))
    return [o for o in options if sum(2 - level for level in o) <= 2 - reached]


def quote(node: str) -> str:
    return '"' + node.replace("\\", "\\\\").replace('"', '\\"') + '"'
