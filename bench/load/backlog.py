"""Telegram was away for 23 hours: 10,000 updates wait, and some presses have died there.

Before, a few people were in the middle of a form. Then everybody else writes four things, the
desk starts, and what it commits, sends, and shows again is held against the promise.
"""

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from sqlmodel import Session, update
from support.botapi.server import Server
from support.whole_request import DIALOGUE

from bot.app import open_store
from bot.channels.telegram.absence import BACK, HEARD
from bot.domain.delivery import OutboxState
from bot.settings import Settings
from bot.storage.store import Store
from bot.storage.tables_requests import ConversationRow
from load.desk import TOKEN, DeskProcess
from load.people import Person

PATIENCE = 600.0
RATE = "25"
FLOOD = {"global": [30, 30], "private": [1, 5], "group": [20 / 60, 20]}
AWAY = timedelta(hours=23)
FIRST_WITH_A_DRAFT = 500_001
BEGIN = DIALOGUE[:5]
"""As far as the first question of a form."""
AGAIN = "n'était pas joignable"
ASKED = (
    ("mot de passe oublié", "^Voici"),
    ("/themes", "^Les thèmes"),
    ("/demandes", "^Vous n'avez pas encore"),
    ("/profil", "^Votre profil"),
)
"""What each person writes, in order, and how the answers begin; the last is the newest question."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What came of it; `disordered` counts people whose updates were not taken in order, `late`
    those who were answered something older before the newest, `forgotten` those with a draft who
    were not shown their question, or more than once."""

    updates: int
    committed: int
    seconds: float
    disordered: int
    answered: int
    drained: float
    late: int
    forgotten: int
    broken: int


async def take_backlog(updates: int, drafts: int) -> Backlog:
    """So many updates of a quarter as many people, and so many people with a draft open."""
    server = Server(record_calls=False, flood=FLOOD)
    url = await server.start()
    server.bot(TOKEN)
    with TemporaryDirectory() as folder:
        desk = DeskProcess(server, url, Path(folder))
        cut_off = [Person(server, FIRST_WITH_A_DRAFT + n) for n in range(drafts)]
        crowd = range(1, 1 + updates // len(ASKED))
        try:
            await _begin(desk, cut_off)
            _be_away(Path(folder))
            await _write(server, cut_off, crowd)
            return await _take(server, desk, Path(folder), cut_off, crowd)
        finally:
            await desk.stop()
            await server.stop()


async def _begin(desk: DeskProcess, people: Sequence[Person]) -> None:
    """Some are in the middle of a form when Telegram goes away."""
    await desk.start({"SEND_RATE": RATE})
    await asyncio.gather(*(person.go_through(BEGIN) for person in people))
    await desk.stop()


def _be_away(folder: Path) -> None:
    then, store = datetime.now(UTC) - AWAY, _open(folder)
    with store.transaction() as db:
        db.condition.note_done(HEARD, then)
        db.condition.note_done(BACK, then - AWAY)
    with Session(store.engine) as session:
        session.connection().execute(update(ConversationRow).values(updated_at=then))
        session.commit()
    store.close()


async def _write(server: Server, cut_off: Sequence[Person], crowd: range) -> None:
    """Presses that die meanwhile, and what everybody writes."""
    server.clock_shift = -AWAY.total_seconds()
    for person in cut_off:
        await person.press("Continuer ma demande")
    server.clock_shift = -AWAY.total_seconds() / 2
    for words, _ in ASKED:
        for number in crowd:
            server.add_user(number)
            await server.user_says(TOKEN, number, words)
    server.clock_shift = 0.0


async def _take(
    server: Server, desk: DeskProcess, folder: Path, cut_off: Sequence[Person], crowd: range
) -> Backlog:
    received = _count(folder)
    began = monotonic()
    await desk.start({"SEND_RATE": RATE})
    updates, committed = len(crowd) * len(ASKED), 0
    while committed < updates and monotonic() < began + PATIENCE:
        await asyncio.sleep(0.5)
        committed = _count(folder) - received
    seconds = monotonic() - began
    shown = {person.number: server.chats[person.number].events for person in cut_off}
    while monotonic() < began + PATIENCE:
        await asyncio.sleep(0.5)
        answered = sum(bool(_texts(server, number)) for number in crowd)
        if answered == len(crowd) and all(_again(server, number) for number in shown):
            break
    drained = monotonic() - began
    await desk.stop()  # first: who reads so much at once answers nobody meanwhile
    return Backlog(
        updates=updates,
        committed=committed,
        seconds=seconds,
        disordered=_disordered(folder),
        answered=answered,
        drained=drained,
        late=sum(not re.search(ASKED[-1][1], _texts(server, n)[0]) for n in crowd if answered),
        forgotten=sum(_again(server, number) != 1 for number in shown),
        broken=sum(n for error, n in server.errors.items() if "429" in error),
    )


def _texts(server: Server, number: int) -> list[str]:
    return [event.text for event in server.chats[number].events if event.kind == "message"]


def _again(server: Server, number: int) -> int:
    """How often somebody was shown their question again."""
    return sum(AGAIN in words for words in _texts(server, number))


def _disordered(folder: Path) -> int:
    """People whose answers do not stand in the outbox in the order of what they wrote."""
    store, said = _open(folder), dict[str, list[str]]()
    with store.read() as db:
        for state in (OutboxState.SENT, OutboxState.WAITING):
            for row in db.outbox.rows(state, 1_000_000):
                if int(row.lane.removeprefix("telegram:")) < FIRST_WITH_A_DRAFT:
                    said.setdefault(row.lane, []).append(f"{row.id:012d}{row.payload['plain']}")
    store.close()
    return sum(not _is_in_order([one[12:] for one in sorted(rows)]) for rows in said.values())


def _is_in_order(answers: Sequence[str]) -> bool:
    patterns = [pattern for _, pattern in ASKED]
    places = [
        place for answer in answers for place, one in enumerate(patterns) if re.search(one, answer)
    ]
    return places == list(range(len(patterns)))


def _open(folder: Path) -> Store:
    return open_store(Settings(_env_file=None, data_dir=folder / "data"))


def _count(folder: Path) -> int:
    query = "SELECT count(*) FROM received"
    with sqlite3.connect(f"file:{folder}/data/guichet.db?mode=ro", uri=True) as connection:
        return int(connection.execute(query).fetchone()[0])
