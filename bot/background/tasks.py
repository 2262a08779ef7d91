"""What runs beside the conversation in a running desk: deliveries, polling, retention.

The inbound webhook, a web server, and what reads a mailbox are loaded only where they are set.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.app import App
from bot.background.audit_heads import LOOK_EVERY, AuditHeads
from bot.background.email_delivery import EmailDelivery
from bot.background.leader import LeaderTasks
from bot.background.rate_limit import RateLimit
from bot.background.sender import Deliverer, DeliveryRecorder, RecheckedDeliverer, Sender
from bot.background.ticket_delivery import (
    DELIVERY_PATIENCE,
    TicketDelivery,
    deliver_due,
)
from bot.clock import utc_now
from bot.connectors import Connector, ConnectorError
from bot.connectors.email_reader import parse_incoming_email
from bot.domain.delivery import EMAIL_LANES, TICKET_LANES
from bot.domain.retention import Retention
from bot.domain.working_days import is_sending_time
from bot.logs import log_failure
from bot.services.advisor_tickets import AdvisorDesk
from bot.services.inbound_emails import EmailOutcome, InboundEmails
from bot.services.inbound_updates import InboundUpdates
from bot.services.reminders import DailyReminders
from bot.services.retention import RetentionRun
from bot.storage.store import Database, DatabaseThread

if TYPE_CHECKING:
    from aiohttp import web

    from bot.connectors.mailbox import Mailbox

log = logging.getLogger(__name__)

DELIVERY_LIMIT = RateLimit(rate=5, burst=1)
"""As much as a ticketing system is glad to get."""
MAILBOX = "mailbox"
MAILBOX_EVERY = timedelta(minutes=1)
REMINDERS_EVERY = timedelta(minutes=5)
RETENTION_EVERY = timedelta(hours=1)
"""The shortest term is an hour (a NIR in a draft): no thing stays for twice its term."""


@asynccontextmanager
async def deliveries(app: App, db_thread: DatabaseThread) -> AsyncIterator[None]:
    """Tickets and e-mails leave, and what other systems tell comes in, until it is left.

    Runs in `guichet telegram` and in `guichet bridge`; of several processes the one that holds the
    lease delivers, or polls a system.
    """
    incoming = InboundUpdates(app.store, app.advisor_desk)
    leader, stopping = LeaderTasks(db_thread, "bridge"), asyncio.Event()

    async def send(lanes: str, over: asyncio.Event) -> None:
        recorder = _recorder_for(app, lanes, db_thread)
        await Sender(db_thread, recorder, lanes=lanes, limit=DELIVERY_LIMIT).run(over)

    leader.add("tickets", partial(send, TICKET_LANES))
    if app.mailer is not None:
        leader.add("emails", partial(send, EMAIL_LANES))
    if app.settings.audit_head_to:
        heads = AuditHeads(app, db_thread)
        leader.add_endless("audit heads", partial(_repeat, heads.look, "audit heads", LOOK_EVERY))
    for connector in app.connectors.values():
        if connector.polling is not None:
            poll = ConnectorPolling(connector, incoming, db_thread)
            leader.add_endless(f"polling:{connector.name}", poll.run)
    if app.mailbox is not None:
        leader.add_endless(
            "mailbox", MailboxPolling(app.mailbox, app.inbound_emails, db_thread).run
        )
    leading = asyncio.create_task(leader.run(stopping))
    server = await _inbound_server(app, incoming, db_thread)
    try:
        yield
    finally:
        if server is not None:
            await server.cleanup()
        stopping.set()
        await leading
        for connector in app.connectors.values():
            await connector.close()


def _recorder_for(app: App, lanes: str, db_thread: DatabaseThread) -> DeliveryRecorder:
    deliverer: Deliverer = TicketDelivery(db_thread, app.connectors)
    if lanes == EMAIL_LANES:
        assert app.mailer is not None
        emails = EmailDelivery(app.mailer, db_thread, app.helpdesk.tell)
        deliverer = RecheckedDeliverer(emails, app.reminder_messages, db_thread)
    return DeliveryRecorder(deliverer, patience=DELIVERY_PATIENCE)


def send_tickets(app: App) -> None:
    """Delivers what waits for the connectors, once; what fails waits for the next time."""
    _send_waiting(app, TICKET_LANES)


def send_emails(app: App) -> None:
    """Delivers the e-mails that wait, once; what fails waits for the next time."""
    if app.mailer is not None:
        _send_waiting(app, EMAIL_LANES)


def _send_waiting(app: App, lanes: str) -> None:
    db_thread = DatabaseThread(app.store)
    try:
        asyncio.run(deliver_due(app.store, _recorder_for(app, lanes, db_thread), lanes=lanes))
    finally:
        db_thread.close()


async def _inbound_server(
    app: App, incoming: InboundUpdates, db_thread: DatabaseThread
) -> web.AppRunner | None:
    settings = app.settings
    secrets = tuple(one.get_secret_value() for one in settings.ticket_webhook_secrets)
    if not settings.inbound_port or not secrets:
        return None
    from bot.background.inbound_webhook import InboundWebhook
    from bot.http_server import start_server

    inbound = InboundWebhook(incoming, db_thread, secrets, utc_now)
    runner, _ = await start_server(
        inbound.application(), settings.listen_host, settings.inbound_port
    )
    return runner


class ConnectorPolling:
    """Asks one system what is new, and has it done at the desk.

    Lives in the event loop, as a task of the leader; works on the database in its thread.
    """

    def __init__(
        self,
        connector: Connector,
        incoming: InboundUpdates,
        db_thread: DatabaseThread,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._connector = connector
        self._incoming = incoming
        self._db_thread = db_thread
        self._clock = clock

    async def run(self) -> None:
        """Asks again and again, as often as the connector says; waits while it is out of reach."""

        async def ask() -> None:
            try:
                await self.once()
            except ConnectorError as error:
                log.warning("%s ne répond pas : %s", self._connector.name, error.failure.code)

        if self._connector.polling is not None:
            await _repeat(ask, "polling", self._connector.polling)

    async def once(self) -> int:
        """How many replies were new.

        The mark moves on only once everything before it is done: nothing is missed, and what is
        looked at twice is known.

        Raises:
            ConnectorError: the system is out of reach.
        """
        name = self._connector.name
        mark = await self._db_thread.record(lambda db: db.ticket_links.mark_of(name))
        known = await self._db_thread.record(lambda db: db.ticket_links.copies(name))
        replies, reached = await self._connector.news(mark, known)
        taken = 0
        for reply in replies:
            result = await self._db_thread.do(self._incoming.take, name, reply, self._clock())
            taken += result is not None
        await self._db_thread.record(lambda db: db.ticket_links.save_mark(name, reached))
        return taken


class MailboxPolling:
    """Reads the mailbox that answers come to, and has each e-mail taken once.

    Lives in the event loop, as a task of the leader; the mailbox is read in other threads. The mark
    of an e-mail is in the transaction that takes it: a process that dies repeats and loses nothing.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        emails: InboundEmails,
        db_thread: DatabaseThread,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._mailbox = mailbox
        self._emails = emails
        self._db_thread = db_thread
        self._clock = clock

    async def run(self) -> None:
        """Looks every minute; waits while the mail server is out of reach."""
        from bot.connectors.mailbox import MailboxError

        async def look() -> None:
            try:
                await self.once()
            except MailboxError as error:
                log.warning("la boîte de courriel ne répond pas : %s", type(error).__name__)

        await _repeat(look, MAILBOX, MAILBOX_EVERY)

    async def once(self) -> list[EmailOutcome]:
        """What became of each new e-mail, oldest first. Raises one of `MailboxError`."""
        box = await asyncio.to_thread(self._mailbox.open)
        outcomes = []
        try:
            last = await self._db_thread.record(lambda db: db.ticket_links.mark_of(MAILBOX))
            for mark in await asyncio.to_thread(box.newer_than, last):
                raw = await asyncio.to_thread(box.read, mark)
                if raw is None:
                    continue
                email = await asyncio.to_thread(parse_incoming_email, raw)
                save = partial(_save_mailbox_mark, mark)
                outcome = await self._db_thread.do(self._emails.receive, email, self._clock(), save)
                outcomes.append(outcome)
                if outcome.is_taken:
                    await asyncio.to_thread(box.mark_read, mark)
        finally:
            await asyncio.to_thread(box.close)
        return outcomes


def _save_mailbox_mark(mark: str, db: Database) -> None:
    db.ticket_links.save_mark(MAILBOX, mark)


async def apply_retention(
    db_thread: DatabaseThread,
    rules: Retention,
    desk: AdvisorDesk,
    *,
    every: timedelta = RETENTION_EVERY,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Removes what is past its date, every hour, for ever; a task of the leader."""

    async def apply() -> None:
        await db_thread.record(lambda db: RetentionRun(db, desk).apply(rules, clock()))

    await _repeat(apply, "retention", every)


async def keep_reminding(
    db_thread: DatabaseThread,
    reminders: DailyReminders,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Writes what is due every few minutes, in the sending hours of working days in Paris."""

    async def remind() -> None:
        now = clock()
        if is_sending_time(now, reminders.calendar.region):
            await db_thread.do(reminders.run, now)

    await _repeat(remind, "reminders", REMINDERS_EVERY)


async def _repeat(work: Callable[[], Awaitable[None]], name: str, pause: timedelta) -> None:
    """Does some work for ever; what fails is logged, and the next time may be better."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 -- whatever it is
            log_failure(log, name, error)
        await asyncio.sleep(pause.total_seconds())
