"""GLPI 10: tickets, follow-ups and statuses over `apirest.php`, both ways.

Our reference stands in the title of the ticket and at the end of each follow-up: that is how
`find` knows whether something arrived. What comes back is polled by the date of modification.
Names come back with HTML entities in them, and are decoded before they are compared.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any, Self

from bot.connectors import Connector
from bot.connectors.glpi_api import (
    GLPI,
    GLPI_PAGE,
    GlpiApi,
    GlpiError,
    dropped_from,
    error_in_french,
    html_from_lines,
    read_added,
    rows_of,
    status_of,
    text_from_html,
)
from bot.connectors.http import HttpClient, host_of, is_https
from bot.connectors.ticket_text import TicketFormatter
from bot.domain.delivery import ConnectorResult, Delivered, Refused, RetryLater
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import (
    ExportItem,
    ExternalReply,
    ExternalTicket,
    NirShown,
    TicketExport,
)
from bot.settings import Settings, require_encryption, require_safe_line, require_settings
from knowledge import Field

GLPI_TIMEOUT = 30.0  # seconds
TITLE, ID, STATUS, MODIFIED = 1, 2, 12, 19
"""Numbers of GLPI's search options for tickets."""

OURS_ENDS = re.compile(r"\[PEPS-\d{4}-\d{6,}/[\w/]+\]$")
"""How our own follow-ups end: one that GLPI took and then failed over may be read before `find`."""

