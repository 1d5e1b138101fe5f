"""Terms of the ontology as HTML entries that link to one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from html import escape
from urllib.parse import quote

from krasbypass.facts import ALT_LABEL, DEFINITION, LABEL, NOTE, SUBCLASS, TYPE, Triple
from krasbypass.knowledge import Knowledge
from krasbypass.terms import find_axiom_evidence
from krasbypass.vocabulary import OWL, P

#: Kinds of property, by local name in OWL.
PROPERTY_KINDS = ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
_NAMES = frozenset({LABEL, ALT_LABEL, P.NOTATION})
_SPELT_OUT = _NAMES | {TYPE, DEFINITION, NOTE, P.SUPPORTED_BY}
#: Terms that refer to a term, listed at most.
_SHOWN = 30


class Entries:
    """What the pages of one ontology are made of; methods that render return escaped HTML."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        own = sorted(
            (knowledge.label(t).casefold(), t)
            for t, po in knowledge.index.items()
            if LABEL in po and "://" not in t
        )
        kinds = {t: {k.removeprefix(OWL) for k in knowledge.values(t, TYPE)} for _, t in own}
        self.classes = tuple(t for _, t in own if "Class" in kinds[t])
        self.properties = tuple(t for _, t in own if kinds[t] & set(PROPERTY_KINDS))
        schema = {*self.classes, *self.properties}
        self.homes = {t: home for _, t in own if t not in schema and (home := self.find_home(t))}

    def find_home(self, term: str) -> str | None:
        """Return the narrowest stated class of a term, on whose page it is described."""
        types = [c for c in self.knowledge.values(term, TYPE) if c in self.classes]
        stated = [c for c in types if (term, TYPE, c) not in self.knowledge.derived]
        depth = {c: self.measure_depth(c) for c in stated or types}
        return min(depth, key=lambda c: (-depth[c], c), default=None)

    @cached_property
    def superclasses(self) -> Mapping[str, tuple[str, ...]]:
        """The direct superclasses of each class."""
        values = self.knowledge.values
        return {c: tuple(a for a in values(c, SUBCLASS) if a in self.classes) for c in self.classes}

    def measure_depth(self, cls: str) -> int:
        """Return how many classes stand above a class."""
        above = {cls}
        queue = [cls]
        while queue:
            new = set(self.superclasses[queue.pop()]) - above
            above |= new
            queue += new
        return len(above) - 1

    @cached_property
    def residents(self) -> Mapping[str, list[str]]:
        """The terms that are described on the page of each class."""
        found: dict[str, list[str]] = defaultdict(list)
        for term, home in self.homes.items():
            found[home].append(term)
        return found

    @cached_property
    def incoming(self) -> Mapping[str, Mapping[str, list[str]]]:
        """Terms that are stated to have a term as their value, by property."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for term, po in self.knowledge.index.items():
            for prop, values in po.items() if term in self.homes else ():
                for value in values if prop not in _NAMES else ():
                    if value in self.homes and (term, prop, value) not in self.knowledge.derived:
                        found[value][prop].append(term)
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
        """Evidence of single statements."""
        return find_axiom_evidence(self.knowledge)

    def split_members(self, cls: str) -> tuple[list[str], list[str]]:
        """Return the members of a class that are stated to be so, and the others."""
        members = [t for t in self.knowledge.instances(cls) if t in self.homes]
        derived, values = self.knowledge.derived, self.knowledge.values
        stated = {t for t in members if cls in values(t, TYPE) and (t, TYPE, cls) not in derived}
        return [t for t in members if t in stated], [t for t in members if t not in stated]

    # -- HTML -----------------------------------------------------------------------------------

    def link(self, term: str, style: str = "") -> str:
        """Return a link to a term, or the plain text of what is none."""
        if term in self.homes:
            name = self.knowledge.display(term)
            target = f"class-{self.homes[term]}.html#{quote(term)}"
        elif term in self.properties:
            name, target = self.knowledge.label(term), f"properties.html#{quote(term)}"
        elif term in self.classes:
            name, target = self.knowledge.label(term), f"class-{term}.html"
        else:
            return escape(term)
        marked = f" class={style}" if style else ""
        return f'<a{marked} href="{target}">{escape(name)}</a>'

    def links(self, terms: Iterable[str], inferred: frozenset[str] = frozenset()) -> str:
        """Return links, those to inferred terms marked."""
        return ", ".join(self.link(t, "inferred" if t in inferred else "") for t in terms)

    def row(self, name: str, text: str) -> str:
        """Return a line of an entry, or nothing where there is no text."""
        heading = f"<b>{escape(name)}:</b> " if name else ""
        return f"<div>{heading}{text}</div>" if text else ""

    def say(self, fact: Triple) -> str:
        """Return a statement as links."""
        return " ".join(map(self.link, fact))

    def render_term(self, term: str) -> str:
        """Return everything known of a term."""
        values = self.knowledge.values
        drawn = frozenset(c for c in self.classes if (term, TYPE, c) in self.knowledge.derived)
        types = [c for c in values(term, TYPE) if c in self.classes and c != self.homes[term]]
        parts = [
            f'<section id="{escape(term)}"><h3>{escape(self.knowledge.label(term))}</h3>',
            f"<div class=id>{escape(', '.join((term, *values(term, P.NOTATION))))}</div>",
            self.row("", escape(self.knowledge.definition(term))),
            self.row("", escape(" ".join(values(term, NOTE)))),
            self.row("Synonyms", escape(", ".join(values(term, ALT_LABEL)))),
            self.row("Also", self.links(types, drawn)),
            *self.render_facts(term),
            *self.render_incoming(term),
            self.row("Evidence", self.render_evidence(values(term, P.SUPPORTED_BY))),
            self.row("Contradictions", self.links(self.disputes.get(term, ()))),
        ]
        return "".join((*parts, "</section>"))

    def render_facts(self, term: str) -> Iterator[str]:
        """Yield a line for each property of a term, with the evidence of single statements."""
        for prop, values in sorted(self.knowledge.index[term].items()):
            if prop in _SPELT_OUT:
                continue
            shown = []
            for value in dict.fromkeys(values):
                inferred = (term, prop, value) in self.knowledge.derived
                text = self.link(value, "inferred" if inferred else "")
                cited = self.axiom_evidence.get((term, prop, value), ())
                shown.append(text + (f" [{self.render_evidence(cited)}]" if cited else ""))
            yield self.row(self.knowledge.label(prop).rpartition("#")[2], ", ".join(shown))

    def render_incoming(self, term: str) -> Iterator[str]:
        """Yield a line for each property by which other terms refer to a term."""
        for prop, terms in sorted(self.incoming.get(term, {}).items()):
            more = f", and {len(terms) - _SHOWN} more" if len(terms) > _SHOWN else ""
            name = self.knowledge.label(prop)
            yield self.row(f"← {name}", self.links(sorted(terms)[:_SHOWN]) + more)

    def render_evidence(self, ids: Iterable[str]) -> str:
        """Return citations that link to the places in the sources."""
        known = self.knowledge.evidence
        return "; ".join(
            f'<a href="class-{self.homes[e]}.html#{quote(e)}">{escape(known[e].citation)}</a>'
            f" ({escape(known[e].kind)})"
            if e in known and e in self.homes
            else escape(e)
            for e in ids
        )
