"""The outbox: what is to be delivered waits here, from the commit that decided it to the answer.

A *lane* (one chat, the staff group, one connector) keeps its order, priority first: a row is never
handed out while an earlier one of its lane is still out or waits for another try. Who holds the
lock of a lane's first row holds the lane; everybody else skips it (SKIP LOCKED on PostgreSQL, one
writer at a time on SQLite), so that any number of processes can claim side by side. A lease that
runs out, because its holder died, gives the row to the next who asks: delivery is at-least-once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy
from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    true,
)
from sqlmodel import col, select, update

from bot.domain.delivery import OutboxMessage, OutboxState, Priority
from bot.storage.base import table_of
from bot.storage.codec import payload_from_json, payload_to_json
from bot.storage.posting import Posting
from bot.storage.tables_operations import OutboxEntry
from bot.storage.waiting import (
    heads,
    is_free,
    is_waiting,
    lanes_waiting,
    place_in_lane,
)

__all__ = ["LANE_SHARE", "Outbox", "OutboxMessage", "OutboxState", "Priority"]

# Of one lane at most so many at once: a group that takes 20 a minute must not outlive its lease.
LANE_SHARE = 5

_OUTBOX = table_of(OutboxEntry)
_SENT = (
    sqlalchemy.update(_OUTBOX)
    .where(_OUTBOX.c.id.in_(bindparam("ids", expanding=True)))
    .values(sent_at=bindparam("now"), leased_until=None)
)


class Outbox(Posting):
    """What waits to be delivered, what was, and what was given up."""

    def enqueue(
        self,
        lane: str,
        kind: str,
        payload: Mapping[str, Any],
        now: datetime,
        *,
        key: str | None = None,
        due_at: datetime | None = None,
        priority: Priority = Priority.DIALOGUE,
    ) -> int:
        """Puts a thing in its lane; a `key` that was used before gives that row's id back."""
        if key is not None and (known := self._id_of(key)) is not None:
            return known
        seal_id = str(uuid4())
        made = self._insert_entry(
            seal_id=seal_id,
            lane=lane,
            kind=kind,
            payload_sealed=self._seal(payload_to_json(payload), "outbox", seal_id, "payload"),
            key=key,
            created_at=now,
            due_at=due_at or now,
            attempts=0,
            priority=priority.value,
        )
        self._touched.add(lane)
        if made is None:  # another process was quicker with the same key, and has committed
            made = self._id_of(key)
        assert made is not None
        return made

    def claim(
        self, now: datetime, *, holder: str, limit: int, lease: timedelta, lanes: str = ""
    ) -> tuple[OutboxMessage, ...]:
        """Up to `limit` rows that may be sent now, in order, leased to `holder`.

        Only of the lane `lanes`, or where that ends with a colon of every lane that begins so;
        of one lane at most `LANE_SHARE`.
        """
        held = self._lock_lanes(now, lanes, limit)
        if not held:
            return ()
        ids = self._first_of(held, now, limit)
        chosen = col(OutboxEntry.id).in_(ids)
        attempts, until = col(OutboxEntry.attempts) + 1, now + lease
        # Asked again: something urgent may have come in front of a row that another has by now.
        free = and_(chosen, is_waiting(), is_free(now))
        self._set(free, leased_by=holder, leased_until=until, attempts=attempts)
        mine = and_(
            chosen, col(OutboxEntry.leased_by) == holder, col(OutboxEntry.leased_until) == until
        )
        return self._rows(mine, limit, first=col(OutboxEntry.priority))

    def mark_sent(self, ids: Iterable[int], now: datetime) -> None:
        self._writing(OutboxEntry).execute(_SENT, {"ids": list(ids), "now": now})

    def retry_later(self, entry_id: int, due_at: datetime, failure: str) -> None:
        """Puts a row back; what was claimed behind it in its lane waits with it again."""
        asked = select(OutboxEntry.lane, OutboxEntry.leased_by)
        lane, holder = self._elsewhere.exec(asked.where(OutboxEntry.id == entry_id)).one()
        this = col(OutboxEntry.id) == entry_id
        held = and_(col(OutboxEntry.lane) == lane, col(OutboxEntry.leased_by) == holder)
        untried = col(OutboxEntry.attempts) - case((this, 0), else_=1)
        freed = {"leased_by": None, "leased_until": None, "attempts": untried}
        self._set(and_(held, is_waiting()), **freed)
        self._set(this, due_at=due_at, failure=failure)

    def renew(self, ids: Iterable[int], holder: str, until: datetime) -> None:
        """Keeps what is still in this holder's hands a while longer."""
        mine = and_(col(OutboxEntry.id).in_(list(ids)), col(OutboxEntry.leased_by) == holder)
        self._set(mine, leased_until=until)

    def bury(self, entry_id: int, failure: str, now: datetime) -> None:
        """Gives a row up where the operator sees it; its lane goes on."""
        self._set(
            col(OutboxEntry.id) == entry_id, buried_at=now, failure=failure, leased_until=None
        )

    def revive(self, entry_id: int, now: datetime) -> bool:
        """Another try for a buried row, from now on; False when it is not buried."""
        buried = and_(col(OutboxEntry.id) == entry_id, col(OutboxEntry.buried_at).is_not(None))
        return self._set(buried, buried_at=None, due_at=now, leased_by=None, attempts=0) == 1

    def show_outbox(self, entry_id: int) -> OutboxMessage | None:
        return next(iter(self._rows(col(OutboxEntry.id) == entry_id, 1)), None)

    def list_outbox(
        self, state: OutboxState | None = None, limit: int = 100
    ) -> tuple[OutboxMessage, ...]:
        """What waits (oldest first), was sent or was buried."""
        return self._rows(_in_state(state), limit)

    def waiting_lanes(self, lanes: str) -> tuple[str, ...]:
        """The lanes, of those whose names begin so, in which anything waits."""
        return tuple(self._reading(OutboxEntry).scalars(lanes_waiting(lanes)))

    def _lock_lanes(self, now: datetime, lanes: str, limit: int) -> Sequence[str]:
        """The lanes whose first waiting row can be had now, each locked by that row."""
        asked = {"now": now, "limit": limit}
        ids = self._reading(OutboxEntry).scalars(heads(lanes), asked).all()
        if not ids:
            return ()  # as at most times
        # Asked again of the rows themselves: another process may have had one in between.
        still = select(OutboxEntry.lane).where(
            col(OutboxEntry.id).in_(ids), is_waiting(), is_free(now)
        )
        return self._elsewhere.exec(still.with_for_update(skip_locked=True)).all()

    def _first_of(self, lanes: Sequence[str], now: datetime, limit: int) -> list[int]:
        """The first rows of these lanes, each lane up to its first row that cannot be had."""
        placed = (
            sqlalchemy.select(
                col(OutboxEntry.id),
                col(OutboxEntry.lane),
                col(OutboxEntry.priority),
                is_free(now).label("free"),
                place_in_lane().label("place"),
            )
            .where(col(OutboxEntry.lane).in_(lanes), is_waiting())
            .subquery()
        )
        first = select(placed.c.id, placed.c.lane, placed.c.free).where(
            placed.c.place <= LANE_SHARE
        )
        ids: list[int] = []
        stopped: set[str] = set()
        in_order = first.order_by(placed.c.priority, placed.c.id)
        for entry_id, lane, free in self._elsewhere.exec(in_order):
            if not free:
                stopped.add(lane)
            elif lane not in stopped:
                ids.append(entry_id)
        return ids[:limit]

    def _rows(
        self, chosen: ColumnElement[bool], limit: int, *, first: Any = None
    ) -> tuple[OutboxMessage, ...]:
        order = [one for one in (first, col(OutboxEntry.id)) if one is not None]
        entries = select(OutboxEntry).where(chosen).order_by(*order).limit(limit)
        fresh = entries.execution_options(populate_existing=True)
        return tuple(self._row(entry) for entry in self._elsewhere.exec(fresh))

    def _row(self, entry: OutboxEntry) -> OutboxMessage:
        assert entry.id is not None  # it was read from the table
        payload = self._open(entry.payload_sealed, "outbox", entry.seal_id, "payload")
        return OutboxMessage(
            id=entry.id,
            lane=entry.lane,
            kind=entry.kind,
            payload=payload_from_json(payload),
            state=_state(entry),
            created_at=entry.created_at,
            due_at=entry.due_at,
            attempts=entry.attempts,
            failure=entry.failure,
            priority=Priority(entry.priority),
        )

    def _insert_entry(self, **values: Any) -> int | None:
        """The new row's id; None when its key is taken."""
        statement = self._insert(OutboxEntry, values).on_conflict_do_nothing()
        return self._elsewhere.exec(statement.returning(col(OutboxEntry.id))).scalar()

    def _id_of(self, key: str | None) -> int | None:
        return self._elsewhere.exec(select(OutboxEntry.id).where(OutboxEntry.key == key)).first()

    def _set(self, chosen: ColumnElement[bool], **values: Any) -> int:
        change = update(OutboxEntry).where(chosen).values(**values)
        blind = change.execution_options(synchronize_session=False)  # rows are always read anew
        return self._elsewhere.exec(blind).rowcount


def _in_state(state: OutboxState | None) -> ColumnElement[bool]:
    match state:
        case OutboxState.WAITING:
            return is_waiting()
        case OutboxState.SENT:
            return col(OutboxEntry.sent_at).is_not(None)
        case OutboxState.BURIED:
            return col(OutboxEntry.buried_at).is_not(None)
        case None:
            return true()


def _state(entry: OutboxEntry) -> OutboxState:
    if entry.sent_at is not None:
        return OutboxState.SENT
    return OutboxState.WAITING if entry.buried_at is None else OutboxState.BURIED
