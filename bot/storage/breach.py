"""What a breach touches: counted by the key that sealed it, and by what was shown since a day.

Whoever has the database and a key reads every value that the key sealed. Nothing is opened here: a
value names its key in clear.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, func
from sqlmodel import col, select

from bot.storage.audit_log import AuditEntry, to_entry
from bot.storage.base import Repository
from bot.storage.sealed_columns import key_id_in, sealed_tables
from bot.storage.tables_operations import AuditRow
from bot.storage.tables_requests import TicketAgentRow, TicketRow

SHOWN = (
    "ticket.read",
    "accounts.exported",
    "document.given",
    "ticket.revealed",
    "ticket.sent_clear",
    "piece.revealed",
    "failed.shown",
    "person.exported",
    "keys.exported",
)
"""What of the audit log showed personal data, or the keys that open it, in clear."""
_TICKET_COLUMNS = {("ticket", "id"), ("attachment", "identity")}
_PERSON_COLUMNS = {("person", "id")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Persons and records, by number and kind, as GDPR article 33.3 asks for them.

    `persons` are requesters, `agents` those whom tickets name; `values` counts sealed values by
    column (`ticket.content_sealed`).
    """

    persons: int
    tickets: tuple[str, ...]
    agents: int
    values: dict[str, int]
    shown: tuple[AuditEntry, ...]


class Breaches(Repository):
    """Counts, for `guichet breach report`."""

    def measure(self, key_id: str, since: datetime) -> Breach:
        """What the key with this id seals, and what was shown in clear since a moment."""
        values: dict[str, int] = {}
        tickets: set[str] = set()
        persons: set[str] = set()
        for column in _sealed_columns():
            sealed = key_id_in(column) == key_id.encode()
            number = self._run(_count(column, sealed)).scalar_one()
            if not number:
                continue
            values[f"{column}"] = number
            tickets |= self._named(column, sealed, "ticket_id", _TICKET_COLUMNS)
            persons |= self._named(column, sealed, "person_id", _PERSON_COLUMNS)
        # Chosen here: there may be more of them than a statement takes values.
        every = self._session.exec(select(TicketRow.id, TicketRow.reference, TicketRow.person_id))
        found = [row for row in every if row[0] in tickets]
        named = self._session.exec(select(TicketAgentRow.ticket_id))
        agents = sum(ticket in tickets for ticket in named)
        shown = select(AuditRow).where(col(AuditRow.at) >= since, col(AuditRow.what).in_(SHOWN))
        return Breach(
            persons=len(persons | {person for _, _, person in found}),
            tickets=tuple(sorted(reference for _, reference, _ in found)),
            agents=agents,
            values=values,
            shown=tuple(map(to_entry, self._session.exec(shown.order_by(col(AuditRow.seq))))),
        )

    def _named(
        self,
        column: Column[Any],
        sealed: ColumnElement[bool],
        name: str,
        own: set[tuple[str, str]],
    ) -> set[str]:
        """The ids of tickets, or of persons, that rows with such a value belong to."""
        table = column.table
        names = [one for one in table.c if one.name == name or (table.name, one.name) in own]
        return {value for one in names for value in self._run(select(one).where(sealed)).scalars()}


def _count(column: Column[Any], sealed: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(column.table).where(sealed)


def _sealed_columns() -> Iterator[Column[Any]]:
    return (column for table in sealed_tables() for column in table.columns)
