"""The ontology, tested like code: vocabulary, identifiers, quotations, what the reasoner found."""

from __future__ import annotations

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest

from krasbypass import Knowledge
from krasbypass.reasoning import find_ontology
from krasbypass.vocabulary import BASE, C, Graph, P

SOURCE = Path(__file__).resolve().parents[1] / "src" / "krasbypass"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
P_HGNC, P_UNIPROT, P_CHEBI, P_CHEMBL = "hgnc", "uniprot", "chebi", "chembl"
#: File of each review in the shared folder of seeds.
REVIEWS = {
    "source-S0": "000_5a41c105e4ac21f2.txt",
    "source-S1": "001_7e91d558985ff621.txt",
    "source-S2": "002_2a96bcce17f75bc1.txt",
    "source-S4": "004_32a27d7d2d1ce808.txt",
}


@cache
def read_turtle(name: str) -> tuple[tuple[str, str, str], ...]:
    """Return the triples of one module, names below `BASE` shortened."""
    data = (find_ontology() / name).read_bytes()
    return tuple(
        tuple(part.value.removeprefix(BASE) for part in (t.subject, t.predicate, t.object))
        for t in pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TURTLE)
        if isinstance(t.subject, pyoxigraph.NamedNode)
    )


def read_ontology() -> Iterator[tuple[str, str, str]]:
    """Yield the triples of every module of the ontology but the shapes."""
    for path in sorted(find_ontology().glob("*.ttl")):
        if path.name != "shapes.ttl":
            yield from read_turtle(path.name)


def find_statements(prop: str) -> dict[str, list[str]]:
    """Return the values of a property by subject, as written."""
    found: dict[str, list[str]] = defaultdict(list)
    for subject, predicate, value in read_ontology():
        if predicate == prop:
            found[subject].append(value)
    return dict(found)


# -- the vocabulary and the code -----------------------------------------------------------------


def find_declared(*kinds: str) -> set[str]:
    """Return the terms that the schema declares to be of one of the kinds."""
    return {
        subject
        for path in sorted(find_ontology().glob("schema*.ttl"))
        for subject, predicate, value in read_turtle(path.name)
        if predicate == RDF_TYPE and value.removeprefix(OWL) in kinds
    }


