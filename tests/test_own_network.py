"""Networks of one's own: what the formats say, how inhibition is read, and what a question gets."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import krasbypass as kb
from krasbypass.errors import ReasonerUnavailableError, UnknownTermError
from krasbypass.gaps import find_gaps
from krasbypass.model import Level, Phase
from krasbypass.own_network import NetworkConfig, NetworkFileError, read_graph, read_network
from krasbypass.own_network.sif import SIGNS
from krasbypass.records import read_records
from krasbypass.routes import evaluate_tumour
from krasbypass.table import Table, evaluate_table

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "own-network"
ANY = kb.Tumour.parse("any")


@pytest.fixture
def write(tmp_path: Path):
    """Write a file and return its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def edges_of(path: Path) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    graph = read_graph(path)
    up = {(lit.node, s.target) for s in graph.statements for lit in s.literals}
    return up, {(i, target) for target, found in graph.restraints.items() for i in found}


def terms_of(path: Path) -> dict[str, set[frozenset[str]]]:
    found: dict[str, set[frozenset[str]]] = {}
    for statement in read_graph(path).statements:
        found.setdefault(statement.target, set()).add(frozenset(map(str, statement.literals)))
    return found


def level(network: kb.Network, output: str, alterations=(), drugs=(), phase=Phase.ADAPTED) -> Level:
    tumour = kb.Tumour.parse("any", alterations)
    return kb.find_routes(network, tumour, drugs).outputs[output].level(phase)


# -- signed graphs --------------------------------------------------------------------------------


@pytest.mark.parametrize("word", sorted(SIGNS))
@pytest.mark.parametrize("between", ["\t", " "])
def test_every_spelling_of_a_sign(write, word, between):
    path = write("x.sif", f"A{between}{word}{between}B\nB{between}1{between}C\n")
    up, down = edges_of(path)
    assert up == {("B", "C")} | ({("A", "B")} if SIGNS[word] >= 0 else set())
    assert down == ({("A", "B")} if SIGNS[word] < 0 else set())
    assert bool(read_graph(path).notes) is (SIGNS[word] == 0)


def test_tables_are_read_by_their_header(write):
    plain = write("a.tsv", "source\tinteraction\ttarget\nA\t1\tB\nC\t-1\tB\n")
    turned = write("b.tsv", '"target"\t"PMID"\t"source"\t"effect"\nB\t7\tA\tup\nB\t8\tC\tdown\n')
    omnipath = write(
        "c.tsv",
        "source\ttarget\tsource_genesymbol\ttarget_genesymbol\tis_stimulation\tis_inhibition\n"
        "P1\tP2\tA\tB\t1\t0\nP3\tP2\tC\tB\tFalse\tTrue\n",
    )
    for path in (plain, turned, omnipath):
        assert edges_of(path) == ({("A", "B")}, {("C", "B")})


def test_further_columns_are_targets_in_sif_and_attributes_elsewhere(write):
    text = "A activates B C\n"
    assert edges_of(write("x.sif", text))[0] == {("A", "B"), ("A", "C")}
    assert edges_of(write("x.txt", text))[0] == {("A", "B")}


def test_own_words_for_signs(write):
    path = write("x.sif", "A dampens B\nC 1 B\n")
    with pytest.raises(NetworkFileError, match=r"x\.sif, line 1: 'dampens' is no sign"):
        read_graph(path)
    graph = read_graph(path, NetworkConfig(signs={"Dampens": -1}))
    assert graph.restraints == {"B": ("A",)}


def test_what_was_read_with_a_choice_is_said_in_every_answer(write):
    path = write("x.sif", "A pp B\nB 1 B\nA -1 B\nB 1 C\nC -| A\n")
    network = read_network(path, outputs=["C"])
    notice = kb.find_routes(network, ANY).notice
    assert "1 edge without a sign was read as activation." in notice
    assert "1 edge from a node to itself was left out." in notice
    assert "1 pair of nodes has edges of both signs" in notice
    assert "2 inhibitions stand on or behind a loop" in notice
    assert kb.find_routes(network, ANY).ontology_version.split("+")[1].startswith("x.sif#")


# -- how inhibition is read -----------------------------------------------------------------------


