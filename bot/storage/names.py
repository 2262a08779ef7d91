"""Names that other systems give to things of theirs: kept as fingerprints, for they may hold a NIR.

Such a name is only ever compared. Its fingerprint is made with the oldest key and carried on with
every later one, so that a rotation can carry on what is kept without knowing the name again.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlmodel import col, delete

from bot.storage.base import Repository
from bot.storage.encryption import Print
from bot.storage.tables_requests import ReceivedEventRow, TicketCopyRow

EVENT, PART = "heard_event", "ticket_copy"


class Names(Repository):
    """Fingerprints of names."""

    def print_names(self, limit: int) -> int:
        """Carries up to `limit` fingerprints of each kind on to the newest key; how many.

        What was kept before there were fingerprints, as it came, gets its first one.
        """
        return self._print_events(limit) + self._print_parts(limit)

    def _prints(self, purpose: str, source: str, name: str) -> tuple[Print, ...]:
        return self._vault.prints_of(purpose, source, name)

    def _is_named(
        self, purpose: str, source: str, name: str, columns: tuple[Any, Any]
    ) -> ColumnElement[bool]:
        """Whether a row, by its columns of name and key, is about this name."""
        kept, key = columns
        values = [one.value for one in self._prints(purpose, source, name)]
        return or_(col(kept).in_(values), and_(col(key).is_(None), col(kept) == name))

    def _print_events(self, limit: int) -> int:
        rows = self._unprinted(ReceivedEventRow, limit)
        for row in rows:
            mine = and_(
                col(ReceivedEventRow.source) == row.source,
                col(ReceivedEventRow.event_id) == row.event_id,
            )
            made = self._carried_on(row.fingerprint_key, row.event_id, EVENT, row.source)
            self._session.exec(delete(ReceivedEventRow).where(mine))
            self._insert_new(
                ReceivedEventRow,
                source=row.source,
                event_id=made.value,
                fingerprint_key=made.key,
                heard_at=row.heard_at,
            )
        return len(rows)

    def _print_parts(self, limit: int) -> int:
        rows = self._unprinted(TicketCopyRow, limit, col(TicketCopyRow.part) != "")
        for row in rows:
            mine = and_(
                col(TicketCopyRow.connector) == row.connector,
                col(TicketCopyRow.ticket_id) == row.ticket_id,
                col(TicketCopyRow.part) == row.part,
            )
            made = self._carried_on(row.fingerprint_key, row.their_id, PART, row.connector)
            changed = update(TicketCopyRow).where(mine)
            changed = changed.values(their_id=made.value, fingerprint_key=made.key)
            self._session.execute(changed.execution_options(synchronize_session=False))
        return len(rows)

    def _unprinted(self, table: Any, limit: int, *more: ColumnElement[bool]) -> list[Any]:
        """Rows whose name is kept as it came, or as a fingerprint by an older key."""
        older = or_(
            table.fingerprint_key.is_(None), table.fingerprint_key.in_(self._vault.older_prints)
        )
        rows = select(table.__table__).where(older, *more).limit(limit)
        locked = rows.with_for_update(skip_locked=True)
        return list(self._session.connection().execute(locked).all())

    def _carried_on(self, key: str | None, kept: str, purpose: str, source: str) -> Print:
        if key is None:
            return self._prints(purpose, source, kept)[-1]
        return self._vault.carried_on(Print(key, kept))
