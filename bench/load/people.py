"""People in the middle of their dialogues: they type, press, read, and time what they wait for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from support.botapi.server import Event, Server
from support.whole_request import DIALOGUE

from load.desk import TOKEN

PATIENCE = 120.0


class MissingAnswerError(Exception):
    """What was waited for did not come."""


@dataclass(slots=True)
class Person:
    """Somebody at their client; `waits` are the seconds from each action to its answer."""

    server: Server
    number: int
    waits: list[float] = field(default_factory=list)
    place: int = 0
    completed: bool = False

    async def go_through(self, dialogue: Sequence[tuple[str, str, str]] = DIALOGUE) -> None:
        """Each step once, in order, each as soon as the one before is answered."""
        for place in range(len(dialogue)):
            began = monotonic()
            await self.take_step(place, dialogue)
            self.waits.append(monotonic() - began)
        self.completed = True

    async def take_step(
        self, place: int, dialogue: Sequence[tuple[str, str, str]] = DIALOGUE
    ) -> None:
        """One step, answered.

        No two people ask in the same words: what was found for one of them helps no other.
        """
        self.server.add_user(self.number)
        verb, what, then = dialogue[place]
        if verb == "say":
            words = what if place else f"{what}, contrat {self.number}"
            await self.server.user_says(TOKEN, self.number, words)
        else:
            await self.press(what)
        await self.read(then)

    def leave(self) -> None:
        """Nothing of what was read is kept: thousands of people come in an hour."""
        chat = self.server.chats[self.number]
        chat.events.clear()
        chat.messages.clear()

    async def press(self, label: str) -> None:
        """The newest button of that label."""
        for event in reversed(self._events):
            for button in _buttons(event.data):
                if re.search(label, button["text"]):
                    await self.server.user_presses(
                        TOKEN, self.number, self.number, event.message_id, button
                    )
                    return
        raise MissingAnswerError(f"no button « {label} »")

    async def read(self, pattern: str) -> Event:
        """The next new message that matches."""
        chat = self.server.chats[self.number]
        limit = monotonic() + PATIENCE
        while monotonic() < limit:
            while self.place < len(self._events):
                event = self._events[self.place]
                self.place += 1
                if event.kind == "message" and re.search(pattern, event.text):
                    return event
            await self.server.changed(chat, limit - monotonic())
        seen = [event.text[:80] for event in self._events[-4:]]
        raise MissingAnswerError(f"« {pattern} » never came after {seen}")

    def answers(self) -> int:
        """How many messages the desk sent."""
        return sum(event.kind == "message" for event in self._events)

    def repeated(self) -> int:
        """How many questions came more than once: a turn's number makes its buttons unique."""
        seen = [
            str(event.data["reply_markup"])
            for event in self._events
            if event.kind == "message" and "reply_markup" in event.data
        ]
        return len(seen) - len(set(seen))

    @property
    def _events(self) -> list[Event]:
        events: list[Event] = self.server.chats[self.number].events
        return events


def _buttons(message: Any) -> list[dict[str, str]]:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]
