"""Tickets: what a requester files and what becomes of it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.attachment import Attachment
from bot.domain.identifiers import NIR_LENGTH, parse_nir
from bot.domain.people import Assurance, Employer
from bot.domain.text import plain_forms
from knowledge.catalogue import SENSITIVE_KINDS

MASK: Final = "••"


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

    @property
    def is_sensitive(self) -> bool:
        """Whether the value is shown to nobody who did not ask for it with a reason."""
        return self.key in SENSITIVE_KINDS

    @property
    def masked(self) -> str:
        """The value as others may see it: of a NIR sex, year and month, of its key nothing."""
        if not self.is_sensitive or not self.value:
            return self.value
        return parse_nir(self.value).masked if self.key == "nir" else MASK


@dataclass(frozen=True, slots=True)
class Agent:
    """A public employee whom a ticket is about, as the answers of the form."""

    answers: tuple[Answer, ...] = ()

    def answer(self, key: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.key == key), None)

    @property
    def identity(self) -> tuple[str, ...]:
        """Who it is: by NIR (without its key) where there is one, else by name and birth date."""
        given = {answer.key: answer.value for answer in self.answers}
        if nir := given.get("nir"):
            return ("".join(char for char in nir.upper() if char.isalnum())[:NIR_LENGTH],)
        return tuple(given.get(key, "").casefold() for key in ("nom", "prenom", "ddn"))


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """In which message of the requester's (its name on their channel) an answer was written: that
    of the request, or of the agent at a place."""

    message: str
    key: str
    agent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRequest:
    """A request ready to be filed.

    `identity` is made when the draft begins: the same identity is never filed twice.
    `labels` are the theme, motif and sous-motif as they read on the day of filing.
    `sources` say which of the requester's messages it was written in. How far the requester is
    known for the employer (`assurance`) is reckoned when it is filed.
    """

    identity: str
    path: str
    labels: tuple[str, str, str]
    fund: str | None
    employer: Employer
    email: str
    answers: tuple[Answer, ...]
    agents: tuple[Agent, ...]
    description: str
    sources: tuple[AnswerSource, ...] = ()
    assurance: Assurance = Assurance.DECLARED


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMessage:
    """Something added to a ticket after it was filed; `place` is its number in the ticket.

    `by` is the advisor's address or the system it came from; an internal one is for the desk only.
    `source` names the requester's own message on their channel.
    """

    author: Author
    text: str
    written_at: datetime
    place: int = 0
    by: str = ""
    internal: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A filed request; `reference` is its public name, `PEPS-2026-000123`.

    `taken_by` is the address of the advisor at work on it, `follows` the closed ticket that it
    continues, `score` what the requester gave it from 1 to 5 (None: not answered).
    """

    reference: str
    status: TicketStatus
    filed_at: datetime
    request: TicketRequest
    messages: tuple[TicketMessage, ...] = ()
    queue: str = ""
    taken_by: str = ""
    follows: str = ""
    closed_at: datetime | None = None
    score: int | None = None
    pieces: tuple[Attachment, ...] = ()
    restricted: bool = False

    def piece(self, number: int) -> Attachment | None:
        return next((one for one in self.pieces if one.number == number), None)

    def pieces_at(self, place: int | None) -> tuple[Attachment, ...]:
        """The pieces that came with a message, or (None) with the request itself."""
        return tuple(one for one in self.pieces if one.place == place)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSummary:
    """A line of the list of one's tickets."""

    reference: str
    status: TicketStatus
    filed_at: datetime
    label: str
    queue: str = ""
    taken_by: str = ""
    restricted: bool = False


class TicketNews(StrEnum):
    """What the requester is told of their ticket."""

    TAKEN = "taken"
    ANSWERED = "answered"
    PENDING = "pending"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    CLOSING_SOON = "closing_soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A piece of news about a ticket; `words` are the advisor's, where there are any.

    `piece` is the number of the file that came with them; 0 without one.
    """

    news: TicketNews
    reference: str
    label: str
    words: str = ""
    piece: int = 0


class Added(StrEnum):
    """What became of a message that a requester added to their ticket."""

    ADDED = "added"
    REOPENED = "reopened"
    FILED_ANEW = "filed_anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to a ticket; `who` did it, `detail` completes `what`."""

    what: str
    who: str
    at: datetime
    detail: str = ""


def format_reference(year: int, number: int) -> str:
    """The public name of the `number`th ticket of a year."""
    return f"PEPS-{year}-{number:06d}"


_REFERENCE: Final = re.compile(
    r"\bpep'?s[ _/.-]{0,3}(20\d\d)(?:[ _/.-]{0,3}(\d{6})|[_/.-](\d{1,5}))(?!\d)"
    r"|(?<![\d-])(20\d\d)-(\d{6})(?![\d-])",
    re.IGNORECASE,
)


def find_references(text: str) -> tuple[str, ...]:
    """The references typed in a text, each once: « peps 2026 000012 » is PEPS-2026-000012."""
    found = (list(filter(None, match.groups())) for match in _REFERENCE.finditer(plain_forms(text)))
    return tuple(dict.fromkeys(format_reference(int(year), int(number)) for year, number in found))


def words_beside_references(text: str) -> str:
    """The text less the references typed in it."""
    return _REFERENCE.sub(" ", plain_forms(text))
