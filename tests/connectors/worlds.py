"""The other side of each connector: a real server on loopback, and what has arrived there."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any, ClassVar, Protocol

from aiohttp import web
from aiosmtpd.smtp import SMTP
from connectors.samples import NOW, a_formatter
from support.faults import LateCommits, fail

from bot.connectors import Connector
from bot.connectors.email import EmailConnector, MailServer
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

HTTP_FAULTS = (
    "500_before",
    "500_after",
    "reset_before",
    "reset_after",
    "silent_before",
    "silent_after",
    "503_before",
    "429_before",
    "504_late",
)
SHORT_SILENCE = 0.15  # seconds; longer than a test that draws silence waits
SECRETS = ("new-secret-" + "n" * 32, "old-secret-" + "o" * 32)


class World(Protocol):
    """What a contract test needs of the other side."""

    faults: deque[str]
    connector: Connector
    kinds: Sequence[str]
    """The faults that it knows."""

    async def open(self, nir: NirShown = NirShown.MASKED) -> None: ...

    async def close(self) -> None: ...

    def tick(self, seconds: float) -> None:
        """Time goes on there."""

    def may(self, *, write: bool) -> None:
        """Takes the right to write there away, or gives it back."""

    def arrived(self) -> Sequence[str]:
        """Everything that is there once, as text; what one knows by its key counts once."""
        ...


@dataclass
class HookWorld:
    """A receiver that checks signatures, and knows a key again."""

    kinds: ClassVar[Sequence[str]] = HTTP_FAULTS
    faults: deque[str] = field(default_factory=deque)
    late: LateCommits = field(default_factory=LateCommits)
    now: datetime = NOW
    is_writable: bool = True
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    secret: str = SECRETS[1]
    clock: Callable[[], datetime] = lambda: NOW
    timeout: float = 5.0
    silence: float = SHORT_SILENCE
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

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.late.do(self.now)

    def may(self, *, write: bool) -> None:
        self.is_writable = write

    async def _serve(self, request: web.Request) -> web.Response:
        fault = self.faults.popleft() if self.faults else ""
        if fault.endswith("_before"):
            return await fail(request, fault, self.silence)
        if not self.is_writable:
            return web.Response(status=403)
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
        if fault.endswith("_late"):
            self.late.add(self.now, lambda: self.seen.setdefault(key, json.loads(body)))
        else:
            self.seen.setdefault(key, json.loads(body))
        if fault:
            return await fail(request, fault, self.silence)
        return web.json_response({"id": f"their-{key}"}, status=409 if known else 201)


class Postman:
    """Takes mail, or answers as it is told to."""

    def __init__(self, faults: deque[str]) -> None:
        self.faults = faults
        self.is_writable = True
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
        if not self.is_writable:
            return "450 not yours to write to"
        if len(self.faults) and self.faults[0] in ("550_before", "450_before"):
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

    kinds: ClassVar[Sequence[str]] = ("451_before", "451_after", "reset_before", "reset_after")
    postman: Postman = field(default_factory=lambda: Postman(deque()))

    @property
    def faults(self) -> deque[str]:
        return self.postman.faults

    @faults.setter
    def faults(self, drawn: deque[str]) -> None:
        self.postman.faults = drawn

    def tick(self, seconds: float) -> None:
        """A mail server has no clock of its own here."""

    def may(self, *, write: bool) -> None:
        self.postman.is_writable = write

    async def open(self, nir: NirShown = NirShown.MASKED) -> None:
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
