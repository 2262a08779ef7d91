"""Behind the proxy of a public body: every call of a connector goes through it, but where not."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.connectors.http import HttpClient, PrivateAddressError, read_failure
from bot.domain.delivery import RetryLater

OUTSIDE = "http://tickets.exemple.invalid/in"


class Proxy:
    """An HTTP proxy on loopback: it notes what it is asked, and answers for the other side."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = "200 OK"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.splitlines()[0])
        writer.write(f"HTTP/1.1 {self.answer}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    proxy = Proxy()
    await proxy.open()
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", "dedans.exemple.invalid")
    yield proxy
    await proxy.close()


@pytest.mark.parametrize("public_only", [False, True])
async def test_what_goes_outside_goes_through_the_proxy(proxy: Proxy, public_only: bool) -> None:
    """The proxy itself stands in the private network, and resolves the name."""
    client = HttpClient(timeout=5, public_only=public_only)
    response = await client.call("POST", OUTSIDE, headers={}, body=b"{}")
    assert response.is_good
    assert proxy.asked == [f"POST {OUTSIDE} HTTP/1.1"]


async def test_an_encrypted_connection_is_tunnelled(proxy: Proxy) -> None:
    proxy.answer = "403 Forbidden"
    with pytest.raises(aiohttp.ClientHttpProxyError) as raised:
        await HttpClient(timeout=5).call("GET", OUTSIDE.replace("http", "https"), headers={})
    assert proxy.asked == ["CONNECT tickets.exemple.invalid:443 HTTP/1.1"]
    assert read_failure(raised.value, "glpi") == RetryLater("glpi.proxy")


async def test_what_no_proxy_names_is_called_directly(proxy: Proxy) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        await HttpClient(timeout=5).call("GET", "http://dedans.exemple.invalid/", headers={})
    assert proxy.asked == []


async def test_a_private_address_is_refused_behind_a_proxy_too(proxy: Proxy) -> None:
    client = HttpClient(timeout=5, public_only=True)
    with pytest.raises(PrivateAddressError):
        await client.call("GET", "http://10.0.0.1/", headers={})
    assert proxy.asked == []
