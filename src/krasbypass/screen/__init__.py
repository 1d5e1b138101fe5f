"""Levels of very many scenarios at once, exact, one bit a scenario.

`screen_scenarios` gives what `krasbypass.fixpoint.evaluate` gives, for any number of scenarios;
`find_level_planes` does so for planes. `screen_panel` counts, for every combination of mechanisms,
the tumours in which it reaches a goal; `find_minimal_sets` finds all minimal combinations that do
in one tumour.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from krasbypass.screen.cases import Case, CaseMaker, Goal, over_mechanisms
    from krasbypass.screen.combinations import count_combinations, make_blocks
    from krasbypass.screen.dualising import find_brake_proof_sets
    from krasbypass.screen.engines import choose_engine, has_native
    from krasbypass.screen.minimal import MinimalSets, find_minimal_sets
    from krasbypass.screen.panel import Panel, Screened, build_panel, screen_panel
    from krasbypass.screen.planes import (
        InputPlanes,
        LevelPlanes,
        Pass,
        find_level_planes,
        pack_scenarios,
        screen_scenarios,
    )
    from krasbypass.screen.treatments import Mechanism, compose, find_mechanisms

__all__ = [
    "Case",
    "CaseMaker",
    "Goal",
    "InputPlanes",
    "LevelPlanes",
    "Mechanism",
    "MinimalSets",
    "Panel",
    "Pass",
    "Screened",
    "build_panel",
    "choose_engine",
    "compose",
    "count_combinations",
    "find_brake_proof_sets",
    "find_level_planes",
    "find_mechanisms",
    "find_minimal_sets",
    "has_native",
    "make_blocks",
    "over_mechanisms",
    "pack_scenarios",
    "screen_panel",
    "screen_scenarios",
]

#: Modules of the names above, imported on first use: `evaluate` needs few of them.
_LATE = {
    "Case": "cases",
    "CaseMaker": "cases",
    "Goal": "cases",
    "InputPlanes": "planes",
    "LevelPlanes": "planes",
    "Mechanism": "treatments",
    "MinimalSets": "minimal",
    "Panel": "panel",
    "Pass": "planes",
    "Screened": "panel",
    "build_panel": "panel",
    "choose_engine": "engines",
    "compose": "treatments",
    "count_combinations": "combinations",
    "find_brake_proof_sets": "dualising",
    "find_level_planes": "planes",
    "find_mechanisms": "treatments",
    "find_minimal_sets": "minimal",
    "has_native": "engines",
    "make_blocks": "combinations",
    "over_mechanisms": "cases",
    "pack_scenarios": "planes",
    "screen_panel": "panel",
    "screen_scenarios": "planes",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
