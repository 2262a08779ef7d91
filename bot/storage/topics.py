"""Topics: tickets in the groups of the advisors, and which message there belongs to which."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlmodel import col, delete, select

from bot.storage.base import Repository
from bot.storage.tables_requests import StaffPostRow, StaffTopicRow, TicketRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Where a ticket is talked about."""

    reference: str
    chat_id: int
    thread_id: int
    title: str
    closed: bool


DESCRIPTION = -1
"""The place of a description that was corrected, told below the recap."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message on Telegram that belongs to a ticket; `place` is the message that it shows, None
    for the recap."""

    reference: str
    place: int | None


class Topics(Repository):
    """Topics, and their messages."""

    def topic(self, reference: str) -> Topic | None:
        return next(self._topics(TicketRow.reference == reference), None)

    def topic_in(self, chat_id: int, thread_id: int) -> Topic | None:
        return next(
            self._topics(StaffTopicRow.chat_id == chat_id, StaffTopicRow.thread_id == thread_id),
            None,
        )

    def save_topic(self, topic: Topic) -> None:
        self._put(
            StaffTopicRow,
            "ticket_id",
            ticket_id=self._ticket_id(topic.reference),
            chat_id=topic.chat_id,
            thread_id=topic.thread_id,
            title=topic.title,
            closed=topic.closed,
        )

    def forget_topic(self, reference: str) -> None:
        """The topic was deleted by hand: it and its messages are no more."""
        topic = self.topic(reference)
        if topic is None:
            return
        mine = self._ticket_id(reference)
        self._session.exec(delete(StaffTopicRow).where(col(StaffTopicRow.ticket_id) == mine))
        posts = delete(StaffPostRow).where(
            col(StaffPostRow.ticket_id) == mine, col(StaffPostRow.chat_id) == topic.chat_id
        )
        self._session.exec(posts)

    def save_post(self, chat_id: int, message_id: int, post: Post) -> None:
        """Keep it; a ticket that is gone has no messages."""
        if not self._ticket_id(post.reference):
            return
        self._put(
            StaffPostRow,
            "chat_id",
            "message_id",
            chat_id=chat_id,
            message_id=message_id,
            ticket_id=self._ticket_id(post.reference),
            place=post.place,
        )

    def post(self, chat_id: int, message_id: int) -> Post | None:
        found = (
            select(TicketRow.reference, StaffPostRow.place)
            .join(TicketRow, col(TicketRow.id) == col(StaffPostRow.ticket_id))
            .where(StaffPostRow.chat_id == chat_id, StaffPostRow.message_id == message_id)
        )
        row = self._session.exec(found).first()
        return Post(*row) if row else None

    def posts(self, chat_id: int, post: Post) -> tuple[int, ...]:
        """The messages of a chat that show one message of a ticket, in order."""
        mine = select(StaffPostRow.message_id).where(
            StaffPostRow.chat_id == chat_id,
            StaffPostRow.ticket_id == self._ticket_id(post.reference),
            StaffPostRow.place == post.place,
        )
        return tuple(self._session.exec(mine.order_by(col(StaffPostRow.message_id))))

    def recap_posts(self, topic: Topic) -> int:
        """How many parts of the ticket's recap stand in its topic."""
        recap = select(func.count()).where(
            col(StaffPostRow.ticket_id) == self._ticket_id(topic.reference),
            col(StaffPostRow.chat_id) == topic.chat_id,
            col(StaffPostRow.place).is_(None),
        )
        return self._session.exec(recap).one()

    def _ticket_id(self, reference: str) -> str:
        named = select(TicketRow.id).where(TicketRow.reference == reference)
        return self._session.exec(named).first() or ""

    def _topics(self, *chosen: ColumnElement[bool] | bool) -> Iterator[Topic]:
        found = select(StaffTopicRow, TicketRow.reference).join(
            TicketRow, col(TicketRow.id) == col(StaffTopicRow.ticket_id)
        )
        fresh = found.where(*chosen).execution_options(populate_existing=True)
        for row, reference in self._session.exec(fresh):
            yield Topic(
                reference=reference,
                chat_id=row.chat_id,
                thread_id=row.thread_id,
                title=row.title,
                closed=row.closed,
            )
