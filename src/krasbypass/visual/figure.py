"""A scene as one SVG that needs no script: a layered pathway for a page or a slide.

Open, attenuated and closed lines differ in colour, dash and weight; drugs stand where they bite.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from html import escape
from itertools import pairwise

from krasbypass.model import Level
from krasbypass.visual.placing import Placed, place_scene, select_above
from krasbypass.visual.scene import GLYPHS, SOURCES, Dot, Line, Pill, Scene
from krasbypass.visual.style import FILLS, ROLES, STROKES, Stroke

FONT = "Arial, Liberation Sans, Helvetica, sans-serif"
_LINE, _PAD, _MARGIN, _SHARE = 15.0, 12.0, 14.0, 0.62
_HALO, _INK, _DIM = "#FFFFFF", "#222222", "#666666"
_LEVEL_WORDS = "Marks at a node: its level at baseline, at once and after adaptation."
#: Shapes of a pathway without words of their own in the drawing, in the order of the legend.
_KEYED = ("alteration", "tone", "relief", "receptor", "state", "activity", "output")

Point = tuple[float, float]


def draw_figure(scene: Scene, *, outputs: Collection[str] | None = None) -> str:
    """Return a scene as SVG text: what leads to `outputs`, all of them if None.

    Alterations of the tumour and what the drugs hit are always drawn.
    """
    dots, pills, lines = _select(scene, outputs)
    placed = place_scene(dots, pills, lines)
    sizes = {dot.id: (_width(dot), _height(dot)) for dot in dots}
    sizes |= {pill.id: (pill.width, 22.0) for pill in pills}
    sizes |= dict.fromkeys(placed.waypoints(), (0.0, 0.0))
    outside = {dot.id for dot in dots if dot.role in SOURCES}
    sizes |= dict.fromkeys(outside, (12.0, 14.0))
    points = [placed.place[name][0] for name in placed.waypoints()]
    left = min((placed.left, *points)) - _MARGIN
    right = max((placed.right, *points)) + _MARGIN
    top, bottom = -56.0, placed.bottom + 40.0
    legend, height = _draw_legend(left + _MARGIN, right - _MARGIN, bottom, lines, dots, pills)
    body = [
        *_draw_lines(placed, sizes),
        *(_draw_dot(dot, placed.place[dot.id]) for dot in dots),
        *(_draw_pill(pill, placed.place[pill.id]) for pill in pills),
        legend,
    ]
    return wrap_svg("".join(body), left, top, right - left, bottom + height - top, _title(scene))


def wrap_svg(body: str, left: float, top: float, width: float, height: float, title: str) -> str:
    """Return shapes as an SVG of this extent, with its title for those who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" font-family="{FONT}" '
        f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _title(scene: Scene) -> str:
    open_lines = sum(line.kind == "open" for line in scene.lines)
    return f"Pathway in the {scene.phase.value} phase, {open_lines} steps of it open"


def _select(
    scene: Scene, outputs: Collection[str] | None
) -> tuple[list[Dot], list[Pill], list[Line]]:
    if outputs is None:
        return scene.dots, scene.pills, scene.lines
    kept = select_above(scene.dots, scene.lines, outputs)
    hit = {line.target for pill in scene.pills for line in pill.lines if line.bar}
    touched = {line.source for line in scene.lines if line.target in kept} & scene.alterations
    # what a drug hits away from these outputs would only clutter the picture
    kept |= touched | (hit & {line.source for line in scene.lines if line.target in kept})
    pills = []
    for pill in scene.pills:
        lines = tuple(line for line in pill.lines if line.target in kept)
        if lines:
            pills.append(replace(pill, lines=lines))
    sides = {(pill.host, pill.side) for pill in pills}
    dots = [
        replace(
            dot,
            left=dot.left if (dot.id, 0) in sides else 0,
            right=dot.right if (dot.id, 1) in sides else 0,
        )
        for dot in scene.dots
        if dot.id in kept
    ]
    return dots, pills, [x for x in scene.lines if {x.source, x.target} <= kept]


def _width(dot: Dot) -> float:
    """Return a width that holds the label with some air; rows leave room for it."""
    return dot.width + (10.0 if dot.role == "state" else 6.0)


def _height(dot: Dot) -> float:
    return _LINE * (dot.label.count("\n") + 1) + _PAD


# -- lines --------------------------------------------------------------------------------------


def _draw_lines(placed: Placed, sizes: dict[str, tuple[float, float]]) -> Iterator[str]:
    """Yield the lines, the weightier classes above the others."""
    ports = _find_ports(placed, sizes)
    order = {kind: n for n, kind in enumerate(STROKES)}
    for line, points in sorted(placed.lines, key=lambda item: order[item[0].kind]):
        if placed.is_level(line):
            yield _draw_level(line, placed, sizes)
        else:
            yield _draw_curve(line, [line.source, *points, line.target], placed, ports)
    for line in placed.beside:
        yield _draw_level(line, placed, sizes)


