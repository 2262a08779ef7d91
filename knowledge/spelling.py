"""Spelling: a word that the base does not know is looked for among those that it does.

Two ends instead of a table of deletions: whoever mistypes one letter leaves the beginning or the end of the
word right, so only the words that share either are compared (a few dozen out of thousands), by rapidfuzz.
That needs no memory to speak of and no time at the start.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

SHORTEST = 4
"""Shorter words are left alone: too many others are one letter away."""
LONG = 8
"""From this length on two letters may be wrong."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A known word that may have been meant, with its likelihood between 0 and 1."""

    word: str
    weight: float


class Speller:
    """The words of the base by their two ends; `frequency` is how often each was written."""

    def __init__(self, frequency: Mapping[str, int]) -> None:
        self._frequency = frequency
        self._by_end: defaultdict[str, list[str]] = defaultdict(list)
        for word in frequency:
            if len(word) >= SHORTEST and word.isalpha():
                for end in _ends(word):
                    self._by_end[end].append(word)

    def corrections(self, word: str, *, limit: int = 3) -> list[Correction]:
        """The likeliest known words, best first; none where nothing is near enough."""
        if len(word) < SHORTEST or not word.isalpha():
            return []
        allowed = 2 if len(word) >= LONG else 1
        near: dict[str, int] = {}
        for candidate in {c for end in _ends(word) for c in self._by_end.get(end, ())}:
            if abs(len(candidate) - len(word)) <= allowed:
                distance = OSA.distance(word, candidate, score_cutoff=allowed)
                if distance <= allowed:
                    near[candidate] = distance
        return self._likeliest(word, near)[:limit]

    def _likeliest(self, word: str, near: Mapping[str, int]) -> list[Correction]:
        """The nearest first, then those that begin alike, then the most written."""
        if not near:
            return []
        closest = min(near.values())
        kept = [c for c, distance in near.items() if distance == closest]
        kept.sort(key=lambda c: (c[0] != word[0], -self._frequency[c], c))
        return [Correction(c, 1 - closest / len(word)) for c in kept]


def _ends(word: str) -> tuple[str, str]:
    size = 3 if len(word) > 5 else 2
    return f"{word[:size]}-", f"-{word[-size:]}"
