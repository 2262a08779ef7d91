"""The signed webhook: each export as versioned JSON (docs/webhook.schema.json), POSTed.

The key of an export travels as `Idempotency-Key`: sent again after a doubt, it is known again
over there, so nothing has to be asked first.

Signed with HMAC-SHA256 over the timestamp, a full stop, and the body's bytes, with two keys while
they change:

    Guichet-Timestamp: 1795428720
    Guichet-Signature: v1=<hex>, v1=<hex>

Whoever holds one of the keys can check one of the signatures. A message signed too long ago is no
proof of anything.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

import aiohttp

from bot.clock import utc_now
from bot.connectors import Connector, Failure
from bot.connectors.http import (
    HttpClient,
    HttpResponse,
    host_of,
    is_https,
    read_failure,
    read_status,
    trouble_in_french,
)
from bot.connectors.ticket_text import TicketFormatter
from bot.domain.delivery import ConnectorResult, Delivered
from bot.domain.ticket import Answer
from bot.domain.ticket_export import NirShown, TicketExport
from bot.settings import Settings, require_encryption, require_safe_line, require_settings
from knowledge.catalogue import Catalogue

SCHEMA_VERSION = 1
WEBHOOK = "webhook"
WEBHOOK_TIMEOUT = 20.0  # seconds
TIMESTAMP = "Guichet-Timestamp"
SIGNATURE = "Guichet-Signature"
SIGNATURE_VERSION = "v1"
SIGNATURE_TOLERANCE = timedelta(minutes=5)
LONGEST_TIMESTAMP = 12  # digits; milliseconds have 13
"""How far two clocks may be apart, and how long a signed message may travel."""

CONFLICT = 409  # the other side has this key already


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConnector(Connector):
    """Posts to one address."""

    name = WEBHOOK
    lacks = MappingProxyType(
        {
            "find": "la clé Idempotency-Key est la même à chaque essai.",
            "news": "l'autre côté appelle INBOUND_PORT de lui-même.",
        }
    )

    url: str
    secrets: Sequence[str]
    formatter: TicketFormatter
    client: HttpClient
    clock: Callable[[], datetime] = utc_now

    @classmethod
    def build(cls, settings: Settings, catalogue: Catalogue) -> Self:
        url, nir = settings.ticket_webhook_url, settings.ticket_webhook_nir
        require_settings(settings, WEBHOOK, "ticket_webhook_url", "ticket_webhook_secrets")
        require_encryption(nir, "TICKET_WEBHOOK_NIR", encrypted=is_https(url))
        require_safe_line(settings, "TICKET_WEBHOOK_URL", host_of(url), encrypted=is_https(url))
        return cls(
            url=url,
            secrets=tuple(one.get_secret_value() for one in settings.ticket_webhook_secrets),
            formatter=TicketFormatter(catalogue=catalogue, nir=nir, place=settings.ticket_place),
            client=HttpClient(
                timeout=WEBHOOK_TIMEOUT, public_only=not settings.ticket_webhook_private
            ),
        )

    @property
    def nir(self) -> NirShown:
        return self.formatter.nir

    async def deliver(self, export: TicketExport) -> ConnectorResult:
        answer = await self._post(self.describe(export), export.key)
        if not isinstance(answer, HttpResponse):
            return answer
        if answer.is_good or answer.status == CONFLICT:
            return Delivered(_their_id(answer))
        return read_status(answer, WEBHOOK)

    async def find(self, export: TicketExport) -> None:
        """Nothing to ask: the key makes sending again harmless."""

    async def check(self) -> str | None:
        """Post an event that changes nothing."""
        key = f"ping/{int(self.clock().timestamp())}"
        answer = await self._post({"version": SCHEMA_VERSION, "event": "ping", "id": key}, key)
        if not isinstance(answer, HttpResponse):
            return f"{self.url} : {trouble_in_french(answer.code)}"
        if answer.is_good:
            return None
        return f"Le webhook {self.url} répond {answer.status} : vérifiez l'adresse et les clés."

    def describe(self, export: TicketExport) -> dict[str, Any]:
        """The body, as docs/webhook.schema.json says."""
        message = export.message
        told: dict[str, Any] = {
            "version": SCHEMA_VERSION,
            "event": f"ticket.{export.item}",
            "id": export.key,
            "at": export.at.isoformat(),
            "ticket": self._ticket(export),
        }
        if message is not None:
            told["message"] = {
                "place": message.place,
                "author": message.author.value,
                "text": message.text,
                "written_at": message.written_at.isoformat(),
            }
        if export.status is not None:
            told["ticket"]["status"] = export.status.value
        return told

    def _ticket(self, export: TicketExport) -> dict[str, Any]:
        ticket = export.ticket
        request = ticket.request
        return {
            "reference": ticket.reference,
            "follows": ticket.follows or None,
            "status": ticket.status.value,
            "queue": ticket.queue or None,
            "filed_at": ticket.filed_at.isoformat(),
            "path": request.path,
            "labels": list(request.labels),
            "fund": request.fund,
            "employer": {"siret": request.employer.siret, "name": request.employer.name},
            "requester": {"assurance": request.assurance.value, "email": request.email or None},
            "answers": [self._given(answer, export) for answer in request.answers],
            "agents": [
                [self._given(answer, export) for answer in agent.answers]
                for agent in request.agents
            ],
            "description": request.description,
            "where": self.formatter.where(ticket),
        }

    def _given(self, answer: Answer, export: TicketExport) -> dict[str, str]:
        value = self.formatter.value(answer, export.ticket) if answer.value else ""
        label = self.formatter.label(answer, export.ticket)
        return {"key": answer.key, "label": label, "value": value, "note": answer.note}

    async def _post(self, told: dict[str, Any], key: str) -> HttpResponse | Failure:
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": key,
            **sign_body(body, self.secrets, self.clock()),
        }
        try:
            return await self.client.call("POST", self.url, headers=headers, body=body)
        except (aiohttp.ClientError, OSError) as error:
            return read_failure(error, WEBHOOK)


def _their_id(answer: HttpResponse) -> str:
    """How they call it, where they say so."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return ""
    their_id = said.get("id", "") if isinstance(said, dict) else ""
    return str(their_id)[:200]