def _find_ports(
    placed: Placed, sizes: dict[str, tuple[float, float]]
) -> dict[tuple[str, str, str], Point]:
    """Return where the lines of a node meet it, side by side: by node, other end, and direction."""
    ends: dict[tuple[str, bool], list[tuple[float, str, str]]] = defaultdict(list)
    for line, points in placed.lines:
        if placed.is_level(line):
            continue
        chain = [line.source, *points, line.target]
        for here, there, way in ((chain[0], chain[1], "out"), (chain[-1], chain[-2], "in")):
            below = placed.place[there][1] > placed.place[here][1]
            ends[here, below].append((placed.place[there][0], there, way))
    ports = {}
    for (node, below), found in ends.items():
        width, height = sizes[node]
        x, y = placed.place[node]
        step = min(16.0, width * _SHARE / len(found))
        for n, (_, other, way) in enumerate(sorted(found)):
            at = x + (n - (len(found) - 1) / 2) * step
            ports[node, other, way] = (at, y + (height / 2 if below else -height / 2))
    return ports


def _draw_curve(
    line: Line, chain: list[str], placed: Placed, ports: dict[tuple[str, str, str], Point]
) -> str:
    first, last = ports[chain[0], chain[1], "out"], ports[chain[-1], chain[-2], "in"]
    down = 1.0 if last[1] > first[1] else -1.0
    tip = (last[0], last[1] - down * (1.5 if line.bar else 7.0))
    points = [first, *(placed.place[n] for n in chain[1:-1]), tip]
    path = f"M{_at(first)}"
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (y1 + y2) / 2
        path += f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
    return _draw_path(line, path) + _draw_head(line, (last[0], last[1]), (0.0, down))


def _draw_level(line: Line, placed: Placed, sizes: dict[str, tuple[float, float]]) -> str:
    """Draw a line between two things in one row, bowed if something stands between them."""
    (x1, y), (x2, _) = placed.place[line.source], placed.place[line.target]
    side = 1.0 if x2 > x1 else -1.0
    start = (x1 + side * sizes[line.source][0] / 2, y)
    end = (x2 - side * sizes[line.target][0] / 2, y)
    between = [
        n
        for n, (x, at) in placed.place.items()
        if at == y and min(start[0], end[0]) < x < max(start[0], end[0])
    ]
    if between:
        start, end = (x1, y - sizes[line.source][1] / 2), (x2, y - sizes[line.target][1] / 2)
        lift = y - max(sizes[n][1] for n in (*between, line.source, line.target)) / 2 - 24
        path = f"M{_at(start)}C{x1:.1f} {lift:.1f} {x2:.1f} {lift:.1f} {x2:.1f} {end[1] - 7:.1f}"
        return _draw_path(line, path) + _draw_head(line, end, (0.0, 1.0))
    tip = (end[0] - side * (1.5 if line.bar else 7.0), y)
    return _draw_path(line, f"M{_at(start)}L{_at(tip)}") + _draw_head(line, end, (side, 0.0))


def _draw_path(line: Line, path: str) -> str:
    stroke = STROKES[line.kind]
    dashes = (5, 4) if line.partial else stroke.dashes
    halo = ""
    if line.kind in ("open", "attenuated"):
        halo = f'<path d="{path}" fill="none" stroke="{_HALO}" stroke-width="{stroke.width + 3}"/>'
    return (
        f'{halo}<path d="{path}" fill="none" stroke="{stroke.color}" '
        f'stroke-width="{stroke.width}"{_dashed(dashes)}/>'
    )


def _dashed(dashes: Iterable[int]) -> str:
    text = " ".join(map(str, dashes))
    return f' stroke-dasharray="{text}"' if text else ""


def _draw_head(line: Line, tip: Point, way: Point) -> str:
    """Draw the end of a line: an arrow, or a bar where something is blocked."""
    stroke = STROKES[line.kind]
    (x, y), (dx, dy) = tip, way
    if line.bar:
        x, y = x - dx * 1.5, y - dy * 1.5
        ends = f"M{_at((x - dy * 8, y - dx * 8))}L{_at((x + dy * 8, y + dx * 8))}"
        return f'<path d="{ends}" stroke="{stroke.color}" stroke-width="3"/>'
    long, wide = 9.0 + stroke.width * 0.6, 3.2 + stroke.width * 0.6
    back = (x - dx * long, y - dy * long)
    one = (back[0] - dy * wide, back[1] + dx * wide)
    other = (back[0] + dy * wide, back[1] - dx * wide)
    return f'<path d="M{_at(tip)}L{_at(one)}L{_at(other)}Z" fill="{stroke.color}"/>'


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


