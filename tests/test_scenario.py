"""A tumour and a combination become inputs: what is read, assumed, engaged, and lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krasbypass import Knowledge, KrasbypassError, Level, Network, Tumour, evaluate
from krasbypass.errors import UnknownTermError, UnsupportedAlterationError
from krasbypass.scenario import Scenario, resolve_drugs, resolve_scenarios

OFF, ATT, FULL = Level
TONE = {"tone:EGFR": ATT, "tone:IGF1R": ATT}


def scenarios(
    knowledge: Knowledge, tissue: str, alterations: str, *drugs: str
) -> tuple[Scenario, ...]:
    return resolve_scenarios(knowledge, Tumour.parse(tissue, [alterations]), drugs)


def scenario(knowledge: Knowledge, tissue: str, alterations: str, *drugs: str) -> Scenario:
    (found,) = scenarios(knowledge, tissue, alterations, *drugs)
    return found


def nodes(knowledge: Knowledge, alterations: str) -> set[str]:
    """Return the alterations and contexts that a text stands for, without tissue and tone."""
    found = scenario(knowledge, "any", alterations).genotype
    return {n for n in found if not n.startswith(("tissue:", "tone:"))}


# -- whole scenarios ---------------------------------------------------------------------------


def test_a_scenario_as_a_whole(knowledge: Knowledge) -> None:
    assert scenario(knowledge, "nsclc", "KRAS:p.Gly12Cys", "AMG 510") == Scenario(
        genotype={"KRAS:G12C": FULL, "tissue:NSCLC": FULL, **TONE},
        treatment={"engaged_off:KRAS.G12C.GTP": FULL},
        blame={"engaged_off:KRAS.G12C.GTP": ("sotorasib",)},
        alleles=(knowledge.alterations["KRAS:G12C"],),
        drugs=("sotorasib",),
        alterations=("KRAS:G12C",),
    )


def test_a_raf_drug_blocks_the_monomer_and_sits_on_the_dimer(knowledge: Knowledge) -> None:
    assert scenario(knowledge, "CRC", "BRAF:V600E", "vemurafenib") == Scenario(
        genotype={"BRAF:V600E": FULL, "tissue:CRC": FULL, **TONE},
        treatment={"engaged_on:BRAF.monomer": FULL, "occupied:RAF.dimer": FULL},
        blame={
            "engaged_on:BRAF.monomer": ("vemurafenib",),
            "occupied:RAF.dimer": ("vemurafenib",),
        },
        alleles=(),
        drugs=("vemurafenib",),
        alterations=("BRAF:V600E",),
    )


def test_lost_binding_leaves_no_engagement(knowledge: Knowledge) -> None:
    found = scenario(knowledge, "NSCLC", "KRAS:G12C+H95D", "adagrasib")
    assert (found.treatment, found.blame) == ({}, {})
    assert found.lost == (("adagrasib", "KRAS.G12C+H95D.GTP", "KRAS:H95D"),)


def test_a_contact_weakens_and_says_so(knowledge: Knowledge) -> None:
    found = scenario(knowledge, "NSCLC", "KRAS:G12D+H95Q", "MRTX1133")
    state = "KRAS.G12D+H95Q.GTP"
    assert {n: v for n, v in found.treatment.items() if n.startswith("engaged")} == {
        f"engaged_on:{state}": ATT
    }
    assert found.assumptions == (
        "predicted: KRAS:H95Q weakens MRTX1133, which contacts the residue",
    )


@pytest.mark.parametrize(
    ("alteration", "drug", "level"),
    [
        ("PPIA:loss", "daraxonrasib", OFF),
        ("PPIA:low", "daraxonrasib", ATT),
        ("PPIA:loss", "sotorasib", FULL),
        ("ABCB1:act", "sotorasib", ATT),
        ("ABCB1:amp", "sotorasib", ATT),
        ("ABCB1:act", "adagrasib", FULL),
        ("MET:amp", "sotorasib", FULL),
    ],
)
def test_exposure(knowledge: Knowledge, alteration: str, drug: str, level: Level) -> None:
    found = scenario(knowledge, "NSCLC", f"KRAS:G12C,{alteration}", drug)
    reached = [
        v for n, v in found.treatment.items() if n.endswith("KRAS.G12C.GTP") and "engaged" in n
    ]
    assert max(reached, default=OFF) is level
    lost = level is not FULL
    assert found.lost == (((drug, "", alteration),) if lost else ())


@pytest.mark.parametrize(
    ("alteration", "drug", "level"),
    [
        ("KRAS:G12V", "BI-2865", FULL),  # reaches GDP readily
        ("KRAS:Q61H", "BI-2865", ATT),  # slowly
        ("KRAS:G12R", "BI-2865", OFF),  # never
        ("KRAS:G12R", "daraxonrasib", FULL),  # needs no GDP form
    ],
)
def test_nucleotide_state(knowledge: Knowledge, alteration: str, drug: str, level: Level) -> None:
    found = scenario(knowledge, "PDAC", alteration, drug)
    state = alteration.replace(":", ".") + ".GTP"
    prefix = "engaged_off" if knowledge.drugs[drug].binds_off_only else "engaged_on"
    assert found.treatment.get(f"{prefix}:{state}", OFF) is level


def test_two_drugs_on_a_state_take_the_stronger_and_share_the_blame(knowledge: Knowledge) -> None:
    found = scenario(knowledge, "NSCLC", "KRAS:G12C", "sotorasib", "adagrasib", "elironrasib")
    state = "KRAS.G12C.GTP"
    assert found.treatment[f"engaged_off:{state}"] is FULL
    assert found.blame[f"engaged_off:{state}"] == ("sotorasib", "adagrasib")
    assert found.blame[f"engaged_on:{state}"] == ("elironrasib",)


@pytest.mark.parametrize("tissue", ["any", "bladder", "LGSOC"])
def test_a_tissue_without_rebound_facts_gets_those_of_any(
    knowledge: Knowledge, tissue: str
) -> None:
    named = {} if tissue == "any" else {f"tissue:{tissue}": FULL}
    assert scenario(knowledge, tissue, "KRAS:G12C").genotype == {
        "KRAS:G12C": FULL,
        **named,
        "tissue:any": FULL,
        **TONE,
    }


# -- what a text stands for --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KRAS:G12C+Y96D", {"KRAS:G12C+Y96D"}),
        ("KRAS:Y96D+G12C", {"KRAS:G12C+Y96D"}),
        ("KRAS:G12C,KRAS:G12D", {"KRAS:G12C", "KRAS:G12D"}),
        ("HER2:amp", {"ERBB2:amp"}),
        ("SHP2:E76K", {"PTPN11:E76K"}),
        ("MEK1:Q56P", {"MAP2K1:Q56P"}),
        ("STK11:mut", {"STK11:loss"}),
        ("TP53:R213*", {"TP53:loss"}),
        ("TP53:E286fs", {"TP53:loss"}),
        ("EML4::ALK", {"ALK:fusion"}),
        ("CCDC6::RET", {"RET:fusion"}),
        ("v::BRAF", {"BRAF:fusion"}),
        ("FGFR3::TACC3", {"FGFR3:fusion"}),
        ("BRAF:fusion", {"BRAF:fusion"}),
        ("context:emt", {"context:EMT"}),
        ("NRAS:amp", {"NRAS.WT:amp"}),
        ("NRAS:amp,NRAS:Q61K", {"NRAS:amp", "NRAS:Q61K"}),
        ("KRAS:G12C,KRAS.WT:amp", {"KRAS:G12C", "KRAS.WT:amp"}),
        ("kras.wt:AMP", {"KRAS.WT:amp"}),
        ("PDEδ:loss", {"PDE6D:loss"}),
        ("KRAS:wt-loss,KRAS:G12C", {"KRAS:wt-loss", "KRAS:G12C"}),
        ("KRAS:G12C,KRAS:G12C,HER2:amp,ERBB2:amp", {"KRAS:G12C", "ERBB2:amp"}),
    ],
)
def test_reading(knowledge: Knowledge, text: str, expected: set[str]) -> None:
    assert nodes(knowledge, text) == expected


@pytest.mark.parametrize(
    ("text", "assumptions"),
    [
        ("KRAS:G12C,KRAS:amp", ("KRAS:amp was taken for the mutant allele",)),
        ("KRAS:amp", ("KRAS:amp was taken for the wild type",)),
        ("TP53:R196*", ("TP53:R196* was read as a loss (truncation)",)),
        (
            "STK11:mut",
            ("STK11:mut was read as a loss, since STK11 is a tumour suppressor",),
        ),
        ("KRAS:G12C,MET:amp", ()),
    ],
)
def test_assumptions_are_stated(
    knowledge: Knowledge, text: str, assumptions: tuple[str, ...]
) -> None:
    assert scenario(knowledge, "NSCLC", text).assumptions == assumptions


def test_an_unspecified_ras_change_is_read_as_each_allele(knowledge: Knowledge) -> None:
    found = scenarios(knowledge, "PDAC", "KRAS:mut,PTEN:loss")
    variants = [a.node for s in found for a in s.alleles]
    assert len(variants) == len(found)
    assert {"KRAS:G12C", "KRAS:G12D", "KRAS:Q61H", "KRAS:A146T"} <= set(variants)
    assert len(set(variants)) == len(variants)
    assert not [v for v in variants if "+" in v or "WT" in v]
    assert {s.assumptions for s in found} == {
        ("KRAS:mut was evaluated for each allele of the catalogue",)
    }


def test_an_unspecified_change_of_another_gene_is_one_gain(knowledge: Knowledge) -> None:
    assert nodes(knowledge, "PIK3CA:mut") == {"PIK3CA:mut"}


def test_each_clone_is_a_scenario_of_its_own(knowledge: Knowledge) -> None:
    tumour = Tumour.parse("CRC", ["KRAS:G12C"], ["MET:amp"], ["PTEN:loss"])
    found = resolve_scenarios(knowledge, tumour)
    assert [{n for n in s.genotype if n[0].isupper()} for s in found] == [
        {"KRAS:G12C", "MET:amp"},
        {"KRAS:G12C", "PTEN:loss"},
    ]


@pytest.mark.parametrize(
    ("changes", "drug"), [("L858R+T790M", "erlotinib"), ("ex19del+C797S", "osimertinib")]
)
def test_changes_in_cis_of_any_gene_all_count(
    network: Network, knowledge: Knowledge, changes: str, drug: str
) -> None:
    """A second change of a receptor abolishes binding whichever of the two is written first."""
    first, second = changes.split("+")
    found = [
        evaluate(network, scenario(knowledge, "NSCLC", text, drug)).level("EGFR")
        for text in (
            f"EGFR:{first}",
            f"EGFR:{first}+{second}",
            f"EGFR:{second}+{first}",
            f"EGFR:{first},EGFR:{second}",
        )
    ]
    assert found == [OFF, FULL, FULL, FULL]


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tissue", "alterations", "drug", "error", "sentence"),
    [
        (
            "NSCLC",
            "KRAS:G12C",
            "sotorasip",
            UnknownTermError,
            "unknown drug 'sotorasip'; nearest: sotorasib",
        ),
        ("NSCLX", "KRAS:G12C", "", UnknownTermError, "unknown tissue 'NSCLX'; nearest: NSCLC"),
        ("NSCLC", "KRASS:G12C", "", UnknownTermError, "unknown gene 'KRASS'; nearest: KRAS"),
        (
            "NSCLC",
            "context:EMTT",
            "",
            UnknownTermError,
            "unknown context 'context:EMTT'; nearest: context:EMT",
        ),
        (
            "NSCLC",
            "KRAS:G12C",
            "inhibitor:NOPE99",
            UnknownTermError,
            "unknown drug 'inhibitor:NOPE99'",
        ),
        (
            "NSCLC",
            "KRAS:G12CC",
            "",
            UnsupportedAlterationError,
            "no rule gives an effect for 'KRAS:G12CC', though KRAS is known; known: KRAS:G12C",
        ),
        (
            "NSCLC",
            "FOO::BAR",
            "",
            UnsupportedAlterationError,
            "no rule gives an effect for 'FOO::BAR', though FOO or BAR is known",
        ),
    ],
)
def test_what_is_unknown_is_named(
    knowledge: Knowledge, tissue: str, alterations: str, drug: str,
    error: type[KrasbypassError], sentence: str,
) -> None:  # fmt: skip
    with pytest.raises(error) as caught:
        scenarios(knowledge, tissue, alterations, drug)
    assert str(caught.value).startswith(sentence)


def test_a_context_takes_one_name(knowledge: Knowledge) -> None:
    with pytest.raises(KrasbypassError):
        scenarios(knowledge, "any", "context:EMT+squamous")


# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AMG 510", "sotorasib"),
        ("amg-510", "sotorasib"),
        ("Lumakras", "sotorasib"),
        ("RMC-6236", "daraxonrasib"),
        ("inhibitor:SHP2", "inhibitor:PTPN11"),
        ("Inhibitor:mek", "inhibitor:MEK"),
    ],
)
def test_drug_names(knowledge: Knowledge, text: str, name: str) -> None:
    assert [d.name for d in resolve_drugs(knowledge, [text])] == [name]


@pytest.mark.parametrize(
    "target",
    ["MEK", "ERK", "PI3K", "RTK", "FGFR", "AKT", "MTOR", "KRAS-G12C", "RAS-ON", "RAF-dimer",
     "MEK-ATP", "PTPN11", "PIK3CB", "RAF", "SHOC2", "SOS1", "TEAD", "EGFR", "MET"],
)  # fmt: skip
def test_every_generic_inhibitor_of_the_interface_blocks_completely(
    knowledge: Knowledge, target: str
) -> None:
    found = knowledge.find_drug(f"inhibitor:{target}")
    assert (found.name, found.generic) == (f"inhibitor:{target}", True)
    assert {level for _, level in found.engages} == {FULL}


def test_a_class_of_drugs_blocks_what_the_class_blocks(knowledge: Knowledge) -> None:
    """What one member hits by the way is no property of the class."""
    assert dict(knowledge.find_drug("inhibitor:KRAS-G12C").engages) == {"KRAS-G12C": FULL}
    mek = dict(knowledge.find_drug("inhibitor:MEK").engages)
    assert set(dict(knowledge.find_drug("inhibitor:MEK-ATP").engages)) <= set(mek)


def test_drug_lists_lose_repeats_and_keep_order(knowledge: Knowledge) -> None:
    found = resolve_drugs(knowledge, ["trametinib, AMG 510", "sotorasib", ""])
    assert [d.name for d in found] == ["trametinib", "sotorasib"]
    assert resolve_drugs(knowledge, "AMG 510,trametinib") == found[::-1]
    assert resolve_drugs(knowledge, []) == ()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_synonym_changes_nothing(knowledge: Knowledge, data: st.DataObject) -> None:
    drug = data.draw(
        st.sampled_from(
            sorted((d for d in knowledge.drugs.values() if d.names), key=lambda d: d.name)
        )
    )
    gene = data.draw(
        st.sampled_from(
            sorted((g for g in knowledge.genes.values() if g.names), key=lambda g: g.symbol)
        )
    )
    own = sorted(
        n for n, a in knowledge.alterations.items() if a.gene == gene.id and ".WT:" not in n
    )
    kind = data.draw(st.sampled_from(own)).partition(":")[2] if own else None
    change = data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))
    for name in drug.names:
        assert knowledge.find_drug(change(name)) == drug
    for name in gene.names:
        assert knowledge.find_gene(change(name)) == gene
        if kind is not None:
            asked = [f"{symbol}:{kind}" for symbol in (gene.symbol, change(name))]
            first, second = (
                scenarios(knowledge, "CRC", f"KRAS:G12C,{a}", drug.name) for a in asked
            )
            assert first == second


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_order_of_alterations_and_drugs_changes_no_input(
    knowledge: Knowledge, data: st.DataObject
) -> None:
    catalogue = sorted(
        n for n in knowledge.alterations if ".WT:" not in n and not n.endswith("RAS:mut")
    )
    chosen = data.draw(st.lists(st.sampled_from(catalogue), max_size=5, unique=True))
    drugs = data.draw(st.lists(st.sampled_from(sorted(knowledge.drugs)), max_size=4, unique=True))
    first = scenario(knowledge, "PDAC", ",".join(chosen), *drugs)
    second = scenario(
        knowledge,
        "PDAC",
        ",".join(data.draw(st.permutations(chosen))),
        *data.draw(st.permutations(drugs)),
    )
    assert (first.genotype, first.treatment) == (second.genotype, second.treatment)
    assert {n: set(v) for n, v in first.blame.items()} == {
        n: set(v) for n, v in second.blame.items()
    }
    assert set(first.lost) == set(second.lost)
    assert set(first.assumptions) == set(second.assumptions)
    assert set(first.alleles) == set(second.alleles)
