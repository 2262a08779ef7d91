"""The ranking: the index of the articles, and how well each fits a question.

score = (Σ BM25 of the fields + PAIRS × Σ BM25 of the pairs
         + WORDING × Σ idf of the question × likeness of the nearest wording)
        × (1 + the share of the question that the article holds)

One BM25 sum for each field, added up, ranked better than one field or BM25F (k1 1.2, b .75).
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from knowledge.articles import Article, Kind
from knowledge.catalogue import Catalogue
from knowledge.references import REFERENCE_MARK, indexed_references
from knowledge.search.query import ParsedQuery, QueryTerm
from knowledge.vocabulary import Vocabulary

K1 = 1.2
B = 0.75
FIELD_WEIGHTS = {"title": 0.8, "wordings": 2.5, "body": 1.2, "labels": 0.5, "references": 1.0}
PAIR_FIELDS = {"title": 1.0, "wordings": 2.5}
PAIRS = 0.25
WORDING = 1.0
TELLING = 0.2
"""Share of the highest idf: words below it are in many articles; they do not make a wording
alike, and only cost time."""
SAME = 1 - 1e-9
"""Likeness from which a question is a wording, word for word."""
AROUND = 1
"""Words that say nothing, in a question that is a wording: « quel taux »."""
TIED = 10
"""How many hits may stand level with the last one that is asked for."""
PAIRED_FROM = 0.6
"""Terms of at least this weight make pairs: the word, its other spellings, its neighbours."""


class Index:
    """Documents by term; a document is its fields, a field its terms.

    What does not depend on the question is computed once: a term keeps its documents, in their
    order, with the weights of its fields already added.
    """

    def __init__(
        self, documents: Sequence[Mapping[str, Sequence[str]]], weights: Mapping[str, float]
    ) -> None:
        size = len(documents)
        average = {n: sum(len(doc[n]) for doc in documents) / (size or 1) or 1.0 for n in weights}
        self._postings: dict[str, dict[int, float]] = {}
        for place, document in enumerate(documents):
            parts: defaultdict[str, float] = defaultdict(float)
            for name, terms in document.items():
                norm = K1 * (1 - B + B * len(terms) / average[name])
                for term, count in Counter(terms).items():
                    parts[term] += weights[name] * count * (K1 + 1) / (count + norm)
            for term, part in parts.items():
                self._postings.setdefault(term, {})[place] = part
        self._idf = [math.log(1 + (size - n + 0.5) / (n + 0.5)) for n in range(size + 1)]
        self.highest_idf = self._idf[0]

    def __contains__(self, term: object) -> bool:
        return term in self._postings

    def holding(self, term: str) -> Collection[int]:
        """The documents with a term, in their order."""
        return self._postings.get(term, {})

    def holds(self, document: int, asked: QueryTerm) -> bool:
        """Whether a document says a word, or one that may stand for it."""
        return any(document in self.holding(term) for term in asked.variants)

    def idf(self, term: str) -> float:
        """How telling a term is; one that nobody wrote is the most telling."""
        return self._idf[len(self.holding(term))]

    def weight(self, asked: QueryTerm) -> float:
        """How telling a word is: the idf of its best term, the highest for a word nobody wrote."""
        known = [w * self.idf(t) for t, w in asked.variants.items() if t in self]
        return asked.strength * max(known, default=self.highest_idf)

    def scores(self, question: Sequence[QueryTerm]) -> dict[int, float]:
        """Documents that share a term with the question, and by how much."""
        total: dict[int, float] = {}
        for asked in question:
            best: dict[int, float] = {}  # of the terms that may stand for one word
            for term, weight in asked.variants.items():
                factor = weight * asked.strength * self.idf(term)
                for document, part in self._postings.get(term, {}).items():
                    if part * factor > best.get(document, 0.0):
                        best[document] = part * factor
            for document, score in best.items():
                total[document] = total.get(document, 0.0) + score
        return total

    def coverage(self, question: Sequence[QueryTerm]) -> dict[int, float]:
        """The share of the question, by weight, that each document holds: 1 is every word."""
        weights = [self.weight(asked) for asked in question]
        whole = sum(weights) or 1.0
        held: dict[int, float] = {}
        for asked, weight in zip(question, weights, strict=True):
            for document in set().union(*map(self.holding, asked.variants)):
                held[document] = held.get(document, 0.0) + weight / whole
        return held


@dataclass(frozen=True, slots=True)
class Match:
    """An article and how well it fits; `likeness` (0 to 1) is that of the nearest `wording`."""

    place: int
    score: float
    wording: str | None
    likeness: float


@dataclass(frozen=True, slots=True)
class IndexedArticle:
    """An article as it is indexed: the terms of each part, and every word written in it.

    The first of `texts` is the title, the others are the wordings; `lines` are their terms.
    """

    texts: Sequence[str]
    lines: Sequence[Sequence[str]]
    body: Sequence[str] = ()
    references: Sequence[str] = ()
    words: Sequence[str] = ()


def index_article(article: Article, vocabulary: Vocabulary) -> IndexedArticle:
    texts = (article.title, *article.wordings)
    parts = [vocabulary.words(text) for text in (article.body, *texts)]
    body, *lines = map(vocabulary.indexed, parts)
    cited = [t for text in article.references for t in indexed_references(text)]
    return IndexedArticle(texts, lines, body, cited, [word for words in parts for word in words])


class Engine:
    """Ranks articles for a parsed question."""

    def __init__(
        self, articles: Sequence[Article], catalogue: Catalogue, vocabulary: Vocabulary
    ) -> None:
        self.articles = articles
        self._kinds = [list(Kind).index(article.kind) for article in articles]
        indexed = [index_article(article, vocabulary) for article in articles]
        self.written = Counter(word for one in indexed for word in (*one.words, *one.references))
        self.wordings = [line for one in indexed for line in one.lines]
        labels = {
            sous.path: vocabulary.stems(f"{theme.label} {motif.label} {sous.label}")
            for theme, motif, sous in catalogue.levels
        }
        documents = [
            {
                "title": one.lines[0],
                "wordings": [term for line in one.lines[1:] for term in line],
                "body": one.body,
                "labels": [term for path in article.sous_motifs for term in labels.get(path, ())],
                "references": one.references,
            }
            for article, one in zip(articles, indexed, strict=True)
        ]
        pairs = [
            {
                "title": list(pairs_of(one.lines[0])),
                "wordings": [pair for line in one.lines[1:] for pair in pairs_of(line)],
            }
            for one in indexed
        ]
        self.index = Index(documents, FIELD_WEIGHTS)
        self._pairs = Index(pairs, PAIR_FIELDS)
        self._wordings = Wordings(indexed, self.index)

    def rank(self, question: ParsedQuery, limit: int) -> list[Match]:
        """The articles that share most with the question, best first; equals in the order of
        their kinds.

        Those that hold most of the cited references stand before the others, whatever else was
        said: « où lire le décret … svp ».
        An article of which the question is a wording, word for word, stands before all others:
        one usual word, as « taux », tells too little by itself.
        """
        near = self._wordings.nearest(question.terms)
        scores = self._scores(question.terms, near)
        same = {place for place, (_, likeness) in near.items() if likeness >= SAME}
        if len(question.words) > len(question.terms) + AROUND:
            same.clear()  # « et pour un contractuel ? » goes on from somewhere
        cited = Counter(
            place
            for asked in filter(_is_reference, question.terms)
            for place in set().union(*map(self.index.holding, asked.variants))
        )
        nearest = same.union(cited, heapq.nlargest(limit + TIED, scores, key=scores.__getitem__))

        def rank(place: int) -> tuple[bool, int, float, int, int]:
            score = -round(scores[place], 2)
            return place not in same, -cited[place], score, self._kinds[place], place

        order = sorted(nearest, key=rank)
        places = order[:limit]
        return [Match(place, scores[place], *near.get(place, (None, 0.0))) for place in places]

    def _scores(
        self, asked: Sequence[QueryTerm], near: Mapping[int, tuple[str, float]]
    ) -> dict[int, float]:
        coverage = self.index.coverage(asked)
        pairs = self._pairs.scores(_asked_pairs(asked))
        whole = WORDING * sum(self.index.weight(one) for one in asked)
        scores = self.index.scores(asked)
        for place, score in scores.items():
            likeness = near[place][1] if place in near else 0.0
            summed = score + PAIRS * pairs.get(place, 0.0) + whole * likeness
            scores[place] = summed * (1 + coverage[place])
        return scores

    def shared(self, place: int, question: Sequence[QueryTerm]) -> tuple[str, ...]:
        """The words of the question that an article holds, the one with the highest idf first."""
        by_weight = sorted(question, key=lambda asked: -self.index.weight(asked))
        return tuple(asked.word for asked in by_weight if self.index.holds(place, asked))

    def cited(self, place: int, question: Sequence[QueryTerm]) -> bool:
        """Whether an article holds a legal reference of the question."""
        return any(self.index.holds(place, asked) for asked in filter(_is_reference, question))


def _is_reference(asked: QueryTerm) -> bool:
    return any(term[0] == REFERENCE_MARK for term in asked.variants)


class Wordings:
    """Other ways of asking, each a small document of its own, likened to a question by cosine."""

    def __init__(self, indexed: Sequence[IndexedArticle], index: Index) -> None:
        self._index = index
        self._wordings: list[tuple[int, str, float]] = []
        self._holding: defaultdict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(indexed):
            for text, line in zip(one.texts, one.lines, strict=True):
                for term in set(line):
                    self._holding[term].append(len(self._wordings))
                length = math.sqrt(sum(index.idf(term) ** 2 for term in set(line)))
                self._wordings.append((place, text, length))

    def nearest(self, question: Sequence[QueryTerm]) -> Mapping[int, tuple[str, float]]:
        """For each article the wording most like the question, and how like it is."""
        products: dict[int, float] = {}
        weights = [self._index.weight(asked) for asked in question]
        for asked, weight in zip(question, weights, strict=True):
            if weight >= TELLING * self._index.highest_idf:
                self._multiply(asked, products)
        asked_length = math.hypot(*weights)
        likest: dict[int, tuple[str, float]] = {}
        for number, product in products.items():
            place, text, length = self._wordings[number]
            if place not in likest or product / length > likest[place][1]:
                likest[place] = text, product / length
        return {place: (text, cosine / asked_length) for place, (text, cosine) in likest.items()}

    def _multiply(self, asked: QueryTerm, products: dict[int, float]) -> None:
        """Adds what one word makes of each wording, by the best term that may stand for it."""
        parts = [
            (weight * asked.strength**2 * self._index.idf(term) ** 2, term)
            for term, weight in asked.variants.items()
        ]
        counted: set[int] = set()
        for part, term in sorted(parts, reverse=True):
            for number in self._holding.get(term, ()):
                if number not in counted:
                    products[number] = products.get(number, 0.0) + part
                    counted.add(number)


def pairs_of(terms: Sequence[str]) -> Iterator[str]:
    """Neighbours and next neighbours, in either order: « partiel temps » is « temps partiel »."""
    next_but_one = zip(terms, terms[2:], strict=False)
    for term, other in chain(pairwise(terms), next_but_one):
        yield _pair(term, other)


def _pair(term: str, other: str) -> str:
    return f"{term} {other}" if term < other else f"{other} {term}"


def _asked_pairs(question: Sequence[QueryTerm]) -> list[QueryTerm]:
    """Every pair that the words of a question may make, each counted for itself."""
    terms = [
        [t for t, weight in asked.variants.items() if weight >= PAIRED_FROM] for asked in question
    ]
    pairs = {
        _pair(term, other)
        for place, row in enumerate(terms)
        for following in terms[place + 1 : place + 3]
        for term in row
        for other in following
    }
    return [QueryTerm(pair, {pair: 1.0}) for pair in sorted(pairs)]
