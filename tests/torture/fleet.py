"""A fleet: several desks on one PostgreSQL and one port, some of which are killed and stay away."""

import asyncio
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.botapi.server import Server
from support.whole_request import DIALOGUE
from torture.kills import Crowd, Desk
from torture.nursery import open_nursery
from torture.people import PATIENCE, TOKEN
from torture.tally import ADMINISTRATORS, Tally, drained, read_register

from bot.app import open_store
from bot.settings import Settings


@dataclass(slots=True)
class Fleet:
    """Desks with one folder, one database, one port; `killed_at` are the moments of all kills."""

    server: Server
    desks: list[Desk]
    chance: random.Random
    killed_at: list[float] = field(default_factory=list)
    crowd: Crowd = field(init=False)

    def __post_init__(self) -> None:
        self.crowd = Crowd(self.server)

    async def start(self) -> None:
        """All at once, on a database that nobody has opened yet."""
        before = self.server.call_count["setWebhook"]
        await asyncio.gather(*(desk.begin() for desk in self.desks))
        await self._until(lambda: self.server.call_count["setWebhook"] >= before + len(self.desks))

    async def go_on(self, people: int, kills: int) -> None:
        """So many people file a ticket each and some review their accounts, while desks die at
        random and do not come back."""
        coming = [
            *(self.crowd.new_requester() for _ in range(people)),
            *(self.crowd.new_administrator() for _ in range(ADMINISTRATORS)),
        ]
        whole = people * len(DIALOGUE)
        moments = sorted(self.chance.sample(range(whole // 10, whole * 8 // 10), kills))
        async with asyncio.TaskGroup() as group:
            for person in coming:
                group.create_task(person.do())
            for moment in moments:
                await self._until(lambda reached=moment: self.crowd.actions >= reached)
                await self._kill_one()

    async def _kill_one(self) -> None:
        desk = self.desks.pop(self.chance.randrange(len(self.desks)))
        await asyncio.sleep(self.chance.uniform(0, 0.05))
        await desk.kill()
        self.killed_at += desk.killed_at

    async def end(self) -> list[int]:
        """Stop those that are left, as SIGTERM does; how they ended."""
        return list(await asyncio.gather(*(desk.end(signal.SIGTERM) for desk in self.desks)))

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not is_so():  # noqa: ASYNC110 -- counts of other processes
                await asyncio.sleep(0.002)


@asynccontextmanager
async def open_fleet(
    folder: Path, database: str, size: int, *, seed: int = 1, server: Server | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Fleet]:  # fmt: skip
    """A fleet at work; whoever still lives at the end does not outlive it."""
    async with AsyncExitStack() as stack:
        nursery = await stack.enter_async_context(open_nursery())
        server = server or Server(spread=True)
        await server.start()
        stack.push_async_callback(server.stop)
        server.bot(TOKEN)
        env = {**_settings(database), **(settings or {})}
        desks = [Desk(nursery, server, folder, env, deadlines=ADMINISTRATORS) for _ in range(size)]
        for desk in desks:
            stack.push_async_callback(desk.end, signal.SIGKILL)
        fleet = Fleet(server, list(desks), random.Random(seed))
        fleet.crowd.expect()
        await fleet.start()
        yield fleet


async def kill_fleet(
    folder: Path, database: str, *, size: int, people: int, kills: int, seed: int
) -> Tally:
    """A fleet's whole life, and what its register says at the end."""
    async with open_fleet(folder, database, size, seed=seed) as fleet:
        await fleet.go_on(people, kills)
        return await _tell(fleet, folder, database)


def _settings(database: str) -> dict[str, str]:
    port = free_port()
    hook = f"http://127.0.0.1:{port}/telegram"
    return {"DATABASE_URL": database, "WEBHOOK_URL": hook, "PORT": str(port)}


async def _tell(fleet: Fleet, folder: Path, database: str) -> Tally:
    settings = Settings(_env_file=None, data_dir=folder / "data", database_url=database)
    store = open_store(settings)
    try:
        await drained(store, fleet.crowd)
        ended = await fleet.end()
        with store.read() as db:
            tally = read_register(db, fleet.crowd, fleet.killed_at)
    finally:
        store.close()
    faults = tuple(f"ended with {code}" for code in ended if code != 0)
    return tally + Tally(faults=faults)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
