"""The way to Telegram: files go along, and what goes wrong says nothing about the token."""

from datetime import timedelta

import pytest
from channels.telegram.stage import ANNE, TOKEN
from support.botapi.server import Server
from telegram.error import TelegramError

from bot.channels.telegram.line import Line
from bot.channels.telegram.transport import NoAnswerError, SlowDownError, Transport


def a_line(url: str) -> Line:
    return Line(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")


async def test_messages_and_files_arrive() -> None:
    server = Server(strict=False)
    url = await server.start()
    server.add_user(ANNE)
    async with a_line(url) as line:
        await line.send_message(ANNE, "é & <")
        await line.send_document(ANNE, b"contenu", filename="reçu.txt", caption="voilà")
    await server.stop()

    text, document = server.chats[ANNE].events
    assert text.text == "é & <"
    assert document.data["document"]["file_name"] == "reçu.txt"
    assert [file["data"] for file in server.files.values()] == [b"contenu"]


@pytest.mark.parametrize("error", ["drop", 404, 500])
async def test_no_error_tells_the_token(error: int | str) -> None:
    server = Server(strict=False)
    url = await server.start()
    async with a_line(url) as line:
        server.faults.append({"method": "getMe", "error": error, "left": 1})
        with pytest.raises(TelegramError) as caught:
            await line.get_me()
    await server.stop()

    assert TOKEN not in repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_a_server_that_is_not_there_is_no_answer() -> None:
    line = a_line("http://127.0.0.1:9")
    with pytest.raises(NoAnswerError):
        await line.initialize()
    await line.shutdown()
    with pytest.raises(NoAnswerError, match="closed"):
        await line.get_me()


async def test_too_many_requests_say_how_long_to_wait() -> None:
    server = Server(strict=False)
    url = await server.start()
    async with a_line(url) as line:
        server.faults.append({"method": "getMe", "error": 429, "retry_after": 7, "left": 1})
        with pytest.raises(SlowDownError) as caught:
            await line.get_me()
    await server.stop()

    assert caught.value.after == timedelta(seconds=7)


@pytest.mark.parametrize(
    "body", [b"<html>mon NIR</html>", b'"mon NIR"', b'{"error": "mon NIR"}', b"\xff"]
)
def test_an_answer_that_is_not_telegrams_is_not_quoted(body: bytes) -> None:
    with pytest.raises(NoAnswerError) as caught:
        Transport.parse_json_payload(body)
    assert "NIR" not in str(caught.value)
