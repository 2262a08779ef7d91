"""What GLPI kept of a ticket: fields that it does not know or want are dropped without a word.

So a new ticket is read back, and so is one that is found there after a doubt, and a status that was
set. What is missing makes nothing less delivered: it is told to the operator, who has a category or
a right to put in order.
"""

from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from bot.connectors.glpi_api import GlpiApi, GlpiError

REQUESTER = 1
"""The kind of actor that asked for a ticket."""


async def dropped_from(
    line: GlpiApi, their_id: str, given: Mapping[str, Any], reference: str
) -> tuple[str, ...]:
    """The names of what was given and is not there; empty where GLPI does not let us look."""
    try:
        row = await line.get(f"Ticket/{their_id}")
        email = _email(given)
        actors = await line.get(f"Ticket/{their_id}/Ticket_User") if email else []
    except GlpiError:
        return ()
    missing = list(_missing(row, given, reference))
    if email and not _notifies(actors, email):
        missing.append("requester_email")
    return tuple(missing)


async def status_of(line: GlpiApi, their_id: str) -> int | None:
    """Where the ticket stands over there: a status that GLPI does not want it drops as well, and
    what stands instead is no news of theirs."""
    try:
        row = await line.get(f"Ticket/{their_id}")
    except GlpiError:
        return None
    status = str(row.get("status")) if isinstance(row, dict) else ""
    return int(status) if status.isdecimal() else None


def _missing(row: Any, given: Mapping[str, Any], reference: str) -> Iterator[str]:
    kept = row if isinstance(row, dict) else {}
    if f"[{reference}]" not in unescape(str(kept.get("name") or "")):
        yield "title"
    category = given.get("itilcategories_id")
    if category is not None and str(kept.get("itilcategories_id")) != str(category):
        yield "category"


def _email(given: Mapping[str, Any]) -> str:
    addresses = given.get("_users_id_requester_notif", {}).get("alternative_email", [""])
    return str(addresses[0])


def _notifies(actors: Any, email: str) -> bool:
    rows = actors if isinstance(actors, list) else []
    return any(
        row.get("type") == REQUESTER and unescape(str(row.get("alternative_email"))) == email
        for row in rows
    )
