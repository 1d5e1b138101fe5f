"""What was seen in patients: alterations after a drug, and outcomes by co-alteration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from krasbypass.errors import KrasbypassError
from krasbypass.knowledge import Knowledge
from krasbypass.model import Alteration
from krasbypass.records.kinds import Observation, Outcome
from krasbypass.records.regimens import Agent, Pharmacy, Regimen
from krasbypass.records.studies import Library, tell_value
from krasbypass.tumour import Change, Kind
from krasbypass.vocabulary import C, P
from krasbypass.vocabulary import Clinical as K

_PATIENTS = "patients"
_TOGETHER = "together"
_MATCHES = ("alteration", "residue", "gene", "pathway")
_DRUG_MATCHES = ("same", "class", "family", "none", "other")
#: The kind that stands for any change of a protein, and the kind of a change that is told.
_UNSPECIFIED, _SPECIFIED = Kind.MUT, Kind.CHANGE


@dataclass(frozen=True, slots=True)
class Asked:
    """An alteration as asked: ids of the catalogue, codons and genes, and of which kind it is."""

    alterations: frozenset[str]
    residues: frozenset[str]
    genes: frozenset[str]
    kind: str = ""


def read_alteration(knowledge: Knowledge, text: str) -> Asked:
    """Read an alteration as users or the catalogue write it.

    Of changes in cis it is the second-site change that was acquired, if there is one.

    Raises
    ------
    NotationError, UnknownTermError
        It cannot be read, or its gene is unknown.
    """
    found = knowledge.alterations.get(text)
    ids: tuple[str, ...]
    if found is not None:
        ids, gene = (found.id, *_later(knowledge, found.parts)), found.gene
        return _asked(knowledge, ids, gene, found.kind)
    change = Change.parse(text)
    if change.is_context:
        wanted = f"context:{change.changes[0]}".casefold()
        contexts = knowledge.instances(C.CONTEXT)
        ids = tuple(t for t in contexts if knowledge.node(t).casefold() == wanted)
        return Asked(frozenset(ids), frozenset(), frozenset())
    if change.partner is not None:
        change = _name_fusion(knowledge, change)
    known = knowledge.find_gene(change.gene)
    nodes = (f"{known.symbol}:{c}" for c in ("+".join(change.changes), *change.changes))
    parts = [knowledge.alterations[n] for n in dict.fromkeys(nodes) if n in knowledge.alterations]
    ids = tuple(a.id for a in parts)
    later = _later(knowledge, ids)
    kind = parts[0].kind if parts else change.changes[0]
    return _asked(knowledge, later or ids, known.id, kind)


def _name_fusion(knowledge: Knowledge, change: Change) -> Change:
    for name in (change.partner, change.gene):
        try:
            return Change(change.text, knowledge.find_gene(name or "").symbol, change.changes)
        except KrasbypassError:
            continue
    return Change(change.text, change.gene, change.changes)


def _later(knowledge: Knowledge, ids: Iterable[str]) -> tuple[str, ...]:
    ids = tuple(ids)
    second = tuple(i for i in ids if C.SECOND_SITE_CHANGE in knowledge.classes(i))
    return second or ids


def _asked(knowledge: Knowledge, ids: Iterable[str], gene: str, kind: str) -> Asked:
    ids = frozenset(ids)
    residues = frozenset(r for i in ids for r in knowledge.values(i, P.AT_RESIDUE))
    return Asked(ids, residues, frozenset({gene}), kind)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An observation without the question: what it counts, and under which regimens.

    `told` are the genes of which it names a change of the protein, `untold` those of which it
    says no more than that they are mutated.
    """

    term: str
    alterations: frozenset[str]
    residues: frozenset[str]
    genes: frozenset[str]
    told: frozenset[str]
    untold: frozenset[str]
    jointly: bool
    negative: bool
    regimens: tuple[Regimen, ...]
    tissues: tuple[str, ...]

    def match(self, asked: Asked) -> str | None:
        """Return how the source names the alteration, or None if it does not."""
        if self.alterations & asked.alterations:
            return "alteration"
        if self.residues & asked.residues:
            return "residue"
        if self.alterations or self.residues:
            by_kind: dict[str, frozenset[str]] = {_UNSPECIFIED: self.told, _SPECIFIED: self.untold}
            nearly = by_kind.get(asked.kind, frozenset())
        elif self.negative and asked.kind not in (_SPECIFIED, _UNSPECIFIED):
            nearly = frozenset()  # that no mutation was found says nothing of gains and losses
        else:
            nearly = self.genes
        return "gene" if asked.genes & nearly else None


