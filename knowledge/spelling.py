"""Spelling: a word that the base does not know is looked for among those that it does.

Two ends instead of a table of deletions: whoever mistypes one letter leaves the beginning or the
end of the word right, so only the words that share either are compared (a few dozen out of
thousands), by rapidfuzz. That needs no memory to speak of and no time at the start.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4
"""Shorter words are left alone: too many others are one letter away."""
LONG = 7
"""From this length on two letters may be wrong, in any word two that are not heard (« conexion
»)."""
MOST_WRONG = 2
SAME_START = 3
"""First letters are seldom wrong: a word that begins alike counts as if written this much
oftener."""
SAME_SOUND = 6
"""The same for a word that sounds alike: people write what they hear."""

_SOUNDS = (
    (re.compile(r"eau|au"), "o"),
    (re.compile(r"ai|ei"), "e"),
    (re.compile(r"[ae][mn](?![aeiouymn])"), "an"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu|k|c(?![eiyh])"), "k"),
    (re.compile(r"c(?=[eiy])|z"), "s"),
    (re.compile(r"y"), "i"),
    (re.compile(r"h"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"(?<=..)[estxdr]+$"), ""),
)


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
        found = process.extract(
            word, self._alike(word), scorer=OSA.distance, score_cutoff=MOST_WRONG, limit=None
        )
        near = {known: int(wrong) for known, wrong, _ in found if _plausible(word, known, wrong)}
        return self._likeliest(word, near)[:limit]

    def _alike(self, word: str) -> list[str]:
        """The words that begin or end alike, whether a letter is missing here or one too many."""
        sizes = {_half(len(word) - 1), _half(len(word) + 1)}
        ends = [end for size in sizes for end in _ends(word, size)]
        return list({known for end in ends for known in self._by_end.get(end, ())})

    def _likeliest(self, word: str, near: Mapping[str, int]) -> list[str]:
        """Those that sound alike or are nearest, the most written of them first."""
        closest = min(near.values(), default=0)
        kept = [k for k, wrong in near.items() if wrong == closest or sound(k) == sound(word)]
        return sorted(kept, key=lambda known: (-self._likelihood(known, word), known))

    def _likelihood(self, known: str, word: str) -> float:
        start = SAME_START if known[0] == word[0] else 1
        return self._frequency[known] * start * (SAME_SOUND if sound(known) == sound(word) else 1)


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """Roughly how a French word sounds: « koment » and « comment » are one."""
    for pattern, heard in _SOUNDS:
        word = pattern.sub(heard, word)
    return word


def _plausible(word: str, known: str, wrong: float) -> bool:
    """Few enough letters wrong for the length of the word.

    A very short word has lost a letter or swapped two: any other change makes a word of any word.
    """
    if len(word) <= SHORTEST and len(known) <= SHORTEST:
        return wrong == 1 and sorted(word) == sorted(known)
    return wrong <= 1 or len(word) >= LONG or sound(word) == sound(known)


def _half(length: int) -> int:
    """How many letters at one end a single mistake is sure to leave alone."""
    return 3 if length > 6 else 2


def _ends(word: str, size: int) -> tuple[str, str]:
    return f"{word[:size]}-", f"-{word[-size:]}"
