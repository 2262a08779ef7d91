"""What advisors do in the topics of their group: who may do it, and what a command means.

Everything happens in the intake's transaction. Answers and reveals have modules of their own.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.app import App
from bot.channels.telegram.bot_client import BotClient, address_of
from bot.channels.telegram.staff import reveals
from bot.channels.telegram.staff.answers import SURELY, Answers, is_answer
from bot.channels.telegram.staff.updates import (
    AdvisorContext,
    Brought,
    Edited,
    GroupMoved,
    NotTaken,
    Pressed,
    Reacted,
    Said,
    TopicMoved,
    TopicPlace,
    plain_text,
)
from bot.conversation.texts import Text, text
from bot.domain.people import Colleague, StaffRole
from bot.domain.ticket import Happening, TicketStatus
from bot.services.advisor_tickets import AdvisorDesk
from bot.services.canned_answers import load_canned_answers
from bot.services.ticket_notifications import STAFF
from bot.storage.store import Database
from knowledge import KnowledgeBase

log = logging.getLogger(__name__)

STATUSES = {
    "attente": TicketStatus.PENDING,
    "resolu": TicketStatus.RESOLVED,
    "clore": TicketStatus.CLOSED,
    "rouvrir": TicketStatus.IN_PROGRESS,
}

InTopic = Said | Brought | Edited | Pressed | TopicMoved | NotTaken
"""What happens in a topic, as against a mere look at a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorCommands:
    """Takes what happens in the groups of the advisors; the intake calls it, in its transaction."""

    office: AdvisorDesk
    knowledge: KnowledgeBase
    answers: Answers
    shows_nirs: bool = False

    @classmethod
    def of(cls, app: App, bot: BotClient) -> "AdvisorCommands":
        answers = Answers(
            knowledge=app.knowledge,
            canned=load_canned_answers(app.settings.answers_dir),
            link=f"https://t.me/{bot.username}",
            piece_bytes=app.settings.piece_bytes,
        )
        return cls(
            office=app.advisor_desk,
            knowledge=app.knowledge,
            answers=answers,
            shows_nirs=app.settings.reveal_in_telegram,
        )

    def take(self, db: Database, news: InTopic, now: datetime) -> None:
        """Do what an advisor asks for, or say why it is not done."""
        context = self._at(db, news.place, now)
        if context is None:
            _say_outside(db, news, now)
            return
        if isinstance(news, NotTaken):
            _say_reason(context, news)
            return
        if not _admits(context, news):
            return
        match news:
            case Said() if news.command:
                self._command(context, news)
            case Said():
                self.answers.hear(context, news)
            case Brought():
                self.answers.receive(context, news)
            case Edited():
                self.answers.correct(context, news)
            case Pressed():
                self._press(context, news)
            case TopicMoved():
                _move_topic(context, news)

    def apologise(self, db: Database, place: TopicPlace, reference: str, now: datetime) -> None:
        """Say that something could not be done, and under which reference."""
        said = text("anywhere.failed", reference=reference)
        if context := self._at(db, place, now):
            context.say(said)
        else:
            say_in_group(db, place, said, now)

    def _at(self, db: Database, place: TopicPlace, now: datetime) -> AdvisorContext | None:
        """A ticket's topic and who is there, or None in other places."""
        topic = db.ticket_links.topic_in(place.chat_id, place.thread_id)
        ticket = db.tickets.even_restricted(topic.reference) if topic else None
        if ticket is None:
            return None
        address = address_of(place.user_id)
        colleague = db.staff.get(address) or Colleague(address, "", StaffRole.DPO)
        return AdvisorContext(self.office, db, place, ticket, colleague, now)

    def _command(self, context: AdvisorContext, said: Said) -> None:
        commands: dict[str, Callable[[AdvisorContext, str], None]] = {
            "prendre": _take,
            "rendre": _release,
            "transferer": self._move,
            "reponse": lambda context, payload: self.answers.send_canned(context, payload.lower()),
            "article": self.answers.send_article,
            "reveler": reveals.ask_why_nir if self.shows_nirs else _reveal_elsewhere,
            "piece": reveals.ask_why_piece,
        }
        if said.command in STATUSES:
            _set(context, STATUSES[said.command], said.payload)
        elif said.command in commands:
            commands[said.command](context, said.payload)
        else:
            context.say(text("staff.help"))

    def _move(self, context: AdvisorContext, payload: str) -> None:
        queue = payload.lower()
        known = self.knowledge.catalogue.queue(queue)
        if known is None:
            codes = ", ".join(one.code for one in self.knowledge.catalogue.queues)
            context.say(text("staff.which_queue", codes=codes))
            return
        context.say(text("staff.moved", label=known.label))
        context.tickets_for().move(context.reference, queue)

    def _press(self, context: AdvisorContext, pressed: Pressed) -> None:
        """Codes come from outside: one that is none of ours does nothing."""
        match pressed.code.split("~"):
            case [kind, place] if kind == SURELY and place.isdecimal():
                self.answers.send_surely(context, int(place))
            case [(reveals.REVEAL | reveals.PIECE) as kind, number, reason] if (
                number.isdecimal()
                and reason in reveals.REASONS
                and (kind == reveals.PIECE or self.shows_nirs)
            ):
                reveals.reveal_in_topic(context, kind, int(number), reason)


