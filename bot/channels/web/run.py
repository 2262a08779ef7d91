"""The web channel at work: alone (`guichet web`), or beside Telegram where `WEB_PORT` is set."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from bot.app import App
from bot.background.leader import LeaderTasks, stop_on_signals
from bot.background.rate_limit import RateLimit
from bot.background.sender import Deliverer, DeliveryRecorder, RecheckedDeliverer, Sender
from bot.background.tasks import apply_retention, deliveries, keep_reminding
from bot.channels.web.conversation import CHANNEL, WebConversations
from bot.channels.web.pages import Pages
from bot.channels.web.sessions import Sessions, TurnLimits
from bot.channels.web.stream import Streams
from bot.clock import Clock, utc_now
from bot.domain.delivery import Delivered, DeliveryResult, OutboxMessage
from bot.http_server import start_server
from bot.monitoring.alerts import Monitor, monitored
from bot.monitoring.health import Health
from bot.services.reminders import DailyReminders
from bot.settings import SettingsError
from bot.storage.store import DatabaseThread

PORT: Final = 8080  # of `guichet web` where none is set
LIMIT: Final = RateLimit(rate=500, burst=500)
"""What is sent to a page is only written into the database."""


class PageDelivery(Deliverer):
    """Carries what the desk says later onto the page that it is for."""

    def __init__(
        self,
        conversations: WebConversations,
        db_thread: DatabaseThread,
        streams: Streams,
        clock: Clock,
    ) -> None:
        self._conversations = conversations
        self._db_thread = db_thread
        self._streams = streams
        self._clock = clock

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        await self._db_thread.do(self._conversations.show, row, self._clock())
        self._streams.wake()
        return Delivered()


@asynccontextmanager
async def serving(
    app: App,
    db_thread: DatabaseThread,
    port: int,
    *,
    clock: Clock = utc_now,
    limits: TurnLimits | None = None,
) -> AsyncIterator[int]:
    """The pages answer at a port, and what waits for them is carried there; gives the port. Only
    tests have other `limits`.

    Raises:
        SettingsError: nobody may listen there.
    """
    settings = app.settings
    sessions = Sessions(settings.web_url, settings.web_proxies)
    pages = Pages(app, db_thread, sessions=sessions, limits=limits or TurnLimits(), clock=clock)
    over = asyncio.Event()
    try:
        runner, opened = await start_server(
            pages.application(), settings.listen_host, port, shared=True
        )
    except OSError as error:
        raise SettingsError(
            f"Le guichet ne peut pas écouter à LISTEN_HOST={settings.listen_host}, "
            f"WEB_PORT={port} ({os.strerror(error.errno or 0)}) : choisissez un port libre."
        ) from None
    delivery = PageDelivery(WebConversations(app), db_thread, pages.streams, clock)
    checked = RecheckedDeliverer(delivery, app.reminder_messages, db_thread, clock)
    recorder = DeliveryRecorder(checked)
    leader = LeaderTasks(db_thread, CHANNEL, clock=clock)
    leader.add(
        "pages",
        lambda ended: Sender(
            db_thread, recorder, lanes=f"{CHANNEL}:", limit=LIMIT, clock=clock
        ).run(ended),
    )
    working = [
        asyncio.create_task(leader.run(over)),
        asyncio.create_task(pages.streams.run(over)),
    ]
    try:
        yield opened
    finally:
        over.set()
        pages.streams.wake()
        await asyncio.gather(*working, return_exceptions=True)
        await runner.cleanup()


async def run(
    app: App,
    tell: Callable[[str], None],
    stopping: asyncio.Event | None = None,
    *,
    clock: Clock = utc_now,
) -> None:
    """Answer in browsers alone until `stopping` is set, by default by SIGTERM or SIGINT; `tell` is
    told the address where the pages are."""
    stopping = stopping or stop_on_signals()
    settings, db_thread = app.settings, DatabaseThread(app.store)
    health = Health(app)
    monitor = Monitor(health, settings, mailer=app.mailer)
    reminding = DailyReminders(app.helpdesk.config, settings.calendar)
    keeping = partial(apply_retention, db_thread, settings.kept, app.advisor_desk, clock=clock)
    leader = LeaderTasks(db_thread, "web tasks", clock=clock)
    leader.add_endless("retention", keeping)
    leader.add_endless("reminders", partial(keep_reminding, db_thread, reminding, clock=clock))
    async with AsyncExitStack() as opened:
        opened.callback(db_thread.close)
        await opened.enter_async_context(monitored(health, monitor, settings))
        await opened.enter_async_context(deliveries(app, db_thread))
        port = await opened.enter_async_context(
            serving(app, db_thread, settings.web_port or PORT, clock=clock)
        )
        tell(settings.web_url or f"http://{settings.listen_host}:{port}/")
        await leader.run(stopping)
