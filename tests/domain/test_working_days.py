"""Public holidays: the same days as the library `holidays` has them.

Working hours: nights, week-ends and French holidays do not count."""

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from bot.domain.dates import PARIS
from bot.domain.working_days import Region, easter, holidays_of, is_working_day, working_time

# The library gives Good Friday to both departments of Alsace (6AE) and to Moselle (57).
SUBDIVISIONS = {
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


@pytest.mark.parametrize("region", Region)
def test_every_region_has_the_days_of_the_library(region: Region) -> None:
    for year in range(2025, 2061):
        known = holidays.country_holidays("FR", subdiv=SUBDIVISIONS[region], years=year)
        assert holidays_of(region, year) == set(known), year


@pytest.mark.parametrize(
    "sunday", [date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25)]
)
def test_easter_moves(sunday: date) -> None:
    assert easter(sunday.year) == sunday


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