def test_the_example():
    network = read_network(EXAMPLES / "toy.sif", EXAMPLES / "toy.toml")
    answer = kb.find_routes(network, ANY)
    assert [route.nodes for route in answer.routes] == [
        ("LIGAND:act", "LIGAND", "RECEPTOR", "LIPID", "KINASE2", "GROWTH"),
        ("LIGAND:act", "LIGAND", "RECEPTOR", "ADAPTOR", "KINASE1", "KINASE2", "GROWTH"),
    ]
    assert level(network, "GROWTH", drugs=["kinib"]) is Level.FULL
    assert level(network, "GROWTH", drugs=["kinib", "lipib"]) is Level.ATTENUATED
    assert level(network, "GROWTH", ["GUARD:act"], ["kinib"]) is Level.OFF
    assert level(network, "GROWTH", ["GUARD:act"], ["kinib", "inhibitor:GUARD"]) is Level.FULL
    assert level(network, "GROWTH", ["LIGAND:loss"]) is Level.OFF


def test_an_inhibitor_blocks_when_it_is_on(write):
    path = write("x.sif", "A 1 B\nB 1 C\nI -1 B\nJ 1 I\nK -1 I\n")
    network = read_network(path, NetworkConfig({"A": Level.FULL}, ("C",)))
    assert level(network, "C") is Level.FULL
    assert level(network, "C", ["J:act"]) is Level.OFF  # J raises I
    assert level(network, "C", ["J:act", "K:act"]) is Level.FULL  # K holds I down
    assert level(network, "C", ["I:act", "K:act"]) is Level.OFF  # a node set on is not held down
    assert level(network, "C", ["J:act"], ["inhibitor:I"]) is Level.FULL
    assert level(network, "C", ["J:act", "I:loss"]) is Level.FULL
    closed = kb.find_routes(network, ANY, ["inhibitor:B"]).closed
    assert [(route.closed_at, route.by) for route in closed] == [("B", ("inhibitor:B",))]


def test_a_brake_on_a_loop_does_not_close_what_it_depends_on(write):
    path = write("x.sif", "A 1 B\nB 1 C\nC 1 D\nD -1 B\n")
    network = read_network(path, NetworkConfig({"A": Level.FULL}, ("C",)))
    assert level(network, "C") is Level.FULL
    assert level(network, "C", ["D:act"]) is Level.OFF  # set on by the question
    assert level(network, "C", ["D:act"], ["inhibitor:D"]) is Level.FULL


Formulas = Mapping[str, list[list[tuple[str, bool]]]]
NAMES = "abcdef"


@st.composite
def formulas(draw: st.DrawFn, *, loops: bool) -> Formulas:
    """Alternatives of (node, negated) for each of a to f; without loops only of earlier nodes."""
    found = {}
    for number, name in enumerate(NAMES):
        above = NAMES if loops else NAMES[:number]
        if above:
            literal = st.tuples(st.sampled_from(above), st.booleans())
            found[name] = draw(st.lists(st.lists(literal, min_size=1, max_size=3), max_size=3))
    return found


def write_bnet(drawn: Formulas) -> str:
    lines = ["targets, factors"]
    for name in NAMES:
        terms = [
            " & ".join(f"{'!' * negated}{node}" for node, negated in term)
            for term in drawn.get(name, [[(name, False)]])
        ]
        lines.append(f"{name}, {' | '.join(terms) or '0'}")
    return "\n".join(lines) + "\n"


