"""Names of people in a question: they say nothing of its matter, and are no misspelled words.

« le dossier de Mme Petit » is about a file, and about nothing that is small. A word is a name
- behind « M. », « Mme », « madame » …;
- where the caller knows somebody of that name (their register, their open request);
- written with a capital that opens no sentence, unless it is a word of the trade;
- where it is a frequent name (`names.txt`) that no article says, or stands beside another one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.search.language import fold

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:;\n…»(-]\W*$")
_CIVILITIES = frozenset(
    ["m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "dr", "docteur"]
)
_PARTICLES = frozenset(
    ["de", "du", "des", "la", "le", "les", "el", "ben", "van", "von", "di", "da"]
)
SHOUTED = 0.6
"""Where more of the words than this begin with a capital, capitals mark no name."""
LONGEST_ACRONYM = 5
WHOLE = 3
"""So many words alone, all with capitals, may be somebody's name and nothing else."""


@dataclass(frozen=True, slots=True)
class _Word:
    folded: str
    start: int
    end: int
    capital: bool
    acronym: bool
    opens: bool
    """Whether it is the first of a sentence."""
    follows: bool
    """Whether nothing but a space (or the dot of « M. ») stands between it and the word before."""


@dataclass(frozen=True, slots=True)
class NameFinder:
    """Finds names. `trade` are the words of titles and motifs, `common` those that say nothing of
    any matter, `is_said` tells a word of the base or of everyday French; all are given folded.
    """

    first_names: frozenset[str]
    surnames: frozenset[str]
    trade: frozenset[str]
    common: frozenset[str]
    is_said: Callable[[str], bool]

    def without_names(self, text: str, known: frozenset[str] = frozenset()) -> str:
        """The text with a sign in place of each name; `known` are names, folded, of people whom
        the question may be about."""
        words = _words_in(text)
        rest, shown = 0, []
        for place in sorted(self._places(words, known)):
            shown += [text[rest : words[place].start], "…"]
            rest = words[place].end
        return "".join([*shown, text[rest:]])

    def _places(self, words: Sequence[_Word], known: frozenset[str]) -> set[int]:
        capitals = sum(word.capital for word in words)
        is_whole = len(words) <= WHOLE and capitals == len(words)
        if is_whole and all(self._is_like_a_name(word) for word in words):
            return set(range(len(words)))
        are_told = capitals <= SHOUTED * len(words) or len(words) <= WHOLE
        found = {
            place
            for place, word in enumerate(words)
            if (word.folded in known and word.folded not in self.trade)
            or self._is_listed_only(word)
            or (are_told and word.capital and not word.opens and not self._is_word(word))
        }
        found |= self._behind_civilities(words)
        return found | self._beside(words, found)

    def _behind_civilities(self, words: Sequence[_Word]) -> set[int]:
        found = set[int]()
        for place, word in enumerate(words):
            if word.folded not in _CIVILITIES:
                continue
            after = place + 1
            while self._is_particle(words, after):
                after += 1
            if after < len(words) and self._may_follow(words[after]):
                found |= {place, after}
        return found

    def _is_particle(self, words: Sequence[_Word], place: int) -> bool:
        """« M. Le Goff », « mme le goff »; not « madame la maire »."""
        if place + 1 >= len(words) or words[place].folded not in _PARTICLES:
            return False
        following = words[place + 1]
        return words[place].capital or following.capital or not self.is_said(following.folded)

    def _may_follow(self, word: _Word) -> bool:
        """A word directly behind a civility is a name, unless it goes on with the sentence."""
        if not word.follows or word.folded in _CIVILITIES:
            return False
        goes_on = word.folded in self.common or word.folded in self.trade
        return word.capital or self._is_listed(word) or not goes_on

    def _beside(self, words: Sequence[_Word], found: set[int]) -> set[int]:
        """The other half of a name: « Rose Lambert ne travaille plus », « jean petit »."""
        beside = set[int]()
        for place, word in enumerate(words):
            around = [n for n in (place - 1, place + 1) if 0 <= n < len(words)]
            is_half = self._is_listed(word) or (word.capital and not self._is_word(word))
            names = [n for n in around if n in found or self._makes_a_name(words[n], word)]
            if is_half and names:
                beside |= {place, *names}
        return beside

    def _makes_a_name(self, one: _Word, other: _Word) -> bool:
        """A first name and a surname, in either order."""
        return any(
            first.folded in self.first_names and last.folded in self.surnames
            for first, last in ((one, other), (other, one))
        )

    def _is_listed(self, word: _Word) -> bool:
        return word.folded in self.first_names or word.folded in self.surnames

    def _is_listed_only(self, word: _Word) -> bool:
        is_said = word.folded in self.common or self.is_said(word.folded)
        return self._is_listed(word) and not is_said

    def _is_word(self, word: _Word) -> bool:
        """A word of the trade or of the language, written with a capital or not."""
        if self._is_listed(word):
            return word.folded in self.trade
        return word.acronym or word.folded in self.common or self.is_said(word.folded)

    def _is_like_a_name(self, word: _Word) -> bool:
        return self._is_listed(word) and word.folded not in self.trade


def _words_in(text: str) -> list[_Word]:
    found: list[_Word] = []
    for match in _WORD.finditer(text):
        before = text[found[-1].end if found else 0 : match.start()]
        ends = _SENTENCE_END.search(before) is not None
        found.append(
            _Word(
                folded=fold(match[0]),
                start=match.start(),
                end=match.end(),
                capital=match[0][0].isupper() and len(match[0]) > 1,
                acronym=match[0].isupper() and len(match[0]) <= LONGEST_ACRONYM,
                opens=not found or (ends and found[-1].folded not in _CIVILITIES),
                follows=bool(found) and before in (" ", ". ", "."),
            )
        )
    return found
