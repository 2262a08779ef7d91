"""Leader tasks: one process does them, the next goes on when it ends, is killed or is cut off."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.background.leader import EVERY, LEASE, LeaderTasks
from bot.storage.leases import process_name
from bot.storage.store import DatabaseThread, Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PATIENCE = 20.0
CHANNEL = "telegram"


class World:
    """One database, a clock set by hand, and any number of processes."""

    def __init__(self, store: Store) -> None:
        self.now = NOW
        self.store = store
        self.at_work: list[str] = []
        self.begun: list[str] = []
        self.asked: dict[str, int] = {}
        self.threads: list[DatabaseThread] = []
        self.processes: list[Process] = []

    def process(self, name: str, *, failing: bool = False) -> "Process":
        self.threads.append(DatabaseThread(self.store))
        self.processes.append(Process(self, name, self.threads[-1], failing=failing))
        return self.processes[-1]

    async def until(self, is_so: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not is_so():  # noqa: ASYNC110 -- the database sets no event
                await asyncio.sleep(0.002)


class Process:
    """One that is ready to do the one task there is."""

    def __init__(
        self, world: World, name: str, db_thread: DatabaseThread, *, failing: bool
    ) -> None:
        self.world, self.name = world, name
        self.stopping = asyncio.Event()
        self.failing = failing
        self.tasks = LeaderTasks(db_thread, CHANNEL, clock=self._clock, every=0.01)
        self.tasks.add("polling", self._work)
        self.task = asyncio.create_task(self.tasks.run(self.stopping))

    def _clock(self) -> datetime:
        self.world.asked[self.name] = self.world.asked.get(self.name, 0) + 1
        return self.world.now

    async def _work(self, over: asyncio.Event) -> None:
        self.world.begun.append(self.name)
        if self.failing:
            self.failing = False
            raise RuntimeError(self.name)
        self.world.at_work.append(self.name)
        await over.wait()
        self.world.at_work.remove(self.name)

    async def stop(self) -> None:
        self.stopping.set()
        await self.task


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    world = World(store)
    yield world
    for process in world.processes:
        await process.stop()
    for thread in world.threads:
        thread.close()


async def test_one_works_and_the_other_takes_over_at_once_when_it_stops(world: World) -> None:
    one = world.process("one")
    await world.until(lambda: world.at_work)
    two = world.process("two")
    await world.until(lambda: world.asked.get("two", 0) > 2)
    assert world.at_work == ["one"]

    await one.stop()
    await world.until(lambda: world.at_work == ["two"])
    await two.stop()
    assert world.at_work == []


async def test_a_lease_lost_ends_the_work(world: World, store: Store) -> None:
    world.process("one")
    await world.until(lambda: world.at_work)
    until = NOW + 3 * LEASE
    with store.transaction() as db:  # another machine, whose clock is ahead, has it now
        db.leases.drop(db.leases.running(NOW)[0].holder, [CHANNEL])
        assert db.leases.hold(CHANNEL, "elsewhere/1/x", NOW, until)

    await world.until(lambda: not world.at_work)
    world.now = until
    await world.until(lambda: world.at_work == ["one"])


async def test_a_leader_that_was_killed_on_this_machine_is_not_waited_for(
    world: World, store: Store
) -> None:
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    await ended.wait()
    place, _, _ = process_name().partition("/")
    with store.transaction() as db:
        db.leases.hold(CHANNEL, f"{place}/{ended.pid}/x", NOW, NOW + LEASE)

    world.process("one")
    await world.until(lambda: world.at_work == ["one"])


async def test_work_that_failed_begins_anew(world: World) -> None:
    world.process("one", failing=True)
    await world.until(lambda: world.at_work == ["one"])

    assert world.begun == ["one", "one"]


async def test_endless_work_is_cancelled(db_thread: DatabaseThread) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def for_ever() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks, stopping = LeaderTasks(db_thread, CHANNEL), asyncio.Event()
    tasks.add_endless("retention", for_ever)
    running = asyncio.create_task(tasks.run(stopping))
    await asyncio.wait_for(began.wait(), PATIENCE)
    stopping.set()
    await running

    assert ended.is_set()


def test_a_dead_leader_is_followed_within_ten_seconds_and_a_slow_one_is_not() -> None:
    asks = timedelta(seconds=EVERY)
    assert LEASE + asks < timedelta(seconds=10)
    assert 3 * asks < LEASE
