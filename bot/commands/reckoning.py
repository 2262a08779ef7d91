"""The reckoning: which windows were to be told, walked day by day, straight from the rule.

It shares no code with the reminders that it judges.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from bot.domain.reminder_rules import AFTER, ONLY_ADMINISTRATOR, ReminderCalendar
from bot.domain.working_days import is_working_day

START: Final = date(2026, 1, 1)


@dataclass(slots=True)
class Life:
    """An account as the reckoning follows it: its dates, each from the day on which it held."""

    siret: str
    identifier: str
    administrator: bool
    dates: list[tuple[date, date]]
    version: int = 1
    deleted: date | None = None
    told: list[tuple[int, date]] = field(default_factory=list)

    def expires_on(self, day: date) -> date | None:
        """The date that held at that day's beginning; None before or after its time."""
        if self.deleted is not None and day >= self.deleted:
            return None
        return next((expires for since, expires in reversed(self.dates) if since <= day), None)


class Reckoning:
    """What was to be told of lives, from `START` on; on the days in `down` nothing could be."""

    def __init__(self, lives: dict[str, Life], calendar: ReminderCalendar, down: set[date]) -> None:
        self._lives = lives
        self._calendar = calendar
        self._down = down
        self._by_siret: dict[str, list[tuple[str, Life]]] = defaultdict(list)
        for account_id, life in lives.items():
            self._by_siret[life.siret].append((account_id, life))

    def cycles(self, life: Life) -> Iterator[tuple[int, date]]:
        """What was told, each with the expiry date that held on that day."""
        for window, day in life.told:
            expires = life.expires_on(day)
            if expires is not None:
                yield window, expires
            else:
                yield window, date.max  # told of an account that is gone: never wanted

    def wanted(self, account_id: str, life: Life, days: int) -> Iterator[tuple[int, date]]:
        """The rule, walked day by day: a window is wanted once for every date that held."""
        done: set[tuple[int, date]] = set()
        for number in range(days):
            today = START + timedelta(days=number)
            expires = life.expires_on(today)
            if expires is None or today in self._down or not self._works(today):
                continue
            for window in self._open(account_id, life, expires, today):
                if (window, expires) not in done:
                    done.add((window, expires))
                    yield window, expires

    def _open(self, account_id: str, life: Life, expires: date, today: date) -> Iterator[int]:
        steps = sorted({*self._calendar.windows, AFTER}, reverse=True)
        if life.administrator and not self._has_any_colleague(account_id, life, today):
            steps = [ONLY_ADMINISTRATOR, *steps]
        left = (expires - today).days
        if left > steps[0] + 12:
            return
        for window, smaller in zip(steps, [*steps[1:], -(10**6)], strict=True):
            if smaller < left <= window or (
                window > AFTER and self._is_moved_to(today, expires, window, smaller)
            ):
                yield window

    def _is_moved_to(self, today: date, expires: date, window: int, smaller: int) -> bool:
        """Whether a window without a working day is told today instead."""
        if window == AFTER:
            return False
        days_open = [expires - timedelta(days=left) for left in range(window, smaller, -1)]
        if not 0 < (days_open[0] - today).days < 12 or any(map(self._works, days_open)):
            return False
        between = (days_open[0] - today).days
        return not any(self._works(today + timedelta(days=n)) for n in range(1, between))

    def _has_any_colleague(self, account_id: str, life: Life, today: date) -> bool:
        return any(
            other.administrator and other.expires_on(today) is not None
            for other_id, other in self._by_siret[life.siret]
            if other_id != account_id
        )

    def _works(self, day: date) -> bool:
        return is_working_day(day, self._calendar.region)
