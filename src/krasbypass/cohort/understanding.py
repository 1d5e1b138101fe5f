"""What a cell of a table means: an entry in our notation, or the reason why there is none.

What the effect of a change is, the ontology says; here stand only the words of the file formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
    FUSION = "fusion"
    OTHER = "other"
    UNSTATED = "unstated"


# Classifications of MAF files and consequences of VEP, without case, spaces and underscores.
_EFFECTS: Mapping[str, Effect] = {
    **dict.fromkeys(
        (
            "silent", "synonymous", "synonymousvariant", "stopretainedvariant",
            "startretainedvariant", "intron", "intronvariant", "3'utr", "5'utr",
            "3primeutrvariant", "5primeutrvariant", "3'flank", "5'flank", "igr", "intergenic",
            "intergenicvariant", "rna", "lincrna", "targetedregion", "upstreamgenevariant",
            "downstreamgenevariant", "spliceregion", "spliceregionvariant",
            "splicepolypyrimidinetractvariant", "splicedonorregionvariant",
            "noncodingtranscriptexonvariant", "noncodingtranscriptvariant",
            "regulatoryregionvariant", "tfbindingsitevariant", "synonymoussnv", "utr3", "utr5",
            "intronic", "upstream", "downstream", "ncrnaexonic", "ncrnaintronic",
        ),
        Effect.SILENT,
    ),
    **dict.fromkeys(
        (
            "nonsensemutation", "nonsense", "stopgained", "frameshiftdel", "frameshiftins",
            "frameshiftvariant", "frameshift", "frameshiftdeletion", "frameshiftinsertion",
            "frameshiftsubstitution", "stopgain", "stopgainsnv", "truncating",
            "transcriptablation",
        ),
        Effect.TRUNCATING,
    ),
    **dict.fromkeys(
        (
            "splicesite", "splicesitesnp", "splicesitednp", "splicesiteindel", "splicesitedel",
            "splicesiteins", "splice", "spliceacceptorvariant", "splicedonorvariant", "splicing",
        ),
        Effect.SPLICE,
    ),
    **dict.fromkeys(
        (
            "inframedel", "inframeins", "inframedeletion", "inframeinsertion", "inframeindel",
            "missensemutation", "missense", "missensevariant", "proteinalteringvariant",
            "nonstopmutation", "stoplost", "translationstartsite", "startlost",
            "nonsynonymoussnv", "nonframeshiftdeletion", "nonframeshiftinsertion",
            "nonframeshiftsubstitution", "stoploss", "startloss",
        ),
        Effect.CHANGED,
    ),
    **dict.fromkeys(("fusion", "genefusion"), Effect.FUSION),
}  # fmt: skip
#: Of several consequences of one change, the one that says most of it.
_RANKED = (Effect.FUSION, Effect.TRUNCATING, Effect.SPLICE, Effect.CHANGED, Effect.SILENT)
#: Calls that say there is no such change in the tumour; the portal does not load them either.
_NO_MUTATION = frozenset({"wildtype", "none", "loh"})
_SAME_RESIDUE = re.compile(r"^([A-Z*])\d+(=|\1)$|^=$")
_TRUNCATED = re.compile(r"^[A-Z]+\d+.*(\*|fs)|^[A-Z]\d+X$")
_SPLICED = re.compile(r"splice", re.IGNORECASE)
_WILD_TYPE = re.compile(r"^(wt|wild[ -]?type)$", re.IGNORECASE)
#: Discrete copy numbers that are calls, and the kinds of the notation that they stand for.
CALLS = {2.0: ("amp", "amplification"), -2.0: ("loss", "deep deletion")}
#: All discrete copy numbers; the others say too little (-1.5 is a deletion that is uncertain).
DISCRETE = frozenset({-2.0, -1.5, -1.0, 0.0, 1.0, 2.0})
#: The words by which portals call them, without case, spaces and underscores.
DISCRETE_WORDS: Mapping[str, float] = {
    **dict.fromkeys(("amp", "amplification", "amplified"), 2.0),
    **dict.fromkeys(("homdel", "deepdeletion", "homozygousdeletion", "deepdel"), -2.0),
    **dict.fromkeys(("gain", "lowlevelgain"), 1.0),
    **dict.fromkeys(("hetloss", "shallowdeletion", "hemizygousdeletion", "shallowdel"), -1.0),
    **dict.fromkeys(("diploid", "neutral", "nochange"), 0.0),
}
_SILENT = "silent, or outside what codes for protein"
_OUTSIDE = "the gene is not in the ontology"


class Span(NamedTuple):
    """Residues among which any in-frame change of one sort (``del``, ``ins``) is an entry."""

    first: int
    last: int
    sort: str
    entry: str


_SPAN = re.compile(r"^(\d+)_(\d+)(del|ins)$")
_INDEL = re.compile(r"^[A-Z]?(\d+)(?:_[A-Z]?(\d+))?(del|ins|dup|delins)([A-Z]*)$")


def find_span(change: str, spans: Iterable[Span]) -> str:
    """Return the entry of a span that an in-frame deletion or insertion lies within.

    Examples
    --------
    >>> spans = [Span(729, 761, "del", "G:deleted"), Span(762, 774, "ins", "G:inserted")]
    >>> find_span("L747_P753delinsS", spans), find_span("D770_N771insSVD", spans)
    ('G:deleted', 'G:inserted')
    >>> find_span("D770delinsGY", spans), find_span("L747_P753insS", spans)
    ('G:inserted', '')
    """
    found = _INDEL.match(change)
    if not found:
        return ""
    first, last, how = int(found[1]), int(found[2] or found[1]), found[3]
    gained = len(found[4]) - (last - first + 1)
    sort = how if how in ("del", "ins") else "ins" if how == "dup" or gained > 0 else "del"
    fits = (s.entry for s in spans if s.sort == sort and s.first <= first and last <= s.last)
    return next(fits, "") if how != "delins" or gained else ""


class Interpreter:
    """Turns cells into entries, remembering what it has seen."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._changes: dict[tuple[str, str, str, str], Reading] = {}
        self._calls: dict[tuple[str, float], Reading] = {}
        self._entries: dict[str, Reading] = {}

    @cached_property
    def _genes(self) -> Mapping[str, Gene]:
        found = {plain_key(n): g for g in self.knowledge.genes.values() for n in g.names}
        return found | {plain_key(g.symbol): g for g in self.knowledge.genes.values()}

    def find_gene(self, name: str) -> Gene | None:
        """Return the gene that a symbol or synonym names, if the ontology has it."""
        return self._genes.get(plain_key(name))

    def read_change(self, gene: str, change: str, effect: str, status: str = "") -> Reading:
        """Return what a row of a mutation table means; `status` is what it says of the call."""
        key = (gene, change, effect, status)
        found = self._changes.get(key)
        if found is None:
            found = self._changes[key] = self._judge_change(*key)
        return found

    def _judge_change(self, gene: str, change: str, effect: str, status: str) -> Reading:
        if status.casefold() in _NO_MUTATION and self.find_gene(gene):
            reason = f"the mutation's status is {status}"
            return Reading(Status.IGNORED, f"{gene}:{change}", reason=reason)
        if find_effect(effect) is Effect.FUSION:
            return self.read_fusion(*split_fusion(change, gene), called=True)
        return self._read_change(gene, change, effect)

    def _read_change(self, name: str, text: str, effect: str) -> Reading:
        shown = f"{name}:{text}" if text else f"{name} {effect}".strip()
        gene = self.find_gene(name)
        if gene is None:
            return Reading(Status.IGNORED, shown, reason=_OUTSIDE)
        if _WILD_TYPE.match(text):
            return Reading(Status.IGNORED, shown, reason="the wild type is no alteration")
        kind = find_effect(effect)
        change = shorten_change(text.rpartition(":")[2])
        spliced = kind is Effect.SPLICE or (kind is Effect.UNSTATED and _SPLICED.search(change))
        known = self._find_known(gene, change)
        if not known and kind is not Effect.TRUNCATING:
            known = self._find_within(gene, change)
        if known:
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
        for spelled in dict.fromkeys((change, spell_out(change))):
            text = f"{gene.symbol}:{spelled}"
            node = text if text in self.knowledge.alterations else None
            node = node or self.knowledge.other_names.get(plain_key(text))
            if spelled and node:
                return self._try(node)
        return ""

    def _find_within(self, gene: Gene, change: str) -> str:
        """Return the entry of a span of residues that an in-frame change lies within."""
        within = find_span(spell_out(change), self._spans.get(gene.symbol, ()))
        return self._try(within) if within else ""

    @cached_property
    def _spans(self) -> Mapping[str, tuple[Span, ...]]:
        """Alterations that a name describes as any loss or gain of residues within a span."""
        found: dict[str, tuple[Span, ...]] = {}
        for node, alteration in sorted(self.knowledge.alterations.items()):
            for name in self.knowledge.values(alteration.id, ALT_LABEL):
                symbol, _, text = name.partition(":")
                if span := _SPAN.match(text):
                    entry = Span(int(span[1]), int(span[2]), span[3], node)
                    found[symbol] = (*found.get(symbol, ()), entry)
        return found

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

    def read_copy_number(self, gene: str, value: float) -> Reading:
        """Return what a call of copy number means, +2 or −2."""
        found = self._calls.get((gene, value))
        if found is None:
            found = self._calls[gene, value] = self._read_copy_number(gene, value)
        return found

    def _read_copy_number(self, gene: str, value: float) -> Reading:
        kind, words = CALLS[value]
        shown = f"{gene} {words}"
        found = self.find_gene(gene)
        if found is None:
            return Reading(Status.IGNORED, shown, reason=_OUTSIDE)
        entry = self._find_known(found, kind)
        if entry:
            return Reading(Status.USED, shown, entry)
        reason = f"no rule gives an effect for a {words} of {found.symbol}"
        return Reading(Status.NOT_UNDERSTOOD, shown, reason=reason.replace("a amplif", "an amplif"))

    def read_fusion(
        self, first: str, second: str, frame: str = "", *, called: bool = False
    ) -> Reading:
        """Return what a structural variant between two genes means.

        Which of the two comes first in the protein is not asked, since tables order them otherwise;
        `called` says that the row speaks of a fusion even where it names no partner.
        """
        shown = f"{first or '?'}::{second or '?'}"
        genes = [g for g in map(self.find_gene, filter(None, (first, second))) if g]
        if not genes:
            return Reading(Status.IGNORED, shown, reason="neither gene is in the ontology")
        names = " or ".join(g.symbol for g in genes)
        where = {first.casefold(), second.casefold()}
        entry = reason = ""
        if len(where) == 1 or "intragenic" in where:
            reason = f"a structural variant within {genes[0].symbol} is no fusion"
        elif "intergenic" in where or ("" in where and not called):
            reason = f"the structural variant joins no other gene to {genes[0].symbol}"
        elif re.sub(r"[^a-z]", "", frame.casefold()) in ("outofframe", "frameshift"):
            reason = "the fusion is out of frame"
        else:
            entry = self._try(f"{genes[0].symbol}:fusion" if "" in where else shown)
        if entry:
            return Reading(Status.USED, shown, entry)
        reason = reason or f"no rule for a fusion of {names}"
        return Reading(Status.NOT_UNDERSTOOD, shown, reason=reason)

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
        symbol, _, said = text.partition(":")
        if _WILD_TYPE.match(said) and self.find_gene(symbol):
            return self.read_change(symbol, said, "")
        try:
            parsed = Change.parse(text)
            return Reading(Status.USED, text, self._name(parsed))
        except NotationError as error:
            return Reading(Status.BROKEN, text, reason=str(error))
        except KrasbypassError as error:
            plain = len(parsed.changes) == 1 and parsed.partner is None
            if plain and (known := self.knowledge.other_names.get(plain_key(text))):
                return Reading(Status.USED, text, self._try(known))
            return Reading(Status.NOT_UNDERSTOOD, text, reason=str(error))


