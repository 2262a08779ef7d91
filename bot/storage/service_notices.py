"""The operator's notices: failures and maintenances that people are told of."""

from datetime import UTC, datetime

from sqlmodel import col, func, select

from bot.domain.service_notices import ServiceNotice
from bot.storage.base import Repository
from bot.storage.row_mac import intact
from bot.storage.tables_operations import ServiceNoticeRow


class ServiceNotices(Repository):
    """Notices added, listed and ended; `guichet notice` writes them, every turn reads them."""

    def add(self, words: str, starts_at: datetime, ends_at: datetime) -> ServiceNotice:
        """Adds a notice under the next number; its moments may be in any time zone."""
        last = self._session.exec(select(func.max(ServiceNoticeRow.number))).one() or 0
        row = ServiceNoticeRow(
            number=last + 1,
            words=words,
            starts_at=starts_at.astimezone(UTC),
            ends_at=ends_at.astimezone(UTC),
        )
        self._session.add(row)
        self._session.flush()  # a number that was taken meanwhile is an error here, and not later
        return _notice(row)

    def list(self, now: datetime | None = None) -> tuple[ServiceNotice, ...]:
        """Returns notices, the earliest first; those alone that are not over at `now`, if given.

        Nobody is told what was written outside the desk.
        """
        chosen = select(ServiceNoticeRow)
        if now is not None:
            chosen = chosen.where(col(ServiceNoticeRow.ends_at) > now)
        order = (col(ServiceNoticeRow.starts_at), col(ServiceNoticeRow.number))
        return tuple(map(_notice, intact(self._session.exec(chosen.order_by(*order)))))

    def end(self, number: int, now: datetime) -> bool:
        """Ends a notice at once; False when there is none of that number, or it is over."""
        row = self._session.get(ServiceNoticeRow, number, with_for_update=True)
        if row is None or row.ends_at <= now:
            return False
        row.starts_at, row.ends_at = min(row.starts_at, now), now
        return True


def _notice(row: ServiceNoticeRow) -> ServiceNotice:
    return ServiceNotice(
        number=row.number, words=row.words, starts_at=row.starts_at, ends_at=row.ends_at
    )
