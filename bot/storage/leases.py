"""Leases: which process does what only one of them may do, and until when.

A lease that is not renewed runs out: what a dead process did is soon done by another. The clocks
of the machines need only agree to within a fraction of a lease.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete, or_, select

from bot.storage.base import Repository
from bot.storage.tables_operations import LeaseRow


@dataclass(frozen=True, slots=True)
class Lease:
    """`holder` does what `name` says until `until`."""

    name: str
    holder: str
    until: datetime


class Leases(Repository):
    """Who does what, among several processes."""

    def hold_leases(
        self, names: Sequence[str], holder: str, now: datetime, until: datetime
    ) -> None:
        """Take those that nobody holds any more, and renew one's own."""
        mine = or_(col(LeaseRow.holder) == holder, col(LeaseRow.held_until) <= now)
        change = {"holder": holder, "held_until": until}
        for name in sorted(names):  # all in the same order: two processes never wait crosswise
            wanted = self._insert(LeaseRow, {"name": name, **change})
            self._session.exec(
                wanted.on_conflict_do_update(index_elements=["name"], set_=change, where=mine)
            )

    def leases(self, now: datetime) -> tuple[Lease, ...]:
        """Those that run."""
        running = select(LeaseRow).where(LeaseRow.held_until > now).order_by(LeaseRow.name)
        fresh = running.execution_options(populate_existing=True)
        return tuple(
            Lease(row.name, row.holder, row.held_until) for row in self._session.exec(fresh)
        )

    def drop_leases(self, holder: str, names: Sequence[str]) -> None:
        """Give back what a process holds, or held before it died."""
        held = (col(LeaseRow.holder) == holder, col(LeaseRow.name).in_(names))
        self._session.exec(delete(LeaseRow).where(*held))

    def sweep_leases(self, before: datetime) -> None:
        """Forget those that ran out long ago."""
        self._session.exec(delete(LeaseRow).where(col(LeaseRow.held_until) <= before))
