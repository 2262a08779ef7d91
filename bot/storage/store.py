"""The store: the one entrance to what the desk keeps.

    with store.transaction() as records:
        person = records.person("telegram:12345", now)
        with records.savepoint():
            records.save_session(person.id, session, now)

A transaction commits at its end and rolls back on any error, whole; what a savepoint does rolls
back alone. Values go in and come out, never rows. Reading the clock is the caller's business.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from bot.storage.accounts import Accounts
from bot.storage.audit_log import AuditLog
from bot.storage.condition import Conditions
from bot.storage.database import snapshot
from bot.storage.encryption import Encryption
from bot.storage.inbox import Inbox
from bot.storage.leases import Leases
from bot.storage.one_time_codes import Codes, Invitations
from bot.storage.outbox import Outbox
from bot.storage.people import People, Staff
from bot.storage.reminders import Reminders
from bot.storage.retention import PastDates
from bot.storage.statistics import Statistics, UnansweredQuestions, Votes
from bot.storage.ticket_links import TicketLinks
from bot.storage.ticket_messages import Threads

Subscriber = Callable[[frozenset[str]], None]
"""Is told which lanes of the outbox have something new."""


class Database(
    People,
    Conditions,
    Accounts,
    PastDates,
    Threads,
    Inbox,
    Votes,
    UnansweredQuestions,
    AuditLog,
    Staff,
    TicketLinks,
    TicketLinks,
    Statistics,
    Invitations,
    Reminders,
    Codes,
):
    """Everything that can be read and written inside one transaction."""

    def __init__(self, session: Session, vault: Encryption) -> None:
        super().__init__(session, vault)
        self._outbox = Outbox(session, vault)

    @property
    def outbox(self) -> Outbox:
        """What is to be delivered; all that was held back is written before."""
        self.settle()
        return self._outbox

    @property
    def touched_lanes(self) -> set[str]:
        """The lanes of the outbox that got something new."""
        return self._outbox.touched

    @property
    def leases(self) -> Leases:
        """Which process does what."""
        return Leases(self._elsewhere, self._vault)


class Store:
    """Opens transactions on a migrated database."""

    def __init__(self, engine: Engine, vault: Encryption) -> None:
        self._engine = engine
        self._vault = vault
        self._subscribers: tuple[Subscriber, ...] = ()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Calls it after each commit that put something into the outbox, in that thread."""
        self._subscribers = (*self._subscribers, subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers = tuple(one for one in self._subscribers if one != subscriber)

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """One transaction: all of it is kept, or nothing."""
        self._vault.refresh()
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            db = Database(session, self._vault)
            yield db
            db.settle()
        if lanes := frozenset(db.touched_lanes):
            for subscriber in self._subscribers:
                subscriber(lanes)

    @contextmanager
    def look(self) -> Iterator[Database]:
        """For reading alone: as of one moment, holding up nobody and waiting for nobody."""
        self._vault.refresh()
        with snapshot(self._engine) as connection, Session(connection) as session:
            yield Database(session, self._vault)

    @property
    def engine(self) -> Engine:
        """The database, for what reads or writes it whole: backups and moves."""
        return self._engine

    @property
    def vault(self) -> Encryption:
        return self._vault

    def close(self) -> None:
        """Lets go of every connection."""
        self._engine.dispose()
