"""The store: the one entrance to what the desk keeps.

    with store.transaction() as db:
        person = db.people.of("telegram:12345", now)
        with db.savepoint():
            db.conversations.save(person.id, session, now)

A transaction commits at its end and rolls back on any error, whole; what a savepoint does rolls
back alone. Values go in and come out, never rows. Reading the clock is the caller's business.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from bot.storage.accounts import Accounts
from bot.storage.attachments import Attachments
from bot.storage.audit_log import AuditLog
from bot.storage.condition import Conditions
from bot.storage.conversations import Conversations
from bot.storage.database import snapshot
from bot.storage.dispatch import Dispatch, is_of
from bot.storage.encryption import Encryption
from bot.storage.failed_updates import FailedUpdates
from bot.storage.inbox import Inbox
from bot.storage.keyuse import KeyUse
from bot.storage.leases import Leases
from bot.storage.one_time_codes import OneTimeCodes
from bot.storage.outbox import Outbox
from bot.storage.people import People, Staff
from bot.storage.reminders import Reminders
from bot.storage.report_statistics import ReportStatistics
from bot.storage.retention import PastDates
from bot.storage.sealed_columns import Resealing
from bot.storage.statistics import Statistics
from bot.storage.ticket_links import TicketLinks
from bot.storage.ticket_messages import TicketMessages
from bot.storage.tickets import Tickets

TALLY = 500
"""Seals that a process may hold uncounted: noted in every turn, they would cost a write each."""


class Database:
    """One open transaction: the repositories of the desk, which share its session.

    `Store` makes it; it is used by one thread, until the transaction ends.
    """

    def __init__(self, session: Session, vault: Encryption) -> None:
        self.session = session
        self.people = People(session, vault)
        self.staff = Staff(session, vault)
        self.conversations = Conversations(session, vault)
        self.attachments = Attachments(session, vault)
        self.tickets = Tickets(session, vault, self.attachments)
        self.ticket_messages = TicketMessages(session, vault, self.tickets)
        self.ticket_links = TicketLinks(session, vault)
        self.accounts = Accounts(session, vault)
        self.one_time_codes = OneTimeCodes(session, vault)
        self.reminders = Reminders(session, vault)
        self.outbox = Outbox(session, vault)
        self.inbox = Inbox(session, vault)
        self.failed_updates = FailedUpdates(session, vault)
        self.leases = Leases(session, vault)
        self.audit_log = AuditLog(session, vault)
        self.statistics = Statistics(session, vault)
        self.report = ReportStatistics(session, vault)
        self.condition = Conditions(session, vault, self.accounts)
        self.retention = PastDates(
            session, vault, self.conversations, self.attachments, self.statistics
        )
        self.sealed_columns = Resealing(session, vault)
        self.key_use = KeyUse(session, vault)

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

    def __init__(self, engine: Engine, vault: Encryption) -> None:
        self._engine = engine
        self._vault = vault
        self._dispatches: tuple[Dispatch, ...] = ()

    def employ(self, dispatch: Dispatch) -> None:
        """From now on this sender is told of what is committed for its lanes."""
        self._dispatches = (*self._dispatches, dispatch)

    def dismiss(self, dispatch: Dispatch) -> None:
        self._dispatches = tuple(one for one in self._dispatches if one is not dispatch)

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """One transaction: all of it is kept, or nothing."""
        self._vault.refresh()
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            db = Database(session, self._vault)
            yield db
            db.key_use.count_seals(self._vault.tally.take(TALLY))
        for dispatch in self._dispatches:
            if any(is_of(lane, dispatch.lanes) for lane in db.outbox.lanes):
                dispatch.notice()

    @contextmanager
    def read(self) -> Iterator[Database]:
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
        """Notes what is still to be counted, and lets go of every connection."""
        if counted := self._vault.tally.take():
            with self.transaction() as db:
                db.key_use.count_seals(counted)
        self._engine.dispose()
