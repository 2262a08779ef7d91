"""Tickets: what a requester files and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.employer import Assurance, Employer


class TicketStatus(StrEnum):
    """Where a ticket stands; withdrawn is the requester's own decision."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"
    RESOLVED = "resolved"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        return self in (TicketStatus.NEW, TicketStatus.IN_PROGRESS, TicketStatus.PENDING)


class Author(StrEnum):
    """Who wrote a message of a ticket."""

    REQUESTER = "requester"
    ADVISOR = "advisor"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was given for a field, in its canonical written form; empty when left out.

    `note` names what an advisor should know about it (`nir.key_unchecked`, `nir.provisional`, …).
    """

    key: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """A public employee whom a ticket is about, as the answers of the form."""

    answers: tuple[Answer, ...] = ()

    def answer(self, key: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRequest:
    """A request ready to be filed.

    `identity` is made when the draft begins: the same identity is never filed twice.
    `labels` are the theme, motif and sous-motif as they read on the day of filing.
    """

    identity: str
    path: str
    labels: tuple[str, str, str]
    fund: str | None
    employer: Employer
    email: str
    assurance: Assurance
    answers: tuple[Answer, ...]
    agents: tuple[Agent, ...]
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMessage:
    """Something added to a ticket after it was filed."""

    author: Author
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A filed request; `reference` is its public name, `PEPS-2026-000123`."""

    reference: str
    status: TicketStatus
    filed_at: datetime
    request: TicketRequest
    messages: tuple[TicketMessage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSummary:
    """A line of the list of one's tickets."""

    reference: str
    status: TicketStatus
    filed_at: datetime
    label: str


def format_reference(year: int, number: int) -> str:
    """The public name of the `number`th ticket of a year."""
    return f"PEPS-{year}-{number:06d}"
