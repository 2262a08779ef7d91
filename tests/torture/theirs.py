"""Another ticketing system: it takes what it is given, every time, and can be asked what it has."""

from collections import Counter
from typing import Self

from torture.points import Points

from bot.connectors import Connector
from bot.domain.delivery import ConnectorResult, Delivered, RetryLater
from bot.domain.ticket_export import NirShown, TicketExport
from bot.settings import Settings
from knowledge.catalogue import Catalogue


class Theirs(Connector):
    """It knows no key again: what is sent twice is there twice."""

    name = "theirs"
    nir = NirShown.MASKED

    @classmethod
    def build(cls, settings: Settings, catalogue: Catalogue) -> Self:
        return cls()

    def __init__(self) -> None:
        self.points = Points(lambda _: False)
        self.taken: Counter[str] = Counter()

    async def deliver(self, export: TicketExport) -> ConnectorResult:
        self.points.reach()
        self.taken[_key(export)] += 1
        self.points.reach()
        return Delivered(f"T-{export.ticket.reference}")

    async def find(self, export: TicketExport) -> Delivered | RetryLater | None:
        self.points.check()
        if self.taken[_key(export)]:
            return Delivered(f"T-{export.ticket.reference}")
        return None

    async def check(self) -> str | None:
        return None


def _key(export: TicketExport) -> str:
    """Without the name of the desk, which each desk makes from its own keys."""
    return export.key.removeprefix(f"{export.desk}/")
