"""Topics: tickets in the groups of the advisors, and which message there belongs to which."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete, func, select

from bot.domain.ticket import Author
from bot.storage.desk import Desk
from bot.storage.registers import StaffPostRow, StaffTopicRow, TicketPieceRow
from bot.storage.tables import TicketRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Where a ticket is talked about."""

    reference: str
    chat_id: int
    thread_id: int
    recap_id: int | None
    title: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A message of a group that belongs to a ticket; `place` is the message that it shows."""

    reference: str
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A document of a ticket; `source` is its name on the channel, `content` its bytes, sealed.

    `refused` says why it is not kept (`too_large`, `type`, …).
    """

    place: int
    author: Author
    name: str
    source: str
    media_type: str = ""
    size: int = 0
    content: bytes | None = None
    refused: str = ""


class Topics(Desk):
    """Topics, their messages, and the documents of tickets."""

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
            recap_id=topic.recap_id,
            title=topic.title,
            closed=topic.closed,
        )

    def forget_topic(self, reference: str) -> None:
        """The topic was deleted by hand: it and its messages are no more."""
        mine = self._ticket_id(reference)
        self._session.exec(delete(StaffTopicRow).where(col(StaffTopicRow.ticket_id) == mine))
        self._session.exec(delete(StaffPostRow).where(col(StaffPostRow.ticket_id) == mine))

    def save_post(self, chat_id: int, message_id: int, post: Post) -> None:
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

    def add_piece(self, reference: str, piece: Piece, now: datetime) -> int:
        """The number of one more document of the ticket; `piece.place` is not looked at."""
        ticket_id = self._ticket_id(reference)
        counted = select(func.count()).select_from(TicketPieceRow)
        place = self._session.exec(counted.where(TicketPieceRow.ticket_id == ticket_id)).one() + 1
        row = f"{ticket_id}/{place}"
        self._session.add(
            TicketPieceRow(
                ticket_id=ticket_id,
                place=place,
                author=piece.author.value,
                name_sealed=self._seal(piece.name, "ticket_piece", row, "name"),
                source_sealed=self._seal(piece.source, "ticket_piece", row, "source"),
                sent_at=now,
            )
        )
        self._session.flush()
        return place

    def keep_piece(self, reference: str, place: int, content: bytes, media_type: str) -> None:
        """The document was fetched: sealed, never opened here."""
        row = self._piece_row(reference, place)
        if row is not None:
            where = ("ticket_piece", f"{row.ticket_id}/{place}", "content")
            row.content_sealed = self._seal(content.decode("latin-1"), *where)
            row.media_type, row.size = media_type, len(content)
            self._session.flush()

    def refuse_piece(self, reference: str, place: int, reason: str) -> None:
        row = self._piece_row(reference, place)
        if row is not None:
            row.refused = reason
            self._session.flush()

    def piece(self, reference: str, place: int) -> Piece | None:
        row = self._piece_row(reference, place)
        if row is None:
            return None
        name = f"{row.ticket_id}/{place}"
        content = None
        if row.content_sealed is not None:
            sealed = self._open(row.content_sealed, "ticket_piece", name, "content")
            content = sealed.encode("latin-1")
        return Piece(
            place=place,
            author=Author(row.author),
            name=self._open(row.name_sealed, "ticket_piece", name, "name"),
            source=self._open(row.source_sealed, "ticket_piece", name, "source"),
            media_type=row.media_type or "",
            size=row.size or 0,
            content=content,
            refused=row.refused or "",
        )

    def _piece_row(self, reference: str, place: int) -> TicketPieceRow | None:
        return self._session.get(TicketPieceRow, (self._ticket_id(reference), place))

    def _ticket_id(self, reference: str) -> str:
        named = select(TicketRow.id).where(TicketRow.reference == reference)
        return self._session.exec(named).first() or ""

    def _topics(self, *chosen: bool) -> Iterator[Topic]:
        found = select(StaffTopicRow, TicketRow.reference).join(
            TicketRow, col(TicketRow.id) == col(StaffTopicRow.ticket_id)
        )
        fresh = found.where(*chosen).execution_options(populate_existing=True)
        for row, reference in self._session.exec(fresh):
            yield Topic(
                reference=reference,
                chat_id=row.chat_id,
                thread_id=row.thread_id,
                recap_id=row.recap_id,
                title=row.title,
                closed=row.closed,
            )
