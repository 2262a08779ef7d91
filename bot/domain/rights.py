"""Requests of persons about their data: what they ask for, until when, and how it ended.

GDPR articles 15 to 22 give the rights. Article 12.3 gives the time: an answer within one month of
the receipt, which may be extended by two further months where the requests are complex or many.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.account import add_months

MONTHS_TO_ANSWER: Final = 1
MONTHS_EXTENDED: Final = 3
"""The month, and the two that an extension adds."""
SOON: Final = timedelta(days=7)
"""How long before the date the operator is warned."""


class Right(StrEnum):
    """What a person may ask for, in the words of the command; the value is typed by operators."""

    ACCESS = "acces"
    RECTIFICATION = "rectification"
    ERASURE = "effacement"
    RESTRICTION = "limitation"
    OBJECTION = "opposition"
    PORTABILITY = "portabilite"

    @property
    def label(self) -> str:
        return {"acces": "accès", "portabilite": "portabilité"}.get(self.value, self.value)


class Outcome(StrEnum):
    """How a request ended."""

    DONE = "fait"
    PARTLY = "partiel"
    REFUSED = "refuse"

    @property
    def label(self) -> str:
        return {"partiel": "fait en partie", "refuse": "refusée"}.get(self.value, "faite")


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRequest:
    """A request in the register; `asker` is an address or a name, as the operator wrote it.

    `words` say why it was extended, what was done, or why it was refused (GDPR articles 12.3 and
    12.4 ask for the reasons).
    """

    number: int
    right: Right
    asker: str
    received_on: date
    due_on: date
    outcome: Outcome | None = None
    words: str = ""
    closed_on: date | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    @property
    def is_extended(self) -> bool:
        return self.due_on > due_date(self.received_on)

    def is_late(self, today: date) -> bool:
        return self.is_open and today > self.due_on


def due_date(received_on: date, *, extended: bool = False) -> date:
    """The last day for an answer: the same day of a later month, or that month's last."""
    return add_months(received_on, MONTHS_EXTENDED if extended else MONTHS_TO_ANSWER)
