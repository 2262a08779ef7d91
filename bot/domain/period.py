"""A period: two dates, both included, or a whole year, in any usual French wording.

« du 01/09/2019 au 31/08/2021 », « 01/09/2019 - 31/08/2021 », « 2019 à 2021 », « septembre 2019 à
août 2021 », « septembre à décembre 2019 », « 2020 ». A year or a month stands for all its days.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.domain.dates import YEARS, DateFault, format_date, month_of, parse_date, plain_words
from bot.domain.errors import Fault, InvalidAnswerError

_LEAD: Final = re.compile(r"^(?:(?:la )?periode )?(?:du |de |d'|entre |en |l'annee |annee )?")
_MONTH: Final = r"[a-z]{3,9}\.?"
_NUMERIC_DATE: Final = r"(?:\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{4}-\d{1,2}-\d{1,2})"
# From the surest sign that one side ends to the least sure.
_SPLITS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(.+?),? (?:jusqu'au|jusqu'a|au|a|et(?: le)?) (.+)",
        r"(.+?) ?(?:->|=>|>|\u2192|;| [-/] ) ?(.+)",
        rf"({_NUMERIC_DATE})[ ,\-]+({_NUMERIC_DATE})",
        r"(\d{4}) ?[-/ ] ?(\d{4})",
        rf"({_MONTH}) ?[-/] ?({_MONTH}.+)",
    )
)
_YEAR: Final = re.compile(r"(?:annee )?(\d{4})")
_MONTH_OF_YEAR: Final = re.compile(rf"({_MONTH} ?|\d{{1,2}}[/.\-])(\d{{4}})")
_YEAR_AT_END: Final = re.compile(r"\d{4}$")
_MONTH_AND_YEAR_AT_END: Final = re.compile(rf"(?: ?{_MONTH} ?|[/.\- ]\d{{1,2}}[/.\- ])\d{{4}}$")


class PeriodFault(Fault):
    """Why a text is not a period; the date in it may have its own fault."""

    FORM = "period.form"
    REVERSED = "period.reversed"


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    start: date
    end: date

    @property
    def is_whole_year(self) -> bool:
        """Whether it is one year from its first day to its last."""
        return self == _whole_year(self.start.year)

    def __str__(self) -> str:
        if self.is_whole_year:
            return f"{self.start.year:04}"
        return f"du {format_date(self.start)} au {format_date(self.end)}"


def _whole_year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def _whole_month(year: int, month: int) -> Period:
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _checked_year(typed: str) -> int:
    if int(typed) not in YEARS:
        raise InvalidAnswerError(DateFault.YEAR_RANGE)
    return int(typed)


def _year_or_month(typed: str) -> Period | None:
    if match := _YEAR.fullmatch(typed):
        return _whole_year(_checked_year(match[1]))
    if match := _MONTH_OF_YEAR.fullmatch(typed):
        month = month_of(match[1].strip(" /.-"))
        return _whole_month(_checked_year(match[2]), month) if month else None
    return None


def _side(typed: str) -> Period | None:
    """One side of a period: a year, a month or a day, as the days it covers.

    A date that is understood and wrong keeps its own fault; None is for what is no date.
    """
    if covered := _year_or_month(typed):
        return covered
    try:
        day = parse_date(typed)
    except InvalidAnswerError as error:
        fault = DateFault(error.fault)
    else:
        return Period(day, day)
    if fault is DateFault.FORM:
        return None
    raise InvalidAnswerError(fault)


def _completed(first: str, last: str) -> list[str]:
    """The first side as it stands, then with the year, or month and year, of the last:
    « septembre à décembre 2019 », « du 1er au 15 mars 2020 »."""
    bare = re.sub(r"^(\d{1,2}) ?er$", r"\1", first)
    ends = (pattern.search(last) for pattern in (_YEAR_AT_END, _MONTH_AND_YEAR_AT_END))
    return [first, *(f"{bare} {end[0].strip()}" for end in ends if end)]


def _between(first: str, last: str) -> Period | None:
    """From the first day of one side to the last of the other, or None when one is no date."""
    end = _side(last)
    if end is None:
        return None
    for candidate in _completed(first, last):
        if start := _side(candidate):
            return Period(start.start, end.end)
    return None


def _read(typed: str) -> Period | None:
    if covered := _year_or_month(typed):
        return covered
    for split in _SPLITS:
        if (match := split.fullmatch(typed)) and (period := _between(match[1], match[2])):
            return period
    return None


def parse_period(text: str) -> Period:
    """Two dates, months or years, or one month or year; one day alone is not a period.

    Raises InvalidAnswerError with a PeriodFault, or the DateFault of the date that is wrong.
    """
    period = _read(_LEAD.sub("", plain_words(text)).rstrip(" ."))
    if period is None:
        raise InvalidAnswerError(PeriodFault.FORM)
    if period.end < period.start:
        raise InvalidAnswerError(PeriodFault.REVERSED)
    return period
