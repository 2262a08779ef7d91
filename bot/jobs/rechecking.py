"""Rechecking: a reminder is looked at again at the last moment, whatever carries it.

Rows wait: for their turn in the budget, for another try, for a system that is down. What was
renewed, deleted or taken away in that time must not be told any more.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.domain.receipt import Receipt, Withdrawn
from bot.jobs.carrier import Carrier
from bot.jobs.clerk import Clerk
from bot.jobs.pace import Pace
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records
from bot.telling import Telling, is_reminder


class Rechecked:
    """A carrier whose reminders are asked about before they leave."""

    def __init__(
        self,
        carrier: Carrier,
        telling: Telling,
        clerk: Clerk,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._carrier = carrier
        self._telling = telling
        self._clerk = clerk
        self._clock = clock

    async def deliver(self, row: OutboxRow) -> Receipt:
        if is_reminder(row.payload):
            now = self._clock()
            if not await self._clerk.record(self._telling.still_holds, row, now):
                return Withdrawn()
        return await self._carrier.deliver(row)

    def pace(self, row: OutboxRow) -> Pace | None:
        return self._carrier.pace(row)

    def given_up(self, records: Records, row: OutboxRow, now: datetime) -> None:
        self._carrier.given_up(records, row, now)
