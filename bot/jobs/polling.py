"""Polling: what happened in a ticketing system that does not tell by itself."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from bot.clock import utc_now
from bot.connectors.glpi import GlpiConnector
from bot.connectors.glpi_api import GlpiError
from bot.domain.ticket_export import ExternalReply
from bot.logs import log_failure
from bot.services.inbound_updates import InboundUpdates
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database

log = logging.getLogger(__name__)


class Poll:
    """Asks GLPI what is new, and has it done at the desk."""

    def __init__(
        self,
        name: str,
        glpi: GlpiConnector,
        incoming: InboundUpdates,
        clerk: DatabaseThread,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._name = name
        self._glpi = glpi
        self._incoming = incoming
        self._clerk = clerk
        self._clock = clock

    async def close(self) -> None:
        """Nothing more is asked."""
        await self._glpi.close()

    async def once(self) -> int:
        """How many replies were new. Raises GlpiError when GLPI is out of reach.

        The mark moves on only once everything before it is done: nothing is missed, and what is
        looked at twice is known.
        """
        mark = await self._clerk.record(lambda db: db.ticket_links.mark_of(self._name))
        known = await self._clerk.record(lambda db: db.ticket_links.copies(self._name))
        replies, reached = await self._glpi.news(mark, known)
        taken = 0
        for reply in replies:
            taken += await self._take(reply)
        await self._clerk.record(lambda db: db.ticket_links.save_mark(self._name, reached))
        return taken

    async def _take(self, reply: ExternalReply) -> bool:
        now = self._clock()
        return await self._clerk.do(self._incoming.take, self._name, reply, now) is not None

    async def keep_asking(self, every: float) -> None:
        """For ever; GLPI out of reach is waited out."""
        while True:
            try:
                await self.once()
            except GlpiError as error:
                log.warning("%s out of reach: %s", self._name, error.failure.code)
            except Exception as error:  # noqa: BLE001 -- the next time may be better
                log_failure(log, "polling", error)
            await asyncio.sleep(every)
