"""The formats by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from krasbypass.errors import UnknownTermError, plain_key


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the name to ask for it by, how its files end, and who reads it."""

    name: str
    suffix: str
    media_type: str
    description: str
    aliases: tuple[str, ...] = ()

    @property
    def has_phase(self) -> bool:
        """Whether a file holds one phase of a scenario, not all three."""
        return self.name in ("bnet", "sbml-qual", "sbml-qual-boolean")

    @property
    def is_rdf(self) -> bool:
        """Whether a file holds triples."""
        return self.name in ("turtle", "json-ld")


_FORMATS = (
    Format(
        "graphml",
        ".graphml",
        "application/graphml+xml",
        "nodes and signed edges with all attributes; networkx, Cytoscape, yEd, Gephi",
    ),
    Format(
        "cx2",
        ".cx2",
        "application/json",
        "the same with places and a style by level; Cytoscape, NDEx",
    ),
    Format(
        "sif",
        ".sif",
        "text/plain",
        "three columns a line: source, activates or inhibits, target; Cytoscape, CARNIVAL",
    ),
    Format(
        "edges",
        ".edges.tsv",
        "text/tab-separated-values",
        "a line an edge with its rule, levels, evidence and references",
        ("edge-table", "tsv"),
    ),
    Format(
        "bnet",
        ".bnet",
        "text/plain",
        "Boolean functions, two variables a node; AEON, PyBoolNet, mpbn, BoolNet",
        ("boolnet",),
    ),
    Format(
        "sbml-qual",
        ".sbml",
        "application/sbml+xml",
        "three levels a node; libSBML, GINsim, CoLoMoTo",
        ("sbml", "qual"),
    ),
    Format(
        "sbml-qual-boolean",
        ".sbml",
        "application/sbml+xml",
        "the same with two Boolean species a node; AEON, BoolNet",
        ("sbml-boolean",),
    ),
    Format(
        "turtle",
        ".ttl",
        "text/turtle",
        "the reasoned graph, or the answer to a scenario, for any triple store",
        ("ttl",),
    ),
    Format(
        "json-ld",
        ".jsonld",
        "application/ld+json",
        "the same triples as JSON-LD",
        ("json",),
    ),
)


def find_formats() -> tuple[Format, ...]:
    """Return the formats, in the order in which help lists them.

    >>> [found.name for found in find_formats()][:3]
    ['graphml', 'cx2', 'sif']
    """
    return _FORMATS


def find_format(name: str) -> Format:
    """Return the format with that name, alias or suffix, whatever the case.

    Raises
    ------
    UnknownTermError
        There is none; the error names the nearest.

    Examples
    --------
    >>> find_format(".TTL").name
    'turtle'
    """
    known = {alias: found for found in _FORMATS for alias in found.aliases}
    known |= {found.name: found for found in _FORMATS}
    keys = {plain_key(alias): found for alias, found in known.items()}
    wanted = plain_key(name.removeprefix("."))
    if wanted not in keys:
        raise _refuse(name, wanted, keys)
    return keys[wanted]


def _refuse(name: str, wanted: str, keys: Mapping[str, Format]) -> UnknownTermError:
    """Return the error, with the nearest formats; all, where none is near."""
    error = UnknownTermError("format", name, keys)
    # names of three letters are nearer to each other than the usual cut-off allows
    near = difflib.get_close_matches(wanted, keys, n=3, cutoff=0.5)
    found = dict.fromkeys(keys[key].name for key in near)
    error.nearest = tuple(found) or tuple(known.name for known in _FORMATS)
    return error
