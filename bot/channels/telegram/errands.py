"""Errands: files that were fetched between two commits, heard as later events, once each.

The row of the errand is settled in the commit that takes the file in: what was fetched twice, by
two processes or after a death between the two, is known again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bot.app import App
from bot.channels.telegram.events import address_of
from bot.channels.telegram.staff.commands import AdvisorCommands
from bot.channels.telegram.staff.updates import Brought
from bot.logs import log_failure
from bot.services.helpdesk import IncomingEvent
from bot.storage.store import Database
from bot.storage.ticket_links import ERRANDS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Errands:
    """Hands on what was brought: to the help desk, or to the staff room."""

    app: App
    room: AdvisorCommands

    def take(self, row: int, came: IncomingEvent | Brought, now: datetime) -> None:
        """One file, in a transaction; `row` names its errand."""
        with self.app.store.transaction() as db:
            if not db.ticket_links.remember_event(ERRANDS, str(row), now):
                return
            db.outbox.mark_sent((row,), now)
            if isinstance(came, IncomingEvent):
                self.app.helpdesk.receive_one(db, came, now)
            else:
                self._take_staff(db, came, now)

    def _take_staff(self, db: Database, came: Brought, now: datetime) -> None:
        """What fails is kept aside without the file, and stops nobody."""
        try:
            with db.savepoint():
                self.room.take(db, came, now)
        except Exception as error:  # noqa: BLE001 -- our own mistake must not stop the others
            log_failure(log, "staff", error)
            who, kind = address_of(came.place.user_id), type(error).__name__
            db.inbox.add_failed(uuid4().hex[:8].upper(), who, repr(came), kind, now)
