"""Ticket messages: what is added to a ticket once it is filed, and the history of a ticket."""

from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.domain.ticket import AnswerSource, Happening, Ticket, TicketMessage
from bot.storage.base import Repository
from bot.storage.encryption import Encryption
from bot.storage.row_mac import check_row
from bot.storage.tables_requests import TicketHappeningRow, TicketMessageRow, TicketRow
from bot.storage.tickets import Tickets, without_internal

RECENT = 20
"""Tickets of a person among which a message that was corrected is looked for."""


class TicketMessages(Repository):
    """Messages, their corrections, and what happened to a ticket."""

    def __init__(self, session: Session, encryption: Encryption, tickets: Tickets) -> None:
        super().__init__(session, encryption)
        self._tickets = tickets

    def add(self, reference: str, message: TicketMessage) -> TicketMessage | None:
        """Adds a message to a ticket and returns it with its place; None without a ticket."""
        ticket = self._tickets.row(reference, lock=True)
        if ticket is None:
            return None
        mine = select(func.count()).where(TicketMessageRow.ticket_id == ticket.id)
        place = self._session.exec(mine).one()
        self._session.add(
            TicketMessageRow(
                ticket_id=ticket.id,
                place=place,
                author=message.author.value,
                text_sealed=self._seal_text(message.text, ticket.id, place),
                written_at=message.written_at,
                by=message.by or None,
                internal=message.internal or None,
                source=message.source or None,
            )
        )
        ticket.updated_at = message.written_at
        return replace(message, place=place)

    def edit(self, reference: str, place: int, text: str, now: datetime) -> bool:
        """Replaces the words of a message; tells whether there was such a message."""
        ticket = self._tickets.row(reference, lock=True)
        row = self._session.get(TicketMessageRow, (ticket.id, place)) if ticket else None
        if ticket is None or row is None:
            return False
        check_row(row)
        row.text_sealed = self._seal_text(text, ticket.id, place)
        ticket.updated_at = now
        return True

    def find_by_source(self, person_id: str, source: str) -> tuple[str, int] | None:
        """Returns which ticket a message of the person's became part of, and its place there."""
        found = (
            select(TicketRow.reference, TicketMessageRow.place)
            .join(TicketRow, col(TicketRow.id) == col(TicketMessageRow.ticket_id))
            .where(TicketRow.person_id == person_id, TicketMessageRow.source == source)
        )
        return self._session.exec(found).first()

    def find_request_by_source(
        self, person_id: str, source: str
    ) -> tuple[Ticket, tuple[AnswerSource, ...]] | None:
        """Returns the person's newest ticket whose request was written in that message, and what
        of it; only recent tickets are looked at."""
        own = select(TicketRow).where(TicketRow.person_id == person_id)
        newest = own.order_by(col(TicketRow.filed_at).desc()).limit(RECENT)
        for row in self._session.exec(newest).all():
            if not self._tickets.is_whole(row):
                continue
            sources = self._tickets.request_of(row).sources
            found = tuple(one for one in sources if source in one.message.split(","))
            if found:
                return without_internal(self._tickets.to_ticket(row)), found
        return None

    def begin_history(self, ticket: Ticket, filed: Happening) -> None:
        """Notes the first thing that happened to a ticket that was just filed."""
        self._note(ticket.request.identity, 0, filed)

    def note(self, reference: str, happening: Happening) -> None:
        """Notes what happened to a ticket, behind what happened before."""
        row = self._tickets.row(reference)
        if row is None:
            return
        mine = select(func.count()).where(TicketHappeningRow.ticket_id == row.id)
        self._note(row.id, self._session.exec(mine).one(), happening)

    def history(self, reference: str) -> tuple[Happening, ...]:
        """Returns what happened to a ticket, from its filing on."""
        mine = (
            select(TicketHappeningRow)
            .join(TicketRow, col(TicketRow.id) == col(TicketHappeningRow.ticket_id))
            .where(TicketRow.reference == reference)
            .order_by(col(TicketHappeningRow.place))
        )
        happened = []
        for row in self._session.exec(mine):
            check_row(row, f"demande {reference}")
            happened.append(Happening(what=row.what, who=row.who, at=row.at, detail=row.detail))
        return tuple(happened)

    def _seal_text(self, text: str, ticket_id: str, place: int) -> bytes:
        return self._seal(text, "ticket_message", f"{ticket_id}/{place}", "text")

    def _note(self, ticket_id: str, place: int, happening: Happening) -> None:
        self._session.add(TicketHappeningRow(ticket_id=ticket_id, place=place, **asdict(happening)))
