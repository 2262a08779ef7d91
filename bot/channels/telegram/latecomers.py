"""The latecomers: updates of those who wrote too fast, taken one by one (see `turnstile`)."""

from collections.abc import Callable
from datetime import datetime

from bot.background.rate_limit import RateLimit
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.turnstile import USUAL
from bot.clock import utc_now
from bot.domain.delivery import Delivered, DeliveryResult, OutboxMessage
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database


class Latecomers:
    """Carries the rows of `later:` lanes into the desk, each person's at their pace."""

    def __init__(
        self,
        intake: Intake,
        clerk: DatabaseThread,
        *,
        pace: RateLimit = USUAL,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._intake = intake
        self._clerk = clerk
        self._pace = RateLimit(pace.rate, burst=1)
        self._clock = clock

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        """Take one update; the row is settled in the commit that takes it."""
        now = self._clock()
        await self._clerk.do(self._intake.take_late, row.payload["raw"], row.id, now)
        return Delivered()

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return self._pace

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """The operator sees what could not be taken."""
