"""The store: the one entrance to what the desk keeps.

    with store.transaction() as records:
        person = records.person("telegram:12345", now)
        with records.savepoint():
            records.save_session(person.id, session, now)

A transaction commits at its end and rolls back on any error, whole; what a savepoint does rolls
back alone. Values go in and come out, never rows. Reading the clock is the caller's business.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from bot.storage.accounts import Accounts
from bot.storage.audit_log import AuditLog
from bot.storage.condition import Conditions
from bot.storage.database import snapshot
from bot.storage.dispatch import Dispatch
from bot.storage.encryption import Encryption
from bot.storage.inbox import Inbox
from bot.storage.keyuse import KeyUse
from bot.storage.leases import Leases
from bot.storage.one_time_codes import Codes, Invitations
from bot.storage.outbox import Custody, Outbox
from bot.storage.people import People, Staff
from bot.storage.reminders import Reminders
from bot.storage.retention import PastDates
from bot.storage.sealed_columns import Resealing
from bot.storage.statistics import Statistics, UnansweredQuestions, Votes
from bot.storage.ticket_links import TicketLinks
from bot.storage.ticket_messages import Threads

TALLY = 500
"""Seals that a process may hold uncounted: noted in every turn, they would cost a write each."""


class Database(
    People,
    Conditions,
    Accounts,
    PastDates,
    Threads,
    Outbox,
    Custody,
    Inbox,
    Leases,
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
    KeyUse,
    Resealing,
):
    """Everything that can be read and written inside one transaction."""


class Store:
    """Opens transactions on a migrated database."""

    def __init__(self, engine: Engine, vault: Encryption) -> None:
        self._engine = engine
        self._vault = vault
        self._dispatches: tuple[Dispatch, ...] = ()

    def employ(self, dispatch: Dispatch) -> None:
        """From now on what is committed for this sender is handed to it."""
        self._dispatches = (*self._dispatches, dispatch)

    def dismiss(self, dispatch: Dispatch) -> None:
        self._dispatches = tuple(one for one in self._dispatches if one is not dispatch)

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """One transaction: all of it is kept, or nothing."""
        self._vault.refresh()
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            db = Database(session, self._vault, self._dispatches)
            yield db
            db.settle()
            db.key_use.count_seals(self._vault.tally.take(TALLY))
        db.announce()

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
        """Notes what is still to be counted, and lets go of every connection."""
        if counted := self._vault.tally.take():
            with self.transaction() as db:
                db.key_use.count_seals(counted)
        self._engine.dispose()
