"""Taking: how updates get from their way in (long polling, the webhook) into the desk.

A batch is taken whole, or once more, or else update by update: one that cannot be taken is put
aside and stops nobody. A press is answered at once.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from bot.channels.telegram.bot_client import LineError
from bot.channels.telegram.intake import Arrival, Intake
from bot.channels.telegram.line import Line
from bot.channels.telegram.updates import RawUpdate
from bot.clock import utc_now
from bot.domain.delivery import delay_before
from bot.logs import log_failure
from bot.storage.database import is_passing
from bot.storage.db_thread import DatabaseThread

log = logging.getLogger(__name__)

LONGEST_REST = 30.0  # seconds: what was away is back the sooner it is asked
HELD_CHECK = 0.5  # seconds between two looks at the texts whose rest may still come
FAREWELL = 2.0  # seconds that answers to presses get at the end
LONG_AGO = timedelta(seconds=150)
A_MOMENT = timedelta(seconds=5)
"""In which a webhook brings all that one person wrote: the next once the one before is answered."""
PATIENCE = 5  # attempts at an update that meets a database in trouble, before it is put aside


class Taking:
    """Takes updates; what comes of them the senders of this process get with the commit."""

    def __init__(
        self,
        line: Line,
        intake: Intake,
        clerk: DatabaseThread,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.line = line
        self.clerk = clerk
        self.intake = intake
        self._clock = clock
        self._presses: set[asyncio.Task[None]] = set()
        self._behind = True  # who was here before may have been in the middle of a backlog

    def read(self, raw: RawUpdate) -> Arrival:
        """What an update says; a press is answered meanwhile."""
        arrival = self.intake.read(raw)
        if arrival.press is not None:
            self._answer(arrival.press)
        return arrival

    async def take(
        self,
        arrivals: Sequence[Arrival],
        over: asyncio.Event,
        *,
        polled: bool = False,
        patience: timedelta = A_MOMENT,
    ) -> bool:
        """Take a batch, and with `polled` the offset behind it; False when `over` came before.

        Answers to what was written long ago have `patience`: more may come of the same people.
        """
        offset = arrivals[-1].update_id + 1 if polled else None
        for _ in range(2):
            now = self._clock()
            put_off = patience if _are_old(arrivals, now) else timedelta(0)
            self._behind = self._behind or bool(put_off)
            if await self._fault(self.intake.receive, arrivals, now, offset, put_off) is None:
                break
        else:
            for arrival in arrivals:
                if not await self._take_alone(arrival, over, polled=polled):
                    return False
        return True

    async def catch_up(self) -> None:
        """Nothing more waits to be heard: answers that were put off go, the newest first."""
        if self._behind:
            failed = await self._fault(self.intake.release_replies, self._clock())
            self._behind = failed is not None

    async def _take_alone(self, arrival: Arrival, over: asyncio.Event, *, polled: bool) -> bool:
        """Whether the update is at fault or the database shows when it is put aside."""
        offset, tries = arrival.update_id + 1 if polled else None, 1
        while not over.is_set():
            now = self._clock()
            fault = await self._fault(self.intake.receive, [arrival], now, offset)
            if fault is None:
                return True
            name = type(fault).__name__
            may_pass = is_passing(fault) and tries < PATIENCE
            if not may_pass:
                aside = self.intake.put_aside
                if await self._fault(aside, arrival, name, now, offset) is None:
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

    async def release_held(self, is_time: Callable[[], bool] = lambda: True) -> None:
        """Take long texts whose rest did not come, for ever; not while it may wait at Telegram."""
        while True:
            await asyncio.sleep(HELD_CHECK)
            if is_time():
                await self._release_due()

    async def _release_due(self) -> None:
        try:
            await self.clerk.do(self.intake.release_due, self._clock())
        except Exception as error:  # noqa: BLE001 -- they stay held, and are due again
            log_failure(log, "held texts", error)

    async def farewell(self) -> None:
        """Let the last answers to presses leave."""
        if self._presses:
            await asyncio.wait(self._presses, timeout=FAREWELL)

    def _answer(self, press: str) -> None:
        """At once and outside the outbox: late, it is worth nothing."""
        answered = self.line.call("answerCallbackQuery", callback_query_id=press)
        task = asyncio.create_task(_quietly(answered))
        self._presses.add(task)
        task.add_done_callback(self._presses.discard)


def _are_old(arrivals: Sequence[Arrival], now: datetime) -> bool:
    """Whether all of it was written long ago, as far as it says when."""
    dates = [arrival.date for arrival in arrivals if arrival.date is not None]
    return bool(dates) and now - max(dates) > LONG_AGO


async def pause(over: asyncio.Event, seconds: float) -> None:
    """Wait, but not beyond the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()


async def _quietly(call: Coroutine[Any, Any, bool]) -> None:
    with suppress(LineError):
        await call
