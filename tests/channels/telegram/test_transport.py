"""The way to Telegram: what goes wrong says nothing about the token, and files go along."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from channels.telegram.stage import ANNE, TOKEN
from support.botapi.server import Server

from bot.channels.telegram import files
from bot.channels.telegram.bot_client import (
    BrokenError,
    ConflictError,
    ForbiddenError,
    LineError,
    MovedError,
    NoAnswerError,
    RefusedError,
    SlowDownError,
    TokenError,
    read_answer,
)
from bot.channels.telegram.line import Line
from bot.channels.telegram.transport import Body
from bot.channels.telegram.wire import Answer
from bot.domain.attachment import Attachment, FileType


def a_line(url: str) -> Line:
    return Line(TOKEN, base_url=f"{url}/bot")


async def test_messages_and_files_arrive() -> None:
    server = Server(strict=False)
    url = await server.start()
    server.add_user(ANNE)
    line = a_line(url)
    await line.greet()
    await line.post(ANNE, "é & <")
    await files.give_document(line, ANNE, b"contenu", filename="reçu.txt", caption="voilà")
    (document,) = server.files
    fetched = await files.fetch(line, document, 100)
    too_heavy = await files.fetch(line, document, 3)
    await line.close()
    await server.stop()

    text, shown = server.chats[ANNE].events
    assert text.text == "é & <"
    assert (shown.data["document"]["file_name"], shown.text) == ("reçu.txt", "voilà")
    assert (fetched, too_heavy) == (b"contenu", b"")
    assert line.username == server.username


async def test_a_photo_that_is_not_taken_as_one_goes_as_a_document() -> None:
    server = Server(strict=False)
    url = await server.start()
    server.add_user(ANNE)
    line = a_line(url)
    said = "Bad Request: PHOTO_INVALID_DIMENSIONS"
    server.faults.append({"method": "sendPhoto", "error": 400, "description": said, "left": 1})
    piece = Attachment(number=1, name="carte.png", type=FileType.PNG, size=7)
    await files.give(line, ANNE, piece, b"contenu")
    await line.close()
    await server.stop()

    assert [one.data["document"]["file_name"] for one in server.chats[ANNE].events] == ["carte.png"]


@pytest.mark.parametrize("error", ["drop", 404, 500])
@pytest.mark.parametrize("by_library", [False, True])
async def test_no_error_tells_the_token(error: int | str, by_library: bool) -> None:
    server = Server(strict=False)
    url = await server.start()
    line = a_line(url)
    for method in ("getMe", "getFile"):
        server.faults.append({"method": method, "error": error, "left": 1})
    with pytest.raises(LineError) as caught:
        await (files.fetch(line, "x", 1) if by_library else line.call("getMe"))
    await line.close()
    await server.stop()

    assert TOKEN not in repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_a_server_that_is_not_there_is_no_answer() -> None:
    line = a_line("http://127.0.0.1:9")
    with pytest.raises(NoAnswerError):
        await line.greet()
    await line.close()
    with pytest.raises(NoAnswerError, match="closed"):
        await line.greet()


async def test_a_chat_is_named_in_text() -> None:
    """The API takes a number too; some servers beside the official one do not."""
    said = []

    class Paper:
        async def ask(self, path: str, body: Body | None, patience: float = 0) -> Answer:
            said.append(json.loads(body.content))
            return 200, b'{"ok": true, "result": {"message_id": 5}}'

        async def close(self) -> None:
            return

    line = Line(TOKEN, base_url="http://127.0.0.1:9/bot", transport=Paper())

    assert await line.post(-1001, "bonjour", message_thread_id=7) == 5
    assert said == [{"chat_id": "-1001", "text": "bonjour", "message_thread_id": 7}]


async def test_too_many_requests_say_how_long_to_wait() -> None:
    server = Server(strict=False)
    url = await server.start()
    line = a_line(url)
    server.faults.append({"method": "getMe", "error": 429, "retry_after": 7, "left": 1})
    with pytest.raises(SlowDownError) as caught:
        await line.greet()
    await line.close()
    await server.stop()

    assert caught.value.after == timedelta(seconds=7)


class Proxy:
    """Somebody between us and Telegram, who always says the same."""

    def __init__(self, result: object) -> None:
        self._content = json.dumps({"ok": True, "result": result}).encode()

    async def close(self) -> None: ...

    async def ask(self, path: str, body: Body | None, patience: float = 0) -> Answer:
        return 200, self._content


@pytest.mark.parametrize("result", [True, {}, ["x"], [{"update_id": "1"}], [{"message": {}}]])
async def test_what_are_no_updates_and_no_bot_are_not_taken_for_any(result: object) -> None:
    line = Line(TOKEN, base_url="http://x/bot", transport=Proxy(result))
    with pytest.raises(NoAnswerError):
        await line.fetch_updates(None, limit=1, wait=0, allowed=())
    with pytest.raises(NoAnswerError):
        await line.greet()


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (400, b'{"ok": false, "description": "Bad Request: chat not found"}', RefusedError),
        (400, b'{"ok": false, "parameters": {"migrate_to_chat_id": -100}}', MovedError),
        (401, b'{"ok": false}', TokenError),
        (403, b'{"ok": false}', ForbiddenError),
        (404, b"", TokenError),
        (409, b'{"ok": false}', ConflictError),
        (429, b"<html>", SlowDownError),
        (429, b'{"parameters": {"retry_after": "soon"}}', SlowDownError),
        (302, b"", BrokenError),
        (502, b"<html>", BrokenError),
        (200, b'{"ok": true}', NoAnswerError),
    ],
)
def test_what_answers_mean(status: int, content: bytes, error: type[LineError]) -> None:
    with pytest.raises(LineError) as caught:
        read_answer(status, content)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "body", [b"<html>mon NIR</html>", b'"mon NIR"', b'{"error": "mon NIR"}', b"\xff", b"[" * 9999]
)
@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_is_not_telegrams_is_not_quoted(status: int, body: bytes) -> None:
    with pytest.raises(LineError) as caught:
        read_answer(status, body)
    assert "NIR" not in str(caught.value)


def test_a_refusal_says_why_without_what_is_always_said() -> None:
    with pytest.raises(RefusedError) as caught:
        read_answer(400, b'{"ok": false, "description": "Bad Request: chat not found"}')
    assert caught.value.message == "chat not found"


def test_a_desk_that_only_talks_loads_no_client_that_it_does_not_use() -> None:
    asked = "import sys, bot.channels.telegram.run; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert not {"telegram", "httpx", "aiohttp"} & set(done.stdout.split())
