"""Condition: what shows from outside whether the desk is well, in numbers and moments only."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_
from sqlmodel import col, delete, select

from bot.storage.accounts import Accounts
from bot.storage.tables_accounts import ReminderRow
from bot.storage.tables_operations import AuditRow, FailedUpdateRow, KeyUseRow, MarkRow, OutboxEntry
from bot.storage.tables_requests import TicketYearRow

REMINDERS = "reminders"
"""The mark of a round of reminders that came to its end."""
BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`oldest` is since when the oldest row waits that could leave; `filed` counts tickets ever."""

    waiting: int
    oldest: datetime | None
    buried: int
    kept_aside: int
    unreachable_administrators: int
    filed: int
    last_reminders: datetime | None
    last_backup: datetime | None
    seals: int


class Conditions(Accounts):
    """How the desk is."""

    def note_done(self, what: str, now: datetime) -> None:
        """Something that has to be done again and again was done."""
        self._put(MarkRow, "name", name=what, at=now)

    def forget_done(self, *names: str) -> None:
        """As if it had never been done."""
        self._session.exec(delete(MarkRow).where(col(MarkRow.name).in_(names)))

    def condition(self, now: datetime, seal_key: str) -> Condition:
        waiting = and_(col(OutboxEntry.sent_at).is_(None), col(OutboxEntry.buried_at).is_(None))
        free = and_(waiting, or_(col(OutboxEntry.due_at) <= now, col(OutboxEntry.attempts) > 0))
        buried = col(OutboxEntry.buried_at).is_not(None)
        one = self._session.exec
        seals = select(KeyUseRow.seals).where(KeyUseRow.key_id == seal_key)
        return Condition(
            waiting=one(select(func.count()).select_from(OutboxEntry).where(waiting)).one(),
            oldest=one(select(func.min(OutboxEntry.created_at)).where(free)).one(),
            buried=one(select(func.count()).select_from(OutboxEntry).where(buried)).one(),
            kept_aside=one(select(func.count()).select_from(FailedUpdateRow)).one(),
            unreachable_administrators=self.unreachable_administrators(),
            filed=one(select(func.sum(TicketYearRow.last_number))).one() or 0,
            last_reminders=self.last_done(REMINDERS),
            last_backup=self._last_backup(),
            seals=one(seals).first() or 0,
        )

    def told_on(self, day: date) -> int:
        """How many windows were told on a day."""
        told = select(func.count()).select_from(ReminderRow).where(col(ReminderRow.told_on) == day)
        return self._session.exec(told).one()

    def last_done(self, what: str) -> datetime | None:
        """When it was done for the last time."""
        return self._session.exec(select(MarkRow.at).where(MarkRow.name == what)).first()

    def _last_backup(self) -> datetime | None:
        """The journal knows: whoever restores a backup has no newer one."""
        made = select(func.max(AuditRow.at)).where(AuditRow.subject == BACKUP)
        return self._session.exec(made).one()
