"""Options that commands share, and what turns them into a network, a tumour and printed text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from krasbypass.network import Network
    from krasbypass.tumour import Tumour

Row = TypeVar("Row")

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
NetworkFile = Annotated[
    Path | None,
    typer.Option("--network", help="Ask this network: signed SIF, .bnet, SBML-qual or Turtle."),
]
NetworkToml = Annotated[
    Path | None,
    typer.Option("--network-config", help="Its sources, outputs and drugs, as TOML."),
]
OwnOutputs = Annotated[
    list[str] | None, typer.Option("--output", help="A node of --network to ask for; repeat.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Outputs = Annotated[
    list[str] | None, typer.Option("--output", help="Spell out the routes of this output; repeat.")
]


def make_network(
    ontology: Path | None,
    hypotheses: list[str] | None,
    file: Path | None = None,
    config: Path | None = None,
    outputs: list[str] | None = None,
) -> Network:
    """Return the network of the ontology in this folder, with hypotheses switched as asked.

    With `file` it is the user's own network, whose nodes `outputs` may be asked for.
    """
    from krasbypass.errors import NotationError
    from krasbypass.knowledge import load_knowledge
    from krasbypass.network import build_signalling_network, parse_hypotheses

    chosen = parse_hypotheses(hypotheses or ())
    if file is None and config is not None:
        raise NotationError(str(config), "--network-config goes with --network")
    network = build_signalling_network(load_knowledge(ontology), hypotheses=chosen)
    if file is None:
        return network
    from krasbypass.own_network import read_network

    return read_network(file, config, base=network, outputs=outputs or (), ontology=ontology)


def parse_tumour(tissue: str, alterations: list[str] | None, clones: list[str] | None) -> Tumour:
    """Return the tumour that the options describe."""
    from krasbypass.tumour import Tumour

    return Tumour.parse(tissue, alterations or (), *([c] for c in clones or ()))


def print_json(answer: dict[str, Any]) -> None:
    """Print an answer for machines."""
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def print_parts(parts: Iterable[RenderableType]) -> None:
    """Print what a report renders, in colour on a terminal."""
    from rich.console import Console
    from rich.text import Text

    from krasbypass.report.routes import hang

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    for part in parts:
        for line in hang(part) if isinstance(part, Text) else [part]:
            console.print(line)


@contextmanager
def show_progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield what to call with the work done and in all; on a terminal a bar, after two seconds.

    The bar moves to and fro where nothing is called.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, visible=False, total=None)
        late = Timer(2, lambda: bar.update(task, visible=True))
        late.daemon = True
        late.start()

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        try:
            yield update
        finally:
            late.cancel()


def with_progress(rows: Iterable[Row], total: int, what: str) -> list[Row]:
    """Collect what an iterator yields under a progress bar; `total` is how many to expect."""
    found = []
    with show_progress(what) as update:
        for row in rows:
            found.append(row)
            if update is not None:
                update(len(found), total)
    return found