def find_on(drawn: Formulas, on: set[str], blocked: set[str]) -> set[str]:
    """Evaluate a network of one's own in a scenario that sets nodes on and blocks some."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.bnet"
        path.write_text(write_bnet(drawn))
        network = read_network(path, NetworkConfig(outputs=tuple(NAMES)), base=empty_base())
    tumour = kb.Tumour.parse("any", [f"{name}:act" for name in sorted(on)])
    drugs = [f"inhibitor:{name}" for name in sorted(blocked)]
    evaluation = evaluate_tumour(network, tumour, drugs)[0][0]
    assert {evaluation.level(name) for name in NAMES} <= {Level.OFF, Level.FULL}
    return {name for name in NAMES if evaluation.level(name)}


@cache
def empty_base() -> kb.Network:
    return kb.Network(kb.load_knowledge(), (), ())


def derive(drawn: Formulas, on: set[str], blocked: set[str], assumed: set[str]) -> set[str]:
    """Return what follows from nothing, nodes counting as negated unless `assumed` on."""

    def holds(node: str, negated: bool) -> bool:
        return node not in assumed if negated else node in state

    state: set[str] = set()
    while True:
        new = {
            name
            for name in set(NAMES) - blocked
            if name in on
            or any(all(holds(*literal) for literal in term) for term in drawn.get(name, []))
        }
        if new == state:
            return state
        state = new


some_names = st.sets(st.sampled_from(NAMES))


@settings(max_examples=80, deadline=None)
@given(formulas(loops=False), some_names, some_names)
def test_without_loops_levels_are_those_of_the_formulas(drawn, on, blocked):
    state: set[str] = set()
    for _ in NAMES:  # settled after one round a node
        state = derive(drawn, on, blocked, state)
    assert find_on(drawn, on, blocked) == state


@settings(max_examples=80, deadline=None)
@given(formulas(loops=True), some_names, some_names)
def test_with_loops_nothing_is_off_that_must_be_on(drawn, on, blocked):
    """What is on whatever the loops do is on here, and nothing that could not be on."""
    certain: set[str] = set()
    possible = derive(drawn, on, blocked, certain)
    while (grown := derive(drawn, on, blocked, possible)) != certain:
        certain, possible = grown, derive(drawn, on, blocked, grown)
    found = find_on(drawn, on, blocked)
    assert certain <= found
    assert found <= derive(drawn, on, blocked, set())


# -- Boolean networks and logical models ----------------------------------------------------------


def test_formulas(write):
    path = write(
        "x.bnet",
        "# a comment\ntargets, factors\nA, A\nB, A & !(C | D)\n"
        "E, (A && ~B) || not C and D\nF, 1\nG, 0\n"
        "# name: H_1 = H.1\nH_1, B\nI, H_1 | H_1 & A\n",
    )
    assert terms_of(path) == {
        "B": {frozenset({"A", "!C", "!D"})},
        "E": {frozenset({"A", "!B"}), frozenset({"!C", "D"})},
        "F": {frozenset()},
        "H.1": {frozenset({"B"})},
        "I": {frozenset({"H.1"})},
    }
    assert read_graph(path).nodes[:4] == ("A", "B", "C", "D")


def test_constants_are_sources_and_each_condition_is_followed(write):
    network = read_network(write("x.bnet", "A, 1\nB, 1\nC, A & B\nD, C & !E\n"), outputs=["D"])
    routes = kb.find_routes(network, ANY).routes
    assert [r.nodes for r in routes] == [("A:act", "A", "C", "D"), ("B:act", "B", "C", "D")]
    assert level(network, "D", drugs=["inhibitor:B"]) is Level.OFF
    assert level(network, "D", ["E:act"]) is Level.OFF


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("A B\n", 1, "NODE, FORMULA"),
        ("A, B &\n", 1, "missing at the end"),
        ("A, (B\n", 1, "bracket"),
        ("A, B C\n", 1, "'C' stands where it cannot"),
        ("A, B\nA, C\n", 2, "line 1 already"),
        ("targets, factors\n\nA, \n", 3, "empty"),
        ("A, " + "(" * 500 + "B" + ")" * 500 + "\n", 1, "deeply"),
        ("A, " + " & ".join(f"(a{i} | b{i})" for i in range(40)) + "\n", 1, "alternatives"),
        ("# only a comment\n", None, "holds no line"),
    ],
)
def test_faults_of_formulas_name_the_line(write, text, line, what):
    with pytest.raises(NetworkFileError, match=what) as caught:
        read_graph(write("x.bnet", text))
    assert caught.value.line == line


SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"
  xmlns:qual="http://www.sbml.org/sbml/level3/version1/qual/version1" qual:required="true">
<model id="m"><listOfCompartments><compartment id="c" constant="true"/></listOfCompartments>
<qual:listOfQualitativeSpecies>{species}</qual:listOfQualitativeSpecies>
<qual:listOfTransitions>{transitions}</qual:listOfTransitions></model></sbml>"""
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'


def species(name: str, most: int = 2, constant: int | None = None) -> str:
    held = (
        f'qual:constant="{str(constant is not None).lower()}" qual:initialLevel="{constant or 0}"'
    )
    return (
        f'<qual:qualitativeSpecies qual:id="{name}" qual:compartment="c" {held} '
        f'qual:maxLevel="{most}"/>'
    )


