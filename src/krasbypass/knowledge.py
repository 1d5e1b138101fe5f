"""The reasoned graph as typed facts: genes, activities, alterations, interactions, drugs.

`load_knowledge` reads TriG and returns a `Knowledge`; nothing downstream sees RDF. Ids are the
local names of the ontology, nodes are its notations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from krasbypass.drugs import read_drugs
from krasbypass.errors import OntologyError, UnknownTermError, plain_key
from krasbypass.facts import ALT_LABEL, NOTE, Facts, join_facts, read_facts, read_reasoned
from krasbypass.model import (
    Activity,
    Alteration,
    Contradiction,
    Drug,
    Evidence,
    Gene,
    Interaction,
    Level,
    LiteralKind,
    Member,
    Tissue,
)
from krasbypass.reasoning import find_fact_modules, find_ontology, load_reasoned
from krasbypass.tumour import Kind
from krasbypass.vocabulary import C, P

_LITERALS = {
    P.NEEDS: LiteralKind.PLAIN,
    P.NEEDS_ANY: LiteralKind.ANY,
    P.NEEDS_NOT: LiteralKind.NOT,
    P.RELIEF_OF: LiteralKind.RELIEF,
    P.RELIEF_OF_ANY: LiteralKind.RELIEF_ANY,
    P.IN_TISSUE: LiteralKind.PLAIN,
    P.IN_CONTEXT: LiteralKind.PLAIN,
}


def load_knowledge(folder: Path | str | None = None) -> Knowledge:
    """Read the packaged ontology, or the one in `folder`, reasoned.

    Raises
    ------
    OntologyError
        The Turtle is broken, inconsistent or incomplete.
    ReasonerUnavailableError
        The ontology has not been reasoned over yet and there is no Java.
    """
    return read_knowledge(load_reasoned(_find_folder(folder)))


def load_full_knowledge(folder: Path | str | None = None) -> Knowledge:
    """Read as `load_knowledge` does, with the clinical facts and quoted statements beside.

    Raises
    ------
    OntologyError
        As `load_knowledge`, or a module of facts cannot be parsed.
    """
    path = _find_folder(folder)
    modules = find_fact_modules(path or find_ontology())
    try:
        beside = read_facts(*((m.read_bytes(), "text/turtle") for m in modules))
    except SyntaxError as error:
        raise OntologyError(f"a module of facts is not valid Turtle: {error}") from error
    return Knowledge(*join_facts(read_reasoned(load_reasoned(path)), beside))


def read_knowledge(data: bytes) -> Knowledge:
    """Read the TriG made by `krasbypass.reasoning.build_reasoned`."""
    return Knowledge(*read_reasoned(data))


def _find_folder(folder: Path | str | None) -> Path | None:
    path = Path(folder) if folder is not None else None
    if path is not None and not path.is_dir():
        raise OntologyError(f"there is no ontology folder {str(path)!r}")
    return path


@dataclass(frozen=True)
class Knowledge(Facts):
    """Typed facts of one ontology, each kind read from the index on first use."""

    # -- typed facts ----------------------------------------------------------------------------

    @cached_property
    def levels(self) -> Mapping[str, Level]:
        """Level of each term that has a rank in a list of values."""
        ranked = {t: int(po[P.RANK][0]) for t, po in self.index.items() if P.RANK in po}
        return {t: Level(rank) for t, rank in ranked.items() if rank in tuple(Level)}

    def level(self, term: str) -> Level:
        """Return the level that a term stands for; `UnknownTermError` if it stands for none."""
        if term not in self.levels:
            raise UnknownTermError("level", term, self.levels)
        return self.levels[term]

    @cached_property
    def composed_properties(self) -> tuple[tuple[str, str], ...]:
        """Properties of changes in cis, and whether the highest or the lowest value counts."""
        found = ((t, self.value(t, P.COMPOSED_BY)) for t in self.index)
        return tuple(sorted((t, how) for t, how in found if how))

    def placeholder_values(self, member: Member, placeholder: str) -> tuple[str, ...]:
        """Return the ids that a placeholder names for a member; empty if the member has none."""
        prop = self.value(placeholder, P.FOLLOWS)
        if prop is None:
            return (member.id,)
        return member.values.get(prop) or self.values(prop, P.IF_UNSTATED)

    @cached_property
    def genes(self) -> Mapping[str, Gene]:
        """Genes by id."""
        return {term: self._read_gene(term) for term in self.instances(C.GENE)}

    @cached_property
    def proteins(self) -> Mapping[str, str]:
        """Ids of genes and families by the label under which their presence is a node."""
        return {self.label(t): t for cls in (C.GENE, C.FAMILY) for t in self.instances(cls)}

    def _read_gene(self, term: str) -> Gene:
        classes = self.classes(term)
        unspecified = {v for cls in classes for v in self.values(cls, P.READS_UNSPECIFIED_AS)}
        return Gene(
            id=term,
            symbol=self.label(term),
            names=self.values(term, ALT_LABEL),
            classes=classes,
            unspecified=min(unspecified, default=None),
            activities=tuple(self.node(a) for a in self.values(term, P.HAS_ACTIVITY)),
            has_alleles=C.RAS_GENE in classes,
            primary=C.PRIMARY_TARGET_GENE in classes,
        )

    @cached_property
    def activities(self) -> Mapping[str, Activity]:
        """Activities by node name."""
        return {a.node: a for a in map(self._read_activity, self.instances(C.ACTIVITY))}

    def _read_activity(self, term: str) -> Activity:
        def flag(prop: str) -> bool:
            return self.value(term, prop) == "true"

        layer = self.value(term, P.LAYER)
        return Activity(
            id=term,
            node=self.node(term),
            label=self.label(term),
            layer=int(layer) if layer else None,
            genes=(*self.values(term, P.ACTIVITY_OF), *self.values(term, P.CARRIED_BY)),
            is_output=C.OUTPUT in self.classes(term),
            default=flag(P.SHOWN_BY_DEFAULT),
            when_held=flag(P.SHOWN_WHEN_HELD),
            route_kind=self.value(term, P.ROUTE_KIND),
            masks_tone=flag(P.MASKS_TONE),
        )

    @cached_property
    def families(self) -> Mapping[str, str]:
        """Family of each node that shares its family with other nodes (isoforms, say)."""
        nodes: dict[str, set[str]] = defaultdict(set)
        for activity in self.activities.values():
            for gene in activity.genes:
                for family in self.values(gene, P.MEMBER_OF):
                    nodes[family].add(activity.node)
        shared = {family: found for family, found in nodes.items() if len(found) > 1}
        return {node: self.label(f) for f in sorted(shared) for node in shared[f]}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Output names: those shown by default first, then as the ontology layers them."""
        found = [a for a in self.activities.values() if a.is_output]
        found.sort(key=lambda a: (not a.default, a.layer or 99, a.node))
        return tuple(a.node for a in found)

    @cached_property
    def alterations(self) -> Mapping[str, Alteration]:
        """Alterations of the catalogue by notation."""
        found = [self._read_alteration(t) for t in self.instances(C.ALTERATION)]
        return {a.node: a for a in found}

    @cached_property
    def other_names(self) -> Mapping[str, str]:
        """Alterations by what others call them (EGFR:E746_A750del is EGFR:ex19del)."""
        named = ((self.values(a.id, ALT_LABEL), node) for node, a in self.alterations.items())
        return {plain_key(name): node for names, node in named for name in names}

    def _read_alteration(self, term: str) -> Alteration:
        classes = self.classes(term)
        gene = self.value(term, P.OF_GENE) or self.value(term, P.ALLELE_OF)
        if gene is None:
            raise OntologyError(f"the alteration {self.label(term)!r} names no gene")
        parts = self.values(term, P.IN_CIS_WITH) or (term,)
        kind = self.value(term, P.OF_KIND) or Kind.CHANGE
        return Alteration(term, self.node(term), gene, kind, classes, parts)

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """Interactions that make rules, sorted by id."""
        return tuple(self._read_interaction(t) for t in self.instances(C.INTERACTION))

    def _read_interaction(self, term: str) -> Interaction:
        literals = [(o, kind) for prop, kind in _LITERALS.items() for o in self.values(term, prop)]
        literals += [
            (f"{prop}:{o}", LiteralKind.PLAIN)
            for prop in (P.OCCUPIED, P.NEEDS_FREE)
            for o in self.values(term, prop)
        ]
        driver = self.value(term, P.DRIVER)
        raises = self.values(term, P.RAISES)
        if driver is None or not raises:
            what = "driver" if driver is None else "raised activity"
            raise OntologyError(f"the interaction {term!r} has no {what}")
        repeated = [x for x in literals if x[0] in (driver, f"{P.OCCUPIED}:{driver}")]
        if not repeated:
            literals.insert(0, (driver, LiteralKind.PLAIN))
        return Interaction(
            id=term,
            label=self.label(term),
            literals=tuple(literals),
            driver=repeated[0] if repeated else (driver, LiteralKind.PLAIN),
            raises=raises,
            strength=self.value(term, P.TO_LEVEL) or "full",
            serial=self.value(term, P.SERIAL) == "true",
            outruns_off=self.value(term, P.OUTRUNS_OFF_STATE_DRUGS) == "true",
            overloads_by=self.value(term, P.OVERLOADS_BY),
            for_each=self.value(term, P.FOR_EACH),
            rebound=C.REBOUND_INTERACTION in self.classes(term),
            hypothesis=self.value(term, P.UNDER_HYPOTHESIS),
            evidence=self.values(term, P.SUPPORTED_BY),
            disputed=tuple(c.id for c in self.contradictions if term in c.concerns),
        )

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Contradictions of the sources, sorted by id."""
        return tuple(
            Contradiction(
                t,
                self.label(t),
                self.value(t, P.DISAGREEMENT) or "",
                self.value(t, P.READING) or "",
                self.values(t, P.CONCERNS),
            )
            for t in self.instances(C.CONTRADICTION)
        )

    @cached_property
    def evidence(self) -> Mapping[str, Evidence]:
        """Places in sources, by id."""
        return {t: self._read_evidence(t) for t in self.instances(C.EVIDENCE)}

    def _read_evidence(self, term: str) -> Evidence:
        source = self.value(term, P.FROM_SOURCE) or ""
        kind = self.value(term, P.OF_EVIDENCE_KIND) or ""
        line, anchor = self.value(term, P.AT_LINE), self.value(term, P.ANCHOR)
        place = ", ".join(
            part
            for part in (f"line {line}" if line else "", f"“{anchor}”" if anchor else "")
            if part
        )
        return Evidence(
            id=term,
            kind=self.value(kind, P.NOTATION) or kind,
            source=source,
            citation=self.value(source, P.CITATION) or self.label(source),
            locator=place or self.value(term, NOTE) or "",
            unchecked=self.value(term, P.UNCHECKED) or self.value(source, P.UNCHECKED),
        )

    @cached_property
    def hypotheses(self) -> Mapping[str, bool]:
        """Competing mechanisms by notation, and whether each is on by default."""
        return {
            self.node(t): self.value(t, P.ON_BY_DEFAULT) == "true"
            for t in self.instances(C.HYPOTHESIS)
        }

    @cached_property
    def tissues(self) -> Mapping[str, Tissue]:
        """Tissues by name."""
        rebound = {o for i in self.interactions if i.rebound for o, _ in i.literals}
        tone: dict[str, list[tuple[str, Level]]] = defaultdict(list)
        for fact in self.instances(C.TONE_FACT):
            receptor = self.value(fact, P.OF_RECEPTOR) or ""
            level = self.level(self.value(fact, P.TO_LEVEL) or "attenuated")
            for node in self.values(receptor, P.HAS_TONE):
                tone[self.value(fact, P.OF_TISSUE) or ""].append((self.node(node), level))
        return {
            self.label(t): Tissue(
                t, self.label(t), self.values(t, ALT_LABEL), tuple(sorted(tone[t])), t in rebound
            )
            for t in self.instances(C.TISSUE)
        }

    @cached_property
    def tone_union(self) -> tuple[tuple[str, Level], ...]:
        """Tone of a tissue without facts: every receptor of the other tissues, attenuated."""
        nodes = {node for tissue in self.tissues.values() for node, _ in tissue.tone}
        return tuple((node, Level.ATTENUATED) for node in sorted(nodes))

    @cached_property
    def contexts(self) -> tuple[str, ...]:
        """Contexts that a question may set, as notations."""
        return tuple(self.node(t) for t in self.instances(C.CONTEXT))

    @cached_property
    def drugs(self) -> Mapping[str, Drug]:
        """Drugs by preferred name, generic inhibitors and inhibitor classes included."""
        return read_drugs(self)

    @cached_property
    def overload_kinds(self) -> tuple[str, ...]:
        """How a state may exceed a drug, as ids."""
        return self.instances(C.OVERLOAD_KIND)

    @cached_property
    def overload_levels(self) -> Mapping[tuple[str, str, str], Level]:
        """Level that overload re-opens, by (drug id, tissue id, kind of overload)."""
        return {
            (
                self.value(t, P.OF_DRUG) or "",
                self.value(t, P.OF_TISSUE) or "",
                self.value(t, P.OVERLOADS_BY) or "",
            ): self.level(self.value(t, P.TO_LEVEL) or "attenuated")
            for t in self.instances(C.OVERLOAD_FACT)
        }

    # -- look-ups by what users write -------------------------------------------------------------

    @cached_property
    def _gene_index(self) -> Mapping[str, str]:
        index: dict[str, str] = {}
        for gene in self.genes.values():
            for name in (*gene.names, gene.symbol):
                index[plain_key(name)] = gene.id
        for gene in self.genes.values():
            index[plain_key(gene.symbol)] = gene.id
        return index

    def find_gene(self, text: str) -> Gene:
        """Return the gene that a symbol or synonym names, whatever the case."""
        found = self._gene_index.get(plain_key(text))
        if found is None:
            raise UnknownTermError(
                "gene", text, [n for g in self.genes.values() for n in (g.symbol, *g.names)]
            )
        return self.genes[found]

    @cached_property
    def _drug_index(self) -> Mapping[str, str]:
        index: dict[str, str] = {}
        for drug in self.drugs.values():
            for name in drug.names:
                index.setdefault(plain_key(name), drug.name)
        index.update({plain_key(name): name for name in self.drugs})
        return index

    @cached_property
    def _target_index(self) -> Mapping[str, str]:
        families = self.instances(C.FAMILY)
        names = {plain_key(n): self.label(f) for f in families for n in self.values(f, ALT_LABEL)}
        return names | {key: self.genes[g].symbol for key, g in self._gene_index.items()}

    def find_drug(self, text: str) -> Drug:
        """Return the drug that a name, code, brand or `inhibitor:TARGET` names."""
        found = self._drug_index.get(plain_key(text))
        prefix, _, target = text.partition(":")
        if found is None and plain_key(prefix) == "inhibitor":
            found = f"inhibitor:{self._target_index.get(plain_key(target))}"
        if found is None or found not in self.drugs:
            raise UnknownTermError(
                "drug", text, (n for d in self.drugs.values() for n in (d.name, *d.names))
            )
        return self.drugs[found]

    def find_tissue(self, text: str) -> Tissue | None:
        """Return the tissue that a name or code names; None stands for ``any``."""
        if plain_key(text) == "any":
            return None
        names = {plain_key(n): t for t in self.tissues.values() for n in (*t.names, t.name)}
        if plain_key(text) not in names:
            known = [n for t in self.tissues.values() for n in (t.name, *t.names)]
            raise UnknownTermError("tissue", text, [*known, "any"], choices=[*self.tissues, "any"])
        return names[plain_key(text)]
