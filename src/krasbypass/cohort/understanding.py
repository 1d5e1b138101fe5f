"""What a cell of a table means: an entry in our notation, or the reason why there is none.

What the effect of a change is, the ontology says; here stand only the words of the file formats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from krasbypass.errors import KrasbypassError, NotationError, plain_key
from krasbypass.facts import ALT_LABEL
from krasbypass.knowledge import Knowledge
from krasbypass.model import Gene
from krasbypass.scenario import name_change, resolve_genotypes
from krasbypass.tumour import Change, shorten_change


class Status(StrEnum):
    """What became of a row."""

    USED = "used"
    IGNORED = "ignored"
    NOT_UNDERSTOOD = "not_understood"
    BROKEN = "broken"


class Reading(NamedTuple):
    """An entry of a tumour, or why there is none; `text` is what was read."""

    status: Status
    text: str
    entry: str = ""
    reason: str = ""


class Effect(StrEnum):
    """What a classification says of a change before the ontology is asked."""

    SILENT = "silent"
    TRUNCATING = "truncating"
    SPLICE = "splice"
    CHANGED = "changed"
    OTHER = "other"
    UNSTATED = "unstated"


# Classifications of MAF files and consequences of VEP, without case, spaces and underscores.
_EFFECTS: Mapping[str, Effect] = {
    **dict.fromkeys(
        (
            "silent", "synonymous", "synonymousvariant", "intron", "intronvariant", "3'utr",
            "5'utr", "3primeutrvariant", "5primeutrvariant", "3'flank", "5'flank", "igr",
            "intergenic", "intergenicvariant", "rna", "lincrna", "targetedregion",
            "upstreamgenevariant", "downstreamgenevariant", "spliceregion", "spliceregionvariant",
        ),
        Effect.SILENT,
    ),
    **dict.fromkeys(
        (
            "nonsensemutation", "nonsense", "stopgained", "frameshiftdel", "frameshiftins",
            "frameshiftvariant", "frameshift", "frameshiftdeletion", "frameshiftinsertion",
            "truncating",
        ),
        Effect.TRUNCATING,
    ),
    **dict.fromkeys(
        ("splicesite", "splice", "spliceacceptorvariant", "splicedonorvariant"), Effect.SPLICE
    ),
    **dict.fromkeys(
        (
            "inframedel", "inframeins", "inframedeletion", "inframeinsertion", "missensemutation",
            "missense", "missensevariant", "nonstopmutation", "stoplost", "translationstartsite",
            "startlost",
        ),
        Effect.CHANGED,
    ),
}  # fmt: skip
_SAME_RESIDUE = re.compile(r"^([A-Z*])\d+(=|\1)$|^=$")
_TRUNCATED = re.compile(r"^[A-Z]\d+.*(\*|fs)|^[A-Z]\d+X$")
_SPLICED = re.compile(r"splice", re.IGNORECASE)
#: Discrete copy numbers that are calls, and the kinds of the notation that they stand for.
_CALLS = {2: ("amp", "amplification"), -2: ("loss", "deep deletion")}
_SILENT = "silent, or outside what codes for protein"
_OUTSIDE = "the gene is not in the ontology"


class Interpreter:
    """Turns cells into entries, remembering what it has seen."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._changes: dict[tuple[str, str, str], Reading] = {}
        self._entries: dict[str, Reading] = {}

    @cached_property
    def _genes(self) -> Mapping[str, Gene]:
        found = {plain_key(n): g for g in self.knowledge.genes.values() for n in g.names}
        return found | {plain_key(g.symbol): g for g in self.knowledge.genes.values()}

    @cached_property
    def _other_names(self) -> Mapping[str, str]:
        """Alterations by what others call them (EGFR:E746_A750del is EGFR:ex19del)."""
        return {
            plain_key(name): node
            for node, alteration in sorted(self.knowledge.alterations.items())
            for name in self.knowledge.values(alteration.id, ALT_LABEL)
        }

    def find_gene(self, name: str) -> Gene | None:
        """Return the gene that a symbol or synonym names, if the ontology has it."""
        return self._genes.get(plain_key(name))

    def read_change(self, gene: str, change: str, effect: str) -> Reading:
        """Return what a row of a mutation table means."""
        key = (gene, change, effect)
        found = self._changes.get(key)
        if found is None:
            found = self._changes[key] = self._read_change(*key)
        return found

    def _read_change(self, name: str, text: str, effect: str) -> Reading:
        shown = f"{name}:{text}" if text else f"{name} {effect}".strip()
        gene = self.find_gene(name)
        if gene is None:
            return Reading(Status.IGNORED, shown, reason=_OUTSIDE)
        kind = find_effect(effect)
        change = shorten_change(text.rpartition(":")[2])
        spliced = kind is Effect.SPLICE or (kind is Effect.UNSTATED and _SPLICED.search(change))
        if known := self._find_known(gene, change):
            return Reading(Status.USED, shown, known)
        if not spliced and (kind is Effect.SILENT or _SAME_RESIDUE.match(change)):
            return Reading(Status.IGNORED, shown, reason=_SILENT)
        unsaid = kind in (Effect.UNSTATED, Effect.OTHER)
        if spliced or kind is Effect.TRUNCATING or (unsaid and _TRUNCATED.match(change)):
            how = "splice site" if spliced else "truncation"
            loss = self._try(f"{gene.symbol}:truncation")
            if loss:
                return Reading(Status.USED, shown, loss)
            reason = f"a {how} of {gene.symbol}, whose loss has no entry"
            return Reading(Status.NOT_UNDERSTOOD, shown, reason=reason)
        if not change:
            return Reading(Status.NOT_UNDERSTOOD, shown, reason="no protein change is given")
        reason = f"no rule gives an effect for this change of {gene.symbol}"
        return Reading(Status.NOT_UNDERSTOOD, shown, reason=reason)

    def _find_known(self, gene: Gene, change: str) -> str:
        """Return the entry of a change that the catalogue lists under any of its names."""
        text = f"{gene.symbol}:{change}"
        node = text if text in self.knowledge.alterations else None
        node = node or self._other_names.get(plain_key(text))
        return self._try(node) if node and change else ""

    def _try(self, entry: str) -> str:
        """Return the preferred spelling of an entry, or nothing if it has no effect."""
        try:
            return self._name(Change.parse(entry))
        except KrasbypassError:
            return ""

    def _name(self, change: Change) -> str:
        """Return an entry so that entries of one meaning are equal.

        Raises
        ------
        KrasbypassError
            The ontology gives it no effect.
        """
        genotypes = resolve_genotypes(self.knowledge, (change,))
        if change.is_context:
            return name_change(self.knowledge, change)
        gene = self.find_gene(change.gene)
        if gene is not None and gene.has_alleles:
            return name_change(self.knowledge, change)
        return ", ".join(a.node for a in genotypes[0].alterations)

    def read_copy_number(self, gene: str, value: int) -> Reading:
        """Return what a discrete call of copy number means; calls other than ±2 are no entries."""
        kind, words = _CALLS[value]
        shown = f"{gene} {words}"
        found = self.find_gene(gene)
        if found is None:
            return Reading(Status.IGNORED, shown, reason=_OUTSIDE)
        entry = self._find_known(found, kind)
        if entry:
            return Reading(Status.USED, shown, entry)
        reason = f"no rule gives an effect for a {words} of {found.symbol}"
        return Reading(Status.NOT_UNDERSTOOD, shown, reason=reason.replace("a amplif", "an amplif"))

    def read_fusion(self, first: str, second: str, frame: str = "") -> Reading:
        """Return what a structural variant between two genes means."""
        shown = f"{first or '?'}::{second or '?'}"
        genes = [g for g in map(self.find_gene, filter(None, (first, second))) if g]
        if not genes:
            return Reading(Status.IGNORED, shown, reason="neither gene is in the ontology")
        if not first or not second or first == second:
            reason = f"a structural variant within {genes[0].symbol} is no fusion"
            return Reading(Status.NOT_UNDERSTOOD, shown, reason=reason)
        if re.sub(r"[^a-z]", "", frame.casefold()) in ("outofframe", "frameshift"):
            return Reading(Status.NOT_UNDERSTOOD, shown, reason="the fusion is out of frame")
        entry = self._try(shown)
        if entry:
            return Reading(Status.USED, shown, entry)
        names = " or ".join(g.symbol for g in genes)
        return Reading(Status.NOT_UNDERSTOOD, shown, reason=f"no rule for a fusion of {names}")

    def read_entry(self, text: str) -> Reading:
        """Return what an entry in our notation means; ``GENE CHANGE`` is taken for it too."""
        found = self._entries.get(text)
        if found is None:
            found = self._entries[text] = self._read_entry(text.strip())
        return found

    def _read_entry(self, text: str) -> Reading:
        gene, _, change = text.partition(" ")
        if change and ":" not in text and self.find_gene(gene):
            return self.read_change(gene, change.strip(), "")
        if change and ":" not in text and re.fullmatch(r"[A-Za-z0-9-]+", gene):
            return Reading(Status.IGNORED, text, reason=_OUTSIDE)
        try:
            parsed = Change.parse(text)
            return Reading(Status.USED, text, self._name(parsed))
        except NotationError as error:
            return Reading(Status.BROKEN, text, reason=str(error))
        except KrasbypassError as error:
            plain = len(parsed.changes) == 1 and parsed.partner is None
            if plain and (known := self._other_names.get(plain_key(text))):
                return Reading(Status.USED, text, self._try(known))
            return Reading(Status.NOT_UNDERSTOOD, text, reason=str(error))


def find_effect(text: str) -> Effect:
    """Return what a classification says.

    >>> find_effect("Frame_Shift_Del").value, find_effect("").value, find_effect("odd").value
    ('truncating', 'unstated', 'other')
    """
    key = re.sub(r"[\s_]", "", text.casefold())
    return _EFFECTS.get(key, Effect.OTHER) if key else Effect.UNSTATED
