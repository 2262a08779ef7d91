"""An HTTP server with limits, for every way in: webhooks, health, metrics."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

SHUTDOWN_GRACE = 5.0  # seconds that requests under way get at the end
HEAD_PATIENCE = 10.0  # seconds
BODY_PATIENCE = 15.0  # seconds that a body gets to come in


async def start_server(
    application: web.Application,
    host: str,
    port: int,
    *,
    shared: bool = False,
    head_patience: float = HEAD_PATIENCE,
) -> tuple[web.AppRunner, int]:
    """Listen; the runner to clean up, and the port that was opened.

    A `shared` port may be opened by several processes of one account on one machine: the system
    spreads the callers over them. Who has not sent a whole head after `head_patience` seconds, or
    lets a connection rest so long, is let go.
    """
    application.on_response_prepare.append(_name_no_version)
    runner = web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=SHUTDOWN_GRACE,
        keepalive_timeout=head_patience,
    )
    await runner.setup()
    together = shared and hasattr(socket, "SO_REUSEPORT")
    try:
        await web.TCPSite(runner, host, port, reuse_port=together or None).start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner, int(runner.addresses[0][1])


async def _name_no_version(_request: web.Request, response: web.StreamResponse) -> None:
    """Which versions serve here is nobody's business."""
    response.headers[hdrs.SERVER] = "guichet"


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def post_application(path: str, handle: Handler, *, most: int) -> web.Application:
    """An application that handles what is posted to a path; bodies have a size at most."""
    app = web.Application(client_max_size=most)
    app.router.add_post(path, handle, expect_handler=_expect)
    app.router.add_route(hdrs.METH_ANY, "/{rest:.*}", _refuse, expect_handler=_expect)
    return app


async def read_body(request: web.Request, patience: float = BODY_PATIENCE) -> bytes:
    """All of it; who sends it too slowly is answered 408, and holds no place any longer."""
    try:
        async with asyncio.timeout(patience):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (HttpProcessingError, RequestPayloadError):  # packed as it does not say
        raise web.HTTPBadRequest from None


async def _refuse(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


async def _expect(request: web.Request) -> None:
    """« Go on »; the library's own answer quotes what was asked, which need not be text."""
    if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
        raise web.HTTPExpectationFailed
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # it is no part of the answer
