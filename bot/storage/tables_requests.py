"""The tables of people and of what they ask: persons, conversations, tickets, staff.

Columns that end in `_sealed` are encrypted; whoever has the file reads the others, so nothing
personal stands there but the address of a person on their channel. Identifiers are made before the
insert: they are part of what a sealed value is bound to.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, Relationship

from bot.storage.base import Base, moment
from bot.storage.row_mac import ProtectedRow
from bot.storage.tables_accounts import AdministratorLinkRow


class PersonEmployerRow(Base, table=True):
    """An employer for whom a person asks; the one at place 0 is the current one."""

    __tablename__ = "person_employer"

    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    siret: str = Field(primary_key=True, index=True)
    place: int
    name_sealed: bytes


class ConversationRow(Base, table=True):
    """A person's session; `turn` is not sealed: old buttons of an unreadable one stay stale."""

    __tablename__ = "conversation"

    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    session_sealed: bytes
    turn: int
    draft_identity: str | None = None
    draft_since: datetime | None = moment(default=None, index=True)
    nir_since: datetime | None = moment(default=None, index=True)
    updated_at: datetime = moment(index=True)


class PersonAddressRow(Base, ProtectedRow, table=True):
    """Where a person writes from, `telegram:12345`; somebody may have several addresses."""

    __tablename__ = "person_address"

    address: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    since: datetime = moment()
    mac: str = ""


class JoinCodeRow(Base, ProtectedRow, table=True):
    """A code that joins another window with a person; only a hash of it is kept."""

    __tablename__ = "join_code"

    code_print: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    expires_at: datetime = moment(index=True)
    used_at: datetime | None = moment(default=None)
    mac: str = ""


class OneTimePageRow(Base, ProtectedRow, table=True):
    """A page on which the NIR of one agent of one draft may be given; a hash of its token."""

    __tablename__ = "one_time_page"

    token_print: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    address: str
    identity: str
    agent: int
    expires_at: datetime = moment(index=True)
    used_at: datetime | None = moment(default=None)
    mac: str = ""


