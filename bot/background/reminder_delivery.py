"""Reminders in the background: written every few minutes, and checked again as they leave.

Outbox rows wait: for the rate limit, for another try, for a system that is down. What was renewed,
deleted or taken away in that time must not be told any more. Nor is a reminder sent twice: nobody
can be asked whether a message arrived whose sending was cut short by a kill or by the network. So
the start of a sending is committed with the check; where its end is unknown, a short sentence
leaves in its place, with the same buttons.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.background.rate_limit import RateLimit
from bot.background.sender import Carrier
from bot.clock import utc_now
from bot.domain.delivery import DeliveryResult, OutboxMessage, RetryLater, Withdrawn
from bot.domain.working_days import is_sending_time
from bot.services.reminder_messages import (
    ReminderMessages,
    has_replacement,
    is_reminder,
    replacement_of,
)
from bot.services.reminders import DailyReminders
from bot.storage.db_thread import DatabaseThread
from bot.storage.outbox import BEGUN
from bot.storage.store import Database

log = logging.getLogger(__name__)

REMINDERS_EVERY = timedelta(minutes=5)


class RecheckedCarrier:
    """A carrier that checks a reminder in the database just before it delivers it."""

    def __init__(
        self,
        carrier: Carrier,
        messages: ReminderMessages,
        clerk: DatabaseThread,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._carrier = carrier
        self._messages = messages
        self._clerk = clerk
        self._clock = clock

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        if not is_reminder(row.payload):
            return await self._carrier.deliver(row)
        if not await self._clerk.record(self._begin, row, self._clock()):
            return Withdrawn()
        is_begun = row.failure == BEGUN
        receipt = await self._carrier.deliver(replacement_of(row) if is_begun else row)
        match receipt:
            case RetryLater() if is_begun or receipt.perhaps:
                return replace(receipt, code=BEGUN)
        return receipt

    def _begin(self, db: Database, row: OutboxMessage, now: datetime) -> bool:
        """Whether it may leave; then it is about to."""
        holds = self._messages.still_holds(db, row, now)
        if holds and row.failure != BEGUN and has_replacement(row.payload):
            db.outbox.mark_begun(row.id)
        return holds

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return self._carrier.pace(row)

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        self._carrier.given_up(db, row, now)


async def keep_reminding(
    clerk: DatabaseThread,
    reminders: DailyReminders,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Write what is due every few minutes, in the sending hours of working days in Paris."""
    while True:
        now = clock()
        if is_sending_time(now, reminders.region):
            try:
                await clerk.do(reminders.run, now)
            except Exception as error:  # noqa: BLE001 -- the next round may be better
                log.error("reminders failed: %s", type(error).__name__)  # noqa: TRY400
        await asyncio.sleep(REMINDERS_EVERY.total_seconds())
