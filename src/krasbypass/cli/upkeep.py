"""Commands for those who edit the ontology."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from krasbypass.cli.app import app
from krasbypass.cli.options import (
    Json,
    Ontology,
    make_network,
    print_json,
    show_progress,
)


@app.command(epilog="Example: `krasbypass check`")
def check(
    ontology: Ontology = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show which answers moved against the shipped ontology.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that the ontology is consistent, complete and sourced, and generated files fresh."""
    from krasbypass.quality import find_faults
    from krasbypass.report.prose import moves_to_json, render_moves

    with show_progress("checks"):
        faults = find_faults(ontology)
    moves = None
    if diff and not any(fault.check in ("ontology", "network") for fault in faults):
        from krasbypass.stories import find_moves, find_stories

        with show_progress("answers"):
            moves = find_moves(make_network(ontology, None), stories=find_stories(ontology))
    if as_json:
        found = [{"check": f.check, "entry": f.entry, "sentence": f.sentence} for f in faults]
        answer = {"question": {"ontology": str(ontology or "packaged")}, "faults": found}
        print_json(answer if moves is None else answer | {"moves": moves_to_json(moves)})
    else:
        for fault in faults:
            print(f"{fault.check}: {fault.sentence}")
        print(f"{len(faults)} faults" if faults else "no faults")
        if moves is not None:
            print(render_moves(moves))
    if faults:
        raise typer.Exit(1)


@app.command(epilog="Example: `krasbypass build`")
def build(
    ontology: Ontology = None,
    folder: Annotated[Path, typer.Option("--out", "-o", help="Where to write.")] = Path("graphs"),
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Write pages on every term to this folder.")
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", help="With --reference: list changes since this graph."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Reason over the ontology and write the generated files (needs Java)."""
    from krasbypass.browse import write_reference
    from krasbypass.browse.changes import find_changes_since
    from krasbypass.errors import OutputFileError
    from krasbypass.knowledge import load_full_knowledge, read_knowledge
    from krasbypass.network import build_signalling_network
    from krasbypass.reasoning import build_reasoned, find_ontology
    from krasbypass.stories import write_answers
    from krasbypass.visual.map_layout import write_layout

    reasoned = build_reasoned(ontology or find_ontology())
    files = [folder / name for name in ("reasoned.trig", "answers.json", "layout.json")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files[0].write_bytes(reasoned)
        network = build_signalling_network(read_knowledge(reasoned))
        write_answers(files[1], network)
        write_layout(files[2], network)
        if reference is not None:
            changes = find_changes_since(previous, ontology) if previous is not None else None
            write_reference(reference, load_full_knowledge(ontology), changes)
            files.append(reference / "index.html")
    except OSError as error:
        raise OutputFileError(f"cannot write {error.filename!r}", error.strerror) from error
    if as_json:
        asked = {"ontology": str(ontology or "packaged"), "out": str(folder)}
        print_json({"question": asked, "files": [str(file) for file in files]})
    else:
        print("\n".join(f"wrote {file}" for file in files))
