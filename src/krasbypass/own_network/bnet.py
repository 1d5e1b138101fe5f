"""Boolean networks as text: ``target, factors``, one line a node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from krasbypass.model import Literal, LiteralKind
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
    multiply_out,
)
from krasbypass.own_network.statements import NetworkFileError, OwnGraph, Statement, read_lines

_TOKEN = re.compile(r"\s*(?:(&&?|\|\|?|!|~|\(|\))|([^\s&|!~(),]+))")
_CONSTANTS: Mapping[str, Formula] = {"0": FALSE, "false": FALSE, "1": TRUE, "true": TRUE}
_WORDS = {"and": "&", "or": "|", "not": "!"}
_TRUE_NAME = re.compile(r"#\s*name:\s*(\S+)\s*=\s*(\S.*?)\s*$")


def read_bnet(path: Path) -> OwnGraph:
    """Read a Boolean network.

    A line is ``NODE, FORMULA`` with ``&``, ``|``, ``!`` and brackets; ``0`` and ``1`` are
    constants. A node with the formula ``NODE`` is an input, as is one without a line. Comments
    start with ``#``; a comment ``# name: NODE = TEXT`` gives the node's true name.

    Raises
    ------
    NetworkFileError
        A line has no comma, a formula cannot be read, or a node has two lines.
    """
    lines = read_lines(path)
    true_names = {m[1]: m[2] for m in map(_TRUE_NAME.match, lines) if m}
    if len(set(true_names.values())) < len(true_names):
        raise NetworkFileError(path.name, "two nodes are given the same true name")
    statements: list[Statement] = []
    nodes: dict[str, None] = {}
    places: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text or re.fullmatch(r"targets?\s*,\s*(factors?|functions?)", text, re.IGNORECASE):
            continue
        name, comma, body = (part.strip() for part in text.partition(","))
        if not comma or not name or re.search(r"[\s&|!~()]", name):
            raise NetworkFileError(path.name, "a line reads NODE, FORMULA", number)
        if name in places:
            what = f"{name!r} has a formula on line {places[name]} already"
            raise NetworkFileError(path.name, what, number)
        places[name] = number
        try:
            formula = parse_formula(body)
            terms = multiply_out(formula)
        except FormulaError as error:
            raise NetworkFileError(path.name, str(error), number) from error
        target = true_names.get(name, name)
        nodes[target] = None
        nodes.update((true_names.get(n, n), None) for n in _find_nodes(body))
        for term in terms:
            if term == {Condition(name)}:
                continue  # how the format writes an input
            literals = tuple(
                Literal(
                    true_names.get(c.node, c.node),
                    LiteralKind.NOT if c.negated else LiteralKind.PLAIN,
                )
                for c in sorted(term, key=lambda c: (c.negated, c.node))
            )
            statements.append(Statement(target, literals, number))
    if not nodes:
        raise NetworkFileError(path.name, "the file holds no line NODE, FORMULA")
    return OwnGraph(path.name, tuple(statements), tuple(nodes))


def _find_nodes(body: str) -> list[str]:
    names = (m[2] for m in _TOKEN.finditer(body) if m[2])
    return [n for n in names if n.casefold() not in _CONSTANTS.keys() | _WORDS.keys()]


def parse_formula(text: str) -> Formula:
    """Return the tree of a formula.

    Raises
    ------
    FormulaError
        A bracket, a node or an operator is missing.

    Examples
    --------
    >>> terms = multiply_out(parse_formula("A & !(B | C)"))
    >>> [sorted((c.node, c.negated) for c in term) for term in terms]
    [[('A', False), ('B', True), ('C', True)]]
    """
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise FormulaError(f"{text[at:].split()[0][:20]!r} stands where it cannot")
            word = found[1] or found[2]
            word = _WORDS.get(word.casefold(), word)
            self.tokens.append({"&&": "&", "||": "|", "~": "!"}.get(word, word))
            at = found.end()
        self.at = 0
        self.depth = 0

    def parse(self) -> Formula:
        if not self.tokens:
            raise FormulaError("the formula is empty")
        formula = self.read_any()
        if self.at < len(self.tokens):
            raise FormulaError(f"{self.tokens[self.at]!r} stands where it cannot")
        return formula

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def read_any(self) -> Formula:
        parts = [self.read_all()]
        while self.peek() == "|":
            self.take()
            parts.append(self.read_all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def read_all(self) -> Formula:
        parts = [self.read_one()]
        while self.peek() == "&":
            self.take()
            parts.append(self.read_one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def read_one(self) -> Formula:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError("the formula nests too deeply")
        formula = self.read_inner()
        self.depth -= 1
        return formula

    def read_inner(self) -> Formula:
        token = self.take()
        if token == "!":
            return Not(self.read_one())
        if token == "(":
            formula = self.read_any()
            if self.take() != ")":
                raise FormulaError("a bracket is not closed")
            return formula
        if token in ("", "&", "|", ")"):
            where = f"before {token!r}" if token else "at the end of the formula"
            raise FormulaError(f"a node is missing {where}")
        return _CONSTANTS.get(token.casefold(), Condition(token))
