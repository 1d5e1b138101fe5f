"""A network of one's own: a file in, the same `Network` out that the package compiles."""

from __future__ import annotations

import gc
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from krasbypass.knowledge import load_knowledge
from krasbypass.network import Network, build_signalling_network
from krasbypass.own_network.bnet import read_bnet
from krasbypass.own_network.config import NetworkConfig, read_network_config
from krasbypass.own_network.joining import join_network
from krasbypass.own_network.sif import read_sif
from krasbypass.own_network.statements import NetworkFileError, OwnGraph, read_bytes
from krasbypass.reasoning import find_ontology, parse_modules

_TABLES = (".sif", ".tsv", ".txt", ".tab")
_SBML = (".sbml", ".xml")
_TURTLE = (".ttl", ".turtle")


def read_network(
    path: Path | str,
    config: Path | str | NetworkConfig | None = None,
    *,
    base: Network | None = None,
    outputs: Iterable[str] = (),
    ontology: Path | str | None = None,
) -> Network:
    """Return the network of a file, alone or merged with the packaged one.

    Parameters
    ----------
    path
        A signed graph (``.sif``, ``.tsv``), a Boolean network (``.bnet``), a logical model
        (``.sbml``, ``.xml``: SBML-qual), or a Turtle module in the schema of this package, which
        is reasoned over together with the ontology.
    config
        Sources, outputs, drugs and whether to merge: a TOML file or what it says.
    base
        The packaged network (default: of the packaged ontology), used where the file is merged.
    outputs
        Nodes whose levels are asked for, besides those of the configuration.
    ontology
        Folder of the ontology that a Turtle module extends, and of the default `base`.

    Returns
    -------
    Network
        Routes, gaps, levels and pictures are found in it as in the packaged one. Every node of
        the file can be set on (``NODE:act``), taken away (``NODE:loss``) and blocked
        (``inhibitor:NODE``).

    Raises
    ------
    NetworkFileError
        The file or the configuration cannot be read; the error names the line.
    UnknownTermError
        The configuration names a node that is not there.
    OntologyError, ReasonerUnavailableError
        A Turtle module is broken or inconsistent, or cannot be reasoned over without Java.
    """
    path = Path(path)
    if not isinstance(config, NetworkConfig):
        config = read_network_config(config) if config is not None else NetworkConfig()
    config = replace(config, outputs=tuple(dict.fromkeys((*config.outputs, *outputs))))
    name = f"{path.name}#{hashlib.sha256(read_bytes(path)).hexdigest()[:12]}"
    if path.suffix.casefold() in _TURTLE:
        base = _read_turtle(path, base, Path(ontology) if ontology is not None else None)
        return join_network(
            OwnGraph(path.name, (), ()), replace(config, merge=True), base.knowledge, base, name
        )
    with _without_collection():
        graph = read_graph(path, config)
        knowledge = base.knowledge if base is not None else load_knowledge(ontology)
        if config.merge and base is None:
            base = build_signalling_network(knowledge)
        return join_network(graph, config, knowledge, base, name)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the garbage collector away: a large file makes many objects and no garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_graph(path: Path | str, config: NetworkConfig | None = None) -> OwnGraph:
    """Return the statements of a signed graph, Boolean network or logical model.

    Raises
    ------
    NetworkFileError
        The format is unknown or the file cannot be read.
    """
    path = Path(path)
    match path.suffix.casefold():
        case ".bnet":
            return read_bnet(path)
        case suffix if suffix in _TABLES:
            return read_sif(path, config.signs if config is not None else None)
        case suffix if suffix in _SBML:
            from krasbypass.own_network.sbml import read_sbml

            return read_sbml(path)
    known = ", ".join((*_TABLES, ".bnet", *_SBML, *_TURTLE))
    raise NetworkFileError(path.name, f"networks are read from files that end in {known}")


def _read_turtle(path: Path, base: Network | None, ontology: Path | None) -> Network:
    """Return the network of the ontology with one more module, reasoned over anew."""
    parse_modules([path])
    folder = ontology or find_ontology()
    with tempfile.TemporaryDirectory() as name:
        for module in folder.glob("*.ttl"):
            shutil.copy(module, name)
        shutil.copy(path, Path(name) / f"own-{path.stem}.ttl")
        knowledge = load_knowledge(name)
    chosen = dict(base.hypotheses) if base is not None else {}
    return build_signalling_network(knowledge, hypotheses=chosen)
