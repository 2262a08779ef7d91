"""The console: a filed ticket is announced on standard error, without personal data."""

import sys

from bot.domain.receipt import Receipt, Sent
from bot.domain.ticket import Ticket


class Console:
    """For a first look, and for a log that somebody watches."""

    async def deliver(self, ticket: Ticket) -> Receipt:
        request = ticket.request
        agents = len(request.agents)
        counted = f"{agents} agent{'s' if agents > 1 else ''}"
        labels = " > ".join(request.labels)
        print(ticket.reference, labels, request.employer.name, counted, sep=" · ", file=sys.stderr)
        return Sent()
