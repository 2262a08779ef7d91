"""Reminders: which windows were told, by which messages, and which of those never arrived."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, tuple_
from sqlmodel import col, delete, select, update

from bot.storage.desk import Desk
from bot.storage.ledgers import OutboxEntry
from bot.storage.registers import ReminderRow

REMOVED = "recipient.removed"
CHUNK = 500


class Reminders(Desk):
    """What administrators were told, and when."""

    def last_told(self, subjects: Iterable[str]) -> dict[tuple[str, str], date]:
        """The last day on which each occasion was told, by subject and occasion."""
        wanted = list(subjects)
        found: dict[tuple[str, str], date] = {}
        for place in range(0, len(wanted), CHUNK):
            rows = self._session.exec(
                select(ReminderRow.subject, ReminderRow.occasion, func.max(ReminderRow.told_on))
                .where(col(ReminderRow.subject).in_(wanted[place : place + CHUNK]))
                .group_by(ReminderRow.subject, ReminderRow.occasion)
            )
            found |= {(subject, occasion): told_on for subject, occasion, told_on in rows}
        return found

    def everything_told(self) -> list[tuple[str, str, date]]:
        """Subject, occasion and day of all that was told."""
        rows = self._session.exec(select(ReminderRow))
        return [(row.subject, row.occasion, row.told_on) for row in rows]

    def note_told(
        self, subject: str, occasions: Iterable[str], today: date, messages: Iterable[int]
    ) -> None:
        named = ",".join(map(str, messages))
        for occasion in occasions:
            self._insert_new(
                ReminderRow, subject=subject, occasion=occasion, told_on=today, messages=named
            )

    def forget_lost(self, since: date) -> int:
        """Takes back what was told only by messages that never arrived; how many those were.

        A blocked bot is known when the message comes back: the window is due again, and another
        way is found.
        """
        recent = select(ReminderRow).where(col(ReminderRow.told_on) >= since)
        rows = [row for row in self._session.exec(recent) if row.messages]
        ids = {int(one) for row in rows for one in row.messages.split(",")}
        lost = self._buried(ids)
        gone = [
            (row.subject, row.occasion, row.told_on)
            for row in rows
            if all(int(one) in lost for one in row.messages.split(","))
        ]
        for key in gone:
            chosen = tuple_(
                col(ReminderRow.subject), col(ReminderRow.occasion), col(ReminderRow.told_on)
            )
            self._session.exec(delete(ReminderRow).where(chosen == key))
        return len(gone)

    def cancel_reminders(self, person_id: str, now: datetime) -> None:
        """Nothing more to somebody who was removed, even what is on its way out already."""
        mine = and_(
            col(OutboxEntry.key).startswith(f"reminder:{person_id}:", autoescape=True),
            col(OutboxEntry.sent_at).is_(None),
            col(OutboxEntry.buried_at).is_(None),
        )
        cancelled = update(OutboxEntry).where(mine).values(buried_at=now, failure=REMOVED)
        self._session.exec(cancelled.execution_options(synchronize_session=False))

    def _buried(self, ids: Iterable[int]) -> set[int]:
        wanted = list(ids)
        found: set[int] = set()
        for place in range(0, len(wanted), CHUNK):
            chosen: ColumnElement[bool] = col(OutboxEntry.id).in_(wanted[place : place + CHUNK])
            buried = select(OutboxEntry.id).where(chosen, col(OutboxEntry.buried_at).is_not(None))
            found |= {one for one in self._session.exec(buried) if one is not None}
        return found
