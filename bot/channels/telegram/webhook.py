"""The webhook: Telegram delivers each update over HTTP, and hears 200 only after the commit.

Telegram keeps the order of a chat: it sends the next message only once the one before was
answered. What comes in while a transaction is at work shares the next one. Any path is good:
reverse proxies may keep theirs or cut it off.
"""

import asyncio
import hmac
import json
import logging
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.channels.telegram.intake import Arrival
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.updates import RawUpdate, is_update
from bot.channels.telegram.webhook import secret_of
from bot.http_server import post_application, read_body, start_server
from bot.logs import log_failure
from bot.settings import Settings, SettingsError

log = logging.getLogger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST_BODY = 2**20  # bytes; the longest update is a small part of it
SHARE = 20  # updates that share a commit at most


class Webhook:
    """Hears deliveries until `over`; what is not committed by then is answered 503."""

    def __init__(self, taking: Receiver, secret: str, over: asyncio.Event) -> None:
        self._taking = taking
        self._secret = secret.encode()
        self._over = over
        self._waiting: deque[tuple[Arrival, asyncio.Future[bool]]] = deque()
        self._woken = asyncio.Event()

    def application(self) -> web.Application:
        return post_application("/{path:.*}", self._hear, most=MOST_BODY)

    async def run(self) -> None:
        """Take what was delivered, for ever."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._waiting:
                room = range(min(SHARE, len(self._waiting)))
                await self._take([self._waiting.popleft() for _ in room])

    async def _take(self, batch: list[tuple[Arrival, asyncio.Future[bool]]]) -> None:
        taken = False
        try:
            taken = await self._taking.take([arrival for arrival, _ in batch], self._over)
        except Exception as error:  # noqa: BLE001 -- Telegram delivers again
            log_failure(log, "webhook", error)
        for _, answer in batch:
            if not answer.done():  # who waited for it may be gone
                answer.set_result(taken)

    async def _hear(self, request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        raw = _parse(await read_body(request))
        if raw is None:
            return web.Response(status=400)
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._taking.read(raw), answer))
        self._woken.set()
        return web.Response(status=200 if await answer else 503)


def _parse(body: bytes) -> RawUpdate | None:
    """An update, or None for what Telegram would never send."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return raw if is_update(raw) else None


@asynccontextmanager
async def listening(taking: Receiver, settings: Settings) -> AsyncIterator[None]:
    """The door open, and Telegram told of it; at the end what is under way is finished."""
    over = asyncio.Event()
    secret = secret_of(settings.telegram_token.get_secret_value())
    hook = Webhook(taking, secret, over)
    runner = await _open(hook, settings)
    working = asyncio.create_task(hook.run())
    try:
        yield
    finally:
        over.set()
        await runner.cleanup()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _open(hook: Webhook, settings: Settings) -> web.AppRunner:
    host, port = settings.listen_host, settings.port
    try:
        runner, _ = await start_server(hook.application(), host, port, shared=True)
    except OSError as error:
        raise SettingsError(
            f"Le guichet ne peut pas écouter à LISTEN_HOST={host}, PORT={port} "
            f"({os.strerror(error.errno or 0)}) : choisissez une adresse de cette machine et un "
            "port libre."
        ) from None
    return runner
