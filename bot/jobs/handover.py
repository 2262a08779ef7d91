"""The handover: how rows that were just committed come into the hands of a sender's lanes."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from bot.domain.delivery import OutboxMessage


class Lane:
    """The rows of one lane that are in a sender's hands, the one at work first."""

    def __init__(self, rows: Iterable[OutboxMessage]) -> None:
        self.rows = deque(rows)
        self.settled = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def add(self, row: OutboxMessage) -> None:
        """Behind what is as urgent, and in any case behind the one at work."""
        place = len(self.rows)
        while place > 1 and self.rows[place - 1].priority > row.priority:
            place -= 1
        self.rows.insert(place, row)


class Taker(Protocol):
    """What a handover asks of a sender."""

    @property
    def holder(self) -> str: ...
    @property
    def is_shared(self) -> bool: ...
    def room_for_replies(self) -> int: ...
    def lease(self) -> tuple[datetime, datetime]: ...
    def take(self, rows: Sequence[OutboxMessage]) -> None: ...
    def wake(self) -> None: ...


class Handover:
    """A sender as those see it who write what it is to send, in the thread of the storage."""

    def __init__(self, sender: Taker, lanes: str) -> None:
        self._sender = sender
        self.lanes = lanes
        self.loop: asyncio.AbstractEventLoop | None = None
        self._coming: deque[Sequence[OutboxMessage]] = deque()

    @property
    def holder(self) -> str:
        return self._sender.holder

    @property
    def is_shared(self) -> bool:
        return self._sender.is_shared

    def room(self) -> int:
        return self._sender.room_for_replies() - sum(map(len, tuple(self._coming)))

    def lease(self) -> tuple[datetime, datetime]:
        return self._sender.lease()

    def hand(self, rows: Sequence[OutboxMessage]) -> None:
        # Before the work at hand ends: no later round of this sender can be settled before it.
        self._coming.append(rows)
        self._call(self._take)

    def notice(self) -> None:
        self._call(self._sender.wake)

    def _take(self) -> None:
        self._sender.take(self._coming.popleft())

    def _call(self, what: Callable[[], None]) -> None:
        if self.loop is not None:
            with suppress(RuntimeError):  # a loop that is closed sends nothing: the lease runs out
                self.loop.call_soon_threadsafe(what)
