"""Which routes to an output are open in a tumour under a combination, and why.

Whether an output is open is decided by the fixpoint alone; routes explain it.
"""

from __future__ import annotations

from krasbypass.routes.finding import (
    evaluate_tumour,
    find_assumptions,
    find_blocked_nodes,
    find_routes,
    pool_outputs,
)

__all__ = [
    "evaluate_tumour",
    "find_assumptions",
    "find_blocked_nodes",
    "find_routes",
    "pool_outputs",
]
