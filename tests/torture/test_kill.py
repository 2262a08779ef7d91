"""`kill -9` in the middle of dialogues: nothing acknowledged is lost, nothing is filed twice."""

import asyncio
import random
import signal
from pathlib import Path

import pytest
from support.botapi.server import Server
from torture.kills import TOKEN, Desk, Person, kill_at_random

from bot.app import open_store
from bot.settings import Settings
from bot.storage.outbox import OutboxState

KILLS = 5
AT_ONCE = 3


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_nothing_is_lost_and_nothing_is_filed_twice(seed: int, tmp_path: Path) -> None:
    server = Server()
    url = await server.start()
    server.bot(TOKEN)
    desk = Desk(server, f"{url}/bot", tmp_path)
    people: list[Person] = []
    killed = asyncio.Event()

    async def keep_coming() -> None:
        while not killed.is_set():
            person = Person(server, 1001 + len(people))
            people.append(person)
            await person.file_a_ticket()

    async def kill() -> None:
        await kill_at_random(desk, people, KILLS, random.Random(seed))
        killed.set()

    try:
        await desk.start()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(keep_coming())
            group.create_task(kill())
        await drained(tmp_path / "data")
        assert await desk.end(signal.SIGTERM) == 0, desk.log()
    finally:
        await desk.end(signal.SIGKILL)
        await server.stop()

    assert all(person.repeated() <= KILLS for person in people)
    check_register(tmp_path / "data", people)


async def drained(folder: Path) -> None:
    """Wait until the last words of the last turns have left: a stop gives them back unsent."""
    store = open_store(Settings(_env_file=None, data_dir=folder))
    for _ in range(200):
        with store.transaction() as records:
            if not records.list_outbox(OutboxState.WAITING):
                break
        await asyncio.sleep(0.1)
    store.close()


def check_register(folder: Path, people: list[Person]) -> None:
    """Every ticket that somebody was told of is there once, and no other; nothing failed."""
    store = open_store(Settings(_env_file=None, data_dir=folder))
    with store.transaction() as records:
        tickets = [ticket.reference for ticket in records.all_tickets(limit=1000)]
        assert sorted(tickets) == sorted(person.reference for person in people)
        assert records.list_outbox(OutboxState.BURIED) == ()
        assert records.list_outbox(OutboxState.WAITING) == ()
        assert records.kept_aside() == ()
    store.close()
