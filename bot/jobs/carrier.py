"""A carrier: the way out for the rows of one sender."""

from datetime import datetime
from typing import Protocol

from bot.background.rate_limit import RateLimit
from bot.domain.delivery import DeliveryResult, OutboxMessage
from bot.storage.store import Database


class Carrier(Protocol):
    """What a channel or a connector tells the sender about its way out."""

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        """Carry a row to where it goes, and say how that went."""
        ...

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        """How fast the row's lane may go; None for a row that counts against no limit."""
        ...

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """Do what has to be done because a row never arrived, in the same transaction."""
        ...
