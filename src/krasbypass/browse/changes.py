"""What changed between two versions of the ontology: terms added, removed, and reworded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from krasbypass.errors import OntologyError
from krasbypass.facts import LABEL, VERSION, Triple, read_facts
from krasbypass.knowledge import Knowledge, load_full_knowledge, load_knowledge
from krasbypass.reasoning import find_fact_modules

_TRIG, _TURTLE = "application/trig", "text/turtle"


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes from one version to the next, each part sorted.

    `added` and `removed` are terms as (id, label). `gained` and `lost` are statements on terms
    that both versions have; what the reasoner drew is not among them.
    """

    before: str
    after: str
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]
    gained: tuple[Triple, ...]
    lost: tuple[Triple, ...]


def find_changes_since(graph: Path, folder: Path | str | None = None) -> Changes:
    """Return what differs between an earlier graph and the ontology of today.

    Parameters
    ----------
    graph
        A ``reasoned.trig`` as `krasbypass build` wrote it. In a checkout of an earlier version,
        with ``ontology`` beside the folder of the graph, the clinical facts are compared too; a
        graph alone is compared without them.
    folder
        The ontology of today; by default the packaged one.

    Raises
    ------
    OntologyError
        The file is missing, or is no graph of an ontology.
    """
    modules = find_fact_modules(graph.resolve().parent.parent / "ontology")
    previous = _read_graph(graph, *modules)
    return find_changes(previous, (load_full_knowledge if modules else load_knowledge)(folder))


def _read_graph(graph: Path, *modules: Path) -> Knowledge:
    try:
        contents = (
            (graph.read_bytes(), _TRIG),
            *((module.read_bytes(), _TURTLE) for module in modules),
        )
        knowledge = Knowledge(*read_facts(*contents))
    except OSError as error:
        raise OntologyError(f"there is no graph {str(graph)!r} to read") from error
    except SyntaxError as error:
        raise OntologyError(f"{str(graph)!r} is not a graph in TriG: {error}") from error
    if not any(VERSION in po for po in knowledge.index.values()):
        raise OntologyError(f"{str(graph)!r} is not the graph of an ontology; it has no version")
    return knowledge


def find_changes(previous: Knowledge, current: Knowledge) -> Changes:
    """Return what differs between two ontologies that were read in the same way."""
    old, new = dict(_find_terms(previous)), dict(_find_terms(current))
    common = old.keys() & new.keys()
    before = {t for term in common for t in _find_statements(previous, term)}
    after = {t for term in common for t in _find_statements(current, term)}
    return Changes(
        before=previous.version,
        after=current.version,
        added=tuple(sorted((t, new[t]) for t in new.keys() - old.keys())),
        removed=tuple(sorted((t, old[t]) for t in old.keys() - new.keys())),
        gained=tuple(sorted(after - before - previous.derived)),
        lost=tuple(sorted(before - after - current.derived)),
    )


def _find_terms(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    for term, po in knowledge.index.items():
        if LABEL in po:
            yield term, knowledge.label(term)


def _find_statements(knowledge: Knowledge, term: str) -> Iterator[Triple]:
    for prop, values in knowledge.index[term].items():
        for value in values:
            if (term, prop, value) not in knowledge.derived:
                yield term, prop, value
