"""The reasoned graph as typed facts: genes, activities, alterations, interactions, drugs.

`load_knowledge` reads TriG and returns a `Knowledge`; nothing downstream sees RDF. Ids are the
local names of the ontology, nodes are its notations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from krasbypass.errors import (
    OntologyError,
    UnknownTermError,
    UnsupportedAlterationError,
    plain_key,
)
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
    presence,
)
from krasbypass.reasoning import load_reasoned
from krasbypass.vocabulary import BASE, C, Graph, P

_LITERALS = {
    P.NEEDS: LiteralKind.PLAIN,
    P.NEEDS_ANY: LiteralKind.ANY,
    P.NEEDS_NOT: LiteralKind.NOT,
    P.RELIEF_OF: LiteralKind.RELIEF,
    P.RELIEF_OF_ANY: LiteralKind.RELIEF_ANY,
    P.IN_TISSUE: LiteralKind.PLAIN,
    P.IN_CONTEXT: LiteralKind.PLAIN,
}
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
_ALT = "http://www.w3.org/2004/02/skos/core#altLabel"
_DEFINITION = "http://www.w3.org/2004/02/skos/core#definition"
_NOTE = "http://www.w3.org/2004/02/skos/core#note"
_INDIVIDUAL = "http://www.w3.org/2002/07/owl#NamedIndividual"
#: Closures that SPARQL serves and no typed fact needs; leaving them out halves the reading time.
_CLOSURES = frozenset({"actsOnPathway", "upstreamOf", "downstreamOf"})
_VERSION = "http://www.w3.org/2002/07/owl#versionInfo"


def load_knowledge(folder: Path | str | None = None) -> Knowledge:
    """Read the packaged ontology, or the one in `folder`, reasoned.

    Raises
    ------
    OntologyError
        The Turtle is broken, inconsistent or incomplete.
    ReasonerUnavailableError
        The ontology has not been reasoned over yet and there is no Java.
    """
    path = Path(folder) if folder is not None else None
    if path is not None and not path.is_dir():
        raise OntologyError(f"there is no ontology folder {str(path)!r}")
    return read_knowledge(load_reasoned(path))


def read_knowledge(data: bytes) -> Knowledge:
    """Read the TriG made by `krasbypass.reasoning.build_reasoned`."""
    import pyoxigraph

    facts: dict[str, dict[str, list[str]]] = {}
    derived: set[tuple[str, str, str]] = set()
    short: dict[str, str] = {}

    def shorten(text: str) -> str:
        found = short.get(text)
        if found is None:
            found = short[text] = text.removeprefix(BASE)
        return found

    for quad in pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TRIG):
        predicate = shorten(quad.predicate.value)
        obj = shorten(quad.object.value)
        if predicate in _CLOSURES or obj == _INDIVIDUAL:
            continue
        subject = shorten(quad.subject.value)
        facts.setdefault(subject, {}).setdefault(predicate, []).append(obj)
        if quad.graph_name.value == Graph.INFERRED:
            derived.add((subject, predicate, obj))
    return Knowledge(
        {s: {p: tuple(sorted(o)) for p, o in po.items()} for s, po in facts.items()},
        frozenset(derived),
    )


@dataclass(frozen=True)
class Knowledge:
    """Typed facts of one ontology.

    `facts` maps a term to its properties to sorted values, all as local names or plain text;
    `derived` are those that the reasoner drew. Everything else follows from them on first use.
    """

    facts: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False, hash=False)
    derived: frozenset[tuple[str, str, str]] = field(default=frozenset(), repr=False)

    # -- plain access ---------------------------------------------------------------------------

    def values(self, term: str, prop: str) -> tuple[str, ...]:
        """Return the values of a property of a term, sorted, empty if none."""
        return self.facts.get(term, {}).get(prop, ())

    def value(self, term: str, prop: str) -> str | None:
        """Return the first value of a property, or None."""
        found = self.values(term, prop)
        return found[0] if found else None

    def label(self, term: str) -> str:
        """Return the label of a term, or its id."""
        return self.value(term, _LABEL) or term

    def definition(self, term: str) -> str:
        """Return the definition of a term, or an empty text."""
        return self.value(term, _DEFINITION) or ""

    def node(self, term: str) -> str:
        """Return the name under which a term stands in the network and in answers."""
        if C.TISSUE in self.classes(term):
            return f"tissue:{self.label(term)}"
        return self.value(term, P.NOTATION) or self.label(term)

    def classes(self, term: str) -> frozenset[str]:
        """Return the classes of a term, asserted and inferred, with their superclasses."""
        direct = self.values(term, _TYPE)
        return frozenset(c for d in direct for c in self._superclasses.get(d, (d,)))

    @cached_property
    def _superclasses(self) -> Mapping[str, frozenset[str]]:
        def climb(cls: str, seen: frozenset[str]) -> frozenset[str]:
            for above in self.values(cls, _SUBCLASS):
                if above not in seen:
                    seen = climb(above, seen | {above})
            return seen

        classes = {c for po in self.facts.values() for c in po.get(_TYPE, ())}
        return {cls: climb(cls, frozenset({cls})) for cls in classes}

    def instances(self, cls: str) -> tuple[str, ...]:
        """Return the members of a class, asserted and inferred, sorted."""
        return self._instances.get(cls, ())

    @cached_property
    def _instances(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, set[str]] = defaultdict(set)
        for term, po in self.facts.items():
            for direct in po.get(_TYPE, ()):
                for cls in self._superclasses.get(direct, (direct,)):
                    found[cls].add(term)
        return {cls: tuple(sorted(terms)) for cls, terms in found.items()}

    @cached_property
    def _ontology(self) -> str:
        return next(t for t, po in self.facts.items() if P.AS_OF in po and _VERSION in po)

    @property
    def version(self) -> str:
        """Version of the ontology."""
        return self.value(self._ontology, _VERSION) or "0"

    @property
    def as_of(self) -> str:
        """Date up to which regulatory facts were collected, ISO 8601."""
        return self.value(self._ontology, P.AS_OF) or ""

    @property
    def notice(self) -> str:
        """What an answer is not."""
        return self.value(self._ontology, P.NOTICE) or ""

    # -- typed facts ----------------------------------------------------------------------------

    @cached_property
    def levels(self) -> Mapping[str, Level]:
        """Level of each term that has a rank in a list of values."""
        ranked = {t: int(po[P.RANK][0]) for t, po in self.facts.items() if P.RANK in po}
        return {t: Level(rank) for t, rank in ranked.items() if rank in tuple(Level)}

    @cached_property
    def genes(self) -> Mapping[str, Gene]:
        """Genes by id, with the kinds of alteration that their classes accept."""
        return {term: self._read_gene(term) for term in self.instances(C.GENE)}

    def _read_gene(self, term: str) -> Gene:
        classes = self.classes(term)

        def annotated(prop: str) -> set[str]:
            return {v for cls in classes for v in self.values(cls, prop)}

        kinds = {self.value(k, P.NOTATION) or k for k in annotated(P.ACCEPTS_KIND)}
        unspecified = annotated(P.READS_UNSPECIFIED_AS)
        return Gene(
            id=term,
            symbol=self.label(term),
            names=self.values(term, _ALT),
            classes=classes,
            kinds=frozenset(kinds),
            unspecified=min(unspecified) if unspecified else None,
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

    def _read_alteration(self, term: str) -> Alteration:
        classes = self.classes(term)
        gene = self.value(term, P.OF_GENE) or self.value(term, P.ALLELE_OF)
        if gene is None:
            raise OntologyError(f"the alteration {self.label(term)!r} names no gene")
        parts = self.values(term, P.IN_CIS_WITH) or (term,)
        kind = self.value(term, P.OF_KIND) or "change"
        return Alteration(term, self.node(term), gene, kind, classes, parts)

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """Interactions that make rules, sorted by id."""
        return tuple(self._read_interaction(t) for t in self.instances(C.INTERACTION))

    def _read_interaction(self, term: str) -> Interaction:
        literals = [(o, kind) for prop, kind in _LITERALS.items() for o in self.values(term, prop)]
        literals += [
            (f"{prop}:{o}", LiteralKind.PLAIN)
            for prop in (P.OCCUPIED, "needsFree")
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
            overloads=self.value(term, P.OVERLOADS) == "true",
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
            part for part in (f"line {line}" if line else "", f"“{anchor}”" if anchor else "") if part
        )
        return Evidence(
            id=term,
            kind=self.value(kind, P.NOTATION) or kind,
            source=source,
            citation=self.value(source, P.CITATION) or self.label(source),
            locator=place or self.value(term, _NOTE) or "",
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
            level = self.levels[self.value(fact, P.TO_LEVEL) or "attenuated"]
            for node in self.values(receptor, P.HAS_TONE):
                tone[self.value(fact, P.OF_TISSUE) or ""].append((self.node(node), level))
        return {
            self.label(t): Tissue(
                t, self.label(t), self.values(t, _ALT), tuple(sorted(tone[t])), t in rebound
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
        terms = (*self.instances(C.DRUG), *self.instances(C.GENERIC_INHIBITOR))
        found = {d.name: d for d in map(self._read_drug, terms)}
        for cls in sorted(self._drug_classes):
            members = [d for d in found.values() if cls in d.classes and not d.generic]
            generic = self._merge_class(cls, members)
            found.setdefault(generic.name, generic)
        return found

    @cached_property
    def _drug_classes(self) -> frozenset[str]:
        classes = {c for d in self.instances(C.DRUG) for c in self.classes(d)}
        return frozenset(c for c in classes if self.value(c, P.NOTATION))

    def _merge_class(self, cls: str, members: list[Drug]) -> Drug:
        best: dict[str, Level] = {}
        for drug in members:
            for key, level in drug.engages:
                best[key] = max(level, best.get(key, Level.OFF))
        complete = tuple((k, Level.FULL) for k in sorted(best) if best[k] == Level.FULL)
        name = f"inhibitor:{self.value(cls, P.NOTATION)}"
        empty: frozenset[str] = frozenset()
        return Drug(
            id=cls,
            name=name,
            names=(),
            mechanism=self.label(cls),
            stage="",
            classes=frozenset({C.GENERIC_INHIBITOR}),
            generic=True,
            engages=complete,
            occupies=tuple(sorted({o for d in members for o in d.occupies})),
            binds_off_only=False,
            abrogated_by=empty,
            weakened_by=empty,
            retains=empty,
            partners=(),
            effluxed_by=(),
        )

    def _read_drug(self, term: str) -> Drug:
        classes = self.classes(term)
        engages: dict[str, Level] = {}
        for prop, inhibition, level in (
            (P.ENGAGES_PARTIALLY, P.PARTLY_INHIBITS, Level.ATTENUATED),
            (P.ENGAGES_COMPLETELY, P.INHIBITS, Level.FULL),
        ):
            for target in self.values(term, prop):
                allele = C.RAS_ALLELE in self.classes(target)
                engages[target if allele else self.node(target)] = level
            for target in self.values(term, inhibition):
                engages[presence(self.label(target))] = level
        forms = self.values(term, P.BINDS_FORM)
        return Drug(
            id=term,
            name=self.label(term),
            names=self.values(term, _ALT),
            mechanism=self.value(term, P.MECHANISM) or "",
            stage=self.value(term, P.STAGE) or "",
            classes=classes,
            generic=C.GENERIC_INHIBITOR in classes,
            engages=tuple(sorted(engages.items())),
            occupies=tuple(self.node(o) for o in self.values(term, P.OCCUPIES)),
            binds_off_only=forms == ("OFF-form",),
            abrogated_by=frozenset(self.values(term, P.BINDING_LOST_BY)),
            weakened_by=frozenset(
                change
                for residue in self.values(term, "contactsResidue")
                for change in self.values(residue, "residueOf")
            ),
            retains=frozenset(self.values(term, P.RETAINS_BINDING_TO)),
            partners=self.values(term, P.REQUIRES_PARTNER),
            effluxed_by=self.values(term, P.EFFLUXED_BY),
        )

    @cached_property
    def overload_levels(self) -> Mapping[tuple[str, str], Level]:
        """Level that overload re-opens under a drug in a tissue, by (drug id, tissue id)."""
        return {
            (self.value(t, P.OF_DRUG) or "", self.value(t, P.OF_TISSUE) or ""): self.levels[
                self.value(t, P.TO_LEVEL) or "attenuated"
            ]
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
            raise UnknownTermError("gene", text, [n for g in self.genes.values() for n in (g.symbol, *g.names)])
        return self.genes[found]

    @cached_property
    def _drug_index(self) -> Mapping[str, str]:
        index: dict[str, str] = {}
        for drug in self.drugs.values():
            for name in drug.names:
                index.setdefault(plain_key(name), drug.name)
        index.update({plain_key(name): name for name in self.drugs})
        return index

    def find_drug(self, text: str) -> Drug:
        """Return the drug that a name, code, brand or `inhibitor:TARGET` names."""
        key = plain_key(text)
        found = self._drug_index.get(key)
        prefix, _, target = text.partition(":")
        if found is None and prefix.strip().casefold() == "inhibitor" and target:
            gene = self._gene_index.get(plain_key(target))
            if gene is not None:
                found = f"inhibitor:{self.genes[gene].symbol}"
        if found is None or found not in self.drugs:
            names = [n for d in self.drugs.values() for n in (d.name, *d.names)]
            raise UnknownTermError("drug", text, names)
        return self.drugs[found]

    def find_tissue(self, text: str) -> Tissue | None:
        """Return the tissue that a name or code names; None stands for ``any``."""
        if plain_key(text) == "any":
            return None
        names = {plain_key(n): t for t in self.tissues.values() for n in (*t.names, t.name)}
        if plain_key(text) not in names:
            known = [n for t in self.tissues.values() for n in (t.name, *t.names)]
            raise UnknownTermError("tissue", text, [*known, "any"])
        return names[plain_key(text)]

    @cached_property
    def _term_index(self) -> Mapping[str, str]:
        index: dict[str, str] = {}
        for term, po in self.facts.items():
            if _LABEL not in po:
                continue
            for name in (*po.get(_ALT, ()), term, *po.get(P.NOTATION, ()), *po[_LABEL]):
                index.setdefault(plain_key(name), term)
        for cls in (C.OUTPUT, C.GENE, C.DRUG):
            index.update({plain_key(self.label(t)): t for t in self.instances(cls)})
        return index

    def find_term(self, text: str) -> str:
        """Return the id of whatever a name, code, notation, rule or evidence id stands for."""
        rule = text.partition("/")[0]
        for name in (text, rule):
            if plain_key(name) in self._term_index:
                return self._term_index[plain_key(name)]
        raise UnknownTermError("term", text, self._known_names)

    @property
    def _known_names(self) -> list[str]:
        names = (_LABEL, _ALT, P.NOTATION)
        return [v for po in self.facts.values() for prop in names for v in po.get(prop, ())]

    def describe(self, text: str) -> dict[str, Any]:
        """Return everything known of a term: labels instead of ids, evidence as ids."""
        term = self.find_term(text)
        noted = self._axiom_evidence
        hidden = {_TYPE, _LABEL, _ALT, _DEFINITION, P.SUPPORTED_BY}
        facts = []
        for prop, values in sorted(self.facts[term].items()):
            if prop in hidden:
                continue
            for derived in (False, True):
                chosen = [v for v in values if ((term, prop, v) in self.derived) is derived]
                if chosen:
                    evidence = {e for v in chosen for e in noted.get((term, prop, v), ())}
                    facts.append(
                        {
                            "property": self.label(prop).rpartition("#")[2],
                            "values": [self.display(v) for v in dict.fromkeys(chosen)],
                            "inferred": derived,
                            "evidence": sorted(evidence),
                        }
                    )
        mentions = [i.id for i in self.interactions if term in self._mentioned(i)]
        if mentions:
            values = [self.label(i) for i in mentions]
            facts.append(
                {"property": "stands in", "values": values, "inferred": False, "evidence": []}
            )
        return {
            "term": term,
            "label": self.display(term),
            "classes": sorted(self.label(c) for c in self.classes(term) if c in self.facts),
            "definition": self.definition(term),
            "synonyms": list(self.values(term, _ALT)),
            "facts": facts,
            "evidence": list(self.values(term, P.SUPPORTED_BY)),
            "contradictions": [
                f"{c.label}: {c.disagreement} Reading: {c.reading}"
                for c in self.contradictions
                if term in c.concerns
            ],
        }

    def display(self, term: str) -> str:
        """Return a term as answers write it: its notation if it has one, else its label."""
        return self.value(term, P.NOTATION) or self.label(term)

    @staticmethod
    def _mentioned(interaction: Interaction) -> set[str]:
        return {ref for ref, _ in interaction.literals} | set(interaction.raises)

    @cached_property
    def _axiom_evidence(self) -> Mapping[tuple[str, str, str], tuple[str, ...]]:
        owl = "http://www.w3.org/2002/07/owl#annotated"
        found = {}
        for po in self.facts.values():
            source, prop, target = (po.get(owl + p) for p in ("Source", "Property", "Target"))
            if source and prop and target:
                found[source[0], prop[0], target[0]] = po.get(P.SUPPORTED_BY, ())
        return found

    # -- members of a class, for expansion --------------------------------------------------------

    def members(self, cls: str) -> tuple[Member, ...]:
        """Return the members over which an interaction for each `cls` is expanded."""
        compounds = [
            self.allele_member(a)
            for a in self.alterations.values()
            if C.COMPOUND_ALLELE in a.classes and cls in self._composed_classes(a)
        ]
        plain = [Member(t, self.facts[t]) for t in self.instances(cls)]
        return tuple(sorted((*plain, *compounds), key=lambda m: m.id))

    def placeholder_values(self, member: Member, placeholder: str) -> tuple[str, ...]:
        """Return the ids that a placeholder names for a member; empty if the member has none."""
        prop = self.value(placeholder, P.FOLLOWS)
        if prop is None:
            return (member.id,)
        return member.values.get(prop) or self.values(prop, P.IF_UNSTATED)

    def allele_member(self, allele: Alteration) -> Member:
        """Return the properties of changes in cis, composed from those of the single changes."""
        primary = self._primary_part(allele)
        values = dict(self.facts[primary])
        for prop in self._composed_properties:
            ranked = [
                v for part in allele.parts for v in self.values(part, prop) if v in self.levels
            ]
            if ranked:
                pick = max if self.value(prop, P.COMPOSED_BY) == "highest" else min
                values[prop] = (pick(ranked, key=lambda v: self.levels[v]),)
        values[P.HAS_STATE] = (state_node(allele),)
        return Member(allele.id, values)

    @cached_property
    def _composed_properties(self) -> tuple[str, ...]:
        return tuple(sorted(t for t, po in self.facts.items() if P.COMPOSED_BY in po))

    def _primary_part(self, allele: Alteration) -> str:
        for part in allele.parts:
            if C.ACTIVATING_ALLELE in self.classes(part):
                return part
        return allele.parts[0]

    def _composed_classes(self, allele: Alteration) -> frozenset[str]:
        return self.classes(self._primary_part(allele))

    def gdp_reach(self, allele: Alteration) -> Level:
        """Return how readily an allele reaches the GDP form: full, attenuated (slowly), off."""
        found = [
            self.levels[v] for part in allele.parts for v in self.values(part, "reachesGDP")
        ]
        return min(found, default=Level.FULL)

    def compose_allele(self, gene: Gene, changes: Iterable[str]) -> Alteration:
        """Return the allele that carries `changes` (such as ``G12C``, ``Y96D``) in cis.

        Activating changes come first, then by position, so that every spelling has one notation.

        Raises
        ------
        UnsupportedAlterationError
            A change is not in the catalogue, or none of them activates.
        """
        parts = []
        for change in dict.fromkeys(changes):
            known = self.alterations.get(f"{gene.symbol}:{change}")
            if known is None or len(known.parts) > 1:
                options = [
                    n for n, a in self.alterations.items() if a.gene == gene.id and len(a.parts) == 1
                ]
                raise UnsupportedAlterationError(f"{gene.symbol}:{change}", gene.symbol, options)
            parts.append(known)
        if len(parts) == 1:
            return parts[0]

        def order(part: Alteration) -> tuple[bool, int, str]:
            digits = "".join(ch for ch in part.node.partition(":")[2] if ch.isdigit())
            return C.ACTIVATING_ALLELE not in part.classes, int(digits or 0), part.node

        parts.sort(key=order)
        node = f"{gene.symbol}:" + "+".join(p.node.partition(":")[2] for p in parts)
        listed = self.alterations.get(node)
        ids = tuple(p.id for p in parts)
        if listed is not None:
            return replace(listed, parts=ids)
        return Alteration(node, node, gene.id, "change", frozenset({C.COMPOUND_ALLELE, C.ALTERATION}), ids)


def state_node(allele: Alteration) -> str:
    """Return the name of the GTP-bound node of an allele."""
    return allele.node.replace(":", ".") + ".GTP"
