"""GLPI 10: tickets, follow-ups and statuses over `apirest.php`, both ways.

The name of this desk and our reference stand at the end of each ticket and follow-up: that is how
`find` knows whether something arrived, beside other desks on the same GLPI. What comes back is read
by `glpi_news`. Texts come back with HTML entities, and are decoded before they are compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from bot.connectors import Connector, for_path
from bot.connectors.glpi_api import (
    GLPI,
    GlpiApi,
    GlpiError,
    dropped_from,
    read_added,
    status_of,
    tickets_of,
)
from bot.connectors.glpi_check import find_faults
from bot.connectors.glpi_news import news_since
from bot.connectors.http import HttpClient, host_of, is_https
from bot.connectors.ticket_text import TicketFormatter, ends_with_key, signed_html
from bot.domain.delivery import ConnectorResult, Delivered, Refused, RetryLater
from bot.domain.people import Assurance
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import (
    ExportItem,
    ExternalReply,
    ExternalTicket,
    NirShown,
    TicketExport,
)
from bot.settings import Settings, require_encryption, require_safe_line, require_settings
from knowledge.catalogue import Catalogue

GLPI_TIMEOUT = 30.0  # seconds

OUR_STATUSES = {
    TicketStatus.NEW: 1,
    TicketStatus.IN_PROGRESS: 2,
    TicketStatus.PENDING: 4,
    TicketStatus.RESOLVED: 5,
    TicketStatus.CLOSED: 6,
    TicketStatus.WITHDRAWN: 6,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GlpiConnector(Connector):
    """One GLPI; `categories` are ITIL categories by the beginning of a sous-motif's path, `fields`
    what every ticket gets besides, by GLPI's own names."""

    name = GLPI
    polling = timedelta(minutes=1)
    remedy = (
        "Vérifiez GLPI_CATEGORIES et les droits de l'utilisateur d'API, puis complétez ces "
        "demandes là-bas."
    )

    api: GlpiApi
    formatter: TicketFormatter
    categories: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, int] = field(default_factory=dict)
    notify: bool = False

    @classmethod
    def build(cls, settings: Settings, catalogue: Catalogue) -> Self:
        require_settings(settings, GLPI, "glpi_url", "glpi_user_token")
        url, encrypted = settings.glpi_url, is_https(settings.glpi_url)
        require_encryption(settings.glpi_nir, "GLPI_NIR", encrypted=encrypted)
        require_safe_line(settings, "GLPI_URL", host_of(url), encrypted=encrypted)
        api = GlpiApi(
            url=settings.glpi_url,
            app_token=settings.glpi_app_token.get_secret_value(),
            user_token=settings.glpi_user_token.get_secret_value(),
            client=HttpClient(timeout=GLPI_TIMEOUT),
        )
        formatter = TicketFormatter(
            catalogue=catalogue, nir=settings.glpi_nir, place=settings.ticket_place
        )
        return cls(
            api=api,
            formatter=formatter,
            categories=settings.categories,
            fields=settings.glpi_fields,
            notify=settings.glpi_notify,
        )

    @property
    def nir(self) -> NirShown:
        return self.formatter.nir

    async def deliver(self, export: TicketExport) -> ConnectorResult:
        if export.item is not ExportItem.TICKET and not export.their_id:
            return Refused("glpi.ticket_unknown")  # it never arrived there: nothing to add to
        try:
            return await self._send(export)
        except GlpiError as error:
            if isinstance(error.failure, RetryLater) and await self._is_purged(export.their_id):
                return Refused("glpi.ticket_purged")
            return error.failure

    async def _send(self, export: TicketExport) -> ConnectorResult:
        match export.item:
            case ExportItem.TICKET:
                added = read_added(await self.api.post("Ticket", self._ticket(export)))
                if not isinstance(added, Delivered):
                    return added
                return await self._read_back(added.their_id, export)
            case ExportItem.STATUS:
                return await self._set_status(export)
            case _:
                followup = {
                    "itemtype": "Ticket",
                    "items_id": int(export.their_id),
                    "content": self._content(export),
                    "is_private": 0,
                }
                return read_added(await self.api.post("ITILFollowup", followup))

    async def find(self, export: TicketExport) -> Delivered | RetryLater | None:
        """The ticket and the follow-up by the line that they end with.

        A status is set, not added: to set it again does no harm.
        """
        try:
            match export.item:
                case ExportItem.TICKET:
                    found = await tickets_of(self.api, export.key)
                    return await self._read_back(found[0], export) if found else None
                case ExportItem.STATUS:
                    return None
                case _:
                    their_id = await self._followup(export)
                    return Delivered(their_id) if their_id else None
        except GlpiError as error:
            return RetryLater(error.failure.code)

    async def check(self) -> str | None:
        """Log in, and look at the rights and at every number of the settings."""
        try:
            return await find_faults(
                self.api, self.formatter.catalogue, self.categories, self.fields
            )
        finally:
            await self.close()

    async def _is_purged(self, their_id: str) -> bool:
        """Whether the ticket is gone for good, so that no waiting brings it back."""
        try:
            await self.api.get(f"Ticket/{their_id}")
        except GlpiError as error:
            return bool(their_id) and error.error == "ERROR_ITEM_NOT_FOUND"
        return False

    async def close(self) -> None:
        try:
            await self.api.close()
        except GlpiError:
            return  # it ends by itself

    async def news(
        self, mark: str, known: Sequence[ExternalTicket]
    ) -> tuple[tuple[ExternalReply, ...], str]:
        """What happened there since `mark`, and the mark to go on from."""
        return await news_since(self.api, mark, known)

    async def _read_back(self, their_id: str, export: TicketExport) -> Delivered:
        """It is there; what of it was dropped on the way in?"""
        given, reference = self._ticket(export), export.ticket.reference
        return Delivered(their_id, await dropped_from(self.api, their_id, given, reference))

    def _ticket(self, export: TicketExport) -> dict[str, Any]:
        request = export.ticket.request
        given: dict[str, Any] = {
            "name": self.formatter.title(export),
            "content": self._content(export),
            "status": OUR_STATUSES[export.ticket.status],
            "type": 2,  # a request, not an incident
            **self.fields,
        }
        category = for_path(self.categories, request.path)
        if category is not None:
            given["itilcategories_id"] = category
        if request.email:
            # Somebody whom GLPI does not know: no user, an address. GLPI mails the whole ticket to
            # one that it notifies: never to one that somebody merely typed.
            is_confirmed = request.assurance is not Assurance.DECLARED
            given["_users_id_requester"] = 0
            given["_users_id_requester_notif"] = {
                "use_notification": [int(self.notify and is_confirmed)],
                "alternative_email": [request.email],
            }
        return given

    def _content(self, export: TicketExport) -> str:
        return signed_html(self.formatter.lines(export), export.key)

    async def _set_status(self, export: TicketExport) -> ConnectorResult:
        status = OUR_STATUSES[export.status or export.ticket.status]
        said = await self.api.put(f"Ticket/{export.their_id}", {"status": status})
        row = said[0] if isinstance(said, list) and said else said
        if not isinstance(row, dict) or not row.get(export.their_id):
            return Refused("glpi.status_not_set")
        stands = await status_of(self.api, export.their_id) or status
        return Delivered(str(stands), ("status",) if stands != status else ())

    async def _followup(self, export: TicketExport) -> str:
        rows = await self.api.rows(f"Ticket/{export.their_id}/ITILFollowup", {})
        ours = [str(row["id"]) for row in rows if ends_with_key(row.get("content"), export.key)]
        return ours[0] if ours else ""
