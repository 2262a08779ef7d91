"""The back office: what the people of the desk can do with filed tickets."""

from datetime import datetime

from bot.domain.ticket import Ticket, TicketStatus, TicketSummary
from bot.storage.store import Store


class BackOffice:
    """The desk's side of the register."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def tickets(self, *, status: TicketStatus | None, limit: int) -> tuple[TicketSummary, ...]:
        """Tickets of everybody, newest first."""
        with self._store.transaction() as records:
            return records.all_tickets(status=status, limit=limit)

    def ticket(self, reference: str) -> Ticket | None:
        with self._store.transaction() as records:
            return records.ticket_by_reference(reference)

    def reveal(
        self, reference: str, *, who: str, reason: str, now: datetime
    ) -> tuple[str, ...] | None:
        """The NIRs of a ticket, agent by agent, empty where there is none; None without a ticket.

        The audit keeps who, which ticket and why, in the same commit: no reveal goes unrecorded.
        """
        with self._store.transaction() as records:
            ticket = records.ticket_by_reference(reference)
            if ticket is None:
                return None
            records.audit(who, "ticket.revealed", reference, reason, now)
            nirs = [agent.answer("nir") for agent in ticket.request.agents]
            return tuple(answer.value if answer else "" for answer in nirs)
