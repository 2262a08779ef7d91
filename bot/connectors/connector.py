"""What a connector is: it carries a ticket outside, and says how that went."""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has it, under its own name for it."""

    their_id: str


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The other side cannot take it now; `reason` is a code for the operator."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side will never take it: final, and visible to the operator."""

    reason: str


Receipt = Delivered | RetryLater | Refused


class Connector(Protocol):
    """One way out. Nothing beyond it knows which system stands there."""

    def deliver(self, ticket: Ticket) -> Receipt:
        """Carry the ticket; its reference goes along, so that it can be found again."""
        ...
