"""The window: what one requester does with their tickets, inside the help desk's transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from bot.conversation.message_sources import DESCRIPTION_KEY
from bot.conversation.texts import fill, text, unescape
from bot.domain.attachment import (
    MOST_BYTES,
    Attachment,
    AttachmentFault,
    IncomingFile,
    RefusedAttachmentError,
)
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
class Window:
    """One person in front of the register."""

    db: Database
    correspondence: TicketNotifications
    catalogue: Catalogue
    person_id: str
    reopen_days: int
    piece_bytes: int = MOST_BYTES

    def file(
        self, request: TicketRequest, now: datetime, *, follows: str = "", by: str = ""
    ) -> Ticket:
        """Record a request, once: filed again, the same ticket is given back as it stands.

        `by` is who filed it in the person's name, if somebody did.
        """
        queue = self.catalogue.queue_for(request.path, request.fund)
        ticket = self.db.tickets.create(self.person_id, request, now, queue=queue, follows=follows)
        if ticket is None:
            return self.db.tickets.get_or_create(self.person_id, request, now)
        self.correspondence.ticket_filed(self.db, ticket, by or self.person_id, now)
        return ticket

    def add(
        self, reference: str, words: str, now: datetime, *, source: str = ""
    ) -> tuple[Ticket | None, Added]:
        """Add a message to one's own ticket; a closed one is reopened, or continued by a new one.

        No message is lost: where the old ticket is too old to be reopened, a new one holds it.
        """
        ticket = self.db.tickets.own(self.person_id, reference)
        if ticket is None:
            return None, Added.ADDED
        if self._is_past(ticket, now):
            return self._continue(ticket, words, now, source), Added.FILED_ANEW
        became = self._reopen(ticket, now)
        message = TicketMessage(author=Author.REQUESTER, text=words, written_at=now, source=source)
        posted = self.db.ticket_messages.add(reference, message)
        ticket = self.db.tickets.own(self.person_id, reference)
        if ticket is not None and posted is not None:
            self.correspondence.message_posted(self.db, ticket, posted, now)
        return ticket, became

    def attach(
        self, reference: str, words: str, given: IncomingFile, now: datetime, *, source: str = ""
    ) -> tuple[Ticket, Added, Attachment]:
        """Add a file to one's own ticket, with `words` as its message.

        Raises:
            RefusedPieceError: it is not taken, or there is no such ticket; nothing was changed.
        """
        with self.db.savepoint():
            ticket, became = self.add(reference, words, now, source=source)
            if ticket is None:
                raise RefusedAttachmentError(AttachmentFault.GONE)
            place = _newest(ticket, became)
            piece = self.keep(ticket.request.identity, given, now, place=place)
            return ticket, became, piece

    def keep(
        self, identity: str, given: IncomingFile, now: datetime, *, place: int | None = None
    ) -> Attachment:
        """Keep a file, of a ticket or of a draft."""
        return self.db.attachments.add(
            identity, given, now, place=place, most_bytes=self.piece_bytes
        )

    def take_along(self, identity: str, ticket: Ticket, became: Added, now: datetime) -> None:
        """The pieces of a draft that became a message of `ticket`."""
        self.db.attachments.move(identity, ticket.request.identity, _newest(ticket, became), now)

    def correct(self, source: str, words: str, now: datetime) -> str:
        """Put other words in the place of a message; the reference of its ticket, or nothing.

        The description and what was added read otherwise from then on; an answer of the form stays
        as it was checked, and the correction of it is added as a message.
        """
        written = (
            self.db.ticket_messages.find_request_by_source(self.person_id, source)
            if source
            else None
        )
        if written is not None and written[1] == (AnswerSource(source, DESCRIPTION_KEY),):
            return self._reword(written[0], words, now)
        if written is not None:
            words = f"{_corrects(written[1], self.catalogue)} : {words}"
        found = self.db.ticket_messages.find_by_source(self.person_id, source) if source else None
        if found is not None:
            return self._rewrite(*found, words, now)
        if written is None:
            return ""
        ticket, _ = self.add(written[0].reference, words, now, source=source)
        return ticket.reference if ticket is not None else ""

    def _reword(self, ticket: Ticket, words: str, now: datetime) -> str:
        """The description reads otherwise now."""
        reference = ticket.reference
        if ticket.request.description != words:
            self.db.ticket_messages.edit_description(reference, words, now)
            self.correspondence.requester_corrected(self.db, ticket, None, now)
        return reference

    def _rewrite(self, reference: str, place: int, words: str, now: datetime) -> str:
        """A message reads otherwise now."""
        ticket = self.db.tickets.own(self.person_id, reference)
        before = next(
            (one.text for one in ticket.messages if one.place == place) if ticket else iter(()),
            None,
        )
        if ticket is not None and before != words:
            self.db.ticket_messages.edit(reference, place, words, now)
            self.correspondence.requester_corrected(self.db, ticket, place, now)
        return reference

    def withdraw(self, reference: str, now: datetime) -> Ticket | None:
        before = self.db.tickets.own(self.person_id, reference)
        ticket = self.db.tickets.withdraw(self.person_id, reference, now)
        if before is not None and ticket is not None and before.status is not ticket.status:
            self.correspondence.status_changed(self.db, ticket, self.person_id, now)
        return ticket

    def _is_past(self, ticket: Ticket, now: datetime) -> bool:
        closed_at = ticket.closed_at
        return closed_at is not None and closed_at + timedelta(days=self.reopen_days) < now

    def _reopen(self, ticket: Ticket, now: datetime) -> Added:
        """A closed ticket is taken up again; one that waited for this answer waits no more."""
        if ticket.status in (TicketStatus.NEW, TicketStatus.IN_PROGRESS):
            return Added.ADDED
        status = TicketStatus.IN_PROGRESS if ticket.taken_by else TicketStatus.NEW
        changed = self.db.tickets.set_status(ticket.reference, status, now)
        if changed is not None:
            self.correspondence.status_changed(self.db, changed, self.person_id, now)
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


def _corrects(written: tuple[AnswerSource, ...], catalogue: Catalogue) -> str:
    """« Je corrige (Montant en cause, …) »: which answers were written in that message."""
    labels = ", ".join(catalogue.fields[one.key].label for one in written)
    return unescape(fill(text("tickets.correction", labels=labels)))
