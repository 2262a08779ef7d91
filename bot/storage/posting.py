"""Posting: replies go into the outbox many at once, and to the sender without being looked for.

What is posted is leased to the sender of this process in the same transaction, and handed to it
after the commit: it need not claim it, nor read and open it again. Only where that keeps the order
of the lane (all that waits there is in the sender's hands already) and where the sender has room.
Should the process die in between, the lease runs out like any other.

While a backlog is taken, replies are put off until all of it was heard. Where one cannot go at
once, the one to the newest question goes first: what the same person was to be told before becomes
late.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlmodel import Session

from bot.domain.delivery import OutboxMessage, OutboxState, Priority
from bot.storage.base import Repository, Row, table_of
from bot.storage.codec import payload_to_json
from bot.storage.dispatch import Dispatch, is_of
from bot.storage.encryption import Encryption
from bot.storage.outbox import Sent, sent_lately
from bot.storage.tables_operations import OutboxEntry


@dataclass(frozen=True, slots=True)
class Parcel:
    """A reply as its channel delivers it: the payload of one outbox row."""

    kind: str
    payload: Mapping[str, Any]
    priority: Priority = Priority.DIALOGUE


_OUTBOX = table_of(OutboxEntry)
_WAITS = and_(
    _OUTBOX.c.lane.in_(bindparam("lanes", expanding=True)),
    _OUTBOX.c.sent_at.is_(None),
    _OUTBOX.c.buried_at.is_(None),
)
_OUT = _OUTBOX.c.leased_until > bindparam("now", type_=_OUTBOX.c.due_at.type)
_MINE = and_(_OUT, _OUTBOX.c.leased_by == bindparam("holder"))
_AHEAD = or_(_OUTBOX.c.priority <= Priority.DIALOGUE.value, _OUT)
_TAKEN = select(_OUTBOX.c.lane, _MINE.label("mine")).where(_WAITS, _AHEAD)
_INSERT = insert(_OUTBOX).returning(_OUTBOX.c.id, _OUTBOX.c.seal_id)
_IN_ORDER = insert(_OUTBOX).returning(_OUTBOX.c.id, _OUTBOX.c.seal_id, sort_by_parameter_order=True)
_OVERTAKEN = (
    update(_OUTBOX)
    .where(
        _WAITS,
        _OUTBOX.c.priority == Priority.DIALOGUE.value,
        or_(_OUTBOX.c.leased_until.is_(None), ~_OUT),
    )
    .values(priority=Priority.LATE.value)
)
_RELEASED = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.lane.like(bindparam("lanes")),
        _OUTBOX.c.sent_at.is_(None),
        _OUTBOX.c.buried_at.is_(None),
        _OUTBOX.c.attempts == 0,
        _OUTBOX.c.priority.in_((Priority.AT_ONCE, Priority.DIALOGUE, Priority.LATE)),
        # What was revealed is erased when its two minutes are over, not when all was heard.
        or_(_OUTBOX.c.kind != "erase", _OUTBOX.c.priority == Priority.AT_ONCE.value),
        _OUTBOX.c.due_at > bindparam("now", type_=_OUTBOX.c.due_at.type),
    )
    .values(due_at=bindparam("now", type_=_OUTBOX.c.due_at.type))
)


class Posting(Repository):
    """Replies on their way from a turn to the sender."""

    def __init__(
        self, session: Session, vault: Encryption, dispatches: Sequence[Dispatch] = ()
    ) -> None:
        super().__init__(session, vault, dispatches)
        self._touched: set[str] = set()
        self._put_off: datetime | None = None

    def put_off_replies(self, until: datetime) -> None:
        """What is posted in this transaction waits: there is more to be heard before."""
        self._put_off = until

    def release_replies(self, lanes: str, now: datetime) -> None:
        """All was heard: what was put off goes, the answers to the newest questions first."""
        self._touched.add(lanes)
        self._elsewhere.connection().execute(_RELEASED, {"lanes": f"{lanes}%", "now": now})

    def reply(self, lane: str, parcels: Iterable[Parcel], now: datetime) -> None:
        """What one turn tells one person, in order."""
        if group := tuple(parcels):
            row = {"lane": lane, "parcels": group, "now": now}
            self._later(OutboxEntry, self._reply_all, row)

    def announce(self) -> None:
        """After the commit: the senders get what is theirs."""
        for dispatch in self._dispatches:
            rows = [row for taker, row in self._levels[0].handed if taker is dispatch]
            if rows:
                dispatch.hand(rows)
            if any(is_of(lane, dispatch.lanes) for lane in self._touched):
                dispatch.notice()

    def _reply_all(self, groups: list[Row]) -> None:
        sizes: dict[str, int] = {}
        for group in groups:
            sizes[group["lane"]] = sizes.get(group["lane"], 0) + len(group["parcels"])
        takers = self._takers(sizes, groups[0]["now"])
        self._touched |= sizes.keys() - takers.keys()
        newest = {group["lane"]: place for place, group in enumerate(groups)}
        rows = [
            self._parcelled(group, parcel, is_late=group["lane"] not in takers and place != last)
            for place, group in enumerate(groups)
            for last in (newest[group["lane"]],)
            for parcel in group["parcels"]
        ]
        leases = {taker: taker.lease()[1] for taker in takers.values()}
        for row in rows:
            taker = takers.get(row["lane"])
            row["attempts"] = 0 if taker is None else 1
            row["leased_by"] = None if taker is None else taker.holder
            row["leased_until"] = None if taker is None else leases[taker]
        parcels = [parcel for group in groups for parcel in group["parcels"]]
        # SQLite counts up in the order of the rows; PostgreSQL only where it is asked to.
        statement = _IN_ORDER if self._on_postgresql else _INSERT
        made = self._connection.execute(statement, rows)
        ids = {seal_id: entry_id for entry_id, seal_id in made}
        before = self._sent_before(takers)
        for row, parcel in zip(rows, parcels, strict=True):
            lane, entry_id = row["lane"], ids[row["seal_id"]]
            if lane in takers:
                handed = _handed(entry_id, row, parcel, before.get(lane, ()))
                self._saying.handed.append((takers[lane], handed))

    def _takers(self, sizes: Mapping[str, int], now: datetime) -> dict[str, Dispatch]:
        """The sender of each lane that may have what is posted there now."""
        takers: dict[str, Dispatch] = {}
        for dispatch in () if self._put_off else self._dispatches:
            lanes = [lane for lane in sizes if is_of(lane, dispatch.lanes)]
            room = dispatch.room() - self._promised(dispatch)
            for lane in self._unblocked(lanes, dispatch):
                if sizes[lane] <= room:
                    room -= sizes[lane]
                    takers[lane] = dispatch
        if left := [lane for lane in sizes if lane not in takers]:
            overtaken = {"lanes": left, "now": now}
            self._connection.execute(_OVERTAKEN, overtaken)
        return takers

    def _sent_before(self, takers: Mapping[str, Dispatch]) -> Sent:
        """What was just sent to lanes to which other processes send as well."""
        shared = {lane: taker for lane, taker in takers.items() if taker.is_shared}
        if not shared:
            return {}
        now, _ = next(iter(shared.values())).lease()
        return sent_lately(self._connection, shared, now)

    def _promised(self, dispatch: Dispatch) -> int:
        return sum(taker is dispatch for level in self._levels for taker, _ in level.handed)

    def _unblocked(self, lanes: Sequence[str], dispatch: Dispatch) -> list[str]:
        """The lanes in which nothing waits but what this sender has in its hands."""
        if not lanes or dispatch.room() <= 0:
            return []
        now, _ = dispatch.lease()
        asked = {"lanes": lanes, "now": now, "holder": dispatch.holder}
        taken = self._connection.execute(_TAKEN, asked)
        blocked = {lane for lane, mine in taken if not mine}
        return [lane for lane in lanes if lane not in blocked]

    def _parcelled(self, group: Row, parcel: Parcel, *, is_late: bool) -> dict[str, Any]:
        seal_id = str(uuid4())
        sealed = self._seal(payload_to_json(parcel.payload), "outbox", seal_id, "payload")
        late = is_late and parcel.priority is Priority.DIALOGUE
        return {
            "seal_id": seal_id,
            "lane": group["lane"],
            "kind": parcel.kind,
            "payload_sealed": sealed,
            "priority": (Priority.LATE if late else parcel.priority).value,
            "created_at": group["now"],
            "due_at": self._put_off or group["now"],
        }


def _handed(
    entry_id: int, row: Mapping[str, Any], parcel: Parcel, sent_before: tuple[datetime, ...]
) -> OutboxMessage:
    return OutboxMessage(
        id=entry_id,
        lane=row["lane"],
        kind=parcel.kind,
        payload=parcel.payload,
        state=OutboxState.WAITING,
        created_at=row["created_at"],
        due_at=row["due_at"],
        attempts=1,
        priority=Priority(row["priority"]),
        sent_before=sent_before,
    )
