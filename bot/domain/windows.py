"""Windows: when an account's administrators are reminded of its date.

A window of W days is open while *next smaller window < days left ≤ W*; the last one, AFTER, opens
the day after the date. On each account a window is told once, on a working day while it is open.
One that has no working day is told on the working day before it opens.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from bot.domain.working_days import Region, is_working_day, working_day_before

AFTER: Final = -1
ALONE: Final = 120
"""The extra window of an only administrator's own account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When to remind: the windows, largest first, and whose public holidays are kept."""

    windows: tuple[int, ...] = (90, 30, 15, 7, 1)
    region: Region = Region.METROPOLE

    @property
    def horizon(self) -> int:
        """How many days before its date an account first needs attention."""
        return max(self.windows)

    def windows_of(self, *, alone: bool) -> tuple[int, ...]:
        """The windows of an account, largest first."""
        before = {*self.windows, ALONE} if alone else set(self.windows)
        return (*sorted(before, reverse=True), AFTER)


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which a window is open; `closes` is None for the one without end."""

    window: int
    opens: date
    closes: date | None
    tellable_from: date = field(compare=False)
    """The first day on which it may be told: `opens`, or the working day before it."""


@lru_cache(maxsize=20_000)
def spans(expires: date, calendar: Calendar, *, alone: bool = False) -> tuple[Span, ...]:
    """Every window of an account that ends on `expires`; asked for again every day until then."""
    windows = calendar.windows_of(alone=alone)
    found = [_span(expires, one, smaller, calendar.region) for one, smaller in pairwise(windows)]
    opens = expires + timedelta(days=1)
    return (*found, Span(AFTER, opens, None, opens))


def _span(expires: date, window: int, smaller: int, region: Region) -> Span:
    opens = expires - timedelta(days=window)
    closes = expires - timedelta(days=smaller + 1)
    length = (closes - opens).days + 1
    days = (opens + timedelta(days=n) for n in range(length))
    works = any(is_working_day(day, region) for day in days)
    return Span(window, opens, closes, opens if works else working_day_before(opens, region))


def due_spans(
    expires: date, today: date, calendar: Calendar, *, alone: bool = False
) -> tuple[Span, ...]:
    """The windows that may be told today, were today a working day; most urgent last."""
    return tuple(span for span in spans(expires, calendar, alone=alone) if _is_due(span, today))


def _is_due(span: Span, today: date) -> bool:
    if span.tellable_from < span.opens and today == span.tellable_from:
        return True
    return span.opens <= today and (span.closes is None or today <= span.closes)
