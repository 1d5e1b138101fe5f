"""Which bypass routes stay open in a RAS-driven tumour under an inhibitor combination.

>>> import krasbypass as kb
>>> knowledge = kb.load_knowledge()
>>> network = kb.build_signalling_network(knowledge)
>>> tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])
>>> kb.find_routes(network, tumour).outputs["MAPK"].adapted.label
'full'
"""

from krasbypass.answers import RoutesAnswer
from krasbypass.errors import KrasbypassError
from krasbypass.fixpoint import evaluate
from krasbypass.knowledge import Knowledge, load_knowledge
from krasbypass.model import Level, Phase
from krasbypass.network import Network, build_signalling_network
from krasbypass.routes import find_routes
from krasbypass.tumour import Tumour

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
    "evaluate",
    "find_routes",
    "load_knowledge",
]
