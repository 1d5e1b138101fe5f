"""The notation of tumours: what a user writes, read without knowing any biology.

Whether the gene exists and what the change does is decided against the ontology, in
`krasbypass.scenario`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from krasbypass.errors import NotationError

_THREE_LETTERS = dict(
    zip(
        re.findall("...", "AlaArgAsnAspCysGlnGluGlyHisIleLeuLysMetPheProSerThrTrpTyrValTer"),
        "ARNDCQEGHILKMFPSTWYV*",
        strict=True,
    )
)
_THREE = re.compile("|".join(_THREE_LETTERS))
_GENE = r"[A-Za-z][\w./ -]*?"  # synonyms may end in a Greek letter
_CHANGE = r"[A-Za-z0-9_*>=.()-]+"
_ALTERATION = re.compile(rf"^({_GENE})\s*:\s*({_CHANGE}(?:\s*\+\s*{_CHANGE})*)$")
_FUSION = re.compile(rf"^({_GENE}|\?)?\s*::\s*({_GENE}|\?)$")
_RULE = "an alteration is written GENE:CHANGE, such as KRAS:G12C, MET:amp or EML4::ALK"


class Kind(StrEnum):
    """Kinds of alteration as the notation spells them; the ontology says what each does."""

    CHANGE = "change"
    AMP = "amp"
    LOSS = "loss"
    LOW = "low"
    MUT = "mut"
    ACT = "act"
    FUSION = "fusion"
    SPLICE = "splice"
    WT_LOSS = "wt-loss"


#: Kinds that have no genetic cause: a protein that is active, or of which there is little.
NOT_GENETIC = (Kind.ACT, Kind.LOW)
#: Kinds that are written where a protein change may stand.
KINDS = tuple(kind for kind in Kind if kind is not Kind.CHANGE)
#: Kinds by the words that others write for them.
_KIND_WORDS = {
    **dict.fromkeys(("amplification", "amplified"), Kind.AMP),
    **dict.fromkeys(("deletion", "deleted"), Kind.LOSS),
    **dict.fromkeys(("mutation", "mutant", "mutated"), Kind.MUT),
    **{str(kind): kind for kind in KINDS},
}


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a tumour: a gene with changes in cis or a kind, a fusion, or a context."""

    text: str
    gene: str
    changes: tuple[str, ...]
    partner: str | None = None

    @classmethod
    def parse(cls, text: str) -> Change:
        """Read one entry.

        Raises
        ------
        NotationError
            The entry is neither ``GENE:CHANGE`` nor ``5'GENE::3'GENE`` nor ``context:NAME``.

        Examples
        --------
        >>> Change.parse("KRAS:p.Gly12Cys+Y96D").changes
        ('G12C', 'Y96D')
        >>> Change.parse("EML4::ALK").partner
        'ALK'
        """
        text = text.strip()
        if fusion := _FUSION.match(text):
            return cls(text, (fusion[1] or "v").strip(), (Kind.FUSION,), fusion[2].strip())
        found = _ALTERATION.match(text)
        if not found:
            raise NotationError(text, _RULE)
        changes = tuple(shorten_change(c) for c in found[2].split("+"))
        plain = found[1].strip().casefold() != "context" and not set(changes) & set(KINDS)
        if len(changes) > 1 and not plain:
            raise NotationError(text, "'+' joins protein changes of one allele, such as G12C+Y96D")
        return cls(text, found[1].strip(), changes)

    @property
    def is_context(self) -> bool:
        """Whether the entry names a non-genetic state."""
        return self.gene.casefold() == "context"


def shorten_change(text: str) -> str:
    """Return a protein change in one-letter code, or a kind in its usual spelling.

    >>> shorten_change("p.(Gly12Cys)"), shorten_change("Amplification"), shorten_change("g12c")
    ('G12C', 'amp', 'G12C')
    """
    text = text.strip().removeprefix("p.").strip("()")
    if kind := _KIND_WORDS.get(text.casefold()):
        return str(kind)
    text = _THREE.sub(lambda m: _THREE_LETTERS[m[0]], text)
    if re.fullmatch(r"[A-Za-z]\d+[A-Za-z*]", text):
        return text.upper()
    return text


@dataclass(frozen=True, slots=True)
class Tumour:
    """A tumour as asked: a tissue and its alterations, clone by clone.

    Examples
    --------
    >>> Tumour.parse("NSCLC", ["KRAS:G12C", "MET:amp"]).alterations
    ('KRAS:G12C', 'MET:amp')
    """

    tissue: str
    clones: tuple[tuple[Change, ...], ...]

    @classmethod
    def parse(cls, tissue: str, alterations: Iterable[str] = (), *clones: Iterable[str]) -> Tumour:
        """Read a tumour; with `clones`, `alterations` are carried by every one of them.

        Raises
        ------
        NotationError
            An alteration cannot be read.
        """
        trunk = tuple(map(Change.parse, split_entries(alterations)))
        branches = tuple(tuple(map(Change.parse, split_entries(c))) for c in clones) or ((),)
        return cls(tissue.strip() or "any", tuple(_unique((*trunk, *b)) for b in branches))

    @property
    def alterations(self) -> tuple[str, ...]:
        """All alterations as written, clones merged, in order of first mention."""
        return tuple(dict.fromkeys(c.text for clone in self.clones for c in clone))


def split_entries(entries: str | Iterable[str]) -> tuple[str, ...]:
    """Return alterations or drugs one by one: commas part them, and a text is one entry.

    >>> split_entries("AMG 510, TNO-155")
    ('AMG 510', 'TNO-155')
    """
    if isinstance(entries, str):
        entries = [entries]
    return tuple(part.strip() for entry in entries for part in entry.split(",") if part.strip())


def name_tumour(tissue: str, alterations: Iterable[str]) -> str:
    """Return a tumour as one line.

    >>> name_tumour("CRC", ["KRAS:G12C", "MET:amp"])
    'CRC: KRAS:G12C, MET:amp'
    """
    return f"{tissue}: {', '.join(alterations) or 'no recorded alteration'}"


def _unique(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    return tuple({(c.gene.casefold(), c.changes, c.partner): c for c in changes}.values())
