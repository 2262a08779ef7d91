"""One thing that an advisor does in one topic: where, who, and how they are answered."""

from dataclasses import dataclass
from datetime import datetime

from bot.backoffice import BackOffice
from bot.bench import Bench
from bot.channels.telegram.staff.updates import TopicPlace
from bot.conversation.text import Text, text
from bot.conversation.wording import fill, unescape
from bot.correspondence import STAFF
from bot.deeds import Deed, Doubt, Outcome
from bot.domain.staff import Colleague
from bot.domain.ticket import Ticket
from bot.storage.store import Records

Rows = list[list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class AdvisorContext:
    """Made for one update of a staff group, in the intake's transaction and thread."""

    office: BackOffice
    records: Records
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

    def bench(self, *, surely: bool = False) -> Bench:
        deed = Deed(who=self.colleague.address, at=self.now, surely=surely, origin=STAFF)
        return self.office.bench(self.records, deed)

    def say(self, said: Text, rows: Rows | None = None) -> None:
        """Answer in the topic, under what was said."""
        payload = {
            "reference": self.reference,
            "text": plain(said),
            "reply_to": self.place.message_id,
            "rows": rows or [],
        }
        self.records.enqueue(f"{STAFF}:{self.place.chat_id}", "say", payload, self.now)

    def doubt(self, doubt: Doubt) -> Text:
        """Why something was not done at once."""
        return text(f"desk.{doubt}", taken_by=self.records.colleague_name(self.ticket.taken_by))

    def report(self, outcome: Outcome, done: Text) -> None:
        """What came of a deed."""
        if outcome.doubt is not None:
            self.say(text("staff.take_anyway", doubt=self.doubt(outcome.doubt)))
        elif outcome.obstacle is not None:
            self.say(text(f"desk.{outcome.obstacle}"))
        else:
            self.say(done)


def plain(said: Text) -> str:
    return unescape(fill(said)).strip()
