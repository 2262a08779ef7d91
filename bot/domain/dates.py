"""Dates, years and periods as people type them in French; moments as clocks in Paris show them.

« 03/03/2026 », « 3.3.2026 », « 3 mars 2026 », « 1er septembre 2026 », « 03032026 », and the ISO
form that spreadsheets paste, 2026-03-03. A year of two digits is read where one century alone can
be meant, and never guessed: who was born in « 85 » was born in 1985, but an agent born in « 26 »
may be a hundred years old.

A period is two dates, both included, or a whole year: « du 01/09/2019 au 31/08/2021 »,
« 01/09/2019 - 31/08/2021 », « 2019 à 2021 », « septembre 2019 à août 2021 », « septembre à décembre
2019 », « 2020 ». A year or a month stands for all its days.

Moments carry UTC, days are those of Paris.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import one_line, plain_forms, without_accents

PARIS = ZoneInfo("Europe/Paris")


def in_paris(moment: datetime) -> datetime:
    """The same moment, as a clock in Paris shows it."""
    return moment.astimezone(PARIS)


def day_in_paris(moment: datetime) -> date:
    return in_paris(moment).date()


_YEARS: Final = range(1900, 2101)
EARLIEST_YEAR_CONCERNED: Final = 1950
"""The first year a request can be about: the CNRACL pays pensions since the end of 1947."""

_LONGEST_AHEAD: Final = 20
"""Years from now to the farthest date that a request is about: a retirement that is planned."""

_MONTHS: Final = (
    "janvier janv jan|fevrier fevr fev|mars mar|avril avr|mai|juin"
    "|juillet juil|aout|septembre sept sep|octobre oct|novembre nov|decembre dec"
)
_MONTH_NUMBERS: Final = {
    name: number
    for number, names in enumerate(_MONTHS.split("|"), start=1)
    for name in names.split()
}
_WEEKDAY: Final = r"(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche)"
_DATE_LEAD: Final = re.compile(rf"^(?:le |du )?(?:{_WEEKDAY},? )?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})(?: ?[/.\-] ?| )(\d{1,2})(?: ?[/.\-] ?| )(\d+)")
_SOLID: Final = re.compile(r"(\d\d)(\d\d)((?:19|20|21)\d\d)")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")
_IN_WORDS: Final = re.compile(r"(\d{1,2})(?: ?er)? ?([a-z]+)\.? ?(\d+)")


def _plain_words(text: str) -> str:
    """A date's text for matching: one line, ASCII digits, lower case, no accents."""
    return without_accents(plain_forms(one_line(text))).lower()


def _month_named(name: str) -> int | None:
    """1 to 12 for a month's name or usual abbreviation; None for another word."""
    return _MONTH_NUMBERS.get(name.rstrip("."))


def _date_parts(typed: str) -> tuple[str, int, str] | None:
    """Day, month and year as typed; the month as a number, possible or not."""
    if match := _YEAR_FIRST.fullmatch(typed):
        return match[3], int(match[2]), match[1]
    if match := _DAY_FIRST.fullmatch(typed) or _SOLID.fullmatch(typed):
        return match[1], int(match[2]), match[3]
    if (match := _IN_WORDS.fullmatch(typed)) and (month := _month_named(match[2])):
        return match[1], month, match[3]
    return None


def parse_date(text: str, plausible: range | None = None) -> date:
    """A date of the years 1900 to 2100; with two digits where one of the `plausible` years ends so.

    Raises InvalidAnswerError.
    """
    parts = _date_parts(_DATE_LEAD.sub("", _plain_words(text)).rstrip(" ."))
    if parts is None or len(parts[2]) not in (2, 4):
        raise InvalidAnswerError(Fault.DATE_FORM)
    day, month, year = int(parts[0]), parts[1], int(parts[2])
    if len(parts[2]) == 2:
        meant = [one for one in plausible or () if one % 100 == year]
        if len(meant) != 1:
            raise InvalidAnswerError(Fault.DATE_SHORT_YEAR)
        year = meant[0]
    if year not in _YEARS:
        raise InvalidAnswerError(Fault.DATE_YEAR_RANGE)
    if month not in range(1, 13) or day not in range(1, monthrange(year, month)[1] + 1):
        raise InvalidAnswerError(Fault.DATE_IMPOSSIBLE)
    return date(year, month, day)


def parse_event_date(text: str, today: date) -> date:
    """The date of what a request is about, past or planned. Raises InvalidAnswerError."""
    return parse_date(text, range(EARLIEST_YEAR_CONCERNED, today.year + _LONGEST_AHEAD + 1))


def parse_past_date(text: str, today: date, since: int = _YEARS.start) -> date:
    """A date no later than today: of a birth, of a death; `since` is the first plausible year.

    Raises InvalidAnswerError.
    """
    parsed = parse_date(text, range(since, today.year + 1))
    if parsed > today:
        raise InvalidAnswerError(Fault.DATE_FUTURE)
    return parsed


