"""The tickets of one requester: file, add a message or a file, correct, withdraw, rate.

`RequesterTickets` holds the rules; `RequesterTurn` performs the effects of a turn with it. Both
work inside the transaction of that turn.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never
from uuid import NAMESPACE_URL, uuid5

from bot.conversation import effects
from bot.conversation.effects import TicketEffect
from bot.conversation.events import (
    AttachmentKept,
    CorrectionAdded,
    Event,
    MessageAdded,
    SimilarFound,
    TicketFiled,
    TicketOpened,
    TicketsListed,
)
from bot.conversation.session import DESCRIPTION_KEY
from bot.conversation.texts import fill, text, unescape
from bot.domain.attachment import (
    MOST_BYTES,
    Attachment,
    AttachmentFault,
    IncomingFile,
    RefusedAttachmentError,
)
from bot.domain.dates import in_paris
from bot.domain.ticket import (
    Added,
    AnswerSource,
    Author,
    Ticket,
    TicketMessage,
    TicketRequest,
    TicketStatus,
)
from bot.services.ticket_notifications import TicketNotifications
from bot.storage.store import Database
from bot.storage.tickets import without_internal
from knowledge import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterTickets:
    """One person's own tickets, inside the caller's transaction."""

    db: Database
    notifications: TicketNotifications
    catalogue: Catalogue
    person_id: str
    reopen_days: int
    piece_bytes: int = MOST_BYTES

    def own(self, reference: str) -> Ticket | None:
        """A ticket that the person filed themselves; None for any other."""
        return self.db.tickets.own(self.person_id, reference)

    def file(
        self, request: TicketRequest, now: datetime, *, follows: str = "", by: str = ""
    ) -> Ticket:
        """File a request once; filed again, the existing ticket is returned unchanged.

        How far the person is known is reckoned here, for the employer of this very request.
        `by` is who filed it in the person's name, if somebody did.
        """
        profile = self.db.people.profile(self.person_id)
        assurance = profile.assurance_at(request.employer.siret, request.email)
        request = replace(request, assurance=assurance)
        queue = self.catalogue.queue_for(request.path, request.fund)
        ticket = self.db.tickets.create(self.person_id, request, now, queue=queue, follows=follows)
        if ticket is None:
            return self.db.tickets.get_or_create(self.person_id, request, now)
        self.notifications.ticket_filed(self.db, ticket, by or self.person_id, now)
        return ticket

    def add(
        self, reference: str, words: str, now: datetime, *, source: str = ""
    ) -> tuple[Ticket | None, Added]:
        """Add a message to one's own ticket; a closed one is reopened, or continued by a new one.

        No message is lost: where the old ticket is too old to be reopened, a new one holds it.
        """
        ticket = self.own(reference)
        if ticket is None:
            return None, Added.ADDED
        closed_at = ticket.closed_at
        if closed_at is not None and closed_at + timedelta(days=self.reopen_days) < now:
            return self._continue(ticket, words, now, source), Added.FILED_ANEW
        became = self._reopen(ticket, now)
        message = TicketMessage(author=Author.REQUESTER, text=words, written_at=now, source=source)
        posted = self.db.ticket_messages.add(reference, message)
        ticket = self.own(reference)
        if ticket is not None and posted is not None:
            self.notifications.message_posted(self.db, ticket, posted, now)
        return ticket, became

    def attach(
        self, reference: str, words: str, given: IncomingFile, now: datetime, *, source: str = ""
    ) -> tuple[Ticket, Added, Attachment]:
        """Add a file to one's own ticket, with `words` as its message.

        Raises:
            RefusedAttachmentError: it is refused, or there is no such ticket; nothing changed.
        """
        with self.db.savepoint():
            ticket, became = self.add(reference, words, now, source=source)
            if ticket is None:
                raise RefusedAttachmentError(AttachmentFault.GONE)
            identity, place = ticket.request.identity, _newest(ticket, became)
            return ticket, became, self.keep(identity, given, now, place=place)

    def keep(
        self, identity: str, given: IncomingFile, now: datetime, *, place: int | None = None
    ) -> Attachment:
        """Keep a file, of a ticket or of a draft."""
        most = self.piece_bytes
        return self.db.attachments.add(identity, given, now, place=place, most_bytes=most)

    def correct(self, source: str, words: str, now: datetime) -> str:
        """Add the edited words of an earlier message to its ticket, as one more message.

        Returns the ticket's reference; empty where no ticket was written in that message.
        """
        if not source:
            return ""
        request = self.db.ticket_messages.find_request_by_source(self.person_id, source)
        message = self.db.ticket_messages.find_by_source(self.person_id, source)
        if request is not None:
            reference = request[0].reference
        elif message is not None:
            reference = message[0]
        else:
            return ""
        said = unescape(fill(text("tickets.correction", words=words)))
        ticket, _ = self.add(reference, said, now, source=source)
        return ticket.reference if ticket is not None else ""

    def withdraw(self, reference: str, now: datetime) -> Ticket | None:
        before = self.own(reference)
        ticket = self.db.tickets.withdraw(self.person_id, reference, now)
        if before is not None and ticket is not None and before.status is not ticket.status:
            self.notifications.status_changed(self.db, ticket, self.person_id, now)
        return ticket

    def _reopen(self, ticket: Ticket, now: datetime) -> Added:
        """A closed ticket is taken up again; one that waited for this answer waits no more."""
        if ticket.status in (TicketStatus.NEW, TicketStatus.IN_PROGRESS):
            return Added.ADDED
        status = TicketStatus.IN_PROGRESS if ticket.taken_by else TicketStatus.NEW
        changed = self.db.tickets.set_status(ticket.reference, status, now)
        if changed is not None:
            self.notifications.status_changed(self.db, changed, self.person_id, now)
        return Added.ADDED if ticket.status.is_open else Added.REOPENED

    def _continue(self, ticket: Ticket, words: str, now: datetime, source: str) -> Ticket:
        """A new ticket of the same matter; the same message sent twice is one ticket."""
        said = f"{ticket.request.identity}/{len(ticket.messages)}/{words}"
        request = replace(
            ticket.request,
            identity=str(uuid5(NAMESPACE_URL, said)),
            description=words,
            sources=(AnswerSource(source, DESCRIPTION_KEY),) if source else (),
        )
        return without_internal(self.file(request, now, follows=ticket.reference))


def _newest(ticket: Ticket, became: Added) -> int | None:
    """The place of what was just written: a message, or (None) the request of a new ticket."""
    return None if became is Added.FILED_ANEW else ticket.messages[-1].place


@dataclass(frozen=True, slots=True)
class RequesterTurn:
    """Performs the effects of one turn that concern the person's tickets.

    The turn came from `address`, in the message that the channel calls `message`.
    """

    tickets: RequesterTickets
    address: str
    message: str
    now: datetime

    def perform(  # noqa: PLR0911 -- one `match` over all effects of tickets
        self, effect: TicketEffect
    ) -> Event | None:
        """Perform one effect; its answer, where it has one, is returned as an event."""
        db, person, now = self.tickets.db, self.tickets.person_id, self.now
        match effect:
            case effects.FileTicket():
                return self._file(effect)
            case effects.ListTickets():
                listed = db.tickets.of_person(person)
                return TicketsListed(listed, left_out=bool(db.tickets.left_out))
            case effects.OpenTicket(reference):
                return TicketOpened(self.tickets.own(reference))
            case effects.AddMessage():
                return self._add(effect)
            case effects.FetchAttachment():
                # The person's channel downloads the file; it comes back as a later event.
                fetch = {**asdict(effect), "message": self.message}
                db.outbox.add(self.address, "fetch_piece", fetch, now)
                return None
            case effects.KeepAttachment():
                return replace(self._keep(effect), follows=effect.follows)
            case effects.AddCorrection(words, source):
                return CorrectionAdded(self.tickets.correct(source, words, now))
            case effects.RateTicket(reference, score, words):
                db.tickets.rate(person, reference, score, words, now)
                return None
            case effects.WithdrawTicket(reference):
                return TicketOpened(self.tickets.withdraw(reference, now))
            case _:
                assert_never(effect)

    def _file(self, effect: effects.FileTicket) -> TicketFiled | SimilarFound:
        request = effect.request
        if not effect.anyway:
            tickets, person = self.tickets.db.tickets, self.tickets.person_id
            similar = tickets.similar_open(person, request)
            if similar is not None:
                return SimilarFound(similar.reference, similar.filed_at)
        ticket = self.tickets.file(request, self.now)
        forwarded = bool(self.tickets.notifications.routes.destinations)
        return TicketFiled(ticket.reference, in_paris(ticket.filed_at), forwarded)

    def _add(self, effect: effects.AddMessage) -> MessageAdded:
        source = effect.source or self.message
        ticket, became = self.tickets.add(effect.reference, effect.text, self.now, source=source)
        if ticket is not None and effect.identity:
            identity, place = ticket.request.identity, _newest(ticket, became)
            self.tickets.db.attachments.move(effect.identity, identity, place, self.now)
            ticket = self.tickets.own(ticket.reference)
        return MessageAdded(ticket, became)

    def _keep(self, effect: effects.KeepAttachment) -> AttachmentKept:
        """With its ticket; or with its draft, unless that was filed while the file was fetched."""
        reference = effect.reference
        if not reference:
            person = self.tickets.person_id
            reference = self.tickets.db.tickets.reference_of(person, effect.identity)
        try:
            if not reference:
                piece = self.tickets.keep(effect.identity, effect.given, self.now)
                return AttachmentKept(piece=piece, identity=effect.identity)
            ticket, became, piece = self.tickets.attach(
                reference, effect.words, effect.given, self.now, source=self.message
            )
        except RefusedAttachmentError as error:
            return AttachmentKept(fault=error.fault)
        whole = self.tickets.own(ticket.reference)
        return AttachmentKept(piece=piece, ticket=whole, became=became)
