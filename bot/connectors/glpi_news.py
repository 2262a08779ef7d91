"""What happened in GLPI: answers, solutions, statuses, merges and deletions of our tickets.

Tickets are looked at by their own numbers, whatever became of their titles. An answer is public and
of somebody who works there: what we wrote ourselves, what a merge copied from another ticket and
what the requester wrote by mail is none.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.connectors.glpi_api import REQUESTER, GlpiApi, text_from_html
from bot.conversation.texts import fill, text
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExternalReply, ExternalTicket

ID, STATUS, MODIFIED = 2, 12, 19
"""Numbers of GLPI's search options for tickets."""
NO_DATE = "1970-01-01 00:00:00"
OURS_ENDS = re.compile(r"\[(?:[0-9a-f]{8}/)?PEPS-\d{4}-\d{6,}/[\w/]+\]$")
"""How our own follow-ups end: one that GLPI took and then failed over may be read before `find`."""
PICTURE = re.compile(r"<(?:img|a)\b|&#60;(?:img|a)\b|&lt;(?:img|a)\b", re.IGNORECASE)

THEIR_STATUSES = {
    1: TicketStatus.NEW,
    2: TicketStatus.IN_PROGRESS,
    3: TicketStatus.IN_PROGRESS,
    4: TicketStatus.PENDING,
    5: TicketStatus.RESOLVED,
    6: TicketStatus.CLOSED,
}


@dataclass(frozen=True, slots=True)
class _Written:
    """One follow-up or solution of a ticket, as the API gives it."""

    kind: str
    row: Mapping[str, Any]

    @property
    def their_id(self) -> str:
        return str(self.row["id"])

    @property
    def words(self) -> str:
        content = str(self.row.get("content") or "")
        words = text_from_html(content)
        if words or not PICTURE.search(content):
            return words
        return fill(text("outside.picture"))

    @property
    def is_private(self) -> bool:
        return bool(self.row.get("is_private"))

    @property
    def author(self) -> str:
        return str(self.row.get("users_id") or 0)

    @property
    def is_copied(self) -> bool:
        """It came with a merge: it was written on another ticket, or is that whole ticket."""
        return bool(self.row.get("sourceitems_id"))


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
    requesters = await _requesters(api, copy.their_id)
    found = [
        _reply(copy, one, is_requester=one.author == "0" or one.author in requesters)
        for one in await _written(api, copy.their_id)
        if one.author != me and not one.is_copied and not OURS_ENDS.search(one.words)
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


def _reply(copy: ExternalTicket, one: _Written, *, is_requester: bool) -> ExternalReply:
    """A private follow-up is another event than the same one made public."""
    name = f"{one.kind}/{one.their_id}"
    shown = f"{name}/private" if one.is_private else name
    return ExternalReply(
        event_id=f"{copy.reference}/{shown}",
        their_id=one.their_id if one.kind == "followup" else "",
        reference=copy.reference,
        words=one.words,
        revision=hashlib.sha256(one.words.encode()).hexdigest()[:16],
        internal=one.is_private,
        by_requester=is_requester,
    )


async def _gone(api: GlpiApi, copy: ExternalTicket) -> list[ExternalReply]:
    """A ticket that was deleted: merged into another one, which is followed from now on, or not."""
    target, merged_at = await _merged_into(api, copy.their_id)
    if not target:
        words = fill(text("outside.deleted", number=copy.their_id))
        name = f"{copy.reference}/deleted/{copy.their_id}"
        return [ExternalReply(event_id=name, reference=copy.reference, words=words, internal=True)]
    moved = ExternalReply(
        event_id=f"{copy.reference}/merged/{target}",
        reference=copy.reference,
        words=fill(text("outside.merged", number=copy.their_id, target=target)),
        internal=True,
        moved_to=target,
    )
    there = ExternalTicket(reference=copy.reference, their_id=target, status="")
    older = [
        replace(_reply(there, one, is_requester=False), words="")
        for one in await _written(api, target)
        if one.kind == "solution" or int(one.their_id) < merged_at
    ]
    # What stood there before was written to somebody else: it counts as read, without its words.
    known = {one.event_id for one in older}
    later = [one for one in await _replies(api, there, 0) if one.event_id not in known]
    return [moved, *older, *later]


async def _merged_into(api: GlpiApi, their_id: str) -> tuple[str, int]:
    """The ticket into which this one was merged, and the first follow-up that came with it.

    There its follow-ups name it as their source; empty and 0 where nothing does.
    """
    rows = await api.rows("ITILFollowup", {"searchText[sourceitems_id]": their_id})
    copied = [row for row in rows if str(row.get("sourceitems_id")) == their_id]
    first = min(copied, key=lambda row: int(row["id"]), default=None)
    return (str(first["items_id"]), int(first["id"])) if first else ("", 0)


async def _written(api: GlpiApi, their_id: str) -> list[_Written]:
    """Every follow-up and solution of a ticket, in the order of their dates."""
    found = [
        _Written(kind, row)
        for kind, item in (("followup", "ITILFollowup"), ("solution", "ITILSolution"))
        for row in await api.rows(f"Ticket/{their_id}/{item}", {})
    ]
    return sorted(found, key=lambda one: str(one.row.get("date_creation") or ""))


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
