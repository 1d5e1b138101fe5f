"""Facts that an answer may rest on although they are weak, and why each is.

A fact is a rule of the network, or a statement: what a drug engages and what abolishes that, how
an allele cycles, the ligand tone of a tissue, and what overload re-opens there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from krasbypass.facts import TYPE, Triple
from krasbypass.fixpoint import Evaluation
from krasbypass.justification.sentences import phrase_fact
from krasbypass.knowledge import Knowledge
from krasbypass.model import Phase, Rule
from krasbypass.network import Network, build_signalling_network, extend_with_alleles
from krasbypass.questions import Question
from krasbypass.retraction import (
    NAMED_FACTS,
    find_consequences,
    find_statements,
    retract,
)
from krasbypass.scenario import Genotype, Scenario, build_scenario
from krasbypass.terms import find_axiom_evidence
from krasbypass.vocabulary import C, P

#: Why a fact is weak, the weakest first.
REASONS = ("hypothesis", "disputed", "single-source")
#: With so many sources a fact is not weak.
_ENOUGH = 2
#: Properties of alleles that statements may give.
_OF_ALLELES = (P.REACHES_GDP, P.EXCHANGE_DEPENDENCE)


@dataclass(frozen=True, slots=True)
class WeakFact:
    """A fact that an answer may rest on: why it is weak, and its sources.

    `id` is that of a rule's interaction, or `statement` in three words. `held` is False for a
    hypothesis that is switched off, which the trial switches on.
    """

    id: str
    label: str
    reason: str
    held: bool
    sources: tuple[str, ...]
    disputes: tuple[str, ...]
    statement: Triple | None = None

    @property
    def changes_rules(self) -> bool:
        """Whether it is a statement from which rules are made."""
        return self.statement is not None and self.statement[1] == P.EXCHANGE_DEPENDENCE

    def matters_to(self, genotype: Genotype) -> bool:
        """Whether a genotype has the allele of which something is stated."""
        if self.statement is None or self.statement[1] not in _OF_ALLELES:
            return True
        return any(self.statement[0] in allele.parts for allele in genotype.alleles)


def find_weak_facts(question: Question, evaluations: Sequence[Evaluation]) -> tuple[WeakFact, ...]:
    """Return the weak facts that take part in an answer, and the hypotheses that are off.

    `evaluations` are those of the question, one for each genotype.
    """
    found = (*_find_rules(question.network, evaluations), *_find_statements(question, evaluations))
    return tuple(sorted(found, key=lambda f: (REASONS.index(f.reason), f.id)))


def build_without(question: Question, genotype: Genotype, statements: Iterable[Triple]) -> Scenario:
    """Return the scenario of a genotype as it is without some statements."""
    less = retract(question.knowledge, statements)
    drugs = tuple(less.drugs[drug.name] for drug in question.drugs)
    return build_scenario(less, genotype, question.tissue, drugs)


def compile_without(network: Network, statement: Triple) -> Network:
    """Return the network as it is compiled without a statement."""
    knowledge = retract(network.knowledge, [statement])
    return build_signalling_network(knowledge, hypotheses=dict(network.hypotheses))


# -- rules ----------------------------------------------------------------------------------------


def _find_rules(network: Network, evaluations: Iterable[Evaluation]) -> Iterator[WeakFact]:
    """Return the weak interactions with a rule that fires, and the hypotheses that are off."""
    knowledge = network.knowledge
    live = {rule.interaction for evaluation in evaluations for rule in _find_live(evaluation)}
    on = dict(network.hypotheses)
    for interaction in knowledge.interactions:
        name = knowledge.node(interaction.hypothesis) if interaction.hypothesis else ""
        held = on.get(name, True)
        if held and interaction.id not in live:
            continue
        sources, disputed = _cite(knowledge, interaction.evidence), interaction.disputed
        reason = "hypothesis" if name else _weigh(sources, disputed)
        if reason:
            label = f"{interaction.label} ({name})" if name else interaction.label
            yield WeakFact(interaction.id, label, reason, held, sources, disputed)


def _find_live(evaluation: Evaluation) -> Iterator[Rule]:
    for rule in evaluation.rules:
        if any(evaluation.value(rule, phase) for phase in Phase):
            yield rule


def _cite(knowledge: Knowledge, evidence: Iterable[str]) -> tuple[str, ...]:
    known = (knowledge.evidence[e] for e in evidence if e in knowledge.evidence)
    return tuple(dict.fromkeys(e.citation or e.source for e in known))


def _weigh(sources: Sequence[str], disputed: Sequence[str]) -> str:
    """Return why a fact that is no hypothesis is weak, or an empty text."""
    return "disputed" if disputed else "single-source" if len(sources) < _ENOUGH else ""


# -- statements -----------------------------------------------------------------------------------


def _find_statements(question: Question, evaluations: Sequence[Evaluation]) -> Iterator[WeakFact]:
    """Return the weak statements on drugs, alleles and the tissue that decide inputs or rules."""
    knowledge = question.knowledge
    noted = find_axiom_evidence(knowledge)
    weak = {}
    for statement in _find_candidates(question):
        subject = statement[0]
        own = noted.get(statement) or knowledge.values(subject, P.SUPPORTED_BY)
        sources, disputed = _cite(knowledge, own), _find_disputes(knowledge, statement)
        if reason := _weigh(sources, disputed):
            label = phrase_fact(knowledge, statement).rstrip(".")
            if statement[2] in NAMED_FACTS:
                label = knowledge.label(subject)
            name = subject if statement[2] in NAMED_FACTS else " ".join(statement)
            weak[statement] = WeakFact(name, label, reason, True, sources, disputed, statement)
    for statement, fact in weak.items():
        if fact.changes_rules:
            takes_part = _makes_live_rule(question, evaluations, statement)
        else:
            others = [s for s, f in weak.items() if s != statement and not f.changes_rules]
            takes_part = _decides(question, fact, ()) or _decides(question, fact, others)
        if takes_part:
            yield fact


def _find_candidates(question: Question) -> Iterator[Triple]:
    """Return all statements on the given drugs, the alleles, and single facts of the tissue."""
    knowledge = question.knowledge
    tissue = knowledge.tissues[question.tissue].id if question.tissue else None
    named = {drug.id for drug in question.drugs if not drug.generic}
    alleles = {part for g in question.genotypes for a in g.alleles for part in a.parts}
    for term in sorted(named | alleles | set(knowledge.instances(C.WILD_TYPE_ALLELE))):
        yield from find_statements(knowledge, term)
    for cls in NAMED_FACTS:
        for fact in knowledge.instances(cls):
            if knowledge.value(fact, P.OF_TISSUE) == tissue:
                yield fact, TYPE, cls


def _find_disputes(knowledge: Knowledge, statement: Triple) -> tuple[str, ...]:
    """Return the contradictions that concern a fact: its subject, and of a drug also an object."""
    subject, prop, value = statement
    about = {value} | {found for _, found in find_consequences(knowledge, statement)}
    both_ends = prop not in _OF_ALLELES and value not in NAMED_FACTS
    return tuple(
        c.id
        for c in knowledge.contradictions
        if subject in c.concerns and (not both_ends or about.intersection(c.concerns))
    )


def _decides(question: Question, fact: WeakFact, gone: Iterable[Triple]) -> bool:
    """Whether a statement makes a difference to the inputs where others are gone."""
    gone = tuple(gone)
    assert fact.statement is not None
    for genotype in filter(fact.matters_to, question.genotypes):
        left = build_without(question, genotype, gone)
        less = build_without(question, genotype, (*gone, fact.statement))
        if (left.genotype, left.treatment) != (less.genotype, less.treatment):
            return True
    return False


def _makes_live_rule(
    question: Question, evaluations: Iterable[Evaluation], statement: Triple
) -> bool:
    """Whether a rule that fires is not there, or not the same, without a statement."""
    less = compile_without(question.network, statement)
    for evaluation in evaluations:
        alleles = evaluation.scenario.alleles
        if not any(statement[0] in allele.parts for allele in alleles):
            continue
        left = frozenset(extend_with_alleles(less, alleles).rules)
        if any(rule not in left for rule in _find_live(evaluation)):
            return True
    return False