def say_in_group(
    db: Database, place: TopicPlace, said: Text, now: datetime, *, key: str | None = None
) -> None:
    """Answer outside the topics of tickets; what has a `key` once."""
    payload = {
        "text": plain_text(said),
        "reply_to": place.message_id,
        "thread_id": place.thread_id,
        "rows": [],
    }
    db.outbox.add(f"{STAFF}:{place.chat_id}", "notice", payload, now, key=key)


def follow_group(db: Database, moved: GroupMoved, now: datetime) -> None:
    """From now on the group is found where it is, and the operator is told, once."""
    before, after = moved.before, moved.after
    if db.ticket_links.current_group(before) == after:
        return
    db.ticket_links.save_group_move(before, after)
    log.warning("le groupe %d est devenu %d : changez STAFF_CHAT_ID ou STAFF_QUEUES", before, after)
    place = TopicPlace(chat_id=after, thread_id=0, user_id=0, message_id=0)
    say_in_group(db, place, text("staff.moved_group", before=str(before), after=str(after)), now)


def _say_outside(db: Database, news: InTopic, now: datetime) -> None:
    """Outside the topics of tickets nothing is done: who asks for something is told so each time,
    who talks there once."""
    if isinstance(news, Said | NotTaken):
        is_asked = bool(news.command) if isinstance(news, Said) else news.is_command
        key = None if is_asked else news.place.once("outside")
        say_in_group(db, news.place, text("staff.outside"), now, key=key)


def _say_reason(context: AdvisorContext, news: NotTaken) -> None:
    """Say each time why something that was meant for the requester or the bot is not taken; among
    colleagues it is said once to each of them."""
    if news.closes is not None and context.ticket.status.is_open is not news.closes:
        return  # the ticket is as its topic is
    is_meant = news.is_command or news.closes is not None or is_answer(context.db, news)
    key = None if is_meant else news.place.once(news.reason)
    context.say(text(f"staff.{news.reason}"), key=key)


def _admits(context: AdvisorContext, news: InTopic) -> bool:
    """Whether who is here may do it; who may not is told so, once a message."""
    if context.is_stranger:  # to whom nothing is said about a restriction
        key = "" if context.ticket.restricted else "staff.no_role"
    elif context.ticket.restricted:
        key = "staff.restricted"
    elif context.colleague.role.may_answer or _looks(news):
        return True
    else:
        key = "staff.only_looks"
    if key and _wants(context.db, news):
        address, reference = context.colleague.address, context.reference
        context.say(text(key, address=address, reference=reference))
    return False


def _wants(db: Database, news: InTopic) -> bool:
    """Whether something is to be done."""
    if isinstance(news, Said):
        return bool(news.command) or is_answer(db, news)
    return isinstance(news, Pressed | TopicMoved)


def _looks(news: InTopic) -> bool:
    """What whoever has a role may do: be shown a NIR or a piece, for a reason that is kept."""
    match news:
        case Said(command="reveler" | "piece" | "aide"):
            return True
        case Pressed(code=code):
            return code.partition("~")[0] in (reveals.REVEAL, reveals.PIECE)
        case _:
            return False


def _take(context: AdvisorContext, payload: str) -> None:
    outcome = context.tickets_for(confirmed=payload.lower() == "oui").take(context.reference)
    context.report(outcome, text("staff.taken", name=context.colleague.name))


def _reveal_elsewhere(context: AdvisorContext, _: str) -> None:
    context.say(text("staff.reveal_elsewhere", reference=context.reference))


def _release(context: AdvisorContext, _: str) -> None:
    context.tickets_for().release(context.reference)
    context.say(text("staff.released"))


def _set(context: AdvisorContext, status: TicketStatus, words: str) -> None:
    outcome = context.tickets_for().set_status(context.reference, status, words)
    if outcome.warning is not None:
        context.say(text("staff.words_held", doubt=context.warning(outcome.warning)))
        return
    context.report(outcome, text("staff.status", status=text(f"state.{status}")))


def _move_topic(context: AdvisorContext, moved: TopicMoved) -> None:
    """A topic closed or opened by hand: its ticket follows, and the topic is known as it stands."""
    topic = context.db.ticket_links.topic(context.reference)
    if topic is not None:
        context.db.ticket_links.save_topic(replace(topic, closed=moved.closed))
    _set(context, TicketStatus.CLOSED if moved.closed else TicketStatus.IN_PROGRESS, "")


def note_reaction(db: Database, reacted: Reacted, now: datetime) -> None:
    """« Vu »: in the history, for the colleagues and the figures."""
    post = db.ticket_links.post(reacted.chat_id, reacted.message_id)
    colleague = db.staff.get(address_of(reacted.user_id))
    if post is not None and colleague is not None:
        seen = Happening(what="seen", who=colleague.address, at=now)
        db.ticket_messages.note(post.reference, seen)
