"""The index: which document says what, with what weight (BM25, one sum a field, added up).

Everything that can be computed before the question is: a term keeps one table of its
documents, the weights of its fields already added, so that a question costs a few additions a
term. Measured against one field and against BM25F: a sum of one BM25 a field ranks best (k1
1.2, b .75).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from knowledge.search.index import Postings

K1 = 1.2
B = 0.75


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a question, and every term that may stand for it, each with its weight (1 =
    itself).

    `strength` is below 1 for ordinary words and numbers, which are rare in the base and yet
    tell little.
    """

    word: str
    terms: Mapping[str, float]
    strength: float = 1.0


class Index:
    """Documents by term; a document is its fields, a field its terms."""

    def __init__(
        self, documents: Sequence[Mapping[str, Sequence[str]]], weights: Mapping[str, float]
    ) -> None:
        average = {name: _average([doc[name] for doc in documents]) for name in weights}
        self._postings = Postings(_parts(document, weights, average) for document in documents)
        size = len(documents)
        self._idf = [math.log(1 + (size - n + 0.5) / (n + 0.5)) for n in range(size + 1)]
        self.highest_idf = self._idf[0]

    def __contains__(self, term: object) -> bool:
        return term in self._postings

    def idf(self, term: str) -> float:
        """How telling a term is; one that nobody wrote is the most telling."""
        return self._idf[self._postings.frequency(term)]

    def weight(self, asked: Asked) -> float:
        """How telling a word is: the idf of its best term; a word nobody wrote is the most
        telling."""
        known = [w * self.idf(t) for t, w in asked.terms.items() if t in self._postings]
        return asked.strength * max(known, default=self.highest_idf)

    def scores(self, question: Sequence[Asked]) -> dict[int, float]:
        """Documents that share a term with the question, and by how much."""
        total: dict[int, float] = {}
        for asked in question:
            for document, impact in self._impacts(asked).items():
                total[document] = total.get(document, 0.0) + impact
        return total

    def coverage(self, question: Sequence[Asked]) -> dict[int, float]:
        """The share of the question, by weight, that each document holds: 1 when it says every
        word."""
        weights = [self.weight(asked) for asked in question]
        whole = sum(weights) or 1.0
        held: dict[int, float] = {}
        for asked, weight in zip(question, weights, strict=True):
            for document in self._holding(asked):
                held[document] = held.get(document, 0.0) + weight / whole
        return held

    def _holding(self, asked: Asked) -> Collection[int]:
        if len(asked.terms) == 1:
            return self.saying(*asked.terms)
        return set().union(*(self.saying(term) for term in asked.terms))

    def saying(self, term: str) -> Collection[int]:
        """The documents with a term."""
        return self._postings.places(term)

    def holds(self, document: int, asked: Asked) -> bool:
        """Whether a document says a word, or one that may stand for it."""
        return any(document in self.saying(term) for term in asked.terms)

    def _impacts(self, asked: Asked) -> Mapping[int, float]:
        """For each document the best of the terms that may stand for one word."""
        best: dict[int, float] = {}
        for term, weight in asked.terms.items():
            if term in self._postings:
                impacts = self._weighed(term, weight * asked.strength)
                best = _higher(best, impacts) if best else impacts
        return best

    def _weighed(self, term: str, weight: float) -> dict[int, float]:
        factor = weight * self.idf(term)
        places, parts = self._postings.parts(term)
        return {place: part * factor for place, part in zip(places, parts, strict=True)}


def _average(fields: Sequence[Sequence[str]]) -> float:
    return sum(len(terms) for terms in fields) / (len(fields) or 1) or 1.0


def _parts(
    document: Mapping[str, Sequence[str]],
    weights: Mapping[str, float],
    average: Mapping[str, float],
) -> dict[str, float]:
    """What each term of a document weighs in it, its fields added up, idf left out."""
    parts: defaultdict[str, float] = defaultdict(float)
    for name, terms in document.items():
        norm = K1 * (1 - B + B * len(terms) / average[name])
        for term, count in Counter(terms).items():
            parts[term] += weights[name] * count * (K1 + 1) / (count + norm)
    return parts


def _higher(one: dict[int, float], other: Mapping[int, float]) -> dict[int, float]:
    for document, impact in other.items():
        if impact > one.get(document, 0.0):
            one[document] = impact
    return one
