"""What happened in GLPI: answers, solutions, statuses, merges and deletions of our tickets.

Tickets are looked at by their own numbers, whatever became of their titles. An answer is public and
of somebody who works there: what we wrote ourselves, what a merge copied from another ticket and
what the requester wrote by mail is none.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from bot.connectors.glpi_api import REQUESTER, GlpiApi
from bot.connectors.replies import (
    Written,
    as_read,
    deleted_reply,
    moved_reply,
    reply_of,
    status_reply,
)
from bot.connectors.ticket_text import text_from_html
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExternalReply, ExternalTicket

ID, STATUS, MODIFIED = 2, 12, 19
"""Numbers of GLPI's search options for tickets."""
SYSTEM = "GLPI"
NO_DATE = "1970-01-01 00:00:00"
PICTURE = re.compile(r"<(?:img|a)\b|&#60;(?:img|a)\b|&lt;(?:img|a)\b", re.IGNORECASE)

THEIR_STATUSES = {
    1: TicketStatus.NEW,
    2: TicketStatus.IN_PROGRESS,
    3: TicketStatus.IN_PROGRESS,
    4: TicketStatus.PENDING,
    5: TicketStatus.RESOLVED,
    6: TicketStatus.CLOSED,
}


async def news_since(
    api: GlpiApi, mark: str, known: Sequence[ExternalTicket]
) -> tuple[tuple[ExternalReply, ...], str]:
    """What happened since `mark` to the known tickets, and the mark to go on from.

    GLPI counts in seconds: what has the mark's own second is looked at again, and known by its id.
    """
    by_id: dict[str, list[ExternalTicket]] = {}
    for one in known:
        by_id.setdefault(one.their_id, []).append(one)
    replies: list[ExternalReply] = []
    reached = mark
    for deleted in (0, 1):
        for row in await _modified_since(api, mark, deleted, set(by_id)):
            their_id = str(row[str(ID)])
            reached = max(reached, str(row.get(str(MODIFIED)) or ""))
            for copy in by_id.get(their_id, ()):
                if deleted:
                    replies += await _gone(api, copy)
                else:
                    replies += await _replies(api, copy, int(row.get(str(STATUS)) or 0))
    return tuple(replies), reached


async def _modified_since(
    api: GlpiApi, mark: str, deleted: int, known: set[str]
) -> list[dict[str, Any]]:
    """Rows of all tickets modified since a moment of GLPI's own clock, that one included, the
    newest first. At the first time they are read until all known ones were seen."""
    query: dict[str, str | int] = {
        "is_deleted": deleted,
        "criteria[0][field]": MODIFIED,
        "criteria[0][searchtype]": "morethan",
        "criteria[0][value]": NO_DATE,
        "forcedisplay[0]": ID,
        "forcedisplay[1]": STATUS,
        "forcedisplay[2]": MODIFIED,
        "sort": MODIFIED,
        "order": "DESC",
    }
    unseen = set(known)

    def is_wanted(row: Mapping[str, Any]) -> bool:
        if mark:
            return str(row.get(str(MODIFIED)) or "") >= mark
        wanted = bool(unseen)
        unseen.discard(str(row[str(ID)]))
        return wanted and not deleted

    return await api.rows("search/Ticket", query, is_wanted)


async def _replies(api: GlpiApi, copy: ExternalTicket, status: int) -> list[ExternalReply]:
    """Answers and solutions first, then the status: who reads « résolue » has read why."""
    me = await api.my_id()
    requesters = {"0", *await _requesters(api, copy.their_id)}
    found = [
        reply_of(copy, written)
        for row, written in await _written(api, copy.their_id, requesters)
        if _author(row) != me and not row.get("sourceitems_id") and not written.is_ours
    ]
    if str(status) != copy.status and status in THEIR_STATUSES:
        found.append(status_reply(copy, THEIR_STATUSES[status], str(status)))
    return found


async def _gone(api: GlpiApi, copy: ExternalTicket) -> list[ExternalReply]:
    """A ticket that was deleted: merged into another one, which is followed from now on, or not."""
    target, merged_at = await _merged_into(api, copy.their_id)
    if not target:
        return [deleted_reply(copy, SYSTEM)]
    there = ExternalTicket(reference=copy.reference, their_id=target, status="")
    older = list(
        as_read(
            there,
            (
                written
                for row, written in await _written(api, target)
                if not written.their_id or int(written.their_id) < merged_at
            ),
        )
    )
    known = {one.event_id for one in older}
    later = [one for one in await _replies(api, there, 0) if one.event_id not in known]
    return [moved_reply(copy, target, SYSTEM), *older, *later]


async def _merged_into(api: GlpiApi, their_id: str) -> tuple[str, int]:
    """The ticket into which this one was merged, and the first follow-up that came with it.

    There its follow-ups name it as their source; empty and 0 where nothing does.
    """
    rows = await api.rows("ITILFollowup", {"searchText[sourceitems_id]": their_id})
    copied = [row for row in rows if str(row.get("sourceitems_id")) == their_id]
    first = min(copied, key=lambda row: int(row["id"]), default=None)
    return (str(first["items_id"]), int(first["id"])) if first else ("", 0)


async def _written(
    api: GlpiApi, their_id: str, requesters: Collection[str] = ()
) -> list[tuple[Mapping[str, Any], Written]]:
    """Every follow-up and solution of a ticket, in the order of their dates."""
    found = [
        (row, _read(kind, row, requesters))
        for kind, item in (("followup", "ITILFollowup"), ("solution", "ITILSolution"))
        for row in await api.rows(f"Ticket/{their_id}/{item}", {})
    ]
    return sorted(found, key=lambda one: str(one[0].get("date_creation") or ""))


def _read(kind: str, row: Mapping[str, Any], requesters: Collection[str]) -> Written:
    content = str(row.get("content") or "")
    words = text_from_html(content)
    return Written(
        name=f"{kind}/{row['id']}",
        words=words,
        their_id=str(row["id"]) if kind == "followup" else "",
        is_private=bool(row.get("is_private")),
        by_requester=_author(row) in requesters,
        has_piece=not words and bool(PICTURE.search(content)),
    )


def _author(row: Mapping[str, Any]) -> str:
    return str(row.get("users_id") or 0)


async def _requesters(api: GlpiApi, their_id: str) -> set[str]:
    """The users who asked, and have no other part in the ticket."""
    actors: Iterable[Mapping[str, Any]] = await api.rows(f"Ticket/{their_id}/Ticket_User", {})
    by_part = {
        is_requester: {
            str(one.get("users_id"))
            for one in actors
            if (one.get("type") == REQUESTER) is is_requester
        }
        for is_requester in (True, False)
    }
    return by_part[True] - by_part[False]
