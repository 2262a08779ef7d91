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
from bot.storage.copies import Copies
from bot.storage.figures import Figures
from bot.storage.houses import Houses
from bot.storage.intake import Intake
from bot.storage.invitations import Invitations
from bot.storage.journal import Journal
from bot.storage.outbox import Outbox
from bot.storage.people import People
from bot.storage.reminders import Reminders
from bot.storage.retention import Retiring
from bot.storage.staff import Staff
from bot.storage.threads import Threads
from bot.storage.topics import Topics
from bot.storage.unanswered import UnansweredQuestions
from bot.storage.vault import Vault
from bot.storage.votes import Votes


class Records(
    People,
    Houses,
    Retiring,
    Threads,
    Outbox,
    Intake,
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
):
    """Everything that can be read and written inside one transaction."""


class Store:
    """Opens transactions on a migrated database."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """One transaction: all of it is kept, or nothing."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            records = Records(session, self._vault)
            yield records
            records.settle()

    def close(self) -> None:
        """Lets go of every connection."""
        self._engine.dispose()
