"""Telegram could not reach the desk for half a day: 10,000 updates wait.

The desk starts, and what it commits and sends is held against the promise.
"""

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from support.botapi.server import Server

from load.desk import TOKEN, DeskProcess

PATIENCE = 600.0
FLOOD = {"global": [30, 30], "private": [1, 5], "group": [20 / 60, 20]}
AGE = 12 * 3600.0  # seconds
ASKED = (
    ("mot de passe oublié", "^Voici"),
    ("/themes", "^Les thèmes"),
    ("/demandes", "^Vous n'avez pas encore"),
    ("/profil", "^Votre profil"),
)
"""What each person writes, in order, and how the answers begin."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What came of it; `disordered` counts people who did not read the answers in the order of
    their questions."""

    updates: int
    committed: int
    seconds: float
    drained: float
    disordered: int
    broken: int


async def take_backlog(updates: int) -> Backlog:
    """So many updates of a quarter as many people, and the desk until all of them are answered."""
    server = Server(record_calls=False, flood=FLOOD)
    url = await server.start()
    server.bot(TOKEN)
    with TemporaryDirectory() as folder:
        desk = DeskProcess(server, url, Path(folder))
        people = range(1, 1 + updates // len(ASKED))
        try:
            await _write(server, people)
            return await _take(server, desk, Path(folder), people)
        finally:
            await desk.stop()
            await server.stop()


async def _write(server: Server, people: range) -> None:
    server.clock_shift = -AGE
    for words, _ in ASKED:
        for number in people:
            server.add_user(number)
            await server.user_says(TOKEN, number, words)
    server.clock_shift = 0.0


async def _take(server: Server, desk: DeskProcess, folder: Path, people: range) -> Backlog:
    began = monotonic()
    await desk.start()
    updates, committed = len(people) * len(ASKED), 0
    while committed < updates and monotonic() < began + PATIENCE:
        await asyncio.sleep(0.5)
        committed = _count(folder)
    seconds = monotonic() - began
    while monotonic() < began + PATIENCE:
        await asyncio.sleep(0.5)
        if all(len(_answers(server, number)) >= len(ASKED) for number in people):
            break
    return Backlog(
        updates=updates,
        committed=committed,
        seconds=seconds,
        drained=monotonic() - began,
        disordered=sum(not _is_in_order(_answers(server, number)) for number in people),
        broken=sum(n for error, n in server.errors.items() if "429" in error),
    )


def _answers(server: Server, number: int) -> list[str]:
    return [event.text for event in server.chats[number].events if event.kind == "message"]


def _is_in_order(answers: Sequence[str]) -> bool:
    patterns = [pattern for _, pattern in ASKED]
    places = [
        place for answer in answers for place, one in enumerate(patterns) if re.search(one, answer)
    ]
    return places == list(range(len(patterns)))


def _count(folder: Path) -> int:
    query = "SELECT count(*) FROM received"
    with sqlite3.connect(f"file:{folder}/data/guichet.db?mode=ro", uri=True) as connection:
        return int(connection.execute(query).fetchone()[0])
