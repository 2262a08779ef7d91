"""The search: words, pairs of words and wordings of the articles against those of a question.

score = (Σ BM25 of the fields + PAIRS × Σ BM25 of the pairs
         + WORDING × Σ idf of the question × likeness of the nearest wording)
        × (1 + the share of the question that the article holds)
"""

import heapq
import math
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat

from knowledge.articles import Article, Kind
from knowledge.catalogue import Catalogue
from knowledge.search.index import Index, Postings, QueryTerm
from knowledge.search.language import REFERENCE_MARK, references_in
from knowledge.search.query import ParsedQuery
from knowledge.shelf import Shelf
from knowledge.vocabulary import Vocabulary

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
"""Terms of at least this weight make pairs: the word itself, its other spellings, its
neighbours."""


@dataclass(frozen=True, slots=True)
class Match:
    """An article and how well it fits; `wording` is the nearest of its wordings, `likeness` 0
    to 1."""

    place: int
    score: float
    wording: str | None
    likeness: float


@dataclass(frozen=True, slots=True)
class Read:
    """An article as the search reads it: the terms of each part, and every word written in it."""

    title: Sequence[str]
    wordings: Sequence[Sequence[str]]
    body: Sequence[str]
    references: Sequence[str]
    words: Sequence[str]


def read_article(article: Article, vocabulary: Vocabulary) -> Read:
    parts = [vocabulary.words(text) for text in (article.title, article.body, *article.wordings)]
    title, body, *wordings = map(vocabulary.indexed, parts)
    cited = [t for text in article.references for t in references_in(text)]
    return Read(title, wordings, body, cited, [word for words in parts for word in words])


def read_text(article: Article, vocabulary: Vocabulary) -> list[str]:
    """An article of the shelf as one list of terms, its references among them."""
    cited = [t for text in article.references for t in references_in(text)]
    return [*vocabulary.stems(f"{article.title}\n{article.body}"), *cited]


class Engine:
    """Ranks articles for a question that was understood."""

    def __init__(
        self,
        articles: Sequence[Article],
        catalogue: Catalogue,
        vocabulary: Vocabulary,
        further: Sequence[Article] = (),
    ) -> None:
        self.articles = [*articles, *further]
        self.own = len(articles)
        self._kinds = [list(Kind).index(article.kind) for article in self.articles]
        reads = [read_article(article, vocabulary) for article in articles]
        self.written = Counter(word for read in reads for word in read.words)
        self.wordings = [line for read in reads for line in (read.title, *read.wordings)]
        labels = _labels(catalogue, vocabulary)
        documents = [_fields(*pair, labels) for pair in zip(articles, reads, strict=True)]
        self.index = Index(documents, FIELD_WEIGHTS)
        self._pairs = Index([_pairs_of_fields(read) for read in reads], PAIR_FIELDS)
        self._wordings = Wordings(articles, reads, self.index)
        self.shelf = Shelf(
            (read_text(article, vocabulary) for article in further),
            self.index,
            FIELD_WEIGHTS["title"] + FIELD_WEIGHTS["body"],
        )

    def rank(self, question: ParsedQuery, limit: int) -> list[Match]:
        """The articles that share most with the question, best first; equals in the order of
        their kinds, those of the shelf last. Before all others goes what the question is a
        wording of: one usual word, as « taux », tells too little by itself."""
        near = self._wordings.nearest(question.asked)
        scores = self._scores(question.asked, near)
        scores |= {self.own + place: s for place, s in self.shelf.best(question.asked, limit)}
        same = {place for place, (_, likeness) in near.items() if likeness >= SAME}
        if len(question.words) > len(question.asked) + AROUND:
            same.clear()  # « et pour un contractuel ? » goes on from somewhere
        nearest = same.union(heapq.nlargest(limit + TIED, scores, key=scores.__getitem__))
        order = sorted(
            nearest, key=lambda p: (p not in same, -round(scores[p], 2), self._kinds[p], p)
        )
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

    def reminder_messages(self, question: Sequence[QueryTerm]) -> list[QueryTerm]:
        """The words of the question, most telling first."""
        return sorted(question, key=lambda asked: -self.index.weight(asked))

    def shared(self, place: int, telling: Sequence[QueryTerm]) -> tuple[str, ...]:
        """Those of some words that an article holds."""
        return tuple(asked.word for asked in telling if self._holds(place, asked))

    def cited(self, place: int, question: Sequence[QueryTerm]) -> bool:
        """Whether an article holds a legal reference of the question."""
        references = (
            asked for asked in question if any(t[0] == REFERENCE_MARK for t in asked.terms)
        )
        return any(self._holds(place, asked) for asked in references)

    def _holds(self, place: int, asked: QueryTerm) -> bool:
        if place >= self.own:
            return self.shelf.holds(place - self.own, asked)
        return self.index.holds(place, asked)


