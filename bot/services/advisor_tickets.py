"""Tickets from the advisors' side: take, answer, note, change the status, move, reveal.

An action writes the ticket, its history, the audit log, the notice to the requester and what leaves
for connectors and staff groups in one transaction. An action that should be confirmed first returns
a warning and changes nothing; with `confirmed` set it is done. Access rights are the caller's: a
terminal belongs to whoever holds the keys, a member of a staff group needs a role.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from bot.conversation.events import FromDesk, Notified
from bot.domain.attachment import IncomingFile
from bot.domain.people import Assurance
from bot.domain.redaction import REDACTED
from bot.domain.sensitive_data import find_nirs, redact_sensitive
from bot.domain.text import clean, without_accents
from bot.domain.ticket import (
    Author,
    Happening,
    Notice,
    Ticket,
    TicketMessage,
    TicketNews,
    TicketStatus,
)
from bot.services.ticket_notifications import TicketNotifications
from bot.storage.store import Database, Store
from knowledge import Field

CONNECTOR_PREFIX = "connector:"
"""Begins the name of whoever acted in another ticketing system."""

EnclosedFile = IncomingFile | int | None
"""A file sent with a message: as it came in, or the number of one that is stored already."""

NEWS_OF = {
    TicketStatus.PENDING: TicketNews.PENDING,
    TicketStatus.RESOLVED: TicketNews.RESOLVED,
    TicketStatus.CLOSED: TicketNews.CLOSED,
    TicketStatus.IN_PROGRESS: TicketNews.REOPENED,
}

T = TypeVar("T")


class ActionWarning(StrEnum):
    """Why an action waits for a confirmation; then nothing was changed."""

    TAKEN_BY_ANOTHER = "taken_by_another"
    WRITTEN_MEANWHILE = "written_meanwhile"
    ONLY_DECLARED = "only_declared"


class ActionError(StrEnum):
    """Why an action is impossible."""

    UNKNOWN = "unknown"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """The ticket after an action, or the warning or error for which nothing changed.

    `told` is False when the requester cannot be reached now (they will read it in /demandes).
    """

    ticket: Ticket | None = None
    message: TicketMessage | None = None
    warning: ActionWarning | None = None
    error: ActionError | None = None
    told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorAction:
    """Who acts, when, and whether they confirmed it after a warning; neutral as to the channel.

    `origin` is where it was written (a connector's name, or `STAFF`): nothing is sent back there.
    """

    who: str
    at: datetime
    confirmed: bool = False
    origin: str = ""

    @property
    def is_outside(self) -> bool:
        """Whether it was done in another ticketing system, whose users have no role here."""
        return self.who.startswith(CONNECTOR_PREFIX)


@dataclass(frozen=True, slots=True)
class AdvisorDesk:
    """Opens `AdvisorTickets`: for one action of its own, or inside the caller's transaction.

    Built once by `bot.app`; used by commands, the staff groups and the inbound updates.
    """

    store: Store
    notifications: TicketNotifications
    tell: Callable[[Database, str, FromDesk, datetime], bool]
    piece_bytes: int
    fields: Mapping[str, Field]

    def do(self, action: AdvisorAction, work: Callable[["AdvisorTickets"], T]) -> T:
        """Do one action, in a transaction of its own."""
        with self.store.transaction() as db:
            return work(self.tickets_for(db, action))

    def tickets_for(self, db: Database, action: AdvisorAction) -> "AdvisorTickets":
        """The tickets for one action, inside the caller's transaction."""
        return AdvisorTickets(self, db, action)


@dataclass(frozen=True, slots=True)
class AdvisorTickets:
    """The tickets as one advisor works on them, for one action inside one transaction."""

    desk: AdvisorDesk
    db: Database
    action: AdvisorAction

    def take(self, reference: str) -> ActionResult:
        """Assign the ticket to the advisor; another's is taken over only once confirmed."""
        ticket = self._ticket(reference)
        if ticket is None:
            return ActionResult(error=ActionError.UNKNOWN)
        if not ticket.status.is_open:
            return ActionResult(ticket=ticket, error=ActionError.CLOSED)
        if ticket.taken_by == self.action.who:
            return ActionResult(ticket=ticket)
        if ticket.taken_by and not self.action.confirmed:
            return ActionResult(ticket=ticket, warning=ActionWarning.TAKEN_BY_ANOTHER)
        self._hold(reference)
        if ticket.status is not TicketStatus.NEW:
            return self._refreshed(reference)
        changed = self._change(ticket, TicketStatus.IN_PROGRESS)
        return ActionResult(ticket=changed, told=self._notify(changed, TicketNews.TAKEN))

    def release(self, reference: str) -> ActionResult:
        """Assign the ticket to nobody."""
        if self._ticket(reference) is None:
            return ActionResult(error=ActionError.UNKNOWN)
        self.db.tickets.assign(reference, "", self.action.at)
        self._note(reference, "released")
        return self._refreshed(reference)

    def answer(
        self, reference: str, words: str, *, seen: int | None = None, enclosed: EnclosedFile = None
    ) -> ActionResult:
        """Write to the requester; `seen` is how many messages the writer had read, None for all.

        A ticket that nobody has is assigned to who answers it.

        Raises:
            RefusedAttachmentError: the enclosed file is refused.
        """
        ticket = self._ticket(reference)
        if ticket is None:
            return ActionResult(error=ActionError.UNKNOWN)
        warning = self._warning(ticket, words, seen, enclosed)
        if warning is not None:
            return ActionResult(ticket=ticket, warning=warning)
        if not ticket.taken_by and not self.action.is_outside:
            self._hold(reference)
        if ticket.status is TicketStatus.NEW:
            self._change(ticket, TicketStatus.IN_PROGRESS)
        return self._post(reference, words, enclosed)

    def note(self, reference: str, words: str, *, enclosed: EnclosedFile = None) -> ActionResult:
        """Write something for the desk alone: no requester and no connector ever sees it."""
        if self._ticket(reference) is None:
            return ActionResult(error=ActionError.UNKNOWN)
        _, posted, _ = self._add_message(reference, words, enclosed, internal=True)
        self._note(reference, "noted")
        return ActionResult(ticket=self._ticket(reference), message=posted)

    def set_status(self, reference: str, status: TicketStatus, words: str = "") -> ActionResult:
        """Wait for the requester, resolve, close or reopen; `words` are a message to them.

        They are asked twice about like any answer; what is waited for goes with the news of it.
        """
        ticket = self._ticket(reference)
        if ticket is None:
            return ActionResult(error=ActionError.UNKNOWN)
        warning = self._warning(ticket, words) if words else None
        if warning is not None:
            return ActionResult(ticket=ticket, warning=warning)
        question = ""
        if words and status is TicketStatus.PENDING:
            question = self._write(reference, words, None)[1].text
        elif words:
            self._post(reference, words, None)
        changed = ticket if ticket.status is status else self._change(ticket, status)
        # That work goes on after a question, nobody needs to be told.
        goes_on = status is TicketStatus.IN_PROGRESS and ticket.status.is_open
        is_news = question or (changed is not ticket and not goes_on)
        news = NEWS_OF.get(status) if is_news else None
        told = news is None or self._notify(changed, news, question)
        return ActionResult(ticket=changed, told=told)

    def move(self, reference: str, queue: str) -> ActionResult:
        """Give the ticket to another queue, where nobody has it yet."""
        ticket = self._ticket(reference)
        if ticket is None:
            return ActionResult(error=ActionError.UNKNOWN)
        self.db.tickets.move_to_queue(reference, queue)
        self.db.tickets.assign(reference, "", self.action.at)
        self._note(reference, "moved", queue)
        self.db.audit_log.add(self.action.who, "ticket.moved", reference, queue, self.action.at)
        moved = self._known(reference)
        self.desk.notifications.moved(self.db, ticket, moved, self.action.at)
        return ActionResult(ticket=moved)

    def reveal(self, reference: str, reason: str) -> tuple[str, ...] | None:
        """The NIRs of a ticket, agent by agent, empty where there is none; None without a ticket.

        The audit log gets who, which ticket and why in the same commit: no reveal goes unrecorded.
        """
        ticket = self._ticket(reference)
        if ticket is None:
            return None
        self.db.audit_log.add(self.action.who, "ticket.revealed", reference, reason, self.action.at)
        # A field that has left the catalogue has no kind any more: its key was the kind's name.
        kinds = {key: field.kind for key, field in self.desk.fields.items()}
        return tuple(
            next((one.value for one in agent.answers if kinds.get(one.key, one.key) == "nir"), "")
            for agent in ticket.request.agents
        )

    def reveal_piece(self, reference: str, number: int, reason: str) -> bool:
        """Whether there is such a piece; that it is about to be shown is recorded, as for a NIR."""
        ticket = self._ticket(reference)
        if ticket is None or ticket.piece(number) is None:
            return False
        detail = f"pièce {number} : {reason}"
        self.db.audit_log.add(self.action.who, "piece.revealed", reference, detail, self.action.at)
        return True

    def _ticket(self, reference: str) -> Ticket | None:
        return self.db.tickets.by_reference(reference)

    def _known(self, reference: str) -> Ticket:
        """A ticket that was read before in this transaction."""
        ticket = self._ticket(reference)
        assert ticket is not None
        return ticket

    def _warning(
        self, ticket: Ticket, words: str, seen: int | None = None, enclosed: EnclosedFile = None
    ) -> ActionWarning | None:
        """Why an answer needs a confirmation first; `seen` messages were read by its writer."""
        if self.action.confirmed or self.action.is_outside:
            return None
        if ticket.taken_by not in ("", self.action.who):
            return ActionWarning.TAKEN_BY_ANOTHER
        later = ticket.messages[seen:] if seen is not None else ()
        if any(one.author is Author.ADVISOR and one.by != self.action.who for one in later):
            return ActionWarning.WRITTEN_MEANWHILE
        if ticket.request.assurance is Assurance.INVITED:
            return None  # a confirmed address says nothing about the employer
        # The content of a file is not read here: it may name anybody.
        is_personal = enclosed is not None or _identifies_an_agent(ticket, words)
        return ActionWarning.ONLY_DECLARED if is_personal else None

    def _post(self, reference: str, words: str, enclosed: EnclosedFile) -> ActionResult:
        """An answer, and the news of it."""
        ticket, posted, piece = self._write(reference, words, enclosed)
        told = self._notify(ticket, TicketNews.ANSWERED, posted.text, piece)
        return ActionResult(ticket=ticket, message=posted, told=told)

    def _write(
        self, reference: str, words: str, enclosed: EnclosedFile
    ) -> tuple[Ticket, TicketMessage, int]:
        """A message to the requester, in the ticket and on its way to everybody else."""
        written = self._add_message(reference, words, enclosed, internal=False)
        ticket, posted, _ = written
        now, origin = self.action.at, self.action.origin
        self.desk.notifications.message_posted(self.db, ticket, posted, now, origin=origin)
        self.db.audit_log.add(self.action.who, "ticket.answered", reference, str(posted.place), now)
        return written

    def _add_message(
        self, reference: str, words: str, enclosed: EnclosedFile, *, internal: bool
    ) -> tuple[Ticket, TicketMessage, int]:
        """Add a message, its NIRs redacted, and its file, whose number is the last value (or 0)."""
        message = TicketMessage(
            author=Author.ADVISOR,
            text=redact_sensitive(clean(words), REDACTED),
            written_at=self.action.at,
            by=self.action.who,
            internal=internal,
        )
        posted = self.db.ticket_messages.add(reference, message)
        assert posted is not None  # the ticket was read before
        identity, piece = self._known(reference).request.identity, 0
        if isinstance(enclosed, IncomingFile):
            now, most = self.action.at, self.desk.piece_bytes
            added = self.db.attachments.add(
                identity, enclosed, now, place=posted.place, most_bytes=most
            )
            piece = added.number
        elif enclosed is not None:
            piece = enclosed
            self.db.attachments.move_to_message(identity, piece, posted.place)
        return self._known(reference), posted, piece

    def _hold(self, reference: str) -> None:
        self.db.tickets.assign(reference, self.action.who, self.action.at)
        self._note(reference, "taken")

    def _change(self, ticket: Ticket, status: TicketStatus) -> Ticket:
        changed = self.db.tickets.set_status(ticket.reference, status, self.action.at)
        assert changed is not None  # the ticket was read before
        who, now, origin = self.action.who, self.action.at, self.action.origin
        self.desk.notifications.status_changed(self.db, changed, who, now, origin=origin)
        return changed

    def _refreshed(self, reference: str) -> ActionResult:
        ticket = self._known(reference)
        self.desk.notifications.assignment_changed(self.db, ticket, self.action.at)
        return ActionResult(ticket=ticket)

    def _note(self, reference: str, what: str, detail: str = "") -> None:
        happening = Happening(what=what, who=self.action.who, at=self.action.at, detail=detail)
        self.db.ticket_messages.note(reference, happening)

    def _notify(self, ticket: Ticket, news: TicketNews, words: str = "", piece: int = 0) -> bool:
        """Tell the requester; `piece` is the number of the file that came with an answer."""
        person = self.db.people.of_ticket(ticket.reference)
        if person is None:
            return False
        reference, label = ticket.reference, ticket.request.labels[2]
        notice = Notice(news=news, reference=reference, label=label, words=words, piece=piece)
        return self.desk.tell(self.db, person.home, Notified(notice), self.action.at)


def _identifies_an_agent(ticket: Ticket, words: str) -> bool:
    """Whether a text holds a NIR, or a name or birth date of one of the ticket's agents."""
    plain = f" {_plain(words)} "
    known = [
        _plain(answer.value)
        for agent in ticket.request.agents
        for key in ("nom", "prenom", "ddn")
        if (answer := agent.answer(key)) and answer.value
    ]
    return bool(find_nirs(words)) or any(f" {one} " in plain for one in known)


def _plain(words: str) -> str:
    """Lower case without accents; letters, digits and « / » only, single spaces."""
    folded = without_accents(words).casefold()
    kept = "".join(letter if letter.isalnum() or letter == "/" else " " for letter in folded)
    return " ".join(kept.split())
