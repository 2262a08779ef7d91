"""Typed text made plain: invisible characters, odd spaces, odd digits, line breaks.

What people paste holds narrow spaces of a PDF, zero-width marks of a web page, full-width digits,
direction overrides that would show a sentence backwards. Every parser starts here, so that each
knows one kind of space and one kind of digit.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from bot.domain.errors import Fault, InvalidAnswerError

# Letters and symbols by their Unicode category, but drawn as nothing.
_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u20e3\u2800\u3164\uffa0")
# Controls, format characters (zero-width, bidi), surrogates and private use: never part of a text.
# Unassigned ones stay: they are the letters and emoji of a Unicode newer than Python's.
_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_VARIATION_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_LINE_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DASHES: Final = frozenset("\u2043\u2212\ufe63")
_SLASHES: Final = frozenset("\u2044\u2215\u29f8")
_APOSTROPHES: Final = re.compile("[\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4\u0060\uff07]")
_REMEMBERED: Final = 0x10000  # the characters of all living languages; so the tables stay small


@lru_cache(maxsize=4096)
def is_invisible(character: str) -> bool:
    """Whether a character shows nothing and stands for no space or line break."""
    if character in "\n\t":
        return False
    if character in _BLANKS or unicodedata.category(character) in _UNSEEN_CATEGORIES:
        return True
    return any(ord(character) in selectors for selectors in _VARIATION_SELECTORS)


def _simple_space(character: str) -> str:
    is_space = character == "\t" or unicodedata.category(character) == "Zs"
    return " " if is_space else character


class _CharacterTable(dict[int, str | None]):
    """A table for `str.translate`, filled as characters come: a text is read many times a turn."""

    def __init__(self, convert: Callable[[str], str | None]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, code: int) -> str | None:
        converted = self._convert(chr(code))
        if code < _REMEMBERED:
            self[code] = converted
        return converted


_SEEN: Final = _CharacterTable(lambda one: None if is_invisible(one) else _simple_space(one))


def clean(text: str) -> str:
    """Text in NFC with one kind of space and of line break, nothing invisible, ends trimmed."""
    seen = _LINE_BREAKS.sub("\n", text).translate(_SEEN)
    return unicodedata.normalize("NFC", seen).strip()


def one_line(text: str) -> str:
    """`clean`, on one line, every run of spaces being one space."""
    return " ".join(clean(text).split())


def comparable_words(text: str) -> list[str]:
    """The words of a text without accents and capitals: « Noël Le Goff » is noel, le, goff."""
    return re.findall(r"\w+", without_accents(text).casefold())


def shorten(text: str, most: int) -> str:
    """A text of at most so many characters: a longer one is cut behind a word."""
    return text if len(text) <= most else text[:most].rpartition(" ")[0] + "…"


def _plain_character(character: str) -> str:
    if "\uff01" <= character <= "\uff5e":  # full width
        return chr(ord(character) - 0xFEE0)
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character in _DASHES or unicodedata.category(character) == "Pd":
        return "-"
    return "/" if character in _SLASHES else _simple_space(character)


_PLAIN: Final = _CharacterTable(_plain_character)


def plain_forms(text: str) -> str:
    """The same number of characters, with ASCII digits, dashes, slashes, spaces, full-width
    letters; for what is made of numbers, never for names."""
    return text.translate(_PLAIN)


_DRAWN: Final = _CharacterTable(
    lambda one: one if (digit := unicodedata.digit(one, None)) is None else str(digit)
)


def drawn_digits(text: str) -> str:
    """The same number of characters, with digits in circles or raised as digits; for what looks
    for numbers that hide, never for one that is asked for."""
    return text.translate(_DRAWN)


def compact(text: str) -> str:
    """A number without what people put between its groups: spaces, dots, dashes, slashes."""
    return re.sub(r"[ .\-/]", "", plain_forms(one_line(text))).upper()


def fold_apostrophes(text: str) -> str:
    """Every apostrophe (typographic, prime, accent used as one) as the straight one."""
    return _APOSTROPHES.sub("'", text)


_BARE: Final = _CharacterTable(lambda one: None if unicodedata.combining(one) else one)


def without_accents(text: str) -> str:
    """Letters without their accents, straight apostrophes; case kept."""
    if text.isascii():
        return fold_apostrophes(text)
    return unicodedata.normalize("NFD", fold_apostrophes(text)).translate(_BARE)


def parse_free_text(text: str, limit: int) -> str:
    """A text in own words, of 1 to `limit` characters; line breaks kept, one empty line at most.

    Raises InvalidAnswerError.
    """
    trimmed = "\n".join(line.rstrip() for line in clean(text).split("\n"))
    cleaned = re.sub(r"\n{3,}", "\n\n", trimmed)
    if not cleaned:
        raise InvalidAnswerError(Fault.TEXT_EMPTY)
    if len(cleaned) > limit:
        raise InvalidAnswerError(Fault.TEXT_TOO_LONG)
    return cleaned
