"""Networks from text, scenarios from text, and random ones for hypothesis."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from krasbypass.knowledge import Knowledge
from krasbypass.model import TONE_UNMASKED, Level, Literal, LiteralKind, Rule
from krasbypass.network import Network, check_stratified
from krasbypass.scenario import Scenario

_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_LITERAL = re.compile(r"^(@?)(!?)([^?!@\s]+)(\??)$")
_KINDS = {
    ("", "", ""): LiteralKind.PLAIN,
    ("", "", "?"): LiteralKind.ANY,
    ("", "!", ""): LiteralKind.NOT,
    ("@", "", ""): LiteralKind.RELIEF,
    ("@", "", "?"): LiteralKind.RELIEF_ANY,
}
_LEVELS = {level.label: level for level in Level}


def build_literal(text: str) -> Literal:
    """Read ``X``, ``X?``, ``!X``, ``@X`` or ``@X?``."""
    found = _LITERAL.match(text.strip())
    assert found, f"not a literal: {text!r}"
    return Literal(found[3], _KINDS[found[1], found[2], found[4]])


def build_rule(text: str, *, name: str = "r") -> Rule:
    """Read ``A & B? -> C full serial``; level and ``serial`` may be left out."""
    body, _, head = text.partition("->")
    literals = tuple(build_literal(part) for part in body.split("&"))
    target, *rest = head.split()
    strength = next((_LEVELS[word] for word in rest if word in _LEVELS), Level.FULL)
    return Rule(name, name, literals, literals[0], target, strength, "serial" in rest)


def build_network(
    text: str, *, outputs: Iterable[str] | None = None, masks: Iterable[str] = ()
) -> Network:
    """Build a network from one rule a line.

    `outputs` default to every derived node; `masks` keep tone (the input ``tone:unmasked``) from
    counting where one of them is full without it. The order of the lines does not matter.
    """
    lines = [line.split("#")[0].strip() for line in text.strip().splitlines()]
    rules = [build_rule(line, name=f"r{i:03}") for i, line in enumerate(lines) if line]
    return network_of(rules, outputs=outputs, masks=masks)


def network_of(
    rules: Iterable[Rule], *, outputs: Iterable[str] | None = None, masks: Iterable[str] = ()
) -> Network:
    """Build a network from rules."""
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    check_stratified(ordered)
    derived = tuple(sorted({rule.target for rule in ordered}))
    outputs = tuple(outputs) if outputs is not None else derived
    masks = frozenset(masks)
    facts: dict[str, dict[str, tuple[str, ...]]] = {}
    for node in derived:
        kind = "Output" if node in outputs else "Activity"
        facts[node] = {_TYPE: ("Activity", kind), _LABEL: (node,)}
        if node in masks:
            facts[node]["masksTone"] = ("true",)
    return Network(Knowledge(facts), ordered, outputs)


def build_levels(text: str) -> dict[str, Level]:
    """Read ``A, B=attenuated, C=off``; a bare name is full."""
    parts = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    return {name: _LEVELS[level] if level else Level.FULL for name, _, level in parts}


def build_toy_scenario(genotype: str, treatment: str = "") -> Scenario:
    """Build a scenario of a toy network from what is on before and what the drugs set."""
    return scenario_of(build_levels(genotype), build_levels(treatment))


def scenario_of(genotype: Mapping[str, Level], treatment: Mapping[str, Level]) -> Scenario:
    """Build a scenario from its inputs."""
    return Scenario(dict(genotype), dict(treatment), {}, (), ())


# -- random networks --------------------------------------------------------------------------

#: Inputs of random networks: alterations, engagement, what overload re-opens, activation, tone.
GENOTYPE_INPUTS = ("a", "b", "c", "tissue:t")
TREATMENT_INPUTS = ("engaged_on:x", "engaged_off:y", "spare:x", "occupied:z")
DERIVED = tuple("NOPQRSTUV")


@st.composite
def rules_of_networks(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Draw rules with loops, thresholds, relief, serial rules, strengths and drug-activation."""
    derived = DERIVED[: draw(st.integers(2, len(DERIVED)))]
    inputs = (*GENOTYPE_INPUTS, *TREATMENT_INPUTS, TONE_UNMASKED)
    nodes = st.sampled_from(derived)
    literal = st.one_of(
        st.builds(Literal, nodes, st.sampled_from([LiteralKind.PLAIN, LiteralKind.ANY])),
        st.builds(Literal, nodes, st.sampled_from([LiteralKind.RELIEF, LiteralKind.RELIEF_ANY])),
        st.builds(
            Literal,
            st.sampled_from(inputs),
            st.sampled_from([LiteralKind.PLAIN, LiteralKind.ANY, LiteralKind.NOT]),
        ),
    )
    bodies = draw(
        st.lists(
            st.tuples(
                nodes,
                st.lists(literal, min_size=1, max_size=4, unique=True),
                st.sampled_from(Level),
                st.booleans(),
            ),
            min_size=2,
            max_size=24,
        )
    )
    return tuple(
        Rule(f"r{i:02}", f"r{i:02}", tuple(body), body[0], target, strength, serial)
        for i, (target, body, strength, serial) in enumerate(bodies)
    )


@st.composite
def random_networks(draw: st.DrawFn) -> Network:
    """Draw a network; up to two of its nodes mask tone."""
    rules = draw(rules_of_networks())
    derived = sorted({rule.target for rule in rules})
    masks = draw(st.lists(st.sampled_from(derived), max_size=2, unique=True))
    return network_of(rules, masks=masks)


