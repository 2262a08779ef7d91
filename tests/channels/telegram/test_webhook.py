"""The webhook: what Telegram delivers is answered 200 once it is kept, and only to Telegram."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from channels.telegram.stage import ANNE, TOKEN, Stage, set_up

from bot.channels.telegram.run import run
from bot.channels.telegram.webhook import HEADER, MOST_BODY, check_address, secret_of
from bot.clock import utc_now
from bot.settings import Settings, SettingsError
from knowledge import KnowledgeBase

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PROFILE, THEMES = "^Votre profil", "^Les thèmes"
SECRET = {HEADER: secret_of(TOKEN)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def hooked(folder: Path, knowledge: KnowledgeBase, path: str = "") -> AsyncIterator[Stage]:
    port = free_port()
    url = f"http://127.0.0.1:{port}{path}"
    async with set_up(folder, knowledge, webhook_url=url, port=port) as stage:
        yield stage


@pytest.fixture
async def stage(folder: Path, knowledge: KnowledgeBase) -> AsyncIterator[Stage]:
    async with hooked(folder, knowledge, "/behind/a/proxy") as stage:
        yield stage


def update(number: int, text: str = "/profil", who: int = ANNE) -> dict[str, Any]:
    person = {"id": who, "is_bot": False, "first_name": "A"}
    chat = {"id": who, "type": "private", "first_name": "A"}
    written = int(utc_now().timestamp())
    message = {"message_id": number, "date": written, "from": person, "chat": chat, "text": text}
    return {"update_id": number, "message": message}


async def deliver(stage: Stage, body: object, headers: dict[str, str] = SECRET) -> int:
    raw = BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    stage.server.chats[ANNE].started = True
    async with aiohttp.ClientSession() as session:
        async with session.post(stage.settings.webhook_url, data=raw, headers=headers) as answer:
            return answer.status


def has_received(stage: Stage, number: int) -> bool:
    with stage.look() as db:
        return not db.inbox.remember_update("telegram", number, NOW)


async def test_a_conversation_by_webhook(stage: Stage) -> None:
    await stage.say("j'ai viré la cotisation au mauvais fonds")
    await stage.reads("1. Virement")
    press = await stage.press("Lire 1")
    await stage.reads("Cela répond-il")
    await stage.until(lambda: stage.server.callbacks[press]["answered"] is not None)

    assert stage.server.call_count["getUpdates"] == 0
    assert set(stage.server.bots[TOKEN].delivered.values()) == {1}


async def test_telegram_is_told_a_secret_that_stands_in_no_address(stage: Stage) -> None:
    (call,) = [one["params"] for one in stage.server.calls if one["method"] == "setWebhook"]

    assert call["secret_token"] == secret_of(TOKEN)
    assert call["secret_token"] not in call["url"]
    assert TOKEN.partition(":")[2] not in call["url"] + call["secret_token"]
    assert "callback_query" in call["allowed_updates"]


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "x" * 64}, {HEADER: "é"}])
async def test_whoever_does_not_know_the_secret_is_not_heard(
    stage: Stage, headers: dict[str, str]
) -> None:
    assert await deliver(stage, update(7), headers) == 403
    assert not has_received(stage, 7)


async def test_what_is_answered_200_is_kept(stage: Stage) -> None:
    assert await deliver(stage, update(7)) == 200
    assert has_received(stage, 7)
    await stage.reads(PROFILE)


async def test_nothing_is_answered_before_the_commit(stage: Stage) -> None:
    with stage.look() as db:
        db.inbox.offset("telegram")  # the register is taken: no other transaction can write
        delivering = asyncio.create_task(deliver(stage, update(7)))
        while stage.server.call_count["answerCallbackQuery"] == 0:  # the press came in after it
            await deliver_press(stage)
        assert not delivering.done()
    assert await delivering == 200


async def deliver_press(stage: Stage) -> None:
    """A press is answered while it waits for its own commit."""
    person = {"id": ANNE, "is_bot": False, "first_name": "A"}
    press = {"id": "1", "from": person, "chat_instance": "1", "data": "1:x"}
    delivering = asyncio.create_task(deliver(stage, {"update_id": 8, "callback_query": press}))
    await asyncio.wait({delivering}, timeout=0.05)
    delivering.cancel()


async def test_what_is_delivered_twice_is_done_once(stage: Stage) -> None:
    twice = [deliver(stage, update(7)), deliver(stage, update(7))]
    assert await asyncio.gather(*twice) == [200, 200]
    assert await deliver(stage, update(7)) == 200
    await deliver(stage, update(8, "/themes"))
    await stage.reads(THEMES)

    assert len([one for one in stage.shown() if one.startswith("Votre profil")]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[" * 100_000, 400),
        (b"\xff", 400),
        ([], 400),
        ({}, 400),
        ({"update_id": "7"}, 400),
        ({"update_id": True}, 400),
        ({"update_id": 2**63}, 400),
        (b"x" * (MOST_BODY + 1), 413),
    ],
)
async def test_what_telegram_would_never_send_is_refused(
    stage: Stage, body: object, status: int
) -> None:
    assert await deliver(stage, body) == status
    assert await deliver(stage, update(7)) == 200


async def test_an_update_that_cannot_be_read_is_kept_aside_and_not_sent_again(
    stage: Stage,
) -> None:
    assert await deliver(stage, {"update_id": 7, "message": {"date": "?"}}) == 200
    with stage.look() as db:
        assert [one.address for one in db.failed_updates.newest()] == ["telegram:0"]


async def test_what_was_written_while_the_desk_was_away_arrives_in_order(stage: Stage) -> None:
    await stage.close()
    await stage.say("/profil", "/themes")
    await stage.open()

    await stage.reads(THEMES)
    assert [one[:12] for one in stage.shown()] == ["Votre profil", "Les thèmes d"]


async def test_two_desks_behind_one_port_share_the_work(
    stage: Stage, knowledge: KnowledgeBase
) -> None:
    other = Stage(stage.server, knowledge, stage.settings)
    await other.open()
    await stage.say("/profil")
    await stage.reads(PROFILE)
    await other.close()
    await stage.say("/themes")
    await stage.reads(THEMES)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://guichet.exemple.fr/", "https://api.telegram.org/bot"),
        ("guichet.exemple.fr", "https://api.telegram.org/bot"),
        ("https://", "https://api.telegram.org/bot"),
        ("ftp://guichet.exemple.fr/", "http://127.0.0.1:1/bot"),
    ],
)
def test_an_address_that_telegram_would_refuse_stops_the_start(url: str, base: str) -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_URL"):
        check_address(Settings(_env_file=None, webhook_url=url, telegram_base_url=base))


async def test_a_refusal_of_telegram_stops_the_start(
    folder: Path, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.close()
    stage.settings = stage.settings.model_copy(update={"webhook_url": "http://[::2]:9/"})
    stage.app = stage._build()

    with pytest.raises(SettingsError, match="WEBHOOK_URL") as refused:
        await run(stage.app, asyncio.Event())
    assert "Bad webhook" in caplog.text  # in Telegram's words for who reads the log
    assert "bad webhook" not in str(refused.value)
    stage.app.store.close()


async def test_a_port_that_is_taken_stops_the_start(stage: Stage) -> None:
    await stage.close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stage.settings.port))
        taken.listen()
        stage.app = stage._build()
        with pytest.raises(SettingsError, match="PORT"):
            await run(stage.app, asyncio.Event())
    stage.app.store.close()
