"""All minimal combinations by answer-set programming and by correction sets."""

from __future__ import annotations

from typing import Any

from krasbypass.screen.clauses import Read

from .peers import write_program
from .problem import Problem

Combination = tuple[int, ...]


def find_with_clingo(problem: Problem, *, size: int) -> list[Combination]:
    """Minimal closers with clingo's domRec: models that are smallest in the drugs, recorded."""
    import clingo

    text = write_program(problem)
    number = len(problem.drugs)
    text += f"\n#defined a/1. #defined b/1. :- missed. :- #count {{ I : drug(I) }} > {size}.\n"
    if number:
        text += f"#heuristic drug(I) : I = 0..{number - 1}. [1,false]\n"
    text += "#show drug/1.\nmissed :- missed."
    options = ["0", "--enum-mode=domRec", "--heuristic=Domain", "--warn=none"]
    control = clingo.Control(options, message_limit=0)
    control.add("base", [], text)
    control.ground([("base", [])])
    found: list[Combination] = []
    control.solve(
        on_model=lambda model: found.append(
            tuple(sorted(atom.arguments[0].number for atom in model.symbols(shown=True)))
        )
    )
    return sorted(found, key=lambda c: (len(c), c))


def write_formula(problem: Problem, *, size: int | None = None) -> Any:
    """Return clauses of which the minimal correction sets are the brake-proof closers.

    The wish is that no drug is given; `size` allows at most so many all the same.
    """
    from pysat.card import CardEnc
    from pysat.formula import WCNF

    ids: dict[tuple[str, int], int] = {}
    drugs = list(range(1, len(problem.drugs) + 1))

    def variable(key: tuple[str, int]) -> int:
        return ids.setdefault(key, len(drugs) + 1 + len(ids))

    formula = WCNF()
    for clause in problem.case.program.clauses:
        literals = [variable((clause.target, clause.threshold))]
        for bit in clause.body:
            if bit.read is Read.STATE:
                literals.append(-variable((bit.node, bit.threshold)))
            elif bit.read is not Read.RELIEF:
                holds, flips = problem.setters(bit)
                if not holds:
                    break
                literals += [drug + 1 for drug in flips]
        else:
            formula.append(literals)
    for key in problem.forbidden:
        formula.append([-variable(key)])
    if size is not None and size < len(drugs):
        for literals in CardEnc.atmost(drugs, size, top_id=formula.nv).clauses:
            formula.append(literals)
    for drug in drugs:
        formula.append([-drug], weight=1)
    return formula


def find_with_mcsls(formula: Any) -> list[Combination]:
    """Minimal correction sets, with the solver and the settings that were fastest here."""
    from pysat.examples.mcsls import MCSls

    found: list[Combination] = []
    with MCSls(formula, use_cld=False, solver_name="m22") as enumerator:
        for correction in enumerator.enumerate():
            found.append(tuple(sorted(number - 1 for number in correction)))
            enumerator.block(correction)
    return sorted(found, key=lambda c: (len(c), c))
