"""Reading cohorts: dialects, the account of rows, and tables that break."""

from __future__ import annotations

import gzip
import io
import random
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krasbypass.cohort import Cohort, CohortTableError, read_cohort
from krasbypass.cohort.understanding import Interpreter, Status
from krasbypass.errors import KrasbypassError, NotationError, UnknownTermError
from krasbypass.knowledge import Knowledge

MAF = "Hugo_Symbol\tTumor_Sample_Barcode\tVariant_Classification\tHGVSp_Short\n"


def tumours(cohort: Cohort) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return tissue and entries of every patient who is answered."""
    return {
        name: (cohort.genotypes[g].tissue, cohort.genotypes[g].entries)
        for name, g in zip(cohort.ids, cohort.genotype_of.tolist(), strict=True)
        if g >= 0
    }


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# -- dialects -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        # GDC: a comment, long barcodes, both notations
        "#version gdc-1.0.0\nHugo_Symbol\tEntrez_Gene_Id\tTumor_Sample_Barcode\t"
        "Variant_Classification\tHGVSp\tHGVSp_Short\n"
        "KRAS\t3845\tTCGA-05-4244-01A-01D-1105-08\tMissense_Mutation\tp.Gly12Cys\tp.G12C\n"
        "STK11\t6794\tTCGA-05-4244-01A-01D-1105-08\tNonsense_Mutation\tp.Gln37Ter\tp.Q37*\n",
        # cBioPortal: another order of columns
        "Tumor_Sample_Barcode\tHugo_Symbol\tVariant_Classification\tHGVSp_Short\n"
        "TCGA-05-4244-01\tKRAS\tMissense_Mutation\tp.G12C\n"
        "TCGA-05-4244-01\tSTK11\tFrame_Shift_Del\tp.P281Rfs*6\n",
        # Firehose
        "Hugo_Symbol\tTumor_Sample_Barcode\tVariant_Classification\tProtein_Change\n"
        "KRAS\tTCGA-05-4244-01\tMissense_Mutation\tp.G12C\n"
        "STK11\tTCGA-05-4244-01\tSplice_Site\t\n",
        # three letters with the transcript in front, and VEP's consequences
        "Hugo_Symbol\tTumor_Sample_Barcode\tConsequence\tHGVSp\n"
        "KRAS\tTCGA-05-4244-01\tmissense_variant\tENSP00000256078.5:p.Gly12Cys\n"
        "STK11\tTCGA-05-4244-01\tstop_gained\tENSP00000324856.6:p.Gln37Ter\n",
        # as downloaded from the portal's pages
        "Study ID\tSample ID\tGene\tProtein Change\tMutation Type\n"
        "luad\tTCGA-05-4244-01\tKRAS\tG12C\tMissense_Mutation\n"
        "luad\tTCGA-05-4244-01\tSTK11\tQ37*\tNonsense_Mutation\n",
        # our notation, and the words of a summary
        "id\ttissue\talterations\nTCGA-05-4244-01\tNSCLC\tKRAS:G12C, STK11:loss\n",
        "sample\tcohort\tnonsilent_alterations\nTCGA-05-4244-01\tLUAD\tKRAS G12C;STK11 Q37*\n",
    ],
)
def test_every_dialect_gives_the_same_tumour(
    knowledge: Knowledge, tmp_path: Path, text: str
) -> None:
    cohort = read_cohort(knowledge, [write(tmp_path, "table.tsv", text)], tissues=["LUAD"])
    assert tumours(cohort) == {"TCGA-05-4244-01": ("NSCLC", ("KRAS:G12C", "STK11:loss"))}
    assert cohort.complete and not cohort.rows


def test_tables_of_one_study_make_one_tumour(knowledge: Knowledge, tmp_path: Path) -> None:
    files = [
        write(tmp_path, "data_mutations.txt", MAF + "KRAS\tS1\tMissense_Mutation\tp.G12D\n"),
        write(
            tmp_path,
            "data_cna.txt",
            "Hugo_Symbol\tEntrez_Gene_Id\tS1\tS2\n"
            "MET\t4233\t2\t1\nCDKN2A\t1029\t-2\t-1\nMDM2\t4193\t2\t2\nKEAP1\t9817\t2\t0\n"
            "RB1\t5925\tNA\t0\n",
        ),
        write(
            tmp_path,
            "data_sv.txt",
            "Sample_Id\tSV_Status\tSite1_Hugo_Symbol\tSite2_Hugo_Symbol\tSite2_Effect_On_Frame\n"
            "S2\tSOMATIC\tEML4\tALK\tIn_frame\nS2\tSOMATIC\tRET\tRET\t\n"
            "S1\tSOMATIC\tCCDC6\tRET\tOut_of_frame\nS1\tSOMATIC\tAAA1\tBBB1\t\n",
        ),
    ]
    clinical = write(
        tmp_path,
        "data_clinical_sample.txt",
        "#Sample\t#Type\n#STRING\t#STRING\nSAMPLE_ID\tCANCER_TYPE\n"
        "S1\tPAAD\nS2\tno such type\nS9\tLUAD\n",
    )
    cohort = read_cohort(knowledge, files, clinical=[clinical])
    assert tumours(cohort) == {
        "S1": ("PDAC", ("CDKN2A:loss", "KRAS:G12D", "MET:amp")),
        "S2": ("any", ("ALK:fusion",)),
    }
    assert "'no such type' is not in the ontology" in cohort.notes["S2"][0]
    assert [(t.rows, t.used, t.ignored, t.not_understood) for t in cohort.tables] == [
        (1, 1, 0, 0),
        (5, 3, 1, 1),
        (4, 1, 1, 2),
        (3, 3, 0, 0),
    ]
    reasons = {row.text: row.reason for row in cohort.rows}
    assert reasons == {
        "MDM2": "the gene is not in the ontology",
        "KEAP1 amplification": "no rule gives an effect for an amplification of KEAP1",
        "RET::RET": "a structural variant within RET is no fusion",
        "CCDC6::RET": "the fusion is out of frame",
        "AAA1::BBB1": "neither gene is in the ontology",
    }


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    data = (MAF + "KRAS\tS1\tMissense_Mutation\tp.G12C").encode()
    stdin = io.TextIOWrapper(io.BytesIO(gzip.compress(data) if packed else data))
    monkeypatch.setattr(sys, "stdin", stdin)
    cohort = read_cohort(knowledge, ["-"])
    assert tumours(cohort) == {"S1": ("any", ("KRAS:G12C",))}
    assert cohort.tables[0].file == "standard input"
    assert not stdin.closed


# -- what a change means ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gene", "change", "effect", "status", "entry"),
    [
        ("KRAS", "p.G12C", "Missense_Mutation", Status.USED, "KRAS:G12C"),
        ("KRAS", "p.L19L", "Silent", Status.IGNORED, ""),
        ("KRAS", "p.Leu19=", "", Status.IGNORED, ""),
        ("KRAS", "p.G15fs", "Frame_Shift_Del", Status.NOT_UNDERSTOOD, ""),
        ("TP53", "p.T125T", "Splice_Site", Status.USED, "TP53:loss"),
        ("TP53", "p.X125_splice", "", Status.USED, "TP53:loss"),
        ("TP53", "p.R213*", "", Status.USED, "TP53:loss"),
        ("TP53", "p.V216M", "Missense_Mutation", Status.NOT_UNDERSTOOD, ""),
        # an in-frame deletion is no truncation
        ("NF1", "p.K1444del", "In_Frame_Del", Status.NOT_UNDERSTOOD, ""),
        ("NF1", "", "Intron", Status.IGNORED, ""),
        ("NF1", "", "Missense_Mutation", Status.NOT_UNDERSTOOD, ""),
        # a splice-site change of an oncogene is not its recorded splice variant
        ("BRAF", "p.X151_splice", "Splice_Site", Status.NOT_UNDERSTOOD, ""),
        # other names that the ontology records, of changes and of genes
        ("EGFR", "p.E746_A750del", "In_Frame_Del", Status.USED, "EGFR:ex19del"),
        ("EGFR", "p.L747_P753delinsS", "In_Frame_Del", Status.USED, "EGFR:ex19del"),
        ("EGFR", "p.770_771insGL", "In_Frame_Ins", Status.USED, "EGFR:ex20ins"),
        ("ERBB2", "p.776_776G>VC", "In_Frame_Ins", Status.USED, "ERBB2:ex20ins"),
        ("BRAF", "p.V640E", "Missense_Mutation", Status.USED, "BRAF:V600E"),
        ("SHP2", "p.E76K", "Missense_Mutation", Status.USED, "PTPN11:E76K"),
        ("TTN", "p.A1T", "Missense_Mutation", Status.IGNORED, ""),
        ("KRAS", "WT", "", Status.IGNORED, ""),
        # the words of ANNOVAR
        ("PTEN", "", "stopgain", Status.USED, "PTEN:loss"),
        ("PTEN", "", "exonic;splicing", Status.USED, "PTEN:loss"),
        ("PTEN", "", "nonframeshift deletion", Status.NOT_UNDERSTOOD, ""),
        ("PTEN", "", "UTR3", Status.IGNORED, ""),
        # several consequences of one change: the gravest counts
        ("TP53", "p.X125_splice", "splice_donor_variant&intron_variant", Status.USED, "TP53:loss"),
        ("KRAS", "p.G12C", "missense_variant,splice_region_variant", Status.USED, "KRAS:G12C"),
        ("NF1", "p.L847=", "splice_region_variant,synonymous_variant", Status.IGNORED, ""),
        # Firehose names all residues of a frame shift
        ("TP53", "p.GP279fs", "", Status.USED, "TP53:loss"),
        # … and of a deletion
        ("MAP2K1", "p.EI102del", "In_Frame_Del", Status.USED, "MAP2K1:E102_I103del"),
        # a lost stop is no truncation, nor is a lost start here
        ("TP53", "p.*394Wext*?", "", Status.NOT_UNDERSTOOD, ""),
        ("TP53", "p.M1?", "Translation_Start_Site", Status.NOT_UNDERSTOOD, ""),
        # fusions among mutations, as older studies list them
        ("ALK", "EML4-ALK fusion", "Fusion", Status.USED, "ALK:fusion"),
        ("RET", "", "Fusion", Status.USED, "RET:fusion"),
        ("RET", "RET-intragenic", "Fusion", Status.NOT_UNDERSTOOD, ""),
    ],
)
def test_meaning_of_a_mutation(
    knowledge: Knowledge, gene: str, change: str, effect: str, status: Status, entry: str
) -> None:
    reading = Interpreter(knowledge).read_change(gene, change, effect)
    assert (reading.status, reading.entry) == (status, entry)
    assert bool(reading.reason) == (status is not Status.USED)


def test_calls_that_are_no_mutation(knowledge: Knowledge, tmp_path: Path) -> None:
    statuses = ("Somatic", "GERMLINE", "Wildtype", "None", "LOH", "")
    rows = "".join(f"KRAS\tS{s}\tMissense_Mutation\tp.G12C\t{s}\n" for s in statuses)
    header = MAF.replace("\n", "\tMutation_Status\n")
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", header + rows)])
    carrying = {name for name, (_, entries) in tumours(cohort).items() if entries}
    assert carrying == {"SSomatic", "SGERMLINE", "S"}
    assert [row.reason for row in cohort.rows] == [
        f"the mutation's status is {status}" for status in ("Wildtype", "None", "LOH")
    ]


def test_fusions_without_a_partner(knowledge: Knowledge, tmp_path: Path) -> None:
    old = write(
        tmp_path,
        "data_fusions.txt",
        "Hugo_Symbol\tTumor_Sample_Barcode\tFusion\tFrame\nRET\tS1\tFusion\tin-frame\n"
        "RET\tS2\tRET-intragenic\t\nALK\tS3\tALK-intergenic\t\n",
    )
    new = write(
        tmp_path,
        "data_sv.txt",
        "Sample_Id\tSite1_Hugo_Symbol\tSite2_Hugo_Symbol\tSV_Status\nS4\tALK\t\tSOMATIC\n",
    )
    cohort = read_cohort(knowledge, [old, new])
    assert {name: entries for name, (_, entries) in tumours(cohort).items()} == {
        "S1": ("RET:fusion",),
        "S2": (),
        "S3": (),
        "S4": (),
    }
    assert [row.reason for row in cohort.rows] == [
        "a structural variant within RET is no fusion",
        "the structural variant joins no other gene to ALK",
        "the structural variant joins no other gene to ALK",
    ]


@pytest.mark.parametrize("value", ["0.31", "4", "-3.7"])
def test_copy_numbers_of_another_kind(knowledge: Knowledge, tmp_path: Path, value: str) -> None:
    # of logarithms or whole copies, 2 does not mean an amplification
    text = f"Hugo_Symbol\tGene ID\tS1\tS2\nMET\t4233\t2\t-1.5\nEGFR\t1956\t{value}\t1\n"
    other = write(tmp_path, "a.maf", MAF + "KRAS\tS3\tMissense_Mutation\tp.G12D\n")
    cohort = read_cohort(knowledge, [write(tmp_path, "cna.txt", text), other])
    (problem,) = cohort.problems
    assert problem.startswith("cna.txt, line 3: a discrete copy number is one of")
    assert not tumours(cohort) and set(cohort.withheld) == {"S1", "S2", "S3"}
    whole = text.replace(value, "0")
    cohort = read_cohort(knowledge, [write(tmp_path, "cna.txt", whole), other])
    assert {name: entries for name, (_, entries) in tumours(cohort).items()} == {
        "S1": ("MET:amp",),
        "S2": (),
        "S3": ("KRAS:G12D",),
    }


def test_copy_numbers_in_words(knowledge: Knowledge, tmp_path: Path) -> None:
    rows = (
        "S1\tMET\tAMP\nS1\tPTEN\tDeep Deletion\nS2\tMET\tGain\nS2\tPTEN\tHETLOSS\nS3\tMET\tmany\n"
    )
    text = f"sampleId\thugoGeneSymbol\tvalue\n{rows}"
    cohort = read_cohort(knowledge, [write(tmp_path, "cna.txt", text)])
    assert tumours(cohort) == {"S1": ("any", ("MET:amp", "PTEN:loss")), "S2": ("any", ())}
    assert set(cohort.withheld) == {"S3"}


def test_calls_that_contradict_each_other_are_told(knowledge: Knowledge, tmp_path: Path) -> None:
    first = write(tmp_path, "a.txt", "Hugo_Symbol\tS1\tS2\nMET\t2\t2\n")
    second = write(tmp_path, "b.txt", "Hugo_Symbol\tS1\tS2\nMET\t-2\t2\n")
    cohort = read_cohort(knowledge, [first, second])
    assert tumours(cohort)["S1"] == ("any", ("MET:amp", "MET:loss"))
    (note,) = cohort.notes["S1"]
    assert "MET is both amplified and lost" in note and "S2" not in cohort.notes


def test_a_change_of_a_ras_gene_without_a_rule_is_told(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    rows = "KRAS\tS1\tMissense_Mutation\tp.G12Q\nTP53\tS2\tMissense_Mutation\tp.V216M\n"
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", MAF + rows)])
    assert cohort.notes == {
        "S1": ("answered without KRAS:p.G12Q, to which no rule gives an effect",)
    }


@pytest.mark.parametrize("genes", [("3845", "5728"), ("ENSG00000133703", "ENSG00000171862.18")])
def test_genes_by_number_are_refused(
    knowledge: Knowledge, tmp_path: Path, genes: tuple[str, str]
) -> None:
    rows = [f"{gene}\tS{n}\tMissense_Mutation\tp.G12C\n" for n, gene in enumerate(genes)]
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", MAF + "".join(rows))])
    (problem,) = cohort.problems
    assert "a.maf, line 2: genes are given by numbers here" in problem
    assert not tumours(cohort) and set(cohort.withheld) == {"S0", "S1"}
    # one gene that is a number among symbols does no harm
    rows.append("KRAS\tS2\tMissense_Mutation\tp.G12C\n")
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", MAF + "".join(rows))])
    assert cohort.complete and tumours(cohort)["S2"] == ("any", ("KRAS:G12C",))


# -- studies of cBioPortal ------------------------------------------------------------------------


def make_study(folder: Path) -> Path:
    """Write a study as the portal keeps it, with tables that say nothing of genotypes."""
    study = folder / "luad_x"
    study.mkdir()
    write(study, "meta_study.txt", "type_of_cancer: luad\ncancer_study_identifier: luad_x\n")
    for name, kind, data_type in (
        ("mutations", "MUTATION_EXTENDED", "MAF"),
        ("cna", "COPY_NUMBER_ALTERATION", "DISCRETE"),
        ("log2_cna", "COPY_NUMBER_ALTERATION", "LOG2-VALUE"),
        ("sv", "STRUCTURAL_VARIANT", "SV"),
        ("clinical_sample", "CLINICAL", "SAMPLE_ATTRIBUTES"),
        ("clinical_patient", "CLINICAL", "PATIENT_ATTRIBUTES"),
    ):
        lines = (f"genetic_alteration_type: {kind}", f"datatype: {data_type}")
        text = "\n".join((*lines, f"data_filename: data_{name}.txt", ""))
        write(study, f"meta_{name}.txt", text)
    rows = "KRAS\tP-1-T1\tMissense_Mutation\tp.G12C\nKRAS\tP-2-T1\tMissense_Mutation\tp.G12D\n"
    write(study, "data_mutations.txt", MAF + rows)
    write(study, "data_cna.txt", "Hugo_Symbol\tP-1-T1\tP-2-T1\nMET\t2\t0\n")
    write(study, "data_log2_cna.txt", "Hugo_Symbol\tP-1-T1\nMET\t0.31\n")
    header = "SampleId\tSite1_Gene\tSite2_Gene\n"
    write(study, "data_sv.txt", header + "P-2-T1\tEML4\tALK\n")
    types = "SAMPLE_ID\tPATIENT_ID\tONCOTREE_CODE\nP-2-T1\tP-2\tPAAD\n"
    write(study, "data_clinical_sample.txt", types)
    return study


def test_a_study_is_one_argument(knowledge: Knowledge, tmp_path: Path) -> None:
    cohort = read_cohort(knowledge, [make_study(tmp_path)])
    assert cohort.complete and tumours(cohort) == {
        "P-1-T1": ("NSCLC", ("KRAS:G12C", "MET:amp")),
        "P-2-T1": ("PDAC", ("ALK:fusion", "KRAS:G12D")),
    }
    assert "luad_x: passed over data_log2_cna.txt" in cohort.assumptions
    assert any("luad_x: taken for NSCLC" in said for said in cohort.assumptions)


def test_a_folder_that_is_no_study(knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(CohortTableError, match="names a table of mutations"):
        read_cohort(knowledge, [tmp_path])


def test_a_table_that_a_study_lacks(knowledge: Knowledge, tmp_path: Path) -> None:
    study = make_study(tmp_path)
    (study / "data_cna.txt").unlink()
    cohort = read_cohort(knowledge, [study])
    (problem,) = cohort.problems
    assert "data_cna.txt, line 1: the table cannot be read" in problem
    assert not cohort.complete


# -- files as other programs leave them -----------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b'"id"\t"tissue"\t"alterations"\n"M\xc3\xbcller"\tCRC\t"KRAS:G12C,MET:amp"\n"M\xc3\xb6ller"\tCRC\t""\n',
        b"\xef\xbb\xbfid\ttissue\talterations\r\nM\xc3\xbcller\tCRC\tKRAS:G12C;MET:amp\r\nM\xc3\xb6ller\tCRC\t\r\n",
        b"id\ttissue\talterations\rM\xc3\xbcller\tCRC\tKRAS:G12C;MET:amp\rM\xc3\xb6ller\tCRC\t",
        b"id\ttissue\talterations\nM\xfcller\tCRC\tKRAS:G12C;MET:amp\nM\xf6ller\tCRC\t\n",
    ],
    ids=["quoted", "Windows", "old Mac", "Latin-1"],
)  # fmt: skip
def test_files_of_spreadsheets(knowledge: Knowledge, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "tumours.tsv"
    path.write_bytes(data)
    cohort = read_cohort(knowledge, [path])
    assert tumours(cohort) == {
        "Müller": ("CRC", ("KRAS:G12C", "MET:amp")),
        "Möller": ("CRC", ()),
    }
    assert cohort.complete
    latin = b"\xfc" in data
    assert cohort.assumptions == (
        ("tumours.tsv, line 2: not in UTF-8, so that it was read as Latin-1",) if latin else ()
    )


def test_messages_are_safe_to_print(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "a.maf"
    path.write_text(MAF.replace("Hugo", "Hogu") + "\x1b[2J", "utf-16")
    with pytest.raises(CohortTableError, match=r"^a\.maf, line 1: this is no table of text"):
        read_cohort(knowledge, [path])
    path.write_text("\x1b[2J\tKRAS\n")
    with pytest.raises(CohortTableError) as failure:
        read_cohort(knowledge, [path])
    assert str(failure.value).isprintable()


def test_tabs_within_quotation_marks(knowledge: Knowledge, tmp_path: Path) -> None:
    header = MAF.replace("Variant", "Comment\tVariant")
    rows = 'KRAS\tS1\t"a\tb"\tMissense_Mutation\tp.G12C\nKRAS\tS2\t5"\tMissense_Mutation\tp.G12D\n'
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", header + rows)])
    assert cohort.complete and tumours(cohort) == {
        "S1": ("any", ("KRAS:G12C",)),
        "S2": ("any", ("KRAS:G12D",)),
    }


def test_the_words_for_no_alteration(knowledge: Knowledge, tmp_path: Path) -> None:
    words = ("WT", "none", "NA", "wild type", "KRAS:WT", "KRAS wt")
    rows = "".join(f"S{n}\tCRC\t{word}\n" for n, word in enumerate(words))
    text = f"id\ttissue\talterations\n{rows}X\tCRC\tKRAS G12D | MET amp\n"
    cohort = read_cohort(knowledge, [write(tmp_path, "a.tsv", text)])
    assert cohort.complete and tumours(cohort) == {
        **{f"S{n}": ("CRC", ()) for n in range(len(words))},
        "X": ("CRC", ("KRAS:G12D", "MET:amp")),
    }


def test_rows_longer_than_the_header(knowledge: Knowledge, tmp_path: Path) -> None:
    # names of rows that no column of the header stands for would shift every cell
    rows = "1\tKRAS\tS1\tMissense_Mutation\tp.G12C\nKRAS\tS2\tMissense_Mutation\tp.G12C\t\t\n"
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", MAF + rows)])
    assert tumours(cohort) == {"S2": ("any", ("KRAS:G12C",))}
    assert cohort.rows[0].reason == "the row has 5 columns, the header 4"


# -- who is who -----------------------------------------------------------------------------------


def test_patients_with_several_rows(knowledge: Knowledge, tmp_path: Path) -> None:
    text = "id\ttissue\talterations\nP1\tNSCLC\tKRAS:G12C\nP1\tCRC\tMET:amp\nP1\tLUAD\t\n"
    cohort = read_cohort(knowledge, [write(tmp_path, "tumours.tsv", text)])
    assert tumours(cohort) == {"P1": ("NSCLC", ("KRAS:G12C", "MET:amp"))}
    assert cohort.assumptions == (
        "tumours.tsv: 1 patient stands in several rows, such as P1; what they say was put together "
        "as one tumour",
    )
    assert cohort.notes["P1"] == (
        "several tumour types are stated: NSCLC stands, which came first, not CRC",
    )


def test_patients_here_and_samples_there(knowledge: Knowledge, tmp_path: Path) -> None:
    row = "\tMissense_Mutation\tp.G12C\n"
    barcodes = ("TCGA-05-4244", "TCGA-05-4249", "P1")
    maf = write(tmp_path, "a.maf", MAF + "".join(f"KRAS\t{name}{row}" for name in barcodes))
    samples = "TCGA-05-4244-01A-11D\tTCGA-05-4249-01\tTCGA-05-4249-06\tP1-T1"
    copies = write(tmp_path, "cna.txt", f"Hugo_Symbol\t{samples}\nMET\t2\t2\t2\t2\n")
    cohort = read_cohort(knowledge, [maf, copies])
    assert {name: entries for name, (_, entries) in tumours(cohort).items()} == {
        "TCGA-05-4244-01": ("KRAS:G12C", "MET:amp"),
        "TCGA-05-4249": ("KRAS:G12C",),
        "P1": ("KRAS:G12C",),
        "TCGA-05-4249-01": ("MET:amp",),
        "TCGA-05-4249-06": ("MET:amp",),
        "P1-T1": ("MET:amp",),
    }
    assert [text.partition(":")[0] for text in cohort.assumptions] == [
        "TCGA-05-4244 and TCGA-05-4244-01 were read as one tumour"
    ]
    (problem,) = cohort.problems
    assert "TCGA-05-4249 and TCGA-05-4249-01 (and 1 such pairs more)" in problem


def test_notation_of_a_cohort(knowledge: Knowledge, tmp_path: Path) -> None:
    text = (
        "id\ttissue\talterations\n"
        "cis\tCRC\tKRAS:p.Gly12Cys+Y96D\n"
        "trans\tCRC\tKRAS:G12D, KRAS:G12C\n"
        "context\tCRC\tcontext:emt\n"
        "empty\tCRC\t\n"
        "unknown\tCRC\tKRAS:G12C, KRASS:G12D\n"
        "odd\tCRC\tKRAS-G12C\n"
    )
    cohort = read_cohort(knowledge, [write(tmp_path, "tumours.tsv", text)])
    assert tumours(cohort) == {
        "cis": ("CRC", ("KRAS:G12C+Y96D",)),
        "trans": ("CRC", ("KRAS:G12C", "KRAS:G12D")),
        "context": ("CRC", ("context:EMT",)),
        "empty": ("CRC", ()),
        "unknown": ("CRC", ("KRAS:G12C",)),
    }
    assert not cohort.notes
    assert "unknown gene 'KRASS'; nearest: KRAS" in cohort.rows[0].sentence()
    assert cohort.withheld["odd"].startswith("tumours.tsv, line 7: KRAS-G12C: cannot read")


def test_cis_is_not_assumed(knowledge: Knowledge, tmp_path: Path) -> None:
    rows = "KRAS\tS1\tMissense_Mutation\tp.G12C\nKRAS\tS1\tMissense_Mutation\tp.Y96D\n"
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", MAF + rows)])
    assert tumours(cohort)["S1"][1] == ("KRAS:G12C", "KRAS:Y96D")
    assert cohort.notes["S1"] == (
        "KRAS G12C and Y96D: read as two alleles, since the table does not say whether they are "
        "in cis",
    )


# -- tissues ------------------------------------------------------------------------------------


def test_tissue_of_a_file(knowledge: Knowledge, tmp_path: Path) -> None:
    row = "\tMissense_Mutation\tp.G12C\n"
    one = write(tmp_path, "TCGA_LUAD.maf", MAF + "KRAS\tS1" + row)
    two = write(tmp_path, "b.maf", MAF + "KRAS\tS2" + row)
    guessed = read_cohort(knowledge, [one, two])
    assert {k: v[0] for k, v in tumours(guessed).items()} == {"S1": "NSCLC", "S2": "any"}
    assert guessed.assumptions == (
        "TCGA_LUAD.maf: taken for NSCLC where no tumour type is stated, since the file's name "
        "says LUAD",
    )
    told = read_cohort(knowledge, [one, two], tissues=["COAD", "pancreas"])
    assert {k: v[0] for k, v in tumours(told).items()} == {"S1": "CRC", "S2": "PDAC"}
    with pytest.raises(NotationError, match="one for each of the 2"):
        read_cohort(knowledge, [one, two], tissues=["LUAD", "COAD", "PAAD"])
    with pytest.raises(UnknownTermError, match="nearest: NSCLC"):
        read_cohort(knowledge, [one], tissues=["NSCLCC"])


# -- tables that break --------------------------------------------------------------------------


def test_broken_rows_cost_only_their_patients(knowledge: Knowledge, tmp_path: Path) -> None:
    rows = (
        "KRAS\tS1\tMissense_Mutation\tp.G12C\n"
        "KRAS\t\tMissense_Mutation\tp.G12C\n"
        "KRAS\n"
        "\tS2\tMissense_Mutation\tp.G12D\n"
        "TP53\tS3\n"
    )
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", MAF + rows)])
    assert [row.sentence() for row in cohort.rows if row.status is Status.BROKEN] == [
        "a.maf, line 3: KRAS  Missense_Mutation: the row names no sample",
        "a.maf, line 4: KRAS: the row has 1 of the 2 columns that are needed",
        "a.maf, line 5: ?: the row names no gene",
    ]
    assert set(tumours(cohort)) == {"S1", "S3"}
    assert set(cohort.withheld) == {"S2"}
    (table,) = cohort.tables
    assert (table.rows, table.used, table.not_understood, table.broken) == (5, 1, 1, 3)


def test_tumour_types_by_patient(knowledge: Knowledge, tmp_path: Path) -> None:
    row = "\tMissense_Mutation\tp.G12C\n"
    maf = write(tmp_path, "a.maf", MAF + f"KRAS\tP-01-T01-IM3{row}KRAS\tTCGA-05-4244-01A-11D{row}")
    text = "PATIENT_ID\tONCOTREE_CODE\nP-01\tCOAD\nTCGA-05-4244\tLUAD\n"
    cohort = read_cohort(knowledge, [maf, write(tmp_path, "patients.txt", text)])
    assert {name: tissue for name, (tissue, _) in tumours(cohort).items()} == {
        "P-01-T01-IM3": "CRC",
        "TCGA-05-4244-01": "NSCLC",
    }


def test_table_appended_to_another(knowledge: Knowledge, tmp_path: Path) -> None:
    text = (
        MAF
        + "KRAS\tS1\tMissense_Mutation\tp.G12C\n"
        + MAF
        + "KRAS\tS2\tMissense_Mutation\tp.G12D\n"
        + "Tumor_Sample_Barcode\tHugo_Symbol\tHGVSp\nS3\tKRAS\tp.Gly12Val\n"
        + "id\talterations\nS4\tMET:amp\n"
    )
    cohort = read_cohort(knowledge, [write(tmp_path, "a.maf", text)])
    assert [t[1] for t in tumours(cohort).values()] == [
        ("KRAS:G12C",),
        ("KRAS:G12D",),
        ("KRAS:G12V",),
        ("MET:amp",),
    ]
    assert cohort.problems == tuple(
        f"a.maf, line {line}: a table with other columns starts here and was read as such"
        for line in (5, 7)
    )


def truncated(text: str) -> bytes:
    return gzip.compress(text.encode())[:-60]


def noise(count: int) -> str:
    rng = random.Random(1)
    return "".join(
        f"TTN\tN{i}\tMissense_Mutation\tp.{rng.choice('ACDEF')}{rng.randrange(9999)}K\n"
        for i in range(count)
    )


def test_truncated_gzip(knowledge: Knowledge, tmp_path: Path) -> None:
    start = "KRAS\tS1\tMissense_Mutation\tp.G12C\n"
    broken = tmp_path / "broken.maf.gz"
    broken.write_bytes(truncated(MAF + start + noise(3000)))
    whole = write(tmp_path, "whole.maf", MAF + "KRAS\tS2\tMissense_Mutation\tp.G12D\n")
    copies = write(tmp_path, "cna.txt", "Hugo_Symbol\tS2\tS3\nMET\t2\t2\n")
    cohort = read_cohort(knowledge, [broken, whole, copies])
    # S2's mutations stand in a whole table; S1 and S3 may have more in the broken one
    assert tumours(cohort) == {"S2": ("any", ("KRAS:G12D", "MET:amp"))}
    (problem,) = cohort.problems
    assert problem.startswith("broken.maf.gz, line ") and "cut off" in problem
    assert {"S1", "S3"} <= cohort.withheld.keys()
    alone = read_cohort(knowledge, [broken])
    assert not tumours(alone) and not alone.complete


def test_truncated_table_of_whole_tumours(knowledge: Knowledge, tmp_path: Path) -> None:
    rows = "".join(f"P{i}\tCRC\tKRAS:G12C\n" for i in range(20_000))
    path = tmp_path / "tumours.tsv.gz"
    path.write_bytes(truncated("id\ttissue\talterations\n" + rows))
    cohort = read_cohort(knowledge, [path])
    found = tumours(cohort)
    assert 100 < len(found) < 20_000 and set(found.values()) == {("CRC", ("KRAS:G12C",))}
    assert len(cohort.problems) == 1


def test_table_without_a_header(knowledge: Knowledge, tmp_path: Path) -> None:
    bare = write(tmp_path, "bare.maf", "KRAS\tS1\tMissense_Mutation\tp.G12C\n")
    with pytest.raises(CohortTableError) as failure:
        read_cohort(knowledge, [bare])
    assert str(failure.value) == (
        "bare.maf, line 1: there is no header of a known table: a MAF, a cBioPortal table, or "
        "tab-separated columns id, tissue, alterations; the line reads "
        "'KRAS S1 Missense_Mutation p.G12C'"
    )
    rows = "KRAS\tS1\tMissense_Mutation\tp.G12D\nKRAS\tS2\tMissense_Mutation\tp.G12D\n"
    good = write(tmp_path, "good.maf", MAF + rows)
    cohort = read_cohort(knowledge, [bare, good])
    assert set(tumours(cohort)) == {"S2"}  # the other table speaks of S1
    assert cohort.problems == (str(failure.value),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: the table is empty"),
        ("Hugo_Symbol,Tumor_Sample_Barcode,HGVSp_Short\n", "separated by commas"),
        ("Hugo_Symbol\tHGVSp_Short\nKRAS\tp.G12C\n", "the header names no sample"),
        ("Sample_Id\tHugo_Symbol\nS1\tKRAS\n", "neither a protein change nor"),
        (MAF, "line 1: the tables name no patient"),
    ],
)
def test_unreadable_tables(knowledge: Knowledge, tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(CohortTableError, match=sentence):
        read_cohort(knowledge, [write(tmp_path, "table.tsv", text)])


def test_missing_file(knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(CohortTableError, match=r"none\.maf, line 1: .*No such file"):
        read_cohort(knowledge, [tmp_path / "none.maf"])


# -- properties ---------------------------------------------------------------------------------


ROWS = [
    "KRAS\tS1\tMissense_Mutation\tp.G12C",
    "KRAS\tS2\tMissense_Mutation\tp.G12D",
    "TP53\tS1\tNonsense_Mutation\tp.R213*",
    "TP53\tS1\tMissense_Mutation\tp.V216M",
    "MET\tS2\tSplice_Site\tp.X1_splice",
    "KRAS\tS1\tMissense_Mutation\tp.G12C",
    "BRAF\tS3\tMissense_Mutation\tp.V600E",
]


@given(rows=st.permutations(ROWS))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_rows_does_not_count(
    knowledge: Knowledge, tmp_path: Path, rows: list[str]
) -> None:
    path = write(tmp_path, "a.maf", MAF + "\n".join(rows))
    found = tumours(read_cohort(knowledge, [path]))
    path = write(tmp_path, "b.maf", MAF + "\n".join(ROWS))
    assert found == tumours(read_cohort(knowledge, [path]))


@given(
    lines=st.lists(
        st.lists(
            st.sampled_from(
                ["", "KRAS", "S1", "p.G12C", "Hugo_Symbol", "Tumor_Sample_Barcode", "id",
                 "alterations", "HGVSp_Short", "KRAS:G12C", "2", "x\x00", "Missense_Mutation"]
            )
            | st.text(max_size=6),
            max_size=5,
        ),
        max_size=8,
    )
)  # fmt: skip
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_is_read_or_refused_with_a_sentence(
    knowledge: Knowledge, tmp_path: Path, lines: list[list[str]]
) -> None:
    path = tmp_path / "any.tsv"
    path.write_bytes("\n".join("\t".join(cells) for cells in lines).encode("utf-8", "replace"))
    try:
        cohort = read_cohort(knowledge, [path])
    except KrasbypassError as error:
        assert str(error)
        return
    assert all(t.rows == t.used + t.ignored + t.not_understood + t.broken for t in cohort.tables)
    assert len(cohort.ids) == len(cohort.genotype_of)


# -- data of others -----------------------------------------------------------------------------


def test_every_row_of_tcga_is_accounted_for(knowledge: Knowledge, shared: Path) -> None:
    files = sorted((shared / "data" / "patients").glob("*.tsv"))
    if not files:
        pytest.skip("no tables of patients in the shared folder")
    cohort = read_cohort(knowledge, files)
    for path, table in zip(files, cohort.tables, strict=True):
        lines = sum(1 for line in path.open(encoding="utf-8") if line.strip())
        listed = [row for row in cohort.rows if row.file == path.name]
        assert table.rows == lines - 1
        assert table.rows == table.used + table.ignored + table.not_understood + table.broken
        assert len({row.line for row in listed}) == table.rows - table.used
        assert all(row.reason for row in listed)
    assert cohort.complete and not cohort.withheld
    carrying = cohort.select(["KRAS:G12C"])
    assert len(carrying.ids) == sum(
        "KRAS:G12C" in entries for _, entries in tumours(cohort).values()
    )
