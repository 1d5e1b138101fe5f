"""The ontology as pages to read, and what changed in it since an earlier version."""

from __future__ import annotations

from krasbypass.browse.reference import write_reference

__all__ = ["write_reference"]
