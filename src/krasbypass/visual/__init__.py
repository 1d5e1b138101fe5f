"""The network of one answer: an offline page drawn by pyvis, and the map of the explorer.

pyvis is slow to import, so that it waits until a page is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from krasbypass.visual.page import render_page, write_page

__all__ = ["render_page", "write_page"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from krasbypass.visual import page

    return getattr(page, name)
