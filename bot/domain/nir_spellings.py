"""NIRs in unusual spellings, which only their key gives away.

`bot.domain.sensitive_data` sees the usual spellings by their groups. This second look reads the
digits of a text one after the other, whatever stands between them: signs, line breaks, the words
« sexe », « année », « clé ». It knows letters that look like digits (O, l, S, B, Z), digits in
circles, and numbers in words. Fifteen characters in a row are a NIR when their structure holds, the
month is a real one and the key is right: about one number in 1,400 passes by chance.

Whatever words stand between, fifteen digits that break where a NIR does and have its key are one.
What has no right key must stand in the groups of a NIR, or be announced (« n° de sécu : »):
thirteen characters, or some too many or too few. A slip of the finger is still a person's number.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from stdnum import luhn

from bot.domain.identifiers import (
    NIR_LENGTH,
    NIR_LENGTH_WITH_KEY,
    SIRET_LENGTH,
    expected_nir_key,
    has_nir_shape,
    nir_faults,
)
from bot.domain.text import without_accents

_UNITS: Final = (
    "zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
_TENS: Final = {
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
    "septante": 70, "huitante": 80, "quatre-vingt": 80, "nonante": 90,
}  # fmt: skip


def _below_hundred() -> dict[str, int]:
    """« quatre-vingt-cinq » and all the others, joined by dashes."""
    words = {word: value for value, word in enumerate(_UNITS)}
    for tens, value in _TENS.items():
        words |= {tens: value, f"{tens}s": value}
        for unit in range(1, 20 if value in (60, 80) else 10):
            for link in ("-", "-et-"):
                words[f"{tens}{link}{_UNITS[unit]}"] = value + unit
    return words


_BELOW_HUNDRED: Final = _below_hundred()
_UP_TO_99: Final = "|".join(
    word.replace("-", "[ -]") for word in sorted(_BELOW_HUNDRED, key=len, reverse=True)
)
_NUMBER: Final = re.compile(
    r"(?<![a-z0-9])(?:"
    rf"(?:(?P<hundreds>deux|trois|quatre|cinq|six|sept|huit|neuf)[ -])?(?P<cent>cents?)"
    rf"(?:[ -](?P<rest>{_UP_TO_99}))?|(?P<small>{_UP_TO_99}))(?![a-z0-9])"
)
_ALIKE: Final = "OoQIilSBZAab"
_AS_DIGIT: Final = str.maketrans("OoQIilSBZ", "000111582")
_CHUNK: Final = re.compile(
    # Letters may touch a number on both sides: « nir285… », « 88W285… », « …16merci ».
    rf"(?:(?<![A-Za-z0-9])[{_ALIKE}]{{1,3}}(?=[0-9]))?"
    rf"[0-9](?:[0-9]|[{_ALIKE}](?=[0-9{_ALIKE}]{{0,20}}+(?![A-Za-z])))*+"
    rf"|(?<![A-Za-z0-9])[{_ALIKE}](?![A-Za-z0-9])"
)
_BETWEEN: Final = re.compile(
    r"[^a-z0-9]{0,8}(?:(?:sexe|annee|mois|departement|dept?|commune|insee|ordre|numero|no?|num"
    r"|clef?|puis|et|code)[^a-z0-9]{0,4})?"
)
_DIGITS: Final = re.compile(r"[0-9]+")
_COUNTING: Final = re.compile(
    r"(?<![0-9])[0-9]{1,2}(?:ere?|nde?|e|eme)(?![a-z0-9])|(?<![^\n])[0-9]{1,2}[.)](?= )"
)
"""« 1re partie », « 2. » before a line: they count the parts of a number and are none of it."""
_ANNOUNCED: Final = re.compile(
    r"(?<![a-z0-9])(?:secu|securite sociale|social security|nirs?|ssn?|insee|carte vitale)"
    r"(?![a-z])[^0-9]{0,25}(?![^0-9])"
)
_ANNOUNCED_WITHIN: Final = 45  # characters
_ANNOUNCED_SIZES: Final = range(NIR_LENGTH - 1, NIR_LENGTH_WITH_KEY + 2)
_WORDS_BETWEEN: Final = re.compile(r"[^0-9]{0,40}")
"""Any words: « Année de naissance : 85 », « 2 ensuite 85 ». Key and groups must be right."""
_LETTER_PLACE: Final = 6  # of the A or B of « 2A », « 2B »
_BREAKS: Final = frozenset({1, 3, 5, 7, 8, 10, 13})  # 8: the departments 971 to 988
_CONVINCING_BREAKS: Final = 4  # where no key is right
_MOST_GROUPS: Final = 8
_ALL_BREAKS: Final = [1, 3, 5, 7, 10]
"""« 2, 85, 20, 75, 999, 080 »: in all its groups a number may have a month that is unknown."""
_HALVES: Final = ([5], [7], [10])
_WITH_OR_WITHOUT_KEY: Final = ([NIR_LENGTH], [NIR_LENGTH, NIR_LENGTH_WITH_KEY])
_FEWEST_SIGNS: Final = 8  # digits and numbers in words: fewer hold no NIR
_FIRST_GROUPS: Final = (1, 2, 2, 2)
_LAST_GROUPS: Final = (3, 3, 2)
_SIREN_LENGTH: Final = 9


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Characters of a number with nothing in between, and where they stand in the text: each in
    its place, or where the number is in words all in one."""

    characters: str
    start: int
    end: int

    def place(self, index: int) -> tuple[int, int]:
        if len(self.characters) == self.end - self.start:
            return self.start + index, self.start + index + 1
        return self.start, self.end


