"""One thing that an advisor does in one topic: where, who, and how they are answered."""

from dataclasses import dataclass
from datetime import datetime

from bot.channels.telegram.staff.updates import TopicPlace
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.people import Colleague
from bot.domain.ticket import Ticket
from bot.services.advisor_tickets import (
    ActionResult,
    ActionWarning,
    AdvisorAction,
    AdvisorDesk,
    AdvisorTickets,
)
from bot.services.ticket_notifications import STAFF
from bot.storage.store import Database

ButtonRows = list[list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class AdvisorContext:
    """Made for one update of a staff group, in the intake's transaction and thread."""

    office: AdvisorDesk
    db: Database
    place: TopicPlace
    ticket: Ticket
    colleague: Colleague
    now: datetime

    @property
    def reference(self) -> str:
        return self.ticket.reference

    @property
    def own_lane(self) -> str:
        """The lane of who is here: what is for them alone, and errands that hold up nobody else."""
        return f"{STAFF}:{self.place.user_id}"

    def tickets_for(self, *, confirmed: bool = False) -> AdvisorTickets:
        deed = AdvisorAction(
            who=self.colleague.address, at=self.now, confirmed=confirmed, origin=STAFF
        )
        return self.office.tickets_for(self.db, deed)

    def say(self, said: Text, rows: ButtonRows | None = None) -> None:
        """Answer in the topic, under what was said."""
        payload = {
            "reference": self.reference,
            "text": plain_text(said),
            "reply_to": self.place.message_id,
            "rows": rows or [],
        }
        self.db.outbox.add(f"{STAFF}:{self.place.chat_id}", "say", payload, self.now)

    def warning(self, doubt: ActionWarning) -> Text:
        """Why something was not done at once."""
        return text(f"desk.{doubt}", taken_by=self.db.staff.name_of(self.ticket.taken_by))

    def report(self, outcome: ActionResult, done: Text) -> None:
        """What came of a deed."""
        if outcome.warning is not None:
            self.say(text("staff.take_anyway", doubt=self.warning(outcome.warning)))
        elif outcome.error is not None:
            self.say(text(f"desk.{outcome.error}"))
        else:
            self.say(done)


def plain_text(said: Text) -> str:
    return unescape(fill(said)).strip()
