"""The shapes of answers, for the description of the API; tests hold real answers against them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LevelWord = Literal["off", "attenuated", "full"]
Phases = Annotated[list[LevelWord], Field(min_length=3, max_length=3)]


class _Exact(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Open(BaseModel):
    """May hold more than is said here."""

    model_config = ConfigDict(extra="allow")


class ProblemAnswer(_Open):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    nearest: list[str]


class _Dated(_Exact):
    ontology_version: str
    as_of: str
    notice: str


class _DatedOpen(_Open):
    ontology_version: str
    as_of: str
    notice: str


class AskedTumour(_Open):
    """The question as it was understood."""

    tissue: str
    alterations: list[str]
    drugs: list[str]


class OutputLevels(_Exact):
    """Levels of an output, phase by phase."""

    baseline: LevelWord
    acute: LevelWord
    adapted: LevelWord
    course: Literal["stable", "rebounding"]


class StepAnswer(_Exact):
    """One rule of a route."""

    source: str
    target: str
    rule: str
    interaction: str
    label: str
    evidence: list[str]
    disputed: list[str]


class RouteAnswer(_Exact):
    """A route from a live source to an output."""

    output: str
    level: LevelWord
    kind: str
    kinds: list[str]
    details: list[str]
    timing: Literal["immediate", "adaptive"]
    nodes: list[str]
    steps: list[StepAnswer]


class ClosedAnswer(_Exact):
    """A route that was full at baseline and is not in adapted."""

    output: str
    nodes: list[str]
    closed_at: str
    by: list[str]
    level: LevelWord


class DisputeAnswer(_Exact):
    """A contradiction that touches a route."""

    id: str
    question: str
    disagreement: str
    reading: str


class RoutesAnswer(_DatedOpen):
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


class EvaluatedScenario(_Exact):
    """Levels of one scenario, or why there are none."""

    id: str
    outputs: dict[str, OutputLevels]
    error: str | None


class ScenarioCount(_Exact):
    """How many scenarios were asked."""

    scenarios: int


class EvaluatedAnswer(_Dated):
    """Levels of many scenarios."""

    question: ScenarioCount
    scenarios: list[EvaluatedScenario]
    complete: bool


class AskedTerm(_Exact):
    """The term as it was asked."""

    term: str


class FactAnswer(_Exact):
    """A property of a term with its values."""

    property: str
    values: list[str]
    inferred: bool
    evidence: list[str]


class TermAnswer(_DatedOpen):
    """Everything known of a term."""

    question: AskedTerm
    term: str
    label: str
    classes: list[str]
    definition: str
    synonyms: list[str]
    facts: list[FactAnswer]
    evidence: list[str]
    contradictions: list[str]


class NamedEntry(_Exact):
    """A name with its synonyms."""

    name: str
    names: list[str]


class ContextEntry(_Exact):
    """A context that a question may set."""

    node: str
    label: str


class AlterationEntry(_Exact):
    """An alteration of the catalogue."""

    node: str
    gene: str
    gene_names: list[str]
    kind: str
    names: list[str]


class DrugEntry(_Exact):
    """A drug of the catalogue."""

    name: str
    names: list[str]
    mechanism: str
    stage: str
    generic: bool


class OutputEntry(_Exact):
    """An output of the network."""

    name: str
    label: str
    default: bool


class HypothesisEntry(_Exact):
    """A competing mechanism, and whether it is on where nothing is said."""

    name: str
    label: str
    on: bool


class ParameterEntry(_Exact):
    """A parameter of a named query."""

    name: str
    default: str
    kind: str


class QueryEntry(_Exact):
    """A named query; its text runs as it stands."""

    name: str
    title: str
    question: str
    text: str
    parameters: list[ParameterEntry]


class CatalogueAnswer(_Dated):
    """The names from which questions are put together."""

    tissues: list[NamedEntry]
    contexts: list[ContextEntry]
    alterations: list[AlterationEntry]
    drugs: list[DrugEntry]
    outputs: list[OutputEntry]
    hypotheses: list[HypothesisEntry]
    queries: list[QueryEntry]


class LayoutAnswer(_Open):
    """Where the nodes of the picture stand."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]


