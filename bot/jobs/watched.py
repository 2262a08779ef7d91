"""The desk watched while it works: alarms, and the outlook where a port is set."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.jobs.health import Health
from bot.jobs.watch import Watch
from bot.settings import Settings


@asynccontextmanager
async def watched(health: Health, watch: Watch, settings: Settings) -> AsyncIterator[None]:
    """Alarms are raised, and the outlook is open where a port is set."""
    async with AsyncExitStack() as opened:
        watching = asyncio.create_task(watch.run())
        if settings.health_port:
            await opened.enter_async_context(_outlook(health, settings))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


@asynccontextmanager
async def _outlook(health: Health, settings: Settings) -> AsyncIterator[None]:
    # Loaded here: most desks are not looked at from outside, and need no web server.
    from bot.jobs.door import open_door
    from bot.jobs.outlook import Outlook

    outlook = Outlook(health, settings).application()
    runner, _ = await open_door(outlook, settings.listen_host, settings.health_port)
    try:
        yield
    finally:
        await runner.cleanup()
