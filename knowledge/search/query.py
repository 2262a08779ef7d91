"""A typed question parsed: spelling repaired, the words that count, and what may stand for each.

An unknown word is matched with known ones, by letters and by sound, as through a noisy channel: a
known word is likelier the oftener it was written and the less it costs to mistype it as it stands.
The costs were fitted on slips of the finger, on words written as they are heard, and on both at
once (docs/search.md). Whoever mistypes a letter or two leaves the beginning or the end of the word
right, so only the words that share either are compared (some hundreds out of thousands).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from heapq import nlargest

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.references import is_certain, references_in, without_references
from knowledge.search.language import ELIDED, MONTHS, VOWELS, other_forms, stem, words_of
from knowledge.search.names import NameFinder
from knowledge.vocabulary import Term, Vocabulary

MAX_QUERY_WORDS = 60
"""Words of a question that are read."""
OTHER_WEIGHT = 0.8
"""What the second likeliest spelling counts, compared with the likeliest."""
NUMBER_STRENGTH = 0.8
MONTH_STRENGTH = 0.3
"""« en mars » dates the question, and seldom says what it is about."""
REFERENCE_STRENGTH = 3.0
"""A text cited by its number leads straight to what cites it."""
PART_WEIGHT = 0.4
"""What a word counts of an expression that has a meaning of its own."""
NEAR_WEIGHT = 0.6
"""What a neighbouring word counts, compared with the word itself."""
COMMON = 50
"""How often the words to ignore count as written, when a misspelled one is looked for."""

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
ALIKE, ALIKE_LETTER = 2.0, 0.5
"""What it costs to write a word as it is heard, and each letter by which that differs."""
SURE_LEAD, SURE_LENGTH = 2.0, 5
"""How far ahead of any other word a repair must be to be shown, and the letters of a word that one
slip leaves recognisable."""

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

ELLIPSIS = "…"
JOINING = "'’"
"""Signs that join two words: « l'agent »."""

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d[\d\s./-]*|[^\s@]{0,200}@\S*")
_PARTS = re.compile(r"[^\W_]+|\S")
"""An elided word is two: « l'employeur »."""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a question, and every term that may stand for it, each with its weight (1 =
    itself).

    `strength` is below 1 for numbers and months, which are rare in the base and yet tell little.
    """

    word: str
    variants: Mapping[str, float]
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """Its telling words, all its words as understood, and what was surely misspelled."""

    terms: tuple[QueryTerm, ...]
    words: tuple[str, ...]
    repairs: Mapping[str, str]


class QueryParser:
    """Parses questions in the words of one base."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        written: Mapping[str, int],
        elsewhere: Iterable[str] = (),
        trade: Iterable[str] = (),
    ) -> None:
        """`written` are the words and references of the base; the words of `elsewhere` are
        spelled right too, those of `trade` are nobody's name."""
        self.vocabulary = vocabulary
        self._stems = Counter[str]()
        for word, count in written.items():
            self._stems[stem(word)] += count
        others = {word for text in elsewhere for word in words_of(text)}
        self._known = dict.fromkeys(vocabulary.listed | vocabulary.acronyms | others, 1)
        self._known |= dict.fromkeys(vocabulary.ignored, COMMON) | dict(written)
        self._spell_checker = SpellChecker(self._known)
        self.names = NameFinder(
            first_names=vocabulary.first_names,
            surnames=vocabulary.surnames,
            trade=vocabulary.acronyms | {word for text in trade for word in words_of(text)},
            common=vocabulary.ignored,
            is_said=self.is_known,
        )

    def parse(self, text: str) -> ParsedQuery:
        """The question, its telling words each once."""
        cited = [t for t in references_in(text) if is_certain(t) or t in self._known]
        written = self.vocabulary.words(without_references(text) if cited else text)[
            :MAX_QUERY_WORDS
        ]
        spellings = [self._spellings(word) for word in written]
        words = [spelled[0] for spelled in spellings]
        others = {spelled[0]: spelled[1:] for spelled in spellings if len(spelled) > 1}
        asked = {t.stem: self._query_term(t, others) for t in self.vocabulary.terms(words)}
        references = [QueryTerm(term[1:], {term: 1.0}, REFERENCE_STRENGTH) for term in cited]
        pairs = zip(written, words, strict=True)
        repairs = {old: new for old, new in pairs if stem(old) != stem(new)}
        shown = {old: new for old, new in repairs.items() if self._spell_checker.is_sure(old, new)}
        if repairs and not cited and references_in(" ".join(words)):
            return replace(self.parse(" ".join(words)), repairs=shown)  # « artcle 7 du decre … »
        return ParsedQuery((*asked.values(), *references), tuple(words), shown)

    def anonymised(self, question: str) -> str:
        """The question with only the words that the base knows, or that belong to no matter in
        particular: no name, no number, no address."""

        def kept(word: str) -> str:
            is_known = word.isalpha() and all(map(self.is_known, words_of(word)))
            return word if is_known or word in JOINING else ELLIPSIS

        without_names = self.names.without_names(question)
        words = _TOKEN.sub(lambda m: " ".join(map(kept, _PARTS.findall(m[0]))), without_names)
        joined = re.sub(rf"(?<=\w) ([{JOINING}]) (?=\w)", r"\1", " ".join(words.split()))
        return re.sub(rf"{ELLIPSIS}(?:[\s{JOINING}]*{ELLIPSIS})+", ELLIPSIS, joined)

    def _spellings(self, word: str) -> list[str]:
        """What a word may be, likeliest first: itself if known, else the nearest known ones."""
        if not word.isalpha() or self.is_known(word):
            return [word]
        near = self._spell_checker.corrections(word)
        if not near:  # misspelled and also inflected, or glued to what is elided before it
            forms = map(self._spell_checker.corrections, (*other_forms(word), *elided(word)))
            near = next(filter(None, forms), [])
        inflected = self._stems[stem(word)]
        if near and stem(near[0]) == stem(word):
            return near[:1]
        if inflected and not (near and self._known[near[0]] > inflected):
            return [word, *near[:1]]
        return near or [word]

    def is_known(self, word: str) -> bool:
        """Known as it stands, or another form of a known word."""
        return word in self._known or any(form in self._known for form in other_forms(word))

    def _query_term(self, term: Term, others: Mapping[str, Sequence[str]]) -> QueryTerm:
        terms = {term.stem: 1.0}
        for other in self.vocabulary.terms(others.get(term.word, ())):
            terms.setdefault(other.stem, OTHER_WEIGHT)
        for part in term.parts:
            terms.setdefault(part, PART_WEIGHT)
        for near in self.vocabulary.near.get(term.stem, ()):
            terms.setdefault(near, NEAR_WEIGHT)
        number = NUMBER_STRENGTH if term.stem[0].isdigit() else 1.0
        return QueryTerm(term.word, terms, MONTH_STRENGTH if term.word in MONTHS else number)


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
        self._by_sound: defaultdict[str, list[str]] = defaultdict(list)
        for word in frequency:
            if len(word) >= MIN_LENGTH and word.isalpha():
                self._by_end[word[:END_LETTERS] + "-"].append(word)
                self._by_end["-" + word[-END_LETTERS:]].append(word)
                self._by_sound[phonetic(word)].append(word)

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

    def is_sure(self, word: str, meant: str) -> bool:
        """Whether a repair can be shown: heard alike, glued, or one slip behind the same letter;
        and far ahead of any other word."""
        is_slip = OSA.distance(word, meant) <= 1 and len(word) >= SURE_LENGTH
        is_near = (is_slip and word[0] == meant[0]) or phonetic(word) == phonetic(meant)
        if meant in elided(word):
            return True
        chances = dict(self._likelihoods(word))
        rivals = (chances[one] for one in chances if stem(one) != stem(meant))
        return is_near and max(rivals, default=-math.inf) + SURE_LEAD <= chances.get(meant, 0.0)

    def _prior(self, word: str) -> float:
        return math.log(1 + self._frequency[word])

    def _likelihoods(self, word: str) -> Iterator[tuple[str, float]]:
        """Every word that is near enough, and the logarithm of its likelihood."""
        ends = word[:END_LETTERS] + "-", "-" + word[-END_LETTERS:]
        pool = {known for end in ends for known in self._by_end.get(end, ())}
        most = 3 if len(word) >= LONG_WORD else 2
        for known, letters, _ in process.extract(
            word, pool, scorer=OSA.distance, score_cutoff=most, limit=None
        ):
            cost = mistake_cost(word, known, int(letters))
            if cost is not None:
                yield known, self._prior(known) - cost
        for known in self._by_sound.get(phonetic(word), ()):
            yield known, self._prior(known) - ALIKE - ALIKE_LETTER * OSA.distance(word, known)


@lru_cache(maxsize=20_000)
def mistake_cost(typed: str, meant: str, letters: int) -> float | None:
    """What it costs to read one word as another that differs by so many letters; None for more
    than one slip of the finger, where that is also more than a word of that length bears.

    A very short word has swapped two letters: any other change makes a word of any word.
    """
    swapped = len(typed) == len(meant) and sorted(typed) == sorted(meant)
    heard = min(letters, OSA.distance(phonetic(typed), phonetic(meant)))
    cost = (
        LETTER * letters + SOUND * heard + FIRST * (typed[0] != meant[0]) + NO_SWAP * (not swapped)
    )
    if max(len(typed), len(meant)) <= MIN_LENGTH:
        return cost if letters == 1 and swapped else None
    return cost if letters <= 1 or cost <= BEARABLE * len(typed) else None


def elided(word: str) -> Iterator[str]:
    """What may be left of a word without what is glued to it: « lagent » → agent."""
    for first in ELIDED:
        rest = word.removeprefix(first)
        if rest != word and len(rest) > 2 and rest[0] in VOWELS:
            yield rest
