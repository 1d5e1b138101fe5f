"""Content negotiation: which of the media types on offer a client would rather have."""

from __future__ import annotations

from collections.abc import Iterable

#: Entries of an Accept header that are looked at; a longer list is cut.
_ENTRIES = 64


def parse_accept(header: str) -> tuple[tuple[str, float], ...]:
    """Return the media ranges of an Accept header with their weights, in order.

    Parameters other than ``q`` are left out; an entry that cannot be read is left out too.

    >>> parse_accept("text/csv;q=0.5, application/json; charset=utf-8")
    (('text/csv', 0.5), ('application/json', 1.0))
    """
    found = []
    for entry in header.split(",")[:_ENTRIES]:
        name, *parameters = (part.strip() for part in entry.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().casefold() == "q":
                weight = _read_weight(value.strip())
        if name == "*":
            name = "*/*"
        if name.count("/") == 1 and weight >= 0:
            found.append((name.casefold(), weight))
    return tuple(found)


def _read_weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return -1.0
    return weight if 0 <= weight <= 1 else -1.0


def choose_type(header: str, offered: Iterable[str]) -> str | None:
    """Return the media type on offer that a client likes best, or None if it takes none.

    Parameters
    ----------
    header
        The Accept header; an empty one accepts everything.
    offered
        Media types, the server's favourite first.

    Examples
    --------
    >>> offered = ("application/json", "text/csv")
    >>> choose_type("text/csv, application/json;q=0.9", offered)
    'text/csv'
    >>> choose_type("text/*", offered), choose_type("image/png", offered), choose_type("", offered)
    ('text/csv', None, 'application/json')
    """
    ranges = parse_accept(header) if header.strip() else (("*/*", 1.0),)
    best, best_rank = None, (0.0, 0)
    for name in offered:
        weight, specific = _weigh(name, ranges)
        rank = (weight, specific)
        # of two that are liked alike, one that was named goes before one that a wildcard covers
        if weight > 0 and rank > best_rank:
            best, best_rank = name, rank
    return best


def _weigh(name: str, ranges: Iterable[tuple[str, float]]) -> tuple[float, int]:
    """Return the weight of the most specific range that covers a media type."""
    covering = {"*/*": 0, name.partition("/")[0] + "/*": 1, name: 2}
    found = [(covering[r], weight) for r, weight in ranges if r in covering]
    if not found:
        return 0.0, 0
    specific = max(level for level, _ in found)
    return max(weight for level, weight in found if level == specific), specific
