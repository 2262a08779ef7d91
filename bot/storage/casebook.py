"""The tables of the desk's own side: staff, a ticket's history, its places elsewhere."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from bot.storage.base import Base, Counter, moment


class StaffRow(Base, table=True):
    """Somebody of the desk; `address` is `telegram:12345` or `local:anne`."""

    __tablename__ = "staff"

    address: str = Field(primary_key=True)
    name: str
    role: str
    added_at: datetime = moment()
    removed_at: datetime | None = moment(default=None)


class TicketHappeningRow(Base, table=True):
    """What happened to a ticket, in order; the report counts from here."""

    __tablename__ = "ticket_happening"
    __table_args__ = (Index("ix_ticket_happening_at", "at"),)

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    what: str
    who: str
    detail: str
    at: datetime = moment()


class TicketCopyRow(Base, table=True):
    """A ticket, or one follow-up of it, as another system knows it.

    `part` is empty for the ticket itself, else what names the follow-up on our side. A follow-up is
    only ever recognised: `their_id` is then a fingerprint, by the key that `fingerprint_key` names
    (empty for a ticket, whose name is needed as it is).
    """

    __tablename__ = "ticket_copy"
    __table_args__ = (Index("ix_ticket_copy_their_id", "connector", "their_id"),)

    connector: str = Field(primary_key=True)
    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    part: str = Field(primary_key=True)
    their_id: str
    fingerprint_key: str | None = Field(default=None, index=True)
    status: str | None = None
    at: datetime = moment()


class HeardEventRow(Base, table=True):
    """An event that another system sent, by the fingerprint of its name: each is taken once."""

    __tablename__ = "heard_event"

    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    fingerprint_key: str | None = Field(default=None, index=True)
    heard_at: datetime = moment(index=True)


class ConnectorMarkRow(Base, table=True):
    """Up to where a polled system has been read."""

    __tablename__ = "connector_mark"

    connector: str = Field(primary_key=True)
    mark: str


class StaffTopicRow(Base, table=True):
    __tablename__ = "staff_topic"
    __table_args__ = (Index("ix_staff_topic_thread", "chat_id", "thread_id", unique=True),)

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    chat_id: int = Field(sa_type=BigInteger)
    thread_id: int = Field(sa_type=BigInteger)
    title: str
    closed: bool


class StaffPostRow(Base, table=True):
    """A message on Telegram that belongs to a ticket: in a staff group the bot's or an advisor's
    answer, in a requester's chat the answer as they read it.

    `place` is the ticket's message that it shows, None for the recap.
    """

    __tablename__ = "staff_post"

    chat_id: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    message_id: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    ticket_id: str = Field(foreign_key="ticket.id", ondelete="CASCADE", index=True)
    place: int | None = None


class PieceRow(Base, table=True):
    """A file that came with a ticket; `identity` is that of the ticket, and before of its draft.

    `place` is the message that it came with, None for one that was filed along.
    """

    __tablename__ = "piece"

    identity: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: int | None = None
    type: str
    size: int
    about_sealed: bytes
    content_sealed: bytes
    sent_at: datetime = moment()


class FigureRow(Base, table=True):
    """Something that is counted: a question, an article read, a form left; `words` are redacted."""

    __tablename__ = "figure"
    __table_args__ = (Index("ix_figure_kind_at", "kind", "at"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    seal_id: str
    kind: str
    subject: str
    words_sealed: bytes | None = None
    at: datetime = moment()
