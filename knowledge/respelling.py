"""A question shown as it was understood: its repaired words put back, with the accents the
articles give them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from knowledge.articles import Article
from knowledge.search.index import Index
from knowledge.search.language import ELIDED, fold, stem

MOST_ARTICLES = 3
"""Articles that are read for the accents of a word."""
_WORD = re.compile(r"[^\W\d_]+")


class Respeller:
    """Writes folded words as the articles do."""

    def __init__(self, articles: Sequence[Article], index: Index) -> None:
        self._articles = articles
        self._index = index
        self._written: dict[str, str] = {}

    def respell(self, text: str, repairs: Mapping[str, str]) -> str | None:
        """The text with its repaired words; None where nothing was repaired."""
        if not repairs:
            return None
        return _WORD.sub(lambda match: self._repaired(match[0], repairs), " ".join(text.split()))

    def _repaired(self, word: str, repairs: Mapping[str, str]) -> str:
        folded = fold(word)
        if folded not in repairs:
            return word
        understood = repairs[folded]
        elided = folded.removesuffix(understood)
        glued = elided != folded and elided in ELIDED
        return f"{elided}'{self._accented(understood)}" if glued else self._accented(understood)

    def _accented(self, word: str) -> str:
        """The word as it is mostly written in articles; looked for once, only when it is
        needed."""
        if word not in self._written:
            spellings = Counter(self._spellings(word)).most_common(1)
            self._written[word] = spellings[0][0] if spellings else word
        return self._written[word]

    def _spellings(self, word: str) -> Iterator[str]:
        for place in islice(self._index.saying(stem(word)), MOST_ARTICLES):
            article = self._articles[place]
            text = " ".join((article.title, article.body, *article.wordings))
            same_length = (w for w in _WORD.findall(text.lower()) if len(w) == len(word))
            yield from (w for w in same_length if fold(w) == word)
