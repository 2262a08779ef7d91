"""Postings: for each term its documents and what it weighs in them, in three arrays.

A dict a term would take ten times the memory: most terms, and nearly all pairs of words, are in
one or two documents.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate, repeat


class Postings:
    """Documents are counted from 0, in the order in which they come."""

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


_NOWHERE, _NOTHING = array("I"), array("d")
