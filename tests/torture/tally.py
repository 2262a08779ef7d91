"""The tally: what many kills did to what the desk had promised."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from support.botapi.server import Server
from torture.kills import TOKEN, Desk, Life, Person
from torture.nursery import open_nursery
from torture.powercut import cut_power

from bot.app import open_store
from bot.settings import Settings
from bot.storage.outbox import OutboxState
from bot.storage.store import Records, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`lost` and `doubled` are tickets, `most_repeats` messages to one person out of one kill;
    `faults` say in words what should not be in the register."""

    kills: int = 0
    tickets: int = 0
    lost: int = 0
    doubled: int = 0
    most_repeats: int = 0
    faults: tuple[str, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            kills=self.kills + other.kills,
            tickets=self.tickets + other.tickets,
            lost=self.lost + other.lost,
            doubled=self.doubled + other.doubled,
            most_repeats=max(self.most_repeats, other.most_repeats),
            faults=self.faults + other.faults,
        )


async def kill_desks(
    folder: Path, *, seeds: Iterable[int], kills: int, at_once: int = 4, shim: Path | None = None
) -> Tally:
    """One desk a seed, all at the same time, each killed so often with so many people at it.

    With a `shim` the power goes with the process: what was not synced is gone.
    """
    after = None if shim is None else cut_power
    async with open_nursery(shim) as nursery, asyncio.TaskGroup() as group:

        async def live(seed: int) -> Tally:
            server = Server()
            desk = Desk(nursery, server, folder / f"desk{seed}", after_a_kill=after)
            async with _open(Life(server, desk, random.Random(seed))) as life:
                return await _live(life, kills, at_once)

        lives = [group.create_task(live(seed)) for seed in seeds]
    return sum((task.result() for task in lives), Tally())


@asynccontextmanager
async def _open(life: Life) -> AsyncIterator[Life]:
    await life.server.start()
    life.server.bot(TOKEN)
    try:
        yield life
    finally:
        await life.desk.end(signal.SIGKILL)
        await life.server.stop()


async def _live(life: Life, kills: int, at_once: int) -> Tally:
    """A desk's whole life, and what its register says at the end."""
    await life.go_on(kills, at_once)
    store = open_store(Settings(_env_file=None, data_dir=life.desk.data))
    try:
        await drained(store)
        assert await life.desk.end(signal.SIGTERM) == 0, life.desk.log()
        with store.transaction() as records:
            return read_register(records, life.people, life.desk.killed_at, life.most_repeats())
    finally:
        store.close()


async def drained(store: Store) -> None:
    """Wait until the last words of the last turns have left: a stop gives them back unsent."""
    for _ in range(200):
        with store.transaction() as records:
            if not records.list_outbox(OutboxState.WAITING):
                return
        await asyncio.sleep(0.1)


def read_register(
    records: Records, people: Sequence[Person], killed_at: Sequence[float], most_repeats: int
) -> Tally:
    """Every ticket that somebody was told of should be there once, and no other."""
    told = Counter(person.reference for person in people)
    kept = Counter(ticket.reference for ticket in records.all_tickets(limit=100_000))
    return Tally(
        kills=len(killed_at),
        tickets=kept.total(),
        lost=(told - kept).total(),
        doubled=(kept - told).total(),
        most_repeats=most_repeats,
        faults=(
            *(f"buried: {row.failure}" for row in records.list_outbox(OutboxState.BURIED)),
            *(f"waiting: {row.kind}" for row in records.list_outbox(OutboxState.WAITING)),
            *(f"kept aside: {one.error}" for one in records.kept_aside()),
        ),
    )
