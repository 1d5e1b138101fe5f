"""The questions that the API takes, with their bounds, and what jobs are given of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(max_length=200)]
Names = Annotated[list[Name], Field(max_length=64)]
Clone = Annotated[str, StringConstraints(max_length=2000)]


class TumourQuestion(BaseModel):
    """A tumour and a combination, as JSON."""

    model_config = ConfigDict(extra="forbid")

    tissue: Name = Field("any", description="Name or code of a tissue, or any.", examples=["NSCLC"])
    alterations: Names = Field(
        [],
        description="GENE:CHANGE, GENE:amp, GENE::GENE, context:NAME.",
        examples=[["KRAS:G12C", "MET:amp"]],
    )
    drugs: Names = Field(
        [], description="Names, codes, brands, or inhibitor:TARGET.", examples=[["AMG 510"]]
    )
    clones: Annotated[list[Clone], Field(max_length=8)] = Field(
        [], description="Alterations of one clone each, comma-separated."
    )
    hypotheses: Annotated[list[Name], Field(max_length=32)] = Field(
        [], description="Competing mechanisms, NAME=on or NAME=off."
    )

    def asked(self) -> dict[str, Any]:
        """Return the question as jobs take it."""
        return self.model_dump(by_alias=False)


class Question(TumourQuestion):
    """A tumour and a combination, and the outputs that matter."""

    outputs: Annotated[list[Name], Field(max_length=32)] = Field(
        [], description="Outputs wanted; all, or the default ones, if none is named."
    )


class TumourParameters(BaseModel):
    """A tumour and a combination, as query parameters."""

    model_config = ConfigDict(extra="forbid")

    tissue: Name = Field("any", description="Name or code of a tissue, or any.", examples=["NSCLC"])
    alteration: Names = Field(
        [], description="Repeat for each, or use commas.", examples=[["KRAS:G12C", "MET:amp"]]
    )
    drug: Names = Field([], description="Repeat for each, or use commas.", examples=[["sotorasib"]])
    clone: Annotated[list[Clone], Field(max_length=8)] = Field(
        [], description="Alterations of one clone, comma-separated; repeat for each clone."
    )
    hypothesis: Annotated[list[Name], Field(max_length=32)] = Field(
        [], description="NAME=on or NAME=off; repeat for each."
    )

    def asked(self) -> dict[str, Any]:
        """Return the question as jobs take it."""
        plural = {
            "alteration": "alterations",
            "drug": "drugs",
            "clone": "clones",
            "hypothesis": "hypotheses",
            "output": "outputs",
        }
        return {plural.get(k, k): v for k, v in self.model_dump(by_alias=False).items()}


class QuestionParameters(TumourParameters):
    """A tumour and a combination, and the outputs that matter, as query parameters."""

    output: Annotated[list[Name], Field(max_length=32)] = Field(
        [], description="An output wanted; repeat for each."
    )


# -- what single questions take beside ------------------------------------------------------------


class _Gaps(BaseModel):
    target: Literal["suppress", "close"] = "suppress"
    max_add: int = Field(3, ge=1, le=4, description="Drugs to add at most.")


class _Forecast(BaseModel):
    events: int = Field(1, ge=1, le=2, description="Further alterations at once.")
    max_add: int = Field(3, ge=1, le=4, description="Drugs of a closer at most.")


class _Design(BaseModel):
    max_drugs: int = Field(3, ge=1, le=4, description="Drugs of a combination at most.")
    avoid: Names = Field([], description="Drugs that no combination may hold.")
    require: Names = Field([], description="Drugs that every combination must hold.")
    approved_only: bool = False


class _Compare(BaseModel):
    with_drugs: Names = Field([], alias="with", description="Drugs of the second regimen.")
    before: Names = Field([], description="Alterations of the earlier sample.")
    after: Names = Field([], description="Alterations of the later sample.")


class _Sensitivity(BaseModel):
    size: int = Field(2, ge=1, le=3, description="Statements to remove at once.")


class GapsQuestion(Question, _Gaps):
    """What stays open, and what closes it."""


class GapsParameters(QuestionParameters, _Gaps):
    """What stays open, and what closes it."""


class ForecastQuestion(Question, _Forecast):
    """Which further alterations re-open an output."""


class ForecastParameters(QuestionParameters, _Forecast):
    """Which further alterations re-open an output."""


class DesignQuestion(Question, _Design):
    """Which combinations are best for a tumour."""


class DesignParameters(QuestionParameters, _Design):
    """Which combinations are best for a tumour."""


class CompareQuestion(TumourQuestion, _Compare):
    """Two regimens, or two samples of a patient."""


class CompareParameters(TumourParameters, _Compare):
    """Two regimens, or two samples of a patient."""


class SensitivityQuestion(Question, _Sensitivity):
    """What an answer rests on."""


class SensitivityParameters(QuestionParameters, _Sensitivity):
    """What an answer rests on."""


class ExportParameters(TumourParameters):
    """A network as a file of a format."""

    format: Annotated[str, StringConstraints(max_length=20)] = Field(
        description="Such as graphml, cx2, sif, bnet, sbml or ttl.", examples=["cx2"]
    )


class ReportParameters(GapsParameters):
    """A report as one page."""

    download: bool = Field(False, description="Offer the page as a file.")


class ScenarioRow(BaseModel):
    """One row of a table of scenarios."""

    model_config = ConfigDict(extra="forbid")

    id: Name = ""
    tissue: Name = "any"
    alterations: Names = []
    drugs: Names = []


class Scenarios(BaseModel):
    """A table of scenarios."""

    model_config = ConfigDict(extra="forbid")

    scenarios: Annotated[list[ScenarioRow], Field(max_length=2000)]
    hypotheses: Annotated[list[Name], Field(max_length=32)] = []

    def asked(self) -> dict[str, Any]:
        """Return the question as jobs take it."""
        return self.model_dump()


class TermParameters(BaseModel):
    """A term to show."""

    model_config = ConfigDict(extra="forbid")

    term: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(
        description="A drug, gene, alteration, node, rule or evidence id.",
        examples=["sotorasib"],
    )

    def asked(self) -> dict[str, Any]:
        """Return the question as jobs take it."""
        return self.model_dump()
