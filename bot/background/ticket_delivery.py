"""Delivers tickets and what is added to them to the connectors, exactly once.

What may have arrived is asked for before it is sent again: after a doubt, after a crash in the
middle, and when the operator gives a buried row another chance. That makes it exactly once for a
system that can be asked, or that knows a key again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.background.sender import Deliverer, DeliveryRecorder
from bot.clock import utc_now
from bot.connectors import Connector
from bot.connectors.email import ThreadSide, thread_of
from bot.domain.delivery import (
    TICKET_LANES,
    TICKET_RESTRICTED,
    ConnectorResult,
    Delivered,
    DeliveryResult,
    OutboxMessage,
    Refused,
    RetryLater,
    Uncertain,
    delay_before,
)
from bot.domain.errors import RestrictedError
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport
from bot.storage.audit_log import PARTLY_KEPT
from bot.storage.store import Database, DatabaseThread, Store
from bot.storage.tickets import without_internal

log = logging.getLogger(__name__)

CLAIM_LEASE = timedelta(minutes=2)
TICKET_GONE = "ticket.gone"
NO_CONNECTOR = "connector.not_configured"
DELIVERY_PATIENCE = 700
"""Attempts: a ticketing system may be down for a week (four attempts an hour)."""


class TicketDelivery(Deliverer):
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
        # `connector:glpi:PEPS-2026-000001` names the connector `glpi`.
        connector = self._connectors.get(row.lane.removeprefix(TICKET_LANES).partition(":")[0])
        if connector is None:
            return Refused(NO_CONNECTOR)
        read_at = self._clock()
        export = await self._db_thread.record(_load, connector.name, row)
        if not isinstance(export, TicketExport):
            return export
        if export.item is not ExportItem.TICKET and not export.their_id:
            named = await self._with_their_id(connector, export)
            if isinstance(named, RetryLater):
                return named
            export = named
        result: ConnectorResult | None = None
        as_of = row.created_at
        if row.attempts > 1 or row.failure:
            result = await connector.find(export)
        if result is None:
            result, as_of = await connector.deliver(export), read_at
        match result:
            case Delivered():
                await self._record(connector, export, result, as_of)
                return Delivered()
            case Uncertain(code, after):
                # What the doubt asks for, or our own patience where that has grown longer.
                wait = None if after is None else max(after, delay_before(row.attempts + 1))
                return RetryLater(f"uncertain.{code}", wait)
            case RetryLater() | Refused():
                return result
            case _:
                assert_never(result)

    async def _with_their_id(
        self, connector: Connector, export: TicketExport
    ) -> TicketExport | RetryLater:
        """The same with their id of the ticket, where it is there and we were not told."""
        whole = replace(export, item=ExportItem.TICKET, number=0, message=None, status=None)
        found = await connector.find(whole)
        if not isinstance(found, Delivered):
            return found or export
        await self._record(connector, whole, found, export.ticket.filed_at)
        return replace(export, their_id=found.their_id)

    async def _record(
        self, connector: Connector, export: TicketExport, delivered: Delivered, as_of: datetime
    ) -> None:
        """Records how it is called there, what was dropped there, and that a NIR left in clear.

        The words there are as they were at `as_of`, the earliest possible moment.
        """
        now, request, reference = self._clock(), export.ticket.request, export.ticket.reference
        name, who = connector.name, f"connector:{connector.name}"
        answers = [answer for agent in request.agents for answer in agent.answers]
        has_nir = any(answer.is_sensitive and answer.value for answer in answers)

        def record(db: Database) -> None:
            if delivered.dropped:
                dropped = ", ".join(delivered.dropped)
                log.warning("%s a pris %s sans : %s", name, reference, dropped)
                db.audit_log.add(who, PARTLY_KEPT, reference, dropped, now)
            if export.item is ExportItem.STATUS:
                db.ticket_links.save_copy_status(name, request.identity, delivered.their_id)
                return
            part = "" if export.item is ExportItem.TICKET else export.key
            db.ticket_links.save_copy(name, request.identity, part, delivered.their_id, as_of)
            if connector.nir is NirShown.CLEAR and not part and has_nir:
                db.audit_log.add(who, "ticket.sent_clear", reference, "", now)

        await self._db_thread.record(record)


def _load(db: Database, name: str, row: OutboxMessage) -> TicketExport | Refused:
    """What the row stands for, as the register has it now; never an internal note."""
    try:
        found = db.tickets.by_reference(str(row.payload["reference"]))
    except RestrictedError:
        return Refused(TICKET_RESTRICTED)
    if found is None:
        return Refused(TICKET_GONE)
    ticket = without_internal(found)
    item, part = ExportItem(row.kind), str(row.payload.get("part", ""))
    message = None
    if part and item is not ExportItem.STATUS:
        message = next((one for one in ticket.messages if str(one.place) == part), None)
        if message is None:
            return Refused(TICKET_GONE)
    return TicketExport(
        item=item,
        ticket=ticket,
        number=row.id,
        at=row.created_at,
        message=message,
        status=TicketStatus(part) if item is ExportItem.STATUS else None,
        their_id=db.ticket_links.their_id(name, ticket.request.identity),
        desk=db.ticket_links.desk_name(),
        thread=thread_of(ticket.reference, ThreadSide.DESK, db.ticket_links.sign),
    )


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
