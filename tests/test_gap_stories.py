"""Ten stories that an expert would sign: what escapes, what closes it, what nobody claims.

Each is a section of docs/gallery.md, which ``python -m benchmarks.gallery`` writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import pytest
from rich.console import Console

from benchmarking import load_benchmark
from krasbypass import Network, Tumour, build_signalling_network, load_knowledge
from krasbypass.forecast import Escape, ForecastAnswer, forecast_escapes
from krasbypass.gaps import GapsAnswer, find_gaps
from krasbypass.records import Observation
from krasbypass.report.forecast_tables import render_forecast
from krasbypass.report.gap_tables import render_gaps

MAPK, PI3K, TRANSCRIPTION = "MAPK", "PI3K-AKT-mTOR", "transcription"


@cache
def get_network() -> Network:
    return build_signalling_network(load_knowledge())


@cache
def ask_gaps(tissue: str, alterations: str, drugs: str, target: str = "suppress") -> GapsAnswer:
    tumour = Tumour.parse(tissue, [alterations])
    outputs = [MAPK] if target == "close" else None
    return find_gaps(get_network(), tumour, [drugs], outputs=outputs, target=target, max_add=2)


@cache
def ask_forecast(
    tissue: str, alterations: str, drugs: str, outputs: tuple[str, ...] | None = None
) -> ForecastAnswer:
    tumour = Tumour.parse(tissue, [alterations])
    return forecast_escapes(get_network(), tumour, [drugs], outputs=outputs)


def levels(answer: GapsAnswer | ForecastAnswer) -> tuple[str, str]:
    """Return the levels of both default outputs after adaptation."""
    return answer.outputs[MAPK].adapted.label, answer.outputs[PI3K].adapted.label


def escapes(answer: ForecastAnswer) -> dict[str, Escape]:
    return {escape.alterations[0]: escape for escape in answer.escapes}


def mechanisms(closers: Iterable) -> set[str]:
    """Return the mechanisms that suffice alone."""
    return {closer.mechanisms[0] for closer in closers if len(closer.mechanisms) == 1}


def named(answer: GapsAnswer, mechanism: str) -> set[str]:
    """Return the drugs that close alone by one mechanism."""
    return {
        drugs[0]
        for closer in answer.closers
        if closer.mechanisms == (mechanism,)
        for drugs in (closer.drugs, *closer.alternatives)
    }


def seen(escape: Escape, *, same_drug: bool = True) -> list[Observation]:
    """Return how often an alteration itself was seen in patients."""
    counted = [o for o in escape.observed if o.match == "alteration" and o.patients is not None]
    return [o for o in counted if o.same_drug or not same_drug]


def write(answer: GapsAnswer | ForecastAnswer, *, unfold: bool = False) -> str:
    """Return what the command prints, without line breaks of its own."""
    render = render_gaps if isinstance(answer, GapsAnswer) else render_forecast
    console = Console(width=4000, highlight=False, no_color=True)
    with console.capture() as printed:
        for part in render(answer, unfold=unfold):  # type: ignore[operator]
            console.print(part)
    return printed.get()


# -- 1. PDAC, KRAS G12D, daraxonrasib: what escapes first? ---------------------------------------


def test_story_1_amplified_KRAS_is_the_first_escape_from_daraxonrasib_in_PDAC() -> None:
    answer = ask_forecast("PDAC", "KRAS:G12D", "daraxonrasib")
    assert levels(answer) == ("attenuated", "attenuated")
    first = answer.escapes[0]
    assert first.alterations == ("KRAS:amp",)
    assert (first.kind, first.detail) == ("on-target", "dosage")
    counted = seen(first)[0]
    assert (counted.patients, counted.cohort_size) == (16, 44)
    assert "unconfirmed" in counted.caveat
    assert counted.evidence[0].citation.startswith("Aronchik")


def test_story_1_names_the_other_classes_with_the_counts_of_the_source() -> None:
    answer = ask_forecast("PDAC", "KRAS:G12D", "daraxonrasib")
    found = escapes(answer)
    kinds = {
        "BRAF:V600E": "downstream",
        "MAP2K1:mut": "downstream",
        "RAF1:fusion": "downstream",
        "EGFR:amp": "upstream",
        "MET:amp": "upstream",
        "PIK3CA:mut": "parallel",
        "PTEN:loss": "parallel",
    }
    assert {name: found[name].kind for name in kinds} == kinds
    whole = {o.kind: (o.patients, o.cohort_size) for o in answer.pathways}
    assert whole["downstream"] == (11, 44)
    assert whole["upstream"] == whole["parallel"] == (4, 44)
    text = write(answer)
    for said in ("16 of 44", "11 of 44", "Aronchik", "exploratory and", "one patient"):
        assert said in text
    assert text.index("on-target, dosage") < text.index("downstream: ") < text.index("upstream: ")


# -- 2. the same, would a second ON-state drug help? ---------------------------------------------

WITH_GROWTH = (MAPK, PI3K, TRANSCRIPTION)


def test_story_2_a_second_ON_state_drug_helps_against_dosage_and_not_else() -> None:
    alone = escapes(ask_forecast("PDAC", "KRAS:G12D", "daraxonrasib", WITH_GROWTH))
    both = escapes(ask_forecast("PDAC", "KRAS:G12D", "daraxonrasib,zoldonrasib", WITH_GROWTH))
    assert "KRAS:amp" in alone
    assert "KRAS:amp" not in both
    for left in ("PPIA:loss", "BRAF:V600E", "MYC:amp", "PIK3CA:mut", "context:EMT"):
        assert left in alone, left
        assert left in both, left
    assert both.keys() < alone.keys()


def test_story_2_lost_cyclophilin_takes_both_and_MYC_needs_a_drug_of_its_own() -> None:
    both = escapes(ask_forecast("PDAC", "KRAS:G12D", "daraxonrasib,zoldonrasib", WITH_GROWTH))
    lost = both["PPIA:loss"]
    assert (lost.kind, lost.detail) == ("on-target", "exposure")
    assert "KRAS G12D inhibitor" in mechanisms(lost.closers)  # one that needs no cyclophilin
    assert "RAS inhibitor" not in mechanisms(lost.closers)
    myc = both["MYC:amp"]
    assert set(myc.outputs) == {TRANSCRIPTION}
    assert mechanisms(myc.closers) >= {"MYC inhibitor", "TEAD inhibitor"}
    watched = {w.what: w.reason for w in ask_gaps("PDAC", "KRAS:G12D", "zoldonrasib").watch}
    assert "PPIA" in watched["zoldonrasib"]


# -- 3. PDAC, KRAS G12R, daraxonrasib -------------------------------------------------------------


def test_story_3_what_is_left_of_MAPK_runs_from_receptors_through_wild_type_RAS() -> None:
    answer = ask_gaps("PDAC", "KRAS:G12R", "daraxonrasib", "close")
    assert levels(answer)[0] == "attenuated"  # weakened, so no gap under the default goal
    assert ask_gaps("PDAC", "KRAS:G12R", "daraxonrasib").reached
    assert {(gap.kind, gap.timing) for gap in answer.gaps} == {("other-ras", "adaptive")}
    nodes = [part for gap in answer.gaps for n in gap.routes[0].nodes for part in n.split("|")]
    assert {"EGFR", "KRAS.WT.GTP"} <= set(nodes)
    assert mechanisms(answer.closers) >= {"SHP2 inhibitor", "ATP-competitive MEK inhibitor"}
    pairs = {c.mechanisms for c in answer.closers if len(c.mechanisms) == 2}
    assert ("ERBB family kinase inhibitor", "FGFR kinase inhibitor") in pairs


def test_story_3_the_preprint_and_its_one_patient_are_named() -> None:
    answer = ask_forecast("PDAC", "KRAS:G12R", "daraxonrasib")
    active = escapes(answer)["EGFR:act"]
    told = [o for o in active.observed if o.same_drug]
    assert any("preprint" in o.caveat.casefold() and "one patient" in o.model for o in told)
    assert mechanisms(active.closers) >= {"EGFR antibody", "EGFR kinase inhibitor"}
    assert "KRAS G12R pancreatic cancer cells, and the tumour of one patient" in write(answer)
    assert "Preprint" in write(answer)


# -- 4. CRC, KRAS G12C, sotorasib ------------------------------------------------------------------


def test_story_4_an_EGFR_antibody_comes_first_and_is_approved() -> None:
    answer = ask_gaps("CRC", "KRAS:G12C", "sotorasib")
    assert levels(answer) == ("full", "full")
    assert answer.outputs[MAPK].acute.label == "off"
    first = answer.closers[0]
    assert first.mechanisms == ("EGFR antibody",)
    assert first.drugs == ("panitumumab",)
    assert first.record.approved_for_tumour
    assert first.record.evidence_level == "clinical-trial"
    assert "approved; clinical-trial" in write(answer)
    assert not first.brake_proof


def test_story_4_amplified_KRAS_MET_and_BRAF_stay_as_forecast() -> None:
    answer = ask_forecast("CRC", "KRAS:G12C", "sotorasib,panitumumab")
    assert levels(answer) == ("attenuated", "attenuated")
    found = escapes(answer)
    assert answer.escapes[0].alterations == ("KRAS:amp",)
    assert found["KRAS:amp"].detail == "dosage"
    assert found["MET:amp"].kind == "other-ras"
    assert "MET kinase inhibitor" in mechanisms(found["MET:amp"].closers)
    assert found["BRAF:V600E"].kind == "downstream"
    assert "EGFR:amp" not in found  # the antibody is still there
    one = seen(found["BRAF:V600E"], same_drug=False)[0]
    assert one.single_patient
    assert "one patient [" in write(answer)


# -- 5. NSCLC, Y96D and H95D after adagrasib -------------------------------------------------------


@pytest.mark.parametrize("drug", ["adagrasib", "sotorasib"])
def test_story_5_no_OFF_state_drug_holds_Y96D(drug: str) -> None:
    assert levels(ask_gaps("NSCLC", "KRAS:G12C+Y96D", drug)) == ("full", "full")


@pytest.mark.parametrize("drug", ["elironrasib", "daraxonrasib"])
def test_story_5_ON_state_drugs_hold_Y96D(drug: str) -> None:
    assert "full" not in levels(ask_gaps("NSCLC", "KRAS:G12C+Y96D", drug))


def test_story_5_closers_of_Y96D_have_no_sotorasib_and_those_of_H95D_have() -> None:
    y96d = ask_gaps("NSCLC", "KRAS:G12C+Y96D", "adagrasib")
    h95d = ask_gaps("NSCLC", "KRAS:G12C+H95D", "adagrasib")
    for answer in (y96d, h95d):
        assert {gap.kind for gap in answer.gaps} == {"on-target"}
        assert {gap.routes[0].details[0] for gap in answer.gaps} == {"binding-site"}
        assert "elironrasib" in named(answer, "KRAS G12C inhibitor")
        assert "daraxonrasib" in named(answer, "RAS inhibitor")
    off_state = {"sotorasib", "divarasib", "glecirasib", "fulzerasib", "garsorasib"}
    assert not off_state & named(y96d, "KRAS G12C inhibitor")
    assert off_state <= named(h95d, "KRAS G12C inhibitor")
    assert not {"sotorasib"} & {d for c in y96d.closers for s in c.alternatives for d in s}
    assert "full" not in levels(ask_gaps("NSCLC", "KRAS:G12C+H95D", "sotorasib"))


# -- 6. NSCLC, KRAS G12C with a SHP2 inhibitor -----------------------------------------------------


def test_story_6_what_a_SHP2_inhibitor_leaves_open() -> None:
    answer = ask_forecast("NSCLC", "KRAS:G12C", "sotorasib,TNO155")
    assert levels(answer) == ("off", "attenuated")
    found = escapes(answer)
    assert set(found["PIK3CA:mut"].outputs) == {PI3K}
    assert set(found["BRAF:V600E"].outputs) == {MAPK}
    assert set(found["NRAS:Q61K"].outputs) == {MAPK, PI3K}
    assert set(found["PTPN11:E76K"].outputs) == {MAPK, PI3K}
    # receptors no longer reach ERK at full; what they reach is PI3K
    assert found["MET:amp"].outputs[PI3K].label == "full"
    assert found["MET:amp"].outputs.get(MAPK, 0) < 2
    alone = escapes(ask_forecast("NSCLC", "KRAS:G12C", "sotorasib"))
    assert alone["MET:amp"].outputs[MAPK].label == "full"
    assert "NF1:loss" in alone
    assert "NF1:loss" not in found


def test_story_6_says_which_trials_tested_the_pair() -> None:
    answer = ask_forecast("NSCLC", "KRAS:G12C", "sotorasib,TNO155")
    record = answer.record
    assert record is not None
    assert record.no_recorded_trial  # none of this very pair
    numbers = {n for trial in record.trials for n in trial.nct}
    assert {"NCT04330664", "NCT04699188"} <= numbers  # adagrasib, opnurasib with TNO155
    tested = {trial.drugs for trial in record.trials}
    assert ("sotorasib", "vociprotafib") in tested
    assert {trial.of for trial in record.trials} == {"class"}
    text = write(answer)
    assert "no recorded trial of these very drugs; trials of their classes" in text
    assert "sotorasib + vociprotafib" in text


# -- 7. NSCLC, KRAS G12C with STK11 and KEAP1 loss -------------------------------------------------


def test_story_7_suppressed_is_not_sensitive() -> None:
    answer = ask_gaps("NSCLC", "KRAS:G12C,STK11:loss,KEAP1:loss", "sotorasib")
    assert answer.outputs[MAPK].adapted.label == "attenuated"
    assert answer.reached
    watched = {w.what: w.level.label for w in answer.watch if w.level is not None}
    assert watched["NRF2"] == "full"
    nothing = {found.output: found for found in answer.no_catalogue_drug}
    assert nothing["NRF2"].nodes == ("KEAP1:loss", "NFE2L2", "NRF2")
    shown = [o for o in answer.outcomes if o.drugs == ("sotorasib",)]
    assert any(o.measure == "ORR" and o.value == 23 for o in shown)
    text = write(answer)
    for word in ("sensitive", "responds to", "benefit", "effective"):
        assert word not in text
    assert "STK11 and KEAP1 mutant: ORR 23 %" in text
    assert '"Closed" is not efficacy' in text


# -- 8. NSCLC, MET amplification at progression ----------------------------------------------------


def test_story_8_amplified_MET_takes_both_outputs_and_a_MET_drug_closes_them() -> None:
    answer = ask_gaps("NSCLC", "KRAS:G12C,MET:amp", "sotorasib")
    assert levels(answer) == ("full", "full")
    assert answer.closers[0].mechanisms == ("MET kinase inhibitor",)
    assert "capmatinib" in named(answer, "MET kinase inhibitor")
    singles = mechanisms(answer.closers)
    assert {"EGFR and MET antibody", "MET antibody"} <= singles
    assert not singles & {"RAS inhibitor", "SHP2 inhibitor", "MEK inhibitor", "PI3Kα inhibitor"}
    assert all(route.nodes[0] == "MET:amp" for gap in answer.gaps for route in gap.routes)


@pytest.mark.parametrize("drug", ["daraxonrasib", "elironrasib,daraxonrasib"])
def test_story_8_an_ON_state_drug_alone_leaves_PI3K(drug: str) -> None:
    answer = ask_gaps("NSCLC", "KRAS:G12C,MET:amp", drug)
    assert levels(answer) == ("attenuated", "full")
    assert {gap.output for gap in answer.gaps} == {PI3K}
    assert mechanisms(answer.closers) >= {"MET kinase inhibitor", "PI3Kα inhibitor"}


# -- 9. NSCLC in EMT -------------------------------------------------------------------------------


def test_story_9_in_EMT_a_SHP2_inhibitor_suppresses_MAPK_and_PI3K_stays() -> None:
    alone = ask_gaps("NSCLC", "KRAS:G12C,context:EMT", "sotorasib")
    assert levels(alone) == ("full", "full")
    assert any("FGFR1" in route.nodes for gap in alone.gaps for route in gap.routes)
    assert "SHP2 inhibitor" not in mechanisms(alone.closers)
    both = ask_gaps("NSCLC", "KRAS:G12C,context:EMT", "sotorasib,TNO155")
    assert levels(both)[0] in ("off", "attenuated")
    assert levels(both)[1] == "full"
    assert {gap.output for gap in both.gaps if gap.timing == "immediate"} == {PI3K}
    # the transition also holds the cell cycle, so that a pair is needed for the whole goal
    assert "cell-cycle" in both.chosen
    assert ("CDK4/6 inhibitor", "PI3Kα inhibitor") in {c.mechanisms for c in both.closers}


def test_story_9_what_has_no_drug_comes_first() -> None:
    for drugs in ("sotorasib", "sotorasib,TNO155"):
        answer = ask_gaps("NSCLC", "KRAS:G12C,context:EMT", drugs)
        assert [found.output for found in answer.no_catalogue_drug] == ["EMT"]
        assert "no drug of the catalogue" in answer.no_catalogue_drug[0].reason
        text = write(answer)
        assert text.index("No drug of the catalogue closes") < text.index("Open gaps")


# -- 10. daraxonrasib with elironrasib -------------------------------------------------------------


def test_story_10_it_is_in_trials_without_results_on_record() -> None:
    record = ask_forecast("NSCLC", "KRAS:G12C", "daraxonrasib,elironrasib").record
    assert record is not None
    own = [trial for trial in record.trials if trial.of == "combination"]
    assert "NCT06128551" in {n for trial in own for n in trial.nct}
    assert not record.no_recorded_trial
    assert not record.approved_in_tissue


def test_story_10_what_would_still_escape() -> None:
    answer = ask_forecast("NSCLC", "KRAS:G12C", "daraxonrasib,elironrasib")
    found = escapes(answer)
    for left in ("BRAF:V600E", "MAP2K1:mut", "PPIA:loss", "PIK3CA:mut", "MET:amp", "context:EMT"):
        assert left in found, left
    for held in ("KRAS:amp", "NRAS:Q61K", "NF1:loss", "KRAS:G12C+Y96D", "KRAS:G12C+R68S"):
        assert held not in found, held
    text = write(answer)
    assert "On record of daraxonrasib + elironrasib" in text
    assert "NCT06128551" in text


# -- what answers of all stories have in common ---------------------------------------------------


def test_sources_are_numbered_and_every_number_has_its_line() -> None:
    text = write(ask_forecast("PDAC", "KRAS:G12D", "daraxonrasib"))
    body, _, sources = text.partition("\nSources\n")
    cited = {int(n) for n in re.findall(r"(?<=\S) \[(\d+)\]", body)}
    listed = {int(n) for n in re.findall(r"^  \[(\d+)\]", sources, re.M)}
    assert cited == listed == set(range(1, len(listed) + 1))


GALLERY = load_benchmark("gallery")
#: Stories that take a second at most; the others run with the slow tests.
QUICK = (7, 8, 9)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=() if number in QUICK else pytest.mark.slow)
        for number in range(1, len(GALLERY.STORIES) + 1)
    ],
)
def test_the_gallery_is_not_stale(number: int) -> None:
    """Run ``python -m benchmarks.gallery`` after a change of ontology, rules or reports."""
    page = GALLERY.PAGE.read_text(encoding="utf-8")
    assert GALLERY.render_story(number, GALLERY.STORIES[number - 1]) in page


def test_the_matrix_is_not_stale() -> None:
    """Run ``python -m benchmarks.matrix`` after a change of ontology or rules."""
    matrix = load_benchmark("matrix")
    page = (matrix.DOCS / "matrix.md").read_text(encoding="utf-8")
    assert page == matrix.render_page(matrix.find_matrix())
