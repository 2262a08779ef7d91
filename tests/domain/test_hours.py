"""Working hours: nights, week-ends and French holidays do not count."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.dates import PARIS
from bot.domain.working_days import Region, is_working_day, working_time


def paris(day: str, hour: float) -> datetime:
    start = datetime.fromisoformat(day).replace(tzinfo=PARIS)
    return start + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        (paris("2026-11-23", 10), paris("2026-11-23", 12), 2),
        (paris("2026-11-23", 16), paris("2026-11-24", 10), 2),
        (paris("2026-11-20", 16), paris("2026-11-23", 10), 2),  # over a week-end
        (paris("2026-11-10", 16), paris("2026-11-12", 10), 2),  # over the eleventh of November
        (paris("2026-05-13", 16), paris("2026-05-15", 10), 2),  # over Ascension Day
        (paris("2026-11-23", 7), paris("2026-11-23", 8), 0),
        (paris("2026-11-23", 20), paris("2026-11-23", 10), 0),
        (paris("2026-12-24", 9), paris("2027-01-04", 9), 5 * 8),  # Christmas and New Year
    ],
)
def test_only_open_hours_count(begin: datetime, end: datetime, hours: float) -> None:
    assert working_time(begin, end) == timedelta(hours=hours)


def test_the_clock_may_change_meanwhile() -> None:
    friday, monday = paris("2026-10-23", 9), paris("2026-10-26", 17)
    assert working_time(friday, monday) == timedelta(hours=16)
    assert working_time(friday.astimezone(UTC), monday.astimezone(UTC)) == timedelta(hours=16)


def test_moving_feasts_are_known() -> None:
    assert not is_working_day(date(2027, 3, 29))  # Easter Monday
    assert is_working_day(date(2027, 3, 30))


def test_a_region_has_days_of_its_own() -> None:
    good_friday = datetime(2026, 4, 3, 9, tzinfo=PARIS), datetime(2026, 4, 3, 17, tzinfo=PARIS)
    assert working_time(*good_friday) == timedelta(hours=8)
    assert working_time(*good_friday, Region.ALSACE_MOSELLE) == timedelta()
