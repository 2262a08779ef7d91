"""Ticketing: tickets and what is added to them, on their way to the connectors.

What may have arrived is asked for before it is sent again: after a doubt, after a crash in the
middle, and when the operator gives a buried row another chance. That is what makes it exactly once
for a system that can be asked, or that knows a key again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.app import App
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
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport, corrections_of
from bot.storage.audit_log import PARTLY_KEPT
from bot.storage.store import Database, Store
from bot.storage.tickets import without_internal

log = logging.getLogger(__name__)

LANES = "connector:"
LEASE = timedelta(minutes=2)
GONE = "ticket.gone"
NO_CONNECTOR = "connector.not_configured"
PATIENCE = 700
"""Attempts: a ticketing system may be down for a week (four attempts an hour)."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Something is there, with its words as they were at a moment (the earliest possible one)."""

    delivered: Delivered
    as_of: datetime


class TicketCarrier:
    """Hands consignments to the connector that their lane names."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[str, Connector],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._connectors = connectors
        self._clock = clock

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        name = connector_of(row.lane)
        connector = self._connectors.get(name)
        if connector is None:
            return Refused(NO_CONNECTOR)
        read_at = self._clock()
        consignment = await asyncio.to_thread(self._load, name, row)
        if not isinstance(consignment, TicketExport):
            return consignment
        return await _Errand(self, name, connector, row, read_at).run(consignment)

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return None

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """Nothing to undo: the ticket stays in the register, its delivery is shown as buried."""

    def _load(self, name: str, row: OutboxMessage) -> TicketExport | Delivered | Refused:
        """What the row stands for, as the register has it now; never an internal note.

        What was told after a correction was made holds it already.
        """
        with self._store.transaction() as db:
            found = db.tickets.by_reference(str(row.payload["reference"]))
            if found is None:
                return Refused(GONE)
            ticket = without_internal(found)
            identity = ticket.request.identity
            consignment = _consignment(row, ticket, db.ticket_links.their_id(name, identity))
            if consignment is not None and consignment.item is ExportItem.CORRECTION:
                told = db.ticket_links.told_at(name, identity, *_told_by(consignment))
                if told is not None and told > row.created_at:
                    return Delivered()
        return consignment or Refused(GONE)

    def record(self, name: str, consignment: TicketExport, arrived: Arrived, nir: NirShown) -> None:
        """Keep how it is called there, what was dropped there, and that a NIR left in clear."""
        identity, now = consignment.ticket.request.identity, self._clock()
        delivered = arrived.delivered
        with self._store.transaction() as db:
            who, reference = f"connector:{name}", consignment.ticket.reference
            if delivered.dropped:
                dropped = ", ".join(delivered.dropped)
                log.warning("%s took %s without: %s", name, reference, dropped)
                db.audit_log.add(who, PARTLY_KEPT, reference, dropped, now)
            if consignment.item is ExportItem.STATUS:
                db.ticket_links.save_copy_status(name, identity, delivered.their_id)
                return
            part = "" if consignment.item is ExportItem.TICKET else consignment.key
            db.ticket_links.save_copy(name, identity, part, delivered.their_id, arrived.as_of)
            if nir is NirShown.CLEAR and not part and _has_nir(consignment.ticket):
                db.audit_log.add(who, "ticket.sent_clear", reference, "", now)


@dataclass(frozen=True, slots=True)
class _Errand:
    """One attempt for one row, with what the register said at `read_at`."""

    carrier: TicketCarrier
    name: str
    connector: Connector
    row: OutboxMessage
    read_at: datetime

    async def run(self, consignment: TicketExport) -> DeliveryResult:
        if consignment.item is not ExportItem.TICKET and not consignment.their_id:
            named = await self._named(consignment)
            if isinstance(named, RetryLater):
                return named
            consignment = named
        if self.row.attempts > 1 or self.row.failure:
            found = await self.connector.find(consignment)
            if found is not None:
                return await self._settle(consignment, found, as_of=self.row.created_at)
        carried = await self.connector.deliver(consignment)
        return await self._settle(consignment, carried, as_of=self.read_at)

    async def _named(self, consignment: TicketExport) -> TicketExport | RetryLater:
        """The same with their name of the ticket, where it is there and we were not told."""
        whole = TicketExport(
            item=ExportItem.TICKET, ticket=consignment.ticket, number=0, at=consignment.at
        )
        found = await self.connector.find(whole)
        if not isinstance(found, Delivered):
            return found or consignment
        await self._keep(whole, Arrived(found, consignment.ticket.filed_at))
        return replace(consignment, their_id=found.their_id)

    async def _settle(
        self,
        consignment: TicketExport,
        carried: Delivered | RetryLater | Refused | Uncertain,
        *,
        as_of: datetime,
    ) -> DeliveryResult:
        match carried:
            case Delivered():
                await self._keep(consignment, Arrived(carried, as_of))
                return Delivered()
            case Uncertain(code, after):
                return RetryLater(f"uncertain.{code}", self._longest(after))
            case RetryLater() | Refused():
                return carried
            case _:
                assert_never(carried)

    async def _keep(self, consignment: TicketExport, arrived: Arrived) -> None:
        await asyncio.to_thread(
            self.carrier.record, self.name, consignment, arrived, self.connector.nir
        )

    def _longest(self, after: timedelta | None) -> timedelta | None:
        """What the doubt asks for, or our own patience where that has grown longer."""
        return None if after is None else max(after, delay_before(self.row.attempts + 1))


def connector_of(lane: str) -> str:
    """`connector:glpi:PEPS-2026-000001` names the connector `glpi`."""
    return lane.removeprefix(LANES).partition(":")[0]


def _consignment(row: OutboxMessage, ticket: Ticket, their_id: str) -> TicketExport | None:
    item, part = ExportItem(row.kind), str(row.payload.get("part", ""))
    message = None
    if part and item in (ExportItem.MESSAGE, ExportItem.CORRECTION):
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


def _told_by(correction: TicketExport) -> tuple[str, str]:
    """The names under which the corrected words may have arrived: their own, or a correction's."""
    is_description = correction.message is None
    own = "" if is_description else correction.corrects
    return own, corrections_of(correction.corrects)


def _has_nir(ticket: Ticket) -> bool:
    answers = (answer for agent in ticket.request.agents for answer in agent.answers)
    return any(answer.is_sensitive and answer.value for answer in answers)


def send_tickets(app: App) -> None:
    """Deliver what waits for the connectors, once; what fails waits for the next time."""
    carrier = TicketCarrier(app.store, app.connectors)
    asyncio.run(deliver_due(app.store, DeliveryRecorder(carrier, patience=PATIENCE)))


async def deliver_due(
    store: Store,
    settling: DeliveryRecorder,
    clock: Callable[[], datetime] = utc_now,
    *,
    lanes: str = LANES,
) -> int:
    """Deliver what is due now, until nothing more is; how many attempts that took."""
    attempts = 0
    while rows := _claim(store, clock(), lanes):
        stopped: set[str] = set()
        for row in rows:
            if row.lane in stopped:
                continue  # it went back together with the one before it
            receipt = await settling.carrier.deliver(row)
            with store.transaction() as db:
                settling.settle(db, [(row, receipt)], clock())
            if isinstance(receipt, RetryLater):
                stopped.add(row.lane)
            attempts += 1
    return attempts


def _claim(store: Store, now: datetime, lanes: str) -> tuple[OutboxMessage, ...]:
    with store.transaction() as db:
        return db.outbox.claim(now, holder="send_tickets", limit=50, lease=LEASE, lanes=lanes)
