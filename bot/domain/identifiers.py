"""NIR and SIRET: the numbers of a person and of an employer's establishment.

The NIR (numéro d'inscription au répertoire) has 13 characters and a key of two digits:

    2  85  06  2A  004  123  44
    |  |   |   |   |    |    +-- key: 97 less the rest of the 13 others by 97
    |  |   |   |   |    +------- order of the birth in its place and month
    |  |   |   |   +------------ commune, or country when born abroad
    |  |   |   +---------------- department; 2A, 2B in Corsica; 97x, 98x overseas; 99 abroad
    |  |   +-------------------- month; 20 to 42 and 50 to 99 stand for an unknown one
    |  +------------------------ year
    +--------------------------- sex: 1, 2; 3, 4 while identity is checked; 7, 8 provisional

Sources: décret n° 82-103 du 22 janvier 1982 (art. 4), Insee « Numéro d'inscription au répertoire »
(definition c1409), service-public.fr F33078. python-stdnum 2.2 computes the key; it lets through
sex 0, 5, 6, 9, impossible months, commune and order 000, the all-zero number and the specimen, and
refuses dashes and the 13 characters alone. Hence the rules here, in front of it.

The SIRET has 14 digits: nine for the employer (SIREN) and five for the establishment. They agree by
the formula of Luhn, except at La Poste (SIREN 356 000 000), whose establishments have a sum of
digits that is a multiple of five; its head office follows the common rule. Source: Insee, Système
national d'identification des entreprises et de leurs établissements; both rules are
python-stdnum's, which also refuses a wrong SIREN.

A number that passes is *well formed*: whether it was given to anybody, only its register knows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from stdnum.fr import nir as stdnum_nir
from stdnum.fr import siret as stdnum_siret

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import compact, one_line, plain_forms
from bot.domain.values import Candidate, Understood, settle

NIR_LENGTH: Final = 13
NIR_LENGTH_WITH_KEY: Final = 15
# The number printed on specimens of the carte Vitale: well formed, and nobody's.
_NIR_SPECIMEN: Final = "2690549588157"

_SHAPE: Final = re.compile(r"\d{5}(?:\d\d|2[AB])\d{6}(?:\d\d)?", re.ASCII)
_NIR_WORDS: Final = re.compile(
    r"(?<![^\W\d_])(?:cl[eé]f?|key|nir|num(?:[eé]ro)?|n[°o]?"
    r"|s[eé]cu(?:rit[eé] sociale)?|avec|l[ea]?|sa|est|et)(?![^\W\d_])|[()\[\]:=,;]",
    re.IGNORECASE,
)
"""Words and signs that may stand before a number or before its key."""
_KEY_FIRST: Final = re.compile(
    r"\W{0,3}(?:[ls]a )?cl[eé]f?(?: c'est)?\W{0,3}(\d\d)(?!\d)(\D{1,20}\d.*)", re.IGNORECASE
)
_KEY_BESIDE: Final = re.compile(r"\D{0,20}?cl[eé]f?\W{0,3}\d\d(?!\d)", re.IGNORECASE)
_ROUNDED: Final = re.compile(r"\d[.,]?\d{0,15} ?e ?\+ ?\d", re.IGNORECASE)
_SEXES: Final = frozenset("123478")
_MONTHS: Final = frozenset((*range(1, 13), *range(20, 43), *range(50, 100)))


@dataclass(frozen=True, slots=True, repr=False)
class Nir:
    """A well-formed NIR; shown masked wherever it is not asked for by name."""

    number: str
    """13 characters, upper case."""
    key: str | None = None
    """Two digits, which agree with the number; None when not given: a slip is then not seen."""

    @property
    def masked(self) -> str:
        """Sex, year and month only: `2 85 06 •• ••• ••• ••`."""
        hidden = " ••" if self.key else ""
        return f"{self.number[0]} {self.number[1:3]} {self.number[3:5]} •• ••• •••{hidden}"

    def __repr__(self) -> str:
        return f"Nir({self.masked})"

    def __str__(self) -> str:
        return self.masked

    @property
    def compact(self) -> str:
        """All that was given, 13 or 15 characters: personal data, to be encrypted."""
        return self.number + (self.key or "")

    @property
    def is_waiting(self) -> bool:
        """A « numéro identifiant d'attente » (3 or 4): the identity is being certified."""
        return self.number[0] in "34"

    @property
    def is_provisional(self) -> bool:
        """A « numéro national provisoire » (7 or 8): another number will replace it."""
        return self.number[0] in "78"

    def with_key(self, text: str) -> "Nir":
        """The same number with its key, typed alone or after the 13 characters.

        Raises InvalidAnswerError, fault `nir.key`.
        """
        typed = compact(text)
        key = typed[NIR_LENGTH:] if typed.startswith(self.number) else typed
        if key != expected_nir_key(self.number):
            raise InvalidAnswerError(Fault.NIR_KEY)
        return Nir(self.number, key)

    def contradicts(self, born: date) -> bool:
        """Whether a birth date has another year, or another month where the NIR has one.

        A reason to ask again, never to refuse: dates of birth are corrected, NIR are not always.
        """
        if int(self.number[1:3]) != born.year % 100:
            return True
        month = int(self.number[3:5])
        return month <= 12 and month != born.month