OUR_STATUSES = {
    TicketStatus.NEW: 1,
    TicketStatus.IN_PROGRESS: 2,
    TicketStatus.PENDING: 4,
    TicketStatus.RESOLVED: 5,
    TicketStatus.CLOSED: 6,
    TicketStatus.WITHDRAWN: 6,
}
THEIR_STATUSES = {
    1: TicketStatus.NEW,
    2: TicketStatus.IN_PROGRESS,
    3: TicketStatus.IN_PROGRESS,
    4: TicketStatus.PENDING,
    5: TicketStatus.RESOLVED,
    6: TicketStatus.CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GlpiConnector(Connector):
    """One GLPI; `categories` are ITIL categories by the beginning of a sous-motif's path."""

    name = GLPI
    polling = timedelta(minutes=1)
    remedy = (
        "Vérifiez GLPI_CATEGORIES et les droits de l'utilisateur d'API, puis complétez ces "
        "demandes là-bas."
    )

    api: GlpiApi
    formatter: TicketFormatter
    categories: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def build(cls, settings: Settings, fields: Mapping[str, Field]) -> Self:
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
            fields=fields, nir=settings.glpi_nir, place=settings.ticket_place
        )
        return cls(api=api, formatter=formatter, categories=settings.categories)

    @property
    def nir(self) -> NirShown:
        return self.formatter.nir

    async def deliver(self, export: TicketExport) -> ConnectorResult:
        if export.item is not ExportItem.TICKET and not export.their_id:
            return Refused("glpi.ticket_unknown")  # it never arrived there: nothing to add to
        try:
            match export.item:
                case ExportItem.TICKET:
                    added = read_added(await self.api.post("Ticket", self._ticket(export)))
                    if not isinstance(added, Delivered):
                        return added
                    return await self._read_back(added.their_id, export)
                case ExportItem.STATUS:
                    return await self._set_status(export)
                case _:
                    lines = [*self.formatter.lines(export), f"[{export.key}]"]
                    followup = {
                        "itemtype": "Ticket",
                        "items_id": int(export.their_id),
                        "content": html_from_lines(lines),
                        "is_private": 0,
                    }
                    return read_added(await self.api.post("ITILFollowup", followup))
        except GlpiError as error:
            return error.failure

    async def find(self, export: TicketExport) -> Delivered | RetryLater | None:
        """The ticket by the reference in its title, the follow-up by the one at its end.

        A status is set, not added: to set it again does no harm.
        """
        try:
            match export.item:
                case ExportItem.TICKET:
                    their_id = await self._find_ticket(export.ticket.reference)
                    return await self._read_back(their_id, export) if their_id else None
                case ExportItem.STATUS:
                    return None
                case _:
                    found = await self._followups(export.their_id)
                    ours = [their_id for their_id, words, _ in found if f"[{export.key}]" in words]
                    return Delivered(ours[0]) if ours else None
        except GlpiError as error:
            return RetryLater(error.failure.code)

    async def check(self) -> str | None:
        """Log in, and look at every category of the settings."""
        try:
            await self.api.get("getActiveProfile")
            for path, category in self.categories.items():
                try:
                    await self.api.get(f"ITILCategory/{category}")
                except GlpiError as error:
                    if error.error != "ERROR_ITEM_NOT_FOUND":
                        raise
                    return f"GLPI n'a pas de catégorie {category} (GLPI_CATEGORIES, « {path} »)."
        except GlpiError as error:
            return error_in_french(error, self.api.url)
        finally:
            await self.close()
        return None

    async def close(self) -> None:
        try:
            await self.api.close()
        except GlpiError:
            return  # it ends by itself

    async def news(
        self, mark: str, known: Sequence[ExternalTicket]
    ) -> tuple[tuple[ExternalReply, ...], str]:
        """What happened there since `mark`, and the mark to go on from.

        GLPI counts in seconds: what has the mark's own second is looked at again, and known by
        its id.
        """
        by_id = {one.their_id: one for one in known}
        replies: list[ExternalReply] = []
        for row in await self._modified_since(mark):
            their_id, modified = str(row[str(ID)]), str(row.get(str(MODIFIED)) or "")
            mark = max(mark, modified)
            if their_id in by_id:
                replies += await self._replies(by_id[their_id], int(row.get(str(STATUS)) or 0))
        return tuple(replies), mark

    async def _replies(self, copy: ExternalTicket, status: int) -> list[ExternalReply]:
        found = [
            ExternalReply(
                event_id=f"followup/{their_id}",
                their_id=their_id,
                reference=copy.reference,
                words=words,
                internal=is_private,
            )
            for their_id, words, is_private in await self._followups(copy.their_id)
            if not OURS_ENDS.search(words)
        ]
        if str(status) != copy.status and status in THEIR_STATUSES:
            found.append(
                ExternalReply(
                    event_id="",
                    reference=copy.reference,
                    status=THEIR_STATUSES[status],
                    their_status=str(status),
                )
            )
        return found

    async def _read_back(self, their_id: str, export: TicketExport) -> Delivered:
        """It is there; what of it was dropped on the way in?"""
        given, reference = self._ticket(export), export.ticket.reference
        return Delivered(their_id, await dropped_from(self.api, their_id, given, reference))

    def _ticket(self, export: TicketExport) -> dict[str, Any]:
        request = export.ticket.request
        given: dict[str, Any] = {
            "name": self.formatter.title(export),
            "content": html_from_lines(self.formatter.lines(export)),
            "status": OUR_STATUSES[export.ticket.status],
            "type": 2,  # a request, not an incident
        }
        fitting = [one for one in self.categories if f"{request.path}/".startswith(f"{one}/")]
        if fitting:
            given["itilcategories_id"] = self.categories[max(fitting, key=len)]
        if request.email:
            # Somebody whom GLPI does not know: no user, an address to notify.
            given["_users_id_requester"] = 0
            given["_users_id_requester_notif"] = {
                "use_notification": [1],
                "alternative_email": [request.email],
            }
        return given

    async def _set_status(self, export: TicketExport) -> ConnectorResult:
        status = OUR_STATUSES[export.status or export.ticket.status]
        said = await self.api.put(f"Ticket/{export.their_id}", {"status": status})
        row = said[0] if isinstance(said, list) and said else said
        if not isinstance(row, dict) or not row.get(export.their_id):
            return Refused("glpi.status_not_set")
        stands = await status_of(self.api, export.their_id) or status
        return Delivered(str(stands), ("status",) if stands != status else ())

    async def _find_ticket(self, reference: str) -> str:
        query: dict[str, str | int] = {
            "criteria[0][field]": TITLE,
            "criteria[0][searchtype]": "contains",
            "criteria[0][value]": reference,
            "forcedisplay[0]": ID,
            "range": f"0-{GLPI_PAGE - 1}",
        }
        said = await self.api.get("search/Ticket", query)
        named = f"[{reference}]"
        rows = [row for row in rows_of(said) if named in unescape(str(row.get(str(TITLE), "")))]
        return min((str(row[str(ID)]) for row in rows), key=int, default="")

    async def _followups(self, their_id: str) -> list[tuple[str, str, bool]]:
        """Every follow-up of a ticket: its id, its words, and whether it is private."""
        rows = await self.api.rows(f"Ticket/{their_id}/ITILFollowup", {})
        return [
            (str(r["id"]), text_from_html(str(r.get("content") or "")), bool(r.get("is_private")))
            for r in rows
        ]

    async def _modified_since(self, mark: str) -> list[dict[str, Any]]:
        """Rows of all tickets modified since a moment of GLPI's own clock, that one included."""
        query: dict[str, str | int] = {
            "criteria[0][field]": TITLE,
            "criteria[0][searchtype]": "contains",
            "criteria[0][value]": "[PEPS-",
            "forcedisplay[0]": ID,
            "forcedisplay[1]": STATUS,
            "forcedisplay[2]": MODIFIED,
            "sort": MODIFIED,
            "order": "DESC",
        }
        return await self.api.rows(
            "search/Ticket", query, lambda row: str(row.get(str(MODIFIED)) or "") >= mark
        )
