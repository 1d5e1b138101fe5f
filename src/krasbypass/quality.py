"""Faults of an ontology, one sentence each: Turtle, shapes, queries, network, shipped graph.

Shapes (``ontology/shapes.ttl``) look at one entry at a time and need no reasoner. Queries
(``ontology/qc/*.rq``) look across entries, in the reasoned graph; each returns ``?entry`` and
``?sentence`` and has its title in the first comment. A new check is a new shape or a new file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from krasbypass.completion import complete
from krasbypass.errors import (
    KrasbypassError,
    OntologyError,
    StratificationError,
    UnknownTermError,
)
from krasbypass.knowledge import read_knowledge
from krasbypass.network import build_signalling_network
from krasbypass.reasoning import (
    find_fact_modules,
    find_ontology,
    find_shipped_graph,
    hash_ontology,
    load_reasoned,
    load_turtle,
    parse_modules,
)
from krasbypass.vocabulary import BASE, Graph

if TYPE_CHECKING:
    import pyoxigraph
    import rdflib


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A fault: which check found it, at which entry, and the sentence that says what to do.

    >>> print(Finding("target of a drug", "AMG-0", "The drug AMG 0 has no target; add :inhibits."))
    AMG-0: The drug AMG 0 has no target; add :inhibits. [target of a drug]
    """

    check: str
    entry: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.entry}: {self.sentence} [{self.check}]"


def find_faults(folder: Path | None = None) -> tuple[Finding, ...]:
    """Return every fault of the packaged ontology, or of the one in `folder`.

    Turtle that cannot be read hides all else, and an ontology that cannot be reasoned over hides
    what the queries and the network would show.

    Parameters
    ----------
    folder
        Turtle modules; its own ``shapes.ttl`` and ``qc`` are used where it has them.

    Returns
    -------
    tuple of Finding
        Sorted by check, entry and sentence; empty if there is no fault.
    """
    packaged = find_ontology()
    folder = folder or packaged
    found: set[Finding] = set()
    try:
        asserted = load_turtle(folder)
        facts = parse_modules(find_fact_modules(folder))
        completed = asserted + complete(asserted) + facts
        found |= set(find_shape_faults(completed, shapes=_beside(folder, "shapes.ttl")))
        reasoned = load_reasoned(folder)
        stated = facts.serialize(format="turtle", encoding="utf-8")
        found |= set(find_query_faults(reasoned, facts=stated, queries=_beside(folder, "qc")))
        found |= set(find_network_faults(reasoned))
    except KrasbypassError as error:
        found.add(_read_error(error))
    else:
        if folder.resolve() == packaged.resolve():
            found |= set(find_stale_files(folder, find_shipped_graph()))
    return tuple(sorted(found))


def find_shape_faults(graph: rdflib.Graph, *, shapes: Path | None = None) -> tuple[Finding, ...]:
    """Return where entries break the shapes; `graph` is asserted and generated, not reasoned."""
    import pyshacl
    import rdflib
    from rdflib.namespace import SH

    wanted = rdflib.Graph().parse(shapes or find_ontology() / "shapes.ttl", format="turtle")
    titles = _read_titles(wanted)
    _, report, _ = pyshacl.validate(graph, shacl_graph=wanted, inference="none", advanced=False)
    found = set()
    for result in report.subjects(rdflib.RDF.type, SH.ValidationResult):
        entry = report.value(result, SH.focusNode)
        value = report.value(result, SH.value)
        for message in report.objects(result, SH.resultMessage):
            sentence = str(message).replace("{$this}", _name(graph, entry))
            sentence = sentence.replace("{$value}", _name(graph, value))
            found.add(Finding(titles.get(str(message), "shape"), _local(entry), sentence))
    return tuple(sorted(found))


def _read_titles(shapes: rdflib.Graph) -> dict[str, str]:
    """Map each message of the shapes to the label of the shape in which it stands."""
    from rdflib.namespace import RDFS, SH

    return {
        str(message): str(label)
        for shape, label in shapes.subject_objects(RDFS.label)
        for holder in (shape, *shapes.objects(shape, SH.property))
        for message in shapes.objects(holder, SH.message)
    }


def _name(graph: rdflib.Graph, term: rdflib.term.Node | None) -> str:
    from rdflib.namespace import RDFS

    labels = [] if term is None else sorted(map(str, graph.objects(term, RDFS.label)))
    return f"'{labels[0] if labels else _local(term)}'"


def _local(term: rdflib.term.Node | None) -> str:
    return str(term if term is not None else "").removeprefix(BASE)


def find_query_faults(
    reasoned: bytes, *, facts: bytes = b"", queries: Path | None = None
) -> tuple[Finding, ...]:
    """Return the rows of the queries of a folder (by default ``qc``) over a graph.

    `reasoned` is TriG, `facts` is the Turtle that stands beside it unreasoned.
    """
    import pyoxigraph

    store = pyoxigraph.Store()
    store.load(reasoned, format=pyoxigraph.RdfFormat.TRIG)
    asserted = pyoxigraph.NamedNode(Graph.ASSERTED)
    store.load(facts, format=pyoxigraph.RdfFormat.TURTLE, to_graph=asserted)
    paths = (queries or find_ontology() / "qc").glob("*.rq")
    return tuple(sorted({f for path in paths for f in _run_check(store, path)}))


def _run_check(store: pyoxigraph.Store, path: Path) -> Iterator[Finding]:
    text = path.read_text(encoding="utf-8")
    title = text.partition("\n")[0].lstrip("# ").strip()
    try:
        rows = store.query(text, use_default_graph_as_union=True)
    except SyntaxError as error:
        raise OntologyError(f"{path.name} is not a valid query: {error}") from error
    for row in cast("pyoxigraph.QuerySolutions", rows):
        yield Finding(title, row["entry"].value.removeprefix(BASE), row["sentence"].value)


def find_network_faults(reasoned: bytes) -> tuple[Finding, ...]:
    """Return why the interactions of a reasoned graph do not compile to a network, if they do not.

    The compiler stops at the first such interaction, so that there is one finding at most.
    """
    try:
        build_signalling_network(read_knowledge(reasoned))
    except KrasbypassError as error:
        return (_read_error(error, check="network"),)
    return ()


def find_stale_files(folder: Path, shipped: Path) -> tuple[Finding, ...]:
    """Return a finding if the shipped reasoned graph was not made from the Turtle in `folder`.

    >>> find_stale_files(find_ontology(), Path("nowhere.trig"))[0].entry
    'nowhere.trig'
    """
    first = b""
    if shipped.is_file():
        with shipped.open("rb") as file:
            first = file.readline()
    if hash_ontology(folder).encode() in first:
        return ()
    sentence = f"{shipped.name} was not made from this Turtle; make it anew with: krasbypass build"
    return (Finding("shipped graph", shipped.name, sentence),)


def _read_error(error: KrasbypassError, *, check: str = "ontology") -> Finding:
    match error:
        case StratificationError():
            entry = error.rule.partition("/")[0]
        case UnknownTermError():
            entry = error.text
        case _:
            entry = "ontology"
    return Finding(check, entry, error.sentence())


def _beside(folder: Path, name: str) -> Path:
    own = folder / name
    return own if own.exists() else find_ontology() / name
