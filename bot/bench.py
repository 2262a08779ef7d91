"""The bench: what one person of the desk does with tickets, inside one transaction.

Each deed keeps the ticket, its history, the audit, the notice to the requester and what leaves for
connectors and staff groups together. A deed that needs a second thought gives a `Doubt` and changes
nothing; done `surely`, it is done.
"""

from dataclasses import dataclass

from bot.domain.attachment import IncomingFile
from bot.domain.ticket import (
    Author,
    Happening,
    Notice,
    Ticket,
    TicketMessage,
    TicketNews,
    TicketStatus,
)
from bot.services.advisor_actions import (
    ActionError,
    ActionResult,
    ActionWarning,
    AdvisorAction,
    EnclosedFile,
    TellRequester,
    gives_away,
    warning_about_answer,
    warning_about_file,
    without_nirs,
)
from bot.services.ticket_notifications import TicketNotifications
from bot.storage.store import Database

NEWS_OF = {
    TicketStatus.PENDING: TicketNews.PENDING,
    TicketStatus.RESOLVED: TicketNews.RESOLVED,
    TicketStatus.CLOSED: TicketNews.CLOSED,
    TicketStatus.IN_PROGRESS: TicketNews.REOPENED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One person of the desk in front of the register."""

    db: Database
    correspondence: TicketNotifications
    tell: TellRequester
    deed: AdvisorAction
    piece_bytes: int

    def take(self, reference: str) -> ActionResult:
        """Be the one at work on the ticket; another's is taken over only `surely`."""
        ticket = self._ticket(reference)
        if ticket is None:
            return ActionResult(obstacle=ActionError.UNKNOWN)
        if not ticket.status.is_open:
            return ActionResult(ticket=ticket, obstacle=ActionError.CLOSED)
        if ticket.taken_by == self.deed.who:
            return ActionResult(ticket=ticket)
        if ticket.taken_by and not self.deed.confirmed:
            return ActionResult(ticket=ticket, doubt=ActionWarning.TAKEN_BY_ANOTHER)
        self._hold(reference)
        if ticket.status is not TicketStatus.NEW:
            return self._refreshed(reference)
        changed = self._change(ticket, TicketStatus.IN_PROGRESS)
        return ActionResult(ticket=changed, told=self._notify(changed, TicketNews.TAKEN))

    def release(self, reference: str) -> ActionResult:
        """Nobody is at work on it any more."""
        if self._ticket(reference) is None:
            return ActionResult(obstacle=ActionError.UNKNOWN)
        self.db.tickets.assign(reference, "", self.deed.at)
        self._note(reference, "released")
        return self._refreshed(reference)

    def answer(
        self, reference: str, words: str, *, seen: int | None = None, enclosed: EnclosedFile = None
    ) -> ActionResult:
        """Write to the requester; `seen` is how many messages the writer had read, None for all.

        Whoever answers a ticket that nobody has, has it from then on.

        Raises:
            RefusedPieceError: what is enclosed is not taken.
        """
        ticket = self._ticket(reference)
        if ticket is None:
            return ActionResult(obstacle=ActionError.UNKNOWN)
        doubt = (
            None if self.deed.confirmed else warning_about_answer(self.deed, ticket, words, seen)
        )
        if doubt is None and enclosed is not None and not self.deed.confirmed:
            doubt = warning_about_file(self.deed, ticket)
        if doubt is not None:
            return ActionResult(ticket=ticket, doubt=doubt)
        if not ticket.taken_by and not self.deed.is_outside:
            self._hold(reference)
        if ticket.status is TicketStatus.NEW:
            self._change(ticket, TicketStatus.IN_PROGRESS)
        return self._post(reference, words, enclosed)

    def correct(self, reference: str, place: int, words: str) -> ActionResult:
        """Put right what was answered: the new words stand where the old ones were read."""
        ticket = self._ticket(reference)
        if ticket is not None and not self.deed.confirmed and gives_away(ticket, words):
            return ActionResult(ticket=ticket, doubt=ActionWarning.ONLY_DECLARED)
        words = without_nirs(words)
        if ticket is None or not self.db.ticket_messages.edit(
            reference, place, words, self.deed.at
        ):
            return ActionResult(obstacle=ActionError.UNKNOWN)
        self._note(reference, "corrected", str(place))
        self.db.audit_log.add(
            self.deed.who, "ticket.corrected", reference, str(place), self.deed.at
        )
        self.correspondence.answer_corrected(self.db, ticket, place, self.deed.at)
        told = self._notify(ticket, TicketNews.CORRECTED, words, place=place)
        return ActionResult(ticket=ticket, told=told)

    def note(self, reference: str, words: str, *, enclosed: EnclosedFile = None) -> ActionResult:
        """Write something for the desk alone: no requester and no connector ever sees it."""
        message = TicketMessage(
            author=Author.ADVISOR,
            text=without_nirs(words),
            written_at=self.deed.at,
            by=self.deed.who,
            internal=True,
        )
        posted = self.db.ticket_messages.add(reference, message)
        if posted is None:
            return ActionResult(obstacle=ActionError.UNKNOWN)
        self._enclose(self._known(reference), enclosed, posted.place)
        self._note(reference, "noted")
        return ActionResult(ticket=self._ticket(reference), message=posted)

    def set_status(self, reference: str, status: TicketStatus, words: str = "") -> ActionResult:
        """Wait for the requester, resolve, close or reopen; `words` are a message to them.

        They are asked twice about like any answer; what is waited for goes with the news of it.
        """
        ticket = self._ticket(reference)
        if ticket is None:
            return ActionResult(obstacle=ActionError.UNKNOWN)
        is_asked = bool(words) and not self.deed.confirmed
        doubt = warning_about_answer(self.deed, ticket, words, None) if is_asked else None
        if doubt is not None:
            return ActionResult(ticket=ticket, doubt=doubt)
        asks = bool(words) and status is TicketStatus.PENDING
        if words and not asks:
            self._post(reference, words, None)
        asked = self._write(reference, words, None)[1] if asks else None
        changed = ticket if ticket.status is status else self._change(ticket, status)
        if asked is not None:
            told = self._notify(changed, TicketNews.PENDING, asked.text, place=asked.place)
            return ActionResult(ticket=changed, told=told)
        news = _news(ticket.status, status) if changed is not ticket else None
        return ActionResult(ticket=changed, told=news is None or self._notify(changed, news))

    def move(self, reference: str, queue: str) -> ActionResult:
        """Give the ticket to another queue, where nobody has it yet."""
        ticket = self._ticket(reference)
        if ticket is None:
            return ActionResult(obstacle=ActionError.UNKNOWN)
        self.db.tickets.move_to_queue(reference, queue)
        self.db.tickets.assign(reference, "", self.deed.at)
        self._note(reference, "moved", queue)
        self.db.audit_log.add(self.deed.who, "ticket.moved", reference, queue, self.deed.at)
        moved = self._known(reference)
        self.correspondence.moved(self.db, ticket, moved, self.deed.at)
        return ActionResult(ticket=moved)

    def reveal(self, reference: str, reason: str) -> tuple[str, ...] | None:
        """The NIRs of a ticket, agent by agent, empty where there is none; None without a ticket.

        The audit keeps who, which ticket and why, in the same commit: no reveal goes unrecorded.
        """
        ticket = self._ticket(reference)
        if ticket is None:
            return None
        self.db.audit_log.add(self.deed.who, "ticket.revealed", reference, reason, self.deed.at)
        nirs = [agent.answer("nir") for agent in ticket.request.agents]
        return tuple(answer.value if answer else "" for answer in nirs)

    def reveal_piece(self, reference: str, number: int, reason: str) -> bool:
        """Whether there is such a piece; that it is about to be shown is recorded, as for a NIR."""
        ticket = self._ticket(reference)
        if ticket is None or ticket.piece(number) is None:
            return False
        detail = f"piece {number}: {reason}"
        self.db.audit_log.add(self.deed.who, "piece.revealed", reference, detail, self.deed.at)
        return True

    def _ticket(self, reference: str) -> Ticket | None:
        return self.db.tickets.by_reference(reference)

    def _known(self, reference: str) -> Ticket:
        """A ticket that was read before in this transaction."""
        ticket = self._ticket(reference)
        assert ticket is not None
        return ticket

    def _post(self, reference: str, words: str, enclosed: EnclosedFile) -> ActionResult:
        """An answer, and the news of it."""
        ticket, posted, piece = self._write(reference, words, enclosed)
        told = self._notify(
            ticket, TicketNews.ANSWERED, posted.text, place=posted.place, piece=piece
        )
        return ActionResult(ticket=ticket, message=posted, told=told)

    def _write(
        self, reference: str, words: str, enclosed: EnclosedFile
    ) -> tuple[Ticket, TicketMessage, int]:
        """A message to the requester, in the ticket and on its way to everybody else."""
        message = TicketMessage(
            author=Author.ADVISOR,
            text=without_nirs(words),
            written_at=self.deed.at,
            by=self.deed.who,
        )
        posted = self.db.ticket_messages.add(reference, message)
        assert posted is not None  # the ticket was read before
        piece = self._enclose(self._known(reference), enclosed, posted.place)
        ticket, now = self._known(reference), self.deed.at
        self.correspondence.message_posted(self.db, ticket, posted, now, origin=self.deed.origin)
        self.db.audit_log.add(self.deed.who, "ticket.answered", reference, str(posted.place), now)
        return ticket, posted, piece

    def _enclose(self, ticket: Ticket, enclosed: EnclosedFile, place: int) -> int:
        """The number of the piece that goes with a message; 0 for none."""
        identity = ticket.request.identity
        if isinstance(enclosed, IncomingFile):
            kept = self.db.attachments.add(
                identity, enclosed, self.deed.at, place=place, most_bytes=self.piece_bytes
            )
            return kept.number
        if enclosed is not None:
            self.db.attachments.move_to_message(identity, enclosed, place)
        return enclosed or 0

    def _hold(self, reference: str) -> None:
        self.db.tickets.assign(reference, self.deed.who, self.deed.at)
        self._note(reference, "taken")

    def _change(self, ticket: Ticket, status: TicketStatus) -> Ticket:
        changed = self.db.tickets.set_status(ticket.reference, status, self.deed.at)
        assert changed is not None  # the ticket was read before
        who, now, origin = self.deed.who, self.deed.at, self.deed.origin
        self.correspondence.status_changed(self.db, changed, who, now, origin=origin)
        return changed

    def _refreshed(self, reference: str) -> ActionResult:
        ticket = self._known(reference)
        self.correspondence.staff_told(self.db, ticket, self.deed.at)
        return ActionResult(ticket=ticket)

    def _note(self, reference: str, what: str, detail: str = "") -> None:
        happening = Happening(what=what, who=self.deed.who, at=self.deed.at, detail=detail)
        self.db.ticket_messages.note(reference, happening)

    def _notify(self, ticket: Ticket, news: TicketNews, words: str = "", **parts: int) -> bool:
        """Tell the requester; `parts` are the `place` of the message told, and its `piece`."""
        person = self.db.people.of_ticket(ticket.reference)
        if person is None:
            return False
        label = ticket.request.labels[2]
        notice = Notice(news=news, reference=ticket.reference, label=label, words=words, **parts)
        self.tell(self.db, person.address, notice, self.deed.at)
        return not person.unreachable


def _news(before: TicketStatus, after: TicketStatus) -> TicketNews | None:
    """What the requester is told of a change; that work goes on after a question, nobody needs."""
    if after is TicketStatus.IN_PROGRESS and before.is_open:
        return None
    return NEWS_OF.get(after)
