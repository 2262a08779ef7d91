"""Receives updates: long polling asks for them, and the receiver hands them to the intake.

A batch is taken whole, or once more, or else update by update: one that cannot be taken is put
aside and stops nobody. A press is answered at once.

Polling acknowledges updates by asking for what comes after them, from the committed offset on.
Nothing that goes wrong ends it: Telegram out of reach, another process that polls, a database that
is busy, an update that cannot be taken, things that are no update at all. Of several processes only
the one that holds the lease polls. The webhook hands its updates to the same receiver.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.bot_client import BotClient, cause_of
from bot.channels.telegram.intake import Intake, RawUpdate, is_update
from bot.channels.telegram.staff.updates import Brought
from bot.clock import utc_now
from bot.domain.delivery import delay_before
from bot.logs import log_failure
from bot.services.helpdesk_config import IncomingEvent
from bot.storage.database import is_passing
from bot.storage.store import DatabaseThread

log = logging.getLogger(__name__)

LONGEST_REST = 30.0  # seconds: what was away is back the sooner it is asked
HELD_CHECK = 0.5  # seconds between two looks at the texts whose rest may still come
FAREWELL = 2.0  # seconds that answers to presses get at the end
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")
LIMIT = 100
TIMEOUT = 30  # seconds that Telegram may wait for something to tell
ODD_REST = 5.0  # seconds, where nothing but things that are no updates comes
PATIENCE = 5  # attempts at an update that meets a database in trouble, before it is put aside


class Receiver:
    """Hands updates to the intake, in the database thread; used on the event loop."""

    def __init__(
        self,
        bot: BotClient,
        intake: Intake,
        db_thread: DatabaseThread,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.bot = bot
        self.db_thread = db_thread
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
        return await self.db_thread.do(self.intake.take_file, row, came, self._clock())

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
            if not await self.db_thread.do(self.intake.begin, updates, self._clock()):
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
            await self.db_thread.do(work, *args)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the others must be heard
            log_failure(log, "intake", error)
            return error
        return None


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
        self._offset = await receiver.db_thread.do(receiver.intake.offset)
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
            log.warning("aucun message de Telegram (%s) : nouvel essai sous peu", cause_of(error))
        wait = delay_before(self._failures + 1)
        if isinstance(error, RetryAfter) and isinstance(error.retry_after, timedelta):
            wait = max(wait, error.retry_after)
        await pause(self._over, min(wait.total_seconds(), LONGEST_REST))


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
