"""Where Telegram delivers: it is told where to, with a secret.

Whoever knows the secret is Telegram; it is made from the token, so that every process has the same
one and it never stands in an address.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.channels.telegram.line import Line
from bot.channels.telegram.polling import ALLOWED
from bot.settings import Settings, SettingsError

TELEGRAM = "https://api.telegram.org/"
MOST_AT_ONCE = 100  # deliveries that Telegram may have under way, over all processes


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


@dataclass(frozen=True, slots=True)
class Pointed:
    """Where Telegram delivers (empty while it waits to be asked), how much waits there, and when
    it last tried in vain."""

    url: str
    waiting: int
    failed_at: datetime | None


async def pointed_at(line: Line) -> Pointed:
    """How delivering goes, as Telegram sees it."""
    said = await line.call("getWebhookInfo")
    failed = said.get("last_error_date")
    return Pointed(
        url=str(said["url"]),
        waiting=int(said["pending_update_count"]),
        failed_at=None if failed is None else datetime.fromtimestamp(failed, UTC),
    )
