"""Spelling: a word that the base does not know is looked for among those that it does.

A noisy channel: a known word is the likelier, the oftener it was written and the more easily it
becomes what stands here. What a mistake costs was fitted on slips of the finger, on words written
as they are heard, and on both at once (docs/search.md).

Two ends instead of a table of deletions: whoever mistypes a letter or two leaves the beginning or
the end of the word right, so only the words that share either are compared (some hundreds out of
thousands), by rapidfuzz. That needs no memory to speak of and no time at the start.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from heapq import nlargest

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.search.language import ELIDED, VOWELS
from knowledge.search.spelling import phonetic

SHORTEST = 4
"""Shorter words are left alone: too many others are one letter away."""
END = 2
"""Letters of a word's beginning or end that must be right."""
LONG = 8
"""From this length on three letters may be wrong, if they are heard alike."""
LETTER, SOUND, FIRST, NO_SWAP = 2.0, 2.5, 1.0, 0.75
"""What it costs (as a logarithm of chances): a letter added, lost or changed, or two swapped; the
same in what is heard; another first letter; anything but swapped letters."""
BEARABLE = 1.6
"""What may be wrong with a word, by its letters: two that change its sound from six letters on,
two that are not heard in any."""
GLUED = 2.0
"""What it costs to have left an apostrophe out: « lagent », « dun »."""
FAR_BEHIND = 4.0
"""Words that are so much less likely than the likeliest are not worth looking at."""


class Speller:
    """The words of the base by their two ends; `frequency` is how often each was written."""

    def __init__(self, frequency: Mapping[str, int]) -> None:
        self._frequency = frequency
        self._by_end: defaultdict[str, list[str]] = defaultdict(list)
        for word in frequency:
            if len(word) >= SHORTEST and word.isalpha():
                self._by_end[word[:END] + "-"].append(word)
                self._by_end["-" + word[-END:]].append(word)

    def corrections(self, word: str, *, limit: int = 3) -> list[str]:
        """The likeliest known words, best first; none where nothing is near enough."""
        if len(word) < SHORTEST or not word.isalpha():
            return []
        chances = dict(self._likelihoods(word))
        for rest in elided(word):
            if rest in self._frequency:
                chances[rest] = self._prior(rest) - GLUED
        likeliest = nlargest(limit, chances, key=lambda known: (chances[known], known))
        return [w for w in likeliest if chances[w] > chances[likeliest[0]] - FAR_BEHIND]

    def _prior(self, word: str) -> float:
        return math.log(1 + self._frequency[word])

    def _likelihoods(self, word: str) -> Iterator[tuple[str, float]]:
        """Every word that is near enough, and the logarithm of its likelihood."""
        pool = {*self._by_end.get(word[:END] + "-", ()), *self._by_end.get("-" + word[-END:], ())}
        most = 3 if len(word) >= LONG else 2
        for known, letters, _ in process.extract(
            word, pool, scorer=OSA.distance, score_cutoff=most, limit=None
        ):
            cost = mistake(word, known, int(letters))
            if is_plausible(word, known, letters, cost):
                yield known, self._prior(known) - cost


@lru_cache(maxsize=20_000)
def mistake(typed: str, meant: str, letters: int) -> float:
    """What it costs to read one word as another that differs by so many letters."""
    heard = min(letters, OSA.distance(phonetic(typed), phonetic(meant)))
    swapped = len(typed) == len(meant) and sorted(typed) == sorted(meant)
    return (
        LETTER * letters + SOUND * heard + FIRST * (typed[0] != meant[0]) + NO_SWAP * (not swapped)
    )


def is_plausible(typed: str, meant: str, letters: float, cost: float) -> bool:
    """One slip of the finger, or no more than a word of that length bears.

    A very short word has swapped two letters: any other change makes a word of any word.
    """
    if len(typed) <= SHORTEST and len(meant) <= SHORTEST:
        return letters == 1 and sorted(typed) == sorted(meant)
    return letters <= 1 or cost <= BEARABLE * len(typed)


def elided(word: str) -> Iterator[str]:
    """What may be left of a word without what is glued to it: « lagent » → agent."""
    for first in ELIDED:
        rest = word.removeprefix(first)
        if rest != word and len(rest) > 2 and rest[0] in VOWELS:
            yield rest
