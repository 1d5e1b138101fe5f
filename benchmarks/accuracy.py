"""How often the model is right: every scenario with a known outcome, beside constant answers.

Run as ``python -m benchmarks.accuracy``: it prints the shares by evidence level and by category,
names every miss, and writes benchmarks/accuracy.md. The scenarios are not part of this
repository; without them it does nothing. Another table in the same columns is read with
``--file``, and then nothing is written unless ``--out`` says where.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import krasbypass as kb
from krasbypass.errors import KrasbypassError
from krasbypass.gaps import find_gaps
from krasbypass.knowledge import load_full_knowledge
from krasbypass.model import Level
from krasbypass.network import Network
from krasbypass.records import Records, read_records
from krasbypass.records.regimens import Agent, are_alike

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "shared" / "scenarios" / "scenarios_dev.tsv"
TABLE = HERE / "accuracy.md"
README = TABLE.parents[1] / "README.md"
#: Lines of the README between which the shares stand.
MARKS = ("<!-- accuracy table -->", "<!-- end of accuracy table -->")
OUTPUTS = ("MAPK", "PI3K-AKT-mTOR")
OPEN, CLOSED = "open", "closed"
#: From the strongest kind of witness to the weakest.
WITNESSES = ("measured-data", "kb-record", "verified-abstract", "knowledge-unverified")
#: A known closer should stand among so many lines.
FIRST = 3

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One output of one scenario: what is known and what the model says."""

    row: Row
    output: str
    known: str
    found: str
    level: str

    @property
    def right(self) -> bool:
        """Whether the model says what is known."""
        return self.known == self.found


@dataclass(frozen=True, slots=True)
class Addition:
    """One known closer, or known non-closer, of a scenario: whether it works in the model."""

    row: Row
    drugs: tuple[str, ...]
    closes: bool
    still_open: tuple[str, ...]

    @property
    def works(self) -> bool:
        """Whether it closes every output that is open without it."""
        return not self.still_open


@dataclass(frozen=True, slots=True)
class Line:
    """Where the best of a scenario's known closers stands among the lines of `gaps`."""

    row: Row
    place: int | None
    lines: int
    first: str
    reached: bool


# -- asking the model ---------------------------------------------------------------------------


def read_rows(path: Path) -> list[Row]:
    """Read a table of scenarios; empty cells are empty texts."""
    with path.open(encoding="utf-8", newline="") as handle:
        return [dict(row) for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)]


def split(text: str, by: str = ",") -> tuple[str, ...]:
    """Return the parts of a cell."""
    return tuple(part.strip() for part in text.split(by) if part.strip())


def read_tumour(row: Row) -> kb.Tumour:
    """Return the tumour of a scenario."""
    return kb.Tumour.parse(row["tissue"], split(row["alterations"]))


def find_open(row: Row) -> tuple[str, ...]:
    """Return the outputs that are known to be open, which a closer is to close."""
    return tuple(output for output in OUTPUTS if row.get(output) == OPEN)


def find_level(network: Network, row: Row, output: str, more: Iterable[str] = ()) -> Level:
    """Return the level of an output in the phase of which the scenario speaks."""
    drugs = (*split(row["drugs"]), *more)
    answer = kb.find_routes(network, read_tumour(row), drugs, outputs=(output,))
    return answer.outputs[output].level(kb.Phase(row.get("phase") or kb.Phase.ADAPTED))


def judge(network: Network, rows: Iterable[Row]) -> list[Verdict]:
    """Return a verdict for every output of which the outcome is known."""
    found = []
    for row in rows:
        for output in OUTPUTS:
            if row.get(output) in (OPEN, CLOSED):
                level = find_level(network, row, output)
                said = OPEN if level is Level.FULL else CLOSED
                found.append(Verdict(row, output, row[output], said, level.label))
    return found


def try_additions(network: Network, rows: Iterable[Row]) -> list[Addition]:
    """Return whether each known closer and non-closer closes what is open in its scenario."""
    found = []
    for row in rows:
        outputs = find_open(row)
        for column, closes in (("closers", True), ("not_closers", False)):
            for entry in split(row.get(column, ""), ";") if outputs else ():
                drugs = split(entry, "+")
                levels = {output: find_level(network, row, output, drugs) for output in outputs}
                still_open = tuple(o for o, level in levels.items() if level is Level.FULL)
                found.append(Addition(row, drugs, closes, still_open))
    return found


