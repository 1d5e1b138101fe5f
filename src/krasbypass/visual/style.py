"""Colours, dashes and shapes that every picture shares (Okabe-Ito colours)."""

from __future__ import annotations

from dataclasses import dataclass

from krasbypass.model import Level


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn, and what that means."""

    color: str
    width: float
    dashes: tuple[int, ...]
    words: str


# Okabe-Ito colours; the last of two classes that share a pair of nodes is drawn.
STROKES = {
    "condition": Stroke("#A8A8A8", 1.4, (), "condition of a step, not a step itself"),
    "closed": Stroke("#6B6B6B", 1.8, (2, 5), "closed: fired at baseline, not now"),
    "attenuated": Stroke("#0072B2", 2.2, (12, 5), "attenuated, or on a residual route"),
    "open": Stroke("#D55E00", 3.6, (), "open: on a route at full level"),
    "drug": Stroke("#222222", 2.6, (), "drug blocks (dashed: in part)"),
}
FILLS = {
    Level.FULL: ("#FCE6D8", "#D55E00"),
    Level.ATTENUATED: ("#DDECF7", "#0072B2"),
    Level.OFF: ("#F6F6F6", "#8A8A8A"),
}
# Role: vis-network shape, corner radius, border width, glyph and words in the legend.
ROLES = {
    "alteration": ("hexagon", 0, 1.4, "⬢", "alteration or context of the tumour"),
    "tone": ("triangleDown", 0, 1.4, "▼", "ligand tone"),
    "relief": ("triangle", 0, 1.4, "▲", "relief: up as the named node falls"),
    "receptor": ("ellipse", 0, 1.4, '<i class="box oval"></i>', "receptor"),
    "state": ("box", 13, 2.0, '<i class="box round"></i>', "allele bound to GTP"),
    "activity": ("box", 3, 1.2, '<i class="box"></i>', "activity or protein"),
    "output": ("box", 0, 3.4, '<i class="box heavy"></i>', "output"),
}
