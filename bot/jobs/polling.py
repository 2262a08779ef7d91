"""Polling: what happened in a ticketing system that does not tell by itself."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.connectors.glpi import Glpi
from bot.connectors.glpi_line import GlpiError
from bot.domain.consignment import Reply
from bot.jobs.clerk import Clerk
from bot.jobs.failures import log_failure
from bot.services.inbound_updates import InboundUpdates
from bot.storage.store import Records

log = logging.getLogger(__name__)


class Poll:
    """Asks GLPI what is new, and has it done at the desk."""

    def __init__(
        self,
        name: str,
        glpi: Glpi,
        incoming: InboundUpdates,
        clerk: Clerk,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
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
        mark = await self._clerk.record(Records.mark_of, self._name)
        known = await self._clerk.record(Records.copies, self._name)
        replies, reached = await self._glpi.news(mark, known)
        taken = 0
        for reply in replies:
            taken += await self._take(reply)
        await self._clerk.record(Records.save_mark, self._name, reached)
        return taken

    async def _take(self, reply: Reply) -> bool:
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
