"""Gap analysis: what closes, what re-opens, what nothing closes, on the packaged network."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import pytest

from krasbypass import Knowledge, Network, Tumour, find_routes
from krasbypass.errors import UnknownTermError
from krasbypass.gaps import GapsAnswer, find_gaps
from krasbypass.model import Level
from krasbypass.preference import find_targets
from krasbypass.records import Records, load_records
from krasbypass.report.gap_tables import _trials
from krasbypass.report.gaps import gaps_to_json

MAPK, PI3K = "MAPK", "PI3K-AKT-mTOR"


@pytest.fixture(scope="module")
def records() -> Records:
    return load_records()


def ask(network: Network, tissue: str, alterations: str, drugs: str = "", **how) -> GapsAnswer:
    tumour = Tumour.parse(tissue, [alterations] if alterations else [])
    return find_gaps(network, tumour, [drugs] if drugs else [], **how)


def highest(network: Network, tumour: Tumour, drugs: list[str], outputs: tuple[str, ...]) -> Level:
    answer = find_routes(network, tumour, drugs, outputs=outputs)
    return max(answer.outputs[output].adapted for output in outputs)


# -- closers close -------------------------------------------------------------------------------

QUESTIONS = [
    ("CRC", "KRAS:G12C", "sotorasib"),
    ("NSCLC", "KRAS:G12C,MET:amp", "sotorasib"),
    ("PDAC", "KRAS:G12D,PIK3CA:mut", "daraxonrasib"),
    ("melanoma", "NRAS:Q61K", ""),
]


@pytest.mark.parametrize(("tissue", "alterations", "drugs"), QUESTIONS)
@pytest.mark.parametrize("target", ["suppress", "close"])
def test_closers_reach_the_goal_and_no_part_of_one_does(
    network: Network, tissue: str, alterations: str, drugs: str, target: str
) -> None:
    answer = ask(network, tissue, alterations, drugs, target=target, max_add=2)
    allowed = Level.ATTENUATED if target == "suppress" else Level.OFF
    given = [drugs] if drugs else []
    tumour = Tumour.parse(tissue, [alterations])
    sets = [s for c in answer.closers[:6] for s in (c.drugs, *c.alternatives[:1])]
    for drugs_added in sets:
        assert highest(network, tumour, [*given, *drugs_added], answer.chosen) <= allowed
        for part in combinations(drugs_added, len(drugs_added) - 1):
            assert highest(network, tumour, [*given, *part], answer.chosen) > allowed


def test_all_single_drugs_agree_with_asking_for_each(network: Network) -> None:
    answer = ask(network, "CRC", "KRAS:G12C", "sotorasib", max_add=1)
    found = {s[0] for c in answer.closers for s in (c.drugs, *c.alternatives)}
    tumour = Tumour.parse("CRC", ["KRAS:G12C"])
    drugs = sorted(d.name for d in network.knowledge.drugs.values() if not d.generic)
    for drug in drugs[::9]:
        if drug != "sotorasib":
            reached = highest(network, tumour, ["sotorasib", drug], answer.chosen) < Level.FULL
            assert reached is (drug in found), drug


def test_classes_are_understood_and_never_offered(network: Network) -> None:
    answer = ask(network, "CRC", "KRAS:G12C", "sotorasib,inhibitor:EGFR")
    assert answer.reached
    offered = ask(network, "CRC", "KRAS:G12C", "sotorasib", max_add=2).closers
    names = {d for c in offered for s in (c.drugs, *c.alternatives) for d in s}
    assert not any(network.knowledge.drugs[name].generic for name in names)


def test_a_line_holds_sets_of_one_mechanism_the_best_supported_first(network: Network) -> None:
    answer = ask(network, "CRC", "KRAS:G12C", "sotorasib", max_add=1)
    lines = [c.mechanisms for c in answer.closers]
    assert len(lines) == len(set(lines))
    first = answer.closers[0]
    assert first.drugs == ("panitumumab",)
    assert ("cetuximab",) in first.alternatives


@pytest.mark.parametrize(
    ("tissue", "alterations", "drugs"),
    [
        ("NSCLC", "KRAS:G12C+Y96D", "adagrasib"),
        ("PDAC", "KRAS:G12D,KRAS:amp", "MRTX1133"),
        ("NSCLC", "KRAS:G12S", "adagrasib"),
        ("PDAC", "KRAS:Q61H", "BI-3406"),
    ],
)
def test_the_first_lines_act_at_different_sites(
    network: Network, records: Records, tissue: str, alterations: str, drugs: str
) -> None:
    answer = ask(network, tissue, alterations, drugs, outputs=[MAPK], max_add=1)
    untried = [c for c in answer.closers[:3] if records.rank(c.record)[0] > 2]
    sites = [find_targets(network.knowledge, c.drugs[0]) for c in untried]
    assert len(answer.closers) > 3 and len(untried) > 1
    assert all(2 * len(a & b) < min(len(a), len(b)) for a, b in combinations(sites, 2))
    repeated = [find_targets(network.knowledge, c.drugs[0]) for c in answer.closers[3:]]
    assert any(a & b for a in sites for b in repeated)


def test_what_was_never_in_a_patient_comes_last_of_its_size(network: Network) -> None:
    answer = ask(network, "NSCLC", "KRAS:G12C+Y96D", "adagrasib", outputs=[MAPK], max_add=1)
    stages = [network.knowledge.drugs[c.drugs[0]].stage for c in answer.closers]
    bare = [
        stage == "preclinical" and closer.record.basis == "model"
        for stage, closer in zip(stages, answer.closers, strict=True)
    ]
    assert any(bare) and bare == sorted(bare)


# -- clones --------------------------------------------------------------------------------------


def test_a_closer_holds_in_every_clone(network: Network) -> None:
    clones = (["KRAS:G12C", "MET:amp"], ["KRAS:G12C", "BRAF:V600E"])
    tumour = Tumour.parse("NSCLC", [], *clones)
    pooled = find_gaps(network, tumour, ["sotorasib"], max_add=2)
    single = {
        frozenset(s)
        for clone in clones
        for c in find_gaps(network, Tumour.parse("NSCLC", clone), ["sotorasib"], max_add=1).closers
        for s in (c.drugs, *c.alternatives)
    }
    assert pooled.closers
    for closer in pooled.closers[:5]:
        for clone in clones:
            part = Tumour.parse("NSCLC", clone)
            given = ["sotorasib", *closer.drugs]
            assert highest(network, part, given, pooled.chosen) < Level.FULL
    met = next(s for s in single if s == frozenset(["capmatinib"]))
    assert met not in {frozenset(c.drugs) for c in pooled.closers}
    # one drug against each clone's lesion
    assert any("MET kinase inhibitor" in c.mechanisms for c in pooled.closers)


@pytest.mark.slow
def test_an_unspecified_allele_is_closed_for_every_reading(network: Network) -> None:
    answer = ask(network, "PDAC", "KRAS:mut", max_add=1)
    names = {s[0] for c in answer.closers for s in (c.drugs, *c.alternatives)}
    assert not {"sotorasib", "zoldonrasib"} & names
    assert answer.answer.ranged


# -- empty answers explain themselves ------------------------------------------------------------


def test_what_no_drug_reaches_names_the_rule_that_keeps_it_open(network: Network) -> None:
    answer = ask(network, "NSCLC", "KEAP1:loss", outputs=["NRF2"])
    assert answer.closers == ()
    assert not answer.reached
    (found,) = answer.no_catalogue_drug
    assert found.output == "NRF2"
    assert found.level is Level.FULL
    assert found.nodes[0] == "KEAP1:loss"
    assert found.rule in {rule.id for rule in network.rules}
    assert "no drug of the catalogue acts on NFE2L2" in found.reason


def test_of_like_drugs_that_approved_for_such_patients_stands_first(network: Network) -> None:
    answer = find_gaps(network, Tumour.parse("NSCLC", ["KRAS:G12C+H95D"]), ["adagrasib"], max_add=1)
    line = next(c for c in answer.closers if c.mechanisms == ("KRAS G12C inhibitor",))
    assert line.drugs == ("sotorasib",)


def test_outputs_that_can_only_be_closed_one_by_one_are_said_to_be(network: Network) -> None:
    tumour = Tumour.parse("NSCLC", ["KRAS:G12C", "PIK3CA:mut", "MAPK1:act"])
    answer = find_gaps(network, tumour, ["sotorasib"], max_add=1)
    assert (answer.closers, answer.no_catalogue_drug) == ((), ())
    assert "not all together with up to 1 further drug;" in answer.why_none
    assert gaps_to_json(answer)["why_none"] == answer.why_none
    assert find_gaps(network, tumour, ["sotorasib"], max_add=2).why_none == ""


def test_too_small_a_size_is_said_to_be_the_reason(network: Network) -> None:
    tumour = "KRAS:G12C,MET:amp,BRAF:V600E,PIK3CA:mut"
    answer = ask(network, "NSCLC", tumour, "sotorasib", max_add=1, outputs=[MAPK, PI3K])
    assert answer.closers == ()
    assert not answer.reached
    larger = ask(network, "NSCLC", tumour, "sotorasib", max_add=2, outputs=[MAPK, PI3K])
    assert larger.closers
    assert all(len(c.drugs) == 2 for c in larger.closers)


def test_drugless_gaps_stand_first_and_a_reached_goal_needs_nothing(network: Network) -> None:
    answer = ask(network, "NSCLC", "KRAS:G12C,KEAP1:loss", "sotorasib", outputs=["NRF2", MAPK])
    assert [gap.drugless for gap in answer.gaps] == sorted(
        (gap.drugless for gap in answer.gaps), reverse=True
    )
    reached = ask(network, "CRC", "KRAS:G12C", "sotorasib,cetuximab")
    assert reached.reached
    assert reached.closers == ()
    assert reached.gaps == ()
    assert reached.no_catalogue_drug == ()


def test_without_alterations_or_drugs_it_answers(network: Network) -> None:
    answer = ask(network, "any", "")
    assert answer.record is None
    assert answer.reached


# -- more drugs are not always less signal -------------------------------------------------------


def test_a_RAF_inhibitor_opens_MAPK_where_RAS_is_not_mutated(network: Network) -> None:
    """It activates the other half of a dimer while receptors feed RAS (SEMANTICS section 3)."""
    tumour = Tumour.parse("NSCLC", ["PIK3CA:mut"])
    assert highest(network, tumour, [], (MAPK,)) < Level.FULL
    assert highest(network, tumour, ["dabrafenib"], (MAPK,)) is Level.FULL
    assert highest(network, tumour, ["dabrafenib", "TNO155"], (MAPK,)) < Level.FULL
    opened = ask(network, "NSCLC", "PIK3CA:mut", "dabrafenib", outputs=[MAPK], max_add=1)
    assert not opened.reached
    assert ("SHP2 inhibitor",) in {closer.mechanisms for closer in opened.closers}


def test_a_further_drug_that_reopens_is_named_and_does_reopen(network: Network) -> None:
    """Class 3 BRAF is fed by RAS: what dabrafenib activates, an upstream closer had closed."""
    answer = ask(network, "NSCLC", "BRAF:G466V", max_add=1, outputs=[MAPK])
    fragile = [closer for closer in answer.closers if closer.reopened_by]
    assert fragile
    tumour = Tumour.parse("NSCLC", ["BRAF:G466V"])
    for closer in fragile:
        assert highest(network, tumour, list(closer.drugs), (MAPK,)) < Level.FULL
        more = [*closer.drugs, *closer.reopened_by]
        assert highest(network, tumour, more, (MAPK,)) is Level.FULL
        assert any(network.knowledge.drugs[d].occupies for d in closer.reopened_by)
    from krasbypass.report.gaps import find_caveats

    assert any("re-opened by adding" in caveat for caveat in find_caveats(fragile[0]))


def test_no_blocking_drug_reopens_what_is_brake_proof(network: Network) -> None:
    answer = ask(network, "CRC", "KRAS:G12C", "sotorasib", max_add=2)
    proof = [closer for closer in answer.closers if closer.brake_proof][:3]
    assert proof
    tumour = Tumour.parse("CRC", ["KRAS:G12C"])
    for closer in proof:
        for more in ("trametinib", "everolimus", "TNO155", "palbociclib", "cetuximab"):
            given = ["sotorasib", *closer.drugs, more]
            assert highest(network, tumour, given, answer.chosen) < Level.FULL, given


# -- records, JSON, errors -----------------------------------------------------------------------


def test_json_has_the_keys_that_are_fixed(network: Network, records: Records) -> None:
    answer = ask(network, "CRC", "KRAS:G12C", "sotorasib", max_add=1, records=records)
    found = gaps_to_json(answer)
    assert found.keys() >= {
        *("question", "target", "outputs", "gaps", "closers", "no_catalogue_drug", "watch"),
        *("complete", "ontology_version", "as_of", "notice"),
    }
    assert found["question"].keys() >= {"tissue", "alterations", "drugs"}
    assert found["gaps"][0].keys() >= {"output", "kind", "timing", "routes", "targets"}
    assert found["closers"][0].keys() >= {
        *("drugs", "mechanisms", "alternatives", "brake_proof", "evidence_level", "trials"),
        *("no_recorded_trial", "toxicity", "caveats"),
    }
    assert found["outputs"][MAPK] == {
        "baseline": "full",
        "acute": "off",
        "adapted": "full",
        "course": "rebounding",
    }
    assert found["on_record"]["evidence_level"] == "clinical-trial"


def test_the_same_question_has_the_same_answer(network: Network, knowledge: Knowledge) -> None:
    one = ask(network, "CRC", "KRAS:G12C", "sotorasib", max_add=2)
    assert gaps_to_json(one) == gaps_to_json(ask(network, "CRC", "KRAS:G12C", "AMG 510", max_add=2))
    assert one.answer.ontology_version == knowledge.version


def test_an_unknown_target_is_refused(network: Network) -> None:
    with pytest.raises(UnknownTermError, match="nearest"):
        ask(network, "CRC", "KRAS:G12C", target="suppres")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("gaps -a KRAS:G12C -d sotorasip", "unknown drug 'sotorasip'; nearest: sotorasib"),
        ("forecast -a KRSA:G12C", "KRSA"),
        ("gaps -a KRAS:G12C --target clos", "close"),
        ("design -a KRAS:G12C --require sotorasib --require trametinib --max-drugs 1", "1 drug"),
    ],
)
def test_a_wrong_question_gets_one_sentence(command: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "krasbypass", *command.split()], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    ("tissue", "alterations", "drugs"),
    [("CRC", ["KRAS:G12C"], ["sotorasib"]), ("HNSCC", ["HRAS:Q61L"], [])],
)
def test_drugs_stand_in_the_order_of_their_mechanisms(
    tissue: str, alterations: list[str], drugs: list[str], network: Network
) -> None:
    answer = find_gaps(network, Tumour.parse(tissue, alterations), drugs)
    known = network.knowledge.drugs
    for closer in answer.closers:
        for chosen in (closer.drugs, *closer.alternatives):
            named = tuple(known[d].mechanism.partition(",")[0] or d for d in chosen)
            assert named == closer.mechanisms


def test_a_trial_of_this_cancer_comes_before_those_of_others(network: Network) -> None:
    """A drug tried in this cancer comes first, and trials in others are told to be of others."""
    answer = find_gaps(network, Tumour.parse("HNSCC", ["HRAS:Q61L"]))
    assert [c.drugs for c in answer.closers[:2]] == [("tipifarnib",), ("daraxonrasib",)]
    first, second = (_trials(closer.record) for closer in answer.closers[:2])
    assert "(NSCLC, PDAC)" not in first
    assert second.endswith("(NSCLC, PDAC)")