class PersonRow(Base, ProtectedRow, table=True):
    """Somebody who writes to the desk; `home` is the address that they last wrote from: news go
    there. `seen_at` is the day of their last turn: within a day of it, for not every turn shall
    write the row."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    home: str = Field(unique=True)
    email_sealed: bytes | None = None
    email_confirmed: bool = False
    unreachable_since: datetime | None = moment(default=None)
    created_at: datetime = moment()
    mac: str = ""
    seen_at: datetime | None = moment(default=None, index=True)

    employers: list[PersonEmployerRow] = Relationship(
        sa_relationship_kwargs={
            "order_by": "PersonEmployerRow.place",
            "cascade": "all, delete-orphan",
        }
    )
    addresses: list[PersonAddressRow] = Relationship(
        sa_relationship_kwargs={"order_by": "PersonAddressRow.since", "viewonly": True}
    )
    conversation: ConversationRow | None = Relationship(sa_relationship_kwargs={"uselist": False})
    links: list[AdministratorLinkRow] = Relationship(
        sa_relationship_kwargs={
            "order_by": "(AdministratorLinkRow.linked_at, AdministratorLinkRow.siret)",
            "viewonly": True,
        }
    )


class TicketYearRow(Base, table=True):
    """The last number given in a year; its row is the lock of everybody who files."""

    __tablename__ = "ticket_year"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last_number: int


class TicketRow(Base, ProtectedRow, table=True):
    """A filed request; `id` is the identity of its draft, so that it cannot be filed twice.

    The labels are those of the day of filing, `closed_at` starts its retention, `taken_by` is an
    advisor's address, `follows` the reference of the ticket that this one continues.
    `restricted_at` is set while its processing is restricted (GDPR article 18).
    """

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index("ix_ticket_person_id_filed_at", "person_id", "filed_at"),
        Index("ix_ticket_siret_filed_at", "siret", "filed_at"),
        Index("ix_ticket_status_filed_at", "status", "filed_at"),
    )

    id: str = Field(primary_key=True)
    reference: str = Field(unique=True)
    year: int
    number: int
    person_id: str = Field(foreign_key="person.id")
    siret: str
    path: str
    theme_label: str
    motif_label: str
    sous_motif_label: str
    fund: str | None
    status: str
    assurance: str
    filed_at: datetime = moment(index=True)
    updated_at: datetime = moment()
    closed_at: datetime | None = moment(default=None, index=True)
    content_sealed: bytes
    queue: str | None = None
    taken_by: str | None = None
    follows: str | None = None
    score: int | None = None
    score_words_sealed: bytes | None = None
    scored_at: datetime | None = moment(default=None)
    mac: str = ""
    restricted_at: datetime | None = moment(default=None)


class TicketAgentRow(Base, ProtectedRow, table=True):
    """An agent whom a ticket is about."""

    __tablename__ = "ticket_agent"

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    place: int = Field(primary_key=True)
    answers_sealed: bytes
    mac: str = ""


class TicketMessageRow(Base, ProtectedRow, table=True):
    """A message added to a ticket; `source` names it on its channel, where it can be edited."""

    __tablename__ = "ticket_message"

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    place: int = Field(primary_key=True)
    author: str
    text_sealed: bytes
    written_at: datetime = moment()
    by: str | None = None
    internal: bool | None = None
    source: str | None = Field(default=None, index=True)
    mac: str = ""


class VoteRow(Base, table=True):
    """Whether one version of an article answered; one vote a person."""

    __tablename__ = "vote"

    slug: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    useful: bool
    voted_at: datetime = moment()


class StaffRow(Base, ProtectedRow, table=True):
    """Somebody of the desk; `address` is `telegram:12345` or `local:anne`."""

    __tablename__ = "staff"

    address: str = Field(primary_key=True)
    name: str
    role: str
    added_at: datetime = moment()
    removed_at: datetime | None = moment(default=None)
    mac: str = ""


class TicketHappeningRow(Base, ProtectedRow, table=True):
    """What happened to a ticket, in order; the report counts from here."""

    __tablename__ = "ticket_happening"

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    place: int = Field(primary_key=True)
    what: str
    who: str
    detail: str
    at: datetime = moment(index=True)
    mac: str = ""


class TicketCopyRow(Base, ProtectedRow, table=True):
    """A ticket (`part` is empty), or one follow-up of it, as another system knows it.

    A follow-up is only ever recognised: `their_id` is then a fingerprint, for it may hold a NIR.
    """

    __tablename__ = "ticket_copy"
    __table_args__ = (Index("ix_ticket_copy_their_id", "connector", "their_id"),)

    connector: str = Field(primary_key=True)
    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    part: str = Field(primary_key=True)
    their_id: str
    status: str | None = None
    at: datetime = moment()
    mac: str = ""


class ReceivedEventRow(Base, table=True):
    """An event that another system sent, by the fingerprint of its name: each is taken once."""

    __tablename__ = "received_event"

    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    received_at: datetime = moment(index=True)


class ConnectorMarkRow(Base, table=True):
    """Up to where a polled system has been read."""

    __tablename__ = "connector_mark"

    connector: str = Field(primary_key=True)
    mark: str


class StaffTopicRow(Base, ProtectedRow, table=True):
    """The topic of a staff group in which advisors talk about a ticket."""

    __tablename__ = "staff_topic"
    __table_args__ = (Index("ix_staff_topic_thread", "chat_id", "thread_id", unique=True),)

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    chat_id: int = Field(sa_type=BigInteger)
    thread_id: int = Field(sa_type=BigInteger)
    title: str
    closed: bool
    mac: str = ""


class StaffGroupRow(Base, ProtectedRow, table=True):
    """A group of the advisors that became another chat of Telegram's."""

    __tablename__ = "staff_group"

    chat_id: int = Field(primary_key=True, sa_type=BigInteger)
    became: int = Field(sa_type=BigInteger)
    mac: str = ""


class StaffPostRow(Base, ProtectedRow, table=True):
    """A message on Telegram, in a staff group or a requester's chat, that belongs to a ticket;
    `place` is the ticket's message that it shows, None for the recap."""

    __tablename__ = "staff_post"

    chat_id: int = Field(primary_key=True, sa_type=BigInteger)
    message_id: int = Field(primary_key=True, sa_type=BigInteger)
    ticket_id: str = Field(foreign_key="ticket.id", ondelete="CASCADE", index=True)
    place: int | None = None
    mac: str = ""


class AttachmentRow(Base, ProtectedRow, table=True):
    """A file; `identity` is that of its ticket or draft, `place` the message that it came with,
    None for one that was filed with the ticket."""

    __tablename__ = "attachment"

    identity: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    place: int | None = None
    type: str
    size: int
    about_sealed: bytes
    content_sealed: bytes
    sent_at: datetime = moment()
    mac: str = ""
