"""Long polling: asks Telegram for updates, and acknowledges them by asking for what comes after.

The offset asked for is the committed one. Nothing that goes wrong ends the loop: Telegram out of
reach, another process that polls, a database that is busy, an update that cannot be taken, things
that are no update at all. Of several processes only the one that holds the lease polls.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from telegram.error import Conflict, RetryAfter, TelegramError

from bot.channels.telegram.intake import is_update
from bot.channels.telegram.receiver import LONGEST_REST, Receiver, pause
from bot.domain.delivery import delay_before
from bot.logs import log_failure

log = logging.getLogger(__name__)

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")
LIMIT = 100
TIMEOUT = 30  # seconds that Telegram may wait for something to tell
ODD_REST = 5.0  # seconds, where nothing but things that are no updates comes


class Polling:
    """Keeps asking until `over` is set; the batch at hand is finished."""

    def __init__(self, receiver: Receiver, over: asyncio.Event) -> None:
        self._receiver = receiver
        self._over = over
        self._offset: int | None = None
        self._up_to_date = False
        self._failures = 0

    async def run(self) -> None:
        """Ask and take."""
        receiver = self._receiver
        self._offset = await receiver.clerk.do(receiver.intake.offset)
        releasing = asyncio.create_task(receiver.release_held(lambda: self._up_to_date))
        try:
            while not self._over.is_set():
                found = await self._ask()
                if found:
                    await self._take(found)
        finally:
            releasing.cancel()

    async def _take(self, found: Sequence[object]) -> None:
        """Take the updates; what is none is kept aside, and asked for once more like the others."""
        updates = [one for one in found if is_update(one)]
        if len(updates) < len(found):
            await self._receiver.keep_odd([one for one in found if not is_update(one)])
        if not updates:
            await pause(self._over, ODD_REST)  # what has no number cannot be acknowledged
            return
        self._receiver.answer_presses(updates)
        if await self._receiver.receive(updates, self._over, polled=True):
            self._offset = max(one["update_id"] for one in updates) + 1

    async def _ask(self) -> Sequence[object]:
        """The next updates; the first time without waiting for any."""
        try:
            found = await self._fetch()
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is asked again
            await self._rest(error)
            return ()
        self._failures = 0
        self._up_to_date = len(found) < LIMIT
        return found

    async def _fetch(self) -> Sequence[object]:
        wait = TIMEOUT if self._up_to_date else 0
        asked = self._receiver.bot.fetch_updates(
            self._offset, limit=LIMIT, wait=wait, allowed=ALLOWED
        )
        asking, ending = asyncio.create_task(asked), asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait({asking, ending}, return_when=asyncio.FIRST_COMPLETED)
            return asking.result() if asking.done() else ()
        finally:
            asking.cancel()
            ending.cancel()

    async def _rest(self, error: Exception) -> None:
        """Wait trouble out; one line in the log until it is over."""
        self._failures += 1
        if not isinstance(error, TelegramError):
            log_failure(log, "polling", error)
        elif self._failures == 1:
            cause = "another process is polling" if isinstance(error, Conflict) else "no updates"
            log.warning("%s (%s), waiting", cause, type(error).__name__)
        wait = delay_before(self._failures + 1)
        if isinstance(error, RetryAfter) and isinstance(error.retry_after, timedelta):
            wait = max(wait, error.retry_after)
        await pause(self._over, min(wait.total_seconds(), LONGEST_REST))
