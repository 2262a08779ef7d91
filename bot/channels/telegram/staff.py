"""The staff room: what advisors do in the topics of their group, in the intake's transaction.

Answers and reveals have rooms of their own; here is who is let in, and what a command means.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.app import App
from bot.channels.telegram.line import Line
from bot.channels.telegram.staff import reveals
from bot.channels.telegram.staff.answers import SURELY, Answers, is_answer
from bot.channels.telegram.staff.context import AdvisorContext
from bot.channels.telegram.staff.updates import (
    Brought,
    Edited,
    Pressed,
    Reacted,
    Said,
    StaffNews,
    TopicMoved,
)
from bot.conversation.texts import text
from bot.domain.people import Colleague, StaffRole
from bot.domain.ticket import Happening, TicketStatus
from bot.services.advisor_tickets import AdvisorDesk
from bot.services.canned_answers import load_canned_answers
from bot.storage.store import Database
from knowledge import KnowledgeBase

STATUSES = {
    "attente": TicketStatus.PENDING,
    "resolu": TicketStatus.RESOLVED,
    "clore": TicketStatus.CLOSED,
    "rouvrir": TicketStatus.IN_PROGRESS,
}

InTopic = Said | Brought | Edited | Pressed | TopicMoved
"""What happens in a topic, as against a mere look at a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRoom:
    """Takes what happens in the groups of the advisors."""

    office: AdvisorDesk
    knowledge: KnowledgeBase
    answers: Answers

    @classmethod
    def of(cls, app: App, line: Line) -> "StaffRoom":
        answers = Answers(
            knowledge=app.knowledge,
            canned=load_canned_answers(app.settings.answers_dir),
            link=f"https://t.me/{line.username}",
            piece_bytes=app.settings.piece_bytes,
        )
        return cls(office=app.advisor_desk, knowledge=app.knowledge, answers=answers)

    def take(self, db: Database, news: StaffNews, now: datetime) -> None:
        """Do what an advisor asks for; in other places than a ticket's topic, nothing."""
        if isinstance(news, Reacted):
            _see(db, news, now)
            return
        visit = self._visit(db, news, now)
        if visit is None:
            return
        match news:
            case Said() if news.command:
                self._command(visit, news)
            case Said():
                self.answers.hear(visit, news)
            case Brought():
                self.answers.receive(visit, news)
            case Edited():
                self.answers.correct(visit, news)
            case Pressed():
                self._press(visit, news)
            case TopicMoved():
                _move_topic(visit, news)

    def _visit(self, db: Database, news: InTopic, now: datetime) -> AdvisorContext | None:
        topic = db.ticket_links.topic_in(news.place.chat_id, news.place.thread_id)
        ticket = db.tickets.by_reference(topic.reference) if topic else None
        if ticket is None:
            return None
        colleague = db.staff.get(f"telegram:{news.place.user_id}")
        nobody = Colleague(f"telegram:{news.place.user_id}", "", StaffRole.DPO)
        visit = AdvisorContext(self.office, db, news.place, ticket, colleague or nobody, now)
        if colleague is not None and (colleague.role.may_answer or _looks(news)):
            return visit
        if _wants(db, news):
            key = "staff.no_role" if colleague is None else "staff.only_looks"
            visit.say(text(key, address=nobody.address))
        return None

    def _command(self, visit: AdvisorContext, said: Said) -> None:
        commands: dict[str, Callable[[AdvisorContext, str], None]] = {
            "prendre": _take,
            "rendre": _release,
            "transferer": self._move,
            "reponse": lambda visit, payload: self.answers.send_canned(visit, payload.lower()),
            "article": self.answers.send_article,
            "reveler": reveals.ask_why_nir,
            "piece": reveals.ask_why_piece,
        }
        if said.command in STATUSES:
            _set(visit, STATUSES[said.command], said.payload)
        elif said.command in commands:
            commands[said.command](visit, said.payload)
        else:
            visit.say(text("staff.help"))

    def _move(self, visit: AdvisorContext, payload: str) -> None:
        queue = payload.lower()
        known = self.knowledge.catalogue.queue(queue)
        if known is None:
            codes = ", ".join(one.code for one in self.knowledge.catalogue.queues)
            visit.say(text("staff.which_queue", codes=codes))
            return
        visit.say(text("staff.moved", label=known.label))
        visit.tickets_for().move(visit.reference, queue)

    def _press(self, visit: AdvisorContext, pressed: Pressed) -> None:
        """Codes come from outside: one that is none of ours does nothing."""
        match pressed.code.split("~"):
            case [kind, place] if kind == SURELY and place.isdecimal():
                self.answers.send_surely(visit, int(place))
            case [(reveals.REVEAL | reveals.PIECE) as kind, number, reason] if (
                number.isdecimal() and reason in reveals.REASONS
            ):
                reveals.reveal(visit, kind, int(number), reason)


def _wants(db: Database, news: InTopic) -> bool:
    """Whether something is to be done; who may not do it is told so, once a message."""
    if isinstance(news, Said):
        return bool(news.command) or is_answer(db, news)
    return isinstance(news, Pressed)


def _looks(news: InTopic) -> bool:
    """What whoever has a role may do: be shown a NIR or a piece, for a reason that is kept."""
    match news:
        case Said(command="reveler" | "piece" | "aide"):
            return True
        case Pressed(code=code):
            return code.partition("~")[0] in (reveals.REVEAL, reveals.PIECE)
        case _:
            return False


def _take(visit: AdvisorContext, payload: str) -> None:
    outcome = visit.tickets_for(confirmed=payload.lower() == "oui").take(visit.reference)
    visit.report(outcome, text("staff.taken", name=visit.colleague.name))


def _release(visit: AdvisorContext, _: str) -> None:
    visit.tickets_for().release(visit.reference)
    visit.say(text("staff.released"))


def _set(visit: AdvisorContext, status: TicketStatus, words: str) -> None:
    outcome = visit.tickets_for().set_status(visit.reference, status, words)
    if outcome.warning is not None:
        visit.say(text("staff.words_held", doubt=visit.warning(outcome.warning)))
        return
    visit.report(outcome, text("staff.status", status=text(f"state.{status}")))


def _move_topic(visit: AdvisorContext, moved: TopicMoved) -> None:
    """A topic closed or opened by hand: its ticket follows, and the topic is known as it stands."""
    topic = visit.db.ticket_links.topic(visit.reference)
    if topic is not None:
        visit.db.ticket_links.save_topic(replace(topic, closed=moved.closed))
    _set(visit, TicketStatus.CLOSED if moved.closed else TicketStatus.IN_PROGRESS, "")


def _see(db: Database, reacted: Reacted, now: datetime) -> None:
    """« Vu »: in the history, for the colleagues and the figures."""
    post = db.ticket_links.post(reacted.chat_id, reacted.message_id)
    colleague = db.staff.get(f"telegram:{reacted.user_id}")
    if post is not None and colleague is not None:
        seen = Happening(what="seen", who=colleague.address, at=now)
        db.ticket_messages.note(post.reference, seen)
