"""Other tools as witnesses: they read what we export and find the levels that we find."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings

import builders
from krasbypass import Knowledge, Network, Tumour
from krasbypass.errors import KrasbypassError
from krasbypass.export import export_network
from krasbypass.export.bnet import render_bnet
from krasbypass.export.logic import build_scenario_logic
from krasbypass.fixpoint import Evaluation, evaluate, find_relief, solve
from krasbypass.model import SPARE, TONE_UNMASKED, Level, LiteralKind, Phase
from krasbypass.scenario import Scenario, resolve_scenarios

aeon = pytest.importorskip("biodivine_aeon")
libsbml = pytest.importorskip("libsbml")

CRC = ("CRC", ["KRAS:G12C"], ["sotorasib"])
#: Questions with partial engagement, overload, paradoxical activation, composed alleles, rebound.
QUESTIONS = (
    CRC,
    ("NSCLC", ["KRAS:G12C", "MET:amp"], ["sotorasib", "TNO155"]),
    ("PDAC", ["KRAS:G12D", "CDKN2A:loss"], ["MRTX1133", "trametinib"]),
    ("melanoma", ["BRAF:V600E"], ["dabrafenib"]),
    ("NSCLC", ["KRAS:G12C+R68S", "NF1:loss"], ["adagrasib", "RMC-6236"]),
    ("any", ["NRAS:Q61K"], ["dabrafenib"]),
)


# -- what is read back from a file ----------------------------------------------------------------


@dataclass(frozen=True)
class Peer:
    """A `.bnet` as AEON reads it, its variables by node and threshold."""

    network: Any
    graph: Any
    variables: Mapping[tuple[str, int], Any]

    @property
    def nodes(self) -> frozenset[str]:
        return frozenset(node for node, _ in self.variables)

    def solve(self, inputs: Mapping[str, int], open_inputs: Iterable[str] = ()) -> dict[str, int]:
        """Return the levels that follow from the inputs; what stays undecided is off.

        Percolation settles all that every fixpoint agrees on. What it leaves is loops that may
        keep themselves on, so that reading them as off gives the least of the fixpoints.
        """
        given = {
            self.variables[node, t]: inputs.get(node, 0) >= t
            for node in open_inputs
            for t in (1, 2)
        }
        settled = aeon.Percolation.percolate_subspace(self.graph, given)
        return self._levels(lambda variable: settled.get(variable, False))

    def find_undecided(self) -> set[str]:
        settled = aeon.Percolation.percolate_subspace(self.graph, {})
        return {node for (node, _), variable in self.variables.items() if variable not in settled}

    def find_fixpoints(self) -> list[dict[str, int]]:
        found = aeon.FixedPoints.symbolic(self.graph, self.graph.mk_unit_colored_vertices())
        return [
            self._levels(lambda variable, state=state: state[variable])
            for state in (model.to_dict() for model in found.vertices())
        ]

    def _levels(self, is_on: Any) -> dict[str, int]:
        found = {
            n: max((t for t in (1, 2) if is_on(self.variables[n, t])), default=0)
            for n in self.nodes
        }
        return {node: level for node, level in found.items() if level}


def read_bnet(text: str, *, infer: bool = False) -> Peer:
    """Read a file; `infer` lets AEON drop regulators without effect, which it refuses else."""
    network = aeon.BooleanNetwork.from_bnet(text)
    network = network.infer_valid_graph() if infer else network
    by_name = {network.get_variable_name(v): v for v in network.variables()}
    places = re.findall(r"^# level: (\w+) = (.*) >= ([12])$", text, re.MULTILINE)
    variables = {(node, int(t)): by_name[name] for name, node, t in places}
    assert len(variables) == network.variable_count()
    return Peer(network, aeon.AsynchronousGraph(network), variables)


def read_sbml(text: str) -> Any:
    """Return a document without any error, or warning, of libSBML's consistency check."""
    document = libsbml.readSBMLFromString(text)
    document.checkConsistency()
    log = [document.getError(i).getMessage() for i in range(document.getNumErrors())]
    assert log == []
    return document


