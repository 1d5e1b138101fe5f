"""What `find_routes` answers with: routes, their steps, and levels by phase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol

from krasbypass.model import Contradiction, Level, Phase


class Stated(Protocol):
    """An answer that says from which ontology it comes."""

    @property
    def ontology_version(self) -> str:
        """Version of the ontology."""

    @property
    def as_of(self) -> str:
        """Date of its regulatory facts."""

    @property
    def notice(self) -> str:
        """What the answer is not."""


def stated_to_json(answer: Stated) -> dict[str, str]:
    """Return what every JSON answer ends with: version, as-of date and notice."""
    return {
        "ontology_version": answer.ontology_version,
        "as_of": answer.as_of,
        "notice": answer.notice,
    }


def join_nodes(nodes: Iterable[str]) -> str:
    """Return nodes of a route as one line.

    >>> join_nodes(("A", "B|C", "D"))
    'A → B | C → D'
    """
    return " → ".join(node.replace("|", " | ") for node in nodes)


class Tabled:
    """An answer that shows as tables in a notebook."""

    def _repr_html_(self) -> str:
        """Return the tables; what renders them stands above all answers and is loaded by name."""
        return str(import_module("krasbypass.report.notebook").render_html(self))


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of a route: from its driver to its target, with the evidence of its interaction."""

    source: str
    target: str
    rule: str
    interaction: str
    label: str
    evidence: tuple[str, ...]
    disputed: tuple[str, ...]
    hypothesis: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """A chain of drivers from a source to an output.

    `nodes` joins members of one class at the same position with ``|``; `steps` keep every rule.
    `kinds` are all that fit, the main one first; `details` say more of on-target routes.
    """

    output: str
    level: Level
    nodes: tuple[str, ...]
    kinds: tuple[str, ...]
    details: tuple[str, ...]
    timing: str
    steps: tuple[Step, ...]

    @property
    def kind(self) -> str:
        """The main kind."""
        return self.kinds[0]


@dataclass(frozen=True, slots=True)
class ClosedRoute:
    """A route that was full at baseline and is not in adapted: where it fell, and by whom."""

    output: str
    nodes: tuple[str, ...]
    closed_at: str
    by: tuple[str, ...]
    level: Level


@dataclass(frozen=True, slots=True)
class OutputLevels:
    """Levels of an output by phase; `low` are the lowest where alleles were ranged."""

    baseline: Level
    acute: Level
    adapted: Level
    course: str
    low: tuple[Level, Level, Level]

    def level(self, phase: Phase) -> Level:
        """Return the level in a phase."""
        return Level(getattr(self, phase.value))


@dataclass(frozen=True)
class RoutesAnswer(Tabled):
    """What is open in a tumour under a combination, and what closed the rest."""

    tissue: str
    alterations: tuple[str, ...]
    drugs: tuple[str, ...]
    outputs: Mapping[str, OutputLevels] = field(hash=False)
    routes: tuple[Route, ...]
    residual: tuple[Route, ...]
    closed: tuple[ClosedRoute, ...]
    complete: bool
    ranged: bool
    assumptions: tuple[str, ...]
    hypotheses: tuple[str, ...]
    disputes: tuple[Contradiction, ...]
    ontology_version: str
    as_of: str
    notice: str
