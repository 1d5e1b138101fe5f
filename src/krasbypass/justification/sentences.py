"""Axioms in Pellet's short notation as sentences, with the labels of terms.

The notation is Manchester-like with local names: ``drug bindsForm ON-form``,
``p o q subPropertyOf r``, ``A equivalentTo B and p value b``.
"""

from __future__ import annotations

from collections.abc import Callable

from krasbypass.facts import SUBCLASS, TYPE, Triple
from krasbypass.knowledge import Knowledge
from krasbypass.vocabulary import OWL

_VARIABLES = "ABCDEFGH"
_CHARACTERISTICS = {
    "Functional": "{0} has at most one value.",
    "Symmetric": "If A {0} B, then B {0} A.",
    "Transitive": "If A {0} B and B {0} C, then A {0} C.",
}


def read_assertion(axiom: str) -> Triple | None:
    """Return the triple of an axiom about an individual, or None for one about all terms.

    >>> read_assertion("drug bindsForm ON-form")
    ('drug', 'bindsForm', 'ON-form')
    >>> read_assertion("bindsON o prefers subPropertyOf engages") is None
    True
    """
    words = axiom.split()
    if len(words) != 3 or words[1] in _RELATIONS:
        return None
    subject, prop, obj = words
    return subject, TYPE if prop == "type" else prop, obj.strip('"')


def phrase_axiom(knowledge: Knowledge, axiom: str) -> str:
    """Return an axiom as a sentence; what has no wording of its own keeps Pellet's."""
    words = axiom.split()
    if words[0] in _CHARACTERISTICS and len(words) == 2:
        return _CHARACTERISTICS[words[0]].format(name_term(knowledge, words[1]))
    if fact := read_assertion(axiom):
        return phrase_fact(knowledge, fact)
    relation = next((word for word in words if word in _RELATIONS), None)
    if relation is None:
        return _phrase(knowledge, words) + "."
    at = words.index(relation)
    return _RELATIONS[relation](knowledge, words[:at], words[at + 1 :])


def phrase_fact(knowledge: Knowledge, fact: Triple) -> str:
    """Return an assertion as a sentence."""
    subject, prop, obj = fact
    if prop == SUBCLASS:
        return _phrase_subclass(knowledge, [subject], [obj])
    if prop == TYPE:
        return f"{name_term(knowledge, subject)} is: {knowledge.label(obj)}."
    return f"{name_term(knowledge, subject)}: {knowledge.label(prop)} {name_term(knowledge, obj)}."


def name_term(knowledge: Knowledge, term: str) -> str:
    """Return a term as sentences write it: properties and classes by label, others as displayed.

    Where a gene and its activity are displayed alike, the activity is written by its label.
    """
    if any(cls.startswith(OWL) for cls in knowledge.values(term, TYPE)):
        return f"“{knowledge.label(term)}”"
    shown = knowledge.display(term)
    is_plain = term not in knowledge.index or knowledge.find_term(shown) == term
    return shown if is_plain else knowledge.label(term)


def _phrase(knowledge: Knowledge, words: list[str]) -> str:
    """Return an expression in words: classes quoted, restrictions as property and value."""
    said = []
    for word in words:
        bare = word.strip("()")
        if bare == "value":
            continue
        text = "itself" if bare == "self" else name_term(knowledge, bare) if bare else ""
        said.append(word.replace(bare, text) if bare else word)
    return " ".join(said)


def _phrase_subclass(knowledge: Knowledge, left: list[str], right: list[str]) -> str:
    return f"Whatever is {_phrase(knowledge, left)} is also {_phrase(knowledge, right)}."


def _phrase_equivalence(knowledge: Knowledge, left: list[str], right: list[str]) -> str:
    return f"{_phrase(knowledge, left)} means: {_phrase(knowledge, right)}."


def _phrase_subproperty(knowledge: Knowledge, left: list[str], right: list[str]) -> str:
    chain = [name_term(knowledge, word) for word in left if word != "o"]
    above = _phrase(knowledge, right)
    steps = [
        f"{_VARIABLES[i]} {prop} {_VARIABLES[i + 1]}"
        for i, prop in enumerate(chain[: len(_VARIABLES) - 1])
    ]
    condition = " and ".join(filter(None, (", ".join(steps[:-1]), steps[-1])))
    return f"If {condition}, then A {above} {_VARIABLES[len(steps)]}."


def _phrase_inverse(knowledge: Knowledge, left: list[str], right: list[str]) -> str:
    return f"If A {_phrase(knowledge, left)} B, then B {_phrase(knowledge, right)} A, and back."


def _phrase_domain(knowledge: Knowledge, left: list[str], right: list[str]) -> str:
    return f"If A {_phrase(knowledge, left)} B, then A is {_phrase(knowledge, right)}."


def _phrase_range(knowledge: Knowledge, left: list[str], right: list[str]) -> str:
    return f"If A {_phrase(knowledge, left)} B, then B is {_phrase(knowledge, right)}."


_RELATIONS: dict[str, Callable[[Knowledge, list[str], list[str]], str]] = {
    "domain": _phrase_domain,
    "equivalentTo": _phrase_equivalence,
    "inverseOf": _phrase_inverse,
    "range": _phrase_range,
    "subClassOf": _phrase_subclass,
    "subPropertyOf": _phrase_subproperty,
}
