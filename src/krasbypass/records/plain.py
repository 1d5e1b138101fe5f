"""Records as plain data, for JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

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

Record = (
    ApprovalRecord
    | CombinationRecord
    | Observation
    | Outcome
    | StudyRecord
    | Support
    | ToxicityRecord
    | TrialRecord
)


def record_to_json(record: Record) -> dict[str, Any]:
    """Return a record, and those within it, under the names of its fields.

    >>> record_to_json(Support("ev-1", "in-vitro", "Doe 2020"))
    {'id': 'ev-1', 'level': 'in-vitro', 'citation': 'Doe 2020'}
    """
    plain = {f.name: _to_plain(getattr(record, f.name)) for f in fields(record)}
    if isinstance(record, Observation):
        plain |= {"same_drug": record.same_drug, "same_class": record.same_class}
    return plain


def _to_plain(value: Any) -> Any:
    if isinstance(value, Record):
        return record_to_json(value)
    return [_to_plain(v) for v in value] if isinstance(value, tuple) else value
