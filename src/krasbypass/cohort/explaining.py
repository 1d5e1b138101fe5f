"""Why outputs stay open in a cohort: routes by how many patients have them.

Only what bears on an output tells tumours apart here: an alteration on which no rule behind the
output depends, and that no drug notices, is left out, so that many patients share one question. The
most frequent questions are explained first, up to a number; how much that covers is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from krasbypass.answers import Route
from krasbypass.cohort.model import SharedGenotype
from krasbypass.cohort.regimens import Regimen
from krasbypass.model import Drug, Level
from krasbypass.network import Network
from krasbypass.routes import evaluate_tumour
from krasbypass.routes.chains import RouteFinder
from krasbypass.scenario import Genotype, resolve_drugs, resolve_genotypes
from krasbypass.screen.planes import find_masks
from krasbypass.screen.treatments import matters
from krasbypass.tumour import Change


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """A question that patients share: what matters of a tumour, a regimen, the outputs open."""

    tumour: SharedGenotype
    regimen: int
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrequentRoute:
    """An open route and the patients who have it: by regimen, and in all, each counted once."""

    route: Route
    patients: int
    by_regimen: tuple[tuple[str, int], ...]


class Explainer:
    """Finds the routes of cases, each once."""

    def __init__(self, network: Network, regimens: Sequence[Regimen]) -> None:
        self.network = network
        self.knowledge = network.knowledge
        self.regimens = tuple(regimens)
        self.drugs = [resolve_drugs(self.knowledge, r.drugs) for r in regimens]
        self._behind: dict[tuple[str, ...], frozenset[str]] = {}
        self._narrowed: dict[tuple[str, ...], Network] = {}
        self._resolved: dict[str, Genotype | None] = {}
        self._bearing: dict[tuple[int, tuple[str, ...]], dict[str, bool]] = {}
        self._routes: dict[Case, tuple[Route, ...]] = {}

    def make_case(self, genotype: SharedGenotype, regimen: int, outputs: tuple[str, ...]) -> Case:
        """Return the question of a genotype, with what bears on it alone."""
        bearing = self._bearing.setdefault((regimen, outputs), {})
        kept = []
        for entry in genotype.entries:
            if entry not in bearing:
                bearing[entry] = self._bears(entry, outputs, self.drugs[regimen])
            if bearing[entry]:
                kept.append(entry)
        return Case(SharedGenotype(genotype.tissue, tuple(kept)), regimen, outputs)

    def _bears(self, entry: str, outputs: tuple[str, ...], drugs: Iterable[Drug]) -> bool:
        """Whether an entry bears on outputs, or any drug notices it."""
        found = self._resolve(entry)
        if found is None:
            return True
        behind = self.find_behind(outputs)
        return not behind.isdisjoint(found.contexts) or any(
            a.node in behind or any(matters(drug, a) for drug in drugs) for a in found.alterations
        )

    def _resolve(self, entry: str) -> Genotype | None:
        """Return what an entry stands for; None for RAS genes, which every question is about."""
        if entry not in self._resolved:
            (found, *others) = resolve_genotypes(self.knowledge, (Change.parse(entry),))
            genes = (self.knowledge.genes[a.gene] for a in found.alterations)
            of_ras = others or any(gene.has_alleles for gene in genes)
            self._resolved[entry] = None if of_ras else found
        return self._resolved[entry]

    def find_behind(self, outputs: tuple[str, ...]) -> frozenset[str]:
        """Return every node on which the levels of outputs depend, or the choice of tone does."""
        if outputs not in self._behind:
            found: set[str] = set()
            waiting = [*outputs, *find_masks(self.network)]
            while waiting:
                node = waiting.pop()
                if node not in found:
                    found.add(node)
                    waiting += self._sources.get(node, ())
            self._behind[outputs] = frozenset(found)
        return self._behind[outputs]

    def _narrow(self, outputs: tuple[str, ...]) -> Network:
        """Return the network of what is behind outputs, whose levels it does not change."""
        if outputs not in self._narrowed:
            behind = self.find_behind(outputs)
            rules = tuple(rule for rule in self.network.rules if rule.target in behind)
            self._narrowed[outputs] = replace(self.network, rules=rules, outputs=outputs)
        return self._narrowed[outputs]

    @cached_property
    def _sources(self) -> dict[str, set[str]]:
        sources: dict[str, set[str]] = defaultdict(set)
        for rule in self.network.rules:
            sources[rule.target].update(literal.node for literal in rule.literals)
        return sources

    def find_routes(self, case: Case) -> tuple[Route, ...]:
        """Return the open routes of a case at full, or at any level where none is."""
        if case not in self._routes:
            regimen = self.regimens[case.regimen]
            found: dict[Route, None] = {}
            network = self._narrow(case.outputs)
            for group in evaluate_tumour(network, case.tumour.tumour, regimen.drugs):
                for evaluation in group:
                    finder = RouteFinder(self.knowledge, evaluation)
                    found |= dict.fromkeys(finder.find_open(case.outputs))
            full = tuple(route for route in found if route.level is Level.FULL)
            self._routes[case] = full or tuple(found)
        return self._routes[case]
