"""The shelf: further documents by the thousand (legal texts), searched beside the base.

They stand in an index of their own, so that nothing about the base changes with them: not its
idf, not its scores, not its verdicts. A term counts what it counts in the base, where the base
has it; so scores of both compare, and a text without wordings stands below an article that says
the same.

Two steps keep it quick however many there are. The postings of a term are ordered by impact, and
only the first `CAP` of them are added up: rare terms are complete, of frequent ones the best
documents. The `RESCORED` best are then scored exactly, by their own lists of terms.
"""

from __future__ import annotations

import heapq
import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.search.index import K1, B, Index, QueryTerm

CAP = 400
RESCORED = 24


@dataclass(frozen=True, slots=True)
class Sought:
    """A word of a question: its weight, and the numbers of the terms that may stand for it, each
    with what its impacts are multiplied by."""

    weight: float
    terms: Sequence[tuple[int, float]]


class Shelf:
    """Documents as lists of terms; places are counted from 0."""

    def __init__(self, documents: Iterable[Sequence[str]], base: Index, weight: float) -> None:
        self._base = base
        self._numbers: dict[str, int] = {}
        self._terms: list[array[int]] = []
        self._impacts: list[array[float]] = []
        for terms in documents:
            self._add(terms)
        self.size = len(self._terms)
        self._weigh(weight)
        self._postings = self._by_term()
        self._weights = [self._weight_of(term, row) for term, row in self._rows()]

    def _add(self, terms: Sequence[str]) -> None:
        counts = Counter(self._numbers.setdefault(term, len(self._numbers)) for term in terms)
        numbers = sorted(counts)
        self._terms.append(array("I", numbers))
        self._impacts.append(array("f", [counts[number] for number in numbers]))

    def _weigh(self, weight: float) -> None:
        """Counts become impacts (BM25 without idf)."""
        lengths = [sum(row) for row in self._impacts]
        average = sum(lengths) / (len(lengths) or 1) or 1.0
        for row, length in zip(self._impacts, lengths, strict=True):
            norm = K1 * (1 - B + B * length / average)
            for place, count in enumerate(row):
                row[place] = weight * count * (K1 + 1) / (count + norm)

    def _by_term(self) -> list[tuple[array[int], array[float]]]:
        """For each term its documents and impacts, the strongest first, no more than `CAP`."""
        rows: list[list[tuple[float, int]]] = [[] for _ in self._numbers]
        self._frequency = [0] * len(rows)
        for place, (numbers, impacts) in enumerate(zip(self._terms, self._impacts, strict=True)):
            for number, impact in zip(numbers, impacts, strict=True):
                self._frequency[number] += 1
                row = rows[number]
                if len(row) < CAP:
                    heapq.heappush(row, (impact, -place))
                elif impact > row[0][0]:
                    heapq.heapreplace(row, (impact, -place))
        return [_columns(sorted(row, reverse=True)) for row in rows]

    def _rows(self) -> Iterable[tuple[str, int]]:
        return ((term, self._frequency[number]) for term, number in self._numbers.items())

    def _weight_of(self, term: str, frequency: int) -> float:
        """The base's idf; a term that only the shelf has gets its own, brought to that scale."""
        if term in self._base:
            return self._base.idf(term)
        own = math.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5))
        return self._base.highest_idf * own / math.log(1 + (self.size + 0.5) / 0.5)

    def best(self, question: Sequence[QueryTerm], limit: int) -> list[tuple[int, float]]:
        """Places and scores, best first: impacts added up, times one more than the share of the
        question that a document holds."""
        if not self.size:
            return []
        sought = [self._sought(asked) for asked in question]
        added: dict[int, float] = {}
        for one in sought:
            strongest = self._strongest(one)
            for place, impact in strongest.items() if added else ():
                strongest[place] = added.get(place, 0.0) + impact
            added |= strongest
        candidates = heapq.nlargest(max(limit, RESCORED), added, key=added.__getitem__)
        exact = [(place, self._score(place, sought)) for place in candidates]
        return heapq.nsmallest(limit, exact, key=lambda row: (-row[1], row[0]))

    def _sought(self, asked: QueryTerm) -> Sought:
        known = [(self._numbers[t], w) for t, w in asked.terms.items() if t in self._numbers]
        terms = [(number, w * asked.strength * self._weights[number]) for number, w in known]
        return Sought(self._base.weight(asked), terms)

    def __contains__(self, term: object) -> bool:
        return term in self._numbers

    def holds(self, place: int, asked: QueryTerm) -> bool:
        numbers = (self._numbers.get(term) for term in asked.terms)
        return any(number is not None and self._impact(place, number) for number in numbers)

    def _strongest(self, sought: Sought) -> dict[int, float]:
        """For one word the documents that say it most, or one that may stand for it."""
        best: dict[int, float] = {}
        for number, factor in sought.terms:
            places, impacts = self._postings[number]
            if not best:
                best = {p: i * factor for p, i in zip(places, impacts, strict=True)}
                continue
            for place, impact in zip(places, impacts, strict=True):
                if impact * factor > best.get(place, 0.0):
                    best[place] = impact * factor
        return best

    def _score(self, place: int, question: Sequence[Sought]) -> float:
        score = held = whole = 0.0
        for sought in question:
            impact = 0.0
            for number, factor in sought.terms:
                impact = max(impact, factor * self._impact(place, number))
            whole += sought.weight
            held += sought.weight * (impact > 0)
            score += impact
        return score * (1 + held / (whole or 1.0))

    def _impact(self, place: int, number: int) -> float:
        """What a term counts in a document, its idf left out; 0 where it is not said."""
        numbers = self._terms[place]
        found = bisect_left(numbers, number)
        if found == len(numbers) or numbers[found] != number:
            return 0.0
        return self._impacts[place][found]


def _columns(row: Sequence[tuple[float, int]]) -> tuple[array[int], array[float]]:
    return array("I", [-place for _, place in row]), array("f", [impact for impact, _ in row])