@dataclass(frozen=True)
class Registry:
    """Observations on resistance, and outcomes by co-alteration."""

    library: Library = field(repr=False)
    pharmacy: Pharmacy = field(repr=False)

    # -- observations ---------------------------------------------------------------------------

    @cached_property
    def _seen(self) -> tuple[_Seen, ...]:
        knowledge = self.library.knowledge
        found = []
        for term in knowledge.instances(K.RESISTANCE_OBSERVATION):
            alterations = frozenset(
                (*knowledge.values(term, K.COUNTS_ALTERATION), *self._contexts(term))
            )
            genes = {
                *knowledge.values(term, K.IMPLICATES_GENE),
                *knowledge.values(term, K.COUNTS_GENE),
            }
            changed: dict[str, set[str]] = {_SPECIFIED: set(), _UNSPECIFIED: set()}
            for alteration in map(self._catalogue.get, alterations):
                if alteration is not None and alteration.kind in changed:
                    changed[alteration.kind].add(alteration.gene)
            found.append(
                _Seen(
                    term,
                    alterations,
                    frozenset(knowledge.values(term, K.COUNTS_RESIDUE)),
                    frozenset(genes),
                    frozenset(changed[_SPECIFIED]),
                    frozenset(changed[_UNSPECIFIED]),
                    knowledge.value(term, K.JOINTLY) == "true",
                    self.library.count(term, K.COUNT) == 0,
                    self._read_regimens(term),
                    self._tissues(term),
                )
            )
        return tuple(found)

    @cached_property
    def _catalogue(self) -> dict[str, Alteration]:
        return {a.id: a for a in self.library.knowledge.alterations.values()}

    def _contexts(self, term: str) -> tuple[str, ...]:
        knowledge = self.library.knowledge
        about = knowledge.values(term, K.ABOUT_TERM)
        return tuple(t for t in about if C.CONTEXT in knowledge.classes(t))

    def _read_regimens(self, term: str) -> tuple[Regimen, ...]:
        """Return the regimens under which it was seen: one of all drugs, or one a drug."""
        knowledge = self.library.knowledge
        whole = self.pharmacy.read_regimen(term)
        if _TOGETHER in knowledge.values(term, K.REGIMEN) or len(whole.slots) < 2:
            return (whole,)
        return tuple(Regimen((slot,), whole.alleles) for slot in whole.slots)

    def _tissues(self, term: str) -> tuple[str, ...]:
        knowledge = self.library.knowledge
        cohorts = knowledge.values(term, K.IN_COHORT)
        own = self.library.names(term, K.OF_TISSUE)
        return own or tuple(t for c in cohorts for t in self.library.names(c, K.OF_TISSUE))

    def find_observations(
        self, asked: Asked, agents: tuple[Agent, ...], tissue: str | None
    ) -> tuple[Observation, ...]:
        """Return the observations of an alteration, those nearest to the question first."""
        matched = ((seen, seen.match(asked)) for seen in self._seen)
        return self._find(((seen, match) for seen, match in matched if match), agents, tissue)

    def find_pathways(
        self, agents: tuple[Agent, ...], tissue: str | None
    ) -> tuple[Observation, ...]:
        """Return observations that count all alterations of a pathway together."""
        whole = (s for s in self._seen if not (s.alterations or s.residues or s.genes))
        return self._find(((seen, "pathway") for seen in whole), agents, tissue)

    def _find(
        self, matched: Iterable[tuple[_Seen, str]], agents: tuple[Agent, ...], tissue: str | None
    ) -> tuple[Observation, ...]:
        found = []
        for seen, match in matched:
            under = _match_drugs(seen.regimens, agents)
            if under:
                found.append(self._observe(seen, match, under, tissue))
        return tuple(
            sorted(
                found,
                key=lambda o: (
                    _DRUG_MATCHES.index(o.drug_match),
                    not o.same_tissue,
                    _MATCHES.index(o.match),
                    o.patients is None,
                    -self.library.rank(o.level),
                    -(o.cohort_size or 0),
                    -(o.patients or 0),
                    o.id,
                ),
            )
        )

    def _observe(self, seen: _Seen, match: str, under: str, tissue: str | None) -> Observation:
        library, knowledge = self.library, self.library.knowledge
        cohort = knowledge.value(seen.term, K.IN_COHORT) or ""
        counted = library.count(seen.term, K.COUNT)
        in_patients = knowledge.value(seen.term, K.UNIT) == K.UNIT_PATIENTS
        if counted is None and in_patients:
            stated = library.number(seen.term, K.VALUE)
            counted = None if stated is None else int(stated)
        evidence = library.find(seen.term)
        names = tuple(sorted(knowledge.node(a) for a in seen.alterations))
        several = ""
        if len(names) > 1:
            several = "found together in one tumour" if seen.jointly else "counted together"
            several = f"{several}: {', '.join(names)}"
        return Observation(
            id=seen.term,
            label=knowledge.label(seen.term),
            alterations=names,
            genes=tuple(sorted(knowledge.label(g) for g in seen.genes)),
            match=match,
            patients=counted,
            cohort_size=library.count(seen.term, K.N) or library.count(cohort, K.N),
            drugs=tuple(sorted({d for r in seen.regimens for d in r.drugs})),
            drug_match=under,
            tissue=seen.tissues,
            same_tissue=tissue is None or tissue in seen.tissues,
            timing=knowledge.value(seen.term, K.TIMING) or "acquired",
            model=knowledge.value(seen.term, K.MODEL) or _PATIENTS,
            outcome=knowledge.value(seen.term, K.OUTCOME) or "",
            level=library.strongest(s.level for s in evidence),
            caveat="; ".join(filter(None, (several, library.caveat(seen.term)))),
            single_patient=counted == 1,
            kind=knowledge.value(seen.term, K.RESISTANCE_KIND) or "",
            evidence=evidence,
        )

    # -- outcomes -------------------------------------------------------------------------------

    def find_outcomes(
        self, agents: tuple[Agent, ...], genes: frozenset[str], tissue: str | None
    ) -> tuple[Outcome, ...]:
        """Return outcomes of patients in whose tumours one of `genes` is altered."""
        knowledge = self.library.knowledge
        found = []
        for result in knowledge.instances(K.RESULT):
            cohort = knowledge.value(result, K.IN_COHORT) or ""
            selected = self._genes(result, cohort, K.SELECTS_GENE)
            excluded = self._genes(result, cohort, K.EXCLUDES_GENE)
            if not selected & genes or excluded & genes:
                continue
            regimen = self.pharmacy.read_regimen(result)
            if not regimen.slots:
                regimen = self.pharmacy.read_regimen(cohort)
            under = _match_drugs((regimen,), agents) if regimen.slots else "none"
            tissues = self._tissues(result)
            if under and (tissue is None or not tissues or tissue in tissues):
                found.append(self._describe(result, cohort, regimen, under, selected, excluded))
        found.sort(
            key=lambda o: (
                _DRUG_MATCHES.index(o.drug_match),
                -len(set(o.genes) & {knowledge.label(g) for g in genes}),
                o.genes,
                o.group,
                o.measure,
                o.id,
            )
        )
        return tuple(found)

    def _genes(self, result: str, cohort: str, prop: str) -> frozenset[str]:
        """Return the co-altered genes of a group; the primary target is what all of them have."""
        knowledge = self.library.knowledge
        named = {*knowledge.values(result, prop), *knowledge.values(cohort, prop)}
        found = {g for term in named for g in self.pharmacy.members(term)}
        return frozenset(g for g in found if not self.pharmacy.is_primary(g))

    def _describe(
        self,
        result: str,
        cohort: str,
        regimen: Regimen,
        under: str,
        selected: frozenset[str],
        excluded: frozenset[str],
    ) -> Outcome:
        library, knowledge = self.library, self.library.knowledge
        low, high = library.number(result, K.LOWER_BOUND), library.number(result, K.UPPER_BOUND)
        evidence = library.find(result)
        group = "; ".join((knowledge.label(cohort), *knowledge.values(result, K.SUBGROUP)))
        return Outcome(
            id=result,
            drugs=regimen.drugs,
            drug_match=under,
            genes=tuple(sorted(knowledge.label(g) for g in selected)),
            without=tuple(sorted(knowledge.label(g) for g in excluded)),
            group=group,
            measure=knowledge.label(knowledge.value(result, K.MEASURE) or ""),
            value=library.number(result, K.VALUE) or 0.0,
            unit=knowledge.label(knowledge.value(result, K.UNIT) or ""),
            interval=None if low is None or high is None else (low, high),
            patients=library.count(result, K.N) or library.count(cohort, K.N),
            reference=self._find_reference(result, cohort),
            tissue=self._tissues(result),
            level=library.strongest(s.level for s in evidence),
            caveat=library.caveat(result, cohort),
            evidence=evidence,
        )

    def _find_reference(self, result: str, cohort: str) -> str:
        """Return the same measure in the group compared with, or in the whole of this group."""
        knowledge = self.library.knowledge
        measure = knowledge.value(result, K.MEASURE)
        compared = knowledge.values(result, K.COMPARED_WITH)
        if compared:
            return f"against {', '.join(map(knowledge.label, compared))}"
        above = knowledge.value(cohort, K.PART_OF_STUDY) or ""
        for place in (cohort, above):
            for other in self._by_cohort.get(place, ()):
                whole = not knowledge.values(other, K.SUBGROUP) and other != result
                if whole and knowledge.value(other, K.MEASURE) == measure:
                    return f"{tell_value(self.library, other)} in {knowledge.label(place)}"
        return ""

    @cached_property
    def _by_cohort(self) -> dict[str, list[str]]:
        knowledge = self.library.knowledge
        found: dict[str, list[str]] = {}
        for result in knowledge.instances(K.RESULT):
            for cohort in knowledge.values(result, K.IN_COHORT):
                found.setdefault(cohort, []).append(result)
        return found


def _match_drugs(regimens: tuple[Regimen, ...], agents: tuple[Agent, ...]) -> str | None:
    """Return how near the drugs are to those under which something was seen.

    With no drug asked for, everything counts as ``other``.
    """
    if not agents:
        return "other"
    asked = {agent.name for agent in agents}
    nearest: list[str] = []
    for regimen in regimens:
        taken = [[a for a in agents if slot.takes(a, regimen.alleles)] for slot in regimen.slots]
        if any(names <= asked for names in regimen.sets):
            nearest.append("same")
        elif taken and all(taken):
            nearest.append("class")
        elif any(a.primary for a in agents) and regimen.is_primary:
            nearest.append("family")
    return min(nearest, key=_DRUG_MATCHES.index, default=None)
