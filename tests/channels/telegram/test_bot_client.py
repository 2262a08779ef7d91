"""The Bot API client: what goes wrong says nothing about the token, and files go along."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import telegram.error
from channels.telegram.stage import ANNE, TOKEN
from support.botapi.server import Server

from bot.channels.telegram import bot_client
from bot.channels.telegram.bot_client import (
    HEAVIEST,
    BotClient,
    NoAnswerError,
    NotConnectedError,
    open_bot,
)
from bot.domain.attachment import Attachment, FileType
from bot.monitoring.health import ConnectionStatus


@asynccontextmanager
async def a_bot(pulse: ConnectionStatus | None = None) -> AsyncIterator[tuple[Server, BotClient]]:
    server = Server(strict=False)
    url = await server.start()
    server.add_user(ANNE)
    async with open_bot(TOKEN, f"{url}/bot", pulse or ConnectionStatus()) as bot:
        yield server, bot
    await server.stop()


@asynccontextmanager
async def somebody(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Somebody who answers every request with the same bytes; their address, and what was asked."""
    asked: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    server.close()
    await server.wait_closed()


def http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


async def test_messages_and_files_arrive() -> None:
    async with a_bot() as (server, bot):
        await bot.greet()
        await bot.send_message(ANNE, "é & <")
        await bot_client.give_document(
            bot, ANNE, b"contenu", filename='reçu "1".txt', caption="voilà"
        )
        (document,) = server.files
        fetched = await bot_client.fetch(bot, document, 100)
        too_heavy = await bot_client.fetch(bot, document, 3)

    text, shown = server.chats[ANNE].events
    assert text.text == "é & <"
    assert (shown.data["document"]["file_name"], shown.text) == ('reçu "1".txt', "voilà")
    assert (fetched, too_heavy) == (b"contenu", b"")
    assert bot.username == server.username


async def test_a_photo_that_is_not_taken_as_one_goes_as_a_document() -> None:
    async with a_bot() as (server, bot):
        said = "Bad Request: PHOTO_INVALID_DIMENSIONS"
        server.faults.append({"method": "sendPhoto", "error": 400, "description": said, "left": 1})
        piece = Attachment(number=1, name="carte.png", type=FileType.PNG, size=7)
        await bot_client.give(bot, ANNE, piece, b"contenu")

    assert [one.data["document"]["file_name"] for one in server.chats[ANNE].events] == ["carte.png"]


@pytest.mark.parametrize("error", ["drop", 404, 500])
async def test_no_error_tells_the_token(error: int | str) -> None:
    async with a_bot() as (server, bot):
        for method in ("getMe", "getFile"):
            server.faults.append({"method": method, "error": error, "left": 1})
        for call in (bot.greet(), bot_client.fetch(bot, "x", 1)):
            with pytest.raises(telegram.error.TelegramError) as caught:
                await call
            assert TOKEN not in repr(caught.value)
            assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_a_page_that_quotes_the_address_is_not_quoted() -> None:
    page = f"<p>/bot{TOKEN}/getMe was not found</p>".encode()
    async with (
        somebody(http(404, page)) as (url, _),
        open_bot(TOKEN, f"{url}/bot", ConnectionStatus()) as bot,
    ):
        with pytest.raises(telegram.error.InvalidToken) as caught:
            await bot.greet()
    assert TOKEN not in str(caught.value)


async def test_a_server_that_is_not_there_is_not_connected() -> None:
    pulse = ConnectionStatus()
    async with open_bot(TOKEN, "http://127.0.0.1:9/bot", pulse) as bot:
        with pytest.raises(NotConnectedError):
            await bot.greet()
    assert (pulse.failures, pulse.silent_since is None) == (1, False)
    with pytest.raises(NotConnectedError, match="closed"):
        await bot.greet()


async def test_what_is_heard_and_missed_is_counted() -> None:
    pulse = ConnectionStatus()
    async with a_bot(pulse) as (server, bot):
        server.faults.append({"method": "getMe", "error": 502, "left": 1})
        with pytest.raises(telegram.error.NetworkError):
            await bot.greet()
        await bot.greet()
    assert (pulse.calls, pulse.failures, pulse.silent_since) == (2, 1, None)


async def test_too_many_requests_say_how_long_to_wait() -> None:
    async with a_bot() as (server, bot):
        server.faults.append({"method": "getMe", "error": 429, "retry_after": 7, "left": 1})
        with pytest.raises(telegram.error.RetryAfter) as caught:
            await bot.greet()
    assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("result", [True, {}, ["x"]])
async def test_what_is_no_bot_is_not_taken_for_one(result: object) -> None:
    body = json.dumps({"ok": True, "result": result}).encode()
    async with (
        somebody(http(200, body)) as (url, _),
        open_bot(TOKEN, f"{url}/bot", ConnectionStatus()) as bot,
    ):
        with pytest.raises(NoAnswerError):
            await bot.greet()


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (400, b'{"ok": false, "description": "Bad Request: chat not found"}', "BadRequest"),
        (400, b'{"ok": false, "parameters": {"migrate_to_chat_id": -100}}', "ChatMigrated"),
        (401, b'{"ok": false}', "InvalidToken"),
        (403, b'{"ok": false}', "Forbidden"),
        (404, b"", "InvalidToken"),
        (409, b'{"ok": false}', "Conflict"),
        (429, b"<html>", "NetworkError"),
        (302, b"", "NetworkError"),
        (502, b"<html>", "NetworkError"),
        (200, b'{"ok": true}', "NoAnswerError"),
        (200, b"<html>mon NIR</html>", "NoAnswerError"),
        (200, b'"mon NIR"', "NoAnswerError"),
        (200, b"\xff", "NoAnswerError"),
        (200, b"[" * 9999, "NoAnswerError"),
        (500, b"<html>mon NIR</html>", "NetworkError"),
    ],
)
async def test_what_answers_mean(status: int, content: bytes, error: str) -> None:
    answer = http(status, content)
    async with (
        somebody(answer) as (url, _),
        open_bot(TOKEN, f"{url}/bot", ConnectionStatus()) as bot,
    ):
        with pytest.raises(telegram.error.TelegramError) as caught:
            await bot.send_message(ANNE, "bonjour")
    assert type(caught.value).__name__ == error
    assert "NIR" not in str(caught.value)


async def test_an_answer_that_is_too_heavy_is_none() -> None:
    answer = http(200, b"x" * (HEAVIEST + 1))
    async with (
        somebody(answer) as (url, _),
        open_bot(TOKEN, f"{url}/bot", ConnectionStatus()) as bot,
    ):
        with pytest.raises(NoAnswerError, match="too heavy"):
            await bot.get_me()


async def test_the_proxy_of_the_environment_is_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with somebody(http(403, b"")) as (proxy, asked):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "elsewhere.exemple.fr")
        async with open_bot(TOKEN, "https://telegram.exemple.fr/bot", ConnectionStatus()) as bot:
            with pytest.raises(NotConnectedError) as caught:
                await bot.greet()

    (request,) = asked
    assert request.startswith(b"CONNECT telegram.exemple.fr:443 HTTP/1.1\r\n")
    assert TOKEN.encode() not in request
    assert TOKEN not in repr(caught.value)
