"""People in the middle of their dialogues, and a desk that is killed again and again."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.botapi.server import Server
from support.whole_request import DIALOGUE
from torture.deadlines import MOST, Case
from torture.nursery import Nursery
from torture.people import PATIENCE, TOKEN, Administrator, Leaver, Person, Requester

LEAVERS_FROM = 900_001
LEAVE_FROM = 5  # steps of a dialogue: from there on the form is open
START = 0.6  # seconds: about what a start takes


AfterAKill = Callable[[Path], object] | None
"""What becomes of the data folder when the desk is killed; nothing, unless the power goes too."""


class Desk:
    """The desk as a process of its own."""

    def __init__(
        self,
        nursery: Nursery,
        server: Server,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        *,
        after_a_kill: AfterAKill = None,
        deadlines: int = 0,
    ) -> None:
        self._after_a_kill = after_a_kill
        self._deadlines = deadlines
        self._nursery = nursery
        self._server = server
        self._folder = folder
        self._settings = settings or {}
        self._pid: int | None = None
        self.killed_at: list[float] = []

    @property
    def data(self) -> Path:
        return self._folder / "data"

    async def begin(self) -> None:
        """Start the process, and wait for nothing."""
        env = {
            "DATA_DIR": str(self.data),
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_BASE_URL": f"http://127.0.0.1:{self._server.port}/bot",
            **self._settings,
        }
        self._pid = await self._nursery.start(self._folder, env, deadlines=self._deadlines)

    async def start(self) -> None:
        """Start the process, and wait until it asks for updates."""
        before = self._server.call_count["getUpdates"]
        await self.begin()
        async with asyncio.timeout(PATIENCE):
            while self._server.call_count["getUpdates"] == before:
                assert await self._code() is None, self.log()
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """`kill -9`, and whatever happens to the disk with it."""
        await self.end(signal.SIGKILL)
        if self._after_a_kill is not None:
            self._after_a_kill(self.data)
        self.killed_at.append(time.monotonic())

    async def end(self, number: signal.Signals) -> int:
        """Send a signal, and wait for the end; 0 is a clean one."""
        if self._pid is None:
            return 0
        os.kill(self._pid, number)
        async with asyncio.timeout(PATIENCE):
            while (code := await self._code()) is None:  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.002)
        self._pid = None
        return code

    async def _code(self) -> int | None:
        assert self._pid is not None
        return await self._nursery.ended(self._pid)

    def log(self) -> str:
        return (self._folder / "log").read_text()


@dataclass(slots=True)
class Crowd:
    """The people at a desk; administrators are known to Telegram before their reminder comes."""

    server: Server
    requesters: list[Requester] = field(default_factory=list)
    administrators: list[Administrator] = field(default_factory=list)
    leavers: list[Leaver] = field(default_factory=list)

    def expect(self) -> None:
        """Everybody who may be reminded has begun the bot once."""
        for number in range(MOST):
            who = Case(number).who
            self.server.add_user(who)
            self.server.chats[who].started = True

    def new_requester(self) -> Requester:
        self.requesters.append(Requester(self.server, 1001 + len(self.requesters)))
        return self.requesters[-1]

    def new_leaver(self, chance: random.Random) -> Leaver:
        steps = chance.randrange(LEAVE_FROM, len(DIALOGUE) - 2)
        self.leavers.append(Leaver(self.server, LEAVERS_FROM + len(self.leavers), steps))
        return self.leavers[-1]

    def new_administrator(self) -> Administrator:
        case = Case(len(self.administrators))
        self.administrators.append(Administrator(self.server, case))
        return self.administrators[-1]

    @property
    def everybody(self) -> Iterator[Person]:
        yield from self.requesters
        yield from self.leavers
        yield from self.administrators

    @property
    def actions(self) -> int:
        return sum(person.actions for person in self.everybody)

    def most_repeats(self, killed_at: Sequence[float]) -> int:
        """The most messages that one person got again out of one kill."""
        return max(n for person in self.everybody for n in person.repeated(killed_at))


@dataclass(slots=True)
class Life:
    """One desk, the people at it, and what chance does to both."""

    server: Server
    desk: Desk
    chance: random.Random
    crowd: Crowd = field(init=False)

    def __post_init__(self) -> None:
        self.crowd = Crowd(self.server)

    async def go_on(self, kills: int, requesters: int, administrators: int) -> None:
        """People come and go, so many at once, until the desk was killed so often."""
        killed = asyncio.Event()

        async def keep_coming(come: Callable[[], Person]) -> None:
            while not killed.is_set():
                await come().do()

        await self.desk.start()
        async with asyncio.TaskGroup() as group:
            for _ in range(requesters):
                group.create_task(keep_coming(self.crowd.new_requester))
            for _ in range(administrators):
                group.create_task(keep_coming(self.crowd.new_administrator))
            group.create_task(keep_coming(lambda: self.crowd.new_leaver(self.chance)))
            while len(self.desk.killed_at) < kills:
                await self._kill_at_random()
            killed.set()

    async def _until(self, actions: int) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while self.crowd.actions < actions:  # noqa: ASYNC110 -- it is a count
                    await asyncio.sleep(0.001)
        except TimeoutError:
            plight = filter(None, (person.plight() for person in self.crowd.everybody))
            raise AssertionError(f"nobody gets on: {'; '.join(plight)}") from None

    async def _kill_at_random(self) -> None:
        """Let the people do a few things, and kill the desk at some instant; start it again.

        One time in eight it dies once more while it starts.
        """
        await self._until(self.crowd.actions + self.chance.randint(1, 12))
        await asyncio.sleep(self.chance.uniform(0, 0.08))
        await self.desk.kill()
        if self.chance.random() < 1 / 8:
            await self.desk.begin()
            await asyncio.sleep(self.chance.uniform(0, START))
            await self.desk.kill()
        await self.desk.start()
