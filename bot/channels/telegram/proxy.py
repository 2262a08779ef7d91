"""A proxy on the way out, which is the only way out of many public networks.

A tunnel is asked for with CONNECT (RFC 9110, section 9.3.6); what is said through it is between us
and Telegram, and the proxy reads nothing of it.
"""

import asyncio
from base64 import b64encode
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

LONGEST = 2**16  # bytes; no proxy has more to say before a tunnel
END = b"\r\n\r\n"


class ProxyRefusedError(ConnectionError):
    """The proxy let nobody through."""


@dataclass(frozen=True, slots=True, repr=False)
class Proxy:
    """Where it is, and who asks."""

    host: str
    port: int
    credentials: str = ""

    @classmethod
    def at(cls, address: str) -> Self | None:
        """The one at an address like `http://name:password@host:port`; none at an empty one."""
        where = urlsplit(address)
        if not where.hostname:
            return None
        known = (
            f"{unquote(where.username)}:{unquote(where.password or '')}" if where.username else ""
        )
        return cls(where.hostname, where.port or 80, known)

    async def tunnel(self, host: str, port: int) -> asyncio.Transport:
        """A connection to `host`, on which nothing was said yet.

        Raises:
            OSError: the proxy is not there, or refuses.
        """
        loop = asyncio.get_running_loop()
        asking = _Asking(self._request(f"[{host}]" if ":" in host else host, port))
        transport, _ = await loop.create_connection(lambda: asking, self.host, self.port)
        try:
            await asking.granted
        except BaseException:
            transport.abort()
            raise
        return transport

    def _request(self, host: str, port: int) -> bytes:
        head = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        if self.credentials:
            encoded = b64encode(self.credentials.encode()).decode()
            head += f"Proxy-Authorization: Basic {encoded}\r\n"
        return f"{head}\r\n".encode()


class _Asking(asyncio.Protocol):
    """Asks for the tunnel; `granted` is done when it is there."""

    def __init__(self, request: bytes) -> None:
        self.granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, ended, _ = self._heard.partition(END)
        if self.granted.done() or not (ended or len(self._heard) > LONGEST):
            return
        if ended and head.startswith(b"HTTP/1.") and head.split(b" ", 2)[1:2] == [b"200"]:
            self.granted.set_result(None)
        else:
            self.granted.set_exception(ProxyRefusedError())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.granted.done():
            self.granted.set_exception(ProxyRefusedError())
