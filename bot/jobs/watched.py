"""The desk watched while it works: alarms, and the outlook where a port is set."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.monitoring.alerts import Monitor
from bot.monitoring.health import Health
from bot.settings import Settings


@asynccontextmanager
async def watched(health: Health, watch: Monitor, settings: Settings) -> AsyncIterator[None]:
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
    from bot.http_server import start_server
    from bot.monitoring.metrics import HealthEndpoint

    outlook = HealthEndpoint(health, settings).application()
    runner, _ = await start_server(outlook, settings.listen_host, settings.health_port)
    try:
        yield
    finally:
        await runner.cleanup()
