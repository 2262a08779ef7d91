"""The tickets of one requester: file, add a message or a file, correct, withdraw, rate.

`RequesterTickets` holds the rules; `RequesterTurn` performs the effects of a turn with it. Both
work inside the transaction of that turn.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never
from uuid import NAMESPACE_URL, uuid5

from bot.conversation import effects
from bot.conversation.effects import TicketEffect
from bot.conversation.events import (
    MessageAdded,
    MessageCorrected,
    PieceKept,
    SimilarFound,
    TicketFiled,
    TicketOpened,
    TicketsListed,
)
from bot.conversation.sources import DESCRIPTION
from bot.conversation.text import text
from bot.conversation.wording import fill, unescape
from bot.domain.clock import in_paris
from bot.domain.piece import MOST_BYTES, Enclosure, Piece, PieceFault, RefusedPieceError
from bot.domain.ticket import (
    Added,
    Author,
    Source,
    Ticket,
    TicketMessage,
    TicketRequest,
    TicketStatus,
)
from bot.services.ticket_notifications import TicketNotifications
from bot.storage.store import Records
from bot.storage.tickets import without_internal
from knowledge import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterTickets:
    """One person's own tickets, inside the caller's transaction."""

    records: Records
    notifications: TicketNotifications
    catalogue: Catalogue
    person_id: str
    reopen_days: int
    piece_bytes: int = MOST_BYTES

    def file(
        self, request: TicketRequest, now: datetime, *, follows: str = "", by: str = ""
    ) -> Ticket:
        """File a request once; filed again, the existing ticket is returned unchanged.

        `by` is who filed it in the person's name, if somebody did.
        """
        queue = self.catalogue.queue_for(request.path, request.fund)
        ticket = self.records.file_new(self.person_id, request, now, queue=queue, follows=follows)
        if ticket is None:
            return self.records.file_ticket(self.person_id, request, now)
        self.notifications.ticket_filed(self.records, ticket, by or self.person_id, now)
        return ticket

    def add(
        self, reference: str, words: str, now: datetime, *, source: str = ""
    ) -> tuple[Ticket | None, Added]:
        """Add a message to one's own ticket; a closed one is reopened, or continued by a new one.

        No message is lost: where the old ticket is too old to be reopened, a new one holds it.
        """
        ticket = self.records.ticket_of(self.person_id, reference)
        if ticket is None:
            return None, Added.ADDED
        if self._is_past(ticket, now):
            return self._continue(ticket, words, now, source), Added.FILED_ANEW
        became = self._reopen(ticket, now)
        message = TicketMessage(author=Author.REQUESTER, text=words, written_at=now, source=source)
        posted = self.records.post_message(reference, message)
        ticket = self.records.ticket_of(self.person_id, reference)
        if ticket is not None and posted is not None:
            self.notifications.message_posted(self.records, ticket, posted, now)
        return ticket, became

    def attach(
        self, reference: str, words: str, given: Enclosure, now: datetime, *, source: str = ""
    ) -> tuple[Ticket, Added, Piece]:
        """Add a file to one's own ticket, with `words` as its message.

        Raises:
            RefusedPieceError: it is not taken, or there is no such ticket; nothing was changed.
        """
        with self.records.savepoint():
            ticket, became = self.add(reference, words, now, source=source)
            if ticket is None:
                raise RefusedPieceError(PieceFault.GONE)
            place = _newest(ticket, became)
            piece = self.keep(ticket.request.identity, given, now, place=place)
            return ticket, became, piece

    def keep(
        self, identity: str, given: Enclosure, now: datetime, *, place: int | None = None
    ) -> Piece:
        """Keep a file, of a ticket or of a draft."""
        return self.records.keep_piece(
            identity, given, now, place=place, most_bytes=self.piece_bytes
        )

    def take_along(self, identity: str, ticket: Ticket, became: Added, now: datetime) -> None:
        """The pieces of a draft that became a message of `ticket`."""
        self.records.move_pieces(identity, ticket.request.identity, _newest(ticket, became), now)

    def correct(self, source: str, words: str, now: datetime) -> str:
        """Add the edited words of an earlier message to its ticket, as one more message.

        Returns the ticket's reference; empty where no ticket was written in that message.
        """
        reference = self._ticket_written_in(source) if source else ""
        if not reference:
            return ""
        said = unescape(fill(text("tickets.correction", words=words)))
        ticket, _ = self.add(reference, said, now, source=source)
        return ticket.reference if ticket is not None else ""

    def _ticket_written_in(self, source: str) -> str:
        written = self.records.written_in(self.person_id, source)
        if written is not None:
            return written[0].reference
        found = self.records.message_from(self.person_id, source)
        return found[0] if found is not None else ""

    def withdraw(self, reference: str, now: datetime) -> Ticket | None:
        before = self.records.ticket_of(self.person_id, reference)
        ticket = self.records.withdraw_ticket(self.person_id, reference, now)
        if before is not None and ticket is not None and before.status is not ticket.status:
            self.notifications.status_changed(self.records, ticket, self.person_id, now)
        return ticket

    def _is_past(self, ticket: Ticket, now: datetime) -> bool:
        closed_at = ticket.closed_at
        return closed_at is not None and closed_at + timedelta(days=self.reopen_days) < now

    def _reopen(self, ticket: Ticket, now: datetime) -> Added:
        """A closed ticket is taken up again; one that waited for this answer waits no more."""
        if ticket.status in (TicketStatus.NEW, TicketStatus.IN_PROGRESS):
            return Added.ADDED
        status = TicketStatus.IN_PROGRESS if ticket.taken_by else TicketStatus.NEW
        changed = self.records.set_ticket_status(ticket.reference, status, now)
        if changed is not None:
            self.notifications.status_changed(self.records, changed, self.person_id, now)
        return Added.ADDED if ticket.status.is_open else Added.REOPENED

    def _continue(self, ticket: Ticket, words: str, now: datetime, source: str) -> Ticket:
        """A new ticket of the same matter; the same message sent twice is one ticket."""
        said = f"{ticket.request.identity}/{len(ticket.messages)}/{words}"
        request = replace(
            ticket.request,
            identity=str(uuid5(NAMESPACE_URL, said)),
            description=words,
            sources=(Source(source, DESCRIPTION),) if source else (),
        )
        return without_internal(self.file(request, now, follows=ticket.reference))


def _newest(ticket: Ticket, became: Added) -> int | None:
    """The place of what was just written: a message, or (None) the request of a new ticket."""
    return None if became is Added.FILED_ANEW else ticket.messages[-1].place


TicketEvent = (
    TicketFiled
    | SimilarFound
    | TicketsListed
    | TicketOpened
    | MessageAdded
    | PieceKept
    | MessageCorrected
)


@dataclass(frozen=True, slots=True)
class MessageOrigin:
    """Where a turn came from: the person's address, and the channel's id of their message."""

    address: str
    message: str


class RequesterTurn:
    """Performs the effects of one turn that concern the person's tickets."""

    def __init__(self, tickets: RequesterTickets, origin: MessageOrigin, now: datetime) -> None:
        self._origin = origin
        self._tickets = tickets
        self._records = tickets.records
        self._person = tickets.person_id
        self._now = now

    def perform(  # noqa: PLR0911 -- one `match` over all effects of tickets
        self, effect: TicketEffect
    ) -> TicketEvent | None:
        """Perform one effect; its answer, where it has one, is returned as an event."""
        match effect:
            case effects.FileTicket():
                return self._file(effect)
            case effects.ListTickets():
                return TicketsListed(self._records.tickets_of(self._person))
            case effects.OpenTicket(reference):
                return TicketOpened(self._records.ticket_of(self._person, reference))
            case effects.AddMessage():
                return self._add(effect)
            case effects.FetchPiece():
                self._fetch(effect)
                return None
            case effects.KeepPiece():
                return self._keep(effect)
            case effects.CorrectMessage(words, source):
                corrected = self._tickets.correct(source, words, self._now)
                return MessageCorrected(corrected)
            case effects.RateTicket(reference, score, words):
                self._records.rate_ticket(self._person, reference, score, words, self._now)
                return None
            case effects.WithdrawTicket(reference):
                return TicketOpened(self._tickets.withdraw(reference, self._now))
            case _:
                assert_never(effect)

    def _file(self, effect: effects.FileTicket) -> TicketFiled | SimilarFound:
        request = effect.request
        if not effect.anyway:
            similar = self._records.similar_open(self._person, request)
            if similar is not None:
                return SimilarFound(similar.reference, similar.filed_at)
        ticket = self._tickets.file(request, self._now)
        destinations = self._tickets.notifications.routes.destinations
        return TicketFiled(ticket.reference, in_paris(ticket.filed_at), destinations)

    def _add(self, effect: effects.AddMessage) -> MessageAdded:
        source = effect.source or self._origin.message
        ticket, became = self._tickets.add(effect.reference, effect.text, self._now, source=source)
        if ticket is not None and effect.identity:
            self._tickets.take_along(effect.identity, ticket, became, self._now)
            ticket = self._records.ticket_of(self._person, ticket.reference)
        return MessageAdded(ticket, became)

    def _fetch(self, effect: effects.FetchPiece) -> None:
        """Have the person's channel download a file; it comes back as a later event."""
        fetch = {
            "document": effect.document,
            "name": effect.name,
            "caption": effect.caption,
            "identity": effect.identity,
            "reference": effect.reference,
            "message": self._origin.message,
        }
        self._records.enqueue(self._origin.address, "fetch_piece", fetch, self._now)

    def _keep(self, effect: effects.KeepPiece) -> PieceKept:
        """With its ticket; or with its draft, unless that was filed while the file was fetched."""
        reference = effect.reference
        if not reference:
            reference = self._records.reference_of(self._person, effect.identity)
        try:
            if not reference:
                piece = self._tickets.keep(effect.identity, effect.given, self._now)
                return PieceKept(piece=piece, identity=effect.identity)
            ticket, became, piece = self._tickets.attach(
                reference, effect.words, effect.given, self._now, source=self._origin.message
            )
        except RefusedPieceError as error:
            return PieceKept(fault=error.fault)
        whole = self._records.ticket_of(self._person, ticket.reference)
        return PieceKept(piece=piece, ticket=whole, became=became)
