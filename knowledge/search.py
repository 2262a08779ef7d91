"""The search: words and wordings of the articles against the words of a question.

score = Σ BM25 of the fields + WORDING × Σ idf of the question × likeness of the nearest wording
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.articles import Article
from knowledge.catalogue import Catalogue
from knowledge.index import Asked, Index
from knowledge.question import Question
from knowledge.references import references_in
from knowledge.vocabulary import Vocabulary

FIELD_WEIGHTS = {"title": 1.0, "wordings": 2.5, "body": 1.2, "labels": 0.5, "references": 1.0}
WORDING = 1.0


@dataclass(frozen=True, slots=True)
class Match:
    """An article and how well it fits; `wording` is the nearest of its wordings, `likeness` 0 to 1."""

    place: int
    score: float
    wording: str | None
    likeness: float


class Engine:
    """Ranks articles for a question that was understood."""

    def __init__(self, articles: Sequence[Article], catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self.articles = articles
        labels = _labels(catalogue)
        self.index = Index([_fields(a, labels, vocabulary) for a in articles], FIELD_WEIGHTS)
        self._wordings = Wordings(articles, vocabulary, self.index)

    def rank(self, question: Question) -> list[Match]:
        """Every article that shares something with the question, best first."""
        scores = self.index.scores(question.asked)
        near = self._wordings.nearest(question.asked)
        whole = sum(self.index.weight(asked) for asked in question.asked)
        matches = [
            Match(place, score + WORDING * whole * likeness, wording, likeness)
            for place, score in scores.items()
            for wording, likeness in (near.get(place, (None, 0.0)),)
        ]
        kinds = list(type(self.articles[0].kind))
        matches.sort(key=lambda m: (-round(m.score, 2), kinds.index(self.articles[m.place].kind), m.place))
        return matches


class Wordings:
    """Other ways of asking, each a small document of its own, likened to a question by cosine."""

    def __init__(self, articles: Sequence[Article], vocabulary: Vocabulary, index: Index) -> None:
        self._index = index
        self._texts: list[tuple[int, str, float]] = []
        self._postings: defaultdict[str, list[int]] = defaultdict(list)
        for place, article in enumerate(articles):
            for text in (article.title, *article.wordings):
                terms = set(vocabulary.stems(text)) & index.idf.keys()
                length = math.sqrt(sum(index.idf[t] ** 2 for t in terms))
                for term in terms:
                    self._postings[term].append(len(self._texts))
                self._texts.append((place, text, length))

    def nearest(self, question: Sequence[Asked]) -> Mapping[int, tuple[str, float]]:
        """For each article the wording most like the question."""
        products: dict[int, float] = {}
        for asked in question:
            for number, part in self._parts(asked).items():
                products[number] = products.get(number, 0.0) + part
        length = math.sqrt(sum(self._index.weight(a) ** 2 for a in question))
        best: dict[int, tuple[str, float]] = {}
        for number, product in products.items():
            place, text, own = self._texts[number]
            likeness = product / (own * length)
            if likeness > best.get(place, ("", 0.0))[1]:
                best[place] = (text, likeness)
        return best

    def _parts(self, asked: Asked) -> dict[int, float]:
        best: dict[int, float] = {}
        for term, weight in asked.terms.items():
            part = weight * asked.strength**2 * self._index.idf.get(term, 0.0) ** 2
            for number in self._postings.get(term, ()):
                if part > best.get(number, 0.0):
                    best[number] = part
        return best


def _labels(catalogue: Catalogue) -> Mapping[str, str]:
    """For each sous-motif the labels on the way to it."""
    return {
        sous.path: f"{theme.label} {motif.label} {sous.label}"
        for theme in catalogue.themes
        for motif in theme.motifs
        for sous in motif.sous_motifs
    }


def _fields(article: Article, labels: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, list[str]]:
    named = " ".join(labels.get(path, "") for path in article.sous_motifs)
    cited = [t for text in (*article.references, article.body) for t in references_in(text)]
    return {
        "title": vocabulary.stems(article.title),
        "wordings": [t for wording in article.wordings for t in vocabulary.stems(wording)],
        "body": vocabulary.stems(article.body),
        "labels": vocabulary.stems(named),
        "references": cited,
    }
