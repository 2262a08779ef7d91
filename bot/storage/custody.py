"""Custody: in whose hands the rows of the outbox are, and who sent what to a lane just now.

Asked where a process starts after one that was killed, and where several send side by side.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import Connection, bindparam
from sqlmodel import col, select, update

from bot.storage.base import Repository, table_of
from bot.storage.tables_operations import OutboxEntry

BEGUN = "begun"
"""The failure of a row whose sending was begun, and of whose end nothing is known."""
LATELY = timedelta(seconds=15)
"""How far back it matters: longer than what a chat bears at once takes to come back."""

Sent = Mapping[str, tuple[datetime, ...]]
"""When something was last sent to each lane, the newest first."""


class Custody(Repository):
    """Who holds what, and who sent what."""

    def holding(self, now: datetime) -> tuple[str, ...]:
        """The senders whose leases run."""
        held = (col(OutboxEntry.leased_until) > now, col(OutboxEntry.sent_at).is_(None))
        found = select(OutboxEntry.leased_by).where(*held, col(OutboxEntry.buried_at).is_(None))
        return tuple(one for one in self._elsewhere.exec(found.distinct()) if one)

    def let_go(self, holder: str) -> None:
        """What a sender holds is free for all, at once: it is known to be gone."""
        held = (col(OutboxEntry.leased_by) == holder, col(OutboxEntry.sent_at).is_(None))
        freed = update(OutboxEntry).where(*held).values(leased_until=None)
        self._elsewhere.exec(freed.execution_options(synchronize_session=False))

    def begin(self, entry_id: int) -> None:
        """A row is about to leave: should its sender die over it, the next one knows."""
        this = update(OutboxEntry).where(col(OutboxEntry.id) == entry_id).values(failure=BEGUN)
        self._elsewhere.exec(this.execution_options(synchronize_session=False))

    def sent_lately(self, lanes: Iterable[str], now: datetime) -> Sent:
        """What any process has just sent to these lanes."""
        return sent_lately(self._elsewhere.connection(), lanes, now)


def sent_lately(connection: Connection, lanes: Iterable[str], now: datetime) -> Sent:
    """The same, for whoever has a connection alone."""
    times: dict[str, tuple[datetime, ...]] = {}
    asked = {"lanes": list(lanes), "since": now - LATELY}
    for lane, at in connection.execute(_SENT_LATELY, asked):
        times[lane] = (*times.get(lane, ()), at)
    return times


_SENT = table_of(OutboxEntry).c
_SENT_LATELY = (
    sqlalchemy.select(_SENT.lane, _SENT.sent_at)
    .where(_SENT.lane.in_(bindparam("lanes", expanding=True)))
    .where(_SENT.sent_at > bindparam("since", type_=_SENT.sent_at.type))
    .order_by(_SENT.sent_at.desc())
)
