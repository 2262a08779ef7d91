"""Deliveries to the staff groups: topics, recaps, messages, and what only one advisor may see.

A topic that was deleted by hand shows only as a 400 on the next message: it is made again, recap
and all, and the message follows. All topics of a group share its twenty messages a minute.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram import ReplyParameters as Reply
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels import markup
from bot.channels.telegram.delivery import GROUP_PACE, read_error
from bot.channels.telegram.events import address_of, chat_of
from bot.connectors.wording import Wording
from bot.conversation.text import text
from bot.conversation.wording import fill, unescape
from bot.correspondence import STAFF
from bot.domain.clock import in_paris
from bot.domain.consignment import NirShown
from bot.domain.nir import parse_nir
from bot.domain.receipt import Receipt, Refused, RetryLater, Sent
from bot.domain.ticket import Author, Ticket
from bot.jobs.clerk import Clerk
from bot.jobs.pace import Pace
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records
from bot.storage.topics import Post, Topic
from knowledge import KnowledgeBase

STAFF_LANES = f"{STAFF}:"
LIMIT = 4096  # UTF-16 units of a message
TITLE_LIMIT = 128  # characters of a topic's name
SHOWN_FOR = timedelta(minutes=2)
TOPIC_GONE = ("message thread not found", "topic_id_invalid", "topic_deleted", "thread not found")
AS_IT_IS = ("topic_not_modified", "not modified", "topic_not_closed")
CLOSED = "topic_closed"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class StaffDelivery:
    """Carries the rows of `staff:` lanes."""

    def __init__(
        self,
        bot: Bot,
        clerk: Clerk,
        knowledge: KnowledgeBase,
        *,
        pace: Pace = GROUP_PACE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pace = pace
        self._bot = bot
        self._clerk = clerk
        self._clock = clock
        labels = {field.key: field.label for field in knowledge.catalogue.fields.values()}
        self._wording = Wording(labels=labels, nir=NirShown.MASKED, desk="")

    async def deliver(self, row: OutboxRow) -> Receipt:
        """One row, sent, or the meaning of Telegram's answer."""
        reference = str(row.payload["reference"])
        ticket = await self._clerk.record(Records.ticket_by_reference, reference)
        if ticket is None:
            return Refused("ticket.gone")
        if row.kind == "reveal":
            return await self._reveal(row, ticket)
        try:
            await self._carry(row, ticket)
        except Forbidden:
            return RetryLater("telegram.staff_group")  # the bot may be let in again
        except TelegramError as error:
            return read_error(error, row)
        return Sent()

    def pace(self, row: OutboxRow) -> Pace | None:
        return self._pace if chat_of(row.lane) < 0 else None

    def given_up(self, records: Records, row: OutboxRow, now: datetime) -> None:
        """The ticket stands in the register; the operator sees what did not arrive."""

    async def _carry(self, row: OutboxRow, ticket: Ticket) -> None:
        chat_id = chat_of(row.lane)
        topic = await self._clerk.record(Records.topic, ticket.reference)
        if topic is None or topic.chat_id != chat_id:
            topic = await self._begin(chat_id, ticket)
            if row.kind == "ticket":
                return
        try:
            await self._complete(row, ticket, topic)
            await self._add(row, ticket, topic)
        except BadRequest as error:
            said = error.message.lower()
            if CLOSED in said:
                await self._add_to_closed(row, ticket, topic)
                return
            if not any(words in said for words in TOPIC_GONE):
                raise
            await self._clerk.record(Records.forget_topic, ticket.reference)
            await self._add(row, ticket, await self._begin(chat_id, ticket))

    async def _begin(self, chat_id: int, ticket: Ticket) -> Topic:
        """A topic with the recap in it."""
        title = title_of(ticket)
        made = await self._bot.create_forum_topic(chat_id, title)
        topic = Topic(
            reference=ticket.reference,
            chat_id=chat_id,
            thread_id=made.message_thread_id,
            title=title,
            closed=False,
        )
        await self._clerk.record(Records.save_topic, topic)
        for part in self._recap(ticket):
            await self._post(topic, part, None)
        return topic

    async def _complete(self, row: OutboxRow, ticket: Ticket, topic: Topic) -> None:
        """Whoever died over a topic has left it without its recap, or with a part of it."""
        told = await self._clerk.record(Records.recap_posts, topic)
        if told == 0 or row.kind == "ticket":
            for part in self._recap(ticket)[told:]:
                await self._post(topic, part, None)

    async def _add(self, row: OutboxRow, ticket: Ticket, topic: Topic) -> None:
        match row.kind:
            case "message":
                await self._add_message(ticket, topic, str(row.payload["part"]))
            case "status":
                await self._show_status(ticket, topic)
            case "say":
                await self._say(topic, row.payload)
            case _:
                return  # the ticket itself, whose topic is there already

    async def _add_to_closed(self, row: OutboxRow, ticket: Ticket, topic: Topic) -> None:
        """A closed topic takes no message: opened for it, it is closed again if all is over."""
        await self._bot.reopen_forum_topic(topic.chat_id, topic.thread_id)
        await self._add(row, ticket, topic)
        if not ticket.status.is_open:
            await self._bot.close_forum_topic(topic.chat_id, topic.thread_id)

    async def _add_message(self, ticket: Ticket, topic: Topic, place: str) -> None:
        message = next((one for one in ticket.messages if str(one.place) == place), None)
        if message is None:
            return
        who = text("outside.requester")
        if message.author is Author.ADVISOR:
            name = await self._clerk.record(Records.colleague_name, message.by)
            who = text("staff.answered_by", name=name)
        moment = f"{in_paris(message.written_at):%d/%m/%Y %H:%M}"
        for part in _parts(f"{_words(who)}, {moment} :\n{message.text}"):
            await self._post(topic, part, message.place)

    async def _show_status(self, ticket: Ticket, topic: Topic) -> None:
        """The title says the status in words; what is over is closed, what goes on is open."""
        title, closed = title_of(ticket), not ticket.status.is_open
        chat_id, thread_id = topic.chat_id, topic.thread_id
        if topic.closed and not closed:
            await _unless_so(self._bot.reopen_forum_topic(chat_id, thread_id))
        if title != topic.title:
            await _unless_so(self._bot.edit_forum_topic(chat_id, thread_id, name=title))
        if closed and not topic.closed:
            await _unless_so(self._bot.close_forum_topic(chat_id, thread_id))
        changed = Topic(
            reference=topic.reference,
            chat_id=topic.chat_id,
            thread_id=topic.thread_id,
            title=title,
            closed=closed,
        )
        await self._clerk.record(Records.save_topic, changed)

    async def _say(self, topic: Topic, payload: Any) -> None:
        rows = [
            [InlineKeyboardButton(label, callback_data=data) for label, data in row]
            for row in payload.get("rows", ())
        ]
        await self._bot.send_message(
            topic.chat_id,
            payload["text"],
            message_thread_id=topic.thread_id,
            reply_parameters=Reply(int(payload["reply_to"]), allow_sending_without_reply=True),
            reply_markup=InlineKeyboardMarkup(rows) if rows else None,
            link_preview_options=NO_PREVIEW,
        )

    async def _post(self, topic: Topic, words: str, place: int | None) -> None:
        sent = await self._bot.send_message(
            topic.chat_id,
            words,
            message_thread_id=topic.thread_id,
            link_preview_options=NO_PREVIEW,
        )
        post = Post(topic.reference, place)
        await self._clerk.record(Records.save_post, topic.chat_id, sent.message_id, post)

    async def _reveal(self, row: OutboxRow, ticket: Ticket) -> Receipt:
        """Once and now, or not at all."""
        user_id, payload = chat_of(row.lane), row.payload
        now = self._clock()
        if row.attempts > 1 or now > datetime.fromisoformat(payload["until"]):
            return Refused("reveal.too_late")
        try:
            sent = await self._bot.send_message(
                user_id, _revealed(ticket, int(payload["agent"])), protect_content=True
            )
        except Forbidden:
            await self._send_link(ticket, payload)
            return Refused("reveal.not_started")
        except TelegramError:
            return Refused("reveal.not_sent")
        await self._clerk.record(_erase_later, user_id, sent.message_id, now)
        return Sent()

    async def _send_link(self, ticket: Ticket, payload: Any) -> None:
        topic = await self._clerk.record(Records.topic, ticket.reference)
        if topic is not None:
            said = text("staff.start_first", link=f"{payload['link']}?start=bureau")
            await self._bot.send_message(
                topic.chat_id, _words(said), message_thread_id=topic.thread_id
            )

    def _recap(self, ticket: Ticket) -> list[str]:
        lines = "\n".join(self._wording.ticket_lines(ticket))
        return _parts(f"{ticket.reference}\n{lines}\n\n{_words(text('staff.how'))}")


