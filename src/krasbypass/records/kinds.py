"""What is on record of a set of drugs or of an alteration, as plain immutable facts."""

from __future__ import annotations

from dataclasses import dataclass

#: What a record speaks of, compared with the drugs that were asked for.
COMBINATION, CLASS, PART, DRUG, MODEL = "combination", "class", "part", "drug", "model"
#: How far drugs have come, best first; a drug of unknown stage stands before preclinical ones.
STAGES = ("approved", "clinical", "", "preclinical", "discontinued")


@dataclass(frozen=True, slots=True)
class Support:
    """One place in a source: its id, how strong it is, and the citation as one line."""

    id: str
    level: str
    citation: str


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A trial, or the arms of a trial, that gave one set of drugs.

    `of` is ``combination`` (these very drugs) or ``class`` (drugs of the same mechanisms).
    """

    id: str
    name: str
    nct: tuple[str, ...]
    phase: str
    status: str
    drugs: tuple[str, ...]
    tissue: tuple[str, ...]
    of: str
    results: str
    level: str
    evidence: tuple[Support, ...]


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What a source says of giving drugs together: in which model and with what outcome."""

    id: str
    name: str
    model: str
    outcome: str
    tissue: tuple[str, ...]
    of: str
    level: str
    evidence: tuple[Support, ...]


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """A regulatory decision on a set of drugs.

    `of` is ``combination`` or, for some of the drugs asked for, ``part``, or, for other drugs of
    the same mechanisms, ``class``; `components` are treatments without a drug of the catalogue
    that belong to the regimen. `covers` are the tissues for which it holds, several where it is
    for tumours of any tissue. `fits` says whether it holds for the alterations asked for, None
    where none were given.
    """

    id: str
    drugs: tuple[str, ...]
    tissue: str
    covers: tuple[str, ...]
    date: str
    region: str
    indication: str
    components: tuple[str, ...]
    of: str
    fits: bool | None
    caveat: str
    evidence: tuple[Support, ...]


@dataclass(frozen=True, slots=True)
class ToxicityRecord:
    """Adverse events under drugs, as often as a source states them; several share one rate.

    `rate` is in `unit`; `severe` means grade 3 or higher, or dose-limiting. `of` is
    ``combination``, ``drug`` (one of the drugs, alone) or ``class``.
    """

    id: str
    events: tuple[str, ...]
    grade: str
    rate: float | None
    unit: str
    statement: str
    drugs: tuple[str, ...]
    of: str
    severe: bool
    evidence: tuple[Support, ...]

    @property
    def event(self) -> str:
        """The events as text."""
        return ", ".join(self.events)


@dataclass(frozen=True, slots=True)
class CombinationRecord:
    """What is on record of a set of drugs in a tissue.

    Attributes
    ----------
    evidence_level
        The strongest evidence: `clinical-trial`, `patient-cohort`, `in-vivo`, `in-vitro`, `review`
        or, where nothing but the model speaks for it, `mechanistic`. A trial that has not reported
        is no evidence yet; it stands in `trials`.
    basis
        Of what that evidence speaks: this very ``combination``, its ``class``, or the ``model``.
    no_recorded_trial
        No trial of this very combination is on record.
    approved_in_tissue
        This very combination, with nothing added, is approved in the tissue asked for.
    approved_for_tumour
        The same, and the alterations asked for are those for which it is approved.
    overlapping
        Severe events on record for two or more of the single drugs.
    """

    drugs: tuple[str, ...]
    tissue: str | None
    evidence_level: str
    basis: str
    studies: tuple[StudyRecord, ...] = ()
    trials: tuple[TrialRecord, ...] = ()
    no_recorded_trial: bool = True
    approvals: tuple[ApprovalRecord, ...] = ()
    approved_in_tissue: bool = False
    approved_for_tumour: bool = False
    toxicities: tuple[ToxicityRecord, ...] = ()
    overlapping: tuple[str, ...] = ()
    evidence: tuple[Support, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """An alteration, or another finding, with which a drug no longer worked.

    Attributes
    ----------
    match
        How the source names it: ``alteration``, ``residue`` (any change of the codon), ``gene``,
        or ``pathway`` where it counts all alterations of one together.
    drug_match
        Under which drug: ``same``, ``class`` (same mechanism), ``family`` (another drug of the
        primary targets) or ``other``.
    patients, cohort_size
        Patients with it and patients looked at; None where the source does not count. A count of
        0 says that it was looked for and not found.
    single_patient
        It rests on one patient.
    kind
        Where the source says that it acts: ``on-target``, ``upstream``, ``downstream``,
        ``parallel``, ``not genetic``, ``any``, or empty.
    """

    id: str
    label: str
    alterations: tuple[str, ...]
    genes: tuple[str, ...]
    match: str
    patients: int | None
    cohort_size: int | None
    drugs: tuple[str, ...]
    drug_match: str
    tissue: tuple[str, ...]
    same_tissue: bool
    timing: str
    model: str
    outcome: str
    level: str
    caveat: str
    single_patient: bool
    kind: str
    evidence: tuple[Support, ...]

    @property
    def same_drug(self) -> bool:
        """Whether it was seen under one of the drugs asked for."""
        return self.drug_match == "same"

    @property
    def same_class(self) -> bool:
        """Whether it was seen under a drug of the same mechanism."""
        return self.drug_match in ("same", "class")

    @property
    def share(self) -> float | None:
        """Patients with it among those looked at, None where the source does not count both."""
        if self.patients is None or not self.cohort_size:
            return None
        return self.patients / self.cohort_size


@dataclass(frozen=True, slots=True)
class Outcome:
    """A measured outcome of patients whose tumours carry a co-alteration.

    `reference` is the same measure in the group as a whole or in the group compared with;
    `drug_match` as in `Observation`, or ``none`` where the source names no drug.
    """

    id: str
    drugs: tuple[str, ...]
    drug_match: str
    genes: tuple[str, ...]
    without: tuple[str, ...]
    group: str
    measure: str
    value: float
    unit: str
    interval: tuple[float, float] | None
    patients: int | None
    reference: str
    tissue: tuple[str, ...]
    level: str
    caveat: str
    evidence: tuple[Support, ...]