def compare(relation: str, name: str, value: object) -> str:
    return f'<apply><{relation}/><ci>{name}</ci><cn type="integer">{value}</cn></apply>'


def transition(name: str, *terms: tuple[int, str], default: int = 0) -> str:
    body = "".join(
        f'<qual:functionTerm qual:resultLevel="{result}">{MATH.format(math)}</qual:functionTerm>'
        for result, math in terms
    )
    return (
        f'<qual:transition qual:id="t_{name}"><qual:listOfOutputs><qual:output '
        f'qual:qualitativeSpecies="{name}" qual:transitionEffect="assignmentLevel"/>'
        f"</qual:listOfOutputs><qual:listOfFunctionTerms><qual:defaultTerm "
        f'qual:resultLevel="{default}"/>{body}</qual:listOfFunctionTerms></qual:transition>'
    )


SET = compare("geq", "A", 1)


@pytest.mark.parametrize("a", range(3))
@pytest.mark.parametrize("b", range(3))
def test_levels_of_a_logical_model(write, a, b):
    """Every threshold of two levels, and a term that excludes a higher one."""
    pytest.importorskip("libsbml")
    both = f"<apply><and/>{compare('geq', 'A', 2)}{compare('geq', 'B', 2)}</apply>"
    some = f"<apply><and/>{compare('geq', 'A', 1)}{compare('gt', 'B', 0)}</apply>"
    weak = f"<apply><and/>{some}<apply><not/>{both}</apply></apply>"
    model = SBML.format(
        species=species("A", constant=a)
        + species("B", constant=b)
        + "".join(map(species, ["least", "strict", "any", "exact"]))
        + species("yes", most=1),
        transitions=transition("least", (2, both), (1, weak))
        + transition("strict", (2, both))
        + transition("any", (2, compare("geq", "A", 1)))
        + transition("exact", (1, compare("eq", "A", 2)))
        + transition(
            "yes", (1, f"<apply><or/>{compare('eq', 'A', 2)}{compare('eq', 'B', 2)}</apply>")
        ),
    )
    network = read_network(
        write("x.sbml", model), outputs=["least", "strict", "any", "exact", "yes"]
    )
    found = {n: o.adapted for n, o in kb.find_routes(network, ANY).outputs.items()}
    assert found == {
        "least": min(a, b),
        "strict": 2 if a == b == 2 else 0,
        "any": 2 if a else 0,
        "exact": 1 if a == 2 else 0,
        "yes": 2 if 2 in (a, b) else 0,
    }


@pytest.mark.parametrize("a", range(3))
@pytest.mark.parametrize("b", range(2))
def test_thresholds_by_name_and_either_or(write, a, b):
    """The standard lets mathematics name an input for its threshold, and knows xor."""
    pytest.importorskip("libsbml")
    named = "<apply><geq/><ci>A</ci><ci>theta</ci></apply>"
    one_of_two = f"<apply><xor/>{compare('geq', 'A', 1)}{compare('geq', 'B', 1)}</apply>"
    theta = (
        '<qual:listOfInputs><qual:input qual:id="theta" qual:qualitativeSpecies="A" '
        'qual:transitionEffect="none" qual:sign="positive" qual:thresholdLevel="2"/>'
        "</qual:listOfInputs><qual:listOfOutputs>"
    )
    first = transition("HIGH", (1, named)).replace("<qual:listOfOutputs>", theta)
    model = SBML.format(
        species=species("A", constant=a)
        + species("B", 1, b)
        + species("HIGH", 1)
        + species("ONE", 1),
        transitions=first + transition("ONE", (1, one_of_two)),
    )
    network = read_network(write("x.sbml", model), outputs=["HIGH", "ONE"])
    found = {n: o.adapted for n, o in kb.find_routes(network, ANY).outputs.items()}
    assert found == {"HIGH": 2 if a == 2 else 0, "ONE": 2 if (a > 0) != b else 0}


