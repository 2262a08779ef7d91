"""The console: what happens to tickets is announced on standard error, without personal data."""

import sys

from bot.domain.delivery import ConnectorResult, Delivered
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport


class Console:
    """For a first look, and for a log that somebody watches."""

    nir = NirShown.MASKED

    async def deliver(self, consignment: TicketExport) -> ConnectorResult:
        print(*_words(consignment), sep=" · ", file=sys.stderr)
        return Delivered()

    async def find(self, _: TicketExport) -> None:
        """Nobody can be asked what they have read; a line twice does no harm."""
        return

    async def check(self) -> None:
        return


def _words(consignment: TicketExport) -> list[str]:
    ticket = consignment.ticket
    request = ticket.request
    if consignment.item is ExportItem.MESSAGE:
        return [ticket.reference, "message"]
    if consignment.item is ExportItem.CORRECTION:
        return [ticket.reference, "correction"]
    if consignment.item is ExportItem.STATUS:
        return [ticket.reference, str(consignment.status)]
    agents = len(request.agents)
    counted = f"{agents} agent{'s' if agents > 1 else ''}"
    return [ticket.reference, " > ".join(request.labels), request.employer.name, counted]
