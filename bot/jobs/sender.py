"""The sender: carries what waits in the outbox to where it goes, and records what came of it.

Every so often there is a *round*, one transaction: what was answered since the last one is settled,
leases are renewed, and the next rows are claimed. Rounds are called by whoever commits new rows, by
an answer that came in, and by the clock: what falls due, the rows of other processes, and those of
processes that died are sent as well.

Each lane is worked by one task, in order. The next row of a lane goes out only once the one before
it is settled: whatever is killed, at most one message a chat is sent twice.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from time import monotonic
from uuid import uuid4

from bot.domain.receipt import Receipt, Refused, RetryLater
from bot.jobs.clerk import Clerk
from bot.jobs.failures import log_failure
from bot.jobs.pace import Bucket, Pace
from bot.jobs.settling import Answer, Settling
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=3)
"""Short, and renewed all the time: what a killed process held goes out again soon after it."""
POLL = 0.5  # seconds between two rounds that nothing called for
SPACING = 0.01  # seconds between two rounds at least: under load they are shared
MOST_BUCKETS = 10_000
BROKEN = "sender.error"
OWN_PATIENCE = 5  # attempts at what fails by a mistake of ours


class Sender:
    """Sends the rows of the lanes whose names begin with `lanes`, at most `rate` a second."""

    def __init__(
        self,
        clerk: Clerk,
        settling: Settling,
        *,
        lanes: str,
        rate: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clerk = clerk
        self._settling = settling
        self._carrier = settling.carrier
        self._lanes = lanes
        self._room = max(32, int(4 * rate))
        self._clock = clock
        self._holder = uuid4().hex
        self._rate = rate
        self._budget = Bucket(_pace(rate))
        self._buckets: dict[str, Bucket] = {}
        self._working: dict[str, _Lane] = {}
        self._answers: list[Answer] = []
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._renewed_at = clock()

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    def share(self, processes: int) -> None:
        """So many processes send under the same limit."""
        self._budget.change(_pace(self._rate / processes))

    def stop(self) -> None:
        """Finish what is on its way, give the rest back, and end `run`."""
        self._stopping.set()
        self.wake()

    async def run(self) -> None:
        """Rounds until `stop`; then what was claimed and not yet sent is given back."""
        while True:
            began = monotonic()
            await self._round()
            if self._stopping.is_set() and not self._working:
                return
            await asyncio.sleep(max(0.0, began + SPACING - monotonic()))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._woken.wait()
            self._woken.clear()

    async def _round(self) -> None:
        """Settle what was answered, and begin what could be claimed."""
        answers, self._answers = self._answers, []
        try:
            rows = await self._clerk.record(self._exchange, answers)
        except Exception as error:  # noqa: BLE001 -- the database may be back in a moment
            self._answers = answers + self._answers
            log_failure(log, "outbox out of reach", error)
            await asyncio.sleep(POLL)
            return
        for row, receipt in answers:
            self._step(row.lane, went_on=not isinstance(receipt, RetryLater | None))
        self._begin(rows)

    def _exchange(self, records: Records, answers: Sequence[Answer]) -> tuple[OutboxRow, ...]:
        """The part of a round that is one transaction."""
        now = self._clock()
        self._settling.settle(records, answers, now)
        out = [row for lane in self._working.values() for row in lane.rows]
        if out and now >= self._renewed_at + LEASE / 5:
            records.renew([row.id for row in out], self._holder, now + LEASE)
            self._renewed_at = now
        room = self._room - len(out)
        if self._stopping.is_set() or room <= 0:
            return ()
        return records.claim(now, holder=self._holder, limit=room, lease=LEASE, lanes=self._lanes)

    def _step(self, name: str, *, went_on: bool) -> None:
        """A lane's first row is settled: the next one follows, or all went back with it."""
        lane = self._working[name]
        lane.rows.popleft()
        if not went_on:
            lane.rows.clear()
        if not lane.rows:
            del self._working[name]
        lane.settled.set()

    def _begin(self, rows: Sequence[OutboxRow]) -> None:
        by_lane = attrgetter("lane")
        for name, claimed in groupby(sorted(rows, key=by_lane), by_lane):
            # A lane at work shows up only when its lease ran out under us: its task goes on alone.
            if name not in self._working:
                self._working[name] = lane = _Lane(claimed)
                lane.task = asyncio.create_task(self._work(lane))

    async def _work(self, lane: "_Lane") -> None:
        while lane.rows:  # a round takes away what is settled
            row = lane.rows[0]
            lane.settled.clear()
            receipt = await self._attempt(row)
            self._answers.append((row, receipt))  # after the wait: a round takes the list away
            self.wake()
            await lane.settled.wait()

    async def _attempt(self, row: OutboxRow) -> Receipt | None:
        pace = self._carrier.pace(row)
        if pace is not None:
            await self._pause(self._bucket(row.lane, pace).take())
            await self._pause(self._budget.take())
        if self._stopping.is_set():
            return None
        try:
            return await self._carrier.deliver(row)
        except Exception as error:  # noqa: BLE001 -- our own mistake must not close the lane
            log_failure(log, "delivery", error)
            return RetryLater(BROKEN) if row.attempts < OWN_PATIENCE else Refused(BROKEN)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()

    def _bucket(self, lane: str, pace: Pace) -> Bucket:
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets = {name: one for name, one in self._buckets.items() if not one.is_full}
        return self._buckets.setdefault(lane, Bucket(pace))


def _pace(rate: float) -> Pace:
    return Pace(rate, burst=max(1.0, rate / 5))


class _Lane:
    """The rows of one lane that are in our hands, the one at work first."""

    def __init__(self, rows: Iterable[OutboxRow]) -> None:
        self.rows = deque(rows)
        self.settled = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