def test_vocabulary_is_declared_in_the_schema() -> None:
    classes = find_declared("Class")
    properties = find_declared("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    values = find_declared("NamedIndividual")
    assert {c.value for c in C} - classes == set()
    assert {p.value for p in P} - properties - values == set()


def test_every_class_and_property_has_a_label_and_a_definition() -> None:
    declared = find_declared("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    own = {term for term in declared if ":" not in term}
    labelled = {s for s, p, _ in read_ontology() if p.endswith("rdf-schema#label")}
    defined = {s for s, p, _ in read_ontology() if p == f"{SKOS}definition"}
    assert (own - labelled, own - defined) == (set(), set())


def find_modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def find_code_strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the string literals of a module: no docstrings, no help, no examples."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            told.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg in ("help", "epilog", "examples"):
            told |= {id(child) for child in ast.walk(node.value)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) not in told and "such as" not in node.value:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", find_modules(), ids=lambda p: p.stem)
def test_code_spells_terms_only_in_the_vocabulary(path: Path) -> None:
    """Names of classes and properties that no ordinary word is (those in camel case)."""
    declared = find_declared("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    terms = {t for t in declared if ":" not in t and re.search(r"[a-z][A-Z]|[A-Z]{2}", t)}
    if path.stem == "vocabulary":
        return
    assert [(line, text) for line, text in find_code_strings(path) if text in terms] == []


def find_biology(knowledge: Knowledge) -> frozenset[str]:
    """Return the names of genes, families, drugs, alterations and tissues, as written."""
    names: set[str] = set()
    for gene in knowledge.genes.values():
        names |= {gene.symbol, *gene.names}
    for drug in knowledge.drugs.values():
        names |= {drug.name, *drug.names}
    for tissue in knowledge.tissues.values():
        names |= {tissue.name, *tissue.names}
    names |= {knowledge.label(family) for family in knowledge.instances(C.FAMILY)}
    for notation in knowledge.alterations:
        code = notation.partition(":")[2]
        names |= {notation, code} if re.search(r"\d", code) else {notation}
    return frozenset(name for name in names if len(name) > 2)


@pytest.mark.parametrize("path", find_modules(), ids=lambda p: p.stem)
def test_code_holds_no_biology(path: Path, knowledge: Knowledge) -> None:
    names = find_biology(knowledge)
    found = [
        (line, text, word)
        for line, text in find_code_strings(path)
        for word in {text, *re.findall(r"[\w:.+-]+", text)}
        if word in names
    ]
    assert found == []


# -- identifiers ---------------------------------------------------------------------------------


def read_rows(path: Path, *, delimiter: str = "\t") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def test_genes_agree_with_hgnc(shared: Path) -> None:
    entries = {
        row["HGNC ID"]: row for row in read_rows(shared / "data/identifiers/hgnc_entries.tsv")
    }
    labels = find_statements("http://www.w3.org/2000/01/rdf-schema#label")
    accessions = find_statements(P_UNIPROT)
    wrong = []
    for gene, ids in find_statements(P_HGNC).items():
        entry = entries.get(ids[0])
        if entry is None or labels[gene] != [entry["Approved symbol"]]:
            wrong.append((gene, ids, entry and entry["Approved symbol"]))
            continue
        known = {a.strip() for a in entry["UniProt ID(supplied by UniProt)"].split(",")}
        if not set(accessions.get(gene, ())) <= known:
            wrong.append((gene, accessions[gene], known))
    assert wrong == []


def plain_name(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def test_drugs_agree_with_chembl_and_chebi(shared: Path, knowledge: Knowledge) -> None:
    """Each id belongs, in the tables, to one of the drug's names; pairs agree where both stand."""
    named: dict[str, set[str]] = defaultdict(set)
    for row in read_rows(shared / "data/drugs/compound_names.tsv"):
        for prop in (P_CHEMBL, P_CHEBI):
            if row[prop]:
                named[plain_chebi(row[prop])].add(plain_name(row["name"]))
    pairs = {
        (f"CHEBI:{row['CHEBI']}", row["CHEMBL"])
        for row in read_rows(shared / "data/drugs/chebi_to_chembl.tsv")
    }
    partners: dict[str, set[str]] = defaultdict(set)
    for chebi, chembl in pairs:
        partners[chebi].add(chembl)
    drugs = {drug.id: drug for drug in knowledge.drugs.values()}
    chembl, chebi = find_statements(P_CHEMBL), find_statements(P_CHEBI)
    wrong = []
    for term in sorted(chembl.keys() | chebi.keys()):
        names = {plain_name(n) for n in (drugs[term].name, *drugs[term].names)}
        for value in (*chembl.get(term, ()), *chebi.get(term, ())):
            known = set(named[value])
            for partner in partners.get(value, ()):
                known |= named[partner]
            if not any(k.startswith(n) for k in known for n in names):
                wrong.append((term, value, sorted(known)[:4]))
        for value in chebi.get(term, ()):
            if value in partners and term in chembl and not partners[value] & set(chembl[term]):
                wrong.append((term, value, sorted(partners[value])))
    assert wrong == []


def plain_chebi(text: str) -> str:
    return f"CHEBI:{text.removeprefix('CHEBI:')}" if text.strip("CHEBI:").isdigit() else text


def read_obo(path: Path) -> dict[str, tuple[str, ...]]:
    """Return id to name and exact synonyms of the terms of an OBO file that are not obsolete."""
    found = {}
    for block in re.split(r"\n\[(?:Term|Typedef)\]\n", path.read_text(encoding="utf-8"))[1:]:
        term = re.search(r"^id: (\S+)", block, re.M)
        name = re.search(r"^name: (.+)", block, re.M)
        if term and name and "is_obsolete: true" not in block:
            synonyms = re.findall(r'^synonym: "([^"]+)" EXACT', block, re.M)
            found[term[1]] = (name[1].strip(), *synonyms)
    return found


#: Names, in the other ontology, of the terms that ours match.
MATCHED_NAMES = {
    "SO:0001565": "gene_fusion",
    "SO:0001583": "missense_variant",
    "SO:0001742": "copy_number_gain",
    "SO:0002053": "gain_of_function_variant",
    "SO:0002054": "loss_of_function_variant",
    "ECO:0000033": "author statement supported by traceable reference",
    "ECO:0000178": "in vivo assay evidence",
    "ECO:0000180": "clinical study evidence",
    "ECO:0000181": "in vitro assay evidence",
    "ECO:0000205": "curator inference",
}


def find_matches() -> dict[str, set[str]]:
    """Return the ids of other ontologies by prefix."""
    found: dict[str, set[str]] = defaultdict(set)
    for _, predicate, value in read_ontology():
        if predicate in (f"{SKOS}exactMatch", f"{SKOS}closeMatch"):
            found[value.partition(":")[0]].add(value)
    return found


def test_matches_exist_in_so_and_eco(shared: Path) -> None:
    matches = find_matches()
    known = read_obo(shared / "data/identifiers/so.obo")
    known |= read_obo(shared / "data/identifiers/eco.obo")
    used = sorted(matches["SO"] | matches["ECO"])
    assert used, "the schema matches nothing of SO or ECO"
    assert {term: known.get(term, ("",))[0] for term in used} == {
        term: MATCHED_NAMES.get(term) for term in used
    }


def test_matches_exist_in_ro_and_mondo(shared: Path) -> None:
    matches = find_matches()
    relations = read_obo(shared / "data/identifiers/ro.obo")
    diseases = {row["id"] for row in read_rows(shared / "data/identifiers/mondo_neoplasms.tsv")}
    assert (matches["RO"] - relations.keys(), matches["MONDO"] - diseases) == (set(), set())


def test_families_exist_in_famplex(shared: Path) -> None:
    names = set((shared / "data/identifiers/famplex_entities.csv").read_text("utf-8").splitlines())
    used = {match.partition(":")[2] for match in find_matches()["FPLX"]}
    assert used and used <= names


def test_families_hold_only_members_that_famplex_gives_them(shared: Path) -> None:
    """Where a family matches exactly, every member of ours is a member there."""
    relations: dict[str, set[str]] = defaultdict(set)
    path = shared / "data/identifiers/famplex_relations.csv"
    for line in path.read_text(encoding="utf-8").splitlines():
        _, child, _, _, parent = line.split(",")
        relations[parent].add(child)

    def members(name: str) -> set[str]:
        return {m for c in relations[name] for m in ({c} | members(c))}

    labels = find_statements("http://www.w3.org/2000/01/rdf-schema#label")
    ours = find_statements("hasMember")
    wrong = {}
    for family, matches in find_statements(f"{SKOS}exactMatch").items():
        name = matches[0].removeprefix("FPLX:")
        if name != matches[0]:
            extra = {labels[m][0] for m in ours.get(family, ())} - members(name)
            wrong |= {family: sorted(extra)} if extra else {}
    assert wrong == {}


# -- quotations ----------------------------------------------------------------------------------


def squash(text: str) -> str:
    """Drop what typesetting changes: space, hyphens, quotes, case."""
    return re.sub(r"[\s\-\u00ad\u2010-\u2015\"'\u2018\u2019\u201c\u201d]+", "", text).casefold()


def find_lost_anchors(seeds: Path, *, within: int = 2) -> list[tuple[str, str]]:
    """Return evidence and anchor where the anchor is at none of the evidence's lines."""
    lines = {
        review: ["", *map(squash, (seeds / name).read_text("utf-8").splitlines())]
        for review, name in REVIEWS.items()
    }
    anchors, at = find_statements(P.ANCHOR), find_statements(P.AT_LINE)
    lost = []
    for term, sources in find_statements(P.FROM_SOURCE).items():
        texts = [lines[source] for source in sources if source in REVIEWS]
        numbers = [int(re.findall(r"\d+", text)[0]) for text in at.get(term, ())]
        near = [
            "".join(text[max(0, number - within) : number + within + 1])
            for text in texts
            for number in numbers
        ]
        if texts:
            lost += [
                (term, anchor)
                for anchor in anchors.get(term, ())
                if not any(squash(anchor) in place for place in near)
            ]
    return sorted(lost)


def test_anchors_stand_where_they_are_said_to(shared: Path) -> None:
    assert find_lost_anchors(shared / "seeds") == []


# -- what the reasoner found ---------------------------------------------------------------------


def find_members(knowledge: Knowledge, name: str) -> set[str]:
    return {knowledge.display(term) for term in knowledge.instances(name)}


#: Known members of each defined class, and others that must not be among them.
KNOWN: dict[str, tuple[str, str]] = {
    "OFFStateInhibitor": (
        "sotorasib adagrasib ARS-853 ARS-1620 divarasib olomorasib opnurasib glecirasib BI-2865",
        "daraxonrasib elironrasib MRTX1133 FMC-376 trametinib",
    ),
    "ONStateInhibitor": (
        "daraxonrasib RMC-7977 elironrasib zoldonrasib RMC-8839 RM-018",
        "sotorasib adagrasib MRTX1133 FMC-376 BI-2852",
    ),
    "DualStateInhibitor": ("MRTX1133 BI-2852 FMC-376 BBO-8520", "sotorasib daraxonrasib"),
    "MultiSelectiveRASONInhibitor": (
        "daraxonrasib RMC-7977",
        "elironrasib zoldonrasib RM-018 BI-2865 sotorasib",
    ),
    "PanKRASInhibitor": ("BI-2865 BI-2493", "sotorasib MRTX1133 elironrasib"),
    "TriComplexInhibitor": (
        "daraxonrasib RMC-7977 elironrasib zoldonrasib RM-018",
        "sotorasib MRTX1133 BI-2852",
    ),
    "AlleleSelectiveInhibitor": (
        "sotorasib adagrasib MRTX1133 elironrasib zoldonrasib",
        "daraxonrasib RMC-7977 BI-2865 trametinib",
    ),
    "MultiTargetInhibitor": ("afatinib crizotinib daraxonrasib", "sotorasib cetuximab"),
    "PocketMutation": (
        "KRAS:Y96C KRAS:Y96D KRAS:Y96S KRAS:H95D KRAS:H95Q KRAS:H95R KRAS:R68S",
        "KRAS:G12C KRAS:Q61K BRAF:V600E NRAS:Q61K",
    ),
    "OnTargetResistanceAlteration": (
        "KRAS:G12D KRAS:G12V KRAS:Q61H KRAS:amp KRAS:Y96D KRAS:H95D KRAS:R68S",
        "NRAS:Q61K BRAF:V600E MET:amp NF1:loss PTEN:loss",
    ),
    "UpstreamResistanceAlteration": (
        "MET:amp EGFR:amp ERBB2:amp FGFR3:fusion ALK:fusion RET:fusion NF1:loss RASA1:loss",
        "BRAF:V600E MAP2K1:K57N PTEN:loss KRAS:G12D",
    ),
    "DownstreamResistanceAlteration": (
        "BRAF:V600E BRAF:fusion RAF1:fusion MAP2K1:K57N MAP2K1:Q56P",
        "MET:amp NF1:loss PTEN:loss KRAS:G12D",
    ),
    "ParallelResistanceAlteration": (
        "PTEN:loss PIK3CA:mut PIK3CA:H1047R AKT1:E17K",
        "BRAF:V600E KRAS:G12D NF1:loss",
    ),
    "ReadilyCyclingAllele": (
        "KRAS:G12C KRAS:G12D KRAS:G12V KRAS:G13D KRAS.WT",
        "KRAS:Q61H KRAS:Q61L KRAS:Q61R KRAS:G12A",
    ),
    "ConvergenceNode": ("receptor_exchange receptor_pY", "MAPK AKT EGFR"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_defined_class_has_known_members(name: str, knowledge: Knowledge) -> None:
    inside, outside = KNOWN[name]
    members = find_members(knowledge, name)
    assert (set(inside.split()) - members, set(outside.split()) & members) == (set(), set())


def test_slowly_hydrolysing_alleles_are_the_four_that_were_measured(knowledge: Knowledge) -> None:
    assert find_members(knowledge, "SlowlyHydrolysingAllele") == {
        "KRAS:G12A",
        "KRAS:G12R",
        "KRAS:Q61H",
        "KRAS:Q61L",
    }


#: Property of alleles, its value, and the alleles that the reviews give for it.
ALLELE_FACTS = [
    ("prefersEffector", "RAL", "KRAS:G12C KRAS:G12V"),
    ("prefersEffector", "MAPK", "KRAS:G12A KRAS:G13D KRAS:Q61L"),
    ("prefersEffector", "PI3K-AKT-mTOR", "KRAS:G12D"),
    ("hydrolysis", "intermediate-hydrolysis", "KRAS:G12D KRAS:G12V KRAS:G13D"),
    ("hydrolysis", "wild-type-hydrolysis", "KRAS:G12C KRAS.WT NRAS.WT HRAS.WT"),
]


@pytest.mark.parametrize(("prop", "value", "alleles"), ALLELE_FACTS)
def test_alleles_have_the_stated_property(
    prop: str, value: str, alleles: str, knowledge: Knowledge
) -> None:
    found = {
        knowledge.display(term)
        for term in knowledge.instances(C.RAS_ALLELE)
        if value in knowledge.values(term, prop)
    }
    assert found == set(alleles.split())


#: Codes and names of drugs of one class, as the reviews use them.
NAMED_DRUGS = [
    (
        "KRASG12CInhibitor",
        "AMG-510 MRTX849 GDC-6036 JDQ443 LY3537982 MK-1084 JAB-21822 BI-1823911 D-1553 1_AM"
        " ARS-1620 ARS-853 RM-018 RMC-6291 FMC-376 LC2",
    ),
    ("RASInhibitor", "RMC-6236 RMC-6291 RMC-8839 RMC-9805 RM-018 MRTX-1133 BI-2852"),
    ("AllostericMEKInhibitor", "trametinib selumetinib binimetinib cobimetinib"),
    ("RAFMEKClamp", "VS-6766"),
]


@pytest.mark.parametrize(("name", "drugs"), NAMED_DRUGS)
def test_drugs_are_found_by_code_and_classed(name: str, drugs: str, knowledge: Knowledge) -> None:
    found = {drug: knowledge.find_drug(drug).classes for drug in drugs.split()}
    assert [drug for drug, classes in found.items() if name not in classes] == []


#: Which classes stand below others, and which share no member.
NESTED = [
    ("OFFStateInhibitor", "RASInhibitor"),
    ("ONStateInhibitor", "RASInhibitor"),
    ("DualStateInhibitor", "RASInhibitor"),
    ("MultiSelectiveRASONInhibitor", "ONStateInhibitor"),
    ("PocketMutation", "OnTargetResistanceAlteration"),
]
APART = [
    ("OFFStateInhibitor", "ONStateInhibitor"),
    ("OFFStateInhibitor", "DualStateInhibitor"),
    ("ONStateInhibitor", "DualStateInhibitor"),
    ("PanKRASInhibitor", "AlleleSelectiveInhibitor"),
    ("ReadilyCyclingAllele", "SlowlyCyclingAllele"),
]


@pytest.mark.parametrize(("inner", "outer"), NESTED)
def test_class_lies_within(inner: str, outer: str, knowledge: Knowledge) -> None:
    assert find_members(knowledge, inner) - find_members(knowledge, outer) == set()


@pytest.mark.parametrize(("one", "other"), APART)
def test_classes_share_no_member(one: str, other: str, knowledge: Knowledge) -> None:
    assert find_members(knowledge, one) & find_members(knowledge, other) == set()


def find_abrogated(knowledge: Knowledge, change: str) -> set[str]:
    term = knowledge.alterations[change].id
    return {drug.name for drug in knowledge.drugs.values() if term in drug.abrogated_by}


#: Change, drugs that it abolishes, drugs that stay (drug by residue, never by class).
ABROGATION = [
    ("KRAS:Y96D", "sotorasib adagrasib ARS-1620", "RM-018 daraxonrasib"),
    ("KRAS:H95D", "adagrasib", "sotorasib RM-018"),
    ("KRAS:H95Q", "adagrasib", "sotorasib"),
    ("KRAS:H95R", "adagrasib", "sotorasib"),
    ("KRAS:R68S", "adagrasib", "RM-018"),
]


@pytest.mark.parametrize(("change", "lost", "kept"), ABROGATION)
def test_change_abolishes_binding(change: str, lost: str, kept: str, knowledge: Knowledge) -> None:
    found = find_abrogated(knowledge, change)
    assert (set(lost.split()) - found, set(kept.split()) & found) == (set(), set())


# -- closed under the schema ---------------------------------------------------------------------


def find_triples(graph: Graph) -> Iterable[tuple[str, str, str]]:
    data = (find_ontology().parent / "graphs" / "reasoned.trig").read_bytes()
    for quad in pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TRIG):
        if getattr(quad.graph_name, "value", "") == graph:
            yield tuple(
                getattr(part, "value", "").removeprefix(BASE)
                for part in (quad.subject, quad.predicate, quad.object)
            )


def test_reasoner_drew_chains_closures_and_classes() -> None:
    drawn = set(find_triples(Graph.INFERRED))
    wanted = {
        ("KRAS-Y96D", "abrogates", "sotorasib"),
        ("sotorasib", "engagesCompletely", "KRAS-G12C"),
        ("trametinib", "actsOnPathway", "MAPK"),
        ("EGFR-activity", "upstreamOf", "MAPK"),
        ("MAPK", "downstreamOf", "EGFR-activity"),
        ("sotorasib", RDF_TYPE, "OFFStateInhibitor"),
        ("receptor-driven-exchange", RDF_TYPE, "ConvergenceNode"),
    }
    assert wanted - drawn == set()
