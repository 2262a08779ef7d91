"""Turns that failed, as an operator looks at them; their content is opened for one at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete, func, select

from bot.storage.desk import Desk
from bot.storage.ledgers import KeptAsideRow


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedUpdate:
    """A failed turn without its content; `error` is the name of the error's class."""

    reference: str
    address: str
    error: str
    failed_at: datetime


class FailedUpdates(Desk):
    """Lists, counts, opens and deletes failed turns."""

    def count_failed_updates(self) -> int:
        return self._session.exec(select(func.count()).select_from(KeptAsideRow)).one()

    def failed_updates(self, limit: int) -> tuple[FailedUpdate, ...]:
        """Failed turns, newest first; nothing is opened."""
        rows = self._session.exec(
            select(
                KeptAsideRow.reference,
                KeptAsideRow.address,
                KeptAsideRow.error,
                KeptAsideRow.kept_at,
            )
            .order_by(col(KeptAsideRow.kept_at).desc())
            .limit(limit)
        )
        return tuple(
            FailedUpdate(reference=reference, address=address, error=error, failed_at=failed_at)
            for reference, address, error, failed_at in rows
        )

    def open_failed_update(self, reference: str) -> str | None:
        """What was received, as it was kept; None for an unknown reference."""
        row = self._session.get(KeptAsideRow, reference)
        return self._open(row.event_sealed, "kept_aside", reference, "event") if row else None

    def forget_failed_update(self, reference: str) -> bool:
        """Delete a failed turn; whether there was one."""
        if self._session.get(KeptAsideRow, reference) is None:
            return False
        self._session.exec(delete(KeptAsideRow).where(col(KeptAsideRow.reference) == reference))
        return True
