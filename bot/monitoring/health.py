"""Health: whether the desk is well, and what is wrong with it.

The reasons are codes, numbers and moments: nothing that anybody typed, and nobody's address.
The database is looked at in a thread of its own, not in the database thread: it has to be noticed
when that one hangs, and a look at all reminders must hold up no turn.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.app import App
from bot.clock import utc_now
from bot.domain.dates import day_in_paris
from bot.domain.reminder_rules import ReminderCalendar, due_reminders
from bot.domain.working_days import is_sending_time, working_day_before
from bot.services.reminders import read_reminder_day
from bot.settings import Settings
from bot.storage.database import probe_database
from bot.storage.database_faults import DatabaseFault, fault_of
from bot.storage.keys import ROTATE_AFTER, Key
from bot.storage.statistics import Condition
from bot.storage.store import Database, Store

DATABASE_PATIENCE = 5.0  # seconds that the database gets
SILENCE = timedelta(minutes=5)
BACKUP_AGE = timedelta(days=2)  # a backup is made every night
STUCK = timedelta(hours=1)
MOST_WAITING = 20_000
ROUND_LATE = timedelta(minutes=30)
"""Rounds of reminders come every five minutes of a working day from 9 h to 18 h."""


@dataclass(slots=True)
class ConnectionStatus:
    """Whether Telegram answers; its client tells of every call, in the event loop.

    `silent_since` is None while it answers.
    """

    clock: Callable[[], datetime] = utc_now
    answered_at: datetime | None = None
    silent_since: datetime | None = None
    calls: int = 0
    failures: int = 0

    def answered(self) -> None:
        self.calls += 1
        self.answered_at, self.silent_since = self.clock(), None

    def missed(self) -> None:
        self.calls += 1
        self.failures += 1
        self.silent_since = self.silent_since or self.clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    """What was found; `condition` is None where the database could not be read.

    `fault` says what is wrong with it, also where it can be read and not written; `reveals` are
    those of the last day, by who asked for them.
    """

    now: datetime
    condition: Condition | None
    fault: DatabaseFault | None = None
    overlooked: int = 0
    told_yesterday: int = 0
    reveals: Mapping[str, int] = field(default_factory=dict)
    key: Key


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing looked at; what is `vital` makes the whole unwell."""

    name: str
    good: bool
    why: str
    vital: bool = True


class Health:
    """Looks at one desk; asked by alerts, /healthz and /metrics in the event loop."""

    def __init__(
        self,
        app: App,
        connection: ConnectionStatus | None = None,
        clock: Callable[[], datetime] = utc_now,
        *,
        patience: float = DATABASE_PATIENCE,
    ) -> None:
        self._app = app
        self.connection = connection
        self._clock = clock
        self._patience = patience
        self._reading: asyncio.Task[HealthFacts] | None = None

    @property
    def store(self) -> Store:
        """What it looks at."""
        return self._app.store

    async def facts(self) -> HealthFacts:
        """Waits a few seconds for the database, and no longer.

        One look at a time: while the database hangs, those who ask do not pile up.
        """
        now = self._clock()
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(asyncio.to_thread(self._read, now))
            self._reading.add_done_callback(_note_error)
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(self._reading)
        except TimeoutError:
            fault = DatabaseFault.SILENT
        except Exception as error:  # noqa: BLE001 -- whatever it is, the database is not well
            fault = fault_of(error)
        key = self.store.encryption.seal_key
        return HealthFacts(now=now, condition=None, fault=fault, key=key)

    async def checks(self) -> tuple[HealthCheck, ...]:
        return check_health(await self.facts(), self.connection, self._app.settings.calendar)

    def _read(self, now: datetime) -> HealthFacts:
        settings, fault = self._app.settings, None
        yesterday = working_day_before(day_in_paris(now), settings.calendar.region)
        with self.store.read() as db:
            found = db.condition.read(now)
            missed = overlooked_reminders(db, settings, now)
            told = db.condition.told_on(yesterday)
            reveals = db.audit_log.reveals(now - timedelta(days=1))
        try:  # it may be read and not written, or read in part
            probe_database(self.store.engine, now)
        except Exception as error:  # noqa: BLE001 -- a full disk, a lock, a damaged page
            fault = fault_of(error)
        return HealthFacts(
            now=now,
            condition=found,
            fault=fault,
            overlooked=missed,
            told_yesterday=told,
            reveals=reveals,
            key=self.store.encryption.seal_key,
        )


def _note_error(reading: asyncio.Task[HealthFacts]) -> None:
    """One that fails after nobody waits for it any more is no error of ours."""
    if not reading.cancelled():
        reading.exception()


def overlooked_reminders(db: Database, settings: Settings, now: datetime) -> int:
    """How many reminders were due on the last working day before today, and are not told yet."""
    calendar = settings.calendar
    day = working_day_before(day_in_paris(now), calendar.region)
    round_ = read_reminder_day(db, day, calendar, can_mail=settings.can_mail)
    due = (
        one
        for front in round_.employers.values()
        for one in due_reminders(front, round_.told, day, calendar)
    )
    return sum(one.held is None for one in due)


def check_health(
    facts: HealthFacts, connection: ConnectionStatus | None, calendar: ReminderCalendar
) -> tuple[HealthCheck, ...]:
    """What is well and what is not."""
    now, found, fault = facts.now, facts.condition, facts.fault
    checks = [HealthCheck("database", found is not None and not fault, fault or "")]
    if connection is not None:
        since = connection.silent_since
        why = f"sans réponse depuis {since.isoformat()}" if since else ""
        checks.append(HealthCheck("telegram", since is None or now - since < SILENCE, why))
    if found is None:
        return tuple(checks)
    oldest, made, backup = found.oldest, facts.key.made_at, found.last_backup
    age = now - made if made else timedelta(0)
    days = f"{age.days} jours" if made else "âge inconnu"
    is_fresh = backup is not None and now - backup <= BACKUP_AGE
    waiting, buried = f"{found.waiting} en attente", f"{found.buried} abandonnés"
    return (
        *checks,
        HealthCheck(
            "oldest_unsent",
            oldest is None or now - oldest < STUCK,
            _since(oldest) if oldest else "",
        ),
        HealthCheck("backlog", found.waiting <= MOST_WAITING, waiting, vital=False),
        _reminders(facts, found, calendar),
        HealthCheck("buried", not found.buried, buried, vital=False),
        HealthCheck("keys", age < ROTATE_AFTER, days, vital=False),
        HealthCheck("backup", is_fresh, _since(backup), vital=False),
    )


def _reminders(facts: HealthFacts, found: Condition, calendar: ReminderCalendar) -> HealthCheck:
    """A round is late after half an hour in which there should have been some."""
    why = (
        f"dernier tour {_since(found.last_reminders)}, rappels faits hier : {facts.told_yesterday}"
    )
    is_time = all(
        is_sending_time(moment, calendar.region) for moment in (facts.now, facts.now - ROUND_LATE)
    )
    last = found.last_reminders
    is_late = last is None or facts.now - last > ROUND_LATE
    if is_time and not is_late and facts.overlooked:
        why = f"{why}, {facts.overlooked} dus hier et non faits"
    return HealthCheck("reminders", not (is_time and (is_late or facts.overlooked)), why)


def _since(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else "jamais"
