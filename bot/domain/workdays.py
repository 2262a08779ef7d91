"""Working days: Monday to Friday, less the public holidays of a part of France."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

import holidays

from bot.domain.clock import in_paris

OPENS: Final = 9
CLOSES: Final = 18
"""Between these hours in Paris a reminder disturbs nobody."""


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


# Good Friday is a holiday where a parish has a protestant church; the library gives it to both
# departments of Alsace (6AE) and to Moselle (57), which is how administrations have it.
_SUBDIVISIONS: Final = {
    Region.METROPOLE: None,
    Region.ALSACE_MOSELLE: "57",
    Region.GUADELOUPE: "971",
    Region.MARTINIQUE: "972",
    Region.GUYANE: "973",
    Region.REUNION: "974",
    Region.MAYOTTE: "976",
    Region.SAINT_BARTHELEMY: "BL",
    Region.SAINT_MARTIN: "MF",
    Region.SAINT_PIERRE_ET_MIQUELON: "PM",
    Region.NOUVELLE_CALEDONIE: "NC",
    Region.POLYNESIE: "PF",
    Region.WALLIS_ET_FUTUNA: "WF",
}


@cache
def _holidays(region: Region, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", subdiv=_SUBDIVISIONS[region], years=year))


def is_working_day(day: date, region: Region = Region.METROPOLE) -> bool:
    return day.weekday() < 5 and day not in _holidays(region, day.year)


def working_day_before(day: date, region: Region = Region.METROPOLE) -> date:
    """The last working day before `day`."""
    day -= timedelta(days=1)
    while not is_working_day(day, region):
        day -= timedelta(days=1)
    return day


def is_sending_time(moment: datetime, region: Region = Region.METROPOLE) -> bool:
    """A working day from 9 h to 18 h in Paris."""
    local = in_paris(moment)
    return OPENS <= local.hour < CLOSES and is_working_day(local.date(), region)
