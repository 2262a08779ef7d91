"""The receiver: hands updates from their way in (long polling, the webhook) to the intake.

A batch is taken whole, or once more, or else update by update: one that cannot be taken is put
aside and stops nobody. A press is answered at once.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from telegram.error import TelegramError

from bot.channels.telegram.bot_client import BotClient
from bot.channels.telegram.intake import Intake, RawUpdate
from bot.channels.telegram.staff.updates import Brought
from bot.clock import utc_now
from bot.domain.delivery import delay_before
from bot.logs import log_failure
from bot.services.helpdesk import IncomingEvent
from bot.storage.database import is_passing
from bot.storage.store import DatabaseThread

log = logging.getLogger(__name__)

LONGEST_REST = 30.0  # seconds: what was away is back the sooner it is asked
HELD_CHECK = 0.5  # seconds between two looks at the texts whose rest may still come
FAREWELL = 2.0  # seconds that answers to presses get at the end
PATIENCE = 5  # attempts at an update that meets a database in trouble, before it is put aside


class Receiver:
    """Hands updates to the intake, in the database thread; used on the event loop."""

    def __init__(
        self,
        bot: BotClient,
        intake: Intake,
        clerk: DatabaseThread,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.bot = bot
        self.clerk = clerk
        self.intake = intake
        self._clock = clock
        self._presses: set[asyncio.Task[None]] = set()

    def answer_presses(self, updates: Sequence[RawUpdate]) -> None:
        """At once and outside the outbox: late, an answer is worth nothing."""
        for raw in updates:
            press = raw.get("callback_query")
            name = press.get("id") if isinstance(press, dict) else None
            if isinstance(name, str):
                task = asyncio.create_task(_quietly(self.bot.answer_callback_query(name)))
                self._presses.add(task)
                task.add_done_callback(self._presses.discard)

    async def receive(
        self, updates: Sequence[RawUpdate], over: asyncio.Event, *, polled: bool = False
    ) -> bool:
        """Take a batch, and with `polled` the offset behind it; False when `over` came before."""
        if await self._take_together(updates, polled=polled):
            return True
        for raw in updates:
            if not await self._take_alone(raw, over, polled=polled):
                return False
        return True

    async def take_file(self, row: int, came: IncomingEvent | Brought) -> bool:
        """A file that was fetched: the conversation or the advisors' commands hear of it, once."""
        return await self.clerk.do(self.intake.take_file, row, came, self._clock())

    async def keep_odd(self, things: Sequence[object]) -> None:
        """Keep what is no update for the operator."""
        await self._fault(self.intake.keep_odd, things, self._clock())

    async def release_held(self, is_time: Callable[[], bool] = lambda: True) -> None:
        """Take long texts whose rest did not come, for ever; not while it may wait at Telegram."""
        while True:
            await asyncio.sleep(HELD_CHECK)
            if is_time():
                await self._fault(self.intake.release_due, self._clock())

    async def farewell(self) -> None:
        """Let the last answers to presses leave."""
        if self._presses:
            await asyncio.wait(self._presses, timeout=FAREWELL)

    async def _take_together(self, updates: Sequence[RawUpdate], *, polled: bool) -> bool:
        """In one commit; not where a process died over some of them.

        It is tried again where the database is the fault: what is wrong with a turn stays wrong.
        """
        try:
            if not await self.clerk.do(self.intake.begin, updates, self._clock()):
                return False
        except Exception as error:  # noqa: BLE001 -- they are tried again one by one
            log_failure(log, "intake", error)
            return False
        offset = _behind(updates) if polled else None
        fault = await self._fault(self.intake.receive, updates, self._clock(), offset)
        if fault is not None and is_passing(fault):
            fault = await self._fault(self.intake.receive, updates, self._clock(), offset)
        return fault is None

    async def _take_alone(self, raw: RawUpdate, over: asyncio.Event, *, polled: bool) -> bool:
        """Whether the update is at fault or the database shows when it is put aside."""
        offset, tries = _behind([raw]) if polled else None, 1
        while not over.is_set():
            now = self._clock()
            fault = await self._fault(self.intake.receive_alone, raw, now, offset)
            if fault is None:
                return True
            may_pass = is_passing(fault) and tries < PATIENCE
            if not may_pass:
                aside, name = self.intake.put_aside, type(fault).__name__
                if await self._fault(aside, raw, name, now, offset) is None:
                    return True
            tries += 1
            await pause(over, min(delay_before(tries).total_seconds(), LONGEST_REST))
        return False

    async def _fault(self, work: Callable[..., object], *args: object) -> Exception | None:
        """The error that some work ends with; None when it is done."""
        try:
            await self.clerk.do(work, *args)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the others must be heard
            log_failure(log, "intake", error)
            return error
        return None


def _behind(updates: Sequence[RawUpdate]) -> int:
    """The number after the last one."""
    return 1 + max(int(raw["update_id"]) for raw in updates)


async def pause(over: asyncio.Event, seconds: float) -> None:
    """Wait, but not beyond the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()


async def _quietly(call: Coroutine[Any, Any, bool]) -> None:
    with suppress(TelegramError):
        await call
