"""The other side of each connector: a real server on loopback, and what has arrived there."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from html import unescape
from typing import Any, Protocol

from aiohttp import web
from aiosmtpd.smtp import SMTP
from connectors.samples import NOW, a_formatter
from support.glpi import APP_TOKEN, USER_TOKEN
from support.glpi import Glpi as GlpiServer

from bot.connectors import Connector
from bot.connectors.email import EmailConnector, MailServer
from bot.connectors.glpi import GlpiConnector
from bot.connectors.glpi_api import GlpiApi
from bot.connectors.http import HttpClient
from bot.connectors.webhook import (
    SIGNATURE,
    TIMESTAMP,
    SignatureError,
    WebhookConnector,
    verify_signature,
)
from bot.domain.ticket_export import NirShown
from bot.settings import MailSecurity

SECRETS = ("new-secret-" + "n" * 32, "old-secret-" + "o" * 32)


class World(Protocol):
    """What a contract test needs of the other side."""

    faults: deque[str]
    connector: Connector

    async def open(self, nir: NirShown = NirShown.MASKED) -> None: ...

    async def close(self) -> None: ...

    def arrived(self) -> Sequence[str]:
        """Everything that is there once, as text; what one knows by its key counts once."""
        ...


@dataclass
class GlpiWorld:
    """GLPI."""

    server: GlpiServer = field(default_factory=GlpiServer)
    timeout: float = 5.0

    @property
    def faults(self) -> deque[str]:
        return self.server.faults

    async def open(self, nir: NirShown = NirShown.MASKED) -> None:
        await self.server.start()
        self.api = GlpiApi(
            url=self.server.url,
            app_token=APP_TOKEN,
            user_token=USER_TOKEN,
            client=HttpClient(timeout=self.timeout),
        )
        categories = {"cotisations": 12, "cotisations/versement": 15}
        self.connector = GlpiConnector(
            api=self.api, formatter=a_formatter(nir), categories=categories
        )

    async def close(self) -> None:
        await self.server.stop()

    def arrived(self) -> Sequence[str]:
        rows = [*self.server.tickets.values(), *self.server.followups.values()]
        return [unescape(f"{row.get('name', '')}\n{row['content']}") for row in rows]


@dataclass
class HookWorld:
    """A receiver that checks signatures, and knows a key again."""

    faults: deque[str] = field(default_factory=deque)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    secret: str = SECRETS[1]
    clock: Callable[[], datetime] = lambda: NOW
    timeout: float = 5.0
    silence: float = 5.0
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    async def open(self, nir: NirShown = NirShown.MASKED) -> None:
        app = web.Application()
        app.router.add_post("/in", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.connector = WebhookConnector(
            url=f"http://127.0.0.1:{port}/in",
            secrets=SECRETS,
            formatter=a_formatter(nir),
            client=HttpClient(timeout=self.timeout),
            clock=self.clock,
        )

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def arrived(self) -> Sequence[str]:
        told = [one for one in self.seen.values() if one["event"] != "ping"]
        return [json.dumps(one, ensure_ascii=False) for one in told]

    async def _serve(self, request: web.Request) -> web.Response:
        fault = self.faults.popleft() if self.faults else ""
        if fault.endswith("_before"):
            return await self._fail(request, fault)
        body = await request.read()
        self.requests.append((dict(request.headers), body))
        try:
            verify_signature(
                body,
                [self.secret],
                self.clock(),
                timestamp=request.headers[TIMESTAMP],
                signature=request.headers[SIGNATURE],
            )
        except SignatureError:
            return web.Response(status=401)
        key = request.headers["Idempotency-Key"]
        known = key in self.seen
        self.seen.setdefault(key, json.loads(body))
        if fault:
            return await self._fail(request, fault)
        return web.json_response({"id": f"their-{key}"}, status=409 if known else 201)

    async def _fail(self, request: web.Request, fault: str) -> web.Response:
        kind = fault.partition("_")[0]
        if kind == "reset":
            assert request.transport is not None
            request.transport.abort()
        elif kind == "silent":
            await asyncio.sleep(self.silence)
        codes = {"500": 500, "503": 503, "429": 429, "400": 400}
        return web.Response(status=codes.get(kind, 500), headers={"Retry-After": "7"})


class Postman:
    """Takes mail, or answers as it is told to."""

    def __init__(self, faults: deque[str]) -> None:
        self.faults = faults
        self.letters: list[Any] = []

    async def handle_MAIL(  # noqa: N802 -- the library's name
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.faults and self.faults[0].endswith("_from"):
            return f"{self.faults.popleft().partition('_')[0]} sender refused"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 -- the library's name
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.faults and self.faults[0] in ("550_before", "450_before"):
            return f"{self.faults.popleft().partition('_')[0]} not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        fault = self.faults.popleft() if self.faults else ""
        if not fault.endswith("_before"):
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        match fault.partition("_")[0]:
            case "":
                return "250 OK"
            case "reset":
                server.transport.abort()
                return "250 OK"
            case code:
                return f"{code} no"


@dataclass
class MailWorld:
    """A mail server."""

    faults: deque[str] = field(default_factory=deque)

    async def open(self, nir: NirShown = NirShown.MASKED) -> None:
        self.postman = Postman(self.faults)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self.postman, hostname="localhost", loop=loop), "127.0.0.1", 0
        )
        port = self._server.sockets[0].getsockname()[1]
        self.connector = EmailConnector(
            server=MailServer(host="127.0.0.1", port=port, security=MailSecurity.NONE),
            sender="guichet@mairie-exemple.fr",
            recipient="support@mairie-exemple.fr",
            formatter=a_formatter(nir),
        )

    async def close(self) -> None:
        self._server.close()

    def arrived(self) -> Sequence[str]:
        by_name = {letter["Message-ID"]: letter for letter in self.postman.letters}
        return [
            f"{letter['Subject']}\n{letter.get_body(('plain',)).get_content()}"
            for letter in by_name.values()
        ]
