"""Deliveries to the staff groups: topics, recaps, messages, and what only one advisor may see.

A topic that was deleted by hand shows only as a 400 on the next message: it is made again, recap
and all, and the message follows. All topics of a group share its twenty messages a minute.
"""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime
from typing import Any

from telegram import ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.background.rate_limit import RateLimit
from bot.channels import formatting
from bot.channels.telegram.bot_client import BotClient, chat_of, read_error
from bot.channels.telegram.delivery import NO_PREVIEW, USUAL_LIMITS, SendingLimits, keyboard
from bot.channels.telegram.staff.commands import follow_group
from bot.channels.telegram.staff.reveals import PrivateDelivery
from bot.channels.telegram.staff.updates import GroupMoved, plain_text
from bot.clock import Clock, utc_now
from bot.connectors.ticket_text import TicketFormatter, piece_lines
from bot.conversation.texts import text
from bot.domain.dates import in_paris
from bot.domain.delivery import (
    TICKET_RESTRICTED,
    Delivered,
    DeliveryResult,
    OutboxMessage,
    Refused,
    RetryLater,
)
from bot.domain.ticket import Author, Ticket, TicketMessage
from bot.domain.ticket_export import NirShown
from bot.services.ticket_notifications import STAFF
from bot.storage.store import Database, DatabaseThread
from bot.storage.ticket_links import Post, Topic
from knowledge import KnowledgeBase

STAFF_LANES = f"{STAFF}:"
TITLE_LIMIT = 128  # characters of a topic's name
TOPIC_GONE = ("message thread not found", "topic_id_invalid", "topic_deleted", "thread not found")
AS_IT_IS = ("topic_not_modified", "not modified", "topic_not_closed")
CLOSED = "topic_closed"
NO_FORUM = "the chat is not a forum"
LIMIT = 4096  # UTF-16 units of a message


