"""Words as people write them: endings, spellings of two countries, and what may be left out."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"\w+(?:[.>]\w+)*")
#: Words of a question that say nothing of its subject.
_SAID_OF_ALL = (
    "a about all an and any are as at be been by can did do does for from give given gives had has "
    "have how i if in into is it its list many me much my not of on or show tell than that the "
    "their them then there these they this to under was we were what when where which who whom "
    "whose why will with within would you"
)
_EMPTY = frozenset(_SAID_OF_ALL.split())
#: Endings, taken off one after the other while a word keeps so many letters; the plural first.
_PLURAL = re.compile(r"(?<=\w[^\Wsiu])s$")
_ENDINGS = re.compile(
    r"(at|ison|ion|ing|ous|or|er|ive|anc[ey]|enc[ey]|ant|ent|it[iy]|i|ate|ed|is|al|ic|s|y|e)$"
)
_KEPT = 4
#: What may follow a name without changing its meaning, and letters that say more of a protein.
_TAIL = re.compile(
    r"\s(pathways?|signall?ing|cascade|family|proteins?|genes?|isoforms?|kinases?)$", re.IGNORECASE
)
_INHIBITOR = re.compile(r"^([\w/-]*[A-Z\d])i$")
_PHOSPHO = re.compile(r"^(p-?|phosph(o-?|orylated\s))(?=[A-Z])")
#: British spellings, and how they are written elsewhere.
_SPELLINGS = (("our", "or"), ("oe", "e"), ("ae", "e"), ("ll", "l"), ("yse", "yze"), ("ise", "ize"))


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that say something of its subject, without their endings.

    >>> split_words("Which tumours of never-smokers resist inhibitors?")
    ('tumor', 'never', 'smok', 'resist', 'inhibit')
    >>> split_words("metastasis") == split_words("metastases")
    True
    """
    words = (match[0] for match in _WORD.finditer(text.casefold()))
    return tuple(cut_ending(word) for word in words if word not in _EMPTY)


@cache
def cut_ending(word: str) -> str:
    """Return a word, in lower case, without its endings and in one spelling.

    >>> cut_ending("signalling") == cut_ending("signaling")
    True
    >>> cut_ending("g12c"), cut_ending("mice")
    ('g12c', 'mice')
    """
    for old, new in _SPELLINGS:
        word = word.replace(old, new)
    word = cut_plural(word)
    while len(stem := _ENDINGS.sub("", word)) >= _KEPT and stem != word:
        word = stem
    return word


def cut_plural(text: str) -> str:
    """Return a word, or words, without the s of a plural.

    >>> cut_plural("MEK inhibitors"), cut_plural("squamous"), cut_plural("RAS")
    ('MEK inhibitor', 'squamous', 'RAS')
    """
    return _PLURAL.sub("", text)


def vary_name(text: str) -> tuple[str, ...]:
    """Return other ways in which what a name stands for may be known.

    >>> vary_name("PI3K signaling"), vary_name("DUSP genes"), vary_name("RTKs"), vary_name("MEKi")
    (('PI3K',), ('DUSP', 'DUSP gene'), ('RTK',), ('MEK inhibitor',))
    """
    name = text.strip()
    ways = (_TAIL.sub("", name), cut_plural(name), _INHIBITOR.sub(r"\1 inhibitor", name))
    return tuple(dict.fromkeys(way for way in (*ways, _PHOSPHO.sub("", name)) if way != name))
