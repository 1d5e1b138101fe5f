"""Commands that read the ontology and its reasoned graph."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krasbypass.cli.app import app
from krasbypass.cli.options import Json, Ontology, print_json, print_parts

if TYPE_CHECKING:
    from krasbypass.queries.store import QueryStore


@app.command(epilog="Example: `krasbypass show adagrasib`")
def show(
    term: Annotated[
        list[str],
        typer.Argument(
            metavar="TERM",
            help="A drug, gene, alteration, trial, cancer, node, rule or evidence id, or words "
            "that name none of these: an adverse event, a class of drugs, a company.",
        ),
    ],
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Show everything known of a term, with its evidence and open contradictions."""
    from krasbypass.knowledge import load_full_knowledge
    from krasbypass.report.routes import render_term
    from krasbypass.terms import describe_term

    text = " ".join(term)
    described = describe_term(load_full_knowledge(ontology), text)
    if as_json:
        print_json({"question": {"term": text}, **described})
    else:
        print_parts(render_term(described))


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
    listed: Annotated[
        bool, typer.Option("--list", help="List the named queries, those on the words of --name.")
    ] = False,
    style: Annotated[
        str, typer.Option("--format", help="table, csv, tsv, json, or ttl for a graph.")
    ] = "table",
    limit: Annotated[int, typer.Option(min=1, help="Rows to show at most.")] = 10_000,
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", help="Ask the SPARQL 1.1 store at this address instead."),
    ] = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Ask the asserted and inferred graph with SPARQL, from a file or by the name of a query.

    The prefixes : (the ontology), rdf, rdfs, owl, skos, xsd and dct need no declaration; the
    queries named classes and properties tell how the terms of the ontology are written.
    """
    from krasbypass.errors import NotationError
    from krasbypass.queries import named
    from krasbypass.queries.store import build_store, run_query
    from krasbypass.report.queries import find_hints, render_list, render_query

    if listed:
        known = named.find_queries(ontology, name or "")
        if not known:
            known = named.find_nearest_queries(name or "", ontology)
            near = "; these have some" if known else ""
            hint = (
                f"no query has all of these words{near}; `krasbypass show WORDS` looks in records"
            )
            print(hint, file=sys.stderr)
        print(render_list(known, "json" if as_json else style))
        return
    if (file is None) == (name is None):
        raise NotationError(str(file or ""), "give either a file or --name; --list shows the names")
    if name:
        chosen = named.find_query(name, ontology)
    else:
        text = (
            sys.stdin.read()
            if str(file) == "-"
            else named.read_query_file(file or Path(), ontology)
        )
        chosen = named.parse_query(text)
    values = named.parse_values(parameter or ())
    store: QueryStore
    if endpoint is None:
        store = build_store(ontology)
    else:
        from krasbypass.queries.endpoints import Endpoint

        store = Endpoint(endpoint)
    answer = run_query(store, chosen, values, limit=limit)
    print(render_query(answer, "json" if as_json else style))
    for hint in find_hints(store, chosen, values, answer):
        print(f"krasbypass: {hint}", file=sys.stderr)


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
    from krasbypass.justification.axioms import find_justification
    from krasbypass.report.prose import justification_to_json, render_justification

    answer = find_justification(ontology, subject, prop, obj)
    if as_json:
        print_json(justification_to_json(answer, question=(subject, prop, obj)))
    else:
        print(render_justification(answer))
