"""The sender: carries what waits in the outbox to where it goes, and records what came of it.

What is committed in this process is handed over leased (`bot.storage.posting`). Everything else is
found in *rounds*, each one transaction: what was answered since the last one is settled, leases are
renewed, and where there may be something to find the next rows are claimed: what falls due, what
there was no room for, the rows of other processes, and those of processes that died.

Each lane is worked by one task, in order. The next row of a lane goes out only once the one before
it is settled: whatever is killed, at most one message a chat is sent twice. Where the budget is
short, who is in dialogue goes before what is sent to many.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from time import monotonic

from bot.background.rate_limit import RateLimiter
from bot.background.sender import DeliveryRecorder, Result
from bot.clock import utc_now
from bot.domain.delivery import DeliveryResult, OutboxMessage, Priority, Refused, RetryLater
from bot.jobs.handover import Handover, Lane
from bot.logs import log_failure
from bot.storage.db_thread import DatabaseThread
from bot.storage.leases import is_gone, process_name
from bot.storage.store import Database

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=3)
"""Short, and renewed all the time: what a killed process held goes out again soon after it."""
POLL = 0.5  # seconds between two rounds that nothing called for
SPACING = 0.02  # seconds between two rounds at least: under load they are shared
BROKEN = "sender.error"
OWN_PATIENCE = 5  # attempts at what fails by a mistake of ours


class Sender:
    """Sends the rows of the lanes whose names begin with `lanes`, at most `rate` a second."""

    def __init__(
        self,
        clerk: DatabaseThread,
        settling: DeliveryRecorder,
        *,
        lanes: str,
        rate: float,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._clerk = clerk
        self._settling = settling
        self._carrier = settling.carrier
        self._lanes = lanes
        self._most = max(32, int(4 * rate))
        self._clock = clock
        self._holder = process_name()
        self._pacing = RateLimiter(rate)
        self._working: dict[str, Lane] = {}
        self._answers: list[Result] = []
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._renewed_at = clock()
        self._looks = True
        self._claimed_at = float("-inf")
        self._desk = Handover(self, lanes)

    def wake(self) -> None:
        """There may be something to find."""
        self._looks = True
        self._woken.set()

    def share(self, processes: int) -> None:
        """So many processes send under the same limits."""
        self._pacing.share(processes)

    def stop(self) -> None:
        """Finish what is on its way, give the rest back, and end `run`."""
        self._clerk.store.dismiss(self._desk)
        self._stopping.set()
        self._pacing.open_wide()
        self._woken.set()

    async def run(self) -> None:
        """Rounds until `stop`; then what was claimed and not yet sent is given back."""
        if not self._stopping.is_set():
            self._desk.loop = asyncio.get_running_loop()
            self._clerk.store.employ(self._desk)
        try:
            await self._inherit()
            await self._keep_going()
        finally:
            self._clerk.store.dismiss(self._desk)

    async def _inherit(self) -> None:
        """What dead senders of this machine held is sent now, not when their leases end."""
        try:
            await self._clerk.record(_free_the_dead, self._clock())
        except Exception as error:  # noqa: BLE001 -- then it is sent when their leases end
            log_failure(log, "outbox out of reach", error)

    async def _keep_going(self) -> None:
        while True:
            began = monotonic()
            await self._round()
            if self._stopping.is_set() and not self._working:
                return
            await asyncio.sleep(max(0.0, began + SPACING - monotonic()))
            try:
                async with asyncio.timeout(POLL):
                    await self._woken.wait()
            except TimeoutError:
                self._looks = True
            self._woken.clear()

    @property
    def holder(self) -> str:
        return self._holder

    @property
    def is_shared(self) -> bool:
        """Others may send to the same lanes."""
        return self._pacing.is_shared

    def room_for_replies(self) -> int:
        """What is sent to many takes no room from those who wait for an answer."""
        lanes = tuple(self._working.values())  # in one go: other threads ask as well
        rows = [row for lane in lanes for row in tuple(lane.rows)]
        replies = sum(row.priority < Priority.BULK for row in rows)
        return 0 if self._stopping.is_set() else self._most - replies

    def lease(self) -> tuple[datetime, datetime]:
        now = self._clock()
        return now, now + LEASE

    def take(self, rows: Sequence[OutboxMessage]) -> None:
        """Rows that are committed, and leased to this sender."""
        for row in rows:
            if row.lane in self._working:
                self._working[row.lane].add(row)
            else:
                self._begin([row])

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

    def _exchange(self, db: Database, answers: Sequence[Result]) -> tuple[OutboxMessage, ...]:
        """The part of a round that is one transaction."""
        now = self._clock()
        self._settling.settle(db, answers, now)
        out = [row for lane in tuple(self._working.values()) for row in tuple(lane.rows)]
        if out and now >= self._renewed_at + LEASE / 5:
            db.outbox.renew([row.id for row in out], self._holder, now + LEASE)
            self._renewed_at = now
        room = self._most - len(out)
        if self._stopping.is_set() or not self._may_claim(room):
            return ()
        self._claimed_at = monotonic()
        rows = db.outbox.claim(now, holder=self._holder, limit=room, lease=LEASE, lanes=self._lanes)
        self._looks = bool(rows)  # where there was something there may be more
        return _beside_others(db, rows, now) if self.is_shared and rows else rows

    def _may_claim(self, room: int) -> bool:
        """Looking costs: with plenty in hand, now and then is often enough."""
        plenty = room < self._most / 2
        return self._looks and room > 0 and not (plenty and monotonic() < self._claimed_at + POLL)

    def _step(self, name: str, *, went_on: bool) -> None:
        """A lane's first row is settled: the next one follows, or all went back with it."""
        lane = self._working[name]
        lane.rows.popleft()
        if not went_on:
            lane.rows.clear()
        if not lane.rows:
            del self._working[name]
        lane.settled.set()

    def _begin(self, rows: Sequence[OutboxMessage]) -> None:
        by_lane = attrgetter("lane")
        for name, claimed in groupby(sorted(rows, key=by_lane), by_lane):
            # A lane at work shows up only when its lease ran out under us: its task goes on alone.
            if name not in self._working:
                self._working[name] = lane = Lane(claimed)
                lane.task = asyncio.create_task(self._work(lane))

    async def _work(self, lane: Lane) -> None:
        while lane.rows:  # a round takes away what is settled
            row = lane.rows[0]
            lane.settled.clear()
            receipt = await self._attempt(row)
            self._answers.append((row, receipt))  # after the wait: a round takes the list away
            self._woken.set()
            await lane.settled.wait()

    async def _attempt(self, row: OutboxMessage) -> DeliveryResult | None:
        pace = self._carrier.pace(row)
        if pace is not None:
            await self._pause(self._pacing.wait_in_lane(row, pace, self._clock()))
            await self._pacing.pass_gate(row)
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


def _beside_others(
    db: Database, rows: Sequence[OutboxMessage], now: datetime
) -> tuple[OutboxMessage, ...]:
    """Rows that know what others have just sent to their lanes."""
    lately = db.outbox.sent_lately({row.lane for row in rows}, now)
    return tuple(replace(row, sent_before=lately.get(row.lane, ())) for row in rows)


def _free_the_dead(db: Database, now: datetime) -> None:
    for holder in db.outbox.holding(now):
        if is_gone(holder):
            db.outbox.let_go(holder)
