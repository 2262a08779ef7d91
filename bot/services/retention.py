"""One run of retention: what is past its date goes, what nobody works on is closed, and the audit
log gets one line with the counts, as proof that it ran.

Tickets that stay open for ever would be kept for ever. One about which nothing was done for long is
announced to the requester and the advisors first, and closed a month later; its term begins then.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from bot.conversation.events import Notified
from bot.conversation.texts import fill, text, unescape
from bot.domain.retention import Retention
from bot.domain.ticket import Happening, Notice, TicketNews, TicketStatus
from bot.services.advisor_tickets import AdvisorAction, AdvisorDesk
from bot.storage.store import Database

RETENTION = "desk:conservation"
"""Who acts, in the audit log, where no operator does."""
APPLIED = "retention.applied"
ANNOUNCED = "closing_announced"
LINE_EVERY = timedelta(days=1)
AT_ONCE = 200
"""Tickets of one run: after a long time without retention not everybody is told in one hour."""


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """A run inside one transaction, by the leader every hour or by `guichet retention`."""

    db: Database
    desk: AdvisorDesk
    who: str = RETENTION

    def apply(self, rules: Retention, now: datetime) -> Mapping[str, int]:
        """Remove, announce and close; the counts by kind, the same keys every time."""
        announced, closed = self._close_forgotten(rules, now)
        removed = asdict(self.db.retention.apply(now, rules))
        # At whole days: a cut writes an entry, and one a day is enough.
        day = (now - rules.audit).replace(hour=0, minute=0, second=0, microsecond=0)
        cut = self.db.audit_log.cut(self.who, day, now)
        counts = {**removed, "audit": cut, "warned": announced, "closed": closed}
        done = ", ".join(f"{name}={number}" for name, number in counts.items() if number)
        # Of the leader's runs every hour those that did nothing leave one line a day.
        lately = self.db.audit_log.entries(what=APPLIED, since=now - LINE_EVERY, limit=1)
        if done or self.who != RETENTION or not lately:
            self.db.audit_log.add(self.who, APPLIED, "", done or "nothing was past its date", now)
        return counts

    def _close_forgotten(self, rules: Retention, now: datetime) -> tuple[int, int]:
        """How many open tickets were announced as about to be closed, and how many were closed."""
        announced = closed = 0
        for reference in self.db.tickets.untouched(now - rules.open_ticket, AT_ONCE):
            history = self.db.ticket_messages.history(reference)
            told = [one.at for one in history if one.what == ANNOUNCED]
            touched = [one.at for one in history if one.what != ANNOUNCED]
            if not told or max(touched) > max(told):
                announced += self._announce(reference, rules.closing, now)
            elif max(told) <= now - rules.closing:
                action = AdvisorAction(who=self.who, at=now, confirmed=True)
                tickets = self.desk.tickets_for(self.db, action)
                tickets.set_status(reference, TicketStatus.CLOSED)
                closed += 1
        return announced, closed

    def _announce(self, reference: str, closing: timedelta, now: datetime) -> int:
        ticket = self.db.tickets.by_reference(reference)
        assert ticket is not None  # it was found in this transaction
        days, label = str(closing.days), ticket.request.labels[2]
        happening = Happening(what=ANNOUNCED, who=self.who, at=now)
        self.db.ticket_messages.note(reference, happening)
        person = self.db.people.of_ticket(reference)
        if person is not None:
            news = TicketNews.CLOSING_SOON
            notice = Notice(news=news, reference=reference, label=label, words=days)
            self.desk.tell(self.db, person.home, Notified(notice), now)
        topic = self.db.ticket_links.topic(reference)
        if topic is not None:
            words = unescape(fill(text("staff.closing_soon", reference=reference, days=days)))
            self.desk.notifications.say(self.db, topic.chat_id, reference, words, now)
        return 1
