"""Working days: Monday to Friday, less the public holidays of a part of France."""

from datetime import date, datetime, timedelta
from typing import Final

from bot.domain.dates import in_paris
from bot.domain.working_days import Region, holidays_of

OPENS: Final = 9
CLOSES: Final = 18
"""Between these hours in Paris a reminder disturbs nobody."""


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
    return OPENS <= local.hour < CLOSES and is_working_day(local.date(), region)
