"""A tumour and a combination turned into the inputs that are on.

Everything that is fixed before the phases happens here: which alteration a text means, what each
drug engages in this tumour (composed over changes in cis, lost partners, efflux), and the tissue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, product
from typing import NamedTuple

from krasbypass.alleles import compose_allele, find_gdp_reach, has_state, state_node
from krasbypass.errors import UnknownTermError, UnsupportedAlterationError, plain_key
from krasbypass.knowledge import Knowledge
from krasbypass.model import (
    ANY_TISSUE,
    PRESENT,
    TISSUE,
    Alteration,
    Drug,
    Gene,
    Level,
    engaged_off,
    engaged_on,
    occupied,
    spare,
)
from krasbypass.tumour import KINDS, Change, Kind, Tumour, split_entries
from krasbypass.vocabulary import C, P

#: What one entry of a tumour may stand for: alterations that it brings together.
Reading = tuple[Alteration, ...]

_TRUNCATION = re.compile(r"\*|fs|^X|Ter|trunc|^splice|_?(del|ins)$|^[A-Z]\d+X$")


class Loss(NamedTuple):
    """What a drug no longer blocks: `node`, or all that it would if that is empty, and why."""

    drug: str
    node: str
    alteration: str


@dataclass(frozen=True)
class Scenario:
    """One clone of a tumour under one combination, as inputs of the network.

    `genotype` holds the inputs that do not depend on the drugs, `treatment` those that do; whether
    tone feeds RAS is in neither, since it depends on the baseline. `blame` names the drugs behind
    each input of the treatment, `lost` what drugs do not block because of an alteration.
    """

    genotype: Mapping[str, Level] = field(hash=False)
    treatment: Mapping[str, Level] = field(hash=False)
    blame: Mapping[str, tuple[str, ...]] = field(hash=False)
    alleles: tuple[Alteration, ...]
    drugs: tuple[str, ...]
    assumptions: tuple[str, ...] = ()
    lost: tuple[Loss, ...] = ()
    alterations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Genotype:
    """The alterations of one clone, resolved against the ontology."""

    alterations: tuple[Alteration, ...]
    contexts: tuple[str, ...]
    assumptions: tuple[str, ...]

    @property
    def alleles(self) -> tuple[Alteration, ...]:
        """Alterations that have a GTP-bound node of their own."""
        return tuple(a for a in self.alterations if has_state(a))


def resolve_scenarios(
    knowledge: Knowledge, tumour: Tumour, drugs: Iterable[str] = ()
) -> tuple[Scenario, ...]:
    """Return one scenario for each clone and for each reading of an unspecified RAS change.

    Raises
    ------
    UnknownTermError
        A gene, tissue, context or drug is not in the ontology.
    UnsupportedAlterationError
        The gene is known, but no rule gives the alteration an effect.
    """
    chosen = resolve_drugs(knowledge, drugs)
    tissue = knowledge.find_tissue(tumour.tissue)
    return tuple(
        build_scenario(knowledge, genotype, tissue.name if tissue else None, chosen)
        for clone in tumour.clones
        for genotype in resolve_genotypes(knowledge, clone)
    )


def name_change(knowledge: Knowledge, change: Change) -> str:
    """Return an entry under its preferred name: HGNC symbol, short change, catalogue spelling."""
    if change.is_context:
        return _find_context(knowledge, change)
    if change.partner is not None:
        return change.text
    if gain := _find_wild_type_gain(knowledge, change):
        return gain.node
    gene = knowledge.find_gene(change.gene)
    readings, _ = _resolve_change(knowledge, change)
    if len(readings) == 1 and len(readings[0]) == 1 and has_state(readings[0][0]):
        return readings[0][0].node
    return f"{gene.symbol}:{'+'.join(change.changes)}"


def resolve_drugs(knowledge: Knowledge, drugs: Iterable[str]) -> tuple[Drug, ...]:
    """Return the drugs that the names stand for, in order, without repeats.

    >>> from krasbypass import load_knowledge
    >>> [drug.name for drug in resolve_drugs(load_knowledge(), ["AMG 510, TNO-155", "Lumakras"])]
    ['sotorasib', 'TNO155']
    """
    return tuple({d.name: d for d in map(knowledge.find_drug, split_entries(drugs))}.values())


def resolve_genotypes(knowledge: Knowledge, clone: tuple[Change, ...]) -> tuple[Genotype, ...]:
    """Return the genotypes that a clone may stand for: several if a RAS change is unspecified."""
    contexts: list[str] = []
    options: list[tuple[Reading, ...]] = []
    assumptions: list[str] = []
    for change in clone:
        if change.is_context:
            contexts.append(_find_context(knowledge, change))
            continue
        readings, assumption = _resolve_change(knowledge, change)
        options.append(readings)
        assumptions += [assumption] if assumption else []
    genotypes = []
    for choice in product(*options):
        alterations, notes = _assign_copy_gains(knowledge, tuple(chain.from_iterable(choice)))
        told = (*assumptions, *notes)
        genotypes.append(Genotype(alterations, tuple(dict.fromkeys(contexts)), told))
    return tuple(genotypes)


def _find_context(knowledge: Knowledge, change: Change) -> str:
    wanted = f"context:{change.changes[0]}".casefold()
    for node in knowledge.contexts:
        if node.casefold() == wanted:
            return node
    raise UnknownTermError("context", change.text, knowledge.contexts)


def _resolve_change(knowledge: Knowledge, change: Change) -> tuple[tuple[Reading, ...], str | None]:
    """Return what an entry may stand for: the readings, and what was assumed."""
    if change.partner is not None:
        return ((_resolve_fusion(knowledge, change),),), None
    if gain := _find_wild_type_gain(knowledge, change):
        return ((gain,),), None
    gene = knowledge.find_gene(change.gene)
    first = change.changes[0]
    if gene.has_alleles and first == Kind.MUT:
        alleles = tuple(
            (a,)
            for a in knowledge.alterations.values()
            if a.gene == gene.id and C.ACTIVATING_ALLELE in a.classes
        )
        return alleles, f"{gene.symbol}:mut was evaluated for each allele of the catalogue"
    if gene.has_alleles and first not in KINDS:
        return ((compose_allele(knowledge, gene, change.changes),),), None
    found = [_resolve_single(knowledge, gene, c, change.text) for c in change.changes]
    assumed = "; ".join(note for _, note in found if note)
    return (tuple(alteration for alteration, _ in found),), assumed or None


def _find_wild_type_gain(knowledge: Knowledge, change: Change) -> Alteration | None:
    """Return the gain of a wild-type copy, read as answers write it: ``KRAS.WT:amp``."""
    wanted = plain_key(f"{change.gene}:{'+'.join(change.changes)}")
    for gene in knowledge.genes.values() if "." in change.gene else ():
        for gain in map(knowledge.node, knowledge.values(gene.id, P.HAS_WILD_TYPE_AMPLIFICATION)):
            if plain_key(gain) == wanted:
                return knowledge.alterations[gain]
    return None


def _resolve_single(
    knowledge: Knowledge, gene: Gene, change: str, text: str
) -> tuple[Alteration, str | None]:
    node = f"{gene.symbol}:{change}"
    known = knowledge.alterations.get(knowledge.other_names.get(plain_key(node), node))
    loss = knowledge.alterations.get(f"{gene.symbol}:{Kind.LOSS}")
    if gene.unspecified == Kind.LOSS and loss is not None:
        if change == Kind.MUT:
            return (
                loss,
                f"{gene.symbol}:mut was read as a loss, since {gene.symbol} is a tumour suppressor",
            )
        if known is None and _TRUNCATION.search(change):
            return loss, f"{gene.symbol}:{change} was read as a loss (truncation)"
    if known is None:
        options = [n for n, a in knowledge.alterations.items() if a.gene == gene.id]
        raise UnsupportedAlterationError(text, gene.symbol, options)
    return known, None


def _resolve_fusion(knowledge: Knowledge, change: Change) -> Alteration:
    for name in (change.partner, change.gene):
        try:
            gene = knowledge.find_gene(name or "")
        except UnknownTermError:
            continue
        found = knowledge.alterations.get(f"{gene.symbol}:{Kind.FUSION}")
        if found is not None:
            return found
    names = [n for n, a in knowledge.alterations.items() if a.kind == Kind.FUSION]
    raise UnsupportedAlterationError(change.text, f"{change.gene} or {change.partner}", names)


def _assign_copy_gains(
    knowledge: Knowledge, alterations: tuple[Alteration, ...]
) -> tuple[tuple[Alteration, ...], list[str]]:
    """Read an amplified RAS gene as gain of its mutant allele, or of the wild type if none."""
    mutated = {a.gene for a in alterations if has_state(a)}
    result, notes = [], []
    for alteration in alterations:
        gene = knowledge.genes[alteration.gene]
        gained = alteration.id in knowledge.values(gene.id, P.HAS_AMPLIFICATION)
        if gene.has_alleles and gained:
            of_wild_type = knowledge.value(gene.id, P.HAS_WILD_TYPE_AMPLIFICATION)
            if gene.id in mutated:
                notes.append(f"{alteration.node} was taken for the mutant allele")
            elif of_wild_type:
                notes.append(f"{alteration.node} was taken for the wild type")
                alteration = knowledge.alterations[knowledge.node(of_wild_type)]
        result.append(alteration)
    return tuple(dict.fromkeys(result)), notes


def build_scenario(
    knowledge: Knowledge, genotype: Genotype, tissue: str | None, drugs: tuple[Drug, ...]
) -> Scenario:
    """Return the inputs of a genotype in a tissue (None: any) under a combination."""
    inputs: dict[str, Level] = {}
    for alteration in genotype.alterations:
        weak = alteration.kind == Kind.LOW
        inputs[alteration.node] = Level.ATTENUATED if weak else Level.FULL
    inputs.update(dict.fromkeys(genotype.contexts, Level.FULL))
    found = knowledge.tissues[tissue] if tissue else None
    if found is not None:
        inputs[f"{TISSUE}{found.name}"] = Level.FULL
    if found is None or not found.has_rebound:
        inputs[ANY_TISSUE] = Level.FULL
    inputs.update(found.tone if found is not None and found.tone else knowledge.tone_union)
    engagement = _Engagement(knowledge, genotype, tissue)
    for drug in drugs:
        engagement.add(drug)
    return Scenario(
        genotype=inputs,
        treatment=engagement.inputs,
        blame={node: tuple(names) for node, names in engagement.blame.items()},
        alterations=tuple(a.node for a in genotype.alterations),
        alleles=genotype.alleles,
        drugs=tuple(d.name for d in drugs),
        assumptions=(*genotype.assumptions, *engagement.notes),
        lost=tuple(engagement.lost),
    )


class _Engagement:
    """What the drugs block in one tumour, as inputs; the reasoned facts minus the exceptions."""

    def __init__(self, knowledge: Knowledge, genotype: Genotype, tissue: str | None) -> None:
        self.knowledge = knowledge
        self.tissue = knowledge.tissues[tissue].id if tissue else ""
        self.inputs: dict[str, Level] = {}
        self.blame: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.lost: list[Loss] = []
        self.alterations = genotype.alterations
        self.alleles = frozenset(knowledge.instances(C.RAS_ALLELE))
        self.states: dict[str, list[Alteration]] = {}
        for allele in genotype.alleles:
            for part in allele.parts:
                self.states.setdefault(part, []).append(allele)
        for wild_type in knowledge.instances(C.WILD_TYPE_ALLELE):
            known = knowledge.alterations.get(knowledge.node(wild_type))
            gene = knowledge.value(wild_type, P.ALLELE_OF) or ""
            allele = known or Alteration(
                wild_type, knowledge.node(wild_type), gene, "", frozenset(), (wild_type,)
            )
            self.states.setdefault(wild_type, []).append(allele)

    def add(self, drug: Drug) -> None:
        exposure = self.exposure(drug)
        if exposure is Level.OFF:
            return
        for key, level in drug.engages:
            for node, allele, changes in self.places(key):
                reached = min(level, exposure)
                if allele is not None and drug.binds_off_only:
                    reached = min(reached, find_gdp_reach(self.knowledge, allele))
                reached = min(reached, self.affinity(drug, node, changes))
                if reached:
                    self.engage(drug, node, reached, is_state=allele is not None)
        for node in drug.occupies:
            self.set(occupied(node), exposure, drug)

    def places(self, key: str) -> list[tuple[str, Alteration | None, tuple[str, ...]]]:
        """Return (node, allele or None, changes that may touch the drug there)."""
        if key in self.alleles:
            return [(state_node(a), a, a.parts) for a in self.states.get(key, ())]
        activity = self.knowledge.activities.get(key)
        genes = set(activity.genes) if activity else set()
        if activity is None and key.startswith(PRESENT):
            name = key.removeprefix(PRESENT)
            genes = {self.knowledge.proteins.get(name, name)}
        genes |= {m for g in genes for m in self.knowledge.values(g, P.HAS_MEMBER)}
        changes = tuple(a.id for a in self.alterations if a.gene in genes)
        return [(key, None, changes)]

    def affinity(self, drug: Drug, node: str, changes: tuple[str, ...]) -> Level:
        lost = [c for c in changes if c in drug.abrogated_by and c not in drug.retains]
        if lost:
            self.lost += [Loss(drug.name, node, self.knowledge.node(c)) for c in lost]
            return Level.OFF
        weak = [c for c in changes if c in drug.weakened_by and c not in drug.retains]
        weak = [c for c in weak if C.SECOND_SITE_CHANGE in self.knowledge.classes(c)]
        if weak:
            names = ", ".join(self.knowledge.node(c) for c in weak)
            self.notes.append(f"predicted: {names} weakens {drug.name}, which contacts the residue")
            return Level.ATTENUATED
        return Level.FULL

    def exposure(self, drug: Drug) -> Level:
        level = Level.FULL
        for alteration in self.alterations:
            kind = alteration.kind
            if alteration.gene in drug.partners and kind in (Kind.LOSS, Kind.LOW):
                level = min(level, Level.OFF if kind == Kind.LOSS else Level.ATTENUATED)
                self.lost.append(Loss(drug.name, "", alteration.node))
            if alteration.gene in drug.effluxed_by and kind in (Kind.ACT, Kind.AMP):
                level = min(level, Level.ATTENUATED)
                self.lost.append(Loss(drug.name, "", alteration.node))
        return level

    def engage(self, drug: Drug, node: str, level: Level, *, is_state: bool) -> None:
        if drug.binds_off_only:
            self.set(engaged_off(node), level, drug)
            return
        self.set(engaged_on(node), level, drug)
        if is_state:
            for kind in self.knowledge.overload_kinds:
                self.limit_overload(drug, spare(node, kind), kind)

    def limit_overload(self, drug: Drug, name: str, kind: str) -> None:
        """Lower what overload re-opens to the recorded level; nothing exceeds a generic drug."""
        levels = self.knowledge.overload_levels
        recorded = levels.get((drug.id, self.tissue, kind), Level.ATTENUATED)
        level = Level.OFF if drug.generic else recorded
        self.inputs[name] = min(level, self.inputs.get(name, Level.FULL))
        self.blame.setdefault(name, []).append(drug.name)

    def set(self, name: str, level: Level, drug: Drug) -> None:
        self.inputs[name] = max(level, self.inputs.get(name, Level.OFF))
        names = self.blame.setdefault(name, [])
        if drug.name not in names:
            names.append(drug.name)
