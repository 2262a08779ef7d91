"""GLPI 10: tickets, follow-ups and statuses over `apirest.php`, both ways.

Our reference stands in the title of the ticket and at the end of each follow-up: that is how
`find` knows whether something arrived. What comes back is polled by the date of modification.
Names come back with HTML entities in them, and are decoded before they are compared.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from bot.connectors.glpi import dropped_from, status_of
from bot.connectors.glpi_api import (
    GlpiApi,
    GlpiError,
    error_in_french,
    html_from_lines,
    read_added,
    rows_of,
    text_from_html,
)
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

TITLE, ID, STATUS, MODIFIED = 1, 2, 12, 19
"""Numbers of GLPI's search options for tickets."""

PAGE = 50
OURS_ENDS = re.compile(r"\[PEPS-\d{4}-\d{6,}/[\w/]+\]$")
"""How our own follow-ups end: one that GLPI took and then failed over may be read before `find`."""

OURS = {
    TicketStatus.NEW: 1,
    TicketStatus.IN_PROGRESS: 2,
    TicketStatus.PENDING: 4,
    TicketStatus.RESOLVED: 5,
    TicketStatus.CLOSED: 6,
    TicketStatus.WITHDRAWN: 6,
}
THEIRS = {
    1: TicketStatus.NEW,
    2: TicketStatus.IN_PROGRESS,
    3: TicketStatus.IN_PROGRESS,
    4: TicketStatus.PENDING,
    5: TicketStatus.RESOLVED,
    6: TicketStatus.CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Glpi:
    """One GLPI; `categories` are ITIL categories by the beginning of a sous-motif's path."""

    line: GlpiApi
    wording: TicketFormatter
    categories: Mapping[str, int] = field(default_factory=dict)

    @property
    def nir(self) -> NirShown:
        return self.wording.nir

    async def deliver(self, consignment: TicketExport) -> ConnectorResult:
        if consignment.item is not ExportItem.TICKET and not consignment.their_id:
            return Refused("glpi.ticket_unknown")  # it never arrived there: nothing to add to
        try:
            match consignment.item:
                case ExportItem.TICKET:
                    return await self._add_ticket(consignment)
                case ExportItem.MESSAGE | ExportItem.CORRECTION:
                    return read_added(
                        await self.line.post("ITILFollowup", self._message(consignment))
                    )
                case ExportItem.STATUS:
                    return await self._set_status(consignment)
        except GlpiError as error:
            return error.failure

    async def find(self, consignment: TicketExport) -> Delivered | RetryLater | None:
        """The ticket by the reference in its title, the follow-up by the one at its end.

        A status is set, not added: to set it again does no harm.
        """
        try:
            match consignment.item:
                case ExportItem.TICKET:
                    their_id = await self._find_ticket(consignment.ticket.reference)
                    return await self._read_back(their_id, consignment) if their_id else None
                case ExportItem.MESSAGE | ExportItem.CORRECTION:
                    their_id = await self._find_message(consignment)
                case ExportItem.STATUS:
                    return None
        except GlpiError as error:
            return RetryLater(error.failure.code)
        return Delivered(their_id) if their_id else None

    async def check(self) -> str | None:
        """Log in, and look at every category of the settings."""
        try:
            await self.line.get("getActiveProfile")
            for path, category in self.categories.items():
                fault = await self._check_category(path, category)
                if fault:
                    return fault
        except GlpiError as error:
            return error_in_french(error, self.line.url)
        finally:
            await self.close()
        return None

    async def close(self) -> None:
        try:
            await self.line.close()
        except GlpiError:
            return  # it ends by itself

    async def news(
        self, mark: str, known: Sequence[ExternalTicket]
    ) -> tuple[tuple[ExternalReply, ...], str]:
        """What happened there since `mark`, and the mark to go on from. Raises GlpiError.

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
                event_id=f"followup/{row['id']}",
                reference=copy.reference,
                words=words,
                internal=bool(row.get("is_private")),
            )
            for row in await self._followups(copy.their_id)
            if not OURS_ENDS.search(words := text_from_html(str(row.get("content") or "")))
        ]
        if str(status) != copy.status and status in THEIRS:
            found.append(
                ExternalReply(
                    event_id="",
                    reference=copy.reference,
                    status=THEIRS[status],
                    their_status=str(status),
                )
            )
        return found

    async def _add_ticket(self, consignment: TicketExport) -> ConnectorResult:
        added = read_added(await self.line.post("Ticket", self._ticket(consignment)))
        if not isinstance(added, Delivered):
            return added
        return await self._read_back(added.their_id, consignment)

    async def _read_back(self, their_id: str, consignment: TicketExport) -> Delivered:
        """It is there; what of it was dropped on the way in?"""
        reference = consignment.ticket.reference
        given = self._ticket(consignment)
        return Delivered(their_id, await dropped_from(self.line, their_id, given, reference))

    def _ticket(self, consignment: TicketExport) -> dict[str, Any]:
        request = consignment.ticket.request
        given: dict[str, Any] = {
            "name": self.wording.title(consignment),
            "content": html_from_lines(self.wording.lines(consignment)),
            "status": OURS[consignment.ticket.status],
            "type": 2,  # a request, not an incident
        }
        category = self._category(request.path)
        if category is not None:
            given["itilcategories_id"] = category
        if request.email:
            # Somebody whom GLPI does not know: no user, an address to notify.
            given["_users_id_requester"] = 0
            given["_users_id_requester_notif"] = {
                "use_notification": [1],
                "alternative_email": [request.email],
            }
        return given

    def _category(self, path: str) -> int | None:
        fitting = [one for one in self.categories if f"{path}/".startswith(f"{one}/")]
        return self.categories[max(fitting, key=len)] if fitting else None

    def _message(self, consignment: TicketExport) -> dict[str, Any]:
        lines = [*self.wording.lines(consignment), f"[{consignment.key}]"]
        return {
            "itemtype": "Ticket",
            "items_id": int(consignment.their_id),
            "content": html_from_lines(lines),
            "is_private": 0,
        }

    async def _set_status(self, consignment: TicketExport) -> ConnectorResult:
        status = OURS[consignment.status or consignment.ticket.status]
        said = await self.line.put(f"Ticket/{consignment.their_id}", {"status": status})
        row = said[0] if isinstance(said, list) and said else said
        if not isinstance(row, dict) or not row.get(consignment.their_id):
            return Refused("glpi.status_not_set")
        stands = await status_of(self.line, consignment.their_id) or status
        return Delivered(str(stands), ("status",) if stands != status else ())

    async def _find_ticket(self, reference: str) -> str:
        query: dict[str, str | int] = {
            "criteria[0][field]": TITLE,
            "criteria[0][searchtype]": "contains",
            "criteria[0][value]": reference,
            "forcedisplay[0]": ID,
            "range": f"0-{PAGE - 1}",
        }
        said = await self.line.get("search/Ticket", query)
        named = f"[{reference}]"
        rows = [row for row in rows_of(said) if named in unescape(str(row.get(str(TITLE), "")))]
        return min((str(row[str(ID)]) for row in rows), key=int, default="")

    async def _find_message(self, consignment: TicketExport) -> str:
        named = f"[{consignment.key}]"
        for row in await self._followups(consignment.their_id):
            if named in text_from_html(str(row.get("content") or "")):
                return str(row["id"])
        return ""

    async def _followups(self, their_id: str) -> list[dict[str, Any]]:
        """Every follow-up of a ticket, page by page: a page holds 50 unless one asks."""
        found: list[dict[str, Any]] = []
        while True:
            query = {"range": f"{len(found)}-{len(found) + PAGE - 1}"}
            try:
                page = await self.line.get(f"Ticket/{their_id}/ITILFollowup", query)
            except GlpiError as error:
                if error.error == "ERROR_RANGE_EXCEED_TOTAL":
                    return found
                raise
            found += page
            if len(page) < PAGE:
                return found

    async def _modified_since(self, mark: str) -> list[dict[str, Any]]:
        """Rows of all tickets modified since a moment of GLPI's own clock, that one included."""
        found: list[dict[str, Any]] = []
        while True:
            query: dict[str, str | int] = {
                "criteria[0][field]": TITLE,
                "criteria[0][searchtype]": "contains",
                "criteria[0][value]": "[PEPS-",
                "forcedisplay[0]": ID,
                "forcedisplay[1]": STATUS,
                "forcedisplay[2]": MODIFIED,
                "sort": MODIFIED,
                "order": "DESC",
                "range": f"{len(found)}-{len(found) + PAGE - 1}",
            }
            try:
                page = rows_of(await self.line.get("search/Ticket", query))
            except GlpiError as error:
                if error.error == "ERROR_RANGE_EXCEED_TOTAL":
                    return found
                raise
            fresh = [row for row in page if str(row.get(str(MODIFIED)) or "") >= mark]
            found += fresh
            if len(fresh) < PAGE:
                return found

    async def _check_category(self, path: str, category: int) -> str | None:
        try:
            await self.line.get(f"ITILCategory/{category}")
        except GlpiError as error:
            if error.error != "ERROR_ITEM_NOT_FOUND":
                raise
            return f"GLPI n'a pas de catégorie {category} (GLPI_CATEGORIES, « {path} »)."
        return None
