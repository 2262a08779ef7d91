"""Delivers e-mails to people: the rows of the `mail:` lanes, handed to the mailer."""

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from bot.background.sender import Deliverer
from bot.clock import utc_now
from bot.connectors.email import Email, Mailer, ThreadSide, thread_of
from bot.conversation.events import CodeUndelivered
from bot.conversation.texts import fill, text, unescape
from bot.domain.delivery import (
    Delivered,
    DeliveryResult,
    OutboxMessage,
    Refused,
    RetryLater,
    Uncertain,
    Withdrawn,
)
from bot.domain.email_code import CODE_LIFETIME
from bot.storage.store import Database, DatabaseThread

Tell = Callable[[Database, str, CodeUndelivered, datetime], bool]
"""Tells the person at an address what became of their letter, as a turn of their conversation."""
CODE_PAST = "code.past"
NO_ADDRESS = "email.not_confirmed"


class EmailDelivery(Deliverer):
    """Sends what people are told by e-mail; called by the sender in the event loop."""

    def __init__(
        self,
        mailer: Mailer,
        db_thread: DatabaseThread,
        tell: Tell,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._mailer = mailer
        self._db_thread = db_thread
        self._tell = tell
        self._clock = clock

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        email = await self._db_thread.record(self._email_of, row)
        if email is None:
            return Withdrawn()
        result = await self._mailer.send(email)
        match result:
            case Delivered():
                return Delivered()
            case Uncertain(code, after):
                # Sent again under the same Message-ID: a reader that has it shows it once.
                return RetryLater(f"uncertain.{code}", after)
            case RetryLater() | Refused():
                return result
            case _:
                assert_never(result)

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """Nobody waits for a code in vain: its address is refused."""
        if row.kind == "code":
            self._tell_lost(db, row, now, refused=True)

    def _tell_lost(self, db: Database, row: OutboxMessage, now: datetime, *, refused: bool) -> None:
        found = db.one_time_codes.give_up_code(str(row.payload["code"]), now)
        if found is not None:
            person_id, email = found
            event = CodeUndelivered(email, refused)
            self._tell(db, db.people.address_of(person_id), event, now)

    def _email_of(self, db: Database, row: OutboxMessage) -> Email | None:
        """What a row stands for; one that is of no use any more is taken out."""
        now, payload = self._clock(), row.payload
        recipient, thread = str(payload.get("to", "")), ""
        subject, words = str(payload.get("subject", "")), str(payload.get("words", ""))
        if row.kind == "code":
            found = db.one_time_codes.code_to_send(str(payload["code"]), now)
            if found is None:
                db.outbox.bury(row.id, CODE_PAST, now)
                self._tell_lost(db, row, now, refused=False)
                return None
            recipient, code = found
            minutes = int(CODE_LIFETIME.total_seconds() // 60)
            subject = unescape(fill(text("confirmation.letter_subject")))
            words = unescape(fill(text("confirmation.letter", code=code, minutes=minutes)))
        elif row.kind == "news":
            reference = str(payload["reference"])
            person = db.people.of_ticket(reference)
            if person is None or not person.profile.email_confirmed:
                db.outbox.bury(row.id, NO_ADDRESS, now)
                return None
            recipient = person.profile.email or ""
            thread = thread_of(reference, ThreadSide.REQUESTER, db.ticket_links.sign)
            way_back = "reply" if self._mailer.replies else "no_reply"
            words += "\n\n" + unescape(fill(text(f"letter.{way_back}")))
        signed = db.ticket_links.sign(f"letter/{row.id}")
        return Email(
            key="/".join(filter(None, ("letter", str(row.id), signed, thread))),
            recipient=recipient,
            subject=subject,
            words=words,
            at=row.created_at,
            thread=thread,
        )
