"""Limits of what a person writes: so many messages a minute, texts that Telegram's limit cut, and
albums, which come as a message a file.

A minute is counted in memory, by the time at which messages were written: a backlog is not taken
for haste. An update that is taken again, because its batch failed, is counted once.

What a client cut at Telegram's limit is one text again. A text of near-maximal length is held,
durably, until its rest may have come. What follows within two seconds continues it; anything else
of the same person, or time, releases it as it is. The seconds are Telegram's own where messages
waited for us: a backlog arrives all at once.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bot.channels.formatting import utf16_units
from bot.conversation.events import Attached, Leaked, Typed
from bot.domain.redaction import Secret, redact, secret_in
from bot.services.helpdesk_config import IncomingEvent
from bot.storage.store import Database
from bot.storage.ticket_links import ALBUMS

MOST = 60
A_MINUTE = timedelta(minutes=1)
MOST_PEOPLE = 10_000
LONG = 4000  # UTF-16 units: clients cut at a line or a word somewhat before the limit
FULL = 4096
GRACE = timedelta(seconds=2)
MOST_PARTS = 32
FOREVER = datetime.max.replace(tzinfo=UTC)
BACKLOG = timedelta(seconds=10)
"""What is older on arrival waited for us, whatever the two clocks say."""


@dataclass(frozen=True, slots=True)
class _Part:
    message: str
    at: datetime
    text: str
    secret: str = ""
    """The kind of what was taken out of the text before it was held."""

    def to_line(self) -> str:
        line = [self.message, self.at.isoformat(), self.text, self.secret]
        return json.dumps(line) + "\n"

    def redacted(self) -> "_Part":
        secret = secret_in(self.text)
        return replace(self, text=redact(self.text), secret=secret) if secret else self


def written_at(date: datetime | None, now: datetime) -> datetime:
    """When a message counts as written: its arrival, or its own date where it had to wait."""
    return date if date is not None and date < now - BACKLOG else now


def holders(db: Database) -> set[str]:
    """Whose text is held: asked once a batch, for hardly ever anybody's is."""
    return set(db.inbox.due_held_texts(FOREVER))


def complete(
    db: Database, heard: IncomingEvent, at: datetime, held: set[str]
) -> Iterator[IncomingEvent]:
    """The turns that are whole now: none while a rest may come, two when something breaks in."""
    parts = _take(db, heard.address) if heard.address in held else []
    typed = heard.event if isinstance(heard.event, Typed) else None
    if parts and (typed is None or at - parts[-1].at > GRACE):
        yield _whole(heard.address, parts)
        parts = []
    if typed is None:
        yield heard
        return
    parts.append(_Part(heard.message, at, typed.text))
    if utf16_units(typed.text) >= LONG and len(parts) < MOST_PARTS:
        lines = "".join(part.redacted().to_line() for part in parts)
        db.inbox.hold_text(heard.address, lines, at + GRACE)
        held.add(heard.address)
    else:
        yield _whole(heard.address, parts)


def in_album(db: Database, heard: IncomingEvent, album: str, now: datetime) -> IncomingEvent:
    """A file of an album: all but the first one that comes are answered in fewer words."""
    if not isinstance(heard.event, Attached):
        return heard
    is_first = db.ticket_links.remember_event(ALBUMS, f"{heard.address}/{album}", now)
    return heard if is_first else replace(heard, event=replace(heard.event, follows=True))


def release_text(db: Database, address: str) -> Iterator[IncomingEvent]:
    """The text held for somebody, as it is."""
    if parts := _take(db, address):
        yield _whole(address, parts)


def _take(db: Database, address: str) -> list[_Part]:
    held = db.inbox.take_held_text(address) or ""
    parsed = map(json.loads, held.splitlines())
    return [_Part(message, datetime.fromisoformat(at), *said) for message, at, *said in parsed]


def _whole(address: str, parts: list[_Part]) -> IncomingEvent:
    text = parts[0].text
    for before, part in pairwise(parts):
        # A part that fills its message was cut within a word; a shorter one lost a space or line.
        text += ("" if utf16_units(before.text) >= FULL else "\n") + part.text
    message = ",".join(part.message for part in parts)
    secret = next((part.secret for part in parts if part.secret), "")
    event = Leaked(Secret(secret), redact(text)) if secret else Typed(text)
    return IncomingEvent(address=address, event=event, message=message)


@dataclass(slots=True)
class _Minute:
    """What one person wrote since its begin: the numbers of their updates, and the first that was
    too much."""

    begin: datetime
    numbers: set[int] = field(default_factory=set)
    surplus: int | None = None


class FloodLimit:
    """Counts what each person writes; used in the database thread alone."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._people: dict[str, _Minute] = {}

    def admits(self, address: str, number: int, at: datetime) -> bool:
        """Whether an update, by its number, that was written at that moment is to be taken."""
        minute = self._people.get(address)
        if minute is None or at - minute.begin >= A_MINUTE:
            if len(self._people) >= MOST_PEOPLE:
                self._people = dict(self._recent(at))
            minute = self._people[address] = _Minute(at)
        if number in minute.numbers or len(minute.numbers) < self._most:
            minute.numbers.add(number)
            return True
        if minute.surplus is None:
            minute.surplus = number
        return False

    def is_first_surplus(self, address: str, number: int) -> bool:
        """Whether the person is to be told: once a minute."""
        return self._people[address].surplus == number

    def _recent(self, at: datetime) -> Iterator[tuple[str, _Minute]]:
        for address, minute in self._people.items():
            if at - minute.begin < A_MINUTE:
                yield address, minute
