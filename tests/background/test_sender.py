"""The sender: everything arrives, in order, once; nobody waits for others."""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.background.rate_limit import RateLimit
from bot.background.sender import LEASE, DeliveryRecorder, Sender
from bot.domain.delivery import (
    GIVE_UP_AFTER,
    Delivered,
    DeliveryResult,
    OutboxMessage,
    OutboxState,
    Priority,
    Refused,
    RetryLater,
    Unreachable,
)
from bot.storage.leases import LONGEST_LEASE, process_name
from bot.storage.store import Database, DatabaseThread, Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANNE, BRUNO, CHLOE = "telegram:1", "telegram:2", "telegram:3"
FAST = RateLimit(10_000, 10_000)
PATIENCE = 20.0


class StubDeliverer:
    """A deliverer that does as it is told."""

    def __init__(self) -> None:
        self.delivered: list[OutboxMessage] = []
        self.results: defaultdict[int, list[DeliveryResult | Exception]] = defaultdict(list)
        self.given_up_rows: list[int] = []
        self.closed: set[str] = set()
        self.open_again = asyncio.Event()

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        self.delivered.append(row)
        if row.lane in self.closed:
            await self.open_again.wait()
        await asyncio.sleep(0)
        if not self.results[row.id]:
            return Delivered()
        result = self.results[row.id].pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return FAST

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        self.given_up_rows.append(row.id)

    def ids(self, lane: str = "") -> list[int]:
        return [row.id for row in self.delivered if row.lane.startswith(lane)]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Stalled(DatabaseThread):
    """A database thread that comes to nothing while it is stalled."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.going = asyncio.Event()
        self.going.set()

    async def record(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        await self.going.wait()
        return await super().record(work, *args, **kwargs)


@pytest.fixture
def deliverer() -> StubDeliverer:
    return StubDeliverer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def add(store: Store, *lanes: str, priority: Priority = Priority.DIALOGUE) -> list[int]:
    with store.transaction() as db:
        return [db.outbox.add(lane, "say", {}, NOW, priority=priority) for lane in lanes]


def list_rows(store: Store, state: OutboxState) -> list[int]:
    with store.transaction() as db:
        return [row.id for row in db.outbox.list(state, 1000)]


def failure_of(store: Store, row_id: int) -> str | None:
    with store.transaction() as db:
        row = db.outbox.get(row_id)
    return row.failure if row else None


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 -- the database sets no event
            await asyncio.sleep(0.005)


def a_sender(
    db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock, limit: RateLimit = FAST
) -> Sender:
    recorder = DeliveryRecorder(deliverer, lambda _: timedelta(0))
    return Sender(db_thread, recorder, lanes="telegram:", limit=limit, clock=clock)


@asynccontextmanager
async def sending(sender: Sender) -> AsyncIterator[asyncio.Event]:
    over = asyncio.Event()
    task = asyncio.create_task(sender.run(over))
    yield over
    over.set()
    await task


async def test_everything_arrives_once_and_each_lane_in_order(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    ids = add(store, *[f"telegram:{n % 7}" for n in range(60)])
    other = add(store, "connector:x")

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: len(list_rows(store, OutboxState.SENT)) == 60)

    assert sorted(deliverer.ids()) == ids
    for n in range(7):
        assert deliverer.ids(f"telegram:{n}") == sorted(deliverer.ids(f"telegram:{n}"))
    assert list_rows(store, OutboxState.WAITING) == other


async def test_what_is_committed_later_is_sent_whoever_committed_it(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    elsewhere = Store(
        store.engine, store.encryption
    )  # another process's: nothing of it is told here
    async with sending(a_sender(db_thread, deliverer, clock)):
        (mine,) = add(store, ANNE)
        await until(lambda: deliverer.ids() == [mine])
        (theirs,) = add(elsewhere, ANNE)
        await until(lambda: deliverer.ids() == [mine, theirs])


async def test_nothing_overtakes_a_row_that_is_tried_again(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    first, second, third, other = add(store, ANNE, ANNE, ANNE, BRUNO)
    deliverer.results[first] = [
        RetryLater("429", timedelta(0)),
        RetryLater("500"),
        RuntimeError("our own"),
    ]

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: len(list_rows(store, OutboxState.SENT)) == 4)

    assert deliverer.ids(ANNE) == [first, first, first, first, second, third]
    assert deliverer.ids(BRUNO) == [other]
    assert [row.attempts for row in deliverer.delivered if row.lane == ANNE] == [1, 2, 3, 4, 1, 1]


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
async def test_an_answer_that_waits_for_another_try_leaves_although_the_clock_went_back(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock, back: timedelta
) -> None:
    first, second = add(store, ANNE, ANNE)
    deliverer.results[first] = [RetryLater("500", timedelta(minutes=1))]

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: failure_of(store, first) == "500")
        clock.now = NOW - back
        await until(lambda: deliverer.ids() == [first, first, second])


async def test_what_is_on_its_way_when_the_clock_goes_back_is_sent_once(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    slow, quick = add(store, ANNE, BRUNO)
    deliverer.closed.add(ANNE)

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: list_rows(store, OutboxState.SENT) == [quick])
        clock.now = NOW - timedelta(days=1)
        (later,) = add(store, BRUNO)
        await until(lambda: later in list_rows(store, OutboxState.SENT))
        assert deliverer.ids(ANNE) == [slow]
        deliverer.open_again.set()
        await until(lambda: not list_rows(store, OutboxState.WAITING))

    assert deliverer.ids(ANNE) == [slow]


async def test_a_lane_that_is_limited_sleeps_alone(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    limited, behind, other = add(store, ANNE, ANNE, BRUNO)
    deliverer.results[limited] = [RetryLater("telegram.429", timedelta(seconds=30))]

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: list_rows(store, OutboxState.SENT) == [other])
        add(store, ANNE, BRUNO)
        await until(lambda: len(deliverer.ids(BRUNO)) == 2)
        assert deliverer.ids(ANNE) == [limited]
        clock.now += timedelta(seconds=30)
        await until(lambda: len(deliverer.ids(ANNE)) == 4)

    assert deliverer.ids(ANNE)[:3] == [limited, limited, behind]


async def test_a_slow_lane_holds_no_other_up_and_is_not_sent_twice(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    (slow,) = add(store, ANNE)
    deliverer.closed.add(ANNE)

    def is_leased(moment: datetime) -> bool:
        with store.transaction() as db:
            return bool(db.outbox.holders(moment))

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: deliverer.ids() == [slow])
        others = add(store, *[BRUNO] * 8, ANNE)
        await until(lambda: len(deliverer.ids(BRUNO)) == 8)
        for _ in range(4):  # twice as long as a lease
            clock.now += LEASE / 2
            await until(lambda: is_leased(clock.now + LEASE * 0.9))
        assert deliverer.ids(ANNE) == [slow]
        deliverer.open_again.set()
        await until(lambda: deliverer.ids(ANNE) == [slow, others[-1]])


async def test_who_is_in_dialogue_goes_before_what_is_sent_to_many(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    many = add(store, *(f"telegram:{n}" for n in range(100, 200)), priority=Priority.BULK)

    async with sending(a_sender(db_thread, deliverer, clock, RateLimit(40, burst=1))):
        await until(lambda: len(deliverer.delivered) >= 3)
        before = len(deliverer.delivered)
        (answer,) = add(store, ANNE)
        await until(lambda: answer in deliverer.ids())

    at_hand = 20  # reminders that were claimed: half a second's worth
    assert deliverer.ids().index(answer) <= before + at_hand
    assert len(deliverer.ids()) < len(many)


async def test_who_is_in_dialogue_does_not_wait_for_the_reminders_of_others(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    """A reminder stands before the answer in the same lane: both go before all other reminders."""
    lanes = [f"telegram:{n}" for n in range(100, 200)]
    add(store, *lanes, priority=Priority.BULK)
    (answer,) = add(store, lanes[-1])

    async with sending(a_sender(db_thread, deliverer, clock, RateLimit(40, burst=1))):
        await until(lambda: answer in deliverer.ids())

    reminder, told = deliverer.ids(lanes[-1])
    assert (told, reminder < told) == (answer, True)
    assert len(deliverer.delivered) < len(lanes) / 2


async def test_what_is_refused_lets_the_next_by_and_is_given_up(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    first, second = add(store, ANNE, ANNE)
    deliverer.results[first] = [Refused("telegram.400")]

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: list_rows(store, OutboxState.SENT) == [second])

    assert list_rows(store, OutboxState.BURIED) == [first]
    assert deliverer.given_up_rows == [first]


async def test_patience_ends(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    (row,) = add(store, ANNE)
    deliverer.results[row] = [RetryLater("500", timedelta(0))] * GIVE_UP_AFTER

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: list_rows(store, OutboxState.BURIED) == [row])

    assert len(deliverer.delivered) == GIVE_UP_AFTER
    assert deliverer.given_up_rows == [row]


async def test_a_mistake_of_our_own_does_not_close_a_lane(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    first, second = add(store, ANNE, ANNE)
    deliverer.results[first] = [RuntimeError("a bug")] * 5

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: list_rows(store, OutboxState.SENT) == [second])

    assert list_rows(store, OutboxState.BURIED) == [first]


async def test_who_cannot_be_reached_is_marked(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    (row,) = add(store, ANNE)
    with store.transaction() as db:
        db.people.of(ANNE, NOW)
    deliverer.results[row] = [Unreachable("telegram.403")]

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: list_rows(store, OutboxState.BURIED) == [row])

    with store.transaction() as db:
        person = db.people.find(ANNE)
    assert person is not None
    assert person.unreachable


async def test_a_stop_finishes_what_is_on_its_way_and_gives_the_rest_back(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    first, second, third = add(store, ANNE, ANNE, ANNE)
    deliverer.closed.add(ANNE)

    async with sending(a_sender(db_thread, deliverer, clock)) as over:
        await until(lambda: deliverer.ids() == [first])
        over.set()
        deliverer.open_again.set()

    assert list_rows(store, OutboxState.SENT) == [first]
    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: deliverer.ids() == [first, second, third])


async def test_a_stop_waits_for_no_limit(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    rows = add(store, ANNE, BRUNO, CHLOE)

    async with sending(a_sender(db_thread, deliverer, clock, RateLimit(1 / 3600, burst=1))):
        await until(lambda: _held(store))

    assert deliverer.delivered == []
    with store.transaction() as db:
        waiting = db.outbox.list(OutboxState.WAITING)
        assert [(row.id, row.attempts) for row in waiting] == [(row, 0) for row in rows]


def _held(store: Store) -> bool:
    with store.transaction() as db:
        return bool(db.outbox.holders(NOW))


async def test_what_a_killed_sender_did_not_record_comes_again_before_what_was_asked_since(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    """What stands last in a chat is the question at hand, whatever was killed in between."""
    (old,) = add(store, ANNE)
    deliverer.closed.add(ANNE)
    killed = asyncio.create_task(a_sender(db_thread, deliverer, clock).run(asyncio.Event()))
    await until(lambda: deliverer.ids() == [old])  # it arrived, and that is recorded nowhere
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    present = add(store, ANNE, ANNE)

    living = StubDeliverer()
    clock.now += LEASE
    async with sending(a_sender(db_thread, living, clock)):
        await until(lambda: living.ids() == [old, *present])
    deliverer.open_again.set()


async def test_a_sender_that_stood_still_does_not_send_what_another_has_sent(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    """Its lease ran out meanwhile: what it still has in hand is stale by now."""
    stalled = Stalled(store)
    (old,) = add(store, ANNE)
    slow = RateLimit(1 / 3600, burst=1)
    sender = a_sender(stalled, deliverer, clock, slow)
    async with sending(sender):
        await until(lambda: _held(store))
        stalled.going.clear()
        clock.now += LEASE
        other = StubDeliverer()
        async with sending(a_sender(db_thread, other, clock)):
            (present,) = add(store, ANNE)
            await until(lambda: other.ids() == [old, present])
        sender._limiter.gate.open_wide()  # the moment comes for which it had waited
        stalled.going.set()

    assert deliverer.delivered == []
    assert list_rows(store, OutboxState.SENT) == [old, present]
    stalled.close()


async def test_what_a_process_held_that_was_killed_is_not_waited_for(
    store: Store, db_thread: DatabaseThread, deliverer: StubDeliverer, clock: Clock
) -> None:
    """Its lease runs for minutes yet; but it is known on this machine to be gone."""
    gone, elsewhere = add(store, ANNE, BRUNO)
    machine = process_name().partition("/")[0]
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    await ended.wait()
    for lane, holder in ((ANNE, f"{machine}/{ended.pid}/x"), (BRUNO, f"another/{ended.pid}/x")):
        with store.transaction() as db:
            db.outbox.claim(NOW, holder=holder, limit=1, lease=LONGEST_LEASE, lanes=lane)

    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(deliverer.ids)

    assert deliverer.ids() == [gone]
    assert list_rows(store, OutboxState.WAITING) == [elsewhere]


async def test_a_database_out_of_reach_loses_nothing(
    store: Store,
    db_thread: DatabaseThread,
    deliverer: StubDeliverer,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (row,) = add(store, ANNE)
    deliverer.closed.add(ANNE)
    async with sending(a_sender(db_thread, deliverer, clock)):
        await until(lambda: deliverer.ids() == [row])
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE outbox RENAME TO gone")
        deliverer.open_again.set()
        await until(lambda: "file d'envoi inaccessible" in caplog.text)
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO outbox")
        await until(lambda: list_rows(store, OutboxState.SENT) == [row])

    assert deliverer.ids() == [row]