def find_spelled_nirs(text: str) -> list[tuple[int, int]]:
    """The places (start, end) of NIRs, in order; `text` is cleaned of what is invisible."""
    folded = "".join(map(_folded, text))
    lowered = folded.lower()
    chunks = sorted([*_digits(folded), *_in_words(lowered)], key=lambda chunk: chunk.start)
    if sum(len(chunk.characters) for chunk in chunks) < _FEWEST_SIGNS:
        return []
    found = []
    for chain in _chains(lowered, chunks, _BETWEEN):
        found += list(_in_chain(chain)) or _announced(lowered, chain)
    spread = _COUNTING.sub(lambda counting: " " * len(counting[0]), lowered)
    plain = [_Chunk(one[0], *one.span()) for one in _DIGITS.finditer(spread)]
    for chain in _chains(spread, plain, _WORDS_BETWEEN):
        for start, end in _in_chain(chain, needs_groups=True):
            if not any(start < stop and begin < end for begin, stop in found):
                found.append((start, end))
    return sorted(found)


def _chains(
    text: str, chunks: Iterable[_Chunk], between: re.Pattern[str]
) -> Iterator[list[_Chunk]]:
    """Numbers that stand one behind the other, with nothing else than `between` in between."""
    chain: list[_Chunk] = []
    for chunk in chunks:
        if chain and not between.fullmatch(text, chain[-1].end, chunk.start):
            yield chain
            chain = []
        chain.append(chunk)
    yield chain


def _folded(character: str) -> str:
    """One character for one: no accent, a digit in a circle or raised as a digit."""
    if character.isascii():
        return character
    inner = without_accents(unicodedata.normalize("NFKC", character)).strip("().")
    return inner if len(inner) == 1 else " "


def _digits(text: str) -> Iterator[_Chunk]:
    for match in _CHUNK.finditer(text):
        yield _Chunk(match[0], match.start(), match.end())


def _in_words(text: str) -> Iterator[_Chunk]:
    for match in _NUMBER.finditer(text):
        if match["small"]:
            value = _value(match["small"])
        else:
            hundreds = _value(match["hundreds"]) if match["hundreds"] else 1
            value = 100 * hundreds + (_value(match["rest"]) if match["rest"] else 0)
        yield _Chunk(str(value), match.start(), match.end())


def _value(words: str) -> int:
    return _BELOW_HUNDRED[words.replace(" ", "-")]


def _in_chain(chain: list[_Chunk], *, needs_groups: bool = False) -> Iterator[tuple[int, int]]:
    """The NIRs in numbers that stand one behind the other, from the left; with
    `needs_groups` only those whose key is right and whose groups are those of a NIR."""
    characters = "".join(chunk.characters for chunk in chain)
    if len(characters) < _FEWEST_SIGNS:
        return
    places = [chunk.place(at) for chunk in chain for at in range(len(chunk.characters))]
    sizes = [len(chunk.characters) for chunk in chain]
    starts = dict(zip(accumulate(sizes, initial=0), range(len(chain) + 1), strict=True))
    inside = {
        start + at
        for start, number in starts.items()
        if number < len(chain) and sizes[number] > NIR_LENGTH_WITH_KEY
        for at in range(sizes[number] + 1)
    }
    bounds = starts.keys() | inside
    at = 0
    while at < len(characters):
        size = 0
        if at in bounds and characters[at] in "123478IilBZ":
            size = _size_with_key(characters, at, bounds)
            if size and needs_groups and not _are_groups(sizes[starts.get(at, 0) :]):
                size = 0
            if not size and at in starts and not needs_groups:
                near = sizes[starts[at] : starts[at] + NIR_LENGTH_WITH_KEY + 1]
                size = _size_by_groups(characters[at : at + 2 * NIR_LENGTH], near)
        if size:
            yield places[at][0], places[at + size - 1][1]
        at += size or 1


