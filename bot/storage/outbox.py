"""The outbox: what is to be delivered waits here, from the commit that decided it to the answer.

A *lane* is one destination (one chat, one staff group, one connector). Inside a lane the order is
the order of asking, always; priority only decides between lanes. A message that waits for another
try holds its lane back. One that was given a later date when it was added, and was never tried,
lets the others pass until that date.

There is one way in, `add`, and one way out, `claim`. A claimed message is leased: when its holder
dies, the lease runs out and the message goes to the next who asks, so delivery is at-least-once.

What is sealed is bound to lane and kind: a message that was given another destination in the
database opens for nobody, and is given up.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from pydantic import ConfigDict, TypeAdapter
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CursorResult,
    Executable,
    FromClause,
    ScalarSelect,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
    update,
)
from sqlmodel import Session

from bot.domain.delivery import (
    LONGEST_WAIT,
    TICKET_LANES,
    OutboxMessage,
    OutboxState,
    OutgoingMessage,
    Priority,
)
from bot.storage.base import Repository, UtcDateTime, table_of
from bot.storage.encryption import Encryption, SealError, key_of
from bot.storage.leases import LONGEST_LEASE
from bot.storage.row_mac import has_fit_values
from bot.storage.tables_operations import OutboxEntry

_ROWS = table_of(OutboxEntry)
_PAYLOADS: TypeAdapter[Mapping[str, Any]] = TypeAdapter(
    dict[str, Any],
    config=ConfigDict(defer_build=True),  # at the first use: a start shall be quick
)

BEGUN = "begun"
"""The failure code of a message whose sending was begun, and of whose end nothing is known."""
CHANGED = "message.changed"
"""The failure code of a message that does not open: it was changed outside the desk."""
NO_KEY = "key.missing"
"""The failure code of a message whose key is not held, perhaps not yet: it waits."""


class Outbox(Repository):
    """What waits to be delivered, what was sent, and what was given up.

    One a transaction, used by the thread that opened the transaction. Services add messages in the
    transaction of what happened; a sender claims them and records what came of them.
    """

    def __init__(self, session: Session, encryption: Encryption) -> None:
        super().__init__(session, encryption)
        self.touched: set[str] = set()
        """The lanes that have something new; the store tells them after the commit."""

    def add(
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
        """Puts a message at the end of its lane; its id.

        A `key` names it for ever: one that was used before adds nothing, and gives that id.
        """
        message = OutgoingMessage(kind, payload, priority)
        values = {**self._values(lane, message, now), "due_at": due_at or now, "key": key}
        self.touched.add(lane)
        if key is None:
            entry = OutboxEntry(**values)
            self._session.add(entry)
            self._session.flush()
            assert entry.id is not None  # it was just written
            return entry.id
        if self._id_of(key) is None:
            self._insert_new(OutboxEntry, **values)
        made = self._id_of(key)  # it may be another process's: the key decides
        assert made is not None
        return made

    def add_all(self, lane: str, messages: Iterable[OutgoingMessage], now: datetime) -> None:
        """Puts the replies of one turn at the end of a lane, in order."""
        for message in messages:
            self._session.add(OutboxEntry(**self._values(lane, message, now), due_at=now))
            self.touched.add(lane)

    def claim(
        self,
        now: datetime,
        *,
        holder: str,
        limit: int,
        lease: timedelta,
        lanes: str = "",
        least: Priority = Priority.BULK,
    ) -> tuple[OutboxMessage, ...]:
        """Leases to `holder` the first message of up to `limit` lanes, the most urgent lanes first.

        Only of the lane `lanes`, or where that ends with a colon of every lane that begins so;
        only of lanes that are at `least` so urgent. A message takes the priority of the most urgent
        one of its lane: what waits behind it waits for it. What was changed outside the desk is
        buried, what has no key is tried again after its lease.
        """
        values = {
            "now": now,
            "holder": holder,
            "until": now + lease,
            "late": now + LONGEST_WAIT,
            "stale": now + LONGEST_LEASE,
            "least": least.value,
            "most": limit,
        }
        found = [self._message(row) for row in self._execute(_claim_of(lanes), values).all()]
        for one in found:
            if one.failure == CHANGED:
                self.bury(one.id, CHANGED, now)
        whole = (one for one in found if one.failure not in {CHANGED, NO_KEY})
        return tuple(sorted(whole, key=lambda one: (one.priority, one.id)))

    def mark_sent(self, ids: Iterable[int], now: datetime) -> None:
        """Ends messages; their contents go, so that nobody makes one leave again in SQL.

        What goes to another system names its part alone, and is looked for there before it is filed
        again: it stays, for an e-mail that comes back.
        """
        named = _ROWS.c.lane.startswith(TICKET_LANES, autoescape=True)
        left = case((named, _ROWS.c.payload_sealed))
        ended = {"sent_at": now, "leased_until": None, "payload_sealed": left}
        self._change(_ROWS.c.id.in_(list(ids)), **ended)

    def mark_begun(self, entry_id: int) -> None:
        """A message is about to leave: should its sender die over it, the next one knows."""
        self._change(_ROWS.c.id == entry_id, failure=BEGUN)

    def retry_later(self, entry_id: int, due_at: datetime, failure: str) -> None:
        """An attempt failed: the message, and its lane, wait until `due_at`."""
        free = {"leased_by": None, "leased_until": None}
        self._change(_ROWS.c.id == entry_id, due_at=due_at, failure=failure, **free)

    def give_back(self, ids: Iterable[int]) -> None:
        """Claimed messages that were not tried after all."""
        free = {"leased_by": None, "leased_until": None}
        self._change(_ROWS.c.id.in_(list(ids)), attempts=_ROWS.c.attempts - 1, **free)

    def renew(self, ids: Iterable[int], holder: str, until: datetime) -> None:
        """Keeps what is still in this holder's hands a while longer."""
        mine = and_(_ROWS.c.id.in_(list(ids)), _ROWS.c.leased_by == holder)
        self._change(mine, leased_until=until)

    def holders(self, now: datetime) -> tuple[str, ...]:
        """Who holds messages under a lease that runs."""
        held = select(_ROWS.c.leased_by).where(_ROWS.c.leased_until > now, _is_waiting(_ROWS))
        return tuple(self._execute(held.distinct()).scalars())

    def release(self, holder: str) -> None:
        """Frees at once what a holder had that is known to be gone."""
        self._change(and_(_ROWS.c.leased_by == holder, _is_waiting(_ROWS)), leased_until=None)

    def bury(self, entry_id: int, failure: str, now: datetime) -> None:
        """Gives a message up where the operator sees it; its lane goes on."""
        self._change(_ROWS.c.id == entry_id, buried_at=now, failure=failure, leased_until=None)

    def bounce(self, entry_id: int, failure: str, now: datetime) -> bool:
        """Gives up a message that left and came back; False where it was given up before."""
        left = and_(_ROWS.c.id == entry_id, _ROWS.c.buried_at.is_(None))
        lost = {"sent_at": None, "buried_at": now, "leased_until": None}
        return self._change(left, failure=failure, **lost) == 1

    def revive(self, entry_id: int, now: datetime) -> bool:
        """Another try for a buried message, from now on; False when it is not buried, or is a
        letter that left and came back: what it said is kept no more."""
        is_whole = _ROWS.c.payload_sealed.is_not(None)
        buried = and_(_ROWS.c.id == entry_id, _ROWS.c.buried_at.is_not(None), is_whole)
        return self._change(buried, buried_at=None, due_at=now, leased_by=None, attempts=0) == 1

    def revive_all(self, now: datetime, failure: str = "") -> int:
        """Another try for every buried message, or those of one failure; how many there are."""
        buried = and_(_ROWS.c.buried_at.is_not(None), _ROWS.c.payload_sealed.is_not(None))
        chosen = and_(buried, _ROWS.c.failure == failure) if failure else buried
        return self._change(chosen, buried_at=None, due_at=now, leased_by=None, attempts=0)

    def get(self, entry_id: int) -> OutboxMessage | None:
        return next(iter(self._messages(_ROWS.c.id == entry_id, 1)), None)

    def list(self, state: OutboxState | None = None, limit: int = 100) -> tuple[OutboxMessage, ...]:
        """What waits, was sent or was buried; the oldest first."""
        return self._messages(_in_state(state), limit)

    def of_lane(self, lane: str, limit: int) -> tuple[OutboxMessage, ...]:
        """What is in one lane, sent or not; the oldest first."""
        return self._messages(_ROWS.c.lane == lane, limit)

    def given_up(self, failure: str) -> tuple[OutboxMessage, ...]:
        """What was given up for this reason; the oldest first."""
        buried = and_(_ROWS.c.buried_at.is_not(None), _ROWS.c.failure == failure)
        rows = self._execute(select(_ROWS).where(buried).order_by(_ROWS.c.id))
        return tuple(self._message(row) for row in rows)

    def _values(self, lane: str, message: OutgoingMessage, now: datetime) -> dict[str, Any]:
        seal_id = f"{lane}/{message.kind}/{uuid4()}"
        sealed = self._seal(
            _PAYLOADS.dump_json(message.payload).decode(), "outbox", seal_id, "payload"
        )
        return {
            "seal_id": seal_id,
            "lane": lane,
            "kind": message.kind,
            "payload_sealed": sealed,
            "created_at": now,
            "attempts": 0,
            "priority": message.priority.value,
        }

    def _id_of(self, key: str) -> int | None:
        return self._execute(select(_ROWS.c.id).where(_ROWS.c.key == key)).scalar()

    def _change(self, chosen: ColumnElement[bool], **values: Any) -> int:
        return self._execute(update(_ROWS).where(chosen).values(**values)).rowcount

    def _messages(self, chosen: ColumnElement[bool], limit: int) -> tuple[OutboxMessage, ...]:
        rows = select(_ROWS).where(chosen).order_by(_ROWS.c.id).limit(limit)
        return tuple(self._message(row) for row in self._execute(rows))

    def _execute(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Runs a statement after what was added before is written."""
        self._session.flush()
        return self._session.connection().execute(statement, values)

    def _message(self, row: Any) -> OutboxMessage:
        is_fit = has_fit_values(_ROWS, dict(zip(_ROWS.c.keys(), row, strict=True)))
        payload, failure = self._content(row) if is_fit else ("{}", CHANGED)
        return OutboxMessage(
            id=row.id,
            lane=row.lane,
            kind=row.kind,
            payload=_PAYLOADS.validate_json(payload),
            state=_state(row),
            created_at=row.created_at,
            due_at=row.due_at,
            attempts=row.attempts,
            failure=failure,
            priority=Priority(row.priority) if is_fit else Priority.BULK,
        )

    def _content(self, row: Any) -> tuple[str, str | None]:
        """The payload of a message with its failure; one that was sent has no payload, be it that
        it came back, nor has one that does not open, whose failure says why."""
        if row.payload_sealed is None:
            has_left = row.sent_at is not None or row.buried_at is not None
            return "{}", row.failure if has_left else CHANGED
        if key_of(row.payload_sealed) not in self._encryption.key_ids:
            return "{}", NO_KEY
        if row.seal_id.startswith(f"{row.lane}/{row.kind}/"):
            with suppress(SealError):
                opened = self._open(row.payload_sealed, "outbox", row.seal_id, "payload")
                return opened, row.failure
        return "{}", CHANGED


def is_of(lane: str, lanes: str) -> bool:
    """Whether a lane is among those that `lanes` names."""
    return lane.startswith(lanes) if not lanes or lanes.endswith(":") else lane == lanes


@cache
def _claim_of(lanes: str) -> Executable:
    """Leases the first message of each lane that may go now; made once, it is run all the time.

    The heads are a common table expression: PostgreSQL may run a plain subquery with a lock more
    than once.
    """
    now, late, stale = (bindparam(name, type_=UtcDateTime) for name in ("now", "late", "stale"))
    row, earlier = _ROWS.alias("row_"), _ROWS.alias("earlier")
    holds_back = (
        select(earlier.c.id)
        .where(
            earlier.c.lane == row.c.lane,
            earlier.c.id < row.c.id,
            _is_waiting(earlier),
            or_(
                earlier.c.attempts > 0,
                earlier.c.due_at <= now,
                _is_of_another_clock(earlier, late, stale),
            ),
        )
        .exists()
    )
    urgency = _urgency(row)
    heads = (
        select(row.c.id)
        .where(
            _is_waiting(row),
            _is_of_lanes(row, lanes),
            or_(row.c.due_at <= now, _is_of_another_clock(row, late, stale)),
            or_(
                row.c.leased_until.is_(None),
                row.c.leased_until <= now,
                row.c.leased_until > stale,
            ),
            ~holds_back,
            urgency <= bindparam("least"),
        )
        .order_by(urgency, row.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("heads")
    )
    return (
        update(_ROWS)
        .where(_ROWS.c.id.in_(select(heads.c.id)))
        .values(
            leased_by=bindparam("holder"),
            leased_until=bindparam("until", type_=UtcDateTime),
            attempts=_ROWS.c.attempts + 1,
            priority=_urgency(_ROWS),
        )
        .returning(*_ROWS.c)
    )


def _is_of_another_clock(
    row: FromClause, late: BindParameter[datetime], stale: BindParameter[datetime]
) -> ColumnElement[bool]:
    """Whether a message was meant to have left by now, had the clock not gone back since.

    It would wait until the clock is there again: an hour, a day.
    """
    never_tried = or_(row.c.due_at <= row.c.created_at, row.c.created_at > stale)
    return or_(
        and_(row.c.attempts == 0, never_tried),
        and_(row.c.attempts > 0, row.c.due_at > late),
        row.c.leased_until.is_not(None),  # it was due when it was claimed, and its holder is gone
    )


def _urgency(row: FromClause) -> ScalarSelect[Any]:
    """The highest priority of all that waits in the lane of a message."""
    beside = _ROWS.alias("beside")
    same_lane = select(func.min(beside.c.priority)).where(beside.c.lane == row.c.lane)
    return same_lane.where(_is_waiting(beside)).correlate(row).scalar_subquery()


def _is_waiting(row: FromClause) -> ColumnElement[bool]:
    return and_(row.c.sent_at.is_(None), row.c.buried_at.is_(None))


def _is_of_lanes(row: FromClause, lanes: str) -> ColumnElement[bool]:
    """The same as `is_of`, in the database."""
    if not lanes or lanes.endswith(":"):
        return row.c.lane.startswith(lanes, autoescape=True)
    return row.c.lane == lanes


def _in_state(state: OutboxState | None) -> ColumnElement[bool]:
    match state:
        case OutboxState.WAITING:
            return _is_waiting(_ROWS)
        case OutboxState.SENT:
            return _ROWS.c.sent_at.is_not(None)
        case OutboxState.BURIED:
            return _ROWS.c.buried_at.is_not(None)
        case None:
            return true()


def _state(row: Any) -> OutboxState:
    if row.sent_at is not None:
        return OutboxState.SENT
    return OutboxState.WAITING if row.buried_at is None else OutboxState.BURIED
