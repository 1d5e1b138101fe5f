"""A fixed list of tumours under drugs, and which of their answers a changed ontology moves.

The list is ``stories.tsv`` beside the Turtle; the answers of the shipped ontology are generated
into ``graphs/answers.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from krasbypass.answers import RoutesAnswer
from krasbypass.errors import KrasbypassError, ScenarioFileError
from krasbypass.model import Level, Phase
from krasbypass.network import Network
from krasbypass.reasoning import find_ontology, find_shipped_graph
from krasbypass.routes import find_routes
from krasbypass.table import read_table
from krasbypass.tumour import Tumour

#: Answers of one story: what was asked (``MAPK adapted``, ``MAPK routes``) and what came back.
Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Move:
    """An answer that changed; `phase` is a phase, or ``routes`` where open routes changed.

    `before` and `after` are levels, or routes that were there only before or only after, joined
    by ``; ``, or the error that the story gives.
    """

    story: str
    output: str
    phase: str
    before: str
    after: str


def find_stories(folder: Path | None = None) -> Path:
    """Return the list of stories of an ontology, or the packaged one where it has none."""
    own = (folder or find_ontology()) / "stories.tsv"
    return own if own.is_file() else find_ontology() / "stories.tsv"


def find_shipped_answers() -> Path:
    """Return the file with the answers of the shipped ontology."""
    return find_shipped_graph().with_name("answers.json")


def find_answers(network: Network, stories: Path | None = None) -> dict[str, Answers]:
    """Return the answers of every story by its id, in the order of the list.

    Raises
    ------
    ScenarioFileError
        The list cannot be read.
    """
    answers: dict[str, Answers] = {}
    for row in read_table(stories or find_stories()).rows:
        try:
            tumour = Tumour.parse(row["tissue"], [row["alterations"]])
            shown = sorted(network.default_outputs)
            answer = find_routes(network, tumour, [row["drugs"]], outputs=shown)
            answers[row["id"]] = dict(_read_answer(answer))
        except KrasbypassError as error:
            answers[row["id"]] = {"all error": str(error)}
    return answers


def _read_answer(answer: RoutesAnswer) -> Iterator[tuple[str, str]]:
    for output, levels in answer.outputs.items():
        for phase in Phase:
            yield f"{output} {phase.value}", levels.level(phase).label
    routes: dict[str, list[str]] = {}
    for route in answer.routes:
        if route.level is Level.FULL:
            routes.setdefault(route.output, []).append(" > ".join(route.nodes))
    for output, found in routes.items():
        yield f"{output} routes", "; ".join(sorted(found))


def write_answers(path: Path, network: Network) -> None:
    """Write the answers of the packaged stories as JSON; the same answers give the same bytes."""
    text = json.dumps(find_answers(network), ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def find_moves(
    network: Network, *, before: Path | None = None, stories: Path | None = None
) -> tuple[Move, ...]:
    """Return which answers differ from those of the shipped ontology.

    Parameters
    ----------
    network
        Compiled from the ontology at hand.
    before
        The answers to compare with, by default the shipped ones.
    stories
        The list of stories, by default the packaged one. A story that is not in `before` is new
        and has not moved.

    Returns
    -------
    tuple of Move
        By story in the order of the list, then by output and phase.

    Raises
    ------
    ScenarioFileError
        There are no answers to compare with.
    """
    path = before or find_shipped_answers()
    try:
        old: dict[str, Answers] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScenarioFileError(
            f"cannot read the earlier answers {path.name!r}", "make them with: krasbypass build"
        ) from error
    new = find_answers(network, stories)
    return tuple(
        move
        for story, answers in new.items()
        if story in old
        for move in _compare(story, old[story], answers)
    )


def _compare(story: str, old: Answers, new: Answers) -> Iterator[Move]:
    for asked in sorted(old.keys() | new.keys()):
        before, after = old.get(asked, ""), new.get(asked, "")
        if before == after:
            continue
        output, _, phase = asked.rpartition(" ")
        if phase == "routes":
            gone = [r for r in before.split("; ") if r not in after.split("; ")]
            come = [r for r in after.split("; ") if r not in before.split("; ")]
            before, after = "; ".join(gone), "; ".join(come)
        yield Move(story, output, phase, before or "none", after or "none")
