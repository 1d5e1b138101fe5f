"""The shapes of what analyses answer, from gaps to sensitivity, as in `krasbypass.web.answers`."""

from __future__ import annotations

from typing import Any, Literal

from krasbypass.web.answers import (
    AskedTumour,
    DatedOpen,
    Exact,
    LevelWord,
    Open,
    OutputLevels,
    RouteAnswer,
)


class RecordedAnswer(Open):
    """What is on record of a combination."""

    evidence_level: str
    evidence: list[dict[str, Any]]
    trials: list[dict[str, Any]]
    no_recorded_trial: bool
    toxicity: list[dict[str, Any]]


class GapAnswer(Exact):
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


class UnclosedAnswer(Exact):
    """An output that no drug of the catalogue closes, and why."""

    output: str
    level: LevelWord
    nodes: list[str]
    rule: str | None
    reason: str


class WatchedAnswer(Exact):
    """What no route of the network shows and a reader must know."""

    what: str
    level: LevelWord | None
    baseline: LevelWord | None
    reason: str


class GapsAnswer(DatedOpen):
    """What stays open, what closes it, and what nothing closes."""

    question: AskedTumour
    target: Literal["suppress", "close"]
    outputs: dict[str, OutputLevels]
    gaps: list[GapAnswer]
    closers: list[CloserAnswer]
    no_catalogue_drug: list[UnclosedAnswer]
    watch: list[WatchedAnswer]
    complete: bool


class ShortCloserAnswer(Exact):
    """Drugs that close an escape."""

    drugs: list[str]
    mechanisms: list[str]
    brake_proof: bool


class EscapeAnswer(Open):
    """Further alterations that re-open an output."""

    alterations: list[str]
    outputs: dict[str, LevelWord]
    routes: list[RouteAnswer]
    observed: list[dict[str, Any]]
    closers: list[ShortCloserAnswer]


class ForecastAnswer(DatedOpen):
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


class DesignAnswer(DatedOpen):
    """The best combinations for a tumour."""

    question: AskedTumour
    combinations: list[CombinationAnswer]
    pareto: list[int]
    screened: int
    complete: bool


class BothLevels(Exact):
    """Levels of an output on two sides."""

    before: OutputLevels
    after: OutputLevels


class ShiftAnswer(Exact):
    """An output that changes, and the smallest changes that explain it."""

    output: str
    before: LevelWord
    after: LevelWord
    explained_by: list[list[str]]


class BothTumours(Exact):
    """Two sides as they were understood."""

    before: AskedTumour
    after: AskedTumour


class ComparedAnswer(DatedOpen):
    """What opened and what closed between two regimens or two samples."""

    question: BothTumours
    outputs: dict[str, BothLevels]
    differences: list[str]
    shifts: list[ShiftAnswer]
    opened: list[RouteAnswer]
    closed: list[RouteAnswer]
    complete: bool


class WeakFactAnswer(Exact):
    """A statement on which an answer may rest, and why it is weak."""

    id: str
    label: str
    reason: Literal["hypothesis", "disputed", "single-source"]
    held: bool
    sources: list[str]
    disputes: list[str]


class FlipAnswer(Exact):
    """Statements without which an output would stand on the other side of full."""

    output: str
    level: LevelWord
    without: LevelWord
    facts: list[str]


class SensitivityAnswer(DatedOpen):
    """The statements on which an answer rests."""

    question: AskedTumour
    outputs: dict[str, LevelWord]
    facts: list[WeakFactAnswer]
    flips: list[FlipAnswer]
    complete: bool
