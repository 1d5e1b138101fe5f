"""The report page of a cohort: one HTML text that fetches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from krasbypass.answers import join_nodes
from krasbypass.cohort.answering import CohortAnswer, Unserved
from krasbypass.cohort.explaining import FrequentRoute
from krasbypass.cohort.picture import (
    KINDS,
    LEVELS,
    SCRIPT,
    Picture,
    arrange,
    render_legend,
    render_picture,
)
from krasbypass.cohort.understanding import Status
from krasbypass.model import Level

_SHOWN_ROUTES, _SHOWN_GROUPS, _SHOWN_REASONS, _SHOWN_ROWS = 30, 20, 25, 30
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_CSS = """
*{box-sizing:border-box}
body{font:14px/1.45 Arial,"Liberation Sans",sans-serif;color:#222;margin:0 auto;max-width:1240px;
 padding:20px 24px 40px}
h1{font-size:22px;line-height:1.2;margin:0 0 4px}
h2{font-size:16px;margin:30px 0 8px;padding-top:10px;border-top:1px solid #ddd}
p{margin:6px 0}.sub{color:#555;margin:0 0 14px}
.key{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:10px;margin:14px 0}
.key div{border:1px solid #ddd;border-radius:4px;padding:8px 14px}
.key b{display:block;font-size:22px;line-height:1.2}.key span{color:#555;font-size:12px}
table{border-collapse:collapse;font-size:13px;width:100%}
th{font-weight:600;text-align:left;color:#444;border-bottom:1px solid #bbb;padding:4px 10px 4px 0;
 vertical-align:bottom}
td{padding:4px 10px 4px 0;border-bottom:1px solid #eee;vertical-align:top}
td.n,th.n{text-align:right;width:1%;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{display:inline-block;height:10px;vertical-align:middle;border-radius:1px}
.track{display:flex;width:150px;height:12px;background:#f4f4f4}
.track i{display:block;height:12px}
.chain{color:#333;min-width:230px}.kind{color:#666;white-space:nowrap}
.legend span{margin-right:18px;white-space:nowrap}
.legend i{display:inline-block;width:12px;height:12px;margin-right:6px;vertical-align:-1px;
 border:1px solid rgba(0,0,0,.12)}
.scroll{overflow-x:auto}svg text{font:11.5px Arial,"Liberation Sans",sans-serif;fill:#222}
svg .share,svg .head{fill:#666}svg .head{font-size:11px}svg .tissue{font-size:11px}
#tip{position:absolute;background:#fff;border:1px solid #888;border-radius:4px;padding:6px 9px;
 font-size:12px;max-width:440px;white-space:pre-wrap;box-shadow:0 2px 8px rgba(0,0,0,.2);
 pointer-events:none;z-index:9}
.warn{border-left:4px solid #D55E00;background:#FFF6F0;padding:8px 12px;margin:10px 0}
.notice{color:#555;font-size:12px;margin-top:30px;border-top:1px solid #ddd;padding-top:10px}
details{margin:6px 0}summary{cursor:pointer;color:#444}
@media print{body{max-width:none}.scroll{overflow:visible}svg{max-width:100%;height:auto}}
"""


def render_cohort_page(answer: CohortAnswer) -> str:
    """Return the page of an answer.

    Patients above the picture's limit are drawn genotype by genotype, most frequent first; long
    tables show their head, and the files beside the page hold all.
    """
    picture = arrange(answer)
    body = "\n".join(
        (
            _head(answer),
            _warnings(answer),
            _key_numbers(answer),
            _covers(answer),
            _picture(answer, picture),
            _regimens(answer),
            _routes(answer),
            _unserved(answer),
            _account(answer),
        )
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>
<title>krasbypass cohort</title>
<style>{_CSS}</style></head><body><main>
{body}
<p class="notice">Ontology {escape(answer.ontology_version)}, as of {escape(answer.as_of)}.
{escape(answer.notice)}</p></main>
<div id="tip" hidden></div>
<script>{SCRIPT}</script>
</body></html>
"""


def _head(answer: CohortAnswer) -> str:
    files = ", ".join(answer.cohort.files)
    return (
        f"<h1>{say_count(answer.answered, 'patient')} under "
        f"{say_count(len(answer.regimens), 'regimen')}</h1>"
        f'<p class="sub">From {escape(files)}. {escape(describe_goal(answer))}</p>'
    )


def describe_goal(answer: CohortAnswer) -> str:
    """Return the sentence that says when a regimen serves a patient."""
    asked = answer.default if answer.goal is None else answer.goal
    names = " and ".join(asked) if len(asked) < 3 else ", ".join(asked)
    if answer.goal is None:
        names = f"{', '.join(asked)} and any other output that a lesion holds at full"
    how = "is at full" if answer.target == "suppress" else "has any signal left"
    return f"A regimen serves a patient if, once the tumour has adapted, none of {names} {how}."


def _warnings(answer: CohortAnswer) -> str:
    sentences = list(answer.cohort.problems)
    withheld = len(answer.cohort.withheld)
    if withheld:
        sentences.append(f"{say_count(withheld, 'patient')} could not be answered safely (below).")
    return "".join(f'<p class="warn">{escape(sentence)}</p>' for sentence in sentences)


def _key_numbers(answer: CohortAnswer) -> str:
    driven = answer.answered - answer.undriven_patients
    boxes = (
        (driven, "patients whose tumour drives an output of the goal"),
        (driven - answer.unserved_patients, "of them served by some regimen"),
        (answer.unserved_patients, "of them served by none"),
        (answer.undriven_patients, "patients with nothing recorded that drives the goal"),
        (len(answer.cohort.genotypes), "distinct genotypes, each answered once"),
    )
    cells = "".join(f"<div><b>{n:,}</b><span>{escape(w)}</span></div>" for n, w in boxes)
    return f'<div class="key">{cells}</div>'


def _covers(answer: CohortAnswer) -> str:
    driven = answer.answered - answer.undriven_patients
    rows = []
    for choice in answer.covers:
        names = [answer.regimens[n].name for n in choice.regimens]
        share = choice.patients / driven if driven else 0.0
        how = "" if choice.exact else " (not proven the best: too many choices to search them all)"
        rows.append(
            f'<tr><td class="n">{len(names)}</td><td>{escape("; ".join(names))}{how}</td>'
            f'<td class="n">{choice.patients:,}</td><td class="n">{share:.0%}</td></tr>'
        )
    if not rows:
        rows = ['<tr><td colspan="4">No regimen serves any patient.</td></tr>']
    head = '<th class="n">number</th><th>regimens</th><th class="n">patients</th>'
    head += '<th class="n">of those driven</th>'
    return f"<h2>The fewest regimens that serve the most patients</h2>{_table(head, ''.join(rows))}"


def _picture(answer: CohortAnswer, picture: Picture) -> str:
    if picture.one_by_one:
        words = "Each column is a patient; the same column above and below."
    else:
        words = "Each column is a genotype, as wide as its patients are many"
        if picture.drawn < answer.answered:
            words += (
                f": the {len(picture.columns):,} most frequent ones, which {picture.drawn:,} of "
                f"{answer.answered:,} patients have"
            )
        words += "."
    words += " Served: of the patients whose tumour drives an output of the goal."
    levels = [*reversed(LEVELS), ("#F7F7F7", "nothing recorded drives the goal")]
    return (
        f"<h2>Patients, their alterations, and what each regimen leaves open</h2><p>{words}</p>"
        f"{render_legend(list(KINDS.values()))}"
        f"{render_picture(answer, picture)}{render_legend(levels)}"
    )


def _regimens(answer: CohortAnswer) -> str:
    shown = answer.goal if answer.goal is not None else answer.default
    head = "".join(f"<th>{escape(output)}, adapted</th>" for output in shown)
    rows = []
    for count in sorted(answer.counts, key=lambda c: -c.served):
        levels = dict(count.outputs)
        tracks = "".join(f"<td>{_track(levels[output], answer.answered)}</td>" for output in shown)
        rows.append(
            f"<tr><td>{escape(count.regimen.name)}</td>"
            f'<td class="n">{count.served:,}</td>{tracks}</tr>'
        )
    head = f'<th>regimen</th><th class="n">patients served</th>{head}'
    legend = [(color, words.partition(":")[0]) for color, words in reversed(LEVELS)]
    return f"<h2>Regimens</h2>{_table(head, ''.join(rows))}{render_legend(legend)}"


def _track(counts: Sequence[int], total: int) -> str:
    """Return a bar of the patients with an output full, attenuated and off."""
    parts = []
    for level in reversed(Level):
        share = counts[level] / total if total else 0.0
        title = f"{level.label}: {counts[level]:,}"
        color = LEVELS[level][0]
        parts.append(f'<i style="width:{share:.2%};background:{color}" title="{title}"></i>')
    return f'<span class="track">{"".join(parts)}</span>'


def _routes(answer: CohortAnswer) -> str:
    rows = "".join(map(_route_row, answer.routes[:_SHOWN_ROUTES]))
    if not rows:
        rows = '<tr><td colspan="4">No route of the goal is open.</td></tr>'
    more = len(answer.routes) - _SHOWN_ROUTES
    tail = f"<p>… and {more} more in cohort.json.</p>" if more > 0 else ""
    head = '<th class="n">patients</th><th>output, kind</th><th>route</th><th>regimens</th>'
    return (
        "<h2>Open routes by frequency</h2>"
        f"<p>Of the questions that stay open (a patient under a regimen each), {_share(answer)} "
        "were looked at, those of patients whom nothing serves first.</p>"
        f"{_table(head, rows)}{tail}"
    )


def _share(answer: CohortAnswer) -> str:
    return "all" if answer.explained == 1.0 else f"{answer.explained:.0%}"


def _route_row(found: FrequentRoute) -> str:
    route = found.route
    regimens = ", ".join(f"{name} ({n:,})" for name, n in found.by_regimen[:4])
    more = len(found.by_regimen) - 4
    regimens += f" and {more} more" if more > 0 else ""
    return (
        f'<tr><td class="n">{found.patients:,}</td>'
        f"<td>{escape(route.output)}<br/><span class='kind'>{escape(', '.join(route.kinds))}"
        f"</span></td><td class='chain'>{escape(join_nodes(route.nodes))}</td>"
        f"<td>{escape(regimens)}</td></tr>"
    )


def _unserved(answer: CohortAnswer) -> str:
    if not answer.unserved:
        return "<h2>Patients whom nothing serves</h2><p>None.</p>"
    rows = "".join(map(_unserved_row, answer.unserved[:_SHOWN_GROUPS]))
    shown = sum(group.patients for group in answer.unserved[:_SHOWN_GROUPS])
    rest = answer.unserved_patients - shown
    tail = f"<p>… and {say_count(rest, 'patient')} with rarer reasons.</p>" if rest > 0 else ""
    head = (
        '<th class="n">patients</th><th>tissue</th><th>least stays open under</th>'
        "<th>what keeps it open</th><th>such as</th>"
    )
    return f"<h2>Patients whom nothing serves</h2>{_table(head, rows)}{tail}"


def _unserved_row(group: Unserved) -> str:
    told = {route.output: route for route in group.routes}
    reasons = []
    for output in group.open:
        route = told.get(output)
        why = escape(join_nodes(route.nodes)) if route else "not looked at"
        kind = f" <span class='kind'>({escape(route.kind)})</span>" if route else ""
        reasons.append(f"<b>{escape(output)}</b>{kind}: {why}")
    return (
        f'<tr><td class="n">{group.patients:,}</td><td>{escape(group.tissue)}</td>'
        f"<td>{escape(group.regimen)}</td><td>{'<br/>'.join(reasons)}</td>"
        f"<td>{escape(', '.join(group.examples))}</td></tr>"
    )


# -- the account of rows ------------------------------------------------------------------------


def _account(answer: CohortAnswer) -> str:
    cohort = answer.cohort
    rows = "".join(
        f"<tr><td>{escape(t.file)}</td><td>{escape(t.kind.value)}</td>"
        + "".join(
            f'<td class="n">{n:,}</td>'
            for n in (t.rows, t.used, t.ignored, t.not_understood, t.broken)
        )
        + "</tr>"
        for t in cohort.tables
    )
    heads = ("rows", "used", "ignored", "not understood", "broken")
    head = "".join(f'<th class="n">{name}</th>' for name in heads)
    return (
        "<h2>What became of every row</h2>"
        f"{_table(f'<th>table</th><th>kind</th>{head}', rows)}"
        f"{_reasons(answer, Status.NOT_UNDERSTOOD, 'Not understood')}"
        f"{_reasons(answer, Status.IGNORED, 'Ignored')}"
        f"{_broken(answer)}{_withheld(answer)}{_notes(answer)}"
    )


def _reasons(answer: CohortAnswer, status: Status, title: str) -> str:
    found = answer.cohort.count_reasons(status)
    rows = "".join(
        f'<tr><td class="n">{n:,}</td><td>{escape(reason)}</td></tr>'
        for reason, n in found[:_SHOWN_REASONS]
    )
    more = len(found) - _SHOWN_REASONS
    tail = f"<p>… and {say_count(more, 'further reason')} in rows.tsv.</p>" if more > 0 else ""
    total = sum(n for _, n in found)
    if not found:
        return ""
    return f"<details><summary>{title}: {total:,}</summary><table>{rows}</table>{tail}</details>"


def _broken(answer: CohortAnswer) -> str:
    rows = [row.sentence() for row in answer.cohort.rows if row.status is Status.BROKEN]
    return _sentences("Broken rows", rows)


def _withheld(answer: CohortAnswer) -> str:
    found = [f"{name}: {reason}" for name, reason in answer.cohort.withheld.items()]
    return _sentences("Patients who could not be answered safely", found)


def _notes(answer: CohortAnswer) -> str:
    found = list(answer.cohort.assumptions)
    found += [f"{name}: {note}" for name, notes in answer.cohort.notes.items() for note in notes]
    return _sentences("Assumptions", found)


def _sentences(title: str, sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    shown = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences[:_SHOWN_ROWS])
    more = len(sentences) - _SHOWN_ROWS
    tail = f"<p>… and {more:,} more in the files beside this page.</p>" if more > 0 else ""
    return f"<details><summary>{title}: {len(sentences):,}</summary>{shown}{tail}</details>"


def _table(head: str, rows: str) -> str:
    """Return a table that a narrow screen scrolls."""
    return f'<div class="scroll" tabindex="0"><table><tr>{head}</tr>{rows}</table></div>'


def say_count(count: int, word: str) -> str:
    """Return a number with its word, in the plural where it is not one."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
