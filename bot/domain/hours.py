"""Working hours: how long something took for a desk that is open on working days.

Open from 9 to 17 o'clock in Paris, Monday to Friday, but on public holidays of a part of France.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from bot.domain.dates import PARIS, in_paris
from bot.domain.working_days import Region, is_working_day

OPENS, CLOSES = time(9), time(17)


def working_time(begin: datetime, end: datetime, region: Region = Region.METROPOLE) -> timedelta:
    """The part of the time between two moments in which the desk was open; never less than zero."""
    total = timedelta()
    for day in _days(in_paris(begin).date(), in_paris(end).date()):
        if is_working_day(day, region):
            opened = datetime.combine(day, OPENS, PARIS)
            closed = datetime.combine(day, CLOSES, PARIS)
            total += max(min(end, closed) - max(begin, opened), timedelta())
    return total


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
