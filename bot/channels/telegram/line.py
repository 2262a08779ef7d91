"""The line to Telegram: the library's `Bot` on our transport, and updates as they came."""

import logging
from collections.abc import Sequence
from typing import Any

from telegram import Bot
from telegram.request import BaseRequest

from bot.channels.telegram.transport import READ_TIMEOUT, Spoken, Transport
from bot.channels.telegram.updates import RawUpdate
from bot.jobs.pulse import Pulse

# The library logs what it sends and receives at debug level: never, whatever the level is here.
logging.getLogger("telegram").setLevel(logging.CRITICAL)


class Line(Bot):
    """A `Bot` whose updates are handed over unread.

    `Bot.get_updates` reads a whole batch or nothing: one update that the library cannot read would
    hold up all that come after it, and be written into the log.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str,
        base_file_url: str,
        pulse: Pulse | None = None,
        transport: BaseRequest | None = None,
    ) -> None:
        super().__init__(
            token,
            base_url=base_url,
            base_file_url=base_file_url,
            request=transport or Transport(pulse=pulse),
            get_updates_request=transport or Transport(connections=2, pulse=pulse),
        )

    async def call(self, method: str, **said: Any) -> Any:
        """Any method, for those that are called all the time: plain values in and out."""
        spoken: Any = Spoken(said)
        return await self.request.post(f"{self.base_url}/{method}", spoken)

    async def fetch_updates(
        self, offset: int | None, *, limit: int, wait: int, allowed: Sequence[str]
    ) -> list[RawUpdate]:
        """Updates from `offset` on, waiting up to `wait` seconds for the first."""
        asked = {"offset": offset, "limit": limit, "timeout": wait, "allowed_updates": allowed}
        found: list[RawUpdate] = await self._post(
            "getUpdates", asked, read_timeout=READ_TIMEOUT + wait
        )
        return found
