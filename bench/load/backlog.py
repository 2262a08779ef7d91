"""Telegram was away for 23 hours: 10,000 updates wait, and are taken as fast as they come."""

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from support.botapi.server import Server

from load.desk import TOKEN, DeskProcess

PATIENCE = 600.0
DRAIN = 10.0  # seconds of replies that are looked at
RATE = "25"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What came of it; `late` counts replies to older questions that went before a newest one."""

    updates: int
    committed: int
    seconds: float
    answered: int
    late: int
    broken: int


async def take_backlog(updates: int, people: int) -> Backlog:
    """Everybody asked several things; the desk starts when all of it waits."""
    server = Server(record_calls=False, flood=FLOOD)
    url = await server.start()
    server.bot(TOKEN)
    with TemporaryDirectory() as folder:
        desk = DeskProcess(server, url, Path(folder))
        try:
            await _write(server, updates, people)
            return await _take(server, desk, Path(folder), updates)
        finally:
            await desk.stop()
            await server.stop()


FLOOD = {"global": [30, 30], "private": [1, 5], "group": [20 / 60, 20]}


async def _write(server: Server, updates: int, people: int) -> None:
    for number in range(updates):
        person, turn = 1 + number % people, number // people
        server.add_user(person)
        await server.user_says(TOKEN, person, f"bonjour, question numéro {turn}")


async def _take(server: Server, desk: DeskProcess, folder: Path, updates: int) -> Backlog:
    began = monotonic()
    await desk.start({"SEND_RATE": RATE})
    committed = 0
    while committed < updates and monotonic() < began + PATIENCE:
        await asyncio.sleep(0.5)
        committed = _count(folder, "SELECT count(*) FROM received")
    seconds = monotonic() - began
    before = {number: len(chat.events) for number, chat in server.chats.items()}
    await asyncio.sleep(DRAIN)
    answered = [n for n, chat in server.chats.items() if len(chat.events) > before[n]]
    late = _count(folder, "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL AND priority = 3")
    broken = sum(n for error, n in server.errors.items() if "429" in error)
    return Backlog(updates, committed, seconds, len(answered), late, broken)


def _count(folder: Path, query: str) -> int:
    with sqlite3.connect(f"file:{folder}/data/guichet.db?mode=ro", uri=True) as connection:
        return int(connection.execute(query).fetchone()[0])
