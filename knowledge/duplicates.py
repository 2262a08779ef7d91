"""Near duplicates: wordings that two articles share but for a letter, and articles alike."""

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from knowledge.articles import Article
from knowledge.search.language import words_of

ALIKE_WORDINGS = 93
ALIKE_ARTICLES = 85
"""Out of 100."""
RAREST = 2
"""Words by which two wordings are brought together: one of them may be misspelled."""
SHARED_WORDS = 0.5
"""Bodies are compared letter by letter only when half of the words are the same."""


def alike_wordings(articles: Sequence[Article]) -> Iterator[tuple[Article, str, Article, str]]:
    """Wordings of two articles that are nearly the same, each with its article.

    Only those that share one of the two rarest words are compared.
    """
    wordings = [
        (article, text) for article in articles for text in (article.title, *article.wordings)
    ]
    folded = [" ".join(words_of(text)) for _, text in wordings]
    for first, second in _sharing_a_rare_word(folded):
        (one, text), (other, same) = wordings[first], wordings[second]
        if one.slug != other.slug and _same_question(folded[first], folded[second]):
            yield one, text, other, same


def _same_question(one: str, other: str) -> bool:
    """Alike, and about the same figures: « 75 % » and « 50 % » are two questions."""
    figures = [{word for word in text.split() if word[0].isdigit()} for text in (one, other)]
    return figures[0] == figures[1] and fuzz.ratio(one, other) >= ALIKE_WORDINGS


def _sharing_a_rare_word(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    holding: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        for word in set(text.split()):
            holding.setdefault(word, []).append(place)
    for place, text in enumerate(texts):
        rarest = sorted((holding[word] for word in set(text.split())), key=len)[:RAREST]
        yield from ((place, other) for other in set().union(*rarest) if other > place)


def alike_articles(articles: Sequence[Article]) -> Iterator[tuple[Article, Article]]:
    """Pairs of articles whose bodies are nearly the same."""
    words = [frozenset(words_of(article.body)) for article in articles]
    for place, article in enumerate(articles):
        for other in range(place + 1, len(words)):
            fewest = max(1, min(len(words[place]), len(words[other])))
            shared = len(words[place] & words[other]) / fewest
            if shared >= SHARED_WORDS and _same_text(article, articles[other]):
                yield article, articles[other]


def _same_text(one: Article, other: Article) -> bool:
    return fuzz.ratio(one.body, other.body) >= ALIKE_ARTICLES
