"""A synthetic cohort: patients drawn from the frequencies that the ontology records.

KRAS by tissue, its alleles and co-mutations come from there; every other alteration of the
catalogue comes at one small rate, so that many genotypes are distinct.
"""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from statistics import mean

import numpy as np

from krasbypass.knowledge import Knowledge, load_full_knowledge
from krasbypass.vocabulary import C, P

#: Tissues, and how many patients have each relative to the others.
TISSUES = {"NSCLC": 4, "CRC": 4, "PDAC": 2}
#: Share of KRAS mutants in a tissue, and of an allele among them, for which nothing is recorded.
UNRECORDED_KRAS, UNRECORDED_ALLELE = 0.3, 0.01
SINGLE = (
    "sotorasib", "adagrasib", "divarasib", "daraxonrasib", "zoldonrasib", "trametinib", "binimetinib",
    "cetuximab", "afatinib", "TNO155", "BI 1701963", "alpelisib", "everolimus", "palbociclib", "capivasertib",
)  # fmt: skip


class Sampler:
    """Draws tumours by what the ontology records of each tissue."""

    def __init__(self, knowledge: Knowledge, *, seed: int) -> None:
        self.knowledge = knowledge
        self.rng = random.Random(seed)
        self.kras: dict[str, float] = {}
        self.alleles: dict[str, list[tuple[str, float]]] = {}
        self.beside: dict[str, list[tuple[str, float]]] = {}
        for tissue in TISSUES:
            self._read(tissue)
        self.others = sorted(
            node
            for node, a in knowledge.alterations.items()
            if C.RAS_GENE not in knowledge.classes(a.gene)
            and len(a.parts) < 2
            and a.node.partition(":")[2] not in ("act", "low", "mut")
        )

    def _read(self, tissue: str) -> None:
        known = self.knowledge
        genes: dict[str, list[float]] = defaultdict(list)
        alleles: dict[str, list[float]] = defaultdict(list)
        for term in known.instances("Prevalence"):
            share = self._share(term)
            if share is None or tissue not in known.values(term, P.OF_TISSUE):
                continue
            counted = known.values(term, "countsAlteration")
            if len(counted) == 1 and known.node(counted[0]).startswith("KRAS:"):
                alleles[known.node(counted[0])].append(share)
            elif len(found := known.values(term, "countsGene")) == 1:
                genes[known.label(found[0])].append(share)
        shares = {node: mean(found) for node, found in alleles.items()}
        for node, a in known.alterations.items():
            if node.startswith("KRAS:G1") and len(a.parts) < 2:
                shares.setdefault(node, UNRECORDED_ALLELE)
        self.alleles[tissue] = sorted(shares.items())
        rates = {gene: mean(found) for gene, found in genes.items()}
        self.kras[tissue] = rates.pop("KRAS", UNRECORDED_KRAS)
        self.beside[tissue] = []
        for gene, rate in sorted(rates.items()):
            nodes = [n for n in (f"{gene}:loss", f"{gene}:mut") if n in known.alterations]
            self.beside[tissue] += [(node, rate) for node in nodes[:1]]

    def _share(self, term: str) -> float | None:
        values = [self.knowledge.value(term, p) for p in ("value", "rangeLow", "rangeHigh")]
        found = [float(v) for v in values if v is not None]
        return mean(found) / 100 if found else None

    def draw(self, others: int) -> tuple[str, list[str]]:
        """Return the tissue and the alterations of a patient, `others` of them of any gene."""
        rng = self.rng
        tissue = rng.choices(list(TISSUES), list(TISSUES.values()))[0]
        entries = []
        if rng.random() < self.kras[tissue]:
            nodes, weights = zip(*self.alleles[tissue], strict=True)
            entries.append(rng.choices(nodes, weights)[0])
        entries += [entry for entry, rate in self.beside[tissue] if rng.random() < rate]
        entries += rng.choices(self.others, k=others)
        return tissue, list(dict.fromkeys(entries))


def write_cohort(
    path: Path, patients: int, ontology: Path | None, *, background: float, seed: int = 1
) -> None:
    """Write a table of patients; `background` is the rate of every other alteration."""
    sampler = Sampler(load_full_knowledge(ontology), seed=seed)
    expected = background * len(sampler.others)
    others = np.random.default_rng(seed).poisson(expected, patients)
    with path.open("w", encoding="utf-8") as handle:
        handle.write("id\ttissue\talterations\n")
        for number, count in enumerate(others.tolist(), 1):
            tissue, entries = sampler.draw(count)
            handle.write(f"P{number:07d}\t{tissue}\t{','.join(entries)}\n")


def make_regimen_texts(count: int) -> list[str]:
    """Return single drugs, then pairs of them: up to 120."""
    pairs = [f"{a},{b}" for i, a in enumerate(SINGLE) for b in SINGLE[i + 1 :]]
    return [*SINGLE, *pairs][:count]
