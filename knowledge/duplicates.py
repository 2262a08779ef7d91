"""Near duplicates: wordings that two articles share but for a letter, and articles alike."""

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from knowledge.articles import Article
from knowledge.language import words_of

ALIKE_WORDINGS = 93
ALIKE_ARTICLES = 85
"""Out of 100."""
SHARED_WORDS = 0.5
"""Bodies are compared letter by letter only when half of the words are the same."""


def alike_wordings(articles: Sequence[Article]) -> Iterator[tuple[Article, str, Article, str]]:
    """Wordings of two articles that are nearly the same, each with its article.

    Only those that share the rarest word of one are compared.
    """
    wordings = [
        (article, text) for article in articles for text in (article.title, *article.wordings)
    ]
    folded = [" ".join(words_of(text)) for _, text in wordings]
    for first, second in _sharing_a_rare_word(folded):
        (one, text), (other, same) = wordings[first], wordings[second]
        if one.slug != other.slug and fuzz.ratio(folded[first], folded[second]) >= ALIKE_WORDINGS:
            yield one, text, other, same


def _sharing_a_rare_word(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    holding: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        for word in set(text.split()):
            holding.setdefault(word, []).append(place)
    for place, text in enumerate(texts):
        rarest = min((holding[word] for word in text.split()), key=len, default=[])
        yield from ((place, other) for other in rarest if other > place)


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
