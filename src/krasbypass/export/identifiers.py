"""Identifiers for formats that allow letters, digits and underscores alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_]")
#: A role of a node, ``engaged_on:MEK``. It follows the node in identifiers: tools that build
#: decision diagrams order variables by name, and need what a condition joins side by side.
_ROLE = re.compile(r"([a-z_]+):(.+)")


def build_identifiers(
    names: Iterable[str], *, suffixes: tuple[str, ...] = ("",)
) -> Mapping[str, str]:
    """Return an identifier for each name, the same whatever the order of the names.

    Each character that is not allowed becomes an underscore; where two names would then be one,
    the later in the alphabet gets a number. What stands before a colon in small letters goes last.

    Parameters
    ----------
    names
        True names of nodes.
    suffixes
        What will be appended to identifiers; no two then agree with any of these appended.

    Examples
    --------
    >>> build_identifiers(["KRAS:G12C", "KRAS.G12C", "engaged_on:MEK", "4E-BP1"])
    {'4E-BP1': 'n_4E_BP1', 'KRAS.G12C': 'KRAS_G12C', 'KRAS:G12C': 'KRAS_G12C_2', \
'engaged_on:MEK': 'MEK_engaged_on'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(set(names)):
        plain = _FORBIDDEN.sub("_", _ROLE.sub(r"\2_\1", name))
        plain = plain if plain[:1].isalpha() else f"n_{plain}"
        identifier, number = plain, 1
        while any(identifier + suffix in taken for suffix in suffixes):
            number += 1
            identifier = f"{plain}_{number}"
        taken.update(identifier + suffix for suffix in suffixes)
        found[name] = identifier
    return found
