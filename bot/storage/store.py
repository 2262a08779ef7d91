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

from bot.storage.codes import Codes
from bot.storage.condition import Conditions
from bot.storage.copies import Copies
from bot.storage.custody import Custody
from bot.storage.database import snapshot
from bot.storage.dispatch import Dispatch
from bot.storage.figures import Figures
from bot.storage.houses import Houses
from bot.storage.inbox import Inbox
from bot.storage.invitations import Invitations
from bot.storage.journal import Journal
from bot.storage.keyuse import KeyUse
from bot.storage.leases import Leases
from bot.storage.outbox import Outbox
from bot.storage.people import People
from bot.storage.reminders import Reminders
from bot.storage.resealing import Resealing
from bot.storage.retention import Retiring
from bot.storage.staff import Staff
from bot.storage.threads import Threads
from bot.storage.topics import Topics
from bot.storage.unanswered import UnansweredQuestions
from bot.storage.vault import Vault
from bot.storage.votes import Votes

TALLY = 500
"""Seals that a process may hold uncounted: noted in every turn, they would cost a write each."""


class Records(
    People,
    Conditions,
    Houses,
    Retiring,
    Threads,
    Outbox,
    Custody,
    Inbox,
    Leases,
    Votes,
    UnansweredQuestions,
    Journal,
    Staff,
    Copies,
    Topics,
    Figures,
    Invitations,
    Reminders,
    Codes,
    KeyUse,
    Resealing,
):
    """Everything that can be read and written inside one transaction."""


class Store:
    """Opens transactions on a migrated database."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._dispatches: tuple[Dispatch, ...] = ()

    def employ(self, dispatch: Dispatch) -> None:
        """From now on what is committed for this sender is handed to it."""
        self._dispatches = (*self._dispatches, dispatch)

    def dismiss(self, dispatch: Dispatch) -> None:
        self._dispatches = tuple(one for one in self._dispatches if one is not dispatch)

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """One transaction: all of it is kept, or nothing."""
        self._vault.refresh()
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            records = Records(session, self._vault, self._dispatches)
            yield records
            records.settle()
            records.count_seals(self._vault.tally.take(TALLY))
        records.announce()

    @contextmanager
    def look(self) -> Iterator[Records]:
        """For reading alone: as of one moment, holding up nobody and waiting for nobody."""
        self._vault.refresh()
        with snapshot(self._engine) as connection, Session(connection) as session:
            yield Records(session, self._vault)

    @property
    def engine(self) -> Engine:
        """The database, for what reads or writes it whole: backups and moves."""
        return self._engine

    @property
    def vault(self) -> Vault:
        return self._vault

    def close(self) -> None:
        """Notes what is still to be counted, and lets go of every connection."""
        if counted := self._vault.tally.take():
            with self.transaction() as records:
                records.count_seals(counted)
        self._engine.dispose()
