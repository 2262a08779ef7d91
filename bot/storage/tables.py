"""The tables of people and of what they ask: persons, conversations, tickets.

Columns that end in `_sealed` hold what `Vault` gives; everything else may be read by whoever
reads the file, so nothing personal stands there but the address of a person on their channel.
Identifiers are made before the insert: they are part of what a sealed value is bound to.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from bot.storage.base import Base, moment


class PersonRow(Base, table=True):
    """Somebody on a channel; `address` is `telegram:12345`."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    address: str = Field(unique=True)
    assurance: str
    email_sealed: bytes | None = None
    unreachable_since: datetime | None = moment(default=None)
    created_at: datetime = moment()


class PersonEmployerRow(Base, table=True):
    """An employer for whom a person asks; the one at place 0 is the current one."""

    __tablename__ = "person_employer"

    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    siret: str = Field(primary_key=True, index=True)
    place: int
    name_sealed: bytes


class ConversationRow(Base, table=True):
    """Where a person stands.

    `turn` stands outside the seal as well: were the session unreadable one day, its old buttons
    must stay stale.
    """

    __tablename__ = "conversation"

    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    session_sealed: bytes
    turn: int
    draft_identity: str | None = None
    draft_since: datetime | None = moment(default=None, index=True)
    nir_since: datetime | None = moment(default=None, index=True)
    updated_at: datetime = moment(index=True)


class TicketYearRow(Base, table=True):
    """The last number given in a year; its row is the lock of everybody who files."""

    __tablename__ = "ticket_year"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last_number: int


class TicketRow(Base, table=True):
    """A filed request; `id` is the identity of its draft, so that it cannot be filed twice.

    The three labels are as they read on the day of filing. `closed_at` starts its retention.
    `taken_by` is an advisor's address, `follows` the reference of the ticket that this continues.
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


class TicketAgentRow(Base, table=True):
    """An agent whom a ticket is about; the fingerprint finds the same NIR at the same employer.

    `fingerprint_key` names the key that made it, so that fingerprints can change keys too.
    """

    __tablename__ = "ticket_agent"

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    answers_sealed: bytes
    nir_fingerprint: str | None = Field(default=None, index=True)
    fingerprint_key: str | None = None


class TicketMessageRow(Base, table=True):
    """Something added to a ticket after it was filed.

    `source` names what the requester wrote on their channel, so that it can be corrected there.
    """

    __tablename__ = "ticket_message"

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    author: str
    text_sealed: bytes
    written_at: datetime = moment()
    by: str | None = None
    internal: bool | None = None
    source: str | None = Field(default=None, index=True)


class VoteRow(Base, table=True):
    """Whether one version of an article answered; one vote a person."""

    __tablename__ = "vote"

    slug: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    useful: bool
    voted_at: datetime = moment()
