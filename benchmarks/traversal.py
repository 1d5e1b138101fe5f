"""Ask every traversal and gap question and compare: ``python -m benchmarks.traversal``.

It writes docs/competency-gaps.md and prints the share that is answered as expected. The
development set is not part of this repository; without it nothing is written.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = ROOT.parent / "shared" / "questions" / "questions_dev.tsv"
MAPPING = Path(__file__).with_name("traversal.tsv")
TABLE = ROOT / "docs" / "competency-gaps.md"
KINDS = ("traversal", "gap")
#: Commands whose JSON is checked; of the others it is what they print.
PLANNING = ("routes", "gaps", "forecast")
#: The output levels that count as open.
OPEN = "full"

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the expected answer and what of the obtained one says it."""

    expected: str
    verb: str
    what: str

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A command, what has to stand in its answer, and why the answer differs if it does."""

    command: str
    checks: tuple[Check, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question with what was asked, and the checks that hold and that fail."""

    row: Row
    asks: tuple[Ask, ...]
    held: tuple[Check, ...]
    failed: tuple[Check, ...]

    @property
    def agrees(self) -> bool:
        """Whether everything expected stands in the answers."""
        return bool(self.held) and not self.failed


#: Longer words first, since one may begin another.
VERBS = (
    "no escape",
    "escape",
    "no closer",
    "closer",
    "open",
    "closed",
    "path",
    "untried",
    "has",
    "lacks",
)


def read_mapping(path: Path = MAPPING) -> Mapping[str, tuple[Ask, ...]]:
    """Return what to ask for each question id."""
    found: dict[str, tuple[Ask, ...]] = {}
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, command, checks, note = line.split("\t")
            ask = Ask(command, tuple(map(read_check, checks.split(";"))), note)
            found[name] = (*found.get(name, ()), ask)
    return found


def read_check(text: str) -> Check:
    """Read ``expected wording => verb what``."""
    expected, _, rule = (part.strip() for part in text.partition("=>"))
    verb = next(v for v in VERBS if rule.startswith(f"{v} "))
    return Check(expected, verb, rule.removeprefix(verb).strip())


def read_questions(path: Path = QUESTIONS) -> list[Row]:
    """Return the questions of these kinds, as the file orders them."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in rows if row["difficulty"] in KINDS]


# -- asking ---------------------------------------------------------------------------------------


@cache
def run_command(command: str) -> str:
    """Return what a command prints, with ``--json`` where its JSON is checked."""
    from krasbypass import cli

    words = shlex.split(command)
    words += ["--json"] if words[0] in PLANNING else []
    words += ["--format", "tsv"] if words[0] == "query" else []
    printed, argv = io.StringIO(), sys.argv
    sys.argv = ["krasbypass", *words]
    try:
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            cli.main()
    finally:
        sys.argv = argv
    return printed.getvalue()


def holds(check: Check, printed: str, expected: str) -> bool:
    """Whether a check holds, and is about something that the expected answer says."""
    if plain(check.expected) not in plain(expected):
        return False
    if check.verb in ("has", "lacks"):
        return (plain(check.what) in plain(printed)) is (check.verb == "has")
    answer = json.loads(printed)
    if check.verb in ("open", "closed"):
        level = answer["outputs"][check.what]["adapted"]
        return (level == OPEN) is (check.verb == "open")
    if check.verb == "path":
        nodes = [part.strip() for part in check.what.split(">")]
        routes = [*answer["routes"], *answer["residual"]]
        return any(runs_through(route["nodes"], nodes) for route in routes)
    if check.verb.endswith("escape"):
        found = {tuple(e["alterations"]) for e in answer["escapes"]}
        return ((check.what,) in found) is (check.verb == "escape")
    if check.verb == "untried":
        return all(line["no_recorded_trial"] for line in answer["closers"])
    wanted = sorted(part.strip() for part in check.what.split("+"))
    closers = [
        sorted(names)
        for line in answer["closers"]
        for names in (line["mechanisms"], line["drugs"], *line["alternatives"])
    ]
    return (wanted in closers) is (check.verb == "closer")


def plain(text: str) -> str:
    """Return text without case, and without the line breaks of a table."""
    return " ".join(text.casefold().split())


def runs_through(nodes: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether a route has these nodes in this order; members of one class stand together."""
    left = iter([node.split("|") for node in nodes])
    return all(any(name in members for members in left) for name in wanted)


def answer_questions(rows: Iterable[Row], mapping: Mapping[str, tuple[Ask, ...]]) -> list[Outcome]:
    """Ask what the mapping says for each question and compare."""
    outcomes = []
    for row in rows:
        asks = mapping.get(row["id"], ())
        results = [
            (check, holds(check, run_command(ask.command), row["expected_answer"]))
            for ask in asks
            for check in ask.checks
        ]
        outcomes.append(
            Outcome(
                row,
                asks,
                tuple(check for check, right in results if right),
                tuple(check for check, right in results if not right),
            )
        )
    return outcomes


# -- telling --------------------------------------------------------------------------------------


def render_table(outcomes: Iterable[Outcome]) -> str:
    """Return docs/competency-gaps.md."""
    listed = list(outcomes)
    right = sum(outcome.agrees for outcome in listed)
    lines = [
        "# Traversal and gap questions",
        "",
        "Made by `python -m benchmarks.traversal`; do not edit. Each question, the command that",
        "answers it, what of the answer says what was expected, and, where it differs, why.",
        "`benchmarks/traversal.tsv` has the checks: `open` is level `full` after adaptation,",
        "`escape X` means that X re-opens an output, `closer X` that X closes all of them alone.",
        "An expected answer marked *route model* rests on one reading; where",
        "[semantics.md](semantics.md) reads otherwise, it wins.",
        "",
        f"{right} of {len(listed)} questions are answered as expected.",
        "",
        "| id | question | expected | asked with | the answer says | agrees |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_render_row, listed)]) + "\n"


def _render_row(outcome: Outcome) -> str:
    row = outcome.row
    mark = " *(route model)*" if "route model" in row["answer_type"] else ""
    notes = "; ".join(ask.note for ask in outcome.asks if ask.note)
    missing = ", ".join(map(str, outcome.failed)) or "nothing asked"
    cells = (
        row["id"],
        row["question"],
        row["expected_answer"] + mark,
        "<br>".join(f"`krasbypass {ask.command}`" for ask in outcome.asks),
        ", ".join(dict.fromkeys(map(str, outcome.held))),
        "yes" if outcome.agrees else f"no: not {missing}. {notes}",
    )
    return f"| {' | '.join(' '.join(c.split()).replace('|', chr(92) + '|') for c in cells)} |"


def main() -> None:
    """Write the table and print the share."""
    if not QUESTIONS.is_file():
        print("the development questions are not here; the table is not written")
        return
    outcomes = answer_questions(read_questions(), read_mapping())
    for outcome in outcomes:
        if not outcome.agrees:
            print(f"{outcome.row['id']}: not {', '.join(map(str, outcome.failed))}")
    right = sum(outcome.agrees for outcome in outcomes)
    print(f"{right} of {len(outcomes)} ({100 * right / len(outcomes):.1f} %)")
    TABLE.write_text(render_table(outcomes), "utf-8")


if __name__ == "__main__":
    main()
