"""A proxy on the way out: a tunnel is asked for, and the proxy reads nothing of what follows."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from channels.telegram.test_wire import LENGTH, SAID, Other
from pydantic import ValidationError
from support.certificates import server_context, write_certificate

from bot.channels.telegram import transport as room
from bot.channels.telegram.bot_client import NoAnswerError
from bot.channels.telegram.proxy import Proxy
from bot.channels.telegram.transport import Transport
from bot.settings import Settings

GRANTED = b"HTTP/1.1 200 Connection established\r\nProxy-Agent: exemple\r\n\r\n"
UNKNOWN = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
PATH = "/bot1:SECRET/getMe"


class Gate:
    """A proxy that says `answer`, and carries bytes both ways once that was a yes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.carried = b""
        self.address = ""

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head)
        host, _, port = head.split()[1].decode().partition(":")
        for one in self.answer:  # in as many pieces as a network may make of it
            writer.write(bytes([one]))
            await writer.drain()
        if self.answer == GRANTED:
            beyond, forth = await asyncio.open_connection(host, int(port))
            await asyncio.gather(self._carry(reader, forth), self._carry(beyond, writer))
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(2**16):
                self.carried += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def a_gate(answer: bytes) -> AsyncIterator[Gate]:
    gate = Gate(answer)
    server = await asyncio.start_server(gate.speak, "127.0.0.1", 0)
    gate.address = f"http://agent:p%40sse@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield gate
    server.close()


async def through(gate: Gate, other: Other, context: ssl.SSLContext | None = None) -> Transport:
    """What is said to the other end through the gate."""
    straight = await other.start(context)
    await straight.close()
    scheme, host = ("https", "localhost") if context else ("http", "127.0.0.1")
    port = other.server.sockets[0].getsockname()[1]
    return Transport(f"{scheme}://{host}:{port}/bot", proxy=Proxy.at(gate.address))


async def test_one_tunnel_carries_many_calls() -> None:
    other = Other(LENGTH, LENGTH)
    async with a_gate(GRANTED) as gate:
        transport = await through(gate, other)
        heard = [await transport.ask(PATH, SAID) for _ in range(2)]
        await other.stop(transport)

    assert heard == [(200, b"oui.")] * 2
    (asked,) = gate.asked
    assert asked.startswith(b"CONNECT 127.0.0.1:")
    assert b"Proxy-Authorization: Basic YWdlbnQ6cEBzc2U=\r\n" in asked  # agent:p@sse


@pytest.mark.parametrize("is_known", [True, False])
async def test_the_proxy_reads_nothing_and_cannot_stand_in(tmp_path: Path, is_known: bool) -> None:
    certificate = write_certificate(tmp_path)
    other = Other(LENGTH)
    async with a_gate(GRANTED) as gate:
        transport = await through(gate, other, server_context(certificate))
        if is_known:
            transport._context = ssl.create_default_context(cafile=certificate)
            assert await transport.ask(PATH, SAID) == (200, b"oui.")
            assert other.heard[0].startswith(b"POST /bot1:SECRET/getMe")
        else:
            with pytest.raises(NoAnswerError, match="SSLCertVerificationError"):
                await transport.ask(PATH, SAID)
        await other.stop(transport)

    assert b"SECRET" not in b"".join((*gate.asked, gate.carried))


@pytest.mark.parametrize("answer", [UNKNOWN, b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"x" * 70_000])
async def test_a_proxy_that_lets_nobody_through(answer: bytes) -> None:
    other = Other()
    async with a_gate(answer) as gate:
        transport = await through(gate, other)
        with pytest.raises(NoAnswerError, match="ProxyRefusedError"):
            await transport.ask(PATH, SAID)
        await other.stop(transport)

    assert other.connections == 0


async def test_a_proxy_that_says_nothing_is_waited_for_as_long_as_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "CONNECT_TIMEOUT", 0.05)

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    left = asyncio.Event()
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    transport = Transport("https://telegram.invalid/bot", proxy=Proxy.at(address))
    with pytest.raises(NoAnswerError, match="TimeoutError"):
        await transport.ask(PATH, SAID)
    await left.wait()  # and it is hung up on
    silent.close()


@pytest.mark.parametrize(
    "address", ["proxy:3128", "https://proxy:3128", "http://proxy", "socks5://x:1"]
)
def test_an_address_that_is_none_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(ValidationError, match="http://machine:port"):
        Settings(_env_file=None, telegram_proxy=address)


def test_without_an_address_there_is_no_proxy() -> None:
    assert Proxy.at("") is None
