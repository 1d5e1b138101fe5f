"""Look-ups of what is on record: of sets of drugs, of alterations, of outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path

from krasbypass.knowledge import Knowledge, load_full_knowledge
from krasbypass.records.files import NOTHING, File, mark, sort_records
from krasbypass.records.kinds import (
    CLASS,
    COMBINATION,
    DRUG,
    MODEL,
    PART,
    STAGES,
    ApprovalRecord,
    CombinationRecord,
    Observation,
    Outcome,
    StudyRecord,
    Support,
    ToxicityRecord,
    TrialRecord,
)
from krasbypass.records.patients import Registry, read_alteration
from krasbypass.records.regimens import Agent, Pharmacy, Regimen
from krasbypass.records.studies import (
    CLINICAL_TRIAL,
    MECHANISTIC,
    Approved,
    Filed,
    Library,
    file_records,
)
from krasbypass.vocabulary import P

#: Approvals of larger parts of a set are not looked for.
_LARGEST_PART = 4


#: Ids of alterations, and the genes that they are in.
_Genotype = tuple[frozenset[str], frozenset[str]]


@dataclass(slots=True)
class _Memory:
    """What was worked out already; thousands of sets are asked for in one go."""

    alike: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)
    kin: dict[tuple[int, ...], File] = field(default_factory=dict)
    takers: dict[int, frozenset[int]] = field(default_factory=dict)
    kinds: dict[Agent, int] = field(default_factory=dict)
    kind_of: dict[str, int] = field(default_factory=dict)
    alone: dict[str, File] = field(default_factory=dict)
    tissues: dict[str | None, str | None] = field(default_factory=dict)
    genotypes: dict[str, _Genotype] = field(default_factory=dict)


@dataclass(frozen=True)
class Records:
    """Everything on record, indexed by sets of drugs; made by `read_records`."""

    knowledge: Knowledge = field(repr=False)
    pharmacy: Pharmacy = field(repr=False)
    library: Library = field(repr=False)
    registry: Registry = field(repr=False)
    filed: tuple[tuple[Regimen, Filed], ...] = field(repr=False)
    exact: dict[frozenset[str], File] = field(repr=False, compare=False)
    approved: dict[frozenset[str], tuple[Approved, ...]] = field(repr=False, compare=False)
    _memory: _Memory = field(default_factory=_Memory, repr=False, compare=False)

    # -- combinations ---------------------------------------------------------------------------

    def find_combination(
        self,
        drugs: Iterable[str],
        *,
        tissue: str | None = None,
        alterations: Iterable[str] = (),
    ) -> CombinationRecord:
        """Return what is on record of giving these drugs, and no others, in a tissue.

        A treatment that a source adds, such as chemotherapy or an antibody against PD-1, makes
        another combination of it.

        Raises
        ------
        UnknownTermError
            A drug or the tissue is unknown.

        Examples
        --------
        >>> records = load_records()
        >>> found = records.find_combination(["Lumakras", "panitumumab"], tissue="CRC")
        >>> found.drugs, found.approved_in_tissue, found.evidence_level
        (('panitumumab', 'sotorasib'), True, 'clinical-trial')
        """
        agents = self.pharmacy.find(drugs)
        names = tuple(agent.name for agent in agents)
        place = self._find_tissue(tissue)
        exact = self.exact.get(frozenset(names), NOTHING)
        alike = self._find_alike(agents)
        genotype = self._read_genotype(tuple(alterations))
        approvals = self._find_approvals(names, alike, place, genotype)
        here = [
            a for a in approvals if a.of == COMBINATION and place in a.covers and not a.components
        ]
        level, basis, evidence = self._weigh(agents, exact, alike, approvals)
        return CombinationRecord(
            drugs=names,
            tissue=place,
            evidence_level=level,
            basis=basis,
            studies=exact.studies + alike.studies,
            trials=tuple(
                sorted(
                    exact.trials + alike.trials,
                    key=lambda t: (t.of != COMBINATION, place not in t.tissue, not t.results),
                )
            ),
            no_recorded_trial=not exact.trials,
            approvals=approvals,
            approved_in_tissue=bool(here),
            approved_for_tumour=any(a.fits is not False for a in here),
            toxicities=self._find_toxicities(agents, exact, alike),
            overlapping=self._find_overlap(agents),
            evidence=evidence,
        )

    def is_recorded(self, drugs: Iterable[str]) -> bool:
        """Return whether anything is on record of this very set, given by preferred names."""
        names = frozenset(drugs)
        return names in self.exact or names in self.approved

    def find_sets(self) -> frozenset[frozenset[str]]:
        """Return every set of drugs of which something is on record, by preferred names."""
        return frozenset(self.exact.keys() | self.approved.keys())

    def _find_tissue(self, tissue: str | None) -> str | None:
        if tissue not in self._memory.tissues:
            found = None if tissue is None else self.knowledge.find_tissue(tissue)
            self._memory.tissues[tissue] = found.name if found else None
        return self._memory.tissues[tissue]

    def _kind(self, agent: Agent) -> int:
        """Return a number that drugs of one class share: they match the same regimens."""
        found = self._memory.kind_of.get(agent.name)
        if found is None:
            plain = replace(agent, name="")
            found = self._memory.kinds.setdefault(plain, len(self._memory.kinds))
            self._memory.kind_of[agent.name] = found
        return found

    def _find_alike(self, agents: tuple[Agent, ...]) -> File:
        """Return the records of drugs of the same classes that are not of these very drugs."""
        key = tuple(sorted(map(self._kind, agents)))
        found = self._memory.alike.get(key)
        if found is None:
            fitting = [self._find_takers(agent) for agent in agents]
            candidates = frozenset.intersection(*fitting) if fitting else frozenset()
            found = self._memory.alike[key] = tuple(
                i for i in sorted(candidates) if self.filed[i][0].is_of_class(agents)
            )
        if not found:
            return NOTHING
        names = frozenset(agent.name for agent in agents)
        if any(names in self._named[i] for i in found):
            return sort_records(self._kin[i] for i in found if names not in self._named[i])
        if key not in self._memory.kin:
            self._memory.kin[key] = sort_records(self._kin[i] for i in found)
        return self._memory.kin[key]

    @cached_property
    def _named(self) -> tuple[frozenset[frozenset[str]], ...]:
        """The very sets of drugs that each record names."""
        return tuple(frozenset(regimen.sets) for regimen, _ in self.filed)

    @cached_property
    def _kin(self) -> tuple[Filed, ...]:
        """Each record as one of drugs of the same classes."""
        return tuple(mark(record, CLASS) for _, record in self.filed)

    def _find_takers(self, agent: Agent) -> frozenset[int]:
        kind = self._kind(agent)
        if kind not in self._memory.takers:
            self._memory.takers[kind] = frozenset(
                i
                for i, (regimen, _) in enumerate(self.filed)
                if any(slot.takes(agent, regimen.alleles) for slot in regimen.slots)
            )
        return self._memory.takers[kind]

    def _weigh(
        self,
        agents: tuple[Agent, ...],
        exact: File,
        alike: File,
        approvals: tuple[ApprovalRecord, ...],
    ) -> tuple[str, str, tuple[Support, ...]]:
        """Return the strongest level, whose it is, and the evidence on which it rests."""
        for found, basis in ((exact, COMBINATION), (alike, CLASS)):
            records: tuple[TrialRecord | StudyRecord, ...] = (*found.trials, *found.studies)
            shown = [(record.level, record.evidence) for record in records]
            shown += [(CLINICAL_TRIAL, a.evidence) for a in approvals if a.of == basis]
            if basis == COMBINATION and not shown and len(agents) == 1:
                alone = self.library.find(self.knowledge.drugs[agents[0].name].id)
                shown += [(s.level, (s,)) for s in alone]
            if shown:
                level = self.library.strongest(level for level, _ in shown)
                evidence = (s for shown_level, e in shown if shown_level == level for s in e)
                return level, basis, tuple(dict.fromkeys(evidence))
        return MECHANISTIC, MODEL, ()

    def _find_approvals(
        self, names: tuple[str, ...], alike: File, place: str | None, genotype: _Genotype | None
    ) -> tuple[ApprovalRecord, ...]:
        """Return the approvals of the set and of its parts, and here of its classes."""
        known = [n for n in names if n in self._approvable]
        found = [(a, CLASS) for a in alike.approvals if place is None or place in a.record.covers]
        for size in range(min(len(known), _LARGEST_PART), 0, -1):
            of = COMBINATION if size == len(names) else PART
            for part in combinations(known, size):
                found += [(a, of) for a in self.approved.get(frozenset(part), ())]
        records = [
            replace(a.record, of=of, fits=a.fits(*genotype) if genotype else None)
            for a, of in found
        ]
        order = (COMBINATION, PART, CLASS)
        records.sort(key=lambda a: (order.index(a.of), place not in a.covers, a.date, a.id))
        return tuple(records)

    @cached_property
    def _approvable(self) -> frozenset[str]:
        return frozenset().union(*self.approved)

    def _read_genotype(self, alterations: tuple[str, ...]) -> _Genotype | None:
        """Return the ids and the genes of the alterations; None if there are none."""
        ids: set[str] = set()
        genes: set[str] = set()
        for text in alterations:
            if text not in self._memory.genotypes:
                asked = read_alteration(self.knowledge, text)
                parts = (
                    p for i in asked.alterations for p in self.knowledge.values(i, P.IN_CIS_WITH)
                )
                self._memory.genotypes[text] = (asked.alterations | frozenset(parts), asked.genes)
            ids |= self._memory.genotypes[text][0]
            genes |= self._memory.genotypes[text][1]
        return (frozenset(ids), frozenset(genes)) if alterations else None

    # -- toxicity -------------------------------------------------------------------------------

    def _find_toxicities(
        self, agents: tuple[Agent, ...], exact: File, alike: File
    ) -> tuple[ToxicityRecord, ...]:
        if len(agents) == 1:
            return self._find_alone(agents[0]).toxicities
        alone = (t for agent in agents for t in self._find_alone(agent).toxicities)
        return (*exact.toxicities, *alike.toxicities, *alone)

    def _find_alone(self, agent: Agent) -> File:
        """Return the toxicities of one drug, or of its class where it has none of its own."""
        found = self._memory.alone.get(agent.name)
        if found is None:
            own = self.exact.get(frozenset({agent.name}), NOTHING).toxicities
            found = (
                sort_records(mark(t, DRUG) for t in own)
                if own
                else File(toxicities=self._find_alike((agent,)).toxicities)
            )
            self._memory.alone[agent.name] = found
        return found

    def _find_overlap(self, agents: tuple[Agent, ...]) -> tuple[str, ...]:
        """Return severe events that two or more of the drugs have alone."""
        count: dict[str, int] = defaultdict(int)
        for agent in agents if len(agents) > 1 else ():
            severe = (t for t in self._find_alone(agent).toxicities if t.severe)
            for event in {e for t in severe for e in t.events if not e.startswith("any ")}:
                count[event] += 1
        return tuple(sorted(event for event, times in count.items() if times > 1))

    # -- alterations ----------------------------------------------------------------------------

    def find_observations(
        self, alteration: str, *, drugs: Iterable[str] = (), tissue: str | None = None
    ) -> tuple[Observation, ...]:
        """Return how often an alteration was seen under these drugs or drugs like them.

        The nearest observation stands first: of one of these drugs before one of its class before
        another drug of the primary targets, then of this tissue, then of this very alteration.

        Raises
        ------
        NotationError, UnknownTermError
            The alteration cannot be read, or a name is unknown.

        Examples
        --------
        >>> records = load_records()
        >>> first, *_ = records.find_observations("KRAS:amp", drugs=["RMC-6236"], tissue="PDAC")
        >>> first.patients, first.cohort_size, first.same_drug
        (16, 44, True)
        """
        asked = read_alteration(self.knowledge, alteration)
        return self.registry.find_observations(
            asked, self.pharmacy.find(drugs), self._find_tissue(tissue)
        )

    def find_pathway_observations(
        self, *, drugs: Iterable[str] = (), tissue: str | None = None
    ) -> tuple[Observation, ...]:
        """Return what was counted for whole pathways, with `kind` where it acts.

        >>> found = load_records().find_pathway_observations(drugs=["daraxonrasib"], tissue="PDAC")
        >>> {o.kind: o.patients for o in found if o.same_drug}["downstream"]
        11
        """
        agents = self.pharmacy.find(drugs)
        return self.registry.find_pathways(agents, self._find_tissue(tissue))

    def find_outcomes(
        self, drugs: Iterable[str], *, alterations: Iterable[str], tissue: str | None = None
    ) -> tuple[Outcome, ...]:
        """Return outcomes of patients whose tumours carry these co-alterations.

        The primary target is no co-alteration. Outcomes under these drugs come first, then under
        their class, then where the source names no drug, then under others.
        """
        asked = [read_alteration(self.knowledge, text) for text in alterations]
        genes = frozenset(g for a in asked for g in a.genes if not self.pharmacy.is_primary(g))
        return self.registry.find_outcomes(
            self.pharmacy.find(drugs), genes, self._find_tissue(tissue)
        )

    # -- order ----------------------------------------------------------------------------------

    def rank(self, record: CombinationRecord) -> tuple[int, int, int, int, tuple[str, ...]]:
        """Return a sort key: what is better supported comes first.

        Approved for this tumour, then other drugs of the same mechanisms approved for it, then by
        evidence of this very combination, a trial under way counting more than animals; then by
        evidence of its class; then what rests on the model alone. Among equals, drugs nearer to
        patients come first.
        """
        strength = self.library.rank(record.evidence_level)
        top = self.library.rank(CLINICAL_TRIAL)
        kin = (a for a in record.approvals if a.of == CLASS and not a.components)
        if record.approved_for_tumour:
            support = 0
        elif any(record.tissue in a.covers and a.fits is not False for a in kin):
            support = 1
        elif record.basis == COMBINATION:
            under_way = not record.no_recorded_trial and strength < top - 1
            support = 2 + 2 * (top - strength) if not under_way else 5
        elif record.basis == CLASS:
            support = 2 * (top + 2) + (top - strength)
        else:
            support = 4 * (top + 2)
        stages = [STAGES.index(s) for s in map(self._stage, record.drugs) if s and s in STAGES]
        absent = not any(place == record.tissue for t in record.trials for place in t.tissue)
        return support, int(absent), max(stages, default=0), len(record.drugs), record.drugs

    def _stage(self, name: str) -> str:
        return self.knowledge.drugs[name].stage


def read_records(knowledge: Knowledge) -> Records:
    """Read everything on record; `knowledge` is that of `load_full_knowledge`."""
    library, pharmacy = Library(knowledge), Pharmacy(knowledge)
    filed = tuple(file_records(library, pharmacy))
    by_set: dict[frozenset[str], list[Filed]] = defaultdict(list)
    for regimen, record in filed:
        for drugs in dict.fromkeys(regimen.sets):
            by_set[drugs].append(record)
    approved: dict[frozenset[str], list[Approved]] = defaultdict(list)
    for _, record in filed:
        if isinstance(record, Approved):
            approved[frozenset(record.record.drugs)].append(record)
    return Records(
        knowledge,
        pharmacy,
        library,
        Registry(library, pharmacy),
        filed,
        {drugs: sort_records(found) for drugs, found in by_set.items()},
        {drugs: tuple(found) for drugs, found in approved.items()},
    )


@cache
def load_records(folder: Path | str | None = None) -> Records:
    """Read the records of the packaged ontology, or of the one in `folder`, once."""
    return read_records(load_full_knowledge(folder))
