"""Deliveries to the staff groups: topics, recaps, messages, and what only one advisor may see.

A topic that was deleted by hand shows only as a 400 on the next message: it is made again, recap
and all, and the message follows. All topics of a group share its twenty messages a minute.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.background.rate_limit import RateLimit
from bot.channels.telegram.bot_client import ForbiddenError, LineError, RefusedError, read_error
from bot.channels.telegram.delivery import GROUP_PACE, NO_PREVIEW, keyboard
from bot.channels.telegram.events import chat_of
from bot.channels.telegram.line import Line
from bot.channels.telegram.staff.context import plain
from bot.channels.telegram.staff.reveals import PrivateDelivery
from bot.channels.telegram.staff.topics import Posts, parts, with_pieces
from bot.connectors.ticket_text import TicketFormatter
from bot.conversation.texts import text
from bot.domain.dates import in_paris
from bot.domain.delivery import Delivered, DeliveryResult, OutboxMessage, Refused, RetryLater
from bot.domain.ticket import Author, Ticket, TicketMessage
from bot.domain.ticket_export import NirShown
from bot.services.ticket_notifications import STAFF
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database
from bot.storage.ticket_links import Topic
from knowledge import KnowledgeBase

STAFF_LANES = f"{STAFF}:"
TITLE_LIMIT = 128  # characters of a topic's name
TOPIC_GONE = ("message thread not found", "topic_id_invalid", "topic_deleted", "thread not found")
AS_IT_IS = ("topic_not_modified", "not modified", "topic_not_closed")
CLOSED = "topic_closed"


class StaffDelivery:
    """Carries the rows of `staff:` lanes."""

    def __init__(
        self,
        line: Line,
        clerk: DatabaseThread,
        knowledge: KnowledgeBase,
        private: PrivateDelivery,
        *,
        pace: RateLimit = GROUP_PACE,
    ) -> None:
        self._pace = pace
        self._line = line
        self._private = private
        self._clerk = clerk
        labels = {field.key: field.label for field in knowledge.catalogue.fields.values()}
        self._posts = Posts(
            line, clerk, TicketFormatter(labels=labels, nir=NirShown.MASKED, desk="")
        )

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        """One row, sent, or the meaning of Telegram's answer."""
        reference = str(row.payload["reference"])
        ticket = await self._clerk.record(lambda db: db.tickets.by_reference(reference))
        if ticket is None:
            return Refused("ticket.gone")
        if row.kind == "reveal":
            return await self._private.reveal(row, ticket)
        if row.kind == "fetch_piece":
            return await self._private.fetch(row)
        try:
            await self._carry(row, ticket)
        except ForbiddenError:
            return RetryLater("telegram.staff_group")  # the bot may be let in again
        except LineError as error:
            return read_error(error, row)
        return Delivered()

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        return self._pace if chat_of(row.lane) < 0 else None

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """The ticket stands in the register; the operator sees what did not arrive."""

    async def _carry(self, row: OutboxMessage, ticket: Ticket) -> None:
        chat_id = chat_of(row.lane)
        topic = await self._clerk.record(lambda db: db.ticket_links.topic(ticket.reference))
        if topic is None or topic.chat_id != chat_id:
            topic = await self._begin(chat_id, ticket)
            if row.kind == "ticket":
                return
        try:
            await self._complete(row, ticket, topic)
            await self._add(row, ticket, topic)
        except RefusedError as error:
            said = error.message.lower()
            if CLOSED in said:
                await self._add_to_closed(row, ticket, topic)
                return
            if not any(words in said for words in TOPIC_GONE):
                raise
            await self._clerk.record(lambda db: db.ticket_links.forget_topic(ticket.reference))
            await self._add(row, ticket, await self._begin(chat_id, ticket))

    async def _begin(self, chat_id: int, ticket: Ticket) -> Topic:
        """A topic with the recap in it."""
        title = title_of(ticket)
        made = await self._line.call("createForumTopic", chat_id=chat_id, name=title)
        topic = Topic(
            reference=ticket.reference,
            chat_id=chat_id,
            thread_id=int(made["message_thread_id"]),
            title=title,
            closed=False,
        )
        await self._clerk.record(lambda db: db.ticket_links.save_topic(topic))
        for part in self._posts.recap(ticket):
            await self._posts.post(topic, part, None)
        return topic

    async def _complete(self, row: OutboxMessage, ticket: Ticket, topic: Topic) -> None:
        """Whoever died over a topic has left it without its recap, or with a part of it."""
        told = await self._clerk.record(lambda db: db.ticket_links.recap_posts(topic))
        if told == 0 or row.kind == "ticket":
            for part in self._posts.recap(ticket)[told:]:
                await self._posts.post(topic, part, None)

    async def _add(self, row: OutboxMessage, ticket: Ticket, topic: Topic) -> None:
        match row.kind:
            case "message":
                await self._add_message(ticket, topic, str(row.payload["part"]))
            case "status":
                await self._show_status(ticket, topic)
            case "correction":
                await self._show_correction(ticket, topic, str(row.payload["part"]))
            case "say":
                await self._say(topic, row.payload)
            case _:
                return  # the ticket itself, whose topic is there already

    async def _add_to_closed(self, row: OutboxMessage, ticket: Ticket, topic: Topic) -> None:
        """A closed topic takes no message: opened for it, it is closed again if all is over."""
        await self._change(topic, "reopenForumTopic")
        await self._add(row, ticket, topic)
        if not ticket.status.is_open:
            await self._change(topic, "closeForumTopic")

    async def _add_message(self, ticket: Ticket, topic: Topic, place: str) -> None:
        message = _message_at(ticket, place)
        if message is None:
            return
        who = text("outside.requester")
        if message.author is Author.ADVISOR:
            name = await self._clerk.record(lambda db: db.staff.name_of(message.by))
            who = text("staff.answered_by", name=name)
        moment = f"{in_paris(message.written_at):%d/%m/%Y %H:%M}"
        for part in parts(f"{plain(who)}, {moment} :\n{with_pieces(message, ticket)}"):
            await self._posts.post(topic, part, message.place)

    async def _show_correction(self, ticket: Ticket, topic: Topic, place: str) -> None:
        message = _message_at(ticket, place)
        if not place:
            await self._posts.reword_description(ticket, topic)
        elif message is not None:
            await self._posts.reword(ticket, topic, message)

    async def _show_status(self, ticket: Ticket, topic: Topic) -> None:
        """The title says the status in words; what is over is closed, what goes on is open."""
        title, closed = title_of(ticket), not ticket.status.is_open
        if topic.closed and not closed:
            await self._change(topic, "reopenForumTopic")
        if title != topic.title:
            await self._change(topic, "editForumTopic", name=title)
        if closed and not topic.closed:
            await self._change(topic, "closeForumTopic")
        changed = replace(topic, title=title, closed=closed)
        await self._clerk.record(lambda db: db.ticket_links.save_topic(changed))

    async def _change(self, topic: Topic, method: str, **said: str) -> None:
        """A topic that is already as it shall be is no fault: somebody did it by hand."""
        place = {"chat_id": topic.chat_id, "message_thread_id": topic.thread_id}
        try:
            await self._line.call(method, **place, **said)
        except RefusedError as error:
            if not any(words in error.message.lower() for words in AS_IT_IS):
                raise

    async def _say(self, topic: Topic, payload: Any) -> None:
        answered = {"message_id": int(payload["reply_to"]), "allow_sending_without_reply": True}
        await self._line.post(
            topic.chat_id,
            payload["text"],
            message_thread_id=topic.thread_id,
            reply_parameters=answered,
            link_preview_options=NO_PREVIEW,
            **keyboard(payload),
        )


def title_of(ticket: Ticket) -> str:
    """« [nouvelle] PEPS-2026-000001 Sous-motif »: the status in words, never by colour."""
    status = plain(text(f"staff.title_{ticket.status}"))
    return f"[{status}] {ticket.reference} {ticket.request.labels[2]}"[:TITLE_LIMIT]


def _message_at(ticket: Ticket, place: str) -> TicketMessage | None:
    return next((one for one in ticket.messages if str(one.place) == place), None)
