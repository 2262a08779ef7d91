"""What happened in GLPI: answers, solutions, statuses, merges and deletions of our tickets.

Tickets are looked at by their own numbers, whatever became of their titles. An answer is public and
of somebody who works there: what we wrote ourselves, what a merge copied from another ticket and
what the requester wrote by mail is none.
"""

import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from bot.connectors.glpi_api import (
    ID,
    REQUESTER,
    GlpiApi,
    GlpiError,
    rows_of,
    status_of,
    tickets_of,
)
from bot.connectors.replies import (
    Written,
    as_read,
    deleted_reply,
    moved_reply,
    reply_of,
    status_reply,
)
from bot.connectors.ticket_text import ends_with_key, signed_html, text_from_html
from bot.conversation.texts import fill, text
from bot.domain.delivery import RetryLater
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExternalReply, ExternalTicket

log = logging.getLogger(__name__)

NAME, MODIFIED = 1, 19
"""Numbers of GLPI's search options for tickets."""
SYSTEM = "GLPI"
NO_DATE = "1970-01-01 00:00:00"
DAY = len("1970-01-01")
LOOK_BACK = timedelta(minutes=10)
"""GLPI dates a change by the moment at which its call came in: a slow one turns up behind others
that are already read."""
TWIN_WITHIN = timedelta(hours=1)
"""Two tickets that one doubt made are no further apart; a copy that somebody makes there may be."""
CLOSED, LINK_TO = 6, 1
"""GLPI solves tickets that are linked as duplicates together: ours are only linked."""
OUR_TITLE = re.compile(r"\[(PEPS-\d{4}-\d{6,})\]")
PICTURE = re.compile(r"(?:<|&#60;|&lt;)img\b|document\.send\.php", re.IGNORECASE)

