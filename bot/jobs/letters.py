"""Letters on their way: the rows of the `mail:` lanes, handed to the post."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

from bot.app import App
from bot.background.reminder_delivery import RecheckedCarrier
from bot.connectors.post import Letter, Post
from bot.conversation.text import text
from bot.conversation.wording import fill, unescape
from bot.domain.confirmation import LIFETIME
from bot.domain.receipt import Delivered, Receipt, Refused, RetryLater, Sent, Uncertain, Withdrawn
from bot.jobs.clerk import Clerk
from bot.jobs.pace import Pace
from bot.jobs.settling import Settling
from bot.jobs.ticketing import PATIENCE, deliver_due
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records

LANES = "mail:"
CODE_PAST = "code.past"


class LetterCarrier:
    """Sends what people are told by e-mail."""

    def __init__(
        self,
        post: Post,
        clerk: Clerk,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._post = post
        self._clerk = clerk
        self._clock = clock

    async def deliver(self, row: OutboxRow) -> Receipt:
        letter = _letter(row)
        if row.kind == "code":
            letter = await self._clerk.record(_code_letter, row, self._clock())
        if letter is None:
            return Withdrawn()
        carried = await self._post.send(letter)
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


def _letter(row: OutboxRow) -> Letter | None:
    if row.kind != "letter":
        return None
    return Letter(
        key=f"letter/{row.id}",
        recipient=str(row.payload["to"]),
        subject=str(row.payload["subject"]),
        words=str(row.payload["words"]),
        at=row.created_at,
    )


def _code_letter(records: Records, row: OutboxRow, now: datetime) -> Letter | None:
    """The letter with a code, reckoned now; one that is of no use any more is taken out."""
    code_id = str(row.payload["code"])
    found = records.code_to_send(code_id, now)
    if found is None:
        records.bury(row.id, CODE_PAST, now)
        return None
    email, code = found
    minutes = int(LIFETIME.total_seconds() // 60)
    return Letter(
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
    clerk = Clerk(app.store)
    carrier = RecheckedCarrier(LetterCarrier(app.post, clerk), app.reminder_messages, clerk)
    try:
        asyncio.run(deliver_due(app.store, Settling(carrier, patience=PATIENCE), lanes=LANES))
    finally:
        clerk.close()
