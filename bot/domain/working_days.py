"""Working days: Monday to Friday, less the public holidays of a part of France, and their hours.

Public holidays as they are from 2025 on: eleven days of the whole country (Code du travail,
L3133-1), those of Alsace and Moselle (L3134-13), the abolition of slavery in each overseas
department (décret n° 83-1003), and what custom or a territory's own law adds. A test holds them
against the library `holidays`, which knows the whole world and takes eleven megabytes and a tenth
of a second for it.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from bot.domain.dates import PARIS, in_paris


class Region(StrEnum):
    """Where the public holidays are those of; overseas territories have days of their own."""

    METROPOLE = "metropole"
    ALSACE_MOSELLE = "alsace-moselle"
    GUADELOUPE = "guadeloupe"
    MARTINIQUE = "martinique"
    GUYANE = "guyane"
    REUNION = "reunion"
    MAYOTTE = "mayotte"
    SAINT_BARTHELEMY = "saint-barthelemy"
    SAINT_MARTIN = "saint-martin"
    SAINT_PIERRE_ET_MIQUELON = "saint-pierre-et-miquelon"
    NOUVELLE_CALEDONIE = "nouvelle-caledonie"
    POLYNESIE = "polynesie"
    WALLIS_ET_FUTUNA = "wallis-et-futuna"


_GOOD_FRIDAY, _EASTER_MONDAY, _ASCENSION, _WHIT_MONDAY, _MI_CAREME = -2, 1, 39, 50, -24
"""Days from Easter Sunday; the other holidays have a date, « 05-01 »."""

_FIXED: Final = ("01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25")
_MOVING: Final = (_EASTER_MONDAY, _ASCENSION, _WHIT_MONDAY)

# Good Friday is a holiday of Alsace and Moselle where a parish has a protestant church;
# administrations have it everywhere.
_REGIONAL: Final[dict[Region, tuple[str | int, ...]]] = {
    Region.ALSACE_MOSELLE: (_GOOD_FRIDAY, "12-26"),
    Region.GUADELOUPE: (_MI_CAREME, _GOOD_FRIDAY, "05-27", "07-21"),
    Region.MARTINIQUE: ("05-22", "07-21"),
    Region.GUYANE: ("06-10",),
    Region.REUNION: ("12-20",),
    Region.MAYOTTE: ("04-27",),
    Region.SAINT_BARTHELEMY: ("10-09",),
    Region.SAINT_MARTIN: ("05-28", "07-21"),
    Region.NOUVELLE_CALEDONIE: ("09-24",),
    Region.POLYNESIE: ("03-05", _GOOD_FRIDAY, "11-20"),
    Region.WALLIS_ET_FUTUNA: ("04-28", "06-29", "07-29"),
}


@cache
def holidays_of(region: Region, year: int) -> frozenset[date]:
    """The public holidays of a region in a year."""
    feasts: tuple[str | int, ...] = (*_FIXED, *_MOVING, *_REGIONAL.get(region, ()))
    sunday = easter(year)
    return frozenset(
        sunday + timedelta(days=feast)
        if isinstance(feast, int)
        else date.fromisoformat(f"{year:04}-{feast}")
        for feast in feasts
    )


def easter(year: int) -> date:
    """Easter Sunday: the anonymous Gregorian computation (Nature, 1876)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    leap = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - leap + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


_REMINDER_HOURS: Final = range(9, 18)
"""Between nine and six in Paris a reminder disturbs nobody."""


def is_working_day(day: date, region: Region = Region.METROPOLE) -> bool:
    return day.weekday() < 5 and day not in holidays_of(region, day.year)


def working_day_before(day: date, region: Region = Region.METROPOLE) -> date:
    """The last working day before `day`."""
    day -= timedelta(days=1)
    while not is_working_day(day, region):
        day -= timedelta(days=1)
    return day


def is_sending_time(moment: datetime, region: Region = Region.METROPOLE) -> bool:
    """A working day from 9 h to 18 h in Paris."""
    local = in_paris(moment)
    return local.hour in _REMINDER_HOURS and is_working_day(local.date(), region)


DESK_OPENS, DESK_CLOSES = time(9), time(17)
"""The desk's hours on a working day, in Paris: what a working time is counted in."""


def working_time(begin: datetime, end: datetime, region: Region = Region.METROPOLE) -> timedelta:
    """The part of the time between two moments in which the desk was open; never less than zero."""
    first, last = in_paris(begin).date(), in_paris(end).date()
    total = timedelta()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if is_working_day(day, region):
            opened = datetime.combine(day, DESK_OPENS, PARIS)
            closed = datetime.combine(day, DESK_CLOSES, PARIS)
            total += max(min(end, closed) - max(begin, opened), timedelta())
    return total
