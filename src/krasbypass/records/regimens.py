"""Sets of drugs: which recorded regimen is the one asked for, and which is of the same classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from krasbypass.knowledge import Knowledge
from krasbypass.model import PRESENT, Drug, Level
from krasbypass.vocabulary import C, P
from krasbypass.vocabulary import Clinical as K

#: More ways than this to read "one of these with one of those" are not spelt out.
_MOST_READINGS = 64


@dataclass(frozen=True, slots=True)
class Agent:
    """A drug as far as it matters which class of drugs it stands for.

    `genes` and `alleles` are what it blocks, fully where it blocks anything fully.
    """

    name: str
    mechanism: str
    genes: frozenset[str]
    alleles: frozenset[str]
    primary: bool
    generic: bool
    classes: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a regimen: drugs of which any may fill it, or genes that an inhibitor blocks.

    `primary` marks a class of inhibitors of a primary target.
    """

    drugs: tuple[Agent, ...] = ()
    genes: frozenset[str] = frozenset()
    primary: bool = False

    def takes(self, agent: Agent, alleles: frozenset[str]) -> bool:
        """Whether a drug is of the class that the slot names; `alleles` narrow primary targets."""
        if any(are_alike(agent, drug) for drug in self.drugs):
            return True
        if not self.genes & agent.genes:
            return False
        return not (agent.primary and alleles) or bool(alleles & agent.alleles)


def are_alike(asked: Agent, recorded: Agent) -> bool:
    """Whether a drug is of the mechanism asked for; a generic inhibitor asks for its targets."""
    if asked.generic:
        if asked.mechanism and asked.classes & recorded.classes:
            return True
        return not asked.mechanism and bool(asked.genes & recorded.genes)
    return bool(asked.mechanism) and asked.mechanism == recorded.mechanism


