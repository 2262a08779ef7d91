"""The courier: carries filed tickets to the services they are for."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from bot.connectors import Connector, connector
from bot.domain.receipt import Receipt, Refused, RetryLater, Sent
from bot.jobs.clerk import Clerk
from bot.jobs.pace import Pace
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records

LANES = "connector:"


class Courier:
    """The way out of the lanes `connector:<name>`."""

    def __init__(self, connectors: Mapping[str, Connector], clerk: Clerk) -> None:
        self._connectors = connectors
        self._clerk = clerk

    async def deliver(self, row: OutboxRow) -> Receipt:
        """Hand the ticket to its connector, which may take its time."""
        name = row.lane.removeprefix(LANES)
        if name not in self._connectors:
            return RetryLater("connector.not_set")  # TICKETS_TO may name it again
        reference = str(row.payload["reference"])
        ticket = await self._clerk.record(lambda records: records.ticket_by_reference(reference))
        if ticket is None:
            return Refused("ticket.unknown")
        return _translate(await asyncio.to_thread(self._connectors[name].deliver, ticket))

    def pace(self, row: OutboxRow) -> Pace | None:
        return None

    def given_up(self, records: Records, row: OutboxRow, now: datetime) -> None:
        """The ticket stays in the register, and the operator sees the row."""


def _translate(receipt: connector.Receipt) -> Receipt:
    match receipt:
        case connector.Delivered():
            return Sent()
        case connector.RetryLater(reason):
            return RetryLater(reason)
        case connector.Refused(reason):
            return Refused(reason)
        case _:
            assert_never(receipt)
