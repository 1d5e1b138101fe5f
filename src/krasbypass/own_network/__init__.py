"""Networks of one's own: signed graphs, Boolean networks, logical models, Turtle modules.

`read_network` gives the same `krasbypass.network.Network` as the packaged ontology does, so that
everything that asks a network asks these too.
"""

from krasbypass.own_network.config import NetworkConfig, read_network_config
from krasbypass.own_network.focus import Focus, find_near_routes, focus_routes
from krasbypass.own_network.reading import read_graph, read_network
from krasbypass.own_network.statements import NetworkFileError

__all__ = [
    "Focus",
    "NetworkConfig",
    "NetworkFileError",
    "find_near_routes",
    "focus_routes",
    "read_graph",
    "read_network",
    "read_network_config",
]
