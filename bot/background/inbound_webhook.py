"""The inbound webhook: signed events of another ticketing system, over HTTP.

    POST /events   {"version": 1, "id": "…", "event": "ticket.message", "reference": "PEPS-…",
                    "text": "…"}  or  {…, "event": "ticket.status", "status": "closed"}

Signed as our own webhook is. 200: taken, or taken before; 401: not signed, or not of now; 404: no
such ticket; 408: too slow; 413: too long; 422: not as docs/connectors.md says. Put a TLS proxy in
front of it.
"""

import codecs
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.connectors.webhook import SIGNATURE, TIMESTAMP, WEBHOOK, SignatureError, verify_signature
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExternalReply
from bot.http_server import post_application, read_body
from bot.services.advisor_tickets import ActionError
from bot.services.inbound_updates import InboundUpdates
from bot.storage.store import DatabaseThread

log = logging.getLogger(__name__)

MOST_EVENT = 100_000  # bytes of a body


class InboundEvent(BaseModel):
    """What may be told."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Literal[1]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    event: Literal["ticket.message", "ticket.status"]
    reference: Annotated[str, Field(pattern=r"^PEPS-\d{4}-\d{6,}$")]
    text: Annotated[str, Field(max_length=20_000)] = ""
    internal: bool = False
    status: TicketStatus | None = None


class InboundWebhook:
    """Takes each event once; called by the web server in the event loop."""

    def __init__(
        self,
        incoming: InboundUpdates,
        db_thread: DatabaseThread,
        secrets: Sequence[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._incoming = incoming
        self._db_thread = db_thread
        self._secrets = secrets
        self._clock = clock

    def application(self) -> web.Application:
        return post_application("/events", self._handle, most=MOST_EVENT)

    async def _handle(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        try:
            verify_signature(
                body,
                self._secrets,
                self._clock(),
                timestamp=request.headers.get(TIMESTAMP, ""),
                signature=request.headers.get(SIGNATURE, ""),
            )
        except SignatureError as error:
            log.warning("un événement entrant est refusé : %s", error)
            return _result(401, "signature")
        try:
            # RFC 8259, section 8.1: a reader may skip a byte order mark.
            event = InboundEvent.model_validate_json(body.removeprefix(codecs.BOM_UTF8))
        except ValidationError:
            return _result(422, "schema")
        is_message = event.event == "ticket.message"
        if is_message and not event.text.strip():
            return _result(422, "text")
        if not is_message and event.status in {None, TicketStatus.WITHDRAWN}:
            return _result(422, "status")
        reply = ExternalReply(
            event_id=event.id,
            reference=event.reference,
            words=event.text if is_message else "",
            internal=event.internal,
            status=None if is_message else event.status,
        )
        outcome = await self._db_thread.do(self._incoming.take, WEBHOOK, reply, self._clock())
        if outcome is not None and outcome.error is ActionError.UNKNOWN:
            return _result(404, "reference")
        return _result(200, "known" if outcome is None else "taken")


def _result(status: int, word: str) -> web.Response:
    return web.json_response({"result": word}, status=status)
