"""The reasoned graph as a plain index: term to property to values, with classes and names."""

from __future__ import annotations

import hashlib
import marshal
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from krasbypass.errors import NotationError, UnknownTermError, plain_key
from krasbypass.model import TISSUE
from krasbypass.reasoning import find_cache, read_sealed, store_sealed
from krasbypass.tumour import Change
from krasbypass.vocabulary import BASE, OWL, PREFIXES, C, Graph, P

TYPE = PREFIXES["rdf"] + "type"
LABEL = PREFIXES["rdfs"] + "label"
SUBCLASS = PREFIXES["rdfs"] + "subClassOf"
ALT_LABEL = PREFIXES["skos"] + "altLabel"
DEFINITION = PREFIXES["skos"] + "definition"
NOTE = PREFIXES["skos"] + "note"
VERSION = OWL + "versionInfo"
ANNOTATED = OWL + "annotated"
CLASS = OWL + "Class"
_INDIVIDUAL = OWL + "NamedIndividual"
#: Closures that SPARQL serves and no typed fact needs; leaving them out halves the reading time.
_CLOSURES = frozenset({P.ACTS_ON_PATHWAY, P.UPSTREAM_OF, P.DOWNSTREAM_OF})

#: Bytes from which on parsing takes longer than looking into the cache, and the form of entries.
_WORTH_KEEPING, _FORMAT = 1 << 17, 1

Index = Mapping[str, Mapping[str, tuple[str, ...]]]
Triple = tuple[str, str, str]
Read = tuple[Index, frozenset[Triple]]


def read_facts(*sources: tuple[bytes, str]) -> Read:
    """Read (content, media type) pairs: the index, and the triples that the reasoner drew.

    Media types are those of RDF, such as ``application/trig`` or ``text/turtle``. What was read
    of a large graph is kept in the user's cache folder, named by the hash of the content.
    """
    if sum(len(data) for data, _ in sources) < _WORTH_KEEPING:
        return _parse(sources)
    path = _cache_path(sources)
    if (entry := read_sealed(path)) is not None:
        kept: Read = marshal.loads(entry)
        return kept
    parsed = _parse(sources)
    store_sealed(path, marshal.dumps(parsed))  # type: ignore[arg-type]  # dicts, whatever it says
    return parsed


@lru_cache(maxsize=2)
def read_reasoned(data: bytes) -> Read:
    """Read a reasoned graph, once where it is wanted with and without what stands beside it."""
    return read_facts((data, "application/trig"))


def join_facts(first: Read, second: Read) -> Read:
    """Return what two readings say together.

    >>> join_facts(({"A": {"p": ("2",)}}, frozenset()), ({"A": {"p": ("1",)}}, frozenset()))[0]
    {'A': {'p': ('1', '2')}}
    """
    index = dict(first[0])
    for subject, said in second[0].items():
        known = index.get(subject, {})
        shared = {p: tuple(sorted((*known[p], *said[p]))) for p in said if p in known}
        index[subject] = {**known, **said, **shared}
    return index, first[1] | second[1]


def _cache_path(sources: Iterable[tuple[bytes, str]]) -> Path:
    made_with = (_FORMAT, sorted(_CLOSURES), marshal.version, sys.version_info[:2])
    digest = hashlib.sha256(repr(made_with).encode())
    for data, media_type in sources:
        digest.update(f"{media_type} {len(data)} ".encode() + data)
    return find_cache() / f"{digest.hexdigest()}.facts"


def _parse(sources: Iterable[tuple[bytes, str]]) -> Read:
    import pyoxigraph

    facts: dict[str, dict[str, list[str]]] = {}
    derived: set[Triple] = set()
    short: dict[str, str] = {}

    def shorten(text: str) -> str:
        found = short.get(text)
        if found is None:
            found = short[text] = text.removeprefix(BASE)
        return found

    for data, media_type in sources:
        rdf_format = pyoxigraph.RdfFormat.from_media_type(media_type)
        for quad in pyoxigraph.parse(data, format=rdf_format):
            predicate = shorten(quad.predicate.value)
            obj = shorten(quad.object.value)
            if predicate in _CLOSURES or obj == _INDIVIDUAL:
                continue
            subject = shorten(quad.subject.value)
            facts.setdefault(subject, {}).setdefault(predicate, []).append(obj)
            if getattr(quad.graph_name, "value", "") == Graph.INFERRED:
                derived.add((subject, predicate, obj))
    return (
        {s: {p: tuple(sorted(o)) for p, o in po.items()} for s, po in facts.items()},
        frozenset(derived),
    )


