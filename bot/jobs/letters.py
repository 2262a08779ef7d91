"""Letters on their way: the rows of the `mail:` lanes, handed to the post."""

import asyncio
from datetime import datetime
from typing import assert_never

from bot.app import App
from bot.connectors.post import Letter, Post
from bot.domain.receipt import Delivered, Receipt, Refused, RetryLater, Sent, Uncertain
from bot.jobs.clerk import Clerk
from bot.jobs.pace import Pace
from bot.jobs.rechecking import Rechecked
from bot.jobs.settling import Settling
from bot.jobs.ticketing import PATIENCE, deliver_due
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records

LANES = "mail:"


class LetterCarrier:
    """Sends what people are told by e-mail."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def deliver(self, row: OutboxRow) -> Receipt:
        carried = await self._post.send(_letter(row))
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


def _letter(row: OutboxRow) -> Letter:
    return Letter(
        key=f"letter/{row.id}",
        recipient=str(row.payload["to"]),
        subject=str(row.payload["subject"]),
        words=str(row.payload["words"]),
        at=row.created_at,
    )


def send_letters(app: App) -> None:
    """Send the letters that wait, once; what fails waits for the next time."""
    if app.post is None:
        return
    clerk = Clerk(app.store)
    carrier = Rechecked(LetterCarrier(app.post), app.telling, clerk)
    try:
        asyncio.run(deliver_due(app.store, Settling(carrier, patience=PATIENCE), lanes=LANES))
    finally:
        clerk.close()
