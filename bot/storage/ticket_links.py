"""Ticket links: where a ticket stands outside, in the advisors' groups and in other systems."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, delete, func, select

from bot.domain.ticket_export import ExternalTicket
from bot.storage.base import Repository
from bot.storage.row_mac import check_row, is_intact
from bot.storage.tables_requests import (
    ConnectorMarkRow,
    ReceivedEventRow,
    StaffGroupRow,
    StaffPostRow,
    StaffTopicRow,
    TicketCopyRow,
    TicketRow,
)

ERRANDS = "errands"
"""The source of files that our own outbox fetched; its events are the numbers of the rows."""
ALBUMS = "albums"
"""The source of albums that were begun; its events are their names on a channel."""
EVENT, PART = "received_event", "ticket_copy"
"""What their names are kept as fingerprints for."""
DESK_NAME_LENGTH = 8
SIGNATURE_LENGTH = 20
DESCRIPTION = -1
"""The place of a description that was corrected, told below the recap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The topic of a staff group in which advisors talk about a ticket."""

    reference: str
    chat_id: int
    thread_id: int
    title: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A message on Telegram that belongs to a ticket; `place` is the message that it shows, None
    for the recap."""

    reference: str
    place: int | None


class TicketLinks(Repository):
    """A ticket's topic and messages in the advisors' groups, and its copies in other systems.

    The names that other systems give to events and follow-ups may hold a NIR. They are only ever
    compared, and kept as fingerprints.
    """

    def topic(self, reference: str) -> Topic | None:
        return self._topic(TicketRow.reference == reference)

    def topic_in(self, chat_id: int, thread_id: int) -> Topic | None:
        return self._topic(StaffTopicRow.chat_id == chat_id, StaffTopicRow.thread_id == thread_id)

    def save_topic(self, topic: Topic) -> None:
        self._upsert(
            StaffTopicRow,
            ticket_id=self._ticket_id(topic.reference),
            chat_id=topic.chat_id,
            thread_id=topic.thread_id,
            title=topic.title,
            closed=topic.closed,
        )

    def forget_topic(self, reference: str) -> None:
        """Forgets a topic that was deleted by hand, with its messages."""
        topic = self.topic(reference)
        if topic is None:
            return
        mine, its_chat = self._ticket_id(reference), col(StaffPostRow.chat_id) == topic.chat_id
        self._session.exec(delete(StaffTopicRow).where(col(StaffTopicRow.ticket_id) == mine))
        self._session.exec(
            delete(StaffPostRow).where(col(StaffPostRow.ticket_id) == mine, its_chat)
        )

    def save_post(self, chat_id: int, message_id: int, post: Post) -> None:
        """Keeps a message; a ticket that is gone has none."""
        if mine := self._ticket_id(post.reference):
            self._upsert(
                StaffPostRow,
                chat_id=chat_id,
                message_id=message_id,
                ticket_id=mine,
                place=post.place,
            )

    def post(self, chat_id: int, message_id: int) -> Post | None:
        found = (
            select(TicketRow.reference, StaffPostRow)
            .join(TicketRow, col(TicketRow.id) == col(StaffPostRow.ticket_id))
            .where(StaffPostRow.chat_id == chat_id, StaffPostRow.message_id == message_id)
        )
        row = self._session.exec(found).first()
        if row is None:
            return None
        reference, post = row
        check_row(post, f"message de la demande {reference}")
        return Post(reference, post.place)

    def posts(self, chat_id: int, post: Post) -> tuple[int, ...]:
        """The messages of a chat that show one message of a ticket, in order."""
        mine = select(StaffPostRow.message_id).where(
            StaffPostRow.chat_id == chat_id,
            StaffPostRow.ticket_id == self._ticket_id(post.reference),
            StaffPostRow.place == post.place,
        )
        return tuple(self._session.exec(mine.order_by(col(StaffPostRow.message_id))))

    def recap_posts(self, topic: Topic) -> int:
        """Counts the parts of the ticket's recap in its topic."""
        recap = select(func.count()).where(
            col(StaffPostRow.ticket_id) == self._ticket_id(topic.reference),
            col(StaffPostRow.chat_id) == topic.chat_id,
            col(StaffPostRow.place).is_(None),
        )
        return self._session.exec(recap).one()

    def save_group_move(self, before: int, after: int) -> None:
        """Keeps that a group of the advisors has become another chat."""
        self._upsert(StaffGroupRow, chat_id=before, became=after)

    def group_moves(self) -> Mapping[int, int]:
        """What groups have become, by the number that they had before."""
        rows = self._session.exec(select(StaffGroupRow)).all()
        for row in rows:
            check_row(row)
        return {row.chat_id: row.became for row in rows}

    def current_group(self, chat_id: int) -> int:
        """The number that a chat has today."""
        return self.group_moves().get(chat_id, chat_id)

    def is_moved_group(self, chat_id: int) -> bool:
        """Tells whether a group of the advisors has become this chat."""
        return chat_id in self.group_moves().values()

    def save_copy(
        self, connector: str, ticket_id: str, part: str, their_id: str, now: datetime
    ) -> None:
        """The other system's name for a ticket (`part` empty) or for one follow-up of it."""
        if part:
            their_id = self._encryption.fingerprint(PART, connector, their_id)
        self._upsert(
            TicketCopyRow,
            connector=connector,
            ticket_id=ticket_id,
            part=part,
            their_id=their_id,
            status=None,
            at=now,
        )

    def their_id(self, connector: str, ticket_id: str, part: str = "") -> str:
        """How the other system calls it; empty while unknown."""
        row = self._session.get(TicketCopyRow, (connector, ticket_id, part))
        if row is None:
            return ""
        check_row(row)
        return row.their_id

    def is_known_part(self, connector: str, their_id: str) -> bool:
        """Whether a follow-up of theirs came from us, or was taken in before."""
        known = select(TicketCopyRow).where(
            TicketCopyRow.connector == connector,
            TicketCopyRow.their_id == self._encryption.fingerprint(PART, connector, their_id),
            TicketCopyRow.part != "",
        )
        return any(map(is_intact, self._session.exec(known)))

    def desk_name(self) -> str:
        """How other systems tell this desk from others; made from its key of fingerprints."""
        return self._encryption.fingerprint("desk name", "")[:DESK_NAME_LENGTH]

    def sign(self, name: str) -> str:
        """20 hex digits behind a name in an e-mail: only this desk can make them."""
        return self._encryption.authenticate("e-mail", name)[:SIGNATURE_LENGTH]

    def move_copy(self, connector: str, ticket_id: str, their_id: str) -> None:
        """The other system has merged its ticket into another one: that is the copy from now on."""
        row = self._session.get(TicketCopyRow, (connector, ticket_id, ""))
        if row is not None:
            row.their_id, row.status = their_id, None

    def copies(self, connector: str) -> tuple[ExternalTicket, ...]:
        """Every ticket that the other system has."""
        rows = self._session.exec(
            select(TicketCopyRow, TicketRow.reference)
            .join(TicketRow, col(TicketRow.id) == col(TicketCopyRow.ticket_id))
            .where(TicketCopyRow.connector == connector, TicketCopyRow.part == "")
        )
        desk = self.desk_name()
        return tuple(
            ExternalTicket(
                reference=reference,
                their_id=row.their_id,
                status=row.status or "",
                key=f"{desk}/{reference}",
            )
            for row, reference in rows
            if is_intact(row)
        )

    def copies_of_person(self, person_id: str) -> tuple[tuple[str, ExternalTicket], ...]:
        """Every copy of a person's tickets in another system, with the connector's name."""
        rows = self._session.exec(
            select(TicketCopyRow, TicketRow.reference)
            .join(TicketRow, col(TicketRow.id) == col(TicketCopyRow.ticket_id))
            .where(TicketRow.person_id == person_id, TicketCopyRow.part == "")
            .order_by(TicketRow.reference, TicketCopyRow.connector)
        )
        return tuple(
            (
                row.connector,
                ExternalTicket(reference=reference, their_id=row.their_id, status=row.status or ""),
            )
            for row, reference in rows
            if is_intact(row)
        )

    def topics_of_person(self, person_id: str) -> tuple[Topic, ...]:
        """The topics of the advisors' groups in which a person's tickets stand."""
        mine = select(TicketRow.reference).where(TicketRow.person_id == person_id)
        references = self._session.exec(mine.order_by(TicketRow.reference)).all()
        return tuple(topic for one in references if (topic := self.topic(one)) is not None)

    def save_copy_status(self, connector: str, ticket_id: str, status: str) -> None:
        row = self._session.get(TicketCopyRow, (connector, ticket_id, ""))
        if row is not None:
            row.status = status

    def remember_event(self, source: str, event_id: str, now: datetime) -> bool:
        """Tells whether this event is new, and remembers it."""
        known = self._encryption.fingerprint(EVENT, source, event_id)
        return self._insert_new(ReceivedEventRow, source=source, event_id=known, received_at=now)

    def mark_of(self, connector: str) -> str:
        """Up to where the other system has been read; empty before the first time."""
        row = self._session.get(ConnectorMarkRow, connector)
        return row.mark if row else ""

    def save_mark(self, connector: str, mark: str) -> None:
        self._upsert(ConnectorMarkRow, connector=connector, mark=mark)

    def _ticket_id(self, reference: str) -> str:
        named = select(TicketRow.id).where(TicketRow.reference == reference)
        return self._session.exec(named).first() or ""

    def _topic(self, *chosen: ColumnElement[bool] | bool) -> Topic | None:
        found = select(StaffTopicRow, TicketRow.reference).join(
            TicketRow, col(TicketRow.id) == col(StaffTopicRow.ticket_id)
        )
        row = self._session.exec(found.where(*chosen)).first()
        if row is None:
            return None
        topic, reference = row
        check_row(topic, f"sujet de la demande {reference}")
        return Topic(
            reference=reference,
            chat_id=topic.chat_id,
            thread_id=topic.thread_id,
            title=topic.title,
            closed=topic.closed,
        )