def booleanise(document: Any) -> str:
    """Return a model of three levels as `.bnet`, from nothing but its species and transitions."""
    qual = document.getModel().getPlugin("qual")
    species = [qual.getQualitativeSpecies(i) for i in range(qual.getNumQualitativeSpecies())]
    lines, rules = [], []
    terms: dict[str, list[Any]] = {}
    for i in range(qual.getNumTransitions()):
        transition = qual.getTransition(i)
        assert transition.getDefaultTerm().getResultLevel() == 0
        target = transition.getOutput(0).getQualitativeSpecies()
        terms[target] = [
            transition.getFunctionTerm(j) for j in range(transition.getNumFunctionTerms())
        ]
    for one in species:
        assert one.getMaxLevel() == 2
        for t in (1, 2):
            lines.append(f"# level: {one.getId()}_b{t} = {one.getName()} >= {t}")
            if one.getConstant():
                value = str(int(one.getInitialLevel() >= t))
            else:
                assert one.getInitialLevel() == 0
                parts = [
                    write_formula(term.getMath())
                    for term in terms[one.getId()]
                    if term.getResultLevel() >= t
                ]
                value = " | ".join(parts) or "0"
            rules.append(f"{one.getId()}_b{t}, {value}")
    return "\n".join([*lines, "targets, factors", *rules])


def write_formula(math: Any) -> str:
    children = [math.getChild(i) for i in range(math.getNumChildren())]
    kind = math.getType()
    if kind in (libsbml.AST_RELATIONAL_GEQ, libsbml.AST_RELATIONAL_LT):
        species, threshold = children
        sign = "" if kind == libsbml.AST_RELATIONAL_GEQ else "!"
        return f"{sign}{species.getName()}_b{threshold.getInteger()}"
    if kind == libsbml.AST_LOGICAL_NOT:
        return f"!({write_formula(children[0])})"
    joined = {libsbml.AST_LOGICAL_AND: " & ", libsbml.AST_LOGICAL_OR: " | "}[kind]
    return "(" + joined.join(map(write_formula, children)) + ")"


def find_levels(evaluation: Evaluation, phase: Phase, nodes: Iterable[str]) -> dict[str, int]:
    """Return our levels, and reliefs, of the nodes of a file."""
    relief = {f"relief:{n}": level for n, level in evaluation.relief[phase].items()}
    levels = {**evaluation.levels[phase], **relief}
    return {node: int(levels[node]) for node in nodes if levels.get(node)}


def draw_scenarios(knowledge: Knowledge, count: int, *, seed: int) -> list[Scenario]:
    rng = random.Random(seed)
    alterations = [*sorted(knowledge.alterations), *knowledge.contexts]
    drugs, tissues = sorted(knowledge.drugs), [*sorted(knowledge.tissues), "any"]
    found: list[Scenario] = []
    while len(found) < count:
        some = rng.sample(alterations, rng.randint(0, 4))
        try:
            tumour = Tumour.parse(rng.choice(tissues), some)
            given = resolve_scenarios(knowledge, tumour, rng.sample(drugs, rng.randint(0, 3)))
        except KrasbypassError:
            continue  # names of alleles that no user writes, such as the wild type
        found.append(rng.choice(given))
    return found


def evaluate_question(network: Network, question: tuple[str, list[str], list[str]]) -> Evaluation:
    tissue, alterations, drugs = question
    tumour = Tumour.parse(tissue, alterations)
    return evaluate(network, resolve_scenarios(network.knowledge, tumour, drugs)[0])


# -- the real network ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def peer(network: Network) -> Peer:
    return read_bnet(export_network(network, "bnet"))


def test_aeon_finds_our_levels_in_every_phase_of_random_scenarios(
    network: Network, knowledge: Knowledge, peer: Peer
) -> None:
    """AEON solves each phase of the file itself, tone and reliefs included."""
    inputs = peer.nodes - network.targets
    masks = [a.node for a in network.activities.values() if a.masks_tone]
    reliefs = 0
    for scenario in draw_scenarios(knowledge, 80, seed=11):
        before = {n: 2 for n in inputs if n.startswith(SPARE)} | dict(scenario.genotype)
        baseline = peer.solve(before, inputs)
        if not any(baseline.get(node) == 2 for node in masks):
            before[TONE_UNMASKED] = 2
            baseline = peer.solve(before, inputs)
        under = before | dict(scenario.treatment)
        acute = peer.solve(under, inputs)
        fallen = {f"relief:{n}": level - acute.get(n, 0) for n, level in baseline.items()}
        relief = {node: fall for node, fall in fallen.items() if fall > 0 and node in inputs}
        adapted = peer.solve(under | relief, inputs)
        reliefs += bool(relief)
        ours = evaluate(network, scenario)
        for phase, found in zip(Phase, (baseline, acute, adapted), strict=True):
            assert found == find_levels(ours, phase, peer.nodes), (scenario, phase)
    assert reliefs > 10


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_aeon_finds_our_levels_in_a_file_of_each_phase(
    network: Network, question: tuple[str, list[str], list[str]]
) -> None:
    tissue, alterations, drugs = question
    tumour = Tumour.parse(tissue, alterations)
    evaluation = evaluate_question(network, question)
    for phase in Phase:
        text = export_network(network, "bnet", tumour=tumour, drugs=drugs, phase=phase)
        exported = read_bnet(text)
        want = find_levels(evaluation, phase, exported.nodes)
        assert exported.solve({}) == want
        assert exported.find_fixpoints() == [want]
        # all that is on is in the file
        derived = {n for n in evaluation.levels[phase] if n in {r.target for r in evaluation.rules}}
        assert derived <= exported.nodes