@pytest.mark.parametrize(
    ("model", "what"),
    [
        ("<sbml>", r"x\.sbml"),
        ("no XML at all", r"x\.sbml"),
        (
            '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"/>',
            "No model definition",
        ),
        (SBML.format(species="", transitions=""), r"x\.sbml"),
        (
            SBML.format(species=species("A", most=7), transitions=transition("A", (1, SET))),
            "'A' has 7 levels",
        ),
        (
            SBML.format(species=species("A"), transitions=transition("A", (1, "<ci>A</ci>"))),
            "only and, or, not, xor of two and comparisons",
        ),
        (
            SBML.format(
                species=species("A"), transitions=transition("A", (1, compare("geq", "B", 1)))
            ),
            "unknown species 'B'",
        ),
    ],
)
def test_faults_of_logical_models(write, model, what):
    pytest.importorskip("libsbml")
    with pytest.raises(NetworkFileError, match=what):
        read_graph(write("x.sbml", model))


# -- the configuration ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sources = 3", "line 1: sources: this is a list of names"),
        ('outputs = [""]', "line 1: outputs: this is the name of a node"),
        ("\nmerge = 1", "line 2: merge: this is true or false"),
        ('source = ["A"]', "line 1: source: there is no such setting; nearest: sources"),
        ('[drugs]\nx = { A = "somewhat" }', r"line 2: drugs\.x\.A: a level is one of"),
        ("[drugs]\nx = []", r"line 2: drugs\.x: a drug blocks at least one node"),
        ("drugs = 1", "line 1: drugs: this is a table"),
        ("[signs]\nx = 2", r"line 2: signs\.x: a sign is 1, -1"),
        ("[signs]\nx = [1]", r"line 2: signs\.x: a sign is 1, -1"),
        ("a = = 1", "this is not TOML"),
        ("a = " + "[" * 5000, "this is not TOML"),
    ],
)
def test_faults_of_the_configuration_name_the_line(write, text, what):
    config = write("x.toml", text)
    with pytest.raises(NetworkFileError, match=what):
        read_network(write("x.sif", "A 1 B\n"), config)


def test_names_that_are_not_there(write):
    path = write("x.sif", "SOURCE1 1 B\n")
    for config, what in (
        (NetworkConfig({"SORCE1": Level.FULL}), "unknown source 'SORCE1'; nearest: SOURCE1"),
        (NetworkConfig(outputs=("SOURCE2",)), "unknown output 'SOURCE2'; nearest: SOURCE1"),
        (NetworkConfig(drugs={"d": {"Z": Level.FULL}}), "unknown drug target 'Z'"),
        (NetworkConfig(names={"Z": "MAPK"}), "unknown node of the file 'Z'"),
    ):
        with pytest.raises(UnknownTermError, match=what):
            read_network(path, config)


def test_outputs_are_the_ends_of_a_small_network_and_asked_for_in_a_large_one(write):
    small = read_network(write("x.sif", "A 1 B\nB 1 C\nB 1 D\n"))
    assert small.outputs == ("C", "D")
    with pytest.raises(NetworkFileError, match=r"name the outputs .* since 30 nodes"):
        read_network(write("y.sif", "\n".join(f"A 1 B{i}" for i in range(30))))
    with pytest.raises(NetworkFileError, match="since no node"):
        read_network(write("z.sif", "A 1 B\nB 1 A\n"))


# -- questions ------------------------------------------------------------------------------------


def test_gaps_of_an_own_network_offer_its_drugs():
    network = read_network(EXAMPLES / "toy.sif", EXAMPLES / "toy.toml")
    found = find_gaps(network, ANY, ["kinib"], records=read_records(network.knowledge))
    assert [closer.drugs for closer in found.closers] == [("lipib",)]
    shut = find_gaps(
        network, ANY, ["kinib"], target="close", records=read_records(network.knowledge)
    )
    assert shut.closers == ()
    assert [unclosed.output for unclosed in shut.no_catalogue_drug] == ["GROWTH"]


