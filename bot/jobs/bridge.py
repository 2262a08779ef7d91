"""The bridge to the ticketing systems: deliveries, polling and the inbound door, in any process.

The door, a web server, and the client of GLPI are loaded only where a setting asks for them: most
desks have neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bot.app import App
from bot.background.email_delivery import EMAIL_LANES as MAIL_LANES
from bot.background.email_delivery import EmailDelivery
from bot.background.leader import LeaderTasks
from bot.background.rate_limit import RateLimit
from bot.background.sender import DeliveryRecorder, Sender
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TICKET_LANES, TicketDelivery
from bot.clock import utc_now
from bot.incoming import Incoming
from bot.jobs.rechecking import Rechecked
from bot.storage.db_thread import DatabaseThread

if TYPE_CHECKING:
    from aiohttp import web

    from bot.background.tasks import ConnectorPolling
    from bot.connectors.email import Mailer

LIMIT = RateLimit(rate=5, burst=1)
"""As much as a ticketing system is glad to get."""


@asynccontextmanager
async def bridged(app: App, db_thread: DatabaseThread) -> AsyncIterator[None]:
    """The bridge at work: of all processes the one that holds its lease delivers and polls."""
    incoming = Incoming(app.store, app.backoffice)
    polls, every = _polls(app, incoming, db_thread), app.settings.glpi_poll_seconds
    leader, stopping = LeaderTasks(db_thread, "bridge"), asyncio.Event()
    leader.add("tickets", lambda over: _ticket_sender(app, db_thread).run(over))
    if app.post is not None:
        post = app.post
        leader.add("letters", lambda over: _letter_sender(app, post, db_thread).run(over))
    for name, poll in polls.items():
        leader.add_endless(f"polling:{name}", partial(poll.keep_asking, every))
    leading = asyncio.create_task(leader.run(stopping))
    runner = await _listen(app, incoming, db_thread)
    try:
        yield
    finally:
        if runner is not None:
            await runner.cleanup()
        stopping.set()
        await leading
        for poll in polls.values():
            await poll.close()


def _ticket_sender(app: App, db_thread: DatabaseThread) -> Sender:
    carrier = TicketDelivery(app.store, app.connectors)
    recorder = DeliveryRecorder(carrier, patience=DELIVERY_PATIENCE)
    return Sender(db_thread, recorder, lanes=TICKET_LANES, limit=LIMIT)


def _letter_sender(app: App, post: Mailer, db_thread: DatabaseThread) -> Sender:
    """Writes to people by e-mail, where a way out is set."""
    carrier = Rechecked(EmailDelivery(post, db_thread), app.telling, db_thread)
    recorder = DeliveryRecorder(carrier, patience=DELIVERY_PATIENCE)
    return Sender(db_thread, recorder, lanes=MAIL_LANES, limit=LIMIT)


def _polls(app: App, incoming: Incoming, db_thread: DatabaseThread) -> dict[str, ConnectorPolling]:
    """GLPI does not tell by itself; its client is loaded where tickets go anywhere at all."""
    if not app.connectors:
        return {}
    from bot.background.tasks import ConnectorPolling
    from bot.connectors.glpi import GlpiConnector

    return {
        name: ConnectorPolling(name, connector, incoming, db_thread)
        for name, connector in app.connectors.items()
        if isinstance(connector, GlpiConnector)
    }


async def _listen(app: App, incoming: Incoming, db_thread: DatabaseThread) -> web.AppRunner | None:
    settings = app.settings
    secrets = tuple(one.get_secret_value() for one in settings.ticket_webhook_secrets)
    if not settings.inbound_port or not secrets:
        return None
    from bot.background.inbound_webhook import InboundWebhook
    from bot.http_server import start_server

    inbound = InboundWebhook(incoming, db_thread, secrets, utc_now)
    runner, _ = await start_server(
        inbound.application(), settings.inbound_host, settings.inbound_port
    )
    return runner
