"""The tables of the desk's own book-keeping: what came in, what goes out, who did what."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from bot.storage.base import Base, Counter, moment

# Of the millions of rows already sent none is read when the next ones are looked for.
WAITING = text("sent_at IS NULL AND buried_at IS NULL")
SENT = text("sent_at IS NOT NULL")
BURIED = text("buried_at IS NOT NULL")


class OutboxEntry(Base, table=True):
    """A thing to deliver: waiting, sent or buried.

    `priority` and `id` give the order; `seal_id` is made before the insert and binds the payload.
    `failure` is a code of ours, never a text that somebody typed.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index(
            "ix_outbox_lane",
            "lane",
            "priority",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_outbox_sent_at", "sent_at", sqlite_where=SENT, postgresql_where=SENT),
        Index("ix_outbox_buried_at", "buried_at", sqlite_where=BURIED, postgresql_where=BURIED),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    seal_id: str
    lane: str
    kind: str
    payload_sealed: bytes
    key: str | None = Field(default=None, unique=True)
    created_at: datetime = moment()
    due_at: datetime = moment()
    attempts: int = 0
    leased_by: str | None = None
    leased_until: datetime | None = moment(default=None)
    sent_at: datetime | None = moment(default=None)
    buried_at: datetime | None = moment(default=None)
    failure: str | None = None
    priority: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class EmailCodeRow(Base, table=True):
    """A one-time code that was asked for, by whom, for which address; not the code."""

    __tablename__ = "email_code"

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    email_print: str = Field(index=True)
    sent_at: datetime = moment(index=True)
    tries: int = 0
    used_at: datetime | None = moment(default=None)


class ReceivedRow(Base, table=True):
    """An update that was handled: what a channel sends twice is handled once."""

    __tablename__ = "received"

    channel: str = Field(primary_key=True)
    update_id: int = Field(
        primary_key=True, sa_type=Counter, sa_column_kwargs={"autoincrement": False}
    )
    received_at: datetime = moment(index=True)


class OffsetRow(Base, table=True):
    """The next update that a polled channel asks for."""

    __tablename__ = "channel_offset"

    channel: str = Field(primary_key=True)
    next_update: int = Field(sa_type=Counter)


class KeptAsideRow(Base, table=True):
    """A turn that failed, kept for the operator; `error` is the name of its class."""

    __tablename__ = "kept_aside"

    reference: str = Field(primary_key=True)
    address: str
    event_sealed: bytes
    error: str
    kept_at: datetime = moment(index=True)


class UnansweredRow(Base, table=True):
    """A question asked in vain: no person, no name, no number."""

    __tablename__ = "unanswered"

    id: str = Field(primary_key=True)
    question: str
    outcome: str
    asked_at: datetime = moment(index=True)


class HeldTextRow(Base, table=True):
    """The beginning of a long text whose rest may still be coming."""

    __tablename__ = "held_text"

    address: str = Field(primary_key=True)
    text_sealed: bytes
    held_until: datetime = moment(index=True)


class AuditRow(Base, table=True):
    """Who did what to what, for good: triggers refuse to change or delete a row."""

    __tablename__ = "audit"

    seq: int = Field(primary_key=True, sa_type=Counter, sa_column_kwargs={"autoincrement": False})
    at: datetime = moment()
    who: str
    what: str
    subject: str = Field(index=True)
    detail: str
    previous: str
    hash: str


class LeaseRow(Base, table=True):
    """Which process does what only one of them may do, and until when."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    held_until: datetime = moment()


class KeyUseRow(Base, table=True):
    """How many times a key sealed, to within what a process that was killed had not yet noted."""

    __tablename__ = "key_use"

    key_id: str = Field(primary_key=True)
    seals: int = Field(sa_type=BigInteger)


class MarkRow(Base, table=True):
    """When something that has to be done again and again was last done."""

    __tablename__ = "mark"

    name: str = Field(primary_key=True)
    at: datetime = moment()
