"""What follows mechanically from the class of a term, so that no curator need write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krasbypass.errors import OntologyError
from krasbypass.tumour import Kind
from krasbypass.vocabulary import BASE, C, P

if TYPE_CHECKING:
    import rdflib

#: An RDF term; rdflib types them too widely to be of help.
Term = Any


def complete(graph: rdflib.Graph) -> rdflib.Graph:
    """Return what follows mechanically from the class of a term and need not be written by hand.

    Activities of signalling proteins, generic alterations of genes (by the kinds that a class
    accepts), GTP-bound nodes of alleles, ligand tones, one generic inhibitor for each target, and
    the counts that classes of drugs are defined by.
    """
    return _Completion(graph).run()


class _Completion:
    def __init__(self, graph: rdflib.Graph) -> None:
        import rdflib

        self.graph = graph
        self.made = rdflib.Graph()
        self.kb = rdflib.Namespace(BASE)
        self.rdf, self.rdfs, self.owl = rdflib.RDF, rdflib.RDFS, rdflib.OWL
        self.literal, self.uri = rdflib.Literal, rdflib.URIRef
        self.superclasses = {
            cls: frozenset(graph.transitive_objects(cls, rdflib.RDFS.subClassOf))
            for cls in graph.subjects(rdflib.RDF.type, rdflib.OWL.Class)
        }

    def run(self) -> rdflib.Graph:
        for gene in self.instances(C.SIGNALLING_PROTEIN):
            self.make_activity(gene)
        for gene in self.instances(C.GENE):
            refused = self.annotated(gene, P.REFUSES_KIND)
            for kind in self.annotated(gene, P.ACCEPTS_KIND):
                if kind in refused:
                    continue
                self.make_alteration(gene, kind)
        for gene in self.needed_genes():
            self.make_alteration(gene, self.kb[Kind.LOSS])
        for allele in self.instances(C.RAS_ALLELE):
            self.make_state(allele)
        for fact in self.instances(C.TONE_FACT):
            self.make_tone(fact)
        for target in (*self.instances(C.GENE), *self.instances(C.FAMILY)):
            self.make_generic_inhibitor(target)
        for drug in self.instances(C.DRUG):
            self.count(drug, P.NUMBER_OF_FORMS, (P.BINDS_FORM,))
            self.count(
                drug, P.NUMBER_OF_TARGETS, (P.INHIBITS, P.PARTLY_INHIBITS, P.TARGETS, P.COVERS_GENE)
            )
        for gene in self.instances(C.RAS_GENE):
            self.make_wild_type_amplification(gene)
        for subject, cls in self.graph.subject_objects(self.rdf.type):
            if str(cls).startswith(BASE):
                self.made.add((subject, self.rdf.type, self.owl.NamedIndividual))
        return self.made - self.graph

    def instances(self, name: str) -> list[Term]:
        """Return the terms asserted to be of the class or a subclass of it, sorted."""
        wanted = self.kb[name]
        classes = {cls for cls, above in self.superclasses.items() if wanted in above}
        return sorted({s for cls in classes for s in self.graph.subjects(self.rdf.type, cls)})

    def annotated(self, term: Term, name: str) -> list[Term]:
        found = {
            value
            for cls in self.graph.objects(term, self.rdf.type)
            for above in self.superclasses.get(cls, ())
            for value in self.graph.objects(above, self.kb[name])
        }
        return sorted(found)

    def needed_genes(self) -> list[Term]:
        genes = set(self.instances(C.GENE))
        needed = {o for p in (P.NEEDS, P.NEEDS_ANY) for o in self.graph.objects(None, self.kb[p])}
        needed |= set(self.graph.objects(None, self.kb[P.REQUIRES_PARTNER]))
        return sorted(genes & needed)

    def label(self, term: Term) -> str:
        return str(self.graph.value(term, self.rdfs.label) or str(term).removeprefix(BASE))

    def add(self, subject: Term, *classes: str, label: str, notation: str) -> None:
        for cls in classes:
            self.made.add((subject, self.rdf.type, self.kb[cls]))
        self.made.add((subject, self.rdf.type, self.owl.NamedIndividual))
        self.made.add((subject, self.rdfs.label, self.literal(label)))
        self.made.add((subject, self.kb[P.NOTATION], self.literal(notation)))

    def make_activity(self, gene: Term) -> None:
        named = self.graph.objects(gene, self.kb[P.HAS_ACTIVITY])
        carried = self.graph.subjects(self.kb[P.ACTIVITY_OF], gene)
        if any(True for _ in (*named, *carried)):
            return
        symbol = self.label(gene)
        activity = self.uri(f"{gene}-activity")
        if (activity, self.rdf.type, None) not in self.graph:
            self.add(activity, C.ACTIVITY, label=f"{symbol} signalling", notation=symbol)
        self.made.add((gene, self.kb[P.HAS_ACTIVITY], activity))

    def make_alteration(self, gene: Term, kind: Term) -> None:
        alteration = self.uri(f"{gene}-{str(kind).removeprefix(BASE)}")
        if (alteration, self.rdf.type, None) not in self.graph:
            code = str(self.graph.value(kind, self.kb[P.NOTATION]))
            self.add(
                alteration,
                C.ALTERATION,
                label=f"{self.label(gene)} {self.label(kind)}",
                notation=f"{self.label(gene)}:{code}",
            )
            self.made.add((alteration, self.kb[P.OF_GENE], gene))
            self.made.add((alteration, self.kb[P.OF_KIND], kind))
        link: dict[str, P] = {
            Kind.AMP: P.HAS_AMPLIFICATION,
            Kind.LOSS: P.HAS_LOSS,
            Kind.WT_LOSS: P.HAS_WILD_TYPE_LOSS,
        }
        name = str(kind).removeprefix(BASE)
        if name in link:
            self.made.add((gene, self.kb[link[name]], alteration))

    def make_wild_type_amplification(self, gene: Term) -> None:
        symbol = self.label(gene)
        gain = self.uri(f"{gene}-WT-amp")
        self.add(
            gain,
            C.ALTERATION,
            label=f"{symbol} amplification of the wild type",
            notation=f"{symbol}.WT:{Kind.AMP}",
        )
        self.made.add((gain, self.kb[P.OF_GENE], gene))
        self.made.add((gain, self.kb[P.OF_KIND], self.kb[Kind.AMP]))
        self.made.add((gene, self.kb[P.HAS_WILD_TYPE_AMPLIFICATION], gain))

    def make_state(self, allele: Term) -> None:
        notation = str(self.graph.value(allele, self.kb[P.NOTATION]) or self.label(allele))
        node = notation.replace(":", ".") + ".GTP"
        state = self.uri(f"{allele}-GTP")
        self.add(state, C.ACTIVE_STATE, label=f"{notation} bound to GTP", notation=node)
        self.made.add((allele, self.kb[P.HAS_STATE], state))

    def make_tone(self, fact: Term) -> None:
        receptor = next(self.graph.objects(fact, self.kb[P.OF_RECEPTOR]), None)
        if receptor is None:
            raise OntologyError(f"the tone fact {self.label(fact)!r} names no receptor")
        tone = self.uri(f"{receptor}-tone")
        symbol = self.label(receptor)
        self.add(tone, C.TONE, label=f"ligand tone of {symbol}", notation=f"tone:{symbol}")
        coupling = self.graph.value(receptor, self.kb[P.EXCHANGE_COUPLING])
        weak = coupling is not None and coupling != self.kb["full"]
        self.made.add((receptor, self.kb[P.HAS_TONE if weak else P.HAS_EXCHANGE_TONE], tone))

    def make_generic_inhibitor(self, target: Term) -> None:
        symbol = self.label(target)
        drug = self.uri(f"{BASE}inhibitor-{str(target).removeprefix(BASE)}")
        name = f"inhibitor:{symbol}"
        self.add(drug, C.GENERIC_INHIBITOR, label=name, notation=name)
        self.made.add((drug, self.kb[P.INHIBITS], target))
        members = {target, *self.graph.objects(target, self.kb[P.HAS_MEMBER])}
        for gene in sorted(members & set(self.instances(C.RAS_GENE))):
            self.made.add((drug, self.kb[P.PREFERS_GENE], gene))
            self.made.add((drug, self.kb[P.BINDS_FORM], self.kb[P.ON_FORM]))

    def count(self, drug: Term, name: str, properties: tuple[str, ...]) -> None:
        values = {o for p in properties for o in self.graph.objects(drug, self.kb[p])}
        self.made.add((drug, self.kb[name], self.literal(len(values))))
