"""Pellet's explanation of one fact, over the part of the ontology that bears on it.

Pellet comes with owlready2 as Java archives and is run as a program of its own. It is first given
little, and more where the fact does not follow from that.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from krasbypass.errors import OntologyError, ReasonerUnavailableError
from krasbypass.facts import SUBCLASS, TYPE, Triple
from krasbypass.reasoning import find_java
from krasbypass.relevance import find_iri, find_part

if TYPE_CHECKING:
    import rdflib

#: Oldest Java that runs the Pellet of owlready2 0.51.
JAVA_WANTED = 25
#: Seconds after which Pellet is stopped.
TIME_LIMIT = 60.0
#: How many steps beside the shortest way from subject to object each try takes in.
_DETOURS = (0, 2, 4, None)


class JavaTooOldError(ReasonerUnavailableError):
    """There is no Java, or one that cannot run Pellet."""

    def __init__(self, version: int | None) -> None:
        super().__init__(version)
        self.version = version

    def sentence(self) -> str:
        """Say which Java is needed and how to get it.

        >>> JavaTooOldError(17).sentence()[:63]
        'explaining a fact needs Java 25 or later and Java 17 was found;'
        """
        found = f"Java {self.version}" if self.version else "none"
        return (
            f"explaining a fact needs Java {JAVA_WANTED} or later and {found} was found; "
            "install it with: pip install 'krasbypass[reasoner]'"
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """What Pellet said: axioms in its short notation, and how large the part was that it read.

    `axioms` is empty where Pellet found none in time (`in_time` is then False) or at all.
    """

    axioms: tuple[str, ...]
    statements: int
    in_time: bool


def explain_fact(
    graph: rdflib.Graph, fact: Triple, *, members: Callable[[str], tuple[str, ...]]
) -> Explanation:
    """Return a smallest set of axioms from which a fact follows.

    Parameters
    ----------
    graph
        The logical part of the completed ontology.
    fact
        Local names; the property may also be `TYPE` or, between classes, `SUBCLASS`.
    members
        Gives the members of a class, inferred ones included.

    Raises
    ------
    JavaTooOldError
        There is no Java that runs Pellet.
    OntologyError
        Pellet stopped with an error.
    """
    java = _find_recent_java()
    size = 0
    for detour in _DETOURS:
        part = find_part(graph, fact, members=members, detour=detour)
        if len(part) == size:
            continue
        size = len(part)
        try:
            axioms = _run_pellet(java, part, fact)
        except subprocess.TimeoutExpired:
            return Explanation((), size, in_time=False)
        if axioms:
            return Explanation(axioms, size, in_time=True)
    return Explanation((), size, in_time=True)


def _find_recent_java() -> str:
    java = find_java()
    if java is None:
        raise JavaTooOldError(None)
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise JavaTooOldError(None) from error
    found = re.search(r'version "(\d+)', done.stderr + done.stdout)
    version = int(found[1]) if found else None
    if version is None or version < JAVA_WANTED:
        raise JavaTooOldError(version)
    return java


def _run_pellet(java: str, part: rdflib.Graph, fact: Triple) -> tuple[str, ...]:
    subject, prop, obj = (str(find_iri(name)) for name in fact)
    question = {
        TYPE: ("--instance", f"{subject},{obj}"),
        SUBCLASS: ("--subclass", f"{subject},{obj}"),
    }.get(fact[1], ("--property-value", f"{subject},{prop},{obj}"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "part.owl"
        part.serialize(file, format="xml")
        # the default method leaves axioms out; this one does not
        options = ("--ignore-imports", "--method", "black", *question)
        done = subprocess.run(
            [java, "-Xmx2g", "-cp", _find_archives(), "pellet.Pellet", "explain", *options, file],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIME_LIMIT,
            check=False,
        )
    if "Explanation" not in done.stdout:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise OntologyError(f"Pellet could not explain the fact: {lines[0][:200]}")
    return split_axioms(done.stdout)


def _find_archives() -> str:
    spec = find_spec("owlready2")
    folder = Path(str(spec.origin)).parent / "pellet" if spec and spec.origin else Path()
    return os.pathsep.join(sorted(str(path) for path in folder.glob("*.jar")))


def split_axioms(text: str) -> tuple[str, ...]:
    """Return the axioms of the first explanation that Pellet printed, one text each.

    >>> split_axioms('''Explanation(s):
    ... 1)   a type A
    ...      A equivalentTo B
    ...                     and p value b
    ... 2)   a type C''')
    ('a type A', 'A equivalentTo B and p value b')
    """
    axioms: list[str] = []
    for line in text.partition("Explanation(s):")[2].splitlines():
        body = re.sub(r"^\d+\)", lambda m: " " * len(m[0]), line)
        if line[:1].isdigit() and axioms:
            break
        indent = len(body) - len(body.lstrip())
        if not body.strip():
            continue
        if indent > 5 and axioms:
            axioms[-1] += " " + body.strip()
        else:
            axioms.append(body.strip())
    return tuple(axioms)
