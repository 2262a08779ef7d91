"""The index: which document says what, with what weight (BM25, one sum a field, added up).

Everything that can be computed before the question is: a term keeps one list of (document,
impact), the impacts of its fields already added, so that a question costs a few additions a
term. Measured against one field and against BM25F: a sum of one BM25 a field ranks best (k1
1.2, b .75).
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
        self.size = len(documents)
        counts = [{name: Counter(terms) for name, terms in doc.items()} for doc in documents]
        self.frequency = Counter(t for doc in counts for t in set().union(*doc.values()))
        self.highest_idf = self._idf(0)
        self.idf = {term: self._idf(count) for term, count in self.frequency.items()}
        self._postings = self._build(counts, weights)

    def _idf(self, frequency: int) -> float:
        return math.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5))

    def _build(
        self, documents: Sequence[Mapping[str, Counter[str]]], weights: Mapping[str, float]
    ) -> dict[str, tuple["array[int]", "array[float]"]]:
        average = {name: self._average(documents, name) for name in weights}
        impacts: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
        for place, document in enumerate(documents):
            for name, counts in document.items():
                norm = K1 * (1 - B + B * counts.total() / average[name])
                for term, count in counts.items():
                    part = count * (K1 + 1) / (count + norm)
                    impacts[term][place] += weights[name] * self.idf[term] * part
        return {t: (array("l", row), array("d", row.values())) for t, row in impacts.items()}

    @staticmethod
    def _average(documents: Sequence[Mapping[str, Counter[str]]], name: str) -> float:
        return sum(doc[name].total() for doc in documents) / len(documents) or 1.0

    def weight(self, asked: Asked) -> float:
        """How telling a word is: the idf of its best term; a word nobody wrote is the most
        telling."""
        known = [w * self.idf[t] for t, w in asked.terms.items() if t in self.idf]
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

    def _holding(self, asked: Asked) -> set[int]:
        return set().union(*(self._postings[t][0] for t in asked.terms if t in self._postings))

    def saying(self, term: str) -> Sequence[int]:
        """The documents with a term."""
        return self._postings[term][0] if term in self._postings else ()

    def holds(self, document: int, asked: Asked) -> bool:
        """Whether a document says a word, or one that may stand for it."""
        return document in self._holding(asked)

    def _impacts(self, asked: Asked) -> dict[int, float]:
        """For each document the best of the terms that may stand for one word."""
        if len(asked.terms) == 1:
            return self._impacts_of_one(asked)
        best: dict[int, float] = {}
        for term, weight in asked.terms.items():
            documents, impacts = self._postings.get(term, ((), ()))
            for document, impact in zip(documents, impacts, strict=True):
                weighed = impact * weight * asked.strength
                if weighed > best.get(document, 0.0):
                    best[document] = weighed
        return best

    def _impacts_of_one(self, asked: Asked) -> dict[int, float]:
        ((term, weight),) = asked.terms.items()
        documents, impacts = self._postings.get(term, ((), ()))
        strength = weight * asked.strength
        return {d: i * strength for d, i in zip(documents, impacts, strict=True)}
