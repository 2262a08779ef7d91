"""E-mails that come in: an answer to one of ours becomes a message of its ticket, once.

Two things are asked of who wants to be taken for somebody: the signed name of the thread, which
only this desk can make, and the address that our e-mail went to. With the name alone it is a note
for the desk; without it nothing is taken, and nobody is answered.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Final
from uuid import uuid4

from bot.connectors.email import EMAIL, ThreadSide
from bot.connectors.email_reader import IncomingEmail
from bot.conversation.effects import Say
from bot.conversation.events import CodeUndelivered
from bot.conversation.texts import fill, text, unescape
from bot.domain.attachment import (
    MOST_ATTACHMENTS,
    IncomingFile,
    RefusedAttachmentError,
    check_attachment,
)
from bot.domain.delivery import EMAIL_LANES, OutboxMessage
from bot.domain.redaction import REDACTED, redact, redact_all
from bot.domain.sensitive_data import redact_sensitive
from bot.domain.text import one_line, shorten
from bot.domain.ticket import Ticket
from bot.logs import log_failure
from bot.services.advisor_tickets import CONNECTOR_PREFIX, AdvisorAction, AdvisorDesk
from bot.services.helpdesk_config import HelpDeskConfig, channel_of
from bot.services.inbound_updates import ANSWER_LIMIT, keep_unread
from bot.storage.database import is_passing
from bot.storage.people import Person
from bot.storage.store import Database

log = logging.getLogger(__name__)

MOST_AN_HOUR: Final = 12
"""E-mails of one ticket: two machines that answer one another end there."""
BOUNCED: Final = "email.bounced"
"""The failure code of an e-mail that left and came back."""
_WHO: Final = f"{CONNECTOR_PREFIX}{EMAIL}"
_SIGNED: Final = r"([0-9a-f]{20})(?![0-9a-z])"
_THREAD: Final = re.compile(rf"(?<!\d)(\d{{4}}-\d{{6,12}})-([rd])-{_SIGNED}")
_LETTER: Final = re.compile(rf"^letter\.(\d{{1,18}})\.{_SIGNED}")
_PART: Final = re.compile(r"\.(message|status)\.(\d{1,18})\.")


class EmailOutcome(StrEnum):
    """What became of an e-mail; also what is counted."""

    MESSAGE = "message"
    ANSWER = "answer"
    NOTE = "note"
    BOUNCE = "bounce"
    KNOWN = "known"
    EMPTY = "empty"
    AUTOMATIC = "automatic"
    UNKNOWN = "unknown"
    TOO_MANY = "too_many"
    FAILED = "failed"

    @property
    def is_taken(self) -> bool:
        cls = EmailOutcome
        return self in (cls.MESSAGE, cls.ANSWER, cls.NOTE, cls.BOUNCE)


@dataclass(frozen=True, slots=True)
class InboundEmails:
    """Takes e-mails; called by the polling of the mailbox and by `guichet mail receive`.

    `desk_address` is where tickets go by e-mail: its answers are the advisors'.
    """

    config: HelpDeskConfig
    advisor_desk: AdvisorDesk
    desk_address: str

    def receive(
        self,
        email: IncomingEmail,
        now: datetime,
        mark: Callable[[Database], None] = lambda db: None,
    ) -> EmailOutcome:
        """Take an e-mail and `mark` it as read, in one transaction; what fails is kept aside.

        Raises what passes by itself (a lock, a lost connection): then nothing was done.
        """
        try:
            with self.config.store.transaction() as db:
                outcome = self._take(db, email, now)
                db.statistics.count(EMAIL, outcome, now)
                mark(db)
        except Exception as error:
            if is_passing(error):
                raise
            reference = uuid4().hex[:8].upper()
            log_failure(log, f"e-mail {reference}", error)
            kept = repr(redact_all(replace(email, files=())))
            with self.config.store.transaction() as db:
                db.failed_updates.add(reference, EMAIL, kept, type(error).__name__, now)
                mark(db)
            return EmailOutcome.FAILED
        return outcome

    def _take(  # noqa: PLR0911 -- one way out for each reason not to take an e-mail
        self, db: Database, email: IncomingEmail, now: datetime
    ) -> EmailOutcome:
        if email.failed:
            return self._take_back(db, email, now)
        if email.is_automatic:
            return EmailOutcome.AUTOMATIC
        thread = _thread_in(db, email.names)
        ticket = db.tickets.even_restricted(thread[0]) if thread else None
        if thread is None or ticket is None:
            return EmailOutcome.UNKNOWN
        if not db.ticket_links.remember_event(EMAIL, email.message_id, now):
            return EmailOutcome.KNOWN
        if not (email.words or email.files or email.is_partial):
            return EmailOutcome.EMPTY
        if _recent(ticket, now) >= MOST_AN_HOUR:
            return EmailOutcome.TOO_MANY
        return self._attribute(db, thread[1], ticket, email, now)

    def _attribute(
        self, db: Database, side: ThreadSide, ticket: Ticket, email: IncomingEmail, now: datetime
    ) -> EmailOutcome:
        """Who wrote: the signed name says which side we wrote to, the address that it is them."""
        person = db.people.of_ticket(ticket.reference)
        if side is ThreadSide.REQUESTER and person is not None and _wrote(person, email):
            return self._add_message(db, person, ticket, email, now)
        is_desk = bool(email.sender) and email.sender == self.desk_address
        is_answer = side is ThreadSide.DESK and is_desk
        return self._write(db, ticket, email, now, is_note=not is_answer)

    def _add_message(
        self, db: Database, person: Person, ticket: Ticket, email: IncomingEmail, now: datetime
    ) -> EmailOutcome:
        """The requester's own message; their turns wait until the commit."""
        db.people.lock(person.id)
        tickets = self.config.requester_tickets(db, person.id)
        files, refused = self._sorted_files(ticket, email)
        words = _words_of(email, refused)
        added, _ = tickets.add(ticket.reference, words, now, source=EMAIL)
        assert added is not None  # it is theirs, it was read before
        is_new = added.reference != ticket.reference
        place = None if is_new else added.messages[-1].place
        for file in files:
            tickets.keep(added.request.identity, file, now, place=place)
        return EmailOutcome.MESSAGE

    def _write(
        self, db: Database, ticket: Ticket, email: IncomingEmail, now: datetime, *, is_note: bool
    ) -> EmailOutcome:
        """An answer of the advisors' mailbox, or a note that says whose words it holds."""
        files, refused = self._sorted_files(ticket, email)
        words, reference = _words_of(email, refused), ticket.reference
        if is_note:
            sender = email.sender or unescape(fill(text("outside.no_sender")))
            said = text("outside.unknown_sender", sender=sender, words=words)
            words = redact_sensitive(unescape(fill(said)).strip(), REDACTED)
        outcome = EmailOutcome.NOTE if is_note else EmailOutcome.ANSWER
        if ticket.restricted:
            keep_unread(db, ticket, words, _WHO, now)
            return outcome
        action = AdvisorAction(who=_WHO, at=now, confirmed=True, origin=EMAIL)
        tickets = self.advisor_desk.tickets_for(db, action)
        say = tickets.note if is_note else tickets.answer
        say(reference, words, enclosed=files[0] if files else None)
        for file in files[1:]:
            say(reference, unescape(fill(text("pieces.alone"))), enclosed=file)
        topic = db.ticket_links.topic(reference)
        if is_note and topic is not None:
            notifications = self.advisor_desk.notifications
            notifications.say(db, topic.chat_id, reference, words, now)
        return outcome

    def _sorted_files(
        self, ticket: Ticket, email: IncomingEmail
    ) -> tuple[list[IncomingFile], list[str]]:
        """The files that the ticket takes, and the names of the others."""
        files: list[IncomingFile] = []
        refused: list[str] = []
        for file in email.files:
            try:
                check_attachment(file.content, self.config.rules.piece_bytes)
                has_room = len(ticket.pieces) + len(files) < MOST_ATTACHMENTS
            except RefusedAttachmentError:
                has_room = False
            if has_room:
                files.append(file)
            else:
                refused.append(redact_sensitive(one_line(file.name), REDACTED))
        return files, refused

    def _take_back(self, db: Database, email: IncomingEmail, now: datetime) -> EmailOutcome:
        """A mail server gave an e-mail of ours back: its row is given up, who is meant is told."""
        for name in email.failed:
            row = _row_named(db, name)
            if row is not None and db.outbox.bounce(row.id, BOUNCED, now):
                self._tell_of_bounce(db, row, now)
                return EmailOutcome.BOUNCE
        return EmailOutcome.AUTOMATIC

    def _tell_of_bounce(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """Letters do not arrive at the address that a person gave: it is confirmed no more."""
        of = row.lane.removeprefix(EMAIL_LANES)
        if row.kind == "code":
            if found := db.one_time_codes.give_up_code(of, now):
                person_id, email = found
                undelivered = CodeUndelivered(email, refused=True)
                self.advisor_desk.tell(db, db.people.address_of(person_id), undelivered, now)
            return
        person = db.people.of_ticket(of) if row.kind == "news" else None
        if person is None or channel_of(person.home) not in self.config.renderers:
            return
        profile = person.profile
        db.people.lock(person.id)
        db.people.save_profile(person.id, replace(profile, email_confirmed=False))
        db.audit_log.add(person.id, BOUNCED, person.id, "", now)
        said = Say(text("letter.bounced", email=profile.email or ""))
        db.outbox.add_all(person.home, self.config.render(person.home, said), now)


def _thread_in(db: Database, names: str) -> tuple[str, ThreadSide] | None:
    """The ticket and the side that a text names, if this desk signed it."""
    for found in _THREAD.finditer(names):
        reference = f"PEPS-{found[1]}"
        if compare_digest(db.ticket_links.sign(f"{reference}/{found[2]}"), found[3]):
            return reference, ThreadSide(found[2])
    return None


def _row_named(db: Database, name: str) -> OutboxMessage | None:
    """The row that left under this `Message-ID`, if this desk signed it."""
    letter = _LETTER.search(name)
    if letter is not None:
        is_ours = compare_digest(db.ticket_links.sign(f"letter/{letter[1]}"), letter[2])
        return db.outbox.get(int(letter[1])) if is_ours else None
    thread = _thread_in(db, name)
    if thread is None or thread[1] is not ThreadSide.DESK:
        return None
    part = _PART.search(name)
    wanted = (part[1], part[2]) if part else ("ticket", "")
    for row in db.outbox.of_lane(f"{_WHO}:{thread[0]}", 1000):
        number = str(row.id) if row.kind == "status" else str(row.payload.get("part", ""))
        if (row.kind, number) == wanted:
            return row
    return None


def _wrote(person: Person, email: IncomingEmail) -> bool:
    """Whether it comes from the address that the requester confirmed."""
    profile = person.profile
    return profile.email_confirmed and email.sender == (profile.email or "").lower() != ""


def _recent(ticket: Ticket, now: datetime) -> int:
    """How many e-mails of the ticket were taken within an hour."""
    after = now - timedelta(hours=1)
    late = (one for one in ticket.messages if one.written_at > after)
    return sum(one.source == EMAIL or one.by == _WHO for one in late)


def _words_of(email: IncomingEmail, refused: list[str]) -> str:
    """What was written, without its secrets, and what of it was not taken."""
    lines = redact_sensitive(email.words[:ANSWER_LIMIT], REDACTED).split("\n")
    words = "\n".join(map(redact, lines)) or unescape(fill(text("pieces.alone")))
    if refused:
        names = shorten(", ".join(refused), 500)
        words += "\n\n" + unescape(fill(text("outside.refused_files", names=names)))
    if email.is_partial or len(email.words) > ANSWER_LIMIT:
        words += "\n\n" + unescape(fill(text("outside.partial")))
    return words
