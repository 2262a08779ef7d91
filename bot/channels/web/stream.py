"""Later replies: pages that are open get what comes behind their last line, as server-sent events.

Many processes may write: each looks once a second, in one query, for lines that its open pages have
not shown yet, and at once when the sender has carried one. What a page's own form is answered is on
the page by then, and is not shown twice.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web

from bot.channels.web.conversation import WebConversations
from bot.clock import Clock
from bot.logs import log_failure
from bot.storage.store import DatabaseThread

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0  # seconds
BEAT_EVERY: Final = 20.0  # seconds; proxies end what is silent for longer
PER_NETWORK: Final = 30  # streams

Render = Callable[[str, int, str], Awaitable[tuple[str, int]]]
"""An address, its page's last line and the browser's secret to what is new, and the new last."""


@dataclass(eq=False, slots=True)
class _Stream:
    address: str
    seen: int
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Streams:
    """The open pages of this process; lives in the event loop."""

    def __init__(
        self,
        conversations: WebConversations,
        db_thread: DatabaseThread,
        render: Render,
        clock: Clock,
    ) -> None:
        self._conversations = conversations
        self._db_thread = db_thread
        self._render = render
        self._clock = clock
        self._open: set[_Stream] = set()
        self._networks: Counter[str] = Counter()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was written for a page: it is looked for at once."""
        self._woken.set()

    def admits(self, network: str) -> bool:
        return not network or self._networks[network] < PER_NETWORK

    async def run(self, over: asyncio.Event) -> None:
        """Looks for new lines until `over`; then every page is let go."""
        while not over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._woken.wait()
            self._woken.clear()
            if self._open:
                try:
                    await self._look()
                except Exception as error:  # noqa: BLE001 -- the database may be back in a moment
                    log_failure(log, "web streams", error)
        for stream in self._open:
            stream.seen = -1
            stream.woken.set()

    async def _look(self) -> None:
        addresses = sorted({one.address for one in self._open})
        newest = await self._db_thread.do(self._conversations.newest, addresses)
        for stream in self._open:
            if newest.get(stream.address, 0) > stream.seen:
                stream.woken.set()

    async def serve(
        self, request: web.Request, address: str, seen: int, secret: str, network: str
    ) -> web.StreamResponse:
        """Writes what is new to one page until the browser goes."""
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: "text/event-stream",
                hdrs.CACHE_CONTROL: "no-store",
                "X-Accel-Buffering": "no",
                "X-Content-Type-Options": "nosniff",
            }
        )
        await response.prepare(request)
        stream = _Stream(address, seen)
        self._open.add(stream)
        self._networks[network] += 1
        try:
            await response.write(b": bonjour\n\n")
            while stream.seen >= 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_EVERY):
                        await stream.woken.wait()
                if stream.seen < 0:
                    break
                if not stream.woken.is_set():
                    await response.write(b": .\n\n")
                    continue
                stream.woken.clear()
                content, last = await self._render(address, stream.seen, secret)
                if last:
                    stream.seen = last
                    await response.write(_event(last, content))
        except (ConnectionError, asyncio.CancelledError):
            pass  # the page was closed
        finally:
            self._open.discard(stream)
            self._networks -= Counter((network,))
        return response


def _event(number: int, content: str) -> bytes:
    data = "".join(f"data: {line}\n" for line in content.splitlines())
    return f"id: {number}\nevent: suite\n{data}\n".encode()
