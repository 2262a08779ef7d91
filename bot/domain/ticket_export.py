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

    `desk` is the name of this desk among those that may write to the same system; `their_id` is how
    that system calls the ticket, empty before it has it; `message` is the new one. `thread` is the
    signed name by which an answer to it is known.
    """

    item: ExportItem
    ticket: Ticket
    number: int
    at: datetime
    message: TicketMessage | None = None
    status: TicketStatus | None = None
    their_id: str = ""
    desk: str = ""
    thread: str = ""

    @property
    def root(self) -> str:
        """The name of the ticket, also where other desks have the same reference."""
        return f"{self.desk}/{self.ticket.reference}" if self.desk else self.ticket.reference

    @property
    def key(self) -> str:
        """The name of this very thing: whoever has seen it once knows it again."""
        match self.item:
            case ExportItem.TICKET:
                return self.root
            case ExportItem.MESSAGE:
                return f"{self.root}/message/{self.message.place if self.message else 0}"
            case ExportItem.STATUS:
                return f"{self.root}/status/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalReply:
    """What another system tells of a ticket: words, a status, or both.

    `event_id` is its own name for that, `their_id` the one of the message itself, by which our own
    are known; `revision` changes with the words, so that a correction is told too. `internal` words
    are for the desk alone, those `by_requester` are the requester's own, and after a merge the
    ticket is the one that `moved_to` names.
    """

    event_id: str
    reference: str
    their_id: str = ""
    words: str = ""
    internal: bool = False
    status: TicketStatus | None = None
    their_status: str = ""
    revision: str = ""
    by_requester: bool = False
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalTicket:
    """A ticket in another system; `status` is what that system last said, in its own words, empty
    where it was never read; `key` is the name that it got from us (`TicketExport.root`)."""

    reference: str
    their_id: str
    status: str
    key: str = ""
