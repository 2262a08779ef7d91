"""Letters on their way: the rows of the `mail:` lanes, handed to the post."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from bot.app import App
from bot.background.rate_limit import RateLimit
from bot.background.reminder_delivery import RecheckedCarrier
from bot.background.sender import DeliveryRecorder
from bot.background.ticket_delivery import DELIVERY_PATIENCE, deliver_due
from bot.clock import utc_now
from bot.connectors.email import Email, Mailer
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
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database

LANES = "mail:"
CODE_PAST = "code.past"


class LetterCarrier:
    """Sends what people are told by e-mail."""

    def __init__(
        self,
        post: Mailer,
        clerk: DatabaseThread,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._post = post
        self._clerk = clerk
        self._clock = clock

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        letter = _letter(row)
        if row.kind == "code":
            letter = await self._clerk.record(_code_letter, row, self._clock())
        if letter is None:
            return Withdrawn()
        carried = await self._post.send(letter)
        match carried:
            case Delivered():
                return Delivered()
            case Uncertain(code, after):
                # Sent again under the same Message-ID: a reader that has it shows it once.
                return RetryLater(f"uncertain.{code}", after)
            case RetryLater() | Refused():
                return carried
            case _:
                assert_never(carried)

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return None

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """Nothing to undo: it is shown as buried."""


def _letter(row: OutboxMessage) -> Email | None:
    if row.kind != "letter":
        return None
    return Email(
        key=f"letter/{row.id}",
        recipient=str(row.payload["to"]),
        subject=str(row.payload["subject"]),
        words=str(row.payload["words"]),
        at=row.created_at,
    )


def _code_letter(db: Database, row: OutboxMessage, now: datetime) -> Email | None:
    """The letter with a code, reckoned now; one that is of no use any more is taken out."""
    code_id = str(row.payload["code"])
    found = db.one_time_codes.code_to_send(code_id, now)
    if found is None:
        db.outbox.bury(row.id, CODE_PAST, now)
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


def send_letters(app: App) -> None:
    """Send the letters that wait, once; what fails waits for the next time."""
    if app.post is None:
        return
    clerk = DatabaseThread(app.store)
    carrier = RecheckedCarrier(LetterCarrier(app.post, clerk), app.reminder_messages, clerk)
    try:
        asyncio.run(
            deliver_due(
                app.store, DeliveryRecorder(carrier, patience=DELIVERY_PATIENCE), lanes=LANES
            )
        )
    finally:
        clerk.close()
