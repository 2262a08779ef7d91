"""Delivers e-mails to people: the rows of the `mail:` lanes, handed to the mailer."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

from bot.app import App
from bot.background.ticket_delivery import DELIVERY_PATIENCE, deliver_due
from bot.connectors.email import Email, Mailer
from bot.conversation.text import text
from bot.conversation.wording import fill, unescape
from bot.domain.confirmation import LIFETIME
from bot.domain.receipt import Delivered, Receipt, Refused, RetryLater, Sent, Uncertain, Withdrawn
from bot.jobs.clerk import Clerk
from bot.jobs.pace import Pace
from bot.jobs.rechecking import Rechecked
from bot.jobs.settling import Settling
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records

EMAIL_LANES = "mail:"
CODE_PAST = "code.past"


class EmailDelivery:
    """Sends what people are told by e-mail; called by the sender in the event loop."""

    def __init__(
        self,
        mailer: Mailer,
        db_thread: Clerk,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._mailer = mailer
        self._db_thread = db_thread
        self._clock = clock

    async def deliver(self, row: OutboxRow) -> Receipt:
        email = _email(row)
        if row.kind == "code":
            email = await self._db_thread.record(_code_email, row, self._clock())
        if email is None:
            return Withdrawn()
        carried = await self._mailer.send(email)
        match carried:
            case Delivered():
                return Sent()
            case Uncertain(code, after):
                # Sent again under the same Message-ID: a reader that has it shows it once.
                return RetryLater(f"uncertain.{code}", after)
            case RetryLater() | Refused():
                return carried
            case _:
                assert_never(carried)

    def pace(self, row: OutboxRow) -> Pace | None:
        return None

    def given_up(self, records: Records, row: OutboxRow, now: datetime) -> None:
        """Nothing to undo: it is shown as buried."""


def _email(row: OutboxRow) -> Email | None:
    if row.kind != "letter":
        return None
    return Email(
        key=f"letter/{row.id}",
        recipient=str(row.payload["to"]),
        subject=str(row.payload["subject"]),
        words=str(row.payload["words"]),
        at=row.created_at,
    )


def _code_email(records: Records, row: OutboxRow, now: datetime) -> Email | None:
    """The e-mail with a code, computed now; one that is of no use any more is taken out."""
    code_id = str(row.payload["code"])
    found = records.code_to_send(code_id, now)
    if found is None:
        records.bury(row.id, CODE_PAST, now)
        return None
    email, code = found
    minutes = int(LIFETIME.total_seconds() // 60)
    return Email(
        key=f"code/{code_id}",
        recipient=email,
        subject=unescape(fill(text("confirmation.letter_subject"))),
        words=unescape(fill(text("confirmation.letter", code=code, minutes=minutes))),
        at=row.created_at,
    )


def send_emails(app: App) -> None:
    """Sends the e-mails that wait, once; what fails waits for the next time."""
    if app.post is None:
        return
    db_thread = Clerk(app.store)
    carrier = Rechecked(EmailDelivery(app.post, db_thread), app.telling, db_thread)
    try:
        asyncio.run(
            deliver_due(app.store, Settling(carrier, patience=DELIVERY_PATIENCE), lanes=EMAIL_LANES)
        )
    finally:
        db_thread.close()
