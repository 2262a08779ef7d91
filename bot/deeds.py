"""Deeds: what somebody at the desk does with a ticket, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.attachment import IncomingFile
from bot.domain.ticket import Notice, Ticket, TicketMessage
from bot.storage.store import Database

OUTSIDE = "connector:"
"""How the names of those begin who did something in another ticketing system."""

Tell = Callable[[Database, str, Notice, datetime], None]
"""Lets the person at an address know something, in their own conversation."""

Enclosed = IncomingFile | int | None
"""A file that goes with a message: as it came in, or the number of one that was kept before."""


class Doubt(StrEnum):
    """Why a deed was not done at once."""

    TAKEN_BY_ANOTHER = "taken_by_another"
    WRITTEN_MEANWHILE = "written_meanwhile"
    ONLY_DECLARED = "only_declared"


class Obstacle(StrEnum):
    """Why a deed cannot be done."""

    UNKNOWN = "unknown"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The ticket after a deed; or why it was not done, and then nothing was changed.

    `told` is False when the requester cannot be reached now (they will read it in /demandes).
    """

    ticket: Ticket | None = None
    message: TicketMessage | None = None
    doubt: Doubt | None = None
    obstacle: Obstacle | None = None
    told: bool = True

    @property
    def is_done(self) -> bool:
        return self.warning is None and self.error is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who does something, when, and whether they were warned; `origin` is where it was said:
    a connector's name or `STAFF`, to which it is not sent back."""

    who: str
    at: datetime
    confirmed: bool = False
    origin: str = ""

    @property
    def is_outside(self) -> bool:
        """It was done in another ticketing system, whose people are none of ours."""
        return self.who.startswith(OUTSIDE)
