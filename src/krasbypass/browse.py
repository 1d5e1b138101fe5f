"""The ontology as static pages: classes with their members, properties, terms, and changes.

The pages are plain files that need no server: one a class, on which the terms of that class stand
in full, and lists of properties, terms and changes. They share one style sheet and load nothing
from elsewhere. Nothing of them is kept in the repository; they are written on demand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from urllib.parse import quote

from krasbypass.changes import Changes, find_changes
from krasbypass.facts import ALT_LABEL, DEFINITION, LABEL, NOTE, SUBCLASS, TYPE, Triple
from krasbypass.knowledge import Knowledge

# the lead is to make it public: the evidence of annotated axioms
from krasbypass.terms import _find_axiom_evidence as find_axiom_evidence
from krasbypass.terms import cite_evidence
from krasbypass.vocabulary import P

_OWL = "http://www.w3.org/2002/07/owl#"
_SUBPROPERTY = "http://www.w3.org/2000/01/rdf-schema#subPropertyOf"
_KINDS = ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
_SPELT_OUT = frozenset({TYPE, LABEL, ALT_LABEL, DEFINITION, NOTE, P.NOTATION, P.SUPPORTED_BY})

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 0 1rem 3rem; }
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
    folder: Path, knowledge: Knowledge, previous: Knowledge | None = None
) -> tuple[Path, ...]:
    """Write the pages into a folder, which is made where it is missing.

    Parameters
    ----------
    folder
        Where to write; pages of an earlier run are overwritten.
    knowledge
        What to describe; with `krasbypass.knowledge.load_full_knowledge`, clinical facts too.
    previous
        An earlier version, read in the same way, for the list of changes.

    Returns
    -------
    tuple of Path
        The files written, sorted.
    """
    reference = _Reference(knowledge)
    pages = {f"class-{cls}.html": reference.render_class(cls) for cls in reference.classes}
    pages["index.html"] = reference.render_index()
    pages["properties.html"] = reference.render_properties()
    pages["terms.html"] = reference.render_terms()
    changes = find_changes(previous, knowledge) if previous else None
    pages["changes.html"] = reference.render_changes(changes)
    pages["style.css"] = _STYLE.lstrip()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tuple(sorted(folder / name for name in pages))


class _Reference:
    """The pages of one ontology; every method that renders returns a whole page or HTML."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        own = sorted(
            (knowledge.label(t).casefold(), t)
            for t, po in knowledge.index.items()
            if LABEL in po and "://" not in t
        )
        kinds = {t: {k.removeprefix(_OWL) for k in knowledge.values(t, TYPE)} for _, t in own}
        self.classes = tuple(t for _, t in own if "Class" in kinds[t])
        self.properties = tuple(t for _, t in own if kinds[t] & set(_KINDS))
        schema = {*self.classes, *self.properties}
        self.homes = {t: home for _, t in own if t not in schema and (home := self.find_home(t))}

    def find_home(self, term: str) -> str | None:
        """Return the narrowest stated class of a term, on whose page it is described."""
        known = set(self.classes)
        types = [c for c in self.knowledge.values(term, TYPE) if c in known]
        stated = [c for c in types if (term, TYPE, c) not in self.knowledge.derived]
        depth = {c: len(self.superclasses(c)) for c in stated or types}
        return min(depth, key=lambda c: (-depth[c], c), default=None)

    def superclasses(self, cls: str) -> tuple[str, ...]:
        return tuple(c for c in self.knowledge.values(cls, SUBCLASS) if c in self.classes)

    @cached_property
    def residents(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for term, home in self.homes.items():
            found[home].append(term)
        return found

    @cached_property
    def mentions(self) -> Mapping[str, list[str]]:
        """Interactions in which a term stands."""
        found: dict[str, list[str]] = defaultdict(list)
        for interaction in self.knowledge.interactions:
            for term in sorted(set(interaction.terms)):
                found[term].append(interaction.id)
        return found

    @cached_property
    def disputes(self) -> Mapping[str, list[str]]:
        """Contradictions that touch a term."""
        found: dict[str, list[str]] = defaultdict(list)
        for contradiction in self.knowledge.contradictions:
            for term in contradiction.concerns:
                found[term].append(contradiction.id)
        return found

    @cached_property
    def axiom_evidence(self) -> Mapping[Triple, tuple[str, ...]]:
        return find_axiom_evidence(self.knowledge)

    # -- pages ----------------------------------------------------------------------------------

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
            f"<tr><td>{self.link(cls)}</td><td class=n>{stated}</td><td class=n>{inferred}</td>"
            f"<td>{escape(self.knowledge.definition(cls))}</td></tr>"
            for cls in self.classes
            for stated, inferred in [tuple(map(len, self.split_members(cls)))]
        ]
        total = f"{len(self.classes)} classes, {len(self.properties)} properties"
        head = "<tr><th>Class</th><th>Stated</th><th>Inferred</th><th>Definition</th></tr>"
        return self.page(
            "Reference of the ontology",
            (
                f"<p>{total}, {len(self.homes)} terms. Inferred members are of the class by its "
                "definition or through a subclass.</p>",
                f"<table>{head}{''.join(rows)}</table>",
            ),
        )

    def split_members(self, cls: str) -> tuple[list[str], list[str]]:
        """Return the members of a class that are stated to be so, and the others."""
        members = [t for t in self.knowledge.instances(cls) if t in self.homes]
        stated = {
            t
            for t in members
            if cls in self.knowledge.values(t, TYPE) and (t, TYPE, cls) not in self.knowledge.derived
        }
        return [t for t in members if t in stated], [t for t in members if t not in stated]

    def render_class(self, cls: str) -> str:
        stated, inferred = self.split_members(cls)
        below = [c for c in self.classes if cls in self.superclasses(c)]
        residents = self.residents.get(cls, [])
        elsewhere = [t for t in (*stated, *inferred) if self.homes[t] != cls]
        drawn = set(inferred)
        return self.page(
            self.knowledge.label(cls),
            (
                f"<p class=id>{escape(cls)}</p>",
                self.row("", escape(self.knowledge.definition(cls))),
                self.row("Subclass of", self.links(self.superclasses(cls))),
                self.row("Subclasses", self.links(below)),
                self.row("Notation", escape(self.knowledge.value(cls, P.NOTATION) or "")),
                f"<p>{len(stated)} members stated, {len(inferred)} inferred (*).</p>",
                self.row("Described elsewhere", self.links(elsewhere, drawn)),
                *map(self.render_term, residents),
            ),
        )

    def render_properties(self) -> str:
        uses: dict[str, int] = defaultdict(int)
        for po in self.knowledge.index.values():
            for prop, values in po.items():
                uses[prop] += len(values)
        parts = []
        for prop in self.properties:
            kinds = [k for k in _KINDS if _OWL + k in self.knowledge.values(prop, TYPE)]
            above = [p for p in self.knowledge.values(prop, _SUBPROPERTY) if p in self.properties]
            parts.append(
                f'<section id="{escape(prop)}"><h3>{escape(self.knowledge.label(prop))}</h3>'
                f"<p class=id>{escape(prop)}, {' and '.join(kinds)}, {uses[prop]} uses</p>"
                + self.row("", escape(self.knowledge.definition(prop)))
                + self.row("Subproperty of", self.links(above))
                + "</section>"
            )
        return self.page("Properties", parts)

    def render_terms(self) -> str:
        items = (
            f"<li>{self.link(term)} <span class=small>{escape(self.knowledge.label(home))}</span>"
            for term, home in self.homes.items()
        )
        return self.page("Terms", (f"<ul>{''.join(items)}</ul>",))

    def render_changes(self, changes: Changes | None) -> str:
        if changes is None:
            return self.page("Changes", ("<p>No earlier version was given to compare with.</p>",))
        label = self.knowledge.label
        gained = [self.say(t) for t in changes.gained]
        lost = [f"<span class=missing>{self.say(t)}</span>" for t in changes.lost]
        parts = [f"<p>From {escape(changes.before)} to {escape(changes.after)}.</p>"]
        for title, items in (
            ("Added terms", [self.link(term) for term, _ in changes.added]),
            ("Removed terms", [escape(name) for _, name in changes.removed]),
            ("Added statements on other terms", gained),
            ("Removed statements on other terms", lost),
        ):
            listed = "".join(f"<li>{item}" for item in items)
            parts.append(f"<h2>{title} ({len(items)})</h2><ul>{listed}</ul>")
        return self.page(f"Changes of the {label(self.knowledge.version)} version", parts)