def random_scenarios(*, max_size: int = 6) -> st.SearchStrategy[list[Scenario]]:
    """Draw scenarios over the inputs of random networks."""
    levels = st.sampled_from(Level)
    genotype = st.dictionaries(st.sampled_from((*GENOTYPE_INPUTS, "N")), levels)
    treatment = st.dictionaries(st.sampled_from(TREATMENT_INPUTS), levels)
    return st.lists(st.builds(scenario_of, genotype, treatment), min_size=1, max_size=max_size)


#: Inputs of lively networks that drugs set, and levels to draw from.
LIVELY_INPUTS = (
    *(f"engaged_on:{node}" for node in DERIVED),
    "spare:x",
    "spare:y",
    "occupied:x",
    "occupied:y",
)
MOSTLY_FULL = (Level.ATTENUATED, Level.FULL, Level.FULL)


def make_lively_rules(rng: random.Random) -> tuple[Rule, ...]:
    """Make rules that mostly fire where ``a`` is on, as `random_networks` seldom do.

    They loop, have thresholds, reliefs, spares, activation and serial sums; drugs engage nodes.
    """
    rules = []
    for number in range(rng.randint(10, 30)):
        target = rng.choice(DERIVED)
        literals = [Literal(f"engaged_on:{target}", LiteralKind.NOT)]
        kind = rng.choice((LiteralKind.PLAIN, LiteralKind.PLAIN, LiteralKind.ANY))
        sources = rng.sample(DERIVED, rng.choice((1, 1, 2)))
        literals += [Literal(node, kind) for node in (["a"] if number < 4 else sources)]
        if rng.random() < 0.3:
            inputs = [Literal(node) for node in LIVELY_INPUTS[-4:]]
            relief = Literal(rng.choice(DERIVED), LiteralKind.RELIEF)
            literals.append(rng.choice([*inputs, relief, Literal("spare:x", LiteralKind.NOT)]))
        unique = tuple(dict.fromkeys(literals))
        name, serial = f"r{number:02}", rng.random() < 0.1
        strength = rng.choice(MOSTLY_FULL)
        rules.append(Rule(name, name, unique, unique[1], target, strength, serial))
    return tuple(rules)


@st.composite
def lively_questions(draw: st.DrawFn) -> tuple[Network, list[Scenario]]:
    """Draw a lively network with scenarios; hypothesis draws the seed alone."""
    rng = random.Random(draw(st.integers(0, 1 << 32)))
    rules = make_lively_rules(rng)
    masks = rng.sample(sorted({rule.target for rule in rules}), rng.choice((0, 1)))

    def levels(nodes: Iterable[str], most: int) -> dict[str, Level]:
        return {n: rng.choice(tuple(Level)) for n in rng.sample(tuple(nodes), rng.randint(0, most))}

    scenarios = [
        scenario_of({"a": Level.FULL} | levels(("N", "b", "spare:x"), 2), levels(LIVELY_INPUTS, 5))
        for _ in range(rng.randint(1, 8))
    ]
    return network_of(rules, masks=masks), scenarios


def make_random_rules(
    nodes: int, *, seed: int, drugs: int = 60, escapes: int = 60, loop: float = 0.1
) -> tuple[Rule, ...]:
    """Make a layered network of the real one's shape, for benchmarks.

    About 2.5 rules a node: the first passes a signal on, the others have conditions, weak
    strengths, serial sums, thresholds and edges back a layer; a few read a relief. Drugs engage
    nodes (``engaged_on:n7``), escapes (``e3``) are sources that enter anywhere.
    """
    rng = random.Random(seed)
    names = [f"n{i}" for i in range(nodes)]
    engaged = set(rng.sample(range(nodes), min(drugs, nodes)))
    rules: list[Rule] = []

    def add(literals: list[Literal], target: int, strength: Level, serial: bool = False) -> None:
        if target in engaged:
            literals.append(Literal(f"engaged_on:n{target}", LiteralKind.NOT))
        unique = tuple(dict.fromkeys(literals))
        name = f"r{len(rules):05}"
        rules.append(Rule(name, name, unique, unique[0], names[target], strength, serial))

    for target in range(nodes):
        if target < 4:
            add([Literal("a" if target < 2 else "b")], target, Level.FULL)
            continue
        for turn in range(rng.choice((1, 2, 2, 3, 3, 4))):
            span = max(4, nodes // 12)
            low = max(0, target - span)
            source = rng.randrange(low, target)
            if turn and rng.random() < loop:
                source = rng.randrange(target, min(nodes, target + span))
            kind = LiteralKind.ANY if rng.random() < 0.1 else LiteralKind.PLAIN
            literals = [Literal(names[source], kind)]
            if turn and rng.random() < 0.8:
                literals.append(Literal(names[rng.randrange(low, target)]))
            weak = turn > 0 and rng.random() < 0.4
            strength = Level.ATTENUATED if weak else Level.FULL
            add(literals, target, strength, turn > 0 and rng.random() < 0.15)
    for number in range(escapes):
        target = rng.randrange(4, nodes)
        add([Literal(f"e{number}")], target, rng.choice((Level.FULL, Level.ATTENUATED)))
    for number in range(max(2, nodes // 30)):
        target = rng.randrange(nodes // 2)
        relieved = names[rng.randrange(nodes // 2, nodes)]
        condition = [Literal(f"e{number}")] if number % 2 else []
        relief = [Literal(relieved, LiteralKind.RELIEF_ANY), *condition]
        add(relief, target, Level.ATTENUATED)
    return tuple(rules)
