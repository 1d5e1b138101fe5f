"""Formulas of logical models as alternatives of conditions.

A formula is read into a tree, its negations are pushed to the leaves, and it is multiplied out
into a disjunction of conjunctions, the form in which rules of this package stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

#: Alternatives that one formula may have once it is multiplied out, and how deep it may nest.
MOST_TERMS, DEEPEST = 2000, 200


class FormulaError(Exception):
    """A formula that cannot be read, with the reason."""


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """A node is at least at `threshold`; or, negated, below it."""

    node: str
    threshold: int = 1
    negated: bool = False

    def flipped(self) -> Condition:
        """Return the opposite condition."""
        return Condition(self.node, self.threshold, not self.negated)


@dataclass(frozen=True, slots=True)
class All:
    """All parts hold; with no parts, always."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Some part holds; with no parts, never."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Formula


Formula = Condition | All | Any | Not
Term = frozenset[Condition]
TRUE, FALSE = All(()), Any(())


def multiply_out(formula: Formula) -> tuple[Term, ...]:
    """Return the alternatives of a formula, none of them implied by another.

    Raises
    ------
    FormulaError
        There would be more than `MOST_TERMS`.

    Examples
    --------
    >>> a, b, c = map(Condition, "abc")
    >>> [sorted(c.node for c in term) for term in multiply_out(All((Any((a, b)), c)))]
    [['a', 'c'], ['b', 'c']]
    """
    return tuple(sorted(_terms(formula, positive=True), key=sorted))


def _terms(formula: Formula, *, positive: bool) -> set[Term]:
    match formula:
        case Condition():
            return {frozenset({formula if positive else formula.flipped()})}
        case Not(part):
            return _terms(part, positive=not positive)
        case All(parts) | Any(parts):
            found = [_terms(part, positive=positive) for part in parts]
            if isinstance(formula, Any) is positive:
                return _shortest(term for terms in found for term in terms)
            result: set[Term] = {frozenset()}
            for terms in found:
                if len(result) * len(terms) > 20 * MOST_TERMS:
                    raise FormulaError("the formula has too many alternatives")
                result = _shortest(a | b for a, b in product(result, terms))
            return result


def _shortest(terms: Iterable[Term]) -> set[Term]:
    """Drop terms that contradict themselves or that a shorter one covers."""
    kept: list[Term] = []
    possible = {t for t in terms if not any(_clash(c, t) for c in t)}
    for term in sorted(possible, key=len):
        if not any(other <= term for other in kept):
            kept.append(term)
            if len(kept) > MOST_TERMS:
                raise FormulaError("the formula has too many alternatives")
    return set(kept)


def _clash(condition: Condition, term: Term) -> bool:
    return any(
        c.node == condition.node
        and c.negated
        and not condition.negated
        and c.threshold <= condition.threshold
        for c in term
    )
