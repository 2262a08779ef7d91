"""Housekeeping: what is past its date is removed, every hour while the desk is open.

Names that other systems gave and that an earlier version kept as they came become fingerprints.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import utc_now
from bot.domain.retention import Retention
from bot.logs import log_failure
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
"""The shortest term is an hour (a NIR in a draft): no thing stays for twice its term."""

NAMES = 200
"""Names that were kept as they came and get their fingerprint, at a time."""


async def keep_house(
    clerk: DatabaseThread,
    rules: Retention,
    *,
    every: timedelta = EVERY,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Apply the retention rules now and then, for ever."""
    while True:
        try:
            await clerk.record(lambda db: db.retention.apply(clock(), rules))
            while await clerk.record(Database.print_names, NAMES):
                pass  # a few at a time: turns come in between
        except Exception as error:  # noqa: BLE001 -- the next hour may be better
            log_failure(log, "retention", error)
        await asyncio.sleep(every.total_seconds())
