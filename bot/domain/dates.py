"""Dates and years as people type them in French, and what they mean.

« 03/03/2026 », « 3.3.2026 », « 3 mars 2026 », « 1er septembre 2026 », « 03032026 », and the ISO
form that spreadsheets paste, 2026-03-03. A year of two digits is read where one century alone can
be meant, and never guessed: who was born in « 85 » was born in 1985, but an agent born in « 26 »
may be a hundred years old.
"""

import re
from datetime import date
from typing import Final

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import one_line, plain_forms, without_accents

YEARS: Final = range(1900, 2101)
EARLIEST_YEAR_CONCERNED: Final = 1950
"""The first year a request can be about: the CNRACL pays pensions since the end of 1947."""

LONGEST_AHEAD: Final = 20
"""Years from now to the farthest date that a request is about: a retirement that is planned."""

_SHORT, _FULL = 2, 4  # digits of a year
_MONTHS: Final = (
    ("janvier", "janv", "jan"),
    ("fevrier", "fevr", "fev"),
    ("mars", "mar"),
    ("avril", "avr"),
    ("mai",),
    ("juin",),
    ("juillet", "juil"),
    ("aout",),
    ("septembre", "sept", "sep"),
    ("octobre", "oct"),
    ("novembre", "nov"),
    ("decembre", "dec"),
)
_MONTH_NUMBERS: Final = {
    name: number for number, names in enumerate(_MONTHS, start=1) for name in names
}
_WEEKDAY: Final = r"(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche)"
_LEAD: Final = re.compile(rf"^(?:le |du )?(?:{_WEEKDAY},? )?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})(?: ?[/.\-] ?| )(\d{1,2})(?: ?[/.\-] ?| )(\d+)")
_SOLID: Final = re.compile(r"(\d\d)(\d\d)((?:19|20|21)\d\d)")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")
_IN_WORDS: Final = re.compile(r"(\d{1,2})(?: ?er)? ?([a-z]+)\.? ?(\d+)")


class DateFault(Fault):
    """Why a text is not a date."""

    FORM = "date.form"
    SHORT_YEAR = "date.short_year"
    IMPOSSIBLE = "date.impossible"
    YEAR_RANGE = "date.year_range"
    FUTURE = "date.future"


class YearFault(Fault):
    """Why a text is not a year."""

    FORM = "year.form"
    RANGE = "year.range"


def plain_words(text: str) -> str:
    """A date's text for matching: one line, ASCII digits, lower case, no accents."""
    return without_accents(plain_forms(one_line(text))).lower()


def month_number(name: str) -> int | None:
    """1 to 12 for a month's name or usual abbreviation, without accents; None for another word."""
    return _MONTH_NUMBERS.get(name.rstrip("."))


def month_of(typed: str) -> int | None:
    """1 to 12 for a month in digits or letters, or None."""
    if not typed.isdecimal():
        return month_number(typed)
    return int(typed) if re.fullmatch(r"0?[1-9]|1[0-2]", typed) else None


def _parts(typed: str) -> tuple[str, int, str] | None:
    """Day, month and year as typed; the month as a number, possible or not."""
    if match := _YEAR_FIRST.fullmatch(typed):
        return match[3], int(match[2]), match[1]
    if match := _DAY_FIRST.fullmatch(typed) or _SOLID.fullmatch(typed):
        return match[1], int(match[2]), match[3]
    if match := _IN_WORDS.fullmatch(typed):
        month = month_number(match[2])
        return (match[1], month, match[3]) if month else None
    return None


def _is_on_calendar(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def parse_date(text: str, plausible: range | None = None) -> date:
    """A date of the years 1900 to 2100; with two digits where one of the `plausible` years ends so.

    Raises InvalidAnswerError with a DateFault.
    """
    parts = _parts(_LEAD.sub("", plain_words(text)).rstrip(" ."))
    if parts is None or len(parts[2]) not in (_SHORT, _FULL):
        raise InvalidAnswerError(DateFault.FORM)
    day, month, year = int(parts[0]), parts[1], _whole_year(parts[2], plausible)
    if year not in YEARS:
        raise InvalidAnswerError(DateFault.YEAR_RANGE)
    if not _is_on_calendar(year, month, day):
        raise InvalidAnswerError(DateFault.IMPOSSIBLE)
    return date(year, month, day)


def _whole_year(typed: str, plausible: range | None) -> int:
    """The year; of two digits the one that can be meant. Raises where both centuries can be."""
    if len(typed) == _FULL:
        return int(typed)
    meant = [year for year in plausible or () if year % 100 == int(typed)]
    if len(meant) != 1:
        raise InvalidAnswerError(DateFault.SHORT_YEAR)
    return meant[0]


def parse_event_date(text: str, today: date) -> date:
    """The date of what a request is about, past or planned.

    Raises InvalidAnswerError with a DateFault.
    """
    return parse_date(text, range(EARLIEST_YEAR_CONCERNED, today.year + LONGEST_AHEAD + 1))


def parse_past_date(text: str, today: date, since: int = YEARS.start) -> date:
    """A date no later than today: of a birth, of a death; `since` is the first plausible year.

    Raises InvalidAnswerError with a DateFault.
    """
    parsed = parse_date(text, range(since, today.year + 1))
    if parsed > today:
        raise InvalidAnswerError(DateFault.FUTURE)
    return parsed


def parse_year(text: str, today: date) -> int:
    """A year of four digits, from 1950 to the one after today's.

    Raises InvalidAnswerError with a YearFault.
    """
    match = re.fullmatch(r"(?:en |l')?(?:annee |exercice )?(\d{4})", plain_words(text))
    if match is None:
        raise InvalidAnswerError(YearFault.FORM)
    year = int(match[1])
    if not EARLIEST_YEAR_CONCERNED <= year <= today.year + 1:
        raise InvalidAnswerError(YearFault.RANGE)
    return year


def format_date(day: date) -> str:
    """As it is written in French: 03/03/2026."""
    return f"{day:%d/%m}/{day.year:04}"
