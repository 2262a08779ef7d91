"""Absence: the desk did not hear Telegram for so long that presses died there.

Messages wait at Telegram for a day, presses for two and a half minutes. After a longer silence,
whichever side was away, whoever has a draft open and wrote nothing meanwhile is shown their
question again: once an absence, when all that waited is taken. When Telegram was last heard is
kept with the register, so that a desk that was stopped knows it as well.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.clock import utc_now
from bot.conversation.events import Returned
from bot.logs import log_failure
from bot.services.helpdesk import HelpDesk, IncomingEvent
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database

T = TypeVar("T")

log = logging.getLogger(__name__)

CHANNEL: Final = "telegram"
HEARD: Final = "telegram.heard"
BACK: Final = "telegram.back"
"""The marks of the last answer before an absence, and of the first one after it."""
PRESS_LIVES = timedelta(seconds=150)
NOTED_EVERY = timedelta(seconds=10)
AT_ONCE: Final = 50  # people a transaction: who writes meanwhile does not wait for all of them


class Absence:
    """Notices absences, and makes up for them."""

    def __init__(
        self,
        helpdesk: HelpDesk,
        clerk: DatabaseThread,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._helpdesk = helpdesk
        self._clerk = clerk
        self._clock = clock
        self._noted: datetime | None = None
        self._back: datetime | None = None

    @property
    def is_noticed(self) -> bool:
        """Telegram is heard again, and nothing was made up for yet."""
        return self._back is not None

    async def heard(self) -> None:
        """Telegram has answered; what it said is not taken yet."""
        now = self._clock()
        if self._back is None and (self._noted is None or now - self._noted >= NOTED_EVERY):
            await self._try(self._note, now)

    async def make_up(self, over: asyncio.Event) -> None:
        """All that waited is taken: show those their question who were cut off."""
        after: str | None = ""
        while self._back is not None and after is not None and not over.is_set():
            after = await self._try(self._show_some, self._back, after)

    def _note(self, now: datetime) -> None:
        with self._clerk.store.transaction() as db:
            last = db.condition.last_done(HEARD)
            if last is None or now - last <= PRESS_LIVES:
                db.condition.note_done(HEARD, now)
                self._noted = now
            else:
                self._back = _back_since(db, last, now)

    def _show_some(self, back: datetime, after: str) -> str | None:
        """Some of them, in one commit; the last one's identity, None when there are no more."""
        now = self._clock()
        with self._clerk.store.read() as db:
            people = db.conversations.left_open(CHANNEL, back, after, AT_ONCE)
        batch = [IncomingEvent(address=address, event=Returned()) for _, address in people]
        if len(people) == AT_ONCE:
            self._helpdesk.receive(batch, now)
            return people[-1][0]
        self._helpdesk.receive(batch, now, lambda db: db.condition.note_done(HEARD, now))
        self._noted, self._back = now, None
        return None

    async def _try(self, work: Callable[..., T], *args: object) -> T | None:
        try:
            return await self._clerk.do(work, *args)
        except Exception as error:  # noqa: BLE001 -- it is tried again with the next answer
            log_failure(log, "absence", error)
            return None


def _back_since(db: Database, last: datetime, now: datetime) -> datetime:
    """Since when Telegram is heard again: a desk killed while it catches up goes on from there."""
    back = db.condition.last_done(BACK)
    if back is None or back <= last:
        db.condition.note_done(BACK, now)
        return now
    return back
