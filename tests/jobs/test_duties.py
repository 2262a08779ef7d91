"""Duties: one process does them, the next goes on when it ends, is killed or is cut off."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.background.leader import LEASE, NEWCOMER, LeaderTasks
from bot.storage.db_thread import DatabaseThread
from bot.storage.leases import is_gone, process_name
from bot.storage.store import Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PATIENCE = 20.0


class World:
    """One database, a clock set by hand, and any number of processes."""

    def __init__(self, store: Store) -> None:
        self.now = NOW
        self.store = store
        self.at_work: list[str] = []
        self.begun: list[str] = []
        self.counts: dict[str, int] = {}
        self.first_counts: dict[str, int] = {}
        self._clerks: list[DatabaseThread] = []

    def process(self, name: str) -> "Process":
        clerk = DatabaseThread(self.store)
        self._clerks.append(clerk)
        return Process(self, name, clerk)

    def close(self) -> None:
        for clerk in self._clerks:
            clerk.close()

    async def until(self, is_so: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not is_so():  # noqa: ASYNC110 -- the database sets no event
                await asyncio.sleep(0.002)


class Process:
    """One that is ready to do the one duty there is."""

    def __init__(self, world: World, name: str, clerk: DatabaseThread) -> None:
        self.world, self.name = world, name
        self.stopping = asyncio.Event()
        self.failing = False
        self.duties = LeaderTasks(
            clerk,
            "test",
            counted=self._counted,
            clock=lambda: world.now,
            every=0.01,
        )
        self.duties.add("polling", self._work)
        self.task = asyncio.create_task(self.duties.run(self.stopping))

    def _counted(self, count: int) -> None:
        self.world.first_counts.setdefault(self.name, count)
        self.world.counts[self.name] = count

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

    def vanish(self) -> None:
        """Ends without a word, as a process of another machine would."""
        self.task.cancel()


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


async def test_one_works_and_the_other_takes_over_at_once_when_it_stops(world: World) -> None:
    one = world.process("one")
    await world.until(lambda: world.at_work)
    two = world.process("two")
    await world.until(lambda: world.counts.get("two") == 2)
    assert world.at_work == ["one"]

    await one.stop()
    await world.until(lambda: world.at_work == ["two"])
    await world.until(lambda: world.counts["two"] == 1)
    await two.stop()
    assert world.at_work == []
    world.close()


async def test_a_lease_lost_ends_the_work(world: World, store: Store) -> None:
    one = world.process("one")
    await world.until(lambda: world.at_work)
    until = NOW + 3 * LEASE
    with store.transaction() as db:  # another machine, whose clock is ahead, has it now
        db.leases.drop(db.leases.running(NOW)[0].holder, ["polling"])
        db.leases.hold(["polling"], "elsewhere/1/x", NOW, until)

    await world.until(lambda: not world.at_work)
    world.now = until
    await world.until(lambda: world.at_work == ["one"])
    await one.stop()
    world.close()


async def test_a_holder_that_was_killed_on_this_machine_is_not_waited_for(
    world: World, store: Store
) -> None:
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    await ended.wait()
    place, _, _ = process_name().partition("/")
    with store.transaction() as db:
        names = ["polling", f"present:test:{place}"]
        db.leases.hold(names, f"{place}/{ended.pid}/x", NOW, NOW + LEASE)

    one = world.process("one")
    await world.until(lambda: world.at_work == ["one"])
    assert world.counts["one"] == 1
    await one.stop()
    world.close()


async def test_a_newcomer_spends_little_until_the_others_have_heard_of_it(world: World) -> None:
    one = world.process("one")
    await world.until(lambda: world.counts.get("one") == 1)
    two = world.process("two")
    await world.until(lambda: world.counts.get("two") == 2)

    assert world.first_counts == {"one": 1, "two": 2 * NEWCOMER}
    await one.stop()
    await two.stop()
    world.close()


async def test_work_that_failed_begins_anew(world: World) -> None:
    one = world.process("one")
    one.failing = True
    await world.until(lambda: world.at_work == ["one"])

    assert world.begun == ["one", "one"]
    await one.stop()
    world.close()


async def test_endless_work_is_cancelled(store: Store) -> None:
    clerk, began, ended = DatabaseThread(store), asyncio.Event(), asyncio.Event()

    async def for_ever() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    duties, stopping = LeaderTasks(clerk, "test"), asyncio.Event()
    duties.add_endless("retention", for_ever)
    running = asyncio.create_task(duties.run(stopping))
    await asyncio.wait_for(began.wait(), PATIENCE)
    stopping.set()
    await running

    assert ended.is_set()
    clerk.close()


def test_a_holder_of_another_machine_is_never_thought_gone() -> None:
    assert not is_gone(process_name())
    assert not is_gone("another-boot/999999/x")
    assert not is_gone("-/1/x")
    assert not is_gone("")


def test_the_lease_outlives_some_lost_rounds() -> None:
    assert timedelta(seconds=3 * 2.5) < LEASE
