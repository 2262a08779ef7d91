"""Ticket exports: what a connector carries to another system, and what comes back from there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ticket import Ticket, TicketMessage, TicketStatus


class ExportItem(StrEnum):
    """What is new: the ticket itself, a message of it, or its status."""

    TICKET = "ticket"
    MESSAGE = "message"
    STATUS = "status"


class NirShown(StrEnum):
    """How a NIR reads in what leaves: masked, replaced by where to see it, or as it is."""

    MASKED = "masked"
    LINK = "link"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketExport:
    """One thing to carry; `number` is its own, the same at every attempt.

    `their_id` is how the other system calls the ticket, empty before it has it; `message` is the
    new one.
    """

    item: ExportItem
    ticket: Ticket
    number: int
    at: datetime
    message: TicketMessage | None = None
    status: TicketStatus | None = None
    their_id: str = ""

    @property
    def key(self) -> str:
        """The name of this very thing: whoever has seen it once knows it again."""
        match self.item:
            case ExportItem.TICKET:
                return self.ticket.reference
            case ExportItem.MESSAGE:
                place = self.message.place if self.message else 0
                return f"{self.ticket.reference}/message/{place}"
            case ExportItem.STATUS:
                return f"{self.ticket.reference}/status/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalReply:
    """What another system tells of a ticket: words, a status, or both.

    `event_id` is its own name for that, `their_id` the one of the message itself, by which our own
    are known; `internal` words are for the desk alone.
    """

    event_id: str
    reference: str
    their_id: str = ""
    words: str = ""
    internal: bool = False
    status: TicketStatus | None = None
    their_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalTicket:
    """A ticket in another system; `status` is what that system last said, in its own words."""

    reference: str
    their_id: str
    status: str
