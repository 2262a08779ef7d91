"""The passage shown with a hit: the article's answer, or the paragraph that answers this
question better."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.articles import Article
from knowledge.search.index import Index, QueryTerm
from knowledge.vocabulary import Vocabulary

BETTER = 1.6
"""How many times more of the question a paragraph must hold than the answer does, to be shown
instead."""
LONGEST = 320
_MARKS = re.compile(r"\*\*|^(?:- |\d+\. |#+ )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """An article's paragraphs, and in which of them each term is."""

    texts: Sequence[str]
    saying: Mapping[str, Sequence[int]]


class Passages:
    """The paragraphs of every article, with their terms."""

    def __init__(self, articles: Sequence[Article], vocabulary: Vocabulary, index: Index) -> None:
        self._index = index
        self._vocabulary = vocabulary
        self._articles = articles
        self._read: dict[int, Paragraphs] = {}

    def best(self, place: int, question: Sequence[QueryTerm]) -> str:
        """The paragraph to show for an article; the first one wins unless another is clearly
        better."""
        paragraphs = self._paragraphs_of(place)
        weights = self._weights(paragraphs, question)
        first, best = weights[0], max(weights)
        chosen = weights.index(best) if best > BETTER * first and best > 0 else 0
        return shorten(paragraphs.texts[chosen])

    def _paragraphs_of(self, place: int) -> Paragraphs:
        """Read when first needed: a question shows three articles, not all of them."""
        if place not in self._read:
            texts = split_paragraphs(self._articles[place].body)
            saying: defaultdict[str, list[int]] = defaultdict(list)
            for number, text in enumerate(texts):
                for term in set(self._vocabulary.stems(text)):
                    saying[term].append(number)
            self._read[place] = Paragraphs(texts, dict(saying))
        return self._read[place]

    def _weights(self, paragraphs: Paragraphs, question: Sequence[QueryTerm]) -> list[float]:
        """How much of the question each paragraph holds, by idf."""
        weights = [0.0] * len(paragraphs.texts)
        for asked in question:
            best: dict[int, float] = {}
            for term in asked.terms:
                idf = self._index.idf(term) if term in self._index else 0.0
                for number in paragraphs.saying.get(term, ()):
                    best[number] = max(idf, best.get(number, 0.0))
            for number, idf in best.items():
                weights[number] += idf
        return weights


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