class Wordings:
    """Other ways of asking, each a small document of its own, likened to a question by cosine."""

    def __init__(self, articles: Sequence[Article], reads: Sequence[Read], index: Index) -> None:
        self._index = index
        self._texts = [text for one in articles for text in (one.title, *one.wordings)]
        terms = [set(line) for read in reads for line in (read.title, *read.wordings)]
        self._articles = array("I", _owners(articles))
        self._lengths = array("d", (self._length(line) for line in terms))
        self._postings = Postings(dict.fromkeys(line, 1.0) for line in terms)

    def _length(self, terms: Collection[str]) -> float:
        return math.sqrt(sum(self._index.idf(term) ** 2 for term in terms))

    def nearest(self, question: Sequence[QueryTerm]) -> Mapping[int, tuple[str, float]]:
        """For each article the wording most like the question."""
        products: dict[int, float] = {}
        weights = [self._index.weight(asked) for asked in question]
        for asked, weight in zip(question, weights, strict=True):
            if weight >= TELLING * self._index.highest_idf:
                self._multiply(asked, products)
        length = math.hypot(*weights)
        likest: dict[int, tuple[float, int]] = {}
        for number, product in products.items():
            place, likeness = self._articles[number], product / self._lengths[number]
            if place not in likest or likeness > likest[place][0]:
                likest[place] = (likeness, number)
        return {p: (self._texts[n], cosine / length) for p, (cosine, n) in likest.items()}

    def _multiply(self, asked: QueryTerm, products: dict[int, float]) -> None:
        """Adds what one word makes of each wording: by the best of the terms that may stand for
        it."""
        idf, known = self._index.idf, [t for t in asked.terms if t in self._index]
        parts = [(asked.terms[t] * asked.strength**2 * idf(t) ** 2, t) for t in known]
        counted: set[int] = set()
        for part, term in sorted(parts, reverse=True):
            numbers = self._postings.places(term)
            fresh = [n for n in numbers if n not in counted] if counted else numbers
            for number in fresh:
                products[number] = products.get(number, 0.0) + part
            if len(parts) > 1:
                counted.update(fresh)


def _owners(articles: Iterable[Article]) -> Iterator[int]:
    """The article of each wording; its title is one too."""
    for place, article in enumerate(articles):
        yield from repeat(place, 1 + len(article.wordings))


def pairs_of(terms: Sequence[str]) -> Iterator[str]:
    """Neighbours and next neighbours, in either order: « partiel temps » is « temps partiel »."""
    next_but_one = zip(terms, terms[2:], strict=False)
    for term, other in chain(pairwise(terms), next_but_one):
        yield _pair(term, other)


def _pair(term: str, other: str) -> str:
    return f"{term} {other}" if term < other else f"{other} {term}"


def _pairs_of_fields(read: Read) -> dict[str, Sequence[str]]:
    return {
        "title": list(pairs_of(read.title)),
        "wordings": [pair for wording in read.wordings for pair in pairs_of(wording)],
    }


def _asked_pairs(question: Sequence[QueryTerm]) -> list[QueryTerm]:
    """Every pair that the words of a question may make, each counted for itself."""
    terms = [
        [t for t, weight in asked.terms.items() if weight >= PAIRED_FROM] for asked in question
    ]
    pairs = {
        _pair(term, other)
        for place, row in enumerate(terms)
        for following in terms[place + 1 : place + 3]
        for term in row
        for other in following
    }
    return [QueryTerm(pair, {pair: 1.0}) for pair in sorted(pairs)]


def _labels(catalogue: Catalogue, vocabulary: Vocabulary) -> Mapping[str, Sequence[str]]:
    """For each sous-motif the terms of the labels on the way to it."""
    return {
        sous.path: vocabulary.stems(f"{theme.label} {motif.label} {sous.label}")
        for theme in catalogue.themes
        for motif in theme.motifs
        for sous in motif.sous_motifs
    }


def _fields(
    article: Article, read: Read, labels: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    return {
        "title": read.title,
        "wordings": [term for wording in read.wordings for term in wording],
        "body": read.body,
        "labels": [term for path in article.sous_motifs for term in labels.get(path, ())],
        "references": read.references,
    }
