"""Ask every competency question and compare the answers.

Run as ``python benchmarks/competency.py``: it writes docs/competency.md and prints the share that
is answered. The development set is not part of this repository; without it only the questions of
``benchmarks/questions.tsv`` are asked, and nothing is written.
"""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from krasbypass.cli import app
from krasbypass.errors import plain_key
from krasbypass.facts import ALT_LABEL, LABEL, Facts
from krasbypass.queries.named import find_queries
from krasbypass.queries.store import QueryAnswer, build_store, read_names, run_query
from krasbypass.vocabulary import P

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = ROOT.parent / "shared" / "questions" / "questions_dev.tsv"
#: Questions made for this repository, in the form of the development set.
OWN_QUESTIONS = Path(__file__).with_name("questions.tsv")
MAPPING = Path(__file__).with_name("competency.tsv")
TABLE = ROOT / "docs" / "competency.md"
KINDS = ("lookup", "inference")
#: Rows of an answer that the table shows.
_SHOWN = 8
#: Characters that it shows around what was found in the text of a command.
_AROUND = 60
#: The key which says that the answer holds the expected items and no other.
_EXACTLY = "exactly"


@dataclass(frozen=True, slots=True)
class Question:
    """A competency question with the answer that is expected."""

    id: str
    text: str
    expected: str
    answer_type: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One query or command of the mapping."""

    how: str
    parameters: tuple[tuple[str, str], ...]
    top: int | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was asked, what came back, and which keys are missing from it."""

    question: Question
    asked: tuple[str, ...]
    answer: str
    missing: tuple[str, ...]