def test_the_screen_and_the_evaluator_agree_on_an_own_network():
    network = read_network(EXAMPLES / "toy.sif", EXAMPLES / "toy.toml")
    cases = [
        (alterations, drugs)
        for alterations in (
            "",
            "GUARD:act",
            "KINASE2:act",
            "RECEPTOR:loss",
            "GUARD:act,KINASE1:act",
        )
        for drugs in ("", "kinib", "lipib", "kinib,lipib", "inhibitor:GUARD,kinib")
    ]
    rows = tuple(
        {"id": str(n), "tissue": "any", "alterations": a, "drugs": d}
        for n, (a, d) in enumerate(cases)
    )
    found = list(evaluate_table(network, Table(("id", "tissue", "alterations", "drugs"), rows)))
    for row, (alterations, drugs) in zip(found, cases, strict=True):
        assert row.error == ""
        expected = kb.find_routes(network, kb.Tumour.parse("any", [alterations]), [drugs]).outputs
        assert {n: (o.baseline, o.acute, o.adapted) for n, o in row.outputs.items()} == {
            n: (o.baseline, o.acute, o.adapted) for n, o in expected.items()
        }


def test_names_that_differ_in_case_alone_stay_apart(write):
    network = read_network(write("x.sif", "Akt 1 B\nAKT 1 C\nA-KT 1 D\n"))
    assert level(network, "B", ["Akt:act"]) is Level.FULL
    assert level(network, "C", ["Akt:act"]) is Level.OFF
    assert level(network, "D", ["A-KT:act"], ["inhibitor:AKT", "inhibitor:Akt"]) is Level.FULL
    assert level(network, "C", ["AKT:act"], ["inhibitor:AKT"]) is Level.OFF
    assert level(network, "C", ["AKT:act"], ["inhibitor:A-KT"]) is Level.FULL


def test_unknown_names_of_a_question_are_refused(write):
    network = read_network(write("x.sif", "ALPHA 1 BETA\n"))
    with pytest.raises(UnknownTermError, match="unknown gene 'ALPA'; nearest: ALPHA"):
        kb.find_routes(network, kb.Tumour.parse("any", ["ALPA:act"]))
    with pytest.raises(kb.KrasbypassError, match="no rule gives an effect for 'ALPHA:G12C'"):
        kb.find_routes(network, kb.Tumour.parse("any", ["ALPHA:G12C"]))
    with pytest.raises(UnknownTermError, match="unknown drug 'sotorasib'"):
        kb.find_routes(network, ANY, ["sotorasib"])


# -- merged with the packaged network -------------------------------------------------------------


def test_a_merged_file_adds_routes_to_the_packaged_network(network, write):
    tumour = kb.Tumour.parse("CRC", ["BRAF:V600E", "NEWKINASE:act"])
    path = write("x.sif", "NEWKINASE 1 HELPER\nHELPER 1 MAPK1\n")
    merged = read_network(path, NetworkConfig(merge=True), base=network)
    assert set(network.rules) < set(merged.rules)
    drugs = ["inhibitor:MEK"]
    plain = kb.Tumour.parse("CRC", ["BRAF:V600E"])
    assert kb.find_routes(network, plain, drugs).outputs["MAPK"].adapted is Level.OFF
    assert kb.find_routes(merged, plain, drugs).outputs["MAPK"].adapted is Level.OFF
    answer = kb.find_routes(merged, tumour, drugs)
    assert answer.outputs["MAPK"].adapted is Level.FULL
    own = [route for route in answer.routes if route.nodes[0] == "NEWKINASE:act"]
    assert own[0].nodes == ("NEWKINASE:act", "NEWKINASE", "HELPER", "ERK", "MAPK")
    assert own[0].steps[2].evidence == ("x.sif, line 2",)
    # what blocks the packaged node blocks the file's way into it
    assert kb.find_routes(merged, tumour, ["inhibitor:ERK"]).outputs["MAPK"].adapted is Level.OFF


def test_a_merged_file_leaves_other_answers_as_they_are(network, write):
    path = write("x.sif", "SOMETHING 1 ELSE\nAKT1 1 SOMETHING\n")
    merged = read_network(path, NetworkConfig(merge=True), base=network)
    for tissue, alterations, drugs in (
        ("NSCLC", ["KRAS:G12C", "MET:amp"], ["sotorasib"]),
        ("PDAC", ["KRAS:G12D+Y96D"], ["daraxonrasib", "trametinib"]),
        ("melanoma", ["BRAF:V600E"], ["dabrafenib"]),
    ):
        tumour = kb.Tumour.parse(tissue, alterations)
        before, after = (kb.find_routes(n, tumour, drugs) for n in (network, merged))
        assert after.outputs == before.outputs
        assert [r.nodes for r in after.routes] == [r.nodes for r in before.routes]


