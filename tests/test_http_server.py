"""Every way in lets go of who never ends a head, and serves the others meanwhile."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from bot.connectors.http import PrivateAddressError, refuse_private
from bot.http_server import post_application, start_server

HALF_HEADS = 300


async def answered(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="bien")


async def test_half_heads_are_let_go_and_hold_up_nobody() -> None:
    application = post_application("/in", answered, most=1000)
    runner, port = await start_server(application, "127.0.0.1", 0, head_patience=1.0)
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
