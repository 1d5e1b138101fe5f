"""What is on record of drugs in patients and models: trials, approvals, toxicity, resistance.

It answers from the facts of the ontology alone and computes nothing of the network.

    records = load_records()
    records.find_combination(["sotorasib", "panitumumab"], tissue="CRC").approved_in_tissue
    records.find_observations("KRAS:amp", drugs=["daraxonrasib"], tissue="PDAC")
"""

from __future__ import annotations

from krasbypass.records.kinds import (
    ApprovalRecord,
    CombinationRecord,
    Observation,
    Outcome,
    StudyRecord,
    Support,
    ToxicityRecord,
    TrialRecord,
)
from krasbypass.records.plain import record_to_json
from krasbypass.records.records import Records, load_records, read_records

__all__ = [
    "ApprovalRecord",
    "CombinationRecord",
    "Observation",
    "Outcome",
    "Records",
    "StudyRecord",
    "Support",
    "ToxicityRecord",
    "TrialRecord",
    "load_records",
    "read_records",
    "record_to_json",
]