def test_the_real_network_leaves_no_loop_within_a_phase(
    network: Network, knowledge: Knowledge
) -> None:
    """Feedback runs through reliefs alone, so that each phase has one fixpoint for every tool."""
    import networkx as nx

    edges = [(x.node, r.target) for r in network.rules for x in r.literals if not x.is_relief]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(edges))


def test_closing_the_loop_of_relief_keeps_adapted_exactly_if_it_holds(network: Network) -> None:
    """With reliefs that follow the present levels, levels that one more pass keeps stay."""
    held = set()
    for question in QUESTIONS:
        evaluation = evaluate_question(network, question)
        closed = read_bnet(close_relief(evaluation), infer=True)
        adapted = {n: int(level) for n, level in evaluation.levels[Phase.ADAPTED].items()}
        derived = {rule.target for rule in evaluation.rules}
        inputs = {n: evaluation.level(n) for n in adapted if n not in derived}
        relief = find_relief(evaluation.levels[Phase.BASELINE], evaluation.levels[Phase.ADAPTED])
        holds = solve(evaluation.rules, inputs, relief) == adapted
        shown = {n for n in closed.nodes if not n.startswith("relief:")}
        wanted = {n: level for n, level in adapted.items() if n in shown}
        points = [{n: p[n] for n in p if n in shown} for p in closed.find_fixpoints()]
        assert (wanted in points) == holds, question
        held.add(holds)
    assert held == {True, False}


def close_relief(evaluation: Evaluation) -> str:
    """Return the adapted phase with each relief a function of the present levels."""
    text = render_bnet(build_scenario_logic(evaluation, Phase.ADAPTED))
    ids = dict(
        (node, name) for name, node in re.findall(r"^# level: (\w+)_b1 = (.*) >= 1$", text, re.M)
    )
    for relief in (node for node in ids if node.startswith("relief:")):
        node = relief.removeprefix("relief:")
        before = evaluation.level(node, Phase.BASELINE)
        below = {t: f"!{ids[node]}_b{t}" for t in (1, 2)} if node in ids else {1: "1", 2: "1"}
        # fell by 1: from 2 to 1 or less, or from 1 to 0; fell by 2: from 2 to 0
        falls = {0: ("0", "0"), 1: (below[1], "0"), 2: (below[2], below[1])}[before]
        for t, fall in zip((1, 2), falls, strict=True):
            text = re.sub(
                rf"^{ids[relief]}_b{t}, .*$", f"{ids[relief]}_b{t}, {fall}", text, flags=re.M
            )
    return text


# -- SBML-qual -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sbml-qual", "sbml-qual-boolean"])
def test_libsbml_finds_nothing_wrong(network: Network, name: str) -> None:
    tumour = Tumour.parse(CRC[0], CRC[1])
    texts = [export_network(network, name)]
    texts += [export_network(network, name, tumour=tumour, drugs=CRC[2], phase=p) for p in Phase]
    for text in texts:
        document = read_sbml(text)
        notes = document.getModel().getNotesString()
        for word in ("baseline", "acute", "adapted", "relief:X", "least fixpoint"):
            assert word in notes


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_three_levels_of_sbml_qual_are_ours(
    network: Network, question: tuple[str, list[str], list[str]]
) -> None:
    """Read with libSBML, made Boolean from the read model alone, solved by AEON."""
    tissue, alterations, drugs = question
    tumour = Tumour.parse(tissue, alterations)
    evaluation = evaluate_question(network, question)
    for phase in Phase:
        text = export_network(network, "sbml-qual", tumour=tumour, drugs=drugs, phase=phase)
        exported = read_bnet(booleanise(read_sbml(text)), infer=True)
        assert exported.solve({}) == find_levels(evaluation, phase, exported.nodes)


