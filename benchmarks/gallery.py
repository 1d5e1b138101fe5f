"""The gallery: ten questions and what the commands print, ``python -m benchmarks.gallery``.

It writes docs/gallery.md. What is printed is shortened by whole sections and lines and otherwise
unedited; tests/test_gap_stories.py holds every sentence said about it against the network.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "gallery.md"
#: Heading of the levels table, and of the end of every answer.
LEVELS = " output "
#: Lines of a section that are shown.
LINES = 24


@dataclass(frozen=True, slots=True)
class Ask:
    """A command, the sections of its answer that are shown, and how many lines of each."""

    command: str
    sections: tuple[str, ...]
    lines: int = LINES


@dataclass(frozen=True, slots=True)
class Story:
    """A question, the commands that answer it, what they say and what they do not."""

    title: str
    question: str
    asks: tuple[Ask, ...]
    says: str
    not_said: str


STORIES = (
    Story(
        "Pancreatic cancer, KRAS G12D, daraxonrasib",
        "What escapes first?",
        (
            Ask(
                "forecast --tissue PDAC -a KRAS:G12D -d daraxonrasib",
                (LEVELS, "on-target, dosage", "downstream", "parallel", "upstream", "Sources"),
                13,
            ),
        ),
        "Amplification of KRAS, in 16 of 44 patients of the one series on record, then alterations "
        "of the MAPK pathway (11 of 44), of receptors and of PI3K (4 of 44 each). The source infers "
        "from allele fractions which copy was amplified, and was read through a curated summary; "
        "the answer prints both caveats.",
        "That any of the other listed alterations was seen under daraxonrasib: where the count "
        "comes from another drug or another tumour, the table says which.",
    ),
    Story(
        "The same tumour, a second ON-state drug",
        "Would zoldonrasib beside daraxonrasib help?",
        (
            Ask(
                "forecast --tissue PDAC -a KRAS:G12D -d daraxonrasib,zoldonrasib "
                "--output MAPK --output PI3K-AKT-mTOR --output transcription",
                (LEVELS, "on-target", "parallel", "On record"),
                16,
            ),
        ),
        "For dosage perhaps: amplified KRAS is no longer listed. Not for lost cyclophilin A "
        "(`PPIA:loss`), which both drugs need, nor for BRAF, which acts below RAS, nor for MYC, "
        "which holds growth transcription without RAS.",
        "That the two drugs together are tolerable or active; trials of the pair are listed as far "
        "as they are on record.",
    ),
    Story(
        "Pancreatic cancer, KRAS G12R, daraxonrasib",
        "What is left of MAPK, and what would take it away?",
        (
            Ask(
                "gaps --tissue PDAC -a KRAS:G12R -d daraxonrasib --output MAPK --target close "
                "--max-add 2",
                (LEVELS, "Goal", "Open gaps", "Closers"),
            ),
            Ask(
                "forecast --tissue PDAC -a KRAS:G12R -d daraxonrasib",
                ("not genetic", "Sources"),
                8,
            ),
        ),
        "Receptors come up as ERK falls and load wild-type RAS, which the drug holds only in part. "
        "A SHP2 inhibitor or a MEK inhibitor closes that alone, an ERBB drug with one against FGFR; "
        "where EGFR itself is active, an EGFR drug does. The witness is a preprint: cells, and the "
        "tumour of one patient who then had several drugs at once.",
        "That MAPK is at full: the residual route stays attenuated in this model.",
    ),
    Story(
        "Colorectal cancer, KRAS G12C, sotorasib",
        "What has to be added, and what remains?",
        (
            Ask("gaps --tissue CRC -a KRAS:G12C -d sotorasib", (LEVELS, "Goal", "Closers"), 14),
            Ask(
                "forecast --tissue CRC -a KRAS:G12C -d sotorasib,panitumumab",
                ("on-target, dosage", "upstream", "downstream"),
                20,
            ),
        ),
        "An antibody against EGFR, approved with sotorasib in this tumour. Amplified KRAS, MET and "
        "BRAF remain: the antibody is above all of them.",
        "That BRAF V600E is frequent: it rests on one patient, under adagrasib, and the table says so.",
    ),
    Story(
        "Lung cancer, Y96D or H95D after adagrasib",
        "Which drug still binds?",
        (
            Ask(
                "gaps --tissue NSCLC -a KRAS:G12C+Y96D -d adagrasib --max-add 1",
                (LEVELS, "Goal", "Closers"),
            ),
            Ask(
                "gaps --tissue NSCLC -a KRAS:G12C+H95D -d adagrasib --max-add 1",
                (LEVELS, "Goal", "Closers"),
            ),
        ),
        "Y96D takes the pocket of all OFF-state drugs, so none of them is among the closers, and "
        "sotorasib is not; ON-state drugs are. H95D takes adagrasib's contact alone: sotorasib, "
        "approved for such tumours, heads the first line, and other OFF-state drugs stand behind it "
        "(`--unfold` lists all of it).",
        "That a closer was tried after adagrasib: `mechanistic` says that nothing but the model "
        "speaks for it.",
    ),
    Story(
        "Lung cancer, KRAS G12C, sotorasib with a SHP2 inhibitor",
        "What remains, and which trials tested the pair?",
        (
            Ask(
                "forecast --tissue NSCLC -a KRAS:G12C -d sotorasib,TNO155",
                (LEVELS, "downstream", "upstream", "other-ras", "parallel", "On record"),
                12,
            ),
        ),
        "PI3K (its own lesions and receptors, which reach it without RAS), BRAF and what lies below, "
        "NRAS Q61, and open PTPN11, which a SHP2 inhibitor does not bind. No trial of this very pair "
        "is on record; those of its classes are.",
        "That receptors drive ERK past the SHP2 inhibitor at full.",
    ),
    Story(
        "Lung cancer, KRAS G12C with loss of STK11 and KEAP1",
        "Is MAPK held, and is that all?",
        (
            Ask(
                "gaps --tissue NSCLC -a KRAS:G12C,STK11:loss,KEAP1:loss -d sotorasib",
                (LEVELS, "Goal", "No drug of the catalogue", "Watch", "Outcome", "On record"),
            ),
        ),
        "MAPK is suppressed; NRF2 stays at full and no drug of the catalogue reaches it. Measured "
        "outcomes of patients with both losses stand beside the answer.",
        "That such a tumour is sensitive.",
    ),
    Story(
        "Lung cancer, KRAS G12C, MET amplified at progression",
        "What closes both outputs?",
        (
            Ask(
                "gaps --tissue NSCLC -a KRAS:G12C,MET:amp -d sotorasib --max-add 1",
                (LEVELS, "Goal", "Closers"),
            ),
            Ask(
                "gaps --tissue NSCLC -a KRAS:G12C,MET:amp -d daraxonrasib --max-add 1",
                (LEVELS, "Goal", "Open gaps", "Closers"),
            ),
        ),
        "A drug against MET. An ON-state drug alone weakens MAPK and leaves PI3K, which MET reaches "
        "without RAS.",
        "That a MET inhibitor was combined in a trial of such tumours; where none is on record, the "
        "table says so.",
    ),
    Story(
        "Lung cancer in epithelial-mesenchymal transition",
        "What does a SHP2 inhibitor do, and what has no drug?",
        (
            Ask(
                "gaps --tissue NSCLC -a KRAS:G12C,context:EMT -d sotorasib,TNO155 --max-add 2",
                (LEVELS, "Goal", "No drug of the catalogue", "Open gaps", "Closers"),
            ),
        ),
        "It takes FGFR1's way to MAPK; PI3K stays at full and needs a drug of its own, and so does "
        "the cell cycle, which the transition holds through CDK4/6. What no drug of the catalogue "
        "reaches, the transition itself, comes first.",
        "That closing both outputs turns the transition back.",
    ),
    Story(
        "Lung cancer, daraxonrasib with elironrasib",
        "Has it been tried, where, and what would still escape?",
        (
            Ask(
                "forecast --tissue NSCLC -a KRAS:G12C -d daraxonrasib,elironrasib",
                (LEVELS, "downstream", "upstream", "on-target, exposure", "parallel", "On record"),
                12,
            ),
        ),
        "A trial of the pair is on record, without results. In the model amplified KRAS, NRAS, NF1 "
        "and changes of the pocket are held; what acts below RAS, what reaches PI3K without it, the "
        "transition and the loss of the partner that both drugs share are not.",
        "That it is active in patients: no result of the pair is on record here.",
    ),
)


def print_answer(command: str) -> str:
    """Return what a command prints, right ends trimmed."""
    from krasbypass import cli

    printed, argv = io.StringIO(), sys.argv
    sys.argv = ["krasbypass", *shlex.split(command)]
    try:
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            cli.main()
    finally:
        sys.argv = argv
    return "\n".join(line.rstrip() for line in printed.getvalue().splitlines())


def split_sections(text: str) -> list[tuple[str, list[str]]]:
    """Return the parts of an answer with the line that heads each."""
    found: list[tuple[str, list[str]]] = []
    for block in re.split(r"\n\n+", text.strip("\n")):
        lines = block.splitlines()
        if found and (lines[0].startswith((" ", "…", "off throughout")) and LEVELS not in lines[0]):
            found[-1][1].extend(["", *lines])
        else:
            found.append((lines[0], lines))
    return found


def shorten(ask: Ask, text: str) -> str:
    """Return the sections of an answer that are asked for, long ones cut."""
    shown = []
    for number, (head, lines) in enumerate(split_sections(text)):
        if number == 0 or head.startswith(ask.sections):
            rest = len(lines) - ask.lines
            shown.append([*lines[: ask.lines], f"  [{rest} lines left out]"] if rest > 1 else lines)
    return "\n\n".join("\n".join(lines).rstrip() for lines in shown)


def render_story(number: int, story: Story) -> str:
    """Return one section of the page."""
    parts = [f"## {number}. {story.title}", f"*{story.question}*"]
    for ask in story.asks:
        answer = shorten(ask, print_answer(ask.command))
        parts.append(f"```text\n$ krasbypass {ask.command}\n{answer}\n```")
    parts += [story.says, f"**Not claimed:** {story.not_said}"]
    return "\n\n".join(parts)


def render_page() -> str:
    """Return docs/gallery.md."""
    head = (
        "# Gallery\n\n"
        "Made by `python -m benchmarks.gallery`; do not edit. Ten questions, the commands that "
        "answer them, and what they print, shortened by whole sections and lines. How to read an "
        "answer: [semantics.md](semantics.md)."
    )
    stories = (render_story(number, story) for number, story in enumerate(STORIES, 1))
    return "\n\n".join([head, *stories]) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(render_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
