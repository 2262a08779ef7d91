"""Health: one look at everything that shows whether the desk is well, and what is wrong with it.

The reasons are codes, numbers and moments: nothing that anybody typed, and nobody's address.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import App
from bot.clock import utc_now
from bot.domain.dates import day_in_paris
from bot.domain.reminder_rules import ReminderCalendar, due_reminders
from bot.domain.working_days import is_sending_time, working_day_before
from bot.monitoring.health import ConnectionStatus
from bot.services.reminders import read_reminder_day
from bot.settings import Settings
from bot.storage.condition import Condition
from bot.storage.keys import ROTATE_AFTER, Key
from bot.storage.keyuse import ROTATE_AT
from bot.storage.store import Database, Store

PATIENCE = 5.0  # seconds that the database gets
MUTE = timedelta(minutes=5)
STUCK = timedelta(hours=1)
BACKLOG = 20_000
LATE = timedelta(minutes=30)
"""Rounds of reminders come every five minutes of a working day from 9 h to 18 h."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found; `condition` is None where the database did not answer."""

    now: datetime
    condition: Condition | None
    overlooked: int
    told_yesterday: int
    key: Key


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; what is `vital` makes the whole unwell."""

    name: str
    good: bool
    why: str
    vital: bool = True


class Health:
    """Looks at one desk."""

    def __init__(
        self,
        app: App,
        pulse: ConnectionStatus | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._app = app
        self.pulse = pulse
        self._clock = clock

    @property
    def store(self) -> Store:
        """What it looks at."""
        return self._app.store

    async def facts(self) -> Facts:
        """Waits a few seconds for the database, and no longer."""
        now = self._clock()
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.to_thread(self._read, now)
        except Exception:  # noqa: BLE001 -- whatever it is, the database does not answer
            return self._facts(now, None, 0, 0)

    async def checks(self) -> tuple[Check, ...]:
        return judge(await self.facts(), self.pulse, self._app.settings.calendar)

    def _read(self, now: datetime) -> Facts:
        key = self._app.store.vault.seal_key.id
        calendar = self._app.settings.calendar
        yesterday = working_day_before(day_in_paris(now), calendar.region)
        with self._app.store.read() as db:
            found = db.condition.read(now, key)
            missed = overlooked(db, self._app.settings, now)
            return self._facts(now, found, missed, db.condition.told_on(yesterday))

    def _facts(self, now: datetime, found: Condition | None, missed: int, told: int) -> Facts:
        key = self._app.store.vault.seal_key
        return Facts(now=now, condition=found, overlooked=missed, told_yesterday=told, key=key)


def overlooked(db: Database, settings: Settings, now: datetime) -> int:
    """How many windows were due on the last working day before today, and are not told yet."""
    calendar = settings.calendar
    day = working_day_before(day_in_paris(now), calendar.region)
    round_ = read_reminder_day(db, day, calendar, can_mail=settings.can_mail)
    due = (
        one
        for front in round_.fronts.values()
        for one in due_reminders(front, round_.told, day, calendar)
    )
    return sum(one.held is None for one in due)


def judge(
    facts: Facts, pulse: ConnectionStatus | None, calendar: ReminderCalendar
) -> tuple[Check, ...]:
    """What is well and what is not."""
    found = facts.condition
    checks = [Check("database", found is not None, "" if found else "no answer")]
    if pulse is not None:
        checks.append(_telegram(facts.now, pulse))
    if found is not None:
        checks += [
            _oldest(facts.now, found),
            Check("backlog", found.waiting <= BACKLOG, f"{found.waiting} waiting", vital=False),
            _reminders(facts, found, calendar),
            Check("buried", not found.buried, f"{found.buried} given up", vital=False),
            _key(facts, found),
            Check("backup", found.last_backup is not None, _since(found.last_backup), vital=False),
        ]
    return tuple(checks)


def _telegram(now: datetime, pulse: ConnectionStatus) -> Check:
    since = pulse.silent_since
    good = since is None or now - since < MUTE
    return Check("telegram", good, f"silent since {since.isoformat()}" if since else "")


def _oldest(now: datetime, found: Condition) -> Check:
    good = found.oldest is None or now - found.oldest < STUCK
    return Check("oldest_unsent", good, _since(found.oldest) if found.oldest else "")


def _reminders(facts: Facts, found: Condition, calendar: ReminderCalendar) -> Check:
    """A round is late after half an hour in which there should have been some."""
    why = f"last round {_since(found.last_reminders)}, told yesterday {facts.told_yesterday}"
    is_time = all(
        is_sending_time(moment, calendar.region) for moment in (facts.now, facts.now - LATE)
    )
    last = found.last_reminders
    if is_time and (last is None or facts.now - last > LATE):
        return Check("reminders", False, why)
    if is_time and facts.overlooked:
        return Check("reminders", False, f"{why}, {facts.overlooked} due yesterday and not told")
    return Check("reminders", True, why)


def _key(facts: Facts, found: Condition) -> Check:
    made = facts.key.made_at
    age = facts.now - made if made else timedelta(0)
    good = found.seals < ROTATE_AT and age < ROTATE_AFTER
    days = f"{age.days} days" if made else "age unknown"
    return Check("keys", good, f"{days}, {found.seals} seals", vital=False)


def _since(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else "never"
