"""Single mechanisms that the published scenarios do not ask for, one question each."""

from __future__ import annotations

import pytest

from krasbypass import Knowledge, Network, Phase, Tumour, find_routes
from krasbypass.scenario import resolve_scenarios
from krasbypass.vocabulary import P

#: tissue, alterations, drugs, output, its level after adaptation; the evidence is in the ontology
MECHANISMS = [
    # IGF1R tone, and not that of other receptors, lets mutant KRAS keep PI3K up
    ("NSCLC", "KRAS:G12V", "linsitinib", "PI3K-AKT-mTOR", "attenuated"),
    ("NSCLC", "KRAS:G12V", "trametinib,linsitinib", "PI3K-AKT-mTOR", "attenuated"),
    ("NSCLC", "KRAS:G12V", "trametinib,erlotinib", "PI3K-AKT-mTOR", "full"),
    # a weak IGF1R inhibitor leaves tone enough
    ("NSCLC", "KRAS:G12V", "trametinib,ceritinib", "PI3K-AKT-mTOR", "full"),
    # ligands and fusions of ligands
    ("melanoma", "BRAF:V600E,HGF:act", "vemurafenib", "MAPK", "full"),
    ("melanoma", "BRAF:V600E,HGF:act", "vemurafenib,crizotinib", "MAPK", "attenuated"),
    ("NSCLC", "CD74::NRG1", "sotorasib", "MAPK", "full"),
    ("NSCLC", "CD74::NRG1", "afatinib", "MAPK", "attenuated"),
    ("NSCLC", "TGFB1:act", "galunisertib", "EMT", "off"),
    # MEK1 without its inhibitory segment: RAF and allosteric MEK inhibitors do nothing
    ("NSCLC", "MAP2K1:E102_I103del", "trametinib", "MAPK", "full"),
    ("NSCLC", "MAP2K1:E102_I103del", "LY3009120", "MAPK", "full"),
    ("NSCLC", "MAP2K1:E102_I103del", "MAP855", "MAPK", "off"),
    ("NSCLC", "MAP2K1:E102_I103del", "ulixertinib", "MAPK", "off"),
    # changes of the kinase domain of ARAF keep type II inhibitors out of the dimers
    ("melanoma", "NRAS:Q61R", "belvarafenib", "MAPK", "off"),
    ("melanoma", "NRAS:Q61R,ARAF:G461D", "belvarafenib", "MAPK", "full"),
    ("melanoma", "NRAS:Q61R,ARAF:G461D", "belvarafenib,cobimetinib", "MAPK", "attenuated"),
    # brakes and exchange factors of RAS
    ("melanoma", "BRAF:V600E,SPRED1:loss", "vemurafenib", "MAPK", "full"),
    ("melanoma", "BRAF:V600E,SPRED1:loss", "vemurafenib,trametinib", "MAPK", "attenuated"),
    ("NSCLC", "RASGRF1:fusion", "RMC-4550", "MAPK", "full"),
    ("NSCLC", "KRAS:G12C,SHOC2:S2G", "sotorasib", "MAPK", "full"),
    ("PDAC", "KRAS:G12D", "deltarasin", "MAPK", "attenuated"),
    # wild-type RAS leaks beside G12R under a multi-selective drug, and receptors feed it
    ("PDAC", "KRAS:G12R", "daraxonrasib", "MAPK", "attenuated"),
    ("PDAC", "KRAS:G12R", "daraxonrasib,inhibitor:RTK", "MAPK", "off"),
    # more MEK is phosphorylated than an allosteric inhibitor holds, unless a drug sits above it
    ("CRC", "BRAF:V600E,BRAF:amp", "selumetinib", "MAPK", "full"),
    ("CRC", "BRAF:V600E,BRAF:amp", "selumetinib,vemurafenib", "MAPK", "attenuated"),
    ("CRC", "BRAF:V600E,BRAF:amp", "avutometinib", "MAPK", "off"),
    ("CRC", "KRAS:G13D,KRAS:amp", "selumetinib", "MAPK", "full"),
    ("NSCLC", "KRAS:G12C,KRAS:amp", "sotorasib,trametinib", "MAPK", "attenuated"),
    ("NSCLC", "KRAS:G12V,context:EMT", "trametinib", "MAPK", "full"),
    ("NSCLC", "KRAS:G12V,context:EMT", "trametinib,infigratinib", "MAPK", "attenuated"),
    ("NSCLC", "KRAS:G12V", "trametinib", "MAPK", "attenuated"),
    # free YAP/TAZ keeps PI3K up through TEAD
    ("NSCLC", "KRAS:G12C,NF2:loss", "sotorasib", "PI3K-AKT-mTOR", "full"),
    ("NSCLC", "KRAS:G12C,YAP1:amp", "sotorasib,inhibitor:TEAD", "PI3K-AKT-mTOR", "attenuated"),
    # an allele without GTPase activity never comes within reach of OFF-state drugs
    ("NSCLC", "KRAS:G12C+A59G", "ARS-853", "MAPK", "full"),
    ("PDAC", "KRAS:G12D,KRAS:amp", "MRTX1133", "MAPK", "full"),
    ("NSCLC", "KRAS:G12D,KRAS:amp", "MRTX1133", "MAPK", "attenuated"),
    # an adaptor that brings SOS1 to RAS
    ("NSCLC", "EGFR:ex19del,CRKL:amp", "gefitinib", "MAPK", "full"),
    ("NSCLC", "EGFR:ex19del,CRKL:amp", "gefitinib,BI-3406", "MAPK", "off"),
    # changes of the target that keep first drugs out and let the next ones in
    ("any", "PIK3CA:H1047R,MTOR:F2108L", "everolimus", "PI3K-AKT-mTOR", "full"),
    ("any", "PIK3CA:H1047R,MTOR:F2108L", "sapanisertib", "PI3K-AKT-mTOR", "attenuated"),
    ("NSCLC", "NTRK1:fusion,NTRK1:G595R", "larotrectinib", "MAPK", "full"),
    ("NSCLC", "NTRK1:fusion,NTRK1:G595R", "repotrectinib", "MAPK", "attenuated"),
    ("NSCLC", "EGFR:ex20ins", "gefitinib", "MAPK", "full"),
    ("NSCLC", "EGFR:ex20ins", "mobocertinib", "MAPK", "attenuated"),
    ("any", "FGFR2:fusion,FGFR2:N550K", "pemigatinib", "MAPK", "full"),
    ("any", "FGFR2:fusion,FGFR2:N550K", "futibatinib", "MAPK", "attenuated"),
    ("melanoma", "KIT:D816V", "imatinib", "MAPK", "full"),
    ("melanoma", "KIT:D816V", "avapritinib", "MAPK", "attenuated"),
    # BRAF without its RAS-binding part signals as a dimer, whether V600E is reported or not
    ("melanoma", "BRAF:splice", "vemurafenib", "MAPK", "full"),
    ("melanoma", "BRAF:V600E,BRAF:splice", "vemurafenib", "MAPK", "full"),
    ("melanoma", "BRAF:splice", "belvarafenib", "MAPK", "off"),
    ("melanoma", "KIT:L576P", "", "MAPK", "full"),
]


