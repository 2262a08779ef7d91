"""The sender: delivers what waits in the outbox, and records what came of it.

One process sends for a channel, under a lease (`bot.background.leader`). It works in *rounds*, each
one transaction: what was delivered since the last one is recorded, leases are renewed, and the
first message of every lane that is free is claimed. A round begins when something was committed for
these lanes or delivered, and every `POLL` seconds: that finds what falls due, and what other
processes committed.

The next message of a lane is claimed only once the one before it is recorded: whatever is killed,
at most one message a chat is sent twice, and none overtakes another.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol, assert_never

from bot.background.rate_limit import RateLimit, RateLimiter
from bot.clock import utc_now
from bot.domain.delivery import (
    GIVE_UP_AFTER,
    LONGEST_WAIT,
    Delivered,
    DeliveryResult,
    OutboxMessage,
    Priority,
    Refused,
    RetryLater,
    Unreachable,
    Withdrawn,
    delay_before,
)
from bot.logs import log_failure
from bot.services.reminder_messages import (
    REMINDER,
    ReminderMessages,
    has_replacement,
    replacement_of,
)
from bot.storage.leases import is_gone, process_name
from bot.storage.outbox import BEGUN, is_of
from bot.storage.store import Database, DatabaseThread

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=3)
"""Short, and renewed all the time: what a killed process held goes out again soon after it."""
POLL = 0.2  # seconds between two rounds that nothing called for
SPACING = 0.02  # seconds between two rounds at least: under load they are shared
BROKEN = "sender.error"
OWN_PATIENCE = 5  # attempts at what fails by a mistake of ours

Delay = Callable[[int], timedelta]
Result = tuple[OutboxMessage, DeliveryResult | None]
"""A message and what came of it; None when it was not tried, and goes back as it was."""


class Deliverer(Protocol):
    """What a channel or a connector tells the sender about its way out."""

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        """Delivers a message, and says how that went."""
        ...

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        """How fast the message's lane may go; None where it counts against no limit."""
        return None

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """Does what has to be done because a message never arrived, in the same transaction."""
        return None  # noqa: RET501 -- a body, so that it need not be written again


def jittered(attempt: int) -> timedelta:
    """The wait before an attempt, chance's part included."""
    return delay_before(attempt, jitter=random.random())  # noqa: S311 -- no secret hangs on it


class DeliveryRecorder:
    """Records results; a message whose patience is spent is given up, and its deliverer told."""

    def __init__(
        self, deliverer: Deliverer, delay: Delay = jittered, *, patience: int = GIVE_UP_AFTER
    ) -> None:
        self.deliverer = deliverer
        self._delay = delay
        self._patience = patience

    def record(self, db: Database, results: Sequence[Result], now: datetime) -> None:
        """What came of some messages, in the caller's transaction."""
        outbox = db.outbox
        if sent := [row.id for row, result in results if isinstance(result, Delivered)]:
            outbox.mark_sent(sent, now)
        if untried := [row.id for row, result in results if result is None]:
            outbox.give_back(untried)
        for row, result in results:
            if result is not None:
                self._record_one(db, row, result, now)

    def _record_one(
        self, db: Database, row: OutboxMessage, result: DeliveryResult, now: datetime
    ) -> None:
        match result:
            case Delivered() | Withdrawn():
                pass  # marked together with the others, or taken out by whoever withdrew it
            case Unreachable(code):
                db.people.mark_unreachable(row.lane, now)
                db.outbox.bury(row.id, code, now)
            case RetryLater(code, after) if row.attempts < self._patience:
                wait = self._delay(row.attempts + 1) if after is None else after
                db.outbox.retry_later(row.id, now + min(wait, LONGEST_WAIT), code)
            case RetryLater(code) | Refused(code):
                log.warning("envoi n° %d (%s) abandonné : %s", row.id, row.kind, code)
                db.outbox.bury(row.id, code, now)
                self.deliverer.given_up(db, row, now)
            case _:
                assert_never(result)


