"""Identifiers for formats that allow letters, digits and underscores alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_]")


def build_identifiers(
    names: Iterable[str], *, suffixes: tuple[str, ...] = ("",)
) -> Mapping[str, str]:
    """Return an identifier for each name, the same whatever the order of the names.

    Each character that is not allowed becomes an underscore; where two names would then be one,
    the later in the alphabet gets a number.

    Parameters
    ----------
    names
        True names of nodes.
    suffixes
        What will be appended to identifiers; no two then agree with any of these appended.

    Examples
    --------
    >>> build_identifiers(["KRAS.G12C.GTP", "KRAS:G12C", "KRAS.G12C", "4E-BP1"])
    {'4E-BP1': 'n_4E_BP1', 'KRAS.G12C': 'KRAS_G12C', 'KRAS.G12C.GTP': 'KRAS_G12C_GTP', \
'KRAS:G12C': 'KRAS_G12C_2'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(set(names)):
        plain = _FORBIDDEN.sub("_", name)
        plain = plain if plain[:1].isalpha() else f"n_{plain}"
        identifier, number = plain, 1
        while any(identifier + suffix in taken for suffix in suffixes):
            number += 1
            identifier = f"{plain}_{number}"
        taken.update(identifier + suffix for suffix in suffixes)
        found[name] = identifier
    return found
