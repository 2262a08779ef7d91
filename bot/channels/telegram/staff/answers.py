"""Answers: what advisors write, send or edit in a topic, and how it leaves for the requester.

Only a reply to the recap or to one of the requester's messages leaves. Everything else in a topic
is among colleagues, and what begins with `//` never leaves, whatever it answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.telegram.events import TelegramFile
from bot.channels.telegram.staff.updates import (
    AdvisorContext,
    Brought,
    Edited,
    NotTaken,
    RefusalReason,
    Said,
    plain_text,
)
from bot.conversation.texts import Text, text
from bot.domain.attachment import (
    MOST_ATTACHMENTS,
    AttachmentFault,
    IncomingFile,
    RefusedAttachmentError,
)
from bot.domain.ticket import Author, TicketMessage
from bot.services.advisor_tickets import EnclosedFile
from bot.services.canned_answers import CannedAnswer
from bot.storage.store import Database
from bot.storage.ticket_links import DESCRIPTION, Post
from knowledge import KnowledgeBase

ANSWER_LIMIT = 4000
INTERNAL = "//"
SURELY = "surely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Passes on what is meant for the requester; `link` is where the bot is found."""

    knowledge: KnowledgeBase
    canned: Mapping[str, CannedAnswer]
    link: str
    piece_bytes: int

    def hear(self, context: AdvisorContext, said: Said) -> None:
        """A text or a file: passed on if it is a reply that is meant for the requester."""
        if said.text.startswith(INTERNAL):
            return
        if not is_answer(context.db, said):
            if said.to_bot:  # who answers the bot's other words may believe that it leaves
                key = context.place.once(RefusalReason.REPLY_ELSEWHERE)
                context.say(text("staff.reply_elsewhere"), key=key)
            return
        if len(said.text) > ANSWER_LIMIT:
            context.say(text("staff.too_long", limit=ANSWER_LIMIT))
        elif said.file is not None:
            self._fetch(context, said.text, said.file)
        else:
            self._answer(context, said.text)

    def receive(self, context: AdvisorContext, brought: Brought) -> None:
        """A file of an answer has come."""
        given = IncomingFile(name=brought.name, content=brought.content, by_advisor=True)
        self._answer(context, brought.text or plain_text(text("pieces.alone")), enclosed=given)

    def correct(self, context: AdvisorContext, edited: Edited) -> None:
        """An answer that was edited: the requester gets one more message, as it reads now."""
        post = context.db.ticket_links.post(edited.place.chat_id, edited.place.message_id)
        if post is None or post.place is None:
            if edited.text.startswith("/") and not edited.text.startswith(INTERNAL):
                context.say(text("staff.command_edited"))
        elif edited.text.startswith(INTERNAL):
            context.say(text("staff.already_gone"))
        else:
            corrected = plain_text(text("staff.corrected", words=edited.text[:ANSWER_LIMIT]))
            self._answer(context, corrected)

    def send_canned(self, context: AdvisorContext, name: str) -> None:
        canned = self.canned.get(name)
        if canned is None:
            known = "\n".join(f"{one.name} : {one.title}" for one in self.canned.values())
            context.say(text("staff.which_canned", known=known))
            return
        self._answer(context, canned.fill(context.ticket, context.colleague.name))

    def send_article(self, context: AdvisorContext, slug: str) -> None:
        article = self.knowledge.article(slug)
        if article is None:
            context.say(self._nearest(slug))
            return
        link = f"{self.link}?start=a_{article.code}"
        self._answer(context, plain_text(text("staff.article", title=article.title, link=link)))

    def _nearest(self, words: str) -> Text:
        """The articles that could be meant, by their names: « /article mot de passe »."""
        hits = self.knowledge.search(words.replace("-", " ")).hits[:3] if words else ()
        if not hits:
            return text("staff.which_article")
        known = "\n".join(f"{hit.slug} : {hit.title}" for hit in hits)
        return text("staff.nearest_articles", known=known)

    def send_surely(self, context: AdvisorContext, place: int) -> None:
        """The answer that waited as a note: only who wrote it may send it, and only once."""
        messages = context.ticket.messages
        waiting = next((one for one in messages if one.place == place and one.internal), None)
        if waiting is None or waiting.by != context.colleague.address:
            return
        if not any(_is_sent(one, waiting) for one in messages):
            pieces = context.ticket.pieces_at(place)
            enclosed = pieces[0].number if pieces else None
            self._answer(context, waiting.text, confirmed=True, enclosed=enclosed)

    def _answer(
        self,
        context: AdvisorContext,
        words: str,
        *,
        confirmed: bool = False,
        enclosed: EnclosedFile = None,
    ) -> None:
        """Pass an answer on, and say so; where there is a doubt it waits as a note, under a
        button."""
        try:
            with context.db.savepoint():
                bench = context.tickets_for(confirmed=confirmed)
                outcome = bench.answer(context.reference, words, enclosed=enclosed)
                if outcome.warning is not None:
                    kept = context.tickets_for().note(context.reference, words, enclosed=enclosed)
        except RefusedAttachmentError as error:
            self._refuse(context, error.fault)
            return
        if outcome.warning is not None:
            place = kept.message.place if kept.message else 0
            rows = [[(plain_text(text("staff.send_anyway")), f"{SURELY}~{place}")]]
            context.say(context.warning(outcome.warning), rows)
            return
        if outcome.message is not None:  # known again when it is corrected
            post = Post(context.reference, outcome.message.place)
            context.db.ticket_links.save_post(context.place.chat_id, context.place.message_id, post)
        context.say(text("staff.passed_on" if outcome.told else "staff.passed_on_later"))

    def _fetch(self, context: AdvisorContext, words: str, file: TelegramFile) -> None:
        """An errand in the lane of who sent it; what it brings is heard as a later event."""
        if file.size > self.piece_bytes:
            self._refuse(context, AttachmentFault.TOO_LARGE)
            return
        place = context.place
        errand = {
            "reference": context.reference,
            "document": file.document,
            "name": file.name,
            "text": words,
            "place": [place.chat_id, place.thread_id, place.user_id, place.message_id],
        }
        context.db.outbox.add(context.own_lane, "fetch_piece", errand, context.now)

    def _refuse(self, context: AdvisorContext, fault: AttachmentFault) -> None:
        limit = self.piece_bytes // 1_000_000
        refused = text(f"pieces.{fault}", limit=limit, most=MOST_ATTACHMENTS)
        context.say(text("staff.not_passed_on", why=refused))


def is_answer(db: Database, said: Said | NotTaken) -> bool:
    """Whether it is a reply to the recap, or to a message of the requester's."""
    if said.replies_to is None:
        return False
    post = db.ticket_links.post(said.place.chat_id, said.replies_to)
    ticket = db.tickets.even_restricted(post.reference) if post else None
    if post is None or ticket is None:
        return False
    if post.place in (None, DESCRIPTION):
        return True
    author = next(one.author for one in ticket.messages if one.place == post.place)
    return author is Author.REQUESTER


def _is_sent(one: TicketMessage, waiting: TicketMessage) -> bool:
    return not one.internal and one.place > waiting.place and one.text == waiting.text
