"""The intake: what was received already, what failed, and texts whose rest may still come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy
from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import col, delete, select

from bot.storage.base import Repository, Row, table_of
from bot.storage.tables_operations import FailedUpdateRow, HeldTextRow, OffsetRow, ReceivedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAside:
    """A turn that failed; `event` is what was received, as JSON."""

    reference: str
    address: str
    event: str
    error: str
    kept_at: datetime


_HELD = table_of(HeldTextRow)
_DUE = (
    sqlalchemy.select(_HELD.c.address)
    .where(_HELD.c.held_until <= bindparam("now"))
    .order_by(_HELD.c.held_until)
)


class Intake(Repository):
    """Book-keeping of what comes in."""

    def offset(self, channel: str) -> int | None:
        """The next update to ask the channel for; None before the first."""
        kept = select(OffsetRow.next_update).where(OffsetRow.channel == channel)
        return self._elsewhere.exec(kept).first()

    def save_offset(self, channel: str, offset: int) -> None:
        row = {"channel": channel, "next_update": offset}
        self._later(OffsetRow, self._put_offsets, row)

    def _put_offsets(self, rows: list[Row]) -> None:
        self._put_all(OffsetRow, rows)

    def remember_update(self, channel: str, update_id: int, now: datetime) -> bool:
        """Whether this update is new; False for one that was handled before."""
        return self._insert_new(ReceivedRow, channel=channel, update_id=update_id, received_at=now)

    def remember_updates(self, channel: str, update_ids: Iterable[int], now: datetime) -> set[int]:
        """Those of these updates that are new."""
        rows = [
            {"channel": channel, "update_id": update_id, "received_at": now}
            for update_id in dict.fromkeys(update_ids)
        ]
        if not rows:
            return set()
        statement = remembering(self._on_postgresql)
        return set(self._writing(ReceivedRow).scalars(statement, rows))

    def last_received(self, channel: str) -> datetime | None:
        """When an update last came."""
        newest = select(ReceivedRow.received_at).where(ReceivedRow.channel == channel)
        return self._elsewhere.exec(newest.order_by(col(ReceivedRow.received_at).desc())).first()

    def keep_aside(
        self, reference: str, address: str, event_json: str, error: str, now: datetime
    ) -> None:
        """Keeps a turn that failed; `error` is the name of its class, nothing that was typed."""
        sealed = self._seal(event_json, *_event_of(reference))
        self._insert_new(
            FailedUpdateRow,
            reference=reference,
            address=address,
            event_sealed=sealed,
            error=error,
            kept_at=now,
        )

    def kept_aside(self, limit: int = 100) -> tuple[KeptAside, ...]:
        """The turns that failed, newest first."""
        newest = select(FailedUpdateRow).order_by(col(FailedUpdateRow.kept_at).desc()).limit(limit)
        return tuple(
            KeptAside(
                reference=row.reference,
                address=row.address,
                event=self._open(row.event_sealed, *_event_of(row.reference)),
                error=row.error,
                kept_at=row.kept_at,
            )
            for row in self._elsewhere.exec(newest)
        )

    def hold_text(self, address: str, text: str, until: datetime) -> None:
        """Holds a text until its rest may have come; appends to what is held already."""
        whole = (self._held(address) or "") + text
        sealed = self._seal(whole, *_text_of(address))
        self._put(HeldTextRow, "address", address=address, text_sealed=sealed, held_until=until)

    def take_held_text(self, address: str) -> str | None:
        """What is held, held no more."""
        text = self._held(address)
        self._elsewhere.exec(delete(HeldTextRow).where(col(HeldTextRow.address) == address))
        return text

    def due_held_texts(self, now: datetime) -> tuple[str, ...]:
        """The addresses whose text waited long enough, the longest first."""
        return tuple(self._reading(HeldTextRow).scalars(_DUE, {"now": now}))

    def _held(self, address: str) -> str | None:
        held = select(HeldTextRow.text_sealed).where(HeldTextRow.address == address)
        sealed = self._elsewhere.exec(held.with_for_update()).first()
        return None if sealed is None else self._open(sealed, *_text_of(address))


@cache
def remembering(on_postgresql: bool) -> ReturningInsert[tuple[int]]:
    """Inserts what is new, and says what that was."""
    table = table_of(ReceivedRow)
    insert = (postgresql.insert if on_postgresql else sqlite.insert)(table)
    return insert.on_conflict_do_nothing().returning(table.c.update_id)


def _event_of(reference: str) -> tuple[str, str, str]:
    return "kept_aside", reference, "event"


def _text_of(address: str) -> tuple[str, str, str]:
    return "held_text", address, "text"
