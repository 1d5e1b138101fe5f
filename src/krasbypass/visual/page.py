"""A scene as an offline HTML page: pyvis draws, its template's defects are mended.

Places are fixed before the page opens, so it stands still.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from itertools import pairwise
from pathlib import Path

from pyvis.network import Network as Page

from krasbypass.answers import RoutesAnswer
from krasbypass.errors import OutputFileError
from krasbypass.fixpoint import Evaluation
from krasbypass.model import Level, Phase
from krasbypass.network import Network
from krasbypass.visual.placing import place_scene
from krasbypass.visual.scene import GLYPHS, SOURCES, Dot, Line, Pill, Scene
from krasbypass.visual.style import FILLS, ROLES, STROKES, Stroke

_FONT = "Arial, Liberation Sans, sans-serif"


_CSS = """
html,body{margin:0;height:100%;background:#fff;color:#222;
 font:13px/1.4 Arial,"Liberation Sans",sans-serif}
body{display:flex;overflow:hidden}
.card{flex:1;min-width:0;height:100vh}
#mynetwork{width:100%;height:100vh;border:0;float:none;background:#fff}
aside{order:2;width:288px;flex:none;height:100vh;box-sizing:border-box;overflow:auto;
 padding:12px 14px;border-left:1px solid #ddd;background:#fafafa;font-size:12px;line-height:1.3}
aside h1{font-size:15px;line-height:1.25;margin:0 0 6px}
aside h2{font-size:11px;margin:9px 0 3px;text-transform:uppercase;letter-spacing:.05em;color:#666}
aside dl{margin:0;display:grid;grid-template-columns:74px 1fr;gap:2px 6px}
aside dt{color:#666}aside dd{margin:0;overflow-wrap:anywhere}
aside table{border-collapse:collapse;width:100%}
aside th{font-weight:normal;color:#666;text-align:center;padding:0 2px}
aside td{padding:1px 2px;text-align:center;border-top:1px solid #e6e6e6}
aside td:first-child,aside th:first-child{text-align:left}
aside .shown{background:#eee}
.full{color:#D55E00}.attenuated{color:#0072B2}.off{color:#6B6B6B}
.key{display:grid;grid-template-columns:46px 1fr;gap:2px 8px;align-items:center}
.key span{text-align:center;font-size:14px;line-height:1.1}
.box{display:inline-block;width:24px;height:10px;
 border:1.2px solid #555;border-radius:2px}
.oval{border-radius:50%}.round{border-radius:6px;border-width:2px}.heavy{border-width:3px;border-radius:0}
.pill{background:#222;color:#fff;border-radius:9px;font-size:10px!important;padding:2px 0}
.notice{color:#555;font-size:11px;margin:12px 0 0}
div.vis-tooltip{white-space:pre-wrap;max-width:420px;
 font:12px/1.4 Arial,"Liberation Sans",sans-serif;
 background:#fff;border:1px solid #888;border-radius:4px;padding:8px 10px;color:#222;
 box-shadow:0 2px 8px rgba(0,0,0,.2)}
"""
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
# vis-network's own fit leaves wide margins; LEFT, TOP, WIDTH, HEIGHT are the extent drawn.
_FIT = """
var fitPage=function(){
 var box=document.getElementById("mynetwork");
 network.moveTo({position:{x:LEFT+WIDTH/2,y:TOP+HEIGHT/2},animation:false,
  scale:Math.min((box.clientWidth-24)/WIDTH,(box.clientHeight-24)/HEIGHT)});
};
fitPage();network.once("afterDrawing",function(){setTimeout(fitPage,0)});
network.on("resize",function(){setTimeout(fitPage,0)});
"""
_OPTIONS = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {
        "hover": True, "dragNodes": False, "selectConnectedEdges": False, "tooltipDelay": 120,
    },
}  # fmt: skip


def render_page(
    network: Network, answer: RoutesAnswer, evaluation: Evaluation, *, phase: Phase = Phase.ADAPTED
) -> str:
    """Return the page of an answer: one HTML text that fetches nothing.

    Parameters
    ----------
    network
        The network that was asked.
    answer
        What `krasbypass.routes.find_routes` returned.
    evaluation
        The levels of the clone to draw.
    phase
        The phase whose levels and edges are shown; hovering gives all three.
    """
    scene = Scene(network.knowledge, answer, evaluation, phase)
    page = Page(height="100vh", width="100%", directed=True, cdn_resources="in_line")
    page.set_options(json.dumps(_OPTIONS))
    extent = _draw(page, scene)
    html = page.generate_html(notebook=False)
    return mend_page(html, render_panel(answer, scene, phase), extent)


def write_page(path: Path | str, html: str) -> None:
    """Write a page as UTF-8.

    Raises
    ------
    OutputFileError
        The file cannot be written.
    """
    try:
        Path(path).write_text(html, encoding="utf-8")
    except OSError as error:
        raise OutputFileError(f"cannot write {str(path)!r}", error.strerror) from error


def mend_page(html: str, panel: str, extent: Mapping[str, float]) -> str:
    """Return a pyvis page without its CDN links and empty headings, `panel` beside the drawing.

    The drawing is scaled so that `extent` (LEFT, TOP, WIDTH, HEIGHT) fills the window.

    Raises
    ------
    ValueError
        Something would still be fetched, so that pyvis changed its template.
    """
    for junk in (
        r"<!--.*?node_modules.*?-->",
        r"<center>\s*<h1>.*?</h1>\s*</center>",
        r"<link\b[^>]*?https://[^>]*?/>",
        r"<script\b[^>]*?\bsrc\s*=[^>]*?>\s*</script>",
    ):
        html = re.sub(junk, "", html, flags=re.S)
    head = (
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>\n'
        f"<title>krasbypass routes</title>\n<style>{_CSS}</style>\n</head>"
    )
    html = html.replace("<html>", '<!DOCTYPE html>\n<html lang="en">', 1)
    html = html.replace("</head>", head, 1)
    before, call, after = html.rpartition("drawGraph();")
    fit = re.sub(r"\b(LEFT|TOP|WIDTH|HEIGHT)\b", lambda m: f"({extent[m[1]]:g})", _FIT)
    html = before + call + fit + after
    html = html.replace("<body>", f"<body>\n{panel}", 1)
    if re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", html) or not call:
        raise ValueError("the page would fetch something or lacks its drawing")
    return html


def _draw(page: Page, scene: Scene) -> dict[str, float]:
    placed = place_scene(scene.dots, scene.pills, scene.lines)
    for dot in scene.dots:
        _add_dot(page, dot, *placed.place[dot.id])
    for name in placed.waypoints():
        x, y = placed.place[name]
        page.add_node(name, label=" ", shape="dot", size=0.1, x=x, y=y, color="#FFFFFF", title=None)
    for pill in scene.pills:
        _add_pill(page, pill, *placed.place[pill.id])
    for line, points in placed.lines:
        _add_line(page, line, points, straight=line.bar or placed.is_level(line))
    for line in placed.beside:
        _add_line(page, line, (), straight=True)
    width, height = placed.right - placed.left, placed.bottom + 80.0
    return {"LEFT": placed.left, "TOP": -50.0, "WIDTH": width, "HEIGHT": height}


def _add_dot(page: Page, dot: Dot, x: float, y: float) -> None:
    shape, radius, border, _, _ = ROLES[dot.role]
    fill, edge = FILLS[dot.level]
    outside = dot.role in SOURCES
    rows = dot.label.count("\n") + 1
    colors = {"background": edge if outside else fill, "border": edge}
    size = {"size": 8} if outside else {"widthConstraint": {"minimum": dot.width - 12}}
    page.add_node(
        dot.id, label=dot.label, shape=shape, title=dot.title, x=x, y=y, borderWidth=border,
        color={**colors, "highlight": colors, "hover": colors},
        font={
            "face": _FONT, "size": 13, "color": "#222222",
            "bold": {"face": _FONT, "size": 13, "mod": "bold"},
            "vadjust": -(26 + 15 * rows) if outside else 0,
        },
        margin={"top": 5, "bottom": 5, "left": 6, "right": 6},
        shapeProperties={
            "borderRadius": radius, "borderDashes": [3, 3] if dot.level is Level.OFF else False,
        },
        **size,
    )  # fmt: skip


def _add_pill(page: Page, pill: Pill, x: float, y: float) -> None:
    page.add_node(
        pill.id, label=pill.label, shape="box", title=pill.title, x=x, y=y, borderWidth=1,
        color={"background": "#222222", "border": "#222222"},
        font={"face": _FONT, "size": 12, "color": "#FFFFFF"},
        margin={"top": 4, "bottom": 4, "left": 8, "right": 8},
        shapeProperties={"borderRadius": 11},
    )  # fmt: skip


def _add_line(page: Page, line: Line, points: tuple[str, ...], *, straight: bool) -> None:
    stroke = STROKES[line.kind]
    smooth: object = {"type": "cubicBezier", "forceDirection": "vertical", "roundness": 0.5}
    dashes: object = [5, 4] if line.partial else list(stroke.dashes) or False
    chain = [line.source, *points, line.target]
    for one, other in pairwise(chain):
        last = other == line.target
        arrow = {"enabled": True, "type": "bar" if line.bar else "arrow", "scaleFactor": 0.55}
        page.add_edge(
            one, other, title=line.title, width=stroke.width, dashes=dashes,
            arrows={"to": arrow if last else {"enabled": False}},
            color={c: stroke.color for c in ("color", "hover", "highlight")},
            smooth=False if straight else smooth, arrowStrikethrough=line.bar or not last,
        )  # fmt: skip


# -- the panel beside the drawing -----------------------------------------------------------------


def render_panel(answer: RoutesAnswer, scene: Scene, phase: Phase) -> str:
    """Return the question, the outputs and the legend as an HTML block."""
    hits: dict[str, list[str]] = {drug: [] for drug in answer.drugs}
    for pill in scene.pills:
        hits.setdefault(pill.label, []).extend(scene.name(line.target) for line in pill.lines)
    drugs = "".join(
        f"<dt>{escape(drug)}</dt><dd>{escape('; '.join(nodes)) or 'hits nothing drawn here'}</dd>"
        for drug, nodes in hits.items()
    )
    tumour = ", ".join((answer.tissue, *answer.alterations))
    strokes = "".join(_stroke_key(s, bar=k == "drug") for k, s in STROKES.items())
    levels = "&ensp; ".join(f"{_glyph(level)} {level.label}" for level in reversed(Level))
    roles = "".join(f"<span>{g}</span><div>{words}</div>" for *_, g, words in ROLES.values())
    return f"""<aside>
<h1>{escape(tumour)}<br/>{escape(" + ".join(answer.drugs) or "no drug")}: {phase.value} phase</h1>
<dl>{drugs}</dl>
<h2>Outputs</h2>
{_outputs_table(answer, phase)}
<h2>Lines</h2>
<div class="key">{strokes}</div>
<h2>Levels: baseline, acute, adapted</h2>
<div>{levels}</div>
<h2>Nodes</h2>
<div class="key">{roles}<span class="pill">drug</span><div>drug, at what it hits</div></div>
<p class="notice">Hover for rules and evidence. Ontology {escape(answer.ontology_version)}, facts
as of {escape(answer.as_of)}. {escape(answer.notice)}</p>
</aside>"""


def _glyph(level: Level) -> str:
    return f'<span class="{level.label}" title="{level.label}">{GLYPHS[level]}</span>'


def _outputs_table(answer: RoutesAnswer, phase: Phase) -> str:
    shown = {p: ' class="shown"' if p is phase else "" for p in Phase}
    head = "".join(f"<th{shown[p]}>{p.value}</th>" for p in Phase)
    rows = []
    for output, levels in answer.outputs.items():
        cells = "".join(f"<td{shown[p]}>{_glyph(levels.level(p))}</td>" for p in Phase)
        rows.append(f"<tr><td>{escape(output)}</td>{cells}</tr>")
    return f"<table><tr><th>output</th>{head}</tr>{''.join(rows)}</table>"


def _stroke_key(stroke: Stroke, *, bar: bool) -> str:
    dash = f' stroke-dasharray="{" ".join(map(str, stroke.dashes))}"' if stroke.dashes else ""
    end = "M35 2v10" if bar else "M33 3l6 4l-6 4z"
    return (
        f'<svg width="44" height="14" stroke="{stroke.color}" fill="{stroke.color}">'
        f'<path d="M2 7h32" stroke-width="{stroke.width}"{dash}/>'
        f'<path d="{end}" stroke-width="1.6"/>'
        f"</svg><div>{escape(stroke.words)}</div>"
    )