def find_lines(network: Network, records: Records, rows: Iterable[Row]) -> list[Line]:
    """Return where known closers stand among the lines of `gaps`, best-supported line first.

    A line stands for a known closer if it holds its drugs, or drugs of its mechanisms. Lines are
    minimal, so that of a closer which is not, the line that closes with fewer drugs counts.
    """
    found = []
    for row in rows:
        outputs, closers = find_open(row), split(row.get("closers", ""), ";")
        if not outputs or not closers:
            continue
        answer = find_gaps(
            network, read_tumour(row), split(row["drugs"]), outputs=outputs, records=records
        )
        wanted = [records.pharmacy.find(split(entry, "+")) for entry in closers]
        places = (
            place
            for place, line in enumerate(answer.closers, 1)
            for drugs in (line.drugs, *line.alternatives)
            if any(covers(known, records.pharmacy.find(drugs)) for known in wanted)
        )
        first = " + ".join(answer.closers[0].mechanisms) if answer.closers else "none"
        found.append(Line(row, next(places, None), len(answer.closers), first, answer.reached))
    return found


def covers(known: Sequence[Agent], line: Sequence[Agent]) -> bool:
    """Whether every drug of a line is one of the known closer, or of the same class."""
    if not line:
        return True
    first, rest = line[0], line[1:]
    return any(
        (drug.name == first.name or are_alike(drug, first))
        and covers([*known[:i], *known[i + 1 :]], rest)
        for i, drug in enumerate(known)
    )


# -- telling it ---------------------------------------------------------------------------------


def count_right(verdicts: Sequence[Verdict], said: str | None = None) -> int:
    """Count right answers: of the model, or of always saying the same."""
    return sum(v.right if said is None else v.known == said for v in verdicts)


def tell_share(part: int, whole: int) -> str:
    """Return a share with its counts, since groups are small."""
    return f"{part / whole:.0%} ({part}/{whole})" if whole else "–"


