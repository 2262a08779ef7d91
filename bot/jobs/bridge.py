"""The bridge to the ticketing systems: deliveries, polling and the inbound door, in any process.

The door, a web server, and the client of GLPI are loaded only where a setting asks for them: most
desks have neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.app import App
from bot.incoming import Incoming
from bot.jobs.clerk import Clerk
from bot.jobs.duties import Duties
from bot.jobs.letters import LANES as MAIL_LANES
from bot.jobs.letters import LetterCarrier
from bot.jobs.rechecking import Rechecked
from bot.jobs.sender import Sender
from bot.jobs.settling import Settling
from bot.jobs.ticketing import LANES, PATIENCE, TicketCarrier

if TYPE_CHECKING:
    from aiohttp import web

    from bot.jobs.polling import Poll

Clock = Callable[[], datetime]

RATE = 5.0  # as much as a ticketing system is glad to get


@asynccontextmanager
async def bridged(
    app: App, clerk: Clerk, clock: Clock = lambda: datetime.now(UTC)
) -> AsyncIterator[Callable[[], None]]:
    """The bridge at work; what it gives is called when there may be something to deliver."""
    carrier = TicketCarrier(app.store, app.connectors, clock)
    settling = Settling(carrier, patience=PATIENCE)
    sender = Sender(clerk, settling, lanes=LANES, rate=RATE, clock=clock)
    incoming = Incoming(app.store, app.backoffice)
    polls, every = _polls(app, incoming, clerk, clock), app.settings.glpi_poll_seconds
    senders = [sender, *_letters(app, clerk, clock)]
    duties = Duties(clerk, "bridge", counted=partial(_share, senders), clock=clock)
    stopping = asyncio.Event()
    for name, poll in polls.items():
        duties.add_endless(f"polling:{name}", partial(poll.keep_asking, every))
    on_duty = asyncio.create_task(duties.run(stopping))
    sending = [asyncio.create_task(one.run()) for one in senders]
    runner = await _listen(app, incoming, clerk, clock)
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


def _polls(app: App, incoming: Incoming, clerk: Clerk, clock: Clock) -> dict[str, Poll]:
    """GLPI does not tell by itself; its client is loaded where tickets go anywhere at all."""
    if not app.connectors:
        return {}
    from bot.connectors.glpi import Glpi
    from bot.jobs.polling import Poll

    return {
        name: Poll(name, connector, incoming, clerk, clock)
        for name, connector in app.connectors.items()
        if isinstance(connector, Glpi)
    }


def _wake(senders: Iterable[Sender]) -> None:
    for one in senders:
        one.wake()


def _share(senders: Iterable[Sender], processes: int) -> None:
    for one in senders:
        one.share(processes)


def _letters(app: App, clerk: Clerk, clock: Clock) -> list[Sender]:
    """Where a sender is set, people are written to by e-mail."""
    if app.post is None:
        return []
    carrier = Rechecked(LetterCarrier(app.post, clerk, clock), app.telling, clerk, clock)
    settling = Settling(carrier, patience=PATIENCE)
    return [Sender(clerk, settling, lanes=MAIL_LANES, rate=RATE, clock=clock)]


async def _listen(app: App, incoming: Incoming, clerk: Clerk, clock: Clock) -> web.AppRunner | None:
    settings = app.settings
    secrets = tuple(one.get_secret_value() for one in settings.ticket_webhook_secrets)
    if not settings.inbound_port or not secrets:
        return None
    from bot.jobs.door import open_door
    from bot.jobs.inbound import Inbound

    inbound = Inbound(incoming, clerk, secrets, clock)
    runner, _ = await open_door(inbound.application(), settings.inbound_host, settings.inbound_port)
    return runner
