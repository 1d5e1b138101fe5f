"""What changed between two versions of the ontology: terms added, removed, and reworded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from krasbypass.facts import LABEL, Triple
from krasbypass.knowledge import Knowledge


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
