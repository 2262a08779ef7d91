"""Housekeeping: what is past its date goes, again and again, whatever happens in between."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from support.outbox_rows import NOW

from bot.background.tasks import apply_retention
from bot.domain.retention import Retention
from bot.services.advisor_tickets import AdvisorDesk
from bot.services.ticket_notifications import TicketNotifications, TicketRoutes
from bot.storage.store import DatabaseThread, Store


def desk_over(store: Store) -> AdvisorDesk:
    """A desk that tells nobody anything."""
    notifications = TicketNotifications(TicketRoutes())
    return AdvisorDesk(store, notifications, lambda *_: None, 1000, {})


def keep(db_thread: DatabaseThread, *, clock: Callable[[], datetime]) -> Coroutine[Any, Any, None]:
    desk = desk_over(db_thread.store)
    return apply_retention(db_thread, Retention(), desk, every=timedelta(0), clock=clock)


async def test_what_is_past_its_date_is_removed_now_and_later(
    store: Store, db_thread: DatabaseThread
) -> None:
    moments = [NOW, NOW + timedelta(days=8)]
    with store.transaction() as db:
        db.inbox.remember_update("telegram", 1, NOW)
    keeping = asyncio.create_task(
        apply_retention(
            db_thread,
            Retention(),
            desk_over(db_thread.store),
            every=timedelta(0),
            clock=lambda: moments[-1],
        )
    )

    def is_forgotten() -> bool:
        with store.transaction() as db:
            return db.inbox.remember_update("telegram", 1, NOW)

    async with asyncio.timeout(20):
        while not is_forgotten():  # noqa: ASYNC110 -- the database sets no event
            await asyncio.sleep(0.005)
    keeping.cancel()


async def test_a_failure_is_tried_again(db_thread: DatabaseThread, store: Store) -> None:
    moments = iter([NOW])  # the second look at the clock fails
    keeping = asyncio.create_task(
        apply_retention(
            db_thread,
            Retention(),
            desk_over(db_thread.store),
            every=timedelta(0),
            clock=lambda: next(moments),
        )
    )
    await asyncio.sleep(0.1)

    assert not keeping.done()
    keeping.cancel()
