"""5,000 reminders fall due at once, while some people are in the middle of a dialogue."""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from support.botapi.server import Server

from bot.app import open_store
from bot.domain.delivery import Priority
from bot.settings import Settings
from load.backlog import FLOOD, RATE
from load.desk import TOKEN, DeskProcess
from load.people import Person

TALKERS = 5
PAUSE = 1.2  # seconds between two things that one person says: a chat takes one message a second


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of it; `slowest` is the longest that somebody in dialogue waited."""

    messages: int
    sent: int
    seconds: float
    broken: int
    slowest: float


async def send_burst(messages: int, most: float) -> Burst:
    """All of them into the outbox, and the desk started; looked at for `most` seconds."""
    server = Server(record_calls=False, flood=FLOOD)
    url = await server.start()
    server.bot(TOKEN)
    with TemporaryDirectory() as folder:
        _enqueue(server, Path(folder), messages)
        desk = DeskProcess(server, url, Path(folder))
        try:
            began = monotonic()
            await desk.start({"SEND_RATE": RATE})
            waits = await _talk(server, Path(folder), began + most)
            broken = sum(n for error, n in server.errors.items() if "429" in error)
            sent = messages - _waiting(Path(folder))
            return Burst(messages, sent, monotonic() - began, broken, max(waits))
        finally:
            await desk.stop()
            await server.stop()


def _enqueue(server: Server, folder: Path, messages: int) -> None:
    """As the reminders do: one a person, for many, less urgent than an answer."""
    store, now = open_store(Settings(_env_file=None, data_dir=folder / "data")), datetime.now(UTC)
    with store.transaction() as db:
        for number in range(messages):
            person = 100_000 + number
            server.add_user(person)
            server.chats[person].started = True
            said = {"text": "Un compte expire bientôt.", "plain": "Un compte expire bientôt."}
            lane = f"telegram:{person}"
            db.outbox.add(lane, "say", said, now, priority=Priority.BULK)
    store.close()


async def _talk(server: Server, folder: Path, until: float) -> list[float]:
    """A few people ask and read until all is sent or time is up; how long each answer took."""
    people = [Person(server, 1 + n) for n in range(TALKERS)]
    waits: list[float] = []

    async def keep_asking(person: Person) -> None:
        server.add_user(person.number)
        while monotonic() < until and _waiting(folder):
            began = monotonic()
            await server.user_says(TOKEN, person.number, "/start")
            await person.read(".")
            waits.append(monotonic() - began)
            await asyncio.sleep(PAUSE)

    await asyncio.gather(*(keep_asking(one) for one in people))
    return waits


def _waiting(folder: Path) -> int:
    query = "SELECT count(*) FROM outbox WHERE priority = 2 AND sent_at IS NULL"
    with sqlite3.connect(f"file:{folder}/data/guichet.db?mode=ro", uri=True) as connection:
        return int(connection.execute(query).fetchone()[0])
