"""The store: the one entrance to what the desk keeps, and the thread that works on it.

    with store.transaction() as db:
        person = db.people.of("telegram:12345", now)
        with db.savepoint():
            db.conversations.save(person.id, session, now)

A transaction commits at its end and rolls back on any error, whole; what a savepoint does rolls
back alone. Values go in and come out, never rows. Reading the clock is the caller's business.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from bot.storage.accounts import Accounts
from bot.storage.attachments import Attachments
from bot.storage.audit_log import AuditLog
from bot.storage.breach import Breaches
from bot.storage.conversations import Conversations
from bot.storage.database import snapshot
from bot.storage.encryption import Encryption
from bot.storage.erasures import Erasures
from bot.storage.inbox import FailedUpdates, Inbox
from bot.storage.leases import Leases
from bot.storage.one_time_codes import OneTimeCodes
from bot.storage.outbox import Outbox
from bot.storage.people import People, Staff
from bot.storage.person_joining import PersonJoining
from bot.storage.reminders import Reminders
from bot.storage.retention import PastDates
from bot.storage.rights_requests import RightsRequests
from bot.storage.row_mac import ENCRYPTION
from bot.storage.service_notices import ServiceNotices
from bot.storage.statistics import Conditions, ReportStatistics, Statistics
from bot.storage.ticket_links import TicketLinks
from bot.storage.ticket_messages import TicketMessages
from bot.storage.ticket_rights import TicketRights
from bot.storage.tickets import Tickets
from bot.storage.web_transcript import WebTranscript

P = ParamSpec("P")
T = TypeVar("T")

Subscriber = Callable[[frozenset[str]], None]
"""Is told which lanes of the outbox have something new."""


class Database:
    """One open transaction: the repositories of the desk, which share its session.

    `Store` makes it; it is used by one thread, until the transaction ends.
    """

    def __init__(self, session: Session, encryption: Encryption) -> None:
        self.session = session
        session.info[ENCRYPTION] = encryption  # rows are signed and checked with it
        self.people = People(session, encryption)
        self.joining = PersonJoining(session, encryption, self.people)
        self.staff = Staff(session, encryption)
        self.conversations = Conversations(session, encryption)
        self.attachments = Attachments(session, encryption)
        self.tickets = Tickets(session, encryption, self.attachments)
        self.ticket_messages = TicketMessages(session, encryption, self.tickets)
        self.ticket_rights = TicketRights(session, encryption, self.tickets)
        self.ticket_links = TicketLinks(session, encryption)
        self.accounts = Accounts(session, encryption)
        self.one_time_codes = OneTimeCodes(session, encryption)
        self.reminders = Reminders(session, encryption)
        self.outbox = Outbox(session, encryption)
        self.inbox = Inbox(session, encryption)
        self.failed_updates = FailedUpdates(session, encryption)
        self.leases = Leases(session, encryption)
        self.audit_log = AuditLog(session, encryption)
        self.erasures = Erasures(session, encryption, self.people)
        self.statistics = Statistics(session, encryption)
        self.report = ReportStatistics(session, encryption)
        self.condition = Conditions(session, encryption, self.accounts)
        self.breaches = Breaches(session, encryption)
        self.rights_requests = RightsRequests(session, encryption)
        self.web = WebTranscript(session, encryption)
        self.service_notices = ServiceNotices(session, encryption)
        self.retention = PastDates(
            session, encryption, self.conversations, self.attachments, self.statistics
        )

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is done inside rolls back alone when it fails, and the error goes on."""
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            self.people.forget_locks()
            raise


class Store:
    """Opens transactions on a migrated database; several threads may open theirs."""

    def __init__(self, engine: Engine, encryption: Encryption) -> None:
        self._engine = engine
        self._encryption = encryption
        self._subscribers: tuple[Subscriber, ...] = ()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Calls it after each commit that put something into the outbox, in that thread."""
        self._subscribers = (*self._subscribers, subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers = tuple(one for one in self._subscribers if one != subscriber)

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """One transaction: all of it is kept, or nothing."""
        self._encryption.refresh()
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            db = Database(session, self._encryption)
            yield db
        if lanes := frozenset(db.outbox.touched):
            for subscriber in self._subscribers:
                subscriber(lanes)

    @contextmanager
    def read(self) -> Iterator[Database]:
        """For reading alone: as of one moment, holding up nobody and waiting for nobody."""
        self._encryption.refresh()
        with snapshot(self._engine) as connection, Session(connection) as session:
            yield Database(session, self._encryption)

    @property
    def engine(self) -> Engine:
        """The database, for what reads or writes it whole: backups and moves."""
        return self._engine

    @property
    def encryption(self) -> Encryption:
        return self._encryption

    def close(self) -> None:
        """Lets go of every connection."""
        self._engine.dispose()


class DatabaseThread:
    """The one thread in which a running desk works on its database, in the order of asking.

    Storage is synchronous code. One thread, and not a pool: SQLite lets one writer in at a time
    anyway, and who waits for this thread waits a moment less than who waits for a locked database.
    Turns, senders, leader tasks, deliveries and polling go through it. Health and alerts alone use
    threads of asyncio beside it: they must notice when this one hangs.

    Called from the event loop; what it runs must touch nothing that the loop changes meanwhile.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")

    @property
    def store(self) -> Store:
        return self._store

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs work that opens its own transactions."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*args, **kwargs))

    async def record(
        self, work: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs work inside one transaction."""

        def recorded() -> T:
            with self._store.transaction() as db:
                return work(db, *args, **kwargs)

        return await self.do(recorded)

    def close(self) -> None:
        """Waits for the work at hand."""
        self._thread.shutdown()
