"""What the rights of persons need of tickets: finding somebody, rectification, restriction."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain.ticket import Agent, TicketRequest
from bot.storage.base import Repository
from bot.storage.encryption import Encryption
from bot.storage.row_mac import is_intact
from bot.storage.tables_requests import TicketAgentRow, TicketRow
from bot.storage.ticket_content import answers_to_json, content_from_json, content_to_json
from bot.storage.tickets import Tickets


class TicketRights(Repository):
    """Corrections and restrictions, in the transaction of `bot.services.ticket_rights`.

    A value that is replaced leaves the database with the commit (SQLite overwrites it:
    `secure_delete`); backups made before still hold it.
    """

    def __init__(self, session: Session, encryption: Encryption, tickets: Tickets) -> None:
        super().__init__(session, encryption)
        self._tickets = tickets

    def every_agent(self) -> Iterator[tuple[str, int, Agent]]:
        """Opens one agent after the other, with the reference and their place in the ticket; one
        that was changed outside the desk is left out."""
        rows = self._session.exec(
            select(TicketRow.reference, TicketAgentRow)
            .join(TicketRow, col(TicketRow.id) == col(TicketAgentRow.ticket_id))
            .order_by(col(TicketRow.year), col(TicketRow.number), col(TicketAgentRow.place))
            .execution_options(yield_per=500)
        )
        for reference, row in rows:
            if is_intact(row):
                yield reference, row.place, self._tickets.agent(row)

    def every_email(self) -> Iterator[tuple[str, str]]:
        """Opens one ticket after the other: who filed it, and the reply address given for it."""
        rows = self._session.exec(
            select(TicketRow.person_id, TicketRow.id, TicketRow.content_sealed).execution_options(
                yield_per=500
            )
        )
        for person_id, ticket_id, sealed in rows:
            content = content_from_json(self._open(sealed, "ticket", ticket_id, "content"))
            yield person_id, content.email

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
