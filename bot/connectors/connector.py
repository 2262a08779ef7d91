"""What a connector is: it carries consignments outside, and says how that went.

None of the real ticketing systems has an idempotency key, and one committed a ticket and then
answered 500. So the reference stands in the title, and after `Uncertain` the carrier asks
`find` before it sends anything again.
"""

from typing import Protocol

from bot.domain.delivery import ConnectorResult, Delivered, RetryLater
from bot.domain.ticket_export import NirShown, TicketExport


class Connector(Protocol):
    """One way out. Nothing beyond it knows which system stands there."""

    @property
    def nir(self) -> NirShown:
        """How NIRs leave by this way."""
        ...

    async def deliver(self, consignment: TicketExport) -> ConnectorResult:
        """Carry it; its reference goes along, so that it can be found again."""
        ...

    async def find(self, consignment: TicketExport) -> Delivered | RetryLater | None:
        """Whether it is there already; None when it surely is not, or when sending it again is
        harmless because the other side knows it by its key."""
        ...

    async def check(self) -> str | None:
        """Really connect; what is wrong in one French sentence, None when all is well."""
        ...
