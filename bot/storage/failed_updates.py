"""Turns that failed, as an operator looks at them; their content is opened for one at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete, func, select

from bot.storage.base import Repository
from bot.storage.tables_operations import FailedUpdateRow


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedUpdate:
    """A failed turn without its content; `error` is the name of the error's class."""

    reference: str
    address: str
    error: str
    failed_at: datetime


class FailedUpdates(Repository):
    """Lists, counts, opens and deletes failed turns."""

    def count_failed_updates(self) -> int:
        return self._session.exec(select(func.count()).select_from(FailedUpdateRow)).one()

    def failed_updates(self, limit: int) -> tuple[FailedUpdate, ...]:
        """Failed turns, newest first; nothing is opened."""
        rows = self._session.exec(
            select(
                FailedUpdateRow.reference,
                FailedUpdateRow.address,
                FailedUpdateRow.error,
                FailedUpdateRow.kept_at,
            )
            .order_by(col(FailedUpdateRow.kept_at).desc())
            .limit(limit)
        )
        return tuple(
            FailedUpdate(reference=reference, address=address, error=error, failed_at=failed_at)
            for reference, address, error, failed_at in rows
        )

    def open_failed_update(self, reference: str) -> str | None:
        """What was received, as it was kept; None for an unknown reference."""
        row = self._session.get(FailedUpdateRow, reference)
        return self._open(row.event_sealed, "kept_aside", reference, "event") if row else None

    def forget_failed_update(self, reference: str) -> bool:
        """Delete a failed turn; whether there was one."""
        if self._session.get(FailedUpdateRow, reference) is None:
            return False
        self._session.exec(
            delete(FailedUpdateRow).where(col(FailedUpdateRow.reference) == reference)
        )
        return True
