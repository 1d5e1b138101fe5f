"""Logical models in SBML-qual, read with libSBML (extra ``interop``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any as Untyped

from krasbypass.model import Level, Literal, LiteralKind
from krasbypass.own_network.formula import (
    DEEPEST,
    FALSE,
    TRUE,
    All,
    Any,
    Condition,
    Formula,
    FormulaError,
    Not,
    Term,
    multiply_out,
)
from krasbypass.own_network.statements import NetworkFileError, OwnGraph, Statement, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEEDED = "reading SBML needs libSBML; install it with: pip install 'krasbypass[interop]'"


def read_sbml(path: Path) -> OwnGraph:
    """Read the qualitative model of an SBML file.

    A species has two levels (off and full) or three (off, attenuated, full). A constant species
    with an initial level, and a transition that always gives a level, is a source.

    Raises
    ------
    NetworkFileError
        The file is no SBML-qual, has more levels, or uses mathematics other than and, or, not and
        comparisons of a species with a number; or libSBML is not installed.
    """
    data = read_bytes(path)
    try:
        import libsbml
    except ImportError as error:
        raise NetworkFileError(path.name, _NEEDED) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NetworkFileError(path.name, "this is not UTF-8 text", line) from error
    document = libsbml.readSBMLFromString(text)
    for number in range(document.getNumErrors()):
        fault = document.getError(number)
        harmless = fault.getErrorId() in (libsbml.MissingXMLEncoding, libsbml.MissingXMLDecl)
        if fault.getSeverity() >= libsbml.LIBSBML_SEV_ERROR and not harmless:
            words = " ".join(fault.getShortMessage().split()) or "this is not valid SBML"
            raise NetworkFileError(path.name, words, fault.getLine() or None)
    model = document.getModel()
    qual = model.getPlugin("qual") if model is not None else None
    if qual is None or not qual.getNumQualitativeSpecies():
        raise NetworkFileError(path.name, "the file holds no qualitative model (SBML-qual)")
    return _Model(path.name, qual, libsbml).read()


class _Model:
    def __init__(self, file: str, qual: Untyped, libsbml: Untyped) -> None:
        self.file, self.qual, self.libsbml = file, qual, libsbml
        self.names: dict[str, str] = {}
        self.most: dict[str, int] = {}
        #: Levels that the mathematics of a transition names by the ids of its inputs.
        self.thresholds: dict[str, int] = {}
        self.dropped = 0

    def fail(self, what: str, element: Untyped) -> NetworkFileError:
        return NetworkFileError(self.file, what, element.getLine() or None)

    def read(self) -> OwnGraph:
        species = [
            self.qual.getQualitativeSpecies(i) for i in range(self.qual.getNumQualitativeSpecies())
        ]
        taken = [s.getName() for s in species]
        for one in species:
            name = one.getName().strip()
            self.names[one.getId()] = name if name and taken.count(name) == 1 else one.getId()
            most = one.getMaxLevel() if one.isSetMaxLevel() else 1
            if most > 2:
                what = f"{one.getId()!r} has {most} levels above off, and two can be read"
                raise self.fail(what, one)
            self.most[one.getId()] = max(most, 1)
        statements = [s for one in species for s in self.read_constant(one)]
        for i in range(self.qual.getNumTransitions()):
            statements += self.read_transition(self.qual.getTransition(i))
        notes = (
            (f"{self.dropped} conditions that a node is not full were left out",)
            if self.dropped
            else ()
        )
        return OwnGraph(self.file, tuple(statements), tuple(self.names.values()), notes)

    def read_constant(self, one: Untyped) -> Iterator[Statement]:
        level = one.getInitialLevel() if one.isSetInitialLevel() else 0
        if one.getConstant() and level > 0:
            yield Statement(
                self.names[one.getId()],
                (),
                one.getLine(),
                self.level(level, self.most[one.getId()]),
            )

    def level(self, value: int, most: int) -> Level:
        """Return a species' level as ours: its highest is full."""
        return Level.FULL if value >= most else Level.ATTENUATED

    def read_transition(self, transition: Untyped) -> Iterator[Statement]:
        inputs = [transition.getInput(i) for i in range(transition.getNumInputs())]
        self.thresholds = {
            one.getId(): one.getThresholdLevel() if one.isSetThresholdLevel() else 1
            for one in inputs
            if one.getId()
        }
        terms = [
            (term.getResultLevel(), self.formula(term.getMath(), term), term)
            for term in (
                transition.getFunctionTerm(i) for i in range(transition.getNumFunctionTerms())
            )
        ]
        default = transition.getDefaultTerm()
        if default is not None and default.getResultLevel() > 0:
            # where no term holds: as a formula, not any of them
            rest = Not(Any(tuple(formula for _, formula, _ in terms)))
            terms.append((default.getResultLevel(), rest, default))
        for i in range(transition.getNumOutputs()):
            output = transition.getOutput(i)
            if output.getQualitativeSpecies() not in self.names:
                what = f"unknown species {output.getQualitativeSpecies()!r}"
                raise self.fail(what, output)
            yield from self.read_output(output.getQualitativeSpecies(), terms, transition)

    def read_output(
        self, species: str, terms: list[tuple[int, Formula, Untyped]], transition: Untyped
    ) -> Iterator[Statement]:
        most = self.most[species]
        seen: set[Term] = set()
        for wanted in range(most, 0, -1):
            higher = [f for result, f, _ in terms if result > wanted]
            parts = tuple(
                _without(formula, higher) for result, formula, _ in terms if result >= wanted
            )
            try:
                found = multiply_out(Any(parts))
            except FormulaError as error:
                raise self.fail(str(error), transition) from error
            for term in found:
                if term not in seen:
                    seen.add(term)
                    yield self.statement(species, term, self.level(wanted, most), transition)

    def statement(self, species: str, term: Term, level: Level, transition: Untyped) -> Statement:
        """Return a term as literals that hold exactly where it does.

        A rule takes the least of its literals, so that a node at attenuated lets an attenuated
        rule fire. Where a condition asks for more than that, the rule is a bounded sum, in which
        a literal that is given twice counts at its full value only.
        """
        conditions = sorted(term, key=lambda c: (c.negated, c.node, c.threshold))
        two = [c for c in conditions if self.most[c.node] > 1]
        weak = level is Level.ATTENUATED
        plain = all((c.threshold == 1) is not c.negated for c in two) if weak else not two
        literals: list[Literal] = []
        for condition in conditions:
            name, of_two = self.names[condition.node], self.most[condition.node] > 1
            high = condition.threshold == 2
            if condition.negated:
                if plain or not of_two:
                    literals.append(Literal(name, LiteralKind.NOT))
                elif high:
                    self.dropped += 1  # "not full" is no literal here
                else:
                    literals += [Literal(name, LiteralKind.NOT)] * 2
            elif plain or not of_two:
                literals.append(Literal(name))
            else:
                literals += [Literal(name)] * 2 if high else [Literal(name, LiteralKind.ANY)]
        serial = not plain and len(literals) > 1
        return Statement(self.names[species], tuple(literals), transition.getLine(), level, serial)

    # -- mathematics ----------------------------------------------------------------------------

    def formula(self, node: Untyped, element: Untyped, depth: int = 0) -> Formula:
        lib = self.libsbml
        if node is None:
            raise self.fail("a function term has no mathematics", element)
        if depth > DEEPEST:
            raise self.fail("the mathematics nests too deeply", element)
        kind = node.getType()
        children = [node.getChild(i) for i in range(node.getNumChildren())]
        if kind == lib.AST_CONSTANT_TRUE:
            return TRUE
        if kind == lib.AST_CONSTANT_FALSE:
            return FALSE
        if kind in (lib.AST_LOGICAL_AND, lib.AST_LOGICAL_OR):
            parts = tuple(self.formula(c, element, depth + 1) for c in children)
            return All(parts) if kind == lib.AST_LOGICAL_AND else Any(parts)
        if kind == lib.AST_LOGICAL_XOR and len(children) == 2:
            one, two = (self.formula(c, element, depth + 1) for c in children)
            return Any((All((one, Not(two))), All((Not(one), two))))
        if kind == lib.AST_LOGICAL_NOT and len(children) == 1:
            return Not(self.formula(children[0], element, depth + 1))
        compare = self.comparisons().get(kind)
        if compare is None or len(children) != 2:
            raise self.fail("only and, or, not, xor of two and comparisons can be read", element)
        left, right = children
        if self.find_level(left) is not None and right.getType() == lib.AST_NAME:
            left, right = right, left
            compare = self.comparisons()[self.mirrored()[kind]]
        value = self.find_level(right)
        if left.getType() != lib.AST_NAME or value is None:
            raise self.fail("a comparison sets a species against a number", element)
        if left.getName() not in self.names:
            raise self.fail(f"unknown species {left.getName()!r}", element)
        if value != int(value):
            raise self.fail(f"a species has whole levels, not {value:g}", element)
        return compare(self, left.getName(), int(value))

    def find_level(self, node: Untyped) -> float | None:
        """Return the level that is meant: a number, or the threshold of an input by its id."""
        if node.isNumber():
            return float(node.getValue())
        if node.getType() != self.libsbml.AST_NAME or node.getName() in self.names:
            return None
        return self.thresholds.get(node.getName())

    def at_least(self, species: str, value: int) -> Formula:
        if value <= 0:
            return TRUE
        return Condition(species, value) if value <= self.most[species] else FALSE

    def comparisons(self) -> Mapping[int, Callable[[_Model, str, int], Formula]]:
        lib = self.libsbml
        return {
            lib.AST_RELATIONAL_GEQ: lambda m, s, v: m.at_least(s, v),
            lib.AST_RELATIONAL_GT: lambda m, s, v: m.at_least(s, v + 1),
            lib.AST_RELATIONAL_LT: lambda m, s, v: Not(m.at_least(s, v)),
            lib.AST_RELATIONAL_LEQ: lambda m, s, v: Not(m.at_least(s, v + 1)),
            lib.AST_RELATIONAL_EQ: lambda m, s, v: All(
                (m.at_least(s, v), Not(m.at_least(s, v + 1)))
            ),
            lib.AST_RELATIONAL_NEQ: lambda m, s, v: Any(
                (Not(m.at_least(s, v)), m.at_least(s, v + 1))
            ),
        }

    def mirrored(self) -> Mapping[int, int]:
        lib = self.libsbml
        return {
            lib.AST_RELATIONAL_GEQ: lib.AST_RELATIONAL_LEQ,
            lib.AST_RELATIONAL_GT: lib.AST_RELATIONAL_LT,
            lib.AST_RELATIONAL_LT: lib.AST_RELATIONAL_GT,
            lib.AST_RELATIONAL_LEQ: lib.AST_RELATIONAL_GEQ,
            lib.AST_RELATIONAL_EQ: lib.AST_RELATIONAL_EQ,
            lib.AST_RELATIONAL_NEQ: lib.AST_RELATIONAL_NEQ,
        }


def _without(formula: Formula, higher: list[Formula]) -> Formula:
    """Drop "and not a higher level" from a term: where that holds, the level is reached anyway."""
    if not isinstance(formula, All):
        return formula
    return All(tuple(p for p in formula.parts if not (isinstance(p, Not) and p.part in higher)))
