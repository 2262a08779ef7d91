"""What the rights of persons change in a ticket: rectification, and restriction of processing."""

from datetime import datetime

from sqlmodel import Session

from bot.domain.ticket import TicketRequest
from bot.storage.base import Repository
from bot.storage.encryption import Encryption
from bot.storage.tables_requests import TicketAgentRow
from bot.storage.ticket_content import answers_to_json, content_to_json
from bot.storage.tickets import Tickets


class TicketRights(Repository):
    """Corrections and restrictions, in the transaction of `bot.services.ticket_rights`.

    A value that is replaced leaves the database with the commit (SQLite overwrites it:
    `secure_delete`); backups made before still hold it.
    """

    def __init__(self, session: Session, encryption: Encryption, tickets: Tickets) -> None:
        super().__init__(session, encryption)
        self._tickets = tickets

    def restrict(self, reference: str, since: datetime | None) -> bool:
        """Restricts the processing of a ticket, or lifts that (None); tells whether it changed."""
        row = self._tickets.row(reference, lock=True)
        if row is None or (row.restricted_at is None) == (since is None):
            return False
        row.restricted_at = since
        return True

    def replace_request(self, reference: str, request: TicketRequest, now: datetime) -> None:
        """Keeps a request as it was corrected, agent by agent; the former values are gone."""
        row = self._tickets.row(reference, lock=True)
        assert row is not None  # who corrects has read it
        row.content_sealed = self._seal(content_to_json(request), "ticket", row.id, "content")
        row.updated_at = now
        for place, agent in enumerate(request.agents):
            name, answers = f"{row.id}/{place}", answers_to_json(agent.answers)
            kept = self._session.get_one(TicketAgentRow, (row.id, place))
            kept.answers_sealed = self._seal(answers, "ticket_agent", name, "answers")
