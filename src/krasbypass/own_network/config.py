"""What a network file cannot say, in a small TOML: sources, outputs, drugs, and how to merge."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from krasbypass.errors import find_nearest
from krasbypass.model import Level
from krasbypass.own_network.statements import NetworkFileError, read_lines

_LEVELS = {level.label: level for level in Level if level} | {
    "complete": Level.FULL,
    "partial": Level.ATTENUATED,
}
_SIGNS = {1: 1, -1: -1, 0: 0, "1": 1, "-1": -1, "0": 0, "+": 1, "-": -1}


@dataclass(frozen=True)
class NetworkConfig:
    """What goes with a network file.

    Parameters
    ----------
    sources
        Nodes that are on in every question, with their level.
    outputs
        Nodes whose level is asked for; they are added to the packaged ones when merged.
    drugs
        Drugs by name: the nodes that each blocks, and how far.
    merge
        Whether the file is read together with the packaged network instead of alone.
    names
        Nodes of the file that stand for nodes of the packaged network.
    signs
        Further words for a sign: 1, -1, or 0 for an unknown one.
    """

    sources: Mapping[str, Level] = field(default_factory=dict, hash=False)
    outputs: tuple[str, ...] = ()
    drugs: Mapping[str, Mapping[str, Level]] = field(default_factory=dict, hash=False)
    merge: bool = False
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    signs: Mapping[str, int] = field(default_factory=dict, hash=False)


def read_network_config(path: Path | str) -> NetworkConfig:
    """Read a configuration.

    Raises
    ------
    NetworkFileError
        The file is no TOML, or a value is not of its kind.
    """
    path = Path(path)
    lines = read_lines(path)
    try:
        table = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise NetworkFileError(path.name, f"this is not TOML: {error}") from error
    except RecursionError as error:
        raise NetworkFileError(path.name, "this is not TOML: it nests too deeply") from error
    return _Reader(path.name, lines).read(table)


class _Reader:
    """Checks values by kind; a fault names the line that has the key."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file, self.lines = file, lines

    def fail(self, key: str, what: str) -> NetworkFileError:
        line = 0
        for word in key.split("."):  # each part stands on the line of the one before, or below
            pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
            below = range(max(line, 1), len(self.lines) + 1)
            line = next((n for n in below if pattern.search(self.lines[n - 1])), line)
        return NetworkFileError(self.file, f"{key}: {what}", line or None)

    def read(self, table: Mapping[str, Any]) -> NetworkConfig:
        known = ("sources", "outputs", "drugs", "merge", "names", "signs")
        for key in table:
            if key not in known:
                nearest = ", ".join(find_nearest(key, known)) or ", ".join(known)
                raise self.fail(key, f"there is no such setting; nearest: {nearest}")
        merge = table.get("merge", False)
        if not isinstance(merge, bool):
            raise self.fail("merge", "this is true or false")
        drugs = self.table(table, "drugs")
        return NetworkConfig(
            sources=self.levels("sources", table.get("sources", ())),
            outputs=self.names("outputs", table.get("outputs", ())),
            drugs={name: self.targets(f"drugs.{name}", value) for name, value in drugs.items()},
            merge=merge,
            names={
                name: self.name(f"names.{name}", value)
                for name, value in self.table(table, "names").items()
            },
            signs={
                word: self.sign(f"signs.{word}", value)
                for word, value in self.table(table, "signs").items()
            },
        )

    def table(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, Mapping):
            raise self.fail(key, f"this is a table, written [{key}]")
        return value

    def name(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.fail(key, "this is the name of a node, in quotes")
        return value.strip()

    def names(self, key: str, value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list | tuple):
            raise self.fail(key, "this is a list of names, in quotes")
        return tuple(dict.fromkeys(self.name(key, v) for v in value))

    def levels(self, key: str, value: object) -> Mapping[str, Level]:
        """Read a list of nodes, all full, or a table of nodes and levels."""
        if not isinstance(value, Mapping):
            return dict.fromkeys(self.names(key, value), Level.FULL)
        for name, word in value.items():
            if not isinstance(word, str) or word not in _LEVELS:
                raise self.fail(f"{key}.{name}", f"a level is one of {', '.join(_LEVELS)}")
        return {name: _LEVELS[word] for name, word in value.items()}

    def targets(self, key: str, value: object) -> Mapping[str, Level]:
        found = self.levels(key, value)
        if not found:
            raise self.fail(key, "a drug blocks at least one node")
        return found

    def sign(self, key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | str) or value not in _SIGNS:
            raise self.fail(key, "a sign is 1, -1, or 0 where it is unknown")
        return _SIGNS[value]
