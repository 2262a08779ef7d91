"""The wire: answers of any shape that HTTP/1.1 allows, and what becomes of the others."""

import asyncio
import ssl
from pathlib import Path

import pytest
from support.certificates import server_context, write_certificate

from bot.channels.telegram import wire
from bot.channels.telegram.bot_client import NoAnswerError
from bot.channels.telegram.transport import Body, Transport

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\noui."
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nou\r\n2\r\ni.\r\n0\r\n\r\n"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\n\r\noui."
ANNOUNCED = b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\noui."
SAID = Body(b"{}")


class Other:
    """The other end: answers each request with the next of `answers`, then hangs up if asked to."""

    def __init__(self, *answers: bytes, hangs_up: bool = False, pieces: int = 10_000) -> None:
        self.answers = list(answers)
        self.hangs_up = hangs_up
        self.pieces = pieces
        self.heard: list[bytes] = []
        self.connections = 0
        self.server: asyncio.Server

    async def start(self, context: ssl.SSLContext | None = None) -> Transport:
        self.server = await asyncio.start_server(self._speak, "127.0.0.1", 0, ssl=context)
        port = self.server.sockets[0].getsockname()[1]
        scheme, host = ("https", "localhost") if context else ("http", "127.0.0.1")
        return Transport(f"{scheme}://{host}:{port}/bot")

    async def stop(self, transport: Transport) -> None:
        await transport.close()
        self.server.close()
        await self.server.wait_closed()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heard.append(head + await reader.read(2) if b"POST" in head else head)
                answer = self.answers.pop(0)
                for place in range(0, len(answer), self.pieces):
                    writer.write(answer[place : place + self.pieces])
                    await writer.drain()
                    await asyncio.sleep(0)
                if self.hangs_up:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.mark.parametrize("pieces", [1, 10_000])
@pytest.mark.parametrize("answer", [LENGTH, CHUNKED, ANNOUNCED])
async def test_whole_answers_and_one_connection_for_all(answer: bytes, pieces: int) -> None:
    other = Other(answer, LENGTH, answer, pieces=pieces)
    transport = await other.start()
    heard = [await transport.ask("/bot1:A/getMe", SAID) for _ in range(3)]
    await other.stop(transport)

    assert heard == [(200, b"oui.")] * 3
    assert other.connections == 1
    assert other.heard[0].startswith(b"POST /bot1:A/getMe HTTP/1.1\r\nHost: 127.0.0.1:")
    assert other.heard[0].endswith(b"\r\n\r\n{}")


async def test_an_answer_that_ends_with_the_connection() -> None:
    other = Other(UNTIL_THE_END, UNTIL_THE_END, hangs_up=True)
    transport = await other.start()
    heard = [await transport.ask("/x", None) for _ in range(2)]
    await other.stop(transport)

    assert heard == [(200, b"oui.")] * 2
    assert other.heard[0].startswith(b"GET /x ")


@pytest.mark.parametrize("first", [LAST, LENGTH + b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
async def test_who_hangs_up_or_speaks_unasked_is_called_anew(first: bytes) -> None:
    other = Other(first, LENGTH)
    transport = await other.start()
    heard = [await transport.ask("/x", SAID) for _ in range(2)]
    await other.stop(transport)

    assert heard == [(200, b"oui.")] * 2
    assert other.connections == 2


@pytest.mark.parametrize(
    "answer", [b"", LENGTH[:-1], CHUNKED[:-9], b"\x00\xff\r\n\r\n", b"HTTP/1.1 101 X\r\n\r\n"]
)
async def test_what_is_no_whole_answer_is_none(answer: bytes) -> None:
    other = Other(answer, hangs_up=True)
    transport = await other.start()
    with pytest.raises(NoAnswerError):
        await transport.ask("/x", SAID)
    await other.stop(transport)


async def test_an_answer_that_is_too_heavy_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAVIEST", 3)
    other = Other(LENGTH)
    transport = await other.start()
    with pytest.raises(NoAnswerError):
        await transport.ask("/x", SAID)
    await other.stop(transport)


async def test_who_waits_no_longer_leaves_no_answer_to_the_next() -> None:
    other = Other(LENGTH[:-1], LENGTH)
    transport = await other.start()
    with pytest.raises(NoAnswerError, match="TimeoutError"):
        await transport.ask("/x", SAID, patience=0.01)
    assert await transport.ask("/x", SAID) == (200, b"oui.")
    await other.stop(transport)

    assert other.connections == 2


async def test_many_calls_share_a_few_connections() -> None:
    other = Other(*[LENGTH] * 9)
    transport = await other.start()
    transport._room = asyncio.Semaphore(3)
    heard = await asyncio.gather(*(transport.ask("/x", SAID) for _ in range(9)))
    await other.stop(transport)

    assert heard == [(200, b"oui.")] * 9
    assert other.connections == 3


async def test_an_address_with_odd_characters_stays_one_line() -> None:
    other = Other(LENGTH)
    transport = await other.start()
    await transport.ask("/file/é\r\nHost: elsewhere", None)
    await other.stop(transport)

    assert other.heard[0].startswith(b"GET /file/%C3%A9%0D%0AHost:%20elsewhere HTTP/1.1\r\n")


@pytest.mark.parametrize("is_known", [True, False])
async def test_tls_and_only_with_who_can_prove_who_they_are(tmp_path: Path, is_known: bool) -> None:
    certificate = write_certificate(tmp_path)
    other = Other(LENGTH)
    transport = await other.start(server_context(certificate))
    if is_known:
        transport._context = ssl.create_default_context(cafile=certificate)
        assert await transport.ask("/x", SAID) == (200, b"oui.")
    else:
        with pytest.raises(NoAnswerError, match="SSLCertVerificationError"):
            await transport.ask("/x", SAID)
    await other.stop(transport)