def make_table(verdicts: Sequence[Verdict], key: Callable[[Verdict], str], title: str) -> list[str]:
    """Return the shares by group, the whole first, beside the two constant answers."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[key(verdict)].append(verdict)
    order = sorted(groups, key=lambda g: (WITNESSES.index(g) if g in WITNESSES else 9, g))
    lines = [f"| {title} | model | always open | always closed |", "|---|---|---|---|"]
    for name, group in (("**all**", list(verdicts)), *((name, groups[name]) for name in order)):
        shares = (count_right(group, said) for said in (None, OPEN, CLOSED))
        cells = (tell_share(part, len(group)) for part in shares)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def tell_scenario(row: Row) -> str:
    """Return a scenario as one cell."""
    return f"{row['tissue']} {row['alterations']} under {row['drugs'] or 'no drug'}"


def tell_misses(verdicts: Iterable[Verdict]) -> list[str]:
    """Return every wrong answer with what makes the scenario itself doubtful."""
    lines = [
        "| id | scenario | output | known | model | witness | doubt about the scenario |",
        "|---|---|---|---|---|---|---|",
    ]
    for v in verdicts:
        if not v.right:
            cells = (
                v.row["id"],
                tell_scenario(v.row),
                v.output,
                v.known,
                f"{v.found} ({v.level})",
                v.row.get("evidence_level", ""),
                v.row.get("doubt") or "none stated",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return lines if len(lines) > 2 else ["None."]


def tell_additions(additions: Sequence[Addition]) -> list[str]:
    """Return how many closers work and how many non-closers do, with those that differ."""
    closers = [a for a in additions if a.closes]
    others = [a for a in additions if not a.closes]
    works = tell_share(sum(a.works for a in closers), len(closers))
    wrong = tell_share(sum(a.works for a in others), len(others))
    lines = [f"Known closers that work: {works}. Known non-closers that work: {wrong}.", ""]
    for addition in additions:
        if addition.closes is not addition.works:
            left = " and ".join(addition.still_open)
            said = "works" if addition.works else f"leaves {left} open"
            known = "a closer" if addition.closes else "no closer"
            doubt = addition.row.get("doubt")
            lines.append(
                f"* {addition.row['id']}, {tell_scenario(addition.row)}: "
                f"{' + '.join(addition.drugs)} is known as {known} and {said} here"
                + (f" (doubt: {doubt})" if doubt else "")
            )
    return lines


def tell_lines(lines: Sequence[Line]) -> list[str]:
    """Return how many scenarios have a known closer among the first lines, and the others."""
    early = sum(line.place is not None and line.place <= FIRST for line in lines)
    found = sum(line.place is not None for line in lines)
    told = [
        f"A known closer stands among the first {FIRST} mechanism lines of `gaps` in "
        f"{tell_share(early, len(lines))} of the scenarios, anywhere in "
        f"{tell_share(found, len(lines))}.",
        "",
    ]
    for line in lines:
        if line.place is None or line.place > FIRST:
            if line.reached:
                place = "no line, since the model leaves nothing open"
            elif line.place is None:
                place = f"on none of {line.lines} lines; first: {line.first}"
            else:
                place = f"on line {line.place} of {line.lines}; first: {line.first}"
            known = line.row["closers"].replace(";", ", ")
            told.append(f"* {line.row['id']}, {tell_scenario(line.row)}: {known} {place}")
    return told


def tell(verdicts: Sequence[Verdict], additions: Sequence[Addition], lines: Sequence[Line]) -> str:
    """Return the page."""
    sure = [v for v in verdicts if not v.row.get("doubt")]
    scenarios = len({v.row["id"] for v in verdicts})
    parts = [
        "# Accuracy",
        "",
        f"Made by `python -m benchmarks.accuracy` from {scenarios} scenarios with a known outcome.",
        "An output counts as open at level `full` and as closed below. A scenario is a witness and",
        "not an order: its evidence level says how good a one, and some are doubtful themselves.",
        "The scenarios informed the model, so these shares are a calibration and no promise.",
        "",
        "## By evidence level",
        "",
        *make_table(
            verdicts, lambda v: v.row.get("evidence_level", ""), "evidence of the scenario"
        ),
        "",
        f"Without the doubtful scenarios: {tell_share(count_right(sure), len(sure))}.",
        "",
        "## By output",
        "",
        *make_table(verdicts, lambda v: v.output, "output"),
        "",
        "## By category",
        "",
        *make_table(verdicts, lambda v: v.row.get("category", ""), "category"),
        "",
        "## Misses",
        "",
        *tell_misses(verdicts),
        "",
        "## Closers",
        "",
        *tell_additions(additions),
    ]
    if lines:
        parts += ["", *tell_lines(lines)]
    return "\n".join(parts).rstrip() + "\n"


def main() -> None:
    """Run every scenario, print the page, write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--file", type=Path, default=SCENARIOS, help="table of scenarios")
    parser.add_argument("--out", type=Path, help="where the page goes (default: beside this file)")
    parser.add_argument("--quick", action="store_true", help="without the order of closers")
    asked = parser.parse_args()
    if not asked.file.is_file():
        print(f"no table of scenarios at {asked.file}, so there is nothing to compare with")
        return
    knowledge = load_full_knowledge()
    network = kb.build_signalling_network(knowledge)
    rows = []
    for row in read_rows(asked.file):
        try:
            find_level(network, row, OUTPUTS[0])
        except KrasbypassError as error:
            print(f"{row.get('id')} left out: {error}")
        else:
            rows.append(row)
    lines = [] if asked.quick else find_lines(network, read_records(knowledge), rows)
    page = tell(judge(network, rows), try_additions(network, rows), lines)
    print(page)
    out = asked.out or (TABLE if asked.file == SCENARIOS and not asked.quick else None)
    if out:
        out.write_text(page, encoding="utf-8")
    if out == TABLE:
        update_readme(page, README)


def update_readme(page: str, path: Path) -> None:
    """Put the first table, the closers and the misses' numbers between the README's marks."""
    table = page.partition("## By evidence level")[2].partition("\n## ")[0].strip()
    misses = re.findall(
        r"^\| (\w+\d+) \|", page.partition("## Misses")[2].partition("\n## ")[0], re.M
    )
    told = [
        line for line in page.splitlines() if line.startswith(("Known closers", "A known closer"))
    ]
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    block = "\n".join([table, "", f"Missed: {', '.join(misses) or 'none'}.", *told])
    path.write_text(f"{before}{MARKS[0]}\n{block}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
