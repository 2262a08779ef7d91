"""What is shown of a search: the passage of a hit, and the question as it was understood."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

from knowledge.articles import Article
from knowledge.search.engine import Index
from knowledge.search.language import ELIDED, fold, stem
from knowledge.search.query import QueryTerm
from knowledge.vocabulary import Vocabulary

BETTER = 1.6
"""A paragraph is shown instead of the answer when it holds so many times more of the question."""
MAX_SNIPPET = 320
MOST_ARTICLES = 3
"""Articles that are read for the accents of a word."""
_MARKS = re.compile(r"\*\*|^(?:- |\d+\. |#+ )", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+")


class Snippets:
    """The passage shown with a hit: the article's answer, or a paragraph that answers better."""

    def __init__(self, articles: Sequence[Article], vocabulary: Vocabulary, index: Index) -> None:
        self._articles = articles
        self._vocabulary = vocabulary
        self._index = index
        self._paragraphs = cache(self._read)  # a question shows three articles, not all of them

    def best(self, place: int, question: Sequence[QueryTerm]) -> str:
        """The paragraph to show: the first one wins unless another is clearly better."""
        texts, holding = self._paragraphs(place)
        weights = [0.0] * len(texts)  # how much of the question each paragraph holds, by idf
        for asked in question:
            best: dict[int, float] = {}
            for term in asked.variants:
                idf = self._index.idf(term) if term in self._index else 0.0
                for number in holding.get(term, ()):
                    best[number] = max(idf, best.get(number, 0.0))
            for number, idf in best.items():
                weights[number] += idf
        most = max(weights)
        chosen = weights.index(most) if most > BETTER * weights[0] else 0
        return shorten(texts[chosen])

    def _read(self, place: int) -> tuple[list[str], Mapping[str, list[int]]]:
        """An article's paragraphs, and in which of them each term is."""
        texts = split_paragraphs(self._articles[place].body)
        holding: defaultdict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            for term in set(self._vocabulary.stems(text)):
                holding[term].append(number)
        return texts, holding


def split_paragraphs(body: str) -> list[str]:
    """The paragraphs of a Markdown body as plain text, without headings, each list item alone."""
    blocks = [block for block in re.split(r"\n\s*\n|\n(?=- |\d+\. )", body) if block.strip()]
    texts = [
        _MARKS.sub("", block).replace("\n", " ").strip() for block in blocks if block[0] != "#"
    ]
    return texts or [""]


def shorten(text: str) -> str:
    """At most `MAX_SNIPPET` characters, cut at the end of a sentence or of a word."""
    if len(text) <= MAX_SNIPPET:
        return text
    cut = text[:MAX_SNIPPET]
    sentence = cut.rfind(". ")
    return cut[: sentence + 1] if sentence > MAX_SNIPPET // 2 else cut[: cut.rfind(" ")] + "…"


class QueryCorrector:
    """Writes a question as it was understood: repaired words, with the accents of the articles."""

    def __init__(self, articles: Sequence[Article], index: Index) -> None:
        self._articles = articles
        self._index = index
        self._accented = cache(self._most_written)

    def corrected(self, text: str, repairs: Mapping[str, str]) -> str | None:
        """The text with its repaired words; None where nothing was repaired."""
        if not repairs:
            return None

        def repaired(match: re.Match[str]) -> str:
            folded = fold(match[0])
            if folded not in repairs:
                return match[0]
            understood = repairs[folded]
            elided = folded.removesuffix(understood)
            glued = elided != folded and elided in ELIDED
            return f"{elided}'{self._accented(understood)}" if glued else self._accented(understood)

        return _WORD.sub(repaired, " ".join(text.split()))

    def _most_written(self, word: str) -> str:
        """The word as it is mostly written in articles, with its accents."""
        spellings = Counter(self._spellings(word)).most_common(1)
        return spellings[0][0] if spellings else word

    def _spellings(self, word: str) -> Iterator[str]:
        for place in islice(self._index.holding(stem(word)), MOST_ARTICLES):
            article = self._articles[place]
            text = " ".join((article.title, article.body, *article.wordings))
            same_length = (w for w in _WORD.findall(text.lower()) if len(w) == len(word))
            yield from (w for w in same_length if fold(w) == word)