class Sender:
    """Sends the messages of the lanes that `lanes` names, within `limit` altogether.

    Made by a process that became the leader, and run once. Lives in the event loop; all it does
    with the database is a round in the database thread.
    """

    def __init__(
        self,
        db_thread: DatabaseThread,
        recorder: DeliveryRecorder,
        *,
        lanes: str,
        limit: RateLimit,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db_thread = db_thread
        self._recorder = recorder
        self._deliverer = recorder.deliverer
        self._lanes = lanes
        self._clock = clock
        self._most = max(32, int(4 * limit.rate))
        self._bulk_at_once = max(8, int(limit.rate / 2))
        self._limiter = RateLimiter(limit)
        self._holder = process_name()
        self._in_hand: dict[int, OutboxMessage] = {}
        self._leased_until = clock()
        self._renewed_at = clock()
        self._results: list[Result] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._over = asyncio.Event()

    async def run(self, over: asyncio.Event) -> None:
        """Sends until `over` is set; then finishes what is on its way, and gives the rest back."""
        loop, store = asyncio.get_running_loop(), self._db_thread.store

        def committed(lanes: Collection[str]) -> None:
            """Called in the thread that committed."""
            if any(is_of(lane, self._lanes) for lane in lanes):
                with suppress(RuntimeError):  # the loop is closed: the next leader finds it
                    loop.call_soon_threadsafe(self._woken.set)

        self._over = over
        ending = asyncio.create_task(self._end(over))
        store.subscribe(committed)
        try:
            # What dead senders of this machine held is sent now, not when their leases end.
            try:
                await self._db_thread.record(_release_dead_holders, self._clock())
            except Exception as error:  # noqa: BLE001 -- then it is sent when their leases end
                log_failure(log, "file d'envoi inaccessible", error)
            await self._rounds()
        finally:
            store.unsubscribe(committed)
            ending.cancel()

    async def _end(self, over: asyncio.Event) -> None:
        await over.wait()
        self._limiter.gate.open_wide()
        self._woken.set()

    async def _rounds(self) -> None:
        while True:
            began = monotonic()
            await self._round()
            if self._over.is_set() and not self._in_hand:
                return
            await asyncio.sleep(max(0.0, began + SPACING - monotonic()))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._woken.wait()
            self._woken.clear()

    async def _round(self) -> None:
        """Records what was delivered, and begins what could be claimed."""
        now, results, self._results = self._clock(), self._results, []
        done = {row.id for row, _ in results}
        held = [row for row in self._in_hand.values() if row.id not in done]
        limit, least = self._room_beside(held)
        # Ran backwards, the clock would be behind the last renewal for as long as it went back.
        is_renewal = not held or not self._renewed_at <= now < self._renewed_at + LEASE / 4

        def exchange(db: Database) -> tuple[OutboxMessage, ...]:
            """One transaction, in the database thread."""
            self._recorder.record(db, results, now)
            if is_renewal and held:
                db.outbox.renew([row.id for row in held], self._holder, now + LEASE)
            if limit <= 0:
                return ()
            return db.outbox.claim(
                now,
                holder=self._holder,
                limit=limit,
                lease=LEASE,
                lanes=self._lanes,
                least=least,
            )

        try:
            claimed = await self._db_thread.record(exchange)
        except Exception as error:  # noqa: BLE001 -- the database may be back in a moment
            self._results = [*results, *self._results]
            log_failure(log, "file d'envoi inaccessible", error)
            await asyncio.sleep(POLL)
            return
        if is_renewal:  # what is claimed in between is leased for longer than that
            self._renewed_at, self._leased_until = now, now + LEASE
        for row_id in done:
            del self._in_hand[row_id]
        for row in claimed:
            if row.id not in self._in_hand:  # or its lease ran out under us: it is being sent
                self._in_hand[row.id] = row
                task = asyncio.create_task(self._attempt(row))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _room_beside(self, held: Sequence[OutboxMessage]) -> tuple[int, Priority]:
        """How many more messages may be claimed, and the least priority of their lanes.

        What goes to many is claimed a little at a time: no dialogue waits behind all of it.
        """
        if self._over.is_set():
            return 0, Priority.BULK
        free = self._most - len(held)
        if sum(row.priority is Priority.BULK for row in held) >= self._bulk_at_once:
            return free, Priority.DIALOGUE
        return min(free, self._bulk_at_once), Priority.BULK

    async def _attempt(self, row: OutboxMessage) -> None:
        """Waits for the rate limits, delivers a message, and keeps the result for a round."""
        pace = self._deliverer.pace(row)
        if pace is None:
            result = await self._deliver(row)
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limiter.wait_in_lane(row.lane, pace)):
                    await self._over.wait()
            async with self._limiter.gate.passing(row.priority):
                result = await self._deliver(row)
        self._results.append((row, result))
        self._woken.set()

    async def _deliver(self, row: OutboxMessage) -> DeliveryResult | None:
        if self._over.is_set() or self._clock() >= self._leased_until:
            return None  # what this process may no longer believe to be its own, another one sends
        try:
            return await self._deliverer.deliver(row)
        except Exception as error:  # noqa: BLE001 -- our own mistake must not close the lane
            log_failure(log, "delivery", error)
            return RetryLater(BROKEN) if row.attempts < OWN_PATIENCE else Refused(BROKEN)


def _release_dead_holders(db: Database, now: datetime) -> None:
    for holder in db.outbox.holders(now):
        if is_gone(holder):
            db.outbox.release(holder)


class RecheckedDeliverer:
    """A deliverer that checks a reminder in the database just before it delivers it.

    What was renewed, deleted or taken away while the message waited must not be told any more. Nor
    is a reminder sent twice: nobody can be asked whether a message arrived whose sending was cut
    short. So the start of a sending is committed with the check; where its end is unknown, a short
    sentence leaves in its place, with the same buttons.
    """

    def __init__(
        self,
        deliverer: Deliverer,
        messages: ReminderMessages,
        db_thread: DatabaseThread,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._deliverer = deliverer
        self._messages = messages
        self._db_thread = db_thread
        self._clock = clock
        self.pace = deliverer.pace
        self.given_up = deliverer.given_up

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        if REMINDER not in row.payload:
            return await self._deliverer.deliver(row)
        if not await self._db_thread.record(self._begin, row, self._clock()):
            return Withdrawn()
        is_begun = row.failure == BEGUN
        result = await self._deliverer.deliver(replacement_of(row) if is_begun else row)
        if isinstance(result, RetryLater) and (is_begun or result.perhaps):
            return replace(result, code=BEGUN)
        return result

    def _begin(self, db: Database, row: OutboxMessage, now: datetime) -> bool:
        """Whether it may leave; then its sending is marked as begun."""
        holds = self._messages.still_holds(db, row, now)
        if holds and row.failure != BEGUN and has_replacement(row.payload):
            db.outbox.mark_begun(row.id)
        return holds
