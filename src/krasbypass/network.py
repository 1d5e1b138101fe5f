"""Interactions of the ontology compiled to rules, and the networkx graph of them.

An interaction that holds for each member of a class becomes one rule a member; engagement by
drugs becomes two literals; a protein that rules need becomes a presence rule. A network in which
a rule negates what other rules derive is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from krasbypass.alleles import build_allele_member, find_allele_classes, find_members
from krasbypass.errors import (
    NotationError,
    OntologyError,
    StratificationError,
    UnknownTermError,
)
from krasbypass.knowledge import Knowledge
from krasbypass.model import (
    ANY_TISSUE,
    PRESENT,
    Activity,
    Alteration,
    Interaction,
    Level,
    Literal,
    LiteralKind,
    Member,
    Rule,
    engaged_off,
    engaged_on,
    occupied,
    presence,
    spare,
)
from krasbypass.tumour import Kind
from krasbypass.vocabulary import C, P

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class Network:
    """Rules of one ontology under one choice of hypotheses.

    `rules` are sorted by id. `knowledge` answers what the nodes mean.
    """

    knowledge: Knowledge = field(repr=False)
    rules: tuple[Rule, ...]
    outputs: tuple[str, ...]
    hypotheses: tuple[tuple[str, bool], ...] = ()
    alleles: tuple[str, ...] = ()

    @cached_property
    def targets(self) -> frozenset[str]:
        """Nodes that some rule derives."""
        return frozenset(rule.target for rule in self.rules)

    @cached_property
    def inputs(self) -> frozenset[str]:
        """Nodes that rules read and none derives."""
        read = {literal.node for rule in self.rules for literal in rule.literals}
        return frozenset(read - self.targets)

    @cached_property
    def activities(self) -> Mapping[str, Activity]:
        """Described nodes by name."""
        return self.knowledge.activities

    @cached_property
    def default_outputs(self) -> tuple[str, ...]:
        """Outputs that the ontology shows unless others are named."""
        return tuple(output for output in self.outputs if self.activities[output].default)

    def find_outputs(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the outputs named, in their own spelling and without repeats.

        Raises
        ------
        UnknownTermError
            There is no such output.
        """
        spelled = {o.casefold(): o for o in self.outputs} | {o: o for o in self.outputs}
        found: dict[str, None] = {}
        for name in names:
            output = spelled.get(name) or spelled.get(name.casefold())
            if output is None:
                raise UnknownTermError("output", name, self.outputs)
            found[output] = None
        return tuple(found)

    @cached_property
    def graph(self) -> nx.MultiDiGraph[str]:
        """The drivers of all rules as a networkx graph: node to node, keyed by rule id."""
        return build_driver_graph(self.rules)


def build_driver_graph(rules: Iterable[Rule]) -> nx.MultiDiGraph[str]:
    """Return the graph of drivers: an edge a rule, keyed by the rule's id, carrying the rule.

    >>> rule = Rule("r", "r", (Literal("A"), Literal("B")), Literal("A"), "C")
    >>> list(build_driver_graph([rule]).edges(keys=True))
    [('A', 'C', 'r')]
    """
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for rule in rules:
        graph.add_edge(rule.source, rule.target, key=rule.id, rule=rule)
    return graph


def parse_hypotheses(entries: Iterable[str]) -> dict[str, bool]:
    """Return which hypotheses entries written ``NAME=on`` or ``NAME=off`` switch.

    >>> parse_hypotheses(["this=on", "that = off"])
    {'this': True, 'that': False}
    """
    chosen = {}
    for entry in entries:
        name, _, value = map(str.strip, entry.partition("="))
        if value not in ("on", "off"):
            raise NotationError(entry, "a hypothesis is switched with NAME=on or NAME=off")
        chosen[name] = value == "on"
    return chosen


def build_signalling_network(
    knowledge: Knowledge, *, hypotheses: Mapping[str, bool] | None = None
) -> Network:
    """Compile the interactions of `knowledge` into a network.

    Parameters
    ----------
    knowledge
        The reasoned ontology.
    hypotheses
        Competing mechanisms to switch on or off, by notation; the others keep their default.

    Raises
    ------
    StratificationError
        A rule negates a node that other rules derive; the error names both.
    UnknownTermError
        A hypothesis does not exist, or an interaction names what is no level or no hypothesis.
    OntologyError
        An interaction names a placeholder and no class.
    """
    chosen = dict(knowledge.hypotheses)
    for name, value in (hypotheses or {}).items():
        if name not in chosen:
            raise UnknownTermError("hypothesis", name, chosen)
        chosen[name] = value
    compiler = _Compiler(knowledge)
    rules = [
        rule
        for interaction in knowledge.interactions
        if _is_on(interaction, knowledge, chosen)
        for rule in compiler.compile(interaction)
    ]
    rules += compiler.presence_rules(rules)
    return _network(knowledge, rules, tuple(sorted(chosen.items())), frozenset())


