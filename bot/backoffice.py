"""The back office: what the people of the desk can do with filed tickets.

Who does something has been let in by the caller: a terminal belongs to whoever holds the keys, a
member of a staff group needs a role.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from bot.domain.attachment import Attachment
from bot.domain.ticket import Happening, Ticket, TicketStatus, TicketSummary
from bot.services.advisor_actions import AdvisorAction, TellRequester
from bot.services.advisor_tickets import AdvisorTickets
from bot.services.ticket_notifications import TicketNotifications
from bot.storage.store import Database, Store

T = TypeVar("T")


class BackOffice:
    """The desk's side of the register."""

    def __init__(
        self,
        store: Store,
        correspondence: TicketNotifications,
        tell: TellRequester,
        piece_bytes: int,
    ) -> None:
        self._store = store
        self._notifications = correspondence
        self._tell = tell
        self._piece_bytes = piece_bytes

    def do(self, deed: AdvisorAction, work: Callable[[AdvisorTickets], T]) -> T:
        """One deed, in a transaction of its own."""
        with self._store.transaction() as db:
            return work(self.tickets_for(db, deed))

    def tickets_for(self, db: Database, deed: AdvisorAction) -> AdvisorTickets:
        """The bench inside a transaction that the caller holds."""
        return AdvisorTickets(
            db=db,
            notifications=self._notifications,
            tell=self._tell,
            deed=deed,
            piece_bytes=self._piece_bytes,
        )

    def tickets(
        self, *, status: TicketStatus | None = None, limit: int
    ) -> tuple[TicketSummary, ...]:
        """Tickets of everybody, newest first."""
        with self._store.transaction() as db:
            return db.tickets.newest(status=status, limit=limit)

    def open_tickets(self, limit: int) -> tuple[TicketSummary, ...]:
        """What is still to be done, the oldest first."""
        with self._store.transaction() as db:
            return db.tickets.still_open(limit)

    def ticket(self, reference: str) -> Ticket | None:
        with self._store.transaction() as db:
            return db.tickets.by_reference(reference)

    def history(self, reference: str) -> tuple[Happening, ...]:
        with self._store.transaction() as db:
            return db.ticket_messages.history(reference)

    def name(self, address: str) -> str:
        """How somebody of the desk is called."""
        with self._store.transaction() as db:
            return db.staff.name_of(address)

    def show_piece(
        self, reference: str, number: int, deed: AdvisorAction, reason: str
    ) -> tuple[Attachment, bytes] | None:
        """A piece with its content, the reason recorded; None where there is none."""
        with self._store.transaction() as db:
            if not self.tickets_for(db, deed).reveal_piece(reference, number, reason):
                return None
            return db.attachments.content(reference, number)

    def reveal(
        self, reference: str, *, who: str, reason: str, now: datetime
    ) -> tuple[str, ...] | None:
        """The NIRs of a ticket, agent by agent, the reason recorded; None without a ticket."""
        return self.do(
            AdvisorAction(who=who, at=now), lambda bench: bench.reveal(reference, reason)
        )
