"""Clocks to try the product by: a moment that goes on from there, and the days that are special."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.clock import PROCESS_CLOCK
from bot.domain.dates import PARIS

MONDAY = datetime(2026, 11, 23, 10, 12, tzinfo=PARIS)
"""The day that tests call today unless they say another: no holiday is near."""

SPECIAL_DAYS = {
    "monday": MONDAY,
    "tuesday": MONDAY + timedelta(days=1),
    "wednesday": MONDAY + timedelta(days=2),
    "thursday": MONDAY + timedelta(days=3),
    "friday": MONDAY + timedelta(days=4),
    "saturday": MONDAY + timedelta(days=5),
    "sunday": MONDAY + timedelta(days=6),
    "new-years-eve": datetime(2026, 12, 31, 23, 50, tzinfo=PARIS),
    "new-years-day": datetime(2027, 1, 1, 0, 15, tzinfo=PARIS),
    "summer-time-begins": datetime(2027, 3, 28, 1, 59, tzinfo=PARIS),
    "after-it-began": datetime(2027, 3, 28, 3, 1, tzinfo=PARIS),
    "winter-time-begins": datetime(2027, 10, 31, 2, 30, tzinfo=PARIS),
    "holiday-on-a-monday": datetime(2027, 11, 1, 10, 12, tzinfo=PARIS),
    "leap-day": datetime(2028, 2, 29, 10, 12, tzinfo=PARIS),
    "year-after": datetime(2030, 6, 12, 10, 12, tzinfo=PARIS),
}


@dataclass(frozen=True, slots=True)
class RunningClock:
    """Begins at a moment and goes on at the pace of the real time."""

    start: datetime
    _begun: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.start.astimezone(UTC) + timedelta(seconds=time.monotonic() - self._begun)


@contextmanager
def process_at(moment: datetime) -> Iterator[RunningClock]:
    """The whole process, all of its threads, at a moment that goes on."""
    clock = RunningClock(moment)
    with PROCESS_CLOCK.running_by(clock):
        yield clock
