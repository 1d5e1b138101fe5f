"""The picture of a cohort: genes over patients, and below, aligned, regimens over patients."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import accumulate, groupby

import numpy as np

from krasbypass.cohort.answering import CohortAnswer

#: Patients that are drawn one by one; of larger cohorts, the most frequent genotypes are, each as
#: wide as its patients are many.
MAX_COLUMNS = 600
MAX_GENES = 24
_WIDTH, _LABELS, _COUNTS = 940.0, 190.0, 64.0
_ROW, _GAP, _BETWEEN = 15.0, 3.0, 26.0
# Okabe-Ito colours, with words for the legend; levels as in the network's pictures.
KINDS = {
    "change": ("#009E73", "protein change"),
    "amp": ("#E69F00", "amplification, gain"),
    "loss": ("#333333", "loss: truncation, splice site, deep deletion"),
    "fusion": ("#CC79A7", "fusion"),
    "other": ("#56B4E9", "several, or another kind"),
}
LEVELS = (
    ("#E4E4E4", "off"),
    ("#8DBBDD", "attenuated"),
    ("#D55E00", "full: an output of the goal stays open"),
)
_UNDRIVEN = "#F7F7F7"


@dataclass(frozen=True, slots=True)
class Column:
    """One patient, or the patients who share a genotype."""

    genotype: int
    patients: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Picture:
    """What is drawn: columns in order, genes with how many patients have them altered."""

    columns: tuple[Column, ...] = field(repr=False)
    genes: tuple[tuple[str, int], ...]
    one_by_one: bool
    drawn: int
    kinds: tuple[dict[str, str], ...] = field(repr=False)
    heat: tuple[str, ...] = field(repr=False)


def arrange(answer: CohortAnswer) -> Picture:
    """Return the columns in the order of the picture: by tissue, then by the most altered genes."""
    cohort = answer.cohort
    weights = cohort.weights
    told = np.flatnonzero(cohort.genotype_of >= 0)
    one_by_one = len(told) <= MAX_COLUMNS
    order = [int(g) for g in np.argsort(-weights, kind="stable") if weights[g]]
    if one_by_one:
        numbers = cohort.genotype_of[told].tolist()
        names = [cohort.ids[int(n)] for n in told]
        columns = [Column(g, (name,), 1) for g, name in zip(numbers, names, strict=True)]
    else:
        columns = [Column(g, (), int(weights[g])) for g in order[:MAX_COLUMNS]]
    kinds = {c.genotype: _find_kinds(cohort.genotypes[c.genotype].entries) for c in columns}
    counted: Counter[str] = Counter()
    for column in columns:
        counted.update(dict.fromkeys(kinds[column.genotype], column.count))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MAX_GENES]
    tissues = Counter[str]()
    for column in columns:
        tissues[cohort.genotypes[column.genotype].tissue] += column.count
    heat = {g: _heat(answer, g) for g in kinds}

    def place(column: Column) -> tuple[object, ...]:
        tissue = cohort.genotypes[column.genotype].tissue
        mine = kinds[column.genotype]
        absent = tuple(gene not in mine for gene, _ in ranked)
        entries = cohort.genotypes[column.genotype].entries
        first = [e for e in entries if ranked and e.startswith(f"{ranked[0][0]}:")]
        shades = heat[column.genotype]
        return (-tissues[tissue], tissue, absent[:1], first, absent, shades, column.patients)

    columns.sort(key=place)
    return Picture(
        columns=tuple(columns),
        genes=tuple(ranked),
        one_by_one=one_by_one,
        drawn=sum(column.count for column in columns),
        kinds=tuple(kinds[c.genotype] for c in columns),
        heat=tuple(heat[c.genotype] for c in columns),
    )


def _find_kinds(entries: Sequence[str]) -> dict[str, str]:
    """Return the kind of alteration of each gene."""
    found: dict[str, str] = {}
    for entry in entries:
        gene, _, change = entry.partition(":")
        gene = f"{gene}:{change}" if gene == "context" else gene.partition(".")[0]
        kind = change if change in KINDS else "change" if any(map(str.isdigit, change)) else "other"
        found[gene] = kind if found.get(gene, kind) == kind else "other"
    return found


def _heat(answer: CohortAnswer, genotype: int) -> str:
    """Return a digit for each regimen: the worst level of the goal, 3 if nothing drives it."""
    worst = answer.judged.worst[answer.levels.which[genotype]]
    if not answer.is_driven(genotype):
        return "".join("2" if level == 2 else "3" for level in worst.tolist())
    return "".join(map(str, worst.tolist()))


# -- SVG ----------------------------------------------------------------------------------------


def render_picture(answer: CohortAnswer, picture: Picture) -> str:
    """Return the picture as SVG, followed by the data that its tooltips read."""
    count = len(picture.columns)
    if not count:
        return "<p>No patient could be answered.</p>"
    width = min(16.0, _WIDTH / picture.drawn)
    edges = list(accumulate((c.count for c in picture.columns), initial=0))
    bars = picture.columns
    tissues = [answer.cohort.genotypes[c.genotype].tissue for c in bars]
    several = len(set(tissues)) > 1
    parts: list[str] = []
    y = 0.0
    if several:
        parts += _draw_tissues(tissues, edges, width)
        y = 22.0
    parts.append(_heading(y, "altered genes", "patients"))
    y += 18
    for gene, patients in picture.genes:
        share = patients / picture.drawn
        fills = [KINDS[k[gene]][0] if gene in k else "" for k in picture.kinds]
        parts += _draw_row(gene, f"{share:.0%}", fills, y, edges, width, "#EEEEEE")
        y += _ROW + _GAP
    y += _BETWEEN
    genes_end = y
    parts.append(_heading(y - 8, "regimens", "served"))
    y += 10
    driven = answer.answered - answer.undriven_patients
    for number, regimen in enumerate(answer.regimens):
        fills = [_color(heat[number]) for heat in picture.heat]
        share = answer.counts[number].served / driven if driven else 0.0
        parts += _draw_row(regimen.name, f"{share:.0%}", fills, y, edges, width, "#FFFFFF")
        y += _ROW + _GAP
    total = _LABELS + _COUNTS + picture.drawn * width + 6
    data = {
        "x": _LABELS + _COUNTS, "w": width, "edges": edges, "row": _ROW + _GAP,
        "heatTop": genes_end + 10, "regimens": [r.name for r in answer.regimens],
        "columns": [_say(answer, column) for column in bars], "heat": list(picture.heat),
        "words": ["off", "attenuated", "full", "nothing recorded drives the goal"],
    }  # fmt: skip
    safe = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    what = "patients" if picture.one_by_one else "genotypes"
    return (
        f'<div class="scroll" tabindex="0"><svg id="picture" role="img" '
        f'width="{total:.0f}" height="{y:.0f}" viewBox="0 0 {total:.1f} {y:.1f}" '
        f'aria-label="altered genes and levels under regimens, '
        f'{count} {what}">{"".join(parts)}</svg></div>'
        f'<script type="application/json" id="data">{safe}</script>'
    )


def _color(digit: str) -> str:
    return _UNDRIVEN if digit == "3" else LEVELS[int(digit)][0]


def _say(answer: CohortAnswer, column: Column) -> str:
    genotype = answer.cohort.genotypes[column.genotype]
    who = column.patients[0] if column.patients else f"{column.count:,} patients"
    return f"{who} · {genotype}"


def _heading(y: float, left: str, right: str) -> str:
    return (
        f'<text class="head" x="{_LABELS - 8:.0f}" y="{y + 10:.1f}" text-anchor="end">{left}</text>'
        f'<text class="head" x="{_LABELS + _COUNTS - 10:.0f}" y="{y + 10:.1f}" '
        f'text-anchor="end">{right}</text>'
    )


def _draw_row(
    name: str,
    share: str,
    fills: Sequence[str],
    y: float,
    edges: Sequence[int],
    width: float,
    background: str,
) -> Iterator[str]:
    """Yield a row: label, share, and a rectangle for each run of one colour.

    `edges` say before how many patients each column starts, `width` how wide one of them is.
    """
    shown = name if len(name) <= 31 else f"{name[:30]}…"
    left = _LABELS + _COUNTS
    yield (
        f'<text x="{_LABELS - 8:.0f}" y="{y + 11.5:.1f}" text-anchor="end">{escape(shown)}'
        f"<title>{escape(name)}</title></text>"
        f'<text class="share" x="{left - 10:.0f}" y="{y + 11.5:.1f}" text-anchor="end">{share}'
        "</text>"
        f'<rect x="{left:.0f}" y="{y:.1f}" width="{edges[-1] * width:.2f}" height="{_ROW:.0f}" '
        f'fill="{background}"/>'
    )
    # columns wide enough to tell apart keep a gap
    inset = 0.6 if width >= 4 else 0.0
    for fill, start, end in _runs(fills):
        steps = range(start, end) if inset else (start,)
        for first in steps if fill else ():
            last = first + 1 if inset else end
            x, w = left + edges[first] * width, (edges[last] - edges[first]) * width - inset
            yield f'<rect x="{x:.2f}" y="{y:.1f}" width="{w:.2f}" height="15" fill="{fill}"/>'


def _runs(values: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    start = 0
    for value, members in groupby(values):
        end = start + sum(1 for _ in members)
        yield value, start, end
        start = end


def _draw_tissues(tissues: Sequence[str], edges: Sequence[int], width: float) -> Iterator[str]:
    for tissue, start, end in _runs(tissues):
        x = _LABELS + _COUNTS + edges[start] * width
        w = (edges[end] - edges[start]) * width
        yield (
            f'<rect x="{x:.2f}" y="0" width="{max(w - 1, 0.5):.2f}" height="15" fill="#D9D9D9"/>'
        )
        if w > 7 * len(tissue) + 4:
            yield f'<text class="tissue" x="{x + 4:.2f}" y="11.5">{escape(tissue)}</text>'


def render_legend(rows: Sequence[tuple[str, str]]) -> str:
    """Return a legend of colours and words."""
    keys = (f'<span><i style="background:{c}"></i>{escape(w)}</span>' for c, w in rows)
    return f'<p class="legend">{"".join(keys)}</p>'


#: What makes tooltips of the picture; nothing is fetched.
SCRIPT = """
(function(){
 var svg=document.getElementById("picture"),tip=document.getElementById("tip");
 if(!svg)return;
 var d=JSON.parse(document.getElementById("data").textContent);
 svg.addEventListener("mousemove",function(e){
  var box=svg.getBoundingClientRect(),vb=svg.viewBox.baseVal,k=vb.width/box.width;
  var x=(e.clientX-box.left)*k,y=(e.clientY-box.top)*k,n=(x-d.x)/d.w,c=0,z=d.columns.length;
  if(n<0||n>=d.edges[z]){tip.hidden=true;return}
  while(z-c>1){var m=(c+z)>>1;if(d.edges[m]<=n)c=m;else z=m}
  var text=d.columns[c],r=Math.floor((y-d.heatTop)/d.row);
  if(y>=d.heatTop&&r<d.regimens.length)
   text+="\\n"+d.regimens[r]+": "+d.words[+d.heat[c][r]];
  tip.textContent=text;tip.hidden=false;
  tip.style.left=Math.max(4,Math.min(e.pageX+14,scrollX+innerWidth-tip.offsetWidth-12))+"px";
  tip.style.top=(e.pageY+16)+"px";
 });
 svg.addEventListener("mouseleave",function(){tip.hidden=true});
})();
"""
