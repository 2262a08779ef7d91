"""Settling: what the outbox learns from an attempt to deliver."""

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from bot.background.sender import Carrier
from bot.domain.delivery import (
    GIVE_UP_AFTER,
    Delivered,
    DeliveryResult,
    OutboxMessage,
    Refused,
    RetryLater,
    Unreachable,
    Withdrawn,
    delay_before,
    is_spent,
)
from bot.storage.store import Database

log = logging.getLogger(__name__)

Delay = Callable[[int], timedelta]

Answer = tuple[OutboxMessage, DeliveryResult | None]
"""A row and what came of it; None when it was not tried, and goes back as it was."""


def jittered(attempt: int) -> timedelta:
    """The wait before an attempt, chance's part included."""
    return delay_before(attempt, jitter=random.random())  # noqa: S311 -- no secret hangs on it


class Settling:
    """Records receipts; a row whose patience is spent is given up, and its carrier told."""

    def __init__(
        self, carrier: Carrier, delay: Delay = jittered, *, patience: int = GIVE_UP_AFTER
    ) -> None:
        self.carrier = carrier
        self._delay = delay
        self._patience = patience

    def settle(self, db: Database, answers: Sequence[Answer], now: datetime) -> None:
        """What came of some rows."""
        sent = [row.id for row, receipt in answers if receipt == Delivered()]
        if sent:
            db.outbox.mark_sent(sent, now)
        for row, receipt in answers:
            self._settle_one(db, row, receipt, now)

    def _settle_one(
        self, db: Database, row: OutboxMessage, receipt: DeliveryResult | None, now: datetime
    ) -> None:
        match receipt:
            case None:
                db.outbox.retry_later(row.id, row.due_at, row.failure or "")
            case Delivered() | Withdrawn():
                pass  # marked together with the others, or taken out by whoever withdrew it
            case Unreachable(code):
                db.people.mark_unreachable(row.lane, now)
                db.outbox.bury(row.id, code, now)
            case RetryLater(code, after) if not is_spent(row.attempts, self._patience):
                wait = self._delay(row.attempts + 1) if after is None else after
                db.outbox.retry_later(row.id, now + wait, code)
            case RetryLater(code) | Refused(code):
                self._give_up(db, row, code, now)
            case _:
                assert_never(receipt)

    def _give_up(self, db: Database, row: OutboxMessage, code: str, now: datetime) -> None:
        log.warning("outbox row %d (%s) given up: %s", row.id, row.kind, code)
        db.outbox.bury(row.id, code, now)
        self.carrier.given_up(db, row, now)
