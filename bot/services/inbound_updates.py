"""Updates of other ticketing systems, applied to our tickets once.

Words become an answer to the requester (internal ones a note), a status becomes a status. Nothing
is sent back to the system it came from.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.conversation.texts import fill, text
from bot.domain.redaction import REDACTED
from bot.domain.sensitive_data import redact_sensitive
from bot.domain.text import clean
from bot.domain.ticket import Author, Ticket, TicketMessage, TicketStatus
from bot.domain.ticket_export import ExternalReply
from bot.services.advisor_tickets import (
    CONNECTOR_PREFIX,
    ActionError,
    ActionResult,
    AdvisorAction,
    AdvisorDesk,
)
from bot.storage.store import Database, Store

ANSWER_LIMIT = 20_000  # characters of what comes in; the rest of a longer text stays over there


@dataclass(frozen=True, slots=True)
class InboundUpdates:
    """Applies replies; called by the inbound webhook and the polling of connectors."""

    store: Store
    advisor_desk: AdvisorDesk

    def take(self, connector: str, reply: ExternalReply, now: datetime) -> ActionResult | None:
        """Apply a reply in one transaction; None for one that was applied before.

        A reply about no ticket of ours is not remembered, so that it is refused again next time.
        """
        with self.store.transaction() as db:
            ticket = db.tickets.even_restricted(reply.reference)
            if ticket is None:
                return ActionResult(error=ActionError.UNKNOWN)
            if reply.their_id and db.ticket_links.is_known_part(connector, reply.their_id):
                return None  # it is ours
            words = _new_words(db, connector, reply, now)
            if words is None:
                return None
            if reply.moved_to:
                db.ticket_links.move_copy(connector, ticket.request.identity, reply.moved_to)
            who = f"{CONNECTOR_PREFIX}{connector}"
            if ticket.restricted:
                said = "\n".join(filter(None, (words, reply.status)))
                return keep_unread(db, ticket, said, who, now)
            action = AdvisorAction(who=who, at=now, confirmed=True, origin=connector)
            tickets = self.advisor_desk.tickets_for(db, action)
            result = ActionResult(error=ActionError.UNKNOWN)
            if words:
                for_desk = reply.internal or reply.by_requester
                say = tickets.note if for_desk else tickets.answer
                result = say(reply.reference, words)
            if reply.status is not None:
                # « New » over there takes back nothing of what was begun or asked here.
                is_older = reply.status is TicketStatus.NEW and ticket.status.is_open
                status = ticket.status if is_older else reply.status
                result = tickets.set_status(reply.reference, status)
                if reply.their_status:
                    identity = ticket.request.identity
                    db.ticket_links.save_copy_status(connector, identity, reply.their_status)
            return result


def _new_words(db: Database, connector: str, reply: ExternalReply, now: datetime) -> str | None:
    """What is to be said of a reply; None where it was taken before, with these very words."""
    words = clean(reply.words)[:ANSWER_LIMIT]
    if reply.by_requester and words:
        words = fill(text("outside.from_requester", words=words)).strip()
    if not reply.event_id:
        return words
    links = db.ticket_links
    is_new = links.remember_event(connector, reply.event_id, now)
    if not reply.revision:
        return words if is_new else None
    is_changed = links.remember_event(connector, f"{reply.event_id}/{reply.revision}", now)
    if is_new or not is_changed:
        return words if is_new else None
    return fill(text("outside.correction", words=words)).strip()


def keep_unread(db: Database, ticket: Ticket, said: str, who: str, now: datetime) -> ActionResult:
    """Keep what comes in for a ticket whose processing is restricted: storage alone is allowed
    (GDPR article 18.2). It is a note that nobody reads before the restriction is lifted."""
    words = redact_sensitive(said, REDACTED)
    note = TicketMessage(author=Author.ADVISOR, text=words, written_at=now, by=who, internal=True)
    return ActionResult(ticket=ticket, message=db.ticket_messages.add(ticket.reference, note))
