"""The shapes of answers, for the description of the API; tests hold real answers against them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LevelWord = Literal["off", "attenuated", "full"]
Phases = Annotated[list[LevelWord], Field(min_length=3, max_length=3)]


class Exact(BaseModel):
    """Holds what is said here and nothing else."""

    model_config = ConfigDict(extra="forbid")


class Open(BaseModel):
    """May hold more than is said here."""

    model_config = ConfigDict(extra="allow")


class ProblemAnswer(Open):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    nearest: list[str]


class Dated(Exact):
    """Says from which ontology it comes."""

    ontology_version: str
    as_of: str
    notice: str


class DatedOpen(Open):
    """Says from which ontology it comes, and may hold more."""

    ontology_version: str
    as_of: str
    notice: str


class AskedTumour(Open):
    """The question as it was understood."""

    tissue: str
    alterations: list[str]
    drugs: list[str]


class OutputLevels(Exact):
    """Levels of an output, phase by phase."""

    baseline: LevelWord
    acute: LevelWord
    adapted: LevelWord
    course: Literal["stable", "rebounding"]


class StepAnswer(Exact):
    """One rule of a route."""

    source: str
    target: str
    rule: str
    interaction: str
    label: str
    evidence: list[str]
    disputed: list[str]


class RouteAnswer(Exact):
    """A route from a live source to an output."""

    output: str
    level: LevelWord
    kind: str
    kinds: list[str]
    details: list[str]
    timing: Literal["immediate", "adaptive"]
    nodes: list[str]
    steps: list[StepAnswer]


class ClosedAnswer(Exact):
    """A route that was full at baseline and is not in adapted."""

    output: str
    nodes: list[str]
    closed_at: str
    by: list[str]
    level: LevelWord


class DisputeAnswer(Exact):
    """A contradiction that touches a route."""

    id: str
    question: str
    disagreement: str
    reading: str


class RoutesAnswer(DatedOpen):
    """Which routes are open, and what the explorer draws of them."""

    question: AskedTumour
    outputs: dict[str, OutputLevels]
    routes: list[RouteAnswer]
    residual: list[RouteAnswer]
    closed: list[ClosedAnswer]
    complete: bool
    assumptions: list[str]
    hypotheses: list[str]
    disputes: list[DisputeAnswer]
    nodes: dict[str, Phases]


class EvaluatedScenario(Exact):
    """Levels of one scenario, or why there are none."""

    id: str
    outputs: dict[str, OutputLevels]
    error: str | None


class ScenarioCount(Exact):
    """How many scenarios were asked."""

    scenarios: int


class EvaluatedAnswer(Dated):
    """Levels of many scenarios."""

    question: ScenarioCount
    scenarios: list[EvaluatedScenario]
    complete: bool


class AskedTerm(Exact):
    """The term as it was asked."""

    term: str


class FactAnswer(Exact):
    """A property of a term with its values."""

    property: str
    values: list[str]
    inferred: bool
    evidence: list[str]


class DetailAnswer(Exact):
    """Something else that is stated of a record."""

    property: str
    values: list[str]


class RecordAnswer(Exact):
    """What a source says, counted or tried; with a study what was measured in it."""

    id: str
    label: str
    details: list[DetailAnswer]
    sources: list[str]
    evidence: list[str]
    results: list[RecordAnswer]


class RecordsAnswer(Exact):
    """Records of one kind."""

    kind: str
    entries: list[RecordAnswer]


class TermAnswer(DatedOpen):
    """Everything known of a term."""

    question: AskedTerm
    term: str
    label: str
    classes: list[str]
    definition: str
    synonyms: list[str]
    facts: list[FactAnswer]
    records: list[RecordsAnswer]
    evidence: list[str]
    contradictions: list[str]


class NamedEntry(Exact):
    """A name with its synonyms."""

    name: str
    names: list[str]


class ContextEntry(Exact):
    """A context that a question may set."""

    node: str
    label: str


class AlterationEntry(Exact):
    """An alteration of the catalogue."""

    node: str
    gene: str
    gene_names: list[str]
    kind: str
    names: list[str]


class DrugEntry(Exact):
    """A drug of the catalogue."""

    name: str
    names: list[str]
    mechanism: str
    stage: str
    generic: bool


class OutputEntry(Exact):
    """An output of the network."""

    name: str
    label: str
    default: bool


class HypothesisEntry(Exact):
    """A competing mechanism, and whether it is on where nothing is said."""

    name: str
    label: str
    on: bool


class ParameterEntry(Exact):
    """A parameter of a named query."""

    name: str
    default: str
    kind: str


class QueryEntry(Exact):
    """A named query; its text runs as it stands."""

    name: str
    title: str
    question: str
    text: str
    parameters: list[ParameterEntry]


class CatalogueAnswer(Dated):
    """The names from which questions are put together."""

    tissues: list[NamedEntry]
    contexts: list[ContextEntry]
    alterations: list[AlterationEntry]
    drugs: list[DrugEntry]
    outputs: list[OutputEntry]
    hypotheses: list[HypothesisEntry]
    queries: list[QueryEntry]


class LayoutAnswer(Open):
    """Where the nodes of the picture stand."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
