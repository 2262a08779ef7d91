"""Processes the turns of requesters: each event is one turn, each batch of turns one transaction.

A commit holds everything that a turn changed: the new state, a filed ticket, replies and deliveries
in the outbox, and the mark of the update that caused them. Nothing here touches the network.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from traceback import format_tb
from uuid import uuid4

from bot.conversation import effects
from bot.conversation.context import Context
from bot.conversation.effects import Say
from bot.conversation.events import FromDesk, Notified, Opened
from bot.conversation.screens.tickets import mailed_news
from bot.conversation.session import Session
from bot.conversation.texts import fill, text, unescape
from bot.domain.dates import day_in_paris
from bot.domain.delivery import EMAIL_LANES
from bot.domain.people import Profile
from bot.domain.redaction import redact_all
from bot.domain.ticket import Notice
from bot.logs import turn_reference
from bot.services.helpdesk_config import TERMINAL, HelpDeskConfig, IncomingEvent, channel_of
from bot.services.turn import TurnProcessor, notices_at
from bot.storage.database import is_passing
from bot.storage.store import Database

log = logging.getLogger(__name__)


class HelpDesk:
    """Receives the events of requesters; called by channels, in their database thread."""

    def __init__(self, config: HelpDeskConfig) -> None:
        self._config = config

    @property
    def config(self) -> HelpDeskConfig:
        """The configuration, for those who write to people outside their turns (reminders)."""
        return self._config

    def learn_bot_link(self, url: str) -> None:
        """Keep the bot's public address, once its channel knows it; one from the settings stays."""
        link = self._config.bot_link
        link.url = link.url or url

    def receive(
        self,
        batch: Sequence[IncomingEvent],
        now: datetime,
        mark: Callable[[Database], None] | None = None,
    ) -> None:
        """Process the events of a batch in order, and `mark` them as received, in one commit.

        A turn that fails is rolled back alone and kept for the operator; the person reads an
        apology with its reference.
        """
        with self._config.store.transaction() as db:
            db.people.load_many([incoming.address for incoming in batch], now)
            for incoming in batch:
                self.receive_one(db, incoming, now)
            if mark is not None:
                mark(db)

    def look(self, db: Database, address: str, now: datetime) -> tuple[Session, Context]:
        """Where somebody stands, without a turn; who never wrote is at the beginning."""
        if db.people.find(address) is not None:
            incoming = IncomingEvent(address=address, event=Opened())
            turn = TurnProcessor(self._config, db, incoming, now)
            return turn.session, turn.context()
        return Session(), Context(
            knowledge=self._config.knowledge,
            profile=Profile(),
            today=day_in_paris(now),
            identity="",
            rules=self._config.rules_at(address),
            **notices_at(db, now),
        )

    def receive_one(
        self, db: Database, incoming: IncomingEvent, now: datetime, *, alone: bool = True
    ) -> None:
        """Process one event inside the caller's transaction.

        A turn that is taken `alone` is rolled back alone when it fails, and kept for the operator.
        Without it the error is raised: a batch is then taken again, turn by turn. A savepoint
        writes at once all that waits, so it is for the batch that failed.
        """
        reference = turn_reference.set(uuid4().hex[:8].upper())
        try:
            with db.savepoint() if alone else nullcontext():
                TurnProcessor(self._config, db, incoming, now).process()
            log.info("tour pris : %s", type(incoming.event).__name__)
        except Exception as error:
            if not alone or is_passing(error):
                raise  # the whole transaction is done again
            self._keep_aside(db, incoming, error, now)
        finally:
            turn_reference.reset(reference)

    def tell(self, db: Database, address: str, event: FromDesk, now: datetime) -> bool:
        """Tell a requester what became of their ticket or letter, as a turn of their conversation;
        whether that reaches them.

        Whom the chat does not reach, or who reads it only when they come back to their terminal, is
        written to at the address that they confirmed. Tickets filed by the desk itself have an
        address without a channel: nobody is told.
        """
        if channel_of(address) not in self._config.renderers:
            return False
        self.receive_one(db, IncomingEvent(address=address, event=event), now)
        person = db.people.find(address)
        if person is None:
            return False
        is_far = person.unreachable or channel_of(address) == TERMINAL
        if is_far and isinstance(event, Notified):
            is_mailed = self._mail_notice(db, person.profile, event.notice, now)
            return is_mailed or not person.unreachable
        return not person.unreachable

    def _mail_notice(self, db: Database, profile: Profile, notice: Notice, now: datetime) -> bool:
        """Write a letter about a ticket; whom it goes to is read once more when it leaves."""
        if not (self._config.rules.can_mail and profile.email and profile.email_confirmed):
            return False
        reference, lane = notice.reference, f"{EMAIL_LANES}{notice.reference}"
        subject = text("letter.news_subject", reference=reference, label=notice.label)
        head = {"reference": reference, "subject": unescape(fill(subject))}
        for message in self._config.render(lane, Say(mailed_news(notice))):
            db.outbox.add(lane, "news", {**message.payload, **head}, now)
        return True

    def _keep_aside(
        self, db: Database, incoming: IncomingEvent, error: Exception, now: datetime
    ) -> None:
        reference = turn_reference.get()
        kind = type(error).__name__
        # Without the error's message, which may hold what somebody typed.
        log.error(
            "le tour %s a échoué : %s\n%s", reference, kind, "".join(format_tb(error.__traceback__))
        )
        kept = redact_all(incoming.event)
        db.failed_updates.add(reference, incoming.address, repr(kept), kind, now)
        render = self._config.renderers[channel_of(incoming.address)]
        if kept != incoming.event:
            db.outbox.add_all(incoming.address, render(effects.EraseInput(), 0, incoming), now)
        apology = Say(text("anywhere.failed", reference=reference))
        db.outbox.add_all(incoming.address, render(apology, 0, incoming), now)
