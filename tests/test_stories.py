"""`check --diff`: which answers of the fixed stories a changed ontology moves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from krasbypass import Network
from krasbypass.errors import ScenarioFileError
from krasbypass.report.prose import moves_to_json, render_moves
from krasbypass.stories import Move, find_answers, find_moves, find_stories, write_answers
from krasbypass.table import read_table


@pytest.fixture(scope="module")
def answers(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("answers") / "answers.json"
    write_answers(path, network)
    return path


def test_every_story_is_answered(network: Network) -> None:
    found = find_answers(network)
    assert list(found) == [row["id"] for row in read_table(find_stories()).rows]
    assert not [story for story, answer in found.items() if "all error" in answer]


def test_the_same_ontology_moves_nothing(network: Network, answers: Path, tmp_path: Path) -> None:
    assert find_moves(network, before=answers) == ()
    again = tmp_path / "again.json"
    write_answers(again, network)
    assert again.read_bytes() == answers.read_bytes()


def test_levels_and_routes_that_differ_are_moves(
    network: Network, answers: Path, tmp_path: Path
) -> None:
    old = json.loads(answers.read_text(encoding="utf-8"))
    story = next(iter(find_answers(network)))
    route = old[story]["MAPK routes"]
    old[story]["MAPK adapted"] = "off"
    old[story]["MAPK routes"] = "x > MAPK"
    before = tmp_path / "before.json"
    before.write_text(json.dumps(old), encoding="utf-8")
    moves = find_moves(network, before=before)
    assert moves == (
        Move(story, "MAPK", "adapted", "off", "full"),
        Move(story, "MAPK", "routes", "x > MAPK", route),
    )
    assert render_moves(moves).splitlines()[-1] == "2 answers moved"
    assert moves_to_json(moves)[0] == {
        "story": story,
        "output": "MAPK",
        "phase": "adapted",
        "before": "off",
        "after": "full",
    }


def test_a_new_story_has_not_moved(network: Network, tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    before.write_text("{}", encoding="utf-8")
    assert find_moves(network, before=before) == ()


def test_a_story_that_cannot_be_asked_keeps_its_error(network: Network, tmp_path: Path) -> None:
    stories = tmp_path / "stories.tsv"
    stories.write_text("id\ttissue\talterations\tdrugs\nx\tCRC\tKRAS:G12C\tsotorasip\n")
    assert find_answers(network, stories)["x"]["all error"].startswith("unknown drug 'sotorasip'")


def test_missing_answers_are_one_sentence(network: Network, tmp_path: Path) -> None:
    with pytest.raises(ScenarioFileError, match=r"cannot read .*krasbypass build"):
        find_moves(network, before=tmp_path / "none.json")
