"""Which bypass routes stay open in a RAS-driven tumour under an inhibitor combination.

>>> import krasbypass as kb
>>> knowledge = kb.load_knowledge()
>>> network = kb.build_signalling_network(knowledge)
>>> tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
>>> kb.find_routes(network, tumour).outputs["MAPK"].adapted.label
'full'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from krasbypass.answers import RoutesAnswer
from krasbypass.errors import KrasbypassError
from krasbypass.fixpoint import evaluate
from krasbypass.knowledge import Knowledge, load_knowledge
from krasbypass.model import Level, Phase
from krasbypass.network import Network, build_signalling_network
from krasbypass.routes import find_routes
from krasbypass.tumour import Tumour

if TYPE_CHECKING:
    from krasbypass.compare import compare_regimens, compare_samples
    from krasbypass.design import design_combinations
    from krasbypass.dossier import make_report
    from krasbypass.forecast import forecast_escapes
    from krasbypass.gaps import find_gaps
    from krasbypass.matrix import find_escape_matrix
    from krasbypass.queries import build_store, run_query
    from krasbypass.records import load_records
    from krasbypass.sensitivity import find_sensitivity

__version__ = "0.1.0"
__all__ = [
    "Knowledge",
    "KrasbypassError",
    "Level",
    "Network",
    "Phase",
    "RoutesAnswer",
    "Tumour",
    "build_signalling_network",
    "build_store",
    "compare_regimens",
    "compare_samples",
    "design_combinations",
    "evaluate",
    "find_escape_matrix",
    "find_gaps",
    "find_routes",
    "find_sensitivity",
    "forecast_escapes",
    "load_knowledge",
    "load_records",
    "make_report",
    "run_query",
]

#: What is imported on first use, since it loads numpy or a SPARQL engine.
_LATE = {
    "build_store": "queries",
    "compare_regimens": "compare",
    "compare_samples": "compare",
    "design_combinations": "design",
    "find_escape_matrix": "matrix",
    "find_gaps": "gaps",
    "find_sensitivity": "sensitivity",
    "forecast_escapes": "forecast",
    "load_records": "records",
    "make_report": "dossier",
    "run_query": "queries",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
