"""Four processes on one PostgreSQL keep together to what Telegram bears: no limit is broken."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from support.botapi.server import Server
from support.postgres import running_postgres
from torture.deadlines import Case
from torture.fleet import open_fleet
from torture.people import Person

from bot.app import open_store
from bot.domain.delivery import Priority
from bot.settings import Settings

FLOOD = {"global": [30, 30], "private": [1, 5], "group": [20 / 60, 20]}
"""What the stand-in refuses beyond: so many a second, after so many at once."""
MANY = range(100, 200)  # who is reminded besides
HASTY = range(1001, 1004)
IN_HASTE = [("say", "/profil", "^Votre profil")] * 8  # more than a chat bears at once


def remind_many(folder: Path, url: str) -> None:
    """As reminders do: one a person, to many, less urgent than an answer."""
    said = {"text": "Un compte expire bientôt.", "plain": "Un compte expire bientôt."}
    store = open_store(Settings(_env_file=None, data_dir=folder / "data", database_url=url))
    with store.transaction() as db:
        for number in MANY:
            lane = f"telegram:{Case(number).who}"
            db.outbox.add(lane, "say", said, datetime.now(UTC), priority=Priority.BULK)
    store.close()


async def test_no_limit_is_broken_whichever_process_sends(tmp_path: Path) -> None:
    server = Server(flood=FLOOD, spread=True)
    with running_postgres() as postgres, postgres.database("limits") as url:
        async with open_fleet(tmp_path, url, 4, server=server, settings={"SEND_RATE": "25"}):
            remind_many(tmp_path, url)
            await asyncio.gather(*(Person(server, who).go_through(IN_HASTE) for who in HASTY))
            async with asyncio.timeout(60):
                while not all(server.chats[Case(one).who].events for one in MANY):  # noqa: ASYNC110 -- another process
                    await asyncio.sleep(0.05)

    assert [error for error in server.errors if "429" in error] == []
