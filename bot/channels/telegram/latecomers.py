"""The latecomers: updates of those who wrote too fast, taken one by one (see `turnstile`)."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.channels.telegram.intake import Intake
from bot.channels.telegram.turnstile import USUAL
from bot.domain.receipt import Receipt, Sent
from bot.jobs.clerk import Clerk
from bot.jobs.pace import Pace
from bot.storage.outbox import OutboxRow
from bot.storage.store import Database


class Latecomers:
    """Carries the rows of `later:` lanes into the desk, each person's at their pace."""

    def __init__(
        self,
        intake: Intake,
        clerk: Clerk,
        *,
        pace: Pace = USUAL,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._intake = intake
        self._clerk = clerk
        self._pace = Pace(pace.rate, burst=1)
        self._clock = clock

    async def deliver(self, row: OutboxRow) -> Receipt:
        """Take one update; the row is settled in the commit that takes it."""
        now = self._clock()
        await self._clerk.do(self._intake.take_late, row.payload["raw"], row.id, now)
        return Sent()

    def pace(self, row: OutboxRow) -> Pace | None:
        return self._pace

    def given_up(self, db: Database, row: OutboxRow, now: datetime) -> None:
        """The operator sees what could not be taken."""
