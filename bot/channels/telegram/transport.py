"""The way to Telegram: connections that are kept open, and what is said over them.

The token is part of every address: no error from below may pass, for its text could quote one.
"""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from bot.channels.telegram.bot_client import NoAnswerError, UnreachedError
from bot.channels.telegram.proxy import Proxy
from bot.channels.telegram.wire import Answer, Wire
from bot.monitoring.health import ConnectionStatus

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 10.0
BROKEN = 500  # and above: who answers is not Telegram, or not well
KEPT = 15.0  # seconds that a wire is kept without a call: who is at the other end has a limit too
CONNECTIONS = 100
SECOND_ADDRESS = 0.25  # seconds until the next address of a name is tried beside the first
IN_ADDRESSES = "/:@!$&'()*+,;=-._~%?"


@dataclass(frozen=True, slots=True)
class Body:
    """What goes along with a request."""

    content: bytes
    kind: str = "application/json"


class Carrier(Protocol):
    """Brings a request to Telegram: to be used in place of a `Transport`."""

    async def ask(self, path: str, body: Body | None, patience: float = READ_TIMEOUT) -> Answer:
        """Status and body of the answer; without a body a file is fetched."""

    async def close(self) -> None:
        """Nothing more is asked."""


class Transport:
    """The connections to one server, made when there are none to use again."""

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        pulse: ConnectionStatus | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        where = urlsplit(url)
        self._host, self._is_tls = where.hostname or "", where.scheme == "https"
        self._port = where.port or (443 if self._is_tls else 80)
        self._named = where.netloc.rpartition("@")[2]
        self._pulse = pulse or ConnectionStatus()
        self._proxy = proxy
        self._room = asyncio.Semaphore(connections)
        self._resting: deque[Wire] = deque()
        self._context: ssl.SSLContext | None = None
        self._is_closed = False

    async def close(self) -> None:
        self._is_closed = True
        while self._resting:
            self._resting.pop().hang_up()

    async def ask(self, path: str, body: Body | None, patience: float = READ_TIMEOUT) -> Answer:
        """Status and body of the answer, which may take `patience` seconds.

        Raises:
            NoAnswerError: there was none.
        """
        if self._is_closed:
            raise UnreachedError("closed")
        try:
            async with self._room:
                status, content = await self._exchange(self._request(path, body), patience)
        except UnreachedError:
            self._pulse.missed()
            raise
        except (OSError, ValueError) as error:  # a timeout is among them
            self._pulse.missed()
            raise NoAnswerError(type(error).__name__) from None
        if status < BROKEN:
            self._pulse.answered()
        else:
            self._pulse.missed()
        return status, content

    async def _exchange(self, request: bytes, patience: float) -> Answer:
        wire = self._rested() or await self._connect()
        try:
            async with asyncio.timeout(patience):
                answer = await wire.ask(request)
        except BaseException:  # who no longer waits may not find the answer over the next call
            wire.hang_up()
            raise
        if wire.is_open and not self._is_closed:
            wire.rested_at = asyncio.get_running_loop().time()
            self._resting.append(wire)
        else:
            wire.hang_up()
        return answer

    def _rested(self) -> Wire | None:
        """The connection that was used last; those that nobody needed for long are closed."""
        overdue = asyncio.get_running_loop().time() - KEPT
        while self._resting and self._resting[0].rested_at < overdue:
            self._resting.popleft().hang_up()
        while self._resting:
            wire = self._resting.pop()
            if wire.is_open:
                return wire
        return None

    async def _connect(self) -> Wire:
        if self._is_tls and self._context is None:
            self._context = ssl.create_default_context()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                wire = await (self._through(self._proxy) if self._proxy else self._straight())
        except (OSError, ValueError) as error:  # a timeout and an odd certificate are among them
            raise UnreachedError(type(error).__name__) from None
        return wire

    async def _straight(self) -> Wire:
        _, wire = await asyncio.get_running_loop().create_connection(
            Wire,
            self._host,
            self._port,
            ssl=self._context,
            happy_eyeballs_delay=SECOND_ADDRESS,
        )
        return wire

    async def _through(self, proxy: Proxy) -> Wire:
        wire, tunnel = Wire(), await proxy.tunnel(self._host, self._port)
        if self._context is None:
            tunnel.set_protocol(wire)
            wire.connection_made(tunnel)
            return wire
        loop = asyncio.get_running_loop()
        inner = await loop.start_tls(tunnel, wire, self._context, server_hostname=self._host)
        if inner is None:  # it broke while they were greeting each other
            raise ConnectionResetError
        wire.connection_made(inner)
        return wire

    def _request(self, path: str, body: Body | None) -> bytes:
        method = "GET" if body is None else "POST"
        head = f"{method} {quote(path, IN_ADDRESSES)} HTTP/1.1\r\nHost: {self._named}\r\n"
        if body is None:
            return f"{head}\r\n".encode()
        about = f"Content-Type: {body.kind}\r\nContent-Length: {len(body.content)}\r\n\r\n"
        return f"{head}{about}".encode() + body.content
