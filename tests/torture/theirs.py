"""Another ticketing system: it takes what it is given, every time, and can be asked what it has."""

from collections import Counter

from torture.points import Points

from bot.domain.delivery import ConnectorResult, Delivered, RetryLater
from bot.domain.ticket_export import NirShown, TicketExport


class Theirs:
    """It knows no key again: what is sent twice is there twice."""

    nir = NirShown.MASKED

    def __init__(self) -> None:
        self.points = Points(lambda _: False)
        self.taken: Counter[str] = Counter()

    async def deliver(self, consignment: TicketExport) -> ConnectorResult:
        self.points.reach()
        self.taken[consignment.key] += 1
        self.points.reach()
        return Delivered(f"T-{consignment.ticket.reference}")

    async def find(self, consignment: TicketExport) -> Delivered | RetryLater | None:
        self.points.check()
        if self.taken[consignment.key]:
            return Delivered(f"T-{consignment.ticket.reference}")
        return None

    async def check(self) -> str | None:
        return None
