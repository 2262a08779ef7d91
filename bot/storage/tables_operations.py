"""The tables of the desk's own book-keeping: what came in, what goes out, who did what."""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from bot.storage.base import Base, Counter, day, moment
from bot.storage.row_mac import ProtectedRow

WAITING = "sent_at IS NULL AND buried_at IS NULL"


def _index(name: str, *columns: str, where: str) -> Index:
    """An index of some rows: of the millions already sent none is read to find the next ones."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class OutboxEntry(Base, table=True):
    """A thing to deliver: waiting, sent or buried.

    `priority` and `id` give the order; `seal_id` is made before the insert and binds the payload,
    which goes when the message is sent: nobody sends it again.
    `failure` is a code of ours, never a text that somebody typed.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        _index("ix_outbox_waiting", "id", where=WAITING),
        _index("ix_outbox_lane", "lane", "priority", "id", where=WAITING),
        _index("ix_outbox_sent_at", "sent_at", where="sent_at IS NOT NULL"),
        _index("ix_outbox_buried_at", "buried_at", where="buried_at IS NOT NULL"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    seal_id: str
    lane: str
    kind: str
    payload_sealed: bytes | None
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


class WebSessionRow(Base, table=True):
    """A browser that wrote; its secret is known by a fingerprint alone."""

    __tablename__ = "web_session"

    secret_print: str = Field(primary_key=True)
    address: str = Field(index=True)
    began_at: datetime = moment()
    seen_at: datetime = moment(index=True)


class WebLineRow(Base, table=True):
    """A line of the page of one address; `key` names the turn that it belongs to."""

    __tablename__ = "web_line"
    __table_args__ = (
        Index("ix_web_line_address_id", "address", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    seal_id: str
    address: str
    key: str
    kind: str
    content_sealed: bytes
    at: datetime = moment(index=True)


class EmailCodeRow(Base, ProtectedRow, table=True):
    """A one-time code that was asked for, by whom, for which address; not the code."""

    __tablename__ = "email_code"

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    email_print: str = Field(index=True)
    sent_at: datetime = moment(index=True)
    tries: int = 0
    used_at: datetime | None = moment(default=None)
    mac: str = ""


class ReceivedRow(Base, table=True):
    """An update that was handled: what a channel sends twice is handled once."""

    __tablename__ = "received"

    channel: str = Field(primary_key=True)
    update_id: int = Field(primary_key=True, sa_type=Counter)
    received_at: datetime = moment(index=True)


class BegunUpdateRow(Base, table=True):
    """An update that is being handled; the commit that ends it deletes the row.

    What a process that died leaves is counted: `times` processes began it, the first `begun_at`.
    """

    __tablename__ = "begun_update"

    channel: str = Field(primary_key=True)
    update_id: int = Field(primary_key=True, sa_type=Counter)
    life: str
    times: int
    begun_at: datetime = moment(index=True)


class OffsetRow(Base, table=True):
    """The next update that a polled channel asks for."""

    __tablename__ = "channel_offset"

    channel: str = Field(primary_key=True)
    next_update: int = Field(sa_type=Counter)


class FailedUpdateRow(Base, ProtectedRow, table=True):
    """An update that failed, kept for the operator; `error` is the name of its class."""

    __tablename__ = "failed_update"

    reference: str = Field(primary_key=True)
    address: str
    event_sealed: bytes
    error: str
    failed_at: datetime = moment(index=True)
    mac: str = ""


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
    """Who did what to what: triggers refuse to change a row, or to delete one that no cut names."""

    __tablename__ = "audit"

    seq: int = Field(primary_key=True, sa_type=Counter, sa_column_kwargs={"autoincrement": False})
    at: datetime = moment()
    who: str
    what: str
    subject: str = Field(index=True)
    detail: str
    previous: str
    hash: str


class ErasureRow(Base, ProtectedRow, table=True):
    """A person who was erased, for good: a backup from before does not bring them back."""

    __tablename__ = "erasure"

    person_id: str = Field(primary_key=True)
    tickets: str
    at: datetime = moment()
    mac: str = ""


class LeaseRow(Base, table=True):
    """Which process does what only one of them may do, and until when."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    held_until: datetime = moment()


class KeyCheckRow(Base, table=True):
    """What says which keys belong to this database (1), and how far its audit log goes (2)."""

    __tablename__ = "key_check"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    value_sealed: bytes


class MarkRow(Base, table=True):
    """When something that has to be done again and again was last done."""

    __tablename__ = "mark"

    name: str = Field(primary_key=True)
    at: datetime = moment()


class StatisticRow(Base, table=True):
    """Something that is counted: a question, an article read, a form left."""

    __tablename__ = "statistic"
    __table_args__ = (Index("ix_statistic_kind_at", "kind", "at"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    seal_id: str
    kind: str
    subject: str
    words_sealed: bytes | None = None
    at: datetime = moment()


class ServiceNoticeRow(Base, ProtectedRow, table=True):
    """What the operator tells everybody from one moment to another: a failure, a maintenance."""

    __tablename__ = "service_notice"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    words: str
    starts_at: datetime = moment()
    ends_at: datetime = moment(index=True)
    mac: str = ""


class RightsRequestRow(Base, ProtectedRow, table=True):
    """A person's request about their data (GDPR articles 15 to 22): what, until when, the end."""

    __tablename__ = "rights_request"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str
    asker_sealed: bytes
    received_on: date = day()
    due_on: date = day(index=True)
    outcome: str | None = None
    words_sealed: bytes | None = None
    closed_at: datetime | None = moment(default=None, index=True)
    mac: str = ""
