"""A network, as it stands or as a scenario sets it, in the formats of other tools.

Nothing is computed here: levels come from `krasbypass.fixpoint`, routes from `krasbypass.routes`.
The same question gives the same bytes. What each format can and cannot carry stands in
``docs/formats.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from krasbypass.errors import NotationError
from krasbypass.export.formats import Format, find_format, find_formats
from krasbypass.export.graph import build_export_graph
from krasbypass.export.question import Question, ask_question, explain_phases, find_remarks
from krasbypass.model import Phase
from krasbypass.network import Network
from krasbypass.tumour import Tumour
from krasbypass.vocabulary import BASE

__all__ = [
    "Format",
    "Question",
    "ask_question",
    "build_export_graph",
    "export_network",
    "export_question",
    "find_format",
    "find_formats",
]


def export_network(
    network: Network,
    format: str,
    *,
    tumour: Tumour | None = None,
    drugs: Iterable[str] = (),
    phase: Phase = Phase.ADAPTED,
    facts: bool = False,
    ontology: Path | None = None,
) -> str:
    r"""Return a network as the text of a file.

    Parameters
    ----------
    network
        The compiled network.
    format
        A name of `find_formats`, one of its aliases, or a suffix.
    tumour
        The scenario; without one, and without drugs, the network as it stands.
    drugs
        Names, codes, brands, or ``inhibitor:TARGET``.
    phase
        The phase of which `.bnet` and SBML-qual hold the inputs, and by which CX2 colours.
    facts
        Add the clinical facts and quoted statements to Turtle or JSON-LD.
    ontology
        The folder of the ontology that the network was built from (default: the packaged one);
        Turtle and JSON-LD are read from it.

    Raises
    ------
    UnknownTermError
        There is no such format, drug or gene; the error names the nearest.
    NotationError
        Facts were asked for where none can stand, or triples of a network that is not the
        ontology's.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> tumour = kb.Tumour.parse("CRC", ["KRAS:G12C"])
    >>> text = export_network(network, "sif", tumour=tumour, drugs=["sotorasib"])
    >>> "drug:sotorasib\tinhibits\tKRAS.G12C.GTP" in text.splitlines()
    True
    """
    if tumour is None and drugs:
        tumour = Tumour.parse("any", ())
    question = ask_question(network, tumour, drugs) if tumour is not None else None
    return export_question(network, format, question, phase=phase, facts=facts, ontology=ontology)


def export_question(
    network: Network,
    format: str,
    question: Question | None,
    *,
    phase: Phase = Phase.ADAPTED,
    facts: bool = False,
    ontology: Path | None = None,
) -> str:
    """Do as `export_network` for a question that is evaluated already; None: none is asked."""
    chosen = find_format(format)
    if facts and (question is not None or not chosen.is_rdf):
        rule = "facts stand in turtle and json-ld of the network as it stands, and nowhere else"
        raise NotationError(f"{chosen.name} with facts", rule)
    remarks = find_remarks(network, question)
    if chosen.has_phase:
        remarks = (*remarks, *explain_phases(network, question, phase))
        return _export_logic(network, chosen.name, question, phase, remarks)
    if chosen.is_rdf:
        return _export_triples(network, chosen.name, question, facts, ontology, remarks)
    return _export_graph(network, chosen.name, question, phase, remarks)


def _export_graph(
    network: Network, name: str, question: Question | None, phase: Phase, remarks: tuple[str, ...]
) -> str:
    graph = build_export_graph(network, question)
    if name == "graphml":
        from krasbypass.export.graphml import render_graphml

        return render_graphml(graph, remarks)
    if name == "cx2":
        from krasbypass.export.cx2 import render_cx2
        from krasbypass.export.places import place_nodes, read_shipped_places

        places = place_nodes(graph, read_shipped_places())
        return render_cx2(graph, places, phase=phase if question else None, remarks=remarks)
    from krasbypass.export.sif import render_edges, render_sif

    return render_sif(graph) if name == "sif" else render_edges(graph, remarks)


def _export_logic(
    network: Network, name: str, question: Question | None, phase: Phase, remarks: tuple[str, ...]
) -> str:
    from krasbypass.export.logic import build_logic, build_scenario_logic

    logic = build_scenario_logic(question.evaluation, phase) if question else build_logic(network)
    if name == "bnet":
        from krasbypass.export.bnet import render_bnet

        return render_bnet(logic, remarks)
    from krasbypass.export.sbml import NodeNotes, render_sbml_qual

    notes = NodeNotes(network)
    return render_sbml_qual(logic, notes, remarks, boolean=name == "sbml-qual-boolean")


def _export_triples(
    network: Network,
    name: str,
    question: Question | None,
    facts: bool,
    ontology: Path | None,
    remarks: tuple[str, ...],
) -> str:
    from krasbypass.export.rdf import read_triples, render_jsonld, render_turtle

    if question is None:
        triples = read_triples(ontology, facts=facts)
        _check_complete(network, triples)
    else:
        from krasbypass.export.answer_rdf import build_answer_triples

        triples = build_answer_triples(question)
    return render_turtle(triples, remarks) if name == "turtle" else render_jsonld(triples)


def _check_complete(network: Network, triples: set[Any]) -> None:
    """Refuse a network with rules of its own: the reasoned graph does not have them."""
    own = {i.id for i in network.knowledge.interactions}
    used = {rule.interaction for rule in network.rules} & own
    known = {triple.subject.value.removeprefix(BASE) for triple in triples}
    if not used <= known:
        rule = f"{min(used - known)!r} is not in the ontology, whose reasoned graph this would be"
        raise NotationError("triples of this network", f"{rule}; take graphml, bnet or sbml-qual")
