"""The passage shown with a hit: the article's answer, or the paragraph that answers this
question better."""

import re
from collections.abc import Sequence

from knowledge.articles import Article
from knowledge.index import Asked, Index
from knowledge.vocabulary import Vocabulary

BETTER = 1.6
"""How many times more of the question a paragraph must hold than the answer does, to be shown
instead."""
LONGEST = 320
_MARKS = re.compile(r"\*\*|^(?:- |\d+\. |#+ )", re.MULTILINE)


class Passages:
    """The paragraphs of every article, with their terms."""

    def __init__(self, articles: Sequence[Article], vocabulary: Vocabulary, index: Index) -> None:
        self._index = index
        self._vocabulary = vocabulary
        self._articles = articles
        self._terms: dict[int, list[frozenset[str]]] = {}

    def best(self, place: int, question: Sequence[Asked]) -> str:
        """The paragraph to show for an article; the first one wins unless another is clearly
        better."""
        paragraphs = split_paragraphs(self._articles[place].body)
        weights = [self._weight(terms, question) for terms in self._terms_of(place)]
        first, best = weights[0], max(weights)
        chosen = weights.index(best) if best > BETTER * first and best > 0 else 0
        return shorten(paragraphs[chosen])

    def _terms_of(self, place: int) -> list[frozenset[str]]:
        """Read when first needed: a question shows three articles, not all of them."""
        if place not in self._terms:
            paragraphs = split_paragraphs(self._articles[place].body)
            found = [frozenset(self._vocabulary.stems(text)) for text in paragraphs]
            self._terms[place] = found
        return self._terms[place]

    def _weight(self, terms: frozenset[str], question: Sequence[Asked]) -> float:
        idf = self._index.idf
        said = (asked.terms.keys() & terms for asked in question)
        return sum(max(idf.get(term, 0.0) for term in common) for common in said if common)


def split_paragraphs(body: str) -> list[str]:
    """The paragraphs of a Markdown body as plain text, headings left out, list items each on
    their own."""
    blocks = [block for block in re.split(r"\n\s*\n|\n(?=- |\d+\. )", body) if block.strip()]
    texts = [
        _MARKS.sub("", block).replace("\n", " ").strip() for block in blocks if block[0] != "#"
    ]
    return texts or [""]


def shorten(text: str) -> str:
    """At most `LONGEST` characters, cut at the end of a sentence or of a word."""
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST]
    sentence = cut.rfind(". ")
    return cut[: sentence + 1] if sentence > LONGEST // 2 else cut[: cut.rfind(" ")] + "…"
