"""A carrier: the way out for the rows of one sender."""

from datetime import datetime
from typing import Protocol

from bot.domain.receipt import Receipt
from bot.jobs.pace import Pace
from bot.storage.outbox import OutboxRow
from bot.storage.store import Database


class Carrier(Protocol):
    """What a channel or a connector tells the sender about its way out."""

    async def deliver(self, row: OutboxRow) -> Receipt:
        """Carry a row to where it goes, and say how that went."""
        ...

    def pace(self, row: OutboxRow) -> Pace | None:
        """How fast the row's lane may go; None for a row that counts against no limit."""
        ...

    def given_up(self, db: Database, row: OutboxRow, now: datetime) -> None:
        """Do what has to be done because a row never arrived, in the same transaction."""
        ...
