"""The inbox: updates received and begun, what failed of them, and texts whose rest may come."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete, func, select

from bot.storage.base import Repository, table_of
from bot.storage.row_mac import check_row, intact
from bot.storage.tables_operations import (
    BegunUpdateRow,
    FailedUpdateRow,
    HeldTextRow,
    OffsetRow,
    ReceivedRow,
)


@dataclass(frozen=True, slots=True)
class BegunUpdate:
    """An update that a process began to take and never ended: how often, and since when."""

    times: int
    since: datetime


class Inbox(Repository):
    """Book-keeping of what comes in."""

    def offset(self, channel: str) -> int | None:
        """The next update to ask the channel for; None before the first."""
        kept = select(OffsetRow.next_update).where(OffsetRow.channel == channel)
        return self._session.exec(kept).first()

    def save_offset(self, channel: str, offset: int) -> None:
        self._upsert(OffsetRow, channel=channel, next_update=offset)

    def remember_update(self, channel: str, update_id: int, now: datetime) -> bool:
        """Tells whether this update is new; False for one that was handled before."""
        return self._insert_new(ReceivedRow, channel=channel, update_id=update_id, received_at=now)

    def remember_updates(self, channel: str, update_ids: Iterable[int], now: datetime) -> set[int]:
        """Remembers updates, and returns those of them that are new."""
        rows = [
            {"channel": channel, "update_id": update_id, "received_at": now}
            for update_id in dict.fromkeys(update_ids)
        ]
        if not rows:
            return set()
        statement = self._insert(ReceivedRow).on_conflict_do_nothing()
        return {*self._run(statement.returning(col(ReceivedRow.update_id)), rows).scalars()}

    def begun_before(
        self, channel: str, update_ids: Collection[int], life: str
    ) -> dict[int, BegunUpdate]:
        """Returns those of these updates that other lives of a process began, and never ended."""
        begun = select(BegunUpdateRow).where(
            BegunUpdateRow.channel == channel,
            col(BegunUpdateRow.update_id).in_(update_ids),
            BegunUpdateRow.life != life,
        )
        rows = self._session.exec(begun)
        return {row.update_id: BegunUpdate(row.times, row.begun_at) for row in rows}

    def begin_updates(
        self, channel: str, update_ids: Iterable[int], life: str, now: datetime
    ) -> None:
        """Notes that this life of a process begins to take them; once a life, whatever is tried."""
        rows = [
            {"channel": channel, "update_id": one, "life": life, "times": 1, "begun_at": now}
            for one in dict.fromkeys(update_ids)
        ]
        insert = self._insert(BegunUpdateRow)
        counted = insert.on_conflict_do_update(
            index_elements=["channel", "update_id"],
            set_={"life": insert.excluded.life, "times": col(BegunUpdateRow.times) + 1},
            where=col(BegunUpdateRow.life) != insert.excluded.life,
        )
        if rows:
            self._run(counted, rows)

    def end_updates(self, channel: str, update_ids: Collection[int]) -> None:
        """The updates are taken, or put aside."""
        begun = table_of(BegunUpdateRow)
        ended = begun.c.channel == channel, begun.c.update_id.in_(update_ids)
        self._run(begun.delete().where(*ended))

    def hold_text(self, address: str, text: str, until: datetime) -> None:
        """Holds a text until its rest may have come; appends to what is held already."""
        whole = (self._held(address) or "") + text
        sealed = self._seal(whole, *_text_of(address))
        self._upsert(HeldTextRow, address=address, text_sealed=sealed, held_until=until)

    def take_held_text(self, address: str) -> str | None:
        """What is held, held no more."""
        text = self._held(address)
        self._session.exec(delete(HeldTextRow).where(col(HeldTextRow.address) == address))
        return text

    def due_held_texts(self, now: datetime) -> tuple[str, ...]:
        """The addresses whose text waited long enough, the longest first."""
        due = select(HeldTextRow.address).where(HeldTextRow.held_until <= now)
        return tuple(self._session.exec(due.order_by(col(HeldTextRow.held_until))))

    def _held(self, address: str) -> str | None:
        held = select(HeldTextRow.text_sealed).where(HeldTextRow.address == address)
        sealed = self._session.exec(held.with_for_update()).first()
        return None if sealed is None else self._open(sealed, *_text_of(address))


def _text_of(address: str) -> tuple[str, str, str]:
    return "held_text", address, "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedUpdate:
    """A failed update without its content; `error` is the name of the error's class."""

    reference: str
    address: str
    error: str
    failed_at: datetime


class FailedUpdates(Repository):
    """Updates that failed, or that nobody could read, kept for the operator."""

    def add(self, reference: str, address: str, content: str, error: str, now: datetime) -> None:
        """Keeps what was received; `error` is the name of its class, nothing that was typed."""
        self._insert_new(
            FailedUpdateRow,
            reference=reference,
            address=address,
            event_sealed=self._seal(content, *_event_of(reference)),
            error=error,
            failed_at=now,
        )

    def count(self) -> int:
        return self._session.exec(select(func.count()).select_from(FailedUpdateRow)).one()

    def newest(self, limit: int = 100) -> tuple[FailedUpdate, ...]:
        """Returns them newest first; nothing is opened."""
        rows = self._session.exec(
            select(FailedUpdateRow).order_by(col(FailedUpdateRow.failed_at).desc()).limit(limit)
        )
        return tuple(
            FailedUpdate(
                reference=row.reference,
                address=row.address,
                error=row.error,
                failed_at=row.failed_at,
            )
            for row in intact(rows)
        )

    def open(self, reference: str) -> str | None:
        """Returns what was received, as it was kept; None for an unknown reference."""
        row = self._session.get(FailedUpdateRow, reference)
        if row is None:
            return None
        check_row(row)
        return self._open(row.event_sealed, *_event_of(reference))

    def delete(self, reference: str) -> bool:
        """Deletes one; tells whether there was one."""
        failed = table_of(FailedUpdateRow)
        deleted = self._run(failed.delete().where(failed.c.reference == reference))
        return bool(deleted.rowcount)


def _event_of(reference: str) -> tuple[str, str, str]:
    return "failed_update", reference, "event"
