"""A door: an HTTP application that listens for others."""

import asyncio
import socket

from aiohttp import web

GRACE = 5.0  # seconds that requests under way get at the end
PATIENCE = 15.0  # seconds that a body gets to come in


async def open_door(
    application: web.Application, host: str, port: int, *, shared: bool = False
) -> tuple[web.AppRunner, int]:
    """Listen; the runner to clean up, and the port that was opened.

    A `shared` door may be opened by several processes of one account on one machine: the system
    spreads the callers over them.
    """
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    together = shared and hasattr(socket, "SO_REUSEPORT")
    try:
        await web.TCPSite(runner, host, port, reuse_port=together or None).start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner, int(runner.addresses[0][1])


async def read_body(request: web.Request, patience: float = PATIENCE) -> bytes:
    """All of it; whoever sends it too slowly is answered 408, and holds no place any longer."""
    try:
        async with asyncio.timeout(patience):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
