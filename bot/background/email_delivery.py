"""Delivers e-mails to people: the rows of the `mail:` lanes, handed to the mailer."""

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from bot.background.sender import Deliverer
from bot.clock import utc_now
from bot.connectors.email import Email, Mailer
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

Tell = Callable[[Database, str, CodeUndelivered, datetime], None]
"""Tells the person at an address what became of their letter, as a turn of their conversation."""
EMAIL_LANES = "mail:"
CODE_PAST = "code.past"


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
        email: Email | None = None
        if row.kind == "letter":
            email = Email(
                key=f"letter/{row.id}",
                recipient=str(row.payload["to"]),
                subject=str(row.payload["subject"]),
                words=str(row.payload["words"]),
                at=row.created_at,
            )
        elif row.kind == "code":
            email = await self._db_thread.record(self._code_email, row, self._clock())
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

    def _code_email(self, db: Database, row: OutboxMessage, now: datetime) -> Email | None:
        """The e-mail with a code, computed now; one that is of no use any more is taken out."""
        code_id = str(row.payload["code"])
        found = db.one_time_codes.code_to_send(code_id, now)
        if found is None:
            db.outbox.bury(row.id, CODE_PAST, now)
            self._tell_lost(db, row, now, refused=False)
            return None
        email, code = found
        minutes = int(CODE_LIFETIME.total_seconds() // 60)
        return Email(
            key=f"code/{code_id}",
            recipient=email,
            subject=unescape(fill(text("confirmation.letter_subject"))),
            words=unescape(fill(text("confirmation.letter", code=code, minutes=minutes))),
            at=row.created_at,
        )
