"""Periods as people write them in French: two days, both included.

« du 01/09/2019 au 31/08/2021 », « 2019 à 2021 », « de janvier à juin 87 », « 1er trimestre 2020 »,
« 2020 ». A year or a month stands for all its days. An absence is a period that is not over: what
is unsaid of it is completed by the next such days (« du 20 décembre au 3 janvier », « en août »).
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from bot.domain.calendar_parts import Part, calendar_parts
from bot.domain.dates import (
    SHIFT_BEFORE,
    day_of,
    format_date,
    last_day,
    nearest_days,
    read_coming_date,
    years_ahead,
    years_concerned,
    years_meant,
)
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import one_line
from bot.domain.values import Candidate, Understood, folded, settle


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
_UNTIL: Final = re.compile(r"(?<![a-z])jusqu'")
_NEXT_WEEK: Final = re.compile(r"(?:toute )?la semaine prochaine")
_BEGINNING: Final = re.compile(r"(?<![a-z])debut(?: de| du mois de)?(?: | d')\Z")


def read_absence(text: str, today: date) -> Understood[Period]:
    """One day, or the first and the last of an absence that is not over; years may be unsaid.

    Raises InvalidAnswerError.
    """
    words = folded(one_line(text))
    parts = calendar_parts(words, today, weekdays=True)
    if not parts and (week := _NEXT_WEEK.search(words)):
        monday = today + timedelta(7 - today.weekday())
        whole = Period(monday, monday + timedelta(6))
        return settle(one_line(text), [Candidate(*week.span(), (whole,))], Fault.PERIOD_FORM)
    if len(parts) == 1 and parts[0].months and not (parts[0].day or parts[0].year):  # « en août »
        begun = replace(parts[0], year=f"{_year_of_next(parts[0].months[1], today):04}")
        whole = _covered(begun, years_ahead(today))
        place = Candidate(begun.start, begun.end, (whole,))
        return settle(one_line(text), [place], Fault.PERIOD_FORM)
    if len(parts) != 1:
        return read_period(text, today, is_absence=True)
    day = read_coming_date(text, today)
    first = today if _UNTIL.search(words) else day.value
    return Understood(Period(first, day.value), day.aside)


def read_period(text: str, today: date, *, is_absence: bool = False) -> Understood[Period]:
    """Two days, months or years, or one month or year; one day alone is no period.

    Raises InvalidAnswerError; a date that is wrong keeps its own fault.
    """
    line = one_line(text)
    words = folded(line)
    years = years_concerned(today)
    parts = calendar_parts(words, today, weekdays=is_absence)
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
    if is_open or SHIFT_BEFORE.search(words, 0, start):
        raise InvalidAnswerError(Fault.PERIOD_FORM)
    return settle(line, [Candidate(start, end, readings)], Fault.PERIOD_FORM)


def _year_of_next(month: int, today: date) -> int:
    """The year of the next such month that is not over."""
    return today.year + (month < today.month)


def _not_over(start: Part, end: Part, today: date) -> list[Part]:
    """« du 20 décembre au 3 janvier »: the last day is the next such day."""
    months = start.months or end.months
    if end.year or start.year or not (months and end.months and start.day and end.day):
        return [start, end]
    if not (nearest := nearest_days(end.months[0], end.day, today)):  # 31 February
        raise InvalidAnswerError(Fault.DATE_IMPOSSIBLE)
    last = nearest[-1]
    first = last.year - ((months[0], start.day) > (last.month, last.day))
    return [replace(start, year=f"{first:04}"), replace(end, year=f"{last.year:04}")]


def _covered(part: Part, plausible: range) -> Period:
    """All the days of a part. Raises InvalidAnswerError."""
    if not part.year or part.is_bare_number:
        raise InvalidAnswerError(Fault.PERIOD_FORM)
    years = years_meant(part.year, plausible)
    if len(years) != 1:
        raise InvalidAnswerError(Fault.DATE_SHORT_YEAR)
    first, last = part.months or (1, 12)
    start = day_of(years[0], first, part.day or 1)
    return Period(start, start if part.day else last_day(start.replace(month=last)))


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
