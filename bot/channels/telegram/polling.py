"""Long polling: asks Telegram for updates, and acknowledges them by asking for what comes after.

The offset asked for is the committed one. Nothing that goes wrong ends the loop: Telegram out of
reach, another process that polls, a database that is busy, an update that cannot be taken.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from telegram.error import Conflict, TelegramError

from bot.channels.telegram.intake import Arrival, Intake
from bot.channels.telegram.line import Line, RawUpdate
from bot.channels.telegram.transport import SlowDownError
from bot.domain.retry import delay_before
from bot.jobs.clerk import Clerk
from bot.jobs.failures import log_failure

log = logging.getLogger(__name__)

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")
LIMIT = 100
TIMEOUT = 30  # seconds that Telegram may wait for something to tell
LONGEST_REST = 30.0  # seconds: Telegram is back the sooner it is asked
HELD_CHECK = 0.5  # seconds between two looks at the texts whose rest may still come
FAREWELL = 2.0  # seconds that answers to presses get at the end


class Polling:
    """Keeps asking, until `stop`."""

    def __init__(
        self,
        line: Line,
        intake: Intake,
        clerk: Clerk,
        *,
        committed: Callable[[], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._line = line
        self._intake = intake
        self._clerk = clerk
        self._committed = committed
        self._clock = clock
        self._offset: int | None = None
        self._up_to_date = False
        self._failures = 0
        self._stopping = asyncio.Event()
        self._asking: asyncio.Task[list[RawUpdate]] | None = None
        self._presses: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Finish the batch at hand, ask no more, and end `run`."""
        self._stopping.set()
        if self._asking is not None:
            self._asking.cancel()

    async def run(self) -> None:
        """Ask and take, until `stop`."""
        self._offset = await self._clerk.do(self._intake.offset)
        releasing = asyncio.create_task(self._release_held())
        try:
            while not self._stopping.is_set():
                updates = await self._ask()
                if updates:
                    await self._take([self._intake.read(raw) for raw in updates])
        finally:
            releasing.cancel()
            if self._presses:
                await asyncio.wait(self._presses, timeout=FAREWELL)

    async def _ask(self) -> Sequence[RawUpdate]:
        """The next updates; the first time without waiting for any."""
        asked = self._line.fetch_updates(
            self._offset, limit=LIMIT, wait=TIMEOUT if self._up_to_date else 0, allowed=ALLOWED
        )
        self._asking = asyncio.create_task(asked)
        try:
            updates = await self._asking
        except TelegramError as error:
            await self._rest(error)
            return ()
        except asyncio.CancelledError:
            if self._stopping.is_set():
                return ()
            raise
        self._failures = 0
        self._up_to_date = len(updates) < LIMIT
        return updates

    async def _rest(self, error: TelegramError) -> None:
        """Wait trouble out; one line in the log until it is over."""
        self._failures += 1
        if self._failures == 1:
            cause = "another process is polling" if isinstance(error, Conflict) else "no updates"
            log.warning("%s (%s), waiting", cause, type(error).__name__)
        wait = delay_before(self._failures + 1)
        if isinstance(error, SlowDownError):
            wait = max(wait, error.after)
        await self._pause(min(wait.total_seconds(), LONGEST_REST))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _take(self, arrivals: Sequence[Arrival]) -> None:
        """Take a batch whole, or else once more, or else update by update."""
        for arrival in arrivals:
            if arrival.press is not None:
                self._answer(arrival.press)
        offset = arrivals[-1].update_id + 1
        for _ in range(2):
            if await self._fault(self._intake.receive, arrivals, self._clock(), offset) is None:
                break
        else:
            for arrival in arrivals:
                await self._take_alone(arrival)
        self._offset = offset
        self._committed()

    async def _take_alone(self, arrival: Arrival) -> None:
        """Whether the update is at fault or the database shows when it is put aside."""
        offset, tries = arrival.update_id + 1, 1
        while not self._stopping.is_set():
            now = self._clock()
            fault = await self._fault(self._intake.receive, [arrival], now, offset)
            if fault is None:
                return
            if await self._fault(self._intake.put_aside, arrival, fault, now, offset) is None:
                return
            tries += 1
            await self._pause(min(delay_before(tries).total_seconds(), LONGEST_REST))

    async def _fault(self, work: Callable[..., object], *args: object) -> str | None:
        """What kind of error some work ends with; None when it is done."""
        try:
            await self._clerk.do(work, *args)
        except Exception as error:  # noqa: BLE001 -- whatever it is, polling goes on
            log_failure(log, "intake", error)
            return type(error).__name__
        return None

    async def _release_held(self) -> None:
        """Take long texts whose rest did not come; not while it may wait at Telegram."""
        while True:
            await asyncio.sleep(HELD_CHECK)
            if self._up_to_date:
                await self._release_due()

    async def _release_due(self) -> None:
        try:
            released = await self._clerk.do(self._intake.release_due, self._clock())
        except Exception as error:  # noqa: BLE001 -- they stay held, and are due again
            log_failure(log, "held texts", error)
            return
        if released:
            self._committed()

    def _answer(self, press: str) -> None:
        """At once and outside the outbox: late, it is worth nothing."""
        task = asyncio.create_task(
            _quietly(self._line.call("answerCallbackQuery", callback_query_id=press))
        )
        self._presses.add(task)
        task.add_done_callback(self._presses.discard)


async def _quietly(call: Coroutine[Any, Any, bool]) -> None:
    with suppress(TelegramError):
        await call
