"""What is known of an own network: the packaged facts, or part of them, and what the file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from krasbypass.knowledge import Knowledge
from krasbypass.model import Activity, Alteration, Drug, Gene, Interaction, Level, Tissue


@dataclass(frozen=True)
class OwnFacts:
    """Typed facts of a file, as `Knowledge` gives those of the ontology.

    `sources` are inputs that are on in every question; without `merged`, the ontology adds only
    the names of tissues.
    """

    name: str
    notes: tuple[str, ...]
    merged: bool
    activities: Mapping[str, Activity] = field(repr=False)
    genes: Mapping[str, Gene] = field(repr=False)
    alterations: Mapping[str, Alteration] = field(repr=False)
    interactions: tuple[Interaction, ...] = field(repr=False)
    drugs: Mapping[str, Drug] = field(repr=False)
    outputs: tuple[str, ...]
    sources: tuple[tuple[str, Level], ...]


@dataclass(frozen=True)
class OwnKnowledge(Knowledge):
    """The facts of an ontology with those of a file on top."""

    own: OwnFacts = field(kw_only=True, repr=False)

    @property
    def version(self) -> str:
        """Version of the ontology, and which file came on top."""
        return f"{super().version}+{self.own.name}"

    @property
    def notice(self) -> str:
        """What an answer is not, and how the file was read."""
        return " ".join((super().notice, *self.own.notes))

    @cached_property
    def activities(self) -> Mapping[str, Activity]:
        """Activities by node name."""
        return {**(super().activities if self.own.merged else {}), **self.own.activities}

    @cached_property
    def genes(self) -> Mapping[str, Gene]:
        """Genes by id; a node of the file that is no packaged gene is one of its own."""
        return {**(super().genes if self.own.merged else {}), **self.own.genes}

    @cached_property
    def alterations(self) -> Mapping[str, Alteration]:
        """Alterations by notation; every node of the file can be set on and taken away."""
        return {**self.own.alterations, **(super().alterations if self.own.merged else {})}

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """Interactions that make rules, those of the file last."""
        return (*(super().interactions if self.own.merged else ()), *self.own.interactions)

    @cached_property
    def drugs(self) -> Mapping[str, Drug]:
        """Drugs by preferred name, and an inhibitor of each node of the file."""
        return {**(super().drugs if self.own.merged else {}), **self.own.drugs}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Output names, those of the file first."""
        packaged = super().outputs if self.own.merged else ()
        return tuple(dict.fromkeys((*self.own.outputs, *packaged)))

    @cached_property
    def contexts(self) -> tuple[str, ...]:
        """Contexts that a question may set."""
        return super().contexts if self.own.merged else ()

    @cached_property
    def hypotheses(self) -> Mapping[str, bool]:
        """Competing mechanisms by notation, and whether each is on by default."""
        return super().hypotheses if self.own.merged else {}

    @cached_property
    def tissues(self) -> Mapping[str, Tissue]:
        """Tissues by name; sources of the file are on in each of them."""
        found = super().tissues
        if not self.own.merged:
            return {
                name: replace(t, tone=self.own.sources, has_rebound=False)
                for name, t in found.items()
            }
        return {
            name: replace(t, tone=(*t.tone, *self.own.sources)) if t.tone else t
            for name, t in found.items()
        }

    @cached_property
    def tone_union(self) -> tuple[tuple[str, Level], ...]:
        """What is on in a tissue without facts: sources, and where merged every tone, weakly."""
        return (*(super().tone_union if self.own.merged else ()), *self.own.sources)

    def find_gene(self, text: str) -> Gene:
        """Return the gene, or the node of the file, that a name stands for."""
        found = self._own_genes.get(text)
        return found if found is not None else super().find_gene(text)

    def find_drug(self, text: str) -> Drug:
        """Return the drug that a name stands for; names of nodes may differ in case alone."""
        found = self.own.drugs.get(text)
        return found if found is not None else super().find_drug(text)

    @cached_property
    def _own_genes(self) -> Mapping[str, Gene]:
        return {gene.symbol: gene for gene in self.own.genes.values()}
