"""Gaps, forecasts and designs under the JSON keys that INTERFACE.md fixes. Nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from krasbypass.answers import stated_to_json
from krasbypass.records import record_to_json
from krasbypass.report.routes import levels_to_json, question_to_json, route_to_json

if TYPE_CHECKING:
    from krasbypass.closers import Closer
    from krasbypass.design import Design, DesignAnswer
    from krasbypass.forecast import Escape, ForecastAnswer
    from krasbypass.gaps import GapsAnswer, Unclosed
    from krasbypass.records import CombinationRecord

#: Sets of drugs that stand beside the best one of a line in JSON, so that it stays readable.
ALTERNATIVES = 500


def gaps_to_json(answer: GapsAnswer) -> dict[str, Any]:
    """Return what stays open and what closes it."""
    routes = answer.answer
    return {
        "question": question_to_json(routes),
        "target": answer.target,
        "chosen": list(answer.chosen),
        "reached": answer.reached,
        "brake_proof": answer.brake_proof,
        "max_add": answer.max_add,
        "outputs": {name: levels_to_json(levels) for name, levels in answer.outputs.items()},
        "gaps": [
            {
                "output": gap.output,
                "kind": gap.kind,
                "timing": gap.timing,
                "routes": [route_to_json(route) for route in gap.routes],
                "targets": list(gap.targets),
                "no_catalogue_drug": gap.drugless,
            }
            for gap in answer.gaps
        ],
        "closers": [closer_to_json(closer) for closer in answer.closers],
        "why_none": answer.why_none,
        "no_catalogue_drug": list(map(_unclosed_to_json, answer.no_catalogue_drug)),
        "watch": [
            {
                "what": watched.what,
                "level": watched.level.label if watched.level is not None else None,
                "baseline": watched.baseline.label if watched.baseline is not None else None,
                "reason": watched.reason,
            }
            for watched in answer.watch
        ],
        "outcomes": [record_to_json(outcome) for outcome in answer.outcomes],
        "on_record": support_to_json(answer.record) if answer.record is not None else None,
        "complete": routes.complete,
        "assumptions": list(routes.assumptions),
        **stated_to_json(routes),
    }


def _unclosed_to_json(found: Unclosed) -> dict[str, Any]:
    return {
        "output": found.output,
        "level": found.level.label,
        "nodes": list(found.nodes),
        "rule": found.rule,
        "reason": found.reason,
    }


def closer_to_json(closer: Closer) -> dict[str, Any]:
    """Return one line of closers."""
    return {
        "drugs": list(closer.drugs),
        "mechanisms": list(closer.mechanisms),
        "alternatives": [list(drugs) for drugs in closer.alternatives[:ALTERNATIVES]],
        "alternatives_in_all": len(closer.alternatives),
        "brake_proof": closer.brake_proof,
        "reopened_by": list(closer.reopened_by),
        **support_to_json(closer.record),
        "caveats": list(find_caveats(closer)),
    }


def support_to_json(record: CombinationRecord) -> dict[str, Any]:
    """Return what is on record of a combination."""
    return {
        "evidence_level": record.evidence_level,
        "evidence_of": record.basis,
        "evidence": [record_to_json(support) for support in record.evidence],
        "trials": [record_to_json(trial) for trial in record.trials],
        "no_recorded_trial": record.no_recorded_trial,
        "approvals": [record_to_json(approval) for approval in record.approvals],
        "approved_in_tissue": record.approved_in_tissue,
        "approved_for_tumour": record.approved_for_tumour,
        "toxicity": [record_to_json(t) for t in record.toxicities if t.of != "drug"],
        "overlapping_toxicity": list(record.overlapping),
    }


def find_caveats(closer: Closer) -> Iterable[str]:
    """Yield what a reader of a line must not overlook."""
    record = closer.record
    if not closer.brake_proof:
        yield "not brake-proof: it holds only while feedback stays as it is under these drugs"
    if closer.reopened_by:
        yield f"re-opened by adding {' + '.join(closer.reopened_by)}"
    if record.basis == "class":
        yield "the evidence is of other drugs of the same classes"
    if record.evidence_level == "mechanistic":
        yield "nothing but the model speaks for it"
    if record.overlapping:
        yield f"severe events on record for more than one drug: {', '.join(record.overlapping)}"


def forecast_to_json(answer: ForecastAnswer) -> dict[str, Any]:
    """Return what re-opens, one entry for each alteration or pair."""
    return {
        "question": question_to_json(answer),
        "chosen": list(answer.chosen),
        "already_open": list(answer.already_open),
        "outputs": {name: levels_to_json(levels) for name, levels in answer.outputs.items()},
        "events": answer.events,
        "escapes": [escape_to_json(escape) for escape in answer.escapes],
        "leaks": [escape_to_json(escape) for escape in answer.leaks],
        "watch": [
            {
                "alterations": list(aside.alterations),
                "outputs": {name: level.label for name, level in aside.outputs.items()},
                "less_exposure": list(aside.exposure),
                "genetic": aside.genetic,
                "patients": aside.patients,
            }
            for aside in answer.watch
        ],
        "pathways": [record_to_json(observation) for observation in answer.pathways],
        "on_record": support_to_json(answer.record) if answer.record is not None else None,
        "tried": answer.tried,
        "complete": answer.complete,
        "assumptions": list(answer.assumptions),
        **stated_to_json(answer),
    }


def escape_to_json(escape: Escape) -> dict[str, Any]:
    """Return one escape with its route, where it was seen, and what closes it."""
    return {
        "alterations": list(escape.alterations),
        "alike": [list(nodes) for nodes in escape.alike],
        "outputs": {name: level.label for name, level in escape.outputs.items()},
        "mechanism": escape.mechanism,
        "genetic": escape.genetic,
        "routes": [route_to_json(escape.route)] if escape.route is not None else [],
        "observed": [record_to_json(observation) for observation in escape.observed],
        "closers": [
            {
                "drugs": list(closer.drugs),
                "mechanisms": list(closer.mechanisms),
                "brake_proof": closer.brake_proof,
            }
            for closer in escape.closers
        ],
        "closable": escape.closable,
    }


def design_to_json(answer: DesignAnswer) -> dict[str, Any]:
    """Return the combinations and the numbers of those on the front."""
    return {
        "question": {
            "tissue": answer.tissue,
            "alterations": list(answer.alterations),
            "drugs": list(answer.required),
            "avoid": list(answer.avoided),
            "approved_only": answer.approved_only,
            "max_drugs": answer.max_drugs,
        },
        "chosen": list(answer.chosen),
        "combinations": [_design_to_json(design) for design in answer.combinations],
        "pareto": list(answer.pareto),
        "unclosed": list(map(_unclosed_to_json, answer.unclosed)),
        "screened": answer.screened,
        "suppressing": answer.suppressing,
        "escapes": answer.escapes,
        "bounded": answer.bounded,
        "complete": answer.complete,
        "assumptions": list(answer.assumptions),
        **stated_to_json(answer),
    }


def _design_to_json(design: Design) -> dict[str, Any]:
    return {
        "drugs": list(design.drugs),
        "mechanisms": list(design.mechanisms),
        "outputs": {name: levels_to_json(levels) for name, levels in design.outputs.items()},
        "open_escapes": design.open_escapes,
        "covered_escapes": design.covered_escapes,
        "open_patients": design.open_patients,
        "left_open": list(design.left),
        "all_approved": design.approved,
        **support_to_json(design.record),
    }
