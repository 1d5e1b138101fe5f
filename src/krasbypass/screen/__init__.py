"""Levels of very many scenarios at once, exact, one bit a scenario.

`screen_scenarios` gives what `krasbypass.fixpoint.evaluate` gives, for any number of scenarios;
`find_level_planes` does so for planes. `screen_panel` counts, for every combination of mechanisms,
the tumours in which it reaches a goal; `find_minimal_sets` finds all minimal combinations that do
in one tumour.
"""

from krasbypass.screen.cases import Case, CaseMaker, Goal, over_mechanisms
from krasbypass.screen.closers import MinimalSets, find_minimal_sets
from krasbypass.screen.combinations import count_combinations, make_blocks
from krasbypass.screen.engines import choose_engine, has_native
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
