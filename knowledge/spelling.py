"""Spelling: a word that the base does not know is looked for among those that it does.

Two ends instead of a table of deletions: whoever mistypes one letter leaves the beginning or the end of the
word right, so only the words that share either are compared (a few dozen out of thousands), by rapidfuzz.
That needs no memory to speak of and no time at the start.
"""

from collections import defaultdict
from collections.abc import Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4
"""Shorter words are left alone: too many others are one letter away."""
LONG = 8
"""From this length on two letters may be wrong."""

SAME_START = 3
"""First letters are seldom wrong: a word that begins alike counts as if written this many times more."""


class Speller:
    """The words of the base by their two ends; `frequency` is how often each was written."""

    def __init__(self, frequency: Mapping[str, int]) -> None:
        self._frequency = frequency
        self._by_end: defaultdict[str, list[str]] = defaultdict(list)
        for word in frequency:
            if len(word) >= SHORTEST and word.isalpha():
                for end in _ends(word, _half(len(word))):
                    self._by_end[end].append(word)

    def corrections(self, word: str, *, limit: int = 3) -> list[str]:
        """The likeliest known words, best first; none where nothing is near enough."""
        if len(word) < SHORTEST or not word.isalpha():
            return []
        allowed = 2 if len(word) >= LONG else 1
        found = process.extract(
            word, self._alike(word), scorer=OSA.distance, score_cutoff=allowed, limit=None
        )
        near = {candidate: int(d) for candidate, d, _ in found if _plausible(word, candidate)}
        return self._likeliest(word, near)[:limit]

    def _alike(self, word: str) -> list[str]:
        """The words that begin or end like this one, whether it has a letter too many or one too few."""
        sizes = {_half(len(word) - 1), _half(len(word) + 1)}
        ends = [end for size in sizes for end in _ends(word, size)]
        return list({candidate for end in ends for candidate in self._by_end.get(end, ())})

    def _likeliest(self, word: str, near: Mapping[str, int]) -> list[str]:
        """The nearest, the most written of them first."""
        closest = min(near.values(), default=0)
        kept = [c for c, distance in near.items() if distance == closest]
        return sorted(kept, key=lambda c: (-self._frequency[c] * _start(c, word), c))


def _start(candidate: str, word: str) -> int:
    return SAME_START if candidate[0] == word[0] else 1


def _plausible(word: str, candidate: str) -> bool:
    """A very short word has lost a letter or swapped two; any other change would make a word of any word."""
    return len(word) > SHORTEST or len(candidate) > SHORTEST or sorted(word) == sorted(candidate)


def _half(length: int) -> int:
    """How many letters at one end a single mistake is sure to leave alone."""
    return 3 if length > 6 else 2


def _ends(word: str, size: int) -> tuple[str, str]:
    return f"{word[:size]}-", f"-{word[-size:]}"
