"""Which engine runs a circuit: numpy always, compiled code where it is installed and pays."""

from __future__ import annotations

from importlib.util import find_spec

from krasbypass.screen.arrays import run_with_numpy
from krasbypass.screen.native import run_native
from krasbypass.screen.planes import Engine

#: Scenarios above which compiling a circuit costs less than it saves.
WORTH_COMPILING = 1_000_000


def has_native() -> bool:
    """Return whether llvmlite is installed."""
    return find_spec("llvmlite") is not None


def choose_engine(size: int, scenarios: int) -> Engine:
    """Return the engine for a circuit of `size` operations over many scenarios.

    >>> choose_engine(100, 64) is run_with_numpy
    True
    """
    if size and scenarios >= WORTH_COMPILING and has_native():
        return run_native
    return run_with_numpy