@dataclass(frozen=True)
class Facts:
    """What the graph says of each term, as local names or plain text.

    `index` maps a term to its properties to sorted values; `derived` are the triples that the
    reasoner drew.
    """

    index: Index = field(repr=False, hash=False)
    derived: frozenset[Triple] = field(default=frozenset(), repr=False)

    # -- plain access ---------------------------------------------------------------------------

    def values(self, term: str, prop: str) -> tuple[str, ...]:
        """Return the values of a property of a term, sorted, empty if none."""
        return self.index.get(term, {}).get(prop, ())

    def value(self, term: str, prop: str) -> str | None:
        """Return the first value of a property, or None."""
        found = self.values(term, prop)
        return found[0] if found else None

    def label(self, term: str) -> str:
        """Return the label of a term, or its id."""
        return self.value(term, LABEL) or term

    def definition(self, term: str) -> str:
        """Return the definition of a term, or an empty text."""
        return self.value(term, DEFINITION) or ""

    def node(self, term: str) -> str:
        """Return the name under which a term stands in the network and in answers."""
        if C.TISSUE in self.classes(term):
            return f"{TISSUE}{self.label(term)}"
        return self.value(term, P.NOTATION) or self.label(term)

    def classes(self, term: str) -> frozenset[str]:
        """Return the classes of a term, asserted and inferred, with their superclasses."""
        found = self._known_classes.get(term)
        if found is None:
            direct = self.values(term, TYPE)
            found = frozenset(c for d in direct for c in self._superclasses.get(d, (d,)))
            self._known_classes[term] = found
        return found

    @cached_property
    def _known_classes(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _superclasses(self) -> Mapping[str, frozenset[str]]:
        def climb(cls: str, seen: frozenset[str]) -> frozenset[str]:
            for above in self.values(cls, SUBCLASS):
                if above not in seen:
                    seen = climb(above, seen | {above})
            return seen

        classes = {c for po in self.index.values() for c in po.get(TYPE, ())}
        return {cls: climb(cls, frozenset({cls})) for cls in classes}

    def instances(self, cls: str) -> tuple[str, ...]:
        """Return the members of a class, asserted and inferred, sorted."""
        return self._instances.get(cls, ())

    @cached_property
    def _instances(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, set[str]] = defaultdict(set)
        for term, po in self.index.items():
            for direct in po.get(TYPE, ()):
                for cls in self._superclasses.get(direct, (direct,)):
                    found[cls].add(term)
        return {cls: tuple(sorted(terms)) for cls, terms in found.items()}

    @cached_property
    def _ontology(self) -> str:
        stated = (t for t, po in self.index.items() if P.AS_OF in po and VERSION in po)
        return next(stated, "")

    @property
    def version(self) -> str:
        """Version of the ontology."""
        return self.value(self._ontology, VERSION) or "0"

    @property
    def as_of(self) -> str:
        """Date up to which regulatory facts were collected, ISO 8601."""
        return self.value(self._ontology, P.AS_OF) or ""

    @property
    def notice(self) -> str:
        """What an answer is not."""
        return self.value(self._ontology, P.NOTICE) or ""

    @cached_property
    def _term_index(self) -> Mapping[str, str]:
        index: dict[str, str] = {}
        for term, po in self.index.items():
            if LABEL not in po:
                continue
            for name in (*po.get(ALT_LABEL, ()), term, *po.get(P.NOTATION, ()), *po[LABEL]):
                index.setdefault(plain_key(name), term)
        identifiers = (P.NCT, P.HGNC, P.UNIPROT, P.CHEMBL, P.CHEBI, P.PMID, P.DOI)
        for term, po in self.index.items():
            for name in (name for prop in identifiers for name in po.get(prop, ())):
                index.setdefault(plain_key(name), term)
        for cls in (C.OUTPUT, C.GENE, C.DRUG):
            index.update({plain_key(self.label(t)): t for t in self.instances(cls)})
        return index

    def find_term(self, text: str) -> str:
        """Return the id of whatever a name, code, notation, rule or evidence id stands for."""
        for name in (text, self.respell(text)):
            if plain_key(name) in self._term_index:
                return self._term_index[plain_key(name)]
        interaction = self._term_index.get(plain_key(text.partition("/")[0]), "")
        if C.INTERACTION in self.classes(interaction):  # one of its rules, as routes name them
            return interaction
        raise UnknownTermError("term", text, self._known_names)

    def respell(self, text: str) -> str:
        """Return a notation with preferred symbols and short changes, another text as it is."""
        try:
            change = Change.parse(text)
        except NotationError:
            return text
        gene, changes = change.partner or change.gene, "+".join(change.changes)
        known = self._term_index.get(plain_key(gene))
        if known is None:  # no gene stands first, but the name of a class of drugs
            return f"{gene}:{self.label(self._term_index.get(plain_key(changes), changes))}"
        return f"{self.label(known)}:{changes}"

    @property
    def _known_names(self) -> list[str]:
        names = (LABEL, ALT_LABEL, P.NOTATION)
        return [v for po in self.index.values() for prop in names for v in po.get(prop, ())]

    def display(self, term: str) -> str:
        """Return a term as answers write it: its notation if it has one, else its label."""
        return self.value(term, P.NOTATION) or self.label(term)