def find_effect(text: str) -> Effect:
    """Return what a classification says; of several consequences, the gravest counts.

    >>> find_effect("Frame_Shift_Del").value, find_effect("").value, find_effect("odd").value
    ('truncating', 'unstated', 'other')
    >>> find_effect("splice_acceptor_variant,intron_variant").value
    'splice'
    """
    keys = [re.sub(r"[\s_]", "", part) for part in re.split(r"[,&;]", text.casefold())]
    found = {_EFFECTS.get(key, Effect.OTHER) for key in keys if key}
    unsaid = Effect.OTHER if found else Effect.UNSTATED
    return next((effect for effect in _RANKED if effect in found), unsaid)


_DELETED = re.compile(r"^([A-Z]+)(\d+)del$")
_REPLACED = re.compile(r"^(\d+)_(\d+)([A-Z]+)>([A-Z]+)$")


def spell_out(change: str) -> str:
    """Return a change of several residues as HGVS writes it, where Firehose writes it otherwise.

    >>> spell_out("ELREA746del"), spell_out("H42del"), spell_out("709_710ET>D")
    ('E746_A750del', 'H42del', 'E709_T710delinsD')
    """
    if found := _DELETED.match(change):
        lost, start, new = found[1], int(found[2]), "del"
    elif found := _REPLACED.match(change):
        lost, start, new = found[3], int(found[1]), f"delins{found[4]}"
    else:
        return change
    end = f"_{lost[-1]}{start + len(lost) - 1}" if len(lost) > 1 else ""
    return f"{lost[0]}{start}{end}{new}"


def split_fusion(text: str, gene: str) -> tuple[str, str]:
    """Return the two genes of a fusion's description, as older tables write it.

    >>> split_fusion("EML4-ALK fusion", "ALK"), split_fusion("NKX2-1-RET", "RET")
    (('EML4', 'ALK'), ('NKX2-1', 'RET'))
    >>> split_fusion("RET fusion", "RET"), split_fusion("Fusion", "RET")
    (('RET', ''), ('RET', ''))
    """
    words = text.split()
    name = words[0] if words else ""
    if "::" in name:
        first, _, second = name.partition("::")
        return first, second
    if gene and name.endswith(f"-{gene}"):
        return name.removesuffix(f"-{gene}"), gene
    if gene and name.startswith(f"{gene}-"):
        return gene, name.removeprefix(f"{gene}-")
    first, _, second = name.partition("-")
    return (first, second) if second else (gene, "")