ITEMS = {"followup": "ITILFollowup", "solution": "ITILSolution"}
"""What answers are, and how GLPI calls them."""
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

    What changed shortly before the mark is looked at again, and known by its id. Whatever its date,
    a ticket that was never read is read, and once a day each that is not closed: one may have been
    out of sight.
    """
    changed, deleted = await _modified_since(api, mark, 0), await _modified_since(api, mark, 1)
    ids = {str(row[str(ID)]) for row in changed}
    gone = {str(row[str(ID)]) for row in deleted}
    named: dict[str, set[str]] = {}
    for row in changed:
        for reference in OUR_TITLE.findall(unescape(str(row.get(str(NAME)) or ""))):
            named.setdefault(reference, set()).add(str(row[str(ID)]))
    reached = max([mark, *(str(row[str(MODIFIED)]) for row in (*changed, *deleted))])
    is_new_day = reached[:DAY] > mark[:DAY]
    replies: list[ExternalReply] = []
    for copy in known:
        is_new = not copy.status
        is_due = is_new or (is_new_day and copy.status != str(CLOSED))
        if copy.their_id in gone:
            replies += await _gone(api, copy)
        elif copy.their_id in ids or (is_due and await status_of(api, copy.their_id)):
            replies += await _replies(api, copy)
        if is_new or named.get(copy.reference, set()) - {copy.their_id}:
            replies += await _twins(api, copy)
    return tuple(replies), reached


async def _modified_since(api: GlpiApi, mark: str, deleted: int) -> list[dict[str, Any]]:
    """Rows of all tickets modified since a little before a moment of GLPI's own clock, the newest
    first; the newest alone where there is no mark yet."""
    query: dict[str, str | int] = {
        "is_deleted": deleted,
        "criteria[0][field]": MODIFIED,
        "criteria[0][searchtype]": "morethan",
        "criteria[0][value]": NO_DATE,
        "forcedisplay[0]": ID,
        "forcedisplay[1]": NAME,
        "forcedisplay[2]": MODIFIED,
        "sort": MODIFIED,
        "order": "DESC",
    }
    try:
        since = str(datetime.fromisoformat(mark) - LOOK_BACK)
    except ValueError:
        return rows_of(await api.get("search/Ticket", {**query, "range": "0-0"}))
    return await api.rows(
        "search/Ticket", query, lambda row: str(row.get(str(MODIFIED)) or "") >= since
    )


async def _twins(api: GlpiApi, copy: ExternalTicket) -> list[ExternalReply]:
    """Joins the tickets that one reference has twice: GLPI took the first so late that it had been
    looked for in vain and sent again. The oldest stays."""
    found = await tickets_of(api, copy.key) if copy.key else []
    if copy.their_id not in found:
        return []  # it was merged into another one, where it is followed
    oldest, *younger = found
    kept = await api.get(f"Ticket/{oldest}")
    replies: list[ExternalReply] = []
    for their_id in younger:
        twin = await api.get(f"Ticket/{their_id}")
        is_copy = twin["content"] == kept["content"]
        if not is_copy or _created(twin) - _created(kept) > TWIN_WITHIN:
            continue
        is_joined = await _join(api, copy, oldest, twin)
        told = "twin" if is_joined else "twin_open"
        replies.append(
            ExternalReply(
                event_id=f"{copy.reference}/{told}/{their_id}",
                reference=copy.reference,
                words=fill(text(f"outside.{told}", number=their_id, kept=oldest)),
                internal=True,
                moved_to="" if oldest == copy.their_id else oldest,
            )
        )
        # What was written there meanwhile is an answer like any other.
        replies += await _answers(api, replace(copy, their_id=their_id))
    return replies


async def _join(api: GlpiApi, copy: ExternalTicket, oldest: str, twin: Mapping[str, Any]) -> bool:
    """Closes the younger ticket with a note, and links it to the older one; whether GLPI let us.

    The link comes last, so that what broke off is done again, and what is opened again over there
    stays open.
    """
    number, key = str(twin["id"]), f"{copy.key}/twin"
    links = await api.rows("Ticket_Ticket", {"searchText[tickets_id_1]": number})
    if (number, oldest) in {(str(one["tickets_id_1"]), str(one["tickets_id_2"])) for one in links}:
        return True
    notes = await api.rows(f"Ticket/{number}/ITILFollowup", {})
    note = {
        "itemtype": "Ticket",
        "items_id": int(number),
        "content": signed_html([fill(text("outside.twin_note", kept=oldest))], key),
        "is_private": 1,
    }
    link = {"tickets_id_1": int(number), "tickets_id_2": int(oldest), "link": LINK_TO}
    try:
        if not any(ends_with_key(one.get("content"), key) for one in notes):
            await api.post("ITILFollowup", note)
        await api.put(f"Ticket/{number}", {"status": CLOSED})
        await api.post("Ticket_Ticket", link)
    except GlpiError as error:
        if not isinstance(error.failure, RetryLater) or not error.error:
            raise  # a doubt, or no answer at all: the next time
        log.warning("%s: twin %s cannot be closed: %s", copy.reference, number, error.error)
        return False
    log.warning("%s: tickets %s and %s of GLPI were joined", copy.reference, oldest, number)
    return True


def _created(ticket: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(ticket["date_creation"]))


async def _replies(api: GlpiApi, copy: ExternalTicket) -> list[ExternalReply]:
    """Answers and solutions first, then the status: who reads « résolue » has read why."""
    status = await status_of(api, copy.their_id)
    found = await _answers(api, copy)
    if status in THEIR_STATUSES and str(status) != copy.status:
        found.append(status_reply(copy, THEIR_STATUSES[status], str(status)))
    return found


async def _answers(api: GlpiApi, copy: ExternalTicket) -> list[ExternalReply]:
    """Every follow-up and solution of somebody else; what was read before is known by its id."""
    me = await api.my_id()
    requesters = {"0", *await _requesters(api, copy.their_id)}
    return [
        reply_of(copy, replace(written, has_piece=await _has_piece(api, written)))
        for row, written in await _written(api, copy.their_id, requesters)
        if _author(row) != me and not row.get("sourceitems_id") and not written.is_ours
    ]


async def _has_piece(api: GlpiApi, one: Written) -> bool:
    """Whether a picture is in it or a document hangs on it; no, where we may not look."""
    kind, _, number = one.name.partition("/")
    try:
        hanging = await api.rows(f"{ITEMS[kind]}/{number}/Document_Item", {})
    except GlpiError as error:
        if error.error in ("ERROR_RIGHT_MISSING", "ERROR_ITEM_NOT_FOUND"):
            return one.has_piece
        raise
    return one.has_piece or bool(hanging)


async def _gone(api: GlpiApi, copy: ExternalTicket) -> list[ExternalReply]:
    """A ticket that was deleted: merged into another one, which is followed from now on, or not."""
    target, merged_at = await _merged_into(api, copy.their_id)
    if not target:
        return [deleted_reply(copy, SYSTEM)]
    there = ExternalTicket(reference=copy.reference, their_id=target, status="")
    before = [
        written
        for _, written in await _written(api, target)
        if not written.their_id or int(written.their_id) < merged_at
    ]
    older = list(as_read(there, before))
    known = {one.event_id for one in older}
    later = [one for one in await _replies(api, there) if one.event_id not in known]
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
        for kind, item in ITEMS.items()
        for row in await api.rows(f"Ticket/{their_id}/{item}", {})
    ]
    return sorted(found, key=lambda one: str(one[0].get("date_creation") or ""))


def _read(kind: str, row: Mapping[str, Any], requesters: Collection[str]) -> Written:
    content = str(row.get("content") or "")
    return Written(
        name=f"{kind}/{row['id']}",
        words=text_from_html(content),
        their_id=str(row["id"]) if kind == "followup" else "",
        is_private=bool(row.get("is_private")),
        by_requester=_author(row) in requesters,
        has_piece=bool(PICTURE.search(content)),
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
