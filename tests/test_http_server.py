"""Every way in lets go of who never ends a head, and serves the others meanwhile."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from bot.connectors.http import PrivateAddressError, refuse_private
from bot.http_server import LIMITS, Limits, post_application, public_caller, start_server

HALF_HEADS = 300


async def answered(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="bien")


async def test_half_heads_are_let_go_and_hold_up_nobody() -> None:
    application = post_application("/in", answered, most=1000)
    runner, port = await start_server(application, "127.0.0.1", 0, limits=Limits(head_patience=1.0))
    half = [await asyncio.open_connection("127.0.0.1", port) for _ in range(HALF_HEADS)]
    for _, writer in half:
        writer.write(b"POST /in HTTP/1.1\r\nHost: x\r\n")

    async with aiohttp.ClientSession() as session:
        async with session.post(f"http://127.0.0.1:{port}/in", data=b"{}") as response:
            assert await response.text() == "bien"
            assert response.headers["Server"] == "guichet"
    async with asyncio.timeout(30):
        for reader, writer in half:
            assert await reader.read() == b""  # the other side has closed
            writer.close()
    await runner.cleanup()


async def test_one_address_holds_so_many_connections_and_others_are_served() -> None:
    """Two addresses of loopback stand for two of the Internet."""
    every = Limits(callers=lambda address: address)
    application = post_application("/in", answered, most=1000)
    runner, port = await start_server(application, "127.0.0.1", 0, limits=every)

    async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))

    async def is_served(address: str) -> bool:
        reader, writer = await connect(address)
        try:
            writer.write(b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            return b"200 OK" in await reader.readline()
        except ConnectionError:
            return False
        finally:
            writer.close()

    held = [await connect("127.0.0.2") for _ in range(LIMITS.per_caller)]
    assert not await is_served("127.0.0.2")
    assert await is_served("127.0.0.3")
    for _, writer in held:
        writer.close()
    async with asyncio.timeout(30):
        while not await is_served("127.0.0.2"):  # the server learns of it in its own time
            pass
    await runner.cleanup()


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("93.184.215.14", "93.184.215.14"),
        ("::ffff:93.184.215.14", "93.184.215.14"),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2606:2800:21f:cb07::/64"),
        *((proxy, "") for proxy in ("127.0.0.1", "::1", "10.0.0.4", "172.17.0.1", "fe80::1%eth0")),
    ],
)
def test_a_proxy_is_not_counted_and_a_household_counts_once(address: str, caller: str) -> None:
    assert public_caller(address) == caller


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "192.0.0.8", "224.0.0.1", "0.0.0.0",
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_refused(host: str) -> None:
    with pytest.raises(PrivateAddressError):
        refuse_private(host)


@pytest.mark.parametrize("host", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_pass(host: str) -> None:
    refuse_private(host)
