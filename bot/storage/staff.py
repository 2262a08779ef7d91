"""Staff: who works at the desk, and in which role."""

from datetime import datetime

from sqlmodel import col, select

from bot.domain.people import Colleague, StaffRole
from bot.storage.base import Repository
from bot.storage.tables_requests import StaffRow


class Staff(Repository):
    """The people of the desk."""

    def save_colleague(self, colleague: Colleague, now: datetime) -> None:
        """Add somebody, change their name or role, or take them in again."""
        values = {"name": colleague.name, "role": colleague.role.value}
        self._put(
            StaffRow,
            "address",
            address=colleague.address,
            added_at=now,
            removed_at=None,
            **values,
        )

    def remove_colleague(self, address: str, now: datetime) -> bool:
        """Whether there was somebody to remove; their name stays with what they did."""
        row = self._session.get(StaffRow, address)
        if row is None or row.removed_at is not None:
            return False
        row.removed_at = now
        self._session.flush()
        return True

    def colleague(self, address: str) -> Colleague | None:
        """Who has this address, if they work here."""
        row = self._session.get(StaffRow, address, populate_existing=True)
        return _colleague(row) if row is not None and row.removed_at is None else None

    def colleague_name(self, address: str) -> str:
        """How somebody is called, be they gone meanwhile; their address where nobody knows."""
        row = self._session.get(StaffRow, address)
        return row.name if row is not None else address.partition(":")[2]

    def colleagues(self) -> tuple[Colleague, ...]:
        present = select(StaffRow).where(col(StaffRow.removed_at).is_(None))
        rows = self._session.exec(present.order_by(col(StaffRow.name)))
        return tuple(_colleague(row) for row in rows)


def _colleague(row: StaffRow) -> Colleague:
    return Colleague(address=row.address, name=row.name, role=StaffRole(row.role))
