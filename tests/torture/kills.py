"""People in the middle of their dialogues, and a desk that is killed again and again."""

import asyncio
import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from support.botapi.server import Event, Server
from support.whole_request import DIALOGUE
from torture.nursery import Nursery

TOKEN = "1234567:" + "A" * 24
PATIENCE = 60.0
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
    ) -> None:
        self._after_a_kill = after_a_kill
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
            "SEND_RATE": "1000",
            **self._settings,
        }
        self._pid = await self._nursery.start(self._folder, env)

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


class Person:
    """Goes through the dialogue once, without ever repeating an action."""

    def __init__(self, server: Server, number: int) -> None:
        self._server = server
        self._id = number
        self._chat = server.add_user(number) and server.chats[number]
        self.actions = 0
        self.reference = ""

    async def file_a_ticket(self) -> None:
        for verb, what, then in DIALOGUE:
            self.actions += 1
            if verb == "say":
                await self._server.user_says(TOKEN, self._id, what)
            else:
                await self._press(what)
            shown = await self._read(then)
            if reference := re.search(r"sous la référence (PEPS-\d+-\d+)", shown.text):
                self.reference = reference[1]

    async def _press(self, label: str) -> None:
        for event in reversed(self._chat.events):
            for row in (event.data.get("reply_markup") or {}).get("inline_keyboard", []):
                for button in row:
                    if re.search(label, button["text"]):
                        await self._server.user_presses(
                            TOKEN, self._id, self._id, event.message_id, button
                        )
                        return
        raise AssertionError(f"no button « {label} »")

    async def _read(self, pattern: str) -> Event:
        """The next new message that matches; a repeated one is no news."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for event in self._news():
                        event.used = True
                        if re.search(pattern, event.text):
                            return event
                    await self._server.changed(self._chat, 1)
        except TimeoutError:
            seen = [event.text[:80] for event in self._chat.events if event.kind == "message"]
            raise AssertionError(f"« {pattern} » never came after {seen[-5:]}") from None

    def _news(self) -> list[Event]:
        return [one for one in self._chat.events if one.kind == "message" and not one.used]

    def repeated(self, killed_at: Iterable[float]) -> tuple[int, ...]:
        """How many messages came a second time, kill by kill.

        Nothing that this dialogue says comes twice by itself: a turn's number is in its buttons.
        """
        bounds = (*killed_at, float("inf"))
        seen: set[str] = set()
        again: list[float] = []
        for event in self._chat.events:
            if event.kind != "message":
                continue
            said = f"{event.text}{event.data.get('reply_markup')}"
            if said in seen:
                again.append(event.t)
            seen.add(said)
        return tuple(sum(a <= at < b for at in again) for a, b in pairwise(bounds))


@dataclass(slots=True)
class Life:
    """One desk, the people at it, and what chance does to both."""

    server: Server
    desk: Desk
    chance: random.Random
    people: list[Person] = field(default_factory=list)

    async def go_on(self, kills: int, at_once: int) -> None:
        """People come and go, so many at once, until the desk was killed so often."""
        killed = asyncio.Event()

        async def keep_coming() -> None:
            while not killed.is_set():
                person = Person(self.server, 1001 + len(self.people))
                self.people.append(person)
                await person.file_a_ticket()

        await self.desk.start()
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(keep_coming())
            while len(self.desk.killed_at) < kills:
                await self._kill_at_random()
            killed.set()

    async def _kill_at_random(self) -> None:
        """Let the people do a few things, and kill the desk at some instant; start it again.

        One time in eight it dies once more while it starts.
        """
        reached = self._actions() + self.chance.randint(1, 12)
        async with asyncio.timeout(PATIENCE):
            while self._actions() < reached:  # noqa: ASYNC110 -- it is a count
                await asyncio.sleep(0.001)
        await asyncio.sleep(self.chance.uniform(0, 0.08))
        await self.desk.kill()
        if self.chance.random() < 1 / 8:
            await self.desk.begin()
            await asyncio.sleep(self.chance.uniform(0, START))
            await self.desk.kill()
        await self.desk.start()

    def _actions(self) -> int:
        return sum(person.actions for person in self.people)

    def most_repeats(self) -> int:
        """The most messages that one person got again out of one kill."""
        killed_at = self.desk.killed_at
        return max(n for person in self.people for n in person.repeated(killed_at))