def test_mutant_states_speak_for_the_gene_of_a_merged_file(network, write):
    path = write("x.sif", "KRAS 1 EFFECTOR\n")
    merged = read_network(path, NetworkConfig(outputs=("EFFECTOR",), merge=True), base=network)
    tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
    assert kb.find_routes(merged, tumour).outputs["EFFECTOR"].adapted is Level.FULL
    drugged = kb.find_routes(merged, tumour, ["inhibitor:KRAS-G12C", "inhibitor:RAS-ON"])
    assert drugged.outputs["EFFECTOR"].adapted < Level.FULL


def test_names_and_drugs_of_the_configuration_reach_packaged_nodes(network, write):
    path = write("x.sif", "P42 -> TARGET\n")
    drugs = {"mycib": {"MYC": Level.FULL}, "targib": {"TARGET": Level.FULL}}
    config = NetworkConfig(outputs=("TARGET",), drugs=drugs, merge=True, names={"P42": "ERK"})
    merged = read_network(path, config, base=network)
    tumour = kb.Tumour.parse("melanoma", ["BRAF:V600E"])
    assert level_of(merged, tumour, "TARGET") is Level.FULL
    assert level_of(merged, tumour, "TARGET", ["inhibitor:MEK"]) is Level.OFF
    assert level_of(merged, tumour, "TARGET", ["targib"]) is Level.OFF
    routes = kb.find_routes(merged, tumour, ["mycib"])
    assert not any("MYC" in route.nodes for route in routes.routes)
    assert any("MYC" in route.nodes for route in kb.find_routes(merged, tumour).routes)
    taken = NetworkConfig(merge=True, drugs={"AMG510": {"TARGET": Level.FULL}})
    with pytest.raises(NetworkFileError, match="the drug 'AMG510' is known already"):
        read_network(path, taken, base=network)
    with pytest.raises(UnknownTermError, match="unknown node 'ERKK'; nearest: ERK"):
        read_network(path, NetworkConfig(merge=True, names={"P42": "ERKK"}), base=network)


def level_of(network, tumour, output, drugs=()) -> Level:
    return kb.find_routes(network, tumour, drugs).outputs[output].adapted


# -- Turtle ---------------------------------------------------------------------------------------

MODULE = """
@prefix : <https://w3id.org/krasbypass/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

:LTK a owl:NamedIndividual, :ReceptorTyrosineKinase ; rdfs:label "LTK" .
:arm a owl:NamedIndividual, :Output ; rdfs:label "arm" ; :notation "arm" .
:LTK-raises-arm a owl:NamedIndividual, :Interaction ; rdfs:label "LTK raises the arm" ;
    :driver :LTK-act ; :raises :arm ; :toLevel :full .
"""


@pytest.fixture
def small_ontology(tmp_path: Path) -> Path:
    """The schema alone, so that the reasoner has little to do."""
    from krasbypass.reasoning import find_ontology

    folder = tmp_path / "small"
    folder.mkdir()
    for module in find_ontology().glob("schema*.ttl"):
        (folder / module.name).write_bytes(module.read_bytes())
    return folder


@pytest.mark.java
@pytest.mark.slow
def test_a_turtle_module_is_reasoned_over(small_ontology, write, monkeypatch, tmp_path):
    from krasbypass.reasoning import find_java

    if find_java() is None:
        pytest.skip("no Java")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    config = NetworkConfig(outputs=("arm",), drugs={"armib": {"arm": Level.FULL}})
    network = read_network(write("mine.ttl", MODULE), config, ontology=small_ontology)
    # that the receptor can be active was never written
    assert level(network, "arm", ["LTK:act"]) is Level.FULL
    assert level(network, "arm", ["LTK:act"], ["armib"]) is Level.OFF


def test_a_turtle_module_needs_java(small_ontology, write, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KRASBYPASS_JAVA", str(tmp_path / "no-java"))
    with pytest.raises(ReasonerUnavailableError, match="no Java was found"):
        read_network(write("mine.ttl", MODULE), ontology=small_ontology)


def test_a_broken_turtle_module_names_the_line(small_ontology, write):
    with pytest.raises(kb.KrasbypassError, match=r"mine\.ttl, line 3 is not valid Turtle"):
        read_network(write("mine.ttl", "@prefix : <https://x/> .\n:a :b :c .\n:d :e ^ .\n"))
