"""Correspondence: what leaves when something happens to a ticket, whoever caused it.

Everything goes through the outbox, in the transaction of what happened: to every connector, in a
lane for each ticket (one that is not taken holds up no other), and to the staff group of the
ticket's queue. A row names the ticket and the part of it that is new; what
is said of it is written when it leaves, from the register.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ticket import Author, Happening, Ticket, TicketMessage
from bot.domain.ticket_export import ExportItem
from bot.storage.store import Database

STAFF = "staff"
CONNECTOR = "connector"
AGAIN = (ExportItem.STATUS, ExportItem.CORRECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Where tickets go: the connectors, and the staff group of each queue.

    `groups` are chats by the code of a queue; the one under the empty code has all others.
    """

    destinations: tuple[str, ...] = ()
    groups: Mapping[str, int] = field(default_factory=dict)

    def staff_lane(self, queue: str) -> str | None:
        chat = self.groups.get(queue) or self.groups.get("")
        return None if chat is None else f"{STAFF}:{chat}"


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Puts what is new where it goes."""

    routes: Routes

    def ticket_filed(self, db: Database, ticket: Ticket, who: str, now: datetime) -> None:
        """The ticket itself, once a destination whatever is repeated."""
        db.ticket_messages.begin_history(ticket, Happening(what="filed", who=who, at=now))
        db.audit_log.add(who, "ticket.filed", ticket.reference, "", now)
        for name in self.routes.destinations:
            _send(
                db,
                f"{CONNECTOR}:{name}:{ticket.reference}",
                _part(ExportItem.TICKET, ticket),
                now,
            )
        if lane := self.routes.staff_lane(ticket.queue):
            _send(db, lane, _part(ExportItem.TICKET, ticket), now)

    def message_posted(
        self,
        db: Database,
        ticket: Ticket,
        message: TicketMessage,
        now: datetime,
        *,
        origin: str = "",
    ) -> None:
        """A message that both sides may read; it does not go back to its `origin`.

        That is a connector's name, or `STAFF`.
        """
        what = "asked" if message.author is Author.REQUESTER else "answered"
        who = message.by or message.author.value
        happening = Happening(what=what, who=who, at=now, detail=str(message.place))
        db.ticket_messages.note(ticket.reference, happening)
        part = _part(ExportItem.MESSAGE, ticket, message.place)
        for name in self.routes.destinations:
            if name != origin:
                _send(db, f"{CONNECTOR}:{name}:{ticket.reference}", part, now)
        lane = self.routes.staff_lane(ticket.queue)
        if lane is not None and origin != STAFF:
            _send(db, lane, part, now)

    def requester_corrected(
        self, db: Database, ticket: Ticket, place: int | None, now: datetime
    ) -> None:
        """The requester put their own words right, in a message or (None) in the description."""
        part = "" if place is None else str(place)
        happening = Happening(what="reworded", who="requester", at=now, detail=part)
        db.ticket_messages.note(ticket.reference, happening)
        self._tell_correction(db, ticket, part, now)
        if lane := self.routes.staff_lane(ticket.queue):
            _send(db, lane, _part(ExportItem.CORRECTION, ticket, part), now)

    def answer_corrected(self, db: Database, ticket: Ticket, place: int, now: datetime) -> None:
        """An advisor put an answer right, where they had written it."""
        self._tell_correction(db, ticket, str(place), now)

    def _tell_correction(self, db: Database, ticket: Ticket, part: str, now: datetime) -> None:
        """What other systems were sent cannot be changed there: the correction follows it."""
        payload = _part(ExportItem.CORRECTION, ticket, part)
        for name in self.routes.destinations:
            _send(db, f"{CONNECTOR}:{name}:{ticket.reference}", payload, now)

    def status_changed(
        self, db: Database, ticket: Ticket, who: str, now: datetime, *, origin: str = ""
    ) -> None:
        """Where the ticket stands now."""
        status = ticket.status.value
        happening = Happening(what="status", who=who, at=now, detail=status)
        db.ticket_messages.note(ticket.reference, happening)
        db.audit_log.add(who, "ticket.status", ticket.reference, status, now)
        for name in self.routes.destinations:
            if name != origin:
                _send(
                    db,
                    f"{CONNECTOR}:{name}:{ticket.reference}",
                    _part(ExportItem.STATUS, ticket, status),
                    now,
                )
        self.staff_told(db, ticket, now)

    def staff_told(self, db: Database, ticket: Ticket, now: datetime) -> None:
        """The topic shall show how the ticket stands: its status, its queue, who has it."""
        if lane := self.routes.staff_lane(ticket.queue):
            _send(db, lane, _part(ExportItem.STATUS, ticket), now)

    def moved(self, db: Database, before: Ticket, after: Ticket, now: datetime) -> None:
        """Another queue has it: where that is another group, it begins a topic there."""
        lane = self.routes.staff_lane(after.queue)
        if lane is None or lane == self.routes.staff_lane(before.queue):
            self.staff_told(db, after, now)
            return
        db.outbox.add(lane, ExportItem.TICKET.value, _part(ExportItem.TICKET, after), now)


def _part(item: ExportItem, ticket: Ticket, part: object = "") -> dict[str, str]:
    """What a row says: all the rest is read from the register when it leaves."""
    return {"item": item.value, "reference": ticket.reference, "part": str(part)}


def _send(db: Database, lane: str, payload: dict[str, str], now: datetime) -> None:
    """A ticket and each of its messages go to a lane once, whatever is repeated; a status or a
    correction as often as there is one."""
    item, reference, part = payload["item"], payload["reference"], payload["part"]
    key = None if item in AGAIN else f"{lane}/{reference}/{item}/{part}"
    db.outbox.add(lane, item, payload, now, key=key)
