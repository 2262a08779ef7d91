"""The lookout: with a webhook nobody asks Telegram for updates, so it is asked how delivering goes.

Telegram tells where it delivers, when it last failed to, and how much waits there. A look is good
where it delivers here and nothing has failed that no delivery followed: people were heard until
now. What lies between two good looks that are far apart, whichever side was away (the desk, the
proxy before it, Telegram itself), is an absence as long polling knows it (`absence.py`).
"""

import asyncio
import logging

from bot.channels.telegram.absence import HEARD, Absence
from bot.channels.telegram.bot_client import LineError
from bot.channels.telegram.intake import CHANNEL
from bot.channels.telegram.line import Line
from bot.channels.telegram.receiver import pause
from bot.channels.telegram.webhook import Pointed, point_here, pointed_at
from bot.logs import log_failure
from bot.settings import Settings
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database

log = logging.getLogger(__name__)

EVERY = 30.0  # seconds between two looks
CATCHING_UP = 2.0  # the same after an absence, until nothing waits at Telegram any more
MOST_LOOKS = 150  # where more keeps coming than is taken, nobody waits longer for their question


class Lookout:
    """Keeps the webhook where it belongs, and notices when nothing came through it."""

    def __init__(
        self,
        line: Line,
        clerk: DatabaseThread,
        settings: Settings,
        absence: Absence,
        every: float = EVERY,
    ) -> None:
        self._line = line
        self._clerk = clerk
        self._settings = settings
        self._absence = absence
        self._every = every
        self._looks_since = 0

    async def keep_looking(self, over: asyncio.Event) -> None:
        """Look until `over` is set."""
        while not over.is_set():
            try:
                await self.look(over)
            except LineError as error:
                log.warning("the webhook could not be looked at (%s)", type(error).__name__)
            except Exception as error:  # noqa: BLE001 -- the database may be back in a moment
                log_failure(log, "lookout", error)
            await pause(over, CATCHING_UP if self._absence.is_noticed else self._every)

    async def look(self, over: asyncio.Event) -> None:
        """One look, and what follows from it."""
        now = await pointed_at(self._line)
        if now.url != self._settings.webhook_url:
            log.warning("Telegram delivered elsewhere; it is told again where to")
            await point_here(self._line, self._settings)
            return
        if await self._clerk.record(_is_good, now):
            await self._absence.heard()
        self._looks_since = self._looks_since + 1 if self._absence.is_noticed else 0
        is_taken = now.waiting == 0 or self._looks_since > MOST_LOOKS
        if self._absence.is_noticed and is_taken:
            await self._absence.make_up(over)


def _is_good(db: Database, now: Pointed) -> bool:
    """Whether nothing stands between people and the desk, as far as Telegram can tell."""
    failed, heard = now.failed_at, db.condition.last_done(HEARD)
    if failed is None or (heard is not None and failed <= heard):
        return True
    received = db.inbox.last_received(CHANNEL)
    came_again = received is not None and received > failed
    return came_again or now.waiting == 0  # or what failed has died