def read_questions(path: Path = QUESTIONS, kinds: Iterable[str] = KINDS) -> tuple[Question, ...]:
    """Return the questions of these kinds, as the file orders them."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(
            Question(
                row["id"],
                row["question"],
                row["expected_answer"],
                row["answer_type"],
                row["difficulty"],
            )
            for row in rows
            if row["difficulty"] in set(kinds)
        )


def read_mapping(path: Path = MAPPING) -> Mapping[str, tuple[Ask, ...]]:
    """Return what to ask for each question id."""
    found: dict[str, list[Ask]] = {}
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        question, how, parameters, top, keys = line.split("\t")
        pairs = tuple(
            (key.strip(), value.strip())
            for key, _, value in (p.partition("=") for p in parameters.split(";") if p.strip())
        )
        wanted = tuple(key.strip() for key in keys.split(";") if key.strip())
        found.setdefault(question, []).append(Ask(how, pairs, int(top) if top else None, wanted))
    return {question: tuple(asks) for question, asks in found.items()}


def answer_questions(
    questions: Iterable[Question], mapping: Mapping[str, tuple[Ask, ...]]
) -> tuple[Outcome, ...]:
    """Ask what the mapping says for each question and compare."""
    store = build_store()
    names = read_names(store)
    synonyms = build_synonyms(names)
    known = {query.name: query for query in find_queries()}

    def run(ask: Ask) -> QueryAnswer:
        return run_query(store, known[ask.how], dict(ask.parameters), names=names)

    return tuple(_answer(q, mapping.get(q.id, ()), run, synonyms) for q in questions)


def _answer(
    question: Question,
    asks: tuple[Ask, ...],
    run: Callable[[Ask], QueryAnswer],
    names: Mapping[str, frozenset[str]],
) -> Outcome:
    texts: list[str] = []
    shown: list[str] = []
    surplus: tuple[str, ...] = ()
    written = tuple(key for ask in asks for key in ask.keys)
    exact = _EXACTLY in written
    keys = tuple(key for key in written if key != _EXACTLY) or _derive_keys(question)
    for ask in asks:
        if ask.how.startswith("krasbypass "):
            texts.append(_run_command(ask.how))
            shown.append(_cut_out(texts[-1], ask.keys or keys))
            continue
        answer = run(ask)
        texts.append(_as_text(answer, ask.top))
        rows = _strip(answer, {name for name, _ in ask.parameters})
        shown.append(_shorten(rows, keys, names))
        if exact and len({row[0] for row in rows}) != len(keys):
            surplus = (f"no more than {len(keys)} items",)
    missing = find_missing(question, keys, "\n".join(texts), names) + surplus if asks else keys
    asked = tuple(
        " ".join([ask.how, *(f"{key}={value}" for key, value in ask.parameters)]) for ask in asks
    )
    return Outcome(question, asked, "; ".join(text for text in shown if text), missing)


def _run_command(line: str) -> str:
    ran = CliRunner().invoke(app, shlex.split(line)[1:], catch_exceptions=False)
    return " ".join(ran.stdout.split())


def _cut_out(text: str, keys: Iterable[str]) -> str:
    """Return the surroundings of each key in the text of a command."""
    parts = []
    for key in keys:
        word = key.partition("=")[2] or key
        at = text.casefold().find(word.casefold())
        parts.append(f"… {text[max(0, at - _AROUND) : at + len(word) + _AROUND]} …")
    return " ".join(dict.fromkeys(parts))


def _as_text(answer: QueryAnswer, top: int | None) -> str:
    if answer.form == "ask":
        return f"[{answer.rows[0][0]}]"
    body = "\n".join(" | ".join(row) for row in answer.rows[:top])
    return f"{body}\n[{'yes' if answer.rows else 'no'}]"


def _strip(answer: QueryAnswer, given: set[str]) -> list[tuple[str, ...]]:
    """Return the distinct rows without the columns that only repeat the question."""
    kept = [i for i, column in enumerate(answer.columns) if column not in given]
    return list(dict.fromkeys(tuple(row[i] for i in kept) for row in answer.rows))


def _shorten(
    rows: list[tuple[str, ...]], keys: Iterable[str], names: Mapping[str, frozenset[str]]
) -> str:
    """Return the rows that hold what was asked for, some more, and how many are left."""
    words = [key.partition("=")[2] or key for key in keys if not key.startswith("!")]
    texts = [", ".join(cell for cell in row if cell) for row in rows]
    held = [sum(_stands_in(word, text, names) for word in words) for text in texts]
    ranked = [text for _, text in sorted(zip(held, texts, strict=True), key=lambda pair: -pair[0])]
    rest = len(ranked) - _SHOWN
    text = "; ".join(ranked[:_SHOWN]) or "none"
    return f"{text}; and {rest} more" if rest > 0 else text


# -- comparison ---------------------------------------------------------------------------------


def _derive_keys(question: Question) -> tuple[str, ...]:
    expected = question.expected
    if question.answer_type == "boolean":
        return (re.split(r"\W", expected, maxsplit=1)[0],)
    if question.answer_type == "number":
        return tuple(re.findall(r"\d+(?:\.\d+)?", expected))
    if match := re.search(r"\{(.*?)\}", expected):
        return tuple(_split_set(match[1]))
    return (expected,)


def _split_set(text: str) -> Iterable[str]:
    for item in text.split(";"):
        yield re.sub(r"\s*\(.*?\)", "", item).strip()


def find_missing(
    question: Question, keys: Iterable[str], answer: str, names: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """Return the keys that do not stand in the answer, and those that are not in the expected one.

    An item counts in any of the names that the ontology gives it; a number counts as a whole.
    """
    missing = []
    for key in keys:
        expected, _, obtained = key.partition("=")
        if key.startswith("!"):
            if _stands_in(key[1:], answer, names):
                missing.append(key)
        elif not (
            _is_expected(expected, question.expected)
            and _stands_in(obtained or expected, answer, names)
        ):
            missing.append(key)
    return tuple(missing)


def _is_expected(key: str, expected: str) -> bool:
    return plain_key(key) in plain_key(expected)


def _stands_in(key: str, answer: str, names: Mapping[str, frozenset[str]]) -> bool:
    if key in ("yes", "no"):
        return f"[{key}]" in answer
    if re.fullmatch(r"\d+(?:\.\d+)?", key):
        return any(float(n) == float(key) for n in re.findall(r"\d+(?:\.\d+)?", answer))
    return any(_is_word_in(name, answer) for name in {key, *names.get(plain_key(key), ())})


def _is_word_in(name: str, answer: str) -> bool:
    """Say whether `name` stands in `answer`, not as a part of a longer word or number."""
    breaks = r"[\s\-_\u2010\u2011\u2013]*"
    pattern = breaks.join(map(re.escape, re.sub(breaks, "", name.casefold())))
    return bool(re.search(rf"(?<![^\W_]){pattern}(?![0-9])", answer.casefold()))


def build_synonyms(names: Facts) -> Mapping[str, frozenset[str]]:
    """Return all names of whatever each name stands for, by key."""
    found: dict[str, set[str]] = {}
    for term, values in names.index.items():
        known = {v for prop in (LABEL, ALT_LABEL, P.NOTATION) for v in values.get(prop, ())}
        for name in (*known, term, *(n.partition(":")[2] for n in known if n.startswith("KRAS:"))):
            found.setdefault(plain_key(name), set()).update(known)
    return {key: frozenset(known) for key, known in found.items()}


# -- output -------------------------------------------------------------------------------------


def render_table(outcomes: Iterable[Outcome], own: Iterable[Outcome]) -> str:
    """Return docs/competency.md: the development set, and the questions of this repository."""
    lines = [
        "# Competency questions",
        "",
        "Made by `python benchmarks/competency.py`; do not edit. Each question, the query that",
        "answers it (`krasbypass query --name NAME -p KEY=VALUE`), and the rows of its answer that",
        "matter. `benchmarks/competency.tsv` says what is compared.",
    ]
    for title, listed in (
        ("Lookup and inference questions of the development set", tuple(outcomes)),
        ("Further questions, made for this repository (`benchmarks/questions.tsv`)", tuple(own)),
    ):
        right = sum(not o.missing for o in listed)
        lines += [
            "",
            f"## {title}",
            "",
            f"{right} of {len(listed)} answers hold all that the expected answer asks for.",
            "",
            "| id | question | asked with | answer | agrees |",
            "|---|---|---|---|---|",
            *map(_render_row, listed),
        ]
    return "\n".join(lines) + "\n"


def _render_row(outcome: Outcome) -> str:
    asked = "<br>".join(f"`{_cell(text)}`" for text in outcome.asked)
    verdict = "no: lacks " + _cell(", ".join(outcome.missing)) if outcome.missing else "yes"
    question = outcome.question
    cells = (question.id, _cell(question.text), asked, _cell(outcome.answer), verdict)
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    text = text if len(text) <= 700 else text[:700].rsplit(" ", 1)[0] + " …"
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the table and print the shares."""
    mapping = read_mapping()
    own = answer_questions(read_questions(OWN_QUESTIONS), mapping)
    _report("own questions", own)
    if not QUESTIONS.is_file():
        print("the development questions are not here; the table is not written")
        return
    outcomes = answer_questions(read_questions(), mapping)
    _report("development set", outcomes)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(render_table(outcomes, own), "utf-8")


def _report(title: str, outcomes: tuple[Outcome, ...]) -> None:
    for o in outcomes:
        if o.missing:
            print(f"{o.question.id}: {o.question.text}\n    lacks {', '.join(o.missing)}")
    right = sum(not o.missing for o in outcomes)
    print(f"{title}: {right} of {len(outcomes)} ({100 * right / len(outcomes):.1f} %)")


if __name__ == "__main__":
    main()
