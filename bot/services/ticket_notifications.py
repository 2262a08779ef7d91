"""What leaves for connectors and staff groups when something happens to a ticket.

Everything goes into the outbox, in the transaction of the change: to each connector in a lane of
its own per ticket (one that is refused holds up no other), and to the staff group of the ticket's
queue. A row names the ticket and the part of it that is new; its text is written when it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ticket import Author, Happening, Ticket, TicketMessage
from bot.domain.ticket_export import ExportItem
from bot.storage.audit_log import STATUS_CHANGED
from bot.storage.store import Database

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

    def ticket_filed(self, db: Database, ticket: Ticket, who: str, now: datetime) -> None:
        """The ticket itself, once for each destination however often it is repeated."""
        db.ticket_messages.begin_history(ticket, Happening(what="filed", who=who, at=now))
        db.audit_log.add(who, "ticket.filed", ticket.reference, "", now)
        payload = _payload(ExportItem.TICKET, ticket)
        self._send_to_connectors(db, payload, now)
        self._send_to_staff(db, ticket, payload, now)

    def message_posted(
        self,
        db: Database,
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
        db.ticket_messages.note(ticket.reference, happening)
        payload = _payload(ExportItem.MESSAGE, ticket, str(message.place))
        self._send_to_connectors(db, payload, now, origin=origin)
        if origin != STAFF:
            self._send_to_staff(db, ticket, payload, now)

    def status_changed(
        self, db: Database, ticket: Ticket, who: str, now: datetime, *, origin: str = ""
    ) -> None:
        """The ticket's new status."""
        status = ticket.status.value
        happening = Happening(what="status", who=who, at=now, detail=status)
        db.ticket_messages.note(ticket.reference, happening)
        db.audit_log.add(who, STATUS_CHANGED, ticket.reference, status, now)
        payload = _payload(ExportItem.STATUS, ticket, status)
        self._send_to_connectors(db, payload, now, origin=origin)
        self.assignment_changed(db, ticket, now)

    def assignment_changed(self, db: Database, ticket: Ticket, now: datetime) -> None:
        """The topic shows how the ticket stands: its status, its queue, who has it."""
        self._send_to_staff(db, ticket, _payload(ExportItem.STATUS, ticket), now)

    def moved(self, db: Database, before: Ticket, after: Ticket, now: datetime) -> None:
        """The ticket's new queue: where that belongs to another group, a topic begins there."""
        lane = self.routes.staff_lane(after.queue)
        if lane is None or lane == self.routes.staff_lane(before.queue):
            self.assignment_changed(db, after, now)
            return
        # Without a key: a ticket that comes back to a group begins a second topic there.
        db.outbox.add(lane, ExportItem.TICKET.value, _payload(ExportItem.TICKET, after), now)

    def say(self, db: Database, chat_id: int, reference: str, words: str, now: datetime) -> None:
        """A sentence of the desk's own in the topic of a ticket."""
        payload = {"reference": reference, "text": words, "reply_to": 0, "rows": []}
        db.outbox.add(f"{STAFF}:{chat_id}", "say", payload, now)

    def _send_to_connectors(
        self, db: Database, payload: Mapping[str, str], now: datetime, *, origin: str = ""
    ) -> None:
        for name in self.routes.destinations:
            if name != origin:
                _send(db, f"{CONNECTOR}:{name}:{payload['reference']}", payload, now)

    def _send_to_staff(
        self, db: Database, ticket: Ticket, payload: Mapping[str, str], now: datetime
    ) -> None:
        if lane := self.routes.staff_lane(ticket.queue):
            _send(db, lane, payload, now)


def _payload(item: ExportItem, ticket: Ticket, part: str = "") -> Mapping[str, str]:
    """What a row says; all the rest is read from the database when it leaves."""
    return {"item": item.value, "reference": ticket.reference, "part": part}


def _send(db: Database, lane: str, payload: Mapping[str, str], now: datetime) -> None:
    """A ticket and each message go to a lane once; a status as often as it changes."""
    item, reference, part = payload["item"], payload["reference"], payload["part"]
    key = None if item == ExportItem.STATUS else f"{lane}/{reference}/{item}/{part}"
    db.outbox.add(lane, item, payload, now, key=key)
