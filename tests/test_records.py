"""What is on record of drugs and alterations, on the real ontology."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krasbypass.errors import NotationError, OntologyError, UnknownTermError
from krasbypass.facts import LABEL
from krasbypass.knowledge import load_full_knowledge, load_knowledge
from krasbypass.records import Records, load_records, read_records, record_to_json
from krasbypass.records.regimens import Slot
from krasbypass.vocabulary import Clinical
from pace import measure_within

LEVELS = ("clinical-trial", "patient-cohort", "in-vivo", "in-vitro", "review", "mechanistic")


@pytest.fixture(scope="module")
def records() -> Records:
    return load_records()


# -- approvals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drugs", "tissue", "alteration"),
    [
        (["sotorasib", "panitumumab"], "CRC", "KRAS:G12C"),
        (["adagrasib", "cetuximab"], "CRC", "KRAS:G12C"),
        (["encorafenib", "cetuximab"], "CRC", "BRAF:V600E"),
        (["dabrafenib", "trametinib"], "NSCLC", "BRAF:V600E"),
        (["dabrafenib", "trametinib"], "melanoma", "BRAF:V600K"),
        (["encorafenib", "binimetinib"], "melanoma", "BRAF:V600E"),
        (["vemurafenib", "cobimetinib"], "melanoma", "BRAF:V600E"),
        (["vemurafenib", "cobimetinib", "atezolizumab"], "melanoma", "BRAF:V600E"),
        (["avutometinib", "defactinib"], "LGSOC", "KRAS:G12V"),
        (["tucatinib", "trastuzumab"], "CRC", "ERBB2:amp"),
        (["sotorasib"], "NSCLC", "KRAS:G12C"),
        (["daraxonrasib"], "PDAC", "KRAS:G12R"),
        (["dabrafenib", "trametinib"], "PDAC", "BRAF:V600E"),  # for any solid tumour
        (["larotrectinib"], "CRC", "NTRK1:fusion"),
    ],
)
def test_approved_sets(records: Records, drugs: list[str], tissue: str, alteration: str) -> None:
    found = records.find_combination(drugs, tissue=tissue, alterations=[alteration])
    assert found.approved_in_tissue and found.approved_for_tumour
    assert found.evidence_level == "clinical-trial" and found.basis == "combination"
    approval = next(a for a in found.approvals if a.of == "combination" and tissue in a.covers)
    assert set(approval.drugs) == set(drugs) and approval.fits and approval.evidence
    assert records.rank(found)[0] == 0


@pytest.mark.parametrize(
    ("drugs", "tissue"),
    [
        (["sotorasib"], "CRC"),  # only with panitumumab
        (["sotorasib", "panitumumab"], "NSCLC"),
        (["sotorasib", "panitumumab", "trametinib"], "CRC"),
        (["encorafenib"], "CRC"),
        (["palbociclib"], "NSCLC"),
        (["dabrafenib", "trametinib"], "CRC"),  # for any solid tumour but this
        (["defactinib"], "LGSOC"),
        (["sotorasib", "panitumumab"], "any"),
    ],
)
def test_sets_not_approved(records: Records, drugs: list[str], tissue: str) -> None:
    found = records.find_combination(drugs, tissue=tissue)
    assert not found.approved_in_tissue and not found.approved_for_tumour


def test_approved_for_another_genotype(records: Records) -> None:
    found = records.find_combination(["osimertinib"], tissue="NSCLC", alterations=["KRAS:G12C"])
    assert found.approved_in_tissue and not found.approved_for_tumour
    alone = records.find_combination(["panitumumab"], tissue="CRC", alterations=["KRAS:G12C"])
    assert alone.approved_in_tissue and not alone.approved_for_tumour  # RAS wild type only


@pytest.mark.parametrize(
    ("drug", "tissue", "alteration", "fits"),
    [
        ("trastuzumab-deruxtecan", "CRC", "ERBB2:amp", True),  # any solid tumour, HER2-positive
        ("trastuzumab-deruxtecan", "CRC", "ERBB2:S310F", False),
        ("selpercatinib", "PDAC", "CCDC6::RET", True),
        ("selpercatinib", "PDAC", "RET:M918T", False),
    ],
)
def test_approval_for_any_solid_tumour_asks_for_its_alteration(
    records: Records, drug: str, tissue: str, alteration: str, fits: bool
) -> None:
    found = records.find_combination([drug], tissue=tissue, alterations=[alteration])
    assert found.approved_in_tissue and found.approved_for_tumour is fits


def test_parts_of_a_set_keep_their_approvals(records: Records) -> None:
    found = records.find_combination(["encorafenib", "cetuximab", "binimetinib"], tissue="CRC")
    parts = {a.drugs for a in found.approvals if a.of == "part"}
    assert ("cetuximab", "encorafenib") in parts
    assert not [a for a in found.approvals if a.of == "combination"]


def test_approved_class_speaks_for_its_kin(records: Records) -> None:
    found = records.find_combination(
        ["vemurafenib", "cetuximab"], tissue="CRC", alterations=["BRAF:V600E"]
    )
    kin = next(a for a in found.approvals if a.of == "class" and not a.components)
    assert kin.drugs == ("cetuximab", "encorafenib") and kin.fits and kin.tissue == "CRC"
    assert found.basis == "class" and found.evidence_level == "clinical-trial"
    assert not found.approved_in_tissue
    elsewhere = records.find_combination(["vemurafenib", "cetuximab"], tissue="NSCLC")
    assert records.rank(found) < records.rank(elsewhere)


# -- trials and other evidence ------------------------------------------------------------------


def test_tried_pair_with_results(records: Records) -> None:
    found = records.find_combination(["sotorasib", "RMC-4630"], tissue="NSCLC")
    assert found.drugs == ("sotorasib", "vociprotafib")
    assert not found.no_recorded_trial and found.evidence_level == "clinical-trial"
    first = found.trials[0]
    assert first.of == "combination" and first.tissue == ("NSCLC",) and "DCR 64 %" in first.results


def test_trial_under_way_is_recorded_and_is_no_evidence_yet(records: Records) -> None:
    found = records.find_combination(["adagrasib", "TNO155"], tissue="NSCLC")
    assert not found.no_recorded_trial
    assert "NCT04330664" in found.trials[0].nct and found.trials[0].status == "ongoing"
    assert found.evidence_level != "clinical-trial"
    assert {t.drugs for t in found.trials if t.of == "class"} >= {("sotorasib", "vociprotafib")}


@pytest.mark.parametrize(
    ("drugs", "tissue", "number"),
    [
        (["garsorasib", "ifebemtinib"], "NSCLC", "NCT07174908"),
        (["calderasib", "pembrolizumab"], "NSCLC", "NCT07190248"),
        (["amivantamab", "olomorasib"], "NSCLC", "NCT07227025"),
        (["adagrasib", "cetuximab", "cemiplimab"], "CRC", "NCT06412198"),
        (["setidegrasib"], "PDAC", "NCT05382559"),
    ],
)
def test_entry_of_the_registry_is_no_result(
    records: Records, drugs: list[str], tissue: str, number: str
) -> None:
    found = records.find_combination(drugs, tissue=tissue)
    own = [trial for trial in found.trials if trial.of == "combination"]
    assert number in {n for trial in own for n in trial.nct}
    assert found.evidence_level != "clinical-trial"


def test_reported_trial_without_success_is_evidence(records: Records) -> None:
    found = records.find_combination(["trametinib", "BI-1701963"])
    assert found.evidence_level == "clinical-trial"
    assert any("33.3 %" in trial.results for trial in found.trials)


def test_drugs_of_one_platform_are_not_given_together(records: Records) -> None:
    found = records.find_combination(["daraxonrasib", "elironrasib", "zoldonrasib"], tissue="NSCLC")
    assert found.no_recorded_trial


def test_drug_of_the_control_is_not_what_was_tried(records: Records) -> None:
    found = records.find_combination(["sotorasib"], tissue="NSCLC")
    (trial,) = (t for t in found.trials if "NCT06497556" in t.nct)
    assert trial.drugs == ("divarasib",) and trial.of == "class"


def test_phase_three_trial_of_the_approved_pair(records: Records) -> None:
    found = records.find_combination(["sotorasib", "panitumumab"], tissue="CRC")
    trial = next(t for t in found.trials if "NCT05198934" in t.nct)
    assert trial.phase == "3" and trial.of == "combination" and "PFS 5.6 months" in trial.results


def test_pair_never_tried(records: Records) -> None:
    found = records.find_combination(["zoldonrasib", "GSK2334470"], tissue="PDAC")
    assert (found.evidence_level, found.basis) == ("mechanistic", "model")
    assert found.no_recorded_trial and not found.trials and not found.studies
    assert not found.evidence


def test_class_stands_for_a_pair_that_was_not_tried(records: Records) -> None:
    found = records.find_combination(["divarasib", "vociprotafib"], tissue="NSCLC")
    assert found.basis == "class"
    assert found.trials and {t.of for t in found.trials} == {"class"}


def test_class_named_by_its_target(records: Records) -> None:
    found = records.find_combination(["sotorasib", "alpelisib"], tissue="NSCLC")
    study = next(s for s in found.studies if s.id == "combination-sotorasib-PI3K-inhibitor")
    assert study.of == "class" and found.evidence_level == "in-vivo"


def test_generic_inhibitor_matches_by_class(records: Records) -> None:
    found = records.find_combination(["sotorasib", "inhibitor:PTPN11"], tissue="NSCLC")
    assert found.basis == "class"
    assert ("sotorasib", "vociprotafib") in {t.drugs for t in found.trials}


def test_alternatives_are_tried_one_at_a_time(records: Records) -> None:
    study = "combination-G12C-inhibitor-various"
    for partner in ("everolimus", "ulixertinib", "cetuximab", "linsitinib"):
        found = records.find_combination(["sotorasib", partner])
        assert study in {s.id for s in found.studies if s.of == "class"}
    both = records.find_combination(["sotorasib", "everolimus", "ulixertinib"])
    assert study not in {s.id for s in both.studies}


def test_clinical_evidence_is_a_trial_on_record(records: Records) -> None:
    """What patients of a trial showed of a pair never stands beside "no recorded trial"."""
    for drugs in records.exact:
        found = records.find_combination(drugs)
        shown = [s for s in found.studies if s.of == "combination" and s.level == "clinical-trial"]
        assert not (shown and found.no_recorded_trial)


def test_drug_outside_the_catalogue_is_a_partner_too(records: Records) -> None:
    alone = records.find_combination(["daraxonrasib"], tissue="PDAC")
    assert not [t for t in alone.trials if "vopimetostat" in t.name or "anvumetostat" in t.name]


def test_added_treatment_makes_another_combination(records: Records) -> None:
    alone = records.find_combination(["selumetinib"], tissue="NSCLC")
    added = records.find_combination(["selumetinib", "docetaxel"], tissue="NSCLC")
    assert {t.id for t in added.trials if t.of == "combination"} >= {"SELECT-1"}
    assert "SELECT-1" not in {t.id for t in alone.trials}


def test_control_arm_is_no_partner(records: Records) -> None:
    pair = records.find_combination(["sotorasib", "docetaxel"], tissue="NSCLC")
    assert "CodeBreaK200" not in {t.id for t in pair.trials}
    alone = records.find_combination(["sotorasib"], tissue="NSCLC")
    assert "CodeBreaK200" in {t.id for t in alone.trials}


def test_two_drugs_of_one_mechanism_are_alternatives(records: Records) -> None:
    found = records.find_combination(["sotorasib", "adagrasib"])
    assert found.no_recorded_trial and found.basis == "model"


def test_class_keeps_to_its_allele() -> None:
    """A source on inhibitors of one allele says nothing of those of another."""
    records = load_records()
    found = records.find_combination(["MRTX1133", "pembrolizumab"])
    assert not [t for t in found.trials if "G12C" in t.name]
    assert [t for t in records.find_combination(["divarasib", "pembrolizumab"]).trials]


# -- toxicity -----------------------------------------------------------------------------------


def test_toxicity_of_the_combination_comes_first(records: Records) -> None:
    found = records.find_combination(["sotorasib", "pembrolizumab"])
    first = found.toxicities[0]
    assert first.of == "combination" and first.severe and "hepatotoxicity" in first.events
    order = ["combination", "class", "drug"]
    assert {t.of for t in found.toxicities} <= set(order)


def test_overlapping_toxicity_is_severe_for_both(records: Records) -> None:
    found = records.find_combination(["sotorasib", "adagrasib"])
    assert "raised ALT" in found.overlapping
    assert "nausea" not in found.overlapping  # no severe case under sotorasib
    assert records.find_combination(["sotorasib"]).overlapping == ()


# -- names, order, speed ------------------------------------------------------------------------


def test_codes_and_brands_mean_the_same(records: Records) -> None:
    by_code = records.find_combination(["AMG 510", "Vectibix"], tissue="colorectal cancer")
    assert by_code == records.find_combination(["panitumumab", "sotorasib"], tissue="CRC")


def test_unknown_names_are_refused(records: Records) -> None:
    with pytest.raises(UnknownTermError, match="nearest: sotorasib"):
        records.find_combination(["sotorasip"])
    with pytest.raises(UnknownTermError):
        records.find_combination(["sotorasib"], tissue="lnug")
    with pytest.raises(UnknownTermError):
        records.find_observations("NOSUCHGENE:amp")
    with pytest.raises(NotationError):
        records.find_observations("KRAS G12C")


def _drug_names() -> list[str]:
    return sorted(load_records().knowledge.drugs)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_order_and_spelling_do_not_matter(data: st.DataObject) -> None:
    records = load_records()
    chosen = data.draw(
        st.lists(st.sampled_from(_drug_names()), min_size=1, max_size=4, unique=True)
    )
    shuffled = data.draw(st.permutations(chosen))
    spelt = [data.draw(st.sampled_from([n, n.upper(), n.lower()])) for n in shuffled]
    found = records.find_combination(chosen, tissue="NSCLC", alterations=["KRAS:G12C"])
    assert found == records.find_combination(spelt, tissue="nsclc", alterations=["KRAS:G12C"])
    assert found.evidence_level in LEVELS
    assert found.no_recorded_trial is not any(t.of == "combination" for t in found.trials)
    assert (found.basis == "model") is not bool(found.evidence or found.studies or found.trials)
    assert all(set(a.drugs) <= set(found.drugs) for a in found.approvals if a.of != "class")
    assert json.loads(json.dumps(record_to_json(found)))["drugs"] == list(found.drugs)


def test_every_recorded_set_is_found_again(records: Records) -> None:
    for drugs, filed in records.exact.items():
        found = records.find_combination(drugs)
        assert set(filed.trials) <= set(found.trials)
        assert found.no_recorded_trial is not filed.trials
        for trial in filed.trials:
            assert found.drugs == trial.drugs or set(found.drugs) < set(trial.drugs)


def test_class_is_symmetric_where_both_are_named(records: Records) -> None:
    """Every pair on record is found, as of its class, from any other pair of its mechanisms."""
    knowledge = records.knowledge
    by_mechanism: dict[str, list[str]] = {}
    for drug in knowledge.drugs.values():
        by_mechanism.setdefault(drug.mechanism, []).append(drug.name)
    for drugs, filed in records.exact.items():
        if len(drugs) != 2 or not filed.trials:
            continue
        first, second = (by_mechanism[knowledge.drugs[d].mechanism] for d in sorted(drugs))
        other = next(
            ((a, b) for a in first for b in second if {a, b}.isdisjoint(drugs) and a != b), None
        )
        if other is None or not all(knowledge.drugs[d].engages for d in drugs):
            continue
        seen = {t.id for t in records.find_combination(other).trials}
        assert {t.id for t in filed.trials} <= seen


def test_thousands_of_sets_take_no_time(records: Records) -> None:
    names = [n for n in _drug_names() if not n.startswith("inhibitor:")][:70]
    sets = list(combinations(names, 2))

    def find_all() -> None:
        for drugs in sets:
            records.find_combination(drugs, tissue="NSCLC", alterations=["KRAS:G12C"])

    limit = 0.0005 * len(sets)  # a tenth of that when idle
    assert measure_within(find_all, limit) < limit


def test_reading_takes_no_time() -> None:
    knowledge = load_full_knowledge()
    assert knowledge.drugs and knowledge.activities and knowledge.alterations
    # a third of that when idle
    assert measure_within(lambda: read_records(knowledge), 0.15) < 0.15


def test_without_the_facts_only_approvals_are_known() -> None:
    records = read_records(load_knowledge())
    found = records.find_combination(["sotorasib", "panitumumab"], tissue="CRC")
    assert found.approved_in_tissue and found.no_recorded_trial
    assert records.find_observations("KRAS:amp") == ()


# -- rank ---------------------------------------------------------------------------------------


def test_rank_orders_by_support(records: Records) -> None:
    order = [
        ["sotorasib", "panitumumab"],  # approved
        ["sotorasib", "cetuximab"],  # its class is
        ["selumetinib", "docetaxel"],  # trials with results, elsewhere
        ["adagrasib", "TNO155"],  # trial under way
        ["ARS-853", "BAY-293"],  # cells
        ["divarasib", "vociprotafib"],  # only its class
        ["zoldonrasib", "GSK2334470"],  # only the model
    ]
    ranks = [records.rank(records.find_combination(d, tissue="CRC")) for d in order]
    assert ranks == sorted(ranks)
    assert len({r[0] for r in ranks}) == len(order)


# -- observations -------------------------------------------------------------------------------


def test_counted_escape_under_the_very_drug(records: Records) -> None:
    first, *rest = records.find_observations("KRAS:amp", drugs=["daraxonrasib"], tissue="PDAC")
    assert (first.patients, first.cohort_size) == (16, 44)
    assert first.same_drug and first.same_tissue and first.match == "alteration"
    assert first.level == "patient-cohort" and "unconfirmed" in first.caveat
    assert first.share == pytest.approx(16 / 44) and not first.single_patient
    assert not any(o.same_drug and o.patients == 0 for o in rest)  # mutations are no copies


def test_nothing_found_is_an_observation_too(records: Records) -> None:
    found = records.find_observations("KRAS:G12C+Y96D", drugs=["daraxonrasib"], tissue="PDAC")
    negative = next(o for o in found if o.patients == 0)
    assert negative.cohort_size == 44 and negative.match == "gene" and negative.same_drug


def test_single_patient_is_marked(records: Records) -> None:
    first = records.find_observations("KRAS:G12C+Y96D", drugs=["adagrasib"], tissue="NSCLC")[0]
    assert first.single_patient and first.same_drug and "KRAS:Y96D" in first.alterations


def test_class_and_family_follow_the_drug(records: Records) -> None:
    nearest = {
        drug: records.find_observations("NF1:loss", drugs=[drug])[0].drug_match
        for drug in ("adagrasib", "divarasib", "MRTX1133")
    }
    assert nearest == {"adagrasib": "same", "divarasib": "class", "MRTX1133": "family"}
    assert records.find_observations("MET:amp", drugs=["palbociclib"]) == ()


def test_strongest_match_comes_first(records: Records) -> None:
    ranks = ("same", "class", "family", "other")
    for node in ("KRAS:amp", "MET:amp", "BRAF:V600E", "NRAS:Q61K", "PIK3CA:mut", "NF1:loss"):
        for drugs in ([], ["adagrasib"], ["sotorasib", "TNO155"], ["daraxonrasib"]):
            found = [
                ranks.index(o.drug_match) for o in records.find_observations(node, drugs=drugs)
            ]
            assert found == sorted(found)


def test_states_and_fusions_are_observed(records: Records) -> None:
    assert records.find_observations("context:EMT", drugs=["sotorasib"])
    fusion = records.find_observations("EML4::ALK", drugs=["adagrasib"])
    assert fusion == records.find_observations("ALK:fusion", drugs=["adagrasib"]) != ()


def test_every_alteration_of_the_catalogue_can_be_asked_for(records: Records) -> None:
    nodes = [*records.knowledge.alterations, *records.knowledge.contexts]
    seen = {n: records.find_observations(n, drugs=["sotorasib"], tissue="NSCLC") for n in nodes}
    assert sum(map(bool, seen.values())) > 30
    for observations in seen.values():
        for observation in observations:
            assert observation.evidence and observation.level in LEVELS
            assert json.dumps(record_to_json(observation))
            if observation.patients is not None and observation.cohort_size is not None:
                assert observation.patients <= observation.cohort_size


# -- outcomes by co-mutation --------------------------------------------------------------------


def test_outcomes_by_co_mutation(records: Records) -> None:
    found = records.find_outcomes(
        ["sotorasib"], alterations=["KRAS:G12C", "STK11:loss", "KEAP1:loss"], tissue="NSCLC"
    )
    first = found[0]
    assert first.drug_match == "same" and first.genes == ("KEAP1", "STK11")
    assert (first.measure, first.value, first.unit) == ("ORR", 23.0, "%")
    assert first.reference.startswith("39 % in ")
    assert {o.drug_match for o in found} >= {"same", "class", "none"}


def test_groups_without_an_alteration_are_left_out(records: Records) -> None:
    both = records.find_outcomes(["sotorasib"], alterations=["STK11:loss", "KEAP1:loss"])
    assert not [o for o in both if o.without]
    one = records.find_outcomes(["sotorasib"], alterations=["KEAP1:loss"])
    assert [o for o in one if o.without == ("STK11",) and o.value == 14.0]
    assert records.find_outcomes(["sotorasib"], alterations=["KRAS:G12C"]) == ()


# -- the ontology -------------------------------------------------------------------------------


def test_every_clinical_term_is_declared(records: Records) -> None:
    """The names that the code reads are classes, properties or units of the ontology."""
    assert [t for t in Clinical if LABEL not in records.knowledge.index.get(t, {})] == []


def test_drugs_of_one_mechanism_block_alike() -> None:
    """Folding drugs by mechanism hides no difference in what is engaged completely."""
    knowledge = load_knowledge()
    differing = {}
    groups: dict[str, list[str]] = {}
    for drug in knowledge.drugs.values():
        if not drug.generic:
            groups.setdefault(drug.mechanism, []).append(drug.name)
    for mechanism, names in groups.items():
        targets = {
            frozenset(
                k
                for k, level in knowledge.drugs[n].engages
                if level == 2 and k in knowledge.activities
            )
            for n in names
        }
        if len(targets) > 1:
            differing[mechanism] = sorted(names)
    # drugs of many targets, and one that blocks its target in part
    few = {m for m in differing if not m.startswith("multikinase")}
    assert few <= {"RAF inhibitor, weak type II", "STAT3 inhibitor"}


def test_a_word_for_a_number_is_refused(records: Records) -> None:
    with pytest.raises(OntologyError, match="is no number: 'CRC'"):
        records.library.count("CodeBreaK300-960", Clinical.OF_TISSUE)


def test_every_approval_says_where_and_for_what(records: Records) -> None:
    for approvals in records.approved.values():
        for approval in approvals:
            assert approval.record.region and approval.record.indication
            assert approval.record.evidence


def test_slot_without_genes_takes_nothing(records: Records) -> None:
    (agent,) = records.pharmacy.find(["sotorasib"])
    assert not Slot().takes(agent, frozenset())
