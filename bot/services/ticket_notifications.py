"""What leaves for connectors and staff groups when something happens to a ticket.

Everything goes into the outbox, in the transaction of the change: to each connector in a lane of
its own per ticket (one that is refused holds up no other), and to the staff group of the ticket's
queue. A row names the ticket and the part of it that is new; its text is written when it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.consignment import Item
from bot.domain.ticket import Author, Happening, Ticket, TicketMessage
from bot.storage.store import Records

STAFF = "staff"
CONNECTOR = "connector"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRoutes:
    """The destinations of tickets: the connectors, and the staff group of each queue.

    `groups` are chats by the code of a queue; the one under the empty code has all others.
    """

    destinations: tuple[str, ...] = ()
    groups: Mapping[str, int] = field(default_factory=dict)

    def staff_lane(self, queue: str) -> str | None:
        chat = self.groups.get(queue) or self.groups.get("")
        return None if chat is None else f"{STAFF}:{chat}"


@dataclass(frozen=True, slots=True)
class TicketNotifications:
    """Writes outbox rows, history and audit entries of a change, in the caller's transaction."""

    routes: TicketRoutes

    def ticket_filed(self, records: Records, ticket: Ticket, who: str, now: datetime) -> None:
        """The ticket itself, once for each destination however often it is repeated."""
        records.begin_history(ticket, Happening(what="filed", who=who, at=now))
        records.audit(who, "ticket.filed", ticket.reference, "", now)
        payload = _payload(Item.TICKET, ticket)
        self._send_to_connectors(records, payload, now)
        self._send_to_staff(records, ticket, payload, now)

    def message_posted(
        self,
        records: Records,
        ticket: Ticket,
        message: TicketMessage,
        now: datetime,
        *,
        origin: str = "",
    ) -> None:
        """A message that both sides may read; `origin` is where it came from and does not go."""
        what = "asked" if message.author is Author.REQUESTER else "answered"
        who = message.by or message.author.value
        happening = Happening(what=what, who=who, at=now, detail=str(message.place))
        records.note_happening(ticket.reference, happening)
        payload = _payload(Item.MESSAGE, ticket, str(message.place))
        self._send_to_connectors(records, payload, now, origin=origin)
        if origin != STAFF:
            self._send_to_staff(records, ticket, payload, now)

    def status_changed(
        self, records: Records, ticket: Ticket, who: str, now: datetime, *, origin: str = ""
    ) -> None:
        """The ticket's new status."""
        status = ticket.status.value
        happening = Happening(what="status", who=who, at=now, detail=status)
        records.note_happening(ticket.reference, happening)
        records.audit(who, "ticket.status", ticket.reference, status, now)
        payload = _payload(Item.STATUS, ticket, status)
        self._send_to_connectors(records, payload, now, origin=origin)
        self.staff_told(records, ticket, now)

    def staff_told(self, records: Records, ticket: Ticket, now: datetime) -> None:
        """The topic shows how the ticket stands: its status, its queue, who has it."""
        self._send_to_staff(records, ticket, _payload(Item.STATUS, ticket), now)

    def moved(self, records: Records, before: Ticket, after: Ticket, now: datetime) -> None:
        """The ticket's new queue: where that belongs to another group, a topic begins there."""
        lane = self.routes.staff_lane(after.queue)
        if lane is None or lane == self.routes.staff_lane(before.queue):
            self.staff_told(records, after, now)
            return
        # Without a key: a ticket that comes back to a group begins a second topic there.
        records.enqueue(lane, Item.TICKET.value, _payload(Item.TICKET, after), now)

    def _send_to_connectors(
        self, records: Records, payload: Mapping[str, str], now: datetime, *, origin: str = ""
    ) -> None:
        for name in self.routes.destinations:
            if name != origin:
                _send(records, f"{CONNECTOR}:{name}:{payload['reference']}", payload, now)

    def _send_to_staff(
        self, records: Records, ticket: Ticket, payload: Mapping[str, str], now: datetime
    ) -> None:
        if lane := self.routes.staff_lane(ticket.queue):
            _send(records, lane, payload, now)


def _payload(item: Item, ticket: Ticket, part: str = "") -> Mapping[str, str]:
    """What a row says; all the rest is read from the database when it leaves."""
    return {"item": item.value, "reference": ticket.reference, "part": part}


def _send(records: Records, lane: str, payload: Mapping[str, str], now: datetime) -> None:
    """A ticket and each message go to a lane once; a status as often as it changes."""
    item, reference, part = payload["item"], payload["reference"], payload["part"]
    key = None if item == Item.STATUS else f"{lane}/{reference}/{item}/{part}"
    records.enqueue(lane, item, payload, now, key=key)