def parse_year(text: str, today: date) -> int:
    """A year of four digits, from 1950 to the one after today's. Raises InvalidAnswerError."""
    match = re.fullmatch(r"(?:en |l')?(?:annee |exercice )?(\d{4})", _plain_words(text))
    if match is None:
        raise InvalidAnswerError(Fault.YEAR_FORM)
    year = int(match[1])
    if not EARLIEST_YEAR_CONCERNED <= year <= today.year + 1:
        raise InvalidAnswerError(Fault.YEAR_RANGE)
    return year


def format_date(day: date) -> str:
    """As it is written in French: 03/03/2026."""
    return f"{day:%d/%m}/{day.year:04}"


_PERIOD_LEAD: Final = re.compile(
    r"^(?:(?:la )?periode )?(?:du |de |d'|entre |en |l'annee |annee )?"
)
_MONTH_WORD: Final = r"[a-z]{3,9}\.?"
_NUMERIC_DATE: Final = r"(?:\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{4}-\d{1,2}-\d{1,2})"
# From the surest sign that one side ends to the least sure.
_PERIOD_SPLITS: Final = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"(.+?),? (?:jusqu'au|jusqu'a|au|a|et(?: le)?) (.+)",
        r"(.+?) ?(?:->|=>|>|\u2192|;| [-/] ) ?(.+)",
        rf"({_NUMERIC_DATE})[ ,\-]+({_NUMERIC_DATE})",
        r"(\d{4}) ?[-/ ] ?(\d{4})",
        rf"({_MONTH_WORD}) ?[-/] ?({_MONTH_WORD}.+)",
    )
)
_WHOLE_YEAR: Final = re.compile(r"(?:annee )?(\d{4})")
_MONTH_OF_YEAR: Final = re.compile(rf"({_MONTH_WORD} ?|\d{{1,2}}[/.\-])(\d{{4}})")
_YEAR_AT_END: Final = re.compile(r"\d{4}$")
_MONTH_AND_YEAR_AT_END: Final = re.compile(
    rf"(?: ?{_MONTH_WORD} ?|[/.\- ]\d{{1,2}}[/.\- ])\d{{4}}$"
)


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    start: date
    end: date

    def __str__(self) -> str:
        year = self.start.year
        if (self.start, self.end) == (date(year, 1, 1), date(year, 12, 31)):
            return f"{year:04}"
        return f"du {format_date(self.start)} au {format_date(self.end)}"


def _year_or_month(typed: str) -> Period | None:
    if match := _WHOLE_YEAR.fullmatch(typed):
        year, first, last = int(match[1]), 1, 12
    elif match := _MONTH_OF_YEAR.fullmatch(typed):
        word = match[1].strip(" /.-")
        month = int(word) if word.isdecimal() else _month_named(word) or 0
        if month not in range(1, 13):
            return None
        year, first, last = int(match[2]), month, month
    else:
        return None
    if year not in _YEARS:
        raise InvalidAnswerError(Fault.DATE_YEAR_RANGE)
    return Period(date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def _period_side(typed: str) -> Period | None:
    """One side of a period: a year, a month or a day, as the days it covers.

    A date that is understood and wrong keeps its own fault; None is for what is no date.
    """
    if covered := _year_or_month(typed):
        return covered
    try:
        day = parse_date(typed)
    except InvalidAnswerError as error:
        if error.fault == Fault.DATE_FORM:
            return None
        raise
    return Period(day, day)


def _period_between(first: str, last: str) -> Period | None:
    """From the first day of one side to the last of the other, or None when one is no date.

    The first side may lack the year, or month and year, of the last: « septembre à décembre 2019 »,
    « du 1er au 15 mars 2020 ».
    """
    end = _period_side(last)
    if end is None:
        return None
    bare = re.sub(r"^(\d{1,2}) ?er$", r"\1", first)
    missing = (_YEAR_AT_END.search(last), _MONTH_AND_YEAR_AT_END.search(last))
    for candidate in (first, *(f"{bare} {part[0].strip()}" for part in missing if part)):
        if start := _period_side(candidate):
            return Period(start.start, end.end)
    return None


def parse_period(text: str) -> Period:
    """Two dates, months or years, or one month or year; one day alone is not a period.

    Raises InvalidAnswerError; a date that is wrong keeps its own fault.
    """
    typed = _PERIOD_LEAD.sub("", _plain_words(text)).rstrip(" .")
    period = _year_or_month(typed)
    for split in _PERIOD_SPLITS:
        if period is None and (match := split.fullmatch(typed)):
            period = _period_between(match[1], match[2])
    if period is None:
        raise InvalidAnswerError(Fault.PERIOD_FORM)
    if period.end < period.start:
        raise InvalidAnswerError(Fault.PERIOD_REVERSED)
    return period
