"""The sender: everything arrives, in order, once; nobody waits for others."""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from bot.background.rate_limit import RateLimit
from bot.background.sender import DeliveryRecorder, Sender
from bot.clock import utc_now
from bot.domain.delivery import (
    GIVE_UP_AFTER,
    Delivered,
    DeliveryResult,
    OutboxMessage,
    OutboxState,
    Refused,
    RetryLater,
    Unreachable,
)
from bot.storage.db_thread import DatabaseThread
from bot.storage.leases import process_name
from bot.storage.store import Database, Store

ANNE, BRUNO = "telegram:1", "telegram:2"
SOON = timedelta(milliseconds=20)
PATIENCE = 20.0


class Van:
    """A carrier that does as it is told."""

    def __init__(self) -> None:
        self.carried: list[OutboxMessage] = []
        self.receipts: defaultdict[int, list[DeliveryResult | Exception]] = defaultdict(list)
        self.given_up_rows: list[int] = []
        self.closed: set[str] = set()
        self.open_again = asyncio.Event()

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        self.carried.append(row)
        if row.lane in self.closed:
            await self.open_again.wait()
        await asyncio.sleep(0)
        if not self.receipts[row.id]:
            return Delivered()
        receipt = self.receipts[row.id].pop(0)
        if isinstance(receipt, Exception):
            raise receipt
        return receipt

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return RateLimit(10_000, 10_000)

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        self.given_up_rows.append(row.id)

    def ids(self, lane: str = "") -> list[int]:
        return [row.id for row in self.carried if row.lane.startswith(lane)]


@pytest.fixture
def van() -> Van:
    return Van()


def enqueue(store: Store, *lanes: str) -> list[int]:
    now = utc_now()
    with store.transaction() as db:
        return [db.outbox.add(lane, "say", {}, now) for lane in lanes]


def list_rows(store: Store, state: OutboxState) -> list[int]:
    with store.transaction() as db:
        return [row.id for row in db.outbox.rows(state, 1000)]


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 -- the database sets no event
            await asyncio.sleep(0.005)


def a_sender(clerk: DatabaseThread, van: Van) -> Sender:
    return Sender(clerk, DeliveryRecorder(van, lambda _: SOON), lanes="telegram:", rate=10_000)


@asynccontextmanager
async def sending(
    clerk: DatabaseThread, van: Van, sender: Sender | None = None
) -> AsyncIterator[Sender]:
    sender = sender or a_sender(clerk, van)
    task = asyncio.create_task(sender.run())
    yield sender
    sender.stop()
    await task


