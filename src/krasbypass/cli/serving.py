"""The command that serves: the explorer, the API and the SPARQL endpoint."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from krasbypass.cli.app import app
from krasbypass.cli.options import Json, Ontology

if TYPE_CHECKING:
    from krasbypass.web.server import Served


@app.command(epilog="Example: `krasbypass serve --port 8000`")
def serve(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8000,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A further name of this server, behind a proxy, say; repeat."),
    ] = None,
    ontology: Ontology = None,
    as_json: Json = False,
) -> None:
    """Serve the explorer, the JSON API and a SPARQL endpoint, on this machine only by default."""
    from krasbypass.web.security import is_loopback
    from krasbypass.web.server import run_server

    if not is_loopback(host):
        print(
            f"krasbypass: warning: anyone who reaches {host} can ask this server; it has no "
            "passwords and no encryption",
            file=sys.stderr,
        )

    def announce(served: Served) -> None:
        if as_json:
            parts = {"url": "", "api": "api/openapi.json", "sparql": "sparql"}
            print(json.dumps({k: served.url + path for k, path in parts.items()}), flush=True)
        else:
            print(f"the explorer: {served.url}\nSPARQL:       {served.url}sparql", flush=True)
            print("Ctrl-C ends the server.", flush=True)

    run_server(host=host, port=port, names=name or (), folder=ontology, announce=announce)
