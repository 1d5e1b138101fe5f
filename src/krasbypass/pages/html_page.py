"""A document as one HTML page: nothing is fetched, no script runs, and it prints on A4."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from krasbypass.pages.document import (
    BREAK,
    CITED,
    Block,
    Cell,
    Document,
    Figure,
    Points,
    Section,
    Sentence,
    Span,
    Table,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_CSS = """
*{box-sizing:border-box}
html{background:#F4F4F2}
body{font:14px/1.45 Arial,"Liberation Sans",Helvetica,sans-serif;color:#222;background:#fff;
 margin:0 auto;max-width:1040px;padding:30px 40px 44px;min-height:100vh}
header{border-bottom:3px solid #222;padding-bottom:10px}
h1{font-size:25px;line-height:1.2;margin:0 0 4px}
h2{font-size:16.5px;margin:30px 0 8px;padding-bottom:4px;border-bottom:1px solid #D8D8D8;
 break-after:avoid}
p{margin:7px 0}.sub{color:#555;margin:0}
.key{background:#F6F6F4;border-left:5px solid #0072B2;padding:9px 16px;margin:16px 0 4px}
.key p{margin:4px 0}
ul{margin:6px 0;padding-left:18px}li{margin:3px 0}
ul.small,ol{columns:2;column-gap:28px;font-size:11.5px;line-height:1.35;padding-left:22px}
ul.small li,ol li{break-inside:avoid;margin:0 0 4px;overflow-wrap:anywhere}
ol{padding-left:30px}ol li:target,tr:target{background:#FFF3C4}
table{border-collapse:collapse;font-size:12.5px;line-height:1.36;width:100%;margin:6px 0}
thead{display:table-header-group}
th{font-weight:bold;text-align:left;color:#444;border-bottom:1.5px solid #888;
 padding:4px 12px 4px 0;vertical-align:bottom}
td{padding:5px 12px 5px 0;border-bottom:1px solid #E6E6E6;vertical-align:top;
 overflow-wrap:break-word}
tr{break-inside:avoid}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.within{padding-top:12px;border-bottom:1px solid #AAA;background:none;break-after:avoid}
figure{margin:8px 0;break-inside:avoid}
figure svg{display:block;max-width:100%;height:auto;margin:0 auto}
figcaption{color:#555;font-size:12px;margin-top:6px}
.dim{color:#666}
.warn{color:#9C4400;font-weight:bold}
.good{color:#00694C;font-weight:bold}
.full,.attenuated,.off{white-space:nowrap}
.full{color:#B34700;font-weight:bold}.attenuated{color:#00609A}.off{color:#666}
.full::before{content:"\\25CF\\A0"}.attenuated::before{content:"\\25D0\\A0"}
.off::before{content:"\\25CB\\A0"}
a{color:#00609A;text-decoration:none}a:hover{text-decoration:underline}
sup{font-size:9.5px;line-height:0;margin-left:2px}
.notice{color:#444;font-size:12px;margin-top:28px;border-top:3px solid #222;padding-top:10px}
@page{size:A4;margin:14mm 13mm}
@media print{html{background:#fff}body{max-width:none;padding:0;font-size:9.5pt;min-height:0}
 h1{font-size:17pt}h2{font-size:12pt}td{padding-top:3pt;padding-bottom:3pt}
 table{font-size:8.4pt}td,th{padding-right:7pt}
 ul.small,ol{font-size:7.4pt}figcaption{font-size:8pt}.key,.within{print-color-adjust:exact}
 figure svg{max-height:215mm}#routes svg{max-height:118mm}
 h2{margin-top:12pt}.notice{break-before:avoid;margin-top:10pt}a{color:inherit}p,li{orphans:3;widows:3}}
@media (max-width:700px){body{padding:16px}section{overflow-x:auto}ul.small,ol{columns:1}}
"""


def render_html(document: Document) -> str:
    """Return a document as HTML.

    >>> from krasbypass.pages.document import Document
    >>> page = render_html(Document("<b>", "", (), (), (), "n"))
    >>> "<h1>&lt;b&gt;</h1>" in page, "default-src 'none'" in page
    (True, True)
    """
    summary = "".join(f"<p>{_spans(cell)}</p>" for cell in document.summary)
    sections = "\n".join(map(_section, document.sections))
    references = "".join(
        f'<li id="ref-{n}">{escape(cited)}</li>'
        for n, cited in enumerate(document.references, start=1)
    )
    listed = f"<section><h2>References</h2><ol>{references}</ol></section>" if references else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>
<title>{escape(document.title)}</title>
<style>{_CSS}</style></head><body>
<main><header><h1>{escape(document.title)}</h1>
<p class="sub">{escape(document.subtitle)}</p></header>
<div class="key">{summary}</div>
{sections}
{listed}
<p class="notice">{escape(document.notice)}</p>
</main></body></html>
"""


def _section(section: Section) -> str:
    blocks = "".join(map(_block, section.blocks))
    return f"<section><h2>{escape(section.title)}</h2>{blocks}</section>"


def _block(block: Block) -> str:
    match block:
        case Sentence(spans, style):
            return f"<p{_classed(style)}>{_spans(spans)}</p>"
        case Points(points, small):
            items = "".join(f"<li>{_spans(point)}</li>" for point in points)
            return f"<ul{_classed('small' if small else '')}>{items}</ul>"
        case Table():
            return _table(block)
        case Figure():
            caption = f"<figcaption>{_spans(block.caption)}</figcaption>" if block.caption else ""
            return f'<figure id="{escape(block.name)}">{block.svg}{caption}</figure>'


def _table(table: Table) -> str:
    columns = "".join(f'<col style="width:{width}%"/>' for width in table.widths)
    head = "".join(
        f"<th{_classed('n' if n in table.numeric else '')}>{escape(name)}</th>"
        for n, name in enumerate(table.head)
    )
    rows = "".join(_row(table, row) for row in table.rows)
    group = f"<colgroup>{columns}</colgroup>" if columns else ""
    return f"<table>{group}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(table: Table, row: tuple[Cell, ...]) -> str:
    if len(row) == 1 < len(table.head):
        return f'<tr><td class="within" colspan="{len(table.head)}">{_spans(row[0])}</td></tr>'
    cells = (
        f"<td{_classed('n' if n in table.numeric else '')}>{_spans(cell)}</td>"
        for n, cell in enumerate(row)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _spans(spans: Iterable[Span]) -> str:
    return "".join(map(_span, spans))


def _span(span: Span) -> str:
    if span.style == BREAK:
        return "<br/>"
    if span.style == CITED:
        return f'<sup><a href="#ref-{span.text}">{span.text}</a></sup>'
    text = escape(span.text)
    if span.style == "strong":
        return f"<b>{text}</b>"
    return f"<span{_classed(span.style)}>{text}</span>" if span.style else text


def _classed(name: str) -> str:
    return f' class="{name}"' if name else ""
