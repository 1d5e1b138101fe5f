"""Logic as SBML Level 3 with qual: a species of three levels a node, or two Boolean ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from krasbypass.export.bnet import SUFFIXES
from krasbypass.export.graph import find_genes
from krasbypass.export.identifiers import build_identifiers
from krasbypass.export.logic import THRESHOLDS, Clause, Logic, LogicNode
from krasbypass.model import Rule
from krasbypass.network import Network

_CORE = "http://www.sbml.org/sbml/level3/version1/core"
_QUAL = "http://www.sbml.org/sbml/level3/version1/qual/version1"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_XHTML = "http://www.w3.org/1999/xhtml"
_TRANSITION = "_transition"


class NodeNotes:
    """What is said of a node: its rules with their evidence, and the genes that it is of."""

    def __init__(self, network: Network) -> None:
        self.network, self.knowledge = network, network.knowledge
        self.interactions = {i.id: i for i in self.knowledge.interactions}

    def find_remarks(self, node: LogicNode) -> tuple[str, ...]:
        """Return a paragraph a rule."""
        return tuple(map(self.describe_rule, node.rules))

    def describe_rule(self, rule: Rule) -> str:
        """Return a rule with what its interaction says and cites."""
        interaction = self.interactions.get(rule.interaction)
        text = f"{rule.id}: {rule}."
        if interaction is not None and interaction.label:
            text += f" {interaction.label}."
        if interaction is not None and interaction.evidence:
            text += f" Evidence: {', '.join(interaction.evidence)}."
        return text

    def find_uris(self, node: LogicNode) -> tuple[str, ...]:
        """Return the genes as URIs of identifiers.org."""
        genes = find_genes(self.knowledge, self.network, node.name)
        return tuple(f"https://identifiers.org/{gene.lower()}" for gene in genes)


@dataclass(frozen=True, slots=True)
class _Species:
    """A qualitative species; `remark` says what it stands for where its name does not."""

    id: str
    name: str
    remark: str
    node: LogicNode
    level: int
    #: (result level, threshold of the node) of each function term, the highest first
    terms: tuple[tuple[int, int], ...]


def render_sbml_qual(
    logic: Logic, notes: NodeNotes, remarks: Iterable[str] = (), *, boolean: bool = False
) -> str:
    """Return the logic as an SBML document.

    Inputs are constant species whose initial level is theirs; derived nodes start at 0, so that
    updating until nothing changes ends at the least fixpoint.

    Parameters
    ----------
    notes
        What is said of each node.
    remarks
        Paragraphs of the model's notes.
    boolean
        Write two species of two levels a node instead of one of three, for tools that read only
        Boolean models.
    """
    suffixes = SUFFIXES if boolean else ("",)
    reserved = tuple(suffix + end for suffix in suffixes for end in ("", _TRANSITION))
    names = build_identifiers((node.name for node in logic.nodes), suffixes=reserved)
    compartment = _find_free("cell", names.values(), reserved)
    model = _find_free("krasbypass", names.values(), reserved)

    def name_condition(node: str, threshold: int) -> tuple[str, int]:
        return (names[node] + SUFFIXES[threshold - 1], 1) if boolean else (names[node], threshold)

    species = [s for node in logic.nodes for s in _split(node, names[node.name], boolean)]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<sbml xmlns="{_CORE}" level="3" version="1" xmlns:qual="{_QUAL}" qual:required="true">',
        f'<model id="{model}" name="krasbypass">',
        *_render_notes(remarks),
        "<listOfCompartments>",
        f'<compartment id="{compartment}" constant="true" spatialDimensions="3" size="1" '
        'units="litre"/>',
        "</listOfCompartments>",
        "<qual:listOfQualitativeSpecies>",
    ]
    for one in species:
        lines += _render_species(one, compartment, 1 if boolean else 2, notes)
    lines += ["</qual:listOfQualitativeSpecies>"]
    derived = [one for one in species if not one.node.is_input]
    if derived:
        lines.append("<qual:listOfTransitions>")
        for one in derived:
            lines += _render_transition(one, name_condition, notes)
        lines.append("</qual:listOfTransitions>")
    lines += ["</model>", "</sbml>"]
    return "\n".join(lines) + "\n"


def _find_free(wanted: str, identifiers: Iterable[str], suffixes: tuple[str, ...]) -> str:
    taken = {identifier + suffix for identifier in identifiers for suffix in suffixes}
    while wanted in taken:
        wanted += "_"
    return wanted


def _split(node: LogicNode, identifier: str, boolean: bool) -> Iterator[_Species]:
    if not boolean:
        yield _Species(identifier, node.name, "", node, node.level, ((2, 2), (1, 1)))
        return
    for threshold, suffix in zip(THRESHOLDS, SUFFIXES, strict=True):
        # AEON and others call a species by its name, which has to be an identifier then
        name, level = identifier + suffix, int(node.level >= threshold)
        yield _Species(name, name, f"{node.name} >= {threshold}", node, level, ((1, threshold),))


def _render_notes(remarks: Iterable[str]) -> list[str]:
    paragraphs = [f"<p>{escape(remark)}</p>" for remark in remarks]
    if not paragraphs:
        return []
    return ["<notes>", f'<body xmlns="{_XHTML}">', *paragraphs, "</body>", "</notes>"]


def _render_species(one: _Species, compartment: str, top: int, notes: NodeNotes) -> list[str]:
    uris = notes.find_uris(one.node)
    metaid = f' metaid="meta_{one.id}"' if uris else ""
    start = (
        f'<qual:qualitativeSpecies{metaid} qual:id="{one.id}" qual:name={quoteattr(one.name)} '
        f'qual:compartment="{compartment}" qual:constant="{str(one.node.is_input).lower()}" '
        f'qual:initialLevel="{one.level}" qual:maxLevel="{top}"'
    )
    said = _render_notes([one.remark] if one.remark else [])
    if not uris:
        return [start + ">", *said, "</qual:qualitativeSpecies>"] if said else [start + "/>"]
    return [
        start + ">",
        *said,
        "<annotation>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:bqbiol="http://biomodels.net/biology-qualifiers/">',
        f'<rdf:Description rdf:about="#meta_{one.id}">',
        "<bqbiol:isVersionOf><rdf:Bag>",
        *(f"<rdf:li rdf:resource={quoteattr(uri)}/>" for uri in uris),
        "</rdf:Bag></bqbiol:isVersionOf>",
        "</rdf:Description>",
        "</rdf:RDF>",
        "</annotation>",
        "</qual:qualitativeSpecies>",
    ]


def _render_transition(
    one: _Species, name_condition: Callable[[str, int], tuple[str, int]], notes: NodeNotes
) -> list[str]:
    said = _render_notes(notes.find_remarks(one.node))
    lines = [f'<qual:transition qual:id="{one.id}{_TRANSITION}">', *said]
    signs: dict[str, set[bool]] = {}
    for _, threshold in one.terms:
        for clause in one.node.clauses[threshold]:
            for condition in clause:
                regulator, _ = name_condition(condition.node, condition.threshold)
                signs.setdefault(regulator, set()).add(condition.negated)
    if signs:
        lines.append("<qual:listOfInputs>")
        for regulator, found in sorted(signs.items()):
            sign = "dual" if len(found) > 1 else "negative" if True in found else "positive"
            lines.append(
                f'<qual:input qual:qualitativeSpecies="{regulator}" '
                f'qual:transitionEffect="none" qual:sign="{sign}"/>'
            )
        lines.append("</qual:listOfInputs>")
    lines += [
        "<qual:listOfOutputs>",
        f'<qual:output qual:qualitativeSpecies="{one.id}" '
        'qual:transitionEffect="assignmentLevel"/>',
        "</qual:listOfOutputs>",
        "<qual:listOfFunctionTerms>",
        '<qual:defaultTerm qual:resultLevel="0"/>',
    ]
    higher: list[str] = []
    for level, threshold in one.terms:
        clauses = one.node.clauses[threshold]
        if not clauses:
            continue
        formula = _apply("or", [_render_clause(clause, name_condition) for clause in clauses])
        # terms exclude each other, so that their order cannot matter
        exclusive = _apply("and", [formula, *(f"<apply><not/>{f}</apply>" for f in higher)])
        higher.append(formula)
        lines += [
            f'<qual:functionTerm qual:resultLevel="{level}">',
            f'<math xmlns="{_MATHML}">{exclusive}</math>',
            "</qual:functionTerm>",
        ]
    return [*lines, "</qual:listOfFunctionTerms>", "</qual:transition>"]


def _render_clause(clause: Clause, name_condition: Callable[[str, int], tuple[str, int]]) -> str:
    parts = []
    for condition in clause:
        identifier, threshold = name_condition(condition.node, condition.threshold)
        relation = "lt" if condition.negated else "geq"
        parts.append(
            f'<apply><{relation}/><ci>{identifier}</ci><cn type="integer">{threshold}</cn></apply>'
        )
    return _apply("and", parts)


def _apply(operator: str, parts: list[str]) -> str:
    """Return parts joined by an operator; one part stands alone, none is true."""
    if not parts:
        return "<true/>"
    return parts[0] if len(parts) == 1 else f"<apply><{operator}/>{''.join(parts)}</apply>"
