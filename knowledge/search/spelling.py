"""The spell checker: unknown words are matched with known ones, by letters and by sound.

A noisy channel: a known word is likelier the oftener it was written and the less it costs to
mistype it as it stands. The costs were fitted on slips of the finger, on words written as they are
heard, and on both at once (docs/search.md).

Whoever mistypes a letter or two leaves the beginning or the end of the word right, so only the
words that share either are compared (some hundreds out of thousands), by rapidfuzz.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.articles import Article
from knowledge.search.index import Index
from knowledge.search.language import ELIDED, VOWELS, fold, stem

MIN_LENGTH = 4
"""Shorter words are left alone: too many others are one letter away."""
END_LETTERS = 2
"""Letters of a word's beginning or end that must be right."""
LONG_WORD = 8
"""From this length on three letters may be wrong, if they are heard alike."""
LETTER, SOUND, FIRST, NO_SWAP = 2.0, 2.5, 1.0, 0.75
"""What it costs (as a logarithm of chances): a letter added, lost or changed, or two swapped; the
same in what is heard; another first letter; anything but swapped letters."""
BEARABLE = 1.6
"""What may be wrong with a word, by its letters: two that change its phonetic from six letters on,
two that are not heard in any."""
GLUED = 2.0
"""What it costs to have left an apostrophe out: « lagent », « dun »."""
FAR_BEHIND = 4.0
"""Words that are so much less likely than the likeliest are not worth looking at."""
MOST_ARTICLES = 3
"""Articles that are read for the accents of a word."""

_WORD = re.compile(r"[^\W\d_]+")
_SPOKEN = (
    ("s?ch", "1"),
    ("ph", "f"),
    ("gn", "2"),
    ("h", ""),
    ("eau|au", "o"),
    ("ou", "3"),
    ("[ae][mn](?![aeiouymnh])", "4"),
    ("(?:[ae]?i|y)[mn](?![aeiouymnh])", "5"),
    ("o[mn](?![aeiouymnh])", "6"),
    ("[ae]i", "e"),
    ("qu|k|c(?![eiyh])", "k"),
    ("c|(?<=[aeiouy])z", "s"),
    ("g(?=[eiy])", "j"),
    ("y", "i"),
    ("x", "ks"),
)
"""Letters, and one sign for what is heard: 1 to 6 are ch, gn, ou, an, in, on."""
_HEARD = tuple(heard for _, heard in _SPOKEN)
_LETTERS = re.compile("|".join(f"({letters})" for letters, _ in _SPOKEN))
_DOUBLE = re.compile(r"(.)\1+")
_SILENT = re.compile(r"(?<=..)(?:e(?:[rsz]|4t|nt)?s?|(?:(?<![stdp])|(?<=^..))[stdp]++)$")
"""Endings that are not heard, or all heard as « é »."""


@lru_cache(maxsize=20_000)
def phonetic(word: str) -> str:
    """A folded word as it is heard; its endings, which stems leave out as well, are left out."""
    spoken = _LETTERS.sub(lambda match: _HEARD[(match.lastindex or 1) - 1], word)
    return _SILENT.sub("", _DOUBLE.sub(r"\1", spoken))


class SpellChecker:
    """The words of the base by their two ends; `frequency` is how often each was written."""

    def __init__(self, frequency: Mapping[str, int]) -> None:
        self._frequency = frequency
        self._by_end: defaultdict[str, list[str]] = defaultdict(list)
        for word in frequency:
            if len(word) >= MIN_LENGTH and word.isalpha():
                self._by_end[word[:END_LETTERS] + "-"].append(word)
                self._by_end["-" + word[-END_LETTERS:]].append(word)

    def corrections(self, word: str, *, limit: int = 3) -> list[str]:
        """The likeliest known words, best first; none where nothing is near enough."""
        if len(word) < MIN_LENGTH or not word.isalpha():
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
        pool = {
            *self._by_end.get(word[:END_LETTERS] + "-", ()),
            *self._by_end.get("-" + word[-END_LETTERS:], ()),
        }
        most = 3 if len(word) >= LONG_WORD else 2
        for known, letters, _ in process.extract(
            word, pool, scorer=OSA.distance, score_cutoff=most, limit=None
        ):
            cost = mistake_cost(word, known, int(letters))
            if is_plausible(word, known, letters, cost):
                yield known, self._prior(known) - cost


@lru_cache(maxsize=20_000)
def mistake_cost(typed: str, meant: str, letters: int) -> float:
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
    if len(typed) <= MIN_LENGTH and len(meant) <= MIN_LENGTH:
        return letters == 1 and sorted(typed) == sorted(meant)
    return letters <= 1 or cost <= BEARABLE * len(typed)


def elided(word: str) -> Iterator[str]:
    """What may be left of a word without what is glued to it: « lagent » → agent."""
    for first in ELIDED:
        rest = word.removeprefix(first)
        if rest != word and len(rest) > 2 and rest[0] in VOWELS:
            yield rest


class QueryCorrector:
    """Writes a question as it was understood: repaired words, with the accents of the articles."""

    def __init__(self, articles: Sequence[Article], index: Index) -> None:
        self._articles = articles
        self._index = index
        self._written: dict[str, str] = {}

    def corrected(self, text: str, repairs: Mapping[str, str]) -> str | None:
        """The text with its repaired words; None where nothing was repaired."""
        if not repairs:
            return None
        return _WORD.sub(lambda match: self._repaired(match[0], repairs), " ".join(text.split()))

    def _repaired(self, word: str, repairs: Mapping[str, str]) -> str:
        folded = fold(word)
        if folded not in repairs:
            return word
        understood = repairs[folded]
        elided = folded.removesuffix(understood)
        glued = elided != folded and elided in ELIDED
        return f"{elided}'{self._accented(understood)}" if glued else self._accented(understood)

    def _accented(self, word: str) -> str:
        """The word as it is mostly written in articles; looked for once, only when it is
        needed."""
        if word not in self._written:
            spellings = Counter(self._spellings(word)).most_common(1)
            self._written[word] = spellings[0][0] if spellings else word
        return self._written[word]

    def _spellings(self, word: str) -> Iterator[str]:
        for place in islice(self._index.holding(stem(word)), MOST_ARTICLES):
            article = self._articles[place]
            text = " ".join((article.title, article.body, *article.wordings))
            same_length = (w for w in _WORD.findall(text.lower()) if len(w) == len(word))
            yield from (w for w in same_length if fold(w) == word)
