"""What a connector is: it carries a ticket outside, and says how that went."""

from typing import Protocol

from bot.domain.receipt import Receipt
from bot.domain.ticket import Ticket


class Connector(Protocol):
    """One way out. Nothing beyond it knows which system stands there."""

    async def deliver(self, ticket: Ticket) -> Receipt:
        """Carry the ticket; its reference goes along, so that it can be found again."""
        ...
