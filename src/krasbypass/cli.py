"""The command line: it reads the question, calls the library, and prints what comes back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasbypass.errors import KrasbypassError

if TYPE_CHECKING:
    from krasbypass.network import Network
    from krasbypass.tumour import Tumour

app = typer.Typer(
    name="krasbypass",
    help="Which bypass routes stay open in a RAS-driven tumour under an inhibitor combination.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

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


def main() -> None:
    """Run the command line; a wrong input ends with one sentence and exit code 1."""
    try:
        app()
    except KrasbypassError as error:
        print(f"krasbypass: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)


@app.command(
    epilog="Example: `krasbypass routes --tissue NSCLC -a KRAS:G12C -d sotorasib -d TNO155`"
)
def routes(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    drug: Drugs = None,
    clone: Clones = None,
    hypothesis: Hypotheses = None,
    output: Outputs = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Cite the sources of every step.")
    ] = False,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show which routes are open, in each phase, and what closed the others."""
    from krasbypass.report import render_routes, routes_to_json
    from krasbypass.routes import find_routes
    from krasbypass.terms import cite

    network = _network(ontology, hypothesis)
    listed = _outputs(network, output)
    answer = find_routes(network, _tumour(tissue, alteration, clone), drug or ())
    if as_json:
        _print_json(routes_to_json(answer))
        return
    cited = (
        {e: cite(network.knowledge, e) for e in network.knowledge.evidence} if evidence else None
    )
    _print(render_routes(answer, listed=listed, evidence=cited))


@app.command(epilog="Example: `krasbypass show adagrasib`")
def show(
    term: Annotated[
        str, typer.Argument(help="A drug, gene, alteration, node, rule or evidence id.")
    ],
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show everything known of a term, with its evidence and open contradictions."""
    from krasbypass.knowledge import load_full_knowledge
    from krasbypass.report import render_term
    from krasbypass.terms import describe_term

    described = describe_term(load_full_knowledge(ontology), term)
    if as_json:
        _print_json({"question": {"term": term}, **described})
    else:
        _print(render_term(described))


@app.command(
    epilog="Example: `krasbypass draw --tissue CRC -a KRAS:G12C -d sotorasib -o routes.html`"
)
def draw(
    tissue: Tissue = "any",
    alteration: Alterations = None,
    drug: Drugs = None,
    phase: Annotated[str, typer.Option(help="baseline, acute or adapted.")] = "adapted",
    hypothesis: Hypotheses = None,
    file: Annotated[Path, typer.Option("--out", "-o", help="Where to write the page.")] = Path(
        "routes.html"
    ),
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Draw the network as one offline HTML page, open and closed routes marked."""
    from krasbypass.errors import UnknownTermError
    from krasbypass.model import Phase
    from krasbypass.routes import evaluate_tumour, find_routes
    from krasbypass.visual import render_page, write_page

    if phase not in tuple(Phase):
        raise UnknownTermError("phase", phase, list(Phase))
    network = _network(ontology, hypothesis)
    tumour = _tumour(tissue, alteration, None)
    answer = find_routes(network, tumour, drug or ())
    evaluation = evaluate_tumour(network, tumour, drug or ())[0][0]
    write_page(file, render_page(network, answer, evaluation, phase=Phase(phase)))
    if as_json:
        from krasbypass.report import question_to_json

        _print_json(
            {
                "question": question_to_json(answer),
                "file": str(file),
                "phase": phase,
                "complete": answer.complete,
                "ontology_version": answer.ontology_version,
                "as_of": answer.as_of,
                "notice": answer.notice,
            }
        )
    else:
        print(f"wrote {file}")


@app.command(epilog="Example: `krasbypass evaluate scenarios.tsv > levels.tsv`")
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            help="TSV with columns id, tissue, alterations, drugs; - for standard input."
        ),
    ],
    hypothesis: Hypotheses = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Give the levels of many scenarios; a bad row has its error and the rest is answered."""
    from krasbypass.table import evaluate_table, read_table, write_table

    table = read_table(file)
    network = _network(ontology, hypothesis)
    rows = _with_progress(evaluate_table(network, table), len(table.rows), "scenarios")
    if as_json:
        from krasbypass.report import evaluated_to_json

        _print_json(evaluated_to_json(network.knowledge, str(file), rows))
    else:
        write_table(sys.stdout, table, network.outputs, rows)


@app.command(epilog="Example: `krasbypass query --name drugs-engaging-allele -p allele=KRAS:G12D`")
def query(
    file: Annotated[
        Path | None,
        typer.Argument(help="SPARQL (SELECT, ASK, CONSTRUCT or DESCRIBE); - for input."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Run this named query.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="KEY=VALUE; repeat.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the named queries.")] = False,
    style: Annotated[
        str, typer.Option("--format", help="table, csv, tsv, json, or ttl for a graph.")
    ] = "table",
    limit: Annotated[int, typer.Option(min=1, help="Rows to show at most.")] = 10_000,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Ask the asserted and inferred graph with SPARQL, from a file or by the name of a query."""
    from krasbypass import named_queries
    from krasbypass.errors import NotationError
    from krasbypass.queries import build_store, run_query
    from krasbypass.query_report import render_list, render_query

    if listed:
        known = named_queries.find_queries(ontology)
        print(render_list(known, "json" if as_json else style))
        return
    if (file is None) == (name is None):
        raise NotationError(str(file or ""), "give either a file or --name; --list shows the names")
    if name:
        chosen = named_queries.find_query(name, ontology)
    else:
        text = (
            sys.stdin.read() if str(file) == "-" else named_queries.read_query_file(file or Path())
        )
        chosen = named_queries.parse_query(text)
    values = named_queries.parse_values(parameter or ())
    answer = run_query(build_store(ontology), chosen, values, limit=limit)
    print(render_query(answer, "json" if as_json else style))


