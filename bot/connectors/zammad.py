"""Zammad: tickets, articles and states over its REST API, both ways.

The name of this desk and our reference end each article of ours: that is how `find` knows whether
something arrived. What comes back is looked for by the numbers of our tickets. A merged ticket is
followed to the one that it was merged into, both ways.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from bot.connectors import Connector, for_path, unknown_paths
from bot.connectors.http import HttpClient, host_of, is_https
from bot.connectors.replies import (
    Written,
    as_read,
    deleted_reply,
    moved_reply,
    reply_of,
    status_reply,
)
from bot.connectors.ticket_text import TicketFormatter, ends_with_key, signed_html, text_from_html
from bot.connectors.zammad_api import (
    MERGED,
    PAGE,
    ZAMMAD,
    Merge,
    TicketHistory,
    ZammadApi,
    ZammadError,
    cause_in_french,
)
from bot.domain.delivery import ConnectorResult, Delivered, Refused, RetryLater, Uncertain
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

ZAMMAD_TIMEOUT = 30.0  # seconds
SYSTEM = "Zammad"
REMIND_AFTER = timedelta(days=7)
"""Zammad wants to know when a waiting ticket is looked at again."""
LATE_COMMIT = timedelta(minutes=1)
"""A change is dated before it can be seen: as long is looked back."""
NEEDED = {"read": "lire", "create": "créer", "change": "modifier"}
"""Rights on the group: the API's words, and those of Zammad's French pages."""

OUR_STATES = {
    TicketStatus.NEW: "new",
    TicketStatus.IN_PROGRESS: "open",
    TicketStatus.PENDING: "pending reminder",
    TicketStatus.RESOLVED: "closed",
    TicketStatus.CLOSED: "closed",
    TicketStatus.WITHDRAWN: "closed",
}
THEIR_TYPES = {
    "new": TicketStatus.NEW,
    "open": TicketStatus.IN_PROGRESS,
    "pending reminder": TicketStatus.PENDING,
    "pending action": TicketStatus.PENDING,
    "closed": TicketStatus.CLOSED,
}
"""By the kind of the state; there is no « resolved »."""

_QUOTE = re.compile(r"<blockquote\b[^>]*>(?:(?!<blockquote\b).)*?</blockquote>", re.DOTALL)
"""What an answer by mail repeats: it may be of another ticket that was merged into this one."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where was read, and which tickets could not be seen then: they are read when they can,
    whenever they were changed."""

    read_to: str = ""
    hidden: Collection[str] = ()

    @classmethod
    def load(cls, kept: str) -> Self:
        said = json.loads(kept) if kept else {}
        return cls(said.get("read_to", ""), frozenset(said.get("hidden", ())))

    def dump(self) -> str:
        return json.dumps({"read_to": self.read_to, "hidden": sorted(self.hidden)})

    def is_news(self, row: Mapping[str, Any]) -> bool:
        if not self.read_to or str(row["id"]) in self.hidden:
            return True
        return _moment(row["updated_at"]) >= _moment(self.read_to) - LATE_COMMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class ZammadConnector(Connector):
    """One Zammad; `groups` are its groups by the beginning of a sous-motif's path."""

    name = ZAMMAD
    polling = timedelta(minutes=1)
    remedy = "Vérifiez les états et les déclencheurs de Zammad, puis complétez ces demandes là-bas."

    api: ZammadApi
    formatter: TicketFormatter
    groups: Mapping[str, str]
    customer: str = ""
    notify: bool = False

    @classmethod
    def build(cls, settings: Settings, catalogue: Catalogue) -> Self:
        require_settings(settings, ZAMMAD, "zammad_url", "zammad_token", "zammad_groups")
        url, encrypted = settings.zammad_url, is_https(settings.zammad_url)
        require_encryption(settings.zammad_nir, "ZAMMAD_NIR", encrypted=encrypted)
        require_safe_line(settings, "ZAMMAD_URL", host_of(url), encrypted=encrypted)
        return cls(
            api=ZammadApi(
                url=url,
                token=settings.zammad_token.get_secret_value(),
                client=HttpClient(timeout=ZAMMAD_TIMEOUT),
            ),
            formatter=TicketFormatter(
                catalogue=catalogue, nir=settings.zammad_nir, place=settings.ticket_place
            ),
            groups=settings.zammad_groups_by_path,
            customer=settings.zammad_customer,
            notify=settings.zammad_notify,
        )

    @property
    def nir(self) -> NirShown:
        return self.formatter.nir

    async def deliver(self, export: TicketExport) -> ConnectorResult:
        if export.item is not ExportItem.TICKET and not export.their_id:
            return Refused("zammad.ticket_unknown")  # it never arrived there: nothing to add to
        try:
            match export.item:
                case ExportItem.TICKET:
                    added = await self.api.post("tickets", await self._ticket(export))
                case ExportItem.STATUS:
                    return await self._set_state(export)
                case _:
                    ticket = await self.api.live_ticket(export.their_id)
                    article = {"ticket_id": ticket["id"], **self._article(export)}
                    added = await self.api.post("ticket_articles", article)
        except ZammadError as error:
            return error.failure
        known = isinstance(added, dict) and added.get("id")
        return Delivered(str(known)) if known else Uncertain("zammad.unreadable")

    async def find(self, export: TicketExport) -> Delivered | RetryLater | None:
        """Ticket and article by the line that they end with; a state is set, not added."""
        try:
            if export.item is ExportItem.STATUS:
                return None
            if export.item is ExportItem.TICKET:
                rows = await self.api.tickets("article.body", "contains", f"[{export.key}]")
                places = sorted(int(row["id"]) for row in rows)
            else:
                places = [int((await self.api.live_ticket(export.their_id))["id"])]
            for place in places:
                for article in await self.api.articles(str(place)):
                    if ends_with_key(article.get("body"), export.key):
                        is_ticket = export.item is ExportItem.TICKET
                        return Delivered(str(place if is_ticket else article["id"]))
        except ZammadError as error:
            return RetryLater(error.failure.code)
        return None

    async def check(self) -> str | None:
        """The paths of the settings, the token, and the rights on each group."""
        if wrong := " ".join(unknown_paths("ZAMMAD_GROUPS", self.groups, self.formatter.catalogue)):
            return wrong
        try:
            me = await self.api.get("users/me?expand=true")
            await self.api.state_types()
        except ZammadError as error:
            return cause_in_french(error, self.api.url)
        rights = me.get("groups") if isinstance(me, dict) else None
        for group in dict.fromkeys(self.groups.values()):
            given = rights.get(group, ()) if isinstance(rights, dict) else ()
            lacking = (
                [] if "full" in given else [n for right, n in NEEDED.items() if right not in given]
            )
            if lacking:
                return (
                    f"L'utilisateur du jeton ne peut pas {', '.join(lacking)} dans le groupe "
                    f"« {group} » : vérifiez ce nom (ZAMMAD_GROUPS), et donnez-lui ces droits dans "
                    "Gérer > Utilisateurs."
                )
        return None

    async def news(
        self, mark: str, known: Sequence[ExternalTicket]
    ) -> tuple[tuple[ExternalReply, ...], str]:
        """What happened there since `mark`, and the mark to go on from."""
        types = await self.api.state_types()
        if not known:
            return (), mark
        last, copies = Mark.load(mark), _by_id(known)
        rows = await self._rows(sorted(copies))
        hidden, replies = set(), list[ExternalReply]()
        for their_id, ours in copies.items():
            row = rows.get(their_id)
            if row is None and their_id in last.hidden:
                hidden.add(their_id)
                continue
            was_read = all(copy.status for copy in ours)
            if row is not None and was_read and not last.is_news(row):
                continue
            try:
                row = row or await self.api.ticket(their_id)
                for copy in ours:
                    replies += await self._told(copy, row, types)
            except ZammadError as error:
                if not error.is_of_one_ticket:
                    raise
                hidden.add(their_id)
                if error.status == 404:
                    replies += [deleted_reply(copy, SYSTEM) for copy in ours]
        seen = (str(row["updated_at"]) for row in rows.values())
        return tuple(replies), Mark(max((last.read_to, *seen)), hidden).dump()

    async def _rows(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The tickets that may be seen, by their numbers."""
        found = [
            row
            for start in range(0, len(ids), PAGE)
            for row in await self.api.tickets("ticket.id", "is", ids[start : start + PAGE])
        ]
        return {str(row["id"]): row for row in found}

    async def _told(
        self, copy: ExternalTicket, row: Mapping[str, Any], types: Mapping[str, str]
    ) -> list[ExternalReply]:
        """Answers first, then the status: who reads « close » has read why."""
        history = await self.api.history(copy.their_id)
        state = str(row["state"])
        if state == MERGED and history.merge:
            return await self._moved(copy, history, history.merge)
        written = await self._written(copy.their_id, history.articles)
        replies = [reply_of(copy, one) for one, _ in written]
        status = THEIR_TYPES.get(types.get(state, state))
        if state != copy.status and status is not None:
            replies.append(status_reply(copy, status, state))
        return replies

    async def _moved(
        self, copy: ExternalTicket, history: TicketHistory, merge: Merge
    ) -> list[ExternalReply]:
        """A ticket that was merged: what was written on it before is still its requester's, and
        what is written on the target from now on is theirs too."""
        target = str((await self.api.live_ticket(merge.target))["id"])
        there = (await self.api.history(target)).articles
        own = [reply_of(copy, one) for one, _ in await self._written(target, history.articles)]
        theirs = await self._written(target, there)
        older = as_read(copy, (one for one, at in theirs if at <= _moment(merge.at)))
        later = (reply_of(copy, one) for one, at in theirs if at > _moment(merge.at))
        return [*own, moved_reply(copy, target, SYSTEM), *older, *later]

    async def _written(
        self, their_id: str, on_it: Collection[str]
    ) -> list[tuple[Written, datetime]]:
        """What people wrote on the ticket itself, and when: nothing that a merge moved there,
        nothing of ours and nothing of the system's."""
        me = await self.api.my_id()
        found = [
            (_read(row), _moment(row["created_at"]))
            for row in await self.api.articles(their_id)
            if str(row["id"]) in on_it
            and row.get("sender") in ("Agent", "Customer")
            and row.get("created_by_id") != me
        ]
        return [(one, at) for one, at in found if not one.is_ours]

    async def _ticket(self, export: TicketExport) -> dict[str, Any]:
        request = export.ticket.request
        is_confirmed = request.assurance is not Assurance.DECLARED
        customer: dict[str, Any] = {"customer": self.customer}
        if self.notify and is_confirmed and request.email:
            customer = {"customer_id": f"guess:{request.email}"}  # becomes a user there
        elif not self.customer:
            customer = {"customer_id": await self.api.my_id()}
        return {
            "title": self.formatter.title(export),
            "group": for_path(self.groups, request.path) or next(iter(self.groups.values())),
            "article": self._article(export),
            **customer,
        }

    def _article(self, export: TicketExport) -> dict[str, Any]:
        return {
            "subject": self.formatter.title(export),
            "body": signed_html(self.formatter.lines(export), export.key),
            "content_type": "text/html",
            "type": "note",
            "internal": False,
        }

    async def _set_state(self, export: TicketExport) -> ConnectorResult:
        """Their own state of that kind stays as it is."""
        wanted = OUR_STATES[export.status or export.ticket.status]
        ticket, types = await self.api.live_ticket(export.their_id), await self.api.state_types()
        state = str(ticket["state"])
        if types.get(state) == types.get(wanted, wanted):
            return Delivered(state)
        given = {"state": wanted}
        if wanted == OUR_STATES[TicketStatus.PENDING]:
            given["pending_time"] = (export.at + REMIND_AFTER).isoformat()
        row = await self.api.put(f"tickets/{ticket['id']}?expand=true", given)
        stands = str(row.get("state") or wanted) if isinstance(row, dict) else wanted
        return Delivered(stands, ("status",) if stands != wanted else ())


def _read(row: Mapping[str, Any]) -> Written:
    """An article, without what it quotes."""
    body, is_html = str(row.get("body") or ""), "html" in str(row.get("content_type"))
    has_piece = bool(row.get("attachments")) or (is_html and "<img" in body)
    while is_html and (cut := _QUOTE.sub("", body)) != body:
        body = cut
    return Written(
        name=f"article/{row['id']}",
        words=text_from_html(body) if is_html else body.strip(),
        their_id=str(row["id"]),
        is_private=bool(row.get("internal")),
        by_requester=row.get("sender") == "Customer",
        has_piece=has_piece,
    )


def _by_id(known: Sequence[ExternalTicket]) -> dict[str, list[ExternalTicket]]:
    found: dict[str, list[ExternalTicket]] = {}
    for one in known:
        found.setdefault(one.their_id, []).append(one)
    return found


def _moment(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
