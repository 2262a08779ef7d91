"""The signed webhook: each consignment as versioned JSON (docs/webhook.schema.json), POSTed.

The key of a consignment travels as `Idempotency-Key`: sent again after a doubt, it is known again
over there, so nothing has to be asked first.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from bot.clock import utc_now
from bot.connectors import Failure
from bot.connectors.http import HttpClient, HttpResponse, read_failure, read_status
from bot.connectors.ticket_text import TicketFormatter
from bot.connectors.webhook import sign_body
from bot.domain.delivery import ConnectorResult, Delivered
from bot.domain.ticket import Agent
from bot.domain.ticket import Answer as Given
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport

SCHEMA_VERSION = 1
CODE = "webhook"
CONFLICT = 409  # the other side has this key already


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Posts to one address."""

    url: str
    secrets: Sequence[str]
    wording: TicketFormatter
    client: HttpClient
    clock: Callable[[], datetime] = utc_now

    @property
    def nir(self) -> NirShown:
        return self.wording.nir

    async def deliver(self, consignment: TicketExport) -> ConnectorResult:
        answer = await self._post(self.describe(consignment), consignment.key)
        if not isinstance(answer, HttpResponse):
            return answer
        if answer.is_good or answer.status == CONFLICT:
            return Delivered(_their_id(answer))
        return read_status(answer, CODE)

    async def find(self, _: TicketExport) -> None:
        """Nothing to ask: the key makes sending again harmless."""
        return

    async def check(self) -> str | None:
        """Post an event that changes nothing."""
        ping = {
            "version": SCHEMA_VERSION,
            "event": "ping",
            "id": f"ping/{int(self.clock().timestamp())}",
        }
        answer = await self._post(ping, str(ping["id"]))
        if not isinstance(answer, HttpResponse):
            return f"Le webhook {self.url} ne répond pas ({answer.code})."
        if answer.is_good:
            return None
        return f"Le webhook {self.url} répond {answer.status} : vérifiez l'adresse et les clés."

    def describe(self, consignment: TicketExport) -> dict[str, Any]:
        """The body, as docs/webhook.schema.json says."""
        ticket, message = consignment.ticket, consignment.message
        told: dict[str, Any] = {
            "version": SCHEMA_VERSION,
            "event": f"ticket.{consignment.item}",
            "id": consignment.key,
            "at": consignment.at.isoformat(),
            "ticket": self._ticket(consignment),
        }
        if message is not None:
            told["message"] = {
                "place": message.place,
                "author": message.author.value,
                "text": message.text,
                "written_at": message.written_at.isoformat(),
            }
        if consignment.item is ExportItem.CORRECTION:
            told["corrects"] = consignment.corrects
        if consignment.status is not None:
            told["ticket"]["status"] = consignment.status.value
        assert ticket.reference in told["id"]
        return told

    def _ticket(self, consignment: TicketExport) -> dict[str, Any]:
        ticket = consignment.ticket
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
            "answers": [self._given(answer, consignment) for answer in request.answers],
            "agents": [self._agent(agent, consignment) for agent in request.agents],
            "description": request.description,
            "where": self.wording.where(ticket),
        }

    def _agent(self, agent: Agent, consignment: TicketExport) -> list[dict[str, str]]:
        return [self._given(answer, consignment) for answer in agent.answers]

    def _given(self, answer: Given, consignment: TicketExport) -> dict[str, str]:
        value = self.wording.value(answer, consignment.ticket) if answer.value else ""
        label = self.wording.labels.get(answer.key, answer.key)
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
            return read_failure(error, CODE)


def _their_id(answer: HttpResponse) -> str:
    """How they call it, where they say so."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return ""
    their_id = said.get("id", "") if isinstance(said, dict) else ""
    return str(their_id)[:200]
