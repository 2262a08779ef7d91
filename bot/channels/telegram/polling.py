"""Long polling: asks Telegram for updates, and acknowledges them by asking for what comes after.

The offset asked for is the committed one. Nothing that goes wrong ends the loop: Telegram out of
reach, another process that polls, a database that is busy, an update that cannot be taken. Of
several processes only the one that holds the lease polls.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.channels.telegram.absence import Absence
from bot.channels.telegram.bot_client import ConflictError, LineError, SlowDownError
from bot.channels.telegram.receiver import LONGEST_REST, Receiver, pause
from bot.channels.telegram.updates import RawUpdate
from bot.domain.delivery import delay_before

log = logging.getLogger(__name__)

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")
LIMIT = 100
CATCHING_UP = timedelta(minutes=2)
"""How long answers wait at most while a backlog is taken, so that the newest go first."""
TIMEOUT = 30  # seconds that Telegram may wait for something to tell


class Polling:
    """Keeps asking until `over` is set; the batch at hand is finished."""

    def __init__(
        self, taking: Receiver, over: asyncio.Event, absence: Absence | None = None
    ) -> None:
        self._taking = taking
        self._absence = absence
        self._over = over
        self._offset: int | None = None
        self._up_to_date = False
        self._failures = 0

    async def run(self) -> None:
        """Ask and take."""
        taking = self._taking
        self._offset = await taking.clerk.do(taking.intake.offset)
        releasing = asyncio.create_task(taking.release_held(lambda: self._up_to_date))
        try:
            while not self._over.is_set():
                updates = await self._ask()
                if updates:
                    await taking.take(
                        [taking.read(raw) for raw in updates],
                        self._over,
                        polled=True,
                        patience=CATCHING_UP,
                    )
                    self._offset = int(updates[-1]["update_id"]) + 1
                if self._up_to_date and not self._failures:
                    await taking.catch_up()
                if self._absence is not None and self._up_to_date and not self._failures:
                    await self._absence.make_up(self._over)
        finally:
            releasing.cancel()

    async def _ask(self) -> Sequence[RawUpdate]:
        """The next updates; the first time without waiting for any."""
        try:
            updates = await self._fetch()
        except LineError as error:
            await self._rest(error)
            return ()
        self._failures = 0
        if self._absence is not None and not self._over.is_set():
            await self._absence.heard()
        self._up_to_date = len(updates) < LIMIT
        return updates

    async def _fetch(self) -> Sequence[RawUpdate]:
        wait = TIMEOUT if self._up_to_date else 0
        asked = self._taking.line.fetch_updates(
            self._offset, limit=LIMIT, wait=wait, allowed=ALLOWED
        )
        asking, ending = asyncio.create_task(asked), asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait({asking, ending}, return_when=asyncio.FIRST_COMPLETED)
            return asking.result() if asking.done() else ()
        finally:
            asking.cancel()
            ending.cancel()

    async def _rest(self, error: LineError) -> None:
        """Wait trouble out; one line in the log until it is over."""
        self._failures += 1
        if self._failures == 1:
            cause = (
                "another process is polling" if isinstance(error, ConflictError) else "no updates"
            )
            log.warning("%s (%s), waiting", cause, type(error).__name__)
        wait = delay_before(self._failures + 1)
        if isinstance(error, SlowDownError):
            wait = max(wait, error.after)
        await pause(self._over, min(wait.total_seconds(), LONGEST_REST))
