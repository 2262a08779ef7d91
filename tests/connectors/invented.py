"""A ticketing system that nobody has heard of: what a new connector has to say of itself."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Self

from bot.connectors import Connector
from bot.domain.delivery import ConnectorResult, Delivered
from bot.domain.ticket_export import (
    ExportItem,
    ExternalReply,
    ExternalTicket,
    NirShown,
    TicketExport,
)
from bot.settings import Settings
from knowledge.catalogue import Catalogue


class InventedConnector(Connector):
    """Keeps tickets and their comments in memory; its comments are numbered `c-1`, `c-2` …"""

    name = "invented"
    polling = timedelta(minutes=3)
    remedy = "Ouvrez la catégorie chez l'éditeur."
    nir = NirShown.MASKED

    def __init__(self) -> None:
        self.tickets: dict[str, str] = {}
        self.comments: list[tuple[str, str]] = []

    @classmethod
    def build(cls, settings: Settings, catalogue: Catalogue) -> Self:
        return cls()

    async def deliver(self, export: TicketExport) -> ConnectorResult:
        reference = export.ticket.reference
        if export.item is ExportItem.TICKET:
            self.tickets[reference] = f"t-{len(self.tickets) + 1}"
            return Delivered(self.tickets[reference], dropped=("category",))
        words = export.message.text if export.message else ""
        return Delivered(self.comment(reference, words))

    async def find(self, export: TicketExport) -> Delivered | None:
        their_id = self.tickets.get(export.ticket.reference)
        return Delivered(their_id) if their_id and export.item is ExportItem.TICKET else None

    async def check(self) -> None:
        return None

    async def news(
        self, mark: str, known: Sequence[ExternalTicket]
    ) -> tuple[tuple[ExternalReply, ...], str]:
        replies = tuple(
            ExternalReply(
                event_id=f"comment {number}", their_id=f"c-{number}", reference=to, words=words
            )
            for number, (to, words) in enumerate(self.comments, 1)
            if number > int(mark or 0)
        )
        return replies, str(len(self.comments))

    def comment(self, reference: str, words: str) -> str:
        self.comments.append((reference, words))
        return f"c-{len(self.comments)}"
