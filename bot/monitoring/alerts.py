"""Alerts: what would go unnoticed is said in the log, and to the operator by e-mail.

Telegram keeps what people write for 24 hours: when it has been out of reach for one, somebody has
to look. Reminders that were due yesterday and did not leave are nobody's complaint until an account
is lost. Each trouble is said once for the whole desk, and once more when it is over.

Of several processes the one says it that holds the lease on that alarm. The database remembers
since when it is said, so that neither a restart nor another process says it again within a day; a
trouble that lasts is said again every day. The e-mail is sent from here, not through the outbox: a
desk that waits for Telegram sends nothing from there. It is tried again every minute until the mail
server has taken it. While the database does not answer, each process goes by its own memory.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.connectors.email import Email, Mailer
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.delivery import Delivered, Refused
from bot.domain.working_days import is_sending_time
from bot.logs import log_failure
from bot.monitoring.health import ROUND_LATE, STUCK, Health, HealthFacts, check_health
from bot.settings import Settings
from bot.storage.database import database_file
from bot.storage.database_faults import DatabaseFault, remedy_for
from bot.storage.leases import process_name
from bot.storage.store import Store

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 60.0  # seconds
TELEGRAM_SILENCE: Final = timedelta(hours=1)
IDLE_AFTER: Final = timedelta(minutes=2)
"""Silence on the connection after which Telegram is pinged."""

SAID_AGAIN_AFTER: Final = timedelta(days=1)
ALERT_LEASE: Final = timedelta(seconds=100)  # the monitor looks every minute
ALARM_MARK, EMAIL_MARK = "alarm:", "alarm letter:"

Ping = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Due:
    """What is to be done about an alarm that is wrong since `since`, or that another process says;
    `email` is since when one is owed.
    """

    is_elsewhere: bool = False
    since: datetime | None = None
    say: bool = False
    say_over: bool = False
    email: datetime | None = None


class Alerts:
    """Says what is wrong; `recipient` gets it by e-mail too, where there is a mailer.

    Called by the monitor in the event loop; works on the database in a thread of its own, for the
    database thread may be what hangs.
    """

    def __init__(self, store: Store, recipient: str, mailer: Mailer | None) -> None:
        self._store = store
        self._recipient = recipient
        self._mailer = mailer
        self._holder = process_name()
        self._own: dict[str, datetime] = {}
        self._unrecorded: set[str] = set()  # what was said while the database took nothing in
        self._asked: set[str] = set()

    async def report(self, name: str, words: Text, now: datetime, *, is_wrong: bool) -> None:
        """Say it, or that it is over, where that is not said yet and is for this process to say."""
        self._asked.add(name)
        try:
            due = await asyncio.to_thread(self._decide_by_database, name, now, is_wrong=is_wrong)
        except Exception as error:  # noqa: BLE001 -- an alarm is worth more than the database
            log_failure(log, "alarms", error)
            due = self._decide_by_memory(name, now, is_wrong=is_wrong)
        else:  # only now: what is decided in a commit that fails is not said
            self._remember(name, due)
        if not is_wrong:
            self._unrecorded.discard(name)
        if due.say:
            log.error("alarme %s : %s", name, unescape(fill(words)))
        if due.say_over:
            log.warning("alarme %s : terminée", name)
        if due.email is not None:
            await self._send_email(name, words, due.email, now)

    async def release(self) -> None:
        """Another process may say them from now on."""
        with suppress(Exception):  # the leases run out by themselves
            await asyncio.to_thread(self._drop_leases)

    def _decide_by_database(self, name: str, now: datetime, *, is_wrong: bool) -> _Due:
        with self._store.transaction() as db:
            lease = ALARM_MARK + name
            db.leases.drop_dead(lease, now)
            if not db.leases.hold(lease, self._holder, now, now + ALERT_LEASE):
                return _Due(is_elsewhere=True)  # another process says it
            said = db.condition.last_done(ALARM_MARK + name)
            written = db.condition.last_done(EMAIL_MARK + name)
            if not is_wrong:
                db.condition.forget_done(ALARM_MARK + name, EMAIL_MARK + name)
                return _Due(say_over=said is not None or name in self._unrecorded)
            is_new = said is None or now - said >= SAID_AGAIN_AFTER
            since = now if said is None or is_new else said
            if is_new:
                db.condition.note_done(ALARM_MARK + name, now)
            owes = written is None or written < since
            return _Due(say=is_new, since=since, email=since if owes else None)

    def _remember(self, name: str, due: _Due) -> None:
        if due.since is not None:
            self._own[name] = due.since
        elif not due.is_elsewhere:
            self._own.pop(name, None)

    def _decide_by_memory(self, name: str, now: datetime, *, is_wrong: bool) -> _Due:
        """Without the database: said by every process, once."""
        said = self._own.get(name)
        if not is_wrong:
            return _Due(say_over=self._own.pop(name, None) is not None)
        is_new = said is None or now - said >= SAID_AGAIN_AFTER
        if is_new:
            self._own[name] = now
            self._unrecorded.add(name)
        return _Due(say=is_new, email=now if is_new else None)

    def _drop_leases(self) -> None:
        with self._store.transaction() as db:
            db.leases.drop(self._holder, [ALARM_MARK + name for name in self._asked])

    async def _send_email(self, name: str, words: Text, since: datetime, now: datetime) -> None:
        if self._mailer is None or not self._recipient:
            return
        email = Email(
            key=f"alarm/{name}/{since:%Y%m%d%H%M}",
            recipient=self._recipient,
            subject=unescape(fill(text("alarm.subject"))),
            words=unescape(fill(words)),
            at=since,
        )
        receipt = await self._mailer.send(email)
        if isinstance(receipt, Refused):
            log.error(
                "le courriel de l'alarme %s est refusé : vérifiez ALARM_TO et MAIL_FROM", name
            )
        if isinstance(receipt, Delivered | Refused):
            with suppress(Exception):  # it may go twice then, under one Message-ID
                await asyncio.to_thread(self._note_written, name, now)

    def _note_written(self, name: str, now: datetime) -> None:
        with self._store.transaction() as db:
            db.condition.note_done(EMAIL_MARK + name, now)


class Monitor:
    """Looks every minute and raises alarms; `ping` says anything to Telegram, so that silence is
    noticed. Lives in the event loop.
    """

    def __init__(
        self,
        health: Health,
        settings: Settings,
        *,
        ping: Ping | None = None,
        mailer: Mailer | None = None,
    ) -> None:
        self._health = health
        self._settings = settings
        self._ping = ping
        self._alerts = Alerts(health.store, settings.alarm_to, mailer)
        self._told_on: object = None
        self._started: datetime | None = None

    async def run(self) -> None:
        """Look every minute, for ever."""
        try:
            while True:
                try:
                    await self.look()
                except Exception as error:  # noqa: BLE001 -- the next look may be better
                    log_failure(log, "monitoring", error)
                await asyncio.sleep(LOOK_EVERY)
        finally:
            await self._alerts.release()

    async def look(self) -> None:
        connection = self._health.connection
        if connection is not None and self._ping is not None:
            last = connection.answered_at
            if last is None or connection.clock() - last > IDLE_AFTER:
                with suppress(Exception):  # the connection has noted it
                    await self._ping()
        facts = await self._health.facts()
        since = connection.silent_since if connection else None
        is_wrong = since is not None and facts.now - since >= TELEGRAM_SILENCE
        words = text("alarm.telegram", since=f"{since:%d/%m/%Y %H:%M} UTC" if since else "")
        await self._alerts.report("telegram", words, facts.now, is_wrong=is_wrong)
        await self._watch_database(facts)
        await self._watch_outbox(facts)
        await self._watch_reminders(facts)
        await self._watch_reveals(facts)

    async def _watch_reveals(self, facts: HealthFacts) -> None:
        """Somebody who reveals more NIRs in a day than anybody needs is looked at."""
        most = max(facts.reveals.values(), default=0)
        who = next((who for who, number in facts.reveals.items() if number == most), "")
        words = text("alarm.reveals", who=who, number=str(most))
        is_wrong = most > self._settings.reveals_a_day
        await self._alerts.report("reveals", words, facts.now, is_wrong=is_wrong)

    async def _watch_database(self, facts: HealthFacts) -> None:
        """What hinders the database is said at once: until it is mended nothing is taken in."""
        fault = facts.fault or DatabaseFault.OTHER
        path = database_file(self._health.store.engine)
        words = text("alarm.database", remedy=remedy_for(fault, path, fault))
        is_wrong = facts.fault is not None
        await self._alerts.report("database", words, facts.now, is_wrong=is_wrong)

    async def _watch_outbox(self, facts: HealthFacts) -> None:
        if facts.condition is None:
            return  # said above
        oldest = facts.condition.oldest
        is_wrong = oldest is not None and facts.now - oldest >= STUCK
        since = f"{oldest:%d/%m/%Y %H:%M} UTC" if oldest else ""
        words = text("alarm.outbox", number=str(facts.condition.waiting), since=since)
        await self._alerts.report("outbox", words, facts.now, is_wrong=is_wrong)

    async def _watch_reminders(self, facts: HealthFacts) -> None:
        checks = check_health(facts, None, self._settings.calendar)
        found = next((one for one in checks if one.name == "reminders"), None)
        if found is None:
            return
        if self._started is None:
            self._started = facts.now
        is_fresh = facts.now - self._started < ROUND_LATE
        if is_fresh and not found.good and not facts.overlooked:
            return  # who has just started is not late with a round
        key = "alarm.reminders" if facts.overlooked else "alarm.rounds"
        words = text(key, number=str(facts.overlooked))
        if is_sending_time(facts.now, self._settings.calendar.region):  # at night nothing is amiss
            await self._alerts.report("reminders", words, facts.now, is_wrong=not found.good)
        if found.good and facts.now.date() != self._told_on:
            self._told_on = facts.now.date()
            log.info("rappels : %s", found.why)


@asynccontextmanager
async def monitored(health: Health, monitor: Monitor, settings: Settings) -> AsyncIterator[None]:
    """Alarms are raised, and /healthz and /metrics are served where a port is set."""
    async with AsyncExitStack() as opened:
        watching = asyncio.create_task(monitor.run())
        if settings.health_port:
            # Loaded here: most desks are not looked at from outside, and need no web server.
            from bot.http_server import start_server
            from bot.monitoring.metrics import HealthEndpoint

            application = HealthEndpoint(health, settings).application()
            host, port = settings.listen_host, settings.health_port
            runner, _ = await start_server(application, host, port)
            opened.push_async_callback(runner.cleanup)
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
