"""A wire: one connection over which HTTP/1.1 is spoken, one request at a time.

httptools (the parser of Node.js) reads the answers; here is only who writes, waits and hangs up.
A session of aiohttp takes .2 ms of processor time for a call, this .08; there are 1.6 calls to an
action.
"""

import asyncio
from typing import cast

import httptools

Answer = tuple[int, bytes]
"""Status and body."""

HEAVIEST = 2**25  # bytes; Telegram gives out files of 20 MB
FRAMES = (b"content-length", b"transfer-encoding")


class Wire(asyncio.Protocol):
    """Speaks until `is_open` is False."""

    def __init__(self) -> None:
        self.is_open = False
        self.rested_at = 0.0
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: asyncio.Future[Answer] | None = None
        self._parts: list[bytes] = []
        self._weight = 0
        self._is_framed = self._ends_with_wire = False

    async def ask(self, request: bytes) -> Answer:
        """Say something whole, and hear the whole answer.

        Raises:
            ConnectionError: the wire broke, or what came over it is no answer.
        """
        self._waiting = asyncio.get_running_loop().create_future()
        self._parts, self._weight = [], 0
        self._transport.write(request)
        return await self._waiting

    def hang_up(self) -> None:
        """Whatever is under way is given up."""
        if self.is_open:
            self.is_open = False
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.is_open = cast("asyncio.Transport", transport), True

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._break()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._ends_with_wire and exc is None:
            self._give()
        self._break()

    def on_message_begin(self) -> None:
        if self._waiting is None:
            raise ConnectionResetError("nobody asked")
        self._is_framed = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self._is_framed = self._is_framed or name.lower() in FRAMES

    def on_headers_complete(self) -> None:
        """Unless its head says where it ends, an answer ends with the wire."""
        self._ends_with_wire = not self._is_framed

    def on_body(self, part: bytes) -> None:
        self._weight += len(part)
        if self._weight > HEAVIEST:
            raise ConnectionAbortedError("too heavy")
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self._ends_with_wire = False
        if self._parser.get_status_code() >= 200:  # what is below announces the answer
            keeps = self._parser.should_keep_alive()
            self._give()
            if not keeps:
                self.hang_up()

    def _give(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result((self._parser.get_status_code(), b"".join(self._parts)))

    def _break(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(ConnectionResetError("no whole answer"))
        self.hang_up()
