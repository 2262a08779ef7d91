"""The help desk: takes what requesters did, turn by turn, and loses none of it.

Everything a turn does is one transaction: the new state, a filed ticket, the replies and deliveries
waiting in the outbox, and the mark of the update that caused them. Nothing in it touches the
network.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from traceback import format_tb
from uuid import uuid4

from bot.conversation.effects import Say
from bot.conversation.events import Notified
from bot.conversation.texts import text
from bot.domain.ticket import Notice
from bot.logs import turn_reference
from bot.services.helpdesk import HelpDeskConfig, IncomingEvent, TurnProcessor, channel_of
from bot.storage.database import is_passing
from bot.storage.store import Database

log = logging.getLogger(__name__)


class HelpDesk:
    """What requesters can do."""

    def __init__(self, desk: HelpDeskConfig) -> None:
        self._desk = desk

    @property
    def desk(self) -> HelpDeskConfig:
        """What it works with, for those who write to people beside their turns."""
        return self._desk

    def learn_bot_link(self, link: str) -> None:
        """The address at which the bot is found, once its channel knows it; a set one stays."""
        if not self._desk.rules.link:
            self._desk = replace(self._desk, rules=replace(self._desk.rules, link=link))

    def receive(
        self,
        batch: Sequence[IncomingEvent],
        now: datetime,
        mark: Callable[[Database], None] | None = None,
    ) -> None:
        """Take the turns of a batch, in order, and `mark` it as received, in one commit.

        A turn that fails is rolled back alone and kept aside; the person reads a calm sentence.
        """
        with self._desk.store.transaction() as db:
            db.people.load_many([heard.address for heard in batch], now)
            for heard in batch:
                self.receive_one(db, heard, now)
            if mark is not None:
                mark(db)

    def receive_one(self, db: Database, heard: IncomingEvent, now: datetime) -> None:
        """Take one turn inside a transaction that the channel holds."""
        reference = turn_reference.set(uuid4().hex[:8].upper())
        try:
            with db.savepoint():
                TurnProcessor(self._desk, db, heard, now).take()
            log.info("turn taken: %s", type(heard.event).__name__)
        except Exception as error:
            if is_passing(error):
                raise  # no mistake of ours: the whole transaction is done again
            self._keep_aside(db, heard, error, now)
        finally:
            turn_reference.reset(reference)

    def tell(self, db: Database, address: str, notice: Notice, now: datetime) -> None:
        """Let somebody know what became of their ticket, where they stand in their conversation.

        The desk files tickets of its own too: nobody is behind their address.
        """
        if channel_of(address) not in self._desk.renderers:
            return
        self.receive_one(db, IncomingEvent(address=address, event=Notified(notice)), now)

    def _keep_aside(
        self, db: Database, heard: IncomingEvent, error: Exception, now: datetime
    ) -> None:
        reference = turn_reference.get()
        log.error("turn %s failed: %s\n%s", reference, type(error).__name__, _trace(error))
        db.inbox.add_failed(reference, heard.address, repr(heard.event), type(error).__name__, now)
        apology = Say(text("anywhere.failed", reference=reference))
        rendered = self._desk.renderers[channel_of(heard.address)](apology, 0, heard)
        db.outbox.add_replies(heard.address, rendered, now)


def _trace(error: Exception) -> str:
    """Where an error came from, without its message: that may hold what somebody typed."""
    return "".join(format_tb(error.__traceback__))