def expected_nir_key(number: str) -> str:
    """The key of 13 well-formed characters (Corsica: 2A counts as 19, 2B as 18)."""
    return stdnum_nir.calc_check_digits(number)


def nir_faults(number: str) -> Iterator[Fault]:
    """What is wrong with 13 characters of the right shape, in reading order, key aside."""
    if number[0] not in _SEXES:
        yield Fault.NIR_SEX
    if int(number[3:5]) not in _MONTHS:
        yield Fault.NIR_MONTH
    if number[5:7] == "00":
        yield Fault.NIR_DEPARTMENT
    # Overseas (97x, 98x) the department takes three digits and leaves two for the commune.
    if not number[8 if number[5:7] in ("97", "98") else 7 : 10].strip("0"):
        yield Fault.NIR_COMMUNE
    if number[10:13] == "000":
        yield Fault.NIR_ORDER


def end_with_key(line: str, end: int) -> int:
    """Where a NIR ends that ends there, or behind its key where that is named: « et la clé 62 »."""
    beside = _KEY_BESIDE.match(line, end)
    return beside.end() if beside else end


def refuse_rounded(text: str) -> None:
    """Raises InvalidAnswerError for « 2,85E+14 »: a spreadsheet has shortened a long number."""
    if _ROUNDED.search(text):
        raise InvalidAnswerError(Fault.NUMBER_ROUNDED)


def has_nir_shape(characters: str) -> bool:
    """13 or 15 characters, digits but for 2A and 2B in the department's place."""
    return _SHAPE.fullmatch(characters) is not None


def parse_nir(text: str) -> Nir:
    """A NIR of 13 or 15 characters, whatever stands between its groups, its key first or last.

    Words that name a part (« clé 62 ») are left out. A letter O for a zero is refused, not guessed:
    a guess would change somebody's number.
    Raises InvalidAnswerError, which never repeats the number.
    """
    refuse_rounded(text)
    line = plain_forms(one_line(text))
    if key_first := _KEY_FIRST.fullmatch(line):
        line = f"{key_first[2]} {key_first[1]}"
    typed = compact(_NIR_WORDS.sub(" ", line))
    if re.sub(r"[0-9]", "", typed) not in ("", "A", "B"):
        raise InvalidAnswerError(Fault.NIR_CHARACTERS)
    if len(typed) not in (NIR_LENGTH, NIR_LENGTH_WITH_KEY):
        raise InvalidAnswerError(Fault.NIR_LENGTH)
    if not has_nir_shape(typed):
        raise InvalidAnswerError(Fault.NIR_CHARACTERS)
    number, key = typed[:NIR_LENGTH], typed[NIR_LENGTH:]
    for fault in nir_faults(number):
        raise InvalidAnswerError(fault)
    if number == _NIR_SPECIMEN:
        raise InvalidAnswerError(Fault.NIR_SPECIMEN)
    return Nir(number).with_key(key) if key else Nir(number)


SIRET_LENGTH: Final = 14


FOURTEEN_DIGITS: Final = re.compile(r"(?<!\d)\d(?:[\s.\-/]?\d){13}(?!\d)", re.ASCII)


def parse_siret(text: str) -> str:
    """The 14 digits of a SIRET, whatever stands between its groups. Raises InvalidAnswerError."""
    typed = compact(text)
    if not re.fullmatch(r"[0-9]*", typed):
        raise InvalidAnswerError(Fault.SIRET_CHARACTERS)
    if len(typed) != SIRET_LENGTH:
        raise InvalidAnswerError(Fault.SIRET_LENGTH)
    # Fourteen zeros satisfy every formula.
    if not stdnum_siret.is_valid(typed) or not typed.strip("0"):
        raise InvalidAnswerError(Fault.SIRET_KEY)
    return typed


def read_siret(text: str) -> Understood[str]:
    """A SIRET alone or among words; its digits agree, so that other numbers may stand beside.

    Raises InvalidAnswerError.
    """
    refuse_rounded(text)
    line = plain_forms(one_line(text))
    places = [
        Candidate(*match.span(), (parse_siret(match[0]),))
        for match in FOURTEEN_DIGITS.finditer(line)
    ]
    if not places:
        return Understood(parse_siret(line))
    return settle(line, places, Fault.SIRET_CHARACTERS, write=format_siret, numbers_beside=True)


def format_siret(siret: str) -> str:
    """As it is printed: `217 500 016 00019`."""
    return str(stdnum_siret.format(siret))
