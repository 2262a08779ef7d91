"""Incoming: what another ticketing system tells of a ticket is done at the desk, once.

Words become an answer to the requester (private ones a note for the desk), a status a status.
Nothing of it goes back to where it came from.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.text import clean
from bot.domain.ticket_export import ExternalReply
from bot.services.advisor_actions import ActionError, ActionResult, AdvisorAction
from bot.services.advisor_tickets import AdvisorDesk
from bot.storage.store import Database, Store

ANSWER_LIMIT = 20_000  # characters of what comes in; the rest of a longer text stays over there


@dataclass(frozen=True, slots=True)
class Incoming:
    """Takes replies into the register."""

    store: Store
    office: AdvisorDesk

    def take(self, connector: str, reply: ExternalReply, now: datetime) -> ActionResult | None:
        """Do what a reply says, in one transaction; None for one that was taken before.

        What is told of no ticket of ours is not taken, so that it is refused again the next time.
        """
        with self.store.transaction() as db:
            if db.tickets.by_reference(reply.reference) is None:
                return ActionResult(obstacle=ActionError.UNKNOWN)
            if self._is_known(db, connector, reply, now):
                return None
            outcome = self._do(db, connector, reply, now)
            if reply.status is not None:
                self._keep_status(db, connector, reply)
            return outcome

    def _is_known(self, db: Database, connector: str, reply: ExternalReply, now: datetime) -> bool:
        if not reply.event_id:
            return False
        kind, _, number = reply.event_id.partition("/")
        if kind == "followup" and db.ticket_links.is_known_part(connector, number):
            return True  # it is ours
        return not db.ticket_links.remember_event(connector, reply.event_id, now)

    def _do(
        self, db: Database, connector: str, reply: ExternalReply, now: datetime
    ) -> ActionResult:
        deed = AdvisorAction(who=f"connector:{connector}", at=now, confirmed=True, origin=connector)
        bench = self.office.tickets_for(db, deed)
        words = clean(reply.words)[:ANSWER_LIMIT]
        outcome = ActionResult(obstacle=ActionError.UNKNOWN)
        if words:
            say = bench.note if reply.internal else bench.answer
            outcome = say(reply.reference, words)
        if reply.status is not None:
            outcome = bench.set_status(reply.reference, reply.status)
        return outcome

    def _keep_status(self, db: Database, connector: str, reply: ExternalReply) -> None:
        ticket = db.tickets.by_reference(reply.reference)
        if ticket is not None and reply.their_status:
            identity = ticket.request.identity
            db.ticket_links.save_copy_status(connector, identity, reply.their_status)
