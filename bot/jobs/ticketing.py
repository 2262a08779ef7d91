"""Ticketing: filed tickets on their way to the connectors, from the same outbox as everything."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.app import App
from bot.connectors import Connector
from bot.domain.receipt import Receipt, Refused
from bot.jobs.pace import Pace
from bot.jobs.settling import Settling
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records, Store

LANES = "connector:"
LEASE = timedelta(minutes=2)
GONE = "ticket.gone"
NO_CONNECTOR = "connector.not_configured"


class TicketCarrier:
    """Hands a ticket to the connector that its lane names."""

    def __init__(self, store: Store, connectors: Mapping[str, Connector]) -> None:
        self._store = store
        self._connectors = connectors

    async def deliver(self, row: OutboxRow) -> Receipt:
        connector = self._connectors.get(row.lane.removeprefix(LANES))
        if connector is None:
            return Refused(NO_CONNECTOR)
        with self._store.transaction() as records:
            ticket = records.ticket_by_reference(str(row.payload["reference"]))
        return Refused(GONE) if ticket is None else await connector.deliver(ticket)

    def pace(self, row: OutboxRow) -> Pace | None:
        return None

    def given_up(self, records: Records, row: OutboxRow, now: datetime) -> None:
        """Nothing to undo: the ticket stays in the register, its delivery is shown as buried."""


def send_tickets(app: App) -> None:
    """Deliver what waits for the connectors, once; what fails waits for the next time."""
    carrier = TicketCarrier(app.store, app.connectors)
    settling = Settling(carrier)
    while rows := _claim(app.store):
        for row in rows:
            receipt = asyncio.run(carrier.deliver(row))
            with app.store.transaction() as records:
                settling.settle(records, [(row, receipt)], datetime.now(UTC))


def _claim(store: Store) -> tuple[OutboxRow, ...]:
    with store.transaction() as records:
        return records.claim(
            datetime.now(UTC), holder="send_tickets", limit=50, lease=LEASE, lanes=LANES
        )
