"""Windows: the rule, walked day by day, agrees with what the code reckons."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reminder_rules import (
    AFTER,
    ONLY_ADMINISTRATOR,
    ReminderCalendar,
    open_thresholds,
    thresholds_of,
)
from bot.domain.working_days import Region, is_sending_time, is_working_day, working_day_before

USUAL = ReminderCalendar()
DATES = st.dates(date(2024, 1, 1), date(2030, 12, 31))
REGIONS = st.sampled_from(Region)


def told_on(expires: date, window: int, calendar: ReminderCalendar) -> list[date]:
    """The working days on which a window could be told."""
    first = expires - timedelta(days=ONLY_ADMINISTRATOR + 15)
    days = (first + timedelta(days=n) for n in range(ONLY_ADMINISTRATOR + 30))
    return [
        day
        for day in days
        if is_working_day(day, calendar.region)
        and any(span.window == window for span in open_thresholds(expires, day, calendar))
    ]


@given(expires=DATES, region=REGIONS, windows=st.sets(st.integers(1, 110), min_size=1, max_size=6))
def test_every_window_can_be_told_on_some_working_day(
    expires: date, region: Region, windows: set[int]
) -> None:
    calendar = ReminderCalendar(windows=tuple(sorted(windows, reverse=True)), region=region)
    for window in (*calendar.windows, AFTER):
        assert told_on(expires, window, calendar), window


@given(expires=DATES)
def test_a_window_is_open_between_the_next_smaller_one_and_itself(expires: date) -> None:
    ordered = [*USUAL.windows, AFTER]
    for left in range(-5, 120):
        today = expires - timedelta(days=left)
        expected = {
            window
            for window, smaller in zip(ordered, [*ordered[1:], -1000], strict=True)
            if smaller < left <= window
        }
        opened = {
            span.window for span in open_thresholds(expires, today, USUAL) if span.opens <= today
        }
        assert opened == expected


@given(expires=DATES, region=REGIONS)
def test_what_moves_goes_to_the_last_working_day_before(expires: date, region: Region) -> None:
    for span in thresholds_of(expires, ReminderCalendar(region=region)):
        if span.tellable_from < span.opens:
            assert span.tellable_from == working_day_before(span.opens, region)
            assert span.closes is not None
            days = (span.closes - span.opens).days
            assert not any(
                is_working_day(span.opens + timedelta(days=n), region) for n in range(days + 1)
            )


def test_the_last_warning_of_a_sunday_comes_on_friday() -> None:
    sunday = date(2026, 11, 29)
    assert told_on(sunday, 1, USUAL) == [date(2026, 11, 27)]
    assert told_on(sunday, AFTER, USUAL)[0] == date(2026, 11, 30)


def test_an_only_administrator_hears_thirty_days_earlier() -> None:
    expires = date(2027, 5, 14)
    day = expires - timedelta(days=120)
    assert [span.window for span in open_thresholds(expires, day, USUAL, alone=True)] == [
        ONLY_ADMINISTRATOR
    ]
    assert open_thresholds(expires, day, USUAL) == ()


@pytest.mark.parametrize(
    ("day", "region", "works"),
    [
        (date(2026, 4, 3), Region.METROPOLE, True),
        (date(2026, 4, 3), Region.ALSACE_MOSELLE, False),
        (date(2026, 12, 26), Region.METROPOLE, False),  # a Saturday
        (date(2025, 12, 26), Region.METROPOLE, True),
        (date(2025, 12, 26), Region.ALSACE_MOSELLE, False),
        (date(2026, 5, 27), Region.GUADELOUPE, False),
        (date(2026, 5, 22), Region.MARTINIQUE, False),
        (date(2026, 7, 14), Region.METROPOLE, False),
        (date(2027, 5, 6), Region.METROPOLE, False),  # Ascension
        (date(2026, 12, 18), Region.REUNION, True),
        (date(2027, 12, 20), Region.REUNION, False),
    ],
)
def test_public_holidays_are_those_of_the_region(day: date, region: Region, works: bool) -> None:
    assert is_working_day(day, region) is works


@pytest.mark.parametrize(
    ("moment", "sends"),
    [
        ("2026-11-23T07:59", False),  # 8:59 in Paris, winter
        ("2026-11-23T08:00", True),
        ("2026-11-23T16:59", True),
        ("2026-11-23T17:00", False),
        ("2026-07-13T07:00", True),  # 9:00 in Paris, summer
        ("2026-07-14T10:00", False),
        ("2026-11-22T10:00", False),
    ],
)
def test_reminders_leave_in_office_hours_of_paris(moment: str, sends: bool) -> None:
    utc = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc)  # noqa: UP017
    assert is_sending_time(utc) is sends
