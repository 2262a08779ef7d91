"""The bridge to the ticketing systems: deliveries, polling and the inbound door, in any process.

The door, a web server, and the client of GLPI are loaded only where a setting asks for them: most
desks have neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bot.app import App
from bot.background.email_delivery import EMAIL_LANES as MAIL_LANES
from bot.background.email_delivery import EmailDelivery
from bot.background.leader import LeaderTasks
from bot.background.reminder_delivery import RecheckedCarrier
from bot.background.sender import DeliveryRecorder, Sender
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TICKET_LANES, TicketDelivery
from bot.clock import utc_now
from bot.services.inbound_updates import InboundUpdates
from bot.storage.db_thread import DatabaseThread

if TYPE_CHECKING:
    from aiohttp import web

    from bot.background.tasks import ConnectorPolling

RATE = 5.0  # as much as a ticketing system is glad to get


@asynccontextmanager
async def bridged(app: App, clerk: DatabaseThread) -> AsyncIterator[Callable[[], None]]:
    """The bridge at work; what it gives is called when there may be something to deliver."""
    carrier = TicketDelivery(app.store, app.connectors)
    sender = Sender(
        clerk, DeliveryRecorder(carrier, patience=DELIVERY_PATIENCE), lanes=TICKET_LANES, rate=RATE
    )
    incoming = InboundUpdates(app.store, app.advisor_desk)
    polls, every = _polls(app, incoming, clerk), app.settings.glpi_poll_seconds
    senders = [sender, *_letters(app, clerk)]
    duties, stopping = (
        LeaderTasks(clerk, "bridge", counted=partial(_share, senders)),
        asyncio.Event(),
    )
    for name, poll in polls.items():
        duties.add_endless(f"polling:{name}", partial(poll.keep_asking, every))
    on_duty = asyncio.create_task(duties.run(stopping))
    sending = [asyncio.create_task(one.run()) for one in senders]
    runner = await _listen(app, incoming, clerk)
    try:
        yield lambda: _wake(senders)
    finally:
        stopping.set()
        await on_duty
        if runner is not None:
            await runner.cleanup()
        for one in senders:
            one.stop()
        await asyncio.gather(*sending)
        for poll in polls.values():
            await poll.close()


def _polls(
    app: App, incoming: InboundUpdates, clerk: DatabaseThread
) -> dict[str, ConnectorPolling]:
    """GLPI does not tell by itself; its client is loaded where tickets go anywhere at all."""
    if not app.connectors:
        return {}
    from bot.background.tasks import ConnectorPolling
    from bot.connectors.glpi import GlpiConnector

    return {
        name: ConnectorPolling(name, connector, incoming, clerk)
        for name, connector in app.connectors.items()
        if isinstance(connector, GlpiConnector)
    }


def _wake(senders: Iterable[Sender]) -> None:
    for one in senders:
        one.wake()


def _share(senders: Iterable[Sender], processes: int) -> None:
    for one in senders:
        one.share(processes)


def _letters(app: App, clerk: DatabaseThread) -> list[Sender]:
    """Where a sender is set, people are written to by e-mail."""
    if app.post is None:
        return []
    carrier = RecheckedCarrier(EmailDelivery(app.post, clerk), app.reminder_messages, clerk)
    return [
        Sender(
            clerk,
            DeliveryRecorder(carrier, patience=DELIVERY_PATIENCE),
            lanes=MAIL_LANES,
            rate=RATE,
        )
    ]


async def _listen(
    app: App, incoming: InboundUpdates, clerk: DatabaseThread
) -> web.AppRunner | None:
    settings = app.settings
    secrets = tuple(one.get_secret_value() for one in settings.ticket_webhook_secrets)
    if not settings.inbound_port or not secrets:
        return None
    from bot.background.inbound_webhook import InboundWebhook
    from bot.http_server import start_server

    inbound = InboundWebhook(incoming, clerk, secrets, utc_now)
    runner, _ = await start_server(
        inbound.application(), settings.listen_host, settings.inbound_port
    )
    return runner