def extend_with_alleles(network: Network, alleles: Iterable[Alteration]) -> Network:
    """Return `network` with the rules of alleles that the catalogue does not list.

    Alleles already in the network are left alone, so that extending twice changes nothing.
    """
    knowledge = network.knowledge
    new = [
        a for a in alleles if a.node not in network.alleles and a.node not in knowledge.alterations
    ]
    if not new:
        return network
    compiler = _Compiler(knowledge)
    hypotheses = dict(network.hypotheses)
    rules = list(network.rules)
    for allele in new:
        classes = find_allele_classes(knowledge, allele)
        member = build_allele_member(knowledge, allele)
        rules += [
            rule
            for interaction in knowledge.interactions
            if interaction.for_each in classes and _is_on(interaction, knowledge, hypotheses)
            for rule in compiler.compile_for(interaction, member)
        ]
    names = frozenset(network.alleles) | {a.node for a in new}
    return _network(knowledge, rules, network.hypotheses, names)


def _is_on(interaction: Interaction, knowledge: Knowledge, hypotheses: Mapping[str, bool]) -> bool:
    if interaction.hypothesis is None:
        return True
    name = knowledge.node(interaction.hypothesis)
    if name not in hypotheses:
        raise UnknownTermError("hypothesis", name, hypotheses)
    return hypotheses[name]


def _network(
    knowledge: Knowledge,
    rules: list[Rule],
    hypotheses: tuple[tuple[str, bool], ...],
    alleles: frozenset[str],
) -> Network:
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    check_stratified(ordered)
    return Network(knowledge, ordered, knowledge.outputs, hypotheses, tuple(sorted(alleles)))


def check_stratified(rules: Iterable[Rule]) -> None:
    """Refuse rules that negate a derived node.

    >>> rule = Rule("r", "r", (Literal("A"), Literal("B", LiteralKind.NOT)), Literal("A"), "B")
    >>> check_stratified([rule])
    Traceback (most recent call last):
    ...
    krasbypass.errors.StratificationError: rule 'r' negates 'B', which other rules derive; \
only inputs may be negated
    """
    rules = tuple(rules)
    derived = {rule.target for rule in rules}
    for rule in rules:
        for literal in rule.literals:
            if literal.kind is LiteralKind.NOT and literal.node in derived:
                raise StratificationError(rule.id, literal.node)