@pytest.mark.parametrize(("tissue", "alterations", "drugs", "output", "level"), MECHANISMS)
def test_mechanism(
    network: Network, tissue: str, alterations: str, drugs: str, output: str, level: str
) -> None:
    answer = find_routes(network, Tumour.parse(tissue, [alterations]), [drugs], outputs=(output,))
    assert answer.outputs[output].level(Phase.ADAPTED).label == level


def test_every_ligand_does_what_its_receptor_does(knowledge: Knowledge, network: Network) -> None:
    for ligand in knowledge.instances("Ligand"):
        receptor = knowledge.value(ligand, "ligandOf")
        assert receptor is not None
        levels = [
            find_routes(network, Tumour.parse("any", [f"{knowledge.label(gene)}:act"])).outputs
            for gene in (ligand, receptor)
        ]
        assert levels[0] == levels[1]
        assert levels[0]["PI3K-AKT-mTOR"].level(Phase.BASELINE).label == "full"


def test_a_ligand_is_amplified_or_active_and_neither_mutated_nor_fused(
    knowledge: Knowledge,
) -> None:
    kinds = {
        alteration.kind
        for alteration in knowledge.alterations.values()
        if alteration.gene == knowledge.find_gene("HGF").id
    }
    assert kinds == {"act", "amp"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("EGFR:E746_A750del", "EGFR:ex19del"),
        ("ERBB1:exon19del", "EGFR:ex19del"),
        ("HER2:A775_G776insYVMA", "ERBB2:ex20ins"),
        ("MET:exon14", "MET:ex14"),
        ("EGFR:G719X", "EGFR:G719S"),
        ("EGFR:exon20ins", "EGFR:ex20ins"),
        ("MET:splice", "MET:ex14"),
        ("CDKN2Ap16INK4A:loss", "CDKN2A:loss"),
    ],
)
def test_an_alteration_is_known_by_what_others_call_it(
    knowledge: Knowledge, written: str, meant: str
) -> None:
    found, wanted = (
        resolve_scenarios(knowledge, Tumour.parse("any", [text])) for text in (written, meant)
    )
    assert found == wanted


@pytest.mark.parametrize(
    ("written", "meant"),
    [("rectal", "CRC"), ("head and neck", "HNSCC"), ("low-grade serous", "LGSOC")],
)
def test_a_tissue_is_known_by_what_others_call_it(
    knowledge: Knowledge, written: str, meant: str
) -> None:
    found = knowledge.find_tissue(written)
    assert found is not None
    assert found.name == meant


def test_the_reasoner_finds_covalent_drugs_among_those_that_are_stated(
    knowledge: Knowledge,
) -> None:
    covalent = {knowledge.label(drug) for drug in knowledge.instances("CovalentDrug")}
    assert {"sotorasib", "zoldonrasib", "osimertinib", "futibatinib"} <= covalent
    assert covalent.isdisjoint({"daraxonrasib", "MRTX1133", "BI-2865", "erlotinib"})


def test_an_inhibitor_of_the_whole_family_stands_for_its_members(knowledge: Knowledge) -> None:
    drug = knowledge.find_drug("inhibitor:JAK")
    inhibited = {knowledge.label(gene) for gene in knowledge.values(drug.id, P.INHIBITS)}
    assert {"JAK1", "JAK2"} <= inhibited


@pytest.mark.parametrize(
    ("alterations", "drugs", "notes"),
    [
        ("KRAS:G12C,PPIA:loss", "elironrasib", []),
        (
            "KRAS:G12C,PPIA:loss",
            "sotorasib",
            ["PPIA:loss stands in no rule and changes nothing here"],
        ),
        ("KRAS:G12C,ABCB1:amp", "sotorasib", []),
        ("KRAS:G12C,JAK2:mut", "", ["JAK2:mut leads to no output and changes nothing here"]),
    ],
)
def test_what_changes_nothing_is_told(
    network: Network, alterations: str, drugs: str, notes: list[str]
) -> None:
    answer = find_routes(network, Tumour.parse("NSCLC", [alterations]), [drugs])
    assert list(answer.assumptions) == notes