def test_three_levels_of_the_network_as_it_stands_agree_with_its_bnet(
    network: Network, knowledge: Knowledge, peer: Peer
) -> None:
    text = booleanise(read_sbml(export_network(network, "sbml-qual")))
    free = re.sub(r"^(\w+), [01]$", r"\1, \1", text, flags=re.MULTILINE)
    exported = read_bnet(free, infer=True)
    assert exported.nodes == peer.nodes
    inputs = peer.nodes - network.targets
    for scenario in draw_scenarios(knowledge, 8, seed=3):
        levels = {**scenario.genotype, **scenario.treatment, "relief:MAPK": Level.FULL}
        assert exported.solve(levels, inputs) == peer.solve(levels, inputs)


def test_aeon_reads_the_boolean_sbml_qual_as_it_reads_bnet(network: Network) -> None:
    tumour = Tumour.parse(CRC[0], CRC[1])
    text = export_network(network, "sbml-qual-boolean", tumour=tumour, drugs=CRC[2])
    found = aeon.BooleanNetwork.from_sbml(text)
    bnet = read_bnet(export_network(network, "bnet", tumour=tumour, drugs=CRC[2])).network
    assert set(found.variable_names()) == set(bnet.variable_names())
    functions = {
        found.get_variable_name(v): found.get_update_function(v) for v in found.variables()
    }
    # a constant species has no transition: its level is its initial one
    context = aeon.SymbolicContext(bnet)
    initial = dict(re.findall(r'qual:id="(\w+)".* qual:initialLevel="([01])"', text))
    for variable in bnet.variables():
        name = bnet.get_variable_name(variable)
        want = bnet.get_update_function(variable)
        if functions[name] is None:
            assert initial[name] == {"true": "1", "false": "0"}[str(want)]
        else:
            same = aeon.UpdateFunction(bnet, str(functions[name]))
            assert context.mk_update_function(same) == context.mk_update_function(want)


# -- loops ---------------------------------------------------------------------------------------


def test_a_loop_without_a_source_is_off_for_us_and_may_be_on_for_others() -> None:
    """What AEON finds beside the least fixpoint: the loop on, at one level or both."""
    network = builders.build_network("a -> OUT\nA -> B\nB -> A\nB -> OUT attenuated")
    for source, output in ((Level.OFF, 0), (Level.FULL, 2)):
        evaluation = evaluate(network, builders.scenario_of({"a": source}, {}))
        text = render_bnet(build_scenario_logic(evaluation, Phase.ADAPTED))
        exported = read_bnet(text)
        assert exported.find_undecided() >= {"A", "B"}
        fixpoints = sorted(exported.find_fixpoints(), key=lambda point: sum(point.values()))
        assert len(fixpoints) > 1
        least, most = fixpoints[0], fixpoints[-1]
        assert least == find_levels(evaluation, Phase.ADAPTED, exported.nodes)
        assert (least.get("OUT", 0), least.get("A", 0)) == (output, 0)
        assert (most.get("OUT", 0), most["A"], most["B"]) == (max(output, 1), 2, 2)


@given(builders.random_networks(), builders.random_scenarios(max_size=2))
@settings(max_examples=40, deadline=None)
def test_the_least_fixpoint_of_aeon_is_ours(network: Network, scenarios: list[Scenario]) -> None:
    """Of any network, with loops: what percolates is our fixpoint, and no fixpoint is below it."""
    for scenario in scenarios:
        evaluation = evaluate(network, scenario)
        for phase in Phase:
            exported = read_bnet(render_bnet(build_scenario_logic(evaluation, phase)), infer=True)
            ours = find_levels(evaluation, phase, exported.nodes)
            given = {n for n in exported.nodes if n.startswith("given:")}
            found = exported.solve({})
            assert {n: level for n, level in found.items() if n not in given} == ours
            if exported.network.variable_count() <= 30:
                points = exported.find_fixpoints()
                assert found in points
                assert all(
                    point.get(node, 0) >= level for point in points for node, level in found.items()
                )


def test_no_derived_node_is_negated_in_a_file(network: Network) -> None:
    """Why the least fixpoint is what any order of updates reaches."""
    text = export_network(network, "bnet")
    derived = {
        name
        for name, node in re.findall(r"^# level: (\w+) = (.*) >= [12]$", text, re.MULTILINE)
        if node in network.targets
    }
    assert derived and not derived & set(re.findall(r"!(\w+)", text))
    kinds = {literal.kind for rule in network.rules for literal in rule.literals}
    assert LiteralKind.NOT in kinds
