"""Tickets as they stand: read by who filed them and by the desk, and what happens to them."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import col, select

from bot.domain.people import Assurance, Employer
from bot.domain.ticket import (
    Agent,
    Author,
    Ticket,
    TicketMessage,
    TicketRequest,
    TicketStatus,
    TicketSummary,
)
from bot.storage.attachments import Attachments
from bot.storage.base import table_of
from bot.storage.codec import (
    answers_from_json,
    content_from_json,
)
from bot.storage.tables_requests import TicketAgentRow, TicketMessageRow, TicketRow


class Summed(Protocol):
    """What a summary is made of: a row of the table, or what was asked of one."""

    @property
    def reference(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def filed_at(self) -> datetime: ...
    @property
    def sous_motif_label(self) -> str: ...
    @property
    def queue(self) -> str | None: ...
    @property
    def taken_by(self) -> str | None: ...


_TICKET = table_of(TicketRow)
SUMMARY = (
    _TICKET.c.reference,
    _TICKET.c.status,
    _TICKET.c.filed_at,
    _TICKET.c.sous_motif_label,
    _TICKET.c.queue,
    _TICKET.c.taken_by,
)
_OWN = (
    sqlalchemy.select(*SUMMARY)
    .where(_TICKET.c.person_id == bindparam("person_id"))
    .order_by(_TICKET.c.filed_at.desc(), _TICKET.c.number.desc())
)


class Tickets(Attachments):
    """Filed requests."""

    def tickets_of(self, person_id: str) -> tuple[TicketSummary, ...]:
        """The person's own tickets, newest first."""
        own = {"person_id": person_id}
        rows = self._reading_of(TicketRow, **own).execute(_OWN, own)
        return tuple(summary_of(row) for row in rows)

    def ticket_of(self, person_id: str, reference: str) -> Ticket | None:
        """A ticket of the person's own; somebody else's is as good as none."""
        row = self._own(person_id, reference)
        return self._ticket_for_requester(row) if row else None

    def add_message(
        self, person_id: str, reference: str, author: Author, text: str, now: datetime
    ) -> Ticket | None:
        """The ticket with one more message; None when the person has none of that name."""
        row = self._own(person_id, reference, lock=True)
        if row is None:
            return None
        self._append(row, TicketMessage(author=author, text=text, written_at=now))
        return self._ticket_for_requester(row)

    def withdraw_ticket(self, person_id: str, reference: str, now: datetime) -> Ticket | None:
        """The ticket, withdrawn if it was open; None when the person has none of that name."""
        row = self._own(person_id, reference, lock=True)
        if row is None:
            return None
        if TicketStatus(row.status).is_open:
            self._change_status(row, TicketStatus.WITHDRAWN, now)
        return self._ticket_for_requester(row)

    def set_ticket_status(
        self, reference: str, status: TicketStatus, now: datetime
    ) -> Ticket | None:
        """The ticket as the desk decided; None when there is none of that name."""
        row = self._by_reference(reference, lock=True)
        if row is None:
            return None
        self._change_status(row, status, now)
        return self._ticket(row)

    def all_tickets(
        self,
        *,
        status: TicketStatus | None = None,
        siret: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> tuple[TicketSummary, ...]:
        """Everybody's tickets, newest first, for who works at the desk."""
        chosen = select(TicketRow)
        if status is not None:
            chosen = chosen.where(TicketRow.status == status.value)
        if siret is not None:
            chosen = chosen.where(TicketRow.siret == siret)
        if since is not None:
            chosen = chosen.where(TicketRow.filed_at >= since)
        newest = chosen.order_by(col(TicketRow.filed_at).desc()).limit(limit)
        return tuple(summary_of(row) for row in self._elsewhere.exec(newest))

    def ticket_by_reference(self, reference: str) -> Ticket | None:
        """Anybody's ticket, for who works at the desk."""
        row = self._by_reference(reference)
        return self._ticket(row) if row else None

    def tickets_about(self, nir: str, siret: str) -> tuple[TicketSummary, ...]:
        """The employer's tickets that concern this NIR, newest first."""
        prints = self._vault.fingerprints(nir, siret)
        about = select(TicketAgentRow.ticket_id).where(
            col(TicketAgentRow.nir_fingerprint).in_(prints)
        )
        rows = self._elsewhere.exec(
            select(TicketRow)
            .where(col(TicketRow.id).in_(about))
            .order_by(col(TicketRow.filed_at).desc())
        )
        return tuple(summary_of(row) for row in rows)

    def _own(self, person_id: str, reference: str, *, lock: bool = False) -> TicketRow | None:
        row = self._by_reference(reference, lock=lock)
        return row if row and row.person_id == person_id else None

    def _by_reference(self, reference: str, *, lock: bool = False) -> TicketRow | None:
        named = select(TicketRow).where(TicketRow.reference == reference)
        if lock:  # and read again what another process may have changed meanwhile
            named = named.with_for_update().execution_options(populate_existing=True)
        return self._elsewhere.exec(named).first()

    def _change_status(self, row: TicketRow, status: TicketStatus, now: datetime) -> None:
        row.status = status.value
        row.closed_at = None if status.is_open else row.closed_at or now
        row.updated_at = now
        self._elsewhere.flush()

    def _append(self, row: TicketRow, message: TicketMessage) -> TicketMessage:
        """The message as it stands in the ticket, its place given."""
        place = self._count_messages(row.id)
        self._elsewhere.add(
            TicketMessageRow(
                ticket_id=row.id,
                place=place,
                author=message.author.value,
                text_sealed=self._seal(message.text, *message_of(row.id, place)),
                written_at=message.written_at,
                by=message.by or None,
                internal=message.internal or None,
                source=message.source or None,
            )
        )
        row.updated_at = message.written_at
        self._elsewhere.flush()
        return replace(message, place=place)

    def _count_messages(self, ticket_id: str) -> int:
        mine = TicketMessageRow.ticket_id == ticket_id
        return self._elsewhere.exec(
            select(func.count()).select_from(TicketMessageRow).where(mine)
        ).one()

    def _ticket(self, row: TicketRow) -> Ticket:
        return Ticket(
            reference=row.reference,
            status=TicketStatus(row.status),
            filed_at=row.filed_at,
            request=self._request(row),
            messages=self._messages(row.id),
            queue=row.queue or "",
            taken_by=row.taken_by or "",
            follows=row.follows or "",
            closed_at=row.closed_at,
            score=row.score,
            pieces=self.pieces(row.id),
        )

    def _ticket_for_requester(self, row: TicketRow) -> Ticket:
        """The ticket without what the desk's people write among themselves."""
        return without_internal(self._ticket(row))

    def _request(self, row: TicketRow) -> TicketRequest:
        content = content_from_json(self._open(row.content_sealed, *content_of(row.id)))
        return TicketRequest(
            identity=row.id,
            path=row.path,
            labels=(row.theme_label, row.motif_label, row.sous_motif_label),
            fund=row.fund,
            employer=Employer(row.siret, content.employer),
            email=content.email,
            assurance=Assurance(row.assurance),
            answers=content.answers,
            agents=self._agents(row.id),
            description=content.description,
            sources=content.sources,
        )

    def _agents(self, ticket_id: str) -> tuple[Agent, ...]:
        mine = select(TicketAgentRow.place, TicketAgentRow.answers_sealed).where(
            TicketAgentRow.ticket_id == ticket_id
        )
        rows = self._elsewhere.exec(mine.order_by(col(TicketAgentRow.place)))
        return tuple(
            Agent(answers_from_json(self._open(sealed, *agent_of(ticket_id, place))))
            for place, sealed in rows
        )

    def _messages(self, ticket_id: str) -> tuple[TicketMessage, ...]:
        mine = select(TicketMessageRow).where(TicketMessageRow.ticket_id == ticket_id)
        rows = self._elsewhere.exec(mine.order_by(col(TicketMessageRow.place)))
        return tuple(
            TicketMessage(
                author=Author(row.author),
                text=self._open(row.text_sealed, *message_of(ticket_id, row.place)),
                written_at=row.written_at,
                place=row.place,
                by=row.by or "",
                internal=bool(row.internal),
            )
            for row in rows
        )


def summary_of(row: Summed) -> TicketSummary:
    return TicketSummary(
        reference=row.reference,
        status=TicketStatus(row.status),
        filed_at=row.filed_at,
        label=row.sous_motif_label,
        queue=row.queue or "",
        taken_by=row.taken_by or "",
    )


def without_internal(ticket: Ticket) -> Ticket:
    shown = tuple(message for message in ticket.messages if not message.internal)
    places = {None, *(message.place for message in shown)}
    pieces = tuple(piece for piece in ticket.pieces if piece.place in places)
    return replace(ticket, messages=shown, pieces=pieces)


def content_of(ticket_id: str) -> tuple[str, str, str]:
    return "ticket", ticket_id, "content"


def agent_of(ticket_id: str, place: int) -> tuple[str, str, str]:
    return "ticket_agent", f"{ticket_id}/{place}", "answers"


def message_of(ticket_id: str, place: int) -> tuple[str, str, str]:
    return "ticket_message", f"{ticket_id}/{place}", "text"