async def test_everything_arrives_once_and_each_lane_in_order(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    ids = enqueue(store, *[f"telegram:{n % 7}" for n in range(60)])
    other = enqueue(store, "connector:x")

    async with sending(clerk, van):
        await until(lambda: len(list_rows(store, OutboxState.SENT)) == 60)

    assert sorted(van.ids()) == ids
    for n in range(7):
        assert van.ids(f"telegram:{n}") == sorted(van.ids(f"telegram:{n}"))
    assert list_rows(store, OutboxState.WAITING) == other


async def test_what_is_committed_later_is_sent_when_it_is_told(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    async with sending(clerk, van) as sender:
        await asyncio.sleep(0.05)
        (row,) = enqueue(store, ANNE)
        sender.wake()
        await until(lambda: van.ids() == [row])


async def test_nothing_overtakes_a_row_that_is_tried_again(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    first, second, third, other = enqueue(store, ANNE, ANNE, ANNE, BRUNO)
    van.receipts[first] = [RetryLater("429", SOON), RetryLater("500"), RuntimeError("our own")]

    async with sending(clerk, van):
        await until(lambda: len(list_rows(store, OutboxState.SENT)) == 4)

    assert van.ids(ANNE) == [first, first, first, first, second, third]
    assert van.ids(BRUNO) == [other]
    assert [row.attempts for row in van.carried if row.lane == ANNE] == [1, 2, 3, 4, 1, 1]


async def test_a_slow_lane_holds_no_other_up_and_is_not_sent_twice(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    (slow,) = enqueue(store, ANNE)
    van.closed.add(ANNE)

    async with sending(clerk, van) as sender:
        await until(lambda: van.ids() == [slow])
        others = enqueue(store, *[BRUNO] * 8, ANNE)
        sender.wake()
        await until(lambda: len(van.ids(BRUNO)) == 8)
        await asyncio.sleep(4)  # longer than a lease
        assert van.ids(ANNE) == [slow]
        van.open_again.set()
        await until(lambda: van.ids(ANNE) == [slow, others[-1]])


async def test_what_is_refused_lets_the_next_by_and_is_mourned(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    first, second = enqueue(store, ANNE, ANNE)
    van.receipts[first] = [Refused("telegram.400")]

    async with sending(clerk, van):
        await until(lambda: list_rows(store, OutboxState.SENT) == [second])

    assert list_rows(store, OutboxState.BURIED) == [first]
    assert van.given_up_rows == [first]


async def test_patience_ends(store: Store, clerk: DatabaseThread, van: Van) -> None:
    (row,) = enqueue(store, ANNE)
    van.receipts[row] = [RetryLater("500", timedelta(0))] * GIVE_UP_AFTER

    async with sending(clerk, van) as sender:

        def is_buried() -> bool:
            sender.wake()
            return list_rows(store, OutboxState.BURIED) == [row]

        await until(is_buried)

    assert len(van.carried) == GIVE_UP_AFTER
    assert van.given_up_rows == [row]


async def test_a_mistake_of_our_own_does_not_close_a_lane(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    first, second = enqueue(store, ANNE, ANNE)
    van.receipts[first] = [RuntimeError("a bug")] * 5

    async with sending(clerk, van):
        await until(lambda: list_rows(store, OutboxState.SENT) == [second])

    assert list_rows(store, OutboxState.BURIED) == [first]


async def test_who_cannot_be_reached_is_marked(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    (row,) = enqueue(store, ANNE)
    with store.transaction() as db:
        db.people.of(ANNE, utc_now())
    van.receipts[row] = [Unreachable("telegram.403")]

    async with sending(clerk, van):
        await until(lambda: list_rows(store, OutboxState.BURIED) == [row])

    with store.transaction() as db:
        person = db.people.find(ANNE)
    assert person is not None
    assert person.unreachable


async def test_a_stop_finishes_what_is_on_its_way_and_gives_the_rest_back(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    first, second, third = enqueue(store, ANNE, ANNE, ANNE)
    van.closed.add(ANNE)

    async with sending(clerk, van) as sender:
        await until(lambda: van.ids() == [first])
        sender.stop()
        van.open_again.set()

    assert list_rows(store, OutboxState.SENT) == [first]
    async with sending(clerk, van):
        await until(lambda: van.ids() == [first, second, third])


async def test_what_a_dead_sender_held_is_sent_by_the_next(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    (row,) = enqueue(store, ANNE)
    van.closed.add(ANNE)
    dead = asyncio.create_task(a_sender(clerk, van).run())
    await until(lambda: van.ids() == [row])
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)

    living = Van()
    async with sending(clerk, living):
        await until(lambda: living.ids() == [row])
    van.open_again.set()


async def test_what_a_process_held_that_was_killed_is_not_waited_for(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    """Its lease runs for an hour yet; but it is known on this machine to be gone."""
    gone, elsewhere = enqueue(store, ANNE, BRUNO)
    machine, now = process_name().partition("/")[0], utc_now()
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    await ended.wait()
    for lane, holder in ((ANNE, f"{machine}/{ended.pid}/x"), (BRUNO, f"another/{ended.pid}/x")):
        with store.transaction() as db:
            db.outbox.claim(now, holder=holder, limit=1, lease=timedelta(hours=1), lanes=lane)

    async with sending(clerk, van):
        await until(van.ids)

    assert van.ids() == [gone]
    assert list_rows(store, OutboxState.WAITING) == [elsewhere]


async def test_what_another_process_has_just_sent_to_a_chat_is_known(
    store: Store, clerk: DatabaseThread, van: Van
) -> None:
    enqueue(store, ANNE, BRUNO)
    async with sending(clerk, van):
        await until(lambda: len(list_rows(store, OutboxState.SENT)) == 2)

    other = Van()
    sender = a_sender(clerk, other)
    sender.share(2)
    enqueue(store, ANNE, "telegram:3")
    async with sending(clerk, other, sender):
        await until(lambda: len(other.carried) == 2)

    assert {row.lane: len(row.sent_before) for row in other.carried} == {ANNE: 1, "telegram:3": 0}


async def test_a_database_out_of_reach_loses_nothing(
    store: Store, clerk: DatabaseThread, van: Van, caplog: pytest.LogCaptureFixture
) -> None:
    (row,) = enqueue(store, ANNE)
    van.closed.add(ANNE)
    async with sending(clerk, van):
        await until(lambda: van.ids() == [row])
        with store.transaction() as db:
            db.session.connection().exec_driver_sql("ALTER TABLE outbox RENAME TO gone")
        van.open_again.set()
        await until(lambda: "outbox out of reach" in caplog.text)
        with store.transaction() as db:
            db.session.connection().exec_driver_sql("ALTER TABLE gone RENAME TO outbox")
        await until(lambda: list_rows(store, OutboxState.SENT) == [row])

    assert van.ids() == [row]