# -- the analyses ---------------------------------------------------------------------------------


class RecordedAnswer(_Open):
    """What is on record of a combination."""

    evidence_level: str
    evidence: list[dict[str, Any]]
    trials: list[dict[str, Any]]
    no_recorded_trial: bool
    toxicity: list[dict[str, Any]]


class GapAnswer(_Exact):
    """Open routes that one intervention would cut."""

    output: str
    kind: str
    timing: Literal["immediate", "adaptive"]
    routes: list[RouteAnswer]
    targets: list[str]
    no_catalogue_drug: bool


class CloserAnswer(RecordedAnswer):
    """Drugs that close what is open, and what is on record of them."""

    drugs: list[str]
    mechanisms: list[str]
    alternatives: list[list[str]]
    brake_proof: bool
    caveats: list[str]


class UnclosedAnswer(_Exact):
    """An output that no drug of the catalogue closes, and why."""

    output: str
    level: LevelWord
    nodes: list[str]
    rule: str | None
    reason: str


class WatchedAnswer(_Exact):
    """What no route of the network shows and a reader must know."""

    what: str
    level: LevelWord | None
    baseline: LevelWord | None
    reason: str


class GapsAnswer(_DatedOpen):
    """What stays open, what closes it, and what nothing closes."""

    question: AskedTumour
    target: Literal["suppress", "close"]
    outputs: dict[str, OutputLevels]
    gaps: list[GapAnswer]
    closers: list[CloserAnswer]
    no_catalogue_drug: list[UnclosedAnswer]
    watch: list[WatchedAnswer]
    complete: bool


class ShortCloserAnswer(_Exact):
    """Drugs that close an escape."""

    drugs: list[str]
    mechanisms: list[str]
    brake_proof: bool


class EscapeAnswer(_Open):
    """Further alterations that re-open an output."""

    alterations: list[str]
    outputs: dict[str, LevelWord]
    routes: list[RouteAnswer]
    observed: list[dict[str, Any]]
    closers: list[ShortCloserAnswer]


class ForecastAnswer(_DatedOpen):
    """Which further alterations re-open an output."""

    question: AskedTumour
    escapes: list[EscapeAnswer]
    complete: bool


class CombinationAnswer(RecordedAnswer):
    """A combination, what it leaves open, and what is on record of it."""

    drugs: list[str]
    outputs: dict[str, OutputLevels]
    open_escapes: int
    covered_escapes: int


class DesignAnswer(_DatedOpen):
    """The best combinations for a tumour."""

    question: AskedTumour
    combinations: list[CombinationAnswer]
    pareto: list[int]
    screened: int
    complete: bool


class BothLevels(_Exact):
    """Levels of an output on two sides."""

    before: OutputLevels
    after: OutputLevels


class ShiftAnswer(_Exact):
    """An output that changes, and the smallest changes that explain it."""

    output: str
    before: LevelWord
    after: LevelWord
    explained_by: list[list[str]]


class BothTumours(_Exact):
    """Two sides as they were understood."""

    before: AskedTumour
    after: AskedTumour


class ComparedAnswer(_DatedOpen):
    """What opened and what closed between two regimens or two samples."""

    question: BothTumours
    outputs: dict[str, BothLevels]
    differences: list[str]
    shifts: list[ShiftAnswer]
    opened: list[RouteAnswer]
    closed: list[RouteAnswer]
    complete: bool


class WeakFactAnswer(_Exact):
    """A statement on which an answer may rest, and why it is weak."""

    id: str
    label: str
    reason: Literal["hypothesis", "disputed", "single-source"]
    held: bool
    sources: list[str]
    disputes: list[str]


class FlipAnswer(_Exact):
    """Statements without which an output would stand on the other side of full."""

    output: str
    level: LevelWord
    without: LevelWord
    facts: list[str]


class SensitivityAnswer(_DatedOpen):
    """The statements on which an answer rests."""

    question: AskedTumour
    outputs: dict[str, LevelWord]
    facts: list[WeakFactAnswer]
    flips: list[FlipAnswer]
    complete: bool
