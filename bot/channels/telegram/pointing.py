"""Where Telegram delivers: it is told where to, with a secret, and looked after now and then.

Whoever knows the secret is Telegram; it is made from the token, so that every process has the same
one and it never stands in an address.
"""

import asyncio
import hashlib
import hmac
import logging
from urllib.parse import urlsplit

from bot.channels.telegram.faults import LineError
from bot.channels.telegram.line import Line
from bot.channels.telegram.polling import ALLOWED
from bot.settings import Settings, SettingsError

log = logging.getLogger(__name__)

TELEGRAM = "https://api.telegram.org/"
MOST_AT_ONCE = 100  # deliveries that Telegram may have under way, over all processes
CHECK = 60.0  # seconds between two looks at where Telegram delivers


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


async def point_here(line: Line, settings: Settings) -> None:
    """Tell Telegram where to deliver."""
    await line.call(
        "setWebhook",
        url=settings.webhook_url,
        secret_token=secret_of(settings.telegram_token.get_secret_value()),
        allowed_updates=ALLOWED,
        max_connections=MOST_AT_ONCE,
    )


async def pointed_at(line: Line) -> str:
    """Where Telegram delivers; empty while it waits to be asked."""
    return str((await line.call("getWebhookInfo"))["url"])


async def keep_pointed(line: Line, settings: Settings, *, every: float = CHECK) -> None:
    """Look now and then whether Telegram still delivers here, for ever."""
    while True:
        await asyncio.sleep(every)
        try:
            if await pointed_at(line) != settings.webhook_url:
                log.warning("Telegram delivered elsewhere; it is told again where to")
                await point_here(line, settings)
        except LineError as error:
            log.warning("the webhook could not be looked at (%s)", type(error).__name__)
