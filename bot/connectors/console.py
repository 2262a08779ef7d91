"""The console: a filed ticket is announced on standard output, without personal data."""

import sys

from bot.connectors.connector import Delivered, Receipt
from bot.domain.ticket import Ticket


class Console:
    """For a first look, and for a log that somebody watches."""

    def deliver(self, ticket: Ticket) -> Receipt:
        request = ticket.request
        agents = len(request.agents)
        print(
            f"{ticket.reference} · {' > '.join(request.labels)} · {request.employer.name} · "
            f"{agents} agent{'s' if agents > 1 else ''}",
            file=sys.stdout,
            flush=True,
        )
        return Delivered(ticket.reference)