@dataclass(frozen=True, slots=True)
class Regimen:
    """Treatments that a source names together.

    `open` counts treatments that no drug of the catalogue stands for, such as chemotherapy;
    `spare` counts genes beyond the classes named, of which the classes may block any.
    """

    slots: tuple[Slot, ...]
    alleles: frozenset[str] = frozenset()
    open: int = 0
    spare: int = 0

    @property
    def sets(self) -> tuple[frozenset[str], ...]:
        """Every set of drugs that the source names; none if a treatment is no drug."""
        if self.open or not self.slots or not all(slot.drugs for slot in self.slots):
            return ()
        choices = [[drug.name for drug in slot.drugs] for slot in self.slots]
        count = 1
        for names in choices:
            count *= len(names)
        return tuple(map(frozenset, product(*choices))) if count <= _MOST_READINGS else ()

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the drugs, sorted."""
        return tuple(sorted({drug.name for slot in self.slots for drug in slot.drugs}))

    @property
    def is_primary(self) -> bool:
        """Whether a drug of the primary targets belongs to it, named or as a class."""
        return any(s.primary or any(d.primary for d in s.drugs) for s in self.slots)

    def is_of_class(self, agents: tuple[Agent, ...]) -> bool:
        """Whether each of the drugs fills a slot of its own and no slot is left over."""
        if self.open or len(agents) != len(self.slots) - self.spare:
            return False
        return _match(agents, self.slots, self.alleles)


def _match(agents: tuple[Agent, ...], slots: tuple[Slot, ...], alleles: frozenset[str]) -> bool:
    if not agents:
        return not any(slot.drugs or slot.primary for slot in slots)
    first, rest = agents[0], agents[1:]
    return any(
        slot.takes(first, alleles) and _match(rest, slots[:i] + slots[i + 1 :], alleles)
        for i, slot in enumerate(slots)
    )


@dataclass(frozen=True)
class Pharmacy:
    """Drugs by every name that they go by, and the regimens that sources build of them."""

    knowledge: Knowledge = field(repr=False)
    _found: dict[str, Agent] = field(default_factory=dict, repr=False, compare=False)
    _by_id: dict[str, Agent] = field(default_factory=dict, repr=False, compare=False)
    _genes: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, names: Iterable[str]) -> tuple[Agent, ...]:
        """Return the drugs that the names stand for, without repeats, sorted by name.

        Raises
        ------
        UnknownTermError
            A name is no drug's.
        """
        names = [names] if isinstance(names, str) else names
        agents = {agent.name: agent for agent in map(self._find_one, names)}
        return tuple(agents[name] for name in sorted(agents))

    def _find_one(self, name: str) -> Agent:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self.agent(self.knowledge.find_drug(name.strip()))
        return found

    def agent(self, drug: Drug) -> Agent:
        """Return what a drug stands for."""
        found = self._by_id.get(drug.id)
        if found is None:
            found = self._by_id[drug.id] = self._read(drug)
        return found

    def _read(self, drug: Drug) -> Agent:
        knowledge = self.knowledge
        strongest = max((level for _, level in drug.engages), default=Level.OFF)
        keys = [key for key, level in drug.engages if level is strongest]
        alleles = {k for k in keys if k in knowledge.index and self._is_allele(k)}
        genes = {g for key in keys for g in self._genes_of(key)}
        marked = {c for c in drug.classes if knowledge.value(c, P.NOTATION)}
        if drug.generic and knowledge.value(drug.id, P.NOTATION):
            marked.add(drug.id)
        return Agent(
            drug.name,
            drug.mechanism,
            frozenset(genes),
            frozenset(alleles),
            any(map(self.is_primary, genes)),
            drug.generic,
            frozenset(marked),
        )

    def _is_allele(self, key: str) -> bool:
        return C.RAS_ALLELE in self.knowledge.classes(key)

    def _genes_of(self, key: str) -> frozenset[str]:
        """Return the genes behind what a drug engages: an allele, a node or a protein."""
        found = self._genes.get(key)
        if found is None:
            knowledge = self.knowledge
            if key.startswith(PRESENT):
                gene = self._symbols.get(key.removeprefix(PRESENT))
                found = frozenset({gene} if gene else ())
            elif key in knowledge.activities:
                found = frozenset(knowledge.activities[key].genes)
            else:
                found = frozenset(knowledge.values(key, P.ALLELE_OF))
            self._genes[key] = found
        return found

    @cached_property
    def _symbols(self) -> Mapping[str, str]:
        return {gene.symbol: gene.id for gene in self.knowledge.genes.values()}

    def is_primary(self, gene: str) -> bool:
        """Whether a gene is a primary target of the drugs that this ontology is about."""
        return gene in self.knowledge.genes and self.knowledge.genes[gene].primary

    def members(self, term: str) -> frozenset[str]:
        """Return the genes of a family, or the gene itself."""
        return frozenset(self.knowledge.values(term, P.HAS_MEMBER)) or frozenset({term})

    def read_regimen(self, term: str, drugs: Iterable[str] | None = None) -> Regimen:
        """Return the regimen of a study, toxicity or combination.

        Drugs of one mechanism are alternatives, since nobody gives two of them together, unless
        they engage nothing that the model knows, as the drugs of a chemotherapy. A named class
        is a slot of its own.
        """
        knowledge = self.knowledge
        named = knowledge.values(term, K.GIVES_DRUG) + knowledge.values(term, K.COMBINES)
        ids = sorted(set(named if drugs is None else drugs))
        by_mechanism: dict[str, list[Agent]] = {}
        unknown = sum(i not in self._drugs_by_id for i in ids)
        for drug in (self._drugs_by_id[i] for i in ids if i in self._drugs_by_id):
            alike = drug.mechanism if drug.engages else drug.name
            by_mechanism.setdefault(alike, []).append(self.agent(drug))
        slots = [Slot(tuple(agents)) for agents in by_mechanism.values()]
        targets = [self.members(t) for t in knowledge.values(term, K.COMBINES_INHIBITOR_OF)]
        components = len(knowledge.values(term, K.COMPONENT))
        slots += [Slot((), genes, any(map(self.is_primary, genes))) for genes in targets]
        alleles = frozenset(
            part
            for allele in knowledge.values(term, K.SELECTS_ALTERATION)
            for part in (knowledge.values(allele, P.IN_CIS_WITH) or (allele,))
            if self._is_allele(part)
        )
        return Regimen(
            tuple(slots),
            alleles,
            open=max(0, components - len(targets)) + unknown,
            spare=max(0, len(targets) - components) if components else 0,
        )

    @cached_property
    def _drugs_by_id(self) -> Mapping[str, Drug]:
        return {drug.id: drug for drug in self.knowledge.drugs.values()}
