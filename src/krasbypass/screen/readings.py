"""Readings of a tumour that differ in nothing but the name of an allele: the first stands for all.

An unspecified RAS change is read as every allele of the catalogue, and several multiply. Many
alleles have the same rules and are engaged by the same drugs; exchanging two such is a symmetry of
the network, so that the levels of one reading are those of the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from krasbypass.alleles import find_gdp_reach, has_state, state_node
from krasbypass.model import ENGAGED_OFF, ENGAGED_ON, OCCUPIED, SPARE, Alteration, Drug, Rule
from krasbypass.network import Network
from krasbypass.scenario import Genotype
from krasbypass.vocabulary import C

#: Beginnings of inputs that name the node they are about last.
_ABOUT = (ENGAGED_OFF, ENGAGED_ON, OCCUPIED, SPARE)


def find_stand_ins(
    network: Network,
    genotypes: Sequence[Genotype],
    drugs: Iterable[Drug],
    variable: Iterable[str] = (),
) -> tuple[int, ...]:
    """Return for each genotype the number of the first that is alike under any of the drugs.

    Genotypes of which not the same inputs are `variable` are not alike.

    >>> from krasbypass import build_signalling_network, load_knowledge
    >>> from krasbypass.scenario import resolve_genotypes
    >>> from krasbypass.tumour import Change
    >>> network = build_signalling_network(load_knowledge())
    >>> readings = resolve_genotypes(network.knowledge, (Change.parse("KRAS:mut"),))
    >>> len(readings) > len(set(find_stand_ins(network, readings, ())))
    True
    """
    if len(genotypes) < 2:
        return tuple(range(len(genotypes)))
    alleles = {a for g in genotypes for a in g.alleles}
    alike = _find_alike(network, alleles, tuple(drugs), variable)
    first: dict[object, int] = {}
    found = []
    for number, genotype in enumerate(genotypes):
        genes = [a.gene for a in genotype.alleles]
        # beside another allele of its gene, an allele is exchanged for none
        names = tuple(
            alike.get(a.node, a.node) if genes.count(a.gene) == 1 else a.node
            for a in genotype.alterations
        )
        found.append(first.setdefault((names, genotype.contexts), number))
    return tuple(found)


def keep_distinct(
    network: Network, genotypes: Sequence[Genotype], drugs: Iterable[Drug]
) -> tuple[Genotype, ...]:
    """Return the genotypes without those for which an earlier one stands."""
    return tuple(genotypes[n] for n in dict.fromkeys(find_stand_ins(network, genotypes, drugs)))


def exchange_alleles(genotype: Genotype, other: Genotype) -> dict[str, str]:
    """Return the nodes of a genotype that are called otherwise in one that is alike."""
    pairs = zip(genotype.alterations, other.alterations, strict=True)
    moved = [(a, b) for a, b in pairs if a is not b]
    return {a.node: b.node for a, b in moved} | {state_node(a): state_node(b) for a, b in moved}


def rename(node: str, names: Mapping[str, str]) -> str:
    """Return what a node is called after an exchange, or the input about it.

    >>> rename("engaged_on:KRAS.G12V.GTP", {"KRAS.G12V.GTP": "KRAS.G12A.GTP"})
    'engaged_on:KRAS.G12A.GTP'
    """
    subject = _subject(node)
    return node.removesuffix(subject) + names.get(subject, subject)


def _find_alike(
    network: Network,
    alterations: Iterable[Alteration],
    drugs: Sequence[Drug],
    variable: Iterable[str],
) -> Mapping[str, str]:
    """Return by node of each catalogue allele that of the one which stands for it."""
    alleles = [a for a in alterations if has_state(a) and a.parts == (a.id,)]
    rules = _find_rules(network, alleles)
    inputs: dict[str, set[str]] = defaultdict(set)
    for node in variable:
        subject = _subject(node)
        inputs[subject].add(node.removesuffix(subject))
    first: dict[object, str] = {}
    found = {}
    for allele in sorted(alleles, key=lambda a: a.node):
        if allele.node in rules:
            engaged = tuple(_find_engagement(network, allele, drug) for drug in drugs)
            free = [frozenset(inputs[n]) for n in (allele.node, state_node(allele))]
            member = C.RAS_ALLELE in allele.classes
            key = (allele.gene, allele.kind, member, rules[allele.node], engaged, *free)
            found[allele.node] = first.setdefault(key, allele.node)
    return found


def _find_engagement(network: Network, allele: Alteration, drug: Drug) -> object:
    """Return what a drug knows of an allele; whatever answers say of it by name sets it apart."""
    levels = dict(drug.engages)
    level = levels.get(allele.id)
    named = not {allele.node, state_node(allele)}.isdisjoint((*levels, *drug.occupies))
    weakened = allele.id in drug.weakened_by
    reach = find_gdp_reach(network.knowledge, allele) if level and drug.binds_off_only else None
    return (
        level,
        reach,
        allele.id in drug.abrogated_by,
        allele.id in drug.retains,
        allele.node if named or weakened else "",
    )


def _find_rules(network: Network, alleles: Iterable[Alteration]) -> dict[str, object]:
    """Return by node the rules of each allele that leads to an output, its own nodes unnamed.

    An allele that shares a rule with another is missing: the two cannot be exchanged one by one.
    """
    owner = {n: a.node for a in alleles for n in (a.node, state_node(a))}
    rules: dict[str, set[object]] = defaultdict(set)
    tied: set[str] = set()
    sources: dict[str, set[str]] = defaultdict(set)
    for rule in network.rules:
        read = [literal.node for literal in rule.literals]
        sources[rule.target].update(read)
        owners = {owner[n] for n in map(_subject, (*read, rule.target)) if n in owner}
        if len(owners) > 1:
            tied |= owners
        for node in owners:
            rules[node].add(_unname(rule, node, owner))
    leading = _find_leading(sources, network.outputs)
    return {n: frozenset(r) for n, r in rules.items() if n in leading and n not in tied}


def _subject(node: str) -> str:
    """Return the node that an input of a drug is about; any other node is about itself."""
    return node.rpartition(":")[2] if node.startswith(_ABOUT) else node


def _unname(rule: Rule, allele: str, owner: Mapping[str, str]) -> object:
    """Return what a rule says, with the nodes of its allele called by what they are."""

    def call(node: str) -> tuple[str, str]:
        subject = _subject(node)
        if owner.get(subject) != allele:
            return node, ""
        return node.removesuffix(subject), "allele" if subject == allele else "state"

    return (
        rule.interaction,
        tuple((call(literal.node), literal.kind) for literal in rule.literals),
        call(rule.driver.node),
        call(rule.target),
        rule.strength,
        rule.serial,
    )


def _find_leading(sources: Mapping[str, set[str]], outputs: Iterable[str]) -> set[str]:
    """Return the nodes from which a way leads to an output."""
    leading = set(outputs)
    queue = list(leading)
    while queue:
        new = sources.get(queue.pop(), set()) - leading
        leading |= new
        queue += new
    return leading
