"""People at a desk that is killed: what they do once, and what comes to them twice."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from support.botapi.server import Event, Server
from support.whole_request import DIALOGUE
from torture.deadlines import REMINDED, Case, review_steps

TOKEN = "1234567:" + "A" * 24
PATIENCE = 60.0

Step = tuple[str, str, str]
"""What somebody does, with what, and the pattern of what must come of it."""


class Person:
    """Goes through dialogues, without ever repeating an action."""

    def __init__(self, server: Server, number: int) -> None:
        self._server = server
        self.number = number
        self._chat = server.add_user(number) and server.chats[number]
        self.actions = 0
        self.awaits = ""
        self.stands_at = ""

    async def go_through(self, steps: Sequence[Step]) -> list[Event]:
        """Each step once, in order, each as soon as the one before is answered."""
        return [await self._take(*step) for step in steps]

    async def _take(self, verb: str, what: str, then: str) -> Event:
        self.actions += verb != "wait"
        if verb == "say":
            await self._server.user_says(TOKEN, self.number, what)
        elif verb == "press":
            await self._press(what)
        return await self._read(then)

    async def _press(self, label: str) -> None:
        for event in reversed(self._chat.events):
            for row in (event.data.get("reply_markup") or {}).get("inline_keyboard", []):
                for button in row:
                    if re.search(label, button["text"]):
                        await self._server.user_presses(
                            TOKEN, self.number, self.number, event.message_id, button
                        )
                        return
        raise AssertionError(f"no button « {label} »")

    async def _read(self, pattern: str) -> Event:
        """The next new message that matches; a repeated one is no news."""
        self.awaits = self.stands_at = pattern
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for event in self._news():
                        event.used = True
                        if re.search(pattern, event.text):
                            self.awaits = ""
                            return event
                    await self._server.changed(self._chat, 1)
        except TimeoutError:
            raise AssertionError(f"never came: {self.plight()}") from None

    def plight(self) -> str:
        """What somebody waits for, and what they saw last."""
        seen = [event.text[:60] for event in self._messages()]
        return f"{self.number} waits for « {self.awaits} » after {seen[-3:]}" if self.awaits else ""

    def last_message(self) -> Event | None:
        """What stands last in the chat."""
        return next(reversed(self._messages()), None)

    def _messages(self) -> list[Event]:
        return [one for one in self._chat.events if one.kind == "message"]

    def _news(self) -> list[Event]:
        return [one for one in self._messages() if not one.used]

    def repeated(self, killed_at: Iterable[float]) -> tuple[int, ...]:
        """How many messages came a second time, kill by kill.

        Nothing that a dialogue says comes twice by itself: a turn's number is in its buttons.
        """
        bounds = (*killed_at, float("inf"))
        seen: set[str] = set()
        again: list[float] = []
        for event in self._messages():
            said = f"{event.text}{event.data.get('reply_markup')}"
            if said in seen:
                again.append(event.t)
            seen.add(said)
        return tuple(sum(a <= at < b for at in again) for a, b in pairwise(bounds))


class Requester(Person):
    """Files a ticket."""

    reference = ""

    async def do(self) -> None:
        for shown in await self.go_through(DIALOGUE):
            if reference := re.search(r"sous la référence (PEPS-\d+-\d+)", shown.text):
                self.reference = reference[1]


class Leaver(Requester):
    """Goes away in the middle of the form; the question at hand waits for them."""

    def __init__(self, server: Server, number: int, steps: int) -> None:
        super().__init__(server, number)
        self._steps = steps

    async def do(self) -> None:
        await self.go_through(DIALOGUE[: self._steps])


class Administrator(Person):
    """Is reminded of what runs out, and reviews it."""

    def __init__(self, server: Server, case: Case) -> None:
        super().__init__(server, case.who)
        self.case = case
        self.is_done = False

    async def do(self) -> None:
        await self.go_through(review_steps(datetime.now(UTC)))
        self.is_done = True

    def reminded(self) -> int:
        """How often the reminder itself was shown."""
        return sum(bool(re.search(REMINDED, event.text)) for event in self._messages())
