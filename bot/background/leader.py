"""Leader tasks: what only one process may do at a time, done by whoever holds the lease on it.

Any number of processes run the same code on one database. Each asks for the lease again and again;
who holds it does the tasks until it is lost or the process stops, and the others stand by. A dead
leader is followed within ten seconds, and within two where it died on the same machine. A lease is
a matter of economy and order: what is done under it stays right when two do it for a moment.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from bot.clock import utc_now
from bot.logs import log_failure
from bot.storage.leases import process_name
from bot.storage.store import Database, DatabaseThread

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=7.5)
EVERY = 2.0  # seconds between two times of asking; with the lease less than ten

Work = Callable[[asyncio.Event], Coroutine[None, None, None]]
"""Works until the event is set, and returns soon after."""


@dataclass(slots=True)
class _Task:
    """Some work of the leader; endless work knows no event, and is cancelled."""

    name: str
    work: Work
    is_endless: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Task[None] | None = None

    def ensure_running(self) -> None:
        """Begins the work, or begins it again where it failed."""
        if self.running is not None and self.running.done():
            error = None if self.running.cancelled() else self.running.exception()
            if error is not None:
                log_failure(log, self.name, error)
            self.running = None
        if self.running is None:
            self.over = asyncio.Event()
            self.running = asyncio.create_task(self.work(self.over), name=self.name)


class LeaderTasks:
    """The tasks that this process is ready to do while it holds the lease `name`.

    Lives in the event loop; asks for the lease in the database thread.
    """

    def __init__(
        self,
        db_thread: DatabaseThread,
        name: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        every: float = EVERY,
    ) -> None:
        self._db_thread = db_thread
        self._name = name
        self._clock = clock
        self._every = every
        self._holder = process_name()
        self._tasks: list[_Task] = []
        self._sure_until = 0.0

    def add(self, name: str, work: Work) -> None:
        """Adds work that ends soon after its event is set."""
        self._tasks.append(_Task(name, work))

    def add_endless(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Adds work that knows no end of its own: it is cancelled."""
        self._tasks.append(_Task(name, lambda _over: work(), is_endless=True))

    async def run(self, stopping: asyncio.Event) -> None:
        """Asks for the lease until `stopping` is set; then everything is given back."""
        try:
            while not stopping.is_set():
                await self._round()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._every):
                        await stopping.wait()
        finally:
            await self._stop()
            with suppress(Exception):  # it runs out by itself
                await self._db_thread.record(lambda db: db.leases.drop(self._holder, [self._name]))

    async def _round(self) -> None:
        asked = monotonic()
        try:
            is_leader = await self._db_thread.record(self._hold)
        except Exception as error:  # noqa: BLE001 -- the database may be back in a moment
            log_failure(log, "leases", error)
            if monotonic() >= self._sure_until:
                await self._stop()
            return
        if not is_leader:
            await self._stop()
            return
        self._sure_until = asked + LEASE.total_seconds()
        for task in self._tasks:
            task.ensure_running()

    def _hold(self, db: Database) -> bool:
        """Takes or renews the lease, in the database thread."""
        now = self._clock()
        db.leases.drop_dead(self._name, now)
        return db.leases.hold(self._name, self._holder, now, now + LEASE)

    async def _stop(self) -> None:
        ended = []
        for task in self._tasks:
            if task.running is not None:
                task.over.set()
                if task.is_endless:
                    task.running.cancel()
                ended.append(task.running)
                task.running = None
        await asyncio.gather(*ended, return_exceptions=True)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM or SIGINT sets."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
