"""Actions of advisors on tickets: who acts, what came of it, and what they are warned about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.attachment import IncomingFile
from bot.domain.people import Assurance
from bot.domain.sensitive_data import find_nirs
from bot.domain.text import without_accents
from bot.domain.ticket import Author, Notice, Ticket, TicketMessage
from bot.storage.store import Database

CONNECTOR_PREFIX = "connector:"
"""Begins the name of whoever acted in another ticketing system."""

TellRequester = Callable[[Database, str, Notice, datetime], None]
"""Tells the requester at an address, in their own conversation."""

EnclosedFile = IncomingFile | int | None
"""A file sent with a message: as it came in, or the number of one that is stored already."""

IDENTIFYING_KEYS = ("nom", "prenom", "ddn")
"""The answers by which an agent can be recognised besides the NIR."""


class ActionWarning(StrEnum):
    """Why an action waits for a confirmation; then nothing was changed."""

    TAKEN_BY_ANOTHER = "taken_by_another"
    WRITTEN_MEANWHILE = "written_meanwhile"
    ONLY_DECLARED = "only_declared"


class ActionError(StrEnum):
    """Why an action is impossible."""

    UNKNOWN = "unknown"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What an action gave: the ticket after it, or the warning or error for which nothing changed.

    `told` is False when the requester cannot be reached now (they will read it in /demandes).
    """

    ticket: Ticket | None = None
    message: TicketMessage | None = None
    warning: ActionWarning | None = None
    error: ActionError | None = None
    told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorAction:
    """Who acts, when, and whether they confirmed it after a warning; neutral as to the channel.

    `origin` is where it was written (a connector's name, or `STAFF`): nothing is sent back there.
    """

    who: str
    at: datetime
    confirmed: bool = False
    origin: str = ""

    @property
    def is_outside(self) -> bool:
        """Whether it was done in another ticketing system, whose users have no role here."""
        return self.who.startswith(CONNECTOR_PREFIX)


def warning_about_answer(
    action: AdvisorAction, ticket: Ticket, words: str, seen: int | None
) -> ActionWarning | None:
    """The warning about an answer's text; `seen` is how many messages its writer had read."""
    if action.is_outside:
        return None
    if ticket.taken_by not in ("", action.who):
        return ActionWarning.TAKEN_BY_ANOTHER
    later = ticket.messages[seen:] if seen is not None else ()
    if any(one.author is Author.ADVISOR and one.by != action.who for one in later):
        return ActionWarning.WRITTEN_MEANWHILE
    return ActionWarning.ONLY_DECLARED if _gives_away(ticket, words) else None


def warning_about_file(action: AdvisorAction, ticket: Ticket) -> ActionWarning | None:
    """The warning about a file: its content is not read here, and may name anybody."""
    is_declared = ticket.request.assurance is Assurance.DECLARED
    return ActionWarning.ONLY_DECLARED if is_declared and not action.is_outside else None


def _gives_away(ticket: Ticket, words: str) -> bool:
    """Whether a text would tell personal data to a requester whose identity is only declared.

    That is a NIR, or a name or birth date of one of the ticket's agents.
    """
    if ticket.request.assurance is not Assurance.DECLARED:
        return False
    plain = _plain(words)
    known = [
        _plain(answer.value)
        for agent in ticket.request.agents
        for key in IDENTIFYING_KEYS
        if (answer := agent.answer(key)) and answer.value
    ]
    return bool(find_nirs(words)) or any(f" {one} " in f" {plain} " for one in known)


def _plain(words: str) -> str:
    folded = without_accents(words).casefold()
    kept = "".join(letter if letter.isalnum() or letter == "/" else " " for letter in folded)
    return " ".join(kept.split())
