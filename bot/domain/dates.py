"""Dates, years and periods as people write them in French; moments as clocks in Paris show them.

They are made of parts of the calendar (`bot.domain.calendar_parts`); the words around them are set
aside or make them unsure (`bot.domain.values`). What a part leaves unsaid is never guessed: two
digits are a year where one century alone is possible (who was born in « 85 » was born in 1985, but
an agent born in « 26 » may be a hundred years old); where two days are possible, both are named.

A period is two days, both included: « du 01/09/2019 au 31/08/2021 », « 2019 à 2021 », « de janvier
à juin 87 », « 1er trimestre 2020 », « 2020 ». A year or a month stands for all its days.

Moments carry UTC, days are those of Paris.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.calendar_parts import Part, calendar_parts
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


def _years(typed: str, plausible: range) -> tuple[int, ...]:
    """The years that four digits are, or that two may be."""
    if len(typed) == 2:
        return tuple(year for year in plausible if year % 100 == int(typed))
    return (int(typed),) if typed else ()


def _day(year: int, month: int, day: int) -> date:
    """Raises InvalidAnswerError."""
    if year not in _YEARS:
        raise InvalidAnswerError(Fault.DATE_YEAR_RANGE)
    if month not in range(1, 13) or day not in range(1, monthrange(year, month)[1] + 1):
        raise InvalidAnswerError(Fault.DATE_IMPOSSIBLE)
    return date(year, month, day)


_SHIFT_BEFORE: Final = re.compile(
    r"(?<![a-z])(?<!d')(?:avant|apres|vers|debut|mi|fin|courant|scolaire"
    r"|ete|automne|hiver|printemps|rentree|noel|semaine)"
    r"(?:[ -](?:du|de|la|le|mois))*+(?:[ -]| d')\Z"
)
"""Words that move a date to another one: « avant le 3 mars 2026 » names no day."""


def _read_day(
    text: str, plausible: range, today: date | None = None, *, unsaid: int = 0
) -> Understood[date]:
    """The day that is meant; years of two digits are among the `plausible` ones.

    `unsaid`: what « 3 mars » may be: 0 nothing, 1 the next such day, 2 also the one before today.

    Raises InvalidAnswerError.
    """
    line = one_line(text)
    words = folded(line)
    places, fault = [], Fault.DATE_FORM
    for part in _with_shared_month(calendar_parts(words, today), words):
        if part.months is None or part.day is None:
            continue
        month, day, years = part.months[0], part.day, _years(part.year, plausible)
        days = tuple(_day(year, month, day) for year in years)
        if len(days) != 1:
            fault = Fault.DATE_SHORT_YEAR
        if today and not part.year and unsaid:
            days = _nearest(month, day, today)[-unsaid:]
        if _SHIFT_BEFORE.search(words, 0, part.start):
            raise InvalidAnswerError(fault)
        places.append(Candidate(part.start, part.end, days))
    return settle(line, places, fault, write=format_date)


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
        return _day(int(plain["year"]), int(plain["month"]), int(plain["day"]))
    reading = _read_day(text, plausible)
    if reading.aside:
        raise InvalidAnswerError(Fault.DATE_FORM)
    return reading.value


def read_event_date(text: str, today: date) -> Understood[date]:
    """The date of what a request is about, past or planned; without its year the nearest two.

    Raises InvalidAnswerError.
    """
    return _read_day(text, _years_concerned(today), today, unsaid=2)


def read_coming_date(text: str, today: date) -> Understood[date]:
    """A date to come: without its year, the next one. Raises InvalidAnswerError."""
    years = range(today.year - 1, today.year + _LONGEST_AHEAD + 1)
    return _read_day(text, years, today, unsaid=1)


def read_past_date(text: str, today: date, since: int = _YEARS.start) -> Understood[date]:
    """A date no later than today: of a birth, of a death; `since` is the first plausible year.

    Raises InvalidAnswerError.
    """
    reading = _read_day(text, range(since, today.year + 1))
    if reading.value > today:
        raise InvalidAnswerError(Fault.DATE_FUTURE)
    return reading


def _years_concerned(today: date) -> range:
    return range(EARLIEST_YEAR_CONCERNED, today.year + _LONGEST_AHEAD + 1)


def _nearest(month: int, day: int, today: date) -> tuple[date, ...]:
    """The last such day before today, and the next one from today on."""
    years = range(today.year - 4, today.year + 5)  # 29 February
    days = [date(y, month, day) for y in years if _exists(y, month, day)]
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
            years = tuple(year for year in _years(part.year, concerned) if year in concerned)
            fault = fault if years or len(part.year) == 2 else Fault.YEAR_RANGE
            places += [Candidate(part.start, part.end, years)] if years else []
    return settle(line, places, fault)


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


_LINK: Final = re.compile(
    r"[ ,]*(?:inclus |compris )?(?P<sign>jusqu'(?:au?|en)|au?|et|ou|->|=>|>|\u2192|;|-|/|) ?"
    r"(?:(?:le|la|en|du|fin|de|d'|l'annee|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche) ?){0,3}"
)
_OPEN: Final = re.compile(r"(?<![a-z])(?:jusqu'|(?:depuis|partir|compter|des)(?![a-z]))")
_BEGINNING: Final = re.compile(r"(?<![a-z])debut(?: de| du mois de)?(?: | d')\Z")


def read_absence(text: str, today: date) -> Understood[Period]:
    """One day, or the first and the last of an absence that is not over; years may be unsaid.

    Raises InvalidAnswerError.
    """
    if len(calendar_parts(folded(one_line(text)), today)) != 1:
        return read_period(text, today, is_absence=True)
    day = read_coming_date(text, today)
    return Understood(Period(day.value, day.value), day.aside)


def read_period(text: str, today: date, *, is_absence: bool = False) -> Understood[Period]:
    """Two days, months or years, or one month or year; one day alone is no period.

    Raises InvalidAnswerError; a date that is wrong keeps its own fault.
    """
    line = one_line(text)
    words = folded(line)
    years = _years_concerned(today)
    parts = calendar_parts(words, today)
    parts = [one.as_year() if one.is_bare_number and (one.day or 0) > 31 else one for one in parts]
    if len(parts) not in (1, 2):
        raise InvalidAnswerError(Fault.PERIOD_FORM)
    start, end = parts[0].start, parts[-1].end
    if len(parts) == 2:
        if is_absence:
            parts = _not_over(parts[0], parts[1], today)
        readings = _between(parts[0], parts[1], words, years)
        beginning = _BEGINNING.search(words, 0, start)
        start = beginning.start() if beginning else start
        is_open = False
    else:
        readings = (_covered(parts[0], years),)
        is_open = parts[0].day is not None or _OPEN.search(words) is not None
    if is_open or _SHIFT_BEFORE.search(words, 0, start):
        raise InvalidAnswerError(Fault.PERIOD_FORM)
    return settle(line, [Candidate(start, end, readings)], Fault.PERIOD_FORM)


def _not_over(start: Part, end: Part, today: date) -> list[Part]:
    """« du 20 décembre au 3 janvier »: the last day is the next such day."""
    months = start.months or end.months
    if end.year or start.year or not (months and end.months and start.day and end.day):
        return [start, end]
    if not (nearest := _nearest(end.months[0], end.day, today)):  # 31 February
        raise InvalidAnswerError(Fault.DATE_IMPOSSIBLE)
    last = nearest[-1]
    first = last.year - ((months[0], start.day) > (last.month, last.day))
    return [replace(start, year=f"{first:04}"), replace(end, year=f"{last.year:04}")]


def _covered(part: Part, plausible: range) -> Period:
    """All the days of a part. Raises InvalidAnswerError."""
    if not part.year or part.is_bare_number:
        raise InvalidAnswerError(Fault.PERIOD_FORM)
    years = _years(part.year, plausible)
    if len(years) != 1:
        raise InvalidAnswerError(Fault.DATE_SHORT_YEAR)
    first, last = part.months or (1, 12)
    start = _day(years[0], first, part.day or 1)
    return Period(start, start if part.day else _last_day(start.replace(month=last)))


def _last_day(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _between(start: Part, end: Part, words: str, plausible: range) -> tuple[Period, ...]:
    """The periods that two parts may be, from the first day of one to the last of the other.

    The first may lack the year, or month and year, of the last. Raises InvalidAnswerError.
    """
    link = _LINK.fullmatch(words, start.end, end.start)
    if link is None or (start.is_bare_number and not (end.is_year or end.day)):
        raise InvalidAnswerError(Fault.PERIOD_FORM)
    readings: list[Period] = []
    if start.is_year and end.is_bare_number:  # « 2019-20 », « 2011-12 »
        if link["sign"] in ("-", "/") and 1 <= (end.day or 0) <= 12:
            readings.append(_covered(replace(start, months=(end.day or 1,) * 2), plausible))
        end = end.as_year()
    last = _covered(end, plausible)
    whole = replace(start, year=start.year or end.year, months=start.months or end.months)
    first = _covered(whole if not start.is_year else start, plausible)
    span = Period(first.start, last.end)
    if link["sign"] == "ou":
        readings += [first, last]
    elif span.start <= span.end:
        readings.append(span)
        is_list = link["sign"] == "et" and "entre" not in words[: start.start]
        if is_list and (last.start - first.end).days != 1:
            readings += [first, last]
    elif not start.year:  # « novembre à février 2020 » began the year before
        begun = replace(whole, year=f"{last.end.year - 1:04}")
        raise InvalidAnswerError(
            Fault.PERIOD_FORM, (str(Period(_covered(begun, plausible).start, last.end)),)
        )
    if not readings:
        raise InvalidAnswerError(Fault.PERIOD_REVERSED)
    return tuple(readings)