def _announced(text: str, chain: list[_Chunk]) -> list[tuple[int, int]]:
    """A number of about the right length that its writer calls a NIR, as long as it can be."""
    if not chain or not _ANNOUNCED.search(
        text, max(0, chain[0].start - _ANNOUNCED_WITHIN), chain[0].start
    ):
        return []
    sizes = list(accumulate(len(chunk.characters) for chunk in chain[: _ANNOUNCED_SIZES[-1]]))
    last = max((at for at, size in enumerate(sizes) if size in _ANNOUNCED_SIZES), default=None)
    if last is None or not _BREAKS.issuperset(sizes[:last]):
        return []  # « NIR inconnu, 13/01/2013, 2020 »
    number = _as_nir("".join(chunk.characters for chunk in chain[: last + 1]))
    if not _has_likely_birth(number) or luhn.is_valid(number):
        return []  # a SIRET, a card
    return [(chain[0].start, chain[last].end)]


def _size_with_key(characters: str, at: int, bounds: set[int]) -> int:
    """15 where a NIR with its right key begins here and ends at one of the bounds, or 0."""
    window = _as_nir(characters[at : at + NIR_LENGTH_WITH_KEY])
    is_nir = at + NIR_LENGTH_WITH_KEY in bounds and _has_right_key(window)
    return NIR_LENGTH_WITH_KEY if is_nir else 0


def _are_groups(sizes: list[int]) -> bool:
    """Whether 15 characters break only where a NIR does."""
    inner = [place for place in accumulate(sizes[:_MOST_GROUPS]) if place < NIR_LENGTH_WITH_KEY]
    return _BREAKS.issuperset(inner)


def _size_by_groups(characters: str, sizes: list[int]) -> int:
    """How many characters from here on are a NIR without a right key, by their groups; or 0."""
    breaks = list(accumulate(sizes))
    if NIR_LENGTH in breaks:
        inner = breaks[: breaks.index(NIR_LENGTH)]
        are_convincing = len(inner) >= _CONVINCING_BREAKS and _BREAKS.issuperset(inner)
        # « 2850675 999080 », « 28506 75999080 »: two groups, and nothing behind but a key.
        are_halves = inner in _HALVES and breaks[1:] in _WITH_OR_WITHOUT_KEY
        number = _as_nir(characters[:NIR_LENGTH])
        is_nir = _is_structured(number) or (inner == _ALL_BREAKS and _is_well_formed(number))
        if is_nir and (are_convincing or (are_halves and characters[0] in "12")):
            return NIR_LENGTH_WITH_KEY if NIR_LENGTH_WITH_KEY in breaks else NIR_LENGTH
    return _size_of_slip(characters, sizes)


def _size_of_slip(characters: str, sizes: list[int]) -> int:
    """The same for a number with a digit too many or too few, or two numbers in one."""
    first = sizes[0]
    if first == 2 * NIR_LENGTH:
        both = characters[:NIR_LENGTH], characters[NIR_LENGTH : 2 * NIR_LENGTH]
        return first if all(map(_is_structured, both)) else 0
    if first in (SIRET_LENGTH, SIRET_LENGTH + 2):
        return first if _is_slip(characters[:first]) else 0
    groups = len(_FIRST_GROUPS) + len(_LAST_GROUPS)
    last = sizes[len(_FIRST_GROUPS) : groups]
    if tuple(sizes[: len(_FIRST_GROUPS)]) != _FIRST_GROUPS or len(last) < len(_LAST_GROUPS):
        return 0
    off = [abs(size - usual) for size, usual in zip(last, _LAST_GROUPS, strict=True)]
    size = sum(sizes[:groups])
    return size if sum(off) == 1 and _has_likely_birth(_as_nir(characters)) else 0


def _is_slip(number: str) -> bool:
    """Whether 14 digits are no SIRET, or 16 no card, but a NIR with one digit wrong."""
    if luhn.is_valid(number) or not _has_likely_birth(number):
        return False
    if len(number) == SIRET_LENGTH:  # a SIRET that was typed wrong mostly has a right SIREN
        return not luhn.is_valid(number[:_SIREN_LENGTH])
    shorter = (number[:at] + number[at + 1 :] for at in range(len(number)))
    return any(map(_has_right_key, shorter))


def _as_nir(characters: str) -> str:
    """Letters as the digits they look like, but for the one of a Corsican department."""
    digits = characters.translate(_AS_DIGIT)
    letter = characters[_LETTER_PLACE : _LETTER_PLACE + 1].upper()
    if letter in ("A", "B") and digits[_LETTER_PLACE - 1] == "2":
        return digits[:_LETTER_PLACE] + letter + digits[_LETTER_PLACE + 1 :]
    return digits


def _has_right_key(number: str) -> bool:
    return _is_structured(number) and number[NIR_LENGTH:] == expected_nir_key(number[:NIR_LENGTH])


def _is_structured(number: str) -> bool:
    return _is_well_formed(number) and _has_likely_birth(number)


def _is_well_formed(number: str) -> bool:
    return has_nir_shape(number) and not any(nir_faults(number[:NIR_LENGTH]))


def _has_likely_birth(number: str) -> bool:
    """A sex, and one of twelve months: that much must be true of what has no usual groups."""
    month = number[3:5]
    return number[:1] in "123478" and month.isdecimal() and 1 <= int(month) <= 12
