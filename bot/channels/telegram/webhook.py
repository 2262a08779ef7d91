"""The webhook: Telegram delivers each update over HTTP, and hears 200 only after the commit.

Telegram keeps the order of a chat: it sends the next message only once the one before was
answered. What comes in while a transaction is at work shares the next one. Any path is good:
reverse proxies may keep theirs or cut it off.

Whoever knows the secret is Telegram; it is made from the token, so that every process has the same
one and it never stands in an address.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import web
from telegram.error import TelegramError

from bot.channels.telegram.bot_client import BotClient, cause_of
from bot.channels.telegram.intake import RawUpdate, is_update
from bot.channels.telegram.receiver import ALLOWED, Receiver, pause
from bot.http_server import post_application, read_body, start_server
from bot.logs import log_failure
from bot.settings import Settings, SettingsError

log = logging.getLogger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST_BODY = 2**20  # bytes; the longest update is a small part of it
SHARE = 20  # updates that share a commit at most
TELEGRAM = "https://api.telegram.org/"
MOST_AT_ONCE = 100  # deliveries that Telegram may have under way, over all processes
LOOK_EVERY = 30.0  # seconds between two looks at where Telegram delivers


def secret_of(token: str) -> str:
    """What Telegram says with every update; only who has the token can make it."""
    return hmac.new(token.encode(), b"guichet webhook", hashlib.sha256).hexdigest()


def check_address(settings: Settings) -> None:
    """Raises SettingsError for an address that Telegram would refuse."""
    address = urlsplit(settings.webhook_url)
    public = settings.telegram_base_url.startswith(TELEGRAM)
    allowed = ("https",) if public else ("https", "http")
    if address.scheme not in allowed or not address.hostname:
        raise SettingsError(
            "Le réglage WEBHOOK_URL doit être l'adresse publique du guichet, en https "
            "(par exemple https://guichet.exemple.fr/telegram) : corrigez-le, ou videz-le pour que "
            "le guichet demande lui-même ses messages à Telegram."
        )


async def point_here(bot: BotClient, settings: Settings) -> None:
    """Tell Telegram where to deliver."""
    await bot.set_webhook(
        settings.webhook_url,
        secret_token=secret_of(settings.telegram_token.get_secret_value()),
        allowed_updates=ALLOWED,
        max_connections=MOST_AT_ONCE,
    )


async def keep_pointed(bot: BotClient, settings: Settings, over: asyncio.Event) -> None:
    """Where somebody else told Telegram to deliver elsewhere, it is told again."""
    while not over.is_set():
        try:
            if (await bot.get_webhook_info()).url != settings.webhook_url:
                log.warning("Telegram livrait à une autre adresse : WEBHOOK_URL lui est redonnée")
                await point_here(bot, settings)
        except TelegramError as error:
            log.warning("l'adresse de livraison n'a pas pu être vérifiée (%s)", cause_of(error))
        await pause(over, LOOK_EVERY)


class Webhook:
    """Hears deliveries until `over`; what is not committed by then is answered 503."""

    def __init__(self, receiver: Receiver, secret: str, over: asyncio.Event) -> None:
        self._receiver = receiver
        self._secret = secret.encode()
        self._over = over
        self._waiting: deque[tuple[RawUpdate, asyncio.Future[bool]]] = deque()
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

    async def _take(self, batch: list[tuple[RawUpdate, asyncio.Future[bool]]]) -> None:
        taken = False
        try:
            taken = await self._receiver.receive([raw for raw, _ in batch], self._over)
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
        self._receiver.answer_presses([raw])
        self._waiting.append((raw, answer))
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
async def listening(receiver: Receiver, settings: Settings) -> AsyncIterator[None]:
    """The door open, and Telegram told of it; at the end what is under way is finished."""
    over = asyncio.Event()
    secret = secret_of(settings.telegram_token.get_secret_value())
    hook = Webhook(receiver, secret, over)
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
