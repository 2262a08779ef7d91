"""Duties: what only one process may do at a time, done by whoever holds the lease on it.

Any number of processes run the same code on one database. Each of them asks for every lease, again
and again, in one transaction that also says « I am here »; who gets one works until it is lost or
the process stops. A lease is only a matter of economy and order: what is done under it has to be
right even when two do it for a moment.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from bot.clock import utc_now
from bot.logs import log_failure
from bot.storage.db_thread import DatabaseThread
from bot.storage.leases import Lease, is_gone, process_name
from bot.storage.store import Database

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=10)
EVERY = 2.5  # seconds between two rounds
PRESENCE = "present:"
NEWCOMER = 4  # a part of its part of the budget, until all others know that it is there

Work = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set, and returns soon after."""


@dataclass(slots=True)
class _Duty:
    work: Work
    over: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Duties:
    """The duties that this process is ready to take; `kind` names those it shares a budget with."""

    def __init__(
        self,
        clerk: DatabaseThread,
        kind: str,
        *,
        counted: Callable[[int], None] = lambda _: None,
        clock: Callable[[], datetime] = utc_now,
        every: float = EVERY,
    ) -> None:
        self._clerk = clerk
        self._counted = counted
        self._clock = clock
        self._every = every
        self._holder = process_name()
        self._kind = f"{PRESENCE}{kind}:"
        self._duties: dict[str, _Duty] = {}
        self._sure_until = 0.0
        self._known_from: float | None = None

    def add(self, name: str, work: Work) -> None:
        """Something to do while nobody else does it."""
        self._duties[name] = _Duty(work)

    def add_endless(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """The same for work that knows no end of its own: it is cancelled."""
        self.add(name, lambda over: _until(over, work()))

    async def run(self, stopping: asyncio.Event) -> None:
        """Rounds until `stopping` is set; then everything is given back."""
        try:
            while not stopping.is_set():
                await self._round()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._every):
                        await stopping.wait()
        finally:
            await self._end()

    async def _round(self) -> None:
        asked = monotonic()
        try:
            leases = await self._clerk.record(self._exchange)
        except Exception as error:  # noqa: BLE001 -- the database may be back in a moment
            log_failure(log, "leases", error)
            if monotonic() >= self._sure_until:
                await self._stop(list(self._duties))
            return
        self._sure_until = asked + LEASE.total_seconds()
        mine = {lease.name for lease in leases if lease.holder == self._holder}
        await self._stop([name for name in self._duties if name not in mine])
        for name, duty in self._duties.items():
            if name in mine:
                _begin(name, duty)
        self._counted(self._parts(sum(lease.name.startswith(self._kind) for lease in leases)))

    def _parts(self, present: int) -> int:
        """Into how many parts the budget is divided, of which this process has one.

        The others hear of a newcomer with their next round, and spend its part until then.
        """
        if self._known_from is None:
            self._known_from = monotonic() + (2 * self._every if present > 1 else 0.0)
        return max(1, present) * (1 if monotonic() >= self._known_from else NEWCOMER)

    def _exchange(self, db: Database) -> tuple[Lease, ...]:
        """The part of a round that is one transaction."""
        now = self._clock()
        for lease in db.leases.running(now):
            if is_gone(lease.holder):
                db.leases.drop(lease.holder, [lease.name])
        db.leases.hold(self._names(), self._holder, now, now + LEASE)
        db.leases.sweep(now - LEASE)
        return db.leases.running(now)

    def _names(self) -> list[str]:
        return [*self._duties, self._kind + self._holder]

    async def _stop(self, names: list[str]) -> None:
        ended = []
        for name in names:
            duty = self._duties[name]
            if duty.task is not None:
                duty.over.set()
                ended.append(duty.task)
                duty.task = None
        await asyncio.gather(*ended, return_exceptions=True)

    async def _end(self) -> None:
        await self._stop(list(self._duties))
        with suppress(Exception):  # they run out by themselves
            await self._clerk.record(lambda db: db.leases.drop(self._holder, self._names()))


def _begin(name: str, duty: _Duty) -> None:
    """Set a duty to work that is not at work; one that failed begins anew."""
    if duty.task is not None and duty.task.done():
        error = None if duty.task.cancelled() else duty.task.exception()
        if error is not None:
            log_failure(log, name, error)
        duty.task = None
    if duty.task is None:
        duty.over = asyncio.Event()
        duty.task = asyncio.create_task(_run(duty.work, duty.over), name=name)


async def _run(work: Work, over: asyncio.Event) -> None:
    await work(over)


async def _until(over: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Cancels the work once it is over; its own end, or error, comes first where it does."""
    working, ending = asyncio.create_task(work), asyncio.create_task(over.wait())
    try:
        await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, ending):
            task.cancel()
        await asyncio.gather(working, ending, return_exceptions=True)
    if not working.cancelled():
        working.result()
