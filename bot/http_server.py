"""An HTTP server with limits, for every way in: webhooks, health, metrics."""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler, RequestPayloadError

SHUTDOWN_GRACE = 5.0  # seconds that requests under way get at the end
BODY_PATIENCE = 15.0  # seconds that a body gets to come in
IPV6_HOUSEHOLD = 64  # bits of an IPv6 address that one subscriber gets: the rest is theirs to vary

Callers = Callable[[str], str]
"""An address to the name under which its connections are counted; empty: they are not counted."""


def public_caller(address: str) -> str:
    """The default of `Callers`: addresses of the Internet count, by household in IPv6.

    Loopback and private networks do not: a reverse proxy calls from there, for everybody.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if not ip.is_global:
        return ""
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, IPV6_HOUSEHOLD), strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What callers may take: seconds for a whole head and between two requests, and connections
    that one of them may hold at once."""

    head_patience: float = 10.0
    per_caller: int = 64
    callers: Callers = public_caller


LIMITS = Limits()


class _LimitedServer(web.Server):
    """Drops a connection at once where its caller holds as many as it may."""

    def __init__(self, *given: Any, limits: Limits, **more: Any) -> None:
        super().__init__(*given, **more)
        self._limits = limits
        self._callers: dict[RequestHandler, str] = {}
        self._held: Counter[str] = Counter()

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        peer = transport.get_extra_info("peername")
        caller = self._limits.callers(peer[0]) if peer else ""
        if not caller:
            return
        self._callers[handler] = caller
        self._held[caller] += 1
        if self._held[caller] > self._limits.per_caller:
            transport.abort()

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        caller = self._callers.pop(handler, "")
        if caller:
            self._held -= Counter((caller,))  # a name that holds none leaves the counter


class _LimitedRunner(web.AppRunner):
    """An application's runner whose server limits connections."""

    __slots__ = ("_limits",)

    def __init__(self, application: web.Application, limits: Limits, **more: Any) -> None:
        super().__init__(application, keepalive_timeout=limits.head_patience, **more)
        self._limits = limits

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _LimitedServer(
            made.request_handler,
            request_factory=made.request_factory,
            limits=self._limits,
            **self._kwargs,
        )


async def start_server(
    application: web.Application,
    host: str,
    port: int,
    *,
    shared: bool = False,
    limits: Limits = LIMITS,
) -> tuple[web.AppRunner, int]:
    """Listen; the runner to clean up, and the port that was opened.

    A `shared` port may be opened by several processes of one account on one machine: the system
    spreads the callers over them. Who goes beyond the `limits` is let go.
    """
    application.on_response_prepare.append(_name_no_version)
    runner = _LimitedRunner(
        application,
        limits,
        access_log=None,
        shutdown_timeout=SHUTDOWN_GRACE,
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
