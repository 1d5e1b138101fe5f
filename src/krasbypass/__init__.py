"""Which bypass routes stay open in a RAS-driven tumour under an inhibitor combination.

Everything that a command answers is a function here, and is imported when it is first used, so
that a short question does not wait for numpy or a SPARQL engine.

>>> import krasbypass as kb
>>> knowledge = kb.load_knowledge()
>>> network = kb.build_signalling_network(knowledge)
>>> tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
>>> kb.find_routes(network, tumour).outputs["MAPK"].adapted.label
'full'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from krasbypass.answers import RoutesAnswer
    from krasbypass.cohort import answer_cohort, make_regimens, read_cohort
    from krasbypass.compare import compare_regimens, compare_samples
    from krasbypass.design import design_combinations
    from krasbypass.dossier import make_report
    from krasbypass.errors import KrasbypassError
    from krasbypass.export import export_network
    from krasbypass.fixpoint import evaluate
    from krasbypass.forecast import forecast_escapes
    from krasbypass.gaps import find_gaps
    from krasbypass.interventions import find_node_interventions
    from krasbypass.justification.axioms import find_justification
    from krasbypass.knowledge import Knowledge, load_full_knowledge, load_knowledge
    from krasbypass.matrix import find_escape_matrix
    from krasbypass.model import Level, Phase
    from krasbypass.network import Network, build_signalling_network
    from krasbypass.own_network import read_network
    from krasbypass.quality import find_faults
    from krasbypass.queries.endpoints import Endpoint
    from krasbypass.queries.named import find_queries, find_query
    from krasbypass.queries.store import build_store, run_query
    from krasbypass.records import load_records
    from krasbypass.routes import evaluate_tumour, find_routes
    from krasbypass.scenario import resolve_scenarios
    from krasbypass.sensitivity import find_sensitivity
    from krasbypass.table import evaluate_table, read_table
    from krasbypass.terms import describe_term
    from krasbypass.tumour import Tumour

__version__ = "0.1.0"
__all__ = [
    "Endpoint",
    "Knowledge",
    "KrasbypassError",
    "Level",
    "Network",
    "Phase",
    "RoutesAnswer",
    "Tumour",
    "answer_cohort",
    "build_signalling_network",
    "build_store",
    "compare_regimens",
    "compare_samples",
    "describe_term",
    "design_combinations",
    "evaluate",
    "evaluate_table",
    "evaluate_tumour",
    "export_network",
    "find_escape_matrix",
    "find_faults",
    "find_gaps",
    "find_justification",
    "find_node_interventions",
    "find_queries",
    "find_query",
    "find_routes",
    "find_sensitivity",
    "forecast_escapes",
    "load_full_knowledge",
    "load_knowledge",
    "load_records",
    "make_regimens",
    "make_report",
    "read_cohort",
    "read_network",
    "read_table",
    "resolve_scenarios",
    "run_query",
]

#: Where each name above is defined.
_HOMES = {
    "Endpoint": "queries.endpoints",
    "Knowledge": "knowledge",
    "KrasbypassError": "errors",
    "Level": "model",
    "Network": "network",
    "Phase": "model",
    "RoutesAnswer": "answers",
    "Tumour": "tumour",
    "answer_cohort": "cohort",
    "build_signalling_network": "network",
    "build_store": "queries.store",
    "compare_regimens": "compare",
    "compare_samples": "compare",
    "describe_term": "terms",
    "design_combinations": "design",
    "evaluate": "fixpoint",
    "evaluate_table": "table",
    "evaluate_tumour": "routes",
    "export_network": "export",
    "find_escape_matrix": "matrix",
    "find_faults": "quality",
    "find_gaps": "gaps",
    "find_justification": "justification.axioms",
    "find_node_interventions": "interventions",
    "find_queries": "queries.named",
    "find_query": "queries.named",
    "find_routes": "routes",
    "find_sensitivity": "sensitivity",
    "forecast_escapes": "forecast",
    "load_full_knowledge": "knowledge",
    "load_knowledge": "knowledge",
    "load_records": "records",
    "make_regimens": "cohort",
    "make_report": "dossier",
    "read_cohort": "cohort",
    "read_network": "own_network",
    "read_table": "table",
    "resolve_scenarios": "scenario",
    "run_query": "queries.store",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
