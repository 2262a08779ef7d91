"""The staff room: what advisors do in the topics of their group, in the intake's transaction.

Only a reply to the recap or to one of the requester's messages leaves for the requester. Everything
else in a topic is among colleagues, and what begins with `//` never leaves, whatever it answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram import Bot

from bot.app import App
from bot.backoffice import BackOffice
from bot.bench import Bench, Deed, Doubt, Outcome
from bot.canned import Canned, load_canned
from bot.channels.telegram.staff_events import (
    Edited,
    Place,
    Pressed,
    Reacted,
    Said,
    StaffNews,
    TopicMoved,
)
from bot.conversation.text import Text, text
from bot.conversation.wording import fill, unescape
from bot.correspondence import STAFF
from bot.domain.staff import Colleague, Role
from bot.domain.ticket import Author, Happening, Ticket, TicketStatus
from bot.storage.store import Records
from bot.storage.topics import Post
from knowledge import KnowledgeBase

ANSWER_LIMIT = 4000
INTERNAL = "//"
SURELY, REVEAL = "surely", "reveal"
REASONS = ("treatment", "identity", "control")
REVEAL_LIFE = timedelta(minutes=1)
"""A NIR that could not be shown by then is not shown late: who asked has gone on."""

STATUSES = {
    "attente": TicketStatus.PENDING,
    "resolu": TicketStatus.RESOLVED,
    "clore": TicketStatus.CLOSED,
    "rouvrir": TicketStatus.IN_PROGRESS,
}


@dataclass(frozen=True, slots=True)
class _Visit:
    """One thing in one topic: where, whose, and the ticket."""

    records: Records
    place: Place
    ticket: Ticket
    colleague: Colleague
    now: datetime

    @property
    def lane(self) -> str:
        return f"{STAFF}:{self.place.chat_id}"

    def say(self, said: Text, rows: list[list[tuple[str, str]]] | None = None) -> None:
        """Answer in the topic, under what was said."""
        payload = {
            "reference": self.ticket.reference,
            "text": unescape(fill(said)).strip(),
            "reply_to": self.place.message_id,
            "rows": rows or [],
        }
        self.records.enqueue(self.lane, "say", payload, self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRoom:
    """Takes what happens in the groups of the advisors."""

    office: BackOffice
    knowledge: KnowledgeBase
    canned: Mapping[str, Canned]
    link: str

    @classmethod
    def of(cls, app: App, bot: Bot) -> "StaffRoom":
        canned = load_canned(app.settings.answers_dir)
        link = f"https://t.me/{bot.username}"
        return cls(office=app.backoffice, knowledge=app.knowledge, canned=canned, link=link)

    def take(self, records: Records, news: StaffNews, now: datetime) -> None:
        """Do what an advisor asks for; in other places than a ticket's topic, nothing."""
        if isinstance(news, Reacted):
            self._see(records, news, now)
            return
        visit = self._visit(records, news, now)
        if visit is None:
            return
        match news:
            case Said() if news.command:
                self._command(visit, news)
            case Said():
                self._hear(visit, news)
            case Edited():
                self._correct(visit, news)
            case Pressed():
                self._press(visit, news)
            case TopicMoved():
                status = TicketStatus.CLOSED if news.closed else TicketStatus.IN_PROGRESS
                self._set(visit, status, "")

    def _visit(
        self, records: Records, news: Said | Edited | Pressed | TopicMoved, now: datetime
    ) -> _Visit | None:
        topic = records.topic_in(news.place.chat_id, news.place.thread_id)
        ticket = records.ticket_by_reference(topic.reference) if topic else None
        if ticket is None:
            return None
        colleague = records.colleague(f"telegram:{news.place.user_id}")
        if colleague is None or not colleague.role.may_answer:
            self._turn_away(records, news, ticket, now)
            return None
        return _Visit(records, news.place, ticket, colleague, now)

    def _turn_away(
        self,
        records: Records,
        news: Said | Edited | Pressed | TopicMoved,
        ticket: Ticket,
        now: datetime,
    ) -> None:
        """Somebody without a role wanted something done: they are told, once a message."""
        wants = isinstance(news, Pressed) or (
            isinstance(news, Said) and (news.command or self._answers(records, news))
        )
        if wants:
            nobody = Colleague(f"telegram:{news.place.user_id}", "", Role.ADVISOR)
            visit = _Visit(records, news.place, ticket, nobody, now)
            visit.say(text("staff.no_role", address=nobody.address))

    def _bench(self, visit: _Visit, *, surely: bool = False) -> Bench:
        who = visit.colleague.address
        deed = Deed(who=who, at=visit.now, surely=surely, origin=STAFF)
        return self.office.bench(visit.records, deed)

    def _answers(self, records: Records, said: Said) -> bool:
        """Whether a reply is to the recap, or to a message of the requester's."""
        if said.replies_to is None:
            return False
        post = records.post(said.place.chat_id, said.replies_to)
        if post is None:
            return False
        ticket = records.ticket_by_reference(post.reference)
        if post.place is None or ticket is None:
            return post.place is None
        author = next(one.author for one in ticket.messages if one.place == post.place)
        return author is Author.REQUESTER

    def _hear(self, visit: _Visit, said: Said) -> None:
        if said.text.startswith(INTERNAL) or not self._answers(visit.records, said):
            return
        if len(said.text) > ANSWER_LIMIT:
            visit.say(text("staff.too_long", limit=ANSWER_LIMIT))
            return
        self._answer(visit, said.text)

    def _answer(self, visit: _Visit, words: str, *, surely: bool = False) -> None:
        """Pass an answer on; where there is a doubt it waits as a note, under a button."""
        reference = visit.ticket.reference
        outcome = self._bench(visit, surely=surely).answer(reference, words)
        if outcome.doubt is not None:
            kept = self._bench(visit).note(reference, words)
            place = kept.message.place if kept.message else 0
            label = unescape(fill(text("staff.send_anyway")))
            rows = [[(label, f"{SURELY}~{place}")]]
            visit.say(self._doubt(visit, outcome.doubt), rows)
            return
        if outcome.message is not None:
            post = Post(reference, outcome.message.place)
            visit.records.save_post(visit.place.chat_id, visit.place.message_id, post)
        visit.say(text("staff.passed_on" if outcome.told else "staff.passed_on_later"))

    def _doubt(self, visit: _Visit, doubt: Doubt) -> Text:
        taken_by = visit.records.colleague_name(visit.ticket.taken_by)
        return text(f"desk.{doubt}", taken_by=taken_by)

    def _correct(self, visit: _Visit, edited: Edited) -> None:
        """An answer corrected in the group is corrected for the requester."""
        post = visit.records.post(edited.place.chat_id, edited.place.message_id)
        if post is None or post.place is None:
            return
        if edited.text.startswith(INTERNAL):
            visit.say(text("staff.already_gone"))
            return
        self._bench(visit).correct(visit.ticket.reference, post.place, edited.text)
        visit.say(text("staff.corrected"))

    def _command(self, visit: _Visit, said: Said) -> None:
        reference = visit.ticket.reference
        match said.command:
            case "prendre":
                surely = said.payload.lower() == "oui"
                outcome = self._bench(visit, surely=surely).take(reference)
                self._report(visit, outcome, text("staff.taken", name=visit.colleague.name))
            case "rendre":
                self._bench(visit).release(reference)
                visit.say(text("staff.released"))
            case "attente" | "resolu" | "clore" | "rouvrir":
                self._set(visit, STATUSES[said.command], said.payload)
            case "transferer":
                self._move(visit, said.payload.lower())
            case "reponse":
                self._send_canned(visit, said.payload.lower())
            case "article":
                self._send_article(visit, said.payload)
            case "reveler":
                self._ask_reason(visit, said.payload)
            case _:
                visit.say(text("staff.help"))

    def _report(self, visit: _Visit, outcome: Outcome, done: Text) -> None:
        if outcome.doubt is not None:
            told = self._doubt(visit, outcome.doubt)
            visit.say(text("staff.take_anyway", doubt=told))
        elif outcome.obstacle is not None:
            visit.say(text(f"desk.{outcome.obstacle}"))
        else:
            visit.say(done)

    def _set(self, visit: _Visit, status: TicketStatus, words: str) -> None:
        outcome = self._bench(visit).set_status(visit.ticket.reference, status, words)
        done = text("staff.status", status=text(f"status.{status}"))
        self._report(visit, outcome, done)

    def _move(self, visit: _Visit, queue: str) -> None:
        known = self.knowledge.catalogue.queue(queue)
        if known is None:
            codes = ", ".join(one.code for one in self.knowledge.catalogue.queues)
            visit.say(text("staff.which_queue", codes=codes))
            return
        visit.say(text("staff.moved", label=known.label))
        self._bench(visit).move(visit.ticket.reference, queue)

    def _send_canned(self, visit: _Visit, name: str) -> None:
        canned = self.canned.get(name)
        if canned is None:
            known = "\n".join(f"{one.name} : {one.title}" for one in self.canned.values())
            visit.say(text("staff.which_canned", known=known))
            return
        self._answer(visit, canned.fill(visit.ticket, visit.colleague.name))

    def _send_article(self, visit: _Visit, slug: str) -> None:
        article = self.knowledge.article(slug)
        if article is None:
            visit.say(text("staff.which_article"))
            return
        link = f"{self.link}?start=a_{article.code}"
        words = text("staff.article", title=article.title, link=link)
        self._answer(visit, unescape(fill(words)))

    def _ask_reason(self, visit: _Visit, payload: str) -> None:
        agents = visit.ticket.request.agents
        place = int(payload) if payload.isdecimal() and len(payload) < 4 else 0
        if not 1 <= place <= len(agents):
            visit.say(text("staff.which_agent", agents=len(agents)))
            return
        rows = [
            [(unescape(fill(text(f"staff.reason_{one}"))), f"{REVEAL}~{place}~{one}")]
            for one in REASONS
        ]
        visit.say(text("staff.why", agent=place), rows)

    def _press(self, visit: _Visit, pressed: Pressed) -> None:
        kind, *parts = pressed.code.split("~")
        if kind == SURELY and len(parts) == 1 and parts[0].isdecimal():
            self._send_surely(visit, int(parts[0]))
        elif kind == REVEAL and len(parts) == 2 and parts[1] in REASONS:
            self._reveal(visit, int(parts[0]), parts[1])

    def _send_surely(self, visit: _Visit, place: int) -> None:
        """The answer that waited as a note: only who wrote it may send it, and only once."""
        waiting = [one for one in visit.ticket.messages if one.place == place and one.internal]
        sent = any(
            not one.internal and one.place > place and waiting and one.text == waiting[0].text
            for one in visit.ticket.messages
        )
        if waiting and not sent and waiting[0].by == visit.colleague.address:
            self._answer(visit, waiting[0].text, surely=True)

    def _reveal(self, visit: _Visit, agent: int, reason: str) -> None:
        """To the private chat of who asked, and to nobody else; recorded in the same commit."""
        reference = visit.ticket.reference
        self._bench(visit).reveal(reference, f"agent {agent}: {reason}")
        payload = {
            "reference": reference,
            "agent": agent,
            "until": (visit.now + REVEAL_LIFE).isoformat(),
            "chat_id": visit.place.chat_id,
            "link": self.link,
        }
        lane = f"{STAFF}:{visit.place.user_id}"
        visit.records.enqueue(lane, "reveal", payload, visit.now)

    def _see(self, records: Records, reacted: Reacted, now: datetime) -> None:
        """« Vu »: in the history, for the colleagues and the figures."""
        post = records.post(reacted.chat_id, reacted.message_id)
        colleague = records.colleague(f"telegram:{reacted.user_id}")
        if post is not None and colleague is not None:
            seen = Happening(what="seen", who=colleague.address, at=now)
            records.note_happening(post.reference, seen)
