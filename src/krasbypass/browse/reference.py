"""The ontology as static pages: classes with their members, properties, terms, and changes.

The pages are plain files that need no server: one a class, on which the terms of that class stand
in full, and lists of properties, terms and changes. They share one style sheet and load nothing
from elsewhere. Nothing of them is kept in the repository; they are written on demand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from html import escape
from pathlib import Path

from krasbypass.browse.changes import Changes
from krasbypass.browse.entries import PROPERTY_KINDS, Entries
from krasbypass.facts import TYPE
from krasbypass.knowledge import Knowledge
from krasbypass.vocabulary import OWL, PREFIXES, C, P

_SUBPROPERTY = PREFIXES["rdfs"] + "subPropertyOf"

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem;
  padding: 0 1rem 3rem; }
nav { border-bottom: 1px solid; margin-bottom: 1rem; padding: .6rem 0; }
nav a { margin-right: 1.2rem; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #8886; padding: .2rem .8rem .2rem 0; text-align: left;
  vertical-align: top; }
td.n { text-align: right; }
section { border-top: 1px solid #8886; margin-top: 1.5rem; overflow-wrap: anywhere; }
section h3 { margin: .6rem 0 .2rem; }
.id, .small { font-size: .85rem; opacity: .75; }
.inferred { font-style: italic; }
.inferred::after { content: " *"; }
.missing { text-decoration: line-through; }
footer { font-size: .85rem; margin-top: 3rem; }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="stylesheet" href="style.css"></head>
<body>
<nav><a href="index.html">Classes</a><a href="properties.html">Properties</a>\
<a href="terms.html">Terms</a><a href="changes.html">Changes</a></nav>
<h1>{title}</h1>
{body}
<footer>Ontology {version}, as of {as_of}. {notice}</footer>
</body>
</html>
"""


def write_reference(
    folder: Path, knowledge: Knowledge, changes: Changes | None = None
) -> tuple[Path, ...]:
    """Write the pages into a folder, which is made where it is missing.

    Parameters
    ----------
    folder
        Where to write; pages of an earlier run are overwritten.
    knowledge
        What to describe; with `krasbypass.knowledge.load_full_knowledge`, clinical facts too.
    changes
        What changed since an earlier version: `krasbypass.browse.changes.find_changes_since`.

    Returns
    -------
    tuple of Path
        The files written, sorted.
    """
    reference = _Pages(knowledge)
    pages = {f"class-{cls}.html": reference.render_class(cls) for cls in reference.entries.classes}
    pages["index.html"] = reference.render_index()
    pages["properties.html"] = reference.render_properties()
    pages["terms.html"] = reference.render_terms()
    pages["changes.html"] = reference.render_changes(changes)
    pages["style.css"] = _STYLE.lstrip()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tuple(sorted(folder / name for name in pages))


class _Pages:
    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.entries = Entries(knowledge)

    def page(self, title: str, parts: Iterable[str]) -> str:
        return _PAGE.format(
            title=escape(title),
            body="\n".join(filter(None, parts)),
            version=escape(self.knowledge.version),
            as_of=escape(self.knowledge.as_of),
            notice=escape(self.knowledge.notice),
        )

    def render_index(self) -> str:
        rows = [
            f"<tr><td>{self.entries.link(cls)}</td><td class=n>{stated}</td>"
            f"<td class=n>{inferred}</td><td>{escape(self.knowledge.definition(cls))}</td></tr>"
            for cls in self.entries.classes
            for stated, inferred in [tuple(map(len, self.entries.split_members(cls)))]
        ]
        total = f"{len(self.entries.classes)} classes, {len(self.entries.properties)} properties"
        head = "<tr><th>Class</th><th>Stated</th><th>Inferred</th><th>Definition</th></tr>"
        return self.page(
            "Reference of the ontology",
            (
                f"<p>{total}, {len(self.entries.homes)} terms. Inferred members are of the class "
                "by its definition or through a subclass; * marks what the reasoner drew, and ← "
                "what other terms state of this one.</p>",
                f"<table>{head}{''.join(rows)}</table>",
            ),
        )

    def render_class(self, cls: str) -> str:
        stated, inferred = self.entries.split_members(cls)
        below = [c for c in self.entries.classes if cls in self.entries.superclasses[c]]
        residents = self.entries.residents.get(cls, [])
        elsewhere = [t for t in (*stated, *inferred) if self.entries.homes[t] != cls]
        drawn = frozenset(inferred)
        return self.page(
            self.knowledge.label(cls),
            (
                f"<p class=id>{escape(cls)}</p>",
                self.entries.row("", escape(self.knowledge.definition(cls))),
                self.entries.row("Subclass of", self.entries.links(self.entries.superclasses[cls])),
                self.entries.row("Subclasses", self.entries.links(below)),
                self.entries.row("Notation", escape(self.knowledge.value(cls, P.NOTATION) or "")),
                f"<p>{len(stated)} members stated, {len(inferred)} inferred (*).</p>",
                self.entries.row("Described elsewhere", self.entries.links(elsewhere, drawn)),
                *map(self.entries.render_term, residents),
            ),
        )

    def render_properties(self) -> str:
        uses: dict[str, int] = defaultdict(int)
        for po in self.knowledge.index.values():
            for prop, values in po.items():
                uses[prop] += len(values)
        parts = []
        for prop in self.entries.properties:
            kinds = [k for k in PROPERTY_KINDS if OWL + k in self.knowledge.values(prop, TYPE)]
            above = [
                p for p in self.knowledge.values(prop, _SUBPROPERTY) if p in self.entries.properties
            ]
            parts.append(
                f'<section id="{escape(prop)}"><h3>{escape(self.knowledge.label(prop))}</h3>'
                f"<p class=id>{escape(prop)}, {' and '.join(kinds)}, {uses[prop]} uses</p>"
                + self.entries.row("", escape(self.knowledge.definition(prop)))
                + self.entries.row("Subproperty of", self.entries.links(above))
                + "</section>"
            )
        return self.page("Properties", parts)

    def render_terms(self) -> str:
        items = (
            f"<li>{self.entries.link(term)} <span class=small>{escape(home)}</span>"
            for term, home in self.entries.homes.items()
            if home != C.EVIDENCE
        )
        return self.page("Terms", (f"<ul>{''.join(items)}</ul>",))

    def render_changes(self, changes: Changes | None) -> str:
        if changes is None:
            return self.page("Changes", ("<p>No earlier version was given to compare with.</p>",))
        gained = [self.entries.say(t) for t in changes.gained]
        lost = [f"<span class=missing>{self.entries.say(t)}</span>" for t in changes.lost]
        parts = [f"<p>From {escape(changes.before)} to {escape(changes.after)}.</p>"]
        for title, items in (
            ("Added terms", [self.entries.link(term) for term, _ in changes.added]),
            ("Removed terms", [escape(name) for _, name in changes.removed]),
            ("Added statements on other terms", gained),
            ("Removed statements on other terms", lost),
        ):
            listed = "".join(f"<li>{item}" for item in items)
            parts.append(f"<h2>{title} ({len(items)})</h2><ul>{listed}</ul>")
        return self.page("Changes", parts)
