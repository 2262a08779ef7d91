"""Housekeeping: what is past its date is removed, every hour while the desk is open."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import utc_now
from bot.domain.retention import Retention
from bot.logs import log_failure
from bot.storage.db_thread import DatabaseThread

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
"""The shortest term is an hour (a NIR in a draft): no thing stays for twice its term."""


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
        except Exception as error:  # noqa: BLE001 -- the next hour may be better
            log_failure(log, "retention", error)
        await asyncio.sleep(every.total_seconds())
