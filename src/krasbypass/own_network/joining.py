"""The statements of a file as a network: nodes named, drugs and outputs set, rules made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from krasbypass.alleles import has_state, state_node
from krasbypass.errors import UnknownTermError, plain_key
from krasbypass.knowledge import Knowledge
from krasbypass.model import (
    Activity,
    Alteration,
    Drug,
    Gene,
    Interaction,
    Level,
    Literal,
    LiteralKind,
    Rule,
    engaged_on,
)
from krasbypass.network import Network, check_stratified
from krasbypass.own_network.config import NetworkConfig
from krasbypass.own_network.layers import find_layers
from krasbypass.own_network.own_knowledge import OwnFacts, OwnKnowledge
from krasbypass.own_network.rules import PREFIX, OwnRules, act, build_rules, loss, make_rule
from krasbypass.own_network.statements import NetworkFileError, OwnGraph, say_count
from krasbypass.vocabulary import C, P

#: Nodes without a way on that are taken for outputs where none is named.
MOST_SINKS = 20
#: Nodes of the largest network that gets heights as a whole; of larger ones, parts are drawn.
MOST_LAYERED = 300


def join_network(
    graph: OwnGraph,
    config: NetworkConfig,
    knowledge: Knowledge,
    base: Network | None,
    name: str,
) -> Network:
    """Return the network of `graph`, on top of `base` where the configuration says so.

    `knowledge` names tissues and carries what every answer says; `name` stands in answers for
    the file.
    """
    return _Joiner(graph, config, knowledge, base if config.merge else None).join(name)


class _Joiner:
    def __init__(
        self, graph: OwnGraph, config: NetworkConfig, knowledge: Knowledge, base: Network | None
    ) -> None:
        self.config, self.knowledge, self.base = config, knowledge, base
        self.genes_by_key = self.index_genes()
        self.packaged = frozenset({*base.targets, *base.activities}) if base else frozenset()
        self.names = self.name_nodes(graph.nodes)
        self.graph = self.rename(graph)
        self.own = tuple(n for n in self.graph.nodes if n not in self.packaged)
        self.gene_of = {node: self.find_gene_id(node) for node in self.own}
        self.sources = self.find_sources()
        self.outputs = self.find_outputs()

    def join(self, name: str) -> Network:
        drugs = self.make_drugs()
        base_rules = self.limit_packaged(drugs)
        own = build_rules(
            self.graph, self.own, packaged=base_rules, sources=(node for node, _ in self.sources)
        )
        bridges = self.bridge_alleles()
        rules = (*base_rules, *own.rules, *(rule for rule, _ in bridges))
        facts = OwnFacts(
            name=name,
            notes=self.make_notes(own),
            merged=self.base is not None,
            activities=self.make_activities(own),
            genes=self.make_genes(),
            alterations=self.make_alterations(),
            interactions=(*own.interactions, *(i for _, i in bridges)),
            drugs=drugs,
            outputs=self.outputs,
            sources=tuple((act(node), level) for node, level in self.sources),
        )
        known = OwnKnowledge(self.knowledge.index, self.knowledge.derived, own=facts)
        ordered = tuple(sorted(rules, key=lambda rule: rule.id))
        check_stratified(ordered)
        return Network(
            known,
            ordered,
            known.outputs,
            self.base.hypotheses if self.base else (),
            self.base.alleles if self.base else (),
        )

    # -- names ----------------------------------------------------------------------------------

    def index_genes(self) -> Mapping[str, Gene]:
        if self.base is None:
            return {}
        genes = self.knowledge.genes.values()
        index = {plain_key(name): gene for gene in genes for name in gene.names}
        return index | {plain_key(gene.symbol): gene for gene in genes}

    def name_nodes(self, nodes: Iterable[str]) -> Mapping[str, str]:
        """Return the name in the network of each node of the file."""
        names: dict[str, str] = {}
        taken = set(self.packaged)
        for node in nodes:
            packaged = self.find_packaged(node)
            if packaged is not None:
                names[node] = packaged
                continue
            # a colon divides a node from what is said of it, so that names have none
            plain = base = node.replace(":", ".")
            number = 2
            while plain in taken:
                plain, number = f"{base}_{number}", number + 1
            taken.add(plain)
            names[node] = plain
        for node in self.config.names:
            if node not in names:
                raise UnknownTermError("node of the file", node, names)
        return names

    def find_packaged(self, node: str) -> str | None:
        """Return the packaged node that a node of the file stands for.

        The configuration decides; else a node of that name, or the only activity of the gene.
        """
        if self.base is None:
            return None
        chosen = self.config.names.get(node)
        if chosen is not None:
            if chosen not in self.packaged:
                raise UnknownTermError("node", chosen, self.packaged)
            return chosen
        if node in self.packaged:
            return node
        gene = self.genes_by_key.get(plain_key(node))
        if gene is None or len(gene.activities) != 1:
            return None
        return gene.activities[0]

    def rename(self, graph: OwnGraph) -> OwnGraph:
        names = self.names
        if all(old == new for old, new in names.items()):
            return graph
        statements = dict.fromkeys(
            replace(
                s,
                target=names[s.target],
                literals=tuple(replace(lit, node=names[lit.node]) for lit in s.literals),
            )
            for s in graph.statements
        )
        restraints: dict[str, dict[str, None]] = defaultdict(dict)
        for target, found in graph.restraints.items():
            restraints[names[target]].update((names[n], None) for n in found)
        return replace(
            graph,
            # isoforms that one node stands for do not drive each other
            statements=tuple(s for s in statements if s.target not in {x.node for x in s.literals}),
            nodes=tuple(dict.fromkeys(names.values())),
            restraints={t: tuple(n for n in found if n != t) for t, found in restraints.items()},
        )

    def find_name(self, what: str, text: str) -> str:
        """Return the node that the configuration or an option means."""
        found = self.names.get(text) or (text if text in self.packaged else None)
        if found is None:
            by_case = {n.casefold(): n for n in (*self.packaged, *self.graph.nodes)}
            found = by_case.get(text.casefold())
        if found is None:
            raise UnknownTermError(what, text, (*self.graph.nodes, *self.packaged))
        return found

    def find_gene_id(self, node: str) -> str:
        gene = self.genes_by_key.get(plain_key(node))
        return gene.id if gene is not None else PREFIX + node

    # -- what the configuration says ------------------------------------------------------------

    def find_sources(self) -> tuple[tuple[str, Level], ...]:
        """Return what is on in every question: as configured, or as the file's constants say."""
        levels: dict[str, Level] = {}
        for statement in self.graph.statements:
            if not statement.literals:
                levels[statement.target] = max(
                    statement.strength, levels.get(statement.target, Level.OFF)
                )
        for text, level in self.config.sources.items():
            levels[self.find_name("source", text)] = level
        return tuple(levels.items())

    def find_outputs(self) -> tuple[str, ...]:
        named = tuple(self.find_name("output", text) for text in self.config.outputs)
        if named or self.base is not None:
            return tuple(dict.fromkeys(named))
        read = {lit.node for s in self.graph.statements for lit in s.literals}
        read |= {n for found in self.graph.restraints.values() for n in found}
        raised = dict.fromkeys(s.target for s in self.graph.statements)
        sinks = tuple(node for node in raised if node not in read)
        if not 0 < len(sinks) <= MOST_SINKS:
            found = f"{len(sinks)} nodes" if sinks else "no node"
            raise NetworkFileError(
                self.graph.file,
                f"name the outputs (in the configuration, or by --output), since {found} of the "
                "file feed nothing further",
            )
        return sinks

    def make_drugs(self) -> Mapping[str, Drug]:
        packaged = self.knowledge.drugs if self.base is not None else {}
        taken = {plain_key(n) for d in packaged.values() for n in (*d.names, d.name)}
        drugs: dict[str, Drug] = {}
        for node in self.own:
            name = f"inhibitor:{node}"
            known = packaged.get(name)
            if known is not None:
                drugs[name] = replace(known, engages=(*known.engages, (node, Level.FULL)))
                continue
            drugs[name] = Drug(
                PREFIX + name, name, f"inhibitor of {node}", _GENERIC, True, ((node, Level.FULL),)
            )
        for name, targets in self.config.drugs.items():
            if "," in name or not name.strip():
                raise NetworkFileError(self.graph.file, f"{name!r} cannot be a drug's name")
            found = {self.find_name("drug target", t): level for t, level in targets.items()}
            if plain_key(name) in taken:
                what = f"the drug {name!r} is known already; give yours another name"
                raise NetworkFileError(self.graph.file, what)
            mechanism = f"inhibitor of {', '.join(found)}"
            engages_now = tuple(sorted(found.items()))
            drugs[name] = Drug(PREFIX + name, name, mechanism, _NAMED, False, engages_now)
        return drugs

    # -- typed facts ----------------------------------------------------------------------------

    def make_notes(self, own: OwnRules) -> tuple[str, ...]:
        if not self.graph.nodes:
            return ()
        how = "merged with the packaged network" if self.base is not None else "read alone"
        notes = [
            f"{self.graph.file} was {how}.",
            *(f"{n[0].upper()}{n[1:]}." for n in self.graph.notes),
        ]
        if own.brakes:
            some = say_count(
                own.brakes,
                "inhibition stands on or behind a loop and blocks",
                "inhibitions stand on or behind a loop and block",
            )
            notes.append(f"{some} only where the question sets the inhibitor.")
        return tuple(notes)

    def make_activities(self, own: OwnRules) -> Mapping[str, Activity]:
        layers = self.find_layers()
        outputs = frozenset(self.outputs)
        found = {
            node: Activity(
                id=PREFIX + node, node=node, label=node, layer=layers.get(node),
                genes=(self.gene_of[node],), is_output=node in outputs, default=node in outputs,
                when_held=False, route_kind=None, masks_tone=False,
            )
            for node in self.own
        }  # fmt: skip
        for node in outputs & self.packaged:
            known = self.knowledge.activities.get(node) or _describe(node)
            found[node] = replace(known, is_output=True, default=True)
        for node in own.helpers:
            prefix, _, rest = node.partition(":")
            label = f"{rest} off" if prefix == "off" else f"no inhibitor of {rest}"
            found[node] = replace(_describe(node), label=label)
        return found

    def find_layers(self) -> Mapping[str, int]:
        """Return heights, where the network is small enough to be drawn whole and alone."""
        if self.base is not None or len(self.own) > MOST_LAYERED:
            return {}
        edges = [
            (literal.node, statement.target)
            for statement in self.graph.statements
            for literal in statement.literals
        ]
        fed = {target for _, target in edges}
        roots = [node for node, _ in self.sources]
        roots += [node for node in self.own if node not in fed]
        return find_layers(edges, roots)

    def make_genes(self) -> Mapping[str, Gene]:
        known = self.knowledge.genes if self.base is not None else {}
        return {
            term: Gene(term, node, (), frozenset(), None, (node,), False, False)
            for node, term in self.gene_of.items()
            if term not in known
        }

    def make_alterations(self) -> Mapping[str, Alteration]:
        found: dict[str, Alteration] = {}
        for node, gene in self.gene_of.items():
            for name, kind in ((act(node), "act"), (loss(node), "loss")):
                term = PREFIX + name
                found[name] = Alteration(term, name, gene, kind, frozenset(), (term,))
        for node, _ in self.sources:
            name = act(node)
            if name not in found:
                term = PREFIX + name
                found[name] = Alteration(term, name, PREFIX + node, "act", frozenset(), (term,))
        return found

    # -- where the packaged network is touched --------------------------------------------------

    def limit_packaged(self, drugs: Mapping[str, Drug]) -> tuple[Rule, ...]:
        """Return the packaged rules, drugs of the configuration able to block what they target."""
        if self.base is None:
            return ()
        read = {literal.node for rule in self.base.rules for literal in rule.literals}
        targets = {node for name in self.config.drugs for node, _ in drugs[name].engages}
        new = {node for node in targets & self.packaged if engaged_on(node) not in read}
        return tuple(
            replace(
                rule,
                literals=(*rule.literals, Literal(engaged_on(rule.target), LiteralKind.NOT)),
            )
            if rule.target in new
            else rule
            for rule in self.base.rules
        )

    def bridge_alleles(self) -> list[tuple[Rule, Interaction]]:
        """Let the states of a gene's alleles raise the node that the file has for the gene."""
        if self.base is None:
            return []
        nodes = {gene: node for node, gene in self.gene_of.items()}
        states = {
            (a.gene, state_node(a)) for a in self.knowledge.alterations.values() if has_state(a)
        }
        states |= {
            (self.knowledge.value(term, P.ALLELE_OF) or "", self.knowledge.node(state))
            for term in self.knowledge.instances(C.WILD_TYPE_ALLELE)
            for state in self.knowledge.values(term, P.HAS_STATE)
        }
        made = []
        for gene, state in sorted(states):
            if gene in nodes and state in self.packaged:
                node = nodes[gene]
                literals = tuple(
                    Literal(name, LiteralKind.NOT) for name in (loss(node), engaged_on(node))
                )
                name = f"{PREFIX}{state}/{node}"
                made.append(
                    make_rule(name, (Literal(state), *literals), node, f"{state} is {node} active")
                )
        return made


def _describe(node: str) -> Activity:
    """Return a node of which nothing but the name is known."""
    return Activity(PREFIX + node, node, node, None, (), False, False, False, None, False)


_GENERIC = frozenset({C.GENERIC_INHIBITOR})
_NAMED = frozenset({C.DRUG})