def _erase_later(records: Records, user_id: int, message_id: int, now: datetime) -> None:
    payload = {"message": str(message_id)}
    records.enqueue(address_of(user_id), "erase", payload, now, due_at=now + SHOWN_FOR)


def _revealed(ticket: Ticket, place: int) -> str:
    agent = ticket.request.agents[place - 1]
    nir = agent.answer("nir")
    shown = _words(text("staff.no_nir"))
    if nir is not None and nir.value:
        number = parse_nir(nir.value)
        shown = number.compact
    return _words(text("staff.revealed", reference=ticket.reference, agent=place, nir=shown))


async def _unless_so(change: Awaitable[bool]) -> None:
    """Change a topic; whoever died over it may have left it so, and then it is well."""
    try:
        await change
    except BadRequest as error:
        if not any(words in error.message.lower() for words in AS_IT_IS):
            raise


def title_of(ticket: Ticket) -> str:
    """« [nouvelle] PEPS-2026-000001 Sous-motif »: the status in words, never by colour."""
    status = _words(text(f"staff.title_{ticket.status}"))
    return f"[{status}] {ticket.reference} {ticket.request.labels[2]}"[:TITLE_LIMIT]


def _words(said: Any) -> str:
    return unescape(fill(said)).strip()


def _parts(words: str) -> list[str]:
    """A text in messages that fit, cut at lines."""
    packed = markup.pack(words.split("\n"), limit=LIMIT, size=markup.utf16_units)
    return ["\n".join(part).strip() or "…" for part in packed]
