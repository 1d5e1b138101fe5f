"""What a picture of one answer shows: nodes, edges and drugs, with their texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import wrap

from krasbypass.alleles import state_node
from krasbypass.answers import RoutesAnswer
from krasbypass.fixpoint import Evaluation
from krasbypass.knowledge import Knowledge
from krasbypass.model import Level, LiteralKind, Phase, Rule
from krasbypass.routes import find_blocked_nodes
from krasbypass.routes.chains import build_derivation_graph
from krasbypass.terms import cite
from krasbypass.vocabulary import C

GLYPHS = {Level.FULL: "●", Level.ATTENUATED: "◐", Level.OFF: "○"}
#: Roles whose label stands outside their shape.
SOURCES = ("alteration", "tone", "relief")
_REACH = 34.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A node as it is drawn; `width` leaves room for its label, `left` and `right` for drugs."""

    id: str
    label: str
    role: str
    level: Level
    title: str
    layer: float
    width: float
    left: float = 0
    right: float = 0


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as it is drawn."""

    source: str
    target: str
    kind: str
    title: str
    bar: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Pill:
    """A drug in one layer, with the lines to what it hits there; beside `host`, if it has one."""

    id: str
    label: str
    title: str
    layer: float
    host: str
    side: int
    lines: tuple[Line, ...]

    @property
    def width(self) -> float:
        """Room for the label."""
        return len(self.label) * 6.9 + 20


class Scene:
    """Nodes (`dots`), edges (`lines`) and drugs (`pills`) of one evaluation."""

    def __init__(
        self, knowledge: Knowledge, answer: RoutesAnswer, evaluation: Evaluation, phase: Phase
    ) -> None:
        self.knowledge, self.evaluation, self.phase = knowledge, evaluation, phase
        self.interactions = {i.id: i for i in knowledge.interactions}
        self.on_open = {(s.source, s.target) for r in answer.routes for s in r.steps}
        self.on_residual = {(s.source, s.target) for r in answer.residual for s in r.steps}
        genotype = evaluation.scenario.genotype
        known = {*knowledge.alterations, *knowledge.contexts}
        known |= {a.node for a in evaluation.scenario.alleles}
        self.states = {state_node(a) for a in evaluation.scenario.alleles}
        self.alterations = {n for n in genotype if n in known}
        self.blocked = find_blocked_nodes(evaluation.scenario)
        self.steps = self.find_steps()
        self.conditions = self.find_conditions()
        nodes = self.find_nodes()
        layers = self.find_layers(nodes)
        self.pills = self.find_pills(nodes, layers)
        room = {(p.host, p.side): p.width + _REACH for p in self.pills}
        self.dots = [
            self.make_dot(n, layers[n], room.get((n, 0), 0), room.get((n, 1), 0))
            for n in sorted(nodes)
        ]
        self.lines = [line for line in self.make_lines() if {line.source, line.target} <= nodes]

    def find_steps(self) -> dict[tuple[str, str], tuple[str, Rule]]:
        """Return the class and the strongest rule of each pair that fires now or fired before."""
        steps: dict[tuple[str, str], tuple[str, Rule]] = {}
        for phase in dict.fromkeys((Phase.BASELINE, self.phase)):
            graph = build_derivation_graph(self.evaluation, phase)
            for source, target in graph.edges:
                rule: Rule = graph.edges[source, target]["rule"]
                kind = self.classify(source, rule) if phase is self.phase else "closed"
                steps[source, target] = (kind, rule)
        return {key: steps[key] for key in sorted(steps) if key[0] != key[1]}

    def classify(self, source: str, rule: Rule) -> str:
        """Return the class of a rule that fires: by the routes it is on, else by its level."""
        pair = (source, rule.target)
        full = self.evaluation.value(rule, self.phase) is Level.FULL
        if self.phase is Phase.ADAPTED and pair in self.on_open | self.on_residual:
            full = pair in self.on_open
        return "open" if full else "attenuated"

    def find_conditions(self) -> dict[tuple[str, str], Rule]:
        """Return what steps need beside their driver, where a drug or an alteration touched it."""
        found = {}
        touched = self.find_touched()
        for rule in (r for r in self.evaluation.rules if any(self.values(r))):
            for literal in rule.literals:
                key = (literal.node, rule.target)
                if literal.is_relief or literal.kind is LiteralKind.NOT or key in self.steps:
                    continue
                if literal.node in touched and key[0] != key[1]:
                    found[key] = rule
        return found

    def find_touched(self) -> set[str]:
        """Return what a drug or an alteration bears on, and all that follows from it."""
        inputs = {n for n in self.evaluation.scenario.treatment if self.evaluation.level(n)}
        touched = self.alterations | inputs
        before = -1
        while before != len(touched):
            before = len(touched)
            for rule in self.evaluation.rules:
                if any(lit.node in touched for lit in rule.literals if not lit.is_relief):
                    touched.add(rule.target)
        return touched

    def find_nodes(self) -> set[str]:
        """Return nodes on the way to an output, alterations, and what a drug hits."""
        before: dict[str, set[str]] = defaultdict(set)
        for source, target in (*self.steps, *self.conditions):
            before[target].add(source)
        live = {n for n in self.knowledge.outputs if before[n]}
        todo = sorted(live)
        while todo:
            new = before[todo.pop()] - live
            live |= new
            todo += sorted(new)
        hit = {n for n in self.blocked if n in self.knowledge.activities}
        derived = {r.target for r in self.evaluation.rules}
        nodes = live | (hit & derived) | self.alterations
        return {n for n in nodes if not n.startswith(("occupied:", "spare:", "engaged", "tissue:"))}

    def find_layers(self, nodes: set[str]) -> dict[str, float]:
        """Return heights: the ontology's, else one above what is fed or below what feeds."""
        layers: dict[str, float] = {}
        for node in nodes:
            activity = self.knowledge.activities.get(node)
            if self.role(node) in ("tone", "relief"):
                layers[node] = 0
            elif activity is not None and activity.layer is not None:
                layers[node] = activity.layer
        edges = [e for e in (*self.steps, *self.conditions) if set(e) <= nodes]
        for _ in nodes:
            for node in sorted(nodes - layers.keys()):
                below = [layers[t] for s, t in edges if s == node and t in layers]
                above = [layers[s] for s, t in edges if t == node and layers.get(s, 0) > 0]
                if below or above:
                    layers[node] = max(min(below) - 1, 0) if below else max(above) + 1
                    break
        return {node: layers.get(node, 0) for node in nodes}

    def find_pills(self, nodes: set[str], layers: Mapping[str, float]) -> list[Pill]:
        """Return the drugs at the nodes that they hit: beside one node, or above several."""
        scenario = self.evaluation.scenario
        hits: dict[tuple[str, float], list[Line]] = defaultdict(list)
        for node in sorted(self.blocked.keys() & nodes):
            for drug in self.blocked[node]:
                level = max(scenario.treatment.get(f"engaged_{f}:{node}", 0) for f in ("off", "on"))
                part = "" if level == Level.FULL else " in part"
                text = f"{drug} blocks {self.name(node)}{part}"
                hits[drug, layers[node]].append(Line(drug, node, "drug", text, True, bool(part)))
        for (source, target), (kind, rule) in self.steps.items():
            for drug in scenario.blame.get(source, ()) if target in nodes else ():
                text = self.line_title(rule, kind, drug)
                hits[drug, layers[target]].append(Line(drug, target, kind, text))
        beside: dict[str, int] = defaultdict(int)
        pills = []
        for (drug, layer), lines in sorted(hits.items()):
            host = lines[0].target if len({line.target for line in lines}) == 1 else ""
            side = beside[host]
            beside[host] += 1
            at = host if host and side < 2 else ""
            mechanism = self.knowledge.drugs[drug].mechanism
            name = f"drug:{drug}:{layer:g}"
            above = layer if at else layer - 0.5
            pills.append(Pill(name, drug, mechanism, above, at, side, tuple(lines)))
        return pills

    # -- texts ----------------------------------------------------------------------------------

    def role(self, node: str) -> str:
        """Return what a node is in the picture."""
        if node in self.alterations:
            return "alteration"
        if node.startswith(("relief:", "tone:")):
            return node.partition(":")[0]
        activity = self.knowledge.activities.get(node)
        if activity is None:
            return "state" if node in self.states else "activity"
        if C.ACTIVE_STATE in self.knowledge.classes(activity.id):
            return "state"
        if any(C.RECEPTOR in self.knowledge.classes(gene) for gene in activity.genes):
            return "receptor"
        return "output" if activity.is_output else "activity"

    def name(self, node: str) -> str:
        """Return how a node is written."""
        activity = self.knowledge.activities.get(node)
        prefix, _, rest = node.partition(":")
        if prefix in ("relief", "tone"):
            return f"relief of {rest}" if prefix == "relief" else f"{rest} tone"
        return activity.label if activity else rest if prefix == "present" else node

    def levels(self, node: str) -> tuple[Level, ...]:
        """Return the levels of a node in the three phases."""
        prefix, _, rest = node.partition(":")
        if prefix == "relief":
            return tuple(self.evaluation.relief[p].get(rest, Level.OFF) for p in Phase)
        return tuple(self.evaluation.level(node, p) for p in Phase)

    def values(self, rule: Rule) -> tuple[Level, ...]:
        """Return what a rule gives in the three phases."""
        return tuple(self.evaluation.value(rule, p) for p in Phase)

    def make_dot(self, node: str, layer: float, left: float, right: float) -> Dot:
        """Return a node with its texts."""
        role, levels = self.role(node), self.levels(node)
        level = levels[list(Phase).index(self.phase)]
        outside = role in SOURCES
        glyphs = "".join(GLYPHS[x] for x in levels)
        text = self.name(node) + ("" if role in ("alteration", "tone") else f" {glyphs}")
        rows = wrap(text, 22, break_long_words=False)
        width = max(map(len, rows)) * 6.4 + (8 if outside else 20)
        title = f"{self.name(node)}\n{node}\n{_course(levels)}"
        return Dot(node, "\n".join(rows), role, level, title, layer, width, left, right)

    def line_title(self, rule: Rule, kind: str, source: str = "") -> str:
        """Return what hovering over an edge says."""
        interaction = self.interactions.get(rule.interaction)
        rows = [f"{source or self.name(rule.source)} → {self.name(rule.target)} ({kind})"]
        rows += [interaction.label] if interaction else []
        rows += [_course(self.values(rule)), f"rule {rule.id}: {rule}"]
        if interaction and interaction.evidence:
            rows += ["Evidence", *(f"• {cite(self.knowledge, e)}" for e in interaction.evidence)]
        for dispute in self.knowledge.contradictions:
            if interaction and dispute.id in interaction.disputed:
                rows += [f"Disputed: {dispute.label}", f"Read here as: {dispute.reading}"]
        return "\n".join(rows)

    def make_lines(self) -> Iterable[Line]:
        """Yield the edges, the weightier classes last."""
        for (source, target), rule in sorted(self.conditions.items()):
            text = self.line_title(rule, "condition", self.name(source))
            yield Line(source, target, "condition", text)
        for (source, target), (kind, rule) in self.steps.items():
            yield Line(source, target, kind, self.line_title(rule, kind))
        for rule in self.evaluation.rules:
            for literal in rule.literals:
                if literal.kind is LiteralKind.NOT and literal.node in self.alterations:
                    text = f"{literal.node} takes {self.name(rule.target)} away"
                    yield Line(literal.node, rule.target, "condition", text, bar=True)


def _course(levels: Iterable[Level]) -> str:
    """Return levels of the three phases as one line.

    >>> _course((Level.FULL, Level.OFF, Level.ATTENUATED))
    'baseline full, acute off, adapted attenuated'
    """
    return ", ".join(f"{p} {level.label}" for p, level in zip(Phase, levels, strict=True))
