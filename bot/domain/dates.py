"""Dates and years as people write them in French; moments as clocks in Paris show them.

They are made of parts of the calendar (`bot.domain.calendar_parts`); the words around them are set
aside or make them unsure (`bot.domain.values`). What a part leaves unsaid is never guessed: two
digits are a year where one century alone is possible (who was born in « 85 » was born in 1985, but
an agent born in « 26 » may be a hundred years old); where two days are possible, both are named.

Moments carry UTC, days are those of Paris.
"""

import re
from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime
from enum import Enum, auto
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.calendar_parts import WEEKDAYS, Part, calendar_parts
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import one_line
from bot.domain.values import Candidate, Understood, folded, settle

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


def format_date(day: date) -> str:
    """As it is written in French: 03/03/2026."""
    return f"{day:%d/%m}/{day.year:04}"


_MONTH_NAMES: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
    *("septembre", "octobre", "novembre", "décembre"),
)


def spell_date(day: date) -> str:
    """As it is read back: « lundi 4 janvier 2027 »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{WEEKDAYS[day.weekday()]} {number} {_MONTH_NAMES[day.month - 1]} {day.year}"


def years_meant(typed: str, plausible: range) -> tuple[int, ...]:
    """The years that four digits are, or that two may be."""
    if len(typed) == 2:
        return tuple(year for year in plausible if year % 100 == int(typed))
    return (int(typed),) if typed else ()


def day_of(year: int, month: int, day: int) -> date:
    """Raises InvalidAnswerError."""
    if year not in _YEARS:
        raise InvalidAnswerError(Fault.DATE_YEAR_RANGE)
    if month not in range(1, 13) or day not in range(1, monthrange(year, month)[1] + 1):
        raise InvalidAnswerError(Fault.DATE_IMPOSSIBLE)
    return date(year, month, day)


SHIFT_BEFORE: Final = re.compile(
    r"(?<![a-z])(?<!d')(?:avant|apres|vers|debut|mi|fin|courant|scolaire"
    r"|ete|automne|hiver|printemps|rentree|noel|semaine)"
    r"(?:[ -](?:du|de|la|le|mois))*+(?:[ -]| d')\Z"
)
"""Words that move a date to another one: « avant le 3 mars 2026 » names no day."""


class _Unsaid(Enum):
    """Which day « 3 mars » may be."""

    BOTH = auto()  # the last one, or the next
    NEXT = auto()
    CLOSEST = auto()


def _read_day(
    text: str, plausible: range, today: date | None = None, unsaid: _Unsaid | None = None
) -> Understood[date]:
    """The day that is meant; years of two digits are among the `plausible` ones.

    `unsaid`: without it a day needs its year.

    Raises InvalidAnswerError.
    """
    line = one_line(text)
    words = folded(line)
    places, fault = [], Fault.DATE_FORM
    is_ahead = unsaid in (_Unsaid.NEXT, _Unsaid.CLOSEST)
    for part in _with_shared_month(calendar_parts(words, today, weekdays=is_ahead), words):
        is_day_of_month = is_ahead and part.is_bare_number and _ONLY_DAY.fullmatch(words)
        is_month = part.months is not None and part.day is None
        if today and unsaid and is_month and _END_BEFORE.search(words, 0, part.start):
            ends = _month_ends(part, plausible, today, unsaid)
            raise InvalidAnswerError(fault, tuple(map(format_date, ends)))
        if part.day is None or not (part.months or is_day_of_month):
            continue
        years = years_meant(part.year, plausible)
        days = tuple(day_of(year, part.months[0], part.day) for year in years if part.months)
        if len(days) != 1:
            fault = Fault.DATE_SHORT_YEAR
        if today and unsaid and not part.year:
            nearest = nearest_days(part.months and part.months[0], part.day, today)
            is_asked = part.months is None and unsaid is _Unsaid.CLOSEST
            days = nearest if is_asked else _meant(nearest, today, unsaid)
        if SHIFT_BEFORE.search(words, 0, part.start):
            raise InvalidAnswerError(fault)
        places.append(Candidate(part.start, part.end, days))
    return settle(line, places, fault, write=format_date)


_ONLY_DAY: Final = re.compile(r"(?:(?:a compter|a partir|depuis|des) )?(?:le|du|au) \d{1,2}\.?")
_END_BEFORE: Final = re.compile(r"(?<![a-z])fin (?:de |du mois de |d')?\Z")


def _month_ends(part: Part, plausible: range, today: date, unsaid: _Unsaid) -> tuple[date, ...]:
    """« fin décembre »: no day is said, its last one is asked back."""
    assert part.months is not None  # the caller has a month
    month = part.months[1]
    if part.year:
        return tuple(last_day(day_of(year, month, 1)) for year in years_meant(part.year, plausible))
    return tuple(map(last_day, _meant(nearest_days(month, 1, today), today, unsaid)))


def last_day(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _meant(days: tuple[date, ...], today: date, unsaid: _Unsaid) -> tuple[date, ...]:
    """Of the last such day before today and the next one, those that may be meant."""
    if unsaid is _Unsaid.CLOSEST:
        return tuple(sorted(days, key=lambda day: abs(day - today)))[:1]
    return days[-1:] if unsaid is _Unsaid.NEXT else days


def _with_shared_month(parts: list[Part], words: str) -> list[Part]:
    """« 12 ou 15 mars 2026 »: the first day has the month and the year of the second."""
    shared = parts[-1:]
    for before in reversed(parts[:-1]):
        part, after = before, shared[0]
        is_list = re.fullmatch(r" ?(?:ou|et|au|a|/|-) ?(?:le |du )?", words[part.end : after.start])
        if is_list and part.day is not None and after.day is not None:
            part = replace(part, months=part.months or after.months, year=part.year or after.year)
        shared.insert(0, part)
    return shared


_PLAIN_DAY: Final = re.compile(r"(?P<day>[0-9]{2})/(?P<month>[0-9]{2})/(?P<year>[0-9]{4})")
"""As most of the cells of a file hold it; nothing has to be found there."""


def parse_date(text: str, plausible: range = range(0)) -> date:
    """A date of 1900 to 2100 and no words beside it: in a cell, in a store.

    Years of two digits are among the `plausible` ones. Raises InvalidAnswerError.
    """
    plain = _PLAIN_DAY.fullmatch(text)
    if plain:
        return day_of(int(plain["year"]), int(plain["month"]), int(plain["day"]))
    reading = _read_day(text, plausible)
    if reading.aside:
        raise InvalidAnswerError(Fault.DATE_FORM)
    return reading.value


def read_event_date(text: str, today: date) -> Understood[date]:
    """The date of what a request is about, past or planned; without its year the nearest two.

    Raises InvalidAnswerError.
    """
    return _read_day(text, years_concerned(today), today, _Unsaid.BOTH)


def read_coming_date(text: str, today: date) -> Understood[date]:
    """A date to come: without its year, the next one. Raises InvalidAnswerError."""
    return _read_day(text, years_ahead(today), today, _Unsaid.NEXT)


def read_near_date(text: str, today: date) -> Understood[date]:
    """A date around today, as of a departure: without its year the nearest one.

    Raises InvalidAnswerError.
    """
    return _read_day(text, years_ahead(today), today, _Unsaid.CLOSEST)


def read_past_date(text: str, today: date, since: int = _YEARS.start) -> Understood[date]:
    """A date no later than today: of a birth, of a death; `since` is the first plausible year.

    Raises InvalidAnswerError.
    """
    reading = _read_day(text, range(since, today.year + 1))
    if reading.value > today:
        raise InvalidAnswerError(Fault.DATE_FUTURE)
    return reading


def years_concerned(today: date) -> range:
    return range(EARLIEST_YEAR_CONCERNED, today.year + _LONGEST_AHEAD + 1)


def years_ahead(today: date) -> range:
    return range(today.year - 1, today.year + _LONGEST_AHEAD + 1)


def nearest_days(month: int | None, day: int, today: date) -> tuple[date, ...]:
    """The last such day before today, and the next one from today on, of any month without one."""
    years = range(today.year - 4, today.year + 5)  # 29 February
    months = range(1, 13) if month is None else (month,)
    days = [date(y, m, day) for y in years for m in months if _exists(y, m, day)]
    return (*[one for one in days if one < today][-1:], *[one for one in days if one >= today][:1])


def _exists(year: int, month: int, day: int) -> bool:
    return month in range(1, 13) and day in range(1, monthrange(year, month)[1] + 1)


_NEAR_YEARS: Final = (
    (re.compile(r"(?:l'an(?:nee)?|exercice) (?:derniere?|passee?|precedente?)"), -1),
    (re.compile(r"cette annee|(?:l'annee|exercice) en cours"), 0),
    (re.compile(r"l'an(?:nee)? prochaine?"), 1),
)


def read_year(text: str, today: date) -> Understood[int]:
    """A year from 1950 to the one after today's. Raises InvalidAnswerError."""
    line = one_line(text)
    words = folded(line)
    concerned = range(EARLIEST_YEAR_CONCERNED, today.year + 2)
    places = [
        Candidate(*match.span(), (today.year + distance,))
        for name, distance in _NEAR_YEARS
        for match in name.finditer(words)
    ]
    fault = Fault.YEAR_FORM
    for one in calendar_parts(words):
        is_short = one.is_bare_number and one.end - one.start == 2
        part = one.as_year() if is_short else one
        if part.is_year:
            years = tuple(year for year in years_meant(part.year, concerned) if year in concerned)
            fault = fault if years or len(part.year) == 2 else Fault.YEAR_RANGE
            places += [Candidate(part.start, part.end, years)] if years else []
    return settle(line, places, fault)