class TopicDelivery:
    """Carries the rows of `staff:` lanes, for the sender; on the event loop.

    A lane has the number that the settings give a group, even after it became another chat.
    """

    def __init__(  # noqa: PLR0913 -- one of them is an option
        self,
        bot: BotClient,
        db_thread: DatabaseThread,
        knowledge: KnowledgeBase,
        private: PrivateDelivery,
        *,
        limits: SendingLimits = USUAL_LIMITS,
        clock: Clock = utc_now,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._bot = bot
        self._private = private
        self._db_thread = db_thread
        self._wording = TicketFormatter(
            catalogue=knowledge.catalogue, nir=NirShown.MASKED, place=""
        )

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        """One row, sent, or the meaning of Telegram's answer."""
        reference, group = str(row.payload.get("reference", "")), chat_of(row.lane)

        def look(db: Database) -> tuple[Ticket | None, int]:
            return db.tickets.even_restricted(reference), db.ticket_links.current_group(group)

        ticket, chat_id = await self._db_thread.record(look)
        try:
            try:
                return await self._send(row, ticket, chat_id)
            except ChatMigrated as error:
                moved = GroupMoved(chat_id, error.new_chat_id)
                await self._db_thread.record(follow_group, moved, self._clock())
                return await self._send(row, ticket, moved.after)
        except Forbidden:
            return RetryLater("telegram.staff_group")  # the bot may be let in again
        except BadRequest as error:
            if NO_FORUM in error.message.lower():
                return RetryLater("telegram.staff_group")  # its topics may be switched on
            return read_error(error, row)
        except TelegramError as error:
            return read_error(error, row)

    async def _send(  # noqa: PLR0911 -- what is refused, and what goes another way
        self, row: OutboxMessage, ticket: Ticket | None, chat_id: int
    ) -> DeliveryResult:
        """Of a ticket that is restricted nothing leaves; only what the bot answers reaches a topic
        that is there."""
        if row.kind == "notice":
            await self._say_outside(chat_id, row.payload)
            return Delivered()
        if ticket is None:
            return Refused("ticket.gone")
        if ticket.restricted:
            topic = await self._db_thread.record(lambda db: db.ticket_links.topic(ticket.reference))
            if row.kind != "say" or topic is None:
                return Refused(TICKET_RESTRICTED)
            await self._say(topic.chat_id, topic.thread_id, row.payload)
            return Delivered()
        if row.kind == "reveal":
            return await self._private.reveal(row, ticket)
        if row.kind == "fetch_piece":
            return await self._private.fetch(row)
        await self._carry(row, ticket, chat_id)
        return Delivered()

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return self._limits.group if chat_of(row.lane) < 0 else None

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """The ticket stands in the register; the operator sees what did not arrive."""

    async def _carry(self, row: OutboxMessage, ticket: Ticket, chat_id: int) -> None:
        topic = await self._db_thread.record(lambda db: db.ticket_links.topic(ticket.reference))
        if topic is None or topic.chat_id != chat_id:
            topic = await self._begin(chat_id, ticket)
            if row.kind == "ticket":
                return
        try:
            # Whoever died over a topic has left it without its recap, or with a part of it.
            told = await self._db_thread.record(lambda db: db.ticket_links.recap_posts(topic))
            if told == 0 or row.kind == "ticket":
                await self._complete(ticket, topic, told)
            await self._add(row, ticket, topic)
        except BadRequest as error:
            if CLOSED in error.message.lower():
                await self._add_to_closed(row, ticket, topic)
                return
            if not _is_topic_gone(error):
                raise
            await self._db_thread.record(lambda db: db.ticket_links.forget_topic(ticket.reference))
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
        await self._db_thread.record(lambda db: db.ticket_links.save_topic(topic))
        await self._complete(ticket, topic, 0)
        return topic

    async def _complete(self, ticket: Ticket, topic: Topic, told: int) -> None:
        """Post the recap from its part `told` on."""
        lines = "\n".join(self._wording.ticket_lines(ticket))
        see = [plain_text(text("staff.see_piece"))] if ticket.pieces_at(None) else []
        how = "\n".join([*see, plain_text(text("staff.how"))])
        for part in parts(f"{ticket.reference}\n{lines}\n\n{how}")[told:]:
            await self._post(topic, part, None)

    async def _post(self, topic: Topic, words: str, place: int | None) -> None:
        """Write in a topic, and keep which message there shows what of the ticket."""
        sent = await self._bot.send_message(
            topic.chat_id,
            words,
            message_thread_id=topic.thread_id,
            link_preview_options=NO_PREVIEW,
        )
        post = Post(topic.reference, place)
        await self._db_thread.record(
            lambda db: db.ticket_links.save_post(topic.chat_id, sent.message_id, post)
        )

    async def _add(self, row: OutboxMessage, ticket: Ticket, topic: Topic) -> None:
        match row.kind:
            case "message":
                await self._add_message(ticket, topic, str(row.payload["part"]))
            case "status":
                await self._show_status(ticket, topic)
            case "say":
                await self._say(topic.chat_id, topic.thread_id, row.payload)
            case _:
                return  # the ticket itself, whose topic is there already

    async def _add_to_closed(self, row: OutboxMessage, ticket: Ticket, topic: Topic) -> None:
        """A closed topic takes no message: opened for it, it is closed again if all is over."""
        await _change(self._bot.reopen_forum_topic(topic.chat_id, topic.thread_id))
        await self._add(row, ticket, topic)
        if not ticket.status.is_open:
            await _change(self._bot.close_forum_topic(topic.chat_id, topic.thread_id))

    async def _add_message(self, ticket: Ticket, topic: Topic, place: str) -> None:
        message = next((one for one in ticket.messages if str(one.place) == place), None)
        if message is None:
            return
        who = text("outside.requester")
        if message.author is Author.ADVISOR:
            name = await self._db_thread.record(lambda db: db.staff.name_of(message.by))
            who = text("staff.answered_by", name=name)
        moment = f"{in_paris(message.written_at):%d/%m/%Y %H:%M}"
        for part in parts(f"{plain_text(who)}, {moment} :\n{with_pieces(message, ticket)}"):
            await self._post(topic, part, message.place)

    async def _show_status(self, ticket: Ticket, topic: Topic) -> None:
        """The title says the status in words; what is over is closed, what goes on is open."""
        title, closed = title_of(ticket), not ticket.status.is_open
        if topic.closed and not closed:
            await _change(self._bot.reopen_forum_topic(topic.chat_id, topic.thread_id))
        if title != topic.title:
            await _change(self._bot.edit_forum_topic(topic.chat_id, topic.thread_id, title))
        if closed and not topic.closed:
            await _change(self._bot.close_forum_topic(topic.chat_id, topic.thread_id))
        changed = replace(topic, title=title, closed=closed)
        await self._db_thread.record(lambda db: db.ticket_links.save_topic(changed))

    async def _say_outside(self, chat_id: int, payload: Any) -> None:
        """Answer where no ticket is. What looks like a topic there may be a thread of replies."""
        thread_id = int(payload["thread_id"]) or None
        try:
            await self._say(chat_id, thread_id, payload)
        except BadRequest as error:
            if thread_id is None or not _is_topic_gone(error):
                raise
            await self._say(chat_id, None, payload)

    async def _say(self, chat_id: int, thread_id: int | None, payload: Any) -> None:
        answered = ReplyParameters(int(payload["reply_to"]), allow_sending_without_reply=True)
        await self._bot.send_message(
            chat_id,
            payload["text"],
            message_thread_id=thread_id,
            reply_parameters=answered if answered.message_id else None,
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard(payload),
        )


def _is_topic_gone(error: BadRequest) -> bool:
    return any(words in error.message.lower() for words in TOPIC_GONE)


async def _change(change: Awaitable[bool]) -> None:
    """A topic that is already as it shall be is no fault: somebody did it by hand."""
    try:
        await change
    except BadRequest as error:
        if not any(words in error.message.lower() for words in AS_IT_IS):
            raise


def title_of(ticket: Ticket) -> str:
    """« [nouvelle] PEPS-2026-000001 Sous-motif »: the status in words, never by colour."""
    status = plain_text(text(f"staff.title_{ticket.status}"))
    return f"[{status}] {ticket.reference} {ticket.request.labels[2]}"[:TITLE_LIMIT]


def with_pieces(message: TicketMessage, ticket: Ticket) -> str:
    """The words, and what came along: named, never copied into the group."""
    named = list(piece_lines(ticket, message.place))
    see = [plain_text(text("staff.see_piece"))] if named else []
    return "\n".join([message.text, *named, *see])


def parts(words: str) -> list[str]:
    """A text in messages that fit, cut at lines."""
    packed = formatting.pack(words.split("\n"), limit=LIMIT, size=formatting.utf16_units)
    return ["\n".join(part).strip() or "…" for part in packed]
