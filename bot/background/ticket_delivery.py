"""Delivers tickets and what is added to them to the connectors, exactly once.

What may have arrived is asked for before it is sent again: after a doubt, after a crash in the
middle, and when the operator gives a buried row another chance. That makes it exactly once for a
system that can be asked, or that knows a key again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.background.rate_limit import RateLimit
from bot.background.sender import DeliveryRecorder
from bot.clock import utc_now
from bot.connectors import Connector
from bot.domain.delivery import (
    Delivered,
    DeliveryResult,
    OutboxMessage,
    Refused,
    RetryLater,
    Uncertain,
    delay_before,
)
from bot.domain.ticket import Ticket, TicketStatus
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport
from bot.storage.audit_log import PARTLY_KEPT
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database, Store
from bot.storage.tickets import without_internal

log = logging.getLogger(__name__)

TICKET_LANES = "connector:"
CLAIM_LEASE = timedelta(minutes=2)
TICKET_GONE = "ticket.gone"
NO_CONNECTOR = "connector.not_configured"
DELIVERY_PATIENCE = 700
"""Attempts: a ticketing system may be down for a week (four attempts an hour)."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Something is there, with its words as they were at `as_of` (the earliest possible moment)."""

    delivered: Delivered
    as_of: datetime


class TicketDelivery:
    """Hands tickets to the connector that their lane names.

    Called by the sender in the event loop; reads and records in the database thread, in one
    transaction each, none of which is open while another system is called.
    """

    def __init__(
        self,
        db_thread: DatabaseThread,
        connectors: Mapping[str, Connector],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db_thread = db_thread
        self._connectors = connectors
        self._clock = clock

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        connector = self._connectors.get(connector_of(row.lane))
        if connector is None:
            return Refused(NO_CONNECTOR)
        read_at = self._clock()
        export = await self._db_thread.record(_load, connector.name, row)
        if not isinstance(export, TicketExport):
            return export
        return await _Attempt(self, connector, row, read_at).run(export)

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return None

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """Nothing to undo: the ticket stays in the register, its delivery is shown as buried."""

    async def keep(self, connector: Connector, export: TicketExport, arrived: Arrived) -> None:
        """Records how it is called there, what was dropped there, and that a NIR left in clear."""
        await self._db_thread.record(_keep, connector, export, arrived, self._clock())


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt for one row, with what the register said at `read_at`."""

    delivery: TicketDelivery
    connector: Connector
    row: OutboxMessage
    read_at: datetime

    async def run(self, export: TicketExport) -> DeliveryResult:
        if export.item is not ExportItem.TICKET and not export.their_id:
            named = await self._named(export)
            if isinstance(named, RetryLater):
                return named
            export = named
        if self.row.attempts > 1 or self.row.failure:
            found = await self.connector.find(export)
            if found is not None:
                return await self._settle(export, found, as_of=self.row.created_at)
        result = await self.connector.deliver(export)
        return await self._settle(export, result, as_of=self.read_at)

    async def _named(self, export: TicketExport) -> TicketExport | RetryLater:
        """The same with their name of the ticket, where it is there and we were not told."""
        whole = TicketExport(item=ExportItem.TICKET, ticket=export.ticket, number=0, at=export.at)
        found = await self.connector.find(whole)
        if not isinstance(found, Delivered):
            return found or export
        await self._keep(whole, Arrived(found, export.ticket.filed_at))
        return replace(export, their_id=found.their_id)

    async def _settle(
        self,
        export: TicketExport,
        result: Delivered | RetryLater | Refused | Uncertain,
        *,
        as_of: datetime,
    ) -> DeliveryResult:
        match result:
            case Delivered():
                await self._keep(export, Arrived(result, as_of))
                return Delivered()
            case Uncertain(code, after):
                return RetryLater(f"uncertain.{code}", self._longest(after))
            case RetryLater() | Refused():
                return result
            case _:
                assert_never(result)

    async def _keep(self, export: TicketExport, arrived: Arrived) -> None:
        await self.delivery.keep(self.connector, export, arrived)

    def _longest(self, after: timedelta | None) -> timedelta | None:
        """What the doubt asks for, or our own patience where that has grown longer."""
        return None if after is None else max(after, delay_before(self.row.attempts + 1))


def _load(db: Database, name: str, row: OutboxMessage) -> TicketExport | Refused:
    """What the row stands for, as the register has it now; never an internal note."""
    found = db.tickets.by_reference(str(row.payload["reference"]))
    if found is None:
        return Refused(TICKET_GONE)
    ticket = without_internal(found)
    export = _export(row, ticket, db.ticket_links.their_id(name, ticket.request.identity))
    return export or Refused(TICKET_GONE)


def _keep(
    db: Database,
    connector: Connector,
    export: TicketExport,
    arrived: Arrived,
    now: datetime,
) -> None:
    identity, reference = export.ticket.request.identity, export.ticket.reference
    name, delivered = connector.name, arrived.delivered
    who = f"connector:{name}"
    if delivered.dropped:
        dropped = ", ".join(delivered.dropped)
        log.warning("%s took %s without: %s", name, reference, dropped)
        db.audit_log.add(who, PARTLY_KEPT, reference, dropped, now)
    if export.item is ExportItem.STATUS:
        db.ticket_links.save_copy_status(name, identity, delivered.their_id)
        return
    part = "" if export.item is ExportItem.TICKET else export.key
    db.ticket_links.save_copy(name, identity, part, delivered.their_id, arrived.as_of)
    if connector.nir is NirShown.CLEAR and not part and _has_nir(export.ticket):
        db.audit_log.add(who, "ticket.sent_clear", reference, "", now)


def connector_of(lane: str) -> str:
    """`connector:glpi:PEPS-2026-000001` names the connector `glpi`."""
    return lane.removeprefix(TICKET_LANES).partition(":")[0]


def _export(row: OutboxMessage, ticket: Ticket, their_id: str) -> TicketExport | None:
    item, part = ExportItem(row.kind), str(row.payload.get("part", ""))
    message = None
    if part and item is not ExportItem.STATUS:
        message = next((one for one in ticket.messages if str(one.place) == part), None)
        if message is None:
            return None
    return TicketExport(
        item=item,
        ticket=ticket,
        number=row.id,
        at=row.created_at,
        message=message,
        status=TicketStatus(part) if item is ExportItem.STATUS else None,
        their_id=their_id,
    )


def _has_nir(ticket: Ticket) -> bool:
    answers = (answer for agent in ticket.request.agents for answer in agent.answers)
    return any(answer.is_sensitive and answer.value for answer in answers)


async def deliver_due(
    store: Store,
    recorder: DeliveryRecorder,
    clock: Callable[[], datetime] = utc_now,
    *,
    lanes: str = TICKET_LANES,
) -> int:
    """Deliver what is due now, until nothing more is; how many attempts that took."""
    attempts = 0
    while True:
        with store.transaction() as db:
            rows = db.outbox.claim(
                clock(), holder="deliver_due", limit=50, lease=CLAIM_LEASE, lanes=lanes
            )
        if not rows:
            return attempts
        for row in rows:
            result = await recorder.deliverer.deliver(row)
            with store.transaction() as db:
                recorder.record(db, [(row, result)], clock())
            attempts += 1