@app.command(epilog="Example: `krasbypass explain sotorasib is-a 'OFF-state inhibitor'`")
def explain(
    subject: Annotated[str, typer.Argument(help="A drug, gene, alteration or other term.")],
    prop: Annotated[
        str,
        typer.Argument(metavar="PROPERTY", help="A property by label or id; is-a for a class."),
    ],
    obj: Annotated[str, typer.Argument(metavar="OBJECT", help="A term, class or value.")],
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show the axioms from which the reasoner drew a fact, with their sources (needs Java 25)."""
    from krasbypass.justification import find_justification
    from krasbypass.prose import justification_to_json, render_justification

    answer = find_justification(ontology, subject, prop, obj)
    if as_json:
        _print_json(justification_to_json(answer, question=(subject, prop, obj)))
    else:
        print(render_justification(answer))


@app.command(epilog="Example: `krasbypass check`")
def check(
    ontology: Ontology = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show which answers moved against the shipped ontology.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that the ontology is consistent, complete and sourced, and generated files fresh."""
    from krasbypass.prose import moves_to_json, render_moves
    from krasbypass.quality import find_faults

    faults = find_faults(ontology)
    moves = None
    if diff and not any(fault.check in ("ontology", "network") for fault in faults):
        from krasbypass.stories import find_moves, find_stories

        moves = find_moves(_network(ontology, None), stories=find_stories(ontology))
    if as_json:
        found = [{"check": f.check, "entry": f.entry, "sentence": f.sentence} for f in faults]
        answer = {"question": {"ontology": str(ontology or "packaged")}, "faults": found}
        _print_json(answer if moves is None else answer | {"moves": moves_to_json(moves)})
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
    as_json: Json = False,
) -> None:
    """Reason over the ontology and write the generated files (needs Java)."""
    from krasbypass.browse import write_reference
    from krasbypass.errors import OutputFileError
    from krasbypass.knowledge import load_full_knowledge, read_knowledge
    from krasbypass.network import build_signalling_network
    from krasbypass.reasoning import build_reasoned, find_ontology
    from krasbypass.stories import write_answers

    reasoned = build_reasoned(ontology or find_ontology())
    files = [folder / "reasoned.trig", folder / "answers.json"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files[0].write_bytes(reasoned)
        write_answers(files[1], build_signalling_network(read_knowledge(reasoned)))
        if reference is not None:
            write_reference(reference, load_full_knowledge(ontology))
            files.append(reference / "index.html")
    except OSError as error:
        raise OutputFileError(f"cannot write {error.filename!r}", error.strerror) from error
    if as_json:
        asked = {"ontology": str(ontology or "packaged"), "out": str(folder)}
        _print_json({"question": asked, "files": [str(file) for file in files]})
    else:
        print("\n".join(f"wrote {file}" for file in files))


# -- shared by the commands ---------------------------------------------------------------------


def _network(ontology: Path | None, hypotheses: list[str] | None) -> Network:
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


def _tumour(tissue: str, alterations: list[str] | None, clones: list[str] | None) -> Tumour:
    from krasbypass.tumour import Tumour

    return Tumour.parse(tissue, alterations or (), *([c] for c in clones or ()))


def _outputs(network: Network, names: list[str] | None) -> list[str]:
    from krasbypass.errors import UnknownTermError

    if not names:
        return [a.node for a in network.activities.values() if a.is_output and a.default]
    by_key = {name.casefold(): name for name in network.outputs}
    for name in names:
        if name.casefold() not in by_key:
            raise UnknownTermError("output", name, network.outputs)
    return [by_key[name.casefold()] for name in names]


def _print_json(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def _print(parts: list[Any]) -> None:
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    for part in parts:
        console.print(part)


def _with_progress(rows: Any, total: int, what: str) -> list[Any]:
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