class SignatureError(Exception):
    """The message is not from who holds a key, or not from now."""


def sign_body(body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers that prove a body, one signature a key."""
    moment = str(int(now.timestamp()))
    signatures = (_signature_of(body, secret, moment) for secret in secrets)
    named = ", ".join(f"{SIGNATURE_VERSION}={signature}" for signature in signatures)
    return {TIMESTAMP: moment, SIGNATURE: named}


def verify_signature(
    body: bytes, secrets: Sequence[str], now: datetime, *, timestamp: str, signature: str
) -> None:
    """Raises SignatureError unless one signature of one of the keys holds, and is of now."""
    if not (timestamp.isascii() and timestamp.isdecimal()):
        raise SignatureError("no timestamp: it must be seconds since 1970, in digits")
    if len(timestamp) > LONGEST_TIMESTAMP:
        raise SignatureError("the timestamp is too long: seconds are wanted, not milliseconds")
    if abs(now.timestamp() - int(timestamp)) > SIGNATURE_TOLERANCE.total_seconds():
        raise SignatureError("not of now")
    given = [  # hex digits have no case
        part.strip().removeprefix(f"{SIGNATURE_VERSION}=").lower() for part in signature.split(",")
    ]
    expected = [_signature_of(body, secret, timestamp) for secret in secrets if secret]
    # Every pair is compared: how long that takes tells nothing about which one was near.
    # What stands in a header need not be text that can be written again.
    pairs = [(a.encode(errors="replace"), b.encode()) for a in given for b in expected]
    matches = [hmac.compare_digest(a, b) for a, b in pairs]
    if not any(matches):
        raise SignatureError("no signature holds")


def _signature_of(body: bytes, secret: str, moment: str) -> str:
    signed = f"{moment}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