# -- nodes and drugs ----------------------------------------------------------------------------


def _draw_dot(dot: Dot, at: Point) -> str:
    x, y = at
    rows = dot.label.split("\n")
    fill, edge = FILLS[dot.level]
    if dot.role in SOURCES:
        mark = _draw_mark(dot.role, x, y, edge)
        return mark + _draw_text(rows, x, y - 12 - _LINE * (len(rows) - 0.5), outline=True)
    shape = _draw_shape(dot.role, x, y, _width(dot), _height(dot), fill, edge, dot.level)
    return shape + _draw_text(rows, x, y - _LINE * (len(rows) - 1) / 2)


def _draw_shape(
    role: str, x: float, y: float, width: float, height: float, fill: str, edge: str, level: Level
) -> str:
    _, radius, border, _, _ = ROLES[role]
    dash = ' stroke-dasharray="3 3"' if level is Level.OFF else ""
    paint = f'fill="{fill}" stroke="{edge}" stroke-width="{border}"{dash}'
    if role == "receptor":
        return (
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{width / 2 + 4:.1f}" '
            f'ry="{height / 2:.1f}" {paint}/>'
        )
    return (
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="{radius}" {paint}/>'
    )


def _draw_mark(role: str, x: float, y: float, color: str) -> str:
    shapes = {
        "tone": ((-8, -6), (8, -6), (0, 8)),
        "relief": ((-8, 6), (8, 6), (0, -8)),
        "alteration": ((-8, 0), (-4, -7), (4, -7), (8, 0), (4, 7), (-4, 7)),
    }
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[role])
    return f'<polygon points="{points}" fill="{color}"/>'


def _draw_text(rows: Iterable[str], x: float, y: float, *, outline: bool = False) -> str:
    """Draw lines of text, the first with its middle at `y`."""
    halo = ' paint-order="stroke" stroke="#FFFFFF" stroke-width="4"' if outline else ""
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{y + n * _LINE + 4.4:.1f}">{escape(row)}</tspan>'
        for n, row in enumerate(rows)
    )
    return f'<text font-size="13" text-anchor="middle" fill="{_INK}"{halo}>{spans}</text>'


def _draw_pill(pill: Pill, at: Point) -> str:
    x, y = at
    return (
        f'<rect x="{x - pill.width / 2:.1f}" y="{y - 11:.1f}" width="{pill.width:.1f}" '
        f'height="22" rx="11" fill="{_INK}"/><text x="{x:.1f}" y="{y + 4.2:.1f}" font-size="12" '
        f'text-anchor="middle" fill="#FFFFFF">{escape(pill.label)}</text>'
    )


# -- legend -------------------------------------------------------------------------------------


def _draw_legend(
    left: float, right: float, top: float, lines: list[Line], dots: list[Dot], pills: list[Pill]
) -> tuple[str, float]:
    """Return a legend of what is drawn, in rows as wide as the picture, and its height."""
    drawn = {line.kind for line in lines} | ({"drug"} if pills else set())
    roles = {dot.role for dot in dots}
    entries = [(_key_line(s, kind == "drug"), s.words) for kind, s in STROKES.items()
               if kind in drawn]  # fmt: skip
    entries += [(_key_shape(role), ROLES[role][4]) for role in _KEYED if role in roles]
    entries += [(_key_pill(), "drug, at what it hits")] if pills else []
    x, y, parts = left, top + 14, []
    for mark, words in entries:
        width = 42 + len(words) * 6.0 + 18
        if x + width > right and x > left:
            x, y = left, y + 21
        parts.append(
            f'<g transform="translate({x:.1f} {y:.1f})">{mark}<text x="40" y="4" font-size="11.5" '
            f'fill="{_DIM}">{escape(words)}</text></g>'
        )
        x += width
    glyphs = ", ".join(f"{GLYPHS[level]} {level.label}" for level in reversed(Level))
    y += 22
    parts.append(
        f'<text x="{left:.1f}" y="{y + 4:.1f}" font-size="11.5" fill="{_DIM}">'
        f"{escape(_LEVEL_WORDS)} {glyphs}</text>"
    )
    return "".join(parts), y - top + 16


def _key_line(stroke: Stroke, bar: bool) -> str:
    line = Line("", "", next(k for k, s in STROKES.items() if s is stroke), "", bar)
    return _draw_path(line, "M0 0L26 0") + _draw_head(line, (33.0, 0.0), (1.0, 0.0))


def _key_shape(role: str) -> str:
    if role in SOURCES:
        return _draw_mark(role, 16, 0, "#555555")
    return _draw_shape(role, 16, 0, 30, 13, "#FFFFFF", "#555555", Level.FULL)


def _key_pill() -> str:
    return f'<rect x="0" y="-7" width="32" height="14" rx="7" fill="{_INK}"/>'
