"""Connectors: other ticketing systems that filed tickets go to, by the names of `TICKETS_TO`.

None of the real systems has an idempotency key, and one committed a ticket and then answered 500.
So our reference stands in the title, and after `Uncertain` the delivery asks `find` before it sends
anything again.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar, Self, TypeVar

from rapidfuzz import process

from bot.domain.delivery import ConnectorResult, Delivered, Refused, RetryLater, Uncertain
from bot.domain.ticket_export import (
    ExportItem,
    ExternalReply,
    ExternalTicket,
    NirShown,
    TicketExport,
)
from bot.settings import Settings
from knowledge.catalogue import Catalogue

Setting = TypeVar("Setting")
EVERY_PATH = "*"
"""In a setting by paths of the catalogue: whatever no other one fits."""
NEAREST = 3  # paths that are offered for one that is unknown
Failure = RetryLater | Uncertain | Refused
"""Why a call to another system did not succeed."""


class ConnectorError(Exception):
    """Another system did not do what was asked; `failure` says whether it may have done it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


def for_path(by_path: Mapping[str, Setting], path: str) -> Setting | None:
    """What a setting says for a sous-motif: the longest beginning of its path that fits counts."""
    fitting = [one for one in by_path if one == EVERY_PATH or f"{path}/".startswith(f"{one}/")]
    return by_path[max(fitting, key=len)] if fitting else None


def unknown_paths(
    setting: str, by_path: Mapping[str, object], catalogue: Catalogue
) -> Iterator[str]:
    """Which paths of a setting the catalogue does not have, each in one French sentence."""
    known = {EVERY_PATH}
    for theme, motif, sous_motif in catalogue.levels:
        known |= {theme.code, motif.path, sous_motif.path}
    for path in (one for one in by_path if one not in known):
        near = ", ".join(found for found, *_ in process.extract(path, sorted(known), limit=NEAREST))
        yield (
            f"{setting} nomme « {path} », que le catalogue n'a pas. Le plus proche : {near}. "
            "Voyez guichet kb paths."
        )


class Connector(ABC):
    """One ticketing system. Nothing outside its module knows which one it is.

    Built once at the start and called from the event loop, outside any transaction.
    """

    name: ClassVar[str]
    """Its name in `TICKETS_TO`, in the lanes of the outbox and in the audit log."""
    polling: ClassVar[timedelta | None] = None
    """How often `news` is asked; None for a system that is not asked, or tells by itself."""
    remedy: ClassVar[str] = "Complétez ces demandes là-bas."
    """What the operator does where it dropped a part of a ticket, in French."""
    lacks: ClassVar[Mapping[str, str]] = {}
    """What the system itself cannot do, `find` or `news`, and what holds instead, in French."""

    @classmethod
    @abstractmethod
    def build(cls, settings: Settings, catalogue: Catalogue) -> Self:
        """From the settings, with the words of the catalogue.

        Raises:
            SettingsError: one that it needs is missing, or unsafe.
        """

    @property
    @abstractmethod
    def nir(self) -> NirShown:
        """How NIRs leave by this way."""

    @abstractmethod
    async def deliver(self, export: TicketExport) -> ConnectorResult:
        """Send it; its reference goes along, so that it can be found again."""

    @abstractmethod
    async def find(self, export: TicketExport) -> Delivered | RetryLater | None:
        """Whether it is there already; None when it surely is not, or when sending it again is
        harmless because the other side knows it by its key."""

    @abstractmethod
    async def check(self) -> str | None:
        """Really connect; what is wrong in one French sentence, None when all is well."""

    async def news(
        self, mark: str, known: Sequence[ExternalTicket]
    ) -> tuple[tuple[ExternalReply, ...], str]:
        """What happened to the known tickets since `mark`, and the mark to go on from.

        Raises:
            ConnectorError: the system is out of reach.
        """
        return (), mark

    async def close(self) -> None:
        """Give back what is held over there, as a session."""
        return


class ConsoleConnector(Connector):
    """Announces tickets on standard error, without personal data, for a first look."""

    name = "console"
    lacks = MappingProxyType(
        {
            "find": "personne ne dit ce qu'il a lu : une ligne de plus ne gêne pas.",
            "news": "l'écran ne répond pas.",
        }
    )

    @classmethod
    def build(cls, settings: Settings, catalogue: Catalogue) -> Self:
        return cls()

    @property
    def nir(self) -> NirShown:
        return NirShown.MASKED

    async def deliver(self, export: TicketExport) -> ConnectorResult:
        ticket, told = export.ticket, [str(export.item)]
        if export.item is ExportItem.STATUS:
            told = [str(export.status)]
        elif export.item is ExportItem.TICKET:
            request, agents = ticket.request, len(ticket.request.agents)
            counted = f"{agents} agent{'s' if agents > 1 else ''}"
            told = [" > ".join(request.labels), request.employer.name, counted]
        print(ticket.reference, *told, sep=" · ", file=sys.stderr)
        return Delivered()

    async def find(self, export: TicketExport) -> None:
        """Nobody can be asked what they have read; a line twice does no harm."""

    async def check(self) -> None:
        """Standard error is always there."""
