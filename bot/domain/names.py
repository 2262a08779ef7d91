"""Names: of a person (birth name, first name) and of an employer.

A person's name is letters of any script, with what the « état civil » writes between them: space,
hyphen, apostrophe, the dot of an abbreviation (« St. »), the Catalan middle dot (« Gal·la »).
Source: instruction générale relative à l'état civil; foreign names come as their papers have them.
"""

import re
import unicodedata
from typing import Final

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import fold_apostrophes, one_line

NAME_LIMIT: Final = 80
EMPLOYER_NAME_LIMITS: Final = (2, 120)

_HYPHENS: Final = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_BETWEEN_LETTERS: Final = frozenset(" -'.\u00b7")
# No script stacks more; a longer pile is drawn over the lines around it.
_MARKS_AT_MOST: Final = 4
_SYMBOLS_OF_EMPLOYERS: Final = frozenset("°+€|")


class NameFault(Fault):
    """Why a text is not a person's name."""

    EMPTY = "name.empty"
    DIGITS = "name.digits"
    CHARACTERS = "name.characters"
    TOO_LONG = "name.too_long"


class EmployerNameFault(Fault):
    """Why a text is not an employer's name."""

    TOO_SHORT = "employer_name.too_short"
    TOO_LONG = "employer_name.too_long"
    QUESTION = "employer_name.question"
    CHARACTERS = "employer_name.characters"


def _kind(character: str) -> str:
    """The first letter of its Unicode category: L letter, M mark, N number, P punctuation…"""
    return unicodedata.category(character)[0]


def _is_name_character(character: str) -> bool:
    return _kind(character) in "LM" or character in _BETWEEN_LETTERS


def _has_pile_of_marks(text: str) -> bool:
    """Whether a mark stands alone at the start, or too many on one letter."""
    kinds = "".join(map(_kind, text))
    return kinds.startswith("M") or "M" * (_MARKS_AT_MOST + 1) in kinds


def _has_letter(text: str) -> bool:
    return any(_kind(character) == "L" for character in text)


def parse_name(text: str) -> str:
    """A person's name of 1 to 80 characters, in NFC, apostrophes and hyphens straightened.

    Case is kept: only its bearer knows how « de La Tour » is written.
    Raises InvalidAnswerError with a NameFault.
    """
    name = _HYPHENS.sub("-", fold_apostrophes(one_line(text)))
    if not name:
        raise InvalidAnswerError(NameFault.EMPTY)
    if any(character.isdigit() for character in name):
        raise InvalidAnswerError(NameFault.DIGITS)
    if not all(map(_is_name_character, name)) or not _has_letter(name) or _has_pile_of_marks(name):
        raise InvalidAnswerError(NameFault.CHARACTERS)
    if len(name) > NAME_LIMIT:
        raise InvalidAnswerError(NameFault.TOO_LONG)
    return name


def _is_employer_character(character: str) -> bool:
    return _kind(character) in "LMNPZ" or character in _SYMBOLS_OF_EMPLOYERS


def parse_employer_name(text: str) -> str:
    """An employer's name of 2 to 120 characters: letters, and digits and punctuation with them.

    A question mark is refused: no employer has one, and a question wants its answer instead.
    Raises InvalidAnswerError with an EmployerNameFault.
    """
    name = fold_apostrophes(one_line(text))
    shortest, longest = EMPLOYER_NAME_LIMITS
    if len(name) < shortest:
        raise InvalidAnswerError(EmployerNameFault.TOO_SHORT)
    if len(name) > longest:
        raise InvalidAnswerError(EmployerNameFault.TOO_LONG)
    if re.search("[?\u00bf\u037e\u061f\uff1f]", name):
        raise InvalidAnswerError(EmployerNameFault.QUESTION)
    if not all(map(_is_employer_character, name)) or not _has_letter(name):
        raise InvalidAnswerError(EmployerNameFault.CHARACTERS)
    return name
