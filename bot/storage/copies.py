"""Copies: tickets and their follow-ups as other systems know them, and what those sent back."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from bot.domain.ticket_export import ExternalTicket
from bot.storage.encryption import Print
from bot.storage.names import EVENT, PART, Names
from bot.storage.tables_requests import ConnectorMarkRow, ReceivedEventRow, TicketCopyRow, TicketRow

ERRANDS = "errands"
"""The source of files that our own outbox fetched; its events are the numbers of the rows."""


_PART = (TicketCopyRow.their_id, TicketCopyRow.fingerprint_key)
_EVENT = (ReceivedEventRow.event_id, ReceivedEventRow.fingerprint_key)


class Copies(Names):
    """What went to the connectors and came back from them."""

    def save_copy(
        self, connector: str, ticket_id: str, part: str, their_id: str, now: datetime
    ) -> None:
        """The other system's name for a ticket (`part` empty) or for one follow-up of it."""
        key = {"connector": connector, "ticket_id": ticket_id, "part": part}
        kept = Print("", their_id)
        if part:
            kept = self._prints(PART, connector, their_id)[-1]
        values = {"their_id": kept.value, "fingerprint_key": kept.key, "at": now}
        self._put(TicketCopyRow, *key, **key, **values)

    def their_id(self, connector: str, ticket_id: str, part: str = "") -> str:
        """How the other system calls it; empty while unknown."""
        row = self._session.get(TicketCopyRow, (connector, ticket_id, part))
        return row.their_id if row else ""

    def told_at(
        self, connector: str, ticket_id: str, part: str, corrections: str
    ) -> datetime | None:
        """When the other system was last told the words of a part, or of a correction of it."""
        mine = select(func.max(TicketCopyRow.at)).where(
            TicketCopyRow.connector == connector,
            TicketCopyRow.ticket_id == ticket_id,
            (col(TicketCopyRow.part) == part)
            | col(TicketCopyRow.part).startswith(corrections, autoescape=True),
        )
        return self._session.exec(mine).one()

    def is_known_part(self, connector: str, their_id: str) -> bool:
        """Whether a follow-up of theirs came from us, or was taken in before."""
        known = select(TicketCopyRow.part).where(
            TicketCopyRow.connector == connector,
            self._is_named(PART, connector, their_id, _PART),
            TicketCopyRow.part != "",
        )
        return self._session.exec(known).first() is not None

    def copies(self, connector: str) -> tuple[ExternalTicket, ...]:
        """Every ticket that the other system has."""
        rows = self._session.exec(
            select(TicketCopyRow, TicketRow.reference)
            .join(TicketRow, col(TicketRow.id) == col(TicketCopyRow.ticket_id))
            .where(TicketCopyRow.connector == connector, TicketCopyRow.part == "")
        )
        return tuple(
            ExternalTicket(reference=reference, their_id=row.their_id, status=row.status or "")
            for row, reference in rows
        )

    def save_copy_status(self, connector: str, ticket_id: str, status: str) -> None:
        row = self._session.get(TicketCopyRow, (connector, ticket_id, ""))
        if row is not None:
            row.status = status
            self._session.flush()

    def hear_event(self, source: str, event_id: str, now: datetime) -> bool:
        """Whether this event is new; False for one that was taken before."""
        mine = self._is_named(EVENT, source, event_id, _EVENT)
        known = select(ReceivedEventRow.heard_at).where(ReceivedEventRow.source == source, mine)
        if self._session.exec(known).first() is not None:
            return False
        made = self._prints(EVENT, source, event_id)[-1]
        values = {"event_id": made.value, "fingerprint_key": made.key, "heard_at": now}
        return self._insert_new(ReceivedEventRow, source=source, **values)

    def mark_of(self, connector: str) -> str:
        """Up to where the other system has been read; empty before the first time."""
        row = self._session.get(ConnectorMarkRow, connector)
        return row.mark if row else ""

    def save_mark(self, connector: str, mark: str) -> None:
        self._put(ConnectorMarkRow, "connector", connector=connector, mark=mark)
