"""The inverted index: terms, the documents that hold them, and BM25 scores.

One BM25 sum for each field, added up, ranked better than one field or BM25F (k1 1.2, b .75).
Everything that does not depend on the question is computed when the index is built: a term keeps
its documents with the weights of its fields already added.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat

K1 = 1.2
B = 0.75
_NOWHERE, _NOTHING = array("I"), array("d")


class Postings:
    """For each term its documents and what it weighs in them, in three arrays.

    Documents are counted from 0, in the order in which they come. A dict a term would take ten
    times the memory: most terms, and nearly all pairs of words, are in one or two documents.
    """

    def __init__(self, documents: Iterable[Mapping[str, float]]) -> None:
        self._rows: dict[str, int] = {}
        rows, places, parts = array("I"), array("I"), array("d")
        self.size = 0
        for document in documents:
            rows.extend([self._rows.setdefault(term, len(self._rows)) for term in document])
            places.extend(repeat(self.size, len(document)))
            parts.extend(document.values())
            self.size += 1
        counts = Counter(rows)
        each = map(counts.__getitem__, range(len(self._rows)))
        self._starts = array("I", accumulate(each, initial=0))
        order = sorted(range(len(rows)), key=rows.__getitem__)  # within a term as they came
        self._places = array("I", map(places.__getitem__, order))
        self._parts = array("d", map(parts.__getitem__, order))

    def __contains__(self, term: object) -> bool:
        return term in self._rows

    def frequency(self, term: str) -> int:
        """How many documents a term is in."""
        row = self._rows.get(term)
        return 0 if row is None else self._starts[row + 1] - self._starts[row]

    def places(self, term: str) -> array[int]:
        """The documents of a term, in their order."""
        row = self._rows.get(term)
        return _NOWHERE if row is None else self._places[self._starts[row] : self._starts[row + 1]]

    def parts(self, term: str) -> tuple[array[int], array[float]]:
        """The documents of a term, and what it weighs in each."""
        row = self._rows.get(term)
        if row is None:
            return _NOWHERE, _NOTHING
        start, end = self._starts[row], self._starts[row + 1]
        return self._places[start:end], self._parts[start:end]


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a question, and every term that may stand for it, each with its weight (1 =
    itself).

    `strength` is below 1 for numbers and months, which are rare in the base and yet tell little.
    """

    word: str
    variants: Mapping[str, float]
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

    def weight(self, asked: QueryTerm) -> float:
        """How telling a word is: the idf of its best term; a word nobody wrote is the most
        telling."""
        known = [w * self.idf(t) for t, w in asked.variants.items() if t in self._postings]
        return asked.strength * max(known, default=self.highest_idf)

    def scores(self, question: Sequence[QueryTerm]) -> dict[int, float]:
        """Documents that share a term with the question, and by how much."""
        total: dict[int, float] = {}
        for asked in question:
            for document, impact in self._impacts(asked).items():
                total[document] = total.get(document, 0.0) + impact
        return total

    def coverage(self, question: Sequence[QueryTerm]) -> dict[int, float]:
        """The share of the question, by weight, that each document holds: 1 when it says every
        word."""
        weights = [self.weight(asked) for asked in question]
        whole = sum(weights) or 1.0
        held: dict[int, float] = {}
        for asked, weight in zip(question, weights, strict=True):
            for document in self._holding_any(asked):
                held[document] = held.get(document, 0.0) + weight / whole
        return held

    def _holding_any(self, asked: QueryTerm) -> Collection[int]:
        if len(asked.variants) == 1:
            return self.holding(*asked.variants)
        return set().union(*(self.holding(term) for term in asked.variants))

    def holding(self, term: str) -> Collection[int]:
        """The documents with a term."""
        return self._postings.places(term)

    def holds(self, document: int, asked: QueryTerm) -> bool:
        """Whether a document says a word, or one that may stand for it."""
        return any(document in self.holding(term) for term in asked.variants)

    def _impacts(self, asked: QueryTerm) -> Mapping[int, float]:
        """For each document the best of the terms that may stand for one word."""
        best: dict[int, float] = {}
        for term, weight in asked.variants.items():
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
