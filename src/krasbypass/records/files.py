"""Records of one set of drugs, sorted by what they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from krasbypass.records.kinds import StudyRecord, ToxicityRecord, TrialRecord
from krasbypass.records.studies import Approved, Filed


@dataclass(frozen=True, slots=True)
class File:
    """Records of one kind of match, by what they are."""

    trials: tuple[TrialRecord, ...] = ()
    studies: tuple[StudyRecord, ...] = ()
    toxicities: tuple[ToxicityRecord, ...] = ()
    approvals: tuple[Approved, ...] = ()


def mark(record: Filed, of: str) -> Filed:
    """Return a record as one of `of`: a combination, a class, a single drug."""
    if isinstance(record, Approved):
        return replace(record, record=replace(record.record, of=of))
    return replace(record, of=of)


def sort_records(records: Iterable[Filed]) -> File:
    """Return records by what they are, severe toxicities first."""
    found = tuple(records)
    return File(
        tuple(r for r in found if isinstance(r, TrialRecord)),
        tuple(r for r in found if isinstance(r, StudyRecord)),
        tuple(
            sorted(
                (r for r in found if isinstance(r, ToxicityRecord)),
                key=lambda t: (not t.severe, -(t.rate or 0), t.id),
            )
        ),
        tuple(r for r in found if isinstance(r, Approved)),
    )


NOTHING = File()
