"""Reminders: which thresholds were told, by which messages, and which of those never arrived."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlmodel import and_, col, func, select, update

from bot.storage.base import Repository
from bot.storage.tables_accounts import ReminderRow
from bot.storage.tables_operations import OutboxEntry
from bot.storage.tables_requests import PersonRow

OVERTAKEN = "reminder.overtaken"
CHUNK = 500


class Reminders(Repository):
    """The reminders that administrators got, and when."""

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
        """Takes back what was told only to people who turned out to be unreachable; tells how many.

        A blocked bot is known when the message comes back: the reminder is due again, and another
        way is found. What was given up for another reason stays noted, and stands in the outbox.
        """
        silent = (
            select(OutboxEntry.id)
            .join(PersonRow, col(PersonRow.home) == col(OutboxEntry.lane))
            .where(
                col(OutboxEntry.key).startswith("reminder:"),
                col(OutboxEntry.buried_at).is_not(None),
                col(PersonRow.unreachable_since).is_not(None),
            )
        )
        lost = set(self._session.exec(silent))
        if not lost:
            return 0  # as at most times
        recent = select(ReminderRow).where(col(ReminderRow.told_on) >= since)
        gone = [row for row in self._session.exec(recent) if row.messages and lost >= _ids(row)]
        for row in gone:
            self._session.delete(row)
        return len(gone)

    def withdraw(self, lane: str, written_at: datetime, now: datetime) -> tuple[int, ...]:
        """Takes the waiting messages of one reminder out of its lane; returns their ids."""
        parts = and_(
            col(OutboxEntry.lane) == lane,
            col(OutboxEntry.created_at) == written_at,
            col(OutboxEntry.key).startswith("reminder:"),
            col(OutboxEntry.sent_at).is_(None),
            col(OutboxEntry.buried_at).is_(None),
        )
        found = self._session.exec(select(col(OutboxEntry.id)).where(parts)).all()
        ids = tuple(one for one in found if one is not None)
        taken = update(OutboxEntry).where(col(OutboxEntry.id).in_(ids))
        self._session.exec(taken.values(buried_at=now, failure=OVERTAKEN, leased_until=None))
        return ids

    def replace_messages(
        self,
        told: Iterable[tuple[str, str]],
        old: Collection[int],
        new: Sequence[int] = (),
        kept: Collection[tuple[str, str]] = (),
    ) -> None:
        """Notes that the `old` messages, which `told` of subjects and occasions, were withdrawn,
        and that the `new` ones tell what was `kept` of it.

        What nobody is told of any more is not noted as told: it may be due again.
        """
        subjects = sorted({subject for subject, _ in told})
        for place in range(0, len(subjects), CHUNK):
            chosen = col(ReminderRow.subject).in_(subjects[place : place + CHUNK])
            for row in self._session.exec(select(ReminderRow).where(chosen)):
                ids = _ids(row)
                if ids.isdisjoint(old):
                    continue
                ids -= set(old)
                if (row.subject, row.occasion) in kept:
                    ids |= set(new)
                row.messages = ",".join(map(str, sorted(ids)))
                if not ids:
                    self._session.delete(row)


def _ids(row: ReminderRow) -> set[int]:
    return {int(one) for one in row.messages.split(",") if one}
