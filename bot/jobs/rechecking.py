"""Rechecking: a reminder is looked at again at the last moment, whatever carries it.

Rows wait: for their turn in the budget, for another try, for a system that is down. What was
renewed, deleted or taken away in that time must not be told any more.

A window is never told twice either. Nobody can be asked whether a message arrived whose sending was
cut short, by a death of ours or of the line: that it begins is kept in the commit that looks at it,
and where its end is not known, a short sentence leaves in its place, with the same buttons.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.background.rate_limit import RateLimit
from bot.background.sender import Carrier
from bot.clock import utc_now
from bot.domain.delivery import DeliveryResult, OutboxMessage, RetryLater, Withdrawn
from bot.services.reminder_messages import (
    ReminderMessages,
    has_replacement,
    is_reminder,
    replacement_of,
)
from bot.storage.db_thread import DatabaseThread
from bot.storage.outbox import BEGUN
from bot.storage.store import Database


class Rechecked:
    """A carrier whose reminders are asked about before they leave."""

    def __init__(
        self,
        carrier: Carrier,
        telling: ReminderMessages,
        clerk: DatabaseThread,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._carrier = carrier
        self._telling = telling
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
        holds = self._telling.still_holds(db, row, now)
        if holds and row.failure != BEGUN and has_replacement(row.payload):
            db.outbox.mark_begun(row.id)
        return holds

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return self._carrier.pace(row)

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        self._carrier.given_up(db, row, now)
