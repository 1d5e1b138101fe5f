"""What is asked of a tumour under drugs, resolved: genotypes, given drugs, and the goal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from krasbypass.fixpoint import Evaluation
from krasbypass.knowledge import Knowledge
from krasbypass.model import Drug, Level, Phase
from krasbypass.network import Network
from krasbypass.routes import evaluate_tumour
from krasbypass.routes.chains import build_derivation_graph
from krasbypass.scenario import (
    Genotype,
    Scenario,
    name_change,
    resolve_drugs,
    resolve_genotypes,
)
from krasbypass.screen import Goal
from krasbypass.tumour import Tumour


@dataclass(frozen=True)
class Question:
    """A tumour under given drugs, resolved: its genotypes clone by clone, and the goal."""

    network: Network = field(repr=False)
    tumour: Tumour
    tissue: str | None
    drugs: tuple[Drug, ...]
    genotypes: tuple[Genotype, ...] = field(repr=False)
    goal: Goal

    @property
    def knowledge(self) -> Knowledge:
        """What the network was compiled from."""
        return self.network.knowledge

    @property
    def drug_names(self) -> tuple[str, ...]:
        """Preferred names of the given drugs."""
        return tuple(drug.name for drug in self.drugs)

    @property
    def written(self) -> tuple[str, ...]:
        """The tumour's alterations in preferred spelling."""
        entries = (name_change(self.knowledge, c) for clone in self.tumour.clones for c in clone)
        return tuple(dict.fromkeys(entries))

    @cached_property
    def alterations(self) -> tuple[str, ...]:
        """Nodes of all alterations and contexts of the tumour."""
        nodes = (
            (*(a.node for a in genotype.alterations), *genotype.contexts)
            for genotype in self.genotypes
        )
        return tuple(dict.fromkeys(chain.from_iterable(nodes)))


def default_outputs(network: Network, tumour: Tumour) -> tuple[str, ...]:
    """Return the outputs that a goal covers unless others are named.

    Those that the ontology shows by default, and those that it shows when a lesion or context
    holds them: a way leads from it to the output at full that no default output shares.
    """
    activities = [network.activities[o] for o in network.outputs]
    default = tuple(a.node for a in activities if a.default)
    candidates = [a.node for a in activities if a.when_held and not a.default]
    evaluations = [e for group in evaluate_tumour(network, tumour, distinct=True) for e in group]
    held = {o for e in evaluations for o in candidates if _is_held(e, o, default)}
    return (*default, *(o for o in candidates if o in held))


def _is_held(evaluation: Evaluation, output: str, others: Iterable[str]) -> bool:
    """Whether a lesion or context keeps an output at full without the pathways of `others`."""
    import networkx as nx

    if evaluation.level(output, Phase.BASELINE) is not Level.FULL:
        return False
    graph = build_derivation_graph(evaluation, Phase.BASELINE)
    full = nx.subgraph_view(
        graph, filter_edge=lambda a, b: graph.edges[a, b]["rank"][0] is Level.FULL
    )
    shared = {n for other in others if other in full for n in nx.ancestors(full, other)}
    scenario = evaluation.scenario
    lesions = {n for n in scenario.genotype if n in full and _is_lesion(scenario, n)}
    own = full.subgraph((set(full) - shared - set(others)) | lesions)
    return output in own and any(nx.has_path(own, lesion, output) for lesion in lesions)


def _is_lesion(scenario: Scenario, node: str) -> bool:
    return node in scenario.alterations or node.startswith("context:")


def resolve_question(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    outputs: Iterable[str] | None = None,
    target: str = "suppress",
) -> Question:
    """Return the question with every name understood; without outputs, of the default ones.

    Raises
    ------
    KrasbypassError
        A name is unknown or an alteration has no effect that the ontology knows.
    """
    knowledge = network.knowledge
    tissue = knowledge.find_tissue(tumour.tissue)
    chosen = default_outputs(network, tumour) if outputs is None else network.find_outputs(outputs)
    return Question(
        network,
        tumour,
        tissue.name if tissue else None,
        resolve_drugs(knowledge, drugs),
        tuple(g for clone in tumour.clones for g in resolve_genotypes(knowledge, clone)),
        Goal.parse(target, chosen),
    )
