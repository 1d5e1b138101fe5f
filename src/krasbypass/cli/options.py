"""Options that commands share, and what turns them into a network, a tumour and printed text."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from krasbypass.network import Network
    from krasbypass.tumour import Tumour

Tissue = Annotated[
    str,
    typer.Option("--tissue", "-t", help="NSCLC, CRC, PDAC, melanoma, LGSOC, HNSCC, bladder, any."),
]
Alterations = Annotated[
    list[str] | None,
    typer.Option("--alteration", "-a", help="KRAS:G12C, MET:amp, EML4::ALK; repeat or use commas."),
]
Drugs = Annotated[
    list[str] | None,
    typer.Option(
        "--drug", "-d", help="A name, code or brand, or inhibitor:TARGET; repeat or use commas."
    ),
]
Clones = Annotated[
    list[str] | None,
    typer.Option(
        "--clone", help="Alterations of one clone, comma-separated; repeat for each clone."
    ),
]
Hypotheses = Annotated[
    list[str] | None,
    typer.Option("--hypothesis", help="Switch a competing mechanism: NAME=on or NAME=off."),
]
Ontology = Annotated[
    Path | None,
    typer.Option(
        "--ontology", envvar="KRASBYPASS_ONTOLOGY", help="Use the ontology in this folder."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Outputs = Annotated[
    list[str] | None, typer.Option("--output", help="Spell out the routes of this output; repeat.")
]


def make_network(ontology: Path | None, hypotheses: list[str] | None) -> Network:
    """Return the network of the ontology in this folder, with hypotheses switched as asked."""
    from krasbypass.errors import NotationError
    from krasbypass.knowledge import load_knowledge
    from krasbypass.network import build_signalling_network

    chosen = {}
    for entry in hypotheses or ():
        name, _, value = entry.partition("=")
        if value not in ("on", "off"):
            raise NotationError(entry, "a hypothesis is switched with NAME=on or NAME=off")
        chosen[name.strip()] = value == "on"
    return build_signalling_network(load_knowledge(ontology), hypotheses=chosen)


def parse_tumour(tissue: str, alterations: list[str] | None, clones: list[str] | None) -> Tumour:
    """Return the tumour that the options describe."""
    from krasbypass.tumour import Tumour

    return Tumour.parse(tissue, alterations or (), *([c] for c in clones or ()))


def pick_outputs(network: Network, names: list[str] | None) -> list[str]:
    """Return the outputs named, in their own spelling; the default ones if none is."""
    from krasbypass.errors import UnknownTermError

    if not names:
        return [a.node for a in network.activities.values() if a.is_output and a.default]
    by_key = {name.casefold(): name for name in network.outputs}
    for name in names:
        if name.casefold() not in by_key:
            raise UnknownTermError("output", name, network.outputs)
    return [by_key[name.casefold()] for name in names]


def print_json(answer: dict[str, Any]) -> None:
    """Print an answer for machines."""
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def print_parts(parts: list[Any]) -> None:
    """Print what a report renders, in colour on a terminal."""
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    for part in parts:
        console.print(part)


def with_progress(rows: Any, total: int, what: str) -> list[Any]:
    """Collect an iterator; on a terminal show a bar, which stays away for two seconds."""
    if not sys.stderr.isatty():
        return list(rows)
    import time

    from rich.console import Console
    from rich.progress import Progress

    start, found = time.monotonic(), []
    with Progress(console=Console(stderr=True), transient=True, disable=False) as progress:
        task = progress.add_task(what, total=total, visible=False)
        for row in rows:
            found.append(row)
            progress.update(task, advance=1, visible=time.monotonic() - start > 2)
    return found