class _Compiler:
    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.placeholders = frozenset(knowledge.instances(C.PLACEHOLDER))
        engaged_by_off, engaged = set(), set()
        for drug in knowledge.drugs.values():
            keys = {key for key, _ in drug.engages}
            engaged |= keys
            if drug.binds_off_only:
                engaged_by_off |= keys
        self.engaged, self.engaged_by_off = engaged, engaged_by_off

    def compile(self, interaction: Interaction) -> list[Rule]:
        if interaction.for_each is None:
            rules = self.compile_for(interaction, None)
            return [*rules, *self.rebound_elsewhere(interaction, rules)]
        members = find_members(self.knowledge, interaction.for_each)
        return [rule for m in members for rule in self.compile_for(interaction, m)]

    def compile_for(self, interaction: Interaction, member: Member | None) -> list[Rule]:
        strength = self.resolve_level(interaction.strength, member)
        if strength is Level.OFF:
            return []
        options = [self.resolve(ref, member, interaction) for ref, _ in interaction.literals]
        targets = [t for ref in interaction.raises for t in self.resolve(ref, member, interaction)]
        choices = list(product(*options))
        rules = []
        for number, (choice, target) in enumerate(product(choices, targets)):
            literals: list[Literal] = []
            driver: Literal | None = None
            for (ref, kind), node in zip(interaction.literals, choice, strict=True):
                made = self.literals_of(ref, kind, node)
                if (ref, kind) == interaction.driver and driver is None:
                    driver = made[0]
                literals += made
            literals += self.limits(interaction, target)
            assert driver is not None
            suffix = f"/{member.id}" if member else ""
            if len(choices) * len(targets) > 1:
                suffix += f"/{number + 1}"
            rules.append(
                Rule(
                    id=interaction.id + suffix,
                    interaction=interaction.id,
                    literals=tuple(dict.fromkeys(literals)),
                    driver=driver,
                    target=self.name(target),
                    strength=strength,
                    serial=interaction.serial,
                )
            )
        return rules

    def rebound_elsewhere(self, interaction: Interaction, rules: list[Rule]) -> list[Rule]:
        """Give tissues without rebound facts the union of all, attenuated."""
        tissues = {
            self.knowledge.node(ref)
            for ref, _ in interaction.literals
            if C.TISSUE in self.knowledge.classes(ref)
        }
        if not interaction.rebound or not tissues:
            return []
        return [
            replace(
                rule,
                id=f"{rule.id}/any",
                literals=tuple(
                    Literal(ANY_TISSUE) if lit.node in tissues else lit for lit in rule.literals
                ),
                strength=Level.ATTENUATED,
            )
            for rule in rules
        ]

    def resolve(self, ref: str, member: Member | None, interaction: Interaction) -> tuple[str, ...]:
        """Return the ontology ids that a reference of an interaction stands for."""
        prefix, _, inner = ref.rpartition(":")
        if inner not in self.placeholders:
            return (ref,)
        if member is None:
            raise OntologyError(
                f"the interaction {interaction.id!r} uses the placeholder {inner!r} "
                "without saying for each member of which class"
            )
        found = self.knowledge.placeholder_values(member, inner)
        return tuple(f"{prefix}:{v}" if prefix else v for v in found)

    def resolve_level(self, ref: str, member: Member | None) -> Level:
        if ref in self.placeholders and member is not None:
            found = self.knowledge.placeholder_values(member, ref)
            return max(map(self.knowledge.level, found), default=Level.OFF)
        return self.knowledge.level(ref)

    def literals_of(self, ref: str, kind: LiteralKind, term: str) -> list[Literal]:
        inner = term.partition(":")[2]
        if ref.startswith(f"{P.OCCUPIED}:"):
            return [Literal(occupied(self.name(inner)))]
        if ref.startswith(f"{P.NEEDS_FREE}:"):
            return self.free(self.name(inner))
        return [Literal(self.name(term), kind)]

    def name(self, term: str) -> str:
        classes = self.knowledge.classes(term)
        if C.GENE in classes or C.FAMILY in classes:
            return presence(self.knowledge.label(term))
        return self.knowledge.node(term)

    def limits(self, interaction: Interaction, target: str) -> list[Literal]:
        """Return the literals by which drugs limit a rule that raises `target`."""
        node = self.name(target)
        if interaction.overloads_by is not None:
            return [Literal(spare(node, interaction.overloads_by))]
        if interaction.outruns_off:
            return self.free(node)[-1:]
        return self.free(node)

    def free(self, node: str) -> list[Literal]:
        activity = self.knowledge.activities.get(node)
        if activity is None:
            is_state = not node.startswith(PRESENT)  # the state of a composed allele
        else:
            is_state = C.ACTIVE_STATE in self.knowledge.classes(activity.id)
        literals = []
        if is_state or node in self.engaged_by_off:
            literals.append(Literal(engaged_off(node), LiteralKind.NOT))
        if is_state or node in self.engaged:
            literals.append(Literal(engaged_on(node), LiteralKind.NOT))
        return literals

    def presence_rules(self, rules: Iterable[Rule]) -> list[Rule]:
        """Return one rule for each protein (or family) that the rules need to be there."""
        needed = {literal.node for rule in rules for literal in rule.literals}
        made = []
        for label, term in sorted(self.knowledge.proteins.items()):
            node = presence(label)
            if node not in needed:
                continue
            losses = [
                Literal(n, LiteralKind.NOT)
                for n in (f"{label}:{Kind.LOSS}", f"{label}:{Kind.LOW}")
                if n in self.knowledge.alterations
            ]
            # the driver of a rule has to be a literal, so that an unlosable protein gets one too
            unlosable = Literal(f"{label}:{Kind.LOSS}", LiteralKind.NOT)
            literals = (*losses, *self.free(node)) or (unlosable,)
            made.append(Rule(f"presence/{term}", f"presence/{term}", literals, literals[-1], node))
        return made
