"""Terms looked for by the words in which they are described, where words name no term."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from krasbypass.facts import CLASS, LABEL
from krasbypass.knowledge import Knowledge
from krasbypass.vocabulary import OWL, C, Clinical, P
from krasbypass.wording import cut_plural, split_words

#: What stands for a property where any text of a term holds the words.
WORDS = "words"
#: Properties whose values are short names that no term has.
_WORDED = (
    Clinical.COMPONENT,
    Clinical.EVENT,
    P.COMPANY,
    P.MECHANISM,
    P.PRINTED,
    P.TOPIC,
    Clinical.QUANTITY_IN_WORDS,
)
#: Classes whose members are no answer to words.
_UNREAD = frozenset(
    {C.EVIDENCE, CLASS, *(OWL + kind for kind in ("ObjectProperty", "DatatypeProperty"))}
)
#: Letters that words have at least.
_SHORTEST = 3


def find_worded(knowledge: Knowledge, text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the terms described in these words, as whole words, by property."""
    if len(text.strip()) < _SHORTEST:
        return {}
    words = re.compile(rf"(?<!\w){re.escape(cut_plural(text.strip().casefold()))}s?(?!\w)")
    found = {
        str(prop): tuple(
            term
            for term, po in knowledge.index.items()
            if LABEL in po and any(words.search(v.casefold()) for v in po.get(prop, ()))
        )
        for prop in _WORDED
    }
    told = {term for terms in found.values() for term in terms}
    worded = find_told(knowledge, [text])
    if not worded and not told:
        worded = find_told(knowledge, [text], quoted=True)
    found[WORDS] = tuple(term for term in worded if term not in told)
    return {prop: terms for prop, terms in found.items() if terms}


def find_told(
    knowledge: Knowledge, names: Iterable[str], *, quoted: bool = False
) -> tuple[str, ...]:
    """Return the terms whose texts hold all words of one of some names, in whatever form.

    With `quoted`, what the places of the sources say on which a term rests counts as well.
    """
    split = (frozenset(split_words(name)) for name in names)
    asked = [words for words in split if sum(map(len, words)) >= _SHORTEST]
    return tuple(
        term
        for term, words in _read_words(knowledge, quoted=quoted)
        if any(words.issuperset(name) for name in asked)
    )


def _read_words(knowledge: Knowledge, *, quoted: bool) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the words in which each term is described, those of schema and evidence aside."""
    index = knowledge.index
    for term, po in index.items():
        if LABEL not in po or knowledge.classes(term) & _UNREAD:
            continue
        texts = [v for values in po.values() for v in values if v not in index and "://" not in v]
        for evidence in po.get(P.SUPPORTED_BY, ()) if quoted else ():
            texts += knowledge.values(evidence, P.ANCHOR)
        yield term, frozenset(split_words(" ".join(texts)))
